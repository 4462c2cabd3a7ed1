//! Which names the box answers to, and whose pages may act on it.
//!
//! A foreign `Host` means that somebody's page made the browser take the box for its own server
//! (DNS rebinding): 421 before anything else happens. A foreign `Origin` on anything that changes
//! state, or on the WebSocket, is another site acting in a person's name.

use std::{
    collections::HashSet,
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header, request::Parts, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

use hearth_model::Slug;

use crate::problem::Problem;

/// The names the box goes by, beside address literals and `localhost`.
///
/// The lock is written when mDNS settles on a name, and read for a look-up.
#[derive(Debug, Clone, Default)]
pub struct Names(Arc<RwLock<Known>>);

#[derive(Debug, Default)]
struct Known {
    configured: HashSet<String>,
    /// What mDNS announces: `hearth.local`.
    own: Option<String>,
    /// What mDNS may announce beside it.
    also: HashSet<String>,
}

impl Names {
    pub fn new(configured: impl IntoIterator<Item = String>) -> Self {
        let configured = configured
            .into_iter()
            .map(|name| name.to_ascii_lowercase())
            .collect();
        Self(Arc::new(RwLock::new(Known {
            configured,
            ..Known::default()
        })))
    }

    pub fn set_own(&self, name: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).own = Some(plain(name));
    }

    /// The box asks for this name anew; until phones know, it answers to the one it had too.
    pub fn begin_again(&self, name: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let had = known.own.replace(plain(name));
        known.also.extend(had);
    }

    /// The box may be announced by this name too, on one of its networks.
    pub fn add(&self, name: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.also.insert(plain(name));
    }

    /// The announced name; empty when the box announces none.
    pub fn own(&self) -> String {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .own
            .clone()
            .unwrap_or_default()
    }

    /// Every name, the configured ones among them.
    pub fn all(&self) -> Vec<String> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let announced = known.own.iter().chain(&known.also);
        let mut all: Vec<String> = known.configured.iter().chain(announced).cloned().collect();
        all.sort();
        all.dedup();
        all
    }

    fn allow(&self, authority: &Authority) -> bool {
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']');
        if host.parse::<IpAddr>().is_ok() || host.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let host = plain(host);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.own.as_ref() == Some(&host)
            || known.also.contains(&host)
            || known.configured.contains(&host)
    }
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// The authority a request is for: its target's, else its `Host`.
fn authority_of(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    uri.authority().cloned().or_else(|| {
        let mut values = headers.get_all(header::HOST).iter();
        let host = values.next()?.to_str().ok()?.parse().ok()?;
        // Two Hosts are one too many to believe either.
        values.next().is_none().then_some(host)
    })
}

/// How the client reached the box, for handlers that answer with addresses.
#[derive(Debug, Clone)]
pub struct ReachedAt(pub Option<Authority>);

impl<S: Sync> FromRequestParts<S> for ReachedAt {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(authority_of(&parts.uri, &parts.headers)))
    }
}

pub async fn check_host(State(names): State<Names>, request: Request, next: Next) -> Response {
    let own = |authority: &Authority| !authority.as_str().contains('@') && names.allow(authority);
    // A target that names the box does not make up for a `Host` that names another.
    let hosts_are_own = request.headers().get_all(header::HOST).iter().all(|host| {
        let host = host.to_str().ok().and_then(|host| host.parse().ok());
        host.as_ref().is_some_and(own)
    });
    match authority_of(request.uri(), request.headers()) {
        Some(authority) if own(&authority) && hosts_are_own => next.run(request).await,
        _ => refused(),
    }
}

fn refused() -> Response {
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        Slug::HostRefused,
        "this box does not answer to that name; use its address or hearth.local",
    )
    .into_response()
}

pub async fn check_origin(request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let upgrades = request.headers().contains_key(header::UPGRADE);
    if let Some(origin) = request.headers().get(header::ORIGIN)
        && (changes || upgrades)
    {
        let own = authority_of(request.uri(), request.headers());
        let origin = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.parse::<Uri>().ok());
        let same = match (origin.as_ref().and_then(Uri::authority), own) {
            (Some(origin), Some(own)) => origin.as_str().eq_ignore_ascii_case(own.as_str()),
            _ => false,
        };
        if !same {
            return Problem::new(
                StatusCode::FORBIDDEN,
                Slug::OriginRefused,
                "another site's page may not act on this box",
            )
            .into_response();
        }
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abuse_1_only_its_own_names_and_literal_addresses_are_the_box() {
        let names = Names::new(["Hearth.local".to_owned()]);
        let allowed = |host: &str| names.allow(&host.parse().unwrap());
        for host in [
            "127.0.0.1:7430",
            "[::1]:7430",
            "localhost",
            "hearth.local:7430",
            "HEARTH.local.",
        ] {
            assert!(allowed(host), "{host}");
        }
        for host in [
            "evil.example",
            "hearth.local.evil.example",
            "xn--hearth.local",
            "127.0.0.1.nip.example",
        ] {
            assert!(!allowed(host), "{host}");
        }
    }
}
