//! A screen without a player: the test says what it shows.

use hearth_model::{
    ClientMessage, Failure, LoadId, LoadReport, OutsideTrack, Phase, Piece, ScreenAbilities,
    ScreenCommand, ScreenId, ScreenKind, ServerMessage, SessionId, Stream,
};
use hearth_tests::{Live, Phone};

use crate::MINUTES_10;

/// A connection that is a screen, without a player.
pub struct Screen {
    pub live: Live,
    pub id: ScreenId,
}

impl Screen {
    pub async fn of(phone: &Phone, playing: Option<SessionId>) -> Self {
        let mut live = phone.live().await;
        live.send(&ClientMessage::Screen {
            name: "Screen".into(),
            kind: ScreenKind::Browser,
            abilities: ScreenAbilities::default(),
            passing: false,
            playing,
        })
        .await;
        let id = live
            .until("screen_ready", |message, _| match message {
                ServerMessage::ScreenReady { screen_id } => Some(*screen_id),
                _ => None,
            })
            .await;
        Self { live, id }
    }

    /// The load after `before`: its number, its address and where it starts.
    pub async fn load(&mut self, before: LoadId) -> (LoadId, Stream, u64) {
        let load = |message: &ServerMessage| match message {
            ServerMessage::ToScreen {
                command:
                    ScreenCommand::Load {
                        load_id,
                        stream,
                        start_ms,
                        ..
                    },
                ..
            } if *load_id > before => Some((*load_id, stream.clone(), *start_ms)),
            _ => None,
        };
        if let Some(found) = self.live.heard.iter().find_map(load) {
            return found;
        }
        self.live.until("a load", |message, _| load(message)).await
    }

    /// How loud the newest load is.
    pub fn volume(&self) -> Option<u8> {
        self.live
            .heard
            .iter()
            .rev()
            .find_map(|message| match message {
                ServerMessage::ToScreen {
                    command: ScreenCommand::Load { volume, .. },
                    ..
                } => Some(*volume),
                _ => None,
            })
    }

    pub async fn report(&mut self, session_id: SessionId, load_id: LoadId, report: LoadReport) {
        self.live
            .send(&ClientMessage::Report {
                load_id,
                session_id,
                report,
            })
            .await;
    }

    /// As a player does that has shown its first picture and plays on.
    pub async fn play(&mut self, session_id: SessionId, load_id: LoadId, position_ms: u64) {
        let prerolled = LoadReport::Prerolled {
            duration_ms: Some(MINUTES_10),
        };
        self.report(session_id, load_id, prerolled).await;
        self.report(session_id, load_id, LoadReport::Playing { position_ms })
            .await;
        self.live.phase(session_id, Phase::Playing).await;
    }

    pub async fn fail(&mut self, session_id: SessionId, load_id: LoadId) {
        let gone = Failure {
            reason: "source-gone".into(),
            detail: "It is gone".into(),
        };
        self.report(session_id, load_id, LoadReport::Failed(gone))
            .await;
    }

    pub async fn at(&mut self, session_id: SessionId, load_id: LoadId, position_ms: u64) {
        let position = LoadReport::Position {
            position_ms,
            duration_ms: Some(MINUTES_10),
            buffered_ms: None,
        };
        self.report(session_id, load_id, position).await;
    }

    /// The load after `before`, with all that is told of it.
    pub async fn loaded(&mut self, before: LoadId) -> Loaded {
        self.load(before).await;
        let mut loads = self.live.heard.iter().filter_map(|message| match message {
            ServerMessage::ToScreen {
                command:
                    ScreenCommand::Load {
                        load_id,
                        stream,
                        start_ms,
                        piece,
                        outside,
                        subtitles,
                        ..
                    },
                ..
            } if *load_id > before => Some(Loaded {
                load_id: *load_id,
                stream: stream.clone(),
                start_ms: *start_ms,
                piece: *piece,
                outside: outside.clone(),
                subtitles: subtitles.clone(),
            }),
            _ => None,
        });
        loads.next_back().unwrap()
    }
}

/// What a screen is told of the film that it loads, as a player without one sees it.
#[derive(Debug)]
pub struct Loaded {
    pub load_id: LoadId,
    pub stream: Stream,
    pub start_ms: u64,
    pub piece: Option<Piece>,
    pub outside: Vec<OutsideTrack>,
    pub subtitles: Option<String>,
}
