//! The route table: every route stands in a group with an access rule.

mod device;
mod given;
mod house;
mod media;
mod people;
mod player;
mod sources;
mod stream;
mod subtitles;
mod torrents;

use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header},
    middleware,
};
use hearth_model::Access;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
    set_header::SetResponseHeaderLayer,
};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    access::{Edge, guarded},
    host,
    openapi::{self, ApiDoc},
    problem, request_id,
    state::ServerState,
    unread, web, ws,
};

/// JSON bodies are small; uploads get a route of their own.
const BODY_BYTES: usize = 256 * 1024;

fn public() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(house::health))
        .routes(routes!(house::about))
        .routes(routes!(house::authority))
        .routes(routes!(device::licences))
        // The address carries proof that the box gave it: an `img` has no token.
        .routes(routes!(media::picture))
        .routes(routes!(people::pair))
        .routes(routes!(people::register))
        .routes(routes!(people::login))
        .routes(routes!(people::refresh))
        .routes(routes!(people::logout))
        // Its first message carries the token.
        .routes(routes!(ws::connect))
}

fn member() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(people::profile))
        .routes(routes!(people::me))
        .routes(routes!(people::devices))
        .routes(routes!(people::unpair))
        .routes(routes!(house::home))
        .routes(routes!(house::screens))
        .routes(routes!(house::history))
        .routes(routes!(media::search))
        .routes(routes!(media::trending))
        .routes(routes!(media::popular))
        .routes(routes!(media::new))
        .routes(routes!(media::top))
        .routes(routes!(media::calendar))
        .routes(routes!(media::genres))
        .routes(routes!(media::person))
        .routes(routes!(media::services))
        .routes(routes!(media::episodes))
        .routes(routes!(media::similar))
        .routes(routes!(media::franchise))
        .routes(routes!(media::title))
        .routes(routes!(media::sources))
        .routes(routes!(given::list, given::give))
        .routes(routes!(given::give_file))
        .routes(routes!(given::take_back))
        .routes(routes!(sources::wishes, sources::set_wishes))
        .routes(routes!(player::prepare))
        .routes(routes!(player::progress))
        .routes(routes!(torrents::torrents))
        .routes(routes!(device::device))
        .routes(routes!(device::time_zone))
        .routes(routes!(device::network))
        .routes(routes!(device::updates))
}

fn owner() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(device::power))
        .routes(routes!(media::put_apart))
        .routes(routes!(sources::list, sources::add))
        .routes(routes!(sources::arrange))
        .routes(routes!(sources::change, sources::remove))
        .routes(routes!(sources::test))
        .routes(routes!(sources::preferences, sources::set_preferences))
        .routes(routes!(device::set_up))
        .routes(routes!(device::wifi, device::join))
        .routes(routes!(device::check))
        .routes(routes!(device::install))
        .routes(routes!(device::policy))
        .routes(routes!(torrents::limit))
}

fn local() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(people::show_pin, people::hide_pin))
        .routes(routes!(device::frame))
        .routes(routes!(device::tv))
}

fn signed() -> OpenApiRouter<ServerState> {
    OpenApiRouter::new()
        .routes(routes!(stream::stream))
        .routes(routes!(subtitles::subtitles))
}

pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = OpenApiRouter::<ServerState>::with_openapi(ApiDoc::openapi())
        .merge(public())
        .merge(member())
        .merge(owner())
        .merge(local())
        .merge(signed())
        .into_openapi();
    openapi::complete(&mut document);
    document
}

/// Everything, as the LAN and the Unix socket serve it.
pub fn house(state: &ServerState, edge: Edge) -> Router {
    let (api, mut document) = OpenApiRouter::with_openapi(ApiDoc::openapi())
        .merge(guarded(state, Access::Public, public()))
        .merge(guarded(state, Access::Member, member()))
        .merge(guarded(state, Access::Owner, owner()))
        .merge(guarded(state, Access::Local, local()))
        .merge(guarded(state, Access::Signed, signed()))
        .split_for_parts();
    openapi::complete(&mut document);
    let router = api
        .merge(SwaggerUi::new("/docs").url("/api/openapi.json", document))
        .fallback(web::serve)
        .with_state(state.clone());
    edges(router, state, edge)
}

/// Only signed media: what the loopback listener serves to the box's own TV.
pub fn media_only(state: &ServerState) -> Router {
    let (api, _) = guarded(state, Access::Signed, signed()).split_for_parts();
    edges(api.with_state(state.clone()), state, Edge::Lan)
}

fn edges(router: Router, state: &ServerState, edge: Edge) -> Router {
    let compressible = SizeAbove::new(860)
        .and(NotForContentType::new("video/"))
        .and(NotForContentType::new("audio/"))
        .and(NotForContentType::new("application/octet-stream"))
        .and(NotForContentType::const_new("font/"))
        .and(NotForContentType::const_new("image/png"))
        .and(NotForContentType::SSE)
        // The framework's refusals are still plain text here; problems are written outside.
        .and(|status: StatusCode, _: Version, _: &HeaderMap, _: &Extensions| status.is_success());
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    router
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(CatchPanicLayer::new())
        .layer(CompressionLayer::new().compress_when(compressible))
        .layer(middleware::from_fn(host::check_origin))
        .layer(middleware::from_fn_with_state(
            state.names.clone(),
            host::check_host,
        ))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::CACHE_CONTROL, "no-store"))
        .layer(middleware::from_fn(problem::write_problems))
        .layer(middleware::from_fn(unread::hear_out))
        .layer(middleware::from_fn(request_id::name_request))
        .layer(Extension(edge))
}
