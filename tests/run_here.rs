//! `make run` on a laptop: what `systemd/run-here` starts, what it starts again, and what it says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use hearth_tests::{Display, Phone, Program, program_path};

const PATIENCE: Duration = Duration::from_secs(60);

fn run_here(data: &Path, listen: &str) -> Command {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../systemd/run-here");
    let hearthd = program_path("hearthd");
    let mut command = Command::new(script);
    command
        .arg(hearthd.parent().unwrap())
        .arg(data)
        .arg(listen)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", data)
        .env("SLINT_BACKEND", "winit-software")
        .env("HEARTH__SERVER__MDNS", "false")
        .env("HEARTH__LIBRARY__REMOVABLE", "false")
        .env("HEARTH__LIBRARY__TEST_CARD", "false")
        .env("HEARTH__TORRENTS__DHT", "false")
        .env("HEARTH__TORRENTS__MIN_FREE_GB", "0")
        .env("HEARTH__TORRENTS__TRACKERS", "false")
        .env("HEARTH__TORRENTS__LISTEN", "false");
    command
}

/// The process of that name which a script started.
fn child(of: u32, name: &str) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{of}/task/{of}/children")).ok()?;
    children
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .find(|pid: &u32| {
            fs::read_link(format!("/proc/{pid}/exe"))
                .is_ok_and(|exe| exe.file_name().is_some_and(|file| file == name))
        })
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "{what}: not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn signal(pid: u32, name: &str) {
    let done = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status();
    assert!(done.unwrap().success());
}

fn is_gone(pid: u32) -> Option<()> {
    (!Path::new(&format!("/proc/{pid}")).exists()).then_some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tv_window_comes_back_when_it_dies_and_may_be_closed() {
    let display = Display::start();
    let data = tempfile::tempdir().unwrap();
    let mut command = run_here(data.path(), "127.0.0.1:0");
    command.env("DISPLAY", &display.name);
    let mut box_here = Program::start("run-here", &mut command);
    let base = box_here.wait_for("ready ", PATIENCE);
    let script = box_here.id();
    let first = wait_for("the TV window", || child(script, "hearth-tv"));
    signal(first, "KILL");
    let second = wait_for("the TV window again", || {
        child(script, "hearth-tv").filter(|tv| *tv != first)
    });
    // Somebody closes it: a good end, after which phones go on.
    let tv = Phone::at_socket(&data.path().join("hearthd.sock"));
    loop {
        let screens = tv.get("/api/v1/screens").await;
        if screens["items"][0]["connected"] == true {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    signal(second, "TERM");
    box_here.wait_for("The TV window was closed", PATIENCE);
    let health = Phone::stranger(&base).get("/api/v1/health").await;
    assert_eq!(health["status"], "ok", "{health}");
    assert_eq!(child(script, "hearth-tv"), None, "closed is closed");
    let daemon = child(script, "hearthd").unwrap();
    box_here.signal("TERM");
    box_here.ended(PATIENCE);
    wait_for("the end of the daemon", || is_gone(daemon));
}

#[test]
fn without_a_display_the_terminal_shows_how_to_pair() {
    let data = tempfile::tempdir().unwrap();
    let mut box_here = Program::start("run-here", &mut run_here(data.path(), "127.0.0.1:0"));
    let base = box_here.wait_for("ready ", PATIENCE);
    box_here.wait_for("No display here", PATIENCE);
    let pin = box_here.wait_for("PIN ", PATIENCE);
    assert!(
        pin.as_bytes()[..6].iter().all(u8::is_ascii_digit),
        "a PIN: {pin}"
    );
    let address = box_here.wait_for("http://", PATIENCE);
    assert_eq!(
        format!("http://{address}"),
        format!("{base}/#pair={}", &pin[..6])
    );
    assert!(
        box_here.log().contains('█'),
        "a QR code:\n{}",
        box_here.log()
    );
    box_here.signal("TERM");
    box_here.ended(PATIENCE);
}

#[test]
fn a_port_in_use_is_said_and_ends_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = tempfile::tempdir().unwrap();
    let mut box_here = Program::start("run-here", &mut run_here(data.path(), &address));
    let status = box_here.ended(PATIENCE);
    assert!(!status.success());
    let said = box_here.log();
    assert!(
        said.contains(&format!("{address} is in use")) && said.contains("--listen"),
        "{said}"
    );
}
