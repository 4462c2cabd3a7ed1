//! The TV's line to the daemon: the same HTTP and WebSocket API every client speaks, over the Unix
//! socket on the box itself or over the network from elsewhere in the house.
//!
//! Requests are answered by intents; what cannot be asked is answered too, with a problem. The
//! WebSocket is kept open by itself, with growing pauses between attempts.

mod answer;
mod http;
mod live;
mod of_box;
mod tokens;

use std::{
    path::PathBuf,
    str::FromStr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use hearth_model::ClientMessage;
use tokio::{runtime::Handle, sync::mpsc, task::AbortHandle};
use url::Url;

use crate::view_model::{Intent, Problem, Request};
pub use tokens::TokenFile;

/// Where the daemon is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Daemon {
    Unix(PathBuf),
    Http(Url),
}

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not where a daemon can be: write `unix:PATH` or `http://HOST:PORT`")]
pub struct BadDaemon(String);

impl FromStr for Daemon {
    type Err = BadDaemon;

    fn from_str(text: &str) -> Result<Self, BadDaemon> {
        let bad = || BadDaemon(text.to_owned());
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.is_empty() {
                Err(bad())
            } else {
                Ok(Self::Unix(path.into()))
            };
        }
        let url = Url::parse(text).map_err(|_| bad())?;
        if url.scheme() != "http" || url.host_str().is_none() {
            return Err(bad());
        }
        Ok(Self::Http(url))
    }
}

/// Receives what comes in, on whatever thread; it must not block. The ticket is dropped once the
/// intent has been taken in.
pub type Deliver = Arc<dyn Fn(Intent, Option<Ticket>) + Send + Sync>;

/// Counts one request until its answer has been taken in.
#[derive(Debug)]
pub struct Ticket(Arc<AtomicUsize>);

impl Ticket {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count.clone())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A handle on the line; cheap to keep, all work is done on the runtime beside the window.
pub struct Link {
    client: Arc<http::Client>,
    runtime: Handle,
    deliver: Deliver,
    outbox: mpsc::Sender<ClientMessage>,
    in_flight: Arc<AtomicUsize>,
    /// A newer search ends the one that runs.
    search: Mutex<Option<AbortHandle>>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl Link {
    /// Opens the line and keeps it open. `device_name` is what the box calls this screen once it
    /// is paired.
    pub fn open(
        runtime: Handle,
        daemon: Daemon,
        device_name: String,
        tokens: Option<TokenFile>,
        deliver: Deliver,
    ) -> Self {
        let client = Arc::new(http::Client::new(daemon, device_name, tokens));
        // More than this unsent means nobody listens.
        let (outbox, messages) = mpsc::channel(256);
        runtime.spawn(live::run(client.clone(), messages, deliver.clone()));
        Self {
            client,
            runtime,
            deliver,
            outbox,
            in_flight: Arc::default(),
            search: Mutex::default(),
        }
    }

    /// The answer comes as intents.
    pub fn ask(&self, request: Request) {
        let ticket = Ticket::new(&self.in_flight);
        let is_search = matches!(request, Request::Search { .. });
        let (client, deliver) = (self.client.clone(), self.deliver.clone());
        let task = self.runtime.spawn(async move {
            answer::answer(&client, request, &deliver, ticket).await;
        });
        if is_search {
            let mut running = self.search.lock().expect("no holder of this lock panics");
            if let Some(older) = running.replace(task.abort_handle()) {
                older.abort();
            }
        }
    }

    /// Fetches a picture and makes something of its bytes, beside all that matters more; `deliver`
    /// is called on whatever thread, whatever happens.
    pub fn picture<T: Send + 'static>(
        &self,
        path: String,
        make: impl FnOnce(&[u8]) -> Result<T, String> + Send + 'static,
        deliver: impl FnOnce(Result<T, Problem>) + Send + 'static,
    ) {
        let client = self.client.clone();
        self.runtime.spawn(async move {
            let made = match client.bytes(&path, "image/jpeg, image/png").await {
                // A decoder that panics is a broken picture as well.
                Ok(bytes) => tokio::task::spawn_blocking(move || make(&bytes))
                    .await
                    .unwrap_or_else(|panicked| Err(panicked.to_string()))
                    .map_err(|why| Problem {
                        slug: Problem::UNREADABLE.into(),
                        title: String::new(),
                        detail: why,
                    }),
                Err(problem) => Err(problem),
            };
            deliver(made);
        });
    }

    /// Without a connection it is lost: reports and keys of yesterday help nobody.
    pub fn send(&self, message: ClientMessage) {
        if let Err(error) = self.outbox.try_send(message) {
            tracing::warn!(%error, "a message to the daemon was dropped");
        }
    }

    /// Requests whose answers have not been taken in yet.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_is_a_socket_or_an_address() {
        assert_eq!(
            "unix:/run/hearthd.sock".parse::<Daemon>().unwrap(),
            Daemon::Unix("/run/hearthd.sock".into())
        );
        assert!(matches!(
            "http://127.0.0.1:7430".parse::<Daemon>().unwrap(),
            Daemon::Http(_)
        ));
        for bad in ["", "unix:", "/run/hearthd.sock", "ftp://box", "https://box"] {
            let error = bad.parse::<Daemon>().unwrap_err().to_string();
            assert!(error.contains("unix:PATH"), "{error}");
        }
    }
}
