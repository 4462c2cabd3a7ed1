//! Reading what services answer, field by field: a field that is missing, null or of another type
//! is unknown, and never spoils its neighbours.

use hearth_model::{Names, UnixMs};
use serde_json::Value;

const LONGEST_LINE: usize = 300;
const LONGEST_TEXT: usize = 5_000;

pub(crate) trait Reading {
    fn value(&self) -> &Value;

    fn at(&self, key: &str) -> &Value {
        self.value().get(key).unwrap_or(&Value::Null)
    }

    /// The entries of a list; none where it is no list.
    fn list(&self, key: &str) -> std::slice::Iter<'_, Value> {
        self.at(key)
            .as_array()
            .map_or([].iter(), |list| list.iter())
    }

    /// One line without control characters.
    fn line(&self, key: &str) -> Option<String> {
        line(self.at(key).as_str()?)
    }

    /// Several lines.
    fn prose(&self, key: &str) -> Option<String> {
        let text: String = self.at(key).as_str()?.chars().take(LONGEST_TEXT).collect();
        let text = text.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// Some services write numbers as texts.
    fn real(&self, key: &str) -> Option<f32> {
        let value = self.at(key);
        let number = match value.as_str() {
            Some(text) => text.trim().parse().ok()?,
            None => value.as_f64()?,
        };
        let number = number as f32;
        number.is_finite().then_some(number)
    }

    fn number<T: TryFrom<u64>>(&self, key: &str) -> Option<T> {
        let value = self.at(key);
        let number = match value.as_str() {
            Some(text) => text.trim().parse().ok()?,
            None => value.as_u64().or_else(|| {
                value
                    .as_f64()
                    .filter(|real| *real >= 0.0)
                    .map(|real| real as u64)
            })?,
        };
        T::try_from(number).ok()
    }

    fn above_zero<T: TryFrom<u64> + PartialEq + Default>(&self, key: &str) -> Option<T> {
        self.number(key).filter(|number| *number != T::default())
    }

    /// `2010-09-27`, or the part of it that is known.
    fn date(&self, key: &str) -> Option<String> {
        let text = self.at(key).as_str()?.trim();
        let day: String = text.chars().take(10).collect();
        let is_date = day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        (is_date && matches!(day.len(), 4 | 7 | 10) && year(&day).is_some()).then_some(day)
    }
}

impl Reading for Value {
    fn value(&self) -> &Value {
        self
    }
}

pub(crate) fn line(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .take(LONGEST_LINE * 2)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = words.chars().take(LONGEST_LINE).collect();
    (!text.is_empty()).then_some(text)
}

pub(crate) fn year(date: &str) -> Option<u16> {
    date.get(..4)?
        .parse()
        .ok()
        .filter(|year| (1870..2200).contains(year))
}

/// A rating of 0 means that nobody gave one.
pub(crate) fn rating(value: Option<f32>) -> Option<f32> {
    value
        .filter(|rating| *rating > 0.0 && *rating <= 10.0)
        .map(|rating| (rating * 10.0).round() / 10.0)
}

pub(crate) fn is_russian(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё'))
}

/// A service fills a missing translation with another language; the script tells. A name without
/// any letters, like `1917`, is the same in both.
pub(crate) fn russian(text: Option<String>) -> Option<String> {
    text.filter(|text| is_russian(text) || !text.chars().any(char::is_alphabetic))
}

/// English as far as its script tells.
pub(crate) fn english(text: Option<String>) -> Option<String> {
    text.filter(|text| {
        text.chars()
            .filter(|c| c.is_alphabetic())
            .all(|c| c < '\u{250}')
    })
}

/// A text that is shown in one of the two languages, by its script.
pub(crate) fn named(text: Option<String>) -> Names {
    match text {
        Some(text) if is_russian(&text) => Names {
            ru: Some(text),
            ..Names::default()
        },
        text => Names {
            en: text,
            ..Names::default()
        },
    }
}

/// The moment of `2016-09-04T09:00:00.000+03:00`.
pub(crate) fn moment(text: &str) -> Option<UnixMs> {
    let at: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(at.as_millisecond()).ok()
}

/// The youngest viewer in years by a board's label; None where it does not say.
pub(crate) fn age(country: &str, label: &str) -> Option<u8> {
    let named = match (country, label) {
        ("US", "G" | "TV-Y" | "TV-G") => Some(0),
        ("US", "TV-Y7") => Some(7),
        ("US", "PG") => Some(8),
        ("US", "TV-PG") => Some(10),
        ("US", "PG-13") => Some(13),
        ("US", "TV-14") => Some(14),
        ("US", "R" | "NC-17" | "TV-MA") => Some(17),
        _ => None,
    };
    let digits: String = label
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    named.or_else(|| digits.parse().ok().filter(|age| *age <= 21))
}

/// The slugs of a genre by the English name some service has for it.
pub(crate) fn genres(name: &str) -> Vec<String> {
    let name = name.trim().to_lowercase();
    let known: &[&str] = match name.as_str() {
        "action & adventure" => &["action", "adventure"],
        "sci-fi & fantasy" => &["science-fiction", "fantasy"],
        "sci-fi" | "science fiction" => &["science-fiction"],
        "war & politics" => &["war", "politics"],
        "tv movie" => &[],
        _ => {
            let words: Vec<&str> = name
                .split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|word| !word.is_empty())
                .collect();
            let slug: String = words.join("-").chars().take(40).collect();
            return (!slug.is_empty()).then_some(slug).into_iter().collect();
        }
    };
    known.iter().map(|slug| (*slug).to_owned()).collect()
}

/// Each once, in their order.
pub(crate) fn distinct(all: impl IntoIterator<Item = String>, most: usize) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for one in all {
        if kept.len() < most && !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_of_another_type_is_unknown() {
        let value = json!({
            "text": 5, "number": "12", "real": "93.49", "null": null, "list": {"a": 1},
            "date": "2010-09-27", "part": "1998", "no_date": "", "odd": "09/27/2010", "huge": 1e300,
            "negative": -3,
        });
        assert_eq!(value.line("text"), None);
        assert_eq!(value.number::<u64>("number"), Some(12));
        assert_eq!(value.real("real"), Some(93.49));
        assert_eq!(value.real("huge"), None);
        assert_eq!(value.number::<u32>("negative"), None);
        assert_eq!(value.line("null"), None);
        assert_eq!(value.list("list").count(), 0);
        assert_eq!(value.date("date").as_deref(), Some("2010-09-27"));
        assert_eq!(value.date("part").as_deref(), Some("1998"));
        assert_eq!(value.date("no_date"), None);
        assert_eq!(value.date("odd"), None);
        assert_eq!(json!([1]).line("text"), None);
    }

    #[test]
    fn a_label_tells_an_age() {
        for (country, label, expected) in [
            ("RU", "16+", Some(16)),
            ("US", "PG-13", Some(13)),
            ("US", "TV-MA", Some(17)),
            ("AU", "R 18+", Some(18)),
            ("DE", "0", Some(0)),
            ("BE", "KNT/ENA", None),
            ("XX", "1984", None),
            ("RU", "", None),
        ] {
            assert_eq!(age(country, label), expected, "{country} {label}");
        }
    }

    #[test]
    fn a_filled_in_translation_is_not_taken_for_one() {
        let russian = |text: &str| russian(Some(text.into()));
        assert!(russian("Матрица").is_some() && russian("1917").is_some());
        assert!(russian("The Matrix").is_none() && russian("君の名は。").is_none());
        assert!(english(Some("Amélie".into())).is_some());
        assert!(english(Some("君の名は。".into())).is_none());
    }
}
