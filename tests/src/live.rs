//! A live connection as a test drives it: a mirror that everything goes through.

use std::{path::Path, time::Duration};

use futures_util::{SinkExt, StreamExt};
use hearth_model::{ClientMessage, Command, Mirror, Phase, RoomState, ServerMessage, SessionId};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, UnixStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, protocol::CloseFrame},
};

/// Ten times what a slow machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

pub struct Live {
    socket: WebSocketStream<Box<dyn Transport>>,
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

    async fn over(stream: impl Transport + 'static, base: &str) -> Self {
        let url = format!("{}/api/v1/ws", base.replacen("http", "ws", 1));
        let stream: Box<dyn Transport> = Box::new(stream);
        let (socket, _) = client_async(&url, stream)
            .await
            .expect("the WebSocket opens");
        Self {
            socket,
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
        self.socket.send(message).await
    }

    /// As `try_send`, without a flush for each.
    pub async fn feed(&mut self, message: Message) -> Result<(), Error> {
        self.socket.feed(message).await
    }

    /// The next message, or the close frame that ended the connection.
    pub async fn next(&mut self) -> Result<ServerMessage, Option<CloseFrame>> {
        loop {
            let message = timeout(PATIENCE, self.socket.next())
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
        self.requests += 1;
        let wanted = format!("test-{}", self.requests);
        self.send(&ClientMessage::Command {
            request_id: wanted.clone(),
            session_id,
            command,
            position_ms,
            volume: None,
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
