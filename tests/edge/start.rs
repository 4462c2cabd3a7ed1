//! Starting and ending: what keeps `hearthd run` from starting is named in one line, and nothing
//! is touched by it.

use std::{
    collections::BTreeMap,
    io::Read,
    os::unix::net::UnixListener,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use hearth_tests::{House, Live, SETUP_CODE, program_path};
use reqwest::Method;
use serde_json::json;

/// Ten times the limit.
const ENDS_WITHIN: Duration = Duration::from_secs(30);

struct Ended {
    success: bool,
    out: String,
    err: String,
}

/// Runs a program that should end by itself.
fn run(command: &mut Command) -> Ended {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("hearthd is built");
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > ENDS_WITHIN {
            child.kill().unwrap();
            break child.wait().unwrap();
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let mut out = String::new();
    let mut err = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut out)
        .unwrap();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .unwrap();
    Ended {
        success: status.success(),
        out,
        err,
    }
}

/// One line on standard error that holds all of `words`, and a non-zero end.
#[track_caller]
fn refused(command: &mut Command, words: &[&str]) {
    let ended = run(command.env("RUST_LOG", "error"));
    assert!(!ended.success, "it started: {}{}", ended.out, ended.err);
    assert_eq!(ended.out, "", "nothing was ready");
    let lines: Vec<&str> = ended.err.lines().collect();
    assert_eq!(lines.len(), 1, "one line:\n{}", ended.err);
    let line = lines[0];
    assert!(line.starts_with("hearthd: "), "{line}");
    for word in words {
        assert!(line.contains(word), "`{word}` is missing in: {line}");
    }
}

/// A house that has been set up and is stopped.
fn stopped() -> House {
    let mut house = House::builder().start();
    house.stop();
    house
}

/// Every file of a folder with its content.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            for (name, bytes) in content(&entry.path()) {
                files.insert(format!("{}/{name}", entry.file_name().display()), bytes);
            }
        } else if kind.is_file() {
            let bytes = std::fs::read(entry.path()).unwrap();
            files.insert(entry.file_name().to_string_lossy().into_owned(), bytes);
        }
    }
    files
}

fn hearthd(arguments: &[&str]) -> Command {
    let mut command = Command::new(program_path("hearthd"));
    command.args(arguments);
    command
}

#[test]
fn a_port_in_use_is_named() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let house = stopped();
    refused(
        house.command().args(["--listen", &address]),
        &[&address, "in use", "--listen"],
    );
    // One that is nobody's here.
    refused(
        house.command().args(["--listen", "192.0.2.1:80"]),
        &["192.0.2.1:80", "--listen"],
    );
}

#[test]
fn a_socket_in_use_is_named_and_stays_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("taken.sock");
    let other = UnixListener::bind(&path).unwrap();
    let house = stopped();
    let name = path.to_str().unwrap();
    refused(
        house.command().args(["--socket", name]),
        &[name, "in use", "--socket"],
    );
    other.set_nonblocking(true).unwrap();
    assert!(other.accept().is_ok(), "it only knocked");
    assert!(path.exists());
    refused(
        house
            .command()
            .args(["--socket", "/nowhere/at/all/hearthd.sock"]),
        &["/nowhere/at/all/hearthd.sock", "--socket"],
    );
}

/// A folder, or somebody's file, in the socket's place is not thrown away.
#[test]
fn what_is_no_socket_is_not_removed() {
    let house = stopped();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "keep me").unwrap();
    let name = file.to_str().unwrap();
    refused(
        house.command().args(["--socket", name]),
        &[name, "--socket"],
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "keep me");
}

#[test]
fn two_daemons_do_not_share_a_folder() {
    let house = House::builder().start();
    let state = house.data().join("state-v2.redb");
    refused(&mut house.command(), &[state.to_str().unwrap(), "in use"]);
}

#[test]
fn a_broken_configuration_is_named_with_its_key() {
    let house = stopped();
    let file = house.config_file();
    let name = file.to_str().unwrap();
    let before = content(&house.data());
    for (text, words) in [
        ("[server\nname = 1", vec![name, "line 1"]),
        ("[server]\nnmae = \"Kitchen\"", vec![name, "server.nmae"]),
        ("[kitchen]\nlight = true", vec![name, "kitchen"]),
        (
            "[torrents]\nquota_gb = \"much\"",
            vec![name, "\"torrents.quota_gb\""],
        ),
        (
            "[torrents]\nquota_gb = -1",
            vec![name, "\"torrents.quota_gb\""],
        ),
        (
            "[server]\nlisten = \"here\"",
            vec![name, "\"server.listen\""],
        ),
        ("scoring = 7", vec![name, "\"scoring\""]),
        ("[log]\nformat = \"poem\"", vec![name, "\"log.format\""]),
        ("[log]\nfilter = \"a=b=c\"", vec!["log.filter"]),
        (
            "[[sources.providers]]\nkind = \"carrier-pigeon\"",
            vec![name, "sources.providers"],
        ),
        (
            "[torrents]\nmin_free_gb = -5.0",
            vec!["torrents.min_free_gb"],
        ),
        (
            "[[sources.providers]]\nkind = \"torznab\"\nid = \"home\"\nname = \"Home\"\nurl = \"not an address\"\napi_key = \"hush\"",
            vec!["home"],
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let mut command = house.command();
        if text.contains("filter") {
            command.env_remove("RUST_LOG");
            let ended = run(&mut command);
            assert!(!ended.success);
            assert!(ended.err.contains("log.filter"), "{}", ended.err);
            assert_eq!(ended.err.lines().count(), 1, "{}", ended.err);
        } else {
            if !text.contains("listen") {
                command.args(["--listen", "127.0.0.1:0"]);
            }
            refused(&mut command, &words);
        }
        // What only the parts themselves can judge is judged when they are there.
        if !text.contains("min_free_gb") && !text.contains("not an address") {
            assert!(content(&house.data()) == before, "{text}: data was touched");
        }
    }
    let mut command = house.command();
    command.env("HEARTH__TORRENTS__QUOTA_GB", "much");
    std::fs::write(&file, "").unwrap();
    refused(&mut command, &["\"torrents.quota_gb\"", "environment"]);
    std::fs::remove_file(&file).unwrap();
    refused(&mut house.command(), &[name, "--config"]);
}

#[test]
fn a_store_of_a_newer_release_is_refused_and_untouched() {
    let house = stopped();
    std::fs::rename(
        house.data().join("state-v2.redb"),
        house.data().join("state-v9.redb"),
    )
    .unwrap();
    let before = content(&house.data());
    refused(
        &mut house.command(),
        &["state-v9.redb", "newer release", "schema 9"],
    );
    assert!(content(&house.data()) == before, "it was touched");
}

#[test]
fn a_damaged_store_is_refused_and_untouched() {
    let house = stopped();
    let state = house.data().join("state-v2.redb");
    let good = std::fs::read(&state).unwrap();
    let mut headless = good.clone();
    headless[..512].fill(0xa5);
    let mut rotten = good.clone();
    for byte in rotten.iter_mut().skip(4096) {
        *byte ^= 0x5a;
    }
    for (what, bytes) in [
        ("another file", b"not a store at all".repeat(1000)),
        ("no head", headless),
        ("rotten", rotten),
        ("cut", good[..good.len() / 2].to_vec()),
        ("cut in its head", good[..100].to_vec()),
    ] {
        std::fs::write(&state, &bytes).unwrap();
        let before = content(&house.data());
        refused(&mut house.command(), &[state.to_str().unwrap(), "backup"]);
        let after = content(&house.data());
        assert!(after == before, "{what}: it was touched");
    }
    std::fs::write(&state, &good).unwrap();
    let mut house = house;
    house.start();
}

#[test]
fn a_data_folder_that_cannot_be_one_is_named() {
    let house = stopped();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    // /proc takes no files from anybody, root included.
    for data in [
        file.as_path(),
        &file.join("below"),
        Path::new("/proc/hearth"),
    ] {
        let name = data.to_str().unwrap();
        let mut command = hearthd(&[
            "run",
            "--no-mdns",
            "--listen",
            "127.0.0.1:0",
            "--data",
            name,
        ]);
        command.arg("--config").arg(house.config_file());
        refused(&mut command, &[name, "--data"]);
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "no folder");
}

#[test]
fn config_explains_origins_and_keeps_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hearth.toml");
    std::fs::write(
        &file,
        r#"
            [server]
            name = "Kitchen"
            [torrents]
            proxy = "socks5://anna:hush-proxy@127.0.0.1:9"
            [[sources.providers]]
            kind = "torznab"
            id = "home"
            name = "Home"
            url = "http://127.0.0.1:9/hush-url/"
            api_key = "hush-key"
        "#,
    )
    .unwrap();
    let name = file.to_str().unwrap();
    let mut command = hearthd(&["config", "--explain", "--config", name, "--no-mdns"]);
    command
        .env("HEARTH__AUTH__SETUP_CODE", SETUP_CODE)
        .env("HEARTH__TORRENTS__QUOTA_GB", "7");
    let ended = run(&mut command);
    assert!(ended.success, "{}", ended.err);
    for line in [
        format!("server.name = \"Kitchen\"  # {name}"),
        "torrents.quota_gb = 7  # environment".into(),
        "server.mdns = false  # command line".into(),
        "scoring.weights.quality = 0.3  # default".into(),
        "auth.setup_code = (set)  # environment".into(),
    ] {
        assert!(
            ended.out.lines().any(|known| known == line),
            "{line}\nis not in\n{}",
            ended.out
        );
    }
    for secret in ["hush", SETUP_CODE] {
        assert!(!ended.out.contains(secret), "{}", ended.out);
        assert!(!ended.err.contains(secret), "{}", ended.err);
    }
    // Nor when a value beside them is wrong.
    std::fs::write(
        &file,
        "[auth]\nsetup_code = \"271828\"\n[torrents]\nquota_gb = \"much\"\n",
    )
    .unwrap();
    let ended = run(&mut hearthd(&["config", "--explain", "--config", name]));
    assert!(!ended.success);
    assert!(ended.err.contains("torrents.quota_gb"), "{}", ended.err);
    assert!(!ended.err.contains(SETUP_CODE), "{}", ended.err);
}

#[test]
fn help_tells_the_contract() {
    let ended = run(&mut hearthd(&["--help"]));
    assert!(ended.success);
    for word in ["run", "config", "pair"] {
        assert!(ended.out.contains(word), "{word}: {}", ended.out);
    }
    let ended = run(&mut hearthd(&["run", "--help"]));
    assert!(ended.success);
    for word in ["--data", "--config", "--listen", "--socket", "--no-mdns"] {
        assert!(ended.out.contains(word), "{word}: {}", ended.out);
    }
    let ended = run(&mut hearthd(&["config", "--help"]));
    assert!(ended.out.contains("--explain"), "{}", ended.out);
    for wrong in [&["run", "--unheard-of"][..], &["fly"], &[]] {
        assert!(!run(&mut hearthd(wrong)).success, "{wrong:?}");
    }
}

#[tokio::test]
async fn pair_shows_a_pin_that_pairs() {
    let house = House::builder().start();
    let data = house.data();
    let data = data.to_str().unwrap();
    let ended = run(&mut hearthd(&["pair", "--data", data]));
    assert!(ended.success, "{}", ended.err);
    let pin = ended
        .out
        .lines()
        .find_map(|line| line.strip_prefix("PIN "))
        .and_then(|line| line.split(' ').next())
        .expect("a PIN is printed");
    assert!(ended.out.contains(&format!("{}/#pair={pin}", house.base)));
    let body = json!({ "pin": pin, "device_name": "Test phone" });
    let stranger = hearth_tests::Phone::stranger(&house.base);
    let (status, _) = stranger
        .call(Method::POST, "/api/v1/pairing", Some(body))
        .await;
    assert_eq!(status, 201);
    drop(house);
    refused(
        &mut hearthd(&["pair", "--data", data]),
        &["hearthd.sock", "start it first"],
    );
}

/// How long SIGTERM takes.
fn ends(house: &mut House) -> Duration {
    let begun = Instant::now();
    house.stop();
    begun.elapsed()
}

#[tokio::test]
async fn sigterm_ends_it_in_time_whoever_is_connected() {
    let mut house = House::builder().start();
    let took = ends(&mut house);
    assert!(took < ENDS_WITHIN, "idle: {took:?}");
    assert!(!house.socket().exists(), "the socket is gone");
    house.start();
    let phone = house.pair_first("Test phone").await;
    let mut live = phone.live().await;
    let mut tv = Live::local(&house.socket()).await;
    tv.replicated().await;
    // One that never says hello, and one that is half a request.
    let mut silent = Live::silent(&house.base).await;
    let mut half = std::net::TcpStream::connect(house.base.trim_start_matches("http://")).unwrap();
    std::io::Write::write_all(&mut half, b"GET /api/v1/health HTTP/1.1\r\nHost: ").unwrap();
    let ending = tokio::task::spawn_blocking(move || (ends(&mut house), house));
    assert_eq!(live.closed().await, Some(1001), "clients are told");
    assert_eq!(tv.closed().await, Some(1001), "so is the TV");
    silent.closed().await;
    let (took, mut house) = ending.await.unwrap();
    assert!(took < ENDS_WITHIN, "with clients: {took:?}");
    house.start();
    phone.at(&house.base).get("/api/v1/home").await;
}

#[tokio::test]
async fn a_killed_daemon_leaves_nothing_in_the_way() {
    let mut house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    house.kill();
    assert!(house.socket().exists(), "the stale socket is there");
    house.start();
    phone.at(&house.base).get("/api/v1/home").await;
    house.local(Method::GET, "/api/v1/health", None).await;
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(house.socket()).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o660, "its peer is the local TV, nobody else");
}
