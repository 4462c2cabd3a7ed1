//! Subtitles in files of their own, in the one form that every screen reads.

use axum::{
    extract::{Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    problem::{Problem, ProblemBody},
    state::ServerState,
};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SubtitlesQuery {
    /// From the screen's load: nobody guesses it, and it ends with its session.
    #[serde(default)]
    #[param(required)]
    ticket: String,
    /// Where the file that plays begins in the film: lines count from there, earlier ones are left
    /// out.
    #[serde(default)]
    from_ms: u64,
}

/// Subtitles as WebVTT, whatever their file is.
#[utoipa::path(
    get, path = "/api/v1/player/subtitles", tag = "player", params(SubtitlesQuery),
    responses(
        (status = 200, description = "Lines of plain text", content_type = "text/vtt"),
        (status = 403, body = ProblemBody, description = "`stream-expired`"),
        (status = 502, body = ProblemBody, description = "`subtitles-unreadable`, `subtitles-quota`, `subtitles-sign-in`"),
    )
)]
pub async fn subtitles(
    State(state): State<ServerState>,
    Query(query): Query<SubtitlesQuery>,
) -> Result<Response, Problem> {
    let text = state
        .app
        .subtitle_text(&query.ticket, query.from_ms)
        .await?;
    Ok(([(header::CONTENT_TYPE, "text/vtt; charset=utf-8")], text).into_response())
}
