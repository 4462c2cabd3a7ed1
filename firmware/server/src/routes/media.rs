//! What there is to watch, and where it can be had.

use std::convert::Infallible;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::StreamExt;
use hearth_app::{Found, Window};
use hearth_model::{
    CalendarPage, EpisodeId, EpisodesPage, GenresPage, MediaList, PersonDetail, ScreenId,
    SearchPage, SearchQuery, ServicesPage, SourceView, SourcesPage, Title, TitleDetail, TitleId,
    TitleKind,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

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
    By(caller): By,
    headers: HeaderMap,
    Query(query): Query<SearchQuery>,
) -> Result<Response, Problem> {
    let profile = caller.profile();
    if wants_events(&headers) {
        let found: mpsc::Receiver<Found<Title>> = state.app.search_as_found(profile, query).await?;
        return Ok(events(found));
    }
    Ok(Json(state.app.search(profile, query).await?).into_response())
}

/// What the world watches this week.
///
/// The services' rankings, then what else the box knows; filters as in a search, without `q`.
#[utoipa::path(
    get, path = "/api/v1/media/trending", tag = "media", security(("bearer" = [])),
    params(SearchQuery),
    responses((status = 200, body = SearchPage), (status = 400, body = ProblemBody))
)]
pub async fn trending(
    State(state): State<ServerState>,
    By(caller): By,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchPage>, Problem> {
    Ok(Json(
        state
            .app
            .list(caller.profile(), MediaList::Trending, query)
            .await?,
    ))
}

/// The most popular films, series and anime; as `trending`.
#[utoipa::path(
    get, path = "/api/v1/media/popular", tag = "media", security(("bearer" = [])),
    params(SearchQuery),
    responses((status = 200, body = SearchPage), (status = 400, body = ProblemBody))
)]
pub async fn popular(
    State(state): State<ServerState>,
    By(caller): By,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchPage>, Problem> {
    Ok(Json(
        state
            .app
            .list(caller.profile(), MediaList::Popular, query)
            .await?,
    ))
}

/// What is in the cinemas and on the air; as `trending`.
#[utoipa::path(
    get, path = "/api/v1/media/new", tag = "media", security(("bearer" = [])),
    params(SearchQuery),
    responses((status = 200, body = SearchPage), (status = 400, body = ProblemBody))
)]
pub async fn new(
    State(state): State<ServerState>,
    By(caller): By,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchPage>, Problem> {
    Ok(Json(
        state
            .app
            .list(caller.profile(), MediaList::New, query)
            .await?,
    ))
}

/// The best rated; as `trending`.
#[utoipa::path(
    get, path = "/api/v1/media/top", tag = "media", security(("bearer" = [])),
    params(SearchQuery),
    responses((status = 200, body = SearchPage), (status = 400, body = ProblemBody))
)]
pub async fn top(
    State(state): State<ServerState>,
    By(caller): By,
    Query(query): Query<SearchQuery>,
) -> Result<Json<SearchPage>, Problem> {
    Ok(Json(
        state
            .app
            .list(caller.profile(), MediaList::Top, query)
            .await?,
    ))
}

/// The episodes of the days to come, in their order.
#[utoipa::path(
    get, path = "/api/v1/media/calendar", tag = "media", security(("bearer" = [])),
    responses((status = 200, body = CalendarPage))
)]
pub async fn calendar(State(state): State<ServerState>) -> Result<Json<CalendarPage>, Problem> {
    Ok(Json(state.app.calendar().await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GenresQuery {
    /// Of these titles; of all unless said.
    #[serde(rename = "type")]
    kind: Option<TitleKind>,
}

/// The genres that lists and searches can be filtered by.
#[utoipa::path(
    get, path = "/api/v1/media/genres", tag = "media", security(("bearer" = [])),
    params(GenresQuery),
    responses((status = 200, body = GenresPage), (status = 400, body = ProblemBody))
)]
pub async fn genres(
    State(state): State<ServerState>,
    Query(query): Query<GenresQuery>,
) -> Json<GenresPage> {
    Json(state.app.genres(query.kind).await)
}

/// The metadata services, and how they are.
#[utoipa::path(
    get, path = "/api/v1/media/services", tag = "media", security(("bearer" = [])),
    responses((status = 200, body = ServicesPage))
)]
pub async fn services(State(state): State<ServerState>) -> Json<ServicesPage> {
    Json(state.app.services())
}

/// A person with what they are known by. The key is that of a title's credits.
#[utoipa::path(
    get, path = "/api/v1/media/people/{key}", tag = "media", security(("bearer" = [])),
    params(("key" = String, Path)),
    responses(
        (status = 200, body = PersonDetail),
        (status = 404, body = ProblemBody),
        (status = 502, body = ProblemBody),
    )
)]
pub async fn person(
    State(state): State<ServerState>,
    Path(key): Path<String>,
) -> Result<Json<PersonDetail>, Problem> {
    Ok(Json(state.app.person(&key).await?))
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
pub struct EpisodesQuery {
    /// One season; 0 holds the specials.
    season: Option<u32>,
    /// From `next` of the page before.
    cursor: Option<String>,
    /// 1 to 100; 20 unless said.
    limit: Option<usize>,
}

/// A title's episodes in their order, and how far each was watched.
#[utoipa::path(
    get, path = "/api/v1/media/{id}/episodes", tag = "media", security(("bearer" = [])),
    params(("id" = TitleId, Path), EpisodesQuery),
    responses(
        (status = 200, body = EpisodesPage),
        (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody),
    )
)]
pub async fn episodes(
    State(state): State<ServerState>,
    By(caller): By,
    Path(id): Path<TitleId>,
    Query(query): Query<EpisodesQuery>,
) -> Result<Json<EpisodesPage>, Problem> {
    let window = Window::new(query.cursor.as_deref(), query.limit)?;
    let profile = caller.profile();
    let page = state
        .app
        .episodes(profile, id, query.season, window)
        .await?;
    Ok(Json(page))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// From `next` of the page before.
    cursor: Option<String>,
    /// 1 to 100; 20 unless said.
    limit: Option<usize>,
}

/// What somebody who likes a title may like.
#[utoipa::path(
    get, path = "/api/v1/media/{id}/similar", tag = "media", security(("bearer" = [])),
    params(("id" = TitleId, Path), PageQuery),
    responses(
        (status = 200, body = SearchPage),
        (status = 400, body = ProblemBody),
        (status = 404, body = ProblemBody),
    )
)]
pub async fn similar(
    State(state): State<ServerState>,
    By(caller): By,
    Path(id): Path<TitleId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<SearchPage>, Problem> {
    let window = Window::new(query.cursor.as_deref(), query.limit)?;
    Ok(Json(state.app.similar(caller.profile(), id, window).await?))
}

/// All of a title's franchise, the oldest first.
#[utoipa::path(
    get, path = "/api/v1/media/{id}/franchise", tag = "media", security(("bearer" = [])),
    params(("id" = TitleId, Path)),
    responses((status = 200, body = SearchPage), (status = 404, body = ProblemBody))
)]
pub async fn franchise(
    State(state): State<ServerState>,
    By(caller): By,
    Path(id): Path<TitleId>,
) -> Result<Json<SearchPage>, Problem> {
    Ok(Json(state.app.franchise(caller.profile(), id).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PictureQuery {
    /// How wide it is shown, in pixels of the screen; 342 unless said.
    w: Option<u32>,
}

/// A picture, by an address that the box gave. It never changes.
#[utoipa::path(
    get, path = "/api/v1/pictures/{name}", tag = "media",
    params(("name" = String, Path), PictureQuery),
    responses(
        (status = 200, content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"))),
        (status = 304, description = "It is what `If-None-Match` names."),
        (status = 404, body = ProblemBody),
        (status = 502, body = ProblemBody),
    )
)]
pub async fn picture(
    State(state): State<ServerState>,
    headers: HeaderMap,
    Path(name): Path<String>,
    Query(query): Query<PictureQuery>,
) -> Result<Response, Problem> {
    let picture = state.app.picture(&name, query.w.unwrap_or(342)).await?;
    let etag = format!("\"{}\"", picture.etag);
    let known = headers.get(header::IF_NONE_MATCH);
    let known = known.and_then(|value| value.to_str().ok());
    let unchanged = known.is_some_and(|known| known.split(',').any(|one| one.trim() == etag));
    let kept = [
        (header::ETAG, etag),
        (
            header::CACHE_CONTROL,
            "public, max-age=31536000, immutable".into(),
        ),
    ];
    if unchanged {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let kind = [(header::CONTENT_TYPE, picture.mime)];
    Ok((kept, kind, picture.bytes).into_response())
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct Apart {
    /// One of the title's own: `shikimori:16498`, `tmdb:tv/1429`, `imdb:tt2560140`.
    reference: String,
}

/// Puts an entry of a service apart from the title that it was wrongly joined with.
///
/// It becomes a title of its own and stays one, whatever the services say. What was watched stays
/// with the title that it was joined with.
#[utoipa::path(
    post, path = "/api/v1/media/{id}/apart", tag = "media", security(("bearer" = [])),
    params(("id" = TitleId, Path)), request_body = Apart,
    responses(
        (status = 200, body = Title),
        (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody),
    )
)]
pub async fn put_apart(
    State(state): State<ServerState>,
    Path(id): Path<TitleId>,
    Json(apart): Json<Apart>,
) -> Result<Json<Title>, Problem> {
    Ok(Json(state.app.put_apart(id, apart.reference).await?))
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
/// `done`. Each item carries its `rank`; they are to be shown in its order. A source comes again,
/// with the same `id`, when another provider tells more of it.
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
    By(caller): By,
    headers: HeaderMap,
    Reader(language): Reader,
    Path(id): Path<TitleId>,
    Query(query): Query<SourcesQuery>,
) -> Result<Response, Problem> {
    let found: mpsc::Receiver<Found<SourceView>> = state
        .app
        .sources(
            caller.profile(),
            id,
            query.episode,
            query.screen_id,
            language,
        )
        .await?;
    if wants_events(&headers) {
        return Ok(events(found));
    }
    let page: SourcesPage = hearth_app::sources_page(found).await;
    Ok(Json(page).into_response())
}
