//! The worker as the daemon starts it: a child process, one JSON line, an exit code.

#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::{fs, process::Command};

use serde_json::json;
use support::{
    card, folder,
    worker::{run, text, worker},
};

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

/// Where its identifiers fell one byte shorter, ten megabytes of an update were the card anew.
#[test]
fn the_same_card_is_the_same_file() {
    let card = |name: &str| {
        let out = folder().join(name);
        worker(&[
            "testcard",
            "--out",
            text(&out),
            "--seconds",
            "2",
            "--size",
            "320x180",
        ]);
        fs::read(&out).unwrap()
    };
    let first = card("first.mkv");
    for _ in 0..3 {
        assert!(card("again.mkv") == first, "it differs");
    }
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
