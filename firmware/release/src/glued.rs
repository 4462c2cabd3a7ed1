//! Words that lack a space: `ShowS01E02Name`, `Bluray1080p`, `HDTVx264`, `2006г`.

/// How many lines a picture has, and codecs, as they are glued to other words.
const TAGS: [&str; 10] = [
    "2160p", "1080p", "1080i", "720p", "576p", "480p", "x264", "x265", "h264", "h265",
];

/// Where the piece lies that is a word of its own; its two neighbours are words, too.
pub fn piece(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    year(text)
        .or_else(|| code(text))
        .or_else(|| crossed(bytes))
        .or_else(|| TAGS.iter().find_map(|tag| tagged(bytes, tag.as_bytes())))
}

/// `2006г` is a number with more.
fn year(text: &str) -> Option<(usize, usize)> {
    let year = text.strip_suffix(['г', 'Г'])?;
    (year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit())).then_some((0, 4))
}

/// The season and the episode of two digits or three, so that no word of a language looks like it.
fn code(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let letter = |at: usize, wanted: u8| {
        bytes
            .get(at)
            .is_some_and(|byte| byte.to_ascii_lowercase() == wanted)
    };
    let begins = |at: usize| {
        letter(at, b's')
            && digit(at + 1)
            && digit(at + 2)
            && letter(at + 3, b'e')
            && digit(at + 4)
            && digit(at + 5)
    };
    let start = (0..bytes.len()).find(|at| begins(*at))?;
    let mut end = start + 6;
    while digit(end) {
        end += 1;
    }
    // `S01E02E03`, `S01E02v2` and `S01E02a` are codes as they are.
    let rest = text.get(end..)?;
    let more = rest.chars().count() >= 2 && rest.chars().take(2).all(char::is_alphabetic);
    let before = text[..start].chars().count() > 1;
    match (before, more) {
        (_, true) => Some((start, end)),
        (true, false) => Some((start, bytes.len())),
        (false, false) => None,
    }
}

/// `Name1x02`
fn crossed(bytes: &[u8]) -> Option<(usize, usize)> {
    let digits = |end: usize| {
        bytes[..end]
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let episode = digits(bytes.len());
    let cross = bytes.len().checked_sub(episode + 1)?;
    let season = digits(cross);
    let start = cross - season;
    let name = bytes[..start].iter().filter(|b| b.is_ascii_alphabetic());
    let real =
        episode == 2 && bytes[cross].eq_ignore_ascii_case(&b'x') && (1..=2).contains(&season);
    (real && name.count() > 2 && bytes[start - 1].is_ascii_alphabetic())
        .then_some((start, bytes.len()))
}

/// `DKsubs720p`, `720pHD`, `PDTVx264`, but `1920x1080p` and `720p60` are whole.
fn tagged(bytes: &[u8], tag: &[u8]) -> Option<(usize, usize)> {
    if bytes.len() <= tag.len() {
        return None;
    }
    let start = bytes
        .windows(tag.len())
        .position(|window| window.eq_ignore_ascii_case(tag))?;
    let end = start + tag.len();
    let letter = |at: usize| bytes.get(at).is_none_or(|byte| !byte.is_ascii_digit());
    let crossed = start >= 2 && bytes[start - 1].eq_ignore_ascii_case(&b'x') && !letter(start - 2);
    let parted = start == 0 || letter(start - 1);
    (parted && letter(end) && !crossed).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_found_among_letters() {
        let cut = |text: &str| {
            piece(text).map(|(start, end)| {
                [&text[..start], &text[start..end], &text[end..]].map(str::to_owned)
            })
        };
        for (text, pieces) in [
            ("ShowS01E02Name", ["Show", "S01E02", "Name"]),
            ("S03E04Le", ["", "S03E04", "Le"]),
            ("Castle1x01", ["Castle", "1x01", ""]),
            ("Bluray1080p", ["Bluray", "1080p", ""]),
            ("720pHD", ["", "720p", "HD"]),
            ("PDTVx264", ["PDTV", "x264", ""]),
            ("2006г", ["", "2006", "г"]),
        ] {
            assert_eq!(cut(text), Some(pieces.map(str::to_owned)), "{text}");
        }
        for text in [
            "S01E02",
            "S01E02v2",
            "1x02",
            "1080p",
            "1920x1080p",
            "720p60",
            "x264",
            "Title",
            "г",
            "𝕊01x02",
            "ёx01",
            "x01",
        ] {
            assert_eq!(cut(text), None, "{text}");
        }
    }
}
