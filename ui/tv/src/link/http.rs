//! HTTP/1.1 to the daemon: one connection a request, over either transport. Small on purpose: no
//! proxy, no redirects, no TLS, because the other end is the box.

use std::{sync::Mutex, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Response, StatusCode,
    body::{Bytes, Incoming},
    client::conn::http1,
    header,
};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    sync::Mutex as AsyncMutex,
    time::timeout,
};

use super::{
    Daemon,
    tokens::{TokenFile, Tokens},
};
use crate::view_model::Problem;

const CONNECT: Duration = Duration::from_secs(5);
/// The daemon has its own deadlines below these.
const ANSWER: Duration = Duration::from_secs(30);
const LONG_ANSWER: Duration = Duration::from_mins(2);
const MAX_BODY: usize = 8 * 1024 * 1024;

/// A connection of either kind.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

#[derive(Debug)]
pub struct Client {
    daemon: Daemon,
    pub device_name: String,
    file: Option<TokenFile>,
    /// Held for a moment only: never across an await.
    tokens: Mutex<Option<Tokens>>,
    /// One refresh at a time: each makes the one before invalid.
    refresh: AsyncMutex<()>,
}

impl Client {
    pub fn new(daemon: Daemon, device_name: String, file: Option<TokenFile>) -> Self {
        let client = Self {
            daemon,
            device_name,
            file,
            tokens: Mutex::default(),
            refresh: AsyncMutex::default(),
        };
        let kept = client
            .file
            .as_ref()
            .and_then(|file| file.load(&client.address()));
        *client.tokens.lock().expect("no holder of this lock panics") = kept;
        client
    }

    /// Over the Unix socket the peer is the box's own TV.
    pub fn needs_token(&self) -> bool {
        matches!(self.daemon, Daemon::Http(_))
    }

    fn address(&self) -> String {
        match &self.daemon {
            Daemon::Unix(path) => format!("unix:{}", path.display()),
            Daemon::Http(url) => url.origin().ascii_serialization(),
        }
    }

    /// The Host the daemon knows itself by.
    pub fn host(&self) -> String {
        match &self.daemon {
            Daemon::Unix(_) => "localhost".into(),
            Daemon::Http(url) => {
                let host = url.host_str().unwrap_or("localhost");
                url.port()
                    .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
            }
        }
    }

    /// An address the daemon names may be relative to its own.
    pub fn absolute(&self, address: &str) -> String {
        match &self.daemon {
            Daemon::Http(url) => url
                .join(address)
                .map_or_else(|_| address.to_owned(), |joined| joined.to_string()),
            Daemon::Unix(_) => address.to_owned(),
        }
    }

    pub fn token(&self) -> Option<String> {
        let tokens = self.tokens.lock().expect("no holder of this lock panics");
        tokens.as_ref().map(|tokens| tokens.access_token.clone())
    }

    fn keep(&self, tokens: Option<Tokens>) {
        if let Some(file) = &self.file
            && let Err(error) = file.save(&self.address(), tokens.as_ref())
        {
            tracing::warn!(%error, "the pairing will not outlive this run");
        }
        *self.tokens.lock().expect("no holder of this lock panics") = tokens;
    }

    /// A fresh access token, or false: this screen is not paired (any more).
    pub async fn refresh(&self, stale: Option<String>) -> Result<bool, Problem> {
        let _turn = self.refresh.lock().await;
        let refresh_token = {
            let tokens = self.tokens.lock().expect("no holder of this lock panics");
            match &*tokens {
                None => return Ok(false),
                // Somebody else did it while this one waited for its turn.
                Some(tokens) if Some(&tokens.access_token) != stale.as_ref() => return Ok(true),
                Some(tokens) => tokens.refresh_token.clone(),
            }
        };
        let body = json!({ "refresh_token": refresh_token });
        let response = self
            .send(
                Method::POST,
                "/api/v1/auth/refresh",
                Some(&body),
                None,
                "application/json",
            )
            .await?;
        if matches!(
            response.status(),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
        ) {
            self.keep(None);
            return Ok(false);
        }
        self.keep(Some(read(response).await?));
        Ok(true)
    }

    pub async fn pair(&self, pin: &str) -> Result<(), Problem> {
        let body = json!({ "pin": pin, "device_name": self.device_name });
        let response = self
            .send(
                Method::POST,
                "/api/v1/pairing",
                Some(&body),
                None,
                "application/json",
            )
            .await?;
        self.keep(Some(read(response).await?));
        Ok(())
    }

    pub async fn connect(&self) -> Result<Box<dyn Stream>, Problem> {
        let opening = async {
            Ok::<Box<dyn Stream>, std::io::Error>(match &self.daemon {
                Daemon::Unix(path) => Box::new(UnixStream::connect(path).await?),
                Daemon::Http(url) => {
                    let host = url
                        .host_str()
                        .unwrap_or("localhost")
                        .trim_matches(['[', ']']);
                    let port = url.port_or_known_default().unwrap_or(80);
                    let stream = TcpStream::connect((host, port)).await?;
                    stream.set_nodelay(true)?;
                    Box::new(stream)
                }
            })
        };
        let address = self.address();
        match timeout(CONNECT, opening).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(Problem::unreachable(format!("{address}: {error}"))),
            Err(_) => Err(Problem::unreachable(format!("{address}: no answer in 5 s"))),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        token: Option<&str>,
        accept: &str,
    ) -> Result<Response<Incoming>, Problem> {
        let unreachable =
            |error: hyper::Error| Problem::unreachable(format!("{}: {error}", self.address()));
        let stream = self.connect().await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(unreachable)?;
        tokio::spawn(async move {
            // A cut is told by the response's body as well.
            let _ = connection.await;
        });
        let mut request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.host())
            .header(header::ACCEPT, accept);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map(ToString::to_string).unwrap_or_default();
        let request = request
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| {
                Problem::unreachable(format!("the request could not be made: {error}"))
            })?;
        sender.send_request(request).await.map_err(unreachable)
    }

    /// A call with the token, which is renewed once when it has run out.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        accept: &str,
    ) -> Result<Response<Incoming>, Problem> {
        let token = self.token();
        let response = self
            .send(
                method.clone(),
                path,
                body.as_ref(),
                token.as_deref(),
                accept,
            )
            .await?;
        let response = if response.status() == StatusCode::UNAUTHORIZED
            && self.needs_token()
            && self.refresh(token).await?
        {
            let token = self.token();
            self.send(method, path, body.as_ref(), token.as_deref(), accept)
                .await?
        } else {
            response
        };
        if response.status().is_success() {
            return Ok(response);
        }
        Err(problem_of(response).await)
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Problem> {
        within(ANSWER, async {
            read(
                self.call(Method::GET, path, None, "application/json")
                    .await?,
            )
            .await
        })
        .await
    }

    /// A body that is no JSON.
    pub async fn bytes(&self, path: &str, accept: &str) -> Result<Bytes, Problem> {
        within(ANSWER, async {
            bytes_of(self.call(Method::GET, path, None, accept).await?).await
        })
        .await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: Value) -> Result<T, Problem> {
        within(LONG_ANSWER, async {
            let response = self.call(Method::POST, path, Some(body), "application/json");
            read(response.await?).await
        })
        .await
    }

    pub async fn put(&self, path: &str, body: Value) -> Result<(), Problem> {
        within(ANSWER, async {
            self.call(Method::PUT, path, Some(body), "application/json")
                .await?;
            Ok(())
        })
        .await
    }

    pub async fn delete(&self, path: &str) -> Result<(), Problem> {
        within(ANSWER, async {
            self.call(Method::DELETE, path, None, "application/json")
                .await?;
            Ok(())
        })
        .await
    }
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(Problem::unreachable(format!(
            "no answer in {} s",
            limit.as_secs()
        )))
    })
}

async fn bytes_of(response: Response<Incoming>) -> Result<Bytes, Problem> {
    Limited::new(response.into_body(), MAX_BODY)
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .map_err(|error| Problem::unreachable(format!("the answer broke off: {error}")))
}

/// A JSON body.
pub async fn read<T: DeserializeOwned>(response: Response<Incoming>) -> Result<T, Problem> {
    let ok = response.status().is_success();
    if !ok {
        return Err(problem_of(response).await);
    }
    let bytes = bytes_of(response).await?;
    // 204 and friends read as null.
    let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
    serde_json::from_slice(text).map_err(|error| Problem {
        slug: Problem::UNREADABLE.into(),
        title: String::new(),
        detail: format!("The box answered something this TV does not understand: {error}"),
    })
}

async fn problem_of(response: Response<Incoming>) -> Problem {
    let status = response.status();
    let bytes = bytes_of(response).await.unwrap_or_default();
    let problem: Option<Problem> = serde_json::from_slice(&bytes).ok();
    problem
        .filter(|problem| !problem.sentence().is_empty())
        .unwrap_or_else(|| Problem {
            slug: format!("http-{}", status.as_u16()),
            title: String::new(),
            detail: format!("The box answered {status}"),
        })
}
