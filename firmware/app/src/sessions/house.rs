//! The actor's turn: one input after the other, and what has to be looked after meanwhile.

use std::{sync::Arc, time::Duration};

use hearth_model::{Caller, ScreenKind, ServerMessage, ServerMs};
use tokio::{sync::mpsc, time::MissedTickBehavior};

use super::{House, Input, Subscription};

/// A session whose screen stays away this long is over; its place is kept.
const SCREEN_AWAY_MS: u64 = 10 * 60_000;
/// A session that ended or failed stays for people to read why, so long at most.
pub(super) const OVER_MS: u64 = 10 * 60_000;

impl House {
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Input>) {
        let mut tick = tokio::time::interval(Duration::from_secs(5));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                input = inbox.recv() => match input {
                    Some(Input::End(done)) => {
                        self.end().await;
                        let _ = done.send(());
                        return;
                    }
                    Some(input) => self.take(input),
                    None => return,
                },
                _ = tick.tick() => self.sweep(),
            }
        }
    }

    pub(super) fn take(&mut self, input: Input) {
        let now = self.clock.now();
        match input {
            Input::Subscribe(reply) => {
                let _ = reply.send(self.subscription(now));
            }
            Input::Screens(reply) => {
                let mut screens: Vec<_> = self
                    .screens
                    .values()
                    .map(|screen| screen.info.clone())
                    .collect();
                screens.sort_by_key(|screen| (screen.kind != ScreenKind::Tv, screen.id));
                let _ = reply.send(screens);
            }
            Input::ScreenHere(hello, reply) => self.screen_here(*hello, reply, now),
            Input::ScreenGone {
                screen_id,
                generation,
            } => {
                self.screen_gone(screen_id, generation, now);
            }
            Input::Page {
                screen_id,
                page,
                text,
            } => {
                if let Some(screen) = self.screens.get_mut(&screen_id) {
                    screen.info.page = Some(page);
                    screen.info.text = text;
                    let state = ServerMessage::ScreenState(screen.info.clone());
                    self.announce(state);
                }
            }
            Input::ToScreen {
                screen_id,
                message,
                reply,
            } => {
                // A key that finds no room is lost; only orders show that a screen is dead.
                let line = self
                    .screens
                    .get(&screen_id)
                    .and_then(|screen| screen.line.as_ref());
                let sent = line.is_some_and(|line| line.try_send(message).is_ok());
                let _ = reply.send(sent);
            }
            Input::Begin(viewing, reply) => self.begin(*viewing, reply, now),
            Input::Found {
                session_id,
                sources,
                more_to_come,
            } => {
                if let Some(running) = self.sessions.get_mut(&session_id) {
                    let ids = sources.iter().map(|source| source.id).collect();
                    for source in sources {
                        running.sources.entry(source.id).or_insert(source);
                    }
                    let effects = running.session.sources_found(ids, more_to_come, now);
                    self.carry_out(session_id, effects);
                }
            }
            Input::Command {
                session_id,
                command,
                position_ms,
                volume,
                expected_rev,
                reply,
            } => {
                let answer =
                    self.command(session_id, command, position_ms, volume, expected_rev, now);
                let _ = reply.send(answer);
            }
            Input::Subtitles {
                session_id,
                subtitles,
                reply,
            } => {
                let answer = self.choose_subtitles(session_id, subtitles.as_deref(), now);
                let _ = reply.send(answer);
            }
            Input::FindSubtitles { session_id, reply } => {
                let _ = reply.send(self.find_subtitles(session_id, now));
            }
            Input::SubtitlesFound {
                session_id,
                source_id,
                outside,
                search,
            } => self.subtitles_found(session_id, source_id, outside, search, now),
            Input::SubtitlesFailed(offered, failure) => {
                self.subtitles_failed(&offered, &failure, now);
            }
            Input::Report {
                screen_id,
                session_id,
                load_id,
                report,
            } => {
                if let Some(running) = self.sessions.get_mut(&session_id)
                    && running.session.screen_id == screen_id
                {
                    let length = report.duration();
                    if let (Some(opened), Some(length)) = (&running.opened, length) {
                        opened.lasts(length);
                    }
                    let effects = running.session.report(load_id, report, now);
                    self.carry_out(session_id, effects);
                    self.check_length(session_id, load_id, length, now);
                }
            }
            Input::Opened {
                session_id,
                load_id,
                result,
            } => {
                self.source_opened(session_id, load_id, result, now);
            }
            Input::Ready {
                session_id,
                source_id,
                result,
            } => self.runner_up_is(session_id, source_id, result, now),
            Input::ProviderTurned {
                provider,
                name,
                working,
                detail,
            } => self.announce(ServerMessage::ProviderEvent {
                provider,
                name,
                working,
                detail,
            }),
            Input::Unpaired(id) => self.forget_screens(Caller::Device(id), now),
            Input::LibraryChanged => self.announce(ServerMessage::LibraryChanged),
            Input::BoxChanged => self.announce(ServerMessage::BoxChanged),
            Input::End(_) => unreachable!("taken by run"),
        }
    }

    pub(super) fn subscription(&self, now: ServerMs) -> Subscription {
        let mut states: Vec<_> = self
            .sessions
            .values()
            .map(|running| running.session.room_state(now))
            .collect();
        states.sort_by_key(|state| state.room_id);
        let mut infos: Vec<_> = self
            .screens
            .values()
            .map(|screen| screen.info.clone())
            .collect();
        infos.sort_by_key(|info| info.id);
        let whole = ServerMessage::Replicated {
            server_ms: now,
            sessions: states.iter().map(|state| state.room_id).collect(),
            screens: infos.iter().map(|info| info.id).collect(),
        };
        let mut replay: Vec<_> = states.into_iter().map(ServerMessage::RoomState).collect();
        replay.extend(infos.into_iter().map(ServerMessage::ScreenState));
        replay.push(whole);
        Subscription {
            replay,
            live: self.live.subscribe(),
        }
    }

    pub(super) fn announce(&self, message: ServerMessage) {
        // Nobody listening is nobody to tell.
        let _ = self.live.send(Arc::new(message));
    }

    pub(super) fn sweep(&mut self) {
        let now = self.clock.now();
        let away: Vec<_> = self
            .screens
            .values()
            .filter(|screen| {
                screen
                    .away_since
                    .is_some_and(|since| now.saturating_sub(since) > SCREEN_AWAY_MS)
            })
            .map(|screen| screen.info.id)
            .collect();
        for screen_id in away {
            for session_id in self.sessions_on(screen_id) {
                self.stop(session_id, now);
            }
        }
        let over: Vec<_> = self
            .sessions
            .iter()
            .filter(|(_, running)| {
                running
                    .over_since
                    .is_some_and(|since| now.saturating_sub(since) > OVER_MS)
            })
            .map(|(id, _)| *id)
            .collect();
        for session_id in over {
            self.stop(session_id, now);
        }
        for running in self.sessions.values() {
            if let Some(opened) = &running.opened {
                self.streams.renew(opened);
            }
        }
        let ids: Vec<_> = self.sessions.keys().copied().collect();
        for session_id in ids {
            if let Some(running) = self.sessions.get_mut(&session_id) {
                let effects = running.session.tick(now);
                self.carry_out(session_id, effects);
            }
        }
    }

    pub(super) async fn end(&mut self) {
        let now = self.clock.now();
        let ids: Vec<_> = self.sessions.keys().copied().collect();
        for session_id in ids {
            if let Some(running) = self.sessions.get_mut(&session_id) {
                // Without an answer it hears that the box is shutting down.
                running.waiting = None;
            }
            self.stop(session_id, now);
        }
        self.saving.flush().await;
    }
}
