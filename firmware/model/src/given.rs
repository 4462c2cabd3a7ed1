//! What people give: an address, a magnet or a file, kept as a source of a title.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Caller, EpisodeId, GivenId, Source, Title, UnixMs};

/// One thing to play that a person gave, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// All of a list has one id.
    pub id: GivenId,
    /// Its place in the list that was given; 0 where it came alone.
    pub number: u32,
    /// What was given, as it is called: of a list the list's name.
    pub called: String,
    pub by: Caller,
    /// What whoever gave it was called then; none of the TV.
    pub by_name: Option<String>,
    pub at: UnixMs,
    /// With an episode only where a person said which one it is: else its name tells. What the name
    /// tells is not kept.
    pub source: Source,
    /// The films in it, where it is known to be a torrent with several.
    pub files: Vec<GivenFile>,
}

/// A film in a torrent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenFile {
    pub index: usize,
    /// Below the torrent's folder, with `/` between the names.
    pub path: String,
    pub size_bytes: u64,
}

/// What a person gave, as everybody at home sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GivenView {
    pub id: GivenId,
    /// As it is called where it came from.
    pub name: String,
    pub at: UnixMs,
    /// Who gave it, by the name they had then; absent for the TV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Whether the caller may remove it.
    pub removable: bool,
    /// What it is a source of.
    pub titles: Vec<Title>,
}

/// The newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GivenPage {
    pub items: Vec<GivenView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What became of something that was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GivenAnswer {
    pub given: GivenView,
    /// Entries of a list that were left out: they do not play, are not of the title, or are too many.
    pub left_out: u32,
    /// The one episode that it is of, where it is of one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode_id: Option<EpisodeId>,
}
