//! The API as documented: its copies here, the contract that others rely on, and what the box
//! really answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod answers;
mod contract;

use std::process::Command as Run;

use hearth_tests::{House, Phone, program_path};
use reqwest::{Method, StatusCode};
use serde_json::Value;

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/reference/openapi.json"
);

fn document() -> Value {
    let output = Run::new(program_path("hearthd"))
        .arg("openapi")
        .output()
        .expect("hearthd is built");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("the document is JSON")
}

#[test]
fn the_reference_is_what_the_daemon_prints() {
    let printed = Run::new(program_path("hearthd"))
        .arg("openapi")
        .output()
        .expect("hearthd is built");
    let kept = std::fs::read(FILE).expect("the reference is kept");
    assert!(
        printed.stdout == kept,
        "docs/reference/openapi.json is stale: run `make docs/reference/openapi.json`"
    );
}

#[tokio::test]
async fn the_box_serves_the_same_document() {
    let house = House::builder().start();
    let served = Phone::stranger(&house.base).get("/api/openapi.json").await;
    assert!(served == document(), "the served document is another one");
    assert!(served["openapi"].as_str().unwrap().starts_with("3."));
}

/// The values of an attribute in a page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!("{name}=\"");
    page.match_indices(&begin)
        .filter_map(|(at, _)| page[at + begin.len()..].split('"').next())
        .collect()
}

#[tokio::test]
async fn the_docs_page_needs_no_internet() {
    let house = House::builder().start();
    let phone = Phone::stranger(&house.base);
    let page = phone.get("/docs").await;
    let page = page.as_str().expect("a page");
    let mut parts = attributes(page, "src");
    parts.extend(attributes(page, "href"));
    assert!(
        parts.iter().any(|part| part.contains("bundle.js"))
            && parts.iter().any(|part| part.contains("ui.css")),
        "{parts:?}"
    );
    for part in parts {
        assert!(
            !part.contains("//"),
            "the page reaches out of the house: {part}"
        );
        let path = format!("/docs/{}", part.trim_start_matches("./"));
        let answer = phone.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let mime = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(!mime.starts_with("text/html"), "{path}: {mime}");
        let text = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
        if mime.starts_with("text/css") {
            for reach in ["@import", "url(http", "url(\"http", "url(//"] {
                assert!(!text.contains(reach), "{path} has {reach}");
            }
        }
        if part.ends_with("initializer.js") {
            assert!(text.contains("\"/api/openapi.json\""), "{text}");
            assert!(
                !text.contains("http:") && !text.contains("https:"),
                "{text}"
            );
        }
    }
}
