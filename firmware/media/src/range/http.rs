//! Ranged reading over HTTP from the box's own loopback listener.
//!
//! One connection at a time, asked for everything from an offset on and read as the player goes;
//! what was read last stays in a window, because demuxers look back a little. It speaks plain
//! HTTP to loopback only: no proxies, no redirects, no TLS, so hyper is used without a client
//! around it. A lost connection is made again where it broke. The runtime belongs to the reader
//! and runs only inside a read, on the reading thread.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http_body_util::{BodyExt, Empty};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, runtime::Runtime};
use url::{Host, Url};

use super::{Cancel, RangeReader, ReadError};

/// Bytes kept behind the reading position.
const WINDOW: usize = 1 << 20;
/// A gap this small is read over rather than asked for anew.
const SKIP: u64 = 1 << 16;
/// Waits before each further attempt when nothing arrives: about four seconds in all.
const RETRY_MS: [u64; 5] = [100, 300, 600, 1000, 2000];

/// Reads a loopback URL by ranges.
#[derive(Debug)]
pub struct HttpRangeReader {
    address: SocketAddr,
    target: String,
    received: AtomicU64,
    /// None only while dropping: a runtime must not end inside another one.
    runtime: Option<Runtime>,
    /// Held for the whole of a read: reads don't overlap, and cancelling needs no lock.
    connection: Mutex<Connection>,
}

#[derive(Debug, Default)]
struct Connection {
    body: Option<Incoming>,
    /// Bytes just before `position`.
    window: Vec<u8>,
    /// Where the next byte of `body` belongs.
    position: u64,
    length: Option<u64>,
}

impl HttpRangeReader {
    /// A reader for `http://127.0.0.1:PORT/…`; nothing is sent yet.
    pub fn new(address: &str) -> Result<Self, ReadError> {
        let refused = || ReadError::Address {
            address: address.to_owned(),
        };
        let url = Url::parse(address).map_err(|_| refused())?;
        let ip: IpAddr = match url.host() {
            Some(Host::Ipv4(ip)) => ip.into(),
            Some(Host::Ipv6(ip)) => ip.into(),
            Some(Host::Domain("localhost")) => [127, 0, 0, 1].into(),
            _ => return Err(refused()),
        };
        let port = url.port_or_known_default().ok_or_else(refused)?;
        if url.scheme() != "http" || !ip.is_loopback() {
            return Err(refused());
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| ReadError::Unreachable {
                detail: error.to_string(),
            })?;
        let query = url
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        Ok(Self {
            address: (ip, port).into(),
            target: format!("{}{query}", url.path()),
            received: AtomicU64::new(0),
            runtime: Some(runtime),
            connection: Mutex::default(),
        })
    }

    /// Run a piece of reading on this thread until it is done or cancelled.
    fn run<T>(
        &self,
        cancel: &Cancel,
        work: impl AsyncFnOnce(&mut Connection) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        // Only a panic poisons it, and `Connection` holds no promise that one could break.
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let runtime = self.runtime.as_ref().ok_or(ReadError::Cancelled)?;
        runtime.block_on(async {
            tokio::select! {
                biased;
                () = cancel.cancelled() => Err(ReadError::Cancelled),
                done = work(&mut connection) => done,
            }
        })
    }

    /// Ask for everything from `offset` on, with patience for a box that is just restarting.
    async fn connect(&self, connection: &mut Connection, offset: u64) -> Result<(), ReadError> {
        connection.body = None;
        if connection.position != offset {
            connection.window.clear();
            connection.position = offset;
        }
        let mut waits = RETRY_MS.iter();
        loop {
            let error = match self.ask(offset).await {
                Ok(response) => match connection.accept(offset, response) {
                    Err(error @ ReadError::Unusable { status: 500.. }) => error,
                    decided => return decided,
                },
                Err(detail) => ReadError::Unreachable { detail },
            };
            let Some(wait) = waits.next() else {
                return Err(error);
            };
            tracing::debug!(%error, offset, "asking again");
            tokio::time::sleep(Duration::from_millis(*wait)).await;
        }
    }

    async fn ask(&self, offset: u64) -> Result<Response<Incoming>, String> {
        let stream = TcpStream::connect(self.address)
            .await
            .map_err(|error| error.to_string())?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        // It ends by itself with the body, or when the body is dropped.
        tokio::spawn(connection);
        let request = Request::get(&self.target)
            .header(header::HOST, self.address.to_string())
            .header(header::RANGE, format!("bytes={offset}-"))
            .header(header::ACCEPT_ENCODING, "identity")
            .body(Empty::<Bytes>::new())
            .map_err(|error| error.to_string())?;
        sender
            .send_request(request)
            .await
            .map_err(|error| error.to_string())
    }

    /// Read on into the window; false when the body ended or broke.
    async fn advance(&self, connection: &mut Connection) -> bool {
        let Some(body) = connection.body.as_mut() else {
            return false;
        };
        match body.frame().await {
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    self.received
                        .fetch_add(data.len() as u64, Ordering::Relaxed);
                    connection.keep(&data);
                }
                true
            }
            Some(Err(error)) => {
                tracing::debug!(%error, at = connection.position, "the connection broke");
                false
            }
            None => false,
        }
    }
}

impl Connection {
    /// Take an answer's body when it is what was asked for.
    fn accept(&mut self, offset: u64, response: Response<Incoming>) -> Result<(), ReadError> {
        let length = match response.status() {
            StatusCode::PARTIAL_CONTENT => {
                let (start, length) = content_range(&response).ok_or(ReadError::NoRanges)?;
                if start != offset {
                    return Err(ReadError::NoRanges);
                }
                length
            }
            // No bytes at all: an empty file has no range to answer.
            StatusCode::RANGE_NOT_SATISFIABLE if offset == 0 => 0,
            StatusCode::OK if offset == 0 => {
                number(&response, header::CONTENT_LENGTH).ok_or(ReadError::NoRanges)?
            }
            StatusCode::OK => return Err(ReadError::NoRanges),
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                return Err(ReadError::Gone {
                    status: response.status().as_u16(),
                });
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(ReadError::Refused {
                    status: response.status().as_u16(),
                });
            }
            status => {
                return Err(ReadError::Unusable {
                    status: status.as_u16(),
                });
            }
        };
        if *self.length.get_or_insert(length) != length {
            return Err(ReadError::Changed);
        }
        self.body = Some(response.into_body());
        Ok(())
    }

    fn keep(&mut self, data: &[u8]) {
        if self.window.len() > 2 * WINDOW {
            self.window.drain(..self.window.len() - WINDOW);
        }
        self.window.extend_from_slice(data);
        self.position += data.len() as u64;
    }

    /// What the window holds from `offset` on.
    fn kept(&self, offset: u64) -> &[u8] {
        let back = self.position.saturating_sub(offset) as usize;
        if offset > self.position || back > self.window.len() {
            return &[];
        }
        &self.window[self.window.len() - back..]
    }

    fn reaches(&self, offset: u64) -> bool {
        self.body.is_some() && (self.position..=self.position + SKIP).contains(&offset)
    }
}

impl RangeReader for HttpRangeReader {
    fn open(&self, cancel: &Cancel) -> Result<u64, ReadError> {
        self.run(cancel, async |connection| {
            connection.length = None;
            self.connect(connection, 0).await?;
            connection.length.ok_or(ReadError::NoRanges)
        })
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8], cancel: &Cancel) -> Result<usize, ReadError> {
        self.run(cancel, async |connection| {
            let mut broken = 0;
            loop {
                let kept = connection.kept(offset);
                if !kept.is_empty() || buffer.is_empty() {
                    let count = kept.len().min(buffer.len());
                    buffer[..count].copy_from_slice(&kept[..count]);
                    return Ok(count);
                }
                if connection.length.is_some_and(|length| offset >= length) {
                    return Ok(0);
                }
                if !connection.reaches(offset) {
                    self.connect(connection, offset).await?;
                }
                let position = connection.position;
                if !self.advance(connection).await {
                    connection.body = None;
                    broken += 1;
                    let Some(wait) = RETRY_MS.get(broken - 1) else {
                        let detail = "it keeps breaking off".to_owned();
                        return Err(ReadError::Unreachable { detail });
                    };
                    tokio::time::sleep(Duration::from_millis(*wait)).await;
                } else if connection.position > position {
                    broken = 0;
                }
            }
        })
    }

    fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }
}

impl Drop for HttpRangeReader {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn number(response: &Response<Incoming>, name: header::HeaderName) -> Option<u64> {
    response
        .headers()
        .get(name)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// First byte and whole length of `bytes 0-99/1000`.
fn content_range(response: &Response<Incoming>) -> Option<(u64, u64)> {
    let text = response
        .headers()
        .get(header::CONTENT_RANGE)?
        .to_str()
        .ok()?;
    let (range, length) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, length.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_on_the_box_are_read() {
        for good in [
            "http://127.0.0.1:7431/a?b=c",
            "http://localhost:80/",
            "http://[::1]:9/x",
        ] {
            assert!(HttpRangeReader::new(good).is_ok(), "{good}");
        }
        for bad in [
            "https://127.0.0.1/a",
            "http://192.168.1.2/a",
            "http://example.org/a",
            "file:///etc/passwd",
            "nonsense",
        ] {
            assert!(
                matches!(HttpRangeReader::new(bad), Err(ReadError::Address { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn the_window_answers_for_what_was_just_read() {
        let mut connection = Connection {
            position: 100,
            ..Connection::default()
        };
        connection.keep(b"abcdef");
        assert_eq!(connection.kept(102), b"cdef");
        assert_eq!(connection.kept(100), b"abcdef");
        assert!(connection.kept(99).is_empty());
        assert!(connection.kept(106).is_empty());
        assert!(connection.kept(200).is_empty());
        for _ in 0..5 {
            connection.keep(&vec![7; WINDOW]);
        }
        assert!(connection.window.len() <= 3 * WINDOW + 6);
    }

    #[test]
    fn a_cancelled_read_says_so_at_once() {
        let reader = HttpRangeReader::new("http://127.0.0.1:9/").unwrap();
        let cancel = Cancel::new();
        cancel.cancel();
        assert_eq!(reader.open(&cancel), Err(ReadError::Cancelled));
    }

    #[test]
    fn it_may_be_dropped_inside_a_runtime() {
        let outer = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        outer.block_on(async { drop(HttpRangeReader::new("http://127.0.0.1:9/").unwrap()) });
    }
}
