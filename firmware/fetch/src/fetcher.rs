//! The fetcher: guarded requests, read whole or streamed.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::{Bytes, BytesMut};
use reqwest::{
    Client, Method, Proxy, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, LOCATION},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout_at},
};
use url::{Origin, Url};

use crate::{
    Error, Hidden, Limiter, Limits, Options, Place, Request, Route,
    guard::{self, Allowed, Resolver, Way},
    hosts::Hosts,
    request::FORM,
    retry, stream,
};

const MAX_REDIRECTS: usize = 5;

/// A service that asks for patience without saying how long.
const USUAL_REST: Duration = Duration::from_secs(2);

/// Sends guarded requests. A clone shares connections and turns with its origin.
#[derive(Debug, Clone)]
pub struct Fetcher {
    pub(crate) shared: Arc<Shared>,
    pub(crate) allowed: Allowed,
    limiters: Vec<Limiter>,
    /// Turns of its own for documents.
    turns: Option<Arc<Hosts>>,
    /// What goes with every request to one place.
    own: Option<Arc<(Origin, HeaderMap)>>,
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
    /// An error's only where the request takes any.
    pub status: u16,
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

pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

impl Fetcher {
    pub fn new(options: Options) -> Result<Self, Error> {
        let tls = tls()?;
        Ok(Self {
            allowed: Allowed::new(options.allow_private_hosts.iter().cloned()),
            limiters: Vec::new(),
            turns: None,
            own: None,
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
            allowed: self.allowed.with(hosts),
            ..self.clone()
        }
    }

    /// The same fetcher for one provider of the owner's: whatever is asked at the origin of `site`
    /// carries `headers`, and nothing that is asked elsewhere does, by a redirect neither.
    #[must_use]
    pub fn sending(&self, site: &Url, headers: HeaderMap) -> Self {
        Self {
            own: Some(Arc::new((site.origin(), headers))),
            ..self.clone()
        }
    }

    /// The same fetcher for one provider of the owner's: so many documents at once, whatever others
    /// wait for. Many indexers live on one host, and a slow one must not hold up the rest.
    #[must_use]
    pub fn apart(&self, at_once: usize) -> Self {
        Self {
            turns: Some(Arc::new(Hosts::new(at_once))),
            ..self.clone()
        }
    }

    /// The same fetcher for one service: whatever it sends takes a turn at `limiter`, beside those
    /// it had.
    #[must_use]
    pub fn limited(&self, limiter: Limiter) -> Self {
        let mut limited = self.clone();
        limited.limiters.push(limiter);
        limited
    }

    pub async fn get_bytes(&self, url: &str, limits: Limits) -> Result<Document, Error> {
        self.ask(&Request::get(url)?, limits).await
    }

    /// Whether `url` would be asked at all; a name is only checked when it is resolved.
    pub fn check(&self, url: &str) -> Result<(), Error> {
        guard::way(&parse(url)?, &self.allowed).map(drop)
    }

    pub async fn ask(&self, request: &Request, limits: Limits) -> Result<Document, Error> {
        let mut received = self.send(request, &HeaderMap::new(), limits).await?;
        if !request.takes_any_status() {
            received = received.succeeded()?;
        }
        Ok(Document {
            status: received.status.as_u16(),
            content_type: received.content_type(),
            url: received.url,
            bytes: received.bytes,
        })
    }

    /// Asks until the service has spoken: what it said to its end, errors of its own included as
    /// far as they are final.
    pub(crate) async fn send(
        &self,
        request: &Request,
        more: &HeaderMap,
        limits: Limits,
    ) -> Result<Received, Error> {
        let place = Place::of(request.url());
        let deadline = Instant::now() + limits.timeout;
        let mut backoff = retry::backoff(limits.attempts);
        loop {
            let attempt = self.attempt(request, more, limits.max_bytes, deadline);
            let error = match timeout_at(deadline, attempt).await {
                Err(_) => {
                    return Err(Error::Timeout {
                        place,
                        after: limits.timeout,
                    });
                }
                Ok(Ok(received)) => return Ok(received),
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
            source: Arc::new(source),
        })
    }

    async fn attempt(
        &self,
        request: &Request,
        more: &HeaderMap,
        max_bytes: usize,
        deadline: Instant,
    ) -> Result<Received, Error> {
        let shared = &self.shared;
        let mut headers = request.full_headers();
        headers.extend(more.clone());
        let outgoing = Outgoing {
            method: request.method(),
            headers,
            body: request.body().cloned(),
        };
        let turns = self.turns.as_deref().unwrap_or(&shared.document_turns);
        let answer = self
            .follow(
                &request.full_url(),
                outgoing,
                (&shared.documents, turns),
                Some(deadline),
            )
            .await?;
        let place = Place::of(&answer.url);
        let status = answer.response.status();
        if status.is_server_error() && !request.takes_any_status() {
            return Err(Error::status(place, status));
        }
        let headers = answer.response.headers().clone();
        let bytes = read_whole(answer.response, max_bytes, &place).await?;
        Ok(Received {
            status,
            headers,
            url: answer.url,
            bytes,
        })
    }

    /// Asks `url` and follows redirects, each hop checked anew, to an answer that leads nowhere
    /// else. Without a `deadline` a turn is waited for however long it takes.
    pub(crate) async fn follow(
        &self,
        url: &Url,
        mut outgoing: Outgoing,
        (clients, turns): (&Clients, &Hosts),
        deadline: Option<Instant>,
    ) -> Result<Answer, Error> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let place = Place::of(&url);
            let client = match guard::way(&url, &self.allowed)? {
                Way::Open => &clients.open,
                Way::Checked => &clients.checked,
            };
            let permit = turns.turn(&url).await;
            for limiter in &self.limiters {
                let patience = deadline.map_or(Duration::MAX, |deadline| {
                    deadline.saturating_duration_since(Instant::now())
                });
                limiter.turn(patience).await.map_err(|wait| Error::Busy {
                    place: place.clone(),
                    retry_after: Some(wait),
                    not_asked: true,
                })?;
            }
            let mut headers = outgoing.headers.clone();
            if let Some(own) = self.own.as_deref().filter(|own| own.0 == url.origin()) {
                headers.extend(own.1.clone());
            }
            let mut request = client
                .request(outgoing.method.clone(), url.clone())
                .headers(headers);
            if let Some(body) = &outgoing.body {
                request = request.body(body.clone());
            }
            let response = request
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
                    stream::keep_harmless(&mut outgoing.headers);
                }
                // A question stays one where it is sent elsewhere, but for "see other"; of a form
                // browsers take every "found" for that, and sites count on it.
                let see_other = match response.status() {
                    StatusCode::SEE_OTHER => true,
                    StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => outgoing.is_form(),
                    _ => false,
                };
                if see_other {
                    outgoing.method = Method::GET;
                    outgoing.body = None;
                    outgoing.headers.remove(CONTENT_TYPE);
                }
                url = next;
                continue;
            }
            let answer = Answer::of(response, url, permit);
            if let Err(Error::Busy { retry_after, .. }) = &answer {
                for limiter in &self.limiters {
                    limiter.rest(retry_after.unwrap_or(USUAL_REST));
                }
            }
            return answer;
        }
        Err(Error::TooManyRedirects {
            place: Place::of(&url),
            limit: MAX_REDIRECTS,
        })
    }
}

/// What is sent, at the first hop.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

impl Outgoing {
    pub(crate) fn get(headers: HeaderMap) -> Self {
        Self {
            method: Method::GET,
            headers,
            body: None,
        }
    }

    fn is_form(&self) -> bool {
        let kind = self.headers.get(CONTENT_TYPE);
        kind.is_some_and(|kind| kind == FORM)
    }
}

/// An answer whose body is still to be read; the permit holds the turn at its host.
pub(crate) struct Answer {
    pub(crate) response: Response,
    pub(crate) url: Url,
    pub(crate) permit: OwnedSemaphorePermit,
}

impl Answer {
    fn of(response: Response, url: Url, permit: OwnedSemaphorePermit) -> Result<Self, Error> {
        let place = Place::of(&url);
        let status = response.status();
        let retry_after = retry::retry_after(response.headers(), SystemTime::now());
        if status.as_u16() == 429 || (status.as_u16() == 503 && retry_after.is_some()) {
            return Err(Error::Busy {
                place,
                retry_after,
                not_asked: false,
            });
        }
        Ok(Self {
            response,
            url,
            permit,
        })
    }

    pub(crate) fn succeeded(self) -> Result<Self, Error> {
        let status = self.response.status();
        if status.is_success() {
            return Ok(self);
        }
        Err(Error::status(Place::of(&self.url), status))
    }
}

/// What a service said, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// After redirects.
    pub(crate) url: Url,
    pub(crate) bytes: Bytes,
}

impl Received {
    pub(crate) fn succeeded(self) -> Result<Self, Error> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(Error::status(Place::of(&self.url), self.status))
    }

    pub(crate) fn content_type(&self) -> Option<String> {
        stream::header(&self.headers, &CONTENT_TYPE)
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
        source: Arc::new(error.without_url()),
    }
}

fn sending(error: reqwest::Error, place: &Place) -> Error {
    let place = place.clone();
    if guard::refused(&error) {
        return Error::Private { place };
    }
    let source = Arc::new(error.without_url());
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
        let setup = |error| Error::Setup(Arc::new(error));
        let client = |way, route: &Route| {
            let builder = Client::builder()
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
                // Radio servers write titles into headers in whatever encoding.
                .http1_ignore_invalid_headers_in_responses(true)
                .gzip(decompress)
                .brotli(decompress);
            let builder = match route {
                Route::Any => builder,
                Route::Interface(name) => builder.interface(name),
                // Not `socks5h`: see `Options::route`.
                Route::Proxy(proxy) => builder.proxy(Proxy::all(proxy).map_err(setup)?),
            };
            builder.build().map_err(setup)
        };
        Ok(Self {
            // The home network has no other way to it.
            open: client(Way::Open, &Route::Any)?,
            checked: client(Way::Checked, &options.route)?,
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
        .map_err(|error| Error::Setup(Arc::new(error)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
