//! Titles and episodes as an addon lists them.

use hearth_model::{EpisodeFacts, External, FoundEpisode, Names, Title, TitleKind, TmdbKind};
use serde::Deserialize;
use serde_json::Value;

use crate::{Error, text, torrent};

const MOST_TITLES: usize = 200;
const MOST_EPISODES: usize = 5000;
const LONGEST_NAME: usize = 300;

/// An episode an addon listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub episode: FoundEpisode,
    /// What the addon calls it when asked for streams.
    pub video_id: String,
}

#[derive(Deserialize)]
struct Meta {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(default)]
    poster: Value,
    #[serde(default)]
    description: Value,
    /// `2010`, `2010-2014`, `2010–`; some give a number.
    #[serde(default, rename = "releaseInfo")]
    release_info: Value,
    #[serde(default)]
    year: Value,
    #[serde(default, rename = "imdbRating")]
    rating: Value,
    #[serde(default)]
    imdb_id: Value,
    #[serde(default)]
    genres: Value,
}

#[derive(Deserialize)]
struct Video {
    id: String,
    #[serde(default)]
    title: Value,
    #[serde(default)]
    name: Value,
    season: u32,
    // Some write both names of a thing: they are no aliases.
    #[serde(default)]
    episode: Option<u32>,
    #[serde(default)]
    number: Option<u32>,
    #[serde(default)]
    released: Value,
    #[serde(default)]
    overview: Value,
    #[serde(default)]
    description: Value,
    #[serde(default)]
    thumbnail: Value,
}

/// `{metas: […]}`; what is no readable title is left out. Whoever keeps titles decides whether one
/// is known already, and gives it its id.
pub(super) fn titles(answer: &Value) -> Vec<Title> {
    let metas = answer.get("metas").and_then(Value::as_array);
    metas
        .into_iter()
        .flatten()
        .take(MOST_TITLES)
        .filter_map(|meta| title(Meta::deserialize(meta).ok()?))
        .collect()
}

pub fn read_metas(text: &str) -> Result<(Vec<Title>, Vec<Listed>), Error> {
    let answer = serde_json::from_str(text).map_err(|source| Error::Addon {
        what: "catalogue",
        source,
    })?;
    Ok((titles(&answer), episodes(&answer)))
}

/// `{meta: {…}}`: one title.
pub(super) fn meta(answer: &Value) -> Option<Title> {
    title(Meta::deserialize(answer.get("meta")?).ok()?)
}

/// `{meta: {videos: […]}}`.
pub(super) fn episodes(answer: &Value) -> Vec<Listed> {
    let videos = answer.pointer("/meta/videos").and_then(Value::as_array);
    videos
        .into_iter()
        .flatten()
        .take(MOST_EPISODES)
        .filter_map(|video| {
            let video = Video::deserialize(video).ok()?;
            let name = word(&video.title).or_else(|| word(&video.name));
            let told = [&video.overview, &video.description];
            Some(Listed {
                episode: FoundEpisode {
                    names: name.map(|name| named(&name)).unwrap_or_default(),
                    facts: EpisodeFacts {
                        overview: overview(told.into_iter().find(|told| told.is_string())),
                        released_on: word(&video.released).and_then(|text| day(&text)),
                        still: word(&video.thumbnail).filter(|still| torrent::is_http(still)),
                        ..EpisodeFacts::default()
                    },
                    ..FoundEpisode::numbered(video.season, video.episode.or(video.number)?)
                },
                video_id: video.id,
            })
        })
        .collect()
}

fn title(meta: Meta) -> Option<Title> {
    let name = text::tidy(&meta.name, LONGEST_NAME);
    let kind = match meta.kind.as_str() {
        "movie" => TitleKind::Film,
        "series" => TitleKind::Series,
        "anime" => TitleKind::Anime,
        _ => return None,
    };
    if name.is_empty() || meta.id.is_empty() || meta.id.len() > 200 {
        return None;
    }
    let year = word(&meta.release_info).or_else(|| word(&meta.year));
    let rating = word(&meta.rating).and_then(|text| text.parse::<f32>().ok());
    let genres = meta
        .genres
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    Some(Title {
        year: year.as_deref().and_then(text::year),
        genres: genres
            .take(20)
            .map(slug)
            .filter(|slug| !slug.is_empty())
            .collect(),
        rating: rating.filter(|rating| (0.0..=10.0).contains(rating)),
        poster: word(&meta.poster).filter(|poster| torrent::is_http(poster)),
        overview: overview(Some(&meta.description)),
        external: external(&meta.id, kind, word(&meta.imdb_id).as_deref()),
        ..Title::new(kind, named(&name))
    })
}

fn overview(value: Option<&Value>) -> Names {
    let text = value.and_then(Value::as_str);
    text.map(|text| named(&text::tidy(text, 4000)))
        .unwrap_or_default()
}

/// `2010-09-27T00:00:00.000Z` → `2010-09-27`.
fn day(text: &str) -> Option<String> {
    let day = text.get(..10)?;
    let is_day = day.char_indices().all(|(at, c)| match at {
        4 | 7 => c == '-',
        _ => c.is_ascii_digit(),
    });
    is_day.then(|| day.to_owned())
}

/// A text or a number, as a text of one line.
fn word(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text::tidy(text, 2000),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Addons don't say the language of a name; its letters do.
fn named(name: &str) -> Names {
    let cyrillic = name.chars().any(|c| matches!(c, '\u{400}'..='\u{52f}'));
    let text = (!name.is_empty()).then(|| name.to_owned());
    if cyrillic {
        Names {
            ru: text,
            ..Names::default()
        }
    } else {
        Names {
            en: text,
            ..Names::default()
        }
    }
}

fn slug(genre: &str) -> String {
    let words: Vec<String> = genre
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    text::tidy(&words.join("-"), 40)
}

fn external(id: &str, kind: TitleKind, imdb: Option<&str>) -> External {
    let imdb_id = |text: &str| {
        let is_one = text.starts_with("tt") && text::imdb_number(text).is_some();
        is_one.then(|| text.to_owned())
    };
    let mut external = External {
        imdb: imdb_id(id).or_else(|| imdb.and_then(imdb_id)),
        ..External::default()
    };
    match id.split_once(':') {
        Some(("tmdb", number)) => {
            external.tmdb = number.parse().ok();
            external.tmdb_kind = match kind {
                TitleKind::Film => Some(TmdbKind::Movie),
                TitleKind::Series => Some(TmdbKind::Tv),
                TitleKind::Anime => None,
            };
        }
        Some(("mal", number)) => external.mal = number.parse().ok(),
        Some(("shikimori", number)) => external.shikimori = number.parse().ok(),
        _ => {}
    }
    let is_known = imdb_id(id).is_some()
        || external.tmdb.is_some()
        || external.mal.is_some()
        || external.shikimori.is_some();
    if !is_known {
        external.addon = Some(id.to_owned());
    }
    external
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_read_one_by_one() {
        let (titles, _) = read_metas(
            r#"{"metas": [
                {"id": "tt1727587", "type": "movie", "name": "Sintel", "poster": "https://p.example/1.jpg",
                 "releaseInfo": "2010", "imdbRating": "7.5", "genres": ["Animation", "Sci-Fi & Fantasy"]},
                {"id": "kitsu:7", "type": "series", "name": "Ковбой Бибоп", "releaseInfo": "1998-1999", "imdb_id": "tt0213338", "poster": "file:///etc/passwd"},
                {"id": "tmdb:45745", "type": "movie", "name": "Sintel", "year": 2010, "imdbRating": 99},
                {"id": 5, "type": "movie", "name": "no text id"},
                {"id": "x", "type": "channel", "name": "no film"},
                {"id": "x", "type": "movie", "name": "  "},
                null, 5, "x"]}"#,
        )
        .unwrap();
        assert_eq!(titles.len(), 3);
        assert_eq!(titles[0].external.imdb.as_deref(), Some("tt1727587"));
        assert_eq!(titles[0].external.addon, None);
        assert_eq!(titles[0].year, Some(2010));
        assert_eq!(titles[0].rating, Some(7.5));
        assert_eq!(titles[0].genres, ["animation", "sci-fi-fantasy"]);
        assert_eq!(titles[1].names.ru.as_deref(), Some("Ковбой Бибоп"));
        assert_eq!(titles[1].external.addon.as_deref(), Some("kitsu:7"));
        assert_eq!(titles[1].external.imdb.as_deref(), Some("tt0213338"));
        assert_eq!(titles[1].poster, None);
        assert_eq!(titles[2].external.tmdb, Some(45745));
        assert_eq!(titles[2].year, Some(2010));
        assert_eq!(titles[2].rating, None);
    }

    #[test]
    fn episodes_keep_the_addons_own_names() {
        let (_, episodes) = read_metas(
            r#"{"meta": {"videos": [
                {"id": "kitsu:7:1", "title": "Asteroid Blues", "season": 1, "episode": 1,
                 "released": "1998-10-24T00:00:00.000Z", "overview": "Spike", "thumbnail": "https://p.example/1.jpg"},
                {"id": "kitsu:7:2", "name": "Stray Dog Strut", "season": 1, "number": 2},
                {"id": "tt1:1:3", "name": "Both", "season": 1, "number": 3, "episode": 3,
                 "overview": "One", "description": "Two"},
                {"id": "trailer"}, {"id": "neg", "season": -1, "episode": 1}]}}"#,
        )
        .unwrap();
        let ids: Vec<_> = episodes
            .iter()
            .map(|episode| episode.video_id.as_str())
            .collect();
        assert_eq!(ids, ["kitsu:7:1", "kitsu:7:2", "tt1:1:3"]);
        let facts = &episodes[0].episode.facts;
        assert_eq!(facts.released_on.as_deref(), Some("1998-10-24"));
        assert_eq!(facts.overview.en.as_deref(), Some("Spike"));
        assert_eq!(facts.still.as_deref(), Some("https://p.example/1.jpg"));
        assert_eq!(
            episodes[1].episode.names.en.as_deref(),
            Some("Stray Dog Strut")
        );
    }
}
