//! M3U playlists: channels and films with names, logos and groups. HLS looks alike and is told apart
//! by its own tags.

use std::collections::BTreeMap;

use url::Url;

use crate::{text, torrent};

/// Lists of channels have tens of thousands; nobody pages through them.
const MOST_ENTRIES: usize = 5000;
const LONGEST_NAME: usize = 300;
const LONGEST_ADDRESS: usize = 8 * 1024;
const MOST_HEADERS: usize = 8;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub name: String,
    pub url: Url,
    pub group: Option<String>,
    pub logo: Option<String>,
    /// Which the channel must be asked with.
    pub headers: BTreeMap<String, String>,
}

pub(super) fn is_one(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with("#EXTM3U") || text.starts_with("#EXTINF")
}

/// Whether it is one stream, cut into segments or kept in several qualities.
pub(super) fn is_hls(text: &str) -> bool {
    is_one(text)
        && text.lines().any(|line| {
            let line = line.trim_start();
            ["#EXT-X-TARGETDURATION", "#EXT-X-STREAM-INF", "#EXT-X-MEDIA"]
                .iter()
                .any(|tag| line.starts_with(tag))
        })
}

/// What the list names; lines that are none are left out. `base` is where the list lies itself.
pub(super) fn entries(text: &str, base: Option<&Url>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut told = Told::default();
    for line in text.lines() {
        let line = line.trim().trim_start_matches('\u{feff}');
        if let Some(rest) = line.strip_prefix("#EXTINF:") {
            told.information(rest);
        } else if let Some(group) = line.strip_prefix("#EXTGRP:") {
            told.group = told.group.take().or_else(|| word(group));
        } else if let Some(option) = line.strip_prefix("#EXTVLCOPT:") {
            told.option(option);
        } else if !line.is_empty() && !line.starts_with('#') {
            let told = std::mem::take(&mut told);
            entries.extend(told.entry(line, base));
            if entries.len() >= MOST_ENTRIES {
                break;
            }
        }
    }
    entries
}

/// What the lines before an address say of it.
#[derive(Default)]
struct Told {
    name: Option<String>,
    group: Option<String>,
    logo: Option<String>,
    headers: BTreeMap<String, String>,
}

impl Told {
    /// `-1 tvg-id="x" tvg-logo="https://…" group-title="News",First channel`
    fn information(&mut self, text: &str) {
        let mut rest = text;
        let mut name_at = None;
        let mut quoted = false;
        for (at, c) in text.char_indices() {
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => {
                    name_at = Some(at);
                    break;
                }
                _ => {}
            }
        }
        if let Some(at) = name_at {
            self.name = word(&text[at + 1..]);
            rest = &text[..at];
        }
        // `tvg-name` is for machines that match programmes; it serves where no other name stands.
        self.name = self.name.take().or_else(|| attribute(rest, "tvg-name"));
        self.group = attribute(rest, "group-title");
        self.logo = attribute(rest, "tvg-logo").filter(|logo| torrent::is_http(logo));
    }

    /// `http-user-agent=…`, as VLC writes it.
    fn option(&mut self, text: &str) {
        let Some((name, value)) = text.split_once('=') else {
            return;
        };
        let header = match name.trim().to_ascii_lowercase().as_str() {
            "http-user-agent" => "User-Agent",
            "http-referrer" => "Referer",
            "http-origin" => "Origin",
            _ => return,
        };
        self.header(header, value);
    }

    fn header(&mut self, name: &str, value: &str) {
        if self.headers.len() < MOST_HEADERS
            && let Some(value) = word(value)
        {
            self.headers.insert(name.to_owned(), value);
        }
    }

    fn entry(mut self, line: &str, base: Option<&Url>) -> Option<Entry> {
        if line.len() > LONGEST_ADDRESS {
            return None;
        }
        // `https://…|User-Agent=…&Referer=…`, as Kodi writes it.
        let (address, more) = line.split_once('|').unwrap_or((line, ""));
        for (name, value) in url::form_urlencoded::parse(more.as_bytes()) {
            self.header(&name, &value);
        }
        let url = match (Url::parse(address), base) {
            (Ok(url), _) => url,
            (Err(_), Some(base)) => base.join(address).ok()?,
            (Err(_), None) => return None,
        };
        // A file of whoever wrote the list, or a letter of their disks.
        if url.scheme() == "file" || url.scheme().len() == 1 {
            return None;
        }
        Some(Entry {
            name: self
                .name
                .or_else(|| crate::media::file_name(&url))
                .or_else(|| url.host_str().map(ToOwned::to_owned))?,
            url,
            group: self.group,
            logo: self.logo,
            headers: self.headers,
        })
    }
}

fn attribute(text: &str, name: &str) -> Option<String> {
    let from = text.find(&format!("{name}=\""))? + name.len() + 2;
    word(text[from..].split('"').next()?)
}

fn word(text: &str) -> Option<String> {
    let text = text::tidy(text, LONGEST_NAME);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\u{feff}#EXTM3U x-tvg-url=\"https://epg.example/\"
#EXTINF:-1 tvg-id=\"one\" tvg-logo=\"https://p.example/1.png\" group-title=\"News, local\",First, channel
#EXTVLCOPT:http-referrer=https://site.example/
https://cdn.example/one.m3u8|User-Agent=TV%201&X-Key=k
#EXTINF:0,
#EXTGRP:Films
films/Sintel%20(2010).mkv

#EXTINF:-1 tvg-name=\"Radio\" tvg-logo=\"file:///etc/passwd\"
rtmp://cdn.example/live
file:///etc/passwd
C:\\films\\a.mkv
http://
# a remark
https://bare.example/
";

    #[test]
    fn a_list_is_read_line_by_line() {
        let base: Url = "https://lists.example/tv/all.m3u".parse().unwrap();
        let entries = entries(LIST, Some(&base));
        let names: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "First, channel",
                "Sintel (2010).mkv",
                "Radio",
                "bare.example"
            ]
        );
        let first = &entries[0];
        assert_eq!(first.url.as_str(), "https://cdn.example/one.m3u8");
        assert_eq!(first.group.as_deref(), Some("News, local"));
        assert_eq!(first.logo.as_deref(), Some("https://p.example/1.png"));
        let headers: Vec<_> = first.headers.iter().collect();
        assert_eq!(headers.len(), 3, "{headers:?}");
        assert_eq!(first.headers["User-Agent"], "TV 1");
        assert_eq!(first.headers["Referer"], "https://site.example/");
        assert_eq!(
            entries[1].url.as_str(),
            "https://lists.example/tv/films/Sintel%20(2010).mkv"
        );
        assert_eq!(entries[1].group.as_deref(), Some("Films"));
        assert_eq!(entries[2].logo, None);
        assert!(
            entries[3].headers.is_empty(),
            "told of one is not told of all"
        );
    }

    #[test]
    fn a_list_is_no_stream() {
        assert!(is_one(LIST) && !is_hls(LIST));
        for hls in [
            "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts",
            "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8",
        ] {
            assert!(is_hls(hls), "{hls}");
        }
        assert!(!is_one("https://a.example/x"));
    }

    #[test]
    fn a_hostile_list_stays_small() {
        let many = "#EXTM3U\n".to_owned() + &"https://a.example/x\n".repeat(20_000);
        assert_eq!(entries(&many, None).len(), MOST_ENTRIES);
        let wide = format!("#EXTINF:-1,{}\nhttps://a.example/x", "n".repeat(1_000_000));
        assert_eq!(entries(&wide, None)[0].name.len(), LONGEST_NAME);
        let long = format!("https://a.example/{}", "x".repeat(10_000));
        assert!(entries(&long, None).is_empty());
    }
}
