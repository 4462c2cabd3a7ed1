//! Abuse line 22: damaged films may end a job, in time and told by its exit status, and nothing
//! else. Deterministic, so that a damage that crashes a library is found again.

#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use support::{
    card, folder,
    mutations::mutations,
    worker::{run, text, worker},
};

/// What the daemon allows a job.
const MEMORY_BYTES: u64 = 3 << 30;

/// Run a job over every damaged film, with the daemon's limit on memory. `judge` sees each
/// answer that was a good one, and what the job was to write.
fn every_damage(job: &str, ending: &str, arguments: &[&str], judge: impl Fn(&Value, &Path)) {
    let mut crashes = Vec::new();
    for kind in ["mkv", "mp4", "ts"] {
        let film = fs::read(card(kind)).unwrap();
        for (number, damaged) in mutations(&film).into_iter().enumerate() {
            let path = folder().join(format!("{job}-{number}.{kind}"));
            let out = path.with_extension(format!("{kind}.{ending}"));
            let part = PathBuf::from(format!("{}.part", out.display()));
            fs::write(&path, &damaged).unwrap();
            let mut command = Command::new("prlimit");
            command
                .arg(format!("--as={MEMORY_BYTES}"))
                .arg(env!("CARGO_BIN_EXE_hearth-media"))
                .args([job, text(&path), "--timeout-ms", "5000"])
                .args(arguments);
            if job != "probe" {
                command.args(["--out", text(&out)]);
            }
            let outcome = run(&mut command);
            match outcome.status.code() {
                Some(0) => judge(&outcome.line(), &out),
                Some(1) => {
                    assert!(outcome.line()["error"]["slug"].is_string());
                    assert!(!out.exists() && !part.exists(), "{}", path.display());
                }
                _ => {
                    assert!(!out.exists(), "a dead job left {}", out.display());
                    crashes.push(format!("{} ({})", path.display(), outcome.status));
                }
            }
            for left in [path, out, part] {
                // What was never written need not be removed.
                let _ = fs::remove_file(left);
            }
        }
    }
    if !crashes.is_empty() {
        eprintln!("{job} died of: {crashes:#?}");
    }
}

#[test]
fn abuse_22_damaged_films_are_probed_or_refused() {
    every_damage("probe", "none", &[], |told, _| {
        assert!(told["video"].is_array());
    });
}

#[test]
fn abuse_22_damaged_films_have_a_thumbnail_or_none() {
    every_damage("thumbnail", "png", &["--at", "11000"], |told, out| {
        assert!(told["at_ms"].is_u64());
        assert_eq!(&fs::read(out).unwrap()[1..4], b"PNG");
    });
}

#[test]
fn abuse_22_damaged_films_become_whole_ones_or_none() {
    every_damage("remux", "mp4", &["--from", "3000"], |told, out| {
        assert_eq!(told["bytes"], out.metadata().unwrap().len());
        let found = worker(&["probe", text(out)]).line();
        assert_eq!(found["video"][0]["codec"], "h264", "{found}");
    });
}
