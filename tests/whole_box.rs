//! The box's main job from end to end: a film is searched, found at four kinds of places at once,
//! played from a torrent on the real TV window, steered from a phone while another looks on, left,
//! and gone on with after everything was restarted. Any missing link fails it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    ops::RangeInclusive,
    thread,
    time::{Duration, Instant},
};

use hearth_model::{Command, Phase, ScreenId, ServerMessage, SessionId};
use hearth_tests::{
    House, Live, Phone, Tv, film,
    peers::{Addon, Fault, Files, Offer, Seed, Torznab},
};
use serde_json::{Value, json};

const SINTEL: &str = "tt1727587";
const BEST: &str = "Sintel.2010.2160p.BluRay.x264.AAC.Rus.Eng.Sub.Rus.Eng-GROUP";

/// Where the picture and the mirror say that the film is: at most a second apart.
async fn in_step(live: &mut Live, tv: &Tv, session_id: SessionId) {
    let mut apart = Vec::new();
    for _ in 0..5 {
        let shown = tv.display.until_film("a picture to compare", |_| true);
        let said = live.position_ms(session_id).await;
        apart.push((shown.abs_diff(said), shown, said));
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    apart.sort_unstable();
    let (median, shown, said) = apart[apart.len() / 2];
    assert!(
        median <= 1_000,
        "the picture is at {shown} ms, the mirror at {said} ms: {apart:?}"
    );
}

/// Where the film stands, once it does: frames that were under way are still shown.
fn stands_still(tv: &Tv) -> u64 {
    let until = Instant::now() + Duration::from_secs(30);
    let mut shown = tv.display.until_film("a still picture", |_| true);
    loop {
        thread::sleep(Duration::from_millis(1_200));
        let later = tv.display.until_film("a still picture", |_| true);
        if shown == later {
            return shown;
        }
        assert!(Instant::now() < until, "the picture moves while paused");
        shown = later;
    }
}

fn prepare(title: &Value, screen_id: ScreenId) -> Value {
    json!({ "title_id": title["id"], "screen_id": screen_id })
}

fn id<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// What is told of the sources: where they were looked for, how they were judged, in which order.
async fn sources_are_found(phone: &Phone, title: &Value, house: &[(String, &str)]) -> Value {
    let page = phone
        .get(&format!(
            "/api/v1/media/{}/sources",
            title["id"].as_str().unwrap()
        ))
        .await;
    let items = page["items"].as_array().unwrap();
    for item in items {
        let parts = &item["score"]["parts"];
        let weighted: f64 = [
            ("quality", 0.30),
            ("speed", 0.25),
            ("availability", 0.20),
            ("subtitles", 0.15),
            ("audio", 0.10),
        ]
        .iter()
        .map(|(part, weight)| {
            let value = parts[part]
                .as_f64()
                .unwrap_or_else(|| panic!("no {part}: {item}"));
            assert!((0.0..=1.0).contains(&value), "{part}: {item}");
            value * weight
        })
        .sum();
        let total = item["score"]["total"].as_f64().unwrap();
        assert!(
            (total - weighted).abs() < 0.01,
            "{total} or {weighted}: {item}"
        );
        assert!(!item["why"].as_str().unwrap().is_empty(), "{item}");
    }
    let totals: Vec<f64> = items
        .iter()
        .filter(|item| item["playable"] == true)
        .map(|item| item["score"]["total"].as_f64().unwrap())
        .collect();
    assert!(totals.is_sorted_by(|a, b| a >= b), "best first: {totals:?}");
    for (provider, state) in house {
        let told = page["providers"]
            .as_array()
            .unwrap()
            .iter()
            .find(|told| told["id"] == provider.as_str())
            .unwrap_or_else(|| panic!("nothing is said of {provider}: {page}"));
        assert_eq!(told["state"], *state, "{told}");
        assert_eq!(told["error"].is_string(), *state != "ok", "{told}");
    }
    page
}

fn source_of<'a>(page: &'a Value, provider: &str) -> &'a Value {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .find(|item| item["provider"] == provider)
        .unwrap_or_else(|| panic!("nothing from {provider}: {page}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_searched_played_steered_left_and_gone_on_with() {
    let film = film();
    let seed = Seed::start(&film);
    let files = Files::start();
    let indexer = Torznab::start("home", vec![Offer::of(&seed, BEST, SINTEL)]);
    let slow = Torznab::faulty("slow", Fault::Slow);
    let dead = Torznab::dead("dead");
    let addon = Addon::start(
        "films",
        &json!({ "streams": { format!("movie/{SINTEL}"): [{
            "name": "Addon 720p",
            "description": "Sintel.2010.720p.WEB-DL.x264.mkv",
            "url": files.put("sintel.mkv", &film),
        }] } }),
    );
    let mut house = House::builder()
        .config("sources.deadline_ms = 6000\nsources.hard_stop_ms = 8000")
        .config("network.allow_private_hosts = [\"127.0.0.1\"]")
        .providers(&[
            indexer.config(),
            slow.config(),
            dead.config(),
            addon.config(),
        ])
        .film("Sintel (2010) 480p.mkv", &film)
        .start();
    let mut tv = Tv::start(&house);
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let other = house.pair("Other phone").await;
    let mut live = phone.live().await;
    let mut watching = other.live().await;
    let screen_id = live.tv().await;
    live.page(screen_id, "home").await;

    // Search → title → sources.
    let title = phone.find("синтел").await;
    assert_eq!(title["external"]["imdb"], SINTEL, "{title}");
    let detail = phone
        .get(&format!("/api/v1/media/{}", title["id"].as_str().unwrap()))
        .await;
    assert_eq!(detail["year"], 2010, "{detail}");
    let house_says = [
        (indexer.provider(), "ok"),
        (addon.provider(), "ok"),
        ("open-movies".to_owned(), "ok"),
        ("local".to_owned(), "ok"),
        (slow.provider(), "timeout"),
        (dead.provider(), "error"),
    ];
    let page = sources_are_found(&phone, &title, &house_says).await;
    let torrent = source_of(&page, &indexer.provider());
    assert_eq!(torrent["kind"], "torrent");
    assert_eq!(torrent["quality"], "2160p", "{torrent}");
    assert_eq!(torrent["codec"], "h264", "{torrent}");
    assert_eq!(torrent["languages"], json!(["ru", "en"]), "{torrent}");
    assert_eq!(torrent["seeders"], 120, "{torrent}");
    assert_eq!(source_of(&page, &addon.provider())["kind"], "direct");
    assert_eq!(source_of(&page, "local")["kind"], "direct");
    source_of(&page, "open-movies");

    // Play, once: the torrent, being the best, is on the TV.
    assert_eq!(page["items"][0], *torrent, "the best of all");
    let prepared = phone
        .post("/api/v1/player/prepare", prepare(&title, screen_id))
        .await;
    assert_eq!(prepared["source_id"], torrent["id"], "{prepared}");
    assert_eq!(prepared["resume_ms"], 0);
    let session_id: SessionId = id(&prepared["session_id"]);
    live.command(session_id, Command::Play, None).await.unwrap();
    live.phase(session_id, Phase::Playing).await;
    watching.phase(session_id, Phase::Playing).await;
    live.page(screen_id, "player").await;
    let first = tv.display.until_film("the film's first pictures", |_| true);
    tv.display
        .until_film("the film moves", |shown| shown > first + 1_000);
    in_step(&mut live, &tv, session_id).await;
    in_step(&mut watching, &tv, session_id).await;

    // Pause, seek, volume: on the TV, on this phone and on the other.
    live.command(session_id, Command::Pause, None)
        .await
        .unwrap();
    live.phase(session_id, Phase::Paused).await;
    watching.phase(session_id, Phase::Paused).await;
    let paused_at = stands_still(&tv);
    let said = watching.position_ms(session_id).await;
    assert!(paused_at.abs_diff(said) <= 200, "{paused_at} and {said}");

    live.command(session_id, Command::Seek, Some(30_000))
        .await
        .unwrap();
    tv.display.until_film("the place that was sought", |shown| {
        shown.abs_diff(30_000) <= 100
    });
    watching
        .holds("the seek", |mirror| {
            mirror.sessions[&session_id].position_ms.abs_diff(30_000) <= 100
        })
        .await;
    assert!(
        watching
            .heard
            .iter()
            .any(|heard| matches!(heard, ServerMessage::SeekEvent { .. })),
        "the other phone hears of the seek"
    );
    live.command(session_id, Command::Play, None).await.unwrap();
    live.phase(session_id, Phase::Playing).await;
    tv.display
        .until_film("the film goes on", |shown| shown > 31_000);
    in_step(&mut live, &tv, session_id).await;

    live.set_volume(session_id, 35).await.unwrap();
    watching
        .holds("the volume", |mirror| {
            mirror.sessions[&session_id].volume == 35
        })
        .await;

    // Stop: the TV shows a page again, the place is kept.
    live.command(session_id, Command::Stop, None).await.unwrap();
    watching
        .holds("the end", |mirror| mirror.sessions.is_empty())
        .await;
    live.page(screen_id, "home").await;
    let home = phone.get("/api/v1/home").await;
    let row = &home["rows"][0];
    assert_eq!(row["id"], "continue", "{home}");
    assert_eq!(row["items"][0]["title"]["id"], title["id"]);
    let kept = row["items"][0]["progress"]["position_ms"].as_u64().unwrap();
    assert!((31_000..=45_000).contains(&kept), "{row}");

    remote_moves_the_tv(&mut live, &mut watching, screen_id).await;

    // Everything is told to end in mid-film and started again: at most 2 s away from where the
    // film was while both ended.
    let about = |ms: u64| ms.saturating_sub(2_000)..=ms + 2_000;
    let session_id = go_on(&phone, &mut live, &title, screen_id, about(kept), &tv).await;
    live.command(session_id, Command::Seek, Some(10_000))
        .await
        .unwrap();
    let seen = tv
        .display
        .until_film("the film plays", |shown| (11_000..20_000).contains(&shown));
    house.daemon().signal("TERM");
    let last = tv.stop(Some(seen)).expect("it was seen");
    house.stopped();
    house.start();
    tv.switch_on(&house);
    let (phone, mut live) = (phone.at(&house.base), phone.at(&house.base).live().await);
    assert_eq!(live.tv().await, screen_id, "the TV is the same TV");
    let left = seen - 2_000..=last + 2_000;
    let session_id = go_on(&phone, &mut live, &title, screen_id, left, &tv).await;

    // Everything is killed in mid-film: at most 10 s lost.
    let began = tv.display.until_film("the film plays", |_| true);
    let last = tv
        .display
        .until_film("12 s more", |shown| shown > began + 12_000);
    assert_eq!(live.session(session_id).phase, Phase::Playing);
    house.kill();
    tv.kill();
    house.start();
    tv.switch_on(&house);
    let (phone, mut live) = (phone.at(&house.base), phone.at(&house.base).live().await);
    live.tv().await;
    let left = last - 10_000..=last + 2_000;
    go_on(&phone, &mut live, &title, screen_id, left, &tv).await;
    drop(seed);
}

/// Continues where the film was left, which is what `prepare` says and what the TV shows.
async fn go_on(
    phone: &Phone,
    live: &mut Live,
    title: &Value,
    screen_id: ScreenId,
    left_ms: RangeInclusive<u64>,
    tv: &Tv,
) -> SessionId {
    let home = phone.get("/api/v1/home").await;
    let item = &home["rows"][0]["items"][0];
    assert_eq!(home["rows"][0]["id"], "continue", "{home}");
    assert_eq!(item["title"]["id"], title["id"], "{home}");
    let prepared = phone
        .post("/api/v1/player/prepare", prepare(&item["title"], screen_id))
        .await;
    let resume_ms = prepared["resume_ms"].as_u64().unwrap();
    assert!(
        left_ms.contains(&resume_ms),
        "left at {left_ms:?} ms, continues at {resume_ms} ms"
    );
    let session_id: SessionId = id(&prepared["session_id"]);
    let shown = tv.display.until_film("where it goes on", |_| true);
    assert!(
        left_ms.contains(&shown),
        "left at {left_ms:?} ms, shown at {shown} ms"
    );
    live.command(session_id, Command::Play, None).await.unwrap();
    live.phase(session_id, Phase::Playing).await;
    session_id
}

/// The phone's keys and text steer the TV's pages, and everybody sees which page it is.
async fn remote_moves_the_tv(live: &mut Live, watching: &mut Live, screen_id: ScreenId) {
    live.key(screen_id, "search").await;
    live.page(screen_id, "search").await;
    watching.page(screen_id, "search").await;
    live.send(&hearth_model::ClientMessage::Text {
        screen_id,
        text: "sintel".into(),
    })
    .await;
    for phone in [&mut *live, watching] {
        phone
            .holds("the text on the TV", |mirror| {
                mirror.screens[&screen_id].text.as_deref() == Some("sintel")
            })
            .await;
    }
    live.key(screen_id, "home").await;
    live.page(screen_id, "home").await;
    live.key(screen_id, "ok").await;
    live.page(screen_id, "title").await;
    live.key(screen_id, "back").await;
    live.page(screen_id, "home").await;
}
