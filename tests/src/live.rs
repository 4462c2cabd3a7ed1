//! A live connection as a test drives it: a mirror that everything goes through.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hearth_model::{ClientMessage, Command, Mirror, Phase, RoomState, ServerMessage, SessionId};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, protocol::CloseFrame},
};

/// Ten times what a slow machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Live {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub mirror: Mirror,
    /// Everything that came, in order.
    pub heard: Vec<ServerMessage>,
    requests: u64,
}

impl Live {
    /// Connects and says hello.
    pub async fn connect(base: &str, token: Option<&str>) -> Self {
        let url = format!("{}/api/v1/ws", base.replacen("http", "ws", 1));
        let (socket, _) = connect_async(&url).await.expect("the WebSocket opens");
        let mut live = Self {
            socket,
            mirror: Mirror::default(),
            heard: Vec::new(),
            requests: 0,
        };
        live.send(&ClientMessage::Hello {
            token: token.map(str::to_owned),
        })
        .await;
        live
    }

    pub async fn send(&mut self, message: &ClientMessage) {
        let text = serde_json::to_string(message).expect("a message is plain JSON");
        self.send_text(&text).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.socket
            .send(Message::Text(text.into()))
            .await
            .expect("the connection is open");
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
