//! The cache as its users see it: what is asked of the service, what is given from memory, and
//! what remains when the network is gone. Time is set.

#![allow(clippy::unwrap_used, reason = "tests")]

mod server;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hearth_fetch::{
    Clock, Error, Fetcher, Freshness, HttpCache, Keep, Kept, Limit, Limiter, Limits, MemoryStorage,
    Options, Request, is_json,
};
use serde_json::json;
use server::{Server, Step, ok, redirect, reply};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Some day in 2026.
const START: u64 = 1_790_000_000_000;
const JSON: &str = "Content-Type: application/json";

struct House {
    server: Server,
    cache: HttpCache,
    clock: Clock,
}

impl House {
    async fn with(answer: impl Fn(&str, usize) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let server = Server::start(answer).await;
        let fetcher = Fetcher::new(Options {
            allow_private_hosts: vec![server.host()],
            ..Options::default()
        })
        .unwrap();
        let clock = Clock::by_hand(START);
        let storage = Arc::new(MemoryStorage::new(1_000_000));
        let cache = HttpCache::new(fetcher, storage, clock.clone());
        Self {
            server,
            cache,
            clock,
        }
    }

    fn request(&self) -> Request {
        Request::get(&self.server.url("/film?language=ru")).unwrap()
    }

    async fn ask(&self) -> Result<Kept, Error> {
        self.ask_with(&self.request()).await
    }

    async fn ask_with(&self, request: &Request) -> Result<Kept, Error> {
        let keep = Keep {
            fresh: MINUTE,
            stale: 30 * DAY,
            missing: 10 * MINUTE,
            longest: 180 * DAY,
        };
        let limits = Limits {
            timeout: Duration::from_secs(60),
            max_bytes: 100_000,
            attempts: 1,
        };
        self.cache.get(request, keep, limits, is_json).await
    }

    async fn text(&self) -> (String, Freshness) {
        let kept = self.ask().await.unwrap();
        (
            String::from_utf8(kept.bytes.to_vec()).unwrap(),
            kept.freshness,
        )
    }

    /// What is given once what was asked behind has come.
    async fn renewed(&self) -> (String, Freshness) {
        let renewed = async {
            loop {
                let text = self.text().await;
                if text.1 != Freshness::Stale {
                    return text;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(MINUTE, renewed).await.unwrap()
    }
}

fn counted(headers: &'static [&'static str]) -> impl Fn(&str, usize) -> Vec<Step> {
    move |_, before| {
        let mut all = vec![JSON];
        all.extend(headers);
        reply("200 OK", &all, format!("{{\"answer\":{before}}}"))
    }
}

#[tokio::test]
async fn a_fresh_answer_is_given_without_asking() {
    let house = House::with(counted(&["Cache-Control: public, max-age=3600"])).await;
    assert_eq!(
        house.text().await,
        ("{\"answer\":0}".into(), Freshness::New)
    );
    house.clock.advance(59 * MINUTE);
    assert_eq!(
        house.text().await,
        ("{\"answer\":0}".into(), Freshness::Fresh)
    );
    assert_eq!(house.server.heads().len(), 1);
}

#[tokio::test]
async fn a_service_that_says_nothing_is_spared_all_the_same() {
    for headers in [
        &[][..],
        &[
            "Cache-Control: max-age=0, private, must-revalidate",
            "Vary: Accept",
        ],
        &["Cache-Control: no-cache"],
        &["Age: 18446744073709551615"],
    ] {
        let house = House::with(counted(Box::leak(headers.to_vec().into_boxed_slice()))).await;
        house.ask().await.unwrap();
        house.clock.advance(MINUTE / 2);
        assert_eq!(house.text().await.1, Freshness::Fresh, "{headers:?}");
        assert_eq!(house.server.heads().len(), 1);
    }
}

#[tokio::test]
async fn a_stale_answer_is_given_at_once_and_asked_for_anew_behind() {
    let house = House::with(counted(&[])).await;
    house.ask().await.unwrap();
    house.clock.advance(DAY);
    assert_eq!(
        house.text().await,
        ("{\"answer\":0}".into(), Freshness::Stale)
    );
    assert_eq!(
        house.renewed().await,
        ("{\"answer\":1}".into(), Freshness::Fresh)
    );
    assert_eq!(house.server.heads().len(), 2);
}

#[tokio::test]
async fn nothing_new_renews_what_is_kept() {
    let house = House::with(|head, _| {
        let headers = [JSON, "ETag: \"a\"", "Cache-Control: max-age=60"];
        if head.contains("if-none-match: \"a\"") {
            reply("304 Not Modified", &headers[1..], "")
        } else {
            reply("200 OK", &headers, "{\"answer\":0}")
        }
    })
    .await;
    house.ask().await.unwrap();
    house.clock.advance(40 * DAY);
    assert_eq!(
        house.text().await,
        ("{\"answer\":0}".into(), Freshness::New),
        "older than stale answers go: asked first"
    );
    assert_eq!(house.server.heads().len(), 2);
    assert_eq!(house.text().await.1, Freshness::Fresh);
    assert_eq!(house.server.heads().len(), 2);
}

#[tokio::test]
async fn with_the_network_gone_everything_seen_is_still_answered() {
    let house = House::with(counted(&["Cache-Control: max-age=60"])).await;
    house.ask().await.unwrap();
    let House {
        server,
        cache,
        clock,
    } = house;
    let request = Request::get(&server.url("/film?language=ru")).unwrap();
    let unseen = Request::get(&server.url("/unseen")).unwrap();
    drop(server);
    let limits = Limits {
        attempts: 1,
        ..Limits::default()
    };
    for days in [0, 1, 400] {
        clock.advance(days * DAY);
        let kept = cache
            .get(&request, Keep::default(), limits, is_json)
            .await
            .unwrap();
        assert_eq!(&kept.bytes[..], b"{\"answer\":0}", "after {days} days");
    }
    let error = cache
        .get(&unseen, Keep::default(), limits, is_json)
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Connect { .. } | Error::CutOff { .. }),
        "{error:?}"
    );
    assert!(matches!(cache.last(), Some(Err(_))));
}

#[tokio::test]
async fn an_answer_older_than_it_may_be_kept_is_not_given_whatever_happens() {
    let good = Arc::new(AtomicBool::new(true));
    let is_good = Arc::clone(&good);
    let house = House::with(move |_, before| {
        if is_good.load(Ordering::SeqCst) {
            counted(&["Cache-Control: max-age=99999999"])("", before)
        } else {
            reply("500 Internal Server Error", &[], "oh")
        }
    })
    .await;
    house.ask().await.unwrap();
    good.store(false, Ordering::SeqCst);
    house.clock.advance(179 * DAY);
    assert_eq!(house.text().await.1, Freshness::Fresh, "by its own word");
    house.clock.advance(2 * DAY);
    assert!(matches!(
        house.ask().await,
        Err(Error::Status { status: 500, .. })
    ));
    good.store(true, Ordering::SeqCst);
    assert_eq!(house.text().await.1, Freshness::New);
    assert_eq!(house.text().await.1, Freshness::Fresh);
}

#[tokio::test]
async fn what_is_of_no_use_never_stands_where_an_answer_was() {
    let bad = Arc::new(AtomicBool::new(false));
    let is_bad = Arc::clone(&bad);
    let house = House::with(
        move |_, before| match (is_bad.load(Ordering::SeqCst), before % 3) {
            (false, _) => reply("200 OK", &[JSON], "{\"answer\":\"good\"}"),
            (true, 0) => reply(
                "200 OK",
                &["Content-Type: text/html"],
                "<html>sign in</html>",
            ),
            (true, 1) => reply("200 OK", &[JSON], "{\"answer\":"),
            (true, _) => reply("500 Internal Server Error", &[], "oh"),
        },
    )
    .await;
    house.ask().await.unwrap();
    bad.store(true, Ordering::SeqCst);
    for asked in 2..5 {
        house.clock.advance(40 * DAY);
        assert_eq!(
            house.text().await,
            ("{\"answer\":\"good\"}".into(), Freshness::Stale)
        );
        assert_eq!(house.server.heads().len(), asked);
    }
}

#[tokio::test]
async fn each_fault_is_an_error_of_its_own() {
    let house = House::with(|head, _| {
        if head.contains("/page") {
            reply("200 OK", &["Content-Type: text/html"], "<html>")
        } else if head.contains("/broken") {
            reply("200 OK", &[JSON], "{\"a\":")
        } else if head.contains("/cut") {
            vec![Step::Send(
                b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"a\"".to_vec(),
            )]
        } else if head.contains("/busy") {
            reply("429 Too Many Requests", &["Retry-After: 60"], "")
        } else if head.contains("/mistyped") {
            reply("200 OK", &["Content-Type: text/plain"], "{}")
        } else {
            reply("500 Internal Server Error", &[], "")
        }
    })
    .await;
    let ask = async |path: &str| {
        house
            .ask_with(&Request::get(&house.server.url(path)).unwrap())
            .await
    };
    assert!(
        matches!(ask("/page").await, Err(Error::WrongKind { found, .. }) if found == "text/html")
    );
    assert!(matches!(ask("/broken").await, Err(Error::Unusable { .. })));
    assert!(matches!(ask("/cut").await, Err(Error::CutOff { .. })));
    assert!(matches!(
        ask("/busy").await,
        Err(Error::Busy { retry_after: Some(after), .. }) if after == MINUTE
    ));
    assert!(matches!(
        ask("/down").await,
        Err(Error::Status { status: 500, .. })
    ));
    assert!(
        ask("/mistyped").await.is_ok(),
        "JSON is JSON whatever it is called"
    );
}

#[tokio::test]
async fn there_is_no_such_thing_is_believed_for_a_while() {
    let house = House::with(|_, _| reply("404 Not Found", &[JSON], "{}")).await;
    let missing = |done| matches!(done, Err(Error::Status { status: 404, .. }));
    assert!(missing(house.ask().await));
    assert!(missing(house.ask().await));
    assert_eq!(house.server.heads().len(), 1);
    house.clock.advance(11 * MINUTE);
    assert!(missing(house.ask().await));
    assert_eq!(house.server.heads().len(), 2);
}

#[tokio::test]
async fn equal_questions_at_the_same_time_are_one() {
    let house = House::with(|_, before| {
        let mut steps = vec![Step::Wait(Duration::from_millis(50))];
        steps.extend(ok(format!("{{\"answer\":{before}}}")));
        steps
    })
    .await;
    let all = futures_util::future::join_all((0..20).map(|_| house.text())).await;
    assert!(all.iter().all(|(text, _)| text == "{\"answer\":0}"));
    assert_eq!(house.server.heads().len(), 1);
}

#[tokio::test]
async fn a_question_goes_on_when_nobody_waits_for_it() {
    let house = House::with(|_, _| {
        let mut steps = vec![Step::Wait(Duration::from_millis(30))];
        steps.extend(ok("{}"));
        steps
    })
    .await;
    // Polled until it is sent, then let go.
    let request = house.request();
    tokio::select! {
        biased;
        done = house.ask_with(&request) => panic!("{done:?}"),
        () = async {
            while house.server.heads().is_empty() {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    let came = async {
        while house.cache.last().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(MINUTE, came).await.unwrap();
    assert_eq!(house.text().await.1, Freshness::Fresh);
    assert_eq!(house.server.heads().len(), 1);
}

#[tokio::test]
async fn questions_in_the_body_are_kept_apart_and_survive_a_move() {
    let house = House::with(|head, before| {
        if head.starts_with("POST /old") {
            return redirect("/new");
        }
        assert!(head.starts_with("POST /new"), "{head}");
        let body = head.split("\r\n\r\n").nth(1).unwrap();
        ok(format!("{{\"asked\":{body},\"answer\":{before}}}"))
    })
    .await;
    let question = |word: &str| {
        Request::ask(&house.server.url("/old"), &json!({"query": word}))
            .unwrap()
            .user_agent("Hearth tests")
    };
    let first = house.ask_with(&question("one")).await.unwrap();
    assert_eq!(&first.bytes[..], br#"{"asked":{"query":"one"},"answer":1}"#);
    house.ask_with(&question("two")).await.unwrap();
    let again = house.ask_with(&question("one")).await.unwrap();
    assert_eq!(again.bytes, first.bytes);
    let heads = house.server.heads();
    assert_eq!(heads.len(), 4);
    assert!(
        heads
            .iter()
            .all(|head| head.contains("user-agent: Hearth tests"))
    );
}

#[tokio::test]
async fn a_key_is_sent_and_never_kept_or_printed() {
    let house = House::with(|head, _| {
        assert!(head.contains("api_key=s3cret") && head.contains("authorization: Bearer t0ken"));
        ok("{}")
    })
    .await;
    let request = house
        .request()
        .secret_query("api_key", "s3cret")
        .bearer("t0ken");
    house.ask_with(&request).await.unwrap();
    assert_eq!(
        house.ask().await.unwrap().freshness,
        Freshness::Fresh,
        "the same question with another key"
    );
    let printed = format!("{request:?}");
    assert!(
        !printed.contains("s3cret") && !printed.contains("t0ken"),
        "{printed}"
    );
}

#[tokio::test]
async fn what_must_not_be_stored_is_not() {
    let house = House::with(counted(&["Cache-Control: no-store"])).await;
    house.ask().await.unwrap();
    assert_eq!(
        house.text().await,
        ("{\"answer\":1}".into(), Freshness::New)
    );
}

#[tokio::test]
async fn each_retry_takes_a_turn_and_a_rest_is_kept() {
    let house = House::with(|_, before| match before {
        0 => reply("500 Internal Server Error", &[], ""),
        1 => reply("429 Too Many Requests", &["Retry-After: 20"], ""),
        _ => ok("{}"),
    })
    .await;
    let limit = Limit {
        requests: 2,
        per: MINUTE,
    };
    let limiter = Limiter::new([limit], house.clock.clone());
    let service = house.cache.through(house.cache.fetcher().limited(limiter));
    let limits = Limits {
        timeout: Duration::from_secs(10),
        max_bytes: 1_000,
        attempts: 5,
    };
    let request = house.request();
    let error = service
        .get(&request, Keep::default(), limits, is_json)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error:?}");
    assert_eq!(house.server.heads().len(), 2, "the third try had no turn");
    house.clock.advance(MINUTE);
    service
        .get(&request, Keep::default(), limits, is_json)
        .await
        .unwrap();
    assert_eq!(house.server.heads().len(), 3);
}
