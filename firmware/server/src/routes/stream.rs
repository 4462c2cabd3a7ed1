//! An open source as bytes, range by range, and what its manifests name.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, response::Builder},
    response::{IntoResponse, Response},
};
use hearth_app::{Fill, Opened, Passage, Ticketed, Wish};
use hearth_model::Slug;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    problem::{Problem, ProblemBody},
    ranges::{self, Asked},
    state::ServerState,
};

/// What comes from elsewhere is no page of the box, whatever it holds.
const POLICY: &str = "default-src 'none'; sandbox";

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamQuery {
    /// From `player/prepare` or a manifest that came from here: signed, and ended with its session.
    // A missing one is refused like any other that is not right.
    #[serde(default)]
    #[param(required)]
    ticket: String,
    /// `$Number$` of a DASH template, as its address in the manifest says.
    number: Option<u64>,
    /// `$SubNumber$`, likewise.
    sub_number: Option<u64>,
    /// `$Time$`, likewise.
    time: Option<u64>,
    /// `$Bandwidth$`, likewise.
    bandwidth: Option<u64>,
    /// `$RepresentationID$`, likewise.
    representation: Option<String>,
    /// Of a low-latency HLS playlist: the segment to wait for.
    #[serde(rename = "_HLS_msn")]
    msn: Option<u64>,
    /// Its part.
    #[serde(rename = "_HLS_part")]
    part: Option<u64>,
    /// `YES` for a playlist without what is known.
    #[serde(rename = "_HLS_skip")]
    skip: Option<String>,
}

/// The bytes of an open source; takes `Range` of one part.
///
/// HLS and DASH come as manifests whose every address is one of these again, with a ticket of its
/// own: segments, keys and playlists are fetched by the box, with the headers that the source
/// needs. Redirects are followed by the box, and what lies on the home network is refused unless
/// the owner allowed its host.
#[utoipa::path(
    get, path = "/api/v1/player/stream", tag = "player", params(StreamQuery),
    responses(
        (status = 200, description = "The whole file, or a manifest", content_type = "video/*"),
        (status = 206, description = "The part that was asked for", content_type = "video/*"),
        (status = 403, body = ProblemBody, description = "`stream-expired`"),
        (status = 404, body = ProblemBody, description = "`source-gone`"),
        (status = 416, body = ProblemBody, description = "`range-unsatisfiable`"),
        (status = 502, body = ProblemBody, description = "`source-unreachable`, `source-unusable`"),
    )
)]
pub async fn stream(
    State(state): State<ServerState>,
    method: Method,
    Query(query): Query<StreamQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = headers.get(header::RANGE);
    let mut response = match state.app.streams.by_ticket(&query.ticket)? {
        Ticketed::Source(opened) => source(opened, &method, asked).await?,
        Ticketed::Passage(passage) => passed(passage, &method, query, asked).await?,
    };
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    Ok(response)
}

async fn source(
    opened: Arc<Opened>,
    method: &Method,
    asked: Option<&HeaderValue>,
) -> Result<Response, Problem> {
    let content_type = opened.mime().to_owned();
    let Some(size_bytes) = opened.size_bytes() else {
        let body = opened.body(0, None).await?;
        let headers = [
            (header::CONTENT_TYPE, content_type),
            (header::ACCEPT_RANGES, "none".into()),
        ];
        return Ok((headers, Body::from_stream(body)).into_response());
    };
    let (status, range) = match ranges::parse(asked.map(HeaderValue::as_bytes), size_bytes) {
        Asked::Whole => (StatusCode::OK, 0..size_bytes),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Unsatisfiable => {
            let problem = unsatisfiable(format!("ask for one range within {size_bytes} bytes"));
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
    built(response, body)
}

async fn passed(
    passage: Passage,
    method: &Method,
    query: StreamQuery,
    asked: Option<&HeaderValue>,
) -> Result<Response, Problem> {
    let range = match asked {
        None => None,
        Some(asked) => Some(
            ranges::of_unknown_size(asked.as_bytes())
                .ok_or_else(|| unsatisfiable("ask for one range"))?,
        ),
    };
    let wish = Wish {
        range,
        fill: Fill {
            representation: query.representation,
            number: query.number,
            sub_number: query.sub_number,
            time: query.time,
            bandwidth: query.bandwidth,
        },
        msn: query.msn,
        part: query.part,
        skips: query.skip.is_some(),
    };
    let Some(passed) = passage.open(&wish).await? else {
        return Err(unsatisfiable("this range begins past the end"));
    };
    let mut response = Response::builder().header(header::CONTENT_TYPE, passed.mime);
    if let Some(part) = passed.part {
        response = response
            .status(StatusCode::PARTIAL_CONTENT)
            .header(header::CONTENT_RANGE, part);
    }
    if passed.takes_ranges {
        response = response.header(header::ACCEPT_RANGES, "bytes");
    }
    if let Some(length) = passed.length {
        response = response.header(header::CONTENT_LENGTH, length);
    }
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        Body::from_stream(passed.body)
    };
    built(response, body)
}

fn unsatisfiable(detail: impl Into<String>) -> Problem {
    Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        Slug::RangeUnsatisfiable,
        detail,
    )
}

fn built(response: Builder, body: Body) -> Result<Response, Problem> {
    response.body(body).map_err(|error| {
        tracing::error!(%error, "a stream's headers could not be written");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Slug::Internal,
            "something went wrong on the box",
        )
    })
}
