//! An open source as bytes, over the real stream. abuse_23, and the tickets.

use std::{path::PathBuf, time::Duration};

use hearth_model::{
    ClientMessage, Command, ScreenAbilities, ScreenCommand, ScreenId, ScreenKind, ServerMessage,
};
use hearth_tests::{House, Live, Phone};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

/// A film on a screen, ready to be read. The address lives as long as all of this.
struct Showing {
    house: House,
    phone: Phone,
    live: Live,
    prepared: Value,
    file: PathBuf,
    bytes: Vec<u8>,
}

/// Bytes that differ from place to place, so that a shifted range is seen.
fn film_bytes() -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    (0..1_500_017)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state as u8
        })
        .collect()
}

pub async fn found(phone: &Phone, words: &str) -> Value {
    let path = format!("/api/v1/media/search?q={words}");
    for _ in 0..600 {
        let page = phone.get(&path).await;
        if let Some(title) = page["items"].get(0) {
            return title.clone();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the film in the folder was not found");
}

pub async fn screen(live: &mut Live, kind: ScreenKind) -> ScreenId {
    live.send(&ClientMessage::Screen {
        name: "Test screen".into(),
        kind,
        abilities: ScreenAbilities::default(),
        passing: false,
        playing: None,
    })
    .await;
    live.until("screen_ready", |message, _| match message {
        ServerMessage::ScreenReady { screen_id } => Some(*screen_id),
        _ => None,
    })
    .await
}

impl Showing {
    async fn start() -> Self {
        let house = House::builder().start();
        let phone = house.pair_first("Test phone").await;
        let file = house.films().join("Some Film (2010).mp4");
        let bytes = film_bytes();
        std::fs::write(&file, &bytes).unwrap();
        let title = found(&phone, "some%20film").await;
        let mut live = phone.live().await;
        let screen_id = screen(&mut live, ScreenKind::Browser).await;
        let ask = json!({ "title_id": title["id"], "screen_id": screen_id });
        let prepared = phone.post("/api/v1/player/prepare", ask).await;
        Self {
            house,
            phone,
            live,
            prepared,
            file,
            bytes,
        }
    }

    fn url(&self) -> String {
        self.prepared["stream"]["url"].as_str().unwrap().to_owned()
    }

    /// As a `<video>` asks: with the address alone.
    async fn ask(&self, method: Method, url: &str, range: Option<&str>) -> reqwest::Response {
        let mut request = Phone::stranger(&self.house.base).request(method, url);
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        request.send().await.unwrap()
    }
}

fn text<'a>(answer: &'a reqwest::Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_film_is_read_whole_and_in_parts() {
    let showing = Showing::start().await;
    let size = showing.bytes.len();
    let url = showing.url();
    assert!(url.starts_with(&showing.house.base), "{url}");
    assert_eq!(showing.prepared["stream"]["mime"], "video/mp4");
    let whole = showing.ask(Method::GET, &url, None).await;
    assert_eq!(whole.status(), StatusCode::OK);
    assert_eq!(text(&whole, "content-type"), "video/mp4");
    assert_eq!(text(&whole, "accept-ranges"), "bytes");
    assert_eq!(text(&whole, "content-length"), size.to_string());
    assert_eq!(whole.bytes().await.unwrap(), showing.bytes);
    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        ("bytes=0-".to_owned(), 0, size),
        ("bytes=1-1".to_owned(), 1, 2),
        ("bytes=131071-131072".to_owned(), 131_071, 131_073),
        ("bytes=1000000-".to_owned(), 1_000_000, size),
        (format!("bytes={}-", size - 1), size - 1, size),
        ("bytes=-5".to_owned(), size - 5, size),
        (format!("bytes=-{size}"), 0, size),
        ("bytes=-99999999999".to_owned(), 0, size),
        ("bytes=1500000-9999999999".to_owned(), 1_500_000, size),
        ("bytes=5-18446744073709551616".to_owned(), 5, size),
    ] {
        let part = showing.ask(Method::GET, &url, Some(&range)).await;
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(
            text(&part, "content-range"),
            format!("bytes {from}-{}/{size}", to - 1),
            "{range}"
        );
        assert_eq!(
            text(&part, "content-length"),
            (to - from).to_string(),
            "{range}"
        );
        assert!(
            part.bytes().await.unwrap() == showing.bytes[from..to],
            "{range}: other bytes"
        );
    }
}

#[tokio::test]
async fn abuse_23_hostile_ranges_get_a_refusal() {
    let mut showing = Showing::start().await;
    let size = showing.bytes.len();
    let url = showing.url();
    let thousand = format!("bytes={}", vec!["0-1"; 1_000].join(","));
    for range in [
        "-5",
        "bytes=5-2",
        &format!("bytes={size}-"),
        &format!("bytes={size}-{}", size + 10),
        "bytes=-0",
        "bytes=",
        "bytes=-",
        "bytes=--5",
        "bytes=18446744073709551616-",
        "bytes=18446744073709551615-18446744073709551616",
        "bytes=0x10-0x20",
        "bytes=+1-2",
        "bytes=1.5-2",
        "bytes=0-1,3-4",
        "lines=0-1",
        "bytes",
        &thousand,
    ] {
        let answer = showing.ask(Method::GET, &url, Some(range)).await;
        assert_eq!(
            answer.status(),
            StatusCode::RANGE_NOT_SATISFIABLE,
            "{range}"
        );
        assert_eq!(text(&answer, "content-range"), format!("bytes */{size}"));
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["slug"], "range-unsatisfiable", "{range}");
    }
    let own = showing.house.base.trim_start_matches("http://").to_owned();
    let target = url.trim_start_matches(&showing.house.base).to_owned();
    let twice = format!(
        "GET {target} HTTP/1.1\r\nHost: {own}\r\nRange: bytes=0-4\r\nRange: bytes=7-9\r\n\
         Connection: close\r\n\r\n"
    );
    let answer = crate::wire::raw(&showing.house.base, &twice);
    assert!(
        [206, 400, 416].contains(&answer.status),
        "{}",
        answer.status
    );
    assert!(showing.house.daemon().is_running());
    let good = showing.ask(Method::GET, &url, Some("bytes=0-9")).await;
    assert_eq!(good.bytes().await.unwrap(), showing.bytes[..10]);
}

#[tokio::test]
async fn a_ticket_is_whole_and_its_own_or_nothing() {
    let mut showing = Showing::start().await;
    let url = showing.url();
    let (path, ticket) = url.split_once("?ticket=").unwrap();
    let (id, signature) = ticket.split_once('.').unwrap();
    let mut changed = signature.to_owned().into_bytes();
    changed[0] = if changed[0] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    let forged = [
        String::new(),
        "x".into(),
        "..".into(),
        id.to_owned(),
        format!("{id}."),
        format!("{id}.{changed}"),
        format!("{id}.{}", &signature[..signature.len() - 2]),
        format!("{id}.{signature}AA"),
        format!("{id}.0.{signature}"),
        format!("0{id}.{signature}"),
        format!("{:016x}.{signature}", 1),
        format!("{id}.{signature}%00"),
        "a".repeat(7000),
    ];
    for ticket in &forged {
        let answer = showing
            .ask(Method::GET, &format!("{path}?ticket={ticket}"), None)
            .await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{ticket}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["slug"], "stream-expired", "{ticket}");
    }
    let twice = showing
        .ask(Method::GET, &format!("{url}&ticket={}", forged[5]), None)
        .await;
    assert!(twice.status().is_client_error(), "two tickets are none");
    assert_eq!(
        showing.ask(Method::HEAD, &url, None).await.status(),
        StatusCode::OK,
        "the right one still works"
    );
    // The address ends with its session.
    let session_id = serde_json::from_value(showing.prepared["session_id"].clone()).unwrap();
    showing
        .live
        .command(session_id, Command::Stop, None)
        .await
        .unwrap();
    let answer = showing.ask(Method::GET, &url, None).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "after its session");
    let mut house = showing.house;
    house.stop();
    house.start();
    let target = url.split_once("/api/").unwrap().1;
    let (status, _) = Phone::stranger(&house.base)
        .call(Method::GET, &format!("/api/{target}"), None)
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "after a restart");
}

#[tokio::test]
async fn head_tells_the_size_and_media_is_never_compressed() {
    let showing = Showing::start().await;
    let url = showing.url();
    let size = showing.bytes.len().to_string();
    let head = showing.ask(Method::HEAD, &url, None).await;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(text(&head, "content-length"), size);
    assert_eq!(text(&head, "accept-ranges"), "bytes");
    assert_eq!(text(&head, "content-type"), "video/mp4");
    assert!(head.bytes().await.unwrap().is_empty());
    let part = showing.ask(Method::HEAD, &url, Some("bytes=10-19")).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(text(&part, "content-length"), "10");
    for encodings in ["br", "gzip", "br, gzip, deflate, zstd, *"] {
        let own = showing.house.base.trim_start_matches("http://");
        let target = url.trim_start_matches(&showing.house.base);
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: {own}\r\nAccept-Encoding: {encodings}\r\n\r\n");
        let answer = crate::wire::raw(&showing.house.base, &request);
        assert_eq!(answer.header("content-encoding"), None, "{encodings}");
        assert_eq!(answer.header("content-length"), Some(&*size), "{encodings}");
        assert!(answer.body == showing.bytes, "{encodings}: other bytes");
    }
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let answer = showing.ask(method.clone(), &url, None).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
}

#[tokio::test]
async fn a_film_that_goes_away_is_a_clear_refusal() {
    let showing = Showing::start().await;
    std::fs::remove_file(&showing.file).unwrap();
    let answer = showing.ask(Method::GET, &showing.url(), None).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["slug"], "source-gone", "{problem}");
    showing.phone.get("/api/v1/home").await;
}

/// The box's own TV reads from a listener on loopback: it serves signed media and nothing else.
#[tokio::test]
async fn abuse_4_the_tvs_media_listener_serves_signed_media_only() {
    let showing = Showing::start().await;
    let mut tv = Live::local(&showing.house.socket()).await;
    tv.replicated().await;
    let screen_id = screen(&mut tv, ScreenKind::Tv).await;
    let title = found(&showing.phone, "some%20film").await;
    let ask = json!({ "title_id": title["id"], "screen_id": screen_id });
    showing.phone.post("/api/v1/player/prepare", ask).await;
    let stream = tv
        .until("the load", |message, _| match message {
            ServerMessage::ToScreen {
                command: ScreenCommand::Load { stream, .. },
                ..
            } => Some(stream.clone()),
            _ => None,
        })
        .await;
    let (base, _) = stream.url.split_once("/api/").unwrap();
    assert!(base.starts_with("http://127.0.0.1:"), "{base}");
    assert_ne!(base, showing.house.base);
    let part = showing
        .ask(Method::GET, &stream.url, Some("bytes=7-9"))
        .await;
    assert_eq!(part.bytes().await.unwrap(), showing.bytes[7..10]);
    for path in [
        "/",
        "/docs/",
        "/api/openapi.json",
        "/api/v1/health",
        "/api/v1/home",
        "/api/v1/pairing/pin",
        "/api/v1/ws",
    ] {
        let phone = showing.phone.at(base);
        let (status, _) = phone.call(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    let (status, _) = Phone::stranger(base)
        .call(Method::GET, "/api/v1/player/stream?ticket=x.y.z", None)
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let answer = Phone::stranger(base)
        .request(Method::GET, &stream.url)
        .header(header::HOST, "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST);
}
