//! abuse_20: the disk fills up in the middle of writing state, or takes no writes any more. The
//! data folder is a small tmpfs of the daemon's own, so that "full" and "read-only" are the
//! kernel's words and not a mock's.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hearth_model::{ClientMessage, LoadReport, Phase, ScreenKind, ServerMessage};
use hearth_tests::{House, Phone, Program};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::streams::{self, found};

const SIZE: &str = "6m";

/// A daemon in a mount namespace of its own; the tmpfs goes with it.
struct SmallDisk {
    daemon: Program,
    phone: Phone,
    /// The daemon's disk, seen from here.
    data: PathBuf,
    /// And as the daemon sees it.
    mounted_at: PathBuf,
}

impl SmallDisk {
    async fn start(house: &House) -> Self {
        let data = house.config_file().with_file_name("small");
        std::fs::create_dir_all(&data).unwrap();
        let run = house.command();
        let mut command = Command::new("unshare");
        command.args(["--mount", "--map-root-user", "--", "sh", "-c"]);
        command.arg(format!(
            "mount -t tmpfs -o size={SIZE} tmpfs \"$1\" && shift && exec \"$@\""
        ));
        command.arg("sh").arg(&data).arg(run.get_program());
        let mut arguments = run.get_args();
        while let Some(argument) = arguments.next() {
            command.arg(argument);
            if argument == "--data" {
                arguments.next();
                command.arg(&data);
            }
        }
        for (name, value) in run.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        let mut daemon = Program::start("hearthd on a small disk", &mut command);
        let base = daemon.wait_for("ready ", Duration::from_secs(60));
        let stranger = Phone::stranger(&base);
        let body = json!({ "pin": hearth_tests::SETUP_CODE, "device_name": "Test phone" });
        let tokens = stranger.post("/api/v1/pairing", body).await;
        Self {
            phone: stranger.holding(tokens["access_token"].as_str().unwrap()),
            data: Path::new("/proc")
                .join(daemon.id().to_string())
                .join("root")
                .join(data.strip_prefix("/").unwrap()),
            mounted_at: data,
            daemon,
        }
    }

    /// Takes every byte that is left.
    fn fill(&self) {
        let mut file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.data.join("filler"))
            .expect("the daemon's disk can be seen");
        let mut chunk = vec![0x5a; 64 * 1024];
        while !chunk.is_empty() {
            if file.write_all(&chunk).is_err() {
                chunk.truncate(chunk.len() / 2);
            }
        }
    }

    fn free(&self) {
        std::fs::remove_file(self.data.join("filler")).unwrap();
    }

    /// As a kernel does to a failing card. A second mount over the first does it while the daemon
    /// has files open for writing.
    fn turn_read_only(&self) {
        self.in_its_namespace("mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\"");
    }

    fn turn_writable(&self) {
        self.in_its_namespace("umount -l \"$1\"");
    }

    fn in_its_namespace(&self, script: &str) {
        let done = Command::new("nsenter")
            .args(["--target", &self.daemon.id().to_string(), "--mount", "--"])
            .args(["sh", "-c", script, "sh"])
            .arg(&self.mounted_at)
            .status()
            .expect("nsenter is there");
        assert!(done.success(), "{script}");
    }

    async fn progress(&self, title_id: &Value, position_ms: u64) -> (StatusCode, Value) {
        let body = json!({
            "title_id": title_id, "position_ms": position_ms, "duration_ms": 600_000,
        });
        self.phone
            .call(Method::POST, "/api/v1/player/progress", Some(body))
            .await
    }

    /// The `at`-th write of a row. Progress only rewrites the store, people grow it.
    async fn write_something(&self, film: &Value, at: u64) -> (StatusCode, Value) {
        if !at.is_multiple_of(4) {
            return self.progress(film, 60_000 + at).await;
        }
        let name = format!("person {at} {}", "x".repeat(40));
        let body = json!({ "username": name, "password": "correct horse" });
        self.phone
            .call(Method::POST, "/api/v1/auth/register", Some(body))
            .await
    }

    /// Reads from several phones at once, until stopped; every answer must be a good one.
    fn read_all_along(&self) -> Reading {
        let over = Arc::new(AtomicBool::new(false));
        let mut readers = JoinSet::new();
        for path in ["/api/v1/home", "/api/v1/user/history", "/api/v1/devices"] {
            let (phone, over) = (self.phone.clone(), over.clone());
            readers.spawn(async move {
                let mut count = 0;
                while !over.load(Ordering::Relaxed) {
                    phone.get(path).await;
                    count += 1;
                }
                count
            });
        }
        Reading { over, readers }
    }

    /// How far a title was watched, as its history says.
    async fn position(&self, title_id: &Value) -> Option<u64> {
        let history = self.phone.get("/api/v1/user/history?limit=500").await;
        history["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["title"]["id"] == *title_id)
            .and_then(|item| item["progress"]["position_ms"].as_u64())
    }
}

/// Everything is well again by itself.
async fn well(phone: &Phone) {
    let begun = Instant::now();
    while phone.get("/api/v1/health").await["status"] != "ok" {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "still not well: {}",
            phone.get("/api/v1/health").await
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

struct Reading {
    over: Arc<AtomicBool>,
    readers: JoinSet<usize>,
}

impl Reading {
    async fn stop(self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        self.readers.join_all().await.into_iter().sum()
    }
}

#[tokio::test]
async fn abuse_20_a_full_disk_is_told_and_nothing_is_lost() {
    let house = House::builder().start();
    let mut disk = SmallDisk::start(&house).await;
    let page = disk.phone.get("/api/v1/media/search?q=&limit=100").await;
    let titles: Vec<Value> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|title| title["id"].clone())
        .collect();
    let film = &titles[0];
    let (status, _) = disk.progress(film, 60_000).await;
    assert_eq!(status, StatusCode::NO_CONTENT);

    // And one is being watched on a screen.
    std::fs::write(disk.data.join("films/Some Film (2010).mp4"), b"a film").unwrap();
    let watched = found(&disk.phone, "some%20film").await["id"].clone();
    let mut screen = disk.phone.live().await;
    let screen_id = streams::screen(&mut screen, ScreenKind::Browser).await;
    let ask = json!({ "title_id": watched, "screen_id": screen_id });
    let prepared = disk.phone.post("/api/v1/player/prepare", ask).await;
    let session_id = serde_json::from_value(prepared["session_id"].clone()).unwrap();
    let report = |report| ClientMessage::Report {
        load_id: 1,
        session_id,
        report,
    };
    let duration_ms = Some(600_000);
    screen
        .send(&report(LoadReport::Prerolled { duration_ms }))
        .await;
    screen.phase(session_id, Phase::Paused).await;

    // Full: writes are either kept or refused with the reason; which, is written down here.
    disk.fill();
    let reading = disk.read_all_along();
    let mut kept = 60_000;
    let mut refused = 0;
    let begun = Instant::now();
    let mut at = 0_u64;
    while refused < 20 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the store never noticed the full disk: {at} writes"
        );
        at += 1;
        let (status, problem) = disk.write_something(film, at).await;
        match status {
            StatusCode::NO_CONTENT => kept = 60_000 + at,
            StatusCode::SERVICE_UNAVAILABLE => {
                refused += 1;
                assert_eq!(problem["slug"], "disk-full", "{problem}");
                assert!(
                    problem["detail"]
                        .as_str()
                        .unwrap()
                        .contains("free some space"),
                    "{problem}"
                );
            }
            StatusCode::CREATED | StatusCode::TOO_MANY_REQUESTS => {}
            other => panic!("write {at}: {other} {problem}"),
        }
    }
    // The screen is paused meanwhile: its place is kept in memory at least.
    let paused = LoadReport::Paused {
        position_ms: 123_000,
    };
    screen.send(&report(paused)).await;
    screen
        .until("the pause", |message, _| {
            matches!(message, ServerMessage::PauseEvent { .. }).then_some(())
        })
        .await;
    let reads = reading.stop().await;
    assert!(reads > 10, "the box answered meanwhile: {reads}");
    let health = disk.phone.get("/api/v1/health").await;
    assert_eq!(health["status"], "degraded", "{health}");
    assert!(
        health["parts"]["store"]["detail"]
            .as_str()
            .unwrap()
            .contains("space"),
        "{health}"
    );
    // What was acknowledged is there, and can be read while the disk is full.
    assert_eq!(disk.position(film).await, Some(kept));
    disk.phone.get("/api/v1/home").await;
    assert!(disk.daemon.is_running());

    // Space again: it works again by itself.
    disk.free();
    well(&disk.phone).await;
    let begun = Instant::now();
    assert_eq!(disk.position(film).await, Some(kept));
    while disk.position(&watched).await != Some(123_000) {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the paused film's place was lost"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for title in &titles {
        let (status, problem) = disk.progress(title, 1_000).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
        assert_eq!(disk.position(title).await, Some(1_000));
    }
}

#[tokio::test]
async fn abuse_20_a_disk_that_turns_read_only_can_still_be_read() {
    let house = House::builder().start();
    let mut disk = SmallDisk::start(&house).await;
    let page = disk.phone.get("/api/v1/media/search?q=&limit=1").await;
    let film = &page["items"][0]["id"];
    let (status, _) = disk.progress(film, 60_000).await;
    assert_eq!(status, StatusCode::NO_CONTENT);

    disk.fill();
    disk.turn_read_only();
    let reading = disk.read_all_along();
    let mut kept = 60_000;
    let mut refused = 0;
    let begun = Instant::now();
    let mut at = 0;
    while refused < 10 {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the store never noticed the read-only disk: {at} writes"
        );
        at += 1;
        let (status, problem) = disk.write_something(film, at).await;
        match status {
            StatusCode::NO_CONTENT => kept = 60_000 + at,
            StatusCode::SERVICE_UNAVAILABLE if problem["slug"] == "disk-read-only" => {
                let detail = problem["detail"].as_str().unwrap();
                assert!(detail.contains("replace it"), "{problem}");
                refused += 1;
            }
            // The file that is open meets the full disk first, and is then opened anew.
            StatusCode::SERVICE_UNAVAILABLE => {
                assert_eq!(problem["slug"], "disk-full", "{problem}");
            }
            StatusCode::CREATED | StatusCode::TOO_MANY_REQUESTS => {}
            other => panic!("write {at}: {other} {problem}"),
        }
    }
    let reads = reading.stop().await;
    assert!(reads > 10, "the box answered meanwhile: {reads}");
    assert_eq!(disk.position(film).await, Some(kept));
    let health = disk.phone.get("/api/v1/health").await;
    assert_eq!(health["status"], "degraded", "{health}");
    assert!(
        health["parts"]["store"]["detail"]
            .as_str()
            .unwrap()
            .contains("read-only"),
        "{health}"
    );
    assert!(disk.daemon.is_running());

    disk.turn_writable();
    disk.free();
    well(&disk.phone).await;
    let (status, problem) = disk.progress(film, 99_000).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{problem}");
    assert_eq!(disk.position(film).await, Some(99_000));
}
