//! What is known of a title or an episode beside its name: what lists filter and sort by, and what
//! a merge is judged by.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Names, UnixMs};

/// How a picture looks from afar, to be shown in the moment before it is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub struct Look {
    /// `#aabbcc`: the colour that most of it is near, vivid ones before grey ones.
    pub colour: String,
    /// A [ThumbHash](https://evanw.github.io/thumbhash/) in Base64: the picture in some twenty
    /// bytes.
    pub preview: String,
}

/// Whether a title is out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[schema(as = TitleStatus)]
pub enum Status {
    /// Named or in the making.
    Announced,
    /// More episodes are to come.
    Ongoing,
    /// A film that is out, a series that has ended.
    Released,
    /// Ended before its time, or never made.
    Cancelled,
}

/// In what form a title comes. The kind says what it is (`anime`), this says how it is watched.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Film,
    Series,
    /// Anime made for discs.
    Ova,
    /// Anime made for the network.
    Ona,
    Special,
    /// A music video, an opening, an advertisement.
    Clip,
}

/// What lists of titles filter and sort by. Everything may be unknown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Facts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Where it was made: ISO 3166-1, `RU`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// The first release or episode: `2010-09-27`, or the part of it that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_on: Option<String>,
    /// On the scale of the service that gave the rating; compares titles of one service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub popularity: Option<f32>,
    /// How many people stand behind the rating.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub votes: Option<u32>,
    /// The youngest viewer it is meant for, in years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
    /// Addons for adults alone know it: it is shown to profiles that allow them, and to no others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adult: bool,
    /// A wide picture: an address or a path on the box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backdrop: Option<String>,
    /// Known once the box has the backdrop; never kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backdrop_look: Option<Look>,
    /// Other names it goes by, to be searched and matched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The key of the franchise or collection it belongs to: `tmdb:2794`, `shikimori:naruto`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub franchise: Option<String>,
    /// Episodes in all, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode_count: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episodes_out: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub next_episode_at: Option<UnixMs>,
}

/// What is known of an episode beside its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EpisodeFacts {
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub overview: Names,
    /// `2010-09-27`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_minutes: Option<u32>,
    /// A picture of it: an address or a path on the box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub still: Option<String>,
    /// Known once the box has the still; never kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub still_look: Option<Look>,
}
