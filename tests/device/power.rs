//! Restarting and switching off, and who may.

use hearth_tests::{Bus, House, Phone};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::on;

const POWER: &str = "/api/v1/device/power";

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_restarts_the_box_and_nobody_else_does() {
    let bus = Bus::start().logind();
    let house = on(&bus, House::builder()).start();
    let owner = house.pair_first("Anna").await;
    let guest = house.pair("Guest").await;
    let device = owner.get("/api/v1/device").await;
    assert_eq!(device["power"]["can_restart"], true, "{device}");
    assert_eq!(device["version"], "1.0.0");
    let restart = || Some(json!({ "action": "restart" }));
    let stranger = Phone::stranger(&house.base);
    let (status, _) = stranger.call(Method::POST, POWER, restart()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, told) = guest.call(Method::POST, POWER, restart()).await;
    assert_eq!(
        (status, &told["slug"]),
        (StatusCode::FORBIDDEN, &json!("not-owner"))
    );
    assert!(
        !bus.calls("logind").contains(" Reboot "),
        "{}",
        bus.calls("logind")
    );
    let (status, told) = owner.call(Method::POST, POWER, restart()).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{told}");
    house
        .local(Method::POST, POWER, Some(json!({ "action": "power_off" })))
        .await;
    let calls = bus.calls("logind");
    // Not interactive: nobody is there to answer a question of polkit's.
    assert!(
        calls.contains("Reboot False") && calls.contains("PowerOff False"),
        "{calls}"
    );
    let (status, told) = owner
        .call(Method::POST, POWER, Some(json!({ "action": "explode" })))
        .await;
    assert!(status.is_client_error(), "{status} {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_no_box_says_so() {
    let house = House::builder().start();
    let owner = house.pair_first("Anna").await;
    let device = owner.get("/api/v1/device").await;
    let missing = device["power"]["missing"].as_str().unwrap();
    assert!(missing.contains("no Hearth box"), "{device}");
    assert_eq!(
        (&device["board"], &device["set_up"]),
        (&json!(""), &json!(true))
    );
    for part in ["network", "updates"] {
        let status = owner.get(&format!("/api/v1/device/{part}")).await;
        assert!(status["missing"].is_string(), "{status}");
    }
    for (path, body) in [
        (POWER, json!({ "action": "restart" })),
        ("/api/v1/device/updates/check", json!({})),
        ("/api/v1/device/wifi", json!({ "name": "Home" })),
    ] {
        let (status, told) = owner.call(Method::POST, path, Some(body)).await;
        let want = (StatusCode::SERVICE_UNAVAILABLE, &json!("device-missing"));
        assert_eq!((status, &told["slug"]), want, "{path} {told}");
    }
    let licences = owner.get("/api/v1/device/licences").await;
    assert!(
        licences
            .as_str()
            .unwrap()
            .contains("GNU GENERAL PUBLIC LICENSE")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_without_its_services_says_which_is_missing_and_finds_them_later() {
    let bus = Bus::start();
    let house = on(&bus, House::builder()).start();
    let owner = house.pair_first("Anna").await;
    for (part, name) in [("network", "NetworkManager"), ("updates", "RAUC")] {
        let status = owner.get(&format!("/api/v1/device/{part}")).await;
        let missing = status["missing"].as_str().unwrap_or_default();
        assert!(missing.contains(name), "{status}");
    }
    let device = owner.get("/api/v1/device").await;
    assert!(
        device["power"]["missing"]
            .as_str()
            .unwrap()
            .contains("logind"),
        "{device}"
    );
    let bus = bus.logind();
    let device = owner.get("/api/v1/device").await;
    assert_eq!(device["power"]["missing"], json!(null), "{device}");
    drop(bus);
    // The bus itself is gone: the next question says so, and the daemon lives.
    let device = owner.get("/api/v1/device").await;
    assert!(device["power"]["missing"].is_string(), "{device}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_set_up_is_asked_for_until_somebody_was_here() {
    let bus = Bus::start();
    let house = on(&bus, House::builder()).start();
    let set_up = async || house.local(Method::GET, "/api/v1/device", None).await["set_up"].clone();
    assert_eq!(set_up().await, false);
    house
        .local(Method::POST, "/api/v1/device/set-up", None)
        .await;
    assert_eq!(set_up().await, true);
    let other = on(&bus, House::builder()).start();
    let owner = other.pair_first("Anna").await;
    assert_eq!(
        owner.get("/api/v1/device").await["set_up"],
        true,
        "a phone was paired"
    );
}
