//! Seasons and episodes that say what they are: `S01E02-E05`, `1x02`, `Season 1`,
//! `1 сезон: 1-8 серии из 8`.

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
    code(list)
        .or_else(|| crossed(list))
        .or_else(|| worded(list))
        .or_else(|| counted(list))
        .or_else(|| marked(list))
}

pub fn range(first: u32, last: u32) -> Vec<u32> {
    if last >= first && last - first <= LONGEST_RANGE {
        (first..=last).collect()
    } else {
        vec![first]
    }
}

/// `S01`, `S01E02`, `S01E02E03`, as far as the word goes.
struct Code {
    season: Option<u32>,
    episodes: Vec<u32>,
    corrected: bool,
}

fn parse_code(word: &str) -> Option<Code> {
    let mut rest = word;
    let mut season = None;
    if let Some(after) = rest.strip_prefix(['s', 'с']) {
        let (number, after) = digits(after, 4)?;
        season = Some(number);
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
        let (number, after) = digits(after, 4)?;
        episodes.push(number);
        rest = after;
    }
    let corrected = is_version(rest);
    // `S01E02a`: half an episode is still that episode.
    let part = !episodes.is_empty() && rest.len() == 1 && rest.is_ascii();
    // `S07D1` is a disc of the season.
    let disc = episodes.is_empty()
        && rest
            .strip_prefix('d')
            .is_some_and(|disc| !disc.is_empty() && disc.bytes().all(|b| b.is_ascii_digit()));
    let plausible = season.is_none_or(|season| season < 100 || (1900..2100).contains(&season));
    let complete = rest.is_empty() || corrected || part || disc;
    (complete && plausible && (season.is_some() || !episodes.is_empty())).then_some(Code {
        season,
        episodes,
        corrected,
    })
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
        .is_some_and(|number| matches!(number, "2" | "3" | "4" | "5"))
}

fn code(list: &[Word<'_>]) -> Option<Numbers> {
    let first = parse_code(&list[0].lower)?;
    first.season?;
    let mut numbers = Numbers {
        words: 1,
        seasons: first.season.into_iter().collect(),
        episodes: first.episodes,
        corrected: first.corrected,
    };
    while let Some(word) = list.get(numbers.words) {
        let dash = word.after_loose_dash();
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
                (Some(number), None) if number > numbers.seasons[0] && number < 60 => {
                    numbers
                        .seasons
                        .extend(range(numbers.seasons[0] + 1, number));
                }
                _ => break,
            },
            // S01E01+02
            (_, Some(last)) if matches!(word.gap.trim(), "+" | "&") => match word.number() {
                Some(number) if number == last + 1 => numbers.episodes.push(number),
                _ => break,
            },
            _ => break,
        }
        numbers.words += 1;
    }
    Some(numbers)
}

fn is_short(word: &Word<'_>) -> bool {
    word.text.len() <= 3 || word.number().is_some_and(|number| number < 1900)
}

/// `1x02`, `1x02-05`, `1x02-1x05`.
fn crossed(list: &[Word<'_>]) -> Option<Numbers> {
    let (season, mut episodes) = parse_crossed(&list[0].lower)?;
    let mut words = 1;
    while let Some(word) = list.get(words).filter(|word| word.after_dash()) {
        let last = episodes.last().copied()?;
        let end = match parse_crossed(&word.lower) {
            Some((same, ends)) if same == season => ends.first().copied(),
            Some(_) => None,
            None => word.number().filter(|_| is_short(word)),
        };
        let Some(end) = end.filter(|end| *end > last) else {
            break;
        };
        episodes.extend(range(last + 1, end));
        words += 1;
    }
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
    if season.is_empty() || season.len() > 2 {
        return None;
    }
    let season = season.parse().ok()?;
    let episodes: Vec<u32> = parts
        .map(|part| {
            let real = (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            real.then(|| part.parse().ok()).flatten()
        })
        .collect::<Option<_>>()?;
    (!episodes.is_empty()).then_some((season, episodes))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Season,
    Episode,
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "season" | "seasons" | "сезон" | "сезоны" | "сезона" | "сезонов" | "сезону" | "staffel"
        | "saison" | "temporada" | "stagione" | "seizoen" | "тв" => Unit::Season,
        "episode" | "episodes" | "ep" | "eps" | "серия" | "серии" | "серий" | "сер" | "эпизод"
        | "эпизоды" | "эпизода" | "эп" | "выпуск" | "выпуски" | "выпуска" | "folge"
        | "выпусков" | "эпизодов" => Unit::Episode,
        _ => return None,
    })
}

fn ordinal(word: &str) -> Option<u32> {
    let spelt = match word {
        "first" | "первый" | "one" => 1,
        "second" | "второй" | "two" => 2,
        "third" | "третий" | "three" => 3,
        "fourth" | "четвертый" | "четвёртый" | "four" => 4,
        "fifth" | "пятый" | "five" => 5,
        "sixth" | "шестой" | "six" => 6,
        "seventh" | "седьмой" | "seven" => 7,
        "eighth" | "восьмой" | "eight" => 8,
        "ninth" | "девятый" | "nine" => 9,
        "tenth" | "десятый" | "ten" => 10,
        _ => 0,
    };
    if spelt > 0 {
        return Some(spelt);
    }
    let (number, end) = digits(word, 2)?;
    matches!(
        end,
        "st" | "nd" | "rd" | "th" | "й" | "ый" | "ой" | "ий" | "я" | "ая"
    )
    .then_some(number)
}

fn roman(word: &str) -> Option<u32> {
    let numerals = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"];
    let at = numerals.iter().position(|numeral| *numeral == word)?;
    Some(at as u32 + 1)
}

/// A number or ranges of numbers (`1-8`, `1, 2`) at the start of `list`: how many words, and the
/// first and last of each range.
fn numbers_at(list: &[Word<'_>]) -> Option<(usize, Vec<(u32, u32)>)> {
    let first = list.first()?;
    let number = first.number().filter(|_| first.text.len() <= 4)?;
    let mut spans = vec![(number, number)];
    let mut words = 1;
    while let Some(word) = list.get(words).filter(|_| words < 24) {
        let span = spans.last_mut()?;
        let last = list.get(words + 1).and_then(Word::number);
        if let Some(last) = last.filter(|last| *last > span.1)
            && matches!(word.lower.as_str(), "to" | "по")
        {
            span.1 = last;
            words += 2;
            continue;
        }
        let Some(number) = word.number().filter(|number| *number > span.1) else {
            break;
        };
        if word.after_loose_dash() {
            span.1 = number;
        } else if matches!(word.gap.trim(), "," | "&" | "+") {
            spans.push((number, number));
        } else {
            break;
        }
        words += 1;
    }
    Some((words, spans))
}

fn written_out(spans: &[(u32, u32)]) -> Vec<u32> {
    spans
        .iter()
        .flat_map(|(first, last)| range(*first, *last))
        .collect()
}

/// A count of what is there (`12 из 12`) rather than a number.
fn up_to(spans: &[(u32, u32)]) -> Vec<u32> {
    match spans[..] {
        [(first, last)] if first == last => range(1, last),
        _ => written_out(spans),
    }
}

fn with_unit(unit: Unit, words: usize, values: Vec<u32>) -> Numbers {
    match unit {
        Unit::Season => Numbers {
            words,
            seasons: values,
            ..Numbers::default()
        },
        Unit::Episode => Numbers {
            words,
            episodes: values,
            ..Numbers::default()
        },
    }
}

/// `Season 1`, `Сезон: 1`, `1 сезон`, `1-8 серии`, `2nd Season`, `TV-2`.
fn worded(list: &[Word<'_>]) -> Option<Numbers> {
    let first = &list[0];
    // The number first.
    if let Some((words, spans)) = numbers_at(list) {
        let mut next = words;
        // 2-й сезон
        if list.get(next).is_some_and(|word| {
            word.after_dash()
                && matches!(word.lower.as_str(), "й" | "я" | "ый" | "ой" | "ий" | "ая")
        }) {
            next += 1;
        }
        let word = list.get(next)?;
        let near = word.gap.trim_matches([' ', '.', '_']).is_empty();
        // `1 сезон`, but `Episode 5` after `3` belongs to the 5: only Russian counts this way.
        let russian = !word.lower.is_ascii();
        let unit = unit(&word.lower).filter(|unit| *unit == Unit::Episode || spans[0].0 < 100);
        if near
            && russian
            && let Some(unit) = unit
        {
            let mut numbers = with_unit(unit, next + 1, written_out(&spans));
            numbers.words += of_total(&list[numbers.words..]).map_or(0, |(words, _)| words);
            return Some(numbers);
        }
        return None;
    }
    if let Some(number) = ordinal(&first.lower) {
        let word = list.get(1)?;
        let near = word.gap.trim_matches([' ', '.', '_']).is_empty();
        return match unit(&word.lower) {
            Some(unit) if near => Some(with_unit(unit, 2, vec![number])),
            _ => None,
        };
    }
    // Season1, Сезон2
    let letters = first
        .lower
        .trim_end_matches(|letter: char| letter.is_ascii_digit());
    if letters.len() < first.lower.len()
        && letters.chars().count() > 2
        && let Some(unit) = unit(letters)
    {
        let (number, _) = digits(&first.lower[letters.len()..], 4)?;
        return Some(with_unit(unit, 1, vec![number]));
    }
    let kind = match first.lower.as_str() {
        // TV-2, ТВ-1: the seasons of anime on Russian trackers.
        "tv" | "тв" => {
            let word = list.get(1).filter(|word| word.after_dash())?;
            let number = word.number().filter(|number| *number < 20)?;
            return Some(with_unit(Unit::Season, 2, vec![number]));
        }
        word => unit(word)?,
    };
    let next = list.get(1)?;
    let gap = next
        .gap
        .trim_matches([' ', '.', '_', ':', '№', '#', '(', '-', '[']);
    if !gap.is_empty() {
        return None;
    }
    if let Some((words, spans)) = numbers_at(&list[1..]) {
        if spans[0].0 >= 1900 && kind == Unit::Season {
            return None;
        }
        let plural = matches!(first.lower.as_str(), "серии" | "эпизоды" | "выпуски");
        let total = of_total(&list[1 + words..]);
        let values = if plural && total.is_some() {
            up_to(&spans)
        } else {
            written_out(&spans)
        };
        let taken = 1 + words + total.map_or(0, |(words, _)| words);
        return Some(with_unit(kind, taken, values));
    }
    if let Some((number, true)) = versioned(next) {
        let mut numbers = with_unit(kind, 2, vec![number]);
        numbers.corrected = true;
        return Some(numbers);
    }
    let roman = if kind == Unit::Season {
        roman(&next.lower)
    } else {
        None
    };
    let number = ordinal(&next.lower).or(roman)?;
    Some(with_unit(kind, 2, vec![number]))
}

/// `из 12`, `of 12` behind a number: how many there are.
fn of_total(list: &[Word<'_>]) -> Option<(usize, u32)> {
    let of = list.first()?;
    if !matches!(of.lower.as_str(), "из" | "of" | "iz") {
        return None;
    }
    let total = list.get(1)?;
    match total.number() {
        Some(number) => Some((2, number)),
        None if matches!(total.lower.as_str(), "xx" | "хх") => Some((2, 0)),
        None if total.gap.contains('?') => Some((1, 0)),
        None => None,
    }
}

/// `[01-12 из 12]`, `12 из 12`, `1 of 6`, `1of6`.
fn counted(list: &[Word<'_>]) -> Option<Numbers> {
    if let Some((episode, total)) = list[0].lower.split_once("of") {
        let (episode, total): (u32, u32) = (episode.parse().ok()?, total.parse().ok()?);
        return (episode <= total && total < 200)
            .then(|| with_unit(Unit::Episode, 1, vec![episode]));
    }
    let (words, spans) = numbers_at(list)?;
    let (more, total) = of_total(&list[words..])?;
    if total != 0 && spans.last()?.1 > total {
        return None;
    }
    let values = if list[words].lower == "of" {
        written_out(&spans)
    } else {
        up_to(&spans)
    };
    let mut numbers = with_unit(Unit::Episode, words + more, values);
    if list
        .get(numbers.words)
        .is_some_and(|word| unit(&word.lower) == Some(Unit::Episode))
    {
        numbers.words += 1;
    }
    Some(numbers)
}

/// `E05`, `EP05`, `Ep05v2`, `第07話`.
fn marked(list: &[Word<'_>]) -> Option<Numbers> {
    let word = list[0].lower.as_str();
    if let Some(rest) = word.strip_prefix('第') {
        let (number, end) = digits(rest, 4)?;
        let unit = match end.chars().next()? {
            '話' | '话' | '集' | '回' => Unit::Episode,
            '季' | '期' => Unit::Season,
            _ => return None,
        };
        return Some(with_unit(unit, 1, vec![number]));
    }
    let code = parse_code(word)?;
    let enough_digits = word.trim_start_matches(|l: char| l.is_alphabetic()).len() >= 2;
    if code.season.is_some() || !enough_digits || word.starts_with('x') {
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
    Some(Numbers {
        words,
        episodes,
        corrected: code.corrected,
        ..Numbers::default()
    })
}

/// A number, perhaps of a corrected version: `07`, `07v2`.
pub fn versioned(word: &Word<'_>) -> Option<(u32, bool)> {
    if let Some(number) = word.number() {
        return (word.text.len() <= 4).then_some((number, false));
    }
    let (number, end) = digits(&word.lower, 4)?;
    is_version(end).then_some((number, true))
}
