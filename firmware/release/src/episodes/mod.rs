//! Seasons and episodes that say what they are: `S01E02-E05`, `1x02`, `Season 1`,
//! `1 сезон: 1-8 серии из 8`, `第07話`.

mod codes;
mod eastern;
mod vocabulary;
mod worded;

use crate::words::{Word, Words};

/// Longer ranges are misread numbers.
pub const LONGEST_RANGE: u32 = 2000;

/// A run of words that says seasons or episodes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    pub words: usize,
    pub seasons: Vec<u32>,
    pub episodes: Vec<u32>,
    /// A corrected version (`v2`).
    pub corrected: bool,
}

/// What begins at word `at`, whatever stands before it.
pub fn read(words: &Words<'_>, at: usize) -> Option<Numbers> {
    let list = &words.list[at..];
    let mut numbers = codes::code(list)
        .or_else(|| codes::crossed(list, at > 0))
        .or_else(|| worded::worded(list))
        .or_else(|| worded::counted(list))
        .or_else(|| codes::marked(list, at > 0))
        .or_else(|| eastern::read(list))?;
    if numbers.seasons.len() == 1
        && numbers.episodes.is_empty()
        && let Some((number, corrected)) = behind_season(&list[numbers.words..])
    {
        numbers.words += 1;
        numbers.episodes.push(number);
        numbers.corrected |= corrected;
    }
    Some(numbers)
}

pub fn range(first: u32, last: u32) -> Vec<u32> {
    if last >= first && last - first <= LONGEST_RANGE {
        (first..=last).collect()
    } else {
        vec![first]
    }
}

/// `S02 03`, `2nd Season 24`: a bare number right behind the season is an episode.
fn behind_season(list: &[Word<'_>]) -> Option<(u32, bool)> {
    let word = list.first()?;
    let (number, corrected) = versioned(word)?;
    let lines = [360, 480, 540, 576, 720, 1080, 1440, 2160];
    let real = matches!(word.gap, " " | "." | "_")
        && word.text.len() >= 2
        && number > 0
        && !(1900..=2100).contains(&number)
        && !lines.contains(&number);
    let counts = list.get(1).is_some_and(|next| {
        vocabulary::unit(&next.lower).is_some()
            || matches!(
                next.lower.as_str(),
                "bit" | "бит" | "fps" | "of" | "из" | "з" | "x"
            )
            || (next.gap == "." && next.text.len() == 1)
    });
    (real && !counts).then_some((number, corrected))
}

pub fn digits(text: &str, most: usize) -> Option<(u32, &str)> {
    let end = text
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count()
        .min(most);
    let number = text[..end].parse().ok()?;
    Some((number, &text[end..]))
}

pub fn is_version(text: &str) -> bool {
    text.strip_prefix('v')
        .is_some_and(|number| number.len() == 1 && number.bytes().all(|b| b.is_ascii_digit()))
}

/// A number, perhaps of a corrected version or half an episode: `07`, `07v2`, `07a`.
pub fn versioned(word: &Word<'_>) -> Option<(u32, bool)> {
    if let Some(number) = word.number() {
        return (word.text.len() <= 4).then_some((number, false));
    }
    let (number, end) = digits(&word.lower, 4)?;
    let half = matches!(end, "a" | "b" | "c") && word.lower.len() >= 3;
    let last = matches!(end, "end" | "fin");
    (is_version(end) || half || last)
        .then_some((number, is_version(end) && end != "v0" && end != "v1"))
}

fn is_short(word: &Word<'_>) -> bool {
    word.text.len() <= 3 || word.number().is_some_and(|number| number < 1900)
}
