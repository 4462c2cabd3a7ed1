//! Strangers' texts, cut to what may be kept and shown, and ours as strangers take them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What `encodeURIComponent` leaves as it is: the official client sends ids so.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

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

/// The first size among words: `Size: 839.71 MB`, `0 download(s) - 2.35 GiB`.
pub(crate) fn size_among(text: &str) -> Option<u64> {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let begins = c.is_ascii_digit() && !before.is_alphanumeric() && before != '.';
        before = c;
        if begins && let Some(size) = size_bytes(&text[at..]).filter(|bytes| *bytes > 1024) {
            return Some(size);
        }
    }
    None
}

/// How many seeders words tell of: `Seeds: 12`, `Seeders 12`, `12 seeder(s)`.
pub(crate) fn seeders_among(text: &str) -> Option<u32> {
    let lower = text.to_lowercase();
    let (before, word) = lower.split_at(lower.find("seed")?);
    let rest = word.trim_start_matches(char::is_alphabetic);
    let parted = |c: char| !c.is_alphanumeric();
    let last = before.trim_end_matches(parted).rsplit(parted).next();
    let next = rest.trim_start_matches(parted).split(parted).next();
    let number = |word: Option<&str>| word?.parse().ok();
    if rest.trim_start().starts_with(':') {
        number(next)
    } else {
        number(last).or_else(|| number(next))
    }
}

/// A text of HTML as its words: tags fall away, so does what they hold.
pub(crate) fn without_tags(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => {
                inside = true;
                plain.push(' ');
            }
            '>' if inside => inside = false,
            _ if inside => {}
            _ => plain.push(c),
        }
    }
    plain
}

/// As a part of an address.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
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
    fn numbers_among_words() {
        let nyaa = "1 seeder(s), 2 leecher(s), 0 download(s) - 2.35 GiB";
        assert_eq!(size_among(nyaa), Some(2_523_293_286));
        assert_eq!(seeders_among(nyaa), Some(1));
        let lime = without_tags(
            "Seeds: 12<br />Leechers: 0<br />Size: 839.71 MB<br /><a href=\"1 GB\">x</a>",
        );
        assert_eq!(size_among(&lime), Some(880_499_752));
        assert_eq!(seeders_among(&lime), Some(12));
        assert_eq!(seeders_among("700 MB Seeders: 3"), Some(3));
        assert_eq!(seeders_among("12 seeders, 3 leechers"), Some(12));
        for text in ["", "720p 5.1", "x264 10bit", "seed", "MP4 GB"] {
            assert_eq!(
                (size_among(text), seeders_among(text)),
                (None, None),
                "{text}"
            );
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
