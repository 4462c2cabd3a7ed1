//! A tracker that knows one peer, of whatever it is asked.

use std::net::{IpAddr, SocketAddr};

use axum::{Router, routing::get};

use super::Server;

#[derive(Debug)]
pub struct Tracker {
    server: Server,
}

impl Tracker {
    pub fn of(peer: SocketAddr) -> Self {
        let IpAddr::V4(ip) = peer.ip() else {
            panic!("{peer} has no compact form");
        };
        let mut answer = b"d8:intervali60e5:peers6:".to_vec();
        answer.extend(ip.octets());
        answer.extend(peer.port().to_be_bytes());
        answer.push(b'e');
        let router = Router::new().route("/announce", get(move || async move { answer }));
        Self {
            server: Server::start(router),
        }
    }

    pub fn url(&self) -> String {
        self.server.url("/announce")
    }
}
