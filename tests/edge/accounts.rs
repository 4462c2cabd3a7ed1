//! People with a name and a password, and the life of their tokens.

use std::net::IpAddr;

use hearth_tests::{House, Phone, SETUP_CODE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse";

async fn auth(phone: &Phone, what: &str, body: Value) -> (StatusCode, Value) {
    phone
        .call(Method::POST, &format!("/api/v1/auth/{what}"), Some(body))
        .await
}

async fn slug(phone: &Phone, what: &str, body: Value) -> (u16, String) {
    let (status, answer) = auth(phone, what, body).await;
    let slug = answer["slug"].as_str().unwrap_or_default();
    (status.as_u16(), slug.to_owned())
}

fn anna(setup_code: Option<&str>) -> Value {
    let mut body = json!({ "username": "Anna", "password": PASSWORD });
    if let Some(code) = setup_code {
        body["setup_code"] = code.into();
    }
    body
}

fn with(phone: &Phone, tokens: &Value) -> Phone {
    phone.holding(tokens["access_token"].as_str().unwrap())
}

#[tokio::test]
async fn registering_needs_the_code_or_somebody_of_the_house() {
    let house = House::builder().start();
    let stranger = Phone::stranger(&house.base);
    assert_eq!(
        slug(&stranger, "register", anna(None)).await,
        (403, "register-refused".into())
    );
    assert_eq!(
        slug(&stranger, "register", anna(Some("000001"))).await,
        (403, "pin-wrong".into())
    );
    let short = json!({ "username": "Anna", "password": "1234567", "setup_code": SETUP_CODE });
    assert_eq!(slug(&stranger, "register", short).await.0, 400);
    let (status, tokens) = auth(&stranger, "register", anna(Some(SETUP_CODE))).await;
    assert_eq!(status, StatusCode::CREATED, "{tokens}");
    assert!(tokens["account_id"].as_str().unwrap().starts_with("acc_"));
    let annas = with(&stranger, &tokens);
    let profile = annas.get("/api/v1/auth/profile").await;
    assert_eq!(profile["kind"], "account");
    assert_eq!(profile["account"]["username"], "Anna");
    assert_eq!(profile, annas.get("/api/v1/auth/me").await);
    // The code was for once; from here on a member lets people in.
    let boris = json!({ "username": "boris", "password": PASSWORD, "setup_code": SETUP_CODE });
    assert_eq!(
        slug(&stranger, "register", boris.clone()).await,
        (409, "pin-not-shown".into())
    );
    assert_eq!(auth(&annas, "register", boris).await.0, StatusCode::CREATED);
}

#[tokio::test]
async fn a_name_is_one_persons() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    assert_eq!(
        auth(&phone, "register", anna(None)).await.0,
        StatusCode::CREATED
    );
    for name in ["Anna", "anna", "  ANNA "] {
        let body = json!({ "username": name, "password": PASSWORD });
        assert_eq!(
            slug(&phone, "register", body).await,
            (409, "name-taken".into()),
            "{name}"
        );
    }
    for (name, password) in [
        ("", PASSWORD),
        ("   ", PASSWORD),
        (&*"n".repeat(65), PASSWORD),
        ("boris", ""),
        ("boris", &*"p".repeat(1025)),
    ] {
        let body = json!({ "username": name, "password": password });
        assert_eq!(
            slug(&phone, "register", body).await,
            (400, "invalid-request".into()),
            "{name:?}"
        );
    }
}

/// Whether a name exists is nobody's business who has no code.
#[tokio::test]
async fn a_stranger_learns_no_names() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    auth(&phone, "register", anna(None)).await;
    let stranger = Phone::stranger(&house.base);
    let taken = slug(&stranger, "register", anna(None)).await;
    let free = json!({ "username": "boris", "password": PASSWORD });
    assert_eq!(taken, slug(&stranger, "register", free).await);
    let wrong = json!({ "username": "Anna", "password": "wrong horse" });
    let nobody = json!({ "username": "nobody", "password": "wrong horse" });
    assert_eq!(
        auth(&stranger, "login", wrong).await.1["detail"],
        auth(&stranger, "login", nobody).await.1["detail"]
    );
}

#[tokio::test]
async fn signing_in_needs_the_right_password() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    auth(&phone, "register", anna(None)).await;
    let stranger = Phone::stranger(&house.base);
    for (name, password) in [
        ("Anna", "wrong horse"),
        ("Anna", ""),
        ("nobody", PASSWORD),
        ("", ""),
    ] {
        let body = json!({ "username": name, "password": password });
        assert_eq!(
            slug(&stranger, "login", body).await,
            (401, "sign-in-wrong".into()),
            "{name:?} {password:?}"
        );
    }
    let (status, tokens) = auth(&stranger, "login", anna(None)).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    with(&stranger, &tokens).get("/api/v1/home").await;
}

#[tokio::test]
async fn refreshing_rotates_and_a_reused_token_ends_its_family() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let refresh = |token: Value| {
        let phone = phone.clone();
        async move { auth(&phone, "refresh", json!({ "refresh_token": token })).await }
    };
    let first = phone.tokens["refresh_token"].clone();
    let (status, second) = refresh(first.clone()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(second["device_id"], phone.tokens["device_id"]);
    assert_ne!(second["refresh_token"], first);
    with(&phone, &second).get("/api/v1/home").await;
    let (status, third) = refresh(second["refresh_token"].clone()).await;
    assert_eq!(status, StatusCode::OK);
    // Somebody has kept a copy of the first.
    let (status, problem) = refresh(first).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(problem["slug"], "refresh-invalid");
    let (status, _) = refresh(third["refresh_token"].clone()).await;
    assert_eq!(
        status,
        StatusCode::UNAUTHORIZED,
        "nobody knows who holds the newest"
    );
    let (status, _) = refresh("made-up".into()).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn refreshing_outlives_a_restart() {
    let mut house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    house.stop();
    house.start();
    let phone = phone.at(&house.base);
    phone.get("/api/v1/home").await;
    let body = json!({ "refresh_token": phone.tokens["refresh_token"] });
    assert_eq!(auth(&phone, "refresh", body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn signing_out_ends_the_tokens() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let (_, tokens) = auth(&phone, "register", anna(None)).await;
    let annas = with(
        &Phone::stranger_from(&house.base, IpAddr::from([127, 0, 1, 1])),
        &tokens,
    );
    let mut live = annas.live().await;
    let body = json!({ "refresh_token": tokens["refresh_token"] });
    let (status, _) = auth(&annas, "logout", body.clone()).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(
        slug(&annas, "refresh", body.clone()).await,
        (401, "refresh-invalid".into())
    );
    // abuse_10: revoked is revoked, not "within the hour".
    let (status, _) = annas.call(Method::GET, "/api/v1/home", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(live.closed().await, Some(4401));
    // Again is no error, and nobody else is signed out.
    assert_eq!(auth(&annas, "logout", body).await.0, StatusCode::NO_CONTENT);
    phone.get("/api/v1/home").await;
}

/// It stayed in the list of devices for ever, where nobody could tell it from one in use.
#[tokio::test]
async fn a_device_that_signs_out_is_no_device_any_more() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let tablet = house.pair("Old tablet").await;
    let names = async || -> Vec<String> {
        let devices = phone.get("/api/v1/devices").await;
        devices["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|device| device["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names().await.len(), 2);
    let body = json!({ "refresh_token": tablet.tokens["refresh_token"] });
    assert_eq!(auth(&phone, "logout", body).await.0, StatusCode::NO_CONTENT);
    assert_eq!(names().await, ["Test phone"]);
}
