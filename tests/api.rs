//! The API as documented, held against the contract that others rely on, and against what the
//! box really answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{process::Command as Run, time::Duration};

use hearth_model::{
    ClientMessage, Command, EpisodeId, Failure, LoadReport, ScreenAbilities, ScreenId, ScreenKind,
    ServerMessage, SessionId, Slug,
};
use hearth_tests::{House, Phone, SETUP_CODE, program_path};
use reqwest::{Method, StatusCode, header};
use serde_json::{Map, Value, json};

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../docs/reference/openapi.json"
);

fn document() -> Value {
    let output = Run::new(program_path("hearthd"))
        .arg("openapi")
        .output()
        .expect("hearthd is built");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("the document is JSON")
}

// ---- The document and its copies

#[test]
fn the_reference_is_what_the_daemon_prints() {
    let printed = Run::new(program_path("hearthd"))
        .arg("openapi")
        .output()
        .expect("hearthd is built");
    let kept = std::fs::read(FILE).expect("the reference is kept");
    assert!(
        printed.stdout == kept,
        "docs/reference/openapi.json is stale: run `make docs/reference/openapi.json`"
    );
}

#[tokio::test]
async fn the_box_serves_the_same_document() {
    let house = House::builder().start();
    let served = Phone::stranger(&house.base).get("/api/openapi.json").await;
    assert!(served == document(), "the served document is another one");
    assert!(served["openapi"].as_str().unwrap().starts_with("3."));
}

/// The values of an attribute in a page.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let begin = format!("{name}=\"");
    page.match_indices(&begin)
        .filter_map(|(at, _)| page[at + begin.len()..].split('"').next())
        .collect()
}

#[tokio::test]
async fn the_docs_page_needs_no_internet() {
    let house = House::builder().start();
    let phone = Phone::stranger(&house.base);
    let page = phone.get("/docs").await;
    let page = page.as_str().expect("a page");
    let mut parts = attributes(page, "src");
    parts.extend(attributes(page, "href"));
    assert!(
        parts.iter().any(|part| part.contains("bundle.js"))
            && parts.iter().any(|part| part.contains("ui.css")),
        "{parts:?}"
    );
    for part in parts {
        assert!(
            !part.contains("//"),
            "the page reaches out of the house: {part}"
        );
        let path = format!("/docs/{}", part.trim_start_matches("./"));
        let answer = phone.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let mime = answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(!mime.starts_with("text/html"), "{path}: {mime}");
        let text = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
        if mime.starts_with("text/css") {
            for reach in ["@import", "url(http", "url(\"http", "url(//"] {
                assert!(!text.contains(reach), "{path} has {reach}");
            }
        }
        if part.ends_with("initializer.js") {
            assert!(text.contains("\"/api/openapi.json\""), "{text}");
            assert!(
                !text.contains("http:") && !text.contains("https:"),
                "{text}"
            );
        }
    }
}

// ---- The contract's table

/// A schema with its references followed, and "or null" taken off.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(path) = schema["$ref"].as_str() {
        let target = document
            .pointer(path.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{path} leads nowhere"));
        return resolve(document, target);
    }
    if let Some(choices) = schema["oneOf"].as_array()
        && let [one, other] = choices.as_slice()
    {
        if other["type"] == "null" {
            return resolve(document, one);
        }
        if one["type"] == "null" {
            return resolve(document, other);
        }
    }
    schema
}

/// The schema of a property, also of one that came by composition.
fn property<'a>(document: &'a Value, schema: &'a Value, name: &str) -> Option<&'a Value> {
    let schema = resolve(document, schema);
    if let Some(found) = schema["properties"].get(name) {
        return Some(resolve(document, found));
    }
    let parts = schema["allOf"].as_array()?;
    parts.iter().find_map(|part| property(document, part, name))
}

fn is_required(document: &Value, schema: &Value, name: &str) -> bool {
    let schema = resolve(document, schema);
    let here = schema["required"]
        .as_array()
        .is_some_and(|names| names.iter().any(|known| known == name));
    here || schema["allOf"]
        .as_array()
        .is_some_and(|parts| parts.iter().any(|part| is_required(document, part, name)))
}

/// Follows `items[].title.ru` and `parts.*.status`; a word after `=` is the list of its values.
fn has_path(document: &Value, schema: &Value, path: &str) -> Result<(), String> {
    let (path, values) = match path.split_once('=') {
        Some((path, values)) => (path, Some(values)),
        None => (path, None),
    };
    let mut at = resolve(document, schema);
    for step in path.split('.') {
        let (name, list) = match step.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (step, false),
        };
        at = if name == "*" {
            resolve(document, &at["additionalProperties"])
        } else {
            property(document, at, name).ok_or_else(|| format!("no `{name}` of `{path}`"))?
        };
        if list {
            at = resolve(document, &at["items"]);
        }
        if at.is_null() {
            return Err(format!("nothing below `{step}` of `{path}`"));
        }
    }
    if let Some(values) = values {
        let mut wanted: Vec<&str> = values.split('|').collect();
        let mut known: Vec<&str> = at["enum"]
            .as_array()
            .ok_or_else(|| format!("`{path}` is no list of words: {at}"))?
            .iter()
            .filter_map(Value::as_str)
            .collect();
        wanted.sort_unstable();
        known.sort_unstable();
        if wanted != known {
            return Err(format!("`{path}` is {known:?}, not {wanted:?}"));
        }
    }
    Ok(())
}

struct Call {
    method: &'static str,
    path: &'static str,
    /// Fields of the body, or of the query of a GET; `?` marks what may be absent.
    asks: &'static [&'static str],
    status: &'static str,
    answers: &'static [&'static str],
    refuses: &'static [&'static str],
}

const TOKENS: &[&str] = &["device_id", "access_token", "expires_in", "refresh_token"];

/// The contract, row by row.
const CALLS: &[Call] = &[
    Call {
        method: "get",
        path: "/api/v1/health",
        asks: &[],
        status: "200",
        answers: &[
            "status=ok|degraded",
            "version",
            "parts.*.status=ok|degraded",
            "parts.*.detail",
        ],
        refuses: &[],
    },
    Call {
        method: "post",
        path: "/api/v1/pairing",
        asks: &["pin", "device_name"],
        status: "201",
        answers: TOKENS,
        refuses: &["403", "409", "429"],
    },
    Call {
        method: "post",
        path: "/api/v1/auth/register",
        asks: &["username", "password", "setup_code?"],
        status: "201",
        answers: TOKENS,
        refuses: &["403", "409", "429"],
    },
    Call {
        method: "post",
        path: "/api/v1/auth/login",
        asks: &["username", "password"],
        status: "200",
        answers: TOKENS,
        refuses: &["401", "429"],
    },
    Call {
        method: "post",
        path: "/api/v1/auth/refresh",
        asks: &["refresh_token"],
        status: "200",
        answers: TOKENS,
        refuses: &["401"],
    },
    Call {
        method: "post",
        path: "/api/v1/auth/logout",
        asks: &["refresh_token"],
        status: "204",
        answers: &[],
        refuses: &[],
    },
    Call {
        method: "get",
        path: "/api/v1/auth/profile",
        asks: &[],
        status: "200",
        answers: &["kind"],
        refuses: &["401"],
    },
    Call {
        method: "get",
        path: "/api/v1/auth/me",
        asks: &[],
        status: "200",
        answers: &["kind"],
        refuses: &["401"],
    },
    Call {
        method: "get",
        path: "/api/v1/media/search",
        asks: &[
            "q?",
            "type?=film|series|anime",
            "genre?",
            "year_from?",
            "year_to?",
            "rating_min?",
            "cursor?",
            "limit?",
        ],
        status: "200",
        answers: &[
            "items[].id",
            "items[].type=film|series|anime",
            "items[].title.ru",
            "items[].title.en",
            "items[].title.original",
            "items[].year",
            "items[].genres",
            "items[].rating",
            "items[].poster",
            "items[].external.tmdb",
            "items[].external.imdb",
            "items[].external.shikimori",
            "items[].external.mal",
            "providers[].id",
            "providers[].state=ok|pending|timeout|error",
            "providers[].took_ms",
            "providers[].error",
            "next",
        ],
        refuses: &["400", "401"],
    },
    Call {
        method: "get",
        path: "/api/v1/media/{id}/sources",
        asks: &["episode?"],
        status: "200",
        answers: &[
            "items[].id",
            "items[].kind=torrent|hls|dash|direct|embed",
            "items[].provider",
            "items[].name",
            "items[].quality",
            "items[].codec",
            "items[].languages",
            "items[].subtitles",
            "items[].size_bytes",
            "items[].seeders",
            "items[].health=unknown|good|failing",
            "items[].score.total",
            "items[].score.parts.quality",
            "items[].score.parts.speed",
            "items[].score.parts.availability",
            "items[].score.parts.subtitles",
            "items[].score.parts.audio",
            "items[].why",
            "items[].playable",
            "items[].refused",
            "providers[].id",
            "providers[].state=ok|pending|timeout|error",
        ],
        refuses: &["404"],
    },
    Call {
        method: "post",
        path: "/api/v1/player/prepare",
        asks: &["title_id", "episode_id?", "source_id?", "screen_id"],
        status: "200",
        answers: &[
            "session_id",
            "source_id",
            "stream.url",
            "stream.mime",
            "stream.expires_at",
            "resume_ms",
        ],
        refuses: &["404", "502"],
    },
    Call {
        method: "post",
        path: "/api/v1/player/progress",
        asks: &["title_id", "episode_id?", "position_ms", "duration_ms"],
        status: "204",
        answers: &[],
        refuses: &["404"],
    },
];

fn faults_of(document: &Value, call: &Call) -> Vec<String> {
    let operation = &document["paths"][call.path][call.method];
    if operation.is_null() {
        return vec!["is not documented".into()];
    }
    let mut faults = Vec::new();
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    for ask in call.asks {
        let (field, values) = ask.split_once('=').unwrap_or((ask, ""));
        let name = field.trim_end_matches('?');
        let optional = field.ends_with('?');
        if call.method == "get" {
            let parameter = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .find(|parameter| parameter["name"] == name && parameter["in"] == "query");
            match parameter {
                None => faults.push(format!("does not ask for `{name}`")),
                Some(parameter) if (parameter["required"] == true) == optional => {
                    faults.push(format!("`{name}` is required or optional by mistake"));
                }
                Some(parameter) if !values.is_empty() => {
                    let schema = json!({ "properties": { name: parameter["schema"] } });
                    let path = format!("{name}={values}");
                    faults.extend(has_path(document, &schema, &path).err());
                }
                Some(_) => {}
            }
        } else if property(document, body, name).is_none() {
            faults.push(format!("does not ask for `{name}`"));
        } else if is_required(document, body, name) == optional {
            faults.push(format!("`{name}` is required or optional by mistake"));
        }
    }
    let answer = &operation["responses"][call.status];
    if answer.is_null() {
        faults.push(format!("does not answer {}", call.status));
    }
    let schema = &answer["content"]["application/json"]["schema"];
    for path in call.answers {
        faults.extend(has_path(document, schema, path).err());
    }
    for status in call.refuses.iter().chain(&["default"]) {
        let schema =
            &operation["responses"][*status]["content"]["application/problem+json"]["schema"];
        if schema.is_null() {
            faults.push(format!("does not document {status} as a problem"));
            continue;
        }
        for field in ["type", "title", "status", "detail", "slug", "request_id"] {
            faults.extend(has_path(document, schema, field).err());
        }
    }
    faults
}

#[test]
fn every_call_of_the_contract_is_documented() {
    let document = document();
    let mut faults = Vec::new();
    for call in CALLS {
        for fault in faults_of(&document, call) {
            faults.push(format!("{} {} {fault}", call.method, call.path));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_call_that_strays_from_the_contract_is_seen() {
    let without = |pointer: &str, key: &str| {
        let mut document = document();
        let place = document.pointer_mut(pointer).expect("a place to break");
        assert!(place.as_object_mut().unwrap().remove(key).is_some());
        CALLS
            .iter()
            .map(|call| faults_of(&document, call).len())
            .sum::<usize>()
    };
    assert!(without("/paths", "/api/v1/health") > 0);
    assert!(without("/paths/~1api~1v1~1pairing/post/responses", "429") > 0);
    assert!(without("/components/schemas/Names/properties", "ru") > 0);
    assert!(without("/components/schemas/PrepareRequest/properties", "screen_id") > 0);
    assert!(without("/components/schemas/PrepareRequest", "required") > 0);
    assert!(without("/components/schemas/ProblemBody/properties", "slug") > 0);
    assert!(without("/components/schemas/ProviderState", "enum") > 0);
}

#[test]
fn searches_are_documented_as_a_stream_too() {
    let document = document();
    for path in ["/api/v1/media/search", "/api/v1/media/{id}/sources"] {
        let content = &document["paths"][path]["get"]["responses"]["200"]["content"];
        assert!(
            content.get("text/event-stream").is_some(),
            "{path}: {content}"
        );
    }
}

/// The messages of the contract: type, fields that are always there, fields that may be.
type Messages = &'static [(
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
)];

const IN: Messages = &[
    ("hello", &[], &["token"]),
    (
        "command",
        &["request_id", "session_id", "command"],
        &["position_ms", "volume", "expected_rev"],
    ),
    ("key", &["screen_id", "key"], &[]),
    ("text", &["screen_id", "text"], &[]),
    ("clock", &["t0"], &[]),
];

const OUT: Messages = &[
    ("room_state", &["room_id", "rev", "position_ms"], &[]),
    ("play_event", &["session_id", "rev", "position_ms"], &[]),
    ("pause_event", &["session_id", "rev", "position_ms"], &[]),
    ("seek_event", &["session_id", "rev", "position_ms"], &[]),
    ("state_sync", &["session_id", "rev", "position_ms"], &[]),
    ("done", &["request_id"], &[]),
    ("refused", &["request_id", "slug"], &["rev"]),
    ("clock", &["t0", "server_ms"], &[]),
];

#[test]
fn every_message_of_the_contract_is_a_schema() {
    let document = document();
    for (name, messages) in [("ClientMessage", IN), ("ServerMessage", OUT)] {
        let variants = document["components"]["schemas"][name]["oneOf"]
            .as_array()
            .unwrap_or_else(|| panic!("{name} is a choice of messages"));
        for (kind, always, perhaps) in messages {
            let variant = variants
                .iter()
                .find(|variant| {
                    property(&document, variant, "type")
                        .is_some_and(|kinds| kinds["enum"] == json!([kind]))
                })
                .unwrap_or_else(|| panic!("{name} has no {kind}"));
            for field in *always {
                assert!(
                    property(&document, variant, field).is_some()
                        && is_required(&document, variant, field),
                    "{name} {kind}: {field}"
                );
            }
            for field in *perhaps {
                assert!(
                    property(&document, variant, field).is_some()
                        && !is_required(&document, variant, field),
                    "{name} {kind}: {field}?"
                );
            }
        }
    }
    let commands = document["components"]["schemas"]["Command"]["enum"].to_string();
    for command in ["play", "pause", "seek", "stop", "set_volume"] {
        assert!(commands.contains(&format!("\"{command}\"")), "{commands}");
    }
}

// ---- What the box really says

/// The document with every object closed: a field that it does not name is a fault.
fn closed(document: &Value) -> Value {
    fn close(schema: &mut Value, open: &[String], name: Option<&str>) {
        let Some(object) = schema.as_object_mut() else {
            return;
        };
        let stays_open = name.is_some_and(|name| open.iter().any(|open| open == name));
        if object.contains_key("allOf") {
            if !stays_open {
                object.insert("unevaluatedProperties".into(), false.into());
            }
            return;
        }
        if object.contains_key("properties")
            && !object.contains_key("additionalProperties")
            && !stays_open
        {
            object.insert("additionalProperties".into(), false.into());
        }
        for key in ["oneOf", "anyOf"] {
            for choice in object
                .get_mut(key)
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                // The choices of a part stay open with it.
                if !stays_open {
                    close(choice, open, None);
                }
            }
        }
        for value in object
            .get_mut("properties")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flat_map(Map::values_mut)
        {
            close(value, open, None);
        }
    }
    fn parts_of_others(value: &Value, within: bool, names: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                if within && let Some(path) = object.get("$ref").and_then(Value::as_str) {
                    names.extend(path.rsplit('/').next().map(str::to_owned));
                }
                for (key, value) in object {
                    parts_of_others(
                        value,
                        key == "allOf" || within && key != "properties",
                        names,
                    );
                }
            }
            Value::Array(values) => {
                for value in values {
                    parts_of_others(value, within, names);
                }
            }
            _ => {}
        }
    }
    let mut open = Vec::new();
    parts_of_others(document, false, &mut open);
    let mut document = document.clone();
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for (name, schema) in schemas {
        close(schema, &open, Some(name));
    }
    document
}

struct Witness {
    document: Value,
    phone: Phone,
    /// `METHOD path` of the document, with the statuses that were seen.
    seen: Vec<String>,
}

impl Witness {
    fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut whole = schema.as_object().expect("a schema").clone();
        whole.insert("components".into(), self.document["components"].clone());
        let whole = Value::Object(whole);
        let validator = jsonschema::validator_for(&whole).expect("the schema is one");
        validator
            .iter_errors(value)
            .map(|error| format!("{}: {error:.300}", error.instance_path()))
            .collect()
    }

    /// Makes a call and holds its answer against the document.
    async fn call(
        &mut self,
        method: Method,
        path: &str,
        target: &str,
        body: Option<Value>,
        wanted: u16,
    ) -> Value {
        let what = format!("{method} {path}");
        let mut request = self.phone.request(method.clone(), target);
        if let Some(body) = &body {
            let asks = &self.document["paths"][path][method.as_str().to_lowercase()]["requestBody"]
                ["content"]["application/json"]["schema"];
            assert!(!asks.is_null(), "{what} documents no body");
            if wanted < 400 {
                let faults = self.faults(asks, body);
                assert!(faults.is_empty(), "{what} asks otherwise: {faults:?}");
            }
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let mime = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|mime| mime.to_str().unwrap().to_owned());
        let bytes = answer.bytes().await.unwrap();
        let operation = &self.document["paths"][path][method.as_str().to_lowercase()];
        assert!(!operation.is_null(), "{what} is not documented");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(status, wanted, "{what}: {text:.500}");
        let mut documented = &operation["responses"][status.to_string()];
        if documented.is_null() && status >= 400 {
            documented = &operation["responses"]["default"];
        }
        assert!(!documented.is_null(), "{what} does not document {status}");
        self.seen.push(what.clone());
        let Some(content) = documented["content"].as_object() else {
            assert!(bytes.is_empty(), "{what} documents no body: {text:.500}");
            return Value::Null;
        };
        let mime = mime.unwrap_or_default();
        let schema = content
            .get(&mime)
            .unwrap_or_else(|| panic!("{what} {status} does not document {mime}: {content:?}"));
        let value: Value = serde_json::from_slice(&bytes).expect("JSON");
        let faults = self.faults(&schema["schema"], &value);
        assert!(faults.is_empty(), "{what} {status}: {faults:#?}\n{value:#}");
        value
    }

    fn message(&self, schema: &str, message: &Value) {
        let faults = self.faults(
            &json!({ "$ref": format!("#/components/schemas/{schema}") }),
            message,
        );
        assert!(faults.is_empty(), "{schema}: {faults:#?}\n{message:#}");
    }
}

#[tokio::test]
async fn what_the_box_answers_is_what_it_documents() {
    let house = House::builder().start();
    let stranger = Phone::stranger(&house.base);
    std::fs::write(house.films().join("Some Film (2010).mp4"), b"a film").unwrap();
    let mut witness = Witness {
        document: closed(&document()),
        phone: stranger,
        seen: Vec::new(),
    };
    let v1 = "/api/v1";
    let get = Method::GET;
    let post = Method::POST;
    macro_rules! call {
        ($method:expr, $path:expr, $wanted:expr) => {
            call!($method, $path, $path, None, $wanted)
        };
        ($method:expr, $path:expr, $target:expr, $body:expr, $wanted:expr) => {
            witness
                .call(
                    $method.clone(),
                    &format!("{v1}{}", $path),
                    &format!("{v1}{}", $target),
                    $body,
                    $wanted,
                )
                .await
        };
    }
    call!(get, "/health", 200);
    call!(get, "/box", 200);
    call!(get, "/home", 401);
    call!(get, "/ws", 400);
    let pair = |pin: &str| Some(json!({ "pin": pin, "device_name": "Test phone" }));
    call!(post, "/pairing", "/pairing", pair("000000"), 403);
    call!(post, "/pairing", "/pairing", Some(json!({})), 422);
    let tokens = call!(post, "/pairing", "/pairing", pair(SETUP_CODE), 201);
    call!(post, "/pairing", "/pairing", pair(SETUP_CODE), 409);
    call!(post, "/pairing/pin", 401);
    let token = tokens["access_token"].as_str().unwrap();
    witness.phone = witness.phone.holding(token);
    call!(post, "/pairing/pin", 403);
    call!(Method::DELETE, "/pairing/pin", 403);

    let anna = Some(json!({ "username": "anna", "password": "correct horse" }));
    call!(post, "/auth/register", "/auth/register", anna.clone(), 201);
    call!(post, "/auth/register", "/auth/register", anna.clone(), 409);
    let annas = call!(post, "/auth/login", "/auth/login", anna, 200);
    let wrong = Some(json!({ "username": "anna", "password": "wrong horse" }));
    call!(post, "/auth/login", "/auth/login", wrong, 401);
    let refresh = Some(json!({ "refresh_token": annas["refresh_token"] }));
    let annas = call!(post, "/auth/refresh", "/auth/refresh", refresh.clone(), 200);
    call!(post, "/auth/refresh", "/auth/refresh", refresh, 401);
    let token = annas["access_token"].as_str().unwrap().to_owned();
    let phone = std::mem::replace(
        &mut witness.phone,
        Phone::stranger(&house.base).holding(&token),
    );
    call!(get, "/auth/profile", 401);
    witness.phone = phone;
    call!(get, "/auth/profile", 200);
    call!(get, "/auth/me", 200);
    let logout = Some(json!({ "refresh_token": annas["refresh_token"] }));
    call!(post, "/auth/logout", "/auth/logout", logout, 204);

    call!(get, "/devices", 200);
    call!(get, "/home", 200);
    let film = loop {
        let page = call!(
            get,
            "/media/search",
            "/media/search?q=some%20film&type=film&limit=5",
            None,
            200
        );
        if let Some(film) = page["items"].get(0) {
            break film.clone();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    call!(get, "/media/search", "/media/search?q=", None, 200);
    call!(
        get,
        "/media/search",
        "/media/search?type=nonsense",
        None,
        400
    );
    let id = film["id"].as_str().unwrap().to_owned();
    call!(get, "/media/{id}", format!("/media/{id}"), None, 200);
    call!(get, "/media/{id}", "/media/nonsense", None, 400);
    let unknown = "ttl_0193a3f2b1c47d3e8f00112233445566";
    call!(get, "/media/{id}", format!("/media/{unknown}"), None, 404);
    let sources = call!(
        get,
        "/media/{id}/sources",
        format!("/media/{id}/sources?lang=ru"),
        None,
        200
    );
    assert_eq!(sources["items"][0]["kind"], "direct", "{sources}");
    let open = witness.phone.find("sintel").await;
    let open = open["id"].as_str().unwrap().to_owned();
    let sources = call!(
        get,
        "/media/{id}/sources",
        format!("/media/{open}/sources"),
        None,
        200
    );
    assert!(!sources["items"].as_array().unwrap().is_empty());

    let mut live = witness.phone.live().await;
    live.send(&ClientMessage::Screen {
        name: "Test screen".into(),
        kind: ScreenKind::Browser,
        abilities: ScreenAbilities::default(),
        passing: false,
        playing: None,
    })
    .await;
    let screen_id = live
        .until("screen_ready", |message, _| match message {
            ServerMessage::ScreenReady { screen_id } => Some(*screen_id),
            _ => None,
        })
        .await;
    call!(get, "/screens", 200);
    let play = |title: &str, screen: &str| Some(json!({ "title_id": title, "screen_id": screen }));
    let prepared = call!(
        post,
        "/player/prepare",
        "/player/prepare",
        play(&id, &screen_id.to_string()),
        200
    );
    call!(
        post,
        "/player/prepare",
        "/player/prepare",
        play(unknown, &screen_id.to_string()),
        404
    );
    let stream = prepared["stream"]["url"].as_str().unwrap().to_owned();
    let range = witness
        .phone
        .request(Method::GET, &stream)
        .header(header::RANGE, "bytes=2-3")
        .send()
        .await
        .unwrap();
    let documented = &witness.document["paths"]["/api/v1/player/stream"]["get"]["responses"];
    assert!(!documented[range.status().as_str()].is_null());
    assert_eq!(&range.bytes().await.unwrap()[..], b"fi");
    call!(get, "/player/stream", "/player/stream?ticket=x", None, 403);

    // The session's messages, as a screen and a remote see them.
    let session_id: SessionId = serde_json::from_value(prepared["session_id"].clone()).unwrap();
    let load_id = 1;
    let report = |report| ClientMessage::Report {
        load_id,
        session_id,
        report,
    };
    for said in [
        LoadReport::Prerolled {
            duration_ms: Some(600_000),
        },
        LoadReport::Playing { position_ms: 0 },
        LoadReport::Position {
            position_ms: 5_000,
            duration_ms: Some(600_000),
            buffered_ms: Some(9_000),
        },
        LoadReport::Paused {
            position_ms: 61_000,
        },
    ] {
        live.send(&report(said)).await;
    }
    for (command, position_ms) in [
        (Command::Play, None),
        (Command::Pause, None),
        (Command::Seek, Some(30_000)),
    ] {
        live.command(session_id, command, position_ms)
            .await
            .unwrap();
    }
    let refused = live.command(SessionId::new(), Command::Play, None).await;
    assert!(refused.is_err());
    live.send(&ClientMessage::Clock { t0: 1.5 }).await;
    live.send_text("{}").await;
    live.send(&report(LoadReport::Failed(Failure::new(
        Slug::Starved,
        "No bytes came",
    ))))
    .await;
    live.until("the failed session", |message, _| {
        matches!(message, ServerMessage::SourceEvent { .. }).then_some(())
    })
    .await;
    live.command(session_id, Command::Stop, None).await.unwrap();
    live.until("the end", |message, _| {
        matches!(message, ServerMessage::SessionEnded { .. }).then_some(())
    })
    .await;
    let mut kinds: Vec<String> = Vec::new();
    for message in &live.heard {
        let message = serde_json::to_value(message).unwrap();
        witness.message("ServerMessage", &message);
        kinds.push(message["type"].as_str().unwrap().to_owned());
    }
    kinds.sort();
    kinds.dedup();
    for (kind, ..) in OUT {
        assert!(
            kinds.iter().any(|seen| seen == kind),
            "no {kind}: {kinds:?}"
        );
    }
    let id_of_screen = ScreenId::new();
    for message in [
        ClientMessage::Hello {
            token: Some("x".into()),
        },
        ClientMessage::Command {
            request_id: "1".into(),
            session_id,
            command: Command::Seek,
            position_ms: Some(1),
            volume: Some(50),
            expected_rev: Some(3),
        },
        ClientMessage::Key {
            screen_id: id_of_screen,
            key: "ok".into(),
        },
        ClientMessage::Text {
            screen_id: id_of_screen,
            text: "син".into(),
        },
        ClientMessage::Clock { t0: 0.5 },
        ClientMessage::Page {
            page: "home".into(),
            text: None,
        },
        report(LoadReport::Ended),
    ] {
        let message = serde_json::to_value(message).unwrap();
        witness.message("ClientMessage", &message);
    }

    let progress = |title: &str| {
        Some(json!({ "title_id": title, "position_ms": 60_000, "duration_ms": 600_000 }))
    };
    call!(
        post,
        "/player/progress",
        "/player/progress",
        progress(&id),
        204
    );
    call!(
        post,
        "/player/progress",
        "/player/progress",
        progress(unknown),
        404
    );
    call!(get, "/media/{id}", format!("/media/{id}"), None, 200);
    call!(get, "/home", 200);
    let history = call!(get, "/user/history", "/user/history?limit=5", None, 200);
    assert_eq!(history["items"].as_array().unwrap().len(), 1);
    let episode = EpisodeId::new();
    call!(
        get,
        "/media/{id}/sources",
        format!("/media/{id}/sources?episode={episode}"),
        None,
        404
    );

    // As the TV, over the Unix socket.
    let phone = std::mem::replace(&mut witness.phone, house.tv());
    call!(post, "/pairing/pin", 200);
    call!(Method::DELETE, "/pairing/pin", 204);
    call!(get, "/auth/me", 200);
    call!(get, "/box", 200);
    witness.phone = phone;
    let device = tokens["device_id"].as_str().unwrap().to_owned();
    call!(
        Method::DELETE,
        "/devices/{id}",
        "/devices/nonsense",
        None,
        400
    );
    call!(
        Method::DELETE,
        "/devices/{id}",
        format!("/devices/{device}"),
        None,
        204
    );

    // Nothing that is documented was left out.
    let unseen: Vec<String> = witness.document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, operations)| {
            operations
                .as_object()
                .unwrap()
                .keys()
                .map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .filter(|operation| !witness.seen.contains(operation))
        .collect();
    assert_eq!(unseen, Vec::<String>::new(), "calls that no test makes");
}

#[test]
fn a_field_that_is_not_documented_is_seen() {
    let house = document();
    let witness = Witness {
        document: closed(&house),
        phone: Phone::stranger("http://127.0.0.1:1"),
        seen: Vec::new(),
    };
    let schema = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let names = json!({ "ru": "Синтел", "en": "Sintel", "original": "Sintel" });
    assert!(witness.faults(&schema("Names"), &names).is_empty());
    for (name, wrong) in [
        ("Names", json!({ "ru": 7 })),
        ("Names", json!({ "ru": "Синтел", "secret": 1 })),
        ("ServerMessage", json!({ "type": "done" })),
        (
            "ServerMessage",
            json!({ "type": "done", "request_id": "1", "secret": 1 }),
        ),
        ("ServerMessage", json!({ "type": "unheard_of" })),
        (
            "TitleDetail",
            json!({
                "id": "ttl_1", "type": "film", "title": names, "genres": [], "overview": {},
                "external": {}, "episodes": [], "secret": 1,
            }),
        ),
    ] {
        assert!(
            !witness.faults(&schema(name), &wrong).is_empty(),
            "{name}: {wrong}"
        );
    }
}
