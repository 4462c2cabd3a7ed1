//! What the world gives is often broken: each time a sentence that says so, and everything else
//! goes on.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::time::{Duration, Instant};

use hearth_model::{Command, Phase, ScreenId, SessionId, SourceId};
use hearth_tests::{
    House, Live, Tv, film,
    peers::{Addon, Fault, Files, Offer, Seed, Torrent, Torznab},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SINTEL: &str = "tt1727587";

fn id<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// A screen that says nothing: enough to prepare a film for.
async fn silent_screen(live: &mut Live) -> ScreenId {
    live.be_screen("Silent").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unplayable_file_fails_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let noise = folder.path().join("noise.mkv");
    let bytes: Vec<u8> = (0..2_000_000u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    std::fs::write(&noise, bytes).unwrap();
    let house = House::builder()
        .film("Broken Train (2019).mkv", &noise)
        .film("Night Train (2019).mkv", &film())
        .start();
    let tv = Tv::start(&house);
    house.scanned(2).await;
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    let title = phone.find("broken train").await;
    let body = json!({ "title_id": title["id"], "screen_id": screen_id });
    let prepared = phone.post("/api/v1/player/prepare", body).await;
    let session_id: SessionId = id(&prepared["session_id"]);
    let change = live.source_change(session_id).await;
    assert_eq!(change.from, id::<SourceId>(&prepared["source_id"]));
    assert_eq!(change.to, None, "there is no other");
    assert_eq!(change.failure.reason, "media-unreadable", "{change:?}");
    assert!(
        change.failure.detail.len() > 20 && !change.failure.detail.contains("gst"),
        "a sentence for people: {change:?}"
    );
    let state = live.phase(session_id, Phase::Failed).await;
    assert_eq!(state.notice, Some(change));
    // Play is refused in words, and another film plays.
    let refused = live.command(session_id, Command::Play, None).await;
    assert_eq!(refused, Err("nothing-plays".into()));
    let title = phone.find("night train").await;
    let body = json!({ "title_id": title["id"], "screen_id": screen_id });
    let prepared = phone.post("/api/v1/player/prepare", body).await;
    let session_id: SessionId = id(&prepared["session_id"]);
    live.command(session_id, Command::Play, None).await.unwrap();
    live.phase(session_id, Phase::Playing).await;
    tv.display.until_film("the other film", |_| true);
}

/// A film in a torrent nobody has: a .torrent and an infohash of its own.
fn nobodys() -> Torrent {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nobody.mkv");
    std::fs::write(&file, vec![7; 300_000]).unwrap();
    Torrent::of(&file)
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_torrents_give_way_and_are_named_when_nothing_else_is_left() {
    let film = film();
    let seed = Seed::start(&film);
    let nobody = nobodys();
    let name = |height: u32| format!("Sintel.2010.{height}p.BluRay.x264-GROUP");
    let corrupt = Offer::of(&seed, &name(2160), SINTEL)
        .behind_file("corrupt", b"d4:infod4:name99:cut off".to_vec());
    let page = Offer::of(&seed, &name(1080), SINTEL)
        .behind_file("page", b"<!doctype html><title>Log in</title>".to_vec());
    let lonely = Offer::of(&seed, &name(1440), SINTEL).linked(&nobody.magnet(None));
    let good = Offer::of(&seed, &name(720), SINTEL);
    let broken = vec![corrupt.clone(), page.clone(), lonely.clone()];
    let catalogue = known_film();
    let prepared_with = async |offers: Vec<Offer>| {
        let indexer = Torznab::start("home", offers);
        let house = House::builder()
            .config("library.open_movies = false\ntorrents.magnet_timeout_s = 6")
            .config("network.allow_private_hosts = [\"127.0.0.1\"]")
            .providers(&[indexer.config(), catalogue.config()])
            .start();
        let phone = house.pair_first("Phone").await;
        let mut live = phone.live().await;
        let screen_id = silent_screen(&mut live).await;
        let title = phone.find("sintel").await;
        let body = json!({ "title_id": title["id"], "screen_id": screen_id });
        let answer = phone
            .call(Method::POST, "/api/v1/player/prepare", Some(body))
            .await;
        // The answer may overtake the news of how it came about.
        let patience = Instant::now() + Duration::from_secs(60);
        while live.source_changes().len() < 3 && Instant::now() < patience {
            live.now_ms().await;
        }
        (answer, live.source_changes())
    };

    // With a good one among them, it is what plays; each of the others is told of.
    let all = [broken.clone(), vec![good]].concat();
    let ((status, prepared), changes) = prepared_with(all).await;
    assert_eq!(status, StatusCode::OK, "{prepared}");
    let mut reasons: Vec<&str> = changes
        .iter()
        .map(|change| change.failure.reason.as_str())
        .collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        ["no-peers", "source-gone", "torrent-bad"],
        "{changes:#?}"
    );
    assert_eq!(changes[2].to, Some(id(&prepared["source_id"])));

    // Alone, they are a problem that says what to do.
    let ((status, problem), changes) = prepared_with(broken).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{problem}");
    assert_eq!(problem["slug"], "no-source-plays");
    assert!(
        problem["detail"].as_str().unwrap().len() > 20,
        "a sentence for people: {problem}"
    );
    assert_eq!(changes.len(), 3, "{changes:#?}");
    assert_eq!(changes[2].to, None);
}

/// An addon whose catalogue makes the film known, and which has no stream of it.
fn known_film() -> Addon {
    Addon::start(
        "catalogue",
        &json!({ "catalogs": { "movie/films": [{
            "id": SINTEL, "type": "movie", "name": "Sintel", "releaseInfo": "2010",
        }] } }),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_that_answer_nonsense_are_named_and_spoil_nothing() {
    let film = film();
    let seed = Seed::start(&film);
    let good = Torznab::start(
        "good",
        vec![Offer::of(
            &seed,
            "Sintel.2010.1080p.BluRay.x264-GROUP",
            SINTEL,
        )],
    );
    let faults = [
        Torznab::faulty("cut", Fault::Cut),
        Torznab::faulty("malformed", Fault::Malformed),
        Torznab::faulty("html", Fault::Html),
        Torznab::faulty("json", Fault::Json),
    ];
    let failing = Addon::start(
        "failing",
        &json!({ "streams": { format!("movie/{SINTEL}"): { "fail": true } } }),
    );
    let files = Files::start();
    let html = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(html.path(), "<!doctype html><p>Not an addon").unwrap();
    let no_addon = json!({
        "kind": "stremio", "id": "page", "url": files.put("manifest.json", html.path()),
    });
    let mut providers: Vec<Value> = faults.iter().map(Torznab::config).collect();
    providers.extend([good.config(), failing.config(), no_addon]);
    let mut house = House::builder().providers(&providers).start();
    let phone = house.pair_first("Phone").await;
    let title = phone.find("sintel").await;
    let path = format!("/api/v1/media/{}/sources", title["id"].as_str().unwrap());
    let page = phone.get(&path).await;
    let told = |id: &str| {
        let all = page["providers"].as_array().unwrap();
        all.iter()
            .find(|told| told["id"] == id)
            .unwrap_or_else(|| panic!("nothing is said of {id}: {page}"))
    };
    for id in [
        "torznab:cut",
        "torznab:malformed",
        "torznab:html",
        "torznab:json",
        "stremio:failing",
    ] {
        assert_eq!(told(id)["state"], "error", "{}", told(id));
        let error = told(id)["error"].as_str().unwrap_or_default();
        assert!(error.len() > 15, "a sentence for people: {}", told(id));
    }
    for id in ["torznab:good", "open-movies", "local"] {
        assert_eq!(told(id)["state"], "ok", "{}", told(id));
    }
    // Nobody knows whether that one is for adults: the owner alone hears of it.
    let is_page = |told: &Value| told["id"] == "stremio:page";
    assert!(
        !page["providers"].as_array().unwrap().iter().any(is_page),
        "{page}"
    );
    let owners = phone.get("/api/v1/admin/sources").await;
    let mut entries = owners["items"].as_array().unwrap().iter();
    let entry = entries.find(|told| is_page(told)).unwrap();
    let error = entry["health"]["last_error"].as_str().unwrap_or_default();
    assert!(error.len() > 15, "a sentence for people: {entry}");
    let items = page["items"].as_array().unwrap();
    assert!(
        items.iter().any(|item| item["provider"] == "torznab:good"),
        "{page}"
    );
    assert!(house.daemon().is_running());
    drop(seed);
}
