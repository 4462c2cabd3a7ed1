//! The daemon killed again and again in the middle of its work.
//!
//! `HEARTH_KILLS` says how often (40; `make kills` does a thousand).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hearth_tests::{House, Phone};
use redb::ReadableDatabase;
use reqwest::{Method, StatusCode};
use serde_json::json;

const WRITERS: usize = 4;
const DURATION_MS: u64 = 1 << 40;

/// The last position of each film that the box said it has.
type Acknowledged = Arc<Mutex<HashMap<String, u64>>>;

/// A phone that saves one position after another until the box is gone.
async fn watches(
    phone: Phone,
    films: Vec<String>,
    acknowledged: Acknowledged,
    from: u64,
    killed: Arc<AtomicBool>,
) {
    for step in 0.. {
        let film = &films[step % films.len()];
        let position_ms = from + step as u64;
        let body =
            json!({ "title_id": film, "position_ms": position_ms, "duration_ms": DURATION_MS });
        let sent = phone
            .request(Method::POST, "/api/v1/player/progress")
            .json(&body)
            .send()
            .await;
        match sent {
            Ok(answer) => {
                assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{body}");
                acknowledged
                    .lock()
                    .unwrap()
                    .insert(film.clone(), position_ms);
            }
            Err(_) if killed.load(Ordering::SeqCst) => return,
            // The kill comes between the signal and this look at most.
            Err(error) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                assert!(
                    killed.load(Ordering::SeqCst),
                    "the box lives and does not answer: {error}"
                );
                return;
            }
        }
    }
}

/// A copy of the store is opened by redb itself and checked page by page.
fn check_integrity(house: &House) {
    let copy = tempfile::NamedTempFile::new().unwrap();
    std::fs::copy(house.data().join("state-v2.redb"), copy.path()).unwrap();
    let mut store = redb::Database::open(copy.path()).unwrap();
    assert!(
        store.check_integrity().unwrap(),
        "what redb mended on opening is whole"
    );
    assert!(store.begin_read().unwrap().list_tables().unwrap().count() > 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_28_killed_under_load_it_opens_and_has_everything() {
    let kills: u64 = std::env::var("HEARTH_KILLS").map_or(40, |text| text.parse().unwrap());
    let mut house = House::builder().start();
    let mut phone = house.pair_first("Phone").await;
    let home = phone.get("/api/v1/home").await;
    let mut films: Vec<String> = home["rows"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row["items"].as_array().unwrap())
        .filter(|item| item["title"]["type"] == "film")
        .map(|item| item["title"]["id"].as_str().unwrap().to_owned())
        .collect();
    films.sort();
    films.dedup();
    assert!(films.len() >= WRITERS, "each has its own: {}", films.len());

    let acknowledged = Acknowledged::default();
    let mut opened_in = Vec::new();
    for kill in 1..=kills {
        let killed = Arc::new(AtomicBool::new(false));
        // Each film has one writer, so that its positions only grow.
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let own = films
                    .iter()
                    .skip(writer)
                    .step_by(WRITERS)
                    .cloned()
                    .collect();
                tokio::spawn(watches(
                    phone.clone(),
                    own,
                    acknowledged.clone(),
                    kill << 20,
                    killed.clone(),
                ))
            })
            .collect();
        // Another moment of the work each time.
        tokio::time::sleep(Duration::from_millis(5 + kill * 37 % 160)).await;
        killed.store(true, Ordering::SeqCst);
        house.kill();
        for writer in writers {
            writer.await.unwrap();
        }
        check_integrity(&house);
        let begun = Instant::now();
        house.start();
        opened_in.push(begun.elapsed());
        phone = phone.at(&house.base);
        let history = phone.get("/api/v1/user/history?limit=500").await;
        let found: HashMap<&str, u64> = history["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                let id = item["title"]["id"].as_str().unwrap();
                (id, item["progress"]["position_ms"].as_u64().unwrap())
            })
            .collect();
        for (film, position_ms) in acknowledged.lock().unwrap().iter() {
            let kept = found.get(film.as_str()).copied();
            assert!(
                kept.is_some_and(|kept| kept >= *position_ms),
                "kill {kill}: {film} was at {position_ms}, and is at {kept:?}"
            );
        }
    }
    assert_eq!(
        acknowledged.lock().unwrap().len(),
        films.len(),
        "every film was under way"
    );
    opened_in.sort();
    println!(
        "{kills} kills; from start to the first answer: median {:?}, longest {:?}",
        opened_in[opened_in.len() / 2],
        opened_in[opened_in.len() - 1]
    );
}
