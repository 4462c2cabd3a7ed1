//! Who a request comes from, and the rule that guards each group of routes.

use axum::{
    Extension,
    extract::{FromRequestParts, Request, State},
    http::{header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use hearth_app::Error;
use hearth_model::{Access, Caller};
use utoipa_axum::router::OpenApiRouter;

use crate::{problem::Problem, state::ServerState};

/// Which listener a connection came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The Unix socket: its peer is the box's own TV or command line.
    Local,
    Lan,
    /// The house's network over HTTPS.
    Secure,
}

impl Edge {
    /// Of the addresses that clients of this listener are told.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Local | Self::Lan => "http",
            Self::Secure => "https",
        }
    }
}

/// The caller, for handlers.
#[derive(Debug, Clone, Copy)]
pub struct By(pub Caller);

impl<S: Sync> FromRequestParts<S> for By {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts
            .extensions
            .get::<Self>()
            .copied()
            .unwrap_or(Self(Caller::Stranger)))
    }
}

/// Puts these routes behind a rule. Every route of the API goes through here: the walk over the
/// route table in the tests fails on one that does not.
pub fn guarded(
    state: &ServerState,
    access: Access,
    routes: OpenApiRouter<ServerState>,
) -> OpenApiRouter<ServerState> {
    routes.route_layer(middleware::from_fn_with_state(
        (state.clone(), access),
        guard,
    ))
}

async fn guard(
    State((state, access)): State<(ServerState, Access)>,
    Extension(edge): Extension<Edge>,
    mut request: Request,
    next: Next,
) -> Response {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| {
            value
                .to_str()
                .ok()?
                .strip_prefix("Bearer ")
                .map(str::to_owned)
        });
    let caller = match (edge, token) {
        (Edge::Local, _) => Ok(Caller::Local),
        (_, None) => Ok(Caller::Stranger),
        (_, Some(token)) => state
            .app
            .people
            .authenticate(&token)
            .map(|pass| pass.caller),
    };
    let caller = match caller {
        Ok(caller) => caller,
        // A stale token is no reason to refuse what anybody may have.
        Err(_) if Caller::Stranger.may(access) => Caller::Stranger,
        Err(error) => return Problem::from(error).into_response(),
    };
    let owner = access == Access::Owner && state.app.people.is_owner(caller);
    if !caller.may(access) && !owner {
        let error = match (access, caller) {
            (Access::Owner, Caller::Device(_) | Caller::Account(_)) => Error::NotOwner,
            (Access::Local, Caller::Device(_) | Caller::Account(_)) => Error::NotLocal,
            _ => Error::NoToken,
        };
        return Problem::from(error).into_response();
    }
    request.extensions_mut().insert(By(caller));
    next.run(request).await
}
