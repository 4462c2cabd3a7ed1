//! An indexer as Torznab documents it, answering from hand-made examples, well or badly.

use std::{
    fmt::Write,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{Seed, Server};

/// One release that the indexer offers.
#[derive(Debug, Clone)]
pub struct Offer {
    pub name: String,
    /// A magnet, or the path of a .torrent below this indexer.
    pub link: String,
    pub size_bytes: u64,
    pub seeders: u32,
    /// Like `tt1727587`.
    pub imdb: String,
    /// What lies behind `link` when that is a path.
    pub file: Option<Vec<u8>>,
}

impl Offer {
    /// What a seed has, under a release name.
    pub fn of(seed: &Seed, name: &str, imdb: &str) -> Self {
        Self {
            name: name.to_owned(),
            link: seed.magnet(),
            size_bytes: seed.torrent.size_bytes,
            seeders: 120,
            imdb: imdb.to_owned(),
            file: None,
        }
    }

    #[must_use]
    pub fn linked(mut self, link: &str) -> Self {
        link.clone_into(&mut self.link);
        self
    }

    /// Behind a link to a .torrent file on the indexer itself.
    #[must_use]
    pub fn behind_file(mut self, name: &str, file: Vec<u8>) -> Self {
        self.link = format!("/download/{name}.torrent");
        self.file = Some(file);
        self
    }

    #[must_use]
    pub fn seeders(mut self, count: u32) -> Self {
        self.seeders = count;
        self
    }
}

/// How an indexer fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Longer than any deadline of these tests.
    Slow,
    /// XML cut off in the middle.
    Cut,
    /// XML that is no Torznab.
    Malformed,
    /// A page for people, with status 200.
    Html,
    /// JSON where XML should be.
    Json,
}

#[derive(Debug)]
struct Indexer {
    offers: Vec<Offer>,
    fault: Mutex<Fault>,
    /// The requests so far: `movie`, `search`, …
    asked: Mutex<Vec<String>>,
}

#[derive(Debug)]
pub struct Torznab {
    server: Option<Server>,
    indexer: Arc<Indexer>,
    pub url: String,
    id: String,
}

impl Torznab {
    pub fn start(id: &str, offers: Vec<Offer>) -> Self {
        Self::with(id, offers, Fault::None)
    }

    pub fn faulty(id: &str, fault: Fault) -> Self {
        Self::with(id, Vec::new(), fault)
    }

    /// Nobody listens at its address.
    pub fn dead(id: &str) -> Self {
        let mut dead = Self::with(id, Vec::new(), Fault::None);
        dead.server = None;
        dead
    }

    fn with(id: &str, offers: Vec<Offer>, fault: Fault) -> Self {
        let indexer = Arc::new(Indexer {
            offers,
            fault: Mutex::new(fault),
            asked: Mutex::default(),
        });
        let router = Router::new()
            .route("/torznab/api", get(answer))
            .route("/download/{name}", get(download))
            .with_state(indexer.clone());
        let server = Server::start(router);
        Self {
            url: server.url("/torznab/"),
            server: Some(server),
            indexer,
            id: id.to_owned(),
        }
    }

    /// `torznab:ID`
    pub fn provider(&self) -> String {
        format!("torznab:{}", self.id)
    }

    /// For `sources.providers`.
    pub fn config(&self) -> Value {
        json!({ "kind": "torznab", "id": self.id, "url": self.url, "api_key": "k" })
    }

    /// From now on it answers as it should.
    pub fn mend(&self) {
        *self.indexer.fault.lock().unwrap() = Fault::None;
    }

    /// From now on it fails.
    pub fn break_down(&self, fault: Fault) {
        *self.indexer.fault.lock().unwrap() = fault;
    }

    pub fn asked(&self) -> Vec<String> {
        self.indexer.asked.lock().unwrap().clone()
    }
}

pub(super) fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/handmade/torznab")
        .join(name);
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()))
}

async fn answer(
    State(indexer): State<Arc<Indexer>>,
    Query(query): Query<Vec<(String, String)>>,
    headers: axum::http::HeaderMap,
) -> Response {
    let parameter = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    let function = parameter("t");
    indexer.asked.lock().unwrap().push(function.to_owned());
    let fault = *indexer.fault.lock().unwrap();
    match fault {
        Fault::None => {}
        Fault::Slow => tokio::time::sleep(Duration::from_mins(10)).await,
        Fault::Html => {
            return "<!doctype html><title>Log in</title><p>Please log in".into_response();
        }
        Fault::Json => return r#"{"error": "no such call"}"#.into_response(),
        Fault::Cut if function != "caps" => return xml(fixture("cut.xml")),
        Fault::Malformed if function != "caps" => return xml(fixture("malformed.xml")),
        Fault::Cut | Fault::Malformed => {}
    }
    if function == "caps" {
        return xml(fixture("caps.xml"));
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let imdb = parameter("imdbid");
    let right = |offer: &&Offer| {
        imdb.is_empty() || offer.imdb.trim_start_matches("tt") == imdb.trim_start_matches("tt")
    };
    xml(feed(indexer.offers.iter().filter(right), host))
}

/// What an indexer at `host` answers when it has these.
pub(super) fn feed<'a>(offers: impl Iterator<Item = &'a Offer>, host: &str) -> String {
    let one = fixture("offer.xml");
    let item = |offer: &Offer| {
        let link = if offer.link.starts_with('/') {
            format!("http://{host}{}", offer.link)
        } else {
            offer.link.clone()
        };
        one.replace("{name}", &escaped(&offer.name))
            .replace("{link}", &escaped(&link))
            .replace("{size}", &offer.size_bytes.to_string())
            .replace("{seeders}", &offer.seeders.to_string())
            .replace("{imdb}", &offer.imdb)
    };
    let items: String = offers.map(item).collect();
    fixture("offers.xml").replace("{items}", &items)
}

async fn download(
    State(indexer): State<Arc<Indexer>>,
    axum::extract::Path(name): axum::extract::Path<String>,
) -> Response {
    let link = format!("/download/{name}");
    let offer = indexer.offers.iter().find(|offer| offer.link == link);
    match offer.and_then(|offer| offer.file.clone()) {
        Some(file) => ([(header::CONTENT_TYPE, "application/x-bittorrent")], file).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(super) fn xml(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/rss+xml")], text).into_response()
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, letter| {
        let _ = match letter {
            '&' => write!(out, "&amp;"),
            '<' => write!(out, "&lt;"),
            letter => write!(out, "{letter}"),
        };
        out
    })
}
