//! What there is to watch, and where it can be had.

use std::convert::Infallible;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::StreamExt;
use hearth_app::Found;
use hearth_model::{
    EpisodeId, ScreenId, SearchPage, SearchQuery, SourceView, SourcesPage, Title, TitleDetail,
    TitleId,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::IntoParams;

use crate::{
    access::By,
    language::Reader,
    problem::{Problem, ProblemBody},
    state::ServerState,
};

fn wants_events(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/event-stream"))
}

/// The data of `done`.
#[derive(Debug, Serialize)]
struct Done {
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `item` and `provider` events as they come, then `done`.
fn events<T: Serialize + Send + 'static>(found: mpsc::Receiver<Found<T>>) -> Response {
    let running = Some((found, None));
    let events = futures_util::stream::unfold(running, |running| async move {
        let (mut found, mut next) = running?;
        let event = Event::default();
        let written = loop {
            match found.recv().await {
                Some(Found::Item(item)) => break event.event("item").json_data(&item),
                Some(Found::Provider(status)) => break event.event("provider").json_data(&status),
                Some(Found::Next(cursor)) => next = Some(cursor),
                None => {
                    let done = event.event("done").json_data(Done { next });
                    return Some((done, None));
                }
            }
        };
        Some((written, Some((found, next))))
    })
    .map(|event| {
        Ok::<_, Infallible>(event.unwrap_or_else(|error| {
            tracing::error!(%error, "an event could not be written");
            Event::default().comment("lost")
        }))
    });
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// Searches the catalogue.
///
/// With `Accept: text/event-stream`: `item` (a title) and `provider` events as they come, then
/// `done` with `{"next": …}` where there is another page. With `cursor` the providers are not
/// asked again; a title that came late may come once more on a later page.
#[utoipa::path(
    get, path = "/api/v1/media/search", tag = "media", security(("bearer" = [])),
    params(SearchQuery),
    responses(
        (status = 200, content(
            (SearchPage = "application/json"), (String = "text/event-stream"),
        )),
        (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody),
    )
)]
pub async fn search(
    State(state): State<ServerState>,
    headers: HeaderMap,
    Query(query): Query<SearchQuery>,
) -> Result<Response, Problem> {
    if wants_events(&headers) {
        let found: mpsc::Receiver<Found<Title>> = state.app.search_as_found(query)?;
        return Ok(events(found));
    }
    Ok(Json(state.app.search(query).await?).into_response())
}

/// A title with its episodes and how far it was watched.
#[utoipa::path(
    get, path = "/api/v1/media/{id}", tag = "media", security(("bearer" = [])),
    params(("id" = TitleId, Path)),
    responses((status = 200, body = TitleDetail), (status = 404, body = ProblemBody))
)]
pub async fn title(
    State(state): State<ServerState>,
    By(caller): By,
    Path(id): Path<TitleId>,
) -> Result<Json<TitleDetail>, Problem> {
    Ok(Json(state.app.title(caller.profile(), id).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SourcesQuery {
    /// Of a series: which episode.
    episode: Option<EpisodeId>,
    /// For which screen to judge; the TV unless said.
    screen_id: Option<ScreenId>,
    /// `ru` or `en`: the language of `why`.
    #[allow(dead_code, reason = "read by `Reader`")]
    lang: Option<String>,
}

/// Where a title can be had, the best first.
///
/// With `Accept: text/event-stream`: `item` (a source) and `provider` events as they come, then
/// `done`.
#[utoipa::path(
    get, path = "/api/v1/media/{id}/sources", tag = "media", security(("bearer" = [])),
    params(("id" = TitleId, Path), SourcesQuery),
    responses(
        (status = 200, content(
            (SourcesPage = "application/json"), (String = "text/event-stream"),
        )),
        (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody),
    )
)]
pub async fn sources(
    State(state): State<ServerState>,
    headers: HeaderMap,
    Reader(language): Reader,
    Path(id): Path<TitleId>,
    Query(query): Query<SourcesQuery>,
) -> Result<Response, Problem> {
    let found: mpsc::Receiver<Found<SourceView>> = state
        .app
        .sources(id, query.episode, query.screen_id, language)
        .await?;
    if wants_events(&headers) {
        return Ok(events(found));
    }
    let page: SourcesPage = hearth_app::sources_page(found).await;
    Ok(Json(page).into_response())
}
