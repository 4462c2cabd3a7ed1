//! Looks at sources over real connections on loopback.

use std::{collections::HashMap, net::Ipv4Addr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::*;
use crate::{
    Clock,
    testing::{fetching, source, streams},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// A host that answers by path; of an unheard-of one, that there is none.
async fn host(
    answers: &[(&'static str, &'static [u8])],
) -> (String, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let answers: HashMap<&str, &[u8]> = answers.iter().copied().collect();
    let asked = Arc::<std::sync::Mutex<Vec<String>>>::default();
    let heard = asked.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            let head = String::from_utf8_lossy(&request[..length]).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            let answer = match answers.get(path.as_str()) {
                Some(body) => [
                    format!(
                        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                        body.len()
                    )
                    .as_bytes(),
                    body,
                ]
                .concat(),
                None => b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                    .to_vec(),
            };
            heard.lock().unwrap().push(head);
            let _ = stream.write_all(&answer).await;
        }
    });
    (base, asked)
}

fn at(kind: SourceKind, url: String) -> Source {
    let headers = BTreeMap::new();
    source(kind, Location::Url { url, headers })
}

#[tokio::test]
async fn a_look_tells_what_can_be_had_from_what_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let streams = streams(folder.path(), &Clock::default(), fetching()).await;
    let (base, asked) = host(&[
        ("/film.mp4", b"\0\0\0\x18ftypmp42"),
        ("/empty.mp4", b""),
        (
            "/main.m3u8",
            b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n",
        ),
        ("/low.m3u8", b"#EXTM3U\n#EXTINF:4,\nfirst.ts\n"),
        ("/first.ts", b"G"),
        ("/broken.m3u8", b"#EXTM3U\n#EXTINF:4,\nlost.ts\n"),
        (
            "/loop.m3u8",
            b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nloop.m3u8\n",
        ),
        ("/live.mpd", b"<MPD type=\"dynamic\"></MPD>"),
    ])
    .await;
    for (kind, path, good) in [
        (SourceKind::Direct, "/film.mp4", true),
        (SourceKind::Direct, "/empty.mp4", false),
        (SourceKind::Direct, "/gone.mp4", false),
        (SourceKind::Hls, "/main.m3u8", true),
        (SourceKind::Hls, "/broken.m3u8", false),
        (SourceKind::Hls, "/loop.m3u8", false),
        (SourceKind::Hls, "/film.mp4", false),
        (SourceKind::Dash, "/live.mpd", true),
        (SourceKind::Dash, "/main.m3u8", false),
    ] {
        let looked = streams
            .look(&at(kind, format!("{base}{path}")), PATIENCE)
            .await;
        let looked = looked.unwrap();
        assert_eq!(looked.good, good, "{path}: {looked:?}");
        assert_eq!(looked.detail.is_none(), good, "{path}: {looked:?}");
    }
    let asked = asked.lock().unwrap().clone();
    assert!(
        asked.iter().any(|head| head.starts_with("GET /first.ts ")),
        "a segment was tried: {asked:?}"
    );
    streams.torrents().stop().await;
}

/// A playlist that named a stranger's host was followed there with the key of the source.
#[tokio::test]
async fn abuse_15_keys_go_only_to_where_the_source_itself_lies() {
    let folder = tempfile::tempdir().unwrap();
    let streams = streams(folder.path(), &Clock::default(), fetching()).await;
    let (stranger, heard_there) = host(&[("/first.ts", b"G")]).await;
    let playlist: &'static str = format!("#EXTM3U\n#EXTINF:4,\n{stranger}/first.ts\n").leak();
    let main = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n";
    let (base, heard_here) = host(&[
        ("/main.m3u8", main.as_bytes()),
        ("/low.m3u8", playlist.as_bytes()),
    ])
    .await;
    let headers = [("Authorization", "Bearer key"), ("Referer", "http://page/")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let url = format!("{base}/main.m3u8");
    let location = Location::Url {
        url,
        headers: headers.into(),
    };
    let looked = streams
        .look(&source(SourceKind::Hls, location), PATIENCE)
        .await;
    assert!(looked.unwrap().good);
    let told = |heard: &std::sync::Mutex<Vec<String>>, what: &str| {
        let heads = heard.lock().unwrap().clone();
        let heads = heads.iter().map(|head| head.to_lowercase());
        heads.map(|head| head.contains(what)).collect::<Vec<_>>()
    };
    assert_eq!(told(&heard_here, "bearer key"), [true, true]);
    assert_eq!(told(&heard_there, "bearer key"), [false]);
    assert_eq!(told(&heard_there, "referer: http://page/"), [true]);
    streams.torrents().stop().await;
}

#[tokio::test]
async fn files_and_torrents_are_looked_at_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let streams = streams(folder.path(), &Clock::default(), fetching()).await;
    let film = folder.path().join("film.mkv");
    std::fs::write(&film, b"film").unwrap();
    let file = |path| {
        let rest = Vec::new();
        source(SourceKind::Direct, Location::File { path, rest })
    };
    let here = streams.look(&file(film), PATIENCE).await.unwrap();
    let gone = streams
        .look(&file(folder.path().join("gone.mkv")), PATIENCE)
        .await
        .unwrap();
    assert!(here.good && !gone.good);
    // A peer that was named takes the call; nobody else is known.
    let peer = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let torrent = |peers| {
        source(
            SourceKind::Torrent,
            Location::Torrent(hearth_model::TorrentLocation {
                infohash: Some("08ada5a7a6183aae1e09d831df6748d566095a10".into()),
                peers,
                ..hearth_model::TorrentLocation::default()
            }),
        )
    };
    let had = streams
        .look(&torrent(vec![peer.local_addr().unwrap()]), PATIENCE)
        .await;
    assert_eq!(had.unwrap().seeders, Some(1));
    assert_eq!(
        streams.look(&torrent(Vec::new()), PATIENCE).await,
        None,
        "nobody tells, which is no failure"
    );
    streams.torrents().stop().await;
}

#[tokio::test]
async fn a_host_that_never_answers_costs_no_more_than_the_patience() {
    let folder = tempfile::tempdir().unwrap();
    let streams = streams(folder.path(), &Clock::default(), fetching()).await;
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/film.mp4", silent.local_addr().unwrap());
    let source = at(SourceKind::Direct, url);
    let looked = streams.look(&source, Duration::from_millis(300)).await;
    let looked = looked.unwrap();
    assert!(!looked.good);
    assert!(looked.detail.unwrap().contains("300 ms"));
    streams.torrents().stop().await;
}
