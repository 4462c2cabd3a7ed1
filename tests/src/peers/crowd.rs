//! Twenty simulated providers, for the bench: real HTTP servers, half of them indexers and half
//! addons, that answer as the ones of the world do. Most take a log-normal time, some take far too
//! long, and some are dead. What they are asked first (capabilities, manifests) they answer at once.

use std::{
    f64::consts::TAU,
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

use super::{
    Offer, Server,
    torznab::{feed, fixture, xml},
};

const COUNT: usize = 20;
const REFUSING: usize = 2;
const SILENT: usize = 1;
const LATE: usize = 2;
const LATE_MS: u64 = 30_000;
/// Of the rest, half answer within this time, and four of five between two fifths of it and two and a
/// half times of it.
const MEDIAN_MS: f64 = 350.0;
const SIGMA: f64 = 0.7;
/// What each of them has.
const RELEASES: usize = 6;

#[derive(Debug)]
pub struct Crowd {
    providers: Vec<Provider>,
}

#[derive(Debug)]
struct Provider {
    config: Value,
    question: String,
    answers: bool,
    delay_ms: Arc<AtomicU64>,
    _server: Option<Server>,
    /// Connections to it are taken by the kernel, and by nobody else.
    _deaf: Option<TcpListener>,
}

struct Known {
    releases: Vec<Offer>,
    delay_ms: Arc<AtomicU64>,
}

impl Crowd {
    /// They all know the film that `imdb` names, under releases named as `title` (`Sintel.2010`).
    pub fn start(title: &str, imdb: &str) -> Self {
        let providers = (0..COUNT).map(|at| Provider::start(at, title, imdb));
        Self {
            providers: providers.collect(),
        }
    }

    /// Draws anew how long each of them takes; the same seed draws the same.
    pub fn draw(&self, seed: u64) {
        for (at, provider) in self
            .providers
            .iter()
            .enumerate()
            .filter(|(_, one)| one.answers)
        {
            let delay_ms = log_normal_ms(seed, at as u64);
            provider.delay_ms.store(delay_ms, Ordering::Relaxed);
        }
    }

    /// For `sources.providers`.
    pub fn config(&self) -> Vec<Value> {
        let configs = self.providers.iter();
        configs.map(|provider| provider.config.clone()).collect()
    }

    /// The address at which each is asked for the film.
    pub fn questions(&self) -> Vec<String> {
        let questions = self.providers.iter();
        questions
            .map(|provider| provider.question.clone())
            .collect()
    }

    /// How many releases there are with those who answer in time.
    pub fn releases(&self) -> usize {
        let answering = self.providers.iter().filter(|provider| provider.answers);
        answering.count() * RELEASES
    }
}

impl Provider {
    fn start(at: usize, title: &str, imdb: &str) -> Self {
        let dead = REFUSING + SILENT;
        // The dead and the late stand among the others, not behind them.
        let place = (at * 7) % COUNT;
        let late = (dead..dead + LATE).contains(&place);
        let delay_ms = Arc::new(AtomicU64::new(if late { LATE_MS } else { 0 }));
        let known = Arc::new(Known {
            releases: (0..RELEASES)
                .map(|nth| release(at, nth, title, imdb))
                .collect(),
            delay_ms: delay_ms.clone(),
        });
        let indexer = at.is_multiple_of(2);
        let router = if indexer {
            Router::new().route("/torznab/api", get(indexed))
        } else {
            Router::new()
                .route("/manifest.json", get(manifest))
                .route("/stream/movie/{id}", get(streams))
        };
        let server = (place >= dead).then(|| Server::start(router.with_state(known)));
        let deaf = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a free port");
        let base = if let Some(server) = &server {
            server.url("")
        } else {
            let address = deaf.local_addr().expect("a listener has an address");
            format!("http://{address}")
        };
        let id = format!("crowd{at:02}");
        let (config, question) = if indexer {
            let url = format!("{base}/torznab/");
            let question = format!("{url}api?t=search&q=film&apikey=k");
            let config = json!({ "kind": "torznab", "id": id, "url": url, "api_key": "k" });
            (config, question)
        } else {
            let url = format!("{base}/manifest.json");
            let config = json!({ "kind": "stremio", "id": id, "url": url });
            (config, format!("{base}/stream/movie/{imdb}.json"))
        };
        Self {
            config,
            question,
            answers: place >= dead + LATE,
            delay_ms,
            _server: server,
            _deaf: (place < SILENT).then_some(deaf),
        }
    }
}

fn release(at: usize, nth: usize, title: &str, imdb: &str) -> Offer {
    let lines = ["2160p", "1080p", "720p"][nth % 3];
    let hash = format!("{:040x}", 1 + at * RELEASES + nth);
    Offer {
        name: format!("{title}.{lines}.WEB-DL.x264-CROWD{at:02}N{nth}"),
        link: format!("magnet:?xt=urn:btih:{hash}"),
        size_bytes: 1_000_000_000,
        seeders: 10 + nth as u32,
        imdb: imdb.to_owned(),
        file: None,
    }
}

async fn indexed(
    State(known): State<Arc<Known>>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if query
        .iter()
        .any(|(key, value)| key == "t" && value == "caps")
    {
        return xml(fixture("caps.xml"));
    }
    known.think().await;
    xml(feed(known.releases.iter(), ""))
}

async fn manifest() -> Json<Value> {
    Json(json!({
        "id": "test.crowd", "version": "1.0.0", "name": "Crowd", "description": "Simulated",
        "resources": ["stream"], "types": ["movie", "series"], "idPrefixes": ["tt"],
        "catalogs": [],
    }))
}

async fn streams(State(known): State<Arc<Known>>) -> Response {
    known.think().await;
    let stream = |offer: &Offer| {
        let hash = offer.link.rsplit(':').next();
        json!({ "name": "Crowd", "title": offer.name, "infoHash": hash })
    };
    let streams: Vec<Value> = known.releases.iter().map(stream).collect();
    Json(json!({ "streams": streams })).into_response()
}

impl Known {
    async fn think(&self) {
        let delay_ms = self.delay_ms.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    }
}

/// By Box and Muller, from the numbers of SplitMix64.
fn log_normal_ms(seed: u64, at: u64) -> u64 {
    let uniform = |nth: u64| {
        let mut bits = ((seed << 32) | (at << 8) | nth).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    };
    let normal = (-2.0 * uniform(1).ln()).sqrt() * (TAU * uniform(2)).cos();
    (MEDIAN_MS * (SIGMA * normal).exp()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_are_spread_as_they_say() {
        let mut times: Vec<u64> = (0..1000)
            .map(|at| log_normal_ms(at / 15, at % 15))
            .collect();
        times.sort_unstable();
        assert!((300..400).contains(&times[500]), "median {}", times[500]);
        assert!((110..180).contains(&times[100]), "a tenth {}", times[100]);
        assert!(
            (750..1000).contains(&times[900]),
            "nine tenths {}",
            times[900]
        );
    }
}
