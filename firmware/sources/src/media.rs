//! What an address holds, by its looks.

use hearth_model::SourceKind;
use url::Url;

const FILM_ENDS: &[&str] = &[
    ".mp4", ".m4v", ".mkv", ".webm", ".avi", ".mov", ".ts", ".m2ts", ".mpg", ".mpeg", ".ogv",
    ".wmv", ".flv",
];

/// HLS, DASH or a film by the end of its path; none where that says nothing.
pub(crate) fn kind(address: &str) -> Option<SourceKind> {
    let is = |end: &str| ends_with(address, end);
    if is(".m3u8") {
        Some(SourceKind::Hls)
    } else if is(".mpd") {
        Some(SourceKind::Dash)
    } else if FILM_ENDS.iter().any(|end| is(end)) {
        Some(SourceKind::Direct)
    } else {
        None
    }
}

/// Whether the path of an address, or a file's name, ends so, in small or capital letters.
pub(crate) fn ends_with(address: &str, end: &str) -> bool {
    let path = Url::parse(address.trim()).map(|url| url.path().to_owned());
    let path = path.as_deref().unwrap_or(address).to_ascii_lowercase();
    path.ends_with(end)
}

/// The name of the file an address leads to, as people read it.
pub(crate) fn file_name(url: &Url) -> Option<String> {
    let last = url.path_segments()?.rfind(|segment| !segment.is_empty())?;
    let name = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
    Some(name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_tells_and_the_query_does_not() {
        assert_eq!(
            kind("https://a.example/Film.MKV?x=1"),
            Some(SourceKind::Direct)
        );
        assert_eq!(kind("https://a.example/live.m3u8#t"), Some(SourceKind::Hls));
        assert_eq!(kind("https://a.example/x?file=film.mpd"), None);
        assert_eq!(kind("film.mp4"), Some(SourceKind::Direct));
        assert!(ends_with("https://a.example/a.torrent?pass=1", ".torrent"));
    }

    #[test]
    fn a_files_name_is_read_as_people_do() {
        let name = |url: &str| file_name(&url.parse().unwrap());
        assert_eq!(
            name("https://a.example/f/%D0%9A%D0%BE%D1%82%20(2010).mkv?x").as_deref(),
            Some("Кот (2010).mkv")
        );
        assert_eq!(name("https://a.example/"), None);
    }
}
