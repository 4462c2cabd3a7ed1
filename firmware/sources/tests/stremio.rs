//! Stremio addons: a real addon server on the official SDK, started with node, and hand-made
//! answers for what the SDK would refuse to serve.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../fetch/tests/server/mod.rs"]
mod server;
mod titles;

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::Duration,
};

use hearth_fetch::Fetcher;
use hearth_model::{External, Location, SourceKind, SubtitleLink, TitleKind};
use hearth_sources::{
    CatalogWish, Error, Provider, ProviderConfig, Query, Secret, Stremio, SubtitleFind,
    SubtitleFormat, SubtitleMatch, SubtitleQuery, VideoFile,
};
use serde_json::{Value, json};
use server::{Server, Step, ok, reply};
use titles::{episode, fetcher, fixture, names, pioneer_one, sintel, soon, title, torrent};

/// The addon server, ended when dropped.
struct Addon {
    child: Child,
    port: u16,
    lines: mpsc::Receiver<String>,
    _data: tempfile::TempDir,
}

impl Addon {
    fn start(data: &Value) -> Self {
        let folder: PathBuf = titles::root().join("tests/peers/stremio-addon");
        assert!(
            folder.join("node_modules/stremio-addon-sdk").is_dir(),
            "the addon SDK is missing in {}: run `make setup` (it calls `npm ci` there)",
            folder.display()
        );
        let data_folder = tempfile::tempdir().unwrap();
        let file = data_folder.path().join("data.json");
        std::fs::write(&file, data.to_string()).unwrap();
        let mut child = Command::new("node")
            .args(["addon.mjs", "0"])
            .current_dir(folder)
            .env("HEARTH_ADDON_DATA", file)
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts: run `make setup`");
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let port = loop {
            let line = lines
                .recv_timeout(Duration::from_secs(60))
                .expect("the addon server says `ready PORT`");
            if let Some(port) = line.strip_prefix("ready ") {
                break port.parse().unwrap();
            }
        };
        Self {
            child,
            port,
            lines,
            _data: data_folder,
        }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/manifest.json", self.port)
    }

    /// The paths asked for so far, or since the last look.
    fn requests(&self) -> Vec<String> {
        // It prints in the order in which it is asked: once this one is there, all before it are.
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.write_all(b"GET /so-far HTTP/1.0\r\n\r\n").unwrap();
        let line = || self.lines.recv_timeout(Duration::from_secs(60)).unwrap();
        std::iter::from_fn(|| Some(line()).filter(|line| line != "request /so-far"))
            .filter_map(|line| line.strip_prefix("request ").map(ToOwned::to_owned))
            .collect()
    }
}

impl Drop for Addon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn provider_at(url: String, fetcher: &Fetcher) -> Provider {
    let config = ProviderConfig::Stremio {
        id: Some("test".into()),
        name: String::new(),
        url: Secret(url),
    };
    Provider::new(&config, fetcher).unwrap()
}

fn provider(url: String) -> Provider {
    provider_at(url, &fetcher())
}

fn stremio(provider: &Provider) -> &Stremio {
    match provider {
        Provider::Stremio(stremio) => stremio,
        other => panic!("no addon: {other:?}"),
    }
}

#[tokio::test]
async fn a_real_addon_gives_films_and_episodes() {
    let streams: Value = serde_json::from_str(&fixture("stremio/streams.json")).unwrap();
    let addon = Addon::start(&json!({
        "streams": {
            "movie/tt1727587": streams["streams"],
            "series/tt1748166:1:2": [{ "infoHash": "9".repeat(40), "name": "Pioneer One S01E02" }],
        },
    }));
    let provider = provider(addon.url());
    let film = provider.find(&sintel(), soon()).await.unwrap();
    assert_eq!(film.len(), 11);
    assert_eq!(film[0].provider, "stremio:test");
    let episode = provider.find(&pioneer_one(1, 2), soon()).await.unwrap();
    assert_eq!(names(&episode), ["Pioneer One S01E02"]);
    assert!(episode[0].episode_id.is_some());
    let none = provider.find(&pioneer_one(1, 3), soon()).await.unwrap();
    assert!(none.is_empty());
    assert_eq!(
        addon.requests(),
        [
            "/manifest.json",
            "/stream/movie/tt1727587.json",
            "/stream/series/tt1748166%3A1%3A2.json",
            "/stream/series/tt1748166%3A1%3A3.json",
        ]
    );
}

#[tokio::test]
async fn a_real_addon_lists_titles_of_its_own() {
    let addon = Addon::start(&json!({
        "catalogs": {
            "movie/films": [
                { "id": "tt1727587", "type": "movie", "name": "Sintel", "releaseInfo": "2010" },
                { "id": "own:1", "type": "movie", "name": "Sintel & co", "poster": "https://p.example/1.jpg" },
                { "id": "tt1", "type": "movie", "name": "Other" },
            ],
            "series/films": [{ "id": "own:7", "type": "series", "name": "Sintel & co, the series" }],
        },
        "metas": { "series/own:7": { "id": "own:7", "type": "series", "name": "S", "videos": [
            { "id": "own:7:first", "title": "First", "season": 1, "episode": 1 },
        ] } },
        "streams": { "series/own:7:first": [{ "url": "https://cdn.example/first.mp4", "name": "First" }] },
    }));
    let provider = provider(addon.url());
    let addon_client = stremio(&provider);
    let titles = addon_client
        .search_catalog("sintel & co", false, soon())
        .await
        .unwrap();
    assert_eq!(titles.len(), 2);
    assert_eq!(titles[0].external.addon.as_deref(), Some("own:1"));
    assert_eq!(titles[1].kind, TitleKind::Series);
    let found = addon_client
        .search_catalog("SINTEL", false, soon())
        .await
        .unwrap();
    assert_eq!(found[0].external.imdb.as_deref(), Some("tt1727587"));

    let external = External {
        addon: Some("own:7".into()),
        ..External::default()
    };
    let meta = addon_client.meta(TitleKind::Series, &external, false, soon());
    let (_, episodes) = meta.await.unwrap().unwrap();
    assert_eq!(episodes[0].names.en.as_deref(), Some("First"));
    let mut own = title(TitleKind::Series, "Sintel & co, the series", 2010, "");
    own.external = external;
    let streams = provider.find(&episode(own, 1, 1), soon()).await.unwrap();
    assert_eq!(
        names(&streams),
        ["First"],
        "asked by the addon's own name for the episode"
    );
    let requests = addon.requests();
    assert!(
        requests.contains(&"/catalog/movie/films/search=sintel%20%26%20co.json".to_owned()),
        "{requests:?}"
    );
    assert!(
        requests.contains(&"/stream/series/own%3A7%3Afirst.json".to_owned()),
        "{requests:?}"
    );
}

#[tokio::test]
async fn a_real_addon_is_only_asked_for_what_it_lists() {
    let addon = Addon::start(&json!({
        "manifest": {
            "resources": [{ "name": "stream", "types": ["series"], "idPrefixes": ["tt"] }],
            "catalogs": [],
        },
    }));
    let provider = provider(addon.url());
    assert!(provider.find(&sintel(), soon()).await.unwrap().is_empty());
    assert!(
        stremio(&provider)
            .search_catalog("x", false, soon())
            .await
            .unwrap()
            .is_empty()
    );
    let mut foreign = sintel();
    foreign.title.external = External {
        addon: Some("foreign:1".into()),
        ..External::default()
    };
    assert!(provider.find(&foreign, soon()).await.unwrap().is_empty());
    assert_eq!(addon.requests(), ["/manifest.json"]);
}

#[tokio::test]
async fn a_real_addon_that_is_for_adults_is_asked_where_that_is_allowed() {
    let addon = Addon::start(&json!({
        "manifest": { "behaviorHints": { "adult": true } },
        "catalogs": { "movie/films": [{ "id": "own:1", "type": "movie", "name": "X" }] },
        "streams": { "movie/tt1727587": [{ "infoHash": "9".repeat(40), "name": "Sintel" }] },
    }));
    let provider = provider(addon.url());
    let error = provider.find(&sintel(), soon()).await.unwrap_err();
    assert!(matches!(error, Error::Adult));
    let addon_client = stremio(&provider);
    assert!(
        addon_client
            .search_catalog("x", false, soon())
            .await
            .is_err()
    );
    assert_eq!(addon.requests(), ["/manifest.json"]);
    let allowed = Query {
        allow_adult: true,
        ..sintel()
    };
    assert_eq!(provider.find(&allowed, soon()).await.unwrap().len(), 1);
    let found = addon_client
        .search_catalog("x", true, soon())
        .await
        .unwrap();
    assert!(found.iter().all(|title| title.facts.adult), "{found:?}");
    assert_eq!(found.len(), 1, "{found:?}");
    // Not allowed it is silent in a search, and fails nothing.
    assert_eq!(provider.is_adult(), Some(true));
    let job = provider.job(&std::sync::Arc::new(sintel())).unwrap();
    assert!((job.run)(soon()).await.unwrap().is_empty());
    assert!(provider.check(soon()).await.unwrap().adult, "it is told");
}

#[tokio::test]
async fn a_real_addon_shows_its_lists_page_by_page() {
    let listed = |n: usize| json!({ "id": format!("tt{}", n + 1), "type": "movie", "name": format!("Film {n}") });
    let films: Vec<Value> = (0..150).map(listed).collect();
    let addon = Addon::start(&json!({
        "manifest": { "catalogs": [
            { "type": "movie", "id": "films", "name": "All films", "extra": [
                { "name": "skip" }, { "name": "genre", "options": ["Drama & co", "War"] }] },
            { "type": "movie", "id": "search", "name": "Only words", "extra": [{ "name": "search", "isRequired": true }] },
            { "type": "channel", "id": "tv", "name": "No films" },
        ] },
        "catalogs": { "movie/films": films, "movie/search": [] },
    }));
    let provider = provider(addon.url());
    let addon_client = stremio(&provider);
    let lists = addon_client.catalogs(false, soon()).await.unwrap();
    assert_eq!(lists.len(), 1, "{lists:?}");
    assert_eq!(lists[0].name, "All films");
    assert_eq!(lists[0].genres, ["Drama & co", "War"]);
    assert!(lists[0].has_pages && !lists[0].needs_genre);
    let page = async |wish: CatalogWish| {
        addon_client
            .catalog(&lists[0], &wish, soon())
            .await
            .unwrap()
    };
    assert_eq!(page(CatalogWish::default()).await.len(), 100);
    let second = page(CatalogWish {
        genre: Some("Drama & co".into()),
        skip: 100,
        ..CatalogWish::default()
    })
    .await;
    assert_eq!(second.len(), 50);
    assert_eq!(second[0].names.en.as_deref(), Some("Film 100"));
    assert_eq!(
        addon.requests(),
        [
            "/manifest.json",
            "/catalog/movie/films.json",
            "/catalog/movie/films/genre=Drama%20%26%20co&skip=100.json",
        ]
    );
}

#[tokio::test]
async fn a_real_addon_tells_of_a_title_and_gives_subtitles() {
    let server = Server::start(|_, _| ok("1\n00:00:01,000 --> 00:00:02,000\nHello\n")).await;
    let addon = Addon::start(&json!({
        "manifest": { "resources": ["meta", "subtitles"], "catalogs": [] },
        "metas": { "series/tt1748166": { "id": "tt1748166", "type": "series", "name": "Pioneer One",
            "description": "A capsule lands", "videos": [
            { "id": "tt1748166:1:1", "title": "Earthfall", "season": 1, "episode": 1, "released": "2010-06-16T00:00:00.000Z" },
        ] } },
        "subtitles": { "series/tt1748166:1:2": [
            { "id": "1", "url": server.url("/dir/Pioneer.One.S01E02.srt"), "lang": "eng" },
            { "id": "2", "url": "file:///etc/passwd", "lang": "rus" },
        ] },
    }));
    let provider = provider_at(addon.url(), &fetcher().allowing([server.host()]));
    let query = pioneer_one(1, 2);
    let (title, episodes) = stremio(&provider)
        .meta(TitleKind::Series, &query.title.external, false, soon())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(title.overview.en.as_deref(), Some("A capsule lands"));
    assert_eq!(episodes[0].facts.released_on.as_deref(), Some("2010-06-16"));

    let wanted = SubtitleQuery {
        query,
        file: VideoFile {
            name: Some("Pioneer One & co.mkv".into()),
            size_bytes: Some(123),
            moviehash: Some("8e245d9679d31e12".into()),
            frames_per_second: None,
        },
        languages: vec!["en".into()],
    };
    let finds = stremio(&provider).subtitles(&wanted, soon()).await.unwrap();
    assert_eq!(finds.len(), 1);
    assert_eq!(finds[0].language.as_deref(), Some("en"));
    assert_eq!(finds[0].name, "Pioneer.One.S01E02.srt");
    assert_eq!(finds[0].format, Some(SubtitleFormat::Srt));
    let read = provider.fetch_subtitle(&finds[0], soon()).await.unwrap();
    assert!(read.text.contains("Hello"));
    assert!(addon.requests().contains(
        &"/subtitles/series/tt1748166%3A1%3A2/videoHash=8e245d9679d31e12&videoSize=123&filename=Pioneer%20One%20%26%20co.mkv.json".to_owned()
    ));
    let about = provider.check(soon()).await.unwrap();
    assert_eq!(about.name.as_deref(), Some("Test addon"));
    assert!(about.finds_subtitles && !about.finds_sources);
}

#[tokio::test]
async fn a_real_addon_must_be_configured_where_it_says_so() {
    let addon = Addon::start(&json!({
        "manifest": {
            "config": [{ "key": "token", "type": "text" }],
            "behaviorHints": { "configurable": true, "configurationRequired": true },
        },
        "streams": { "movie/tt1727587": [{ "infoHash": "9".repeat(40), "name": "Sintel" }] },
    }));
    let bare = provider(addon.url());
    let error = bare.find(&sintel(), soon()).await.unwrap_err();
    assert!(error.to_string().contains("configured first"), "{error}");
    let config = "%7B%22token%22%3A%22s3cret%22%7D";
    let made = addon
        .url()
        .replace("/manifest.json", &format!("/{config}/manifest.json"));
    let sources = provider(made).find(&sintel(), soon()).await.unwrap();
    assert_eq!(names(&sources), ["Sintel"]);
    assert!(
        addon
            .requests()
            .contains(&format!("/{config}/stream/movie/tt1727587.json"))
    );
}

/// The hand-made manifest is one by the official linter too, so that what is read of it is what
/// addons write.
#[test]
fn the_hand_made_manifest_passes_the_official_linter() {
    let output = Command::new("node")
        .arg("lint.mjs")
        .arg(titles::root().join("tests/fixtures/handmade/stremio/manifest.json"))
        .current_dir(titles::root().join("tests/peers/stremio-addon"))
        .output()
        .expect("node starts: run `make setup`");
    let said: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(said, json!({ "valid": true, "errors": [] }));
}

#[tokio::test]
async fn a_real_addon_is_not_asked_again_while_its_answer_is_good() {
    let addon = Addon::start(&json!({
        "cache": { "cacheMaxAge": 600 },
        "streams": { "movie/tt1727587": [{ "infoHash": "9".repeat(40), "name": "Sintel" }] },
    }));
    let provider = provider(addon.url());
    for _ in 0..3 {
        assert_eq!(provider.find(&sintel(), soon()).await.unwrap().len(), 1);
    }
    assert_eq!(
        addon.requests(),
        ["/manifest.json", "/stream/movie/tt1727587.json"]
    );
}

#[tokio::test]
async fn a_real_addon_that_fails_or_hangs_is_told_apart() {
    let addon = Addon::start(&json!({
        "streams": {
            "movie/tt1727587": { "fail": true },
            "series/tt1748166:1:2": { "delay_ms": 60000 },
        },
    }));
    let provider = provider(addon.url());
    let error = provider.find(&sintel(), soon()).await.unwrap_err();
    assert!(error.to_string().contains("500"), "{error}");
    let soon = tokio::time::Instant::now() + Duration::from_millis(500);
    let error = provider.find(&pioneer_one(1, 2), soon).await.unwrap_err();
    assert!(error.to_string().contains("did not answer"), "{error}");
}

#[tokio::test]
async fn streams_of_every_form_become_sources() {
    let server = Server::start(|head, _| {
        if head.contains("/manifest.json") {
            ok(fixture("stremio/manifest.json"))
        } else {
            ok(fixture("stremio/streams.json"))
        }
    })
    .await;
    let sources = provider(server.url("/configured/manifest.json"))
        .find(&sintel(), soon())
        .await
        .unwrap();
    assert_eq!(
        sources.iter().map(|source| source.kind).collect::<Vec<_>>(),
        [
            SourceKind::Torrent,
            SourceKind::Hls,
            SourceKind::Dash,
            SourceKind::Direct,
            SourceKind::Torrent,
            SourceKind::Torrent,
            SourceKind::Embed,
            SourceKind::Embed,
            SourceKind::Embed,
            SourceKind::Embed,
            SourceKind::Embed,
        ]
    );
    let first = &sources[0];
    assert_eq!(first.name, "Sintel.2010.1080p.BluRay.x265.mkv");
    assert_eq!(first.release.video_codec.as_deref(), Some("h265"));
    assert_eq!(first.release.audio_languages, ["ru", "en"]);
    assert_eq!(
        (first.seeders, first.size_bytes),
        (Some(89), Some(1_600_000_000))
    );
    let place = torrent(first);
    assert_eq!(place.file_index, Some(2));
    assert_eq!(
        place.trackers,
        [
            "udp://tracker.example:1337/announce",
            "udp://bare.example:80"
        ]
    );
    assert_eq!(place.peers, ["127.0.0.1:6881".parse().unwrap()]);
    let Location::Url { url, headers } = &sources[1].location else {
        panic!("no address");
    };
    assert!(url.ends_with("token=s3cret"));
    assert_eq!(
        headers.iter().collect::<Vec<_>>(),
        [(&"Referer".to_owned(), &"https://site.example/".to_owned())]
    );
    assert_eq!(sources[3].size_bytes, Some(700_000_000));
    let reasons: Vec<_> = sources[6..]
        .iter()
        .map(|source| match &source.location {
            Location::Page { reason, .. } => reason.as_str(),
            other => panic!("no page: {other:?}"),
        })
        .collect();
    assert!(reasons[0].contains("YouTube"));
    assert!(reasons[1].contains("its own page"));
    assert!(reasons[2].contains("rtmp"));
    assert!(reasons[3].contains("Usenet"));
    assert!(reasons[4].contains("archive"));
    let hints = &sources[1].hints;
    assert_eq!(hints.moviehash.as_deref(), Some("8e245d9679d31e12"));
    assert!(hints.not_for_browsers);
    assert_eq!(hints.subtitles.len(), 1, "no file of this box: {hints:?}");
    assert_eq!(hints.subtitles[0].language.as_deref(), Some("ru"));
    assert_eq!(
        server.targets()[1],
        "/configured/stream/movie/tt1727587.json"
    );
}

#[tokio::test]
async fn unreadable_addons_are_clear_errors() {
    for body in ["", "<html>", "[]", "{}", "{\"resources\": 5}", "null"] {
        let server = Server::start(move |_, _| ok(body)).await;
        let error = provider(server.url("/"))
            .find(&sintel(), soon())
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("manifest is not readable"),
            "{body}: {error}"
        );
    }
    let deep = format!("{{\"streams\": {}", "[".repeat(100_000));
    for body in [String::new(), "<html>".into(), deep] {
        let server = Server::start(move |head, _| {
            if head.contains("/manifest.json") {
                ok(fixture("stremio/manifest.json"))
            } else {
                ok(&body)
            }
        })
        .await;
        let error = provider(server.url("/"))
            .find(&sintel(), soon())
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("answer is not readable"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_key_in_the_address_is_never_told() {
    let server = Server::start(|_, _| reply("403 Forbidden", &[], "")).await;
    let provider = provider(server.url("/apikey=s3cret/manifest.json"));
    let error = provider.find(&sintel(), soon()).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[tokio::test]
async fn abuse_21_subtitles_without_end_are_refused() {
    let server = Server::start(|_, _| {
        vec![
            Step::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
            Step::Flood(vec![b'x'; 64 * 1024]),
        ]
    })
    .await;
    let provider = provider(server.url("/manifest.json"));
    let link = SubtitleLink {
        language: None,
        url: server.url("/endless.srt"),
    };
    let find = SubtitleFind::at_link("stremio:test", link, SubtitleMatch::Own);
    let error = provider.fetch_subtitle(&find, soon()).await.unwrap_err();
    assert!(
        error.to_string().contains("more than 4194304 bytes"),
        "{error}"
    );
}
