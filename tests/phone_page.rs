//! The phone's page in a real browser, beside the real TV: paired by the PIN, playing, steering,
//! typing, always in step with what the TV shows and what every other client hears.

use std::{
    process::Command as Start,
    sync::atomic::{AtomicU16, Ordering},
};

use hearth_model::{Command, Phase, ServerMessage};
use hearth_tests::{Browser, House, Tv, film, peers::Files, program_path};
use reqwest::{Method, StatusCode};

/// What `hearthd pair` shows on a machine without a TV: the PIN, and the address of its QR code.
fn shown_pin(house: &House) -> (String, String) {
    let done = Start::new(program_path("hearthd"))
        .arg("pair")
        .arg("--data")
        .arg(house.data())
        .output()
        .expect("hearthd starts");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{said}");
    let line = |prefix: &str| {
        said.lines()
            .find(|line| line.starts_with(prefix))
            .unwrap_or_else(|| panic!("no {prefix} in:\n{said}"))
            .to_owned()
    };
    let pin = line("PIN ")[4..10].to_owned();
    (pin, line("http://"))
}

fn no_barriers(browser: &mut Browser, page: &str) {
    let barriers = browser.barriers();
    assert!(barriers.is_empty(), "{page}: {barriers:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_pairs_plays_steers_types_and_is_sent_away() {
    let house = House::builder()
        .film("Night Train (2019) 360p.mkv", &film())
        .start();
    let tv = Tv::start(&house);
    house.scanned(1).await;
    // Another client hears what really happens.
    let other = house.pair_first("Another phone").await;
    let mut live = other.live().await;
    let screen_id = live.tv().await;

    // Pairing: wrong digits are refused, the shown ones are taken, and leave the address bar.
    let mut browser = Browser::start();
    let (pin, url) = shown_pin(&house);
    assert_eq!(url, format!("{}/#pair={pin}", house.base));
    browser.open(&house.base);
    browser.shown("pin-input");
    no_barriers(&mut browser, "pairing");
    let wrong = if pin == "111111" { "222222" } else { "111111" };
    browser.fill("pin-input", wrong);
    browser.click("pair-button");
    browser.until("pin-input", "aria-invalid", |value| value == "true");
    assert!(!browser.text("pair-problem").is_empty());
    browser.fill("pin-input", &pin);
    browser.fill("device-name", "Browser phone");
    browser.click("pair-button");
    browser.shown("remote-ok");
    no_barriers(&mut browser, "remote");
    // The phone told the box where the two of them are.
    live.until("the time zone", |message, _| {
        matches!(message, ServerMessage::BoxChanged).then_some(())
    })
    .await;
    assert_eq!(
        other.get("/api/v1/device").await["time_zone"],
        "Asia/Vladivostok"
    );

    // Search, title, Play on the TV.
    browser.click("nav-home");
    browser.shown("home-card");
    no_barriers(&mut browser, "home");
    browser.click("nav-search");
    browser.fill("search-input", "night");
    browser.shown("result-card");
    no_barriers(&mut browser, "search");
    browser.click("result-card");
    browser.shown("play-button");
    no_barriers(&mut browser, "title");
    browser.click("play-button");
    browser.until("now-phase", "data-phase", |phase| phase == "playing");
    assert_eq!(browser.text("now-title"), "Night Train");
    live.holds("what the phone plays", |mirror| {
        mirror
            .session_on(screen_id)
            .is_some_and(|session| session.phase == Phase::Playing)
    })
    .await;
    let session_id = live.mirror.session_on(screen_id).unwrap().room_id;
    let first = tv.display.until_film("the film", |_| true);
    tv.display
        .until_film("the film moves", |shown| shown > first + 500);
    no_barriers(&mut browser, "remote while playing");

    // The page's position is the mirror's and the picture's: between what the mirror says before
    // and after, for the film runs on while they are read.
    let before = live.position_ms(session_id).await;
    let told: u64 = browser
        .attribute("now-position", "data-position-ms")
        .parse()
        .unwrap();
    let shown = tv.display.until_film("the film", |_| true);
    let after = live.position_ms(session_id).await;
    let between = |ms: u64, by: u64| (before.saturating_sub(by)..=after + by).contains(&ms);
    assert!(
        between(told, 1_000) && between(shown, 1_500),
        "the page says {told} ms, the picture {shown} ms, the mirror {before} to {after} ms"
    );

    // Pause here, play there, seek here: everybody sees it.
    browser.click("play-pause");
    live.phase(session_id, Phase::Paused).await;
    browser.until("now-phase", "data-phase", |phase| phase == "paused");
    live.command(session_id, Command::Play, None).await.unwrap();
    browser.until("now-phase", "data-phase", |phase| phase == "playing");
    browser.slide("seek-bar", 40_000);
    tv.display.until_film("the place that was sought", |shown| {
        (40_000..44_000).contains(&shown)
    });
    browser.until("now-position", "data-position-ms", |position| {
        (40_000..48_000).contains(&position.parse::<u64>().unwrap_or_default())
    });
    live.command(session_id, Command::Seek, Some(20_000))
        .await
        .unwrap();
    browser.until("now-position", "data-position-ms", |position| {
        (20_000..28_000).contains(&position.parse::<u64>().unwrap_or_default())
    });
    browser.slide("volume", 30);
    live.holds("the volume", |mirror| {
        mirror.sessions[&session_id].volume == 30
    })
    .await;
    live.set_volume(session_id, 55).await.unwrap();
    // A slider's value is no attribute: its text for the ear is.
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while browser.value("volume") != "55" {
        assert!(
            std::time::Instant::now() < until,
            "the page's volume stays {}",
            browser.value("volume")
        );
    }
    browser.click("stop");
    live.holds("the end", |mirror| mirror.sessions.is_empty())
        .await;
    browser.gone("now-title");

    // Typing into the TV's search, from the page; and back from the TV to the page.
    browser.click("tv-keyboard");
    live.page(screen_id, "search").await;
    browser.fill("tv-text", "sintel");
    live.holds("the text on the TV", |mirror| {
        mirror.screens[&screen_id].text.as_deref() == Some("sintel")
    })
    .await;
    browser.blur();
    live.send(&hearth_model::ClientMessage::Text {
        screen_id,
        text: "bunny".into(),
    })
    .await;
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while browser.value("tv-text") != "bunny" {
        assert!(
            std::time::Instant::now() < until,
            "the page still reads {}",
            browser.value("tv-text")
        );
    }
    browser.click("remote-home");
    live.page(screen_id, "home").await;

    // A reload keeps the pairing; unpairing ends it within moments.
    browser.reload();
    browser.shown("remote-ok");
    browser.click("nav-settings");
    browser.shown("device");
    no_barriers(&mut browser, "settings");
    let devices = other.get("/api/v1/devices").await;
    let device = devices["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|device| device["name"] == "Browser phone")
        .unwrap_or_else(|| panic!("the browser is no device: {devices}"));
    let path = format!("/api/v1/devices/{}", device["id"].as_str().unwrap());
    let (status, _) = other.call(Method::DELETE, &path, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    browser.shown("pin-input");
    no_barriers(&mut browser, "unpaired");
    let errors: Vec<String> = browser
        .errors()
        .into_iter()
        // The browser's own words for a refusal that the page expects.
        .filter(|error| !error.contains("status of 401") && !error.contains("status of 403"))
        .collect();
    assert!(errors.is_empty(), "the page complained: {errors:#?}");
}

/// What somebody who guesses is told. Each comes from another address: from one, more than ten have
/// to wait, and the browser's own try with them.
async fn guess(house: &House) -> String {
    static GUESSES: AtomicU16 = AtomicU16::new(1);
    let [high, low] = GUESSES.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let body = serde_json::json!({ "pin": "none", "device_name": "Guest" });
    let stranger = hearth_tests::Phone::stranger_from(&house.base, [127, 1, high, low].into());
    let (_, told) = stranger
        .call(Method::POST, "/api/v1/pairing", Some(body))
        .await;
    told["slug"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_on_the_tv_pairs_a_phone_that_looks_at_it() {
    let house = House::builder().start();
    // The setup code is used up: from here on, only what the TV shows pairs.
    let first = house.pair_first("First phone").await;
    let tv = Tv::start(&house);
    let mut live = first.live().await;
    let screen_id = live.tv().await;
    live.page(screen_id, "home").await;
    tv.display.until_focus();
    assert_eq!(guess(&house).await, "pin-not-shown");
    // Settings is the last place of the rail, and pairing its first line: focused, it has a page.
    tv.press("Left");
    for _ in 0..8 {
        tv.press("Down");
    }
    tv.press("Return");
    live.page(screen_id, "pairing").await;
    tv.press("Return");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while guess(&house).await != "pin-wrong" {
        assert!(std::time::Instant::now() < until, "the TV shows no PIN");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // The camera reads the address from the code; asked for again, the PIN stays the same.
    let shown = house.local(Method::POST, "/api/v1/pairing/pin", None).await;
    let mut browser = Browser::start();
    browser.open(shown["url"].as_str().unwrap());
    // The digits are there already; one tap is left.
    browser.click("pair-button");
    browser.shown("remote-ok");
    assert_eq!(guess(&house).await, "pin-not-shown", "it is used up");
    let devices = first.get("/api/v1/devices").await;
    assert_eq!(devices["items"].as_array().unwrap().len(), 2, "{devices}");
    browser.click("remote-home");
    live.page(screen_id, "home").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_opens_a_link_from_the_search_and_takes_it_back() {
    let files = Files::start();
    let link = files.put("Night.Drive.2019.720p.WEB-DL.mkv", &film());
    let house = House::builder()
        .config("network.allow_private_hosts = [\"127.0.0.1\"]")
        .start();
    let mut browser = Browser::start();
    let (_, pairing) = shown_pin(&house);
    browser.open(&pairing);
    browser.click("pair-button");

    browser.click("nav-search");
    browser.fill("search-input", &link);
    browser.shown("open-link");
    no_barriers(&mut browser, "a link in the search");
    browser.click("open-link");
    assert_eq!(browser.text("title-name"), "Night Drive");
    browser.click("sources-button");
    assert!(browser.text("source-item").contains("720p"));
    assert!(browser.text("given").contains("Night.Drive.2019"));
    browser.click("give");
    browser.fill("give-text", "only words");
    browser.click("give-go");
    assert!(!browser.text("give-problem").is_empty());
    no_barriers(&mut browser, "adding a source");
    browser.click("given-remove");
    browser.click("given-sure");
    browser.gone("given");
    browser.gone("source-item");
}
