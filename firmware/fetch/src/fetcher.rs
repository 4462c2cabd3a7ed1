//! The fetcher: guarded GET requests, whole or streamed.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use reqwest::{
    Client, Response,
    header::{CONTENT_TYPE, HeaderMap, LOCATION},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout_at},
};
use url::Url;

use crate::{
    Error, Hidden, Limits, Options, Place,
    guard::{self, Allowed, Resolver, Way},
    hosts::Hosts,
    retry, stream,
};

const MAX_REDIRECTS: usize = 5;

/// Sends guarded GET requests. A clone shares connections and turns with its origin.
#[derive(Debug, Clone)]
pub struct Fetcher {
    pub(crate) shared: Arc<Shared>,
    allowed: Allowed,
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: Options,
    documents: Clients,
    pub(crate) streams: Clients,
    document_turns: Hosts,
    pub(crate) stream_turns: Hosts,
}

/// Two connection pools, so that a connection made for the owner's own host never serves a
/// stranger's URL.
#[derive(Debug)]
pub(crate) struct Clients {
    open: Client,
    checked: Client,
}

/// An answer read to its end.
#[derive(Debug, Clone)]
pub struct Document {
    /// After redirects.
    pub url: Url,
    pub content_type: Option<String>,
    pub bytes: Bytes,
}

impl Document {
    /// As UTF-8, without a byte-order mark; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(without_mark(&self.bytes)).into_owned()
    }
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

impl Fetcher {
    pub fn new(options: Options) -> Result<Self, Error> {
        let tls = tls()?;
        Ok(Self {
            allowed: Allowed::new(options.allow_private_hosts.iter().cloned()),
            shared: Arc::new(Shared {
                documents: Clients::new(&options, &tls, true)?,
                streams: Clients::new(&options, &tls, false)?,
                document_turns: Hosts::new(options.requests_per_host),
                stream_turns: Hosts::new(options.streams_per_host),
                options,
            }),
        })
    }

    /// The same fetcher for one provider of the owner's: `hosts` (`host` or `host:port`) may
    /// lie on the home network. Others keep being refused, so no provider reaches another's.
    #[must_use]
    pub fn allowing(&self, hosts: impl IntoIterator<Item = String>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            allowed: self.allowed.with(hosts),
        }
    }

    pub async fn get_bytes(&self, url: &str, limits: Limits) -> Result<Document, Error> {
        let url = parse(url)?;
        let place = Place::of(&url);
        let deadline = Instant::now() + limits.timeout;
        let mut backoff = retry::backoff(limits.attempts);
        loop {
            let error = match timeout_at(deadline, self.attempt(&url, limits)).await {
                Err(_) => {
                    return Err(Error::Timeout {
                        place,
                        after: limits.timeout,
                    });
                }
                Ok(Ok(document)) => return Ok(document),
                Ok(Err(error)) => error,
            };
            let asked = match &error {
                Error::Busy { retry_after, .. } => *retry_after,
                _ => None,
            };
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = if error.is_transient() {
                backoff
                    .next()
                    .and_then(|step| retry::wait(step, asked, left))
            } else {
                None
            };
            let Some(wait) = wait else {
                return Err(error);
            };
            tracing::debug!(%place, wait_ms = wait.as_millis(), %error, "trying again");
            tokio::time::sleep(wait).await;
        }
    }

    pub async fn get_text(&self, url: &str, limits: Limits) -> Result<String, Error> {
        Ok(self.get_bytes(url, limits).await?.text())
    }

    pub async fn get_json<T: DeserializeOwned>(
        &self,
        url: &str,
        limits: Limits,
    ) -> Result<T, Error> {
        let document = self.get_bytes(url, limits).await?;
        serde_json::from_slice(without_mark(&document.bytes)).map_err(|source| Error::Json {
            place: Place::of(&document.url),
            source,
        })
    }

    async fn attempt(&self, url: &Url, limits: Limits) -> Result<Document, Error> {
        let shared = &self.shared;
        let answer = self
            .follow(
                url,
                &HeaderMap::new(),
                &shared.documents,
                &shared.document_turns,
            )
            .await?;
        let place = Place::of(&answer.url);
        let bytes = read_whole(answer.response, limits.max_bytes, &place).await?;
        Ok(Document {
            content_type: answer.content_type,
            url: answer.url,
            bytes,
        })
    }

    /// Asks `url` and follows redirects, each hop checked anew, to an answer of success.
    pub(crate) async fn follow(
        &self,
        url: &Url,
        headers: &HeaderMap,
        clients: &Clients,
        turns: &Hosts,
    ) -> Result<Answer, Error> {
        let mut url = url.clone();
        let mut headers = headers.clone();
        for _ in 0..=MAX_REDIRECTS {
            let place = Place::of(&url);
            let client = match guard::way(&url, &self.allowed)? {
                Way::Open => &clients.open,
                Way::Checked => &clients.checked,
            };
            let permit = turns.turn(&url).await;
            let response = client
                .get(url.clone())
                .headers(headers.clone())
                .send()
                .await
                .map_err(|error| sending(error, &place))?;
            if response.status().is_redirection()
                && let Some(location) = response.headers().get(LOCATION)
            {
                let next = location
                    .to_str()
                    .ok()
                    .and_then(|location| url.join(location).ok())
                    .ok_or_else(|| Error::Address {
                        reason: format!("{place} redirects to something that is no address"),
                    })?;
                if !matches!(next.scheme(), "http" | "https") {
                    return Err(Error::LeftHttp {
                        place,
                        scheme: next.scheme().into(),
                        location: Hidden(next.into()),
                    });
                }
                if next.origin() != url.origin() {
                    stream::keep_harmless(&mut headers);
                }
                url = next;
                continue;
            }
            return Answer::of(response, url, permit);
        }
        Err(Error::TooManyRedirects {
            place: Place::of(&url),
            limit: MAX_REDIRECTS,
        })
    }
}

/// A successful answer whose body is still to be read; the permit holds the turn at its host.
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) url: Url,
    pub(crate) content_type: Option<String>,
    pub(crate) permit: OwnedSemaphorePermit,
}

impl Answer {
    fn of(response: Response, url: Url, permit: OwnedSemaphorePermit) -> Result<Self, Error> {
        let place = Place::of(&url);
        let status = response.status();
        let retry_after = retry::retry_after(response.headers(), SystemTime::now());
        if status.as_u16() == 429 || (status.as_u16() == 503 && retry_after.is_some()) {
            return Err(Error::Busy { place, retry_after });
        }
        if !status.is_success() {
            return Err(Error::Status {
                place,
                status: status.as_u16(),
            });
        }
        let content_type = stream::header(response.headers(), &CONTENT_TYPE);
        Ok(Self {
            response,
            url,
            content_type,
            permit,
        })
    }
}

async fn read_whole(mut response: Response, limit: usize, place: &Place) -> Result<Bytes, Error> {
    let too_large = || Error::TooLarge {
        place: place.clone(),
        limit,
    };
    if response
        .content_length()
        .is_some_and(|length| length > limit as u64)
    {
        return Err(too_large());
    }
    let mut whole = BytesMut::new();
    // Counted after decompression, chunk by chunk: a bomb stops at the limit.
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| cut_off(error, place))?
    {
        if whole.len() + chunk.len() > limit {
            return Err(too_large());
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

pub(crate) fn cut_off(error: reqwest::Error, place: &Place) -> Error {
    Error::CutOff {
        place: place.clone(),
        source: error.without_url(),
    }
}

fn sending(error: reqwest::Error, place: &Place) -> Error {
    let place = place.clone();
    if guard::refused(&error) {
        return Error::Private { place };
    }
    let source = error.without_url();
    if source.is_connect() {
        Error::Connect { place, source }
    } else {
        Error::CutOff { place, source }
    }
}

pub(crate) fn parse(url: &str) -> Result<Url, Error> {
    Url::parse(url.trim()).map_err(|error| Error::Address {
        reason: error.to_string(),
    })
}

impl Clients {
    fn new(options: &Options, tls: &rustls::ClientConfig, decompress: bool) -> Result<Self, Error> {
        let client = |way| {
            Client::builder()
                .user_agent(&options.user_agent)
                .tls_backend_preconfigured(tls.clone())
                .dns_resolver(Arc::new(Resolver {
                    lookup: Arc::clone(&options.lookup),
                    way,
                }))
                // Hops are followed and checked here; a proxy of the environment would resolve
                // names behind the guard's back.
                .redirect(Policy::none())
                .no_proxy()
                .referer(false)
                .connect_timeout(options.connect_timeout)
                .pool_idle_timeout(Duration::from_secs(30))
                .gzip(decompress)
                .brotli(decompress)
                .build()
                .map_err(|error| Error::Setup(error.into()))
        };
        Ok(Self {
            open: client(Way::Open)?,
            checked: client(Way::Checked)?,
        })
    }
}

/// One TLS configuration for all clients: the system's certificates are read once.
fn tls() -> Result<rustls::ClientConfig, Error> {
    let mut roots = rustls::RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "a certificate of the system could not be read");
    }
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::warn!(
            "the system has no CA certificates: https addresses will not work until ca-certificates is installed"
        );
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Setup(error.into()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
