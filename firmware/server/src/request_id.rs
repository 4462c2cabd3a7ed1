//! Every request has an id of its own: in the answer's header, in problems and in the log.

use axum::{
    extract::Request,
    http::{Extensions, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;
use uuid::Uuid;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Debug, Clone)]
pub struct RequestId(pub String);

impl RequestId {
    pub fn of(extensions: &Extensions) -> Self {
        extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(|| Self(String::new()))
    }
}

/// Gives the request its id and logs its outcome: changes and failures at `info`, mere reading at
/// `debug` (an interface reads all the time). The query is left out: it may hold a ticket.
pub async fn name_request(mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7().simple().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!(
        "request", id, method = %request.method(), path = request.uri().path()
    );
    let reads = request.method().is_safe();
    let begun = std::time::Instant::now();
    async move {
        let mut response = next.run(request).await;
        let took_ms = begun.elapsed().as_millis() as u64;
        let status = response.status();
        if reads && !status.is_client_error() && !status.is_server_error() {
            tracing::debug!(status = status.as_u16(), took_ms, "answered");
        } else {
            tracing::info!(status = status.as_u16(), took_ms, "answered");
        }
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(HEADER, value);
        }
        response
    }
    .instrument(span)
    .await
}
