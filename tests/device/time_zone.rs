//! The household's time zone: told by whoever opens the app first, changed by the owner.

use hearth_model::ServerMessage;
use hearth_tests::{House, Phone};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn tell(phone: &Phone, zone: &str) -> (StatusCode, Value) {
    let body = Some(json!({ "time_zone": zone }));
    let path = "/api/v1/device/time-zone";
    let (status, told) = phone.call(Method::PUT, path, body).await;
    (status, told["slug"].clone())
}

async fn kept(phone: &Phone) -> Value {
    phone.get("/api/v1/device").await["time_zone"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_to_tell_says_the_time_zone_and_after_that_the_owner() {
    let taken = (StatusCode::NO_CONTENT, Value::Null);
    let mut house = House::builder().start();
    let owner = house.pair_first("Anna").await;
    let guest = house.pair("Guest").await;
    let mut tv = hearth_tests::Live::local(&house.socket()).await;
    tv.replicated().await;
    assert_eq!(kept(&guest).await, Value::Null);
    let stranger = Phone::stranger(&house.base);
    let (status, _) = tell(&stranger, "Europe/Berlin").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);

    let unknown = (StatusCode::BAD_REQUEST, json!("time-zone-unknown"));
    for none in [
        "",
        "Mars/Olympus",
        "Etc/Unknown",
        "../../../etc/passwd",
        "/usr/share/zoneinfo/UTC",
    ] {
        assert_eq!(tell(&guest, none).await, unknown, "{none}");
        assert_eq!(tell(&owner, none).await, unknown, "{none}");
    }
    assert_eq!(kept(&guest).await, Value::Null);

    assert_eq!(tell(&guest, "asia/vladivostok").await, taken);
    assert_eq!(kept(&guest).await, "Asia/Vladivostok");
    // The TV asks again, for its clock.
    let changed = |message: &ServerMessage| matches!(message, ServerMessage::BoxChanged);
    tv.until("the change", |message, _| changed(message).then_some(()))
        .await;
    // Another phone that does not know it yet.
    assert_eq!(tell(&guest, "Asia/Vladivostok").await, taken);
    let refused = (StatusCode::FORBIDDEN, json!("not-owner"));
    assert_eq!(tell(&guest, "Europe/Berlin").await, refused);
    assert_eq!(tell(&owner, "America/New_York").await, taken);
    tv.until("the owner's change", |message, _| {
        changed(message).then_some(())
    })
    .await;

    house.stop();
    house.start();
    assert_eq!(kept(&guest.at(&house.base)).await, "America/New_York");
}
