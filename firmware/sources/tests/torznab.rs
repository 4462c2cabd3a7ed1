//! A Torznab indexer answered by a local server: the documented shapes, and everything an
//! indexer can do wrong.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../fetch/tests/server/mod.rs"]
mod server;
mod titles;

use std::{sync::Arc, time::Duration};

use hearth_model::{ProviderState, Source, SourceKind};
use hearth_sources::{
    Error, Found, Provider, ProviderConfig, Secret, TorrentLink, fetch_torrent, search,
};
use server::{Server, Step, ok, redirect, reply};
use titles::{fetcher, fixture, names, pioneer_one, sintel, soon, torrent};

fn provider(server: &Server) -> Provider {
    let config = ProviderConfig::Torznab {
        id: "home".into(),
        name: "Home".into(),
        url: Secret(server.url("/torznab/")),
        api_key: Secret("s3cret".into()),
    };
    Provider::new(&config, &fetcher()).unwrap()
}

/// Full capabilities, and for the rest what `answer` gives.
async fn indexer(answer: impl Fn(&str, usize) -> Vec<Step> + Send + Sync + 'static) -> Server {
    Server::start(move |head, before| {
        if head.contains("t=caps") {
            ok(fixture("torznab/caps.xml"))
        } else {
            answer(head, before)
        }
    })
    .await
}

async fn fixed(name: &'static str) -> Server {
    indexer(move |_, _| ok(fixture(name))).await
}

async fn failure(server: &Server) -> Error {
    provider(server).find(&sintel(), soon()).await.unwrap_err()
}

#[tokio::test]
async fn a_film_is_found_and_everything_else_left_out() {
    let server = fixed("torznab/film.xml").await;
    let sources = provider(&server).find(&sintel(), soon()).await.unwrap();
    assert_eq!(
        names(&sources),
        [
            "Sintel.2010.1080p.BluRay.x264.DTS-GROUP",
            "Синтел / Sintel (2010) WEB-DL 720p | Лицензия",
            "Durian Open Movie Project 2010 2160p",
        ]
    );
    let [first, second, third] = &sources[..] else {
        panic!();
    };
    assert_eq!(first.kind, SourceKind::Torrent);
    assert_eq!(first.provider, "torznab:home");
    assert_eq!(first.release.resolution.as_deref(), Some("1080p"));
    assert_eq!(first.size_bytes, Some(1_234_567_890));
    assert_eq!(
        first.seeders,
        Some(60),
        "the better word of two for one torrent"
    );
    let place = torrent(first);
    assert_eq!(
        place.infohash.as_deref(),
        Some("08ada5a7a6183aae1e09d831df6748d566095a10")
    );
    assert_eq!(
        place.trackers,
        ["udp://tracker.example:1337", "udp://second.example:80"]
    );
    assert_eq!(place.peers, ["127.0.0.1:6881".parse().unwrap()]);
    assert_eq!(torrent(second).infohash, None);
    assert_eq!(
        second.hints.tracker.as_deref(),
        Some("The tracker"),
        "of an indexer that asks many"
    );
    assert_eq!(
        torrent(second).torrent_url.as_deref(),
        Some("http://127.0.0.1/download?id=2&passkey=s3cret")
    );
    assert_eq!(
        third.size_bytes,
        Some(5_000_000_000),
        "vouched for by its IMDb id"
    );
    let again = provider(&server).find(&sintel(), soon()).await.unwrap();
    let ids = |sources: &[Source]| sources.iter().map(|source| source.id).collect::<Vec<_>>();
    assert_eq!(ids(&sources), ids(&again), "a source keeps its id");
}

#[tokio::test]
async fn an_episode_is_found_by_itself_and_in_packs() {
    let server = fixed("torznab/episode.xml").await;
    let query = pioneer_one(1, 2);
    let sources = provider(&server).find(&query, soon()).await.unwrap();
    assert_eq!(
        names(&sources),
        [
            "Pioneer.One.S01E02.720p.WEB.x264-GROUP",
            "Pioneer.One.S01.1080p.WEB.x264-GROUP"
        ]
    );
    let wanted = query.episode.unwrap().id;
    assert!(
        sources
            .iter()
            .all(|source| source.episode_id == Some(wanted))
    );
}

#[tokio::test]
async fn capabilities_are_asked_once_and_the_key_is_sent() {
    let server = fixed("torznab/empty.xml").await;
    let provider = provider(&server);
    for _ in 0..2 {
        assert!(provider.find(&sintel(), soon()).await.unwrap().is_empty());
    }
    let targets = server.targets();
    let caps = targets.iter().filter(|target| target.contains("t=caps"));
    assert_eq!(caps.count(), 1);
    assert_eq!(targets[0], "/torznab/api?apikey=s3cret&t=caps");
    let mut first_search = targets[1..4].to_vec();
    first_search.sort();
    assert_eq!(
        first_search,
        [
            "/torznab/api?apikey=s3cret&t=movie&imdbid=tt1727587&cat=2000&limit=100",
            "/torznab/api?apikey=s3cret&t=movie&q=%D0%A1%D0%B8%D0%BD%D1%82%D0%B5%D0%BB&year=2010&cat=2000&limit=100",
            "/torznab/api?apikey=s3cret&t=movie&q=Sintel&year=2010&cat=2000&limit=100",
        ]
    );
}

#[tokio::test]
async fn capabilities_that_failed_are_asked_again() {
    let server = Server::start(|head, before| match (before, head.contains("t=caps")) {
        (0, _) => reply("404 Not Found", &[], ""),
        (_, true) => ok(fixture("torznab/caps.xml")),
        _ => ok(fixture("torznab/film.xml")),
    })
    .await;
    let provider = provider(&server);
    assert!(provider.find(&sintel(), soon()).await.is_err());
    assert_eq!(provider.find(&sintel(), soon()).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_told_with_what_to_do_and_without_the_key() {
    let server = fixed("torznab/error.xml").await;
    let text = failure(&server).await.to_string();
    assert_eq!(
        text,
        "the indexer refused (100): Invalid API Key …: check the API key"
    );
}

#[tokio::test]
async fn unreadable_answers_are_clear_errors() {
    for (name, part) in [
        ("torznab/malformed.xml", "not readable XML"),
        ("torznab/cut.xml", "breaks off"),
        ("torznab/page.xml", "<html> instead of <rss>"),
        ("torznab/caps.xml", "<caps> instead of <rss>"),
    ] {
        let server = fixed(name).await;
        let text = failure(&server).await.to_string();
        assert!(text.contains(part), "{name}: {text}");
    }
    for body in [
        "",
        "   ",
        "plain text",
        "{\"json\": true}",
        "\u{0}\u{1}",
        "<",
    ] {
        let server = indexer(move |_, _| ok(body)).await;
        let error = failure(&server).await;
        assert!(
            matches!(error, Error::OtherDocument { .. } | Error::Xml(_)),
            "{body:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn untidy_answers_are_read_as_far_as_they_go() {
    let server = fixed("torznab/untidy.xml").await;
    let sources = provider(&server).find(&sintel(), soon()).await.unwrap();
    assert_eq!(
        names(&sources),
        ["Sintel 2010 1080p & more &b;"],
        "no entity is expanded"
    );
    assert_eq!(sources[0].size_bytes, Some(1_503_238_553));
    assert_eq!(sources[0].seeders, None);
    assert_eq!(
        torrent(&sources[0]).torrent_url.as_deref(),
        Some("http://127.0.0.1/download?id=1&passkey=x")
    );
}

#[tokio::test]
async fn abuse_18_deep_nesting_is_an_error() {
    let deep = format!("<rss><channel>{}", "<a>".repeat(20_000));
    let server = indexer(move |_, _| ok(&deep)).await;
    let text = failure(&server).await.to_string();
    assert!(text.contains("more than 32 levels deep"), "{text}");
}

#[tokio::test]
async fn abuse_16_a_huge_answer_is_refused() {
    let item = "<item><title>Sintel 2010 1080p</title></item>";
    let huge = format!(
        "<rss><channel>{}</channel></rss>",
        item.repeat(30_000_000 / item.len())
    );
    let server = indexer(move |_, _| ok(&huge)).await;
    let text = failure(&server).await.to_string();
    assert!(text.contains("more than 8388608 bytes"), "{text}");
}

#[tokio::test]
async fn many_items_and_attributes_are_cut_off_not_refused() {
    let hash = "7".repeat(40);
    let attrs = r#"<torznab:attr name="x" value="y"/>"#.repeat(500);
    let item = format!(
        r#"<item><title>Sintel 2010 1080p</title><torznab:attr name="infohash" value="{hash}"/>{attrs}</item>"#
    );
    let many = format!("<rss><channel>{}</channel></rss>", item.repeat(400));
    let wide = format!("<rss {}><channel/></rss>", r#"a="b" "#.repeat(500_000));
    let server = indexer(move |head, _| {
        if head.contains("imdbid") {
            ok(&wide)
        } else {
            ok(&many)
        }
    })
    .await;
    let sources = provider(&server).find(&sintel(), soon()).await.unwrap();
    assert_eq!(sources.len(), 1);
}

#[tokio::test]
async fn some_of_an_answer_is_an_answer() {
    let server = indexer(|head, _| {
        if head.contains("imdbid") {
            reply("500 Internal Server Error", &[], "")
        } else {
            ok(fixture("torznab/film.xml"))
        }
    })
    .await;
    let sources = provider(&server).find(&sintel(), soon()).await.unwrap();
    assert_eq!(sources.len(), 3);
}

#[tokio::test]
async fn http_errors_say_what_to_check() {
    for (status, part) in [
        ("401 Unauthorized", "check the key"),
        ("404 Not Found", "check the address"),
        ("429 Too Many Requests", "asks to wait"),
        ("500 Internal Server Error", "try again later"),
    ] {
        let server = Server::start(move |_, _| reply(status, &["Retry-After: 3600"], "")).await;
        let text = failure(&server).await.to_string();
        assert!(text.contains(part) && !text.contains("s3cret"), "{text}");
    }
    let cut = Server::start(|_, _| {
        vec![Step::Send(
            b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<caps>".to_vec(),
        )]
    })
    .await;
    let text = failure(&cut).await.to_string();
    assert!(text.contains("broke off"), "{text}");
}

#[tokio::test]
async fn a_slow_indexer_never_delays_a_quick_one() {
    let quick = fixed("torznab/film.xml").await;
    let slow = Server::start(|_, _| {
        vec![
            Step::Send(b"HTTP/1.1 200 OK\r\n\r\n<caps>".to_vec()),
            Step::Drip(Duration::from_millis(50)),
        ]
    })
    .await;
    let half = indexer(|head, _| {
        if head.contains("imdbid") {
            ok(fixture("torznab/film.xml"))
        } else {
            vec![Step::Wait(Duration::from_mins(1))]
        }
    })
    .await;
    let named = |id: &str, server: &Server| {
        let config = ProviderConfig::Torznab {
            id: id.into(),
            name: String::new(),
            url: Secret(server.url("/api")),
            api_key: Secret::default(),
        };
        Provider::new(&config, &fetcher()).unwrap()
    };
    let query = Arc::new(sintel());
    let providers = [
        named("slow", &slow),
        named("half", &half),
        named("quick", &quick),
    ];
    let jobs = providers
        .iter()
        .filter_map(|provider| provider.job(&query))
        .collect();
    let mut found = search(jobs, Duration::from_secs(6), Duration::from_secs(8));
    let mut all: Vec<Found<Vec<Source>>> = Vec::new();
    while let Some(next) = found.recv().await {
        all.push(next);
    }
    let of = |id: &str| all.iter().find(|found| found.status.id == id).unwrap();
    assert_eq!(all[0].status.id, "torznab:quick");
    assert_eq!(all[0].items.len(), 3);
    assert_eq!(of("torznab:slow").status.state, ProviderState::Timeout);
    assert_eq!(of("torznab:half").status.state, ProviderState::Ok);
    assert_eq!(
        of("torznab:half").items.len(),
        3,
        "what came in time counts"
    );
}

#[tokio::test]
async fn a_link_gives_the_torrent_or_leads_to_a_magnet() {
    let hash = "8".repeat(40);
    let magnet = format!("magnet:?xt=urn:btih:{hash}&x.pe=127.0.0.1:6881");
    let server = indexer(move |head, _| match head {
        head if head.contains("/file") => ok("d4:infod6:lengthi1eee"),
        head if head.contains("/magnet") => redirect(&magnet),
        head if head.contains("/elsewhere") => redirect("file:///etc/passwd"),
        _ => ok("<html>sign in</html>"),
    })
    .await;
    let provider = provider(&server);
    let fetch = async |path: &str| {
        fetch_torrent(
            provider.fetcher(),
            &server.url(path),
            Duration::from_secs(60),
        )
        .await
    };
    let file = fetch("/file").await.unwrap();
    assert!(matches!(file, TorrentLink::File(bytes) if bytes.starts_with(b"d4:info")));
    let TorrentLink::Magnet(torrent) = fetch("/magnet").await.unwrap() else {
        panic!("no magnet");
    };
    assert_eq!(torrent.infohash, Some(hash));
    assert_eq!(torrent.peers.len(), 1);
    assert!(matches!(fetch("/elsewhere").await, Err(Error::NoTorrent)));
    assert!(matches!(fetch("/page").await, Err(Error::NoTorrent)));
}

#[tokio::test]
async fn two_providers_of_one_name_are_refused() {
    let config = |id: &str| ProviderConfig::Torznab {
        id: id.into(),
        name: String::new(),
        url: Secret("http://192.168.1.5:9117/".into()),
        api_key: Secret::default(),
    };
    assert_eq!(
        Provider::all(&[config("a"), config("b")], &fetcher())
            .unwrap()
            .len(),
        2
    );
    let error = Provider::all(&[config("a"), config("a")], &fetcher()).unwrap_err();
    assert!(error.to_string().contains("`torznab:a`"), "{error}");
}
