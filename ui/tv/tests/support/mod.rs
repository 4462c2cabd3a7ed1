//! A box of cardboard: answers the API over a Unix socket from data in memory, with real frames of
//! HTTP and WebSocket, so that the TV is tested through its front door without a daemon.
#![allow(dead_code, clippy::unwrap_used)] // Each test file uses its part.

pub mod data;
pub mod media;
pub mod of_box;

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use hearth_model::{ClientMessage, ServerMessage};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    runtime::Runtime,
    sync::broadcast,
    time::sleep,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, handshake::derive_accept_key, protocol::Role},
};

pub use data::House;

/// What happened at the box, for tests to look at.
#[derive(Debug, Default)]
pub struct Log {
    pub requests: Vec<String>,
    pub messages: Vec<ClientMessage>,
}

pub struct FakeBox {
    _folder: TempDir,
    pub socket: PathBuf,
    runtime: Runtime,
    house: Arc<Mutex<House>>,
    log: Arc<Mutex<Log>>,
    live: broadcast::Sender<String>,
}

impl FakeBox {
    pub fn start(house: House) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("hearthd.sock");
        let runtime = Runtime::new().unwrap();
        let listener = {
            let _inside = runtime.enter();
            UnixListener::bind(&socket).unwrap()
        };
        let (live, _) = broadcast::channel(64);
        let fake = Self {
            _folder: folder,
            socket,
            runtime,
            house: Arc::new(Mutex::new(house)),
            log: Arc::default(),
            live,
        };
        let (house, log, live) = (fake.house.clone(), fake.log.clone(), fake.live.clone());
        fake.runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, house.clone(), log.clone(), live.clone()));
            }
        });
        fake
    }

    pub fn daemon(&self) -> String {
        format!("unix:{}", self.socket.display())
    }

    /// Says something to everybody connected.
    pub fn say(&self, message: &ServerMessage) {
        let _ = self.live.send(serde_json::to_string(message).unwrap());
    }

    pub fn change(&self, change: impl FnOnce(&mut House)) {
        change(&mut self.house.lock().unwrap());
    }

    pub fn log<T>(&self, look: impl FnOnce(&Log) -> T) -> T {
        look(&self.log.lock().unwrap())
    }
}

async fn serve(
    mut stream: UnixStream,
    house: Arc<Mutex<House>>,
    log: Arc<Mutex<Log>>,
    live: broadcast::Sender<String>,
) {
    let Some((head, rest)) = read_head(&mut stream).await else {
        return;
    };
    let mut words = head.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default().to_owned();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    };
    log.lock()
        .unwrap()
        .requests
        .push(format!("{method} {target}"));
    if target == "/api/v1/ws" {
        let accept = derive_accept_key(header("sec-websocket-key").unwrap_or_default().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        if stream.write_all(answer.as_bytes()).await.is_ok() {
            let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
            talk(socket, &house, &log, &live).await;
        }
        return;
    }
    if let Some(name) = target.strip_prefix("/api/v1/pictures/") {
        let name = name.split('?').next().unwrap_or_default();
        let (delay, picture) = {
            let house = house.lock().unwrap();
            (house.delay, house.pictures.get(name).cloned())
        };
        sleep(delay).await;
        let (status, bytes) = picture.map_or((404, Vec::new()), |bytes| (200, bytes));
        let head = format!(
            "HTTP/1.1 {status} OK\r\nContent-Type: image/png\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            bytes.len()
        );
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(&bytes).await;
        return;
    }
    if target.starts_with("/api/v1/player/subtitles") {
        let text = house.lock().unwrap().subtitles.clone().unwrap_or_default();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/vtt; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
            text.len()
        );
        let _ = stream.write_all(answer.as_bytes()).await;
        return;
    }
    let wanted: usize = header("content-length")
        .and_then(|len| len.parse().ok())
        .unwrap_or(0);
    let mut body = rest;
    while body.len() < wanted {
        let mut more = [0; 4096];
        match stream.read(&mut more).await {
            Ok(read @ 1..) => body.extend_from_slice(&more[..read]),
            _ => return,
        }
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let events = header("accept").is_some_and(|accept| accept.starts_with("text/event-stream"));
    let (delay, status, answer) = {
        let mut house = house.lock().unwrap();
        let (status, answer) = house.answer(&method, &target, &body);
        (house.delay, status, answer)
    };
    sleep(delay).await;
    let (kind, text) = match &answer {
        Value::Object(page) if events && page.contains_key("providers") => {
            let mut text = String::new();
            for item in page["items"].as_array().into_iter().flatten() {
                text.push_str("event: item\ndata: ");
                text.push_str(&item.to_string());
                text.push_str("\n\n");
            }
            text += "event: done\ndata: {}\n\n";
            ("text/event-stream", text)
        }
        Value::Null => ("application/json", String::new()),
        other => ("application/json", other.to_string()),
    };
    let answer = format!(
        "HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    // The messages that follow from a request come after its answer.
    let after: VecDeque<ServerMessage> = house.lock().unwrap().after.drain(..).collect();
    for message in after {
        let _ = live.send(serde_json::to_string(&message).unwrap());
    }
}

async fn read_head(stream: &mut UnixStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut more = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            return Some((head, bytes[end + 4..].to_vec()));
        }
        match stream.read(&mut more).await {
            Ok(read @ 1..) => bytes.extend_from_slice(&more[..read]),
            _ => return None,
        }
    }
}

async fn talk(
    mut socket: WebSocketStream<UnixStream>,
    house: &Mutex<House>,
    log: &Mutex<Log>,
    live: &broadcast::Sender<String>,
) {
    let mut said = live.subscribe();
    loop {
        let answers = tokio::select! {
            text = said.recv() => vec![text.unwrap_or_default()],
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let message: ClientMessage = serde_json::from_str(&text).unwrap();
                    let answers = house.lock().unwrap().hear(&message);
                    log.lock().unwrap().messages.push(message);
                    answers.iter().map(|answer| serde_json::to_string(answer).unwrap()).collect()
                }
                Some(Ok(_)) => continue,
                _ => return,
            },
        };
        for answer in answers {
            if socket.send(Message::text(answer)).await.is_err() {
                return;
            }
        }
    }
}

/// A problem as the daemon says it.
pub fn problem(status: u16, slug: &str, detail: &str) -> (u16, Value) {
    let answer = json!({
        "type": format!("https://hearth.invalid/problems/{slug}"),
        "title": slug, "status": status, "detail": detail, "slug": slug, "request_id": "r1"
    });
    (status, answer)
}

/// Waits for something to become true, with patience, without a fixed sleep.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..6000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{what} did not happen in a minute");
}

/// Where a picture goes: kept for eyes.
pub fn shot(name: &str) -> PathBuf {
    let folder = std::env::var_os("HEARTH_SHOTS").map_or_else(
        || PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tv-shots"),
        PathBuf::from,
    );
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(format!("{name}.png"))
}
