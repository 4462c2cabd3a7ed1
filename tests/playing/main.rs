//! Playing, with a screen that says what the test tells it to: what everybody else is told, and
//! what the box remembers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod discs;
mod screen;
mod search;
mod sources;
mod subtitles;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use hearth_model::{Command, ScreenId, SessionId, SourceId};
use hearth_tests::{
    House, Phone,
    peers::{Offer, Seed, Torznab},
};
use reqwest::{Method, StatusCode};
use screen::Screen;
use serde_json::{Value, json};

const MINUTES_10: u64 = 600_000;
const SINTEL: &str = "tt1727587";

fn id<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// Bytes that nobody decodes here.
fn bytes(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, vec![7; 100_000]).unwrap();
    path
}

async fn prepare(phone: &Phone, title: &Value, screen_id: ScreenId) -> (SessionId, SourceId) {
    let body = json!({ "title_id": title["id"], "screen_id": screen_id });
    let prepared = phone.post("/api/v1/player/prepare", body).await;
    (id(&prepared["session_id"]), id(&prepared["source_id"]))
}

/// A film that lies in the folder twice, and a paired phone.
async fn house_with_two_copies(folder: &tempfile::TempDir) -> (House, Phone) {
    let house = House::builder()
        .film("Night Train (2019) 2160p.mkv", &bytes(folder, "a.mkv"))
        .film("Night Train (2019) 1080p.mkv", &bytes(folder, "b.mkv"))
        .start();
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    (house, phone)
}

/// What the screen said before it took a seek threw the bars of all remotes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_seek_is_not_taken_back_by_an_older_word() {
    let folder = tempfile::tempdir().unwrap();
    let (_house, phone) = house_with_two_copies(&folder).await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("night train").await;
    let (session_id, _) = prepare(&phone, &title, screen.id).await;
    let (load_id, _, _) = screen.load(0).await;
    screen.play(session_id, load_id, 100_000).await;
    screen
        .live
        .command(session_id, Command::Seek, Some(400_000))
        .await
        .unwrap();
    // A command's answer may overtake the news of what it did.
    screen
        .live
        .holds("the seek is told", |mirror| {
            mirror.sessions[&session_id].position_ms >= 400_000
        })
        .await;
    screen.at(session_id, load_id, 100_400).await;
    assert!(screen.live.position_ms(session_id).await >= 400_000);
    screen.at(session_id, load_id, 400_000).await;
    screen.at(session_id, load_id, 300_000).await;
    screen
        .live
        .holds("the landed seek leaves the word to the screen", |mirror| {
            mirror.sessions[&session_id].position_ms < 310_000
        })
        .await;
}

/// A screen of a device that left the house was listed for ever.
#[tokio::test(flavor = "multi_thread")]
async fn the_screens_of_a_device_that_left_are_gone() {
    let house = House::builder().start();
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    for signs_out in [false, true] {
        let guest = house.pair("Guest's tablet").await;
        let screen = Screen::of(&guest, None).await;
        live.holds("the screen is there", |mirror| {
            mirror.screens.contains_key(&screen.id)
        })
        .await;
        let (status, _) = if signs_out {
            let body = json!({ "refresh_token": guest.tokens["refresh_token"] });
            phone
                .call(Method::POST, "/api/v1/auth/logout", Some(body))
                .await
        } else {
            let device = guest.tokens["device_id"].as_str().unwrap();
            let path = format!("/api/v1/devices/{device}");
            phone.call(Method::DELETE, &path, None).await
        };
        assert_eq!(status, StatusCode::NO_CONTENT);
        live.holds("it is gone", |mirror| {
            !mirror.screens.contains_key(&screen.id)
        })
        .await;
        let later = phone.live().await;
        assert!(!later.mirror.screens.contains_key(&screen.id));
    }
}

/// Asks until the answer is as it should be.
async fn until(phone: &Phone, path: &str, is_right: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = phone.get(path).await;
        if is_right(&answer) {
            return answer;
        }
        assert!(Instant::now() < end, "{path}: {answer}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn near_the_end_of_an_episode_the_next_one_begins_to_be_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let file = |number| format!("Night Shift/Season 1/Night Shift S01E0{number}.mkv");
    let local = bytes(&folder, "local.mkv");
    let release = "Night.Shift.S01E02.1080p.WEB-DL.x264-GROUP";
    let torrent = bytes(&folder, &format!("{release}.mkv"));
    let seed = Seed::start(&torrent);
    let indexer = Torznab::start("home", vec![Offer::of(&seed, release, "tt0000001")]);
    let house = House::builder().providers(&[indexer.config()]).start();
    for number in [1, 2] {
        let path = house.films().join(file(number));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(&local, path).unwrap();
    }
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let series = phone.find("night shift").await;
    let page = format!("/api/v1/media/{}", series["id"].as_str().unwrap());
    let detail = phone.get(&page).await;
    let [first, second] = [0, 1].map(|at| detail["episodes"][at]["id"].clone());
    // The second one is only to be had from elsewhere.
    std::fs::remove_file(house.films().join(file(2))).unwrap();
    let sources = format!("{page}/sources?episode={}", second.as_str().unwrap());
    until(&phone, &sources, |found| {
        let items = found["items"].as_array().unwrap();
        !items.is_empty() && items.iter().all(|item| item["kind"] == "torrent")
    })
    .await;

    let mut screen = Screen::of(&phone, None).await;
    let body = json!({
        "title_id": series["id"], "episode_id": first, "screen_id": screen.id,
    });
    let prepared = phone.post("/api/v1/player/prepare", body).await;
    let session_id: SessionId = id(&prepared["session_id"]);
    let (load_id, _, _) = screen.load(0).await;
    screen
        .play(session_id, load_id, MINUTES_10 / 100 * 95)
        .await;
    let page = until(&phone, "/api/v1/player/torrents", |page| {
        let have = page["items"][0]["open"]["files"][0]["have_bytes"].as_u64();
        have.is_some_and(|have| have > 0)
    })
    .await;
    let fetched = &page["items"][0];
    assert_eq!(fetched["infohash"], seed.torrent.infohash, "{page}");
    assert_eq!(fetched["open"]["files"][0]["wanted"], false, "{page}");
}
