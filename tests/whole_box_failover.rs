//! A source that fails before or while it plays: the next-best takes over at the same position,
//! and everybody is told why.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::time::Instant;

use hearth_model::{Command, Phase, ScreenId, SessionId, SourceChange, SourceId};
use hearth_tests::{
    House, Live, Phone, Tv, film,
    peers::{Addon, Files, Offer, Seed, Torznab},
};
use serde_json::{Value, json};

const SINTEL: &str = "tt1727587";

fn id<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

async fn prepare(phone: &Phone, title: &Value, screen_id: ScreenId) -> (SessionId, SourceId) {
    let body = json!({ "title_id": title["id"], "screen_id": screen_id });
    let prepared = phone.post("/api/v1/player/prepare", body).await;
    (id(&prepared["session_id"]), id(&prepared["source_id"]))
}

/// The source of a provider, as the title's page has it.
async fn source_of(phone: &Phone, title: &Value, provider: &str) -> SourceId {
    let path = format!(
        "/api/v1/media/{}/sources",
        title["id"].as_str().expect("a title has an id")
    );
    let page = phone.get(&path).await;
    let items = page["items"].as_array().unwrap();
    let source = items.iter().find(|item| item["provider"] == provider);
    id(&source.unwrap_or_else(|| panic!("nothing from {provider}: {page}"))["id"])
}

fn stream(name: &str, url: &str) -> Value {
    json!({ "streams": { format!("movie/{SINTEL}"): [{ "name": name, "url": url }] } })
}

async fn change(live: &mut Live, session_id: SessionId) -> SourceChange {
    let change = live.source_change(session_id).await;
    assert!(
        change.failure.detail.len() > 10,
        "a sentence for people: {change:?}"
    );
    change
}

#[tokio::test(flavor = "multi_thread")]
async fn a_starving_torrent_gives_way_at_the_same_position() {
    let film = film();
    // Twice as fast as the film runs: when the seed goes, some seconds are still there.
    let bytes_a_second = film.metadata().unwrap().len() / u64::from(hearth_tests::FILM_SECONDS);
    let mut seed = Seed::slow(&film, bytes_a_second * 2);
    let best = "Sintel.2010.2160p.BluRay.x264.AAC.Rus.Eng.Sub.Rus.Eng-GROUP";
    let indexer = Torznab::start("home", vec![Offer::of(&seed, best, SINTEL)]);
    let files = Files::start();
    let url = files.put("sintel.mkv", &film);
    let next = "Sintel 2010 1080p BluRay x264 Rus Eng";
    let addon = Addon::start("films", &stream(next, &url));
    let house = House::builder()
        .config("network.allow_private_hosts = [\"127.0.0.1\"]")
        .providers(&[indexer.config(), addon.config()])
        .start();
    let tv = Tv::start(&house);
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    let title = phone.find("sintel").await;
    let torrent = source_of(&phone, &title, &indexer.provider()).await;
    let direct = source_of(&phone, &title, &addon.provider()).await;
    let (session_id, source_id) = prepare(&phone, &title, screen_id).await;
    assert_eq!(source_id, torrent, "the best of all");
    live.command(session_id, Command::Play, None).await.unwrap();
    live.phase(session_id, Phase::Playing).await;
    tv.display
        .until_film("the film moves", |shown| shown > 3_000);
    seed.kill();

    // It plays what is there, waits as long as the product waits, and goes on from another place.
    let change = change(&mut live, session_id).await;
    assert_eq!(change.from, torrent);
    assert_eq!(change.to, Some(direct), "the next-best");
    assert_eq!(change.failure.reason, "starved", "{change:?}");
    let left_at = Instant::now();
    let left_ms = live.session(session_id).position_ms;
    assert!(left_ms > 3_000, "it did not play on: {left_ms}");
    live.phase(session_id, Phase::Playing).await;
    let on_ms = tv
        .display
        .until_film("the film goes on", |shown| shown > left_ms);
    let ran_ms = left_at.elapsed().as_millis() as u64;
    assert!(
        on_ms < left_ms + ran_ms + 2_000,
        "left at {left_ms} ms, on at {on_ms} ms after {ran_ms} ms"
    );
    assert_eq!(live.session(session_id).source_id, Some(direct));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_gives_way_before_anything_is_shown() {
    let film = film();
    let (files, gone) = (Files::start(), Files::start());
    let gone_url = gone.put("sintel.mkv", &film);
    gone.take_away();
    let best = Addon::start("best", &stream("Sintel 2010 2160p BluRay x264", &gone_url));
    let url = files.put("sintel.mkv", &film);
    let next = Addon::start("next", &stream("Sintel 2010 1080p BluRay x264", &url));
    let house = House::builder()
        .config("network.allow_private_hosts = [\"127.0.0.1\"]")
        .providers(&[best.config(), next.config()])
        .start();
    let tv = Tv::start(&house);
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    let title = phone.find("sintel").await;
    let (first, second) = (
        source_of(&phone, &title, &best.provider()).await,
        source_of(&phone, &title, &next.provider()).await,
    );
    let (session_id, source_id) = prepare(&phone, &title, screen_id).await;
    assert_eq!(source_id, second, "what prepare answers is what plays");
    let change = change(&mut live, session_id).await;
    assert_eq!((change.from, change.to), (first, Some(second)));
    assert_eq!(change.failure.reason, "source-gone", "{change:?}");
    live.command(session_id, Command::Play, None).await.unwrap();
    live.phase(session_id, Phase::Playing).await;
    tv.display.until_film("the film", |_| true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_taken_away_in_mid_film_gives_way_at_the_same_position() {
    let film = film();
    // Slow enough that what is sought later has not come yet.
    let pace = film.metadata().unwrap().len() * 3 / u64::from(hearth_tests::FILM_SECONDS);
    let (files, gone) = (Files::start(), Files::slow(pace));
    let gone_url = gone.put("sintel.mkv", &film);
    let best = Addon::start("best", &stream("Sintel 2010 2160p BluRay x264", &gone_url));
    let url = files.put("sintel.mkv", &film);
    let next = Addon::start("next", &stream("Sintel 2010 1080p BluRay x264", &url));
    let house = House::builder()
        .config("network.allow_private_hosts = [\"127.0.0.1\"]")
        .providers(&[best.config(), next.config()])
        .start();
    let tv = Tv::start(&house);
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    let title = phone.find("sintel").await;
    let second = source_of(&phone, &title, &next.provider()).await;
    let (session_id, _) = prepare(&phone, &title, screen_id).await;
    live.command(session_id, Command::Play, None).await.unwrap();
    live.phase(session_id, Phase::Playing).await;
    tv.display
        .until_film("the film moves", |shown| shown > 1_000);
    gone.take_away();
    live.command(session_id, Command::Seek, Some(45_000))
        .await
        .unwrap();
    let change = change(&mut live, session_id).await;
    assert_eq!(change.to, Some(second), "{change:?}");
    live.phase(session_id, Phase::Playing).await;
    tv.display
        .until_film("the film goes on where it was wanted", |shown| {
            (45_000..50_000).contains(&shown)
        });
}
