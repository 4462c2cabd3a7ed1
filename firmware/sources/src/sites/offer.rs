//! From a row to a source of the wanted title, or the reason why it is none.

use hearth_model::{Location, Release, SourceKind, TorrentLocation};
use url::Url;

use super::{raw::Gives, take::Row};
use crate::{Query, resolve, text, torrent};

const LONGEST_NAME: usize = 400;
const LONGEST_ADDRESS: usize = 8 * 1024;

/// What a link of a row leads to.
#[derive(Debug, PartialEq)]
pub(super) enum Lead {
    There(SourceKind, Location),
    /// A page that holds a player.
    Frame(Url),
}

/// The name and what it tells, if the row is the wanted title.
pub(super) fn wanted(row: &Row, query: &Query) -> Result<(String, Release), String> {
    let name = row.name.as_deref().unwrap_or_default();
    let name = text::tidy(name, LONGEST_NAME);
    if name.is_empty() {
        return Err("no name was found in it: check `name`".into());
    }
    let release = hearth_release::parse(&name);
    let mut wanted = query.wanted();
    let told = row.imdb.as_deref().and_then(imdb);
    if let (Some(id), Some(told)) = (query.imdb().and_then(text::imdb_number), told) {
        if id != told {
            return Err(format!("it is another title (tt{told:07})"));
        }
        // The id vouches for the film, whatever the name; the episode is still to be right.
        let names = release.title.iter().chain(&release.alternative_titles);
        wanted.names.extend(names.map(String::as_str));
    }
    if hearth_release::matches(&release, &wanted) {
        return Ok((name, release));
    }
    let looked_for: Vec<&str> = query.title.names.all().collect();
    let year = query.title.year;
    let year = year.map(|year| format!(" ({year})")).unwrap_or_default();
    let place = query
        .episode
        .as_ref()
        .map(|episode| format!(" S{:02}E{:02}", episode.season, episode.number));
    Err(format!(
        "its name is not that of the wanted title, {}{year}{}",
        looked_for.join(" / "),
        place.unwrap_or_default()
    ))
}

/// An id by itself or in an address.
fn imdb(text: &str) -> Option<u64> {
    let text = text.trim();
    let number = text
        .match_indices("tt")
        .find_map(|(at, _)| {
            let digits = &text[at + 2..];
            let end = digits.find(|c: char| !c.is_ascii_digit());
            Some(&digits[..end.unwrap_or(digits.len())]).filter(|digits| digits.len() >= 5)
        })
        .unwrap_or(text);
    text::imdb_number(number)
}

/// `link` is relative to the page it stood on.
pub(super) fn lead(link: &str, page: &Url, gives: Option<Gives>) -> Result<Lead, String> {
    if link.len() > LONGEST_ADDRESS {
        return Err(format!("its link is longer than {LONGEST_ADDRESS} bytes"));
    }
    if link
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("magnet:")
    {
        if !matches!(gives, None | Some(Gives::Torrent)) {
            return Err("its link is a magnet: leave `gives` out, or say `gives: torrent`".into());
        }
        let torrent = torrent::magnet(link).ok_or("its magnet has no infohash that is one")?;
        return Ok(Lead::There(SourceKind::Torrent, Location::Torrent(torrent)));
    }
    let url = page
        .join(link.trim())
        .map_err(|error| format!("its link is no address ({error})"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(format!(
            "its link is a `{}:` address, which is not played",
            text::tidy(url.scheme(), 20)
        ));
    }
    let kind = match gives {
        Some(Gives::Iframe) => return Ok(Lead::Frame(url)),
        Some(Gives::Torrent) => SourceKind::Torrent,
        Some(Gives::Direct) => SourceKind::Direct,
        Some(Gives::Hls) => SourceKind::Hls,
        Some(Gives::Dash) => SourceKind::Dash,
        None if url.path().to_ascii_lowercase().ends_with(".torrent") => SourceKind::Torrent,
        None => resolve::of_address(&url).ok_or(
            "its link does not show what it gives: add `gives: torrent`, `direct`, `hls`, `dash` or `iframe`",
        )?,
    };
    if kind == SourceKind::Torrent {
        let location = TorrentLocation {
            torrent_url: Some(url.into()),
            ..TorrentLocation::default()
        };
        return Ok(Lead::There(kind, Location::Torrent(location)));
    }
    let headers = resolve::referer(page, &url).map(|from| ("Referer".to_owned(), from));
    let location = Location::Url {
        url: url.into(),
        headers: headers.into_iter().collect(),
    };
    Ok(Lead::There(kind, location))
}

/// `1.4 GB`, `1 024,5 МБ`, or bytes as a plain number.
pub(super) fn size_bytes(text: &str) -> Option<u64> {
    let latin: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            'Б' | 'б' => 'B',
            'К' | 'к' => 'K',
            'М' | 'м' => 'M',
            'Г' | 'г' => 'G',
            'Т' | 'т' => 'T',
            'и' => 'i',
            other => other,
        })
        .collect();
    let plain = latin.parse::<u64>().ok().filter(|bytes| *bytes > 0);
    plain.or_else(|| text::size_bytes(&latin))
}

/// The first number in the text.
pub(super) fn count(text: &str) -> Option<u32> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let digits: String = text[start..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts_are_read_as_sites_write_them() {
        assert_eq!(size_bytes("1.5 GB"), Some(1_610_612_736));
        assert_eq!(size_bytes("1\u{a0}024,5 МБ"), Some(1_074_266_112));
        assert_eq!(size_bytes("1,5 ГиБ"), Some(1_610_612_736));
        assert_eq!(size_bytes("734003200"), Some(734_003_200));
        assert_eq!(size_bytes("unknown"), None);
        assert_eq!(count("Seeds: 60 / 5"), Some(60));
        assert_eq!(count("none"), None);
        assert_eq!(count("99999999999"), None);
    }

    #[test]
    fn ids_are_found_in_addresses() {
        assert_eq!(imdb("https://example.org/title/tt0063350/"), Some(63350));
        assert_eq!(imdb("0063350"), Some(63350));
        assert_eq!(imdb("attic"), None);
    }

    #[test]
    fn links_show_what_they_give_or_are_refused() {
        let page: Url = "https://site.example/list?key=1".parse().unwrap();
        let kind = |link: &str, gives| match lead(link, &page, gives) {
            Ok(Lead::There(kind, location)) => format!("{kind:?} {location:?}"),
            Ok(Lead::Frame(url)) => format!("Frame {url}"),
            Err(error) => error,
        };
        assert!(kind("dl/1.torrent", None).contains("https://site.example/dl/1.torrent"));
        assert!(kind("/f.mp4", None).starts_with("Direct"));
        assert!(kind("//cdn.example/f.m3u8", None).contains("\"https://site.example/\""));
        assert!(kind("/get/1", None).contains("add `gives"));
        assert!(kind("/get/1", Some(Gives::Torrent)).starts_with("Torrent"));
        assert_eq!(
            kind("/watch/1", Some(Gives::Iframe)),
            "Frame https://site.example/watch/1"
        );
        assert!(kind("magnet:?dn=x", None).contains("no infohash"));
        assert!(kind("javascript:play()", None).contains("`javascript:`"));
        assert!(kind("file:///etc/passwd", Some(Gives::Direct)).contains("`file:`"));
    }
}
