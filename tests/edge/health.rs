//! What the box says of itself when a part of it is not well.

use std::time::{Duration, Instant};

use hearth_tests::{
    House,
    peers::{Fault, Torznab},
};
use reqwest::Method;
use serde_json::Value;

async fn providers(house: &House) -> (String, String) {
    let health: Value = house.local(Method::GET, "/api/v1/health", None).await;
    let part = &health["parts"]["providers"];
    assert_eq!(health["status"], part["status"], "{health}");
    let text = |key: &str| part[key].as_str().unwrap().to_owned();
    (text("status"), text("detail"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_fails_is_named_until_it_answers_again() {
    let indexer = Torznab::faulty("home", Fault::Html);
    let house = House::builder().providers(&[indexer.config()]).start();
    let phone = house.pair_first("phone").await;
    let film = phone.find("sintel").await;
    let sources = format!("/api/v1/media/{}/sources", film["id"].as_str().unwrap());
    assert_eq!(providers(&house).await, ("ok".into(), String::new()));
    phone.get(&sources).await;
    let (status, detail) = providers(&house).await;
    assert_eq!(status, "degraded");
    assert!(detail.starts_with("torznab:home: "), "{detail}");
    indexer.mend();
    phone.get(&sources).await;
    assert_eq!(providers(&house).await, ("ok".into(), String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_panel_that_is_not_there_is_told_and_the_box_runs_on() {
    let house = House::builder()
        .config("[device]\npanel = \"system\"\n[device.pins]\nchip = \"no such chip\"\nled = 17")
        .start();
    let deadline = Instant::now() + Duration::from_secs(30);
    let panel = loop {
        let health: Value = house.local(Method::GET, "/api/v1/health", None).await;
        let panel = health["parts"]["panel"].clone();
        if panel["status"] == "degraded" || Instant::now() > deadline {
            break panel;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let detail = panel["detail"].as_str().unwrap();
    assert!(detail.contains("\"no such chip\" is not here"), "{panel}");
}
