//! The program itself: `hearth-tv snapshot` against a box, pictures and endings.

#![allow(clippy::unwrap_used)]

mod support;

use std::{path::PathBuf, process::Command, time::Duration};

use support::{FakeBox, House, shot};

struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Picture {
    fn open(path: &PathBuf) -> Self {
        let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        Self {
            width: info.width,
            height: info.height,
            pixels,
        }
    }

    fn count(&self, color: [u8; 3]) -> usize {
        self.pixels
            .chunks(3)
            .filter(|pixel| *pixel == color)
            .count()
    }
}

const EMBER: [u8; 3] = [0xFF, 0x8A, 0x3D];

fn snapshot(fake: &FakeBox, name: &str, args: &[&str]) -> (bool, String, PathBuf) {
    let out = shot(name);
    let state = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hearth-tv"))
        .args(["snapshot", "--daemon", &fake.daemon(), "--out"])
        .arg(&out)
        .args(args)
        .env("XDG_STATE_HOME", state.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said, out)
}

#[test]
fn every_page_in_both_languages_and_sizes() {
    let fake = FakeBox::start(House::furnished());
    let pages = [
        ("home", ""),
        ("home-second-row", "Down Right Right"),
        ("home-last-row", "Down Down"),
        ("rail", "Left"),
        ("search", "Search type:s"),
        (
            "search-results",
            "Search type:s Right Right Right Right Right Right Right Right Right",
        ),
        ("search-nothing", "Search type:qwzx"),
        ("films", "Left Down Enter"),
        ("films-filters", "Left Down Enter Up Right"),
        ("films-genres", "Left Down Enter Up Right Enter Down"),
        (
            "films-narrowed",
            "Left Down Enter Up Right Enter Down Down Enter",
        ),
        (
            "films-none",
            "Left Down Enter Up Right Right Right Enter Down Enter",
        ),
        ("title", "Down Right Enter"),
        ("title-resume", "Enter"),
        ("sources", "Down Right Enter Right Enter"),
        ("series", "Right Enter"),
        ("series-episodes", "Right Enter Down Down Right"),
        ("settings", "Left Down Down Down Down Enter"),
        (
            "settings-motion",
            "Left Down Down Down Down Enter Down Down",
        ),
        (
            "settings-catalogue",
            "Left Down Down Down Down Enter Down Down Down Down",
        ),
        (
            "settings-about",
            "Left Down Down Down Down Enter Down Down Down Down Down Down Down",
        ),
    ];
    for (lang, size) in [("ru", "1920x1080"), ("en", "1280x720")] {
        for (page, keys) in pages {
            if std::env::var("HEARTH_PAGE").is_ok_and(|only| only != page) {
                continue;
            }
            let name = format!("{page}-{lang}-{size}");
            let (ok, said, out) = snapshot(
                &fake,
                &name,
                &["--keys", keys, "--lang", lang, "--size", size],
            );
            assert!(ok, "{name}: {said}");
            let picture = Picture::open(&out);
            assert_eq!(format!("{}x{}", picture.width, picture.height), size);
            assert!(
                picture.count(EMBER) > 100,
                "{name} shows where the focus is"
            );
        }
    }
}

#[test]
fn a_page_with_an_error_ends_non_zero_and_says_so() {
    let fake = FakeBox::start(House {
        broken: Some("The store cannot be read: the disk is full"),
        ..House::furnished()
    });
    let (ok, said, out) = snapshot(&fake, "error", &["--lang", "en"]);
    assert!(!ok);
    assert!(said.contains("The store cannot be read"), "{said}");
    assert!(
        out.exists(),
        "the picture of the error is written all the same"
    );
}

#[test]
fn no_daemon_is_said_in_words() {
    let fake = FakeBox::start(House::furnished());
    std::fs::remove_file(&fake.socket).unwrap();
    let (ok, said, _) = snapshot(&fake, "no-daemon", &["--lang", "ru"]);
    assert!(!ok);
    assert!(said.contains("hearthd.sock"), "{said}");
}

#[test]
fn nothing_plays_and_the_page_says_why() {
    let fake = FakeBox::start(House {
        prepare_problem: Some((
            "no-source-plays",
            "Three sources were tried; none of them sent anything",
        )),
        ..House::furnished()
    });
    let (ok, said, _) = snapshot(
        &fake,
        "no-source-plays",
        &["--keys", "Enter Enter", "--lang", "en"],
    );
    assert!(!ok);
    assert!(said.contains("none of them sent anything"), "{said}");
}

#[test]
fn nothing_was_found_and_the_page_says_what_to_do() {
    let fake = FakeBox::start(House {
        prepare_problem: Some(("no-sources", "nothing was found for this title")),
        ..House::furnished()
    });
    let (ok, said, _) = snapshot(
        &fake,
        "no-sources",
        &["--keys", "Enter Enter", "--lang", "ru"],
    );
    assert!(!ok);
    assert!(said.contains("nothing was found"), "{said}");
}

#[test]
fn an_empty_house_is_no_error() {
    let fake = FakeBox::start(House::empty());
    let (ok, said, _) = snapshot(&fake, "empty", &["--lang", "ru"]);
    assert!(ok, "{said}");
}

#[test]
fn a_slow_box_is_waited_for() {
    let fake = FakeBox::start(House {
        delay: Duration::from_millis(700),
        ..House::furnished()
    });
    let (ok, said, out) = snapshot(&fake, "slow", &["--keys", "Down", "--lang", "en"]);
    assert!(ok, "{said}");
    assert!(Picture::open(&out).count(EMBER) > 100);
}

#[test]
fn a_snapshot_is_no_screen_of_the_house() {
    let fake = FakeBox::start(House::furnished());
    let (ok, said, _) = snapshot(&fake, "no-screen", &["--keys", "Enter Back"]);
    assert!(ok, "{said}");
    let screens = fake.log(|log| {
        log.messages
            .iter()
            .filter(|message| matches!(message, hearth_model::ClientMessage::Screen { .. }))
            .count()
    });
    assert_eq!(screens, 0);
}

#[test]
fn a_script_that_is_not_understood_is_refused() {
    let fake = FakeBox::start(House::furnished());
    let (ok, said, _) = snapshot(&fake, "refused", &["--keys", "Jump"]);
    assert!(!ok);
    assert!(said.contains("`Jump` is not a key"), "{said}");
}
