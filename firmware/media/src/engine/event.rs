//! What the engine tells.

use serde::Serialize;

pub use crate::chapters::Chapter;

/// Something happened to a load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineEvent {
    pub load_id: u64,
    pub kind: EventKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// The first picture is ready, at the start position.
    Prerolled {
        duration_ms: Option<u64>,
        tracks: Tracks,
        chapters: Vec<Chapter>,
    },
    Playing {
        position_ms: u64,
    },
    Paused {
        position_ms: u64,
    },
    /// It waits for its source and goes on by itself; `Playing` follows.
    Buffering {
        percent: u8,
    },
    /// The source gives nothing and nothing is left: another one is needed. Told once a load,
    /// which stays loaded and goes on should bytes come after all.
    Starved {
        position_ms: u64,
        buffered_ms: u64,
    },
    /// Every quarter of a second while playing, and after each seek.
    Position {
        position_ms: u64,
        duration_ms: Option<u64>,
        /// How much is read ahead of the position.
        buffered_ms: Option<u64>,
    },
    Ended,
    /// It can't go on; nothing more is told of this load.
    Failed {
        reason: FailureReason,
        detail: String,
    },
}

/// Why a load failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureReason {
    SourceGone,
    SourceRefused,
    SourceUnreachable,
    SourceUnusable,
    CodecUnsupported,
    MediaUnreadable,
    MediaProtected,
    /// Fault of the player rather than of the film.
    PlayerFailed,
}

impl FailureReason {
    /// The stable word for it: `source-gone`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::SourceGone => "source-gone",
            Self::SourceRefused => "source-refused",
            Self::SourceUnreachable => "source-unreachable",
            Self::SourceUnusable => "source-unusable",
            Self::CodecUnsupported => "codec-unsupported",
            Self::MediaUnreadable => "media-unreadable",
            Self::MediaProtected => "media-protected",
            Self::PlayerFailed => "player-failed",
        }
    }
}

/// What a load has to choose from. An index into `audio` or `subtitles` names a track.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tracks {
    pub video: Vec<Track>,
    pub audio: Vec<Track>,
    pub subtitles: Vec<Track>,
    /// The audio track heard and the subtitle track shown.
    pub audio_index: Option<usize>,
    pub subtitle_index: Option<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Track {
    /// The slug of [`codec_slug`](crate::codec::codec_slug); `None` for a bare stream.
    pub codec: Option<String>,
    /// ISO 639-1 where there is one: `ru`, `en`.
    pub language: Option<String>,
    pub title: Option<String>,
}
