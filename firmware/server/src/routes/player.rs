//! Playing: open a source for a screen, and keep progress.

use axum::{Extension, Json, extract::State, http::StatusCode};
use hearth_app::Play;
use hearth_model::{EpisodeId, ScreenId, SessionId, SourceId, Stream, TitleId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::{By, Edge},
    host::ReachedAt,
    problem::{Problem, ProblemBody},
    state::ServerState,
};

#[derive(Debug, Deserialize, ToSchema)]
pub struct PrepareRequest {
    title_id: TitleId,
    /// Needed for a series.
    episode_id: Option<EpisodeId>,
    /// The best one unless said.
    source_id: Option<SourceId>,
    screen_id: ScreenId,
    /// Where to begin, in ms; where it was left unless said.
    start_ms: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PrepareAnswer {
    session_id: SessionId,
    source_id: SourceId,
    stream: Stream,
    resume_ms: u64,
}

/// Opens a source and loads it on a screen, paused: then send `play` over the WebSocket.
///
/// When the source does not open, the next-best one is taken; `source_id` says which it was.
#[utoipa::path(
    post, path = "/api/v1/player/prepare", tag = "player", security(("bearer" = [])),
    request_body = PrepareRequest,
    responses(
        (status = 200, body = PrepareAnswer),
        (status = 404, body = ProblemBody, description = "`title-unknown`, `screen-unknown`, `source-unknown`"),
        (status = 409, body = ProblemBody, description = "`screen-away`, `superseded`"),
        (status = 502, body = ProblemBody, description = "`no-sources`, `no-source-plays`"),
    )
)]
pub async fn prepare(
    State(state): State<ServerState>,
    By(caller): By,
    Extension(edge): Extension<Edge>,
    ReachedAt(authority): ReachedAt,
    Json(body): Json<PrepareRequest>,
) -> Result<Json<PrepareAnswer>, Problem> {
    let prepared = state
        .app
        .prepare(Play {
            profile: caller.profile(),
            title_id: body.title_id,
            episode_id: body.episode_id,
            source_id: body.source_id,
            screen_id: body.screen_id,
            start_ms: body.start_ms,
        })
        .await?;
    let mut stream = prepared.stream;
    if let (true, Some(authority)) = (stream.url.starts_with('/'), authority) {
        stream.url = format!("{}://{authority}{}", edge.scheme(), stream.url);
    }
    Ok(Json(PrepareAnswer {
        session_id: prepared.session_id,
        source_id: prepared.source_id,
        stream,
        resume_ms: prepared.resume_ms,
    }))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct ProgressRequest {
    title_id: TitleId,
    episode_id: Option<EpisodeId>,
    position_ms: u64,
    duration_ms: u64,
}

/// Keeps how far a title was watched by a player that is no screen of a session.
#[utoipa::path(
    post, path = "/api/v1/player/progress", tag = "player", security(("bearer" = [])),
    request_body = ProgressRequest,
    responses((status = 204), (status = 404, body = ProblemBody))
)]
pub async fn progress(
    State(state): State<ServerState>,
    By(caller): By,
    Json(body): Json<ProgressRequest>,
) -> Result<StatusCode, Problem> {
    state
        .app
        .save_progress(
            caller.profile(),
            body.title_id,
            body.episode_id,
            body.position_ms,
            body.duration_ms,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
