//! An open source as bytes, range by range.

use axum::{
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use hearth_model::Slug;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    problem::{Problem, ProblemBody},
    ranges::{self, Asked},
    state::ServerState,
};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// From `player/prepare`: signed, and ended with its session.
    // A missing one is refused like any other that is not right.
    #[serde(default)]
    #[param(required)]
    ticket: String,
}

/// The bytes of an open source; takes `Range` of one part.
#[utoipa::path(
    get, path = "/api/v1/player/stream", tag = "player", params(StreamQuery),
    responses(
        (status = 200, description = "The whole file", content_type = "video/*"),
        (status = 206, description = "The part that was asked for", content_type = "video/*"),
        (status = 403, body = ProblemBody, description = "`stream-expired`"),
        (status = 416, body = ProblemBody, description = "`range-unsatisfiable`"),
    )
)]
pub async fn stream(
    State(state): State<ServerState>,
    method: Method,
    Query(query): Query<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let opened = state.app.streams.by_ticket(&query.ticket)?;
    let content_type = opened.mime().to_owned();
    let Some(size_bytes) = opened.size_bytes() else {
        let body = opened.body(0, None).await?;
        let headers = [
            (header::CONTENT_TYPE, content_type),
            (header::ACCEPT_RANGES, "none".into()),
        ];
        return Ok((headers, Body::from_stream(body)).into_response());
    };
    let asked = headers
        .get(header::RANGE)
        .map(header::HeaderValue::as_bytes);
    let (status, range) = match ranges::parse(asked, size_bytes) {
        Asked::Whole => (StatusCode::OK, 0..size_bytes),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Unsatisfiable => {
            let problem = Problem::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                Slug::RangeUnsatisfiable,
                format!("ask for one range within {size_bytes} bytes"),
            );
            let range = [(header::CONTENT_RANGE, format!("bytes */{size_bytes}"))];
            return Ok((range, problem).into_response());
        }
    };
    let length = range.end - range.start;
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::CONTENT_LENGTH, length);
    if status == StatusCode::PARTIAL_CONTENT {
        let part = format!("bytes {}-{}/{size_bytes}", range.start, range.end - 1);
        response = response.header(header::CONTENT_RANGE, part);
    }
    let body = if method == Method::HEAD || length == 0 {
        Body::empty()
    } else {
        Body::from_stream(opened.body(range.start, Some(length)).await?)
    };
    response.body(body).map_err(|error| {
        tracing::error!(%error, "a stream's headers could not be written");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Slug::Internal,
            "something went wrong on the box",
        )
    })
}
