//! What programs and people write into names beside the title: ids in brackets, as the guides of
//! Plex, Jellyfin and Emby have them, and the day on which an episode was shown.

use std::ops::Range;

use hearth_model::{External, TmdbKind};
use jiff::civil::Date;

use super::nfo;

/// The ids in a name: `{tmdb-603}`, `[tmdbid=603]`, `{imdb-tt0133093}`, `[tt0133093]`.
pub fn ids(name: &str, kind: TmdbKind) -> External {
    let mut external = External::default();
    for (_, service, id) in marks(name) {
        let number = || id.parse::<u64>().ok().filter(|id| *id > 0);
        match service {
            "tmdb" if external.tmdb.is_none() => {
                external.tmdb = number();
                external.tmdb_kind = external.tmdb.map(|_| kind);
            }
            "imdb" => external.imdb = external.imdb.take().or(nfo::imdb(id)),
            "shikimori" => external.shikimori = external.shikimori.or(number()),
            "mal" => external.mal = external.mal.or(number()),
            _ => {}
        }
    }
    external
}

/// A name without the ids in it; where there is nothing else, as it is.
pub fn without_ids(name: &str) -> String {
    let mut left = String::with_capacity(name.len());
    let mut from = 0;
    for (place, ..) in marks(name) {
        left.push_str(name[from..place.start].trim_end());
        from = place.end;
    }
    left.push_str(&name[from..]);
    let says = |text: &str| {
        let stem = text.rsplit_once('.').map_or(text, |(stem, _)| stem);
        stem.chars().any(char::is_alphanumeric)
    };
    if says(&left) { left } else { name.to_owned() }
}

/// Where each id stands with its brackets, whose it is, and the id.
fn marks(name: &str) -> impl Iterator<Item = (Range<usize>, &'static str, &str)> {
    let opened = name.match_indices(['{', '[']);
    opened.filter_map(|(start, open)| {
        let close = if open == "{" { '}' } else { ']' };
        let inside = name[start + 1..].split(close).next()?;
        let end = start + 1 + inside.len() + 1;
        let (service, id) = mark(inside.trim())?;
        (end <= name.len()).then_some((start..end, service, id))
    })
}

fn mark(text: &str) -> Option<(&'static str, &str)> {
    if nfo::imdb(text).is_some_and(|id| id.len() == text.len()) {
        return Some(("imdb", text));
    }
    let (service, id) = text.split_once(['-', '=', ':'])?;
    let service = match service.trim().to_ascii_lowercase().trim_end_matches("id") {
        "tmdb" => "tmdb",
        "imdb" => "imdb",
        "shikimori" => "shikimori",
        "mal" => "mal",
        // Known to the programs that write them, and of no use here.
        "tvdb" | "anidb" | "anilist" => "other",
        _ => return None,
    };
    let id = id.trim();
    let is_id = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_id.then_some((service, id))
}

/// The day in a name: `Show - 2021-11-15`, `Show.2021.11.15`, `Show 15.11.2021`.
pub fn day(name: &str) -> Option<Date> {
    numbers(name).windows(3).find_map(|window| {
        let [(start, first), (second_at, second), (third_at, third)] = *window else {
            return None;
        };
        let gap = |from: usize, to: usize| name.get(from..to);
        let gap_one = gap(start + first.len(), second_at)?;
        let gap_two = gap(second_at + second.len(), third_at)?;
        let parted = gap_one == gap_two && matches!(gap_one, "-" | "." | "_" | " ");
        let (year, day) = match (first.len(), second.len(), third.len()) {
            (4, 2, 2) => (first, third),
            // Where the month stands first is a matter of the country; the dot is of those where
            // it does not.
            (2, 2, 4) if gap_one == "." => (third, first),
            _ => return None,
        };
        let (year, month, day) = (year.parse().ok()?, second.parse().ok()?, day.parse().ok()?);
        let date = Date::new(year, month, day).ok()?;
        (parted && (1900..2200).contains(&year)).then_some(date)
    })
}

/// The numbers in a name and where they stand.
fn numbers(name: &str) -> Vec<(usize, &str)> {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let mut numbers = Vec::new();
    let mut at = 0;
    while let Some(ahead) = name[at..].find(is_digit) {
        let start = at + ahead;
        let length = name[start..].find(|letter: char| !is_digit(letter));
        at = length.map_or(name.len(), |length| start + length);
        numbers.push((start, &name[start..at]));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_brackets_are_read_and_are_no_part_of_the_name() {
        for (name, references, left) in [
            ("Film (1999) {tmdb-603}", "tmdb:movie/603", "Film (1999)"),
            ("Film [tmdbid=603].mkv", "tmdb:movie/603", "Film.mkv"),
            ("Film [TMDBID-603] x.mkv", "tmdb:movie/603", "Film x.mkv"),
            ("Film {imdb-tt0133093}", "imdb:tt0133093", "Film"),
            ("Film [tt0133093]", "imdb:tt0133093", "Film"),
            (
                "Show {tvdb-81189} [imdbid-tt0903747]",
                "imdb:tt0903747",
                "Show",
            ),
            ("Film [imdb-603]", "", "Film"),
            ("Film [tmdb-0]", "", "Film"),
            ("Film {edition-Final Cut}", "", "Film {edition-Final Cut}"),
            ("[Group] Film [1080p]", "", "[Group] Film [1080p]"),
            ("[REC] 2", "", "[REC] 2"),
            ("Фильм {tmdb-1", "", "Фильм {tmdb-1"),
            ("{tmdb-603}.mkv", "tmdb:movie/603", "{tmdb-603}.mkv"),
            ("{[}]{", "", "{[}]{"),
        ] {
            let found = ids(name, TmdbKind::Movie).references().join(" ");
            assert_eq!(found, references, "{name}");
            assert_eq!(without_ids(name), left, "{name}");
        }
    }

    #[test]
    fn a_day_is_told_from_other_numbers() {
        for (name, found) in [
            ("Show - 2021-11-15 - Guest", Some("2021-11-15")),
            ("Show.2021.11.15.720p", Some("2021-11-15")),
            ("Новости 15.11.2021", Some("2021-11-15")),
            ("2021-11-15", Some("2021-11-15")),
            ("Show 11-15-2021", None),
            ("Show 2021-13-15", None),
            ("Show 2021-02-30", None),
            ("Show 2021-11.15", None),
            ("Show 1.2.3", None),
            ("Show ٢٠٢١-11-15", None),
        ] {
            let day = day(name).map(|day| day.to_string());
            assert_eq!(day.as_deref(), found, "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_read(name in "[\\[\\]{}tmdb=0-9. -]{0,40}|.*") {
            let _ = (ids(&name, TmdbKind::Tv), day(&name));
            proptest::prop_assert_eq!(without_ids(&name).is_empty(), name.is_empty());
        }
    }
}
