//! A local HTTP server that misbehaves on order: each answer is a list of steps written to the
//! socket as they are. Shared by the tests of the crates that fetch.

#![allow(dead_code, reason = "each test file uses its part")]

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

pub enum Step {
    Send(Vec<u8>),
    Wait(Duration),
    /// One byte again and again, until the other side leaves.
    Drip(Duration),
    /// The same block for ever, as fast as it is taken.
    Flood(Vec<u8>),
}

pub struct Server {
    pub address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// `answer` gets the request's head and how many requests came before it.
    pub async fn start(answer: impl Fn(&str, usize) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let seen = Arc::clone(&heads);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let answer = Arc::clone(&answer);
                let seen = Arc::clone(&seen);
                tokio::spawn(async move { serve(socket, &*answer, &seen).await });
            }
        });
        Self {
            address,
            heads,
            task,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The heads of the requests that came.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// The request lines' targets.
    pub fn targets(&self) -> Vec<String> {
        let target = |head: &String| head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.heads().iter().map(target).collect()
    }
}

async fn serve(
    mut socket: TcpStream,
    answer: &(impl Fn(&str, usize) -> Vec<Step> + Send + Sync),
    heads: &Mutex<Vec<String>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    // A body is read to its end, so that closing the socket does not reset it; it is part of what
    // the test sees.
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    if socket.read_exact(&mut body).await.is_err() {
        return;
    }
    let head = head + &String::from_utf8_lossy(&body);
    let before = {
        let mut heads = heads.lock().unwrap();
        heads.push(head.clone());
        heads.len() - 1
    };
    for step in answer(&head, before) {
        let sent = match step {
            Step::Send(bytes) => socket.write_all(&bytes).await,
            Step::Wait(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
            Step::Drip(pause) => loop {
                if let Err(error) = socket.write_all(b"x").await {
                    break Err(error);
                }
                tokio::time::sleep(pause).await;
            },
            Step::Flood(block) => loop {
                if let Err(error) = socket.write_all(&block).await {
                    break Err(error);
                }
            },
        };
        if sent.is_err() {
            return;
        }
    }
}

/// A whole answer with its headers (`Name: value` lines) and body.
pub fn reply(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let length = format!("Content-Length: {}", body.len());
    let mut lines = vec![format!("HTTP/1.1 {status}"), "Connection: close".into()];
    lines.extend(headers.iter().map(|header| (*header).to_owned()));
    lines.extend([length, String::new(), String::new()]);
    let mut bytes = lines.join("\r\n").into_bytes();
    bytes.extend_from_slice(body);
    vec![Step::Send(bytes)]
}

pub fn ok(body: impl AsRef<[u8]>) -> Vec<Step> {
    reply("200 OK", &[], body)
}

pub fn redirect(location: &str) -> Vec<Step> {
    reply("302 Found", &[&format!("Location: {location}")], "")
}
