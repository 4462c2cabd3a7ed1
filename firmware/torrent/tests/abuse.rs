//! Hostile torrents, hostile peers and a full disk. The numbers in the names are those of the
//! list of abuse cases.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hearth_model::TorrentLocation;
use hearth_torrent::{Error, MAX_TORRENT_BYTES, State, inspect};
use support::{
    B, Home, MB, Made, PIECE, Seed, free_address,
    liar::{Liar, Lie, storm},
    noise, peak_memory, sha1, soon, text, torrent_of,
};
use tokio::io::AsyncReadExt;

/// A description that is right but for what `change` does to it.
fn hostile(change: impl FnOnce(&mut Vec<(&'static str, B)>)) -> B {
    let mut info = vec![
        ("length", B::Int(100)),
        ("name", text("film.mkv")),
        ("piece length", B::Int(PIECE as i128)),
        ("pieces", B::Bytes(vec![7; 20])),
    ];
    change(&mut info);
    B::Dict(info)
}

fn named(name: &[u8]) -> B {
    hostile(|info| info[1].1 = B::Bytes(name.to_vec()))
}

/// Files of 50 bytes.
fn listing(paths: &[&[&[u8]]]) -> B {
    let files = paths.iter().map(|path| {
        let path = path.iter().map(|name| B::Bytes(name.to_vec()));
        B::Dict(vec![
            ("length", B::Int(50)),
            ("path", B::List(path.collect())),
        ])
    });
    hostile(|info| info[0] = ("files", B::List(files.collect())))
}

fn bad_names() -> Vec<(&'static str, B)> {
    let long = vec![b'a'; 300];
    let deep: Vec<&[u8]> = vec![b"d"; 40];
    vec![
        ("up", named(b"..")),
        ("up and away", named(b"../../escaped.mkv")),
        ("absolute", named(b"/tmp/escaped.mkv")),
        ("backslash", named(b"..\\escaped.mkv")),
        ("NUL", named(b"film.mkv\0.txt")),
        ("escape sequence", named(b"\x1b[2Jfilm.mkv")),
        ("long", named(&long)),
        (
            "a path with up",
            listing(&[&[b"a.mkv"], &[b"..", b"..", b"escaped.mkv"]]),
        ),
        ("a path with here", listing(&[&[b".", b"a.mkv"]])),
        ("a path with a slash", listing(&[&[b"../escaped.mkv"]])),
        ("an absolute path", listing(&[&[b"/etc", b"passwd"]])),
        ("an empty name", listing(&[&[b"", b"etc", b"passwd"]])),
        ("no path", listing(&[&[]])),
        ("a long name", listing(&[&[&long]])),
        ("a deep path", listing(&[&deep])),
        ("twice", listing(&[&[b"a.mkv"], &[b"a.mkv"]])),
        ("a file as a folder", listing(&[&[b"a", b"b.mkv"], &[b"a"]])),
        (
            "a symbolic link",
            hostile(|info| {
                info.insert(0, ("attr", text("l")));
                info.push(("symlink path", B::List(vec![text("/"), text("etc")])));
            }),
        ),
        (
            "a symbolic link in a list",
            hostile(|info| {
                let link = B::Dict(vec![
                    ("attr", text("l")),
                    ("length", B::Int(100)),
                    ("path", B::List(vec![text("a.mkv")])),
                ]);
                info[0] = ("files", B::List(vec![link]));
            }),
        ),
    ]
}

/// Numbers that librqbit computes with unchecked.
fn bad_numbers() -> Vec<(&'static str, B)> {
    let number = |at: usize, value: i128| hostile(|info| info[at].1 = B::Int(value));
    vec![
        ("no piece length", number(2, 0)),
        ("a negative piece length", number(2, -1)),
        ("a huge piece length", number(2, i128::from(u32::MAX))),
        ("nothing in it", number(0, 0)),
        ("a negative size", number(0, -5)),
        ("a size past 64 bits", number(0, 1 << 65)),
        ("a size of 64 bits", number(0, i128::from(u64::MAX))),
        ("more than its pieces", number(0, 10 * PIECE as i128)),
        (
            "sizes that overflow together",
            hostile(|info| {
                let half = |name| {
                    B::Dict(vec![
                        ("length", B::Int(1 << 63)),
                        ("path", B::List(vec![text(name)])),
                    ])
                };
                info[0] = ("files", B::List(vec![half("a.mkv"), half("b.mkv")]));
            }),
        ),
        (
            "no pieces",
            hostile(|info| info[3].1 = B::Bytes(Vec::new())),
        ),
        (
            "pieces of the wrong length",
            hostile(|info| info[3].1 = B::Bytes(vec![7; 21])),
        ),
        (
            "a file and a list",
            hostile(|info| info.push(("files", B::List(Vec::new())))),
        ),
    ]
}

fn everything_below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        names.push(path.display().to_string());
        if path.is_dir() {
            names.extend(everything_below(&path));
        }
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_17_hostile_names_reach_nothing_outside_the_folder() {
    let home = Home::start().await;
    let before = everything_below(home.root.path());
    assert!(
        inspect(&torrent_of(hostile(|_| {}))).is_ok(),
        "the rest of it is right"
    );
    for (what, info) in bad_names().into_iter().chain(bad_numbers()) {
        let file = torrent_of(info);
        let error = inspect(&file).unwrap_err();
        assert!(matches!(error, Error::BadTorrent { .. }), "{what}: {error}");
        let opened = home
            .torrents
            .open(&TorrentLocation::default(), Some(file.into()))
            .await;
        assert!(
            matches!(opened.unwrap_err(), Error::BadTorrent { .. }),
            "{what}"
        );
    }
    assert_eq!(everything_below(home.root.path()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_17_hostile_names_from_a_peer_are_refused_too() {
    let home = Home::start().await;
    let peer = Liar::start(hostile(|_| {}).to_vec());
    assert!(
        home.open(peer.at(), None).await.is_ok(),
        "the rest of it is right"
    );
    soon(home.torrents.remove(&peer.infohash, true))
        .await
        .unwrap();
    let before = everything_below(home.root.path());
    for (what, info) in bad_names().into_iter().chain(bad_numbers()) {
        let peer = Liar::start(info.to_vec());
        let error = home.open(peer.at(), None).await.unwrap_err();
        assert!(matches!(error, Error::BadTorrent { .. }), "{what}: {error}");
        assert!(peer.asked() > 0, "{what}: the peer gave its description");
    }
    assert_eq!(everything_below(home.root.path()), before);
}

#[test]
fn abuse_18_deep_nesting_is_an_error() {
    let nested = |open: &str, close: &str| {
        let mut file = b"d4:info".to_vec();
        file.extend(open.repeat(20_000).into_bytes());
        file.extend(close.repeat(20_000).into_bytes());
        file.push(b'e');
        file
    };
    let mut unclosed = b"d4:info".to_vec();
    unclosed.extend(vec![b'l'; 5_000_000]);
    for file in [
        nested("l", "e"),
        nested("d1:a", "e"),
        unclosed,
        vec![b'l'; 20_000],
    ] {
        // The stack that tokio gives its workers.
        let thread = std::thread::Builder::new().stack_size(2 * MB);
        let result = thread
            .spawn(move || inspect(&file))
            .unwrap()
            .join()
            .unwrap();
        assert!(matches!(result.unwrap_err(), Error::BadTorrent { .. }));
    }
}

#[test]
fn abuse_18_damaged_files_are_errors() {
    let good = torrent_of(hostile(|_| {}));
    for end in 0..good.len() {
        assert!(inspect(&good[..end]).is_err(), "cut at {end}");
    }
    let mut changed = 0;
    for at in 0..good.len() {
        for byte in [0, b'e', b'i', b'd', b'9', 255] {
            let mut bytes = good.clone();
            bytes[at] = byte;
            changed += usize::from(inspect(&bytes).is_err());
        }
    }
    assert!(changed > 200, "{changed}");
    for bytes in [
        "",
        "e",
        "de",
        "d4:infoe",
        "i5e",
        "d4:info99999999999999999999:e",
        "hello",
    ] {
        assert!(inspect(bytes.as_bytes()).is_err(), "{bytes}");
    }
}

#[test]
fn abuse_18_a_million_files_cost_little_memory() {
    let file = |count: usize| {
        let mut bytes = b"d4:infod5:filesl".to_vec();
        for number in 0..count {
            bytes.extend(format!("d6:lengthi1e4:pathl7:{number:07}ee").into_bytes());
        }
        bytes.extend(b"e4:name1:n12:piece lengthi65536e6:pieces0:ee");
        bytes
    };
    // Too long to look at, short enough to scan, and short enough to parse.
    let files = [
        file(1_000_000),
        file(MAX_TORRENT_BYTES / 40),
        file(40_000),
        file(5001),
    ];
    let before = peak_memory();
    for file in &files {
        assert!(matches!(
            inspect(file).unwrap_err(),
            Error::BadTorrent { .. }
        ));
    }
    let taken = peak_memory() - before;
    assert!(taken < 100 * MB, "{taken}");
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_18_deep_nesting_from_a_peer_is_an_error() {
    let home = Home::start().await;
    let mut deep = vec![b'l'; 20_000];
    deep.extend(vec![b'e'; 20_000]);
    let peer = Liar::start(deep);
    let error = home.open(peer.at(), None).await.unwrap_err();
    assert!(matches!(error, Error::BadTorrent { .. }), "{error}");
    assert!(peer.asked() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_19_lying_peers_do_not_disturb_playback() {
    let made = Made::film(21, 6 * MB);
    // Real clients that seed wrong bytes, and one that speaks nonsense.
    let wrong: Vec<_> = (0..3)
        .map(|number| {
            let mut wrong = Made::film(21, 6 * MB);
            let content = noise(100 + number, 6 * MB);
            fs::write(wrong.folder.path().join("film.mkv"), &content).unwrap();
            wrong.files = vec![content];
            let unverified = ["--check-integrity=false", "--bt-seed-unverified=true"];
            (Seed::start(&wrong, &unverified), wrong)
        })
        .collect();
    let nonsense = Liar::with(made.info.clone(), Lie::Nonsense);
    let good = made.slow_seed(3 * MB);
    let mut peers: Vec<_> = wrong.iter().map(|(seed, _)| seed.address).collect();
    peers.extend([nonsense.address, good.address]);
    let home = Home::start().await;
    let location = TorrentLocation {
        peers,
        ..made.at(None)
    };
    let film = home.open(location, Some(&made)).await.unwrap();
    let mut content = Vec::new();
    soon(film.reader().await.unwrap().read_to_end(&mut content))
        .await
        .unwrap();
    assert!(content == made.files[0]);
    let stats = film.stats().await.unwrap();
    assert_eq!(stats.state, State::Complete);
    assert!(
        stats.fetched_bytes > stats.have_bytes,
        "nobody lied: {stats:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_18_deep_nesting_from_a_tracker_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let tracker = format!("http://{}/announce", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            counter.fetch_add(1, Ordering::Relaxed);
            let body = format!("d5:peers{}{}e", "l".repeat(20_000), "e".repeat(20_000));
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    let made = Made::film(24, 2 * MB);
    let seed = made.seed();
    let home = Home::with(|options| {
        options.trackers = true;
        options.magnet_timeout = Duration::from_secs(6);
    })
    .await;
    let location = |seed| TorrentLocation {
        trackers: vec![tracker.clone()],
        ..made.at(seed)
    };
    let error = home.open(location(None), None).await.unwrap_err();
    assert!(matches!(error, Error::NoPeers { .. }), "{error}");
    let asked_for_the_magnet = asked.load(Ordering::Relaxed);
    assert!(asked_for_the_magnet > 0);

    // An open torrent asks with code of its own.
    let film = home.open(location(Some(&seed)), Some(&made)).await.unwrap();
    let mut content = Vec::new();
    let mut reader = film.reader().await.unwrap();
    soon(reader.read_to_end(&mut content)).await.unwrap();
    assert!(content == made.files[0]);
    let again = async {
        while asked.load(Ordering::Relaxed) == asked_for_the_magnet {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon(again).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_19_a_storm_of_connections_does_not_disturb_playback() {
    const TIMES: usize = 500;
    let made = Made::film(25, 8 * MB);
    let seed = made.slow_seed(4 * MB);
    let address = free_address();
    let home = Home::with(|options| options.listen = Some(address)).await;
    let film = home.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    let mut content = vec![0; MB];
    soon(reader.read_exact(&mut content)).await.unwrap();
    let storms: Vec<_> = (0..4)
        .map(|_| storm(address, sha1(&made.info), TIMES))
        .collect();
    soon(reader.read_to_end(&mut content)).await.unwrap();
    assert!(content == made.files[0]);
    let connected: usize = storms.into_iter().map(|storm| storm.join().unwrap()).sum();
    assert!(connected > TIMES, "{connected}");
    assert_eq!(film.stats().await.unwrap().state, State::Complete);
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_19_a_vanishing_peer_costs_no_byte() {
    let made = Made::film(26, 8 * MB);
    let [first, second] = [made.slow_seed(2 * MB), made.slow_seed(2 * MB)];
    // And one who has nothing but a port that is closed.
    let location = TorrentLocation {
        peers: vec![first.address, second.address, free_address()],
        ..made.at(None)
    };
    let home = Home::start().await;
    let film = home.open(location, Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    let mut content = vec![0; MB];
    soon(reader.read_exact(&mut content)).await.unwrap();
    drop(first);
    soon(reader.read_to_end(&mut content)).await.unwrap();
    assert!(content == made.files[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_20_a_full_disk_is_said_and_recovered_from() {
    let made = Made::film(22, 12 * MB);
    let seed = made.slow_seed(2 * MB);
    let disk = Disk::mount(16 * MB);
    let home = Home::with(|options| options.folder = disk.0.path().join("torrents")).await;
    let rest = disk.0.path().join("rest");

    // Too little from the start: nothing is begun.
    fs::write(&rest, vec![1; 8 * MB]).unwrap();
    let error = home
        .open(made.at(Some(&seed)), Some(&made))
        .await
        .unwrap_err();
    let Error::DiskFull {
        needed_bytes,
        free_bytes,
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert_eq!(needed_bytes, 12 * MB as u64);
    assert!(free_bytes <= 8 * MB as u64);

    // Enough, until something else takes it.
    fs::remove_file(&rest).unwrap();
    let film = home.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    let mut content = Vec::new();
    // Whatever of it fits: some of the film may be there already.
    let _ = fs::write(&rest, vec![1; 12 * MB]);
    let error = soon(reader.read_to_end(&mut content)).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull, "{error}");
    let State::Failed(message) = film.stats().await.unwrap().state else {
        panic!("{:?}", film.stats().await.unwrap());
    };
    assert!(message.contains("the disk is full"), "{message}");
    assert!(
        made.files[0].starts_with(&content),
        "what was read was right"
    );

    // Still too little, then enough again: the film goes on and is whole.
    let error = home.open(made.at(Some(&seed)), None).await.unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    fs::remove_file(&rest).unwrap();
    let film = home.open(made.at(Some(&seed)), None).await.unwrap();
    let mut content = Vec::new();
    soon(film.reader().await.unwrap().read_to_end(&mut content))
        .await
        .unwrap();
    assert!(content == made.files[0]);
    soon(home.torrents.stop()).await;
}

/// A small disk of its own. Needs the right to mount, as tests in a container have.
struct Disk(tempfile::TempDir);

impl Disk {
    fn mount(size: usize) -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .status()
            .unwrap();
        assert!(
            mounted.success(),
            "this test mounts a small disk: run it as root"
        );
        Self(folder)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: librqbit may still hold files open.
        let _ = Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}
