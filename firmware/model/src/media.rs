//! What exists: titles, episodes, and how far somebody watched them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Details, EpisodeFacts, EpisodeId, Facts, Failure, Look, Status, TitleId, UnixMs};

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum TitleKind {
    Film,
    Series,
    Anime,
}

/// The languages of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    Ru,
    #[default]
    En,
}

/// The same text in the languages it is known in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Names {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ru: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

impl Names {
    /// The text for a reader of `language`, or the best there is; empty when nothing is known.
    pub fn best(&self, language: Language) -> &str {
        let (first, second) = match language {
            Language::Ru => (&self.ru, &self.en),
            Language::En => (&self.en, &self.original),
        };
        [first, second, &self.original, &self.en, &self.ru]
            .into_iter()
            .find_map(|name| name.as_deref().filter(|text| !text.is_empty()))
            .unwrap_or_default()
    }

    /// Every distinct text, for searching and matching.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.original, &self.en, &self.ru]
            .into_iter()
            .filter_map(|name| name.as_deref())
    }

    pub fn is_empty(&self) -> bool {
        self.all().next().is_none()
    }
}

/// TMDB numbers films and series apart: film 603 and series 603 are two titles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TmdbKind {
    Movie,
    Tv,
}

/// The same title elsewhere. Data, never keys of the store's own records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct External {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tmdb: Option<u64>,
    /// Which of TMDB's two countings `tmdb` is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tmdb_kind: Option<TmdbKind>,
    /// With its letters: `tt1727587`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imdb: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shikimori: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mal: Option<u64>,
    /// The name of a film in the built-in Open Movies catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
    /// The key of a title found in a local folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local: Option<String>,
    /// The id an addon gave it where none of the above is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addon: Option<String>,
    /// Entries of Shikimori, which counts every season as an anime of its own, that are parts of
    /// this title.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<SeasonEntry>,
}

/// An entry elsewhere that tells of some episodes of a title only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeasonEntry {
    pub season: u32,
    /// The number in the season of the entry's first episode.
    pub from: u32,
    pub shikimori: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mal: Option<u64>,
}

impl External {
    /// By which TMDB is asked; none where it isn't known of which counting the number is.
    pub fn tmdb_key(&self) -> Option<(TmdbKind, u64)> {
        self.tmdb_kind.zip(self.tmdb)
    }

    /// Whether both may be of one title: no service counts them as two.
    pub fn agrees_with(&self, other: &Self) -> bool {
        fn differ<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> bool {
            matches!((one, other), (Some(one), Some(other)) if one != other)
        }
        !(differ(&self.tmdb, &other.tmdb)
            || (self.tmdb.is_some()
                && other.tmdb.is_some()
                && differ(&self.tmdb_kind, &other.tmdb_kind))
            || differ(&self.imdb, &other.imdb)
            || differ(&self.shikimori, &other.shikimori)
            || differ(&self.mal, &other.mal)
            || differ(&self.open, &other.open)
            || differ(&self.local, &other.local)
            || differ(&self.addon, &other.addon))
    }

    /// Which part of this title another entry is.
    pub fn part(&self, other: &Self) -> Option<&SeasonEntry> {
        let shikimori = other.shikimori?;
        self.parts.iter().find(|part| part.shikimori == shikimori)
    }

    /// Takes out the id that one of the [`references`](Self::references) names.
    pub fn forget(&mut self, reference: &str) {
        let Some((service, id)) = reference.split_once(':') else {
            return;
        };
        let named = |number: Option<u64>| number.is_some_and(|number| number.to_string() == id);
        match service {
            "tmdb" => (self.tmdb, self.tmdb_kind) = (None, None),
            "imdb" => self.imdb = None,
            "shikimori" if named(self.shikimori) => self.shikimori = None,
            "shikimori" => self.parts.retain(|part| !named(Some(part.shikimori))),
            "mal" if named(self.mal) => self.mal = None,
            "mal" => self.parts.retain(|part| !named(part.mal)),
            "open" => self.open = None,
            "local" => self.local = None,
            "addon" => self.addon = None,
            _ => {}
        }
    }

    /// `service:id` texts, by which the store finds a title it already knows. The first is that of
    /// the service which tells of it.
    pub fn references(&self) -> Vec<String> {
        let mut references = Vec::new();
        let mut push = |service: &str, id: Option<String>| {
            references.extend(id.map(|id| format!("{service}:{id}")));
        };
        push(
            "tmdb",
            self.tmdb.map(|id| match self.tmdb_kind {
                Some(TmdbKind::Movie) => format!("movie/{id}"),
                Some(TmdbKind::Tv) => format!("tv/{id}"),
                None => id.to_string(),
            }),
        );
        push("shikimori", self.shikimori.map(|id| id.to_string()));
        push("mal", self.mal.map(|id| id.to_string()));
        push("imdb", self.imdb.clone());
        push("open", self.open.clone());
        push("local", self.local.clone());
        push("addon", self.addon.clone());
        for part in &self.parts {
            push("shikimori", Some(part.shikimori.to_string()));
            push("mal", part.mal.map(|id| id.to_string()));
        }
        references
    }
}

/// How the addresses of pictures begin that lie beside the films on a disk. Only the local library
/// makes them.
pub const DISK_PICTURES: &str = "/api/v1/pictures/disk.";

/// A film, series or anime of the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Title {
    pub id: TitleId,
    #[serde(rename = "type")]
    pub kind: TitleKind,
    #[serde(rename = "title")]
    pub names: Names,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// Genre slugs in English: `animation`, `science-fiction`.
    #[serde(default)]
    pub genres: Vec<String>,
    /// 0 to 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<f32>,
    /// An address or a path on the box.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poster: Option<String>,
    /// Known once the box has the poster; never kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poster_look: Option<Look>,
    #[serde(default)]
    pub overview: Names,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_minutes: Option<u32>,
    /// The licence of a freely licensed film: `CC BY 3.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    pub external: External,
    #[serde(flatten)]
    pub facts: Facts,
}

impl Title {
    /// Of which nothing is known but its names, under a new id.
    pub fn new(kind: TitleKind, names: Names) -> Self {
        Self {
            id: TitleId::new(),
            kind,
            names,
            year: None,
            genres: Vec::new(),
            rating: None,
            poster: None,
            poster_look: None,
            overview: Names::default(),
            runtime_minutes: None,
            licence: None,
            external: External::default(),
            facts: Facts::default(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Episode {
    pub id: EpisodeId,
    pub title_id: TitleId,
    /// 0 holds the specials.
    pub season: u32,
    pub number: u32,
    #[serde(rename = "title", default)]
    pub names: Names,
    #[serde(flatten)]
    pub facts: EpisodeFacts,
}

/// An episode as somebody tells of it, before it has an id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundEpisode {
    /// 0 holds the specials.
    pub season: u32,
    pub number: u32,
    pub names: Names,
    pub facts: EpisodeFacts,
}

impl FoundEpisode {
    /// Of which nothing else is known.
    pub fn numbered(season: u32, number: u32) -> Self {
        Self {
            season,
            number,
            ..Self::default()
        }
    }
}

/// How far somebody watched a title or an episode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    pub title_id: TitleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode_id: Option<EpisodeId>,
    pub position_ms: u64,
    pub duration_ms: u64,
    pub watched_at: UnixMs,
    pub finished: bool,
}

impl Progress {
    /// Watched to the end, or so close that only the credits are left.
    pub fn is_finished(position_ms: u64, duration_ms: u64) -> bool {
        duration_ms > 0 && position_ms.saturating_mul(100) >= duration_ms.saturating_mul(95)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EpisodeDetail {
    #[serde(flatten)]
    pub episode: Episode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
}

/// A title with what its page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TitleDetail {
    #[serde(flatten)]
    pub title: Title,
    pub episodes: Vec<EpisodeDetail>,
    /// The newest progress: of the film, or of the episode named in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// What the metadata services add; absent where none of them knows the title, or answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EpisodesPage {
    pub items: Vec<EpisodeDetail>,
    pub next: Option<String>,
}

/// An episode that is to come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UpcomingEpisode {
    pub title: Title,
    /// Counted as the service counts; absent where only the day is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    #[schema(value_type = u64)]
    pub at: UnixMs,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CalendarPage {
    /// In their order.
    pub items: Vec<UpcomingEpisode>,
    pub providers: Vec<ProviderStatus>,
}

/// The lists of the catalogue, each of which can be filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MediaList {
    /// Of this week.
    Trending,
    Popular,
    /// In the cinemas, on the air.
    New,
    /// The best rated.
    Top,
}

/// What `GET /api/v1/media/search` may ask for.
#[derive(
    Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema, utoipa::IntoParams,
)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SearchQuery {
    /// Words of the title, in any order; may be empty to list.
    pub q: String,
    #[serde(rename = "type")]
    pub kind: Option<TitleKind>,
    pub genre: Option<String>,
    pub year_from: Option<u16>,
    pub year_to: Option<u16>,
    pub rating_min: Option<f32>,
    /// Where it was made: ISO 3166-1, `RU`.
    pub country: Option<String>,
    pub status: Option<Status>,
    pub sort: Sort,
    /// From `next` of the page before.
    pub cursor: Option<String>,
    /// 1 to 100; 20 unless said.
    pub limit: Option<usize>,
}

/// In what order a list comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// What fits best first; by name when nothing was typed.
    #[default]
    Best,
    Popular,
    /// The best rated first.
    Rated,
    /// The newest year first.
    Newest,
    Name,
}

/// The genres of one kind of titles, by their slugs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GenresPage {
    /// The one with the most titles first.
    pub items: Vec<GenreCount>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GenreCount {
    /// A slug: `science-fiction`.
    pub id: String,
    /// How many titles of it the box knows; 0 where only a service has some.
    pub titles: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProviderState {
    Ok,
    Pending,
    Timeout,
    Error,
}

/// How one provider did in one search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderStatus {
    pub id: String,
    pub state: ProviderState,
    pub took_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SearchPage {
    pub items: Vec<Title>,
    pub providers: Vec<ProviderStatus>,
    pub next: Option<String>,
}

/// A metadata service, as the settings page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServiceStatus {
    /// `tmdb`, `shikimori`.
    pub id: String,
    pub state: ServiceState,
    /// Why it does not answer, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What the service's terms want to be shown where it is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ServiceState {
    /// Without a key, or by the owner's wish: it is never asked.
    Off,
    /// Not asked yet.
    Untried,
    Ok,
    /// The last question was not answered; what is kept is shown all the same.
    Failing,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ServicesPage {
    pub items: Vec<ServiceStatus>,
}

/// One row of the home page: `continue`, `open`, `local`; of the services `trending`, `films`,
/// `series`, `anime`; of an addon's list `addon:…`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HomeRow {
    pub id: String,
    /// What an addon calls its list; the others are called by their ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of what an addon's list is.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<TitleKind>,
    pub items: Vec<HomeItem>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HomeItem {
    pub title: Title,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<Episode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_name_follows_the_reader() {
        let names = Names {
            ru: Some("Синтел".into()),
            en: Some("Sintel".into()),
            original: None,
        };
        assert_eq!(names.best(Language::Ru), "Синтел");
        assert_eq!(names.best(Language::En), "Sintel");
        let only_original = Names {
            original: Some("君の名は。".into()),
            ..Names::default()
        };
        assert_eq!(only_original.best(Language::Ru), "君の名は。");
        assert_eq!(Names::default().best(Language::Ru), "");
    }

    #[test]
    fn a_title_of_an_older_release_is_read_and_says_no_more_than_it_knows() {
        let old = r#"{"id":"ttl_0193a3f2b1c47d3e8f00112233445566","type":"film",
            "title":{"en":"Sintel"},"external":{"tmdb":45745}}"#;
        let title: Title = serde_json::from_str(old).unwrap();
        assert_eq!(title.facts, Facts::default());
        assert_eq!(title.external.references(), ["tmdb:45745"]);
        let new = serde_json::to_value(&title).unwrap();
        let keys: Vec<_> = new.as_object().unwrap().keys().cloned().collect();
        assert_eq!(
            keys,
            ["external", "genres", "id", "overview", "title", "type"]
        );
    }

    #[test]
    fn a_film_and_a_series_of_one_number_are_two_titles() {
        let of = |tmdb_kind| External {
            tmdb: Some(603),
            tmdb_kind,
            ..External::default()
        };
        assert_eq!(of(Some(TmdbKind::Movie)).references(), ["tmdb:movie/603"]);
        assert_eq!(of(Some(TmdbKind::Tv)).references(), ["tmdb:tv/603"]);
    }

    #[test]
    fn a_film_is_finished_at_its_credits() {
        assert!(Progress::is_finished(95_000, 100_000));
        assert!(!Progress::is_finished(94_999, 100_000));
        assert!(
            !Progress::is_finished(0, 0),
            "an unknown length is never finished"
        );
    }
}
