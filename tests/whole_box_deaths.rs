//! The player may die of a film; the house does not (line 22 of what the box must survive).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use hearth_model::{Command, Phase, SessionId, SourceId};
use hearth_tests::{
    House, Phone, Tv, film, film_in,
    peers::{Addon, Files},
};
use serde_json::{Value, json};

const SINTEL: &str = "tt1727587";

fn id<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

async fn prepare(phone: &Phone, title: &Value, screen_id: hearth_model::ScreenId) -> Value {
    let body = json!({ "title_id": title["id"], "screen_id": screen_id });
    phone.post("/api/v1/player/prepare", body).await
}

/// A film that was at a place may have run on since then, and no further.
fn ran_on(from_ms: u64, now_ms: u64, since: Instant) {
    let furthest = from_ms + since.elapsed().as_millis() as u64 + 2_000;
    assert!(
        (from_ms.saturating_sub(2_000)..=furthest).contains(&now_ms),
        "from {from_ms} ms to {now_ms} ms, and {furthest} ms at most"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_22_a_tv_that_dies_goes_on_and_a_source_that_kills_it_twice_is_left() {
    let film = film();
    let files = Files::start();
    let addon = Addon::start(
        "films",
        &json!({ "streams": { format!("movie/{SINTEL}"): [{
            "name": "Sintel 2010 1080p", "url": files.put("sintel.mkv", &film),
        }] } }),
    );
    let house = House::builder()
        .config("network.allow_private_hosts = [\"127.0.0.1\"]")
        .providers(&[addon.config()])
        .film("Sintel (2010) 2160p BluRay.mkv", &film)
        .start();
    let mut tv = Tv::start(&house);
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    let title = phone.find("sintel").await;
    let prepared = prepare(&phone, &title, screen_id).await;
    let session_id: SessionId = id(&prepared["session_id"]);
    let first: SourceId = id(&prepared["source_id"]);
    live.command(session_id, Command::Play, None).await.unwrap();
    live.phase(session_id, Phase::Playing).await;
    live.command(session_id, Command::Seek, Some(15_000))
        .await
        .unwrap();

    // Once: it comes back by itself, where it was, from the same source.
    let seen = tv
        .display
        .until_film("the film plays", |shown| (16_000..30_000).contains(&shown));
    let seen_at = Instant::now();
    tv.kill();
    live.holds("the TV is away", |mirror| {
        !mirror.screens[&screen_id].connected
    })
    .await;
    assert_eq!(live.session(session_id).phase, Phase::Loading);
    let left = live.session(session_id).position_ms;
    ran_on(seen, left, seen_at);
    let on_at = Instant::now();
    tv.switch_on(&house);
    live.phase(session_id, Phase::Playing).await;
    let back = tv.display.until_film("the film is back", |_| true);
    ran_on(left, back, on_at);
    assert_eq!(live.session(session_id).source_id, Some(first));
    assert!(live.session(session_id).notice.is_none());

    // Twice: another source, at the same position, and why.
    let seen = tv
        .display
        .until_film("the film plays on", |shown| shown > back + 1_000);
    let seen_at = Instant::now();
    tv.kill();
    live.holds("the TV is away", |mirror| {
        !mirror.screens[&screen_id].connected
    })
    .await;
    let left = live.session(session_id).position_ms;
    ran_on(seen, left, seen_at);
    let on_at = Instant::now();
    tv.switch_on(&house);
    let change = live.source_change(session_id).await;
    assert_eq!(change.from, first);
    let second = change.to.expect("there is another source");
    assert_ne!(second, first);
    assert_eq!(change.failure.reason, "screen-died", "{change:?}");
    live.phase(session_id, Phase::Playing).await;
    assert_eq!(live.session(session_id).source_id, Some(second));
    let back = tv.display.until_film("the film is back", |_| true);
    ran_on(left, back, on_at);
    // The source is held to be failing from now on.
    let path = format!("/api/v1/media/{}/sources", title["id"].as_str().unwrap());
    let page = phone.get(&path).await;
    let items = page["items"].as_array().unwrap();
    let killer = items
        .iter()
        .find(|item| id::<SourceId>(&item["id"]) == first);
    assert_eq!(
        killer.expect("it is still listed")["health"],
        "failing",
        "{page}"
    );
}

/// The same for the same seed: some bytes changed, a piece repeated, the end cut off.
fn mutated(film: &Path, seed: u64) -> Vec<u8> {
    let mut bytes = std::fs::read(film).unwrap();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let length = bytes.len();
    match seed % 3 {
        // In the head, where sizes, counts and codec parameters lie.
        0 => (0..24).for_each(|_| {
            let at = 16 + next(2_000.min(length - 16));
            bytes[at] = next(256) as u8;
        }),
        // All over the film.
        1 => (0..length / 500).for_each(|_| {
            let at = 64 + next(length - 64);
            bytes[at] ^= 1 << next(8);
        }),
        // Torn: a piece in the wrong place, and no end.
        _ => {
            let (from, to) = (next(length / 2), length / 2 + next(length / 4));
            let piece = bytes[from..from + length / 8].to_vec();
            bytes[to..to + length / 8].copy_from_slice(&piece);
            bytes.truncate(length - length / 10);
        }
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_22_mutated_films_cost_the_player_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let (mkv, mp4) = (film_in("mkv", 8), film_in("mp4", 8));
    let mut builder = House::builder();
    let names = ["Alder", "Birch", "Cedar", "Douglas", "Elm", "Fir"];
    for (seed, name) in (0..).zip(names) {
        let (whole, ending) = if seed % 2 == 0 {
            (&mp4, "mp4")
        } else {
            (&mkv, "mkv")
        };
        let path = folder.path().join(format!("{name}.{ending}"));
        std::fs::write(&path, mutated(whole, seed)).unwrap();
        builder = builder.film(&format!("{name} Tree (2001).{ending}"), &path);
    }
    let mut house = builder.film("Whole Tree (2001).mkv", &mkv).start();
    let mut tv = Tv::start(&house);
    house.scanned(names.len() + 1).await;
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    for name in names {
        let title = phone.find(&format!("{name} tree")).await;
        let prepared = prepare(&phone, &title, screen_id).await;
        let session_id: SessionId = id(&prepared["session_id"]);
        // Some play, some fail, some may kill the player: each is an answer.
        let _ = live.command(session_id, Command::Play, None).await;
        live.drain(Duration::from_millis(1_500)).await;
        let _ = live.command(session_id, Command::Seek, Some(5_000)).await;
        live.drain(Duration::from_millis(1_000)).await;
        let _ = live.command(session_id, Command::Stop, None).await;
        if !tv.program().is_running() {
            eprintln!("the player died of {name}");
            tv.switch_on(&house);
            live.tv().await;
        }
        assert!(house.daemon().is_running(), "hearthd died of {name}");
        let health = phone.get("/api/v1/health").await;
        assert_eq!(health["status"], "ok", "after {name}: {health}");
    }
    // And a whole film plays as ever.
    let title = phone.find("whole tree").await;
    let prepared = prepare(&phone, &title, screen_id).await;
    let session_id: SessionId = id(&prepared["session_id"]);
    live.command(session_id, Command::Play, None).await.unwrap();
    live.phase(session_id, Phase::Playing).await;
    tv.display.until_film("the whole film", |shown| shown > 500);
}
