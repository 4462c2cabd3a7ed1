//! Subtitles: those that lie inside a film, and those in files of their own, whoever has them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Failure;

/// Subtitles that can be chosen, as everybody sees them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct SubtitleTrack {
    /// Names them within their session.
    pub id: String,
    /// ISO 639-1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Only what is foreign in the film itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forced: bool,
    /// With the sounds in words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hearing_impaired: bool,
}

impl SubtitleTrack {
    /// The id of those inside the film, in the order in which the screen finds them.
    pub fn inside(index: usize) -> String {
        format!("inside-{index}")
    }

    /// How near they are to others that were chosen; nothing where they are of no use instead.
    fn likeness(&self, other: &Self) -> Option<u8> {
        if self.language != other.language || self.forced != other.forced {
            return None;
        }
        let marks = [
            self.id == other.id,
            self.hearing_impaired == other.hearing_impaired,
            self.label == other.label,
        ];
        Some(marks.into_iter().map(u8::from).sum())
    }

    /// Which of `all` stand for these in another file of the film.
    pub(crate) fn like<'a>(&self, all: impl Iterator<Item = &'a Self>) -> Option<&'a Self> {
        all.filter_map(|one| Some((self.likeness(one)?, one)))
            .reduce(|best, one| if one.0 > best.0 { one } else { best })
            .map(|(_, one)| one)
    }
}

/// Subtitles in a file of their own, for the screen that plays the film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutsideTrack {
    #[serde(flatten)]
    pub track: SubtitleTrack,
    /// A path on the box that answers with WebVTT, whatever the file is. It ends with the session.
    pub url: String,
    /// Of a film in several files: to which one they belong, from 0.
    #[serde(skip)]
    pub piece: Option<u32>,
}

/// A search for subtitles elsewhere, as far as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct SubtitleSearch {
    pub running: bool,
    /// How many were found elsewhere.
    pub found: u32,
    /// Who could not be asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<ProviderFailure>,
}

/// Why a provider could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderFailure {
    /// `opensubtitles`
    pub provider: String,
    #[serde(flatten)]
    pub failure: Failure,
}
