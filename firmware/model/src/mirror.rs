//! A client's copy of the house's live state. One path for joining, reconnecting and catching up:
//! every message goes through `apply`. The browser app has the same in TypeScript; both are held
//! to the cases in `tests/fixtures/mirror/`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Anchor, Phase, RoomState, ScreenId, ScreenInfo, ServerMessage, ServerMs, SessionId};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Mirror {
    pub sessions: BTreeMap<SessionId, RoomState>,
    pub screens: BTreeMap<ScreenId, ScreenInfo>,
    /// Whether the state is whole: false from (re)connecting until `replicated`.
    pub whole: bool,
}

impl Mirror {
    pub fn apply(&mut self, message: &ServerMessage) {
        match message {
            ServerMessage::RoomState(state) => {
                self.sessions.insert(state.room_id, state.clone());
            }
            ServerMessage::ScreenState(screen) => {
                self.screens.insert(screen.id, screen.clone());
            }
            ServerMessage::ScreenGone { screen_id } => {
                self.screens.remove(screen_id);
            }
            ServerMessage::Replicated {
                sessions, screens, ..
            } => {
                self.sessions.retain(|id, _| sessions.contains(id));
                self.screens.retain(|id, _| screens.contains(id));
                self.whole = true;
            }
            ServerMessage::SessionEnded { session_id } => {
                self.sessions.remove(session_id);
            }
            ServerMessage::PlayEvent {
                session_id,
                rev,
                position_ms,
                server_ms,
            } => {
                self.patch(*session_id, *rev, |state| {
                    state.move_to(*position_ms, *server_ms, true);
                    state.phase = Phase::Playing;
                });
            }
            ServerMessage::PauseEvent {
                session_id,
                rev,
                position_ms,
                server_ms,
            } => {
                self.patch(*session_id, *rev, |state| {
                    state.move_to(*position_ms, *server_ms, false);
                    state.phase = Phase::Paused;
                });
            }
            ServerMessage::SeekEvent {
                session_id,
                rev,
                position_ms,
                server_ms,
            } => {
                self.patch(*session_id, *rev, |state| {
                    let playing = state.playing;
                    state.move_to(*position_ms, *server_ms, playing);
                });
            }
            ServerMessage::StateSync {
                session_id,
                rev,
                position_ms,
                server_ms,
                playing,
                phase,
                duration_ms,
                buffered_ms,
            } => self.patch(*session_id, *rev, |state| {
                state.move_to(*position_ms, *server_ms, *playing);
                state.phase = *phase;
                state.duration_ms = duration_ms.or(state.duration_ms);
                state.buffered_ms = *buffered_ms;
            }),
            ServerMessage::VolumeEvent {
                session_id,
                rev,
                volume,
            } => {
                self.patch(*session_id, *rev, |state| state.volume = *volume);
            }
            ServerMessage::SourceEvent {
                session_id,
                rev,
                change,
            } => {
                self.patch(*session_id, *rev, |state| {
                    state.source_id = change.to.or(state.source_id);
                    state.notice = Some(change.clone());
                });
            }
            ServerMessage::LibraryChanged
            | ServerMessage::BoxChanged
            | ServerMessage::ProviderEvent { .. }
            | ServerMessage::SubtitlesFailed { .. }
            | ServerMessage::Done { .. }
            | ServerMessage::Refused { .. }
            | ServerMessage::Clock { .. }
            | ServerMessage::Problem { .. }
            | ServerMessage::ScreenReady { .. }
            | ServerMessage::ToScreen { .. }
            | ServerMessage::Key { .. }
            | ServerMessage::Text { .. }
            | ServerMessage::Pairing { .. } => {}
        }
    }

    /// An event older than what is here is dropped: it came before the state it was replicated into.
    fn patch(&mut self, session_id: SessionId, rev: u64, change: impl FnOnce(&mut RoomState)) {
        if let Some(state) = self.sessions.get_mut(&session_id)
            && rev >= state.rev
        {
            state.rev = rev;
            change(state);
        }
    }

    /// The session on a screen.
    pub fn session_on(&self, screen_id: ScreenId) -> Option<&RoomState> {
        self.sessions
            .values()
            .find(|state| state.screen_id == screen_id)
    }
}

impl RoomState {
    fn move_to(&mut self, position_ms: u64, server_ms: ServerMs, playing: bool) {
        self.position_ms = position_ms;
        self.server_ms = server_ms;
        self.playing = playing;
        self.rate = if playing { 1.0 } else { 0.0 };
    }

    /// Where the film is at `now_ms` of the daemon's clock.
    pub fn position_at(&self, now_ms: ServerMs) -> u64 {
        Anchor {
            position_ms: self.position_ms,
            at_ms: self.server_ms,
            rate: self.rate,
        }
        .position_at(now_ms, self.duration_ms)
    }
}
