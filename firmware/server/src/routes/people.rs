//! Pairing, accounts, devices.

use std::net::{IpAddr, Ipv4Addr};

use axum::{
    Extension, Json,
    extract::{ConnectInfo, FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
};
use hearth_app::{Error, Pin};
use hearth_model::{Account, Caller, Device, DeviceId, TokenPair};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::{By, Edge},
    problem::{Problem, ProblemBody},
    state::ServerState,
};

/// The address a request comes from; the Unix socket counts as one of its own.
#[derive(Debug, Clone, Copy)]
pub struct From(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let connected = parts.extensions.get::<ConnectInfo<std::net::SocketAddr>>();
        Ok(Self(
            connected.map_or(Ipv4Addr::UNSPECIFIED.into(), |info| info.0.ip()),
        ))
    }
}

/// Counts a try at a secret from this address; the box's own TV is not a stranger.
fn count_try(state: &ServerState, edge: Edge, from: IpAddr) -> Result<(), Error> {
    if edge == Edge::Local {
        Ok(())
    } else {
        state.tries.count(from)
    }
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct PairRequest {
    /// As the TV shows it.
    pin: String,
    /// What the owner will know it by: `Anna's phone`.
    device_name: String,
}

/// Pairs a device with the PIN that the TV shows.
#[utoipa::path(
    post, path = "/api/v1/pairing", tag = "people", request_body = PairRequest,
    responses(
        (status = 201, body = TokenPair),
        (status = 403, body = ProblemBody, description = "`pin-wrong`"),
        (status = 409, body = ProblemBody, description = "`pin-not-shown`"),
        (status = 429, body = ProblemBody, description = "`too-many-attempts`"),
    )
)]
pub async fn pair(
    State(state): State<ServerState>,
    Extension(edge): Extension<Edge>,
    From(from): From,
    Json(request): Json<PairRequest>,
) -> Result<(StatusCode, Json<TokenPair>), Problem> {
    count_try(&state, edge, from)?;
    let tokens = state
        .app
        .blocking(move |app| app.people.pair(&request.pin, &request.device_name))
        .await?;
    Ok((StatusCode::CREATED, Json(tokens)))
}

/// Shows a PIN. Only the box's own TV and command line may ask.
#[utoipa::path(
    post, path = "/api/v1/pairing/pin", tag = "people",
    responses((status = 200, body = Pin), (status = 403, body = ProblemBody))
)]
pub async fn show_pin(State(state): State<ServerState>) -> Result<Json<Pin>, Problem> {
    let urls = crate::listen::urls(state.listen);
    let url = urls
        .into_iter()
        .next()
        .unwrap_or_else(|| format!("http://{}", state.listen));
    Ok(Json(state.app.people.show_pin(&url)?))
}

/// Takes the PIN off the screen: nobody can pair with it any more.
#[utoipa::path(
    delete, path = "/api/v1/pairing/pin", tag = "people",
    responses((status = 204), (status = 403, body = ProblemBody))
)]
pub async fn hide_pin(State(state): State<ServerState>) -> StatusCode {
    state.app.people.hide_pin();
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct RegisterRequest {
    username: String,
    password: String,
    /// The setup code or a PIN; a paired device needs none.
    setup_code: Option<String>,
}

/// Adds a person.
#[utoipa::path(
    post, path = "/api/v1/auth/register", tag = "people", request_body = RegisterRequest,
    responses(
        (status = 201, body = TokenPair),
        (status = 400, body = ProblemBody),
        (status = 403, body = ProblemBody, description = "`register-refused`, `pin-wrong`"),
        (status = 409, body = ProblemBody, description = "`name-taken`, `pin-not-shown`"),
        (status = 429, body = ProblemBody, description = "`too-many-attempts`"),
    )
)]
pub async fn register(
    State(state): State<ServerState>,
    Extension(edge): Extension<Edge>,
    From(from): From,
    By(caller): By,
    Json(request): Json<RegisterRequest>,
) -> Result<(StatusCode, Json<TokenPair>), Problem> {
    count_try(&state, edge, from)?;
    let tokens = state
        .app
        .blocking(move |app| {
            app.people.register(
                caller,
                &request.username,
                &request.password,
                request.setup_code.as_deref(),
            )
        })
        .await?;
    Ok((StatusCode::CREATED, Json(tokens)))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct LoginRequest {
    username: String,
    password: String,
}

/// Signs a person in.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "people", request_body = LoginRequest,
    responses(
        (status = 200, body = TokenPair),
        (status = 401, body = ProblemBody, description = "`sign-in-wrong`"),
        (status = 429, body = ProblemBody),
    )
)]
pub async fn login(
    State(state): State<ServerState>,
    Extension(edge): Extension<Edge>,
    From(from): From,
    Json(request): Json<LoginRequest>,
) -> Result<Json<TokenPair>, Problem> {
    count_try(&state, edge, from)?;
    let tokens = state
        .app
        .blocking(move |app| app.people.login(&request.username, &request.password))
        .await?;
    Ok(Json(tokens))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct RefreshRequest {
    refresh_token: String,
}

/// Trades a refresh token for new tokens. The old one ends; one used twice ends them all.
#[utoipa::path(
    post, path = "/api/v1/auth/refresh", tag = "people", request_body = RefreshRequest,
    responses((status = 200, body = TokenPair), (status = 401, body = ProblemBody))
)]
pub async fn refresh(
    State(state): State<ServerState>,
    Json(request): Json<RefreshRequest>,
) -> Result<Json<TokenPair>, Problem> {
    let tokens = state
        .app
        .blocking(move |app| app.people.refresh(&request.refresh_token))
        .await?;
    Ok(Json(tokens))
}

/// Ends a refresh token and all that came from the same pairing or sign-in. A device is unpaired.
#[utoipa::path(
    post, path = "/api/v1/auth/logout", tag = "people", request_body = RefreshRequest,
    responses((status = 204))
)]
pub async fn logout(
    State(state): State<ServerState>,
    Json(request): Json<RefreshRequest>,
) -> Result<StatusCode, Problem> {
    state.app.sign_out(request.refresh_token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who the token's holder is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Profile {
    /// `device`, `account` or `local`.
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Device>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Account>,
}

async fn profile_of(state: ServerState, caller: Caller) -> Result<Json<Profile>, Problem> {
    let profile = state
        .app
        .blocking(move |app| match caller {
            Caller::Device(id) => {
                let device = app
                    .people
                    .devices()?
                    .into_iter()
                    .find(|device| device.id == id);
                Ok(Profile {
                    kind: "device",
                    device,
                    account: None,
                })
            }
            Caller::Account(id) => Ok(Profile {
                kind: "account",
                device: None,
                account: app.people.account(id)?,
            }),
            Caller::Local | Caller::Stranger => Ok(Profile {
                kind: "local",
                device: None,
                account: None,
            }),
        })
        .await?;
    Ok(Json(profile))
}

/// Who I am.
#[utoipa::path(
    get, path = "/api/v1/auth/profile", tag = "people", security(("bearer" = [])),
    responses((status = 200, body = Profile), (status = 401, body = ProblemBody))
)]
pub async fn profile(
    State(state): State<ServerState>,
    By(caller): By,
) -> Result<Json<Profile>, Problem> {
    profile_of(state, caller).await
}

/// The same as `auth/profile`.
#[utoipa::path(
    get, path = "/api/v1/auth/me", tag = "people", security(("bearer" = [])),
    responses((status = 200, body = Profile), (status = 401, body = ProblemBody))
)]
pub async fn me(
    State(state): State<ServerState>,
    By(caller): By,
) -> Result<Json<Profile>, Problem> {
    profile_of(state, caller).await
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Devices {
    items: Vec<Device>,
}

/// The paired devices.
#[utoipa::path(
    get, path = "/api/v1/devices", tag = "people", security(("bearer" = [])),
    responses((status = 200, body = Devices), (status = 401, body = ProblemBody))
)]
pub async fn devices(State(state): State<ServerState>) -> Result<Json<Devices>, Problem> {
    Ok(Json(Devices {
        items: state.app.blocking(|app| app.people.devices()).await?,
    }))
}

/// Unpairs a device; it is cut off at once.
#[utoipa::path(
    delete, path = "/api/v1/devices/{id}", tag = "people", security(("bearer" = [])),
    params(("id" = DeviceId, Path)),
    responses((status = 204), (status = 404, body = ProblemBody))
)]
pub async fn unpair(
    State(state): State<ServerState>,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, Problem> {
    state.app.unpair(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
