//! A box just unpacked, with no network, no keys and no configuration: it makes its test card by
//! itself, and somebody with nothing but five keys finds it, plays it and comes back to it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::time::Duration;

use hearth_model::Phase;
use hearth_tests::{House, Tv, film};

/// Two minutes of film are drawn and encoded, beside everything else.
const CARD_WITHIN: Duration = Duration::from_mins(6);

#[tokio::test(flavor = "multi_thread")]
async fn the_test_card_is_made_found_and_played_with_the_tvs_own_keys() {
    let house = House::builder()
        .config("library.test_card = true\nlibrary.open_movies = false")
        .start();
    let tv = Tv::start(&house);
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    live.page(screen_id, "home").await;
    house.scanned_within(1, CARD_WITHIN).await;

    // Home stands on the only card there is.
    let card = phone.find("test card").await;
    assert_eq!(card["title"]["ru"], "Настроечная таблица Hearth", "{card}");
    tv.display.until_focus();
    tv.press("Return");
    live.page(screen_id, "title").await;
    tv.display.until_focus();
    tv.press("Return");
    live.page(screen_id, "player").await;
    live.holds("the card plays", |mirror| {
        mirror
            .session_on(screen_id)
            .is_some_and(|session| session.phase == Phase::Playing)
    })
    .await;
    tv.display
        .until_film("the card moves", |shown| (2_000..20_000).contains(&shown));

    // Space stops the picture, Back leaves it, and the way home is one key long.
    tv.press("space");
    let session_id = live.mirror.session_on(screen_id).unwrap().room_id;
    live.phase(session_id, Phase::Paused).await;
    let left = tv.display.until_film("a still picture", |_| true);
    tv.press("Escape");
    live.page(screen_id, "title").await;
    tv.press("Escape");
    live.page(screen_id, "home").await;
    let home = phone.get("/api/v1/home").await;
    assert_eq!(home["rows"][0]["id"], "continue", "{home}");
    let kept = home["rows"][0]["items"][0]["progress"]["position_ms"]
        .as_u64()
        .unwrap();
    assert!(
        kept.abs_diff(left) <= 2_000,
        "left at {left} ms, kept {kept} ms"
    );

    // Search has a key of its own, and letters go where they are read.
    tv.press("F3");
    live.page(screen_id, "search").await;
    for letter in ["t", "e", "s", "t"] {
        tv.press(letter);
    }
    live.holds("the letters on the TV", |mirror| {
        mirror.screens[&screen_id].text.as_deref() == Some("test")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_the_box_brings_is_taken_as_it_is() {
    let brought = film();
    let house = House::builder()
        .config(&format!(
            "library.test_card = true\nlibrary.test_card_file = {:?}\nlibrary.open_movies = false",
            brought.display().to_string()
        ))
        .start();
    house.pair_first("Phone").await;
    house.scanned_within(1, CARD_WITHIN).await;
    let lies = std::fs::read(house.films().join("testcard.mkv")).unwrap();
    assert!(lies == std::fs::read(&brought).unwrap(), "another film");
}
