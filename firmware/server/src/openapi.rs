//! The API's document: generated from the handlers, served at `/api/openapi.json`, kept in
//! `docs/reference/openapi.json` for the browser app's types.

use hearth_model::{ClientMessage, ServerMessage, Sort};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, RefOr, ResponseBuilder,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
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
    components(schemas(ClientMessage, ServerMessage, ProblemBody, Sort)),
    modifiers(&Bearer),
    tags(
        (name = "box", description = "The box itself"),
        (name = "device", description = "The box as a thing: power, network, updates"),
        (name = "people", description = "Pairing, accounts, devices"),
        (name = "media", description = "What there is to watch, and where it can be had"),
        (name = "sources", description = "The owner's providers, and what people wish of sources"),
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

/// What all routes share: a refusal is a problem, named as it is sent; any that a route does not
/// list is one too.
pub fn complete(document: &mut utoipa::openapi::OpenApi) {
    const PROBLEM: &str = "application/problem+json";
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            for (status, response) in responses.iter_mut() {
                if status.starts_with(['4', '5'])
                    && let RefOr::T(response) = response
                    && let Some(content) = response.content.swap_remove("application/json")
                {
                    response.content.insert(PROBLEM.into(), content);
                }
            }
            let any = ResponseBuilder::new()
                .description("Any other refusal")
                .content(
                    PROBLEM,
                    Content::new(Some(Ref::from_schema_name("ProblemBody"))),
                )
                .build();
            responses.entry("default".into()).or_insert(any.into());
        }
    }
}

/// The document as pretty JSON.
pub fn document() -> String {
    let document = crate::routes::document();
    let mut text = serde_json::to_string_pretty(&document).expect("a document is plain JSON");
    text.push('\n');
    text
}
