//! The check before each connection: what is allowed by name goes out as it is, all else only to
//! public addresses.
//!
//! The check sits in the resolver of the HTTP client itself, so the addresses that were checked
//! are the ones connected to: a name that changes its mind between check and use gains nothing.
//! Addresses written as numbers never reach a resolver and are checked on the URL, whose parser
//! has already turned decimal, octal and hexadecimal spellings into plain ones.

use std::{
    collections::HashSet,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::{Error, Place, address};

/// Turns a name into addresses; the system's resolver unless a test sets another.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

pub fn system_lookup() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// The hosts that may lie on the home network, as `host` or `host:port`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowed(Arc<HashSet<String>>);

impl Allowed {
    pub(crate) fn new(hosts: impl IntoIterator<Item = String>) -> Self {
        Self(Arc::new(
            hosts.into_iter().map(|host| host.to_lowercase()).collect(),
        ))
    }

    pub(crate) fn with(&self, hosts: impl IntoIterator<Item = String>) -> Self {
        Self::new(self.0.iter().cloned().chain(hosts))
    }

    fn contains(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        self.0.contains(host)
            || url
                .port_or_known_default()
                .is_some_and(|port| self.0.contains(&format!("{host}:{port}")))
    }
}

/// How a URL may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Named by the owner: wherever it lies.
    Open,
    /// A stranger's: through the checking resolver.
    Checked,
}

/// Decides the way to `url`, or refuses it.
pub(crate) fn way(url: &Url, allowed: &Allowed) -> Result<Way, Error> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Error::Scheme {
            scheme: url.scheme().into(),
        });
    }
    if allowed.contains(url) {
        return Ok(Way::Open);
    }
    let literal = match url.host() {
        Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
        Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
        Some(Host::Domain(_)) => None,
        None => {
            return Err(Error::Address {
                reason: "it has no host".into(),
            });
        }
    };
    match literal {
        Some(ip) if !reachable(ip) => Err(Error::Private {
            place: Place::of(url),
        }),
        _ => Ok(Way::Checked),
    }
}

fn reachable(ip: IpAddr) -> bool {
    address::is_public(ip) && !address::is_own(ip)
}

/// Marks, inside the HTTP client's error, that the guard refused and not the network.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
pub(crate) struct Refused;

pub(crate) struct Resolver {
    pub(crate) lookup: Lookup,
    pub(crate) way: Way,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.lookup)(name.as_str().to_owned());
        let way = self.way;
        Box::pin(async move {
            let mut found = found.await?;
            if way == Way::Checked {
                found.retain(|ip| reachable(*ip));
                if found.is_empty() {
                    return Err(Refused.into());
                }
            }
            let addresses = found.into_iter().map(|ip| SocketAddr::new(ip, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// Whether the guard is at the bottom of `error`.
pub(crate) fn refused(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(this) = cause {
        if this.is::<Refused>() {
            return true;
        }
        cause = this.source();
    }
    false
}
