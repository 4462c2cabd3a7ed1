//! The document against the contract that others rely on.

use serde_json::{Value, json};

use crate::document;

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
pub type Messages = &'static [(
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

pub const OUT: Messages = &[
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
