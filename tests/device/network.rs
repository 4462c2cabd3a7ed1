//! The network through NetworkManager's real interface, as python-dbusmock plays it.

use hearth_tests::{Bus, House, Phone};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on;

const WIFI: &str = "/api/v1/device/wifi";

async fn join(phone: &Phone, name: &str, password: Option<&str>) -> (StatusCode, Value) {
    let body = json!({ "name": name, "password": password });
    phone.call(Method::POST, WIFI, Some(body)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wireless_network_is_found_and_joined() {
    let bus = Bus::start().network(&json!({ "wifi": true }));
    let mut house = on(&bus, House::builder()).start();
    let owner = house.pair_first("Anna").await;
    let status = owner.get("/api/v1/device/network").await;
    assert_eq!(status["missing"], json!(null), "{status}");
    assert_eq!(
        (&status["has_wifi"], &status["wifi"]),
        (&json!(true), &json!(null))
    );
    let found = owner.get(&format!("{WIFI}?anew=true")).await;
    let lines: Vec<_> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            (
                text("name"),
                one["strength"].as_u64().unwrap(),
                text("security"),
            )
        })
        .collect();
    let line =
        |name: &str, strength, security: &str| (name.to_owned(), strength, security.to_owned());
    assert_eq!(
        lines,
        [
            line("Дом", 80, "personal"),
            line("Office", 60, "unsupported"),
            line("Cafe", 40, "open"),
        ]
    );
    for (name, password, status, slug) in [
        ("Nowhere", None, StatusCode::NOT_FOUND, "wifi-unknown"),
        (
            "Office",
            Some("long enough"),
            StatusCode::CONFLICT,
            "wifi-unsupported",
        ),
        ("Дом", None, StatusCode::BAD_REQUEST, "wifi-password-needed"),
        (
            "Дом",
            Some("short"),
            StatusCode::BAD_REQUEST,
            "wifi-password-length",
        ),
        (
            "Дом",
            Some("battery staple"),
            StatusCode::FORBIDDEN,
            "wifi-password-wrong",
        ),
    ] {
        let (told, answer) = join(&owner, name, password).await;
        assert_eq!(
            (told, answer["slug"].as_str()),
            (status, Some(slug)),
            "{answer}"
        );
        assert!(!answer.to_string().contains("battery"), "{answer}");
    }
    let (status, answer) = join(&owner, "Дом", Some("correct horse")).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
    let status = owner.get("/api/v1/device/network").await;
    assert_eq!(status["wifi"], "Дом", "{status}");
    let found = owner.get(WIFI).await;
    assert_eq!(
        (&found["items"][0]["name"], &found["items"][0]["joined"]),
        (&json!("Дом"), &json!(true))
    );
    assert!(
        bus.calls("network").contains("correct horse"),
        "NetworkManager has it"
    );
    let log = house.daemon().log();
    for secret in ["correct horse", "battery staple"] {
        assert!(!log.contains(secret), "the log tells a password: {log}");
    }
}

/// The profiles that were deleted, by the numbers they were made with.
fn deleted(bus: &Bus) -> Vec<String> {
    let calls = bus.calls("network");
    let told = calls
        .lines()
        .filter_map(|line| line.split_once("Settings.ConnectionRemoved "));
    told.filter_map(|(_, path)| path.trim_matches('"').rsplit_once('/'))
        .map(|(_, number)| number.to_owned())
        .collect()
}

/// What was kept was deleted before the new password was tried: after a wrong one the box knew no
/// network, and stayed away when the router came back.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_does_not_work_leaves_the_one_that_does() {
    let bus = Bus::start().network(&json!({ "wifi": true }));
    let house = on(&bus, House::builder()).start();
    let owner = house.pair_first("Anna").await;
    let (status, told) = join(&owner, "Дом", Some("correct horse")).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{told}");
    for (password, status, slug) in [
        (
            "battery staple",
            StatusCode::FORBIDDEN,
            "wifi-password-wrong",
        ),
        // The router was not heard, which says nothing of the password.
        ("horse far away", StatusCode::BAD_GATEWAY, "wifi-failed"),
    ] {
        let (told, answer) = join(&owner, "Дом", Some(password)).await;
        assert_eq!(
            (told, answer["slug"].as_str()),
            (status, Some(slug)),
            "{answer}"
        );
        let network = owner.get("/api/v1/device/network").await;
        assert_eq!(network["wifi"], "Дом", "NetworkManager fell back to it");
    }
    assert_eq!(deleted(&bus), ["1", "1"], "what was made for nothing");
    let (status, told) = join(&owner, "Дом", None).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_takes_the_place_of_the_old_one_once_it_works() {
    let bus = Bus::start().network(&json!({ "wifi": true }));
    let house = on(&bus, House::builder()).start();
    let owner = house.pair_first("Anna").await;
    for password in ["correct horse", "new correct horse"] {
        let (status, told) = join(&owner, "Дом", Some(password)).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{told}");
    }
    assert_eq!(deleted(&bus), ["0"], "the old one");
    let calls = bus.calls("network");
    let at = |word: &str| calls.find(word).unwrap();
    assert!(
        at("\"new correct horse\"") < at("ConnectionRemoved"),
        "{calls}"
    );
    let network = owner.get("/api/v1/device/network").await;
    assert_eq!(network["wifi"], "Дом", "{network}");
    let (status, told) = join(&owner, "Дом", None).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_network_needs_no_password_and_a_guest_changes_nothing() {
    let bus = Bus::start().network(&json!({ "wifi": true, "cable": true }));
    let house = on(&bus, House::builder()).start();
    let owner = house.pair_first("Anna").await;
    let guest = house.pair("Guest").await;
    assert_eq!(guest.get("/api/v1/device/network").await["wired"], true);
    let (status, told) = join(&guest, "Cafe", None).await;
    assert_eq!(
        (status, &told["slug"]),
        (StatusCode::FORBIDDEN, &json!("not-owner"))
    );
    let (status, told) = join(&owner, "Cafe", None).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{told}");
    assert_eq!(owner.get("/api/v1/device/network").await["wifi"], "Cafe");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_without_a_radio_says_so() {
    let bus = Bus::start().network(&json!({ "cable": true }));
    let house = on(&bus, House::builder()).start();
    let owner = house.pair_first("Anna").await;
    let status = owner.get("/api/v1/device/network").await;
    assert_eq!(
        (&status["has_wifi"], &status["wired"]),
        (&json!(false), &json!(true))
    );
    let (status, told) = owner.call(Method::GET, WIFI, None).await;
    assert_eq!(
        (status, &told["slug"]),
        (StatusCode::CONFLICT, &json!("wifi-missing"))
    );
}
