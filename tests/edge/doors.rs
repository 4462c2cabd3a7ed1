//! abuse_4 and abuse_10: what a stranger gets, whatever they carry.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hearth_tests::{House, Live, Phone};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::routes::{self, Route, Sample};

/// What a stranger may have, and nothing else. `/api/v1/ws` asks for the token in its first
/// message; without an upgrade it is only a 4xx.
const FOR_STRANGERS: &[(&str, &str, &[u16])] = &[
    ("GET", "/api/v1/health", &[200]),
    ("GET", "/api/v1/box", &[200]),
    ("GET", "/api/v1/authority.crt", &[404]),
    ("GET", "/api/v1/device/licences", &[200]),
    // By an address that the box gave, which none of these is.
    ("GET", "/api/v1/pictures/{name}", &[404]),
    ("POST", "/api/v1/pairing", &[403]),
    ("POST", "/api/v1/auth/register", &[403]),
    ("POST", "/api/v1/auth/login", &[401]),
    ("POST", "/api/v1/auth/refresh", &[401]),
    ("POST", "/api/v1/auth/logout", &[204]),
    ("GET", "/api/v1/ws", &[400, 426]),
    ("GET", "/api/openapi.json", &[200]),
    ("GET", "/docs", &[303, 200]),
    ("GET", "/docs/", &[200]),
    ("GET", "/docs/swagger-ui.css", &[200]),
    ("GET", "/", &[200]),
    ("GET", "/remote", &[200]),
    ("GET", "/assets/app.js", &[404]),
    ("GET", "/api/v1/unheard-of", &[404]),
];

fn allowed(route: &Route, status: u16) -> bool {
    FOR_STRANGERS
        .iter()
        .find(|(method, path, _)| *method == route.method.as_str() && *path == route.path)
        .map_or([401, 403].contains(&status), |(_, _, statuses)| {
            statuses.contains(&status)
        })
}

/// The statuses that are not as the list says.
async fn walk(phone: &Phone) -> Vec<String> {
    let sample = Sample::default();
    let mut wrong = Vec::new();
    for route in routes::all(&Phone::stranger(&phone.base)).await {
        let answer = route.request(phone, &sample).send().await.unwrap();
        let status = answer.status().as_u16();
        if !allowed(&route, status) {
            wrong.push(format!("{} {}: {status}", route.method, route.path));
        }
    }
    wrong
}

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn read(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).expect("a JWT has three parts");
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// Tokens made from a good one, none of which is good.
fn forgeries(good: &str) -> Vec<(&'static str, String)> {
    let claims = read(good, 1);
    let signature = good.rsplit('.').next().unwrap();
    let body = good.split('.').nth(1).unwrap();
    let with = |key: &str, value: Value| {
        let mut claims = claims.clone();
        claims[key] = value;
        part(&claims)
    };
    let header = part(&json!({ "typ": "JWT", "alg": "HS256" }));
    let none = part(&json!({ "typ": "JWT", "alg": "none" }));
    let mut flipped = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[0] ^= 1;
    let flipped = BASE64_URL_SAFE_NO_PAD.encode(flipped);
    vec![
        ("garbage", "garbage".into()),
        ("empty", String::new()),
        ("two dots", "..".into()),
        ("long", "a".repeat(6000)),
        ("alg none", format!("{none}.{body}.")),
        ("alg none, signed", format!("{none}.{body}.{signature}")),
        (
            "alg None",
            format!("{}.{body}.", part(&json!({ "alg": "None" }))),
        ),
        (
            "another algorithm",
            format!("{}.{body}.{signature}", part(&json!({ "alg": "HS512" }))),
        ),
        (
            "a public key's algorithm",
            format!("{}.{body}.{signature}", part(&json!({ "alg": "RS256" }))),
        ),
        ("no signature", format!("{header}.{body}.")),
        ("a flipped bit", format!("{header}.{body}.{flipped}")),
        (
            "another audience",
            format!("{header}.{}.{signature}", with("aud", json!("other"))),
        ),
        (
            "another subject",
            format!(
                "{header}.{}.{signature}",
                with("sub", json!("dev_0193a3f2b1c47d3e8f00112233445566"))
            ),
        ),
        (
            "a longer life",
            format!(
                "{header}.{}.{signature}",
                with("exp", json!(99_999_999_999_u64))
            ),
        ),
    ]
}

#[tokio::test]
async fn abuse_4_a_stranger_gets_only_what_the_list_says() {
    let mut house = House::builder().start();
    house.pair_first("Test phone").await;
    // A right code would be a way in: this house has none left.
    house.stop();
    house.start();
    // 403, not 409: a PIN is on the TV, and the walker's is a wrong one.
    house.local(Method::POST, "/api/v1/pairing/pin", None).await;
    assert_eq!(
        walk(&Phone::stranger(&house.base)).await,
        Vec::<String>::new()
    );
    let stranger = Phone::stranger(&house.base);
    let without_ticket = stranger
        .call(Method::GET, "/api/v1/player/stream", None)
        .await
        .0;
    assert_eq!(without_ticket, StatusCode::FORBIDDEN, "no ticket at all");
    for method in [Method::HEAD, Method::OPTIONS, Method::PUT, Method::PATCH] {
        let (status, _) = stranger.call(method.clone(), "/api/v1/devices", None).await;
        assert!(status.is_client_error(), "{method}: {status}");
    }
}

#[tokio::test]
async fn abuse_10_forged_and_foreign_tokens_open_nothing() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let good = phone.token.clone().unwrap();
    assert_eq!(read(&good, 0)["alg"], "HS256");
    assert_eq!(
        read(&good, 1)["aud"],
        "hearth",
        "the forgeries differ from it"
    );
    for (what, token) in forgeries(&good) {
        let forger = Phone::stranger(&house.base).holding(&token);
        for path in ["/api/v1/devices", "/api/v1/home", "/api/v1/auth/me"] {
            let (status, problem) = forger.call(Method::GET, path, None).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{what} at {path}");
            if !token.is_empty() {
                assert_eq!(problem["slug"], "token-invalid", "{what} at {path}");
            }
        }
        let mut live = Live::connect(&house.base, Some(&token)).await;
        assert_eq!(live.closed().await, Some(4401), "{what}");
    }
    for scheme in ["Basic", "bearer:", "Token", ""] {
        let answer = Phone::stranger(&house.base)
            .request(Method::GET, "/api/v1/devices")
            .header("authorization", format!("{scheme} {good}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{scheme}");
    }
    let in_query = Phone::stranger(&house.base)
        .call(
            Method::GET,
            &format!("/api/v1/devices?access_token={good}&token={good}"),
            None,
        )
        .await;
    assert_eq!(in_query.0, StatusCode::UNAUTHORIZED);
    let refresh = phone.holding(phone.tokens["refresh_token"].as_str().unwrap());
    let (status, _) = refresh.call(Method::GET, "/api/v1/devices", None).await;
    assert_eq!(
        status,
        StatusCode::UNAUTHORIZED,
        "a refresh token opens nothing by itself"
    );
    phone.get("/api/v1/devices").await;
}

#[tokio::test]
async fn abuse_10_another_houses_token_opens_nothing() {
    let house = House::builder().start();
    let other = House::builder().start();
    let phone = other.pair_first("Test phone").await;
    let guest = phone.at(&house.base);
    assert_eq!(walk(&guest).await, Vec::<String>::new());
    let (status, _) = guest.call(Method::GET, "/api/v1/home", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn abuse_10_an_unpaired_device_is_cut_off() {
    let house = House::builder().start();
    let anna = house.pair_first("Anna's phone").await;
    let boris = house.pair("Boris's phone").await;
    let mut live = boris.live().await;
    let mut annas = anna.live().await;
    let id = boris.tokens["device_id"].as_str().unwrap();
    let (status, _) = anna
        .call(Method::DELETE, &format!("/api/v1/devices/{id}"), None)
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    // Long before its token would have ended.
    let closed = tokio::time::timeout(Duration::from_secs(60), live.closed()).await;
    assert_eq!(closed, Ok(Some(4401)));
    let (status, problem) = boris.call(Method::GET, "/api/v1/home", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(problem["slug"], "token-invalid");
    let body = json!({ "refresh_token": boris.tokens["refresh_token"] });
    let (status, _) = boris
        .call(Method::POST, "/api/v1/auth/refresh", Some(body))
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "nor does it come back");
    let mut again = Live::connect(&house.base, boris.token.as_deref()).await;
    assert_eq!(again.closed().await, Some(4401));
    let (status, problem) = anna
        .call(Method::DELETE, &format!("/api/v1/devices/{id}"), None)
        .await;
    assert_eq!(
        (status, problem["slug"].as_str()),
        (StatusCode::NOT_FOUND, Some("device-unknown"))
    );
    // Anna's is untouched by it.
    anna.get("/api/v1/home").await;
    annas
        .send(&hearth_model::ClientMessage::Clock { t0: 1.0 })
        .await;
    annas
        .until("the clock", |message, _| {
            matches!(message, hearth_model::ServerMessage::Clock { .. }).then_some(())
        })
        .await;
}

#[tokio::test]
async fn abuse_4_what_is_for_the_tv_is_not_for_phones() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    for method in [Method::POST, Method::DELETE] {
        let (status, problem) = phone
            .call(method.clone(), "/api/v1/pairing/pin", None)
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method}");
        assert_eq!(problem["slug"], "not-local", "{method}");
        let (status, _) = Phone::stranger(&house.base)
            .call(method.clone(), "/api/v1/pairing/pin", None)
            .await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method}");
    }
    house.local(Method::POST, "/api/v1/pairing/pin", None).await;
}

#[tokio::test]
async fn abuse_4_no_path_leads_out_of_the_browser_app() {
    let house = House::builder().start();
    let own = house.base.trim_start_matches("http://");
    for path in [
        "/../Cargo.toml",
        "/assets/../../../Cargo.toml",
        "/%2e%2e/%2e%2e/Cargo.toml",
        "/..%2f..%2fCargo.toml",
        "/assets/..%5c..%5cCargo.toml",
        "//etc/passwd",
        "/assets//etc/passwd",
        "/%00/etc/passwd",
        "/docs/../../Cargo.toml",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n");
        let answer = crate::wire::raw(&house.base, &request);
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            !body.contains("[workspace]") && !body.contains("root:"),
            "{path}: {body}"
        );
        assert!(
            answer.status < 500
                && (answer.status >= 300 || body.contains("<html") || body.contains("<!doctype")),
            "{path}: {} {body}",
            answer.status
        );
    }
}
