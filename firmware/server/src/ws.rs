//! `GET /api/v1/ws`: the house's live state, commands, keys, and the screens' line.
//!
//! One task a connection. What it sends is bounded in time (a client that does not read is cut
//! off), what it takes is bounded in size and rate.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension,
    body::Bytes,
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    http::HeaderMap,
    response::Response,
};
use hearth_app::{Pass, PeopleEvent, ScreenHello, ScreenLine, Subscription};
use hearth_model::{Caller, ClientMessage, Refusal, ScreenCommand, ServerMessage, Slug};
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout},
};

use crate::{access::Edge, problem::ProblemBody, state::ServerState};

const HELLO_WITHIN: Duration = Duration::from_secs(5);
const SEND_WITHIN: Duration = Duration::from_secs(8);
const PING_EVERY: Duration = Duration::from_secs(20);
/// Two pings without any answer.
const SILENT_FOR: Duration = Duration::from_secs(45);
const MESSAGE_BYTES: usize = 64 * 1024;
/// A held arrow key sends some thirty a second.
const MESSAGES_A_SECOND: f64 = 100.0;
const MESSAGE_BURST: f64 = 300.0;

/// What a close gets to reach the client.
const GOODBYE: Duration = Duration::from_millis(500);

const CLOSE_AWAY: u16 = 1001;
const CLOSE_PROTOCOL: u16 = 1002;
const CLOSE_NOT_TEXT: u16 = 1007;
const CLOSE_POLICY: u16 = 1008;
const CLOSE_TOO_BIG: u16 = 1009;
const CLOSE_BAD_HELLO: u16 = 4400;
const CLOSE_TOKEN: u16 = 4401;

/// The live state. The first message within 5 s is `{"type": "hello", "token": …}`.
///
/// Closes with 4401 when the token ends or the device is unpaired.
#[utoipa::path(
    get, path = "/api/v1/ws", tag = "live",
    responses(
        (status = 101, description = "Messages: `ClientMessage` in, `ServerMessage` out"),
        (status = 403, body = ProblemBody, description = "`origin-refused`"),
    )
)]
pub async fn connect(
    State(state): State<ServerState>,
    Extension(edge): Extension<Edge>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let host = headers
        .get(axum::http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let base = format!("{}://{host}", edge.scheme());
    upgrade
        .max_message_size(MESSAGE_BYTES)
        .max_frame_size(MESSAGE_BYTES)
        .on_upgrade(move |socket| async move {
            if let Err(why) = talk(state, edge, base, socket).await {
                tracing::debug!(?why, "a live connection ended");
            }
        })
}

/// Why a connection ended.
#[derive(Debug)]
enum Gone {
    Left,
    TooSlow,
    Closed,
}

struct Line {
    socket: WebSocket,
    /// Where the client reaches the box.
    base: String,
}

impl Line {
    async fn send_raw(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(SEND_WITHIN, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Gone::Left),
            Err(_) => Err(Gone::TooSlow),
        }
    }

    async fn send(&mut self, message: &ServerMessage) -> Result<(), Gone> {
        let text = match message {
            // A screen elsewhere reads media from where it reaches the box.
            ServerMessage::ToScreen {
                screen_id,
                command: ScreenCommand::Load { stream, .. },
            } if stream.url.starts_with('/') => {
                let mut message = ServerMessage::ToScreen {
                    screen_id: *screen_id,
                    command: match message {
                        ServerMessage::ToScreen { command, .. } => command.clone(),
                        _ => return Ok(()),
                    },
                };
                if let ServerMessage::ToScreen {
                    command: ScreenCommand::Load { stream, .. },
                    ..
                } = &mut message
                {
                    stream.url = format!("{}{}", self.base, stream.url);
                }
                serde_json::to_string(&message)
            }
            message => serde_json::to_string(message),
        };
        let text = text.expect("a message is plain JSON");
        self.send_raw(Message::Text(text.into())).await
    }

    async fn close(&mut self, code: u16, reason: &'static str) -> Gone {
        if self.send_close(code, reason).await {
            // Let the close reach the client before the connection goes.
            let drained = async { while let Some(Ok(_)) = self.socket.recv().await {} };
            let _ = timeout(GOODBYE, drained).await;
        }
        Gone::Closed
    }

    async fn send_close(&mut self, code: u16, reason: &'static str) -> bool {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        self.send_raw(Message::Close(Some(frame))).await.is_ok()
    }

    /// Closes over a message that could not be read. The rest of it stays unread: reading on
    /// would take it in after all.
    async fn refuse(&mut self, error: axum::Error) -> Gone {
        let Some((code, reason)) = close_code(error) else {
            return Gone::Left;
        };
        if self.send_close(code, reason).await {
            sleep(GOODBYE).await;
        }
        Gone::Closed
    }
}

/// The close code that a message deserves which could not be read; none where the line is dead.
fn close_code(error: axum::Error) -> Option<(u16, &'static str)> {
    let error = error.into_inner();
    match error.downcast_ref::<tungstenite::Error>()? {
        tungstenite::Error::Capacity(_) => Some((CLOSE_TOO_BIG, "the message is too big")),
        tungstenite::Error::Utf8(_) => Some((CLOSE_NOT_TEXT, "the message is not text")),
        tungstenite::Error::Protocol(_) => Some((CLOSE_PROTOCOL, "this is no WebSocket message")),
        _ => None,
    }
}

async fn talk(state: ServerState, edge: Edge, base: String, socket: WebSocket) -> Result<(), Gone> {
    let mut line = Line { socket, base };
    let mut people = state.app.people.events();
    let pass = hello(&state, edge, &mut line).await?;
    let caller = pass.caller;
    let ends_at = ends_at(&state, &pass);
    let mut ending = state.app.ending();
    let mut live = replay(&state, &mut line).await?;
    let mut screen: Option<ScreenLine> = None;
    let mut pings = interval(PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let mut rate = Rate::new();
    loop {
        tokio::select! {
            message = line.socket.recv() => {
                let message = match message {
                    Some(Ok(message)) => message,
                    Some(Err(error)) => return Err(line.refuse(error).await),
                    None => return Err(Gone::Left),
                };
                heard = Instant::now();
                if !rate.take() {
                    return Err(line.close(CLOSE_POLICY, "too many messages").await);
                }
                match message {
                    Message::Text(text) => {
                        answer(&state, caller, &mut line, &mut screen, text.as_str()).await?;
                    }
                    Message::Binary(_) => {
                        return Err(line.close(CLOSE_POLICY, "text messages only").await);
                    }
                    Message::Close(_) => return Err(Gone::Left),
                    Message::Ping(_) | Message::Pong(_) => {}
                }
            }
            event = live.recv() => match event {
                Ok(message) if concerns(&state, caller, &message) => line.send(&message).await?,
                Ok(_) => {}
                // Fell behind: the whole state again, through the same path as joining.
                Err(RecvError::Lagged(_)) => live = replay(&state, &mut line).await?,
                Err(RecvError::Closed) => return Err(line.close(CLOSE_AWAY, "shutting down").await),
            },
            order = next_order(&mut screen) => match order {
                Some(message) => line.send(&message).await?,
                // Another connection took this screen's place.
                None => screen = None,
            },
            event = people.recv() => {
                if !state.app.people.is_good(&pass) {
                    return Err(line.close(CLOSE_TOKEN, "unpaired or signed out").await);
                }
                let pin = match event {
                    Ok(PeopleEvent::Pin { pin, reason }) => Some((pin, reason)),
                    // What was missed is told by what is shown now.
                    Err(_) => Some((state.app.people.pairing.shown(), "guessed")),
                    Ok(PeopleEvent::PassesEnded) => None,
                };
                if let Some((pin, reason)) = pin
                    && edge == Edge::Local
                {
                    line.send(&ServerMessage::Pairing { pin, reason: reason.into() }).await?;
                }
            },
            () = sleep_until(ends_at) => return Err(line.close(CLOSE_TOKEN, "token expired").await),
            _ = ending.changed() => return Err(line.close(CLOSE_AWAY, "shutting down").await),
            _ = pings.tick() => {
                if heard.elapsed() > SILENT_FOR {
                    return Err(Gone::Left);
                }
                line.send_raw(Message::Ping(Bytes::new())).await?;
            }
        }
    }
}

/// Whether a message is for this caller: the owner's providers are the owner's alone.
fn concerns(state: &ServerState, caller: Caller, message: &ServerMessage) -> bool {
    match message {
        ServerMessage::ProviderEvent { .. } => state.app.people.is_owner(caller),
        _ => true,
    }
}

async fn next_order(screen: &mut Option<ScreenLine>) -> Option<ServerMessage> {
    match screen {
        Some(line) => line.orders.recv().await,
        None => std::future::pending().await,
    }
}

/// When the pass ends, as far as is known now.
fn ends_at(state: &ServerState, pass: &Pass) -> Instant {
    let left_ms = pass.until_ms.saturating_sub(state.app.clock().wall());
    let never = Duration::from_hours(365 * 24);
    Instant::now() + Duration::from_millis(left_ms).min(never)
}

async fn hello(state: &ServerState, edge: Edge, line: &mut Line) -> Result<Pass, Gone> {
    let first = match timeout(HELLO_WITHIN, line.socket.recv()).await {
        Ok(Some(Ok(Message::Text(text)))) => text,
        Ok(Some(Ok(_))) | Err(_) => {
            return Err(line
                .close(CLOSE_BAD_HELLO, "the first message is hello, within 5 s")
                .await);
        }
        Ok(Some(Err(error))) => return Err(line.refuse(error).await),
        Ok(None) => return Err(Gone::Left),
    };
    let Ok(ClientMessage::Hello { token }) = serde_json::from_str(&first) else {
        return Err(line
            .close(CLOSE_BAD_HELLO, "the first message is hello")
            .await);
    };
    match (edge, token) {
        (Edge::Local, _) => Ok(Pass::LOCAL),
        (_, Some(token)) => match state.app.people.authenticate(&token) {
            Ok(pass) => Ok(pass),
            Err(_) => Err(line.close(CLOSE_TOKEN, "the token is not valid").await),
        },
        (_, None) => Err(line.close(CLOSE_TOKEN, "a token is needed").await),
    }
}

async fn replay(
    state: &ServerState,
    line: &mut Line,
) -> Result<broadcast::Receiver<Arc<ServerMessage>>, Gone> {
    let Ok(Subscription { replay, live }) = state.app.sessions.subscribe().await else {
        return Err(line.close(CLOSE_AWAY, "shutting down").await);
    };
    for message in &replay {
        line.send(message).await?;
    }
    Ok(live)
}

async fn answer(
    state: &ServerState,
    caller: Caller,
    line: &mut Line,
    screen: &mut Option<ScreenLine>,
    text: &str,
) -> Result<(), Gone> {
    let message = match serde_json::from_str::<ClientMessage>(text) {
        Ok(message) => message,
        Err(error) => {
            let detail = format!("this message is not understood: {error}");
            return line
                .send(&ServerMessage::Problem {
                    slug: Slug::MessageInvalid.into(),
                    detail,
                })
                .await;
        }
    };
    let sessions = &state.app.sessions;
    match message {
        ClientMessage::Hello { .. } => {
            let detail = "hello was said already".into();
            line.send(&ServerMessage::Problem {
                slug: Slug::MessageInvalid.into(),
                detail,
            })
            .await
        }
        ClientMessage::Command {
            request_id,
            session_id,
            command,
            position_ms,
            volume,
            expected_rev,
        } => {
            let done = sessions
                .command(session_id, command, position_ms, volume, expected_rev)
                .await;
            line.send(&done_or_refused(request_id, done)).await
        }
        ClientMessage::Subtitles {
            request_id,
            session_id,
            subtitles,
        } => {
            let done = sessions.choose_subtitles(session_id, subtitles).await;
            line.send(&done_or_refused(request_id, done)).await
        }
        ClientMessage::FindSubtitles {
            request_id,
            session_id,
        } => {
            let done = state.app.find_subtitles(session_id).await;
            line.send(&done_or_refused(request_id, done)).await
        }
        ClientMessage::Key { screen_id, key } => {
            pass_on(
                state,
                line,
                screen_id,
                ServerMessage::Key { screen_id, key },
            )
            .await
        }
        ClientMessage::Text { screen_id, text } => {
            pass_on(
                state,
                line,
                screen_id,
                ServerMessage::Text { screen_id, text },
            )
            .await
        }
        ClientMessage::Clock { t0 } => {
            line.send(&ServerMessage::Clock {
                t0,
                server_ms: sessions.now(),
            })
            .await
        }
        ClientMessage::Screen {
            name,
            kind,
            abilities,
            passing,
            playing,
        } => {
            let hello = ScreenHello {
                caller,
                name,
                kind,
                abilities,
                passing,
                playing,
            };
            match state.app.screen_here(hello).await {
                Ok(here) => {
                    let ready = ServerMessage::ScreenReady { screen_id: here.id };
                    *screen = Some(here);
                    line.send(&ready).await
                }
                Err(_) => Err(line.close(CLOSE_AWAY, "shutting down").await),
            }
        }
        ClientMessage::Page { page, text } => {
            let Some(here) = screen.as_ref() else {
                return not_a_screen(line).await;
            };
            let page = page.chars().take(64).collect();
            let text = text.map(|text| text.chars().take(500).collect());
            sessions.page(here.id, page, text).await;
            Ok(())
        }
        ClientMessage::Report {
            load_id,
            session_id,
            report,
        } => {
            let Some(here) = screen.as_ref() else {
                return not_a_screen(line).await;
            };
            sessions.report(here.id, session_id, load_id, report).await;
            Ok(())
        }
    }
}

fn done_or_refused(
    request_id: String,
    done: Result<Result<(), (Refusal, Option<u64>)>, hearth_app::Error>,
) -> ServerMessage {
    match done {
        Ok(Ok(())) => ServerMessage::Done { request_id },
        Ok(Err((refusal, rev))) => ServerMessage::Refused {
            request_id,
            slug: refusal.slug().into(),
            detail: refusal.to_string(),
            rev,
        },
        Err(error) => ServerMessage::Refused {
            request_id,
            slug: error.slug().into(),
            detail: error.detail(),
            rev: None,
        },
    }
}

async fn not_a_screen(line: &mut Line) -> Result<(), Gone> {
    let detail = "say `screen` first: this connection is no screen".into();
    line.send(&ServerMessage::Problem {
        slug: Slug::NotAScreen.into(),
        detail,
    })
    .await
}

async fn pass_on(
    state: &ServerState,
    line: &mut Line,
    screen_id: hearth_model::ScreenId,
    message: ServerMessage,
) -> Result<(), Gone> {
    if state
        .app
        .sessions
        .to_screen(screen_id, message)
        .await
        .unwrap_or(false)
    {
        return Ok(());
    }
    let detail = hearth_app::Error::ScreenAway.to_string();
    line.send(&ServerMessage::Problem {
        slug: Slug::ScreenAway.into(),
        detail,
    })
    .await
}

/// A bucket of messages that fills again with time.
struct Rate {
    left: f64,
    since: Instant,
}

impl Rate {
    fn new() -> Self {
        Self {
            left: MESSAGE_BURST,
            since: Instant::now(),
        }
    }

    fn take(&mut self) -> bool {
        let now = Instant::now();
        let filled = now.duration_since(self.since).as_secs_f64() * MESSAGES_A_SECOND;
        self.left = (self.left + filled).min(MESSAGE_BURST) - 1.0;
        self.since = now;
        self.left >= 0.0
    }
}
