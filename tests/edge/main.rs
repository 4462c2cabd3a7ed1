//! The edge of the box: who is let in, and what refusals look like.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod accounts;
mod disk;
mod doors;
mod health;
mod hosts;
mod https;
mod live;
mod origins;
mod pairing;
mod problems;
mod proxy;
mod proxy_abuse;
mod routes;
#[path = "../../firmware/fetch/tests/server/mod.rs"]
mod server;
mod start;
mod streams;
mod wire;

use hearth_tests::{House, Phone};
use reqwest::{Method, StatusCode};

#[tokio::test]
async fn a_fresh_box_is_well_and_asks_strangers_to_pair() {
    let house = House::builder().start();
    let stranger = Phone::stranger(&house.base);
    let health = stranger.get("/api/v1/health").await;
    assert_eq!(health["status"], "ok", "{health}");
    let (status, problem) = stranger.call(Method::GET, "/api/v1/home", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(problem["slug"], "token-missing");
    let phone = house.pair_first("Test phone").await;
    let home = phone.get("/api/v1/home").await;
    assert_eq!(home["rows"][0]["id"], "open", "{home}");
    phone.live().await;
    assert_eq!(phone.find("sintel").await["title"]["ru"], "Синтел");
}
