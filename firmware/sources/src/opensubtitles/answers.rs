//! What OpenSubtitles answers, read entry by entry: one bad entry never spoils the rest.

use hearth_model::TitleKind;
use serde::Deserialize;
use serde_json::Value;

use crate::{Error, Query, SubtitleFind, SubtitleFormat, SubtitleMatch, SubtitlePlace, text};

const MOST_FINDS: usize = 200;
const LONGEST_NAME: usize = 300;

#[derive(Deserialize)]
struct Attributes {
    language: Option<String>,
    #[serde(default)]
    release: Option<String>,
    #[serde(default)]
    download_count: Option<u32>,
    #[serde(default)]
    fps: Option<f32>,
    #[serde(default)]
    hearing_impaired: Option<bool>,
    #[serde(default)]
    foreign_parts_only: Option<bool>,
    #[serde(default)]
    from_trusted: Option<bool>,
    #[serde(default)]
    ai_translated: Option<bool>,
    #[serde(default)]
    machine_translated: Option<bool>,
    #[serde(default)]
    moviehash_match: Option<bool>,
    #[serde(default)]
    feature_details: Feature,
    #[serde(default)]
    files: Vec<File>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Feature {
    #[serde(rename = "feature_type")]
    kind: Option<String>,
    year: Option<u16>,
    title: Option<String>,
    imdb_id: Option<u64>,
    tmdb_id: Option<u64>,
    season_number: Option<u32>,
    episode_number: Option<u32>,
    parent_imdb_id: Option<u64>,
    parent_tmdb_id: Option<u64>,
    parent_title: Option<String>,
}

#[derive(Deserialize)]
struct File {
    file_id: u64,
    #[serde(default)]
    file_name: Option<String>,
}

/// `{data: [{attributes: {…}}]}`: those of the title that is looked for.
pub(super) fn finds(answer: &Value, query: &Query, provider: &str) -> Vec<SubtitleFind> {
    let entries = answer.get("data").and_then(Value::as_array);
    entries
        .into_iter()
        .flatten()
        .filter_map(|entry| find(entry, query, provider))
        .take(MOST_FINDS)
        .collect()
}

fn find(entry: &Value, query: &Query, provider: &str) -> Option<SubtitleFind> {
    let attributes = Attributes::deserialize(entry.get("attributes")?).ok()?;
    // A film cut into parts for discs is no film here.
    let [file] = &attributes.files[..] else {
        return None;
    };
    let matched = matched(&attributes, query)?;
    let of_file = file.file_name.as_deref().unwrap_or_default();
    let name = [attributes.release.as_deref().unwrap_or_default(), of_file]
        .into_iter()
        .map(|name| text::tidy(name, LONGEST_NAME))
        .find(|name| !name.is_empty())
        .unwrap_or_default();
    Some(SubtitleFind {
        provider: provider.to_owned(),
        id: file.file_id.to_string(),
        language: attributes
            .language
            .as_deref()
            .and_then(hearth_release::language)
            .map(ToOwned::to_owned),
        format: SubtitleFormat::of_name(of_file),
        name,
        matched,
        downloads: attributes.download_count,
        trusted: attributes.from_trusted == Some(true),
        hearing_impaired: attributes.hearing_impaired == Some(true),
        machine_translated: attributes.ai_translated == Some(true)
            || attributes.machine_translated == Some(true),
        forced: attributes.foreign_parts_only == Some(true),
        frames_per_second: attributes.fps.filter(|fps| *fps > 1.0),
        place: SubtitlePlace::OpenSubtitles(file.file_id),
    })
}

/// How an entry is of the title; none where it is of another. A hash vouches for the file, but
/// files of one hash were told to be of several titles: what is plainly another one is not taken.
fn matched(attributes: &Attributes, query: &Query) -> Option<SubtitleMatch> {
    let feature = &attributes.feature_details;
    let is = |kind: &str| {
        let told = feature.kind.as_deref();
        told.is_some_and(|told| told.eq_ignore_ascii_case(kind))
    };
    let (imdb, tmdb, name) = if let Some(episode) = &query.episode {
        let other = |told: Option<u32>, wanted: u32| told.is_some_and(|told| told != wanted);
        if is("movie")
            || other(feature.season_number, episode.season)
            || other(feature.episode_number, episode.number)
        {
            return None;
        }
        (
            feature.parent_imdb_id,
            feature.parent_tmdb_id,
            feature.parent_title.as_deref(),
        )
    } else {
        if is("episode") && query.title.kind == TitleKind::Film {
            return None;
        }
        (feature.imdb_id, feature.tmdb_id, feature.title.as_deref())
    };
    let external = &query.title.external;
    let wanted_imdb = query.imdb().and_then(text::imdb_number);
    let agree = |one: Option<u64>, other: Option<u64>| Some(one? == other?);
    let by_id = agree(imdb, wanted_imdb).or_else(|| agree(tmdb, external.tmdb));
    match by_id {
        Some(false) => None,
        _ if attributes.moviehash_match == Some(true) => Some(SubtitleMatch::Hash),
        Some(true) => Some(SubtitleMatch::Id),
        None => {
            let same_name = name.is_some_and(|name| is_called(query, name));
            // A later season has a year of its own.
            let same_year = query.episode.is_some()
                || feature
                    .year
                    .zip(query.title.year)
                    .is_none_or(|(told, wanted)| told.abs_diff(wanted) <= 1);
            (same_name && same_year).then_some(SubtitleMatch::Name)
        }
    }
}

fn is_called(query: &Query, name: &str) -> bool {
    let key = hearth_release::normalize(name);
    let wanted = query.wanted().names;
    wanted
        .into_iter()
        .any(|wanted| hearth_release::normalize(wanted) == key)
}

/// How many downloads are left.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Quota {
    pub remaining: u32,
    /// When it is filled up again, in the service's words: `2026-11-30T00:00:00Z`.
    pub resets: Option<String>,
}

/// What a download was answered with.
pub(super) struct Download {
    pub(super) link: Option<String>,
    pub(super) quota: Option<Quota>,
    pub(super) message: String,
}

pub(super) fn download(answer: &Value) -> Download {
    let text = |name: &str| {
        let text = answer.get(name).and_then(Value::as_str);
        text.map(|text| text::tidy(text, 200))
            .filter(|text| !text.is_empty())
    };
    // Below zero where nothing was left before.
    let remaining = answer.get("remaining").and_then(Value::as_i64);
    Download {
        link: answer
            .get("link")
            .and_then(Value::as_str)
            .map(ToOwned::to_owned),
        quota: remaining.map(|remaining| Quota {
            remaining: u32::try_from(remaining.max(0)).unwrap_or(u32::MAX),
            resets: text("reset_time_utc").or_else(|| text("reset_time")),
        }),
        message: text("message").unwrap_or_default(),
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(bytes).map_err(|_| Error::Other {
        text: "OpenSubtitles gave no readable answer: check its address, or try again later"
            .to_owned(),
    })
}
