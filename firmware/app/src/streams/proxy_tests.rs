//! The stream proxy with patience cut short.

#[path = "../../../fetch/tests/server/mod.rs"]
mod server;

use self::server::{Server, Step, ok, redirect, reply};
use super::*;

fn hls(url: String, headers: &[(&str, &str)]) -> Source {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    source(SourceKind::Hls, Location::Url { url, headers })
}

/// What lies behind an address of the box.
async fn ask(streams: &Streams, address: &str) -> Result<Passed, Error> {
    let (_, ticket) = address.split_once("ticket=").unwrap();
    match streams.by_ticket(ticket)? {
        Ticketed::Passage(passage) => Ok(passage.open(&Wish::default()).await?.unwrap()),
        Ticketed::Source(opened) => panic!("{opened:?} is no manifest"),
    }
}

async fn bytes(passed: Passed) -> io::Result<Vec<u8>> {
    let chunks: Vec<_> = passed.body.collect().await;
    let chunks: io::Result<Vec<_>> = chunks.into_iter().collect();
    Ok(chunks?.concat())
}

/// The addresses that a source's playlist names.
async fn addresses(streams: &Streams, opened: &Opened) -> Vec<String> {
    let passed = ask(streams, &streams.address(opened).url).await.unwrap();
    let text = String::from_utf8(bytes(passed).await.unwrap()).unwrap();
    let addresses = text.lines().filter(|line| !line.starts_with('#'));
    addresses.map(str::to_owned).collect()
}

fn playlist(segments: &[&str]) -> String {
    let segments = segments.join("\n#EXTINF:1,\n");
    format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{segments}\n")
}

#[tokio::test]
async fn what_may_be_a_key_goes_to_the_sources_own_host_only() {
    let folder = tempfile::tempdir().unwrap();
    let streams = streams(folder.path(), &Clock::default(), fetching()).await;
    let other = Server::start(|_, _| ok("two")).await;
    let far = other.url("/2.ts");
    let first = Server::start(move |head, _| {
        if head.contains("m3u8") {
            ok(playlist(&["1.ts", &far]))
        } else {
            ok("one")
        }
    })
    .await;
    let headers = [
        ("Authorization", "Bearer s3cret"),
        ("Referer", "https://example.org/"),
    ];
    let opened = streams
        .open(&hls(first.url("/a.m3u8"), &headers))
        .await
        .unwrap();
    for (address, content) in addresses(&streams, &opened)
        .await
        .iter()
        .zip(["one", "two"])
    {
        let passed = ask(&streams, address).await.unwrap();
        assert_eq!(bytes(passed).await.unwrap(), content.as_bytes());
    }
    for head in first.heads() {
        assert!(head.contains("s3cret") && head.contains("referer: https://example.org/"));
    }
    assert_eq!(other.heads().len(), 1);
    for head in other.heads() {
        assert!(!head.contains("s3cret") && head.contains("referer: https://example.org/"));
    }
    streams.torrents().stop().await;
}

#[tokio::test]
async fn abuse_12_a_name_that_changes_its_mind_leads_no_manifest_into_the_home() {
    let inner = Server::start(|_, _| ok("secret")).await;
    let inner_port = inner.address.port();
    let outer = Server::start(move |_, _| {
        let segment = format!("http://changing.example:{inner_port}/admin");
        ok(playlist(&[&segment]))
    })
    .await;
    let asked = AtomicU64::new(0);
    let fetching = hearth_fetch::Options {
        allow_private_hosts: vec![outer.host()],
        connect_timeout: Duration::from_millis(200),
        // Public the first time, in a range assigned to nobody, and private ever after.
        lookup: Arc::new(move |_| {
            let is_first = asked.fetch_add(1, Ordering::Relaxed) == 0;
            let address = if is_first { "2fff::1" } else { "127.0.0.1" };
            Box::pin(async move { Ok(vec![address.parse().unwrap()]) })
        }),
        ..hearth_fetch::Options::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let streams = streams(folder.path(), &Clock::default(), fetching).await;
    let opened = streams.open(&hls(outer.url("/a.m3u8"), &[])).await.unwrap();
    let named = addresses(&streams, &opened).await;
    for _ in 0..3 {
        let error = ask(&streams, &named[0]).await.unwrap_err();
        assert!(matches!(error, Error::Upstream(_)), "{error}");
    }
    assert_eq!(inner.heads().len(), 0);
    streams.torrents().stop().await;
}

#[tokio::test]
async fn abuse_16_segments_that_drip_or_break_off_end_and_free_their_turn() {
    let server = Server::start(|head, _| {
        if head.contains("m3u8") {
            ok(playlist(&["drip", "short", "late", "good"]))
        } else if head.contains("drip") {
            let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
            vec![Step::Send(head), Step::Drip(Duration::from_millis(20))]
        } else if head.contains("short") {
            let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec();
            vec![Step::Send(cut)]
        } else if head.contains("late") {
            vec![Step::Wait(Duration::from_secs(60))]
        } else {
            ok("good")
        }
    })
    .await;
    let fetching = hearth_fetch::Options {
        allow_private_hosts: vec![server.host()],
        first_byte_timeout: Duration::from_secs(5),
        stall_timeout: Duration::from_millis(300),
        streams_per_host: 1,
        ..hearth_fetch::Options::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let streams = streams(folder.path(), &Clock::default(), fetching).await;
    let opened = streams
        .open(&hls(server.url("/a.m3u8"), &[]))
        .await
        .unwrap();
    let named = addresses(&streams, &opened).await;
    for address in &named[..2] {
        let passed = ask(&streams, address).await.unwrap();
        assert!(bytes(passed).await.is_err());
    }
    let error = ask(&streams, &named[2]).await.unwrap_err();
    assert!(matches!(error, Error::Upstream(_)), "{error}");
    let good = ask(&streams, &named[3]).await.unwrap();
    assert_eq!(
        bytes(good).await.unwrap(),
        b"good",
        "the only turn is free again"
    );
    streams.torrents().stop().await;
}

/// A reader that holds on to an endless segment kept nothing open: not even itself.
#[tokio::test]
async fn what_is_being_read_breaks_off_when_its_session_ends() {
    let server = Server::start(|head, _| {
        if head.contains("m3u8") {
            ok(playlist(&["endless.ts"]))
        } else {
            let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
            vec![Step::Send(head), Step::Flood(vec![7; 65_536])]
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let streams = streams(folder.path(), &Clock::default(), fetching()).await;
    let opened = streams
        .open(&hls(server.url("/a.m3u8"), &[]))
        .await
        .unwrap();
    let named = addresses(&streams, &opened).await;
    let mut passed = ask(&streams, &named[0]).await.unwrap();
    assert!(passed.body.next().await.unwrap().is_ok());
    drop(opened);
    assert!(passed.body.next().await.unwrap().is_err());
    let error = ask(&streams, &named[0]).await.unwrap_err();
    assert!(matches!(error, Error::StreamExpired), "{error}");
    streams.torrents().stop().await;
}

#[tokio::test]
async fn a_part_of_a_segment_is_the_one_that_was_asked_for_or_none() {
    let answers = [
        (
            "206 Partial Content\r\nContent-Range: bytes 5-8/20\r\n",
            "5678",
            true,
        ),
        (
            "206 Partial Content\r\nContent-Range: bytes 5-6/*\r\n",
            "56",
            true,
        ),
        (
            "206 Partial Content\r\nContent-Range: bytes 0-3/20\r\n",
            "0123",
            false,
        ),
        (
            "206 Partial Content\r\nContent-Range: bytes 5-9/20\r\n",
            "56789",
            false,
        ),
        (
            "206 Partial Content\r\nContent-Range: bytes 5-8/7\r\n",
            "5678",
            false,
        ),
        (
            "206 Partial Content\r\nContent-Range: bytes 8-5/20\r\n",
            "5678",
            false,
        ),
        ("206 Partial Content\r\n", "5678", false),
        ("200 OK\r\n", "0123456789", true),
    ];
    let server = Server::start(move |head, _| {
        if head.contains("m3u8") {
            let names: Vec<_> = (0..answers.len()).map(|at| format!("seg{at}")).collect();
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            return ok(playlist(&names));
        }
        let (_, at) = head.split_once("seg").unwrap();
        let at: usize = at.split(' ').next().unwrap().parse().unwrap();
        let (status, body, _) = answers[at];
        let length = body.len();
        let whole = format!("HTTP/1.1 {status}Content-Length: {length}\r\n\r\n{body}");
        vec![Step::Send(whole.into_bytes())]
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let streams = streams(folder.path(), &Clock::default(), fetching()).await;
    let opened = streams
        .open(&hls(server.url("/a.m3u8"), &[]))
        .await
        .unwrap();
    let named = addresses(&streams, &opened).await;
    let wish = Wish {
        range: Some(ByteRange::From {
            first: 5,
            last: Some(8),
        }),
        ..Wish::default()
    };
    for (address, (status, body, is_good)) in named.iter().zip(answers) {
        let (_, ticket) = address.split_once("ticket=").unwrap();
        let Ticketed::Passage(passage) = streams.by_ticket(ticket).unwrap() else {
            panic!("{address} is no passage");
        };
        match passage.open(&wish).await {
            Ok(Some(passed)) => {
                assert!(is_good, "{status}");
                assert_eq!(passed.part.is_some(), status.starts_with("206"), "{status}");
                assert_eq!(bytes(passed).await.unwrap(), body.as_bytes());
            }
            Ok(None) => panic!("{status}: past the end"),
            Err(error) => {
                assert!(!is_good, "{status}: {error}");
                assert!(matches!(error, Error::Upstream(_)), "{error}");
            }
        }
    }
    assert!(
        server
            .heads()
            .iter()
            .skip(2)
            .all(|head| head.contains("range: bytes=5-8"))
    );
    streams.torrents().stop().await;
}

#[tokio::test]
async fn abuse_14_bad_manifests_are_refused_before_a_screen_is_told() {
    let inner = Server::start(|_, _| ok("secret")).await;
    let (port, own) = (inner.address.port(), inner.host());
    let server = Server::start(move |head, _| {
        let (_, at) = head.split_once("/bad").unwrap();
        let at: String = at.chars().take_while(char::is_ascii_digit).collect();
        let private = [
            format!("http://{own}/x.ts"),
            format!("http://2130706433:{port}/x.ts"),
            format!("http://0x7f.1:{port}/x.ts"),
            format!("http://[::ffff:127.0.0.1]:{port}/x.ts"),
            "http://169.254.169.254/latest".into(),
            "https://[fd00::1]/x.ts".into(),
            "file:///etc/passwd".into(),
            "gopher://example.org/x".into(),
            "http://".into(),
        ];
        let at: usize = at.parse().unwrap();
        match private.get(at) {
            Some(bad) => ok(playlist(&[bad.as_str()])),
            None if at == 100 => ok("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nbad100.m3u8\n"),
            None if at == 101 => ok("<html>a page</html>"),
            None if at == 102 => redirect(&format!("http://127.0.0.1:{port}/x.m3u8")),
            None if at == 103 => reply("403 Forbidden", &[], ""),
            None => ok(playlist(&["good.ts"])),
        }
    })
    .await;
    let fetching = hearth_fetch::Options {
        allow_private_hosts: vec![server.host()],
        ..hearth_fetch::Options::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let streams = streams(folder.path(), &Clock::default(), fetching).await;
    let open = async |at: usize| {
        let url = server.url(&format!("/bad{at}.m3u8"));
        streams.open(&hls(url, &[])).await
    };
    for at in (0..9).chain([100, 101]) {
        let failure = open(at).await.unwrap_err();
        assert_eq!(failure.reason, "source-unusable", "{at}: {failure:?}");
    }
    for at in [102, 103] {
        let failure = open(at).await.unwrap_err();
        assert_eq!(failure.reason, "source-unreachable", "{at}: {failure:?}");
    }
    assert!(open(104).await.is_ok());
    assert_eq!(inner.heads().len(), 0);
    streams.torrents().stop().await;
}
