//! `S01E02-E05`, `1x02`, `E05`: numbers with letters on them.

use super::{Numbers, digits, is_short, is_version, range, worded::of_total};
use crate::words::Word;

/// `S01`, `S01E02`, `S01E02E03`, as far as the word goes.
struct Code {
    season: Option<u32>,
    episodes: Vec<u32>,
    corrected: bool,
}

fn parse_code(word: &str) -> Option<Code> {
    let mut rest = word;
    let mut season = None;
    // `T01E02` is Spanish, `01E02` lazy; neither means a season without an episode.
    let mut needs_episode = false;
    if let Some(after) = rest.strip_prefix(['s', 'с']) {
        // `SO2E04`: a letter for the zero.
        let zero = after
            .strip_prefix('o')
            .filter(|after| after.starts_with(|letter: char| letter.is_ascii_digit()));
        let (number, after) = digits(zero.unwrap_or(after), 4)?;
        // `S0615`
        if after.is_empty() && rest.len() == 5 && (100..1900).contains(&number) {
            return Some(Code {
                season: Some(number / 100),
                episodes: vec![number % 100],
                corrected: false,
            });
        }
        season = Some(number);
        rest = after;
    } else if rest.starts_with(|letter: char| letter.is_ascii_digit()) {
        let (number, after) = digits(rest, 2)?;
        if rest.len() - after.len() != 2 || !after.starts_with('e') || after.len() < 3 {
            return None;
        }
        season = Some(number);
        needs_episode = true;
        rest = after;
    } else if let Some(after) = rest.strip_prefix('t') {
        let (number, after) = digits(after, 2)?;
        season = Some(number);
        needs_episode = true;
        rest = after;
    }
    let mut episodes = Vec::new();
    loop {
        let after = rest
            .strip_prefix("xe")
            .filter(|_| season.is_some())
            .or_else(|| rest.strip_prefix("ep"))
            .or_else(|| rest.strip_prefix(['e', 'е']))
            .or_else(|| rest.strip_prefix('x').filter(|_| season.is_some()));
        let Some(after) = after else { break };
        let (number, after) = digits(after, 5)?;
        episodes.push(number);
        rest = after;
    }
    let corrected = is_version(rest);
    // `S01E02a`: half an episode is still that episode.
    let part = !episodes.is_empty() && matches!(rest, "a" | "b" | "c");
    // `S07D1` is a disc of the season.
    let disc = episodes.is_empty()
        && rest
            .strip_prefix('d')
            .is_some_and(|disc| !disc.is_empty() && disc.bytes().all(|b| b.is_ascii_digit()));
    let plausible = season.is_none_or(|season| season < 200 || (1900..2100).contains(&season))
        && !(needs_episode && episodes.is_empty());
    let complete = rest.is_empty() || corrected || part || disc;
    (complete && plausible && (season.is_some() || !episodes.is_empty())).then_some(Code {
        season,
        episodes,
        corrected,
    })
}

/// `S01S02S03`
fn glued_seasons(word: &str) -> Option<Vec<u32>> {
    let seasons: Vec<u32> = word
        .strip_prefix('s')?
        .split('s')
        .map(|number| (number.len() == 2).then(|| number.parse().ok()).flatten())
        .collect::<Option<_>>()?;
    (seasons.len() > 1).then_some(seasons)
}

pub fn code(list: &[Word<'_>]) -> Option<Numbers> {
    if let Some(seasons) = glued_seasons(&list[0].lower) {
        return Some(Numbers {
            words: 1,
            seasons,
            ..Numbers::default()
        });
    }
    let Some(first) = parse_code(&list[0].lower) else {
        return apart(list);
    };
    first.season?;
    let mut numbers = Numbers {
        words: 1,
        seasons: first.season.into_iter().collect(),
        episodes: first.episodes,
        corrected: first.corrected,
    };
    while let Some(word) = list.get(numbers.words) {
        // `S01 to S04`, `E01 à E12`
        let to = matches!(
            word.lower.as_str(),
            "to" | "по" | "thru" | "through" | "à" | "a" | "al" | "bis"
        );
        let word = if to {
            let next = list.get(numbers.words + 1);
            let Some(next) = next.filter(|next| parse_code(&next.lower).is_some()) else {
                break;
            };
            next
        } else {
            word
        };
        let dash = to || word.after_loose_dash();
        let joined = matches!(
            word.gap.trim(),
            "" | "." | "_" | "+" | "&" | "," | "][" | ")(" | "-"
        ) || dash;
        if !joined {
            break;
        }
        let next = parse_code(&word.lower);
        match (next, numbers.episodes.last().copied()) {
            // S01E02-E05, S01E02-S01E05, S01.E02
            (Some(next), last) if !next.episodes.is_empty() => {
                if next
                    .season
                    .is_some_and(|season| !numbers.seasons.contains(&season))
                {
                    numbers.seasons.extend(next.season);
                }
                match last {
                    Some(last) if dash && next.episodes[0] > last => {
                        numbers.episodes.extend(range(last + 1, next.episodes[0]));
                        numbers.episodes.extend(&next.episodes[1..]);
                    }
                    _ => numbers.episodes.extend(next.episodes),
                }
                numbers.corrected |= next.corrected;
            }
            // S01-S03, S01+S02
            (
                Some(Code {
                    season: Some(season),
                    ..
                }),
                None,
            ) => {
                let last = numbers.seasons.last().copied().unwrap_or(season);
                if dash && season > last {
                    numbers.seasons.extend(range(last + 1, season));
                } else {
                    numbers.seasons.push(season);
                }
            }
            // S01E02-05, S01-03
            (_, last) if word.after_dash() => match (word.number(), last) {
                (Some(number), Some(last)) if number > last && is_short(word) => {
                    numbers.episodes.extend(range(last + 1, number));
                }
                // S2-07, S4-24
                (Some(number), None)
                    if list[0].text.len() == 2
                        && word.text.len() == 2
                        && (word.text.starts_with('0') || number > 15) =>
                {
                    numbers.episodes.push(number);
                }
                (Some(number), None) if number > numbers.seasons[0] && number < 60 => {
                    numbers
                        .seasons
                        .extend(range(numbers.seasons[0] + 1, number));
                }
                _ => break,
            },
            // S01E01+02, S01E01.02
            (_, Some(last))
                if matches!(word.gap.trim(), "+" | "&")
                    || (word.gap == "." && word.text.len() == 2) =>
            {
                match word.number() {
                    Some(number) if number == last + 1 => numbers.episodes.push(number),
                    _ => break,
                }
            }
            _ => break,
        }
        numbers.words += 1 + usize::from(to);
    }
    if !numbers.episodes.is_empty() {
        numbers.words += of_total(&list[numbers.words..]).map_or(0, |(words, _)| words);
    }
    Some(numbers)
}

/// `S 01`, `S 01 E 02`
fn apart(list: &[Word<'_>]) -> Option<Numbers> {
    let number = |at: usize| {
        list.get(at)
            .filter(|word| word.gap == " " && word.text.len() == 2)
            .and_then(Word::number)
    };
    let season = number(1).filter(|_| list[0].lower == "s")?;
    let marked = list.get(2).is_some_and(|word| word.lower == "e");
    let episode = number(3).filter(|_| marked);
    Some(Numbers {
        words: if episode.is_some() { 4 } else { 2 },
        seasons: vec![season],
        episodes: episode.into_iter().collect(),
        corrected: false,
    })
}

/// `1x02`, `1x02-05`, `1x02-1x05`; `behind` when something stands before it.
pub fn crossed(list: &[Word<'_>], behind: bool) -> Option<Numbers> {
    let (season, mut episodes) = parse_crossed(&list[0].lower)?;
    let mut words = 1;
    while let Some(word) = list.get(words) {
        let last = episodes.last().copied()?;
        let again = parse_crossed(&word.lower)
            .filter(|(same, _)| *same == season)
            .and_then(|(_, ends)| ends.first().copied());
        // `01x02-x03`, `01x02-e03`
        let bare = word.lower.trim_start_matches(['x', 'e']);
        let bare = (bare.len() <= 3).then(|| bare.parse().ok()).flatten();
        let end = if word.after_dash() {
            again.or(bare)
        } else if word.after_loose_dash() {
            again
        } else if word.gap == "_" {
            bare.filter(|end| *end == last + 1 && word.text.len() == 2)
        } else {
            None
        };
        let Some(end) = end.filter(|end| *end > last) else {
            break;
        };
        episodes.extend(range(last + 1, end));
        words += 1;
    }
    // `3x3 Eyes`, but `Name - 2x4 - Other`, `Name 2x4`
    let short = list[0].lower.len() < 4;
    // `FLAC 2.0x3`, `0x539`
    if season == 0 && (short || episodes[0] > 99) {
        return None;
    }
    let parted = list[0].after_loose_dash()
        || list
            .get(words)
            .is_none_or(|next| next.after_loose_dash() || next.bracket != list[0].bracket);
    if short && !(behind && parted) {
        return None;
    }
    words += of_total(&list[words..]).map_or(0, |(words, _)| words);
    Some(Numbers {
        words,
        seasons: vec![season],
        episodes,
        corrected: false,
    })
}

fn parse_crossed(word: &str) -> Option<(u32, Vec<u32>)> {
    let mut parts = word.split('x');
    let season = parts.next()?;
    let number: u32 = season.parse().ok()?;
    // `2016x03`: a season by its year.
    let by_year = season.len() == 4 && (1900..2100).contains(&number);
    if !by_year && !(1..=2).contains(&season.len()) {
        return None;
    }
    let lengths = match season.len() {
        1 => 1..=3,
        2 => 2..=3,
        _ => 2..=2,
    };
    let episodes: Vec<u32> = parts
        .map(|part| {
            let real = lengths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            real.then(|| part.parse().ok()).flatten()
        })
        .collect::<Option<_>>()?;
    (!episodes.is_empty()).then_some((number, episodes))
}

/// `E05`, `EP05`, `Ep05v2`, `E1-200`; `SP01`, `OVA2`, which belong to no season.
pub fn marked(list: &[Word<'_>], behind: bool) -> Option<Numbers> {
    let word = list[0].lower.as_str();
    // `NCED1a`: an opening or ending without names.
    let creditless = ["ncop", "nced"]
        .iter()
        .find_map(|kind| word.strip_prefix(kind))
        .filter(|_| behind);
    if let Some(rest) = creditless {
        return Some(Numbers {
            words: 1,
            seasons: vec![0],
            episodes: digits(rest, 2)
                .map(|(number, _)| number)
                .into_iter()
                .collect(),
            corrected: false,
        });
    }
    let special = ["sp", "ova", "oad"]
        .iter()
        .find_map(|kind| word.strip_prefix(kind))
        .filter(|number| behind && number.len() <= 2)
        .and_then(|number| number.parse().ok());
    if let Some(number) = special {
        return Some(Numbers {
            words: 1,
            seasons: vec![0],
            episodes: vec![number],
            corrected: false,
        });
    }
    // `SP 1-3`
    if behind
        && matches!(word, "sp" | "ova" | "oad")
        && let Some(first) = list.get(1).filter(|next| next.gap == " ")
        && let Some(number) = first.number().filter(|_| first.text.len() <= 2)
    {
        let last = list.get(2).filter(|next| next.after_dash());
        let last = last.and_then(Word::number).filter(|last| *last > number);
        return Some(Numbers {
            words: if last.is_some() { 3 } else { 2 },
            seasons: vec![0],
            episodes: range(number, last.unwrap_or(number)),
            corrected: false,
        });
    }
    let code = parse_code(word)?;
    if code.season.is_some() || word.starts_with('x') {
        return None;
    }
    let mut episodes = code.episodes;
    let mut words = 1;
    while let Some(next) = list.get(words).filter(|next| next.gap.len() <= 3) {
        let last = episodes.last().copied()?;
        let number = parse_code(&next.lower)
            .filter(|code| code.season.is_none())
            .and_then(|code| code.episodes.first().copied())
            .or_else(|| {
                next.number()
                    .filter(|_| next.after_dash() && is_short(next))
            });
        match number {
            Some(number) if number > last && next.after_loose_dash() => {
                episodes.extend(range(last + 1, number));
            }
            Some(number) if number > last && next.number().is_none() => episodes.push(number),
            _ => break,
        }
        words += 1;
    }
    let total = of_total(&list[words..]).map_or(0, |(words, _)| words);
    // `E1` alone could be anything.
    let digits = word.trim_start_matches(|l: char| l.is_alphabetic()).len();
    if digits < 2 && !word.starts_with("ep") && episodes.len() < 2 && total == 0 {
        return None;
    }
    Some(Numbers {
        words: words + total,
        episodes,
        corrected: code.corrected,
        ..Numbers::default()
    })
}
