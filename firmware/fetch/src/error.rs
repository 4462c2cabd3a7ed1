//! What can go wrong on the way out, said with the operation, the host and what to do.

use std::{fmt, sync::Arc, time::Duration};

use hearth_model::Slug;
use reqwest::StatusCode;
use url::Url;

/// An address as errors and logs may show it: scheme, host and port. Paths, queries and user
/// names stay out, they carry keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    pub fn of(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}"));
        Self(format!(
            "{}://{host}{}",
            url.scheme(),
            port.unwrap_or_default()
        ))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Clones go to everybody who waited for the same answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("the address is not valid ({reason}): give a full one like https://example.org/path")]
    Address { reason: String },
    #[error("`{scheme}:` addresses are not fetched: give one that begins with http:// or https://")]
    Scheme { scheme: String },
    /// A redirect left HTTP, as indexers do for magnets. `location` is for the caller's eyes.
    #[error("{place} leads to a `{scheme}:` address, which is not fetched")]
    LeftHttp {
        place: Place,
        scheme: String,
        location: Hidden,
    },
    #[error(
        "{place} is on the home network or this box: if it is meant, allow its host in the settings"
    )]
    Private { place: Place },
    #[error("{place} redirects more than {limit} times: check the address")]
    TooManyRedirects { place: Place, limit: usize },
    #[error("cannot connect to {place}: check the address and that it is running")]
    Connect {
        place: Place,
        #[source]
        source: Arc<reqwest::Error>,
    },
    #[error("{place} did not answer within {} ms: it may be slow or down", after.as_millis())]
    Timeout { place: Place, after: Duration },
    #[error("{place} sends too slowly to be of use")]
    Stalled { place: Place },
    #[error("{place} sent more than {limit} bytes: check that the address is the right one")]
    TooLarge { place: Place, limit: usize },
    #[error("{place} asks to wait before the next request{}", wait(*retry_after))]
    Busy {
        place: Place,
        retry_after: Option<Duration>,
        /// It was not asked: a limit of the box's own, or the rest that it wanted before.
        not_asked: bool,
    },
    #[error("{place} answered {status}{}", hint(*status))]
    Status { place: Place, status: u16 },
    #[error("the answer of {place} broke off: try again")]
    CutOff {
        place: Place,
        #[source]
        source: Arc<reqwest::Error>,
    },
    #[error("{place} did not answer with the JSON that was expected: check the address")]
    Json {
        place: Place,
        #[source]
        source: Arc<serde_json::Error>,
    },
    #[error("{place} answered with a web page where media was expected")]
    WebPage { place: Place },
    #[error("{place} answered with `{found}` where JSON was expected: check the address")]
    WrongKind { place: Place, found: String },
    /// An answer that its reader has no use for. `reason` may be shown.
    #[error("{place} gave an answer of no use: {reason}")]
    Unusable { place: Place, reason: String },
    #[error("the question to {place} was given up: try again")]
    GivenUp { place: Place },
    #[error("cannot set up outbound HTTP")]
    Setup(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub(crate) fn status(place: Place, status: StatusCode) -> Self {
        Self::Status {
            place,
            status: status.as_u16(),
        }
    }

    /// As people are told of the service that was asked.
    pub fn slug(&self) -> Slug {
        match self {
            Self::Connect { .. } => Slug::ServiceUnreachable,
            Self::Timeout { .. } | Self::Stalled { .. } => Slug::ServiceSlow,
            Self::Busy { .. } => Slug::ServiceBusy,
            Self::Json { .. } | Self::WrongKind { .. } | Self::Unusable { .. } => {
                Slug::ServiceChanged
            }
            _ => Slug::ServiceFailed,
        }
    }

    /// Whether this is the service's own last word, and not a trouble on the way to it.
    pub(crate) fn is_final(&self) -> bool {
        matches!(
            self,
            Self::Status {
                status: 404 | 410,
                ..
            }
        )
    }

    /// Whether the same request may succeed a moment later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::CutOff { .. } | Self::Busy { .. } => true,
            Self::Status { status, .. } => matches!(status, 500 | 502 | 503 | 504),
            _ => false,
        }
    }
}

/// A text that is passed on but never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

fn wait(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!(" ({} s)", wait.as_secs()))
}

fn hint(status: u16) -> &'static str {
    match status {
        401 | 403 => ": check the key or the sign-in",
        404 | 410 => ": check the address",
        500.. => ": the trouble is on its side, try again later",
        _ => "",
    }
}
