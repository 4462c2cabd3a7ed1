//! The owner's providers at run time, what the owner prefers, and what each profile wishes.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use hearth_model::{Preference, ProviderEntry, ProviderTest, ProvidersPage, Taste};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::By,
    problem::{Problem, ProblemBody},
    state::ServerState,
};

/// The providers in the owner's order, and how they did. Secrets are named and never shown.
#[utoipa::path(
    get, path = "/api/v1/admin/sources", tag = "sources", security(("bearer" = [])),
    responses((status = 200, body = ProvidersPage), (status = 403, body = ProblemBody))
)]
pub async fn list(State(state): State<ServerState>) -> Json<ProvidersPage> {
    Json(state.app.providers())
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct NewProvider {
    /// As in the configuration file: `{"kind": "torznab", "id": "home", "url": "…", "api_key": "…"}`.
    #[schema(value_type = Object)]
    config: serde_json::Value,
    /// True unless said.
    enabled: Option<bool>,
}

/// Adds a provider. Searches that begin from now on ask it.
#[utoipa::path(
    post, path = "/api/v1/admin/sources", tag = "sources", security(("bearer" = [])),
    request_body = NewProvider,
    responses(
        (status = 201, body = ProviderEntry),
        (status = 400, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`provider-taken`"),
    )
)]
pub async fn add(
    State(state): State<ServerState>,
    Json(new): Json<NewProvider>,
) -> Result<(StatusCode, Json<ProviderEntry>), Problem> {
    let added = state
        .app
        .add_provider(new.config, new.enabled.unwrap_or(true))
        .await?;
    Ok((StatusCode::CREATED, Json(added)))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct ProviderChange {
    /// All of it anew; secrets that are left out stay as they are. Its id cannot change.
    #[schema(value_type = Option<Object>)]
    config: Option<serde_json::Value>,
    enabled: Option<bool>,
}

/// Changes a provider, or switches it on or off.
#[utoipa::path(
    put, path = "/api/v1/admin/sources/{id}", tag = "sources", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = ProviderChange,
    responses(
        (status = 200, body = ProviderEntry),
        (status = 400, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`provider-fixed`"),
    )
)]
pub async fn change(
    State(state): State<ServerState>,
    Path(id): Path<String>,
    Json(change): Json<ProviderChange>,
) -> Result<Json<ProviderEntry>, Problem> {
    let changed = state
        .app
        .change_provider(id, change.config, change.enabled)
        .await?;
    Ok(Json(changed))
}

/// Removes a provider with its secrets and all that is known of it.
#[utoipa::path(
    delete, path = "/api/v1/admin/sources/{id}", tag = "sources", security(("bearer" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 204),
        (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`provider-fixed`"),
    )
)]
pub async fn remove(
    State(state): State<ServerState>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    state.app.remove_provider(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks a provider just to see: what it says it can do, or what is wrong and what to do about it.
#[utoipa::path(
    post, path = "/api/v1/admin/sources/{id}/test", tag = "sources", security(("bearer" = [])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = ProviderTest),
        (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody),
    )
)]
pub async fn test(
    State(state): State<ServerState>,
    Path(id): Path<String>,
) -> Result<Json<ProviderTest>, Problem> {
    Ok(Json(state.app.test_provider(&id).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct ProviderOrder {
    /// The first first; those left out follow as they were. Between equal sources it decides.
    ids: Vec<String>,
}

/// Orders the providers. Those of the configuration file stay before all others.
#[utoipa::path(
    put, path = "/api/v1/admin/sources/order", tag = "sources", security(("bearer" = [])),
    request_body = ProviderOrder,
    responses(
        (status = 200, body = ProvidersPage),
        (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody),
    )
)]
pub async fn arrange(
    State(state): State<ServerState>,
    Json(order): Json<ProviderOrder>,
) -> Result<Json<ProvidersPage>, Problem> {
    Ok(Json(state.app.arrange_providers(order.ids).await?))
}

/// What the owner pins, prefers and blocks.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Preferences {
    items: Vec<Preference>,
}

/// What the owner pins, prefers and blocks.
#[utoipa::path(
    get, path = "/api/v1/admin/preferences", tag = "sources", security(("bearer" = [])),
    responses((status = 200, body = Preferences), (status = 403, body = ProblemBody))
)]
pub async fn preferences(State(state): State<ServerState>) -> Result<Json<Preferences>, Problem> {
    Ok(Json(Preferences {
        items: state.app.preferences().await?,
    }))
}

/// Replaces them all.
#[utoipa::path(
    put, path = "/api/v1/admin/preferences", tag = "sources", security(("bearer" = [])),
    request_body = Preferences,
    responses(
        (status = 200, body = Preferences),
        (status = 400, body = ProblemBody),
        (status = 403, body = ProblemBody),
    )
)]
pub async fn set_preferences(
    State(state): State<ServerState>,
    Json(preferences): Json<Preferences>,
) -> Result<Json<Preferences>, Problem> {
    Ok(Json(Preferences {
        items: state.app.set_preferences(preferences.items).await?,
    }))
}

/// What the caller's profile wishes of a source.
#[utoipa::path(
    get, path = "/api/v1/user/preferences", tag = "sources", security(("bearer" = [])),
    responses((status = 200, body = Taste), (status = 401, body = ProblemBody))
)]
pub async fn wishes(
    State(state): State<ServerState>,
    By(caller): By,
) -> Result<Json<Taste>, Problem> {
    Ok(Json(state.app.taste(caller.profile()).await?))
}

/// Replaces them; what is left out is as on a new box.
///
/// `adult` can be turned on by the owner alone, and off by anybody.
#[utoipa::path(
    put, path = "/api/v1/user/preferences", tag = "sources", security(("bearer" = [])),
    request_body = Taste,
    responses(
        (status = 200, body = Taste),
        (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody, description = "only the owner allows addons for adults"),
    )
)]
pub async fn set_wishes(
    State(state): State<ServerState>,
    By(caller): By,
    Json(taste): Json<Taste>,
) -> Result<Json<Taste>, Problem> {
    Ok(Json(state.app.set_taste(caller, taste).await?))
}
