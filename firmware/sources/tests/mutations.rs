//! Mutated answers: whatever a stranger sends, reading it ends in sources or an error, never in
//! a panic, and never takes long.

#![allow(clippy::unwrap_used, reason = "tests")]

mod titles;

use std::time::{Duration, Instant};

use hearth_sources::{Definition, magnet, reading};
use proptest::prelude::*;

/// Overwrites, cuts out, doubles and inserts at chosen places.
#[derive(Debug, Clone)]
enum Change {
    Overwrite(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
    Double(prop::sample::Index, usize),
    Insert(prop::sample::Index, &'static str),
}

const NASTY: &[&str] = &[
    "<",
    ">",
    "&",
    "\"",
    "]]>",
    "<![CDATA[",
    "<!--",
    "<!DOCTYPE x [",
    "&#x0;",
    "&#xFFFFFFFF;",
    "&amp",
    "</item>",
    "<item>",
    "<error code=",
    "\u{0}",
    "\u{feff}",
    "\u{1f1f7}",
    "👤",
    "💾",
    "-1",
    "99999999999999999999",
    "1e999",
    "null",
    "{",
    "}",
    "[",
    "\\ud800",
    "\\u0000",
    "magnet:?",
    "xt=urn:btih:",
    "tracker:",
    "https://",
    "tt",
    ":",
];

fn change() -> impl Strategy<Value = Change> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        (place(), prop::collection::vec(any::<u8>(), 1..8))
            .prop_map(|(i, b)| Change::Overwrite(i, b)),
        (place(), 1..200_usize).prop_map(|(i, n)| Change::Remove(i, n)),
        (place(), 1..400_usize).prop_map(|(i, n)| Change::Double(i, n)),
        (place(), prop::sample::select(NASTY)).prop_map(|(i, t)| Change::Insert(i, t)),
    ]
}

fn mutated(text: &str, changes: &[Change]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let end = |at: usize, count: usize| (at + count).min(bytes.len());
        match change {
            Change::Overwrite(place, with) => {
                let at = place.index(bytes.len());
                let until = end(at, with.len());
                bytes.splice(at..until, with.iter().copied());
            }
            Change::Remove(place, count) => {
                let at = place.index(bytes.len());
                let until = end(at, *count);
                bytes.drain(at..until);
            }
            Change::Double(place, count) => {
                let at = place.index(bytes.len());
                let part = bytes[at..end(at, *count)].to_vec();
                bytes.splice(at..at, part);
            }
            Change::Insert(place, text) => {
                let at = place.index(bytes.len());
                bytes.splice(at..at, text.bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn quickly<T>(read: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = read();
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "took {:?}",
        started.elapsed()
    );
    result
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn torznab(
        changes in changes(),
        name in prop::sample::select(&["film", "episode", "untidy", "error", "caps"][..]),
    ) {
        let text = mutated(&titles::fixture(&format!("torznab/{name}.xml")), &changes);
        let _ = quickly(|| reading::read_feed(&text, &titles::sintel()));
        let _ = quickly(|| reading::read_caps(&text));
    }

    #[test]
    fn stremio(
        changes in changes(),
        name in prop::sample::select(&["streams", "manifest", "metas"][..]),
    ) {
        let text = mutated(&titles::fixture(&format!("stremio/{name}.json")), &changes);
        let _ = quickly(|| reading::read_streams(&text, &titles::sintel()));
        let _ = quickly(|| reading::read_manifest(&text));
        let _ = quickly(|| reading::read_metas(&text));
    }

    #[test]
    fn rss(
        changes in changes(),
        name in prop::sample::select(&["nyaa", "generic"][..]),
    ) {
        let text = mutated(&titles::fixture(&format!("rss/{name}.xml")), &changes);
        let _ = quickly(|| reading::read_feed(&text, &titles::sintel()));
    }

    #[test]
    fn subtitles(changes in changes()) {
        let text = "1\n00:00:01,000 --> 00:00:02,000\nHello & goodbye\n".repeat(20);
        let text = mutated(&text, &changes);
        let _ = quickly(|| hearth_sources::read_subtitle(text.as_bytes(), Some("ru")));
    }

    #[test]
    fn magnets(changes in changes()) {
        let text = "magnet:?xt=urn:btih:08ADA5A7A6183AAE1E09D831DF6748D566095A10&dn=Sintel\
                    &tr=udp%3A%2F%2Ftracker.example%3A1337&x.pe=[::1]:6881&ws=https://a.example/&so=0-5";
        let text = mutated(text, &changes);
        if let Some(torrent) = quickly(|| magnet(&text)) {
            let hash = torrent.infohash.unwrap();
            prop_assert!(hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit()));
        }
    }

    #[test]
    fn definitions(changes in changes()) {
        let file = titles::root().join("docs/reference/sites/internet-archive.yaml");
        let text = mutated(&std::fs::read_to_string(&file).unwrap(), &changes);
        if let Err(faulty) = quickly(|| Definition::read(&file, &text)) {
            prop_assert!(!faulty.problems.is_empty());
        }
    }

    #[test]
    fn players_pages(changes in changes()) {
        let _ = quickly(|| reading::read_player(&mutated(PLAYERS, &changes)));
    }
}

const PLAYERS: &str = r##"<html><head><base href="/films/"><meta property="og:video" content="/f.mp4">
<script type="application/ld+json">{"@type":"VideoObject","contentUrl":"/ld.mp4","embedUrl":"/e"}</script>
</head><body><video><source src="a.webm" type="video/webm"></video><iframe src="/frame"></iframe>
<script>jwplayer("p").setup({sources: [{file: "https:\/\/a.example\/m.m3u8", label: "720p", type: "hls"}]});
new Playerjs({file: "[720p]/a.mp4 or /b.mp4,[1080p]{Dub}/c.mp4;{Original}/d.mp4"});
player.initialize(document.querySelector("#v"), "/x.mpd", true); hls.loadSource('/y.m3u8');
document.write("<iframe src='/more'>")</script></body></html>"##;
