//! The world outside the house, on loopback: a seed, an indexer, an addon, the metadata
//! services, a place with files.
//! Real programs where there are any; each can be told to misbehave.

mod addon;
mod crowd;
mod files;
mod opensubtitles;
mod seed;
mod services;
mod torrent;
mod torznab;
mod tracker;

pub use addon::Addon;
pub use crowd::Crowd;
pub use files::Files;
pub use opensubtitles::{Listed, OpenSubtitles};
pub use seed::Seed;
pub use services::{Services, Trouble};
pub use torrent::Torrent;
pub use torznab::{Fault, Offer, Torznab};
pub use tracker::Tracker;

use std::{net::SocketAddr, thread, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, runtime::Builder, sync::oneshot};

/// A small HTTP server on a thread of its own, so that it answers whatever the test waits for.
/// Dropping it closes its port.
#[derive(Debug)]
struct Server {
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Server {
    fn start(router: Router) -> Self {
        let (ready, address) = std::sync::mpsc::channel();
        let (end, ended) = oneshot::channel::<()>();
        let thread = thread::spawn(move || {
            let runtime = Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime can be made");
            runtime.block_on(async {
                let listener = TcpListener::bind(("127.0.0.1", 0))
                    .await
                    .expect("loopback has a free port");
                ready
                    .send(listener.local_addr().expect("a listener has an address"))
                    .expect("the test waits for the address");
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = ended => {}
                }
            });
            // What still sleeps in a handler is not waited for.
            runtime.shutdown_timeout(Duration::ZERO);
        });
        Self {
            address: address.recv().expect("the server listens"),
            end: Some(end),
            thread: Some(thread),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
