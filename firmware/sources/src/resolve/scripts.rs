//! Media named in scripts: no script is run, the shapes in which players are given their films
//! are looked for.

use std::sync::LazyLock;

use hearth_model::SourceKind;
use regex::Regex;

use super::kinds::of_type;

const LONGEST_VALUE: usize = 32 * 1024;
const MOST_FOUND: usize = 100;

#[derive(Debug)]
pub(super) struct Media {
    pub(super) address: String,
    pub(super) kind: Option<SourceKind>,
    pub(super) height: Option<u32>,
}

struct Patterns {
    /// A text in quotes that names a film or playlist.
    quoted: Regex,
    bare: Regex,
    /// An address and its type in one object, in both orders.
    typed: Regex,
    typed_before: Regex,
    /// A file and its label in one object.
    labelled: Regex,
    hls: Regex,
    dash: Regex,
    player: Regex,
    given: Regex,
    frame: Regex,
    height: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let pattern = |text| Regex::new(text).expect("a constant pattern is valid");
    Patterns {
        quoted: pattern(
            r#"(?i)["'`]([^"'`<>\r\n]*?\.(?:m3u8|mpd|mp4|m4v|webm|mkv)(?:[?#&,; \[][^"'`<>\r\n]*)?)["'`]"#,
        ),
        bare: pattern(
            r#"(?i)https?://[^\s"'`<>\\,;|()\[\]{}]+?\.(?:m3u8|mpd)(?:\?[^\s"'`<>\\,;|()\[\]{}]*)?"#,
        ),
        typed: pattern(
            r#"(?i)\b(?:src|file|url)["']?\s*:\s*["']([^"'<>\s]+)["']\s*,\s*["']?type["']?\s*:\s*["']([^"'<>]+)["']"#,
        ),
        typed_before: pattern(
            r#"(?i)\btype["']?\s*:\s*["']([^"'<>]+)["']\s*,\s*["']?(?:src|file|url)["']?\s*:\s*["']([^"'<>\s]+)["']"#,
        ),
        labelled: pattern(
            r#"(?i)\b(?:src|file)["']?\s*:\s*["']([^"'<>\s]+)["'][^{}]{0,100}?\b(?:label|res|height|size|quality)["']?\s*:\s*["']?(\d{3,4})"#,
        ),
        hls: pattern(r#"(?i)\bloadSource\(\s*["'`]([^"'`<>\s]+)["'`]"#),
        dash: pattern(
            r#"(?i)\.(?:initialize\([^;]{0,120}?,|attachSource\()\s*["'`]([^"'`<>\s]+)["'`]"#,
        ),
        player: pattern(r"(?i)\b(?:jwplayer|playerjs|videojs|plyr|clappr|flowplayer|shaka)\b"),
        given: pattern(
            r#"(?i)\b(?:file|src|source|hls|dash)["']?\s*:\s*["']((?:https?:)?/[^"'<>\s]+)["']"#,
        ),
        frame: pattern(r#"(?i)<iframe\b[^>]*?\ssrc\s*=\s*\\?["']([^"'\\<>\s]+)"#),
        height: pattern(r"(?:^|[^0-9])(2160|1440|1080|720|576|480|360|240)(?:$|[^0-9])"),
    }
});

/// The ways in which scripts and attributes write an address.
pub(super) fn unescape(text: &str) -> String {
    [
        ("\\/", "/"),
        ("\\u002F", "/"),
        ("\\u002f", "/"),
        ("\\u0026", "&"),
        ("\\x26", "&"),
        ("\\\"", "\""),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (from, to)| {
        if text.contains(from) {
            text.replace(from, to)
        } else {
            text
        }
    })
}

/// What is surest first. `text` is unescaped.
pub(super) fn media(text: &str) -> Vec<Media> {
    let of = |address: &str, kind, height| Media {
        address: address.to_owned(),
        kind,
        height,
    };
    let mut found = Vec::new();
    for (pattern, kind) in [
        (&PATTERNS.hls, SourceKind::Hls),
        (&PATTERNS.dash, SourceKind::Dash),
    ] {
        let all = pattern.captures_iter(text).take(MOST_FOUND);
        found
            .extend(all.map(|found| of(found.get(1).map_or("", |m| m.as_str()), Some(kind), None)));
    }
    let typed = PATTERNS.typed.captures_iter(text).take(MOST_FOUND);
    let typed = typed.map(|found| found.extract::<2>().1);
    let before = PATTERNS.typed_before.captures_iter(text).take(MOST_FOUND);
    let before = before.map(|found| {
        let [kind, address] = found.extract().1;
        [address, kind]
    });
    for [address, kind] in typed.chain(before) {
        if let Some(kind) = of_type(kind) {
            found.push(of(address, Some(kind), None));
        }
    }
    for labelled in PATTERNS.labelled.captures_iter(text).take(MOST_FOUND) {
        let [address, label] = labelled.extract().1;
        if is_media(address) {
            found.push(of(address, None, height(label)));
        }
    }
    for quoted in PATTERNS.quoted.captures_iter(text).take(MOST_FOUND) {
        let [value] = quoted.extract().1;
        let parts = qualities(value).into_iter();
        found.extend(parts.map(|(height, address)| of(address, None, height)));
    }
    found.extend(bare(text));
    if PATTERNS.player.is_match(text) {
        let given = PATTERNS.given.captures_iter(text).take(MOST_FOUND);
        let given = given.map(|found| found.extract::<1>().1);
        found.extend(
            given
                .filter(|[address]| !is_beside(address))
                .map(|[address]| of(address, None, None)),
        );
    }
    found
}

pub(super) fn bare(text: &str) -> Vec<Media> {
    let found = PATTERNS.bare.find_iter(text).take(MOST_FOUND);
    found
        .map(|found| Media {
            address: found.as_str().replace("&amp;", "&"),
            kind: None,
            height: None,
        })
        .collect()
}

pub(super) fn frames(text: &str) -> impl Iterator<Item = &str> {
    let found = PATTERNS.frame.captures_iter(text).take(MOST_FOUND);
    found.map(|found| {
        let [address] = found.extract().1;
        address
    })
}

/// Lines of the picture, from a label or an address.
pub(super) fn height(text: &str) -> Option<u32> {
    let found = PATTERNS.height.captures(text)?;
    found[1].parse().ok()
}

/// `[720p]https://… or https://…,[1080p]{Dub}https://…;{Original}https://…`, or one address.
fn qualities(value: &str) -> Vec<(Option<u32>, &str)> {
    let value = value.trim();
    if value.len() > LONGEST_VALUE {
        return Vec::new();
    }
    let Some(labelled) = value.strip_prefix('[') else {
        let one = !value.contains(char::is_whitespace);
        return one.then_some((None, value)).into_iter().collect();
    };
    let parts = labelled.split(",[").filter_map(|part| {
        let (label, rest) = part.split_once(']')?;
        let rest = match rest.strip_prefix('{') {
            Some(named) => named.split_once('}')?.1,
            None => rest,
        };
        let first = rest.split(" or ").next().unwrap_or_default();
        let first = first.split(";{").next().unwrap_or_default().trim();
        Some((height(label), first))
    });
    parts.filter(|(_, address)| is_media(address)).collect()
}

fn is_media(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = path.to_ascii_lowercase();
    [".m3u8", ".mpd", ".mp4", ".m4v", ".webm", ".mkv"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

/// Pictures, subtitles and the page's own files, which stand beside a film.
fn is_beside(address: &str) -> bool {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let path = path.to_ascii_lowercase();
    [
        ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".vtt", ".srt", ".ass", ".js", ".css",
        ".html", ".json", ".xml",
    ]
    .iter()
    .any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualities_are_told_apart() {
        assert_eq!(
            qualities(
                "[360p]{Dub}https://a/1.m3u8;{Orig}https://a/2.m3u8,[1080p HD]/b.mp4 or /c.mp4"
            ),
            [(Some(360), "https://a/1.m3u8"), (Some(1080), "/b.mp4")]
        );
        // Commas of an address are its own.
        assert_eq!(
            qualities("https://a/f_,720,1080,.mp4/master.m3u8"),
            [(None, "https://a/f_,720,1080,.mp4/master.m3u8")]
        );
        assert!(qualities("see film.mp4 there").is_empty());
        assert!(qualities("[720p]javascript:alert(1)").is_empty());
    }

    #[test]
    fn abuse_16_hostile_scripts_end() {
        let size = 200_000;
        for unit in [
            "\"",
            "'.mp4",
            "https://",
            "file:\"/",
            "[720p],[",
            "<iframe ",
            ".initialize(",
        ] {
            let text = unit.repeat(size / unit.len());
            let found = media(&unescape(&text));
            assert!(found.len() < 10 * MOST_FOUND, "{unit}");
            assert!(frames(&text).count() <= MOST_FOUND, "{unit}");
        }
    }
}
