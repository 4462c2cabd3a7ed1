//! A peer that is not what it says.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hearth_model::TorrentLocation;

use super::{hex, sha1};

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// Gives any description asked for by its hash.
    None,
    /// And sends nonsense for pieces.
    Nonsense,
    /// Offers a description so long, and never gives it.
    Holds(usize),
}

pub struct Liar {
    pub address: SocketAddr,
    pub infohash: String,
    asked: Arc<AtomicUsize>,
}

impl Liar {
    pub fn start(info: Vec<u8>) -> Self {
        Self::with(info, Lie::None)
    }

    pub fn with(info: Vec<u8>, lie: Lie) -> Self {
        let hash = sha1(&info);
        Self::of_hash(hash, info, lie)
    }

    pub fn of_hash(hash: [u8; 20], info: Vec<u8>, lie: Lie) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // The other side hangs up when it has had enough.
                let _ = serve(stream.unwrap(), &hash, &info, &counter, lie);
            }
        });
        Self {
            address,
            infohash: hex(&hash),
            asked,
        }
    }

    pub fn at(&self) -> TorrentLocation {
        TorrentLocation {
            infohash: Some(self.infohash.clone()),
            peers: vec![self.address],
            ..TorrentLocation::default()
        }
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Connects so often to who shares a torrent, every other time with a handshake, and hangs up.
pub fn storm(at: SocketAddr, hash: [u8; 20], times: usize) -> std::thread::JoinHandle<usize> {
    std::thread::spawn(move || {
        let mut connected = 0;
        for number in 0..times {
            // Refused at last, or not taken in time: that is the other side's good right.
            let Ok(mut stream) = TcpStream::connect_timeout(&at, Duration::from_secs(5)) else {
                continue;
            };
            connected += 1;
            if number % 2 == 0 {
                let mut hello = b"\x13BitTorrent protocol\0\0\0\0\0\x10\0\0".to_vec();
                hello.extend(hash);
                hello.extend(format!("-ST0001-{number:012}").bytes());
                let _ = stream.write_all(&hello);
            }
        }
        connected
    })
}

/// BitTorrent's handshake, then the metadata extension (BEP 9 and 10).
fn serve(
    mut stream: TcpStream,
    hash: &[u8; 20],
    info: &[u8],
    asked: &AtomicUsize,
    lie: Lie,
) -> std::io::Result<()> {
    const BLOCK: usize = 16_384;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut handshake = [0; 68];
    stream.read_exact(&mut handshake)?;
    let mut answer = b"\x13BitTorrent protocol\0\0\0\0\0\x10\0\0".to_vec();
    answer.extend(hash);
    answer.extend(b"-LI0001-abcdefghijkl");
    stream.write_all(&answer)?;
    let offered = match lie {
        Lie::Holds(length) => length,
        Lie::None | Lie::Nonsense => info.len(),
    };
    let hello = format!("d1:md11:ut_metadatai3ee13:metadata_sizei{offered}ee");
    send(&mut stream, &[&[20, 0], hello.as_bytes()].concat())?;
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let mut message = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut message)?;
        let wanted = String::from_utf8_lossy(&message);
        let Some((_, rest)) = wanted.split_once("5:piecei") else {
            // Interested in pieces: one nobody asked for, and a message of 4 GB.
            if message.first() == Some(&2) && lie == Lie::Nonsense {
                send(&mut stream, &[7, 255, 255, 255, 255, 0, 0, 0, 0, 1, 2, 3])?;
                stream.write_all(&[255; 64])?;
            }
            continue;
        };
        asked.fetch_add(1, Ordering::Relaxed);
        if matches!(lie, Lie::Holds(_)) {
            continue;
        }
        let piece: usize = rest
            .split('e')
            .next()
            .and_then(|text| text.parse().ok())
            .unwrap();
        let block = info.chunks(BLOCK).nth(piece).unwrap_or_default();
        // Our own number for the extension is what librqbit told us; it says 3 as well.
        let head = format!(
            "d8:msg_typei1e5:piecei{piece}e10:total_sizei{}ee",
            info.len()
        );
        send(&mut stream, &[&[20, 3], head.as_bytes(), block].concat())?;
    }
}

fn send(stream: &mut TcpStream, message: &[u8]) -> std::io::Result<()> {
    stream.write_all(&(message.len() as u32).to_be_bytes())?;
    stream.write_all(message)
}
