//! The box as a thing: power, network, updates, the first set-up. Members may look; only the owner
//! changes anything, but for the time zone that nobody has told yet; what was chosen on the TV and
//! what it drew only the TV itself says.

use axum::{
    Json,
    extract::{Query, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use hearth_model::{
    BoxDetail, NetworkStatus, PowerAction, Surface, TvChoices, UpdatePolicy, UpdateStatus,
    WifiNetwork,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    access::By,
    problem::{Problem, ProblemBody},
    state::ServerState,
};

/// What this box is.
#[utoipa::path(
    get, path = "/api/v1/device", tag = "device", security(("bearer" = [])),
    responses((status = 200, body = BoxDetail), (status = 401, body = ProblemBody))
)]
pub async fn device(State(state): State<ServerState>) -> Json<BoxDetail> {
    Json(state.app.device().await)
}

/// The licences of everything in the image.
#[utoipa::path(
    get, path = "/api/v1/device/licences", tag = "device",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub async fn licences(State(state): State<ServerState>) -> Result<impl IntoResponse, Problem> {
    let text = state.app.blocking(hearth_app::App::licences).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct PowerRequest {
    action: PowerAction,
}

/// Restarts the box or switches it off.
#[utoipa::path(
    post, path = "/api/v1/device/power", tag = "device", security(("bearer" = [])),
    request_body = PowerRequest,
    responses(
        (status = 204),
        (status = 403, body = ProblemBody, description = "`not-owner`, `device-denied`"),
        (status = 503, body = ProblemBody, description = "`device-missing`"),
    )
)]
pub async fn power(
    State(state): State<ServerState>,
    Json(request): Json<PowerRequest>,
) -> Result<StatusCode, Problem> {
    state.app.power(request.action).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The first set-up is done: the TV does not ask again.
#[utoipa::path(
    post, path = "/api/v1/device/set-up", tag = "device", security(("bearer" = [])),
    responses((status = 204), (status = 403, body = ProblemBody, description = "`not-owner`"))
)]
pub async fn set_up(State(state): State<ServerState>) -> Result<StatusCode, Problem> {
    state.app.blocking(hearth_app::App::set_up_done).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct TimeZoneRequest {
    /// An IANA name: `Asia/Vladivostok`.
    time_zone: String,
}

/// Tells the household's time zone: whoever of the house is first, and after that the owner.
#[utoipa::path(
    put, path = "/api/v1/device/time-zone", tag = "device", security(("bearer" = [])),
    request_body = TimeZoneRequest,
    responses(
        (status = 204),
        (status = 400, body = ProblemBody, description = "`time-zone-unknown`"),
        (status = 403, body = ProblemBody, description = "`not-owner`: one is known already"),
    )
)]
pub async fn time_zone(
    State(state): State<ServerState>,
    By(caller): By,
    Json(request): Json<TimeZoneRequest>,
) -> Result<StatusCode, Problem> {
    state.app.set_time_zone(caller, request.time_zone).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct FrameRequest {
    surface: Surface,
}

/// The box's own TV drew its first frame: one of the things an updated box has to show.
#[utoipa::path(
    post, path = "/api/v1/device/frame", tag = "device", request_body = FrameRequest,
    responses((status = 204), (status = 403, body = ProblemBody))
)]
pub async fn frame(
    State(state): State<ServerState>,
    Json(request): Json<FrameRequest>,
) -> StatusCode {
    state.app.frame_drawn(request.surface);
    StatusCode::NO_CONTENT
}

/// Keeps what was chosen on the box's own TV. What is absent stays as it is.
#[utoipa::path(
    put, path = "/api/v1/device/tv", tag = "device", request_body = TvChoices,
    responses((status = 204), (status = 403, body = ProblemBody))
)]
pub async fn tv(
    State(state): State<ServerState>,
    Json(choices): Json<TvChoices>,
) -> Result<StatusCode, Problem> {
    state.app.set_tv_choices(choices).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How the box is connected.
#[utoipa::path(
    get, path = "/api/v1/device/network", tag = "device", security(("bearer" = [])),
    responses((status = 200, body = NetworkStatus), (status = 401, body = ProblemBody))
)]
pub async fn network(State(state): State<ServerState>) -> Json<NetworkStatus> {
    Json(state.app.network().await)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WifiQuery {
    /// Look around first; takes a few seconds.
    #[serde(default)]
    anew: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Wifi {
    /// The one joined first, then the strongest.
    items: Vec<WifiNetwork>,
}

/// The wireless networks near.
#[utoipa::path(
    get, path = "/api/v1/device/wifi", tag = "device", security(("bearer" = [])),
    params(WifiQuery),
    responses(
        (status = 200, body = Wifi),
        (status = 409, body = ProblemBody, description = "`wifi-missing`"),
        (status = 503, body = ProblemBody, description = "`device-missing`"),
    )
)]
pub async fn wifi(
    State(state): State<ServerState>,
    Query(query): Query<WifiQuery>,
) -> Result<Json<Wifi>, Problem> {
    Ok(Json(Wifi {
        items: state.app.wifi(query.anew).await?,
    }))
}

#[derive(Deserialize, ToSchema)]
pub struct JoinRequest {
    name: String,
    /// Not for open networks, nor for known ones.
    password: Option<String>,
}

/// Joins a wireless network, and waits until the box is in it.
#[utoipa::path(
    post, path = "/api/v1/device/wifi", tag = "device", security(("bearer" = [])),
    request_body = JoinRequest,
    responses(
        (status = 204),
        (status = 400, body = ProblemBody, description = "`wifi-password-length`, `wifi-password-needed`"),
        (status = 403, body = ProblemBody, description = "`not-owner`, `wifi-password-wrong`"),
        (status = 404, body = ProblemBody, description = "`wifi-unknown`"),
        (status = 409, body = ProblemBody, description = "`wifi-unsupported`, `wifi-missing`"),
        (status = 502, body = ProblemBody, description = "`wifi-failed`, `wifi-no-address`"),
        (status = 503, body = ProblemBody, description = "`device-missing`"),
    )
)]
pub async fn join(
    State(state): State<ServerState>,
    Json(request): Json<JoinRequest>,
) -> Result<StatusCode, Problem> {
    // On its own: a phone that loses the box while it changes networks must not stop it midway.
    let app = state.app.clone();
    let joined = tokio::spawn(async move { app.join_wifi(&request.name, request.password).await });
    joined
        .await
        .unwrap_or_else(|_| Err(hearth_app::Error::ShuttingDown))?;
    Ok(StatusCode::NO_CONTENT)
}

/// What runs, what could, and what is being done about it.
#[utoipa::path(
    get, path = "/api/v1/device/updates", tag = "device", security(("bearer" = [])),
    responses((status = 200, body = UpdateStatus), (status = 401, body = ProblemBody))
)]
pub async fn updates(State(state): State<ServerState>) -> Result<Json<UpdateStatus>, Problem> {
    Ok(Json(state.app.updates.status().await?))
}

/// Looks for updates now. A channel that cannot be read stands in `trouble`.
#[utoipa::path(
    post, path = "/api/v1/device/updates/check", tag = "device", security(("bearer" = [])),
    responses(
        (status = 200, body = UpdateStatus),
        (status = 403, body = ProblemBody, description = "`not-owner`"),
        (status = 503, body = ProblemBody, description = "`device-missing`"),
    )
)]
pub async fn check(State(state): State<ServerState>) -> Result<Json<UpdateStatus>, Problem> {
    Ok(Json(state.app.updates.check().await?))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct InstallRequest {
    /// Of an offer.
    id: String,
}

/// Writes an offered update to the other slot. Answers when it was found good and is being
/// written; `GET updates` tells how far it is.
#[utoipa::path(
    post, path = "/api/v1/device/updates/install", tag = "device", security(("bearer" = [])),
    request_body = InstallRequest,
    responses(
        (status = 202, body = UpdateStatus),
        (status = 403, body = ProblemBody, description = "`not-owner`"),
        (status = 404, body = ProblemBody, description = "`update-unknown`"),
        (status = 409, body = ProblemBody, description = "`bundle-unsigned`, `bundle-untrusted`, \
            `bundle-damaged`, `bundle-plain`, `bundle-older`, `bundle-same`, `bundle-wrong-board`, \
            `bundle-swapped`, `update-busy`, `update-on-trial`"),
        (status = 502, body = ProblemBody, description = "`bundle-unreachable`"),
        (status = 503, body = ProblemBody, description = "`device-missing`"),
    )
)]
pub async fn install(
    State(state): State<ServerState>,
    Json(request): Json<InstallRequest>,
) -> Result<(StatusCode, Json<UpdateStatus>), Problem> {
    let updates = state.app.updates.clone();
    // On its own: whoever asked may go away, and `installing` must still come to an end.
    let asked = tokio::spawn(async move { updates.install(&request.id).await });
    asked
        .await
        .unwrap_or_else(|_| Err(hearth_app::Error::ShuttingDown))?;
    Ok((
        StatusCode::ACCEPTED,
        Json(state.app.updates.status().await?),
    ))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct PolicyRequest {
    policy: UpdatePolicy,
}

/// When updates are written.
#[utoipa::path(
    post, path = "/api/v1/device/updates/policy", tag = "device", security(("bearer" = [])),
    request_body = PolicyRequest,
    responses((status = 204), (status = 403, body = ProblemBody, description = "`not-owner`"))
)]
pub async fn policy(
    State(state): State<ServerState>,
    Json(request): Json<PolicyRequest>,
) -> Result<StatusCode, Problem> {
    state
        .app
        .blocking(move |app| app.updates.set_policy(request.policy))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
