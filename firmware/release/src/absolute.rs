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
    /// Empty where it is a half (`10.5`): a recap between two episodes.
    pub numbers: Vec<u32>,
    pub corrected: bool,
}

/// What is known of the name by now.
pub struct Known<'a> {
    pub words: &'a Words<'a>,
    /// The title's first word.
    pub start: usize,
    /// The name begins with a group in brackets.
    pub after_group: bool,
    /// The first word that tells how it was recorded.
    pub tagged: usize,
    pub year_at: Option<usize>,
    /// A season is known already.
    pub in_season: bool,
}

/// Looks for `- 07`, `#07`, `[07]`, `[01-12]`, and, behind a group in brackets, a bare `07`.
///
/// `free(i)` tells whether word `i` means nothing else.
pub fn find(known: &Known<'_>, free: impl Fn(usize) -> bool) -> Option<Absolute> {
    let list = &known.words.list;
    let start = known.start;
    if let Some(leading) = leading(known, &free) {
        return Some(leading);
    }
    // `- 100 Years Quest - 01`, `Ranma 1-2 - 03`: a dashed number that more words follow, and one
    // that nothing marks, count only when no number stands better.
    let (mut second_choice, mut unmarked) = (None, None);
    for at in start.max(1)..list.len() {
        let counted = unmarked
            .as_ref()
            .is_some_and(|found: &Absolute| at < found.at + found.words);
        if !free(at) || named(list, at) || counted {
            continue;
        }
        let word = &list[at];
        let Some((first, corrected)) = versioned(word) else {
            continue;
        };
        let untagged = known.after_group || at < known.tagged;
        let dashed = word.after_spaced_dash() || word.gap.trim_end().ends_with('#');
        let half = list
            .get(at + 1)
            .is_some_and(|next| next.gap == "." && next.text == "5" && free(at + 1));
        let (mut count, mut numbers, corrected) = extent(list, at, first, corrected, &free);
        if half {
            (count, numbers) = (2, Vec::new());
        }
        let end = at + count;
        let closes = list.get(end).is_none_or(|next| {
            next.bracket != word.bracket
                || next.gap.contains('+')
                || (word.bracket.is_some() && !free(end) && !next.gap.contains('*'))
        });
        let follows_well = closes || !free(end) || list[end].after_spaced_dash();
        let several = numbers.len() > 1;
        let alone = word.bracket.is_some()
            && list[at - 1].bracket != word.bracket
            && (untagged || (several && (first <= 1 || numbers.last() >= Some(&10))))
            && at > start;
        // `Rocky - 2 (1979)` is a film's number.
        let films_number = word.text.len() == 1 && known.year_at == Some(end);
        let padded =
            word.text.len() >= 2 && word.text.starts_with('0') && known.year_at != Some(end);
        // `Mob Psycho 100` is a name.
        let round = first % 100 == 0 && !several;
        // `Star Blazers 2202 - 22`
        let outdone = !padded
            && list
                .get(end)
                .is_some_and(|next| next.after_spaced_dash() && versioned(next).is_some());
        // `Evangelion 1.11`, `009-1`
        let part = (word.after_dash() || word.gap == ".") && list[at - 1].number().is_some();
        // `One Piece 1015 1080p`, but `Mystery Theater 3000 1080p`
        let thousandth = word.text.len() == 4
            && !round
            && !word.text.starts_with('0')
            && known.year_at.is_none()
            && known.tagged == end;
        let bare = at > start
            && word.bracket.is_none()
            && !part
            && !outdone
            && (padded
                || thousandth
                || (!word.after_dash()
                    && ((several && !known.in_season)
                        || (known.after_group && word.text.len() >= 2 && !round))));
        let years = 1900..=2100;
        let year_like = years.contains(&first)
            && !corrected
            && numbers.last().is_none_or(|last| years.contains(last));
        let hit = if alone {
            closes
        } else if dashed && word.bracket.is_none() {
            !films_number && at > start && untagged
        } else {
            bare && first > 0 && follows_well
        };
        if !hit || year_like {
            continue;
        }
        let found = Absolute {
            at,
            words: count,
            numbers,
            corrected,
        };
        if follows_well && (alone || (dashed && word.bracket.is_none())) {
            return Some(found);
        }
        let choice = if follows_well {
            &mut unmarked
        } else {
            &mut second_choice
        };
        if choice.is_none() {
            *choice = Some(found);
        }
    }
    unmarked.or(second_choice)
}

/// `Vol. 2`, `Part 02`: a number with a name is no episode.
fn named(list: &[Word<'_>], at: usize) -> bool {
    let near = list[at].gap.trim_matches([' ', '.', '_']).is_empty();
    let before = list[at - 1].lower.as_str();
    // `Movie - 09` too.
    matches!(before, "movie" | "movies")
        || near
            && matches!(
                before,
                "vol"
                    | "volume"
                    | "part"
                    | "film"
                    | "chapter"
                    | "book"
                    | "часть"
                    | "глава"
                    | "том"
                    | "фильм"
                    | "частина"
                    | "этап"
            )
}

/// `01 - Name`, `003. Name`, `003-004. Name`, and any number so placed behind a group or where
/// nothing else is told: `102 - Name.avi`, `02 Name.avi`.
fn leading(known: &Known<'_>, free: impl Fn(usize) -> bool) -> Option<Absolute> {
    let Known {
        start, after_group, ..
    } = *known;
    let list = &known.words.list;
    let file = known.tagged == list.len() && known.year_at.is_none();
    let word = list.get(start).filter(|_| free(start))?;
    let (first, corrected) = versioned(word)?;
    let padded = word.text.starts_with('0') && word.text.len() >= 2;
    let last = list
        .get(start + 1)
        .filter(|next| free(start + 1) && next.after_dash())
        .and_then(Word::number)
        .filter(|last| *last > first && last - first <= LONGEST_RANGE)
        .filter(|last| padded || (file && *last == first + 1));
    let words = if last.is_some() { 2 } else { 1 };
    let next = list.get(start + words).filter(|_| free(start + words))?;
    // `86 - 01`, `009-1 - 02`: the name is a number.
    let title = next.number().is_some() && next.after_loose_dash();
    let parted = next.after_spaced_dash() || next.gap == ". ";
    let hit = word.bracket.is_none()
        && word.text.len() <= 3
        && first > 0
        && !title
        && ((padded && (parted || after_group))
            || ((after_group || (file && next.after_spaced_dash())) && parted)
            || (file && padded && word.text.len() == 2 && next.number().is_none()));
    hit.then(|| Absolute {
        at: start,
        words,
        numbers: range(first, last.unwrap_or(first)),
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
    let digits = |word: &Word<'_>| word.text.bytes().take_while(u8::is_ascii_digit).count();
    // `Title 2 - 05` is an episode of `Title 2`.
    let opens = list[at].after_spaced_dash()
        || list[at].bracket.is_some()
        || (list[at].text.starts_with('0') && list[at].text.len() >= 2);
    let next = list.get(at + 1).filter(|next| {
        // `116 - 360 Degrees` is one episode and its name.
        let closed = list
            .get(at + 2)
            .is_none_or(|after| after.bracket != next.bracket || !free(at + 2));
        next.after_loose_dash()
            && free(at + 1)
            && next.bracket == list[at].bracket
            && (!next.after_spaced_dash() || (closed && opens))
            && digits(next) >= digits(&list[at])
    });
    if let Some((mut last, again)) = next.and_then(versioned)
        && last > first
        && last - first <= LONGEST_RANGE
    {
        // `01-02-03`
        let mut words = 2;
        while let Some(more) = list.get(at + words)
            && more.after_dash()
            && free(at + words)
            && more.number() == Some(last + 1)
        {
            last += 1;
            words += 1;
        }
        return (words, range(first, last), corrected || again);
    }
    // `01+02`
    let both = list
        .get(at + 1)
        .is_some_and(|next| next.gap == "+" && next.number() == Some(first + 1) && free(at + 1));
    if both {
        return (2, range(first, first + 1), corrected);
    }
    (1, vec![first], corrected)
}
