//! The box's torrents. Members may look; only the owner limits them.

use axum::{Json, extract::State, http::StatusCode};
use hearth_model::{SpeedLimits, TorrentsPage};

use crate::{
    problem::{Problem, ProblemBody},
    state::ServerState,
};

/// What is fetched, how fast and from how many; and what is kept on the disk.
#[utoipa::path(
    get, path = "/api/v1/player/torrents", tag = "player", security(("bearer" = [])),
    responses((status = 200, body = TorrentsPage), (status = 401, body = ProblemBody))
)]
pub async fn torrents(State(state): State<ServerState>) -> Result<Json<TorrentsPage>, Problem> {
    Ok(Json(state.app.torrents().await?))
}

/// Limits all torrents together, from now on; an absent limit is none.
#[utoipa::path(
    post, path = "/api/v1/player/torrents/limits", tag = "player", security(("bearer" = [])),
    request_body = SpeedLimits,
    responses((status = 204), (status = 403, body = ProblemBody, description = "`not-owner`"))
)]
pub async fn limit(
    State(state): State<ServerState>,
    Json(limits): Json<SpeedLimits>,
) -> Result<StatusCode, Problem> {
    state.app.limit_torrents(limits).await?;
    Ok(StatusCode::NO_CONTENT)
}
