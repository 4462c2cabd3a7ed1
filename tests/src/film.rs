//! The film of the tests: Hearth's own test card, whose every frame carries its number.

use std::{fs::File, path::PathBuf, process::Command, time::SystemTime};

use crate::program_path;

pub const FILM_SECONDS: u32 = 60;
/// Of the film and of the display it is shown on.
pub const FILM_SIZE: (u32, u32) = (640, 360);
pub const FILM_FPS: u32 = 30;

/// A minute of it, in Matroska.
pub fn film() -> PathBuf {
    film_in("mkv", FILM_SECONDS)
}

/// Made by `hearth-media` when that was built anew, and kept beside it.
pub fn film_in(container: &str, seconds: u32) -> PathBuf {
    film_sized(container, seconds, FILM_SIZE)
}

pub fn film_sized(container: &str, seconds: u32, (width, height): (u32, u32)) -> PathBuf {
    let worker = program_path("hearth-media");
    let folder = worker.with_file_name("hearth-films");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    // Tests run side by side: one makes it, the others wait.
    let lock = File::create(folder.join("lock")).expect("the target folder can be written");
    lock.lock().expect("a file can be locked");
    let film = folder.join(format!("card-{seconds}s-{width}x{height}.{container}"));
    let written = |path: &PathBuf| -> Option<SystemTime> { path.metadata().ok()?.modified().ok() };
    if written(&film) < written(&worker) {
        let made = Command::new(&worker)
            .arg("testcard")
            .args(["--seconds", &seconds.to_string()])
            .args(["--size", &format!("{width}x{height}")])
            .args(["--fps", &FILM_FPS.to_string()])
            .arg("--out")
            .arg(&film)
            .output()
            .expect("hearth-media starts");
        assert!(
            made.status.success(),
            "hearth-media testcard: {}\n{}",
            String::from_utf8_lossy(&made.stdout),
            String::from_utf8_lossy(&made.stderr)
        );
    }
    film
}
