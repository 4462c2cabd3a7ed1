//! A live connection as a test drives it: a mirror that everything goes through.

use std::{path::Path, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use hearth_model::{
    ClientMessage, Command, Mirror, Phase, RoomState, ScreenAbilities, ScreenId, ScreenKind,
    ServerMessage, SessionId, SourceChange,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, protocol::CloseFrame},
};

/// Ten times what a slow machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

type Socket = WebSocketStream<Box<dyn Transport>>;

pub struct Live {
    out: SplitSink<Socket, Message>,
    come: mpsc::UnboundedReceiver<Result<Message, Error>>,
    /// Reads, and so answers the box's pings, whatever the test is busy with: as a browser does.
    reading: JoinHandle<()>,
    pub mirror: Mirror,
    /// Everything that came, in order.
    pub heard: Vec<ServerMessage>,
    requests: u64,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live")
            .field("heard", &self.heard)
            .finish_non_exhaustive()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // With it the connection ends.
        self.reading.abort();
    }
}

impl Live {
    /// Connects and says hello.
    pub async fn connect(base: &str, token: Option<&str>) -> Self {
        let mut live = Self::silent(base).await;
        live.hello(token).await;
        live
    }

    /// Connects and says nothing yet.
    pub async fn silent(base: &str) -> Self {
        let address = base.trim_start_matches("http://");
        let stream = TcpStream::connect(address).await.expect("the box listens");
        Self::over(stream, base).await
    }

    /// Connects as the box's own TV does, and says hello.
    pub async fn local(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).await.expect("the box listens");
        let mut live = Self::over(stream, "http://localhost").await;
        live.hello(None).await;
        live
    }

    /// Connects over HTTPS, and says hello. `tls` knows whom to trust.
    pub async fn secure(base: &str, tls: rustls::ClientConfig, token: Option<&str>) -> Self {
        let address = base.trim_start_matches("https://");
        let (name, port) = address.rsplit_once(':').expect("a base has a port");
        let port = port.parse().expect("a port is a number");
        let stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("the box listens");
        let name = name.to_owned().try_into().expect("a base has a name");
        let stream = TlsConnector::from(Arc::new(tls))
            .connect(name, stream)
            .await
            .expect("the box is trusted");
        let mut live = Self::over(stream, base).await;
        live.hello(token).await;
        live
    }

    async fn over(stream: impl Transport + 'static, base: &str) -> Self {
        let url = format!("{}/api/v1/ws", base.replacen("http", "ws", 1));
        let stream: Box<dyn Transport> = Box::new(stream);
        let (socket, _) = client_async(&url, stream)
            .await
            .expect("the WebSocket opens");
        let (out, mut read) = socket.split();
        let (sender, come) = mpsc::unbounded_channel();
        let reading = tokio::spawn(async move {
            while let Some(message) = read.next().await {
                let _ = sender.send(message);
            }
        });
        Self {
            out,
            come,
            reading,
            mirror: Mirror::default(),
            heard: Vec::new(),
            requests: 0,
        }
    }

    async fn hello(&mut self, token: Option<&str>) {
        self.send(&ClientMessage::Hello {
            token: token.map(str::to_owned),
        })
        .await;
    }

    pub async fn send(&mut self, message: &ClientMessage) {
        let text = serde_json::to_string(message).expect("a message is plain JSON");
        self.send_text(&text).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.try_send(Message::Text(text.into()))
            .await
            .expect("the connection is open");
    }

    /// Sends what a well-behaved client would not; the box may have hung up meanwhile.
    pub async fn try_send(&mut self, message: Message) -> Result<(), Error> {
        self.out.send(message).await
    }

    /// As `try_send`, without a flush for each.
    pub async fn feed(&mut self, message: Message) -> Result<(), Error> {
        self.out.feed(message).await
    }

    /// The next message, or the close frame that ended the connection.
    pub async fn next(&mut self) -> Result<ServerMessage, Option<CloseFrame>> {
        loop {
            let message = timeout(PATIENCE, self.come.recv())
                .await
                .unwrap_or_else(|_| {
                    panic!("nothing came for {PATIENCE:?}; heard: {:#?}", self.last())
                });
            match message {
                Some(Ok(Message::Text(text))) => {
                    let message = serde_json::from_str(&text)
                        .unwrap_or_else(|error| panic!("not a message: {error}: {text}"));
                    self.mirror.apply(&message);
                    self.heard.push(message.clone());
                    return Ok(message);
                }
                Some(Ok(Message::Close(frame))) => return Err(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    fn last(&self) -> &[ServerMessage] {
        &self.heard[self.heard.len().saturating_sub(8)..]
    }

    /// Reads until `wanted` picks something out of a message.
    pub async fn until<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(&ServerMessage, &Mirror) -> Option<T>,
    ) -> T {
        let waited = timeout(PATIENCE, async {
            loop {
                match self.next().await {
                    Ok(message) => {
                        if let Some(found) = wanted(&message, &self.mirror) {
                            return found;
                        }
                    }
                    Err(frame) => panic!("closed while waiting for {what}: {frame:?}"),
                }
            }
        })
        .await;
        waited.unwrap_or_else(|_| panic!("{what} did not come; heard last: {:#?}", self.last()))
    }

    pub async fn replicated(&mut self) {
        self.until("replicated", |message, _| {
            matches!(message, ServerMessage::Replicated { .. }).then_some(())
        })
        .await;
    }

    /// Waits until the session is in a phase.
    pub async fn phase(&mut self, session_id: SessionId, phase: Phase) -> RoomState {
        if let Some(state) = self.mirror.sessions.get(&session_id)
            && state.phase == phase
        {
            return state.clone();
        }
        self.until(&format!("{phase:?}"), |_, mirror| {
            mirror
                .sessions
                .get(&session_id)
                .filter(|state| state.phase == phase)
                .cloned()
        })
        .await
    }

    /// Sends a command and waits for its answer: the refusal's slug where it is refused.
    pub async fn command(
        &mut self,
        session_id: SessionId,
        command: Command,
        position_ms: Option<u64>,
    ) -> Result<(), String> {
        self.ask(session_id, command, position_ms, None).await
    }

    pub async fn set_volume(&mut self, session_id: SessionId, volume: u8) -> Result<(), String> {
        self.ask(session_id, Command::SetVolume, None, Some(volume))
            .await
    }

    async fn ask(
        &mut self,
        session_id: SessionId,
        command: Command,
        position_ms: Option<u64>,
        volume: Option<u8>,
    ) -> Result<(), String> {
        self.requests += 1;
        let wanted = format!("test-{}", self.requests);
        self.send(&ClientMessage::Command {
            request_id: wanted.clone(),
            session_id,
            command,
            position_ms,
            volume,
            expected_rev: None,
        })
        .await;
        self.until("the command's answer", |message, _| match message {
            ServerMessage::Done { request_id } if *request_id == wanted => Some(Ok(())),
            ServerMessage::Refused {
                request_id, slug, ..
            } if *request_id == wanted => Some(Err(slug.clone())),
            _ => None,
        })
        .await
    }

    /// The daemon's clock; everything it said before is in the mirror then.
    pub async fn now_ms(&mut self) -> u64 {
        self.requests += 1;
        let asked = self.requests as f64;
        self.send(&ClientMessage::Clock { t0: asked }).await;
        self.until("the clock", |message, _| match message {
            ServerMessage::Clock { t0, server_ms } if t0.to_bits() == asked.to_bits() => {
                Some(*server_ms)
            }
            _ => None,
        })
        .await
    }

    /// The session as the mirror has it now.
    pub fn session(&self, session_id: SessionId) -> &RoomState {
        self.mirror
            .sessions
            .get(&session_id)
            .unwrap_or_else(|| panic!("{session_id} is not in the mirror"))
    }

    /// Where the mirror believes the film to be now.
    pub async fn position_ms(&mut self, session_id: SessionId) -> u64 {
        let now_ms = self.now_ms().await;
        self.session(session_id).position_at(now_ms)
    }

    /// Waits until something holds of the mirror.
    pub async fn holds(&mut self, what: &str, mut holds: impl FnMut(&Mirror) -> bool) {
        if !holds(&self.mirror) {
            self.until(what, |_, mirror| holds(mirror).then_some(()))
                .await;
        }
    }

    /// The household's TV, once it is connected.
    pub async fn tv(&mut self) -> ScreenId {
        let tv = |mirror: &Mirror| {
            let mut screens = mirror.screens.values();
            screens
                .find(|screen| screen.kind == ScreenKind::Tv && screen.connected)
                .map(|screen| screen.id)
        };
        self.holds("a connected TV", |mirror| tv(mirror).is_some())
            .await;
        tv(&self.mirror).expect("it holds")
    }

    /// Makes this connection a screen, which says nothing of what it is told to load.
    pub async fn be_screen(&mut self, name: &str) -> ScreenId {
        self.be_screen_of(ScreenKind::Browser, name).await
    }

    pub async fn be_screen_of(&mut self, kind: ScreenKind, name: &str) -> ScreenId {
        self.send(&ClientMessage::Screen {
            name: name.to_owned(),
            kind,
            abilities: ScreenAbilities::default(),
            passing: false,
            playing: None,
        })
        .await;
        self.until("the screen's id", |message, _| match message {
            ServerMessage::ScreenReady { screen_id } => Some(*screen_id),
            _ => None,
        })
        .await
    }

    /// Presses a key of the TV's remote.
    pub async fn key(&mut self, screen_id: ScreenId, key: &str) {
        let key = key.to_owned();
        self.send(&ClientMessage::Key { screen_id, key }).await;
    }

    /// Waits until the TV shows a page.
    pub async fn page(&mut self, screen_id: ScreenId, page: &str) {
        self.holds(&format!("the page {page}"), |mirror| {
            let screen = mirror.screens.get(&screen_id);
            screen.and_then(|screen| screen.page.as_deref()) == Some(page)
        })
        .await;
    }

    /// Waits for a change of source; earlier ones that were heard count.
    pub async fn source_change(&mut self, session_id: SessionId) -> SourceChange {
        let change = |message: &ServerMessage| match message {
            ServerMessage::SourceEvent {
                session_id: of,
                change,
                ..
            } if *of == session_id => Some(change.clone()),
            _ => None,
        };
        if let Some(found) = self.heard.iter().rev().find_map(change) {
            return found;
        }
        self.until("a change of source", |message, _| change(message))
            .await
    }

    /// Every change of source that was heard.
    pub fn source_changes(&self) -> Vec<SourceChange> {
        let change = |message: &ServerMessage| match message {
            ServerMessage::SourceEvent { change, .. } => Some(change.clone()),
            _ => None,
        };
        self.heard.iter().filter_map(change).collect()
    }

    /// Reads whatever has come within a moment.
    pub async fn drain(&mut self, moment: Duration) {
        let _ = timeout(moment, async { while self.next().await.is_ok() {} }).await;
    }

    /// The close code that ends the connection.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.next().await {
                Ok(_) => {}
                Err(frame) => return frame.map(|frame| frame.code.into()),
            }
        }
    }
}
