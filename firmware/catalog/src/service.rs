//! What the metadata services have in common: how they are asked, how they fail, how they are.

use std::time::Duration;

use hearth_fetch::{Check, Fetcher, HttpCache, Keep, Kept, Limit, Limiter, Limits, Request};
use hearth_model::{Details, Person, ProviderState, Slug, Title, UnixMs};
use serde_json::Value;

/// Every message is safe to show: no addresses beyond the host, no keys.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("{service} is off: {remedy}")]
    Off {
        service: &'static str,
        remedy: &'static str,
    },
    #[error("{service} does not accept the key: check it in the settings")]
    Key { service: &'static str },
    #[error("{service} does not know this title")]
    Unknown { service: &'static str },
    #[error(
        "{service} answered without {what}: it may have changed, look for an update of the box"
    )]
    Shape {
        service: &'static str,
        what: &'static str,
    },
    #[error("the address of {service} is not valid: give a full http:// or https:// one")]
    Address { service: &'static str },
    #[error(
        "{service} wants to know who asks and bans those who pose as a browser: give the box's own name, not `{name}`"
    )]
    UserAgent { service: &'static str, name: String },
    #[error(transparent)]
    Fetch(#[from] hearth_fetch::Error),
}

impl Error {
    /// As the settings show it.
    pub fn slug(&self) -> Slug {
        match self {
            Self::Key { .. } => Slug::ServiceKeyWrong,
            Self::Shape { .. } => Slug::ServiceChanged,
            Self::Fetch(error) => error.slug(),
            Self::Off { .. }
            | Self::Unknown { .. }
            | Self::Address { .. }
            | Self::UserAgent { .. } => Slug::ServiceFailed,
        }
    }

    /// As a search shows it.
    pub fn state(&self) -> ProviderState {
        match self {
            Self::Fetch(
                hearth_fetch::Error::Timeout { .. } | hearth_fetch::Error::Stalled { .. },
            ) => ProviderState::Timeout,
            _ => ProviderState::Error,
        }
    }
}

/// How a service is, for the settings page and the health of the box.
#[derive(Debug, Clone)]
pub enum ServiceState {
    /// Not asked at all, for want of a key or by the owner's wish.
    Off,
    /// Not asked yet.
    Untried,
    /// The last question was answered.
    Answering { at: UnixMs },
    /// It was not. What is kept is given all the same.
    Failing(Error),
}

/// One page of titles, as a service lists them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    pub titles: Vec<Title>,
    pub people: Vec<Person>,
    /// From 1.
    pub page: u32,
    /// How many there are; the service may refuse the later ones.
    pub pages: u32,
}

/// All that a service knows of a title.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub title: Title,
    pub details: Details,
}

/// How questions to a service are sent. Not slower than somebody waits for.
pub(crate) const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(12),
    max_bytes: 8 * 1024 * 1024,
    attempts: 2,
};

const HOUR: Duration = Duration::from_secs(3600);
/// TMDB's terms let nobody keep what it said for more than six months.
const HALF_A_YEAR: Duration = HOUR.saturating_mul(24 * 180);

/// What changes with the day: lists, searches.
pub(crate) const LISTS: Keep = Keep {
    fresh: HOUR,
    stale: HOUR.saturating_mul(24 * 30),
    missing: HOUR,
    longest: HALF_A_YEAR,
};
/// What hardly changes: a title, a person.
pub(crate) const TITLES: Keep = Keep {
    fresh: HOUR.saturating_mul(24),
    stale: HOUR.saturating_mul(24 * 90),
    missing: HOUR,
    longest: HALF_A_YEAR,
};

/// A service behind the cache.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    name: &'static str,
    cache: HttpCache,
    is_on: bool,
}

impl Service {
    /// `cache` gives the network and the memory; the service's hosts are allowed even in the home
    /// network, for the owner named them, and it is asked within limits of its own.
    pub(crate) fn new(
        name: &'static str,
        cache: &HttpCache,
        addresses: &[&str],
        limits: impl IntoIterator<Item = Limit>,
        is_on: bool,
    ) -> Result<Self, Error> {
        let hosts: Result<Vec<String>, Error> =
            addresses.iter().map(|url| host(name, url)).collect();
        let limiter = Limiter::new(limits, cache.clock().clone());
        let fetcher = cache.fetcher().allowing(hosts?).limited(limiter);
        Ok(Self {
            name,
            cache: cache.through(fetcher),
            is_on,
        })
    }

    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }

    pub(crate) fn fetcher(&self) -> &Fetcher {
        self.cache.fetcher()
    }

    pub(crate) async fn ask(
        &self,
        request: &Request,
        keep: Keep,
        check: Check,
    ) -> Result<Value, Error> {
        let Kept { bytes, .. } = self
            .cache
            .get(request, keep, LIMITS, check)
            .await
            .map_err(|error| self.error(error))?;
        serde_json::from_slice(&bytes).map_err(|_| self.shape("JSON"))
    }

    pub(crate) fn shape(&self, what: &'static str) -> Error {
        Error::Shape {
            service: self.name,
            what,
        }
    }

    fn error(&self, error: hearth_fetch::Error) -> Error {
        let service = self.name;
        match error {
            hearth_fetch::Error::Status {
                status: 401 | 403, ..
            } => Error::Key { service },
            hearth_fetch::Error::Status {
                status: 404 | 410, ..
            } => Error::Unknown { service },
            error => Error::Fetch(error),
        }
    }

    pub(crate) fn state(&self) -> ServiceState {
        if !self.is_on {
            return ServiceState::Off;
        }
        match self.cache.last() {
            None => ServiceState::Untried,
            Some(Ok(at)) => ServiceState::Answering { at },
            Some(Err(error)) => ServiceState::Failing(self.error(error)),
        }
    }
}

/// `host:port` of a configured address, which the owner allows by naming it.
fn host(service: &'static str, address: &str) -> Result<String, Error> {
    let wrong = || Error::Address { service };
    let url = url::Url::parse(address).map_err(|_| wrong())?;
    let host = url.host_str().ok_or_else(wrong)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong());
    }
    Ok(format!(
        "{host}:{}",
        url.port_or_known_default().unwrap_or_default()
    ))
}
