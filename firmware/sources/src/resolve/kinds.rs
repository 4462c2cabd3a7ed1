//! What an address leads to, by its ending, and an answer, by its type and first bytes.

use hearth_fetch::Document;
use hearth_model::SourceKind;
use url::Url;

const FILES: &[&str] = &[
    ".mp4", ".m4v", ".mkv", ".webm", ".mov", ".avi", ".ogv", ".mpg", ".ts",
];

/// None where the ending says nothing.
pub(crate) fn of_address(url: &Url) -> Option<SourceKind> {
    let path = url.path().to_ascii_lowercase();
    let ends = |ending: &str| path.trim_end_matches('/').ends_with(ending);
    if ends(".m3u8") {
        return Some(SourceKind::Hls);
    }
    if ends(".mpd") {
        return Some(SourceKind::Dash);
    }
    if FILES.iter().any(|ending| ends(ending)) {
        return Some(SourceKind::Direct);
    }
    None
}

/// `application/vnd.apple.mpegurl`, `video/mp4; codecs=…`, and the short words of players.
pub(crate) fn of_type(kind: &str) -> Option<SourceKind> {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match kind.to_ascii_lowercase().as_str() {
        "application/vnd.apple.mpegurl"
        | "application/x-mpegurl"
        | "application/mpegurl"
        | "audio/mpegurl"
        | "audio/x-mpegurl"
        | "hls"
        | "m3u8" => Some(SourceKind::Hls),
        "application/dash+xml" | "dash" | "mpd" => Some(SourceKind::Dash),
        "mp4" | "webm" => Some(SourceKind::Direct),
        kind if kind.starts_with("video/") => Some(SourceKind::Direct),
        _ => None,
    }
}

pub(super) fn of_answer(document: &Document) -> Option<SourceKind> {
    let start = &document.bytes[..document.bytes.len().min(2048)];
    let start = String::from_utf8_lossy(start);
    let start = start.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with("#EXTM3U") {
        return Some(SourceKind::Hls);
    }
    if start.starts_with("<MPD") || (start.starts_with("<?xml") && start.contains("<MPD")) {
        return Some(SourceKind::Dash);
    }
    of_type(document.content_type.as_deref()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_and_types_tell() {
        for (address, kind) in [
            ("https://a/x.m3u8?t=1", Some(SourceKind::Hls)),
            ("https://a/X.MPD", Some(SourceKind::Dash)),
            ("https://a/film.mp4/", Some(SourceKind::Direct)),
            ("https://a/film", None),
            ("https://a/?file=x.mp4", None),
        ] {
            assert_eq!(of_address(&address.parse().unwrap()), kind, "{address}");
        }
        assert_eq!(of_type("video/mp4; codecs=x"), Some(SourceKind::Direct));
        assert_eq!(of_type("Application/X-MpegURL"), Some(SourceKind::Hls));
        assert_eq!(of_type("text/html"), None);
    }
}
