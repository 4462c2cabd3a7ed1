//! Screens: how they come and go, what they are told, how loud they are.

use hearth_model::{
    Caller, ScreenCommand, ScreenId, ScreenInfo, ScreenKind, ServerMessage, ServerMs, SessionId,
};
use tokio::sync::{mpsc, oneshot};

use super::{House, Screen, ScreenHello, ScreenLine};
use crate::saving::Save;

/// What waits for one screen: a screen that does not read this much is taken for dead. More than
/// a client may send at once, so that nobody can knock a reading screen off its line.
const SCREEN_QUEUE: usize = 512;
pub(super) const FIRST_VOLUME: u8 = 80;

impl House {
    pub(super) fn screen_here(
        &mut self,
        hello: ScreenHello,
        reply: oneshot::Sender<ScreenLine>,
        now: ServerMs,
    ) {
        let local = hello.caller == Caller::Local;
        let id = match (hello.passing, local, hello.kind) {
            (true, ..) => ScreenId::new(),
            (false, true, ScreenKind::Tv) => self.local_screen,
            (false, ..) => ScreenId::from_name(&format!("{:?}/{:?}", hello.caller, hello.kind)),
        };
        // It speaks over a new line before the old one was seen to be dead.
        if let Some(generation) = self.screens.get(&id).map(|screen| screen.generation) {
            self.screen_gone(id, generation, now);
        }
        let (line, orders) = mpsc::channel(SCREEN_QUEUE);
        let known = self.screens.get(&id);
        let generation = known.map_or(1, |screen| screen.generation + 1);
        let info = ScreenInfo {
            id,
            name: hello.name.chars().take(64).collect(),
            kind: hello.kind,
            connected: true,
            page: None,
            text: None,
            abilities: hello.abilities,
        };
        let screen = Screen {
            info: info.clone(),
            caller: hello.caller,
            passing: hello.passing,
            line: Some(line),
            generation,
            away_since: None,
        };
        self.screens.insert(id, screen);
        let line = ScreenLine {
            id,
            orders,
            tv: None,
            generation,
            inbox: self.inbox.clone(),
        };
        if reply.send(line).is_err() {
            // The connection went while it was introduced: its line's end says so by itself.
            return;
        }
        self.announce(ServerMessage::ScreenState(info));
        for session_id in self.sessions_on(id) {
            if let Some(running) = self.sessions.get_mut(&session_id) {
                let still_holds = hello.playing == Some(session_id);
                let effects = running.session.screen_back(still_holds, now);
                self.carry_out(session_id, effects);
            }
        }
    }

    pub(super) fn screen_gone(&mut self, screen_id: ScreenId, generation: u64, now: ServerMs) {
        let Some(screen) = self.screens.get_mut(&screen_id) else {
            return;
        };
        if screen.generation != generation || screen.line.is_none() {
            return;
        }
        screen.line = None;
        screen.away_since = Some(now);
        screen.info.connected = false;
        screen.info.page = None;
        screen.info.text = None;
        let info = screen.info.clone();
        let passing = screen.passing;
        for session_id in self.sessions_on(screen_id) {
            if let Some(running) = self.sessions.get_mut(&session_id) {
                let effects = if passing {
                    running.session.stop(now)
                } else {
                    running.session.screen_lost(now)
                };
                self.carry_out(session_id, effects);
                if passing {
                    self.forget(session_id);
                }
            }
        }
        if passing {
            self.remove_screen(screen_id);
        } else {
            self.announce(ServerMessage::ScreenState(info));
        }
    }

    pub(super) fn sessions_on(&self, screen_id: ScreenId) -> Vec<SessionId> {
        self.sessions
            .iter()
            .filter(|(_, running)| running.session.screen_id == screen_id)
            .map(|(id, _)| *id)
            .collect()
    }

    pub(super) fn send_to_screen(&mut self, screen_id: ScreenId, message: ServerMessage) -> bool {
        let Some(screen) = self.screens.get_mut(&screen_id) else {
            return false;
        };
        let Some(line) = &screen.line else {
            return false;
        };
        match line.try_send(message) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%screen_id, %error, "a screen does not read its orders");
                let generation = screen.generation;
                self.screen_gone(screen_id, generation, self.clock.now());
                false
            }
        }
    }

    /// The box's own TV reads media from the loopback listener; others from where they reach the box.
    pub(super) fn addressed(
        &self,
        screen_id: ScreenId,
        mut command: ScreenCommand,
    ) -> ScreenCommand {
        if let ScreenCommand::Load { stream, .. } = &mut command
            && stream.url.starts_with('/')
            && self
                .screens
                .get(&screen_id)
                .is_some_and(|screen| screen.caller == Caller::Local)
            && let Some(loopback) = self.loopback.get()
        {
            stream.url = format!("{loopback}{}", stream.url);
        }
        command
    }

    pub(super) fn keep_volume(&mut self, screen_id: ScreenId, volume: u8) {
        if self.volumes.insert(screen_id, volume) == Some(volume) {
            return;
        }
        let mut kept = self.volumes.clone();
        kept.retain(|id, _| self.screens.get(id).is_none_or(|screen| !screen.passing));
        self.saving.save(Save::Volumes(kept));
    }

    /// Its device is no longer of the house: nobody waits for it to come back.
    pub(super) fn forget_screens(&mut self, caller: Caller, now: ServerMs) {
        let theirs: Vec<_> = self
            .screens
            .iter()
            .filter(|(_, screen)| screen.caller == caller)
            .map(|(id, _)| *id)
            .collect();
        for screen_id in theirs {
            for session_id in self.sessions_on(screen_id) {
                self.stop(session_id, now);
            }
            self.remove_screen(screen_id);
        }
    }

    pub(super) fn remove_screen(&mut self, screen_id: ScreenId) {
        self.screens.remove(&screen_id);
        self.volumes.remove(&screen_id);
        self.announce(ServerMessage::ScreenGone { screen_id });
    }
}
