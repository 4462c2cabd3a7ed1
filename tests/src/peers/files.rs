//! A web server somewhere: files with ranges, which can be taken away while somebody reads them.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path as UrlPath, State},
    http::{HeaderMap, Response, StatusCode, header},
    routing::get,
};

use super::Server;

#[derive(Debug, Default)]
struct Shelf {
    files: Mutex<HashMap<String, Bytes>>,
    /// None: as fast as it is read.
    bytes_a_second: Option<u64>,
    /// Who asks without these headers is refused.
    demanded: Vec<(&'static str, &'static str)>,
    gone: AtomicBool,
}

#[derive(Debug)]
pub struct Files {
    server: Server,
    shelf: Arc<Shelf>,
}

impl Files {
    pub fn start() -> Self {
        Self::with(Shelf::default())
    }

    /// Gives at most so many bytes a second.
    pub fn slow(bytes_a_second: u64) -> Self {
        Self::with(Shelf {
            bytes_a_second: Some(bytes_a_second),
            ..Shelf::default()
        })
    }

    /// Refuses whoever asks without these headers, as sites do with strangers' players.
    pub fn demanding(headers: &[(&'static str, &'static str)]) -> Self {
        Self::with(Shelf {
            demanded: headers.to_vec(),
            ..Shelf::default()
        })
    }

    fn with(shelf: Shelf) -> Self {
        let shelf = Arc::new(shelf);
        let router = Router::new()
            .route("/{name}", get(serve))
            .with_state(shelf.clone());
        Self {
            server: Server::start(router),
            shelf,
        }
    }

    /// Puts a file there; its address.
    pub fn put(&self, name: &str, content: &Path) -> String {
        let content = std::fs::read(content).expect("the file can be read");
        let mut files = self.shelf.files.lock().unwrap();
        files.insert(name.to_owned(), content.into());
        self.server.url(&format!("/{name}"))
    }

    /// From now on everything is 404, and what is being read breaks off.
    pub fn take_away(&self) {
        self.shelf.gone.store(true, Ordering::Relaxed);
    }
}

async fn serve(
    State(shelf): State<Arc<Shelf>>,
    UrlPath(name): UrlPath<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let sends = |(name, value): &(&str, &str)| headers.get(*name).is_some_and(|sent| sent == value);
    if !shelf.demanded.iter().all(sends) {
        return status(StatusCode::FORBIDDEN);
    }
    let file = shelf.files.lock().unwrap().get(&name).cloned();
    let Some(file) = file.filter(|_| !shelf.gone.load(Ordering::Relaxed)) else {
        return status(StatusCode::NOT_FOUND);
    };
    let total = file.len();
    let range = headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok()?.strip_prefix("bytes="))
        .and_then(|range| range.split_once('-'));
    let Some((first, last)) = range else {
        return Response::new(flow(shelf, file));
    };
    let first: usize = first.parse().unwrap_or_default();
    let last = last
        .parse()
        .map_or(total, |last: usize| last + 1)
        .min(total);
    if first >= last {
        return status(StatusCode::RANGE_NOT_SATISFIABLE);
    }
    Response::builder()
        .status(StatusCode::PARTIAL_CONTENT)
        .header(header::CONTENT_TYPE, "video/x-matroska")
        .header(
            header::CONTENT_RANGE,
            format!("bytes {first}-{}/{total}", last - 1),
        )
        .body(flow(shelf, file.slice(first..last)))
        .expect("the answer is whole")
}

/// The bytes at their pace, as long as they are there.
fn flow(shelf: Arc<Shelf>, bytes: Bytes) -> Body {
    let pieces = futures_util::stream::unfold(bytes, move |mut left| {
        let shelf = shelf.clone();
        async move {
            if left.is_empty() {
                return None;
            }
            if shelf.gone.load(Ordering::Relaxed) {
                return Some((Err(std::io::Error::other("taken away")), Bytes::new()));
            }
            let piece = left.split_to(left.len().min(16 * 1024));
            if let Some(bytes_a_second) = shelf.bytes_a_second {
                let wait_ms = piece.len() as u64 * 1000 / bytes_a_second;
                tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            }
            Some((Ok(piece), left))
        }
    });
    Body::from_stream(pieces)
}

fn status(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}
