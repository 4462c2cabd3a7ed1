//! One viewing as a state machine: commands and reports in, effects out. No awaits, no clock,
//! so any sequence of them can be tested.

mod changing;
mod effect;
mod ends;
mod pace;
mod refusal;
mod start;
mod subtitles;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Anchor, Command, EpisodeId, Failure, LoadId, LoadReport, Names, Outcome, OutsideTrack, Piece,
    RoomState, ScreenCommand, ScreenId, ServerMessage, ServerMs, SessionId, Slug, SourceChange,
    SourceId, Stream, SubtitleSearch, SubtitleTrack, TitleId,
};

pub use effect::Effect;
use pace::Pace;
pub use refusal::Refusal;
pub use start::Start;

/// Progress is saved at least this often while playing, so that a power cut costs under 10 s.
const SAVE_EVERY_MS: u64 = 8_000;
/// A reported position this far from the extrapolated one is announced.
const DRIFT_MS: u64 = 400;
const HEARTBEAT_MS: u64 = 5_000;
/// A source on which the screen died this often is given up.
const DEATHS_PER_SOURCE: u32 = 2;
/// A source that played this long at a stretch is not what the screen died of before.
const STEADY_MS: u64 = 5 * 60_000;
/// A seek that has not shown its place by then is not believed in any longer.
const SEEK_LANDS_WITHIN_MS: u64 = 10_000;
/// A reported position this near to where a seek went is its landing.
const SEEK_NEAR_MS: u64 = 3_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The source is being opened.
    Preparing,
    /// The screen is loading it.
    Loading,
    Playing,
    Paused,
    Buffering,
    Ended,
    /// No source plays.
    Failed,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub id: SessionId,
    pub title_id: TitleId,
    pub episode_id: Option<EpisodeId>,
    pub title: Names,
    /// Season and number of an episode.
    pub numbers: Option<(u32, u32)>,
    pub poster: Option<String>,
    pub screen_id: ScreenId,
    phase: Phase,
    /// What people asked for, whatever the screen is doing about it yet.
    wants_to_play: bool,
    anchor: Anchor,
    duration_ms: Option<u64>,
    buffered_ms: Option<u64>,
    volume: u8,
    rev: u64,
    load_id: LoadId,
    source: SourceId,
    stream: Option<Stream>,
    /// Where the film was to go on when the screen was given it, or sent on since.
    wanted_ms: u64,
    /// Which file of the film the stream is, where it has several.
    piece: Option<Piece>,
    /// Inside what plays, as far as the screen has found them.
    inside: Vec<SubtitleTrack>,
    /// The load of which the screen told that.
    inside_of: Option<LoadId>,
    outside: Vec<OutsideTrack>,
    /// What was chosen, in whatever source.
    subtitles: Option<SubtitleTrack>,
    /// In which languages they are wished, until that was looked at.
    wished_subtitles: Vec<String>,
    /// Of this source.
    subtitle_search: Option<SubtitleSearch>,
    tried: Vec<SourceId>,
    /// The sources not tried yet, best first.
    next_sources: Vec<SourceId>,
    /// The search still runs.
    more_to_come: bool,
    /// Why another source is needed, while none is known and the search may find one.
    waiting: Option<Failure>,
    deaths: u32,
    /// The screen went away while it played or was about to.
    lost_playing: bool,
    playing_since_ms: ServerMs,
    /// The screen is not there: it cannot be waited for.
    away: bool,
    pace: Pace,
    seek: Option<Seek>,
    saved_ms: ServerMs,
    announced_ms: ServerMs,
    /// What everybody else goes by.
    told: Told,
    notice: Option<SourceChange>,
}

/// Where the film is as far as was announced.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Told {
    anchor: Anchor,
    duration_ms: Option<u64>,
}

/// A seek that the screen was told of and has not confirmed: what it says of the old place
/// meanwhile is no news.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Seek {
    /// Where the film was.
    from_ms: u64,
    until_ms: ServerMs,
}

impl Session {
    pub fn start(start: Start, now: ServerMs) -> (Self, Vec<Effect>) {
        let session = Self {
            id: SessionId::new(),
            title_id: start.title_id,
            episode_id: start.episode_id,
            title: start.title,
            numbers: start.numbers,
            poster: start.poster,
            screen_id: start.screen_id,
            phase: Phase::Preparing,
            wants_to_play: false,
            anchor: Anchor::still(start.resume_ms, now),
            duration_ms: None,
            buffered_ms: None,
            volume: start.volume.min(100),
            rev: 1,
            load_id: 1,
            source: start.source,
            stream: None,
            wanted_ms: start.resume_ms,
            piece: None,
            inside: Vec::new(),
            inside_of: None,
            outside: start.outside,
            subtitles: None,
            wished_subtitles: start.wished_subtitles,
            subtitle_search: None,
            tried: vec![start.source],
            next_sources: start.next_sources,
            more_to_come: start.more_to_come,
            waiting: None,
            deaths: 0,
            lost_playing: false,
            playing_since_ms: now,
            away: false,
            pace: Pace::new(now),
            seek: None,
            saved_ms: now,
            announced_ms: now,
            told: Told {
                anchor: Anchor::still(start.resume_ms, now),
                duration_ms: None,
            },
            notice: None,
        };
        let effects = vec![
            session.prepare(),
            Effect::Announce(ServerMessage::RoomState(session.room_state(now))),
        ];
        (session, effects)
    }

    pub fn source(&self) -> SourceId {
        self.source
    }

    /// What takes over when the source fails.
    pub fn next_source(&self) -> Option<SourceId> {
        self.next_sources.first().copied()
    }

    /// One that was found not to answer: what else there is comes first.
    pub fn put_last(&mut self, source_id: SourceId) {
        if let Some(place) = self.next_sources.iter().position(|id| *id == source_id) {
            self.next_sources[place..].rotate_left(1);
        }
    }

    pub fn stream(&self) -> Option<&Stream> {
        self.stream.as_ref()
    }

    pub fn phase(&self) -> Phase {
        self.phase
    }

    pub fn rev(&self) -> u64 {
        self.rev
    }

    pub fn volume(&self) -> u8 {
        self.volume
    }

    pub fn load_id(&self) -> LoadId {
        self.load_id
    }

    pub fn last_failure(&self) -> Option<&Failure> {
        self.notice.as_ref().map(|notice| &notice.failure)
    }

    pub fn position_at(&self, now: ServerMs) -> u64 {
        self.anchor.position_at(now, self.duration_ms)
    }

    pub fn room_state(&self, now: ServerMs) -> RoomState {
        RoomState {
            room_id: self.id,
            rev: self.rev,
            title_id: self.title_id,
            episode_id: self.episode_id,
            title: self.title.clone(),
            season: self.numbers.map(|(season, _)| season),
            number: self.numbers.map(|(_, number)| number),
            poster: self.poster.clone(),
            screen_id: self.screen_id,
            source_id: Some(self.source),
            phase: self.phase,
            playing: self.anchor.rate > 0.0,
            position_ms: self.position_at(now),
            server_ms: now,
            rate: self.anchor.rate,
            duration_ms: self.duration_ms,
            buffered_ms: self.buffered_ms,
            volume: self.volume,
            subtitles: self.choices().cloned().collect(),
            shown_subtitles: self.shown_subtitles().map(|shown| shown.id.clone()),
            subtitle_search: self.subtitle_search.clone(),
            notice: self.notice.clone(),
        }
    }

    /// What people asked for. `stop` also ends the session: drop it afterwards.
    pub fn command(
        &mut self,
        command: Command,
        position_ms: Option<u64>,
        volume: Option<u8>,
        expected_rev: Option<u64>,
        now: ServerMs,
    ) -> Result<Vec<Effect>, Refusal> {
        match command {
            Command::Play => self.play(now),
            Command::Pause => self.pause(now),
            Command::Seek => {
                if expected_rev.is_some_and(|rev| rev != self.rev) {
                    return Err(Refusal::StaleRevision);
                }
                self.seek(position_ms.ok_or(Refusal::MissingValue)?, now)
            }
            Command::SetVolume => {
                let volume = volume
                    .filter(|volume| *volume <= 100)
                    .ok_or(Refusal::MissingValue)?;
                self.rev += 1;
                self.volume = volume;
                let mut effects = self.to_screen(ScreenCommand::SetVolume {
                    load_id: self.load_id,
                    volume,
                });
                effects.push(Effect::Announce(ServerMessage::VolumeEvent {
                    session_id: self.id,
                    rev: self.rev,
                    volume,
                }));
                Ok(effects)
            }
            Command::NextSource => {
                self.must_be_open()?;
                if self.next_sources.is_empty() && !self.more_to_come {
                    return Err(Refusal::NoOtherSource);
                }
                let failure = Failure::new(Slug::Skipped, "Another source was asked for");
                Ok(self.take_next_source(failure, now))
            }
            Command::Stop => Ok(self.stop(now)),
        }
    }

    fn must_be_open(&self) -> Result<(), Refusal> {
        match self.phase {
            Phase::Ended | Phase::Failed => Err(Refusal::NothingPlays),
            _ => Ok(()),
        }
    }

    fn to_screen(&self, command: ScreenCommand) -> Vec<Effect> {
        match self.phase {
            // The load that comes carries it.
            Phase::Preparing | Phase::Failed => Vec::new(),
            _ => vec![Effect::ToScreen(command)],
        }
    }

    fn play(&mut self, now: ServerMs) -> Result<Vec<Effect>, Refusal> {
        if self.phase == Phase::Ended {
            // Play at the end means once more.
            self.wants_to_play = true;
            return Ok(self.open_again(0, now));
        }
        self.must_be_open()?;
        self.wants_to_play = true;
        if self.phase == Phase::Playing {
            return Ok(Vec::new());
        }
        Ok(self.to_screen(ScreenCommand::Play {
            load_id: self.load_id,
        }))
    }

    fn pause(&mut self, now: ServerMs) -> Result<Vec<Effect>, Refusal> {
        self.must_be_open()?;
        self.wants_to_play = false;
        let mut effects = self.to_screen(ScreenCommand::Pause {
            load_id: self.load_id,
        });
        effects.extend(self.save(now));
        Ok(effects)
    }

    fn seek(&mut self, position_ms: u64, now: ServerMs) -> Result<Vec<Effect>, Refusal> {
        let position_ms = self
            .duration_ms
            .map_or(position_ms, |end_ms| position_ms.min(end_ms));
        match self.phase {
            Phase::Failed => return Err(Refusal::NothingPlays),
            Phase::Ended => return Ok(self.open_again(position_ms, now)),
            _ => {}
        }
        if self.phase != Phase::Preparing
            && self.piece.is_some_and(|piece| !piece.holds(position_ms))
        {
            return Ok(self.open_piece(position_ms, now));
        }
        self.rev += 1;
        self.wanted_ms = position_ms;
        self.pace.sought_at = Some(now);
        self.seek = (self.phase != Phase::Preparing).then(|| Seek {
            from_ms: self.position_at(now),
            until_ms: now + SEEK_LANDS_WITHIN_MS,
        });
        self.anchor = Anchor {
            position_ms,
            at_ms: now,
            rate: self.anchor.rate,
        };
        self.told.anchor = self.anchor;
        let mut effects = self.to_screen(ScreenCommand::Seek {
            load_id: self.load_id,
            position_ms,
        });
        effects.push(Effect::Announce(ServerMessage::SeekEvent {
            session_id: self.id,
            rev: self.rev,
            position_ms,
            server_ms: now,
        }));
        effects.extend(self.save(now));
        Ok(effects)
    }

    /// The source was closed at the end of the film: opens it once more.
    fn open_again(&mut self, position_ms: u64, now: ServerMs) -> Vec<Effect> {
        self.rev += 1;
        self.load_id += 1;
        self.enter(Phase::Preparing, now);
        self.pace = Pace::new(now);
        self.seek = None;
        self.anchor = Anchor::still(position_ms, now);
        vec![self.prepare(), self.room_announcement(now)]
    }

    /// Ends the session: the screen goes dark, the position is kept.
    pub fn stop(&mut self, now: ServerMs) -> Vec<Effect> {
        let mut effects = self.save(now);
        effects.extend(self.to_screen(ScreenCommand::Stop {
            load_id: self.load_id,
        }));
        effects.push(Effect::Announce(ServerMessage::SessionEnded {
            session_id: self.id,
        }));
        effects
    }

    /// Whether an answer to `PrepareSource` of `load_id` is due: not while the search still has to
    /// find what to open.
    fn is_opening(&self, load_id: LoadId) -> bool {
        load_id == self.load_id && self.phase == Phase::Preparing && self.waiting.is_none()
    }

    /// The source of `load_id` is open at `stream`, which holds that piece of the film where it
    /// has several files.
    pub fn source_ready(
        &mut self,
        load_id: LoadId,
        stream: Stream,
        piece: Option<Piece>,
        now: ServerMs,
    ) -> Vec<Effect> {
        if !self.is_opening(load_id) {
            return Vec::new();
        }
        // Somebody sought meanwhile.
        if piece.is_some_and(|piece| !piece.holds(self.position_at(now))) {
            self.load_id += 1;
            return vec![self.prepare()];
        }
        self.enter(Phase::Loading, now);
        self.stream = Some(stream);
        self.piece = piece;
        self.inside.clear();
        if let Some(piece) = piece {
            self.duration_ms = Some(piece.whole_ms);
        }
        let mut effects = self.load_on_screen(now);
        effects.push(self.room_announcement(now));
        effects
    }

    fn load_on_screen(&mut self, now: ServerMs) -> Vec<Effect> {
        let Some(stream) = self.stream.clone() else {
            return Vec::new();
        };
        self.wanted_ms = self.position_at(now);
        vec![Effect::ToScreen(ScreenCommand::Load {
            session_id: self.id,
            load_id: self.load_id,
            stream,
            start_ms: self.position_at(now),
            paused: !self.wants_to_play,
            volume: self.volume,
            title: self.title.clone(),
            season: self.numbers.map(|(season, _)| season),
            number: self.numbers.map(|(_, number)| number),
            piece: self.piece,
            outside: self.outside_on_screen(),
            subtitles: self.shown_subtitles().map(|shown| shown.id.clone()),
        })]
    }

    /// What the screen says; a word of an earlier load is dropped.
    pub fn report(&mut self, load_id: LoadId, report: LoadReport, now: ServerMs) -> Vec<Effect> {
        if load_id != self.load_id || matches!(self.phase, Phase::Preparing | Phase::Failed) {
            return Vec::new();
        }
        self.pace.count(self.phase, now);
        let observed = self.pace.observed().map(|outcome| self.learn(outcome));
        let mut effects = self.reported(load_id, report, now);
        effects.extend(observed);
        effects
    }

    fn learn(&self, outcome: Outcome) -> Effect {
        Effect::Learn {
            source_id: self.source,
            outcome,
        }
    }

    fn enter(&mut self, phase: Phase, now: ServerMs) {
        self.pace.count(self.phase, now);
        if self.phase != phase {
            self.pace.phase_since = now;
        }
        self.phase = phase;
    }

    fn reported(&mut self, load_id: LoadId, report: LoadReport, now: ServerMs) -> Vec<Effect> {
        match report {
            LoadReport::Prerolled { duration_ms } => {
                self.hear_duration(duration_ms);
                let is_first = self.phase == Phase::Loading;
                self.enter(Phase::Paused, now);
                // Asked for while it was loading.
                let mut effects = if self.wants_to_play {
                    self.to_screen(ScreenCommand::Play { load_id })
                } else {
                    Vec::new()
                };
                effects.push(self.sync(now));
                if is_first {
                    let after_ms = now.saturating_sub(self.pace.asked_at);
                    effects.push(self.learn(Outcome::Started { after_ms }));
                }
                effects
            }
            LoadReport::Inside { subtitles } => self.found_inside(subtitles, now),
            LoadReport::Playing { position_ms } => {
                let position_ms = self.believed(position_ms, now);
                let news = self.phase != Phase::Playing;
                self.enter(Phase::Playing, now);
                self.anchor = Anchor::moving(position_ms, now);
                if !news {
                    return Vec::from_iter(self.has_drifted(now).then(|| self.sync(now)));
                }
                self.told.anchor = self.anchor;
                self.rev += 1;
                self.saved_ms = now;
                self.playing_since_ms = now;
                let mut effects = vec![Effect::Announce(ServerMessage::PlayEvent {
                    session_id: self.id,
                    rev: self.rev,
                    position_ms,
                    server_ms: now,
                })];
                effects.extend(self.miss_subtitles(now));
                effects
            }
            LoadReport::Paused { position_ms } => {
                let position_ms = self.believed(position_ms, now);
                self.anchor = Anchor::still(position_ms, now);
                self.told.anchor = self.anchor;
                self.enter(Phase::Paused, now);
                self.rev += 1;
                let mut effects = vec![Effect::Announce(ServerMessage::PauseEvent {
                    session_id: self.id,
                    rev: self.rev,
                    position_ms,
                    server_ms: now,
                })];
                effects.extend(self.save(now));
                effects
            }
            LoadReport::Buffering { percent } => {
                if percent >= 100 || self.phase == Phase::Buffering {
                    return Vec::new();
                }
                self.anchor = Anchor::still(self.position_at(now), now);
                self.enter(Phase::Buffering, now);
                vec![self.sync(now)]
            }
            LoadReport::Position {
                position_ms,
                duration_ms,
                buffered_ms,
            } => {
                self.hear_duration(duration_ms);
                self.buffered_ms = buffered_ms;
                let position_ms = self.believed(position_ms, now);
                if self.phase == Phase::Playing
                    && now.saturating_sub(self.playing_since_ms) >= STEADY_MS
                {
                    self.deaths = 0;
                }
                self.anchor = Anchor {
                    position_ms,
                    at_ms: now,
                    rate: self.anchor.rate,
                };
                let mut effects = Vec::new();
                if self.has_drifted(now) || now.saturating_sub(self.announced_ms) >= HEARTBEAT_MS {
                    effects.push(self.sync(now));
                }
                if now.saturating_sub(self.saved_ms) >= SAVE_EVERY_MS {
                    effects.extend(self.save(now));
                }
                effects
            }
            LoadReport::Ended if self.ended_before_its_seek(now) => Vec::new(),
            LoadReport::Ended if self.is_cut_short(now) => {
                let failure = Failure::new(Slug::CutShort, "The source ends before the film does");
                self.give_up(failure, Outcome::Failed, now)
            }
            LoadReport::Ended if self.next_piece_ms().is_some() => {
                let next_ms = self.next_piece_ms().unwrap_or_default();
                self.stream = None;
                self.open_again(next_ms, now)
            }
            LoadReport::Ended => {
                self.wants_to_play = false;
                self.enter(Phase::Ended, now);
                self.stream = None;
                self.rev += 1;
                let end_ms = self.duration_ms.unwrap_or_else(|| self.position_at(now));
                self.anchor = Anchor::still(end_ms, now);
                let mut effects = vec![Effect::SaveProgress {
                    position_ms: end_ms,
                    duration_ms: end_ms,
                    finished: true,
                }];
                effects.push(self.sync(now));
                effects
            }
            LoadReport::Failed(failure) => {
                let outcome = Outcome::of_failure(&failure);
                self.give_up(failure, outcome, now)
            }
        }
    }

    /// The position to go by when the screen says `position_ms`: while a seek is on its way,
    /// where it goes.
    fn believed(&mut self, position_ms: u64, now: ServerMs) -> u64 {
        let Some(seek) = self.seek else {
            return position_ms;
        };
        let (target_ms, wanted_ms) = (self.anchor.position_ms, self.position_at(now));
        let landing = target_ms.saturating_sub(SEEK_NEAR_MS)..=wanted_ms + SEEK_NEAR_MS;
        if landing.contains(&position_ms) || now >= seek.until_ms {
            self.seek = None;
            return position_ms;
        }
        wanted_ms
    }

    /// The screen is gone: it died, its power went, or its line broke. The film waits where it was.
    pub fn screen_lost(&mut self, now: ServerMs) -> Vec<Effect> {
        self.anchor = Anchor::still(self.position_at(now), now);
        self.seek = None;
        self.away = true;
        self.lost_playing = matches!(
            self.phase,
            Phase::Loading | Phase::Playing | Phase::Buffering
        );
        if !matches!(self.phase, Phase::Preparing | Phase::Failed | Phase::Ended) {
            self.enter(Phase::Loading, now);
        }
        let mut effects = self.save(now);
        effects.push(self.sync(now));
        effects
    }

    /// The screen is back: it goes on where it was, with another source if this one killed it
    /// twice. A screen that `still_holds` its load did not die, only its line did.
    pub fn screen_back(&mut self, still_holds: bool, now: ServerMs) -> Vec<Effect> {
        let died_playing = std::mem::take(&mut self.lost_playing) && !still_holds;
        self.away = false;
        if matches!(self.phase, Phase::Preparing | Phase::Failed | Phase::Ended) {
            return Vec::new();
        }
        if died_playing {
            self.deaths += 1;
        }
        if self.deaths >= DEATHS_PER_SOURCE {
            let failure = Failure::new(Slug::ScreenDied, "The player stopped twice on this source");
            return self.give_up(failure, Outcome::Unfit, now);
        }
        self.load_id += 1;
        self.enter(Phase::Loading, now);
        self.pace.phase_since = now;
        self.pace.asked_at = now;
        self.load_on_screen(now)
    }

    fn prepare(&self) -> Effect {
        Effect::PrepareSource {
            load_id: self.load_id,
            source_id: self.source,
            position_ms: self.anchor.position_ms,
        }
    }

    fn save(&mut self, now: ServerMs) -> Vec<Effect> {
        let position_ms = self.position_at(now);
        self.saved_ms = now;
        match self.duration_ms {
            // Before the length is known nothing was watched.
            None => Vec::new(),
            Some(_) if self.phase == Phase::Ended => Vec::new(),
            Some(duration_ms) => vec![Effect::SaveProgress {
                position_ms,
                duration_ms,
                finished: crate::Progress::is_finished(position_ms, duration_ms),
            }],
        }
    }

    fn tell(&mut self, now: ServerMs) {
        self.announced_ms = now;
        self.told = Told {
            anchor: self.anchor,
            duration_ms: self.duration_ms,
        };
    }

    /// Whether the film is elsewhere than everybody believes. Small steps add up.
    fn has_drifted(&self, now: ServerMs) -> bool {
        let told_ms = self.told.anchor.position_at(now, self.told.duration_ms);
        told_ms.abs_diff(self.position_at(now)) > DRIFT_MS
    }

    fn sync(&mut self, now: ServerMs) -> Effect {
        self.tell(now);
        Effect::Announce(ServerMessage::StateSync {
            session_id: self.id,
            rev: self.rev,
            position_ms: self.position_at(now),
            server_ms: now,
            playing: self.anchor.rate > 0.0,
            phase: self.phase,
            duration_ms: self.duration_ms,
            buffered_ms: self.buffered_ms,
        })
    }

    fn room_announcement(&mut self, now: ServerMs) -> Effect {
        self.tell(now);
        Effect::Announce(ServerMessage::RoomState(self.room_state(now)))
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
