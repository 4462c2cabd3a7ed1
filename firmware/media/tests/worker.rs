//! The worker as the daemon starts it: a child process, one JSON line, an exit code.

#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::{
    fs,
    path::Path,
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use support::{card, folder};

/// A worker that takes longer than this hangs.
const LIMIT: Duration = Duration::from_mins(1);

struct Outcome {
    status: ExitStatus,
    stdout: String,
}

impl Outcome {
    /// The single line of standard output, as JSON.
    fn line(&self) -> Value {
        assert_eq!(
            self.stdout.lines().count(),
            1,
            "not one line: {:?}",
            self.stdout
        );
        serde_json::from_str(&self.stdout).unwrap()
    }
}

fn worker(arguments: &[&str]) -> Outcome {
    run(Command::new(env!("CARGO_BIN_EXE_hearth-media")).args(arguments))
}

fn run(command: &mut Command) -> Outcome {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let end = Instant::now() + LIMIT;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("a worker was still running after {LIMIT:?}: {command:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let stdout = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
    Outcome { status, stdout }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn the_test_card_tells_what_it_is_and_is_it() {
    let out = folder().join("told.mkv");
    let made = worker(&[
        "testcard",
        "--out",
        text(&out),
        "--seconds",
        "65",
        "--size",
        "160x90",
        "--fps",
        "10",
    ]);
    assert!(made.status.success());
    let told = made.line();
    let chapters = json!([
        {"title": "Глава 1 · Chapter 1", "start_ms": 0},
        {"title": "Глава 2 · Chapter 2", "start_ms": 30_000},
        {"title": "Глава 3 · Chapter 3", "start_ms": 60_000},
    ]);
    assert_eq!(told["duration_ms"], 65_000);
    assert_eq!(told["chapters"], chapters);
    assert!(!folder().join("told.mkv.part").exists());

    let found = worker(&["probe", text(&out)]).line();
    assert_eq!(found["container"], "matroska");
    assert!(
        found["duration_ms"].as_u64().unwrap().abs_diff(65_000) < 100,
        "{found}"
    );
    assert_eq!(found["seekable"], true);
    assert_eq!(found["chapters"], chapters);
    assert_eq!(
        found["video"],
        json!([{"codec": "h264", "width": 160, "height": 90, "fps": 10.0}])
    );
    assert_eq!(
        found["audio"],
        json!([
            {"codec": "aac", "language": "ru", "channels": 2, "title": "Низкий тон"},
            {"codec": "aac", "language": "en", "channels": 2, "title": "High tone"},
        ])
    );
    assert_eq!(
        found["subtitles"],
        json!([
            {"codec": "text", "language": "ru", "title": "Русские"},
            {"codec": "text", "language": "en", "title": "English"},
        ])
    );
    assert_eq!(told["audio"][0]["language"], found["audio"][0]["language"]);
}

#[test]
fn a_card_that_can_not_be_written_leaves_nothing() {
    let out = folder().join("no such folder").join("card.mkv");
    let refused = worker(&["testcard", "--out", text(&out), "--seconds", "1"]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(refused.line()["error"]["slug"], "output-unwritable");
    assert!(!out.parent().unwrap().exists());
}

#[test]
fn every_container_is_probed_by_path_and_by_descriptor() {
    for (ending, container) in [("mkv", "matroska"), ("mp4", "quicktime"), ("ts", "mpegts")] {
        let by_path = worker(&["probe", text(&card(ending))]).line();
        assert_eq!(by_path["container"], container, "{by_path}");
        assert_eq!(by_path["audio"][1]["language"], "en", "{by_path}");

        // The shell hands the descriptor down, as the daemon does.
        let file = card(ending);
        let binary = env!("CARGO_BIN_EXE_hearth-media");
        let by_descriptor = run(Command::new("sh").args([
            "-c",
            "exec \"$0\" probe fd:7 7<\"$1\"",
            binary,
            text(&file),
        ]));
        let (mut by_path, mut by_descriptor) = (by_path, by_descriptor.line());
        if ending == "ts" {
            // Nothing in a transport stream tells its length; it is estimated as it is read.
            by_path["duration_ms"].take();
            by_descriptor["duration_ms"].take();
        }
        assert_eq!(by_descriptor, by_path, "{ending}");
    }
}

#[test]
fn a_probe_reads_a_loopback_address() {
    let server = support::server::Server::of_file(&card("mp4"));
    let found = worker(&["probe", server.address()]).line();
    assert_eq!(found["video"][0]["width"], 320, "{found}");
}

#[test]
fn what_is_no_media_is_told_in_one_line() {
    let noise = folder().join("noise.mkv");
    fs::write(&noise, vec![0x55; 50_000]).unwrap();
    let empty = folder().join("empty.mp4");
    fs::write(&empty, []).unwrap();
    let missing = folder().join("missing.mkv");
    for input in [
        text(&noise),
        text(&empty),
        text(&missing),
        text(&folder()),
        "fd:99",
    ] {
        let refused = worker(&["probe", input, "--timeout-ms", "5000"]);
        assert_eq!(refused.status.code(), Some(1), "{input}");
        let error = refused.line()["error"].clone();
        assert_eq!(error["slug"], "media-unreadable", "{input}: {error}");
        assert!(error["detail"].as_str().unwrap().len() > 20, "{error}");
    }
}

#[test]
fn only_what_is_on_the_box_is_read() {
    for input in [
        "http://192.0.2.1/film.mkv",
        "rtsp://127.0.0.1/",
        "https://localhost/",
    ] {
        let refused = worker(&["probe", input]);
        assert_eq!(refused.status.code(), Some(1));
        assert_eq!(refused.line()["error"]["slug"], "input-refused");
    }
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    assert_eq!(worker(&["probe"]).status.code(), Some(2));
    assert_eq!(
        worker(&["probe", "x", "--timeout-ms", "1"]).status.code(),
        Some(2)
    );
    assert_eq!(
        worker(&["testcard", "--out", "x.mkv", "--size", "big"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn a_thumbnail_is_the_picture_of_its_place() {
    let film = card("mkv");
    for ending in ["png", "jpg"] {
        let out = folder().join(format!("still.{ending}"));
        let taken = worker(&[
            "thumbnail",
            text(&film),
            "--at",
            "12345",
            "--width",
            "640",
            "--out",
            text(&out),
        ]);
        assert!(taken.status.success());
        let told = taken.line();
        assert_eq!(
            (&told["width"], &told["height"]),
            (&json!(640), &json!(360))
        );
        let number = support::number_in_file(&out);
        support::assert_at(number, 12_345);
    }
    let late = folder().join("late.png");
    let told = worker(&[
        "thumbnail",
        text(&film),
        "--at",
        "9999999",
        "--out",
        text(&late),
    ])
    .line();
    assert!(told["at_ms"].as_u64().unwrap() > 19_000, "{told}");
}

/// Abuse line 22: damaged files may end the worker, in time and told by its exit status, and
/// nothing else. Deterministic, so that a damage that crashes a library is found again.
#[test]
fn abuse_22_damaged_files_end_in_an_answer_or_an_exit_status() {
    let mut crashes = Vec::new();
    for ending in ["mkv", "mp4", "ts"] {
        let film = fs::read(card(ending)).unwrap();
        for (number, damaged) in mutations(&film).into_iter().enumerate() {
            let path = folder().join(format!("damaged-{number}.{ending}"));
            fs::write(&path, &damaged).unwrap();
            let outcome = worker(&["probe", text(&path), "--timeout-ms", "5000"]);
            match outcome.status.code() {
                Some(0) => assert!(outcome.line()["video"].is_array()),
                Some(1) => assert!(outcome.line()["error"]["slug"].is_string()),
                _ => crashes.push(format!("{} ({})", path.display(), outcome.status)),
            }
            fs::remove_file(&path).unwrap();
        }
    }
    if !crashes.is_empty() {
        eprintln!("the worker died on: {crashes:#?}");
    }
}

/// Fourteen ways to damage a film.
fn mutations(film: &[u8]) -> Vec<Vec<u8>> {
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    let length = film.len();
    let mut all: Vec<Vec<u8>> = Vec::new();
    // Cut off.
    for hundredth in [1, 10, 50, 99] {
        all.push(film[..length * hundredth / 100].to_vec());
    }
    // Single wrong bytes: in the headers, at the end where indexes are, everywhere.
    for (start, range, count) in [
        (0, 600, 4),
        (0, 2_000, 20),
        (0, 2_000, 200),
        (length - 4_000, 4_000, 40),
        (0, length, 2_000),
    ] {
        let mut damaged = film.to_vec();
        for _ in 0..count {
            damaged[start + next(range)] = next(256) as u8;
        }
        all.push(damaged);
    }
    // Sizes that promise everything, and pieces missing, doubled and swapped.
    let mut huge = film.to_vec();
    for _ in 0..8 {
        let at = next(1_000);
        huge[at..at + 4].fill(0xFF);
    }
    all.push(huge);
    let mut blank = film.to_vec();
    blank[length / 3..length * 2 / 3].fill(0);
    all.push(blank);
    let mut hole = film.to_vec();
    hole.drain(5_000..9_001);
    all.push(hole);
    let mut doubled = film[..20_000].to_vec();
    doubled.extend_from_slice(film);
    all.push(doubled);
    let mut swapped = film.to_vec();
    swapped.rotate_left(length / 2);
    all.push(swapped);
    all
}
