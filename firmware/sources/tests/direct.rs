//! What a person pastes or uploads becomes something to play, or an error that says what to give.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../fetch/tests/server/mod.rs"]
mod server;
mod titles;

use hearth_model::{GivenFile, Location, SourceKind, TitleId, TitleKind};
use hearth_sources::{Direct, DirectFind, Error, Given, TorrentFacts};
use server::{Server, ok, redirect, reply};
use titles::{fetcher, soon};

/// Stands for the torrent engine, which is not known here.
fn read_torrent(bytes: &[u8]) -> Result<TorrentFacts, String> {
    if bytes.starts_with(b"d4:info") {
        Ok(TorrentFacts {
            infohash: "7".repeat(40),
            name: "Sintel.2010.1080p.BluRay.x264-GROUP".into(),
            size_bytes: 5_000,
            trackers: vec!["udp://t.example:1".into(), "nonsense".into()],
            videos: vec![GivenFile {
                index: 0,
                path: "Sintel.mkv".into(),
                size_bytes: 5_000,
            }],
        })
    } else if bytes.starts_with(b"d4:name") {
        Ok(TorrentFacts {
            infohash: "6".repeat(40),
            name: "Pictures".into(),
            size_bytes: 5_000,
            trackers: Vec::new(),
            videos: Vec::new(),
        })
    } else {
        Err("the torrent describes nothing".into())
    }
}

fn direct(server: &Server) -> Direct {
    Direct::new(fetcher().allowing([server.host()]), read_torrent)
}

async fn pasted(server: &Server, text: &str) -> Result<Vec<DirectFind>, Error> {
    let given = Given::Text(text.to_owned());
    direct(server).read(given, soon()).await
}

async fn uploaded(name: &str, bytes: impl Into<Vec<u8>>) -> Result<Vec<DirectFind>, Error> {
    let bytes: Vec<u8> = bytes.into();
    let given = Given::File {
        name: name.into(),
        bytes: bytes.into(),
    };
    Direct::new(fetcher(), read_torrent)
        .read(given, soon())
        .await
}

fn only(finds: Vec<DirectFind>) -> DirectFind {
    let [find] = <[DirectFind; 1]>::try_from(finds).unwrap();
    find
}

async fn site() -> Server {
    Server::start(|head, _| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        match path {
            "/Sintel.2010.1080p.mkv" => reply(
                "206 Partial Content",
                &[
                    "Content-Type: application/octet-stream",
                    "Content-Range: bytes 0-7/5000000",
                ],
                b"\x1a\x45\xdf\xa3....",
            ),
            "/live" => ok("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n"),
            "/list" => ok("#EXTM3U\n#EXTINF:-1 group-title=\"News\",First\none.m3u8\n\
                           #EXTINF:-1,Second\nudp://239.0.0.1:1234\n"),
            "/dash" => ok("<?xml version=\"1.0\"?><MPD></MPD>"),
            "/film.torrent" | "/download?id=1" => ok("d4:infod6:lengthi1eee"),
            "/odd.torrent" => ok("d3:abc1:xe"),
            "/magnet" => redirect(&format!(
                "magnet:?xt=urn:btih:{}&dn=Sintel+2010",
                "8".repeat(40)
            )),
            "/watch/sintel" => reply("200 OK", &["Content-Type: text/html"], "<html></html>"),
            "/watch/agent" => reply(
                "200 OK",
                &["Content-Type: text/html"],
                "<html><video src=\"/Agent.327.2017.720p.mp4\"></video></html>",
            ),
            "/text" => ok("only words"),
            _ => reply("404 Not Found", &[], ""),
        }
    })
    .await
}

#[tokio::test]
async fn an_address_is_what_its_bytes_say() {
    let server = site().await;
    let at = async |path: &str| pasted(&server, &server.url(path)).await.unwrap();

    let film = only(at("/Sintel.2010.1080p.mkv").await);
    assert_eq!(film.kind, SourceKind::Direct);
    assert_eq!(film.name, "Sintel.2010.1080p.mkv");
    assert_eq!(film.size_bytes, Some(5_000_000));
    assert_eq!(film.release.resolution.as_deref(), Some("1080p"));
    let title = film.title();
    assert_eq!((title.kind, title.year), (TitleKind::Film, Some(2010)));
    assert_eq!(title.names.original.as_deref(), Some("Sintel"));
    let source = film.source(TitleId::from_name("t"), None);
    assert_eq!(source.provider, "direct");
    assert_eq!(source.location, film.location);

    assert_eq!(only(at("/live").await).kind, SourceKind::Hls);
    assert_eq!(only(at("/dash").await).kind, SourceKind::Dash);

    let list = at("/list").await;
    assert_eq!(list.len(), 2);
    assert_eq!(list[0].kind, SourceKind::Hls);
    assert_eq!(list[0].group.as_deref(), Some("News"));
    let Location::Url { url, .. } = &list[0].location else {
        panic!("no address");
    };
    assert_eq!(*url, server.url("/one.m3u8"), "beside the list");
    assert!(
        matches!(&list[1].location, Location::Page { reason, .. } if reason.contains("udp")),
        "it is shown, and why it does not play"
    );

    let page = only(at("/watch/sintel").await);
    assert_eq!(
        (page.kind, page.name.as_str()),
        (SourceKind::Embed, "sintel")
    );
    let page = only(at("/watch/agent").await);
    let Location::Url { url, .. } = &page.location else {
        panic!("the page's film is not found: {page:?}");
    };
    assert_eq!(*url, server.url("/Agent.327.2017.720p.mp4"));
}

#[tokio::test]
async fn torrents_come_in_every_form() {
    let server = site().await;
    for path in ["/film.torrent", "/download?id=1"] {
        let find = only(pasted(&server, &server.url(path)).await.unwrap());
        assert_eq!(find.kind, SourceKind::Torrent);
        assert_eq!(find.name, "Sintel.2010.1080p.BluRay.x264-GROUP");
        assert_eq!(find.size_bytes, Some(5_000));
        let Location::Torrent(torrent) = &find.location else {
            panic!("no torrent");
        };
        assert_eq!(torrent.infohash, Some("7".repeat(40)));
        assert_eq!(torrent.trackers, ["udp://t.example:1"]);
        assert_eq!(torrent.torrent_url, Some(server.url(path)));
    }
    let redirected = only(pasted(&server, &server.url("/magnet")).await.unwrap());
    assert_eq!(redirected.name, "Sintel 2010");

    let hash = "9".repeat(40);
    let magnet = format!(" magnet:?xt=urn:btih:{hash}&dn=%D0%9A%D0%BE%D1%82+(2010)+1080p\n");
    let find = only(pasted(&server, &magnet).await.unwrap());
    assert_eq!(find.name, "Кот (2010) 1080p");
    assert_eq!(find.title().names.ru.as_deref(), Some("Кот"));
    assert!(
        matches!(&find.location, Location::Torrent(torrent) if torrent.infohash.as_deref() == Some(&hash))
    );
    let bare = only(pasted(&server, &hash.to_uppercase()).await.unwrap());
    assert_eq!(bare.location, find.location);

    let file = only(
        uploaded("film.torrent", "d4:infod6:lengthi1eee")
            .await
            .unwrap(),
    );
    assert!(file.torrent.is_some(), "nobody else may have it");
}

#[tokio::test]
async fn playlists_and_notes_are_read_from_files() {
    let list = "#EXTM3U\n#EXTINF:-1,Первый канал, новости и погода\nhttps://cdn.example/1.m3u8\n";
    let written = [
        list.as_bytes().to_vec(),
        encoding_rs::WINDOWS_1251.encode(list).0.into_owned(),
    ];
    for bytes in written {
        let find = only(uploaded("list.m3u", bytes).await.unwrap());
        assert_eq!(find.name, "Первый канал, новости и погода");
    }
    let plain = uploaded(
        "list.m3u",
        "https://cdn.example/a.mp4\nhttps://cdn.example/b.mpd\n",
    );
    let kinds: Vec<_> = plain.await.unwrap().iter().map(|find| find.kind).collect();
    assert_eq!(kinds, [SourceKind::Direct, SourceKind::Dash]);

    let hash = "9".repeat(40);
    let note = format!("[InternetShortcut]\r\nURL=magnet:?xt=urn:btih:{hash}\r\n");
    let find = only(uploaded("film.url", note).await.unwrap());
    assert_eq!(find.kind, SourceKind::Torrent);
}

#[tokio::test]
async fn what_cannot_be_played_says_what_to_give() {
    let server = site().await;
    let elsewhere = server.url("/nothing");
    let odd = server.url("/odd.torrent");
    let text = server.url("/text");
    let long = "x".repeat(10_000);
    for (given, part) in [
        ("", "paste an address"),
        ("just words", "begins with https://"),
        ("ftp://a.example/film.mkv", "`ftp:` addresses"),
        ("file:///etc/passwd", "`file:` addresses"),
        ("stremio://a.example/manifest.json", "under the providers"),
        ("magnet:?dn=no-hash", "begins with https://"),
        ("#EXTM3U\n# nothing in it", "names nothing"),
        (&long, "too long"),
        (&elsewhere, "404"),
        (&odd, "describes nothing"),
        (&text, "no film, playlist or torrent"),
        ("http://169.254.169.254/latest", "home network"),
    ] {
        let error = pasted(&server, given).await.unwrap_err().to_string();
        assert!(error.contains(part), "{given:.50}: {error}");
    }
    for (name, bytes, part) in [
        (
            "film.m3u8",
            &b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n"[..],
            "its address",
        ),
        ("film.mpd", b"<MPD></MPD>", "its address"),
        ("film.mkv", b"\x1a\x45\xdf\xa3\0\0", "not understood"),
        ("notes.txt", b"nothing here", "not understood"),
        ("bad.torrent", b"d3:abc1:xe", "describes nothing"),
        ("pictures.torrent", b"d4:name1:xe", "no video"),
        ("", b"", "not understood"),
    ] {
        let error = uploaded(name, bytes).await.unwrap_err().to_string();
        assert!(error.contains(part), "{name}: {error}");
    }
}
