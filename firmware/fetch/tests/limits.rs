//! Servers that are slow, huge, cut off, busy or rude.

#![allow(clippy::unwrap_used, reason = "tests")]

mod server;

use std::{
    io::Write,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use futures_util::StreamExt;
use hearth_fetch::{Clock, Error, Fetcher, Limit, Limiter, Limits, Options, Request};
use server::{Server, Step, ok, redirect, reply};

fn options(server: &Server) -> Options {
    Options {
        allow_private_hosts: vec![server.host()],
        requests_per_host: 2,
        streams_per_host: 1,
        ..Options::default()
    }
}

fn fetcher(server: &Server) -> Fetcher {
    Fetcher::new(options(server)).unwrap()
}

/// Soon tired of a stream that stalls.
fn hasty(server: &Server) -> Fetcher {
    let options = Options {
        stall_timeout: Duration::from_millis(300),
        ..options(server)
    };
    Fetcher::new(options).unwrap()
}

fn limits(timeout_ms: u64, attempts: usize) -> Limits {
    Limits {
        timeout: Duration::from_millis(timeout_ms),
        max_bytes: 1_000_000,
        attempts,
    }
}

#[tokio::test]
async fn every_limiter_of_a_fetcher_holds() {
    let server = Server::start(|_, _| ok("x")).await;
    let once = Limit {
        requests: 1,
        per: Duration::from_secs(3600),
    };
    let strict = Limiter::new([once], Clock::system());
    let lax = Limiter::new([], Clock::system());
    let fetcher = fetcher(&server).limited(strict).limited(lax);
    let ask = async || fetcher.get_text(&server.url("/"), limits(60_000, 1)).await;
    assert!(ask().await.is_ok());
    let error = ask().await.unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error:?}");
}

#[tokio::test]
async fn abuse_16_a_gzip_bomb_stops_at_the_limit() {
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..50 {
        bomb.write_all(&vec![0; 1_000_000]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 100_000, "small on the wire: {}", bomb.len());
    let server =
        Server::start(move |_, _| reply("200 OK", &["Content-Encoding: gzip"], &bomb)).await;
    let fetcher = fetcher(&server);
    let url = server.url("/");
    let document = fetcher.get_bytes(&url, limits(60_000, 1)).await;
    let headers = [].into();
    let playlist = fetcher.text_beside(&url, &headers, limits(60_000, 1)).await;
    for error in [document.unwrap_err(), playlist.unwrap_err()] {
        assert!(
            matches!(
                error,
                Error::TooLarge {
                    limit: 1_000_000,
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn compressed_answers_are_read() {
    let mut body = GzEncoder::new(Vec::new(), Compression::best());
    body.write_all(b"\xef\xbb\xbf{\"a\": 1}").unwrap();
    let body = body.finish().unwrap();
    let server =
        Server::start(move |_, _| reply("200 OK", &["Content-Encoding: gzip"], &body)).await;
    let value: serde_json::Value = fetcher(&server)
        .get_json(&server.url("/"), limits(60_000, 1))
        .await
        .unwrap();
    assert_eq!(value["a"], 1);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_announced_or_not() {
    let server = Server::start(|head, _| {
        if head.contains("/announced") {
            ok(vec![b'x'; 1_000_001])
        } else {
            vec![
                Step::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
                Step::Flood(vec![b'x'; 65_536]),
            ]
        }
    })
    .await;
    for path in ["/announced", "/endless"] {
        let error = fetcher(&server)
            .get_bytes(&server.url(path), limits(60_000, 3))
            .await
            .unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
    }
    assert_eq!(server.heads().len(), 2, "too large is not tried again");
}

#[tokio::test]
async fn abuse_16_a_byte_at_a_time_ends_at_the_deadline_and_frees_its_turn() {
    let server = Server::start(|head, _| {
        if head.contains("/slow") {
            vec![
                Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n".to_vec()),
                Step::Drip(Duration::from_millis(20)),
            ]
        } else {
            ok("quick")
        }
    })
    .await;
    let fetcher = fetcher(&server);
    let url = server.url("/slow");
    let (a, b) = tokio::join!(
        fetcher.get_bytes(&url, limits(300, 3)),
        fetcher.get_bytes(&url, limits(300, 3)),
    );
    assert!(matches!(a.unwrap_err(), Error::Timeout { .. }));
    assert!(matches!(b.unwrap_err(), Error::Timeout { .. }));
    let text = fetcher.get_text(&server.url("/"), limits(60_000, 1)).await;
    assert_eq!(
        text.unwrap(),
        "quick",
        "both turns were held, both are free again"
    );
}

#[tokio::test]
async fn abuse_16_endless_headers_end() {
    let server = Server::start(|_, _| {
        vec![
            Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()),
            Step::Flood(b"X-More: and more\r\n".repeat(100)),
        ]
    })
    .await;
    let fetcher = fetcher(&server);
    assert!(
        fetcher
            .get_bytes(&server.url("/"), limits(3000, 1))
            .await
            .is_err()
    );
    let opened = fetcher.stream(&server.url("/"), &[].into(), None).await;
    assert!(opened.is_err());
}

#[tokio::test]
async fn a_busy_host_is_asked_again_when_it_says_so() {
    let server = Server::start(|_, before| match before {
        0 => reply("429 Too Many Requests", &["Retry-After: 1"], ""),
        _ => ok("now"),
    })
    .await;
    let started = Instant::now();
    let text = fetcher(&server)
        .get_text(&server.url("/"), limits(60_000, 3))
        .await
        .unwrap();
    assert_eq!(text, "now");
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_host_that_wants_longer_than_the_deadline_is_reported_at_once() {
    let server =
        Server::start(|_, _| reply("429 Too Many Requests", &["Retry-After: 3600"], "")).await;
    let started = Instant::now();
    let error = fetcher(&server)
        .get_text(&server.url("/"), limits(120_000, 3))
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Busy { retry_after: Some(wait), .. } if wait.as_secs() == 3600),
        "{error:?}"
    );
    assert!(error.to_string().contains("3600 s"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_will_not_is_not() {
    let server = Server::start(|head, before| {
        if head.contains("/missing") {
            reply("404 Not Found", &[], "")
        } else if before < 2 {
            reply("502 Bad Gateway", &[], "")
        } else {
            ok("up")
        }
    })
    .await;
    let text = fetcher(&server)
        .get_text(&server.url("/"), limits(60_000, 3))
        .await;
    assert_eq!(text.unwrap(), "up");
    let error = fetcher(&server)
        .get_text(&server.url("/missing"), limits(60_000, 3))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Status { status: 404, .. }));
    assert_eq!(server.heads().len(), 4);
}

#[tokio::test]
async fn a_cut_off_body_is_tried_again_and_then_an_error() {
    let cut = || {
        vec![Step::Send(
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec(),
        )]
    };
    let server = Server::start(move |head, before| {
        if head.contains("/always") || before == 0 {
            cut()
        } else {
            ok("whole")
        }
    })
    .await;
    let text = fetcher(&server)
        .get_text(&server.url("/"), limits(60_000, 3))
        .await;
    assert_eq!(text.unwrap(), "whole");
    let error = fetcher(&server)
        .get_text(&server.url("/always"), limits(60_000, 2))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::CutOff { .. }), "{error:?}");
}

#[tokio::test]
async fn nobody_there_says_what_to_check() {
    let server = Server::start(|_, _| ok("")).await;
    let fetcher = fetcher(&server);
    let url = server.url("/");
    drop(server);
    tokio::task::yield_now().await;
    let error = fetcher
        .get_bytes(&url, limits(60_000, 2))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
    assert!(error.to_string().contains("check the address"), "{error}");
}

#[tokio::test]
async fn one_host_gets_so_many_requests_at_once() {
    let server = Server::start(|_, _| {
        let mut steps = vec![Step::Wait(Duration::from_millis(150))];
        steps.extend(ok("x"));
        steps
    })
    .await;
    let fetcher = fetcher(&server);
    let url = server.url("/");
    let started = Instant::now();
    let all = (0..4).map(|_| fetcher.get_bytes(&url, limits(60_000, 1)));
    for result in futures_util::future::join_all(all).await {
        result.unwrap();
    }
    assert!(
        started.elapsed() >= Duration::from_millis(300),
        "four requests, two at once: two rounds"
    );
}

#[tokio::test]
async fn a_stream_passes_ranges_and_only_harmless_headers() {
    let server = Server::start(|head, _| {
        assert!(head.contains("range: bytes=2-"), "{head}");
        reply(
            "206 Partial Content",
            &[
                "Content-Type: video/mp4",
                "Content-Range: bytes 2-5/6",
                "Accept-Ranges: bytes",
                "Set-Cookie: id=1",
            ],
            "cdef",
        )
    })
    .await;
    let headers = [("Referer".to_owned(), "https://example.org/".to_owned())];
    let response = fetcher(&server)
        .stream(&server.url("/film.mp4"), &headers.into(), Some("bytes=2-"))
        .await
        .unwrap();
    assert_eq!(response.status, 206);
    assert_eq!(response.content_type.as_deref(), Some("video/mp4"));
    assert_eq!(response.content_range.as_deref(), Some("bytes 2-5/6"));
    assert_eq!(response.content_length, Some(4));
    let chunks: Vec<_> = response.body.map(Result::unwrap).collect().await;
    assert_eq!(chunks.concat(), b"cdef");
    assert!(server.heads()[0].contains("referer: https://example.org/"));
    assert!(server.heads()[0].contains("accept-encoding: identity"));
}

#[tokio::test]
async fn abuse_15_a_web_page_is_no_stream() {
    let server =
        Server::start(|_, _| reply("200 OK", &["Content-Type: Text/HTML; charset=x"], "<html>"))
            .await;
    let error = fetcher(&server)
        .stream(&server.url("/"), &[].into(), None)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::WebPage { .. }), "{error:?}");
}

#[tokio::test]
async fn abuse_16_a_starving_stream_ends_and_frees_its_turn() {
    let server = Server::start(|head, _| {
        if head.contains("/slow") {
            vec![
                Step::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
                Step::Drip(Duration::from_millis(20)),
            ]
        } else {
            ok("quick")
        }
    })
    .await;
    let fetcher = hasty(&server);
    let mut slow = fetcher
        .stream(&server.url("/slow"), &[].into(), None)
        .await
        .unwrap();
    let end = loop {
        match slow.body.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(end, Error::Stalled { .. }), "{end:?}");
    assert!(slow.body.next().await.is_none());
    let next = fetcher.stream(&server.url("/"), &[].into(), None).await;
    assert!(next.is_ok(), "the only turn is free again: {next:?}");
}

#[tokio::test]
async fn a_reader_that_pauses_does_not_count_as_a_slow_sender() {
    let server = Server::start(|_, _| {
        vec![
            Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na".to_vec()),
            Step::Wait(Duration::from_millis(50)),
            Step::Send(b"b".to_vec()),
        ]
    })
    .await;
    let mut response = hasty(&server)
        .stream(&server.url("/"), &[].into(), None)
        .await
        .unwrap();
    assert_eq!(response.body.next().await.unwrap().unwrap(), "a");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(response.body.next().await.unwrap().unwrap(), "b");
    assert!(response.body.next().await.is_none());
}

#[tokio::test]
async fn keys_do_not_follow_a_stream_to_another_host() {
    let other = Server::start(|_, _| ok("film")).await;
    let target = other.url("/film");
    let first = Server::start(move |_, _| redirect(&target)).await;
    let headers = [
        ("Authorization".to_owned(), "Bearer s3cret".to_owned()),
        ("User-Agent".to_owned(), "player".to_owned()),
    ];
    let fetcher = fetcher(&first).allowing([other.host()]);
    fetcher
        .stream(&first.url("/"), &headers.into(), None)
        .await
        .unwrap();
    assert!(first.heads()[0].contains("s3cret"));
    assert!(!other.heads()[0].contains("s3cret"));
    assert!(other.heads()[0].contains("user-agent: player"));
}

#[tokio::test]
async fn a_form_that_is_answered_elsewhere_becomes_a_question() {
    let server = Server::start(|head, _| match head {
        head if head.starts_with("POST /form ") => redirect("/found"),
        head if head.starts_with("POST /ask ") => redirect("/found"),
        _ => ok("found"),
    })
    .await;
    let fetcher = fetcher(&server);
    let form = Request::form(&server.url("/form"), "a=1".into()).unwrap();
    fetcher.ask(&form, limits(60_000, 1)).await.unwrap();
    let question = serde_json::json!({"a": 1});
    let question = Request::ask(&server.url("/ask"), &question).unwrap();
    fetcher.ask(&question, limits(60_000, 1)).await.unwrap();
    let heads = server.heads();
    assert!(heads[0].ends_with("\r\n\r\na=1"), "{}", heads[0]);
    assert!(heads[1].starts_with("GET /found "), "{}", heads[1]);
    assert!(!heads[1].to_lowercase().contains("content-type"));
    assert!(heads[3].starts_with("POST /found "), "{}", heads[3]);
}

#[tokio::test]
async fn a_page_of_refusal_is_read_where_it_is_asked_for() {
    let server = Server::start(|_, _| reply("503 Service Unavailable", &[], "wait")).await;
    let fetcher = fetcher(&server);
    let request = Request::get(&server.url("/")).unwrap();
    let error = fetcher.ask(&request, limits(60_000, 1)).await.unwrap_err();
    assert!(
        matches!(error, Error::Status { status: 503, .. }),
        "{error:?}"
    );
    let page = fetcher
        .ask(&request.any_status(), limits(60_000, 1))
        .await
        .unwrap();
    assert_eq!((page.status, page.text().as_str()), (503, "wait"));
}
