//! Films cut into several files: `Film CD1.avi` and `Film CD2.avi` are one film. Pure: names in,
//! parts out.

use std::collections::BTreeMap;

use super::names;

const DISCS: usize = 9;

/// What stands before the number, and how many parts there are of it at most: what comes in more
/// is a series.
const WORDS: &[(&str, usize)] = &[
    ("cd", DISCS),
    ("disc", DISCS),
    ("disk", DISCS),
    ("dvd", DISCS),
    ("диск", DISCS),
    ("part", 4),
    ("pt", 4),
    ("часть", 4),
];

/// Which part of a film a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub number: u32,
    /// What the file would be called if it were the whole film.
    pub whole: String,
}

/// A name cut at the number of its part.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cut {
    before: String,
    /// The word that was there, or of how many it is.
    mark: String,
    after: String,
    number: u32,
    most: usize,
}

/// The parts among the videos of one folder, by their place in `files`. Only what differs in the
/// number and in nothing else belongs together, and only when it is whole: 1, 2, … once each.
pub fn parts(files: &[&str]) -> BTreeMap<usize, Part> {
    let mut groups: BTreeMap<(String, String, String), Vec<(usize, Cut)>> = BTreeMap::new();
    for (place, name) in files.iter().enumerate() {
        if let Some(cut) = cut(name) {
            let same = (
                cut.before.to_lowercase(),
                cut.mark.clone(),
                cut.after.to_lowercase(),
            );
            groups.entry(same).or_default().push((place, cut));
        }
    }
    let mut parts = BTreeMap::new();
    for mut group in groups.into_values() {
        group.sort_by_key(|(_, cut)| cut.number);
        let numbers = group.iter().map(|(_, cut)| cut.number);
        let is_whole = numbers.eq(1..=group.len() as u32);
        let fits = group.iter().all(|(_, cut)| group.len() <= cut.most);
        let counted = group.iter().all(|(_, cut)| {
            let of: Option<usize> = cut.mark.parse().ok();
            of.is_none_or(|of| of == group.len())
        });
        if group.len() < 2 || !is_whole || !fits || !counted {
            continue;
        }
        let whole = group[0].1.whole();
        for (place, cut) in group {
            let part = Part {
                number: cut.number,
                whole: whole.clone(),
            };
            parts.insert(place, part);
        }
    }
    parts
}

/// Whether a name says nothing but which disc it is: `CD1`, `Disc 2`.
pub fn is_disc(name: &str) -> bool {
    let lower: Vec<char> = name.to_lowercase().chars().collect();
    let disc = |found: &Found| found.most == DISCS && found.length == lower.len();
    lower.first().is_some_and(|first| first.is_alphabetic())
        && mark_at(&lower).as_ref().is_some_and(disc)
}

impl Cut {
    fn whole(&self) -> String {
        let between = [' ', '.', '_', '-'];
        let mut before = self.before.trim_end_matches(between);
        let mut after = self.after.as_str();
        for (open, close) in [('(', ')'), ('[', ']')] {
            if let (Some(less), Some(rest)) = (before.strip_suffix(open), after.strip_prefix(close))
            {
                (before, after) = (less.trim_end_matches(between), rest);
            }
        }
        format!("{before}{after}")
    }
}

/// Cuts at the last number that says which part it is.
fn cut(name: &str) -> Option<Cut> {
    let (stem, _) = names::split(name);
    let letters: Vec<char> = stem.chars().collect();
    let lower: Vec<char> = letters
        .iter()
        .map(|letter| letter.to_lowercase().next().unwrap_or(*letter))
        .collect();
    let end_of_name: String = name[stem.len()..].to_lowercase();
    let text = |range: &[char]| range.iter().collect::<String>();
    for start in (1..lower.len()).rev() {
        if lower[start - 1].is_alphanumeric() || !lower[start].is_alphanumeric() {
            continue;
        }
        let Some(found) = mark_at(&lower[start..]) else {
            continue;
        };
        let before = text(&letters[..start]);
        if !before.chars().any(char::is_alphanumeric) {
            return None;
        }
        return Some(Cut {
            before,
            mark: found.mark,
            after: text(&letters[start + found.length..]) + &end_of_name,
            number: found.number,
            most: found.most,
        });
    }
    None
}

struct Found {
    mark: String,
    length: usize,
    number: u32,
    most: usize,
}

/// `cd1`, `part 2`, `1 of 2` at the beginning of the letters.
fn mark_at(letters: &[char]) -> Option<Found> {
    let gap = |from: usize| {
        let rest = letters[from..].iter();
        rest.take_while(|letter| matches!(letter, ' ' | '.' | '_' | '-'))
            .count()
    };
    let number = |from: usize| {
        let digits: String = letters[from..]
            .iter()
            .take_while(|letter| letter.is_ascii_digit())
            .collect();
        let ends = letters
            .get(from + digits.len())
            .is_none_or(|letter| !letter.is_alphanumeric());
        let number: u32 = digits
            .parse()
            .ok()
            .filter(|number| (1..=9).contains(number))?;
        ends.then_some((number, digits.len()))
    };
    let begins = |word: &str, from: usize| {
        let mut rest = letters[from..].iter();
        word.chars().all(|letter| rest.next() == Some(&letter))
    };
    for (word, most) in WORDS {
        if !begins(word, 0) {
            continue;
        }
        let length = word.chars().count();
        let at = length + gap(length);
        if let Some((number, digits)) = number(at) {
            return Some(Found {
                mark: (*word).to_owned(),
                length: at + digits,
                number,
                most: *most,
            });
        }
    }
    let (first, digits) = number(0)?;
    for word in ["of", "из"] {
        let at = digits + gap(digits);
        let behind = at + 2;
        if at > digits && begins(word, at) && gap(behind) > 0 {
            let at = behind + gap(behind);
            let (of, digits) = number(at)?;
            return Some(Found {
                mark: of.to_string(),
                length: at + digits,
                number: first,
                most: DISCS,
            });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[&str]) -> Vec<String> {
        let parts = parts(files).into_iter();
        parts
            .map(|(place, part)| format!("{}:{} {}", place, part.number, part.whole))
            .collect()
    }

    #[test]
    fn what_differs_in_the_number_alone_is_one_film() {
        for (files, whole) in [
            (["Film CD1.avi", "Film CD2.avi"], "Film.avi"),
            (["film.2001.cd2.avi", "film.2001.cd1.avi"], "film.2001.avi"),
            (["Film (1 of 2).mkv", "Film (2 of 2).mkv"], "Film.mkv"),
            (["Film [disc 1] x.mkv", "Film [disc 2] x.mkv"], "Film x.mkv"),
            (["Film-pt1.mkv", "Film-pt2.mkv"], "Film.mkv"),
            (
                ["Война и мир. Часть 1.avi", "Война и мир. Часть 2.avi"],
                "Война и мир.avi",
            ),
            (["Фильм 1 из 2.avi", "Фильм 2 из 2.avi"], "Фильм.avi"),
            (
                ["Film Part 1 720p.mkv", "FILM part 2 720p.MKV"],
                "Film 720p.mkv",
            ),
        ] {
            let parts = parts(&files);
            assert_eq!(parts.len(), 2, "{files:?}");
            assert_eq!(
                parts[&0].whole.to_lowercase(),
                whole.to_lowercase(),
                "{files:?}"
            );
            let numbers = [parts[&0].number, parts[&1].number];
            assert!(numbers == [1, 2] || numbers == [2, 1], "{files:?}");
        }
    }

    #[test]
    fn what_differs_in_more_stays_apart() {
        for files in [
            &["Film Part 1 (2010).mkv", "Film Part 2 (2011).mkv"][..],
            &["Film CD1.avi"],
            &["Film CD1.avi", "Film CD3.avi"],
            &["Film CD2.avi", "Film CD3.avi"],
            &["Film CD1.avi", "Film CD2.mkv"],
            &["Film CD1.avi", "Other CD2.avi"],
            &["Film (1 of 3).avi", "Film (2 of 3).avi"],
            &["CD1.avi", "CD2.avi"],
            &["Abcd1.avi", "Abcd2.avi"],
            &["Film 1.avi", "Film 2.avi"],
            &["Film part 1080p.avi", "Film part 2160p.avi"],
            // Five parts are a series.
            &[
                "Doc part 1.avi",
                "Doc part 2.avi",
                "Doc part 3.avi",
                "Doc part 4.avi",
                "Doc part 5.avi",
            ],
        ] {
            assert_eq!(read(files), [""; 0], "{files:?}");
        }
    }

    #[test]
    fn a_disc_has_no_other_name() {
        for name in ["CD1", "cd 2", "Disc.3", "DISK_4", "Диск 1", "dvd-1"] {
            assert!(is_disc(name), "{name}");
        }
        for name in ["CD", "CD12", "Part 1", "1 of 2", "Film CD1", "CD1 x", ""] {
            assert!(!is_disc(name), "{name}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_names_are_read(names: Vec<String>, number in 0_u32..12) {
            let mut names = names;
            names.push(format!("İ cd{number}.avi"));
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            for part in parts(&names).values() {
                proptest::prop_assert!((1..=9).contains(&part.number), "{:?}", part);
            }
        }
    }
}
