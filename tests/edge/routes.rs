//! The route table, as the box's own document tells it, with a good request for each route.

use hearth_tests::Phone;
use reqwest::Method;
use serde_json::{Value, json};

/// What a request needs to be a good one.
#[derive(Debug, Clone)]
pub struct Sample {
    pub pin: String,
    pub title_id: String,
    pub device_id: String,
    pub given_id: String,
    pub screen_id: String,
    pub refresh_token: String,
    pub ticket: String,
}

impl Default for Sample {
    fn default() -> Self {
        let id = |prefix: &str| format!("{prefix}_0193a3f2b1c47d3e8f00112233445566");
        Self {
            pin: "000000".into(),
            title_id: id("ttl"),
            device_id: id("dev"),
            given_id: id("giv"),
            screen_id: id("scr"),
            refresh_token: "none".into(),
            ticket: "0000000000000000.99999999999999.AAAA".into(),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Route {
    pub method: Method,
    /// As documented: `/api/v1/media/{id}`.
    pub path: String,
}

impl Route {
    pub fn changes(&self) -> bool {
        self.method != Method::GET
    }

    /// The path and query of a good request.
    pub fn target(&self, sample: &Sample) -> String {
        let id = if self.path.contains("/devices/") {
            &sample.device_id
        } else if self.path.contains("/given/") {
            &sample.given_id
        } else {
            &sample.title_id
        };
        let path = self.path.replace("{id}", id);
        let path = path.replace("{name}", "none").replace("{key}", "tmdb:7");
        assert!(!path.contains('{'), "give {path} a sample");
        if path.ends_with("/player/stream") || path.ends_with("/player/subtitles") {
            format!("{path}?ticket={}", sample.ticket)
        } else if path.ends_with("/media/search") {
            format!("{path}?q=sintel")
        } else {
            path
        }
    }

    pub fn body(&self, sample: &Sample) -> Option<Value> {
        if self.method != Method::POST && self.method != Method::PUT {
            return None;
        }
        let last = self.path.rsplit('/').next().unwrap();
        Some(match last {
            "pairing" => json!({ "pin": sample.pin, "device_name": "Walker" }),
            "register" => json!({
                "username": "walker", "password": "correct horse", "setup_code": sample.pin,
            }),
            "login" => json!({ "username": "walker", "password": "correct horse" }),
            "refresh" | "logout" => json!({ "refresh_token": sample.refresh_token }),
            "prepare" => json!({ "title_id": sample.title_id, "screen_id": sample.screen_id }),
            "progress" => json!({
                "title_id": sample.title_id, "position_ms": 60_000, "duration_ms": 600_000,
            }),
            "power" => json!({ "action": "restart" }),
            "frame" => json!({ "surface": "memory" }),
            "wifi" => json!({ "name": "Home" }),
            "apart" => json!({ "reference": "imdb:tt1727587" }),
            "install" => json!({ "id": "none" }),
            "policy" => json!({ "policy": "ask" }),
            "sources" => json!({
                "config": { "kind": "stremio", "id": "walker", "url": "http://127.0.0.1:9/" },
                "enabled": false,
            }),
            "given" => json!({ "text": "https://cdn.example/film.mp4" }),
            "order" => json!({ "ids": [] }),
            "preferences" if self.path.contains("/admin/") => json!({ "items": [] }),
            _ => json!({}),
        })
    }

    /// A request of this route by this phone, good but for what the test adds.
    pub fn request(&self, phone: &Phone, sample: &Sample) -> reqwest::RequestBuilder {
        let request = phone.request(self.method.clone(), &self.target(sample));
        match self.body(sample) {
            Some(body) => request
                .header("content-type", "application/json")
                .body(body.to_string()),
            None => request,
        }
    }
}

/// Every documented route, and those beside the API.
pub async fn all(phone: &Phone) -> Vec<Route> {
    let document = phone.get("/api/openapi.json").await;
    let mut routes = Vec::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for method in operations.as_object().expect("operations").keys() {
            routes.push(Route {
                method: method.to_uppercase().parse().expect("a method"),
                path: path.clone(),
            });
        }
    }
    assert!(routes.len() > 20, "the document holds the API: {routes:?}");
    for path in [
        "/",
        "/remote",
        "/assets/app.js",
        "/docs",
        "/docs/",
        "/docs/swagger-ui.css",
        "/api/openapi.json",
        "/api/v1/unheard-of",
    ] {
        routes.push(Route {
            method: Method::GET,
            path: path.to_owned(),
        });
    }
    routes
}
