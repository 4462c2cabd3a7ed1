//! Numbers that only their place makes episodes: `- 07`, `[01-12]`, `01 - Name`. So anime is
//! counted, through all seasons.

use crate::{
    episodes::{LONGEST_RANGE, range, versioned},
    words::{Word, Words},
};

/// Where an absolute number stands, from the words that nothing else claimed.
#[derive(Debug)]
pub struct Absolute {
    pub at: usize,
    pub words: usize,
    pub numbers: Vec<u32>,
    pub corrected: bool,
}

/// Looks for `- 07`, `#07`, `[07]`, `[01-12]`, and, behind a group in brackets, a bare `07`.
///
/// `free(i)` tells whether word `i` means nothing else; `start` is the title's first word.
pub fn find(
    words: &Words<'_>,
    start: usize,
    after_group: bool,
    free: impl Fn(usize) -> bool,
    tagged_before: impl Fn(usize) -> bool,
    year_at: Option<usize>,
) -> Option<Absolute> {
    let list = &words.list;
    if let Some(leading) = leading(list, start, after_group, &free) {
        return Some(leading);
    }
    for at in start.max(1)..list.len() {
        if !free(at) {
            continue;
        }
        let word = &list[at];
        let Some((first, corrected)) = versioned(word) else {
            continue;
        };
        let alone = word.bracket.is_some()
            && list[at - 1].bracket != word.bracket
            && (after_group || !tagged_before(at))
            && at > start;
        let dashed = word.after_spaced_dash() || word.gap.trim_end().ends_with('#');
        let (count, numbers, corrected) = extent(list, at, first, corrected, &free);
        let end = at + count;
        let closes = list.get(end).is_none_or(|next| {
            next.bracket != word.bracket
                || (word.bracket.is_some() && !free(end) && !next.gap.contains('*'))
        });
        // `Rocky - 2 (1979)` is a film's number.
        let films_number = word.text.len() == 1 && year_at == Some(end);
        let padded = word.text.len() >= 2 && word.text.starts_with('0') && year_at != Some(end);
        // `Mob Psycho 100` is a name.
        let round = first % 100 == 0 && numbers.len() == 1;
        let bare = at > start
            && word.bracket.is_none()
            && (padded || (after_group && word.text.len() >= 2 && !round));
        let year_like = (1900..=2100).contains(&first) && numbers.len() == 1 && !corrected;
        let hit = if alone {
            closes
        } else if dashed && word.bracket.is_none() {
            !films_number && at > start
        } else {
            bare && first > 0 && (end == list.len() || list[end].bracket.is_some() || !free(end))
        };
        if hit && !year_like {
            return Some(Absolute {
                at,
                words: count,
                numbers,
                corrected,
            });
        }
    }
    None
}

/// `01 - Name`, `003. Name`, and behind a group any number so placed.
fn leading(
    list: &[Word<'_>],
    start: usize,
    after_group: bool,
    free: impl Fn(usize) -> bool,
) -> Option<Absolute> {
    let word = list.get(start).filter(|_| free(start))?;
    let next = list.get(start + 1).filter(|_| free(start + 1))?;
    let (number, corrected) = versioned(word)?;
    let padded = word.text.starts_with('0') && word.text.len() >= 2;
    let parted = next.after_spaced_dash() || next.gap == ". ";
    let hit = word.bracket.is_none()
        && word.text.len() <= 3
        && number > 0
        && ((padded && (parted || after_group)) || (after_group && parted));
    hit.then(|| Absolute {
        at: start,
        words: 1,
        numbers: vec![number],
        corrected,
    })
}

fn extent(
    list: &[Word<'_>],
    at: usize,
    first: u32,
    corrected: bool,
    free: impl Fn(usize) -> bool,
) -> (usize, Vec<u32>, bool) {
    let next = list
        .get(at + 1)
        .filter(|next| next.after_loose_dash() && free(at + 1) && next.bracket == list[at].bracket);
    if let Some((last, again)) = next.and_then(versioned)
        && last > first
        && last - first <= LONGEST_RANGE
        && next.is_some_and(|next| next.text.len() >= list[at].text.len())
    {
        return (2, range(first, last), corrected || again);
    }
    (1, vec![first], corrected)
}
