//! A film on a loopback address, by ranges, as the daemon serves it; and the film: a test card
//! whose pictures say by themselves which frame they are.

use std::{
    io::{BufRead, BufReader, Read, Seek, SeekFrom, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    sync::Mutex,
    thread,
};

use hearth_media::testcard::{CardRequest, make};
use hearth_model::Stream;

pub const SECONDS: u32 = 120;
pub const FPS: u32 = 10;

/// Made once for all tests of a build.
pub fn card() -> PathBuf {
    // Tests may be threads of one process.
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let out = folder.join("tv-card-120.mkv");
    if !out.exists() {
        hearth_media::start().unwrap();
        // Another test process may be making it too: under its own name, then over.
        let beside = folder.join(format!("tv-card-{}.mkv", std::process::id()));
        make(&CardRequest {
            out: beside.clone(),
            seconds: SECONDS,
            width: 640,
            height: 360,
            fps: FPS,
        })
        .unwrap();
        std::fs::rename(beside, &out).unwrap();
    }
    out
}

/// Serves the card until the process ends.
pub fn stream() -> Stream {
    let path = card();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/card.mkv", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let path = path.clone();
            thread::spawn(move || {
                let _ = serve(stream, path);
            });
        }
    });
    Stream {
        url,
        mime: "video/x-matroska".into(),
        expires_at: 0,
    }
}

fn serve(mut stream: TcpStream, path: PathBuf) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut range = None;
        let mut head = false;
        let mut first = true;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            if first {
                head = line.starts_with("HEAD");
                first = false;
            }
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("range")
            {
                let value = value.trim().trim_start_matches("bytes=");
                let (from, to) = value.split_once('-').unwrap_or((value, ""));
                range = Some((from.parse::<u64>().unwrap_or(0), to.parse::<u64>().ok()));
            }
        }
        let mut file = std::fs::File::open(&path)?;
        let len = file.metadata()?.len();
        let (from, to) = range.map_or((0, len - 1), |(from, to)| {
            (from, to.unwrap_or(len - 1).min(len - 1))
        });
        let status = if range.is_some() {
            "206 Partial Content"
        } else {
            "200 OK"
        };
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: video/x-matroska\r\nAccept-Ranges: bytes\r\nContent-Range: bytes {from}-{to}/{len}\r\nContent-Length: {}\r\nETag: \"card\"\r\n\r\n",
            to + 1 - from
        )?;
        if head {
            continue;
        }
        file.seek(SeekFrom::Start(from))?;
        std::io::copy(&mut file.take(to + 1 - from), &mut stream)?;
    }
}
