//! Why a command is not carried out.

use crate::Slug;

/// Why a command was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("this session is no longer there; open the title again")]
    NoSession,
    #[error("the session has moved on since; look at where it is now and seek again")]
    StaleRevision,
    #[error("seek needs `position_ms`, set_volume needs `volume` from 0 to 100")]
    MissingValue,
    #[error("nothing plays: the session has ended or no source works; choose Play again")]
    NothingPlays,
    #[error("there is no other source for this title")]
    NoOtherSource,
    #[error("these subtitles are not there; choose others")]
    NoSuchSubtitles,
    #[error("no provider of subtitles is set up: add OpenSubtitles with a key of your own")]
    NoSubtitleProvider,
}

impl Refusal {
    pub fn slug(self) -> Slug {
        match self {
            Self::NoSession => Slug::SessionUnknown,
            Self::StaleRevision => Slug::StaleRevision,
            Self::MissingValue => Slug::ValueMissing,
            Self::NothingPlays => Slug::NothingPlays,
            Self::NoOtherSource => Slug::NoOtherSource,
            Self::NoSuchSubtitles => Slug::SubtitlesUnknown,
            Self::NoSubtitleProvider => Slug::NoSubtitleProvider,
        }
    }
}
