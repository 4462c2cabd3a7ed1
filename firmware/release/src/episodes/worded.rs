//! `Season 1`, `Сезон: 1`, `1-8 серии из 8`, `12 of 24`: numbers with words beside them.

use super::{
    Numbers,
    codes::{code, crossed},
    digits, range, versioned,
    vocabulary::{Unit, counts, ordinal, plural, roman, stands_behind, unit},
};
use crate::words::Word;

/// Ranges of numbers, each with its first and last.
type Spans = Vec<(u32, u32)>;

/// A number or ranges of numbers (`1-8`, `1, 2 & 3`) at the start of `list`, and how many words
/// they are. `spaced`: a dash with spaces makes a range too.
fn numbers_at(list: &[Word<'_>], spaced: bool) -> Option<(usize, Spans)> {
    let first = list.first()?;
    let number = first.number().filter(|_| first.text.len() <= 4)?;
    let mut spans = vec![(number, number)];
    let mut words = 1;
    while let Some(word) = list.get(words).filter(|_| words < 24) {
        let span = spans.last_mut()?;
        let last = list.get(words + 1).and_then(Word::number);
        if let Some(last) = last.filter(|last| *last > span.1) {
            if matches!(word.lower.as_str(), "to" | "по") {
                span.1 = last;
                words += 2;
                continue;
            }
            if last == span.1 + 1 && matches!(word.lower.as_str(), "and" | "и" | "та") {
                spans.push((last, last));
                words += 2;
                continue;
            }
        }
        let Some(number) = word.number().filter(|number| *number > span.1) else {
            break;
        };
        let listed = word.gap.contains([',', '&', '+'])
            && word.gap.chars().all(|l| matches!(l, ',' | '&' | '+' | ' '));
        if word.after_loose_dash() && (spaced || !word.after_spaced_dash()) {
            span.1 = number;
        } else if listed {
            spans.push((number, number));
        } else {
            break;
        }
        words += 1;
    }
    Some((words, spans))
}

/// `Season 1 2 3 4`: three in a row are all meant.
fn listed(list: &[Word<'_>], words: &mut usize, spans: &mut Spans) {
    let [(first, last)] = spans[..] else { return };
    let run = list[*words..]
        .iter()
        .take(40)
        .zip(last + 1..)
        .take_while(|(word, number)| word.gap == " " && word.number() == Some(*number))
        .count();
    if first == last && run >= 2 {
        spans[0].1 = last + run as u32;
        *words += run;
    }
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
pub fn worded(list: &[Word<'_>]) -> Option<Numbers> {
    if let Some((words, spans)) = numbers_at(list, true) {
        number_first(list, words, &spans)
    } else if let Some(number) = ordinal(&list[0].lower) {
        ordinal_first(list, number)
    } else {
        unit_first(list)
    }
}

/// Whether only spaces or dots part a unit from the number before it.
fn near(word: &Word<'_>) -> bool {
    // `Формула 1. Сезон 2026`
    let sentence = word.gap.contains(". ") && !word.lower.is_ascii() && word.lower != "bölüm";
    word.gap.trim_matches([' ', '.', '_', '°']).is_empty() && !sentence
}

fn number_first(list: &[Word<'_>], words: usize, spans: &[(u32, u32)]) -> Option<Numbers> {
    let mut next = words;
    // 2-й сезон
    if list.get(next).is_some_and(|word| {
        word.after_dash()
            && matches!(
                word.lower.as_str(),
                "й" | "я" | "ый" | "ой" | "ий" | "ая" | "а" | "га" | "тя" | "ша"
            )
    }) {
        next += 1;
    }
    let word = list.get(next)?;
    let unit = unit(&word.lower).filter(|unit| *unit == Unit::Episode || spans[0].0 < 100)?;
    // `Сезон: 6 Серии: 1-70`: the episodes' number is the next one.
    let heads = unit == Unit::Episode
        && list
            .get(next + 1)
            .is_some_and(|after| after.gap.starts_with(':'));
    if heads || !near(word) || !stands_behind(&word.lower) {
        return None;
    }
    let values = if counts(&word.lower) && next == words {
        up_to(spans)
    } else {
        written_out(spans)
    };
    let mut numbers = with_unit(unit, next + 1, values);
    numbers.words += of_total(&list[numbers.words..]).map_or(0, |(words, _)| words);
    Some(numbers)
}

/// `2nd Season`, `1ª a 8ª Temporada`
fn ordinal_first(list: &[Word<'_>], first: u32) -> Option<Numbers> {
    let mut next = 1;
    let mut last = first;
    let link = list.get(1)?;
    if matches!(link.lower.as_str(), "a" | "à" | "ao" | "to" | "até")
        && let Some(to) = list.get(2).and_then(|word| ordinal(&word.lower))
    {
        last = to;
        next = 3;
    }
    let word = list.get(next).filter(|word| near(word))?;
    let unit = unit(&word.lower)?;
    Some(with_unit(unit, next + 1, range(first, last)))
}

fn unit_first(list: &[Word<'_>]) -> Option<Numbers> {
    let first = &list[0];
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
        "series" => return british(list),
        // Alone they are words of other languages.
        "ser" | "sez" => return None,
        word => unit(word)?,
    };
    let next = list.get(1)?;
    let gap = next
        .gap
        .trim_matches([' ', '.', '_', ':', '№', '#', '(', '-', '[']);
    if !gap.is_empty() {
        return None;
    }
    // `Episode 1.22`
    if kind == Unit::Episode
        && next.text.len() <= 2
        && let Some(season) = next.number()
        && let Some(episode) = list
            .get(2)
            .filter(|word| word.gap == "." && word.text.len() == 2)
        && let Some(episode) = episode.number()
    {
        return Some(Numbers {
            words: 3,
            seasons: vec![season],
            episodes: vec![episode],
            corrected: false,
        });
    }
    // `Ep 2x03`, `Seasons S01 to S28`
    let coded = match kind {
        Unit::Episode => crossed(&list[1..], true),
        Unit::Season => code(&list[1..]),
    };
    if let Some(mut numbers) = coded {
        numbers.words += 1;
        return Some(numbers);
    }
    let spaced =
        kind == Unit::Episode || plural(&first.lower) || next.gap.trim_start().starts_with(':');
    let mut found = numbers_at(&list[1..], spaced);
    if let Some((words, _)) = found
        && kind == Unit::Episode
        && !plural(&first.lower)
        && list
            .get(1 + words)
            .is_some_and(|word| word.bracket == next.bracket)
    {
        // `Episode 4 - 8 Mile`, but `[Ep 01 - 220]`
        found = numbers_at(&list[1..], false);
    }
    // `Season 1 - 4 Complete`
    if kind == Unit::Season
        && let Some((words, spans)) = numbers_at(&list[1..], true)
        && list
            .get(1 + words)
            .is_some_and(|word| word.lower.starts_with("complet"))
    {
        found = Some((words, spans));
    }
    if let Some((mut words, mut spans)) = found {
        if kind == Unit::Season {
            listed(&list[1..], &mut words, &mut spans);
        }
        if spans[0].0 >= 1900 && kind == Unit::Season {
            return None;
        }
        if first.lower.starts_with("cap") {
            return spanish(list, words, &spans);
        }
        let total = of_total(&list[1 + words..]);
        let values = if plural(&first.lower) && kind == Unit::Episode && total.is_some() {
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

/// `Series 2 Part 11`, `Series.21.720p`: what Britons call a season. `World Series 7 Highlights`
/// is none.
fn british(list: &[Word<'_>]) -> Option<Numbers> {
    let word = list.get(1).filter(|word| near(word))?;
    let number = word.number().filter(|number| (1..60).contains(number))?;
    let season = list.get(2).is_none_or(|next| {
        next.bracket != word.bracket
            || next
                .text
                .starts_with(|letter: char| letter.is_ascii_digit())
            || unit(&next.lower).is_some()
            || matches!(next.lower.as_str(), "part" | "complete")
    });
    season.then(|| with_unit(Unit::Season, 2, vec![number]))
}

/// `Cap.102`, `Cap.1503_1506`: season and episode in one number, where it is long enough.
fn spanish(list: &[Word<'_>], words: usize, spans: &[(u32, u32)]) -> Option<Numbers> {
    let (first, mut last) = *spans.first()?;
    let mut taken = 1 + words;
    if let Some(word) = list.get(taken).filter(|word| word.gap == "_")
        && let Some(number) = word.number().filter(|number| *number > last)
    {
        last = number;
        taken += 1;
    }
    if first < 100 {
        let real = list[1].text.len() >= 2 || list[1].gap.contains('.');
        return real.then(|| with_unit(Unit::Episode, taken, range(first, last)));
    }
    Some(Numbers {
        words: taken,
        seasons: vec![first / 100],
        episodes: range(first % 100, last % 100),
        corrected: false,
    })
}

/// `из 12`, `of 12` behind a number: how many there are.
pub fn of_total(list: &[Word<'_>]) -> Option<(usize, u32)> {
    let of = list.first()?;
    if !matches!(of.lower.as_str(), "из" | "of" | "iz" | "з") {
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

/// `[10/16]`, `[2024, Корея, 10/16, WEBRip]`: ten of sixteen, but not `(1/2 финала)`.
fn share(list: &[Word<'_>]) -> Option<Numbers> {
    let [first, last, rest @ ..] = list else {
        return None;
    };
    let (episode, total) = (first.number()?, last.number()?);
    let ends = rest
        .first()
        .is_none_or(|next| next.bracket != first.bracket || next.gap.starts_with(','));
    let real = first.bracket.is_some()
        && first.gap.ends_with(['[', '(', ' '])
        && first.gap.contains(['[', '(', ','])
        && last.gap == "/"
        && ends
        && (1..=total).contains(&episode)
        && (4..200).contains(&total);
    real.then(|| with_unit(Unit::Episode, 2, range(1, episode)))
}

/// `[01-12 из 12]`, `12 из 12`, `1 of 6`, `1of6`.
pub fn counted(list: &[Word<'_>]) -> Option<Numbers> {
    let glued = ["of", "iz"]
        .iter()
        .find_map(|of| list[0].lower.split_once(of));
    if let Some((episode, total)) = glued {
        let (episode, total): (u32, u32) = (episode.parse().ok()?, total.parse().ok()?);
        return (episode <= total && total < 200)
            .then(|| with_unit(Unit::Episode, 1, vec![episode]));
    }
    if let Some(share) = share(list) {
        return Some(share);
    }
    let (words, spans) = numbers_at(list, true)?;
    // `12+2 из 12+2`: the second are specials.
    let specials = |at: usize| {
        let word = list.get(at).filter(|word| word.gap == "+");
        usize::from(word.and_then(Word::number).is_some())
    };
    let words = words + specials(words);
    let (mut more, total) = of_total(&list[words..])?;
    more += specials(words + more);
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
