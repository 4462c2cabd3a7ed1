//! What a video is, from its name and the names of the folders around it. Pure: a table of paths
//! is its test.

use std::path::Path;

use hearth_model::{Release, TitleKind};
use hearth_release::{normalize, parse};
use jiff::civil::Date;

use super::{marks, names, parts::is_disc, title::TESTCARD_KEY};

/// A video with its place in the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    pub kind: TitleKind,
    /// The same for every file of the title, as long as its name stays.
    pub key: String,
    /// The first is the title as its owner wrote it.
    pub names: Vec<String>,
    pub year: Option<u16>,
    pub season: Option<u32>,
    pub episodes: Vec<u32>,
    /// The day on which the episode was shown, where that is how its series counts.
    pub day: Option<Date>,
    pub release: Release,
}

/// The folders around a file, as far as they say something.
struct Around {
    /// From a folder that is nothing but a season (`Season 1`, `Specials`).
    season: Option<u32>,
    /// The nearest folder with a title.
    named: Option<Release>,
    /// That folder is the one the file lies in.
    near: bool,
}

/// `relative` goes from the scanned folder to the file; `alone` tells that it is the only video in
/// its folder.
pub fn recognise(relative: &Path, alone: bool) -> Recognised {
    let parts: Vec<String> = relative
        .iter()
        .map(|part| marks::without_ids(&part.to_string_lossy()))
        .collect();
    let Some((name, folders)) = parts.split_last() else {
        return film(&[], None, Release::default());
    };
    let mut release = parse(name);
    if folders.is_empty() && name == "testcard.mkv" {
        return Recognised {
            key: TESTCARD_KEY.to_owned(),
            ..film(&[], None, release)
        };
    }
    let stem = names::split(name).0;
    let first_number = leading_number(stem);
    let around = around(folders, first_number.is_some() || is_numbered(&release));
    if let Some(folder) = folders.last() {
        inherit(&mut release, &parse(folder));
    }
    if let Some(named) = &around.named {
        inherit(&mut release, named);
    }
    let in_season = around.season.is_some()
        || around
            .named
            .as_ref()
            .is_some_and(|named| !named.seasons.is_empty());
    let counted = (release.seasons.is_empty() && release.episodes.is_empty())
        .then_some(first_number)
        .flatten()
        .filter(|number| {
            let bare = stem.bytes().all(|byte| byte.is_ascii_digit());
            release.absolute_episodes == [*number]
                || (release.absolute_episodes.is_empty()
                    && (in_season || (bare && stem.starts_with('0') && around.named.is_some())))
        });
    let numbered = counted.is_some() || is_numbered(&release);
    let named = around.named.as_ref().and_then(|one| one.title.as_deref());
    // A lone film may have a day in its name too.
    let of_series = in_season
        || (named.is_some() && named.map(normalize) == release.title.as_deref().map(normalize));
    let day = (!numbered && of_series).then(|| marks::day(stem)).flatten();
    if numbered || in_season || day.is_some() {
        episode(stem, release, around, counted, day)
    } else {
        let Around { named, near, .. } = around;
        film_of(stem, release, named, alone && near)
    }
}

fn is_numbered(release: &Release) -> bool {
    !(release.seasons.is_empty()
        && release.episodes.is_empty()
        && release.absolute_episodes.is_empty())
}

/// `07`, `07 - Name`, `7. Name`: at most three digits before anything else.
fn leading_number(stem: &str) -> Option<u32> {
    let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
    let parted = stem[digits..]
        .chars()
        .next()
        .is_none_or(|letter| !letter.is_alphanumeric());
    (parted && (1..=3).contains(&digits))
        .then(|| stem[..digits].parse().ok())
        .flatten()
}

fn around(folders: &[String], numbered: bool) -> Around {
    let mut season = None;
    for (above, folder) in folders.iter().rev().enumerate() {
        if is_disc(folder) {
            continue;
        }
        let lower = folder.to_lowercase();
        let specials = matches!(
            lower.as_str(),
            "specials" | "special" | "ova" | "спешлы" | "спецвыпуски" | "спешиалы"
        );
        let read = parse(folder);
        // A folder `2` in a folder with a name, with numbered files in it.
        let last = above + 1 == folders.len();
        let bare = folder
            .parse::<u32>()
            .ok()
            .filter(|number| *number < 60 && numbered && !last);
        if specials && !last {
            season = season.or(Some(0));
        } else if bare.is_some() {
            season = season.or(bare);
        } else if read.title.is_none() {
            if let [only] = read.seasons[..] {
                season = season.or(Some(only));
            }
        } else {
            return Around {
                season,
                named: Some(read),
                near: above == 0,
            };
        }
    }
    Around {
        season,
        named: None,
        near: false,
    }
}

fn episode(
    stem: &str,
    mut release: Release,
    around: Around,
    counted: Option<u32>,
    day: Option<Date>,
) -> Recognised {
    if day.is_some() {
        // Of the episode, not of the series.
        release.year = None;
    }
    let own_title = release.title.clone().filter(|_| counted.is_none());
    let folder_first = around.season.is_some() || own_title.is_none();
    let mut names: Vec<String> = Vec::new();
    let mut year = None;
    let mut add = |release: &Release, titled: bool| {
        if titled {
            names.extend(release.title.clone());
            names.extend(release.alternative_titles.iter().cloned());
        }
    };
    match &around.named {
        Some(named) if folder_first => {
            add(named, true);
            year = named.year;
            add(&release, own_title.is_some());
        }
        named => {
            add(&release, own_title.is_some());
            if let Some(named) = named
                && named.title.as_deref().map(normalize) == own_title.as_deref().map(normalize)
            {
                add(named, true);
                year = named.year;
            }
        }
    }
    if names.is_empty() {
        names.push(release.title.clone().unwrap_or_else(|| stem.to_owned()));
    }
    let fansub =
        release.group.is_some() && !release.absolute_episodes.is_empty() && counted.is_none();
    let season_of_folder = around
        .named
        .as_ref()
        .and_then(|named| match named.seasons[..] {
            [only] => Some(only),
            _ => None,
        });
    let season = release
        .seasons
        .first()
        .copied()
        .or(around.season)
        .or(season_of_folder)
        .or(day.map(|day| u32::from(day.year().unsigned_abs())))
        .unwrap_or(1);
    let episodes = match (counted, day) {
        (Some(number), _) => vec![number],
        (None, Some(day)) => {
            vec![u32::from(day.month().unsigned_abs()) * 100 + u32::from(day.day().unsigned_abs())]
        }
        (None, None) if release.episodes.is_empty() => release.absolute_episodes.clone(),
        (None, None) => release.episodes.clone(),
    };
    Recognised {
        kind: if fansub {
            TitleKind::Anime
        } else {
            TitleKind::Series
        },
        key: key("series", &names[0], year),
        year: year.or(release.year),
        names: distinct(names),
        season: Some(season),
        episodes,
        day,
        release,
    }
}

fn film_of(stem: &str, release: Release, folder: Option<Release>, own_folder: bool) -> Recognised {
    let mut names: Vec<String> = Vec::new();
    let mut year = release.year;
    let file = |names: &mut Vec<String>| {
        names.extend(release.title.clone());
        names.extend(release.alternative_titles.iter().cloned());
    };
    match folder {
        // A folder made for this film knows it best.
        Some(folder) if own_folder && (folder.year.is_some() || release.title.is_none()) => {
            names.extend(folder.title);
            names.extend(folder.alternative_titles);
            year = folder.year.or(year);
            file(&mut names);
        }
        Some(folder) => {
            file(&mut names);
            if folder.title.as_deref().map(normalize) == release.title.as_deref().map(normalize) {
                year = year.or(folder.year);
            }
        }
        None => file(&mut names),
    }
    if names.is_empty() {
        names.push(stem.to_owned());
    }
    film(&names, year, release.clone())
}

fn film(names: &[String], year: Option<u16>, release: Release) -> Recognised {
    let first = names.first().map_or("", String::as_str);
    Recognised {
        kind: TitleKind::Film,
        key: key("film", first, year),
        names: distinct(names.to_vec()),
        year,
        season: None,
        episodes: Vec::new(),
        day: None,
        release,
    }
}

pub(super) fn key(kind: &str, name: &str, year: Option<u16>) -> String {
    let name = Some(normalize(name))
        .filter(|normal| !normal.is_empty())
        .unwrap_or_else(|| name.to_owned());
    match year {
        Some(year) => format!("{kind}/{name}/{year}"),
        None => format!("{kind}/{name}"),
    }
}

fn distinct(names: Vec<String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for name in names {
        if !out.iter().any(|known| normalize(known) == normalize(&name)) {
            out.push(name);
        }
    }
    out
}

/// What the folder says of the recording and the file does not.
fn inherit(release: &mut Release, folder: &Release) {
    for (own, from) in [
        (&mut release.resolution, &folder.resolution),
        (&mut release.source, &folder.source),
        (&mut release.video_codec, &folder.video_codec),
        (&mut release.hdr, &folder.hdr),
        (&mut release.audio_codec, &folder.audio_codec),
        (&mut release.audio_channels, &folder.audio_channels),
        (&mut release.dub, &folder.dub),
    ] {
        if own.is_none() {
            own.clone_from(from);
        }
    }
    for (own, from) in [
        (&mut release.audio_languages, &folder.audio_languages),
        (&mut release.subtitle_languages, &folder.subtitle_languages),
    ] {
        if own.is_empty() {
            own.clone_from(from);
        }
    }
}

#[cfg(test)]
#[path = "recognise_tests.rs"]
mod tests;
