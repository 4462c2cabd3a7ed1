//! `hearth-tv snapshot`: the real interface, drawn without a display against a running daemon.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use hearth_tests::{House, Program, film, peers::Services, program_path};

fn snapshot(daemon: &str, keys: &str, size: &str, out: &Path) -> Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(program_path("hearth-tv"))
        .args(["snapshot", "--daemon", daemon, "--keys", keys])
        .args(["--size", size, "--lang", "ru", "--out"])
        .arg(out)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", home.path())
        .output()
        .expect("hearth-tv starts")
}

/// Width and height from a PNG's head.
fn size_of(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n", "a PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_drawn_without_a_display() {
    let house = House::builder()
        .film("Night Train (2019) 360p.mkv", &film())
        .start();
    house.scanned(1).await;
    let daemon = format!("unix:{}", house.socket().display());
    let folder = tempfile::tempdir().unwrap();
    let mut pictures = Vec::new();
    for (page, keys, size, expected) in [
        ("home", "", "1920x1080", (1920, 1080)),
        ("search", "Search type:синтел", "1280x720", (1280, 720)),
        ("title", "Enter", "1280x720", (1280, 720)),
    ] {
        let out = folder.path().join(format!("{page}.png"));
        let done = snapshot(&daemon, keys, size, &out);
        assert!(
            done.status.success(),
            "{page}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
        let png = std::fs::read(&out).unwrap();
        assert_eq!(size_of(&png), expected, "{page}");
        // A page of one colour packs into far less.
        assert!(png.len() > 15_000, "{page} is {} bytes", png.len());
        pictures.push(png);
    }
    assert_ne!(pictures[1], pictures[2], "each page has its own picture");
    // A snapshot comes and goes: it is no screen of the house.
    let phone = house.pair_first("Phone").await;
    let screens = phone.get("/api/v1/screens").await;
    assert_eq!(screens["items"], serde_json::json!([]), "{screens}");
}

/// From the service to the screen: its posters are on the home page.
#[tokio::test(flavor = "multi_thread")]
async fn the_posters_of_a_service_are_on_the_screen() {
    let services = Services::start();
    let house = House::builder()
        .config(&services.config())
        .config("library.open_movies = false")
        .start();
    let phone = house.pair_first("Phone").await;
    let mut ranked = false;
    for _ in 0..600 {
        let home = phone.get("/api/v1/home").await.to_string();
        ranked = home.contains("The Forest Dragon");
        if ranked {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(ranked, "the service's row is there");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("home.png");
    let daemon = format!("unix:{}", house.socket().display());
    let done = snapshot(&daemon, "", "1280x720", &out);
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    // The poster has an orange that the interface has nowhere, dimmed where it isn't focused.
    let is_orange = |pixel: &image::Rgb<u8>| {
        let [red, green, blue] = pixel.0;
        red > 190 && (115..180).contains(&green) && blue < 24
    };
    let screen = image::open(&out).unwrap().to_rgb8();
    let orange = screen.pixels().filter(|pixel| is_orange(pixel)).count();
    assert!(orange > 500, "{orange} pixels of the poster");
}

#[test]
fn a_daemon_that_is_away_is_said_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = format!("unix:{}", folder.path().join("nobody.sock").display());
    let done = snapshot(&nobody, "", "640x360", &folder.path().join("shot.png"));
    assert!(!done.status.success());
    let said = String::from_utf8_lossy(&done.stderr);
    let last = said.trim().lines().last().unwrap_or_default();
    assert!(
        last.starts_with("hearth-tv: ") && last.contains("nobody.sock"),
        "{said}"
    );
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn keys_that_are_none_are_refused_with_the_ones_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("shot.png");
    let done = snapshot("unix:/nowhere", "Down Jump", "640x360", &out);
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(2), "{said}");
    assert!(said.contains("`Jump` is not a key"), "{said}");
    assert!(!out.exists());
}

/// A television that is off, or none: the box has its screen all the same, and can be confirmed.
#[tokio::test(flavor = "multi_thread")]
async fn a_tv_without_a_display_is_a_screen_all_the_same() {
    let house = House::builder().start();
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(program_path("hearth-tv"));
    command
        .args(["--daemon", &format!("unix:{}", house.socket().display())])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", home.path());
    let _tv = Program::start("hearth-tv", &mut command);
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    live.page(screen_id, "home").await;
}
