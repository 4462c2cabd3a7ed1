//! What the torrent tests share: torrents made by hand, and a real client that seeds them.
#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

pub mod finders;
pub mod land;
pub mod liar;
pub mod socks;

use std::{
    fs,
    net::{SocketAddr, SocketAddrV4, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use bytes::Bytes;
use hearth_model::TorrentLocation;
use hearth_torrent::{OpenFile, Options, Result, Torrents};
use sha1w::ISha1;
use tempfile::TempDir;

pub const PIECE: usize = 64 * 1024;
pub const MB: usize = 1 << 20;
/// Long enough for a busy machine, short enough to call a hang a hang.
const PATIENCE: Duration = Duration::from_secs(90);

/// A bencode value.
pub enum B {
    Int(i128),
    Bytes(Vec<u8>),
    List(Vec<B>),
    Dict(Vec<(&'static str, B)>),
}

pub fn text(text: &str) -> B {
    B::Bytes(text.as_bytes().to_vec())
}

impl B {
    pub fn write(&self, out: &mut Vec<u8>) {
        let bytes = |out: &mut Vec<u8>, bytes: &[u8]| {
            out.extend(format!("{}:", bytes.len()).into_bytes());
            out.extend(bytes);
        };
        match self {
            B::Int(number) => out.extend(format!("i{number}e").into_bytes()),
            B::Bytes(text) => bytes(out, text),
            B::List(list) => {
                out.push(b'l');
                for item in list {
                    item.write(out);
                }
                out.push(b'e');
            }
            B::Dict(entries) => {
                out.push(b'd');
                for (key, value) in entries {
                    bytes(out, key.as_bytes());
                    value.write(out);
                }
                out.push(b'e');
            }
        }
    }

    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }
}

pub fn torrent_of(info: B) -> Vec<u8> {
    B::Dict(vec![("info", info)]).to_vec()
}

pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    let mut hash = sha1w::Sha1::new();
    hash.update(bytes);
    hash.finish()
}

pub fn hex(bytes: &[u8]) -> String {
    let digits = b"0123456789abcdef";
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles
        .map(|nibble| char::from(digits[nibble as usize]))
        .collect()
}

/// The same for the same seed, and compressible by nobody.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length.div_ceil(8))
        .flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        })
        .take(length)
        .collect()
}

/// A torrent with its content lying in a folder, as its maker has it.
pub struct Made {
    pub folder: TempDir,
    pub torrent: Bytes,
    pub info: Vec<u8>,
    pub infohash: String,
    /// The files' contents, in the torrent's order.
    pub files: Vec<Vec<u8>>,
}

impl Made {
    pub fn film(seed: u64, length: usize) -> Self {
        Self::new("film.mkv", &[], vec![noise(seed, length)])
    }

    /// One file called `name`, or a folder of that name with files of these `paths`.
    pub fn new(name: &str, paths: &[&str], files: Vec<Vec<u8>>) -> Self {
        let folder = TempDir::new().unwrap();
        let content = files.concat();
        let pieces = content.chunks(PIECE).flat_map(sha1).collect();
        let mut info = Vec::new();
        if paths.is_empty() {
            fs::write(folder.path().join(name), &content).unwrap();
            info.push(("length", B::Int(content.len() as i128)));
        } else {
            let list = paths.iter().zip(&files).map(|(path, file)| {
                let target = folder.path().join(name).join(path);
                fs::create_dir_all(target.parent().unwrap()).unwrap();
                fs::write(target, file).unwrap();
                let path = path.split('/').map(text).collect();
                B::Dict(vec![
                    ("length", B::Int(file.len() as i128)),
                    ("path", B::List(path)),
                ])
            });
            info.push(("files", B::List(list.collect())));
        }
        info.push(("name", text(name)));
        info.push(("piece length", B::Int(PIECE as i128)));
        info.push(("pieces", B::Bytes(pieces)));
        let info = B::Dict(info);
        let raw = info.to_vec();
        Self {
            folder,
            infohash: hex(&sha1(&raw)),
            info: raw,
            torrent: torrent_of(info).into(),
            files,
        }
    }

    pub fn seed(&self) -> Seed {
        Seed::start(self, &[])
    }

    /// In bytes a second.
    pub fn slow_seed(&self, speed: usize) -> Seed {
        Seed::start(self, &[&format!("--max-upload-limit={speed}")])
    }

    /// The torrent by its infohash, with one peer or none.
    pub fn at(&self, seed: Option<&Seed>) -> TorrentLocation {
        TorrentLocation {
            infohash: Some(self.infohash.clone()),
            peers: seed.map(|seed| seed.address).into_iter().collect(),
            ..TorrentLocation::default()
        }
    }
}

/// An aria2 that has the whole torrent; killed when dropped.
pub struct Seed {
    process: Child,
    pub address: SocketAddr,
    _folder: TempDir,
}

impl Seed {
    pub fn start(made: &Made, more: &[&str]) -> Self {
        let address = free_address();
        let mut more = more.to_vec();
        more.push("--interface=127.0.0.1");
        let seed = Self::run(Command::new("aria2c"), made, address, &more);
        until_it_listens(address);
        seed
    }

    /// In another network; `speed` in bytes a second.
    pub fn there(
        made: &Made,
        side: &land::Side,
        address: SocketAddrV4,
        speed: Option<usize>,
    ) -> Self {
        let limit = format!("--max-upload-limit={}", speed.unwrap_or(0));
        let seed = Self::run(side.command("aria2c"), made, address.into(), &[&limit]);
        side.enter(move || until_it_listens(address.into()));
        seed
    }

    fn run(mut program: Command, made: &Made, address: SocketAddr, more: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let torrent = folder.path().join("it.torrent");
        fs::write(&torrent, &made.torrent).unwrap();
        let process = program
            .args(["--no-conf=true", "--quiet=true", "--seed-ratio=0"])
            .args([
                "--check-integrity=true",
                "--enable-dht=false",
                "--enable-dht6=false",
            ])
            .args(["--bt-enable-lpd=false", "--enable-peer-exchange=false"])
            .arg("--disable-ipv6=true")
            .arg(format!("--listen-port={}", address.port()))
            .arg(format!("--stop-with-process={}", std::process::id()))
            .arg("--dir")
            .arg(made.folder.path())
            .args(more)
            .arg(torrent)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("aria2c seeds in these tests: install the package aria2");
        Self {
            process,
            address,
            _folder: folder,
        }
    }
}

fn until_it_listens(address: SocketAddr) {
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(address).is_err() {
        assert!(Instant::now() < deadline, "aria2c never listened");
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Free a moment ago, and below the ports that Linux hands out by itself, so that no other test's
/// connection takes it meanwhile.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let begin = std::process::id().wrapping_mul(97);
    loop {
        let at = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let address = SocketAddr::from(([127, 0, 0, 1], 10_000 + (at % 20_000) as u16));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// A torrent part on loopback, in a folder of its own.
pub struct Home {
    pub torrents: Torrents,
    pub root: TempDir,
    pub magnet_timeout: Duration,
}

impl Home {
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let root = TempDir::new().unwrap();
        let mut options = options(root.path());
        change(&mut options);
        let magnet_timeout = options.magnet_timeout;
        let torrents = Torrents::start(options).await.unwrap();
        Self {
            torrents,
            root,
            magnet_timeout,
        }
    }

    /// Fails the test when it hangs.
    pub async fn open(&self, at: TorrentLocation, made: Option<&Made>) -> Result<OpenFile> {
        soon(
            self.torrents
                .open(&at, made.map(|made| made.torrent.clone())),
        )
        .await
    }

    pub fn folder(&self) -> PathBuf {
        self.root.path().join("torrents")
    }
}

pub fn options(root: &Path) -> Options {
    Options {
        magnet_timeout: Duration::from_secs(20),
        ..Options::loopback(root.join("torrents"))
    }
}

pub async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .expect("it hangs")
}

/// The most the process has held since it began, or since `forget_peak`.
pub fn peak_memory() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let kilobytes: String = line.chars().filter(char::is_ascii_digit).collect();
    kilobytes.parse::<usize>().unwrap() * 1024
}

pub fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

pub fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            // What is being written under another name may be gone by now.
            let copied = fs::copy(entry.path(), target);
            assert!(!copied.is_err_and(|error| error.kind() != std::io::ErrorKind::NotFound));
        }
    }
}

/// The numbers of the pieces that a saved list names; none when there is no list.
pub fn pieces_there(list: &Path) -> Vec<usize> {
    let bytes = fs::read(list).unwrap_or_default();
    (0..bytes.len() * 8)
        .filter(|piece| bytes[piece / 8] & (0x80 >> (piece % 8)) != 0)
        .collect()
}
