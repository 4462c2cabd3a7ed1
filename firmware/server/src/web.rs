//! The browser app, embedded. Its assets carry hashes in their names and never change; its page
//! is asked for anew each time.

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use hearth_model::Slug;
use rust_embed::RustEmbed;

use crate::problem::Problem;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../ui/web/dist"]
#[allow_missing = true]
struct App;

const POLICY: &str = "default-src 'self'; img-src 'self' data: blob: https:; media-src 'self' blob:; \
     connect-src 'self' ws: wss:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/// What a build without the browser app answers; `make` and release builds refuse to be one.
const PLACEHOLDER: &str = "<!doctype html><meta charset=utf-8><title>Hearth</title>\
     <p>The box runs, but this build has no browser app in it. Build it with <code>make build</code>.";

pub async fn serve(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return nothing();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if let Some(file) = App::get(path).filter(|_| !path.is_empty()) {
        let mime = mime_guess::from_path(path).first_or_octet_stream();
        let keep = if path.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        let headers = [
            (header::CONTENT_TYPE, mime.as_ref()),
            (header::CACHE_CONTROL, keep),
        ];
        return (headers, file.data.into_owned()).into_response();
    }
    // A file that is missing is missing; any other address is a page of the app.
    if path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'))
    {
        return nothing();
    }
    let page = App::get("index.html").map_or_else(
        || PLACEHOLDER.to_owned(),
        |file| String::from_utf8_lossy(&file.data).into_owned(),
    );
    let mut response = Html(page).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

fn nothing() -> Response {
    Problem::new(
        StatusCode::NOT_FOUND,
        Slug::NotFound,
        "there is nothing at this address",
    )
    .into_response()
}
