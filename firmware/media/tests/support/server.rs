//! A range server on loopback that can stall, break off and refuse.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use hearth_media::{engine::Input, range::HttpRangeReader};

/// What the server does with bytes from here on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Serve,
    /// Send nothing and keep connections open.
    Stall,
    /// Answer with this status.
    Refuse(u16),
    /// Send nothing of these hundredths of the file, as a swarm that lacks pieces.
    Lack(usize, usize),
    /// Close the connection after this many bytes of each answer.
    BreakOff(usize),
}

struct State {
    /// Names and contents; a request is answered by the last part of its path.
    files: Vec<(String, Vec<u8>)>,
    mood: Mutex<Mood>,
    changed: Condvar,
    requests: AtomicUsize,
}

pub struct Server {
    state: Arc<State>,
    address: String,
}

impl Server {
    pub fn of_file(path: &Path) -> Self {
        Self::of(fs::read(path).unwrap())
    }

    pub fn of(data: Vec<u8>) -> Self {
        Self::of_files(vec![("stream".to_owned(), data)])
    }

    /// Every file of a folder; the first by name is the one that is played.
    pub fn of_folder(folder: &Path) -> Self {
        let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                (
                    entry.file_name().into_string().unwrap(),
                    fs::read(entry.path()).unwrap(),
                )
            })
            .collect();
        files.sort();
        Self::of_files(files)
    }

    fn of_files(files: Vec<(String, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!(
            "http://{}/{}?token=x",
            listener.local_addr().unwrap(),
            files[0].0
        );
        let state = Arc::new(State {
            files,
            mood: Mutex::new(Mood::Serve),
            changed: Condvar::new(),
            requests: AtomicUsize::new(0),
        });
        let shared = state.clone();
        // Ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                // A player that hangs up is no fault of the server.
                thread::spawn(move || shared.answer(stream).ok());
            }
        });
        Self { state, address }
    }

    pub fn set(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
        self.state.changed.notify_all();
    }

    pub fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn input(&self) -> Input {
        Input::Ranged(Arc::new(HttpRangeReader::new(&self.address).unwrap()))
    }
}

impl State {
    fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut range = None;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let path = line.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
        let name = path.rsplit('/').next().unwrap_or_default();
        let file = self.files.iter().find(|(known, _)| known == name);
        line.clear();
        while reader.read_line(&mut line)? > 2 {
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("range: bytes=") {
                range = value.trim().trim_end_matches('-').parse::<usize>().ok();
            }
            line.clear();
        }
        self.requests.fetch_add(1, Ordering::SeqCst);
        let mut stream = stream;
        let Some((_, data)) = file else {
            return write!(stream, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
        };
        let length = data.len();
        let start = range.unwrap_or_default();
        let mood = self.mood_at(start, length);
        if let Mood::Refuse(status) = mood {
            return write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n");
        }
        if start >= length {
            return write!(
                stream,
                "HTTP/1.1 416 No\r\nContent-Range: bytes */{length}\r\nContent-Length: 0\r\n\r\n"
            );
        }
        if range.is_none() {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"
            )?;
        } else {
            write!(
                stream,
                "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\n\
                 Content-Range: bytes {start}-{}/{length}\r\n\r\n",
                length - start,
                length - 1,
            )?;
        }
        let mut sent = 0;
        for piece in data[start..].chunks(8 * 1024) {
            if let Mood::BreakOff(after) = self.mood_at(start + sent, length)
                && sent >= after
            {
                return Ok(());
            }
            stream.write_all(piece)?;
            sent += piece.len();
        }
        // Let the reader hang up first, as a kept-alive connection does.
        reader.read(&mut [0]).map(|_| ())
    }

    /// The mood, once it lets this byte go out.
    fn mood_at(&self, offset: usize, length: usize) -> Mood {
        let mood = self.mood.lock().unwrap();
        let hundredth = offset * 100 / length.max(1);
        let held = |mood: &mut Mood| match mood {
            Mood::Stall => true,
            Mood::Lack(from, to) => (*from..*to).contains(&hundredth),
            _ => false,
        };
        *self.changed.wait_while(mood, held).unwrap()
    }
}
