//! Tickets on a clock turned by hand.

#[path = "streams/proxy_tests.rs"]
mod proxy;

use super::*;
use crate::testing::{fetching, source, streams};

#[tokio::test]
async fn abuse_31_a_ticket_ends_with_its_time_and_its_source_by_no_clock_that_is_set() {
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("film.mkv");
    std::fs::write(&film, b"a film").unwrap();
    let clock = Clock::default();
    let streams = streams(folder.path(), &clock, fetching()).await;
    let film = source(
        SourceKind::Direct,
        Location::File {
            path: film,
            rest: Vec::new(),
        },
    );
    let opened = streams.open(&film).await.unwrap();
    let stream = streams.address(&opened);
    let (_, ticket) = stream.url.split_once("ticket=").unwrap();
    clock.turn(TICKET_LIFE_MS - 60_000);
    assert!(streams.by_ticket(ticket).is_ok());
    // A film goes on when the box learns what year it is.
    clock.set_wall_ahead(56 * 365 * 24 * 60 * 60 * 1000);
    assert!(streams.by_ticket(ticket).is_ok());
    clock.set_wall_ahead(-9 * 365 * 24 * 60 * 60 * 1000);
    assert!(streams.by_ticket(ticket).is_ok());
    clock.turn(60_000);
    assert!(matches!(
        streams.by_ticket(ticket),
        Err(Error::StreamExpired)
    ));
    // A film paused overnight: its session renews it, and the player keeps its address.
    streams.renew(&opened);
    assert!(streams.by_ticket(ticket).is_ok());
    assert_eq!(streams.address(&opened).url, stream.url);
    drop(opened);
    assert!(matches!(
        streams.by_ticket(ticket),
        Err(Error::StreamExpired)
    ));
    streams.torrents().stop().await;
}

/// A web server that knows one answer to everything but the first question, for the size.
async fn stubborn(answer: &'static str) -> String {
    use tokio::io::AsyncWriteExt;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let probe = "206 Partial Content\r\nContent-Range: bytes 0-0/20\r\n\r\n0";
        for answer in std::iter::once(probe).chain(std::iter::repeat(answer)) {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await.unwrap();
            let whole = format!("HTTP/1.1 {answer}").replacen(
                "\r\n\r\n",
                "\r\nConnection: close\r\n\r\n",
                1,
            );
            socket.write_all(whole.as_bytes()).await.unwrap();
        }
    });
    format!("http://{address}/film.mkv")
}

/// Bytes from the wrong place were handed on as those that were asked for.
#[tokio::test]
async fn a_part_that_is_not_the_one_asked_for_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::default();
    let streams = streams(folder.path(), &clock, fetching()).await;
    let whole = "200 OK\r\n\r\n0123456789abcdefghij";
    for (answer, start, wanted) in [
        (
            "206 Partial Content\r\nContent-Range: bytes 5-8/20\r\n\r\n5678",
            5,
            Some("5678"),
        ),
        (
            "206 Partial Content\r\nContent-Range: bytes 0-3/20\r\n\r\n0123",
            5,
            None,
        ),
        ("206 Partial Content\r\n\r\n5678", 5, None),
        (whole, 5, None),
        (whole, 0, Some("0123")),
    ] {
        let location = Location::Url {
            url: stubborn(answer).await,
            headers: BTreeMap::new(),
        };
        let opened = streams
            .open(&source(SourceKind::Direct, location))
            .await
            .unwrap();
        assert_eq!(opened.size_bytes(), Some(20));
        let body = opened.clone().body(start, Some(4)).await;
        let got = match body {
            Ok(body) => {
                let chunks: Vec<_> = body.map(|chunk| chunk.unwrap().to_vec()).collect().await;
                Some(String::from_utf8(chunks.concat()).unwrap())
            }
            Err(error) => {
                assert!(matches!(error, Error::Upstream(_)), "{error}");
                None
            }
        };
        assert_eq!(got.as_deref(), wanted, "{answer}");
    }
    streams.torrents().stop().await;
}
