//! The words to systemd: ready, alive.

use std::{
    os::unix::net::UnixDatagram,
    process::Command,
    time::{Duration, Instant},
};

use hearth_tests::{House, Program, program_path};

const WITHIN: Duration = Duration::from_secs(60);
/// Before a program's name: as systemd does, tells it which process the watchdog looks at.
const UNDER_SYSTEMD: [&str; 4] = ["sh", "-c", "WATCHDOG_PID=$$ exec \"$@\"", "sh"];

/// What was said, until it holds `word`.
fn hear(socket: &UnixDatagram, word: &str) {
    let until = Instant::now() + WITHIN;
    let mut heard = Vec::new();
    while Instant::now() < until {
        let mut bytes = [0; 1024];
        if let Ok(read) = socket.recv(&mut bytes) {
            heard.push(String::from_utf8_lossy(&bytes[..read]).into_owned());
        }
        if heard
            .iter()
            .any(|said| said.lines().any(|line| line == word))
        {
            return;
        }
    }
    panic!("{word} was not said: {heard:?}");
}

fn listener(folder: &std::path::Path) -> (UnixDatagram, String) {
    let path = folder.join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    (socket, path.display().to_string())
}

#[test]
fn the_daemon_says_that_it_is_ready_and_alive() {
    let folder = tempfile::tempdir().unwrap();
    let (socket, address) = listener(folder.path());
    let mut house = House::builder()
        .env("NOTIFY_SOCKET", &address)
        .env("WATCHDOG_USEC", "600000")
        .inside(UNDER_SYSTEMD.map(str::to_owned).to_vec())
        .start();
    hear(&socket, "READY=1");
    hear(&socket, "WATCHDOG=1");
    hear(&socket, "WATCHDOG=1");
    house.stop();
    hear(&socket, "STOPPING=1");
}

#[test]
fn the_tv_says_that_it_is_ready_and_alive_without_a_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let (socket, address) = listener(folder.path());
    let [shell, words @ ..] = UNDER_SYSTEMD;
    let mut command = Command::new(shell);
    command
        .args(words)
        .arg(program_path("hearth-tv"))
        .args(["--headless", "--daemon", "unix:/nowhere/hearthd.sock"])
        .env("HOME", folder.path())
        .env("NOTIFY_SOCKET", &address)
        .env("WATCHDOG_USEC", "600000");
    let mut tv = Program::start("hearth-tv", &mut command);
    hear(&socket, "READY=1");
    hear(&socket, "WATCHDOG=1");
    hear(&socket, "WATCHDOG=1");
    // A thread that draws no more is no TV: nothing feeds the watchdog then.
    tv.signal("STOP");
    let mut bytes = [0; 1024];
    while socket.recv(&mut bytes).is_ok() {}
    tv.signal("CONT");
    hear(&socket, "WATCHDOG=1");
    tv.signal("TERM");
    assert!(tv.ended(WITHIN).success(), "{}", tv.log());
}
