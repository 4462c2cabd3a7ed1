//! `make bench`: the figures of the README, measured on the real programs, with a peer beside
//! them in the same run. Prints one Markdown table; `bench search` measures that part alone.

#[path = "bench/search.rs"]
mod search;

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    process::Command as Process,
    time::{Duration, Instant},
};

use hearth_model::{Command, Phase, ScreenId, SessionId};
use hearth_tests::{
    Display, House, Live, Phone, Program, Tv, film_sized,
    peers::{Offer, Seed, Torznab},
};
use serde_json::{Value, json};

const SINTEL: &str = "tt1727587";
const SIZE: (u32, u32) = (1280, 720);
const SECONDS: u32 = 120;
const ROUNDS: usize = 5;
const COMMANDS: usize = 40;

struct Row {
    what: &'static str,
    figure: String,
    peer: String,
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn ms(from: Instant) -> f64 {
    from.elapsed().as_secs_f64() * 1000.0
}

fn id<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).expect("an id of the API")
}

/// Resident memory of a process in MB.
fn resident_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process lives");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("the kernel says it");
    let kb: f64 = line
        .split_whitespace()
        .nth(1)
        .and_then(|kb| kb.parse().ok())
        .expect("a number");
    kb / 1024.0
}

/// Bytes that really lie on the disk below a folder.
fn on_disk(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => on_disk(&entry.path()),
            Ok(metadata) => metadata.blocks() * 512,
            Err(_) => 0,
        })
        .sum()
}

struct Setting {
    phone: Phone,
    live: Live,
    screen: ScreenId,
}

impl Setting {
    /// From Play to the first picture on the display: prepare and play, as the TV's button does.
    async fn play(&mut self, title: &Value, source: Option<&Value>, tv: &Tv) -> (SessionId, f64) {
        let began = Instant::now();
        let mut body = json!({ "title_id": title["id"], "screen_id": self.screen, "start_ms": 0 });
        if let Some(source) = source {
            body["source_id"] = source["id"].clone();
        }
        let prepared = self.phone.post("/api/v1/player/prepare", body).await;
        let session_id: SessionId = id(&prepared["session_id"]);
        self.live
            .command(session_id, Command::Play, None)
            .await
            .expect("play is taken");
        tv.display.until_film("the first picture", |_| true);
        (session_id, ms(began))
    }

    async fn stop(&mut self, session_id: SessionId, tv: &Tv) {
        self.live
            .command(session_id, Command::Stop, None)
            .await
            .expect("stop is taken");
        while tv.display.film_ms().is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A player of the same machine: started anew, from its start to its first picture.
fn mpv(film: &Path) -> Option<f64> {
    let display = Display::start_sized(SIZE);
    let began = Instant::now();
    let _player = Program::try_start(
        "mpv",
        Process::new("mpv")
            .args([
                "--no-config",
                "--vo=x11",
                "--ao=null",
                "--fullscreen",
                "--really-quiet",
            ])
            .arg(film)
            .env("DISPLAY", &display.name)
            .env_remove("WAYLAND_DISPLAY"),
    )?;
    display.until_film("mpv's first picture", |_| true);
    Some(ms(began))
}

#[tokio::main]
async fn main() {
    let only = std::env::args().nth(1);
    let mut rows = match only.as_deref() {
        None => playing().await,
        Some("search") => Vec::new(),
        Some(other) => panic!("no part of the bench is called {other}; there is: search"),
    };
    rows.extend(search::measure().await);
    println!("| what | figure | beside it |\n|---|---|---|");
    for Row { what, figure, peer } in rows {
        println!("| {what} | {figure} | {peer} |");
    }
    println!("\nMeasured on: {}.", machine());
}

/// Playing, seeking, commanding, and what it takes.
async fn playing() -> Vec<Row> {
    let film = film_sized("mkv", SECONDS, SIZE);
    let film_bytes = fs::metadata(&film).expect("the film was made").len();
    let seed = Seed::start(&film);
    // Half of it takes some ten seconds: the seek meets what is not there.
    let slow_seed = Seed::slow(&film, film_bytes / 20);
    let name = "Sintel.2010.720p.WEB-DL.x264-GROUP";
    let indexer = Torznab::start("home", vec![Offer::of(&seed, name, SINTEL)]);
    let mut house = House::builder()
        .providers(&[indexer.config()])
        .film("Local Film (2011).mkv", &film)
        .start();
    let mut tv = Tv::start_sized(&house, SIZE);
    let phone = house.pair_first("Bench").await;
    let mut live = phone.live().await;
    let screen = live.tv().await;
    let mut rows = Vec::new();

    tokio::time::sleep(Duration::from_secs(5)).await;
    let (daemon, window) = (house.daemon().id(), tv.program().id());
    let idle = (resident_mb(daemon), resident_mb(window));
    let mut setting = Setting {
        phone: phone.clone(),
        live,
        screen,
    };

    let local = setting.phone.find("local film").await;
    let mut first = Vec::new();
    for _ in 0..ROUNDS {
        let (session_id, took_ms) = setting.play(&local, None, &tv).await;
        first.push(took_ms);
        setting.stop(session_id, &tv).await;
    }
    let beside: Vec<f64> = (0..ROUNDS).filter_map(|_| mpv(&film)).collect();
    rows.push(Row {
        what: "first frame after Play, local file",
        figure: format!("{:.0} ms", median(first)),
        peer: if beside.is_empty() {
            "mpv is not installed".into()
        } else {
            format!("mpv, started anew: {:.0} ms", median(beside))
        },
    });

    let title = setting.phone.find("sintel").await;
    let page = setting
        .phone
        .get(&format!(
            "/api/v1/media/{}/sources",
            title["id"].as_str().expect("an id")
        ))
        .await;
    let torrent = page["items"]
        .as_array()
        .and_then(|items| items.iter().find(|item| item["provider"] == "torznab:home"))
        .expect("the indexer's torrent is found")
        .clone();
    let (session_id, took_ms) = setting.play(&title, Some(&torrent), &tv).await;
    let fetched = on_disk(&house.data().join("torrents"));
    rows.push(Row {
        what: "first frame after Play, torrent from one seed on loopback",
        figure: format!("{took_ms:.0} ms"),
        peer: format!(
            "{:.1} MB of {:.1} MB fetched by then",
            fetched as f64 / 1e6,
            film_bytes as f64 / 1e6
        ),
    });

    tokio::time::sleep(Duration::from_secs(5)).await;
    let playing = (resident_mb(daemon), resident_mb(window));
    for (what, idle, playing) in [
        (
            "resident memory of hearthd, idle / playing 720p",
            idle.0,
            playing.0,
        ),
        (
            "resident memory of hearth-tv, idle / playing 720p",
            idle.1,
            playing.1,
        ),
    ] {
        rows.push(Row {
            what,
            figure: format!("{idle:.0} MB / {playing:.0} MB"),
            peer: String::new(),
        });
    }

    let second = house.pair("Second").await;
    let mut other = second.live().await;
    let mut took = Vec::new();
    for round in 0..COMMANDS {
        let (command, phase) = if round % 2 == 0 {
            (Command::Pause, Phase::Paused)
        } else {
            (Command::Play, Phase::Playing)
        };
        let began = Instant::now();
        let asked = setting.live.command(session_id, command, None);
        let seen = other.phase(session_id, phase);
        let (asked, _) = tokio::join!(asked, seen);
        asked.expect("the command is taken");
        took.push(ms(began));
        setting.live.phase(session_id, phase).await;
    }
    took.sort_by(f64::total_cmp);
    rows.push(Row {
        what: "remote's command to the change seen by a second client",
        figure: format!(
            "{:.0} ms (p95 {:.0} ms)",
            took[took.len() / 2],
            took[took.len() * 95 / 100]
        ),
        peer: String::new(),
    });
    setting.stop(session_id, &tv).await;
    drop(indexer);

    // The same film from a slow seed, in a house that has nothing of it yet.
    house.stop();
    fs::remove_dir_all(house.data().join("torrents")).expect("the torrents' folder is there");
    let indexer = Torznab::start("home", vec![Offer::of(&slow_seed, name, SINTEL)]);
    let mut house = House::builder().providers(&[indexer.config()]).start();
    let tv = Tv::start_sized(&house, SIZE);
    let phone = house.pair_first("Bench").await;
    let mut live = phone.live().await;
    let screen = live.tv().await;
    let mut setting = Setting {
        phone,
        live,
        screen,
    };
    let title = setting.phone.find("sintel").await;
    let page = setting
        .phone
        .get(&format!(
            "/api/v1/media/{}/sources",
            title["id"].as_str().expect("an id")
        ))
        .await;
    let torrent = page["items"]
        .as_array()
        .and_then(|items| items.iter().find(|item| item["provider"] == "torznab:home"))
        .expect("the indexer's torrent is found")
        .clone();
    let (session_id, _) = setting.play(&title, Some(&torrent), &tv).await;
    let half = film_bytes / 2;
    while on_disk(&house.data().join("torrents")) < half {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let target_ms = u64::from(SECONDS) * 1000 / 2;
    let began = Instant::now();
    setting
        .live
        .command(session_id, Command::Seek, Some(target_ms))
        .await
        .expect("seek is taken");
    tv.display
        .until_film("the picture after the seek", |at_ms| at_ms >= target_ms);
    rows.push(Row {
        what: "seek to the middle of a half-fetched torrent",
        figure: format!("{:.0} ms", ms(began)),
        peer: format!("the seed gives {:.1} MB/s", film_bytes as f64 / 20.0 / 1e6),
    });
    house.stop();
    rows
}

/// In words: cores, processor, memory, system.
fn machine() -> String {
    let field = |file: &str, key: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        text.lines()
            .find_map(|line| line.strip_prefix(key))
            .map(|rest| {
                rest.trim_start_matches([' ', '\t', ':', '='])
                    .trim_matches('"')
                    .to_owned()
            })
            .unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory_kb: f64 = field("/proc/meminfo", "MemTotal")
        .split(' ')
        .next()
        .and_then(|kb| kb.parse().ok())
        .unwrap_or(0.0);
    format!(
        "{cores} cores of {}, {:.0} GiB, {}, software decoding, picture of {}×{} on Xvfb",
        field("/proc/cpuinfo", "model name"),
        memory_kb / 1024.0 / 1024.0,
        field("/etc/os-release", "PRETTY_NAME"),
        SIZE.0,
        SIZE.1,
    )
}
