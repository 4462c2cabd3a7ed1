//! Numbers that are neither years nor episodes: dates of broadcasts (`2014.04.28`, `28 Apr 2014`,
//! `140428`), sizes and rates (`1.4GB`, `192 Kbps`, `50fps`).

use crate::{words::Word, year::YEARS};

#[derive(Debug, PartialEq, Eq)]
pub struct Date {
    pub words: usize,
    /// Absent where two digits could be the year or the day.
    pub year: Option<u16>,
}

/// A date at the start of `list`; `leading` when nothing stands before it.
pub fn date(list: &[Word<'_>], leading: bool) -> Option<Date> {
    compact(&list[0]).or_else(|| {
        let [first, second, third, ..] = list else {
            return None;
        };
        let of = |year: u32| Date {
            words: 3,
            year: Some(year as u16),
        };
        if let Some(year) = year(third)
            && ((day(first).is_some() && month(second)) || (month(first) && day(second).is_some()))
        {
            return Some(of(year));
        }
        if second.gap != third.gap || !matches!(second.gap, "." | "-" | "/" | "_" | " ") {
            return None;
        }
        let spaced = second.gap == " ";
        let two = |word: &Word<'_>, most: u32| {
            word.number()
                .filter(|number| (1..=most).contains(number))
                .is_some_and(|_| word.text.len() == 2 || (!spaced && word.text.len() == 1))
        };
        let day_and_month = |one: &Word<'_>, other: &Word<'_>| {
            (two(one, 31) && two(other, 12)) || (two(one, 12) && two(other, 31))
        };
        if let Some(year) = year(first).filter(|_| !(leading && spaced))
            && day_and_month(second, third)
        {
            return Some(of(year));
        }
        if let Some(year) = year(third)
            && day_and_month(first, second)
        {
            return Some(of(year));
        }
        let short = [first, second, third].iter().all(|word| {
            word.text.len() == 2 && word.number().is_some() && !leading && second.gap == "."
        });
        (short && two(second, 12) && (two(first, 31) || two(third, 31))).then_some(Date {
            words: 3,
            year: None,
        })
    })
}

fn year(word: &Word<'_>) -> Option<u32> {
    word.number()
        .filter(|number| word.text.len() == 4 && YEARS.contains(number))
}

/// `20140428`, `140428`
fn compact(word: &Word<'_>) -> Option<Date> {
    let text = word.text;
    if !matches!(text.len(), 6 | 8) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = text.split_at(text.len() - 4);
    let year: u32 = year.parse().ok()?;
    let year = if year < 100 { 2000 + year } else { year };
    let (month, day) = rest.split_at(2);
    let (month, day): (u32, u32) = (month.parse().ok()?, day.parse().ok()?);
    let real = YEARS.contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    real.then_some(Date {
        words: 1,
        year: Some(year as u16),
    })
}

/// `28`, `1st`, `23rd`
fn day(word: &Word<'_>) -> Option<u32> {
    let digits = word.lower.trim_end_matches(['s', 't', 'n', 'd', 'r', 'h']);
    let number: u32 = digits.parse().ok()?;
    (digits.len() <= 2 && (1..=31).contains(&number)).then_some(number)
}

fn month(word: &Word<'_>) -> bool {
    matches!(
        word.lower.as_str(),
        "jan"
            | "january"
            | "feb"
            | "february"
            | "mar"
            | "march"
            | "apr"
            | "april"
            | "may"
            | "jun"
            | "june"
            | "jul"
            | "july"
            | "aug"
            | "august"
            | "sep"
            | "sept"
            | "september"
            | "oct"
            | "october"
            | "nov"
            | "november"
            | "dec"
            | "december"
            | "января"
            | "февраля"
            | "марта"
            | "апреля"
            | "мая"
            | "июня"
            | "июля"
            | "августа"
            | "сентября"
            | "октября"
            | "ноября"
            | "декабря"
    )
}

/// How many words at the start of `list` tell a size or a rate.
pub fn size(list: &[Word<'_>]) -> Option<usize> {
    let first = &list[0];
    if !first
        .text
        .starts_with(|letter: char| letter.is_ascii_digit())
    {
        return None;
    }
    let glued = |word: &Word<'_>| {
        let unit = word
            .lower
            .trim_start_matches(|letter: char| letter.is_ascii_digit());
        unit.len() < word.lower.len() && is_unit(unit)
    };
    if glued(first) {
        return Some(1);
    }
    first.number()?;
    let second = list.get(1)?;
    let near = |word: &Word<'_>| matches!(word.gap, " " | "_" | ".");
    if near(second) && (is_unit(&second.lower) || (second.gap == "." && glued(second))) {
        return Some(2);
    }
    let third = list.get(2)?;
    (matches!(second.gap, "." | ",")
        && second.number().is_some()
        && near(third)
        && is_unit(&third.lower))
    .then_some(3)
}

fn is_unit(text: &str) -> bool {
    matches!(
        text,
        "gb" | "mb"
            | "tb"
            | "gib"
            | "mib"
            | "kbps"
            | "mbps"
            | "kbit"
            | "mbit"
            | "fps"
            | "khz"
            | "гб"
            | "мб"
            | "тб"
            | "кбит"
            | "мбит"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::split;

    fn read(text: &str) -> Option<(usize, Option<u16>)> {
        date(&split(text).list, false).map(|date| (date.words, date.year))
    }

    #[test]
    fn dates_are_told_from_other_numbers() {
        for text in [
            "2014.04.28",
            "28-04-2014",
            "04-28-2014",
            "28 Apr 2014",
            "April 28, 2014",
        ] {
            assert_eq!(read(text), Some((3, Some(2014))), "{text}");
        }
        assert_eq!(read("140428 720p"), Some((1, Some(2014))));
        assert_eq!(read("20140428"), Some((1, Some(2014))));
        assert_eq!(read("08.01.08"), Some((3, None)));
        for text in [
            "2012 2009 1080p",
            "1.2.3",
            "149999",
            "2049 2017",
            "12.34.56",
            "5.1.2",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_told_from_other_numbers() {
        let read = |text: &str| size(&split(text).list);
        assert_eq!(read("700MB"), Some(1));
        assert_eq!(read("1.4GB"), Some(2));
        assert_eq!(read("2.5 GB"), Some(3));
        assert_eq!(read("192 Kbps"), Some(2));
        assert_eq!(read("720p"), None);
        assert_eq!(read("12 Monkeys"), None);
    }
}
