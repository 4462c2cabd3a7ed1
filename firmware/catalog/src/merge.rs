//! Which titles are one. The store joins what shares an id of a service; here are the rules for
//! what has no id in common. They err towards two titles: what was joined wrongly has to be put
//! apart by hand. docs/decisions/0014-one-title.md has them in words, `tests/merge_cases.txt` by
//! example.

use std::collections::HashMap;

use hearth_model::{Episode, Format, SeasonEntry, Title, TitleId, TitleKind, TmdbKind};
use hearth_release::{normalize, title_key};

/// A season that begins within this of an episode begins with it: services differ by time zones
/// and by what they call the first showing.
const SAME_DAYS: i32 = 3;
/// A part begins with a season, or after such a pause. What begins while the series goes on week
/// by week is something else.
const PAUSE_DAYS: i32 = 14;

/// The titles by their names.
#[derive(Debug, Default)]
pub struct Namesakes {
    by_name: HashMap<String, Vec<TitleId>>,
}

impl Namesakes {
    pub fn insert(&mut self, title: &Title) {
        for name in names(title) {
            let ids = self.by_name.entry(name).or_default();
            if !ids.contains(&title.id) {
                ids.push(title.id);
            }
        }
    }

    pub fn remove(&mut self, title: &Title) {
        for name in names(title) {
            if let Some(ids) = self.by_name.get_mut(&name) {
                ids.retain(|id| *id != title.id);
                if ids.is_empty() {
                    self.by_name.remove(&name);
                }
            }
        }
    }

    /// The known title that a new one is, by name, form and year. None too where more than one
    /// may be meant.
    pub fn same<'a>(
        &self,
        new: &Title,
        known: impl Fn(TitleId) -> Option<&'a Title>,
    ) -> Option<&'a Title> {
        let mut ids: Vec<TitleId> = names(new)
            .iter()
            .filter_map(|name| self.by_name.get(name))
            .flatten()
            .copied()
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let candidates: Vec<&Title> = ids
            .into_iter()
            .filter_map(known)
            .filter(|title| may_be_one(title, new))
            .collect();
        let only = |fits: &dyn Fn(&Title) -> bool| -> Option<&'a Title> {
            let mut fitting = candidates.iter().filter(|title| fits(title));
            let first = fitting.next()?;
            fitting.next().is_none().then_some(*first)
        };
        let has = |fits: &dyn Fn(&Title) -> bool| candidates.iter().any(|title| fits(title));
        let same_year = |title: &Title| title.year.is_some() && title.year == new.year;
        if has(&same_year) {
            return only(&same_year);
        }
        // First shown at a festival, or in another country.
        let next_year = |title: &Title| {
            let years = title.year.zip(new.year);
            years.is_some_and(|(one, other)| one.abs_diff(other) == 1)
                && form(title) == Some(Form::Film)
                && form(new) == Some(Form::Film)
                && share_original(title, new)
        };
        if has(&next_year) {
            return only(&next_year);
        }
        // A folder named after a series: there is one of that name.
        let by_name_alone = |title: &Title| {
            let no_year = title.year.is_none() || new.year.is_none();
            let folder = title.external.local.is_some() || new.external.local.is_some();
            let series = form(title) != Some(Form::Film) && form(new) != Some(Form::Film);
            no_year && folder && series
        };
        only(&by_name_alone)
    }
}

/// Whether the title that local files were of is still theirs under the new name they have.
pub fn still_one(old: &Title, new: &Title) -> bool {
    let without_key = |title: &Title| {
        let mut title = title.clone();
        title.external.local = None;
        title
    };
    let near = |years: (u16, u16)| years.0.abs_diff(years.1) <= 1;
    old.external.references().len() == usize::from(old.external.local.is_some())
        || (may_be_one(&without_key(old), &without_key(new))
            && old.year.zip(new.year).is_none_or(near))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Film,
    /// Of episodes.
    Series,
}

/// None where an anime may be either.
fn form(title: &Title) -> Option<Form> {
    match (title.facts.format, title.external.tmdb_kind, title.kind) {
        (Some(Format::Film), ..)
        | (None, Some(TmdbKind::Movie), _)
        | (None, None, TitleKind::Film) => Some(Form::Film),
        (Some(_), ..) | (None, Some(TmdbKind::Tv), _) | (None, None, TitleKind::Series) => {
            Some(Form::Series)
        }
        (None, None, TitleKind::Anime) => None,
    }
}

fn may_be_one(one: &Title, other: &Title) -> bool {
    let same_form = match (form(one), form(other)) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    one.id != other.id
        && same_form
        && one.external.agrees_with(&other.external)
        && one.external.part(&other.external).is_none()
        && share_a_name(one, other)
}

/// By its names, or by one and another name of the other; two other names are too weak.
fn share_a_name(one: &Title, other: &Title) -> bool {
    let (mine, theirs) = (main_names(one), main_names(other));
    let shared = |some: &[String], all: &[String]| some.iter().any(|name| all.contains(name));
    shared(&mine, &theirs)
        || (season(one) == season(other)
            && (shared(&mine, &names(other)) || shared(&theirs, &names(one))))
}

fn share_original(one: &Title, other: &Title) -> bool {
    let original = |title: &Title| {
        let names = &title.names;
        let name = names.original.as_deref().or(names.en.as_deref());
        name.map(normalize)
    };
    original(one).is_some() && original(one) == original(other)
}

fn main_names(title: &Title) -> Vec<String> {
    let all = title.names.all().map(|name| plain(name, title.year));
    all.filter(|name| !name.is_empty()).collect()
}

fn names(title: &Title) -> Vec<String> {
    let aliases = title.facts.aliases.iter();
    let aliases = aliases.map(|name| plain(name, title.year));
    let mut all = main_names(title);
    all.extend(aliases.filter(|name| !name.is_empty()));
    all
}

/// A name without its article and what some add to tell namesakes apart: the year, which broadcast it was (`[ТВ-2]`),
/// that it is the first season.
fn plain(name: &str, year: Option<u16>) -> String {
    let name = title_key(name);
    let mut words: Vec<&str> = name.split(' ').collect();
    let year = year.map(|year| year.to_string());
    if words.len() > 1 && words.last().copied() == year.as_deref() {
        words.pop();
    }
    if let [first, .., "тв" | "tv", count] = words.as_slice()
        && !first.is_empty()
        && count.parse::<u32>().is_ok()
    {
        words.truncate(words.len() - 2);
    }
    let name = words.join(" ");
    match split_season(&name) {
        (base, 1) => base,
        _ => name,
    }
}

/// Which season its names say it is; 0 where they don't.
fn season(title: &Title) -> u32 {
    let names = main_names(title);
    let seasons = names.iter().map(|name| split_season(name).1);
    seasons.max().unwrap_or_default()
}

/// A name without what says which season it is, and that season.
fn split_season(name: &str) -> (String, u32) {
    const WORDS: &[&str] = &[
        "season",
        "сезон",
        "part",
        "часть",
        "cour",
        "tv",
        "тв",
        "stage",
    ];
    const ORDINALS: &[&str] = &[
        "1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th",
    ];
    const ROMAN: &[&str] = &["ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"];
    const LAST: u32 = 99;
    let words: Vec<&str> = name.split(' ').collect();
    let number = |word: &str| {
        word.parse::<u32>()
            .ok()
            .filter(|number| (1..LAST).contains(number))
    };
    for at in 1..words.len() {
        let rest = &words[at..];
        let ordinal = ORDINALS.iter().position(|one| *one == rest[0]);
        let said = match rest {
            ["final", "season", ..] | ["the", "final", "season", ..] => Some(LAST),
            [word, count, ..] if WORDS.contains(word) => number(count),
            [count, word, ..] if WORDS.contains(word) => {
                number(count).or(ordinal.map(|at| at as u32 + 1))
            }
            [last] => number(last)
                .filter(|number| (2..10).contains(number))
                .or(ROMAN
                    .iter()
                    .position(|one| one == last)
                    .map(|at| at as u32 + 2)),
            _ => None,
        };
        if let Some(season) = said {
            return (words[..at].join(" "), season);
        }
    }
    (name.to_owned(), 0)
}

/// Which part of a series an entry is that tells of one season. The series is one of TMDB's, which
/// has all seasons; the entry is one of Shikimori's.
pub fn part_of(entry: &Title, series: &Title, episodes: &[Episode]) -> Option<SeasonEntry> {
    let shikimori = entry.external.shikimori?;
    let is_whole = series.external.tmdb_kind == Some(TmdbKind::Tv);
    let is_itself = series.external.shikimori == Some(shikimori);
    let is_season = matches!(entry.facts.format, Some(Format::Series | Format::Ona));
    let counted_apart = entry.external.tmdb.is_some() || entry.external.local.is_some();
    if !is_whole || is_itself || !is_season || counted_apart || !is_named_after(entry, series) {
        return None;
    }
    let began = days(entry.facts.released_on.as_deref()?)?;
    let aired: Vec<(i32, u32, u32)> = episodes
        .iter()
        .filter(|episode| episode.season > 0)
        .filter_map(|episode| {
            let aired = days(episode.facts.released_on.as_deref()?)?;
            Some((aired, episode.season, episode.number))
        })
        .collect();
    let (first, season, from) = aired
        .iter()
        .copied()
        .filter(|(aired, ..)| aired.abs_diff(began) <= SAME_DAYS.unsigned_abs())
        .min_by_key(|(aired, season, number)| (aired.abs_diff(began), *season, *number))?;
    let goes_on = || {
        let mut before = aired.iter().map(|(aired, ..)| first - aired);
        before.any(|days| (1..PAUSE_DAYS).contains(&days))
    };
    // The beginning of a series is the series itself, which goes by its name and year.
    if (season, from) == (1, 1) || (from > 1 && goes_on()) {
        return None;
    }
    Some(SeasonEntry {
        season,
        from,
        shikimori,
        mal: entry.external.mal,
    })
}

/// Its name is that of the series with more behind it.
fn is_named_after(entry: &Title, series: &Title) -> bool {
    let bases: Vec<String> = names(series)
        .iter()
        .map(|name| split_season(name).0)
        .collect();
    names(entry).iter().any(|name| {
        bases.iter().any(|base| {
            let rest = name.strip_prefix(base.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        })
    })
}

/// Of a whole date (`2010-09-27`), days since some day.
fn days(date: &str) -> Option<i32> {
    let date: jiff::civil::Date = date.parse().ok()?;
    let since = date - jiff::civil::date(1900, 1, 1);
    Some(since.get_days())
}
