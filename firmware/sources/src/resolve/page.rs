//! What one page holds: media that plays on it, media it tells search engines of, frames, and
//! the reason where there is none of these.

use std::{collections::HashSet, fmt, sync::LazyLock};

use hearth_fetch::{Document, Error as FetchError, Place};
use hearth_model::SourceKind;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use url::Url;

use super::{
    browser::{checks_the_browser, is_empty},
    kinds::{of_address, of_type},
    scripts,
};
use crate::{Error, html, text};

const MOST_CANDIDATES: usize = 50;
const MOST_FRAMES: usize = 6;
const LONGEST_ADDRESS: usize = 8 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// None where it is to be opened to be known.
    pub(super) kind: Option<SourceKind>,
    pub(super) url: Url,
    /// Lines of the picture, where a label tells.
    pub(super) height: Option<u32>,
}

#[derive(Debug, Default)]
pub(super) struct Found {
    /// The best first.
    pub(super) plays: Vec<Candidate>,
    pub(super) told: Vec<Candidate>,
    pub(super) frames: Vec<Url>,
    pub(super) why: Why,
}

/// Why nothing plays; of two reasons the greater tells more.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    #[default]
    Nothing,
    Failed(String),
    Scripts,
    Check,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("No film was found on the page: it plays only there"),
            Self::Failed(error) => {
                let error = text::tidy(error, 200);
                write!(
                    f,
                    "The player on the page could not be looked into: {error}"
                )
            }
            Self::Scripts => {
                f.write_str("The page is put together by scripts, so only a browser can play it")
            }
            Self::Check => f.write_str(
                "The page checks the browser before it answers, so only a browser can play it",
            ),
        }
    }
}

struct Selectors {
    base: Selector,
    meta: Selector,
    video: Selector,
    source: Selector,
    script: Selector,
    frame: Selector,
    link: Selector,
    all: Selector,
}

static SELECT: LazyLock<Selectors> = LazyLock::new(|| {
    let select = |css| Selector::parse(css).expect("a constant selector is valid");
    Selectors {
        base: select("base[href]"),
        meta: select("meta[content]"),
        video: select("video"),
        source: select("video source[src]"),
        script: select("script"),
        frame: select("iframe, frame"),
        link: select("a[href]"),
        all: select("body *"),
    }
});

/// Works on the caller's thread, which may block.
pub(super) fn read(document: &Document) -> Result<Found, Error> {
    let text = html::decode(document, None);
    let page = html::parse(&text)?;
    if checks_the_browser(&page, &text, document.status) {
        return Ok(Found {
            why: Why::Check,
            ..Found::default()
        });
    }
    if document.status >= 400 {
        return Err(Error::Fetch(FetchError::Status {
            place: Place::of(&document.url),
            status: document.status,
        }));
    }
    let base = page
        .select(&SELECT.base)
        .find_map(|base| document.url.join(base.attr("href")?.trim()).ok())
        .unwrap_or_else(|| document.url.clone());
    let written = written(&page);
    let mut reading = Reading {
        base,
        found: Found::default(),
        framed: HashSet::new(),
    };
    reading.tags(&page);
    reading.scripts(&written);
    reading.frames(&page, &written);
    reading.metadata(&page);
    reading.links(&page, &text);
    let mut found = reading.found;
    best_first(&mut found.plays);
    let nothing = found.plays.is_empty() && found.told.is_empty() && found.frames.is_empty();
    if nothing && is_empty(&page) {
        found.why = Why::Scripts;
    }
    Ok(found)
}

struct Reading {
    base: Url,
    found: Found,
    /// Frames seen, those left out as well.
    framed: HashSet<Url>,
}

impl Reading {
    fn join(&self, address: &str) -> Option<Url> {
        let address = address.trim();
        if address.is_empty() || address.len() > LONGEST_ADDRESS {
            return None;
        }
        let url = self.base.join(address).ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
    }

    fn plays(&mut self, address: &str, kind: Option<SourceKind>, height: Option<u32>) {
        if let Some(url) = self.join(address) {
            add(&mut self.found.plays, url, kind, height);
        }
    }

    fn told(&mut self, address: &str, kind: Option<SourceKind>) {
        if let Some(url) = self.join(address) {
            add(&mut self.found.told, url, kind, None);
        }
    }

    fn frame(&mut self, address: &str) {
        if let Some(url) = self.join(address)
            && self.found.frames.len() < MOST_FRAMES
            && self.framed.insert(url.clone())
        {
            self.found.frames.push(url);
        }
    }

    fn tags(&mut self, page: &Html) {
        let tags = page
            .select(&SELECT.video)
            .chain(page.select(&SELECT.source));
        for tag in tags.take(MOST_CANDIDATES) {
            let label = ["label", "size", "res", "title"].map(|name| tag.attr(name));
            let height = label.into_iter().flatten().find_map(scripts::height);
            let kind = tag.attr("type").and_then(of_type);
            if let Some(address) = tag.attr("src").or_else(|| tag.attr("data-src")) {
                self.plays(address, kind, height);
            }
        }
    }

    fn scripts(&mut self, written: &str) {
        for found in scripts::media(written).into_iter().take(MOST_CANDIDATES) {
            self.plays(&found.address, found.kind, found.height);
        }
    }

    fn frames(&mut self, page: &Html, written: &str) {
        for frame in page.select(&SELECT.frame) {
            let address = ["src", "data-src", "data-lazy-src"]
                .into_iter()
                .filter_map(|name| frame.attr(name))
                .find(|address| !address.trim().is_empty() && !address.starts_with("about:"));
            let Some(address) = address else { continue };
            let tiny = |name| matches!(frame.attr(name), Some("0" | "1" | "0px" | "1px"));
            if tiny("width") || tiny("height") {
                // Counters and the like.
                self.framed.extend(self.join(address));
            } else {
                self.frame(address);
            }
        }
        for address in scripts::frames(written) {
            self.frame(address);
        }
    }

    /// JSON-LD, OpenGraph and what players of cards are given.
    fn metadata(&mut self, page: &Html) {
        for script in page.select(&SELECT.script) {
            let is_ld = script
                .attr("type")
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"));
            if is_ld && let Ok(value) = serde_json::from_str(&content(script)) {
                self.linked_data(&value);
            }
        }
        let meta = |wanted: &str| {
            page.select(&SELECT.meta)
                .filter(|meta| {
                    let name = meta.attr("property").or_else(|| meta.attr("name"));
                    name.is_some_and(|name| name.trim().eq_ignore_ascii_case(wanted))
                })
                .find_map(|meta| meta.attr("content"))
        };
        let kind = meta("og:video:type");
        let is_page = kind.is_some_and(|kind| kind.trim_start().starts_with("text/html"));
        for name in ["og:video:secure_url", "og:video:url", "og:video"] {
            let Some(address) = meta(name) else { continue };
            let known = kind
                .and_then(of_type)
                .or_else(|| of_address(&self.join(address)?));
            if is_page || known.is_none() {
                self.frame(address);
            } else {
                self.told(address, known);
            }
        }
        if let Some(address) = meta("twitter:player:stream") {
            let kind = meta("twitter:player:stream:content_type").and_then(of_type);
            self.told(address, kind);
        }
        if let Some(address) = meta("twitter:player") {
            self.frame(address);
        }
    }

    /// As deep as JSON is read.
    fn linked_data(&mut self, value: &Value) {
        match value {
            Value::Array(list) => list.iter().for_each(|inner| self.linked_data(inner)),
            Value::Object(map) => {
                let text = |name| map.get(name).and_then(Value::as_str);
                if let Some(address) = text("contentUrl") {
                    let kind = text("encodingFormat").and_then(of_type);
                    // Pictures have one as well.
                    if kind.is_some()
                        || self
                            .join(address)
                            .is_some_and(|url| of_address(&url).is_some())
                    {
                        self.told(address, kind);
                    }
                }
                if let Some(address) = text("embedUrl") {
                    self.frame(address);
                }
                map.values().for_each(|inner| self.linked_data(inner));
            }
            _ => {}
        }
    }

    /// Links to films, and playlists' addresses that just stand there.
    fn links(&mut self, page: &Html, text: &str) {
        for link in page.select(&SELECT.link) {
            if let Some(url) = link.attr("href").and_then(|address| self.join(address))
                && let Some(kind) = of_address(&url)
            {
                add(&mut self.found.told, url, Some(kind), None);
            }
        }
        for found in scripts::bare(text) {
            self.told(&found.address, found.kind);
        }
    }
}

fn add(list: &mut Vec<Candidate>, url: Url, kind: Option<SourceKind>, height: Option<u32>) {
    let kind = kind.or_else(|| of_address(&url));
    let height = height.or_else(|| scripts::height(url.path()));
    if let Some(known) = list.iter_mut().find(|known| known.url == url) {
        known.kind = known.kind.or(kind);
        known.height = known.height.or(height);
    } else if list.len() < MOST_CANDIDATES {
        list.push(Candidate { kind, url, height });
    }
}

/// A playlist holds every quality; of files the largest picture.
fn best_first(candidates: &mut [Candidate]) {
    candidates.sort_by_key(|candidate| {
        let kind = match candidate.kind {
            Some(SourceKind::Hls) => 0,
            Some(SourceKind::Dash) => 1,
            Some(_) => 2,
            None => 3,
        };
        (kind, std::cmp::Reverse(candidate.height))
    });
}

/// The scripts that stand in the page, and what elements carry for scripts.
fn written(page: &Html) -> String {
    let mut all = String::new();
    for script in page.select(&SELECT.script) {
        let kind = script.attr("type").unwrap_or_default();
        if !kind.trim().eq_ignore_ascii_case("application/ld+json") {
            all.push_str(&content(script));
            all.push('\n');
        }
    }
    for element in page.select(&SELECT.all) {
        for (name, value) in element.value().attrs() {
            if name.starts_with("data-") && value.contains(['/', '.']) {
                all.push('"');
                all.push_str(value);
                all.push_str("\"\n");
            }
        }
    }
    scripts::unescape(&all)
}

fn content(script: ElementRef<'_>) -> String {
    script.text().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(status: u16, text: &str) -> Document {
        Document {
            status,
            url: "https://site.example/films/1".parse().unwrap(),
            content_type: Some("text/html; charset=utf-8".into()),
            bytes: text.as_bytes().to_vec().into(),
        }
    }

    fn plays(text: &str) -> Vec<(Option<SourceKind>, String)> {
        let found = read(&page(200, text)).unwrap();
        let show = |candidate: Candidate| (candidate.kind, candidate.url.into());
        found.plays.into_iter().map(show).collect()
    }

    fn best(text: &str) -> String {
        plays(text).into_iter().next().unwrap_or_default().1
    }

    #[test]
    fn video_tags_are_read_with_their_types() {
        assert_eq!(
            plays(
                r#"<base href="/media/"><video poster="p.jpg"><source src="film.webm">
                <source src="//cdn.example/live" type="application/x-mpegURL"></video>
                <video src="blob:https://site.example/1"></video>"#
            ),
            [
                (Some(SourceKind::Hls), "https://cdn.example/live".into()),
                (
                    Some(SourceKind::Direct),
                    "https://site.example/media/film.webm".into()
                ),
            ]
        );
    }

    #[test]
    fn players_configurations_are_read() {
        let hls = "https://cdn.example/a/master.m3u8?t=1&e=2";
        for script in [
            r#"jwplayer("p").setup({file: "https:\/\/cdn.example\/a\/master.m3u8?t=1\u0026e=2", image: "x.jpg"});"#,
            r#"jwplayer("p").setup({playlist: [{sources: [{"file":"https://cdn.example/a/master.m3u8?t=1&e=2","type":"hls"}]}]});"#,
            r#"videojs("v", {sources: [{src: 'https://cdn.example/a/master.m3u8?t=1&e=2', type: 'application/x-mpegURL'}]});"#,
            r#"new Playerjs({id:"p", file:"[720p]https://cdn.example/720.m3u8 or https://b.example/720.m3u8,[1080p]https://cdn.example/a/master.m3u8?t=1&e=2"});"#,
            r"var h = new Hls(); h.loadSource('https://cdn.example/a/master.m3u8?t=1&e=2');",
            r#"window.state = {"video":{"streams":["https://cdn.example/a/master.m3u8?t=1&amp;e=2"]}}"#,
        ] {
            assert_eq!(best(&format!("<script>{script}</script>")), hls, "{script}");
        }
        assert_eq!(
            best(
                r#"<video data-setup='{"sources":[{"src":"/m/x.mpd","type":"application/dash+xml"}]}'></video>"#
            ),
            "https://site.example/m/x.mpd"
        );
        let dash = plays(
            r##"<script>player.initialize(document.querySelector("#v"), "/dash/manifest", true)</script>"##,
        );
        assert_eq!(
            dash,
            [(
                Some(SourceKind::Dash),
                "https://site.example/dash/manifest".into()
            )]
        );
        let unknown = plays(
            r#"<script>jwplayer("p").setup({file: "/stream/1", image: "/i/1.jpg", tracks: [{file: "/s.vtt"}]})</script>"#,
        );
        assert_eq!(
            unknown,
            [(None, "https://site.example/stream/1".into())],
            "to be opened"
        );
    }

    #[test]
    fn the_largest_of_files_comes_first() {
        let script = r#"sources: [{file: "/480/f.mp4", label: "480p"}, {file: "/b/f.mp4", label: "1080p"}, {file: "/720p/f.mp4"}]"#;
        assert_eq!(
            best(&format!("<script>{script}</script>")),
            "https://site.example/b/f.mp4"
        );
    }

    #[test]
    fn what_is_told_and_framed_is_kept_apart() {
        let found = read(&page(
            200,
            r#"<meta property="og:video" content="/trailer.mp4">
            <meta name="twitter:player" content="/card">
            <script type="application/ld+json">{"@graph":[{"@type":"VideoObject",
              "contentUrl":"/ld.mp4","embedUrl":"https://e.example/1","thumbnail":{"contentUrl":"/t.jpg"}}]}</script>
            <iframe src="https://count.example/" width="1" height="1"></iframe>
            <iframe data-src="//player.example/embed/1"></iframe>
            <script>document.write('<iframe allow="x" src="https:\/\/other.example\/e"><\/iframe>')</script>
            <iframe src="javascript:alert(1)"></iframe><iframe src="file:///etc/passwd"></iframe>
            <a href="/download/film.mkv">Download</a> https://cdn.example/there.m3u8"#,
        ))
        .unwrap();
        let text = |urls: Vec<Url>| urls.into_iter().map(String::from).collect::<Vec<_>>();
        assert!(found.plays.is_empty(), "{:?}", found.plays);
        assert_eq!(
            text(found.frames),
            [
                "https://player.example/embed/1",
                "https://other.example/e",
                "https://e.example/1",
                "https://site.example/card",
            ]
        );
        let told = found.told.into_iter().map(|candidate| candidate.url);
        assert_eq!(
            text(told.collect()),
            [
                "https://site.example/ld.mp4",
                "https://site.example/trailer.mp4",
                "https://site.example/download/film.mkv",
                "https://cdn.example/there.m3u8",
            ]
        );
    }

    #[test]
    fn a_page_for_browsers_alone_is_named_as_such() {
        let why = |status, text: &str| read(&page(status, text)).unwrap().why;
        let app = r#"<div id="root"></div><noscript>Please enable JavaScript to use this site, it cannot do anything at all without it, sorry.</noscript><script src="/app.js"></script>"#;
        assert_eq!(why(200, app), Why::Scripts);
        let check = r#"<title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/x.js"></script>"#;
        assert_eq!(why(403, check), Why::Check);
        assert_eq!(why(200, check), Why::Check);
        assert_eq!(
            why(503, "<h1>Checking your browser before accessing</h1>"),
            Why::Check
        );
        let about = format!(
            "<h1>Just a moment...</h1><p>{}</p>",
            "A film of 1950. ".repeat(90)
        );
        assert_eq!(why(200, &about), Why::Nothing);
        assert!(read(&page(404, "<h1>Nothing here</h1>")).is_err());
    }
}
