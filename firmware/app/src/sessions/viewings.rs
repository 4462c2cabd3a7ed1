//! One session from its beginning to its end: what people ask of it, and what it asks of the world.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use hearth_model::{
    Command, Effect, Failure, Health, LoadId, Location, Outcome, Phase, Piece, Progress, Refusal,
    ServerMessage, ServerMs, Session, SessionId, Slug, Source, SourceId, UnixMs,
};
use hearth_store::Tried;
use tokio::sync::{mpsc, oneshot};

use super::{House, Input, Prepared, Ready, Running, Viewing, screens::FIRST_VOLUME};
use crate::{
    Error, pieces,
    saving::Save,
    streams::{Opened, Streams},
};

impl House {
    pub(super) fn begin(
        &mut self,
        mut viewing: Viewing,
        reply: oneshot::Sender<Result<Prepared, Error>>,
        now: ServerMs,
    ) {
        let screen_id = viewing.start.screen_id;
        let is_here = self
            .screens
            .get(&screen_id)
            .is_some_and(|screen| screen.line.is_some());
        if !is_here {
            let _ = reply.send(Err(Error::ScreenAway));
            return;
        }
        viewing.start.volume = self
            .volumes
            .get(&screen_id)
            .copied()
            .unwrap_or(FIRST_VOLUME);
        for session_id in self.sessions_on(screen_id) {
            self.stop(session_id, now);
        }
        let resume_ms = viewing.start.resume_ms;
        let subtitles = viewing.subtitles.into_iter();
        let subtitles: Vec<_> = subtitles.map(|one| self.subtitles.offer(one)).collect();
        viewing.start.outside = subtitles.iter().map(|one| one.track()).collect();
        let (session, effects) = Session::start(viewing.start, now);
        let session_id = session.id;
        tokio::spawn(pass_on(session_id, viewing.more, self.inbox.clone()));
        let running = Running {
            session,
            sources: viewing
                .sources
                .into_iter()
                .map(|source| (source.id, source))
                .collect(),
            opened: None,
            ready: Ready::default(),
            runtime_ms: viewing.runtime_ms,
            subtitles,
            finder: viewing.finder,
            waiting: Some(reply),
            resume_ms,
            profile: viewing.profile,
            over_since: None,
        };
        self.sessions.insert(session_id, running);
        self.carry_out(session_id, effects);
    }

    pub(super) fn stop(&mut self, session_id: SessionId, now: ServerMs) {
        if let Some(running) = self.sessions.get_mut(&session_id) {
            let effects = running.session.stop(now);
            self.carry_out(session_id, effects);
            self.forget(session_id);
        }
    }

    pub(super) fn forget(&mut self, session_id: SessionId) {
        if let Some(running) = self.sessions.remove(&session_id)
            && let Some(waiting) = running.waiting
        {
            let _ = waiting.send(Err(Error::Superseded));
        }
        self.tell_playing();
    }

    pub(super) fn command(
        &mut self,
        session_id: SessionId,
        command: Command,
        position_ms: Option<u64>,
        volume: Option<u8>,
        expected_rev: Option<u64>,
        now: ServerMs,
    ) -> Result<(), (Refusal, Option<u64>)> {
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return Err((Refusal::NoSession, None));
        };
        let effects = running
            .session
            .command(command, position_ms, volume, expected_rev, now)
            .map_err(|refusal| (refusal, Some(running.session.rev())))?;
        let volume = running.session.volume();
        let screen_id = running.session.screen_id;
        self.carry_out(session_id, effects);
        if command == Command::SetVolume {
            self.keep_volume(screen_id, volume);
        }
        if command == Command::Stop {
            self.forget(session_id);
        }
        Ok(())
    }

    pub(super) fn source_opened(
        &mut self,
        session_id: SessionId,
        load_id: LoadId,
        result: Result<(Arc<Opened>, Option<Piece>), Failure>,
        now: ServerMs,
    ) {
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return;
        };
        if running.session.load_id() != load_id {
            return;
        }
        let effects = match result {
            Ok((opened, piece)) => {
                let stream = self.streams.address(&opened);
                running.opened = Some(opened);
                running.session.source_ready(load_id, stream, piece, now)
            }
            Err(failure) => {
                let source_id = running.session.source();
                tracing::warn!(%source_id, reason = failure.reason, detail = failure.detail, "a source does not open");
                let mut effects = running.session.source_failed(load_id, failure, now);
                effects.push(Effect::Learn {
                    source_id,
                    outcome: Outcome::Failed,
                });
                effects
            }
        };
        self.carry_out(session_id, effects);
    }

    /// After whatever changed a session: a source that is not played any more is closed, and who
    /// prepared it hears how that went.
    pub(super) fn settle(&mut self, session_id: SessionId) {
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return;
        };
        let session = &running.session;
        if session.stream().is_none() {
            running.opened = None;
        }
        running.over_since = match session.phase() {
            Phase::Ended | Phase::Failed => running.over_since.or(Some(self.clock.now())),
            _ => None,
        };
        if running.over_since.is_some() {
            running.ready = Ready::default();
        }
        self.tell_playing();
        self.keep_runner_up(session_id);
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return;
        };
        let session = &running.session;
        let answer = match (session.stream(), session.phase()) {
            (Some(stream), _) => Ok(Prepared {
                session_id,
                source_id: session.source(),
                stream: stream.clone(),
                resume_ms: running.resume_ms,
            }),
            (None, Phase::Failed) => Err(Error::NoSourcePlays(session.last_failure().map_or_else(
                || "no source could be opened".into(),
                |failure| failure.detail.clone(),
            ))),
            (None, _) => return,
        };
        if let Some(waiting) = running.waiting.take() {
            let _ = waiting.send(answer);
        }
    }

    pub(super) fn carry_out(&mut self, session_id: SessionId, effects: Vec<Effect>) {
        for effect in effects {
            let Some(running) = self.sessions.get_mut(&session_id) else {
                return;
            };
            match effect {
                Effect::ToScreen(command) => {
                    let screen_id = running.session.screen_id;
                    let command = self.addressed(screen_id, command);
                    self.send_to_screen(screen_id, ServerMessage::ToScreen { screen_id, command });
                }
                Effect::PrepareSource {
                    load_id,
                    source_id,
                    position_ms,
                } => {
                    let source = running.sources.get(&source_id).cloned();
                    // One of several files is chosen by the place.
                    let is_whole = source.as_ref().is_some_and(|source| !source.is_in_pieces());
                    let ready = running.ready.take(source_id, self.clock.now());
                    let ready = ready.filter(|_| is_whole);
                    let streams = self.streams.clone();
                    let inbox = self.inbox.clone();
                    tokio::spawn(async move {
                        let result = match (ready, source) {
                            (Some(opened), _) => Ok((opened, None)),
                            (None, Some(source)) => open(&streams, source, position_ms).await,
                            (None, None) => Err(Failure::new(
                                Slug::SourceUnknown,
                                "the source was forgotten",
                            )),
                        };
                        let _ = inbox
                            .send(Input::Opened {
                                session_id,
                                load_id,
                                result,
                            })
                            .await;
                    });
                }
                Effect::FindSubtitles { source_id } => {
                    self.ask_for_subtitles(session_id, source_id);
                }
                Effect::SaveProgress {
                    position_ms,
                    duration_ms,
                    finished,
                } => {
                    let progress = Progress {
                        title_id: running.session.title_id,
                        episode_id: running.session.episode_id,
                        position_ms,
                        duration_ms,
                        watched_at: self.clock.wall(),
                        finished,
                    };
                    let source = running.sources.get(&running.session.source()).cloned();
                    self.saving
                        .save(Save::Progress(running.profile, progress, source));
                }
                Effect::Learn { source_id, outcome } => {
                    self.learn(session_id, source_id, outcome, None);
                }
                Effect::Announce(message) => {
                    if let ServerMessage::SourceEvent { change, .. } = &message {
                        tracing::info!(%session_id, reason = change.failure.reason, to = ?change.to, "another source takes over");
                    }
                    self.announce(message);
                }
            }
        }
        self.settle(session_id);
    }
}

impl House {
    pub(super) fn learn(
        &mut self,
        session_id: SessionId,
        source_id: SourceId,
        outcome: Outcome,
        detail: Option<String>,
    ) {
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return;
        };
        let is_this = running.session.source() == source_id;
        let has_inside = running.session.has_inside().filter(|_| is_this);
        let Some(source) = running.sources.get_mut(&source_id) else {
            return;
        };
        // What was found elsewhere is none of the source's.
        let is_file = matches!(source.location, Location::File { .. });
        let beside = is_file && running.subtitles.iter().any(|one| one.is_beside());
        let has_subtitles = has_inside.map(|inside| inside || beside);
        let at: UnixMs = self.clock.wall();
        self.learning.add(source, outcome, at);
        if let Some(health) = outcome.health() {
            source.health = health;
            let tried = Tried {
                good: health == Health::Good,
                at,
                detail,
                has_subtitles,
            };
            self.saving.save(Save::Health(source_id, tried));
        }
    }

    /// What is far from as long as the film gives way, where there is another.
    pub(super) fn check_length(
        &mut self,
        session_id: SessionId,
        load_id: LoadId,
        length: Option<Duration>,
        now: ServerMs,
    ) {
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return;
        };
        let source = running.sources.get(&running.session.source());
        let (Some(length), Some(runtime_ms), Some(source), true) =
            (length, running.runtime_ms, source, self.care.length)
        else {
            return;
        };
        if source.has_wrong_length(runtime_ms, length.as_millis() as u64) {
            let effects = running.session.wrong_length(load_id, now);
            self.carry_out(session_id, effects);
        }
    }

    fn tell_playing(&self) {
        let playing = self.sessions.values().any(|running| {
            matches!(
                running.session.phase(),
                Phase::Preparing | Phase::Loading | Phase::Playing | Phase::Buffering
            )
        });
        self.playing.store(playing, Ordering::Relaxed);
    }
}

/// Opens the file of a source that the film is in at a place of it.
async fn open(
    streams: &Streams,
    source: Source,
    position_ms: u64,
) -> Result<(Arc<Opened>, Option<Piece>), Failure> {
    let (source, piece) = pieces::at(&streams.probes, position_ms, source).await?;
    Ok((streams.open(&source).await?, piece))
}

/// Hands the finds of a search to its session, and says when they end.
async fn pass_on(
    session_id: SessionId,
    mut more: mpsc::Receiver<Vec<Source>>,
    inbox: mpsc::Sender<Input>,
) {
    let mut sources = Vec::new();
    let mut more_to_come = true;
    while more_to_come {
        match more.recv().await {
            Some(found) => sources = found,
            None => more_to_come = false,
        }
        let found = Input::Found {
            session_id,
            sources: sources.clone(),
            more_to_come,
        };
        if inbox.send(found).await.is_err() {
            return;
        }
    }
}
