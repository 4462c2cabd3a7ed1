//! RSS feeds of trackers: hand-made ones in every manner, and recorded ones where
//! `HEARTH_FIXTURES` names their folder.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../fetch/tests/server/mod.rs"]
mod server;
mod titles;

use hearth_model::{Location, Source, SourceKind, TitleKind};
use hearth_sources::{Provider, ProviderConfig, Query, Secret};
use server::{Server, ok, reply};
use titles::{
    episode, fetcher, fixture, names, pioneer_one, recorded, sintel, soon, title, torrent,
};

fn provider(url: String) -> Provider {
    let config = ProviderConfig::Rss {
        id: "tracker".into(),
        name: String::new(),
        url: Secret(url),
    };
    Provider::new(&config, &fetcher()).unwrap()
}

/// What of this feed is the title.
async fn among(feed: String, query: &Query) -> Vec<Source> {
    let server = Server::start(move |_, _| ok(&feed)).await;
    let provider = provider(server.url("/rss?passkey=s3cret"));
    provider.find(query, soon()).await.unwrap()
}

#[tokio::test]
async fn a_feed_of_nyaas_kind_is_searched() {
    let server = Server::start(|_, _| ok(fixture("rss/nyaa.xml"))).await;
    let provider = provider(server.url("/?page=rss&q={query}&c=1_2"));
    let sources = provider.find(&pioneer_one(1, 2), soon()).await.unwrap();
    assert_eq!(sources.len(), 1, "{:?}", names(&sources));
    let source = &sources[0];
    assert_eq!(source.provider, "rss:tracker");
    assert_eq!(
        (source.seeders, source.size_bytes),
        (Some(23), Some(1_503_238_553))
    );
    assert_eq!(
        torrent(source).infohash.as_deref(),
        Some("08ada5a7a6183aae1e09d831df6748d566095a10")
    );
    assert_eq!(
        torrent(source).torrent_url.as_deref(),
        Some("https://tracker.example/download/2.torrent")
    );
    assert_eq!(
        server.targets(),
        ["/?page=rss&q=Pioneer%20One%20S01E02&c=1_2"],
        "one phrase is enough where something fits"
    );
}

#[tokio::test]
async fn further_phrases_are_tried_where_nothing_fits() {
    let server = Server::start(|head, _| {
        if head.contains("S01E02") {
            ok("<rss><channel/></rss>")
        } else {
            ok(fixture("rss/nyaa.xml"))
        }
    })
    .await;
    let provider = provider(server.url("/search/{query}/rss"));
    let sources = provider.find(&pioneer_one(1, 2), soon()).await.unwrap();
    assert_eq!(sources.len(), 1);
    assert_eq!(
        server.targets(),
        [
            "/search/Pioneer%20One%20S01E02/rss",
            "/search/Pioneer%20One%20S01/rss"
        ]
    );
}

#[tokio::test]
async fn a_plain_feed_is_read_once_and_what_fits_is_taken() {
    let server = Server::start(|_, _| ok(fixture("rss/generic.xml"))).await;
    let provider = provider(server.url("/rss?passkey=s3cret"));
    let sources = provider.find(&sintel(), soon()).await.unwrap();
    assert_eq!(
        names(&sources),
        [
            "Sintel 2010 1080p enclosed",
            "Sintel 2010 720p magnet",
            "Sintel 2010 480p spaced",
            "Sintel 2010 2160p nested",
            "Sintel 2010 1080p in words",
            "Sintel 2010 podcast",
        ]
    );
    let hash = |index: usize| torrent(&sources[index]).infohash.clone().unwrap();
    assert_eq!(hash(0), "1".repeat(40), "from the name of its file");
    assert_eq!(hash(1), "08ada5a7a6183aae1e09d831df6748d566095a10");
    assert_eq!(hash(2), "3".repeat(40));
    assert_eq!(hash(3), "4".repeat(40));
    assert_eq!(torrent(&sources[3]).trackers, ["udp://nested.example:1"]);
    assert_eq!(hash(4), "5".repeat(40));
    assert_eq!(torrent(&sources[4]).trackers, ["udp://words.example:1"]);
    let sizes: Vec<_> = sources.iter().map(|source| source.size_bytes).collect();
    assert_eq!(
        sizes,
        [
            Some(880_499_752),
            Some(700_000_000),
            Some(500_000_000),
            None,
            None,
            Some(52_428_800)
        ]
    );
    assert_eq!(
        (sources[0].seeders, sources[4].seeders),
        (Some(12), Some(3))
    );
    assert_eq!(sources[5].kind, SourceKind::Direct);
    assert!(
        matches!(&sources[5].location, Location::Url { url, .. } if url.ends_with("/sintel.mp4"))
    );

    assert!(
        provider
            .find(&pioneer_one(1, 2), soon())
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        server.targets(),
        ["/rss?passkey=s3cret"],
        "kept for a while"
    );
}

#[tokio::test]
async fn what_is_no_feed_is_told_without_the_key() {
    for (answer, part) in [
        (
            ok("<html><body>Sign in</body></html>"),
            "<html> instead of <rss>",
        ),
        (ok("no markup at all"), "instead of <rss>"),
        (ok("<rss><channel><item>"), "breaks off"),
        (reply("403 Forbidden", &[], ""), "check the key"),
    ] {
        let answer = std::sync::Mutex::new(Some(answer));
        let server =
            Server::start(move |_, _| answer.lock().unwrap().take().unwrap_or_default()).await;
        let provider = provider(server.url("/rss?passkey=s3cret"));
        let text = provider
            .find(&sintel(), soon())
            .await
            .unwrap_err()
            .to_string();
        assert!(text.contains(part) && !text.contains("s3cret"), "{text}");
    }
}

#[tokio::test]
async fn recorded_feeds_are_read() {
    let Some(nyaa) = recorded("rss/nyaa_2021.xml") else {
        return;
    };
    let macross = title(TitleKind::Film, "Macross Zero", 2002, "");
    let sources = among(nyaa, &Query::new(macross, None)).await;
    assert_eq!(sources.len(), 1);
    assert_eq!(
        (sources[0].seeders, sources[0].size_bytes),
        (Some(23), Some(6_120_328_396))
    );

    let old = recorded("rss/nyaa.xml").unwrap();
    let rail_wars = title(TitleKind::Anime, "RAIL WARS!", 2014, "");
    let sources = among(old, &episode(rail_wars, 1, 7)).await;
    assert_eq!(sources.len(), 1);
    assert_eq!(
        (sources[0].seeders, sources[0].size_bytes),
        (Some(2), Some(444_805_939)),
        "told among words"
    );
    assert!(torrent(&sources[0]).torrent_url.is_some());

    let magnets = recorded("rss/showrss.xml").unwrap();
    let voice = title(TitleKind::Series, "The Voice", 2011, "");
    let sources = among(magnets, &episode(voice, 8, 25)).await;
    assert_eq!(sources.len(), 1);
    assert!(torrent(&sources[0]).trackers.len() >= 3);

    let enclosed = recorded("rss/limetorrents.xml").unwrap();
    let expanse = title(TitleKind::Series, "The Expanse", 2015, "");
    let sources = among(enclosed, &episode(expanse, 2, 4)).await;
    assert_eq!(
        torrent(&sources[0]).infohash.as_deref(),
        Some("51c578c9823dd58f6eea287c368ed935843d63ab")
    );
    assert_eq!(sources[0].size_bytes, Some(880_496_711));

    let sizeless = recorded("rss/animetosho_nosize.xml").unwrap();
    let days = title(TitleKind::Anime, "DAYS", 2016, "");
    let sources = among(sizeless, &episode(days, 1, 5)).await;
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].size_bytes, Some(165_779_865));

    let no_date = recorded("rss/invalid_no_pubdate.xml").unwrap();
    let marriage = title(TitleKind::Series, "Surviving Marriage", 2015, "");
    let sources = among(no_date, &episode(marriage, 1, 9)).await;
    assert!(
        torrent(&sources[0])
            .torrent_url
            .as_deref()
            .unwrap()
            .contains("torrent_pass=abc")
    );

    let tiny = recorded("rss/invalid_eztv_size.xml").unwrap();
    // However its name is read: the size is what counts here.
    let name = "Andy McNabs Tour Of Duty Series 1 - Courage Under Fire 1x6 [DVDRIP - MVGROUP]";
    let name = hearth_release::parse(name).title.unwrap();
    let query = Query::new(title(TitleKind::Series, &name, 2008, ""), None);
    let sources = among(tiny, &query).await;
    assert_eq!(sources[0].size_bytes, None, "100 kB is no film");
    assert_eq!(
        torrent(&sources[0]).infohash.as_deref(),
        Some("aaa2038bed9ebca2c312d1c9c3e8e024d0eb414e")
    );
}
