//! The messages of `GET /api/v1/ws`.
//!
//! A session is a room of one, so one vocabulary serves solo watching, remotes and watch parties.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    EpisodeId, Failure, LoadId, LoadReport, Names, Phase, ScreenAbilities, ScreenCommand, ScreenId,
    ScreenInfo, ScreenKind, ServerMs, SessionId, Slug, SourceId, SubtitleSearch, SubtitleTrack,
    TitleId,
};

/// What people ask of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    Play,
    Pause,
    /// Needs `position_ms`.
    Seek,
    Stop,
    /// Needs `volume`.
    SetVolume,
    /// Give up this source for the next-best one, at the same position.
    NextSource,
}

/// From a client. The first message is `hello`, within 5 s.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// `token` may be absent only on the Unix socket.
    Hello {
        #[serde(default)]
        token: Option<String>,
    },
    Command {
        request_id: String,
        session_id: SessionId,
        command: Command,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        position_ms: Option<u64>,
        /// 0 to 100.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        volume: Option<u8>,
        /// For `seek`: refused when the session has moved on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expected_rev: Option<u64>,
    },
    /// Show the subtitles of this id in the session's list; absent: none.
    Subtitles {
        request_id: String,
        session_id: SessionId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subtitles: Option<String>,
    },
    /// Look for subtitles elsewhere. What is found comes into the session's list; how that goes
    /// stands in its `subtitle_search`.
    FindSubtitles {
        request_id: String,
        session_id: SessionId,
    },
    /// A key of the remote: `up`, `down`, `left`, `right`, `ok`, `back`, `home`, `search`,
    /// `play_pause`.
    Key {
        screen_id: ScreenId,
        key: String,
    },
    /// The whole text of the screen's text field as it should now read.
    Text {
        screen_id: ScreenId,
        text: String,
    },
    Clock {
        t0: f64,
    },
    /// This client is a screen. Answered by `screen_ready`.
    Screen {
        name: String,
        kind: ScreenKind,
        #[serde(default)]
        abilities: ScreenAbilities,
        /// A second window on the box for a moment: never the household's TV, forgotten on leaving.
        #[serde(default)]
        passing: bool,
        /// The session whose film it still has: its line broke, it did not die.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        playing: Option<SessionId>,
    },
    /// What the screen shows, so that remotes stay in step.
    Page {
        page: String,
        #[serde(default)]
        text: Option<String>,
    },
    /// What the screen says of a load.
    Report {
        load_id: LoadId,
        session_id: SessionId,
        #[serde(flatten)]
        report: LoadReport,
    },
}

/// The whole of a session as clients see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoomState {
    /// The session's id.
    pub room_id: SessionId,
    pub rev: u64,
    pub title_id: TitleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode_id: Option<EpisodeId>,
    /// What is on.
    pub title: Names,
    /// Of an episode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poster: Option<String>,
    pub screen_id: ScreenId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_id: Option<SourceId>,
    pub phase: Phase,
    pub playing: bool,
    pub position_ms: u64,
    /// When `position_ms` was true, on the daemon's clock (`clock` messages tell the offset).
    pub server_ms: ServerMs,
    pub rate: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Up to where the film is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buffered_ms: Option<u64>,
    pub volume: u8,
    /// Those to choose from: inside the film, then in files of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subtitles: Vec<SubtitleTrack>,
    /// The id of those that are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_subtitles: Option<String>,
    /// Of this source; absent: nobody looked elsewhere yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtitle_search: Option<SubtitleSearch>,
    /// The newest change of source, or the failure that ended the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<SourceChange>,
}

/// Why another source plays now, or why none does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SourceChange {
    pub from: SourceId,
    /// Absent: there was no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<SourceId>,
    pub failure: Failure,
}

/// To a client. On connect come a `room_state` for each session, then a `screen_state` for each
/// screen, then `replicated`; after that, what happens. All of it goes through `Mirror::apply`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    RoomState(RoomState),
    ScreenState(ScreenInfo),
    ScreenGone {
        screen_id: ScreenId,
    },
    /// The whole state is here: sessions and screens that are not named are gone.
    Replicated {
        server_ms: ServerMs,
        sessions: Vec<SessionId>,
        screens: Vec<ScreenId>,
    },
    PlayEvent {
        session_id: SessionId,
        rev: u64,
        position_ms: u64,
        server_ms: ServerMs,
    },
    PauseEvent {
        session_id: SessionId,
        rev: u64,
        position_ms: u64,
        server_ms: ServerMs,
    },
    SeekEvent {
        session_id: SessionId,
        rev: u64,
        position_ms: u64,
        server_ms: ServerMs,
    },
    /// The slow heartbeat, and every correction of the position.
    StateSync {
        session_id: SessionId,
        rev: u64,
        position_ms: u64,
        server_ms: ServerMs,
        playing: bool,
        phase: Phase,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        duration_ms: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        buffered_ms: Option<u64>,
    },
    VolumeEvent {
        session_id: SessionId,
        rev: u64,
        volume: u8,
    },
    SourceEvent {
        session_id: SessionId,
        rev: u64,
        change: SourceChange,
    },
    /// Subtitles that were chosen cannot be had.
    SubtitlesFailed {
        session_id: SessionId,
        failure: Failure,
    },
    /// What lies in the folders changed: the home page's rows are old.
    LibraryChanged,
    /// What the box says of itself (`GET /api/v1/device`) changed.
    BoxChanged,
    /// A provider that worked stopped working, or works again. For the owner's devices.
    ProviderEvent {
        /// `torznab:home`
        provider: String,
        /// As the owner calls it, or where it lies.
        name: String,
        working: bool,
        /// What is wrong with it, for people; absent when it works.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
    SessionEnded {
        session_id: SessionId,
    },
    Done {
        request_id: String,
    },
    Refused {
        request_id: String,
        #[schema(value_type = Slug)]
        slug: String,
        /// A sentence for people.
        detail: String,
        /// The session's revision now; absent when there is no such session.
        rev: Option<u64>,
    },
    Clock {
        t0: f64,
        server_ms: ServerMs,
    },
    /// The client's last message was not understood; the connection goes on.
    Problem {
        #[schema(value_type = Slug)]
        slug: String,
        detail: String,
    },
    // To one screen only:
    ScreenReady {
        screen_id: ScreenId,
    },
    ToScreen {
        screen_id: ScreenId,
        #[serde(flatten)]
        command: ScreenCommand,
    },
    Key {
        screen_id: ScreenId,
        key: String,
    },
    Text {
        screen_id: ScreenId,
        text: String,
    },
    /// The PIN was guessed away or used: what the TV shows now.
    Pairing {
        #[serde(default)]
        pin: Option<String>,
        reason: String,
    },
}
