//! Answers recorded from real indexers, read from the folder that `HEARTH_FIXTURES` names;
//! skipped, and said so, without it.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../fetch/tests/server/mod.rs"]
mod server;
mod titles;

use hearth_model::{Source, TitleKind};
use hearth_sources::{Error, Provider, ProviderConfig, Query, Secret};
use server::{Server, ok};
use titles::{episode, fetcher, names, soon, title, torrent};

fn recorded(name: &str) -> Option<String> {
    titles::recorded(&format!("torznab/{name}"))
}

/// Asks a server that gives the recorded answer.
async fn find(caps: Option<String>, feed: String, query: &Query) -> Result<Vec<Source>, Error> {
    let caps = caps.unwrap_or_else(|| titles::fixture("torznab/caps.xml"));
    let server = Server::start(move |head, _| {
        if head.contains("t=caps") {
            ok(&caps)
        } else {
            ok(&feed)
        }
    })
    .await;
    let config = ProviderConfig::Torznab {
        id: "recorded".into(),
        name: String::new(),
        url: Secret(server.url("/api")),
        api_key: Secret::default(),
    };
    let provider = Provider::new(&config, &fetcher()).unwrap();
    provider.find(query, soon()).await
}

#[tokio::test]
async fn a_feed_of_magnets() {
    let Some(feed) = recorded("torznab_tpb.xml") else {
        return;
    };
    let query = episode(title(TitleKind::Series, "Series Title", 2015, ""), 5, 2);
    let sources = find(None, feed, &query).await.unwrap();
    assert_eq!(
        names(&sources),
        ["Series Title S05E02 HDTV x264-Xclusive [eztv]"]
    );
    assert_eq!(sources[0].seeders, Some(34128));
    assert_eq!(sources[0].size_bytes, Some(388_895_872));
    let place = torrent(&sources[0]);
    assert_eq!(
        place.infohash.as_deref(),
        Some("9fb267cff5ae5603f07a347676ec3bf3e35f75e1")
    );
    assert_eq!(place.trackers.len(), 4);
    assert_eq!(place.torrent_url, None);
}

#[tokio::test]
async fn a_feed_of_files_and_ids() {
    let Some(feed) = recorded("torznab_hdaccess_net.xml") else {
        return;
    };
    let wild = Query::new(title(TitleKind::Film, "Wild", 2014, "tt2305051"), None);
    let sources = find(None, feed.clone(), &wild).await.unwrap();
    assert_eq!(names(&sources), ["Wild 2014 720p BluRay DTS x264-HDAccess"]);
    assert!(
        torrent(&sources[0])
            .torrent_url
            .as_deref()
            .unwrap()
            .contains("passkey=123456")
    );
    let series = episode(
        title(TitleKind::Series, "Better Call Saul", 2015, "tt3032476"),
        1,
        5,
    );
    let sources = find(None, feed, &series).await.unwrap();
    assert_eq!(sources.len(), 1);
    assert_eq!(sources[0].release.resolution.as_deref(), Some("1080p"));
}

#[tokio::test]
async fn an_anime_feed_by_absolute_number() {
    let (Some(caps), Some(feed)) = (
        recorded("torznab_animetosho_caps.xml"),
        recorded("torznab_animetosho.xml"),
    ) else {
        return;
    };
    let query = episode(title(TitleKind::Anime, "Frame Arms Girl", 2017, ""), 1, 7);
    let sources = find(Some(caps), feed, &query).await.unwrap();
    assert_eq!(sources.len(), 2, "{:?}", names(&sources));
    assert_eq!(
        torrent(&sources[0]).infohash.as_deref(),
        Some("2d69a861bef5a9f2cdf791b7328e37b7953205e1")
    );
    assert_eq!(sources[0].size_bytes, Some(316_477_946));
    assert!(
        torrent(&sources[1])
            .torrent_url
            .as_deref()
            .unwrap()
            .ends_with(".torrent")
    );
}

#[tokio::test]
async fn a_refusal_with_a_byte_order_mark() {
    let Some(error) = recorded("error_unauthorized.xml") else {
        return;
    };
    let query = titles::sintel();
    let text = find(Some(error), String::new(), &query)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("Incorrect user credentials: check the API key"),
        "{text}"
    );
}
