//! Strangers' texts, cut to what may be kept and shown.

/// On one line, without control characters, at most `limit` characters.
pub(crate) fn tidy(text: &str, limit: usize) -> String {
    let line: String = text
        .chars()
        .take(limit * 4)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(limit).collect()
}

/// A year between the first films and far off, as the first number of the text.
pub(crate) fn year(text: &str) -> Option<u16> {
    let digits: String = text
        .trim()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits
        .parse()
        .ok()
        .filter(|year| (1880..2100).contains(year))
}

/// The digits of an IMDb id: `tt0123456`, `0123456` and `123456` are one.
pub(crate) fn imdb_number(text: &str) -> Option<u64> {
    text.trim()
        .trim_start_matches("tt")
        .parse()
        .ok()
        .filter(|number| *number > 0)
}

/// A size in words, like `1.4 GiB` or `700 MB`; both units are read as binary, as trackers mean.
pub(crate) fn size_bytes(text: &str) -> Option<u64> {
    let text = text.trim_start();
    let number: String = text
        .chars()
        .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
        .collect();
    let unit: String = text[number.len()..]
        .trim_start()
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    let factor = match unit.to_ascii_lowercase().as_str() {
        "b" => 1.0,
        "kb" | "kib" => 1024.0,
        "mb" | "mib" => 1024.0 * 1024.0,
        "gb" | "gib" => 1024.0 * 1024.0 * 1024.0,
        "tb" | "tib" => 1024.0_f64.powi(4),
        _ => return None,
    };
    let number: f64 = number.replace(',', ".").parse().ok()?;
    let bytes = number * factor;
    (1.0..1e15).contains(&bytes).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_in_words() {
        assert_eq!(size_bytes("1 KiB"), Some(1024));
        assert_eq!(size_bytes(" 1.5 GB ⚙️"), Some(1_610_612_736));
        assert_eq!(size_bytes("1,5GiB"), Some(1_610_612_736));
        for text in [
            "",
            "GB",
            "1.2.3 GB",
            "5 apples",
            "99999999 TB",
            "💾",
            "-1 GB",
        ] {
            assert_eq!(size_bytes(text), None, "{text}");
        }
    }

    #[test]
    fn tidy_texts_are_one_short_line() {
        assert_eq!(tidy(" a\n\tb\u{0}c ", 10), "a b c");
        assert_eq!(tidy("привет", 3), "при");
    }

    #[test]
    fn imdb_ids_are_one_in_every_spelling() {
        assert_eq!(imdb_number("tt0118548"), Some(118_548));
        assert_eq!(imdb_number("118548"), Some(118_548));
        for text in ["", "tt", "0", "nm1", "tt-5"] {
            assert_eq!(imdb_number(text), None);
        }
    }

    #[test]
    fn years_are_plausible() {
        assert_eq!(year("2010-2014"), Some(2010));
        assert_eq!(year("99"), None);
        assert_eq!(year("soon"), None);
    }
}
