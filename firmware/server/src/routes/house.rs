//! The box itself: is it well, who is it, what is on its home page.

use axum::{
    Extension, Json,
    extract::{Query, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use hearth_app::Health;
use hearth_model::{HomeItem, HomeRow, ScreenInfo, Slug};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    access::{By, Edge},
    problem::{Problem, ProblemBody},
    state::ServerState,
};

/// Whether the box is well, part by part.
#[utoipa::path(
    get, path = "/api/v1/health", tag = "box",
    responses((status = 200, body = Health))
)]
pub async fn health(State(state): State<ServerState>) -> (StatusCode, Json<Health>) {
    (StatusCode::OK, Json(state.app.health().await))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct About {
    id: String,
    name: String,
    version: String,
    /// Where browsers on the home network reach it.
    urls: Vec<String>,
    hostname: String,
    /// Whether this connection is the box's own.
    local: bool,
    /// Left out while the box speaks no HTTPS.
    #[serde(skip_serializing_if = "Option::is_none")]
    https: Option<Https>,
}

/// How to reach the box by HTTPS.
#[derive(Debug, Serialize, ToSchema)]
pub struct Https {
    port: u16,
    /// SHA-256 of `authority.crt`, as phones show it: `AB:CD:…`.
    fingerprint: String,
}

/// Who this box is and where it is reached.
#[utoipa::path(get, path = "/api/v1/box", tag = "box", responses((status = 200, body = About)))]
pub async fn about(
    State(state): State<ServerState>,
    Extension(edge): Extension<Edge>,
) -> Json<About> {
    let identity = state.app.identity();
    Json(About {
        id: identity.id.clone(),
        name: identity.name.clone(),
        version: state.app.updates.version().to_owned(),
        urls: crate::listen::urls(state.listen),
        hostname: state.names.own(),
        local: edge == Edge::Local,
        https: state.secure.as_ref().map(|secure| Https {
            port: secure.port,
            fingerprint: secure.certificate.fingerprint(),
        }),
    })
}

/// The certificate of the authority that this box made for itself, for devices to trust. It can
/// vouch for names and addresses of a home only.
#[utoipa::path(
    get, path = "/api/v1/authority.crt", tag = "box",
    responses(
        (status = 200, description = "X.509, DER", content_type = "application/x-x509-ca-cert"),
        (status = 404, body = ProblemBody, description = "the box speaks no HTTPS"),
    )
)]
pub async fn authority(State(state): State<ServerState>) -> Result<impl IntoResponse, Problem> {
    let secure = state.secure.as_ref().ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            Slug::NotFound,
            "this box speaks no HTTPS; server.listen_https turns it on",
        )
    })?;
    let der = secure.certificate.authority().to_vec();
    Ok(([(header::CONTENT_TYPE, "application/x-x509-ca-cert")], der))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Home {
    /// `continue`, those of the services, those of addons, `open`, `local`; empty ones are left out.
    rows: Vec<HomeRow>,
}

/// The rows of the home page.
#[utoipa::path(
    get, path = "/api/v1/home", tag = "media", security(("bearer" = [])),
    responses((status = 200, body = Home), (status = 401, body = ProblemBody))
)]
pub async fn home(State(state): State<ServerState>, By(caller): By) -> Result<Json<Home>, Problem> {
    Ok(Json(Home {
        rows: state.app.home(caller.profile()).await?,
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HistoryQuery {
    /// 1 to 500; 100 unless said.
    limit: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct History {
    items: Vec<HomeItem>,
}

/// What was watched, newest first.
#[utoipa::path(
    get, path = "/api/v1/user/history", tag = "people", security(("bearer" = [])),
    params(HistoryQuery),
    responses((status = 200, body = History), (status = 401, body = ProblemBody))
)]
pub async fn history(
    State(state): State<ServerState>,
    By(caller): By,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<History>, Problem> {
    let limit = query.limit.unwrap_or(100).clamp(1, 500);
    Ok(Json(History {
        items: state.app.history(caller.profile(), limit).await?,
    }))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Screens {
    items: Vec<ScreenInfo>,
}

/// The screens of the house.
#[utoipa::path(
    get, path = "/api/v1/screens", tag = "player", security(("bearer" = [])),
    responses((status = 200, body = Screens), (status = 401, body = ProblemBody))
)]
pub async fn screens(State(state): State<ServerState>) -> Result<Json<Screens>, Problem> {
    Ok(Json(Screens {
        items: state.app.sessions.screens().await?,
    }))
}
