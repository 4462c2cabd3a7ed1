//! A series from a folder: one episode to its end, the next one offered, left in the middle, and
//! gone on with after everything was restarted.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::time::{Duration, Instant};

use hearth_model::{Command, Phase, SessionId};
use hearth_tests::{FILM_SECONDS, House, Phone, Tv, film};
use serde_json::{Value, json};

/// The row to go on with, once it offers that episode.
async fn offered(phone: &Phone, number: u64) -> Value {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let home = phone.get("/api/v1/home").await;
        let row = &home["rows"][0];
        if row["id"] == "continue" && row["items"][0]["episode"]["number"] == number {
            return row["items"][0].clone();
        }
        assert!(
            Instant::now() < until,
            "episode {number} is not offered: {home}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn session(prepared: &Value) -> SessionId {
    serde_json::from_value(prepared["session_id"].clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_episode_ends_the_next_is_offered_and_its_place_is_kept() {
    let film = film();
    let mut house = House::builder().start();
    for number in [1, 2] {
        let folder = house.films().join("Night Shift/Season 1");
        std::fs::create_dir_all(&folder).unwrap();
        let name = format!("Night Shift S01E0{number} 360p.mkv");
        std::fs::copy(&film, folder.join(name)).unwrap();
    }
    let mut tv = Tv::start(&house);
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    let series = phone.find("night shift").await;
    assert_eq!(series["type"], "series", "{series}");
    let path = format!("/api/v1/media/{}", series["id"].as_str().unwrap());
    let detail = phone.get(&path).await;
    let episodes = detail["episodes"].as_array().unwrap().clone();
    assert_eq!(episodes.len(), 2, "{detail}");
    let play = |episode: &Value| json!({ "title_id": series["id"], "episode_id": episode["id"], "screen_id": screen_id });

    // The first one, to its end.
    let prepared = phone
        .post("/api/v1/player/prepare", play(&episodes[0]))
        .await;
    let first = session(&prepared);
    live.command(first, Command::Play, None).await.unwrap();
    live.phase(first, Phase::Playing).await;
    let near_the_end = u64::from(FILM_SECONDS - 3) * 1000;
    live.command(first, Command::Seek, Some(near_the_end))
        .await
        .unwrap();
    live.holds("the end", |mirror| {
        let session = mirror.sessions.get(&first);
        session.is_none_or(|session| session.phase == Phase::Ended)
    })
    .await;
    offered(&phone, 2).await;

    // The next one, left in the middle; then everything is switched off and on again.
    let prepared = phone
        .post("/api/v1/player/prepare", play(&episodes[1]))
        .await;
    let second = session(&prepared);
    live.command(second, Command::Play, None).await.unwrap();
    live.phase(second, Phase::Playing).await;
    live.command(second, Command::Seek, Some(30_000))
        .await
        .unwrap();
    let seen = tv.display.until_film("the second episode", |shown| {
        (31_000..40_000).contains(&shown)
    });
    house.daemon().signal("TERM");
    let left = tv.stop(Some(seen)).unwrap();
    house.stopped();
    house.start();
    tv.switch_on(&house);
    let phone = phone.at(&house.base);
    let item = offered(&phone, 2).await;
    let kept = item["progress"]["position_ms"].as_u64().unwrap();
    // The film ran on until the last of both had ended.
    assert!(
        (seen - 2_000..=left + 2_000).contains(&kept),
        "left between {seen} and {left} ms, kept {kept} ms"
    );
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    let mut on = play(&episodes[1]);
    on["screen_id"] = json!(screen_id);
    let prepared = phone.post("/api/v1/player/prepare", on).await;
    assert_eq!(prepared["resume_ms"].as_u64(), Some(kept), "{prepared}");
    live.command(session(&prepared), Command::Play, None)
        .await
        .unwrap();
    tv.display
        .until_film("the episode goes on", |shown| shown.abs_diff(kept) <= 5_000);
}
