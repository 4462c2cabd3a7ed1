//! HTTP by hand, for requests that no client library would send.

use std::{
    io::{Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use serde_json::Value;

/// What came back: the status line's code, headers with lower-case names, and the rest.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .unwrap_or_else(|| panic!("no status line: {head}"));
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Self {
            status,
            headers,
            body: bytes[end + 4..].to_vec(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The slug of a problem; empty when the body is none.
    pub fn slug(&self) -> String {
        serde_json::from_slice::<Value>(&self.body)
            .ok()
            .and_then(|body| body["slug"].as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

/// Whether this is a whole answer: as long as it says, or one that switches protocols.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let answer = Answer::parse(bytes);
    let length = answer
        .header("content-length")
        .and_then(|length| length.parse::<usize>().ok());
    answer.status == 101 || length.is_some_and(|length| bytes.len() >= end + 4 + length)
}

fn exchange(mut stream: impl Read + Write, request: &[u8]) -> Answer {
    // The box may hang up before the end of what it refuses; its answer has come by then.
    let _ = stream.write_all(request);
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    while !is_whole(&bytes) {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
            Err(error) => panic!("the box said too little: {error}"),
        }
    }
    Answer::parse(&bytes)
}

/// As a simple client does it: everything is sent before anything is read, and a connection that
/// breaks meanwhile is the end of it.
pub fn all_first(base: &str, request: &str) -> Answer {
    let mut stream =
        TcpStream::connect(base.trim_start_matches("http://")).expect("the box listens");
    stream
        .write_all(request.as_bytes())
        .expect("the box hears it out");
    exchange(&stream, &[])
}

/// Sends bytes to the box and reads one answer.
pub fn raw(base: &str, request: &str) -> Answer {
    let stream = TcpStream::connect(base.trim_start_matches("http://")).expect("the box listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    exchange(&stream, request.as_bytes())
}

pub fn raw_local(socket: &Path, request: &str) -> Answer {
    let stream = UnixStream::connect(socket).expect("the box listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    exchange(&stream, request.as_bytes())
}

/// A WebSocket upgrade with these headers beside its own.
pub fn upgrade(base: &str, host: &str, headers: &[(&str, &str)]) -> Answer {
    let headers: String = headers
        .iter()
        .map(|(name, value)| [name, ": ", value, "\r\n"].concat())
        .collect();
    let request = format!(
        "GET /api/v1/ws HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    );
    raw(base, &request)
}
