//! What a title's own page shows beyond the title: people, pictures, videos, certifications,
//! relatives. Nothing here is searched or listed by, so it is not kept with the titles: the
//! services' answers in the HTTP cache are where it lives.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{External, Names, Title};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Details {
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub tagline: Names,
    /// The cast in billing order, then the crew.
    pub credits: Vec<Credit>,
    pub pictures: Vec<Picture>,
    pub videos: Vec<Video>,
    pub certifications: Vec<Certification>,
    pub studios: Vec<String>,
    pub seasons: Vec<Season>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub franchise: Option<Franchise>,
    /// Prequels, sequels, remakes and the like.
    pub relatives: Vec<Relative>,
    /// What the service would show to somebody who liked this.
    pub recommended: Vec<Title>,
}

impl Details {
    /// Takes from another what is missing here.
    pub fn complete(&mut self, more: Self) {
        fn fill<T>(list: &mut Vec<T>, more: Vec<T>) {
            if list.is_empty() {
                *list = more;
            }
        }
        if self.tagline.is_empty() {
            self.tagline = more.tagline;
        }
        fill(&mut self.credits, more.credits);
        fill(&mut self.pictures, more.pictures);
        fill(&mut self.videos, more.videos);
        fill(&mut self.certifications, more.certifications);
        fill(&mut self.studios, more.studios);
        fill(&mut self.seasons, more.seasons);
        fill(&mut self.relatives, more.relatives);
        fill(&mut self.recommended, more.recommended);
        self.franchise = self.franchise.take().or(more.franchise);
    }
}

/// One person's part in a title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Credit {
    pub person: Person,
    pub part: Part,
    /// The character of an actor, the job of somebody else: `Director`.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub role: Names,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = CreditPart)]
pub enum Part {
    Cast,
    Director,
    Writer,
    Composer,
    Creator,
    Crew,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// `tmdb:287`, `shikimori:1870`.
    pub key: String,
    pub names: Names,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo: Option<String>,
}

/// A person's own page.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonDetail {
    #[serde(flatten)]
    pub person: Person,
    pub biography: Names,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub born_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub died_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imdb: Option<String>,
    /// What the person is known by, the best known first.
    pub titles: Vec<Title>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Picture {
    pub kind: PictureKind,
    pub url: String,
    /// Of the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// ISO 639-1 of the text on it; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PictureKind {
    Poster,
    Backdrop,
    Still,
    Logo,
}

/// A trailer and the like, on somebody else's site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Video {
    pub kind: VideoKind,
    pub name: String,
    pub url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum VideoKind {
    Trailer,
    Teaser,
    Clip,
    Opening,
    Ending,
    Other,
}

/// What a country's board said: `RU` `16+`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Certification {
    pub country: String,
    pub label: String,
    /// The youngest viewer in years, where the label says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Season {
    /// 0 holds the specials.
    pub number: u32,
    pub names: Names,
    pub episode_count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poster: Option<String>,
}

/// A collection of films, or all that was made of one anime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Franchise {
    /// As in [`Facts::franchise`](crate::Facts::franchise).
    pub key: String,
    pub names: Names,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poster: Option<String>,
}

/// A title that hangs together with this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Relative {
    pub relation: Relation,
    pub names: Names,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    pub external: External,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    Prequel,
    Sequel,
    SideStory,
    ParentStory,
    Summary,
    FullStory,
    SpinOff,
    AlternativeVersion,
    AlternativeSetting,
    SharedCharacter,
    Other,
}
