//! Those who say where peers are: trackers and a node of the DHT, each with one answer.

use std::{
    io::Write,
    net::{SocketAddrV4, TcpListener, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::land::{Side, first_words};

/// How often it was asked.
#[derive(Debug, Clone, Default)]
pub struct Asked(Arc<AtomicUsize>);

impl Asked {
    pub fn times(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn compact(peer: SocketAddrV4) -> Vec<u8> {
    [&peer.ip().octets()[..], &peer.port().to_be_bytes()].concat()
}

/// `http://host:port/announce` on that side; only this peer.
pub fn http_tracker(side: &Side, at: SocketAddrV4, peer: SocketAddrV4) -> Asked {
    let asked = Asked::default();
    let counter = asked.clone();
    side.enter(move || {
        let listener = TcpListener::bind(at).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                if first_words(&mut stream).starts_with("GET /announce?") {
                    counter.count();
                }
                let mut body = b"d8:intervali1800e5:peers6:".to_vec();
                body.extend(compact(peer));
                body.push(b'e');
                let head = format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(&[head.as_bytes(), &body].concat());
            }
        });
    });
    asked
}

/// BEP 15.
pub fn udp_tracker(side: &Side, at: SocketAddrV4, peer: SocketAddrV4) -> Asked {
    let asked = Asked::default();
    let counter = asked.clone();
    side.enter(move || {
        let socket = UdpSocket::bind(at).unwrap();
        std::thread::spawn(move || {
            let mut packet = [0; 2000];
            loop {
                let (length, from) = socket.recv_from(&mut packet).unwrap();
                if length < 16 {
                    continue;
                }
                let (action, transaction) = (&packet[8..12], &packet[12..16]);
                let mut answer = [action, transaction].concat();
                if action == [0, 0, 0, 0] {
                    answer.extend([7; 8]);
                } else {
                    counter.count();
                    answer.extend([0, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1]);
                    answer.extend(compact(peer));
                }
                let _ = socket.send_to(&answer, from);
            }
        });
    });
    asked
}

/// Hears what it is asked, and never answers.
pub fn dht_node(side: &Side, at: SocketAddrV4) -> Asked {
    let asked = Asked::default();
    let counter = asked.clone();
    side.enter(move || {
        let socket = UdpSocket::bind(at).unwrap();
        std::thread::spawn(move || {
            while socket.recv_from(&mut [0; 2000]).is_ok() {
                counter.count();
            }
        });
    });
    asked
}
