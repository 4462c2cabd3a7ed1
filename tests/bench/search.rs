//! How fast twenty providers are searched, some of them late or dead, and what it would take to ask
//! them one after the other, or to wait for all.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hearth_tests::{House, Phone, peers::Crowd};
use reqwest::{Method, header};
use serde_json::Value;

use crate::{Row, median, ms};

const IMDB: &str = "tt1727587";
const ROUNDS: u64 = 5;
/// What is set where nobody sets anything: this box, and its peers as well, end a search by it.
const DEFAULTS: &str = include_str!("../../config/defaults.toml");

/// When the first release was there, nine tenths of all, and the last word: in milliseconds.
struct Times {
    first: f64,
    most: Option<f64>,
    end: f64,
}

struct Watch {
    began: Instant,
    all: usize,
    seen: usize,
    first_ms: Option<f64>,
    most_ms: Option<f64>,
}

impl Watch {
    fn start(all: usize) -> Self {
        Self {
            began: Instant::now(),
            all,
            seen: 0,
            first_ms: None,
            most_ms: None,
        }
    }

    fn see(&mut self, count: usize) {
        if count == 0 {
            return;
        }
        self.seen += count;
        self.first_ms.get_or_insert_with(|| ms(self.began));
        if self.seen * 10 >= self.all * 9 {
            self.most_ms.get_or_insert_with(|| ms(self.began));
        }
    }

    fn end(self) -> Times {
        Times {
            first: self.first_ms.expect("somebody answered"),
            most: self.most_ms,
            end: ms(self.began),
        }
    }
}

pub async fn measure() -> Vec<Row> {
    let crowd = Crowd::start("Sintel.2010", IMDB);
    let [mut here, mut turns, mut waits] = [const { Vec::new() }; 3];
    for seed in 1..=ROUNDS {
        crowd.draw(seed);
        // A box that has never asked them: their capabilities are still to be fetched.
        let mut house = House::builder()
            .providers(&crowd.config())
            .config(&format!(
                "sources.deadline_ms = {}\nsources.hard_stop_ms = {}",
                default_ms("deadline_ms"),
                default_ms("hard_stop_ms")
            ))
            .start();
        let phone = house.pair_first("Bench").await;
        here.push(box_asks(&phone, crowd.releases()).await);
        house.stop();
        turns.push(one_after_the_other(&crowd).await);
        waits.push(all_and_wait(&crowd).await);
    }
    let row = |what, figure: &dyn Fn(&[Times]) -> String| Row {
        what,
        figure: figure(&here),
        peer: format!(
            "one after the other: {}; waiting for all: {}",
            figure(&turns),
            figure(&waits)
        ),
    };
    vec![
        row(
            "20 providers searched, 3 dead, 2 late: first release",
            &|times| spread(times.iter().map(|one| one.first)),
        ),
        row("the same: nine tenths of all releases", &|times| {
            let reached: Option<Vec<f64>> = times.iter().map(|one| one.most).collect();
            reached.map_or("not before its end".into(), |reached| {
                spread(reached.into_iter())
            })
        }),
        row("the same: the last word", &|times| {
            spread(times.iter().map(|one| one.end))
        }),
    ]
}

fn hard_stop() -> Duration {
    Duration::from_millis(default_ms("hard_stop_ms"))
}

/// As a home has it: the houses of the tests are given more time.
fn default_ms(name: &str) -> u64 {
    let defaults: toml::Table = DEFAULTS.parse().expect("the defaults are TOML");
    let told = defaults["sources"][name].as_integer();
    told.expect("a whole number").unsigned_abs()
}

/// The median and the worst.
fn spread(times_ms: impl Iterator<Item = f64>) -> String {
    let times_ms: Vec<f64> = times_ms.collect();
    let worst = times_ms.iter().copied().fold(0.0, f64::max);
    format!("{:.0} ms (at most {worst:.0} ms)", median(times_ms))
}

/// Asks the box for the sources of the film, as a page does that shows them as they come.
async fn box_asks(phone: &Phone, all: usize) -> Times {
    let title = phone.find("sintel").await;
    let path = format!(
        "/api/v1/media/{}/sources",
        title["id"].as_str().expect("an id")
    );
    let mut watch = Watch::start(all);
    let mut answer = phone
        .request(Method::GET, &path)
        .header(header::ACCEPT, "text/event-stream")
        .send()
        .await
        .expect("the box answers");
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.expect("the events go on") {
        bytes.extend_from_slice(&chunk);
        while let Some(end) = bytes.windows(2).position(|two| two == b"\n\n") {
            let event: Vec<u8> = bytes.drain(..end + 2).collect();
            watch.see(usize::from(is_of_crowd(&String::from_utf8_lossy(&event))));
        }
    }
    watch.end()
}

/// Whether an event brings a release from one of the crowd, not from the box itself.
fn is_of_crowd(event: &str) -> bool {
    let field = |name: &str| {
        event
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_default()
            .trim()
    };
    let provider = || {
        let data: Value = serde_json::from_str(field("data:")).ok()?;
        Some(data["provider"].as_str()?.contains(":crowd"))
    };
    field("event:") == "item" && provider().unwrap_or(false)
}

/// Every provider in its turn, each as long as it may take.
async fn one_after_the_other(crowd: &Crowd) -> Times {
    let client = Phone::stranger("");
    let mut watch = Watch::start(crowd.releases());
    for question in crowd.questions() {
        watch.see(ask(&client, question).await);
    }
    watch.end()
}

/// All at once, and nothing is shown before the last one.
async fn all_and_wait(crowd: &Crowd) -> Times {
    let client = Phone::stranger("");
    let mut watch = Watch::start(crowd.releases());
    let questions = crowd.questions();
    let answers = join_all(questions.into_iter().map(|question| ask(&client, question))).await;
    watch.see(answers.into_iter().sum());
    watch.end()
}

/// How many releases a provider has; none when it does not answer in time.
async fn ask(client: &Phone, question: String) -> usize {
    let request = client.request(Method::GET, &question).timeout(hard_stop());
    let Ok(answer) = request.send().await else {
        return 0;
    };
    let text = answer.text().await.unwrap_or_default();
    text.matches("<item>").count() + text.matches("\"infoHash\"").count()
}
