//! A web server somewhere: files with ranges, which can be taken away while somebody reads them.

use std::{
    collections::HashMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    extract::{Path as UrlPath, State},
    http::{HeaderMap, Response, StatusCode, header},
    routing::get,
};

use super::Server;

#[derive(Debug, Default)]
struct Shelf {
    files: Mutex<HashMap<String, Arc<Vec<u8>>>>,
    gone: AtomicBool,
}

#[derive(Debug)]
pub struct Files {
    server: Server,
    shelf: Arc<Shelf>,
}

impl Files {
    pub fn start() -> Self {
        let shelf = Arc::new(Shelf::default());
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
        files.insert(name.to_owned(), Arc::new(content));
        self.server.url(&format!("/{name}"))
    }

    /// From now on everything is 404.
    pub fn take_away(&self) {
        self.shelf.gone.store(true, Ordering::Relaxed);
    }
}

async fn serve(
    State(shelf): State<Arc<Shelf>>,
    UrlPath(name): UrlPath<String>,
    headers: HeaderMap,
) -> Response<Body> {
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
        return Response::new(Body::from(file.to_vec()));
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
        .body(Body::from(file[first..last].to_vec()))
        .expect("the answer is whole")
}

fn status(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}
