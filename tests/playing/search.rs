//! A search told piece by piece.

use hearth_tests::{House, Phone, peers::Addon};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::id;

/// The events of an answer, in order.
async fn events(phone: &Phone, path: &str) -> Vec<(String, Value)> {
    let answer = phone
        .request(Method::GET, path)
        .header(header::ACCEPT, "text/event-stream")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let text = answer.text().await.unwrap();
    let blocks = text.split("\n\n").filter(|block| block.contains("event: "));
    blocks
        .map(|block| {
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .unwrap_or_default()
            };
            let data = serde_json::from_str(field("data: ")).unwrap();
            (field("event: ").to_owned(), data)
        })
        .collect()
}

/// Asked as events, a search knew no pages.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_as_events_sends_what_it_knows_at_once_and_has_pages() {
    let addon = Addon::start(
        "slow",
        &json!({ "catalogs": { "movie/films": { "delay_ms": 600_000, "value": [] } } }),
    );
    let house = House::builder()
        .config("sources.deadline_ms = 1500")
        .providers(&[addon.config()])
        .start();
    let phone = house.pair_first("Phone").await;
    // Its manifest is read: from now on only the answer is slow.
    phone
        .get("/api/v1/media/search?q=nothing%20like%20it")
        .await;
    let whole = phone.get("/api/v1/media/search?q=s&limit=100").await;
    let all: Vec<String> = whole["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| id(&item["id"]))
        .collect();
    assert!(all.len() >= 2, "{whole}");
    let mut seen: Vec<String> = Vec::new();
    let mut path = "/api/v1/media/search?q=s&limit=1".to_owned();
    loop {
        let page = events(&phone, &path).await;
        let (last, rest) = page.split_last().unwrap();
        assert_eq!(last.0, "done");
        assert!(rest.iter().all(|(name, _)| name != "done"));
        let items = rest.iter().filter(|(name, _)| name == "item");
        seen.extend(items.map(|(_, item)| id::<String>(&item["id"])));
        let Some(next) = last.1["next"].as_str() else {
            break;
        };
        path = format!("/api/v1/media/search?q=s&limit=1&cursor={next}");
    }
    assert_eq!(seen, all, "page by page the whole list, nothing twice");

    let found = events(&phone, "/api/v1/media/search?q=sintel").await;
    let place = |wanted: &dyn Fn(&(String, Value)) -> bool| found.iter().position(wanted);
    let item = place(&|(name, _)| name == "item").expect("what the box knows");
    let slow = place(&|(name, data)| name == "provider" && data["id"] == "stremio:slow");
    let slow = slow.expect("the slow one has its word");
    assert!(item < slow, "{found:?}");
    assert_eq!(slow + 1, found.len() - 1, "then it is done: {found:?}");
    let later = events(&phone, "/api/v1/media/search?q=s&limit=1&cursor=1").await;
    assert!(
        later.iter().all(|(name, _)| name != "provider"),
        "{later:?}"
    );
}
