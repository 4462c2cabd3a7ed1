//! The real TV window, on a display without a monitor.

use std::{process::Command, time::Duration};

use tempfile::TempDir;

use crate::{Display, FILM_SIZE, House, Program, program_path};

#[derive(Debug)]
pub struct Tv {
    program: Option<Program>,
    command_home: TempDir,
    pub display: Display,
    size: (u32, u32),
}

impl Tv {
    /// A TV switched on beside the box.
    pub fn start(house: &House) -> Self {
        Self::start_sized(house, FILM_SIZE)
    }

    pub fn start_sized(house: &House, size: (u32, u32)) -> Self {
        let mut tv = Self {
            program: None,
            command_home: tempfile::tempdir().expect("a temporary folder"),
            display: Display::start_sized(size),
            size,
        };
        tv.switch_on(house);
        tv
    }

    /// Starts `hearth-tv` (again) on the same display.
    pub fn switch_on(&mut self, house: &House) {
        let (width, height) = self.size;
        let mut command = Command::new(program_path("hearth-tv"));
        command
            .args(["--daemon", &format!("unix:{}", house.socket().display())])
            .args(["--windowed", "--size", &format!("{width}x{height}")])
            .args(["--lang", "en"])
            .env("DISPLAY", &self.display.name)
            .env_remove("WAYLAND_DISPLAY")
            .env("HOME", self.command_home.path())
            .env("SLINT_BACKEND", "winit-software")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env(
                "RUST_LOG",
                std::env::var("HEARTH_TEST_LOG").unwrap_or("info".into()),
            );
        self.program = Some(Program::start("hearth-tv", &mut command));
    }

    pub fn program(&mut self) -> &mut Program {
        self.program.as_mut().expect("the TV is on")
    }

    /// A key of a keyboard that is plugged into the TV, by its X name: `Return`, `Escape`, `a`.
    pub fn press(&self, key: &str) {
        let done = Command::new("xdotool")
            // Without a window manager nobody else gives the window the keyboard.
            .args(["search", "--onlyvisible", "--name", "Hearth"])
            .args(["windowfocus", "--sync", "key", key])
            .env("DISPLAY", &self.display.name)
            .status()
            .expect("xdotool is installed; run `make setup-test`");
        assert!(done.success(), "xdotool key {key}: {done}");
    }

    /// SIGKILL, as a crash would end it.
    pub fn kill(&mut self) {
        let mut program = self.program.take().expect("the TV is on");
        program.signal("KILL");
        program.ended(Duration::from_secs(30));
    }

    /// SIGTERM; the last position of the film that was seen.
    pub fn stop(&mut self, seen: Option<u64>) -> Option<u64> {
        let mut program = self.program.take().expect("the TV is on");
        program.signal("TERM");
        let mut last = seen;
        while program.is_running() {
            last = self.display.film_ms().or(last);
            std::thread::sleep(Duration::from_millis(5));
        }
        let status = program.ended(Duration::from_secs(30));
        assert!(
            status.success(),
            "hearth-tv ended with {status}:\n{}",
            program.log()
        );
        last
    }
}

impl Drop for Tv {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.display.look().keep();
        }
    }
}
