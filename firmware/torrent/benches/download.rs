//! `cargo bench -p hearth-torrent --bench download`: one file, from one seed, over a pair of
//! network namespaces, fetched by this crate and by other clients in turn. Prints a Markdown
//! table. `HEARTH_BENCH_MB` sets the file's size. Needs root.
//!
//! The first frame is there when the file's first 4 MB and its last piece are on the disk: what a
//! player reads before it shows anything.

#![allow(clippy::unwrap_used, reason = "a bench that cannot measure says where")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::{
    fs::{self, File},
    net::{SocketAddr, SocketAddrV4},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use hearth_torrent::{Options, State, Torrents};
use support::{
    MB, Made, PIECE, Seed,
    finders::http_tracker,
    land::{Land, VPN_END},
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

const HEAD: usize = 4 * MB;
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// The kernel's unit for processor time, on everything Hearth runs on.
const TICKS_A_SECOND: f64 = 100.0;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let ["fetch", torrent, folder, peer] = *words.iter().map(String::as_str).collect::<Vec<_>>()
    {
        return fetch(Path::new(torrent), Path::new(folder), peer.parse().unwrap());
    }
    if !runs("aria2c", &["--version"]) {
        println!("skipped: aria2c, which seeds here, is not installed");
        return;
    }
    let megabytes = std::env::var("HEARTH_BENCH_MB").map_or(512, |text| text.parse().unwrap());
    let course = Course::lay(megabytes);
    println!("| client | CPU s/GB | peak MB | MB/s | first frame ms | MB before it |");
    println!("|---|---|---|---|---|---|");
    course.run("Hearth", hearth);
    course.run("aria2", aria2);
    if runs("/usr/bin/python3", &["-c", "import libtorrent"]) {
        course.run("libtorrent", libtorrent);
    } else {
        println!(
            "\nskipped: libtorrent, whose Python module (python3-libtorrent) is not installed"
        );
    }
    println!("\n{megabytes} MiB in pieces of 64 KiB, from one aria2, over a pair of veths.");
}

fn runs(program: &str, words: &[&str]) -> bool {
    Command::new(program)
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What all run on in turn.
struct Course {
    land: Land,
    made: Made,
    torrent: PathBuf,
    seed: SocketAddrV4,
    _seed: Seed,
    _folder: TempDir,
}

/// A client to start, and where it puts the file.
type Runner = fn(&Course, folder: &Path) -> (Command, PathBuf);

impl Course {
    fn lay(megabytes: usize) -> Self {
        let (land, made) = (Land::lay(), Made::film(99, megabytes * MB));
        let at = |port| SocketAddrV4::new(VPN_END.parse().unwrap(), port);
        let folder = TempDir::new().unwrap();
        let torrent = folder.path().join("it.torrent");
        fs::write(&torrent, &made.torrent).unwrap();
        http_tracker(&land.far, at(8000), at(6881));
        Self {
            _seed: Seed::there(&made, &land.far, at(6881), None),
            seed: at(6881),
            land,
            made,
            torrent,
            _folder: folder,
        }
    }

    fn run(&self, name: &str, runner: Runner) {
        let folder = TempDir::new().unwrap();
        let (mut command, file) = runner(self, folder.path());
        let before = self.land.received();
        let began = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut head = Head::default();
        let mut first = None;
        let mut peak = 0.0;
        let cpu = loop {
            if first.is_none() && head.is_there(&file, &self.made.files[0]) {
                first = Some((began.elapsed(), self.land.received() - before));
            }
            let (cpu, ended) = cpu_seconds(child.id());
            peak = peak_mb(child.id()).unwrap_or(peak);
            if ended {
                break cpu;
            }
            std::thread::sleep(LOOK_EVERY);
        };
        let took = began.elapsed();
        assert!(child.wait().unwrap().success(), "{name} failed");
        assert!(fs::read(&file).unwrap() == self.made.files[0], "{name}");
        let (frame, bytes) = first.unwrap_or((took, self.land.received() - before));
        let size = self.made.files[0].len() as f64;
        println!(
            "| {name} | {:.2} | {peak:.0} | {:.0} | {} | {:.1} |",
            cpu / (size / 1e9),
            size / 1e6 / took.as_secs_f64(),
            frame.as_millis(),
            bytes as f64 / 1e6,
        );
    }
}

fn hearth(course: &Course, folder: &Path) -> (Command, PathBuf) {
    let own = std::env::current_exe().unwrap();
    let mut command = course.land.box_.command(own.to_str().unwrap());
    command
        .arg("fetch")
        .arg(&course.torrent)
        .arg(folder)
        .arg(course.seed.to_string());
    let data = folder.join(&course.made.infohash).join("data");
    (command, data.join("film.mkv"))
}

fn aria2(course: &Course, folder: &Path) -> (Command, PathBuf) {
    let mut command = course.land.box_.command("aria2c");
    command
        .args(["--no-conf=true", "--quiet=true", "--seed-time=0"])
        .args(["--file-allocation=none", "--enable-dht=false"])
        .args(["--enable-dht6=false", "--bt-enable-lpd=false"])
        .args(["--enable-peer-exchange=false", "--disable-ipv6=true"])
        .arg("--bt-prioritize-piece=head=4M,tail=1M")
        .arg(format!("--bt-tracker=http://{VPN_END}:8000/announce"))
        .arg("--dir")
        .arg(folder)
        .arg(&course.torrent);
    (command, folder.join("film.mkv"))
}

fn libtorrent(course: &Course, folder: &Path) -> (Command, PathBuf) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/libtorrent_fetch.py");
    // Debian's own python has Debian's libtorrent.
    let mut command = course.land.box_.command("/usr/bin/python3");
    command
        .args(["-B", script])
        .arg(&course.torrent)
        .arg(folder)
        .arg(course.seed.ip().to_string())
        .arg(course.seed.port().to_string());
    (command, folder.join("film.mkv"))
}

/// How much of what a player needs first is on the disk and right.
#[derive(Default)]
struct Head(usize);

impl Head {
    fn is_there(&mut self, file: &Path, content: &[u8]) -> bool {
        let Ok(file) = File::open(file) else {
            return false;
        };
        let mut piece = vec![0; PIECE];
        let mut right = |at: usize| {
            let wanted = &content[at..(at + PIECE).min(content.len())];
            let piece = &mut piece[..wanted.len()];
            file.read_exact_at(piece, at as u64).is_ok() && piece == wanted
        };
        while self.0 < HEAD.min(content.len()) {
            if !right(self.0) {
                return false;
            }
            self.0 += PIECE;
        }
        right((content.len() - 1) / PIECE * PIECE)
    }
}

/// And whether it has ended.
fn cpu_seconds(process: u32) -> (f64, bool) {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The program's name may hold anything.
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<&str> = fields.split(' ').collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    ((ticks(11) + ticks(12)) / TICKS_A_SECOND, fields[0] == "Z")
}

fn peak_mb(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// What the box does when a film is played, until all of it is there.
fn fetch(torrent: &Path, folder: &Path, peer: SocketAddr) {
    let file = fs::read(torrent).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let torrents = Torrents::start(Options {
            listen: None,
            quota_bytes: u64::MAX,
            ..Options::loopback(folder)
        })
        .await
        .unwrap();
        let location = hearth_model::TorrentLocation {
            peers: vec![peer],
            ..Default::default()
        };
        let film = torrents.open(&location, Some(file.into())).await.unwrap();
        let mut reader = film.reader().await.unwrap();
        let mut end = film.reader().await.unwrap();
        end.seek(std::io::SeekFrom::End(-1)).await.unwrap();
        let (mut head, mut tail) = (vec![0; HEAD.min(film.size_bytes as usize)], [0]);
        let (first, last) = tokio::join!(reader.read_exact(&mut head), end.read_exact(&mut tail));
        first.and(last).unwrap();
        while film.stats().await.unwrap().state != State::Complete {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        torrents.stop().await;
    });
}
