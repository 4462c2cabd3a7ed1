//! What plays, and the overlay over it. What is shown is what the player reports.

use hearth_model::{
    ClientMessage, Command, EpisodeId, Language, LoadId, LoadReport, OutsideTrack, Piece,
    ScreenCommand, SessionId, SubtitleSearch, TitleId,
};

use super::{
    Chapter, Cursor, Effect, Go, PlayWish, PlayerOrder, Problem, Sources, Tracks,
    sources::VISIBLE as SOURCES_VISIBLE,
};
use crate::{facts, keys::Key};

/// The overlay goes this long after the last press.
const OVERLAY_MS: u64 = 5_000;
/// A seek is sent when no arrow came for this long.
const SEEK_SETTLE_MS: u64 = 350;
/// Presses closer than this make one accelerating seek.
const SEEK_AGAIN_MS: u64 = 700;
/// After a seek was sent, its target is shown until the player is there, or this long.
const SEEK_LANDING_MS: u64 = 4_000;
/// The same for pause and play.
const PRESS_LANDING_MS: u64 = 3_000;
const NOTICE_MS: u64 = 8_000;
/// The daemon hears of the position about this often.
const REPORT_MS: u64 = 450;

#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// The daemon looks for a source, or the player loads it.
    Opening,
    Playing,
    Paused,
    Buffering,
    /// The source failed; the daemon tries the next one.
    Switching,
    Failed(Problem),
}

#[derive(Debug, Clone)]
pub enum Panel {
    Sources(Sources),
    Tracks { subtitles: bool, at: usize },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seek {
    pub target_ms: u64,
    presses: u32,
    pressed_ms: u64,
    /// When it is sent; after that, when it is no longer waited for.
    pub due_ms: u64,
    sent: bool,
}

#[derive(Debug, Clone)]
pub struct Playback {
    pub name: String,
    pub title_id: Option<TitleId>,
    pub episode_id: Option<EpisodeId>,
    pub session_id: Option<SessionId>,
    pub load_id: Option<LoadId>,
    /// The address of the load, by which a repeated one is known.
    url: String,
    /// When and what position the daemon was last told.
    told: (u64, u64),
    pub stage: Stage,
    /// Play was asked for here and the film does not move yet.
    starting: bool,
    /// Pause or play was pressed and the player has not said so yet; not waited for after this.
    pressed_until_ms: Option<u64>,
    pub position_ms: u64,
    pub duration_ms: Option<u64>,
    pub buffered_ms: Option<u64>,
    pub volume: u8,
    pub volume_until_ms: u64,
    pub overlay_until_ms: u64,
    pub seek: Option<Seek>,
    pub panel: Option<Panel>,
    pub tracks: Tracks,
    /// Subtitles in files of their own, also before the film's own tracks are known.
    pub(super) outside: Vec<OutsideTrack>,
    /// The id of the subtitles that are to be shown.
    pub(super) wanted_subtitles: Option<String>,
    /// For subtitles elsewhere, as the daemon tells of it.
    pub search: Option<SubtitleSearch>,
    /// Of a film in several files: which one plays.
    piece: Option<Piece>,
    /// The player came to the end of the source; the house says whether that is the film's.
    pub(super) ended: bool,
    pub chapters: Vec<Chapter>,
    /// A quiet line: another source took over, a command was refused.
    pub notice: Option<(String, u64)>,
}

impl Playback {
    pub fn new(name: String, now_ms: u64) -> Self {
        Self {
            name,
            title_id: None,
            episode_id: None,
            session_id: None,
            load_id: None,
            url: String::new(),
            told: (0, 0),
            stage: Stage::Opening,
            starting: false,
            pressed_until_ms: None,
            position_ms: 0,
            duration_ms: None,
            buffered_ms: None,
            volume: 100,
            volume_until_ms: 0,
            overlay_until_ms: now_ms + OVERLAY_MS,
            seek: None,
            panel: None,
            tracks: Tracks::default(),
            outside: Vec::new(),
            wanted_subtitles: None,
            search: None,
            piece: None,
            ended: false,
            chapters: Vec::new(),
            notice: None,
        }
    }

    pub fn of_wish(wish: &PlayWish, now_ms: u64) -> Self {
        Self {
            title_id: Some(wish.title_id),
            episode_id: wish.episode_id,
            starting: true,
            position_ms: wish.start_ms.unwrap_or_default(),
            ..Self::new(wish.name.clone(), now_ms)
        }
    }

    /// What the timeline shows: where a seek leads, else where the film is.
    pub fn shown_ms(&self) -> u64 {
        self.seek
            .as_ref()
            .map_or(self.position_ms, |seek| seek.target_ms)
    }

    /// The chapter that the timeline's place lies in, and where chapters begin: the first one is
    /// the film's own beginning and no mark.
    pub fn chapter(&self) -> Option<&Chapter> {
        let shown_ms = self.shown_ms();
        let begun = |chapter: &&Chapter| chapter.start_ms <= shown_ms;
        self.chapters.iter().rev().find(begun)
    }

    pub fn marks_ms(&self) -> impl Iterator<Item = u64> {
        let end_ms = self.duration_ms.unwrap_or_default();
        let starts = self.chapters.iter().map(|chapter| chapter.start_ms);
        starts.filter(move |start_ms| *start_ms > 0 && *start_ms < end_ms)
    }

    pub fn overlay_shown(&self, now_ms: u64) -> bool {
        now_ms < self.overlay_until_ms
            || (self.stage == Stage::Paused && !self.starting)
            || self.panel.is_some()
            || self.seek.is_some()
    }

    /// The overlay of a paused film grows dim after a while: static pictures burn in.
    pub fn overlay_dim(&self, now_ms: u64) -> bool {
        self.overlay_shown(now_ms) && now_ms >= self.overlay_until_ms && self.panel.is_none()
    }

    pub(super) fn is_at_rest(&self, now_ms: u64) -> bool {
        now_ms >= self.overlay_until_ms.max(self.volume_until_ms) && self.notice.is_none()
    }

    pub fn is_busy(&self) -> bool {
        matches!(
            self.stage,
            Stage::Opening | Stage::Switching | Stage::Buffering
        ) || self.starting
            || self.seek.is_some()
    }

    pub fn has_picture(&self) -> bool {
        matches!(
            self.stage,
            Stage::Playing | Stage::Paused | Stage::Buffering
        )
    }

    pub(super) fn next_wake(&self, now_ms: u64) -> Option<u64> {
        [
            self.seek.as_ref().map(|seek| seek.due_ms),
            self.pressed_until_ms,
            self.notice.as_ref().map(|(_, until_ms)| *until_ms),
            Some(self.overlay_until_ms).filter(|until_ms| *until_ms > now_ms),
            Some(self.volume_until_ms).filter(|until_ms| *until_ms > now_ms),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(super) fn wake(&mut self, now_ms: u64) -> Vec<Effect> {
        if self
            .notice
            .as_ref()
            .is_some_and(|(_, until_ms)| *until_ms <= now_ms)
        {
            self.notice = None;
        }
        self.pressed_until_ms = self.pressed_until_ms.filter(|until_ms| *until_ms > now_ms);
        match &self.seek {
            Some(seek) if seek.due_ms <= now_ms && !seek.sent => self.send_seek(now_ms),
            Some(seek) if seek.due_ms <= now_ms => {
                self.seek = None;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn send_seek(&mut self, now_ms: u64) -> Vec<Effect> {
        let Some(seek) = &mut self.seek else {
            return Vec::new();
        };
        seek.sent = true;
        seek.due_ms = now_ms + SEEK_LANDING_MS;
        let target_ms = seek.target_ms;
        self.command(Command::Seek, Some(target_ms))
    }

    pub(super) fn command(&self, command: Command, position_ms: Option<u64>) -> Vec<Effect> {
        let Some(session_id) = self.session_id else {
            return Vec::new();
        };
        vec![Effect::Send(ClientMessage::Command {
            request_id: String::new(),
            session_id,
            command,
            position_ms,
            volume: None,
            expected_rev: None,
        })]
    }

    pub(super) fn say(&mut self, sentence: String, now_ms: u64) {
        self.notice = Some((sentence, now_ms + NOTICE_MS));
    }

    pub(super) fn key(&mut self, key: Key, now_ms: u64) -> (Go, Vec<Effect>) {
        if matches!(self.stage, Stage::Failed(_)) {
            return match key {
                Key::Ok | Key::Back | Key::Erase => (Go::StopPlaying, Vec::new()),
                _ => (Go::Stay, Vec::new()),
            };
        }
        if self.panel.is_some() {
            self.overlay_until_ms = now_ms + OVERLAY_MS;
            return self.key_in_panel(key, now_ms);
        }
        let was_shown = self.overlay_shown(now_ms) && !self.overlay_dim(now_ms);
        if !matches!(key, Key::Back | Key::Erase) {
            self.overlay_until_ms = now_ms + OVERLAY_MS;
        }
        match key {
            Key::Back | Key::Erase => (Go::StopPlaying, Vec::new()),
            Key::Left | Key::Right if self.has_picture() => {
                self.seek_by_key(key == Key::Right, now_ms);
                (Go::Stay, Vec::new())
            }
            Key::Ok | Key::PlayPause | Key::Letter(' ') => (Go::Stay, self.toggle(now_ms)),
            Key::Up if was_shown => (Go::PlayerSources, Vec::new()),
            Key::Down if was_shown && self.has_picture() => {
                self.panel = Some(Panel::Tracks {
                    subtitles: false,
                    at: self.tracks.sound_at.unwrap_or(0),
                });
                (Go::Stay, Vec::new())
            }
            _ => (Go::Stay, Vec::new()),
        }
    }

    fn toggle(&mut self, now_ms: u64) -> Vec<Effect> {
        let mut effects = if self.seek.as_ref().is_some_and(|seek| !seek.sent) {
            self.send_seek(now_ms)
        } else {
            Vec::new()
        };
        self.starting = false;
        let command = match self.stage {
            Stage::Playing | Stage::Buffering => Command::Pause,
            Stage::Paused | Stage::Opening | Stage::Switching => Command::Play,
            Stage::Failed(_) => return effects,
        };
        self.pressed_until_ms = Some(now_ms + PRESS_LANDING_MS);
        effects.extend(self.command(command, None));
        effects
    }

    fn seek_by_key(&mut self, forward: bool, now_ms: u64) {
        let goes_on = self
            .seek
            .as_ref()
            .filter(|seek| now_ms.saturating_sub(seek.pressed_ms) < SEEK_AGAIN_MS);
        let presses = goes_on.map_or(0, |seek| seek.presses);
        let from_ms = self.shown_ms();
        let step_ms = match presses {
            0..=3 => 10_000,
            4..=9 => 30_000,
            _ => 60_000,
        };
        let target_ms = if forward {
            // The very end would end the film.
            let end_ms = self
                .duration_ms
                .map_or(u64::MAX, |end_ms| end_ms.saturating_sub(2_000));
            from_ms.saturating_add(step_ms).min(end_ms.max(from_ms))
        } else {
            from_ms.saturating_sub(step_ms)
        };
        self.seek = Some(Seek {
            target_ms,
            presses: presses + 1,
            pressed_ms: now_ms,
            due_ms: now_ms + SEEK_SETTLE_MS,
            sent: false,
        });
    }

    fn key_in_panel(&mut self, key: Key, now_ms: u64) -> (Go, Vec<Effect>) {
        let stay = (Go::Stay, Vec::new());
        match &mut self.panel {
            Some(Panel::Sources(sources)) => match key {
                Key::Back | Key::Erase | Key::Left => {
                    self.panel = None;
                    stay
                }
                Key::Up | Key::Down => {
                    // The first line is "the next one", above the sources.
                    let len = sources.items.len() + 1;
                    sources.cursor.step(key == Key::Down, len, SOURCES_VISIBLE);
                    stay
                }
                Key::Ok => self.choose_source(now_ms),
                _ => stay,
            },
            Some(Panel::Tracks { subtitles, at }) => {
                let len = if *subtitles {
                    // "Off" before them, and the line that looks for more behind.
                    self.tracks.subtitles.len() + 2
                } else {
                    self.tracks.sound.len()
                };
                match key {
                    Key::Back | Key::Erase => self.panel = None,
                    Key::Up => *at = at.saturating_sub(1),
                    Key::Down => *at = (*at + 1).min(len.saturating_sub(1)),
                    Key::Left if *subtitles => {
                        *subtitles = false;
                        *at = self.tracks.sound_at.unwrap_or(0);
                    }
                    Key::Right if !*subtitles => {
                        *subtitles = true;
                        *at = self.tracks.subtitles_at.map_or(0, |track| track + 1);
                    }
                    Key::Ok if *subtitles && *at > self.tracks.subtitles.len() => {
                        return (Go::Stay, self.find_subtitles());
                    }
                    Key::Ok if *subtitles => {
                        let track = at.checked_sub(1);
                        return (Go::Stay, self.choose_subtitles(track));
                    }
                    Key::Ok if len > 0 => {
                        self.tracks.sound_at = Some(*at);
                        let order = PlayerOrder::Sound { track: *at };
                        return (Go::Stay, vec![Effect::Player(order)]);
                    }
                    _ => {}
                }
                stay
            }
            None => stay,
        }
    }

    fn choose_source(&mut self, now_ms: u64) -> (Go, Vec<Effect>) {
        let Some(Panel::Sources(sources)) = &self.panel else {
            return (Go::Stay, Vec::new());
        };
        let Some(at) = sources.cursor.at.checked_sub(1) else {
            self.panel = None;
            return (Go::Stay, self.command(Command::NextSource, None));
        };
        let Some(source) = sources.items.get(at).filter(|source| source.playable) else {
            return (Go::Stay, Vec::new());
        };
        let wish = PlayWish {
            title_id: sources.title_id,
            episode_id: sources.episode_id,
            source_id: Some(source.id),
            start_ms: Some(self.position_ms),
            name: self.name.clone(),
        };
        self.panel = None;
        self.overlay_until_ms = now_ms + OVERLAY_MS;
        (Go::Play(wish), Vec::new())
    }

    /// What the daemon tells this screen, as far as it concerns what plays.
    pub(super) fn order(
        &mut self,
        command: ScreenCommand,
        language: Language,
        now_ms: u64,
    ) -> Vec<Effect> {
        match command {
            ScreenCommand::Load {
                session_id,
                load_id,
                stream,
                start_ms,
                paused,
                volume,
                title,
                season,
                number,
                piece,
                outside,
                subtitles,
            } => {
                self.offer_outside(outside);
                self.session_id = Some(session_id);
                self.volume = volume;
                self.name = facts::playing_name(&title, season, number, language);
                if self.has_picture() && self.url == stream.url {
                    return self.adopt(load_id, paused);
                }
                self.load_id = Some(load_id);
                self.url.clone_from(&stream.url);
                self.stage = Stage::Opening;
                self.position_ms = start_ms;
                self.buffered_ms = None;
                self.chapters.clear();
                // Another film's tracks, until those of this one are known.
                self.tracks = Tracks::default();
                self.wanted_subtitles = subtitles;
                self.piece = piece;
                self.ended = false;
                self.seek = None;
                self.overlay_until_ms = now_ms + OVERLAY_MS;
                vec![Effect::Player(PlayerOrder::Load {
                    load_id,
                    stream,
                    start_ms,
                    paused,
                    volume,
                    piece,
                })]
            }
            ScreenCommand::Subtitles { load_id, subtitles } if self.load_id == Some(load_id) => {
                self.show_subtitles(subtitles)
            }
            ScreenCommand::Outside { load_id, outside } if self.load_id == Some(load_id) => {
                self.offer_outside(outside);
                Vec::new()
            }
            ScreenCommand::Play { load_id } if self.load_id == Some(load_id) => {
                vec![Effect::Player(PlayerOrder::Play)]
            }
            ScreenCommand::Pause { load_id } if self.load_id == Some(load_id) => {
                vec![Effect::Player(PlayerOrder::Pause)]
            }
            ScreenCommand::Seek {
                load_id,
                position_ms,
            } if self.load_id == Some(load_id) => {
                self.ended = false;
                self.overlay_until_ms = self.overlay_until_ms.max(now_ms + OVERLAY_MS / 2);
                vec![Effect::Player(PlayerOrder::Seek { position_ms })]
            }
            ScreenCommand::SetVolume { load_id, volume } if self.load_id == Some(load_id) => {
                self.volume = volume;
                self.volume_until_ms = now_ms + OVERLAY_MS / 2;
                vec![Effect::Player(PlayerOrder::SetVolume { volume })]
            }
            _ => Vec::new(),
        }
    }

    /// The daemon was away and repeats its load: the film goes on under the new id.
    fn adopt(&mut self, load_id: LoadId, paused: bool) -> Vec<Effect> {
        self.load_id = Some(load_id);
        let mut effects = vec![Effect::Player(PlayerOrder::Adopt { load_id })];
        let was_playing = self.stage != Stage::Paused;
        let position_ms = self.position_ms;
        let mut reports = vec![LoadReport::Prerolled {
            duration_ms: self.duration_ms,
        }];
        if was_playing {
            reports.push(LoadReport::Playing { position_ms });
        } else {
            reports.push(LoadReport::Paused { position_ms });
        }
        effects.extend(reports.into_iter().filter_map(|report| self.report(report)));
        if paused && was_playing {
            effects.push(Effect::Player(PlayerOrder::Pause));
        }
        effects
    }

    pub(super) fn report(&self, report: LoadReport) -> Option<Effect> {
        Some(Effect::Send(ClientMessage::Report {
            load_id: self.load_id?,
            session_id: self.session_id?,
            report,
        }))
    }

    /// What the player says of this load: shown here, and passed on.
    pub(super) fn heard(&mut self, report: LoadReport, now_ms: u64) -> Vec<Effect> {
        match &report {
            LoadReport::Prerolled { duration_ms } => {
                self.duration_ms = duration_ms.or(self.duration_ms);
                self.stage = Stage::Paused;
                self.overlay_until_ms = now_ms + OVERLAY_MS;
            }
            LoadReport::Playing { position_ms } => {
                self.stage = Stage::Playing;
                self.starting = false;
                self.ended = false;
                self.pressed_until_ms = None;
                self.moved(*position_ms);
            }
            LoadReport::Paused { position_ms } => {
                self.stage = Stage::Paused;
                self.pressed_until_ms = None;
                self.moved(*position_ms);
            }
            LoadReport::Buffering { percent } => {
                if *percent < 100 {
                    self.stage = Stage::Buffering;
                }
            }
            LoadReport::Position {
                position_ms,
                duration_ms,
                buffered_ms,
            } => {
                self.duration_ms = duration_ms.or(self.duration_ms);
                self.buffered_ms = *buffered_ms;
                let position_ms = *position_ms;
                self.moved(position_ms);
                let (told_at_ms, told_ms) = self.told;
                let jumped = position_ms.abs_diff(told_ms) > 2 * REPORT_MS;
                if !jumped && now_ms < told_at_ms + REPORT_MS {
                    return Vec::new();
                }
                self.told = (now_ms, position_ms);
            }
            // The tracks are told of by themselves.
            LoadReport::Inside { .. } => {}
            LoadReport::Ended => {
                self.seek = None;
                if self.goes_on() {
                    self.stage = Stage::Opening;
                } else {
                    self.ended = true;
                }
            }
            LoadReport::Failed(_) => {
                self.stage = Stage::Switching;
                self.seek = None;
            }
        }
        self.report(report).into_iter().collect()
    }

    /// Whether another file of the film comes behind the one that plays.
    fn goes_on(&self) -> bool {
        self.piece.is_some_and(|piece| !piece.is_last())
    }

    fn moved(&mut self, position_ms: u64) {
        self.position_ms = position_ms;
        let landed = self
            .seek
            .as_ref()
            .is_some_and(|seek| seek.sent && seek.target_ms.abs_diff(position_ms) < 3_000);
        if landed {
            self.seek = None;
        }
    }

    /// No source is left.
    pub(super) fn fail(&mut self, problem: Problem) {
        self.panel = None;
        self.starting = false;
        self.stage = Stage::Failed(problem);
    }

    pub(super) fn open_sources(&mut self, now_ms: u64) -> Option<&Sources> {
        let mut sources = Sources::new(self.title_id?, self.episode_id, now_ms);
        sources.cursor = Cursor::default();
        self.panel = Some(Panel::Sources(sources));
        match &self.panel {
            Some(Panel::Sources(sources)) => Some(sources),
            _ => None,
        }
    }
}
