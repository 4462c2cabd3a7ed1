//! The API's document: generated from the handlers, served at `/api/openapi.json`, kept in
//! `docs/reference/openapi.json` for the browser app's types.

use hearth_model::{ClientMessage, ServerMessage};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::problem::ProblemBody;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hearth",
        description = "The API of a Hearth box on the home network. Every refusal is an \
                       `application/problem+json` with a stable `slug`. The messages of \
                       `GET /api/v1/ws` are the schemas `ClientMessage` and `ServerMessage`.",
        license(name = "GPL-3.0-only", identifier = "GPL-3.0-only"),
    ),
    components(schemas(ClientMessage, ServerMessage, ProblemBody)),
    modifiers(&Bearer),
    tags(
        (name = "box", description = "The box itself"),
        (name = "people", description = "Pairing, accounts, devices"),
        (name = "media", description = "What there is to watch, and where it can be had"),
        (name = "player", description = "Playing it"),
        (name = "live", description = "The house's live state"),
    ),
)]
pub struct ApiDoc;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_with(Default::default);
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// The document as pretty JSON.
pub fn document() -> String {
    let document = crate::routes::document();
    let mut text = serde_json::to_string_pretty(&document).expect("a document is plain JSON");
    text.push('\n');
    text
}
