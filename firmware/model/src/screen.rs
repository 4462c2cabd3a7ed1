//! Screens: what shows the picture, what it can decode, what it is told and what it reports.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{LoadId, Names, OutsideTrack, Piece, ScreenId, SessionId, Slug, Stream, SubtitleTrack};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScreenKind {
    Tv,
    Browser,
}

/// What a screen can show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ScreenAbilities {
    /// Lines of the largest picture it plays smoothly.
    pub max_height: u32,
    /// Codec slugs it decodes: `h264`, `h265`, `av1`, `vp9`, `mpeg4`, `mpeg2`.
    pub video_codecs: Vec<String>,
    pub hdr: bool,
    pub hls: bool,
    pub dash: bool,
}

impl Default for ScreenAbilities {
    fn default() -> Self {
        Self {
            max_height: 2160,
            video_codecs: ["h264", "h265", "av1", "vp9", "vp8", "mpeg4", "mpeg2"]
                .map(String::from)
                .to_vec(),
            hdr: false,
            hls: true,
            dash: true,
        }
    }
}

/// A screen as everybody sees it, with the page it shows so that remotes stay in step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScreenInfo {
    pub id: ScreenId,
    pub name: String,
    pub kind: ScreenKind,
    pub connected: bool,
    /// `home`, `search`, `title`, `player`, `pairing`, …; absent before the first word of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// The text of its focused text field; absent when none has the focus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default)]
    pub abilities: ScreenAbilities,
}

/// What the daemon tells a screen. `load_id` comes back in every report of that load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum ScreenCommand {
    Load {
        session_id: SessionId,
        load_id: LoadId,
        stream: Stream,
        start_ms: u64,
        paused: bool,
        /// 0 to 100.
        volume: u8,
        /// What the overlay shows.
        title: Names,
        /// Of an episode.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        season: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<u32>,
        /// Of a film in several files: what of it this stream holds. `start_ms`, and every
        /// position that is told and reported, counts by the whole film.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        piece: Option<Piece>,
        /// Subtitles in files of their own.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        outside: Vec<OutsideTrack>,
        /// The id of the subtitles to show.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subtitles: Option<String>,
    },
    /// Show these subtitles, or none.
    Subtitles {
        load_id: LoadId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subtitles: Option<String>,
    },
    /// These are the subtitles in files of their own from now on: some were found elsewhere.
    Outside {
        load_id: LoadId,
        outside: Vec<OutsideTrack>,
    },
    Play {
        load_id: LoadId,
    },
    Pause {
        load_id: LoadId,
    },
    Seek {
        load_id: LoadId,
        position_ms: u64,
    },
    SetVolume {
        load_id: LoadId,
        volume: u8,
    },
    Stop {
        load_id: LoadId,
    },
}

/// Why a load ended without being watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// A [`Slug`]; kept as text, because screens of other versions say it too.
    #[schema(value_type = Slug)]
    pub reason: String,
    /// A sentence for people.
    pub detail: String,
}

impl Failure {
    pub fn new(reason: Slug, detail: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            detail: detail.into(),
        }
    }
}

/// What a screen says of a load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "report", rename_all = "snake_case")]
pub enum LoadReport {
    /// The first picture is ready.
    Prerolled {
        duration_ms: Option<u64>,
    },
    /// The subtitles that lie inside the film, before the first picture. Their ids are of no
    /// account: `inside-0` is the first.
    Inside {
        subtitles: Vec<SubtitleTrack>,
    },
    Playing {
        position_ms: u64,
    },
    Paused {
        position_ms: u64,
    },
    Buffering {
        percent: u8,
    },
    /// Where it is, about once a second.
    Position {
        position_ms: u64,
        duration_ms: Option<u64>,
        /// Up to where the film is loaded.
        buffered_ms: Option<u64>,
    },
    Ended,
    Failed(Failure),
}

impl LoadReport {
    /// How long the film is, where the report says.
    pub fn duration(&self) -> Option<Duration> {
        match self {
            Self::Prerolled { duration_ms } | Self::Position { duration_ms, .. } => {
                duration_ms.map(Duration::from_millis)
            }
            _ => None,
        }
    }
}
