//! A real BitTorrent client, aria2, as the only one that has a torrent.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::Torrent;
use crate::{Program, free_port};

const LISTENS_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Seed {
    program: Program,
    pub address: SocketAddr,
    pub torrent: Torrent,
    _folder: TempDir,
}

impl Seed {
    /// Seeds the file at `path`.
    pub fn start(path: &Path) -> Self {
        Self::with(path, None)
    }

    /// Gives at most so many bytes a second.
    pub fn slow(path: &Path, bytes_a_second: u64) -> Self {
        Self::with(path, Some(bytes_a_second))
    }

    fn with(path: &Path, bytes_a_second: Option<u64>) -> Self {
        let torrent = Torrent::of(path);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("it.torrent");
        std::fs::write(&file, &torrent.bytes).unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let mut command = Command::new("aria2c");
        command
            .args(["--no-conf=true", "--seed-ratio=0", "--check-integrity=true"])
            .args(["--enable-dht=false", "--enable-dht6=false"])
            .args(["--bt-enable-lpd=false", "--enable-peer-exchange=false"])
            .args(["--disable-ipv6=true", "--interface=127.0.0.1"])
            .args(["--show-console-readout=false", "--summary-interval=0"])
            .arg(format!("--listen-port={}", address.port()))
            // Should the test be killed, its seed ends by itself.
            .arg(format!("--stop-with-process={}", std::process::id()))
            .arg("--dir")
            .arg(path.parent().unwrap());
        if let Some(speed) = bytes_a_second {
            command.arg(format!("--max-upload-limit={speed}"));
        }
        let program = Program::start("aria2c", command.arg(file));
        let seed = Self {
            program,
            address,
            torrent,
            _folder: folder,
        };
        let until = Instant::now() + LISTENS_WITHIN;
        while TcpStream::connect(address).is_err() {
            assert!(
                Instant::now() < until,
                "aria2c does not listen:\n{}",
                seed.program.log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        seed
    }

    /// The magnet that leads here and nowhere else.
    pub fn magnet(&self) -> String {
        self.torrent.magnet(Some(self.address))
    }

    /// Gone, without a word to its peers.
    pub fn kill(&mut self) {
        self.program.signal("KILL");
        self.program.ended(Duration::from_secs(30));
    }
}
