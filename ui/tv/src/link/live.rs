//! The WebSocket: kept open, told apart from a refusal, with growing pauses between attempts.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use hearth_model::{ClientMessage, ScreenCommand, ServerMessage};
use tokio::{
    sync::mpsc,
    time::{Instant, interval, sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::{
    Deliver,
    http::{Client, Stream},
};
use crate::view_model::{Intent, Link, Problem};

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The close code of a token that ran out or of a screen that was unpaired.
const UNPAIRED: u16 = 4401;
const PING_EVERY: Duration = Duration::from_secs(15);
/// Nothing heard for this long, pongs included: the other end is gone without a word.
const SILENCE: Duration = Duration::from_secs(45);
const HANDSHAKE: Duration = Duration::from_secs(5);

/// How one connection ended.
enum End {
    Lost(String),
    Unpaired,
    /// The TV itself is closing.
    Closed,
}

pub async fn run(client: Arc<Client>, mut outbox: mpsc::Receiver<ClientMessage>, deliver: Deliver) {
    let mut pause = FIRST_PAUSE;
    let mut told_unpaired = false;
    loop {
        if client.needs_token() && client.token().is_none() {
            // The PIN page asks; meanwhile nothing can be done but look whether it succeeded.
            if !told_unpaired {
                told_unpaired = true;
                deliver(Intent::Link(Link::Unpaired), None);
            }
            sleep(FIRST_PAUSE).await;
            continue;
        }
        told_unpaired = false;
        let stale = client.token();
        let mut was_up = false;
        let end = match open(&client).await {
            Ok(socket) => talk(socket, &client, &mut outbox, &deliver, &mut was_up).await,
            Err(problem) => End::Lost(problem.sentence().to_owned()),
        };
        if was_up {
            pause = FIRST_PAUSE;
        }
        match end {
            End::Closed => return,
            End::Unpaired => match client.refresh(stale).await {
                Ok(true) => sleep(FIRST_PAUSE).await,
                Ok(false) => {}
                Err(problem) => {
                    let why = problem.sentence().to_owned();
                    deliver(Intent::Link(Link::Down { why }), None);
                    sleep(pause).await;
                }
            },
            End::Lost(why) => {
                tracing::info!(why, "no connection to the daemon");
                deliver(Intent::Link(Link::Down { why }), None);
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

async fn open(client: &Client) -> Result<WebSocketStream<Box<dyn Stream>>, Problem> {
    let lost = |error: tokio_tungstenite::tungstenite::Error| {
        Problem::unreachable(format!("the daemon refused the live connection: {error}"))
    };
    let stream = client.connect().await?;
    let request = format!("ws://{}/api/v1/ws", client.host())
        .into_client_request()
        .map_err(lost)?;
    match timeout(HANDSHAKE, client_async(request, stream)).await {
        Ok(opened) => Ok(opened.map_err(lost)?.0),
        Err(_) => Err(Problem::unreachable(
            "the daemon did not open the live connection in 5 s",
        )),
    }
}

fn text(message: &ClientMessage) -> Message {
    Message::text(serde_json::to_string(message).expect("client messages are plain data"))
}

async fn talk(
    mut socket: WebSocketStream<Box<dyn Stream>>,
    client: &Client,
    outbox: &mut mpsc::Receiver<ClientMessage>,
    deliver: &Deliver,
    was_up: &mut bool,
) -> End {
    let hello = ClientMessage::Hello {
        token: client.token(),
    };
    if let Err(error) = socket.send(text(&hello)).await {
        return End::Lost(error.to_string());
    }
    // What was meant for an earlier connection.
    while outbox.try_recv().is_ok() {}
    let mut pings = interval(PING_EVERY);
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            message = outbox.recv() => {
                let Some(message) = message else {
                    // A courtesy; the connection ends either way.
                    let _ = socket.close(None).await;
                    return End::Closed;
                };
                if let Err(error) = socket.send(text(&message)).await {
                    return End::Lost(error.to_string());
                }
            }
            _ = pings.tick() => {
                if heard.elapsed() > SILENCE {
                    return End::Lost("the daemon went silent".into());
                }
                if let Err(error) = socket.send(Message::Ping(Vec::new().into())).await {
                    return End::Lost(error.to_string());
                }
            }
            message = socket.next() => {
                heard = Instant::now();
                match message {
                    Some(Ok(Message::Text(text))) => {
                        if !*was_up {
                            *was_up = true;
                            deliver(Intent::Link(Link::Up), None);
                        }
                        hear(&text, client, deliver);
                    }
                    Some(Ok(Message::Close(frame))) => {
                        return match frame {
                            Some(frame) if u16::from(frame.code) == UNPAIRED => End::Unpaired,
                            Some(frame) => End::Lost(format!("closed: {} {}", frame.code, frame.reason)),
                            None => End::Lost("the daemon closed the connection".into()),
                        };
                    }
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return End::Lost(error.to_string()),
                    None => return End::Lost("the daemon closed the connection".into()),
                }
            }
        }
    }
}

fn hear(text: &str, client: &Client, deliver: &Deliver) {
    match serde_json::from_str::<ServerMessage>(text) {
        Ok(mut message) => {
            if let ServerMessage::ToScreen {
                command: ScreenCommand::Load { stream, .. },
                ..
            } = &mut message
            {
                stream.url = client.absolute(&stream.url);
            }
            deliver(Intent::Live(message), None);
        }
        // A newer daemon may say more than this TV knows.
        Err(error) => tracing::debug!(%error, "a message of the daemon was not understood"),
    }
}
