//! Hears out what is refused.
//!
//! A body that nobody read to its end makes the connection end with a reset, which may reach the
//! client before the refusal does: it then sees a broken connection instead of a problem.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, HttpBody},
    extract::Request,
    http::header,
    middleware::Next,
    response::Response,
};
use futures_util::{StreamExt, stream};

/// Past these the client has had its chance.
const MORE_BYTES: usize = 16 * 1024 * 1024;
const MORE_TIME: Duration = Duration::from_secs(3);

/// Reads the rest of a refused request's body, and forgets it.
pub async fn hear_out(request: Request, next: Next) -> Response {
    // Who waits to be asked for the body does not send it.
    if request.body().is_end_stream() || request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let body = Arc::new(Mutex::new(body.into_data_stream()));
    let shared = body.clone();
    let read = stream::poll_fn(move |context| lock(&shared).poll_next_unpin(context));
    let request = Request::from_parts(parts, Body::from_stream(read));
    let response = next.run(request).await;
    if response.status().is_client_error() {
        let _ = tokio::time::timeout(MORE_TIME, read_on(&body)).await;
    }
    response
}

async fn read_on(body: &Mutex<BodyDataStream>) {
    let mut rest = stream::poll_fn(|context| lock(body).poll_next_unpin(context));
    let mut left = MORE_BYTES;
    while let Some(Ok(bytes)) = rest.next().await {
        match left.checked_sub(bytes.len()) {
            Some(less) => left = less,
            None => return,
        }
    }
}

fn lock(body: &Mutex<BodyDataStream>) -> MutexGuard<'_, BodyDataStream> {
    body.lock().unwrap_or_else(PoisonError::into_inner)
}
