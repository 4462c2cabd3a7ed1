//! RFC 9457 problems: one kind, one status, one match.
//!
//! Handlers return `Problem`; the outermost layer writes the body, because only it knows the
//! request id, and turns the framework's own refusals into the same shape.

use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hearth_app::{Error, Kind};
use hearth_model::Slug;
use serde::Serialize;
use utoipa::ToSchema;

use crate::request_id::RequestId;

/// What the framework may say of a request: it may hold most of the request's own text.
const REFUSAL_BYTES: usize = 1024 * 1024;
const DETAIL_LETTERS: usize = 240;

/// The body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// `https://hearth.local/problems/` and the slug: a name, not an address.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// What happened and what to do, for people.
    pub detail: String,
    /// Stable, for programs.
    pub slug: Slug,
    pub request_id: String,
}

#[derive(Debug, Clone)]
pub struct Problem {
    pub status: StatusCode,
    pub slug: Slug,
    pub detail: String,
    pub retry_after: Option<Duration>,
}

impl Problem {
    pub fn new(status: StatusCode, slug: Slug, detail: impl Into<String>) -> Self {
        Self {
            status,
            slug,
            detail: detail.into(),
            retry_after: None,
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            Kind::Invalid => StatusCode::BAD_REQUEST,
            Kind::Unauthorized => StatusCode::UNAUTHORIZED,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Kind::Upstream => StatusCode::BAD_GATEWAY,
            Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if error.kind() == Kind::Internal {
            let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
            let mut causes = Vec::new();
            while let Some(inner) = cause {
                causes.push(inner.to_string());
                cause = inner.source();
            }
            tracing::error!(%error, causes = causes.join(": "), "a request failed");
        }
        let retry_after = match &error {
            Error::TooMany(wait) => Some(*wait),
            _ => None,
        };
        Self {
            status,
            slug: error.slug(),
            detail: error.detail(),
            retry_after,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The outermost layer: gives every refusal its body.
pub async fn write_problems(request: Request, next: Next) -> Response {
    let request_id = RequestId::of(request.extensions());
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    if let Some(problem) = response.extensions().get::<Problem>().cloned() {
        return problem_response(problem, &request_id, response);
    }
    // The framework's own refusal: its sentence, in our shape.
    let is_text = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|value| value.as_bytes().starts_with(b"text/plain"));
    if !is_text {
        return response;
    }
    let (parts, body) = response.into_parts();
    let text = axum::body::to_bytes(body, REFUSAL_BYTES)
        .await
        .unwrap_or_default();
    let slug = match status {
        StatusCode::NOT_FOUND => Slug::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Slug::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Slug::TooLarge,
        StatusCode::REQUEST_TIMEOUT => Slug::Timeout,
        StatusCode::UPGRADE_REQUIRED => Slug::UpgradeRequired,
        _ if status.is_client_error() => Slug::InvalidRequest,
        _ => Slug::Internal,
    };
    let detail = match status {
        StatusCode::NOT_FOUND if text.is_empty() => "there is nothing at this address".into(),
        StatusCode::METHOD_NOT_ALLOWED => "this address does not take that method".into(),
        _ if status.is_server_error() => {
            "something went wrong on the box; its log names the request".into()
        }
        _ if text.is_empty() => "this request is not understood".into(),
        _ => sentence(&String::from_utf8_lossy(&text)),
    };
    let problem = Problem::new(status, slug, detail);
    problem_response(
        problem,
        &request_id,
        Response::from_parts(parts, Body::empty()),
    )
}

/// The framework repeats what it was sent: a whole body must not come back as a sentence.
fn sentence(text: &str) -> String {
    match text.char_indices().nth(DETAIL_LETTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn problem_response(problem: Problem, request_id: &RequestId, mut response: Response) -> Response {
    let body = ProblemBody {
        kind: format!("https://hearth.local/problems/{}", problem.slug),
        title: problem
            .status
            .canonical_reason()
            .unwrap_or("Refused")
            .to_owned(),
        status: problem.status.as_u16(),
        detail: problem.detail,
        slug: problem.slug,
        request_id: request_id.0.clone(),
    };
    let bytes = serde_json::to_vec(&body).expect("a problem is plain text");
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Some(wait) = problem.retry_after {
        headers.insert(
            header::RETRY_AFTER,
            HeaderValue::from(wait.as_secs().max(1)),
        );
    }
    if problem.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    *response.body_mut() = Body::from(bytes);
    response
}
