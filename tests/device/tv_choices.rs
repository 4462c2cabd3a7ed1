//! What was chosen on the box's TV: on a box its own file lies in memory, which a restart of the box
//! empties, and hearthd brings it back.

use std::{fs, path::Path, process::Command, time::Duration};

use hearth_model::{Language, TvChoices};
use hearth_tests::{House, Phone, Program, program_path};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;

const WITHIN: Duration = Duration::from_secs(60);

/// A TV as a box starts it: its system says no language, and `memory` is its home.
fn tv(house: &House, memory: &Path) -> Program {
    let mut command = Command::new(program_path("hearth-tv"));
    command
        .args(["--headless", "--daemon"])
        .arg(format!("unix:{}", house.socket().display()))
        .env("HOME", memory);
    for name in ["LC_ALL", "LC_MESSAGES", "LANG", "XDG_STATE_HOME"] {
        command.env_remove(name);
    }
    Program::start("hearth-tv", &mut command)
}

/// The language on the TV is switched by a phone's remote; what the box keeps after that.
async fn other_language(phone: &Phone, wanted: &str) {
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    live.page(screen_id, "home").await;
    for key in ["home", "left", "down", "down", "down", "down", "ok"] {
        live.key(screen_id, key).await;
    }
    live.page(screen_id, "pairing").await;
    live.key(screen_id, "down").await;
    live.page(screen_id, "settings").await;
    live.key(screen_id, "ok").await;
    let until = Instant::now() + WITHIN;
    loop {
        let device = phone.get("/api/v1/device").await;
        if device["tv"]["language"] == wanted {
            return;
        }
        assert!(Instant::now() < until, "not {wanted}: {device}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A Russian household's TV was English after each update and each power cut.
#[tokio::test(flavor = "multi_thread")]
async fn a_tv_speaks_the_households_language_after_a_restart_of_the_box() {
    let memory = || tempfile::tempdir().unwrap();
    let mut house = House::builder().start();
    let phone = house.pair_first("Anna").await;
    let before = memory();
    let first = tv(&house, before.path());
    other_language(&phone, "ru").await;
    drop(first);
    house.stop();

    // The TV is there before the daemon.
    let after = memory();
    let _second = tv(&house, after.path());
    house.start();
    let phone = phone.at(&house.base);
    let file = after.path().join(".local/state/hearth-tv/settings.json");
    let russian = TvChoices {
        language: Some(Language::Ru),
        reduced_motion: None,
    };
    let until = Instant::now() + WITHIN;
    loop {
        let text = fs::read_to_string(&file).unwrap_or_default();
        if serde_json::from_str::<TvChoices>(&text).is_ok_and(|kept| kept == russian) {
            break;
        }
        assert!(Instant::now() < until, "the TV holds `{text}`");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // From Russian the other one is English; from what the system says it would be Russian.
    other_language(&phone, "en").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_tv_says_what_was_chosen_on_it_and_takes_nothing_back() {
    const TV: &str = "/api/v1/device/tv";
    let mut house = House::builder().start();
    let owner = house.pair_first("Anna").await;
    let kept = async |phone: &Phone| phone.get("/api/v1/device").await["tv"].clone();
    let nothing = json!({ "language": null, "reduced_motion": null });
    assert_eq!(kept(&owner).await, nothing);
    let russian = || Some(json!({ "language": "ru" }));
    let stranger = Phone::stranger(&house.base);
    let (status, _) = stranger.call(Method::PUT, TV, russian()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, told) = owner.call(Method::PUT, TV, russian()).await;
    let refused = (StatusCode::FORBIDDEN, json!("not-local"));
    assert_eq!((status, told["slug"].clone()), refused);
    let tongues = Some(json!({ "language": "klingon" }));
    let (status, told) = house.tv().call(Method::PUT, TV, tongues).await;
    assert!(status.is_client_error(), "{status} {told}");
    assert_eq!(kept(&owner).await, nothing);

    for choice in [russian(), Some(json!({ "reduced_motion": true }))] {
        let told = house.local(Method::PUT, TV, choice).await;
        assert_eq!(told, Value::Null);
    }
    let both = json!({ "language": "ru", "reduced_motion": true });
    assert_eq!(kept(&owner).await, both);
    house.stop();
    house.start();
    assert_eq!(kept(&owner.at(&house.base)).await, both);
}
