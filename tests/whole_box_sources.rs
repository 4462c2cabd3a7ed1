//! Sources as people and the owner see them: providers that come and go while the box runs, looks
//! before anything is offered, wishes and preferences, and the alarm when a provider stops.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode as Answer, response::IntoResponse, routing::get};
use hearth_model::{ClientMessage, LoadReport, ScreenCommand, ServerMessage, SessionId, SourceId};
use hearth_tests::{
    House, Live, Phone, film,
    peers::{Addon, Fault, Files, Offer, Torznab},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SINTEL: &str = "tt1727587";
const PROVIDERS: &str = "/api/v1/admin/sources";

fn offer(name: &str, number: u8) -> Offer {
    Offer {
        name: name.to_owned(),
        link: format!("magnet:?xt=urn:btih:{number:040x}"),
        size_bytes: 1_000_000_000 * u64::from(number),
        seeders: 50,
        imdb: SINTEL.to_owned(),
        file: None,
    }
}

async fn call(phone: &Phone, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    phone.call(method, path, Some(body)).await
}

async fn put(phone: &Phone, path: &str, body: Value) -> Value {
    let (status, answer) = call(phone, Method::PUT, path, body).await;
    assert!(status.is_success(), "PUT {path}: {status} {answer}");
    answer
}

/// What a title's page lists, of one provider, best first.
async fn sources(phone: &Phone, title: &Value, provider: &str) -> Vec<Value> {
    let id = title["id"].as_str().unwrap();
    let page = phone
        .get(&format!("/api/v1/media/{id}/sources?lang=en"))
        .await;
    let items = page["items"].as_array().unwrap().iter();
    items
        .filter(|item| item["provider"] == provider)
        .cloned()
        .collect()
}

fn names(sources: &[Value]) -> Vec<&str> {
    let names = sources
        .iter()
        .map(|source| source["name"].as_str().unwrap());
    names.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_added_tested_switched_off_and_removed_while_the_box_runs() {
    let fixed = Torznab::start("fixed", vec![]);
    let mut house = House::builder().providers(&[fixed.config()]).start();
    let owner = house.pair_first("Anna").await;
    let guest = house.pair("Guest").await;
    let indexer = Torznab::start("home", vec![offer("Sintel 2010 1080p BluRay x264", 1)]);
    let mut config = indexer.config();
    config["api_key"] = json!("s3cret-key");
    let title = owner.find("sintel").await;
    let new = json!({ "config": config });

    let (status, refused) = call(&guest, Method::POST, PROVIDERS, new.clone()).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (403, &json!("not-owner"))
    );
    let wrong = json!({ "config": { "kind": "torznab", "id": "home", "adress": "x" } });
    let (status, refused) = call(&owner, Method::POST, PROVIDERS, wrong).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    assert!(
        refused["detail"].as_str().unwrap().contains("adress"),
        "{refused}"
    );
    let added = owner.post(PROVIDERS, new.clone()).await;
    assert_eq!(added["id"], "torznab:home", "{added}");
    assert_eq!(added["secrets"], json!(["url", "api_key"]), "{added}");
    assert_eq!(added["health"]["state"], "untried");
    let (status, refused) = call(&owner, Method::POST, PROVIDERS, new).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (409, &json!("provider-taken"))
    );

    // It is really asked, and takes part in the next search.
    let home = format!("{PROVIDERS}/torznab:home");
    let tested = owner.post(&format!("{home}/test"), json!({})).await;
    assert_eq!(tested["ok"], true, "{tested}");
    assert!(
        tested["detail"].as_str().unwrap().contains("finds sources"),
        "{tested}"
    );
    assert_eq!(sources(&owner, &title, "torznab:home").await.len(), 1);

    // Nothing that is answered shows its secrets, and they stay when the rest changes.
    let mut renamed = indexer.config();
    renamed.as_object_mut().unwrap().remove("api_key");
    renamed["name"] = json!("At home");
    put(&owner, &home, json!({ "config": renamed })).await;
    let page = owner.get(PROVIDERS).await;
    let shown = page.to_string();
    assert!(
        shown.contains("At home") && !shown.contains("s3cret"),
        "{shown}"
    );
    assert!(!shown.contains(&indexer.url), "{shown}");
    assert_eq!(
        page["items"][1]["secrets"],
        json!(["url", "api_key"]),
        "{page}"
    );
    assert_eq!(page["items"][0]["fixed"], true, "{page}");

    // They outlive a restart.
    house.stop();
    house.start();
    let owner = owner.at(&house.base);
    assert_eq!(sources(&owner, &title, "torznab:home").await.len(), 1);
    assert_eq!(
        owner.get(PROVIDERS).await["items"][1]["config"]["name"],
        "At home"
    );

    put(&owner, &home, json!({ "enabled": false })).await;
    let before = indexer.asked().len();
    assert!(sources(&owner, &title, "torznab:home").await.is_empty());
    assert_eq!(indexer.asked().len(), before, "what is off is not asked");
    put(&owner, &home, json!({ "enabled": true })).await;
    assert_eq!(sources(&owner, &title, "torznab:home").await.len(), 1);

    let (status, _) = owner.call(Method::DELETE, &home, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(sources(&owner, &title, "torznab:home").await.is_empty());
    let of_file = format!("{PROVIDERS}/torznab:fixed");
    let (status, refused) = owner.call(Method::DELETE, &of_file, None).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (409, &json!("provider-fixed"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_orders_the_providers() {
    let house = House::builder().start();
    let owner = house.pair_first("Anna").await;
    for id in ["a", "b", "c"] {
        let config = json!({ "kind": "stremio", "id": id, "url": "http://127.0.0.1:9/" });
        owner
            .post(PROVIDERS, json!({ "config": config, "enabled": false }))
            .await;
    }
    let order = json!({ "ids": ["stremio:c", "stremio:a"] });
    let page = put(&owner, &format!("{PROVIDERS}/order"), order).await;
    let ids: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"])
        .collect();
    assert_eq!(ids, ["stremio:c", "stremio:a", "stremio:b"]);
    // One that nobody reaches says what to do.
    let tested = owner
        .post(&format!("{PROVIDERS}/stremio:a/test"), json!({}))
        .await;
    assert_eq!(tested["ok"], false);
    assert_eq!(tested["reason"], "service-unreachable", "{tested}");
    assert!(
        tested["detail"]
            .as_str()
            .unwrap()
            .contains("check the address"),
        "{tested}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_worked_and_stops_raises_an_alarm() {
    let indexer = Torznab::start("home", vec![]);
    let mut config = indexer.config();
    config["name"] = json!("Prowlarr");
    let house = House::builder().providers(&[config]).start();
    let owner = house.pair_first("Anna").await;
    let guest = house.pair("Guest").await;
    let mut live = owner.live().await;
    let mut of_guest = guest.live().await;
    let mut of_tv = Live::local(&house.socket()).await;
    let test = format!("{PROVIDERS}/torznab:home/test");
    assert_eq!(owner.post(&test, json!({})).await["ok"], true);
    indexer.break_down(Fault::Html);
    for _ in 0..3 {
        let tested = owner.post(&test, json!({})).await;
        assert_eq!(tested["ok"], false);
        assert_eq!(tested["reason"], "provider-address", "{tested}");
    }
    let turned = |message: &ServerMessage, to: bool| match message {
        ServerMessage::ProviderEvent {
            provider,
            name,
            working,
            detail,
        } if *working == to => Some((provider.clone(), name.clone(), detail.clone())),
        _ => None,
    };
    let (provider, name, detail) = live
        .until("the alarm", |message, _| turned(message, false))
        .await;
    assert_eq!(provider, "torznab:home");
    assert_eq!(name, "Prowlarr", "as the owner calls it");
    assert!(detail.unwrap().len() > 10, "a sentence for people");
    let page = owner.get(PROVIDERS).await;
    let health = &page["items"][0]["health"];
    assert_eq!(health["state"], "stopped", "{health}");
    assert_eq!(
        (&health["asked"], &health["success_share"]),
        (&json!(4), &json!(0.25))
    );
    assert!(
        health["p50_ms"].is_u64() && health["p95_ms"].is_u64(),
        "{health}"
    );
    assert!(
        health["last_ok_at"].is_u64() && health["last_error"].is_string(),
        "{health}"
    );
    indexer.mend();
    assert_eq!(owner.post(&test, json!({})).await["ok"], true);
    live.until("the all-clear", |message, _| turned(message, true))
        .await;
    // The box's own TV hears it too, and of the other devices none.
    of_tv
        .until("the all-clear", |message, _| turned(message, true))
        .await;
    of_guest.now_ms().await;
    let heard = of_guest.heard.iter();
    let events = heard.filter(|message| matches!(message, ServerMessage::ProviderEvent { .. }));
    assert_eq!(events.count(), 0);
}

/// The background's look is enough to raise the alarm: nobody has to search.
#[tokio::test(flavor = "multi_thread")]
async fn silent_providers_are_looked_at_in_the_background() {
    let indexer = Torznab::start("home", vec![]);
    let house = House::builder()
        .config("library.open_movies = false")
        .config("sources.check = true\nsources.check_every_s = 1")
        .providers(&[indexer.config()])
        .start();
    let owner = house.pair_first("Anna").await;
    let mut live = owner.live().await;
    while indexer.asked().is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let healthy = async || owner.get(PROVIDERS).await["items"][0]["health"]["state"] == "ok";
    while !healthy().await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    indexer.break_down(Fault::Html);
    live.until("the alarm", |message, _| {
        matches!(message, ServerMessage::ProviderEvent { working: false, .. }).then_some(())
    })
    .await;
}

/// A service of one page on loopback that counts who asks, and fails when it is told to.
#[derive(Debug, Clone, Default)]
struct Page {
    asked: Arc<AtomicUsize>,
    fails: Arc<AtomicBool>,
}

/// Longer than a clock can count.
const FOR_EVER: &str = "18446744073709551615";

impl Page {
    /// Its address.
    async fn serve(&self, path: &str, text: &'static str) -> String {
        let page = self.clone();
        let answer = move || async move {
            page.asked.fetch_add(1, Ordering::SeqCst);
            if page.fails.load(Ordering::SeqCst) {
                return Answer::NOT_FOUND.into_response();
            }
            text.into_response()
        };
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route(path, get(answer));
        tokio::spawn(async { axum::serve(listener, router).await });
        format!("http://{address}{path}")
    }

    async fn until_asked(&self, times: usize) {
        let until = Instant::now() + Duration::from_secs(60);
        while self.asked.load(Ordering::SeqCst) < times {
            assert!(Instant::now() < until, "never asked {times} times");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn fail(&self) {
        self.fails.store(true, Ordering::SeqCst);
    }
}

const NOTHING: &str =
    "<p>A tracker of films that may be shared by everybody: nothing of that name was found.</p>";

/// The manifest that an addon gave once was taken for an answer ever after, and a site was not asked
/// at all: both passed every test, and the background's look called back what searches had told.
#[tokio::test(flavor = "multi_thread")]
async fn a_test_asks_again_what_answered_before() {
    let house = House::builder().start();
    let owner = house.pair_first("Anna").await;
    let test = async |id: &str| {
        let path = format!("{PROVIDERS}/{id}/test");
        owner.post(&path, json!({})).await
    };
    let addon = Addon::start("films", &json!({}));
    owner
        .post(PROVIDERS, json!({ "config": addon.config() }))
        .await;
    let tested = test("stremio:films").await;
    assert_eq!(tested["ok"], true, "{tested}");
    drop(addon);
    let tested = test("stremio:films").await;
    assert_eq!(tested["ok"], false, "{tested}");

    let page = Page::default();
    let url = page.serve("/search", NOTHING).await;
    let definition = "hearth_site: 1\nname: Home\nurl: https://site.example/\nsearch:\n  - address: \"/search?q={title}\"\n    rows: tr\n    name: td\n    link: {css: a, attr: href}\n";
    let config = json!({ "config": { "kind": "site", "file": "home.yaml", "url": url } });
    let (status, refused) = call(&owner, Method::POST, PROVIDERS, config.clone()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    let told = refused["detail"].as_str().unwrap();
    assert!(told.contains("check the path"), "{told}");
    std::fs::create_dir_all(house.data().join("sites")).unwrap();
    std::fs::write(house.data().join("sites/home.yaml"), definition).unwrap();
    owner.post(PROVIDERS, config).await;
    let tested = test("site:home").await;
    assert_eq!(tested["ok"], true, "{tested}");
    assert_eq!(page.asked.load(Ordering::SeqCst), 1);
    page.fail();
    let tested = test("site:home").await;
    assert_eq!(tested["ok"], false, "{tested}");
    assert!(
        tested["detail"].as_str().unwrap().contains("404"),
        "{tested}"
    );
}

/// The box added what it was asked to wait to the time that it is, and the question ended in a panic.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_asks_to_be_left_alone_for_ever_is_asked_later() {
    let busy = || async {
        let wait = [(axum::http::header::RETRY_AFTER, FOR_EVER)];
        (Answer::TOO_MANY_REQUESTS, wait).into_response()
    };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = Router::new().fallback(busy);
    tokio::spawn(async { axum::serve(listener, router).await });
    let config = json!({ "kind": "torznab", "id": "busy", "url": url });
    let house = House::builder().providers(&[config]).start();
    let owner = house.pair_first("Anna").await;
    let test = format!("{PROVIDERS}/torznab:busy/test");
    let asked = async || owner.get(PROVIDERS).await["items"][0]["health"]["asked"].clone();
    for _ in 0..3 {
        let tested = owner.post(&test, json!({})).await;
        assert_eq!(tested["ok"], false, "{tested}");
        let told = tested["detail"].as_str().unwrap();
        assert!(told.contains("asks to wait"), "{told}");
        assert_eq!(asked().await, 1, "the box keeps to it");
    }
}

/// An answer that was on its way when its provider was removed was noted of the next one of that
/// name.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_asked_of_a_removed_provider_is_not_held_against_the_next() {
    let house = House::builder().start();
    let owner = house.pair_first("Anna").await;
    let title = owner.find("sintel").await;
    let slow = Torznab::faulty("home", Fault::Slow);
    owner
        .post(PROVIDERS, json!({ "config": slow.config() }))
        .await;
    let search = async {
        // Ends when the provider's time does.
        sources(&owner, &title, "torznab:home").await
    };
    let remove = async {
        let until = Instant::now() + Duration::from_secs(60);
        while slow.asked().is_empty() {
            assert!(Instant::now() < until, "never asked");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let home = format!("{PROVIDERS}/torznab:home");
        let (status, _) = owner.call(Method::DELETE, &home, None).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    };
    let (found, ()) = tokio::join!(search, remove);
    assert!(found.is_empty(), "{found:?}");
    let again = json!({ "config": slow.config(), "enabled": false });
    let added = owner.post(PROVIDERS, again).await;
    assert_eq!(added["health"]["asked"], 0, "{added}");
}

const MANIFEST: &str = r#"{
    "id": "org.example.lists", "name": "Lists", "description": "Lists", "version": "1.0.0",
    "resources": ["catalog"], "types": ["movie"], "catalogs": []
}"#;

/// A box that starts before its network is there asked its addons three times in fifteen seconds, and
/// told that all of them had stopped.
#[tokio::test(flavor = "multi_thread")]
async fn an_addon_that_is_asked_again_and_again_at_the_start_raises_no_alarm() {
    let addon = Page::default();
    let url = addon.serve("/manifest.json", MANIFEST).await;
    let config = json!({ "kind": "stremio", "id": "lists", "url": url });
    let mut house = House::builder().providers(&[config]).start();
    let owner = house.pair_first("Anna").await;
    let test = format!("{PROVIDERS}/stremio:lists/test");
    assert_eq!(owner.post(&test, json!({})).await["ok"], true);
    let health = async |owner: &Phone| owner.get(PROVIDERS).await["items"][0]["health"].clone();
    house.stop();
    addon.fail();
    let before = addon.asked.load(Ordering::SeqCst);
    house.start();
    let owner = owner.at(&house.base);
    addon.until_asked(before + 3).await;
    let told = health(&owner).await;
    assert_eq!(told["state"], "failing", "{told}");
    // Who asks for it themselves is heard.
    for _ in 0..2 {
        assert_eq!(owner.post(&test, json!({})).await["ok"], false);
    }
    let told = health(&owner).await;
    assert_eq!(told["state"], "stopped", "{told}");
}

/// A torrent that two providers know was listed twice where one of them named its file, and what the
/// second told of it was lost where it did not.
#[tokio::test(flavor = "multi_thread")]
async fn a_torrent_of_two_providers_is_one_source_with_what_both_tell() {
    let name = "Sintel 2010 1080p BluRay x264";
    let plain = offer(name, 1).seeders(3);
    let other = offer(name, 1).seeders(240);
    let indexers = [
        Torznab::start("a", vec![plain]),
        Torznab::start("b", vec![other]),
    ];
    let stream = json!([{ "name": name, "infoHash": format!("{:040x}", 1), "fileIdx": 3 }]);
    let addon = Addon::start(
        "c",
        &json!({ "streams": { format!("movie/{SINTEL}"): stream } }),
    );
    let configs = [indexers[0].config(), indexers[1].config(), addon.config()];
    let house = House::builder()
        .config("library.open_movies = true")
        .providers(&configs)
        .start();
    let phone = house.pair_first("Phone").await;
    let title = phone.find("sintel").await;
    let id = title["id"].as_str().unwrap();
    let page = phone.get(&format!("/api/v1/media/{id}/sources")).await;
    let items = page["items"].as_array().unwrap().iter();
    let torrents: Vec<_> = items.filter(|item| item["name"] == name).collect();
    assert_eq!(torrents.len(), 1, "{torrents:?}");
    assert_eq!(torrents[0]["seeders"], 240, "{torrents:?}");
}

fn addon_of_sintel(id: &str, url: &str, name: &str) -> Addon {
    Addon::start(
        id,
        &json!({
            "catalogs": { "movie/films": [{
                "id": SINTEL, "type": "movie", "name": "Sintel", "releaseInfo": "2010",
            }] },
            "streams": { format!("movie/{SINTEL}"): [{ "name": name, "url": url }] },
        }),
    )
}

/// The one source of a provider, once it is known to be so.
async fn known(phone: &Phone, title: &Value, provider: &str, health: &str) -> Value {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let found = sources(phone, title, provider).await;
        if let Some(source) = found.iter().find(|source| source["health"] == health) {
            return source.clone();
        }
        assert!(Instant::now() < until, "never {health}: {found:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_is_known_before_it_is_offered() {
    let film = film();
    let (files, gone) = (Files::start(), Files::start());
    let gone_url = gone.put("sintel.mkv", &film);
    gone.take_away();
    let best = addon_of_sintel("best", &gone_url, "Sintel 2010 2160p BluRay x264");
    let url = files.put("sintel.mkv", &film);
    let next = addon_of_sintel("next", &url, "Sintel 2010 1080p BluRay x264");
    let house = House::builder()
        .config("library.open_movies = false\nsources.check = true")
        .config("network.allow_private_hosts = [\"127.0.0.1\"]")
        .providers(&[best.config(), next.config()])
        .start();
    let phone = house.pair_first("Phone").await;
    let title = phone.find("sintel").await;
    let lost = &known(&phone, &title, &best.provider(), "failing").await;
    let found = &known(&phone, &title, &next.provider(), "good").await;
    assert!(
        lost["rank"].as_f64() < found["rank"].as_f64(),
        "{lost} {found}"
    );
    assert!(
        lost["why"].as_str().unwrap().contains("failed lately"),
        "{lost}"
    );
    let mut live = phone.live().await;
    let screen_id = live.be_screen("Test screen").await;
    let play = json!({ "title_id": title["id"], "screen_id": screen_id });
    let prepared = phone.post("/api/v1/player/prepare", play).await;
    assert_eq!(prepared["source_id"], found["id"], "{prepared}");
    live.now_ms().await;
    assert_eq!(live.source_changes(), [], "nobody was led astray");
}

#[tokio::test(flavor = "multi_thread")]
async fn wishes_and_preferences_order_what_is_found() {
    let (large, small, other) = (
        "Sintel.2010.2160p.BluRay.x264.Rus.Eng-BIG",
        "Sintel.2010.720p.WEB-DL.x264.Eng-SMALL",
        "Sintel.2010.480p.DVDRip.x264.Rus-OLD",
    );
    let indexer = Torznab::start(
        "home",
        vec![offer(small, 1), offer(large, 9), offer(other, 2)],
    );
    let house = House::builder().providers(&[indexer.config()]).start();
    let owner = house.pair_first("Anna").await;
    let guest = house.pair("Guest").await;
    let title = owner.find("sintel").await;
    let provider = indexer.provider();
    let plain = sources(&owner, &title, &provider).await;
    assert_eq!(
        names(&plain),
        [large, small, other],
        "the best picture first"
    );
    let reasons = plain[0]["reasons"].as_array().unwrap();
    assert_eq!(reasons.len(), 5, "{reasons:?}");
    assert_eq!(reasons[0]["part"], "quality");
    assert!(
        reasons[0]["text"]
            .as_str()
            .unwrap()
            .starts_with("2160p H.264"),
        "{reasons:?}"
    );

    let wishes = "/api/v1/user/preferences";
    assert_eq!(
        owner.get(wishes).await["audio_languages"],
        json!(["ru", "en"])
    );
    put(&guest, wishes, json!({ "max_size_gb": 8 })).await;
    let limited = sources(&owner, &title, &provider).await;
    assert_eq!(names(&limited), [small, other, large]);
    assert_eq!(
        (&limited[2]["playable"], &limited[2]["refused"]),
        (
            &json!(false),
            &json!("9.0 GB is more than the limit of 8 GB")
        )
    );
    put(&owner, wishes, json!({})).await;

    let preferences = "/api/v1/admin/preferences";
    let rules = json!({ "items": [
        { "rule": "pin", "what": "group", "value": "old" },
        { "rule": "block", "what": "word", "value": "web dl" },
    ] });
    let (status, _) = call(&guest, Method::PUT, preferences, rules.clone()).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    put(&owner, preferences, rules).await;
    let ordered = sources(&owner, &title, &provider).await;
    assert_eq!(names(&ordered), [other, large, small]);
    assert_eq!(
        ordered[2]["refused"],
        "The owner does not want it: word web dl"
    );
}

async fn report(live: &mut Live, session_id: SessionId, load_id: u64, report: LoadReport) {
    live.send(&ClientMessage::Report {
        load_id,
        session_id,
        report,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_of_the_wrong_length_gives_way_to_one_that_may_be_the_film() {
    let film = film();
    let files = Files::start();
    let (sample, whole) = (
        files.put("sample.mkv", &film),
        files.put("sintel.mkv", &film),
    );
    let stream = |name: &str, url: &str| json!({ "streams": { format!("movie/{SINTEL}"): [{ "name": name, "url": url }] } });
    let best = Addon::start("best", &stream("Sintel 2010 2160p BluRay x264", &sample));
    let next = Addon::start("next", &stream("Sintel 2010 1080p BluRay x264", &whole));
    let house = House::builder()
        .config("sources.check_length = true")
        .config("network.allow_private_hosts = [\"127.0.0.1\"]")
        .providers(&[best.config(), next.config()])
        .start();
    let phone = house.pair_first("Phone").await;
    let title = phone.find("sintel").await;
    let second = &sources(&phone, &title, &next.provider()).await[0];
    let second: SourceId = serde_json::from_value(second["id"].clone()).unwrap();
    let mut live = phone.live().await;
    let screen_id = live.be_screen("Test screen").await;
    let play = json!({ "title_id": title["id"], "screen_id": screen_id, "start_ms": 300_000 });
    let prepared = phone.post("/api/v1/player/prepare", play).await;
    let session_id: SessionId = serde_json::from_value(prepared["session_id"].clone()).unwrap();
    let length = |minutes: u64| LoadReport::Prerolled {
        duration_ms: Some(minutes * 60_000),
    };
    report(&mut live, session_id, 1, length(1)).await;
    // First, for an order to a screen may overtake what all are told.
    live.until("the second source", |message, _| {
        let ServerMessage::ToScreen { command, .. } = message else {
            return None;
        };
        matches!(command, ScreenCommand::Load { load_id: 2, .. }).then_some(())
    })
    .await;
    let change = live.source_change(session_id).await;
    assert_eq!(change.failure.reason, "wrong-length", "{change:?}");
    assert_eq!(change.to, Some(second));
    // And not where the sample ends.
    live.holds("the place where it was to go on", |house| {
        house.sessions[&session_id].position_ms == 300_000
    })
    .await;
    // The film itself is a quarter of an hour.
    report(&mut live, session_id, 2, length(14)).await;
    live.now_ms().await;
    assert_eq!(live.source_changes().len(), 1, "it plays on");
    // And it was learnt.
    known(&phone, &title, &best.provider(), "failing").await;
}
