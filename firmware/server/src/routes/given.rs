//! What people give: addresses, magnets and files that become sources.

use std::time::Duration;

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Path, Query, State},
    http::StatusCode,
};
use hearth_app::{Gift, Giving, Window};
use hearth_model::{EpisodeId, GivenAnswer, GivenId, GivenPage, Slug, TitleId};
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};

use crate::{
    access::By,
    problem::{Problem, ProblemBody},
    state::ServerState,
};

/// As much as a playlist or a .torrent file is read of.
const FILE_BYTES: usize = 8 * 1024 * 1024;
/// A file that trickles in keeps no place from others for longer.
const ARRIVES_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug, Deserialize, ToSchema)]
pub struct GivenText {
    /// An address, a magnet, an infohash, or the text of a playlist.
    text: String,
    /// What it is a source of; without it, what its name tells.
    title_id: Option<TitleId>,
    /// Of a series: which episode it is.
    episode_id: Option<EpisodeId>,
}

/// Gives an address, a magnet or a playlist: it is read, and becomes a source of its title at once.
///
/// Without a title it becomes a source of the one that its name tells, or of a title of its own. Of
/// a list each entry is taken for itself, 200 at most. What is given twice is kept once.
#[utoipa::path(
    post, path = "/api/v1/given", tag = "sources", security(("bearer" = [])),
    request_body = GivenText,
    responses(
        (status = 201, body = GivenAnswer),
        (status = 400, body = ProblemBody, description = "`link-…`, `torrent-bad`, `given-elsewhere`, `given-without-episode`"),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`given-full`"),
        (status = 429, body = ProblemBody),
        (status = 502, body = ProblemBody),
    )
)]
pub async fn give(
    State(state): State<ServerState>,
    By(caller): By,
    Json(given): Json<GivenText>,
) -> Result<(StatusCode, Json<GivenAnswer>), Problem> {
    let turn = state.app.turn_to_give()?;
    let giving = Giving {
        what: Gift::Text(given.text),
        title_id: given.title_id,
        episode_id: given.episode_id,
    };
    let profile = caller.profile();
    let answer = state.app.give(caller, profile, turn, giving).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GivenFile {
    /// What the file is called.
    #[serde(default)]
    name: String,
    /// What it is a source of; without it, what its name tells.
    title_id: Option<TitleId>,
    /// Of a series: which episode it is.
    episode_id: Option<EpisodeId>,
}

/// The same with a .torrent file or an M3U playlist as the body, 8 MB at most.
#[utoipa::path(
    post, path = "/api/v1/given/file", tag = "sources", security(("bearer" = [])),
    params(GivenFile),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = GivenAnswer),
        (status = 400, body = ProblemBody, description = "`file-not-understood`, `torrent-bad`, `link-empty`, `given-elsewhere`, `given-without-episode`"),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`given-full`"),
        (status = 413, body = ProblemBody),
        (status = 429, body = ProblemBody),
        (status = 502, body = ProblemBody),
    )
)]
pub async fn give_file(
    State(state): State<ServerState>,
    By(caller): By,
    Query(file): Query<GivenFile>,
    body: Body,
) -> Result<(StatusCode, Json<GivenAnswer>), Problem> {
    // Before the body: so many of them at once are in memory.
    let turn = state.app.turn_to_give()?;
    let Ok(Ok(bytes)) = timeout(ARRIVES_WITHIN, to_bytes(body, FILE_BYTES)).await else {
        let detail = "the file is larger than 8 MB, or did not arrive whole: give a .torrent file or an M3U playlist";
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            Slug::TooLarge,
            detail,
        ));
    };
    let giving = Giving {
        what: Gift::File {
            name: file.name,
            bytes,
        },
        title_id: file.title_id,
        episode_id: file.episode_id,
    };
    let profile = caller.profile();
    let answer = state.app.give(caller, profile, turn, giving).await?;
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GivenQuery {
    /// Only what was given for this title.
    title_id: Option<TitleId>,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// 1 to 100; 20 unless said.
    limit: Option<usize>,
}

/// What people gave, the newest first.
#[utoipa::path(
    get, path = "/api/v1/given", tag = "sources", security(("bearer" = [])),
    params(GivenQuery),
    responses(
        (status = 200, body = GivenPage),
        (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody),
    )
)]
pub async fn list(
    State(state): State<ServerState>,
    By(caller): By,
    Query(query): Query<GivenQuery>,
) -> Result<Json<GivenPage>, Problem> {
    let window = Window::new(query.cursor.as_deref(), query.limit)?;
    let profile = caller.profile();
    let page = state.app.given(caller, profile, query.title_id, window);
    Ok(Json(page.await?))
}

/// Takes back what was given. A title that only this told of goes too, unless it was watched.
#[utoipa::path(
    delete, path = "/api/v1/given/{id}", tag = "sources", security(("bearer" = [])),
    params(("id" = GivenId, Path)),
    responses(
        (status = 204),
        (status = 403, body = ProblemBody, description = "`not-giver`"),
        (status = 404, body = ProblemBody, description = "`given-unknown`"),
    )
)]
pub async fn take_back(
    State(state): State<ServerState>,
    By(caller): By,
    Path(id): Path<GivenId>,
) -> Result<StatusCode, Problem> {
    state.app.remove_given(caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
