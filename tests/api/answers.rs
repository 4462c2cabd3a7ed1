//! What the box really answers, held against the document.

use std::time::Duration;

use hearth_model::{
    ClientMessage, Command, EpisodeId, Failure, LoadReport, ScreenAbilities, ScreenId, ScreenKind,
    ServerMessage, SessionId, Slug,
};
use hearth_tests::{House, Phone, SETUP_CODE, peers::Services};
use reqwest::{Method, header};
use serde_json::{Map, Value, json};

use crate::{contract::OUT, document};

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
        let mime = mime.split(';').next().unwrap_or_default();
        let schema = content
            .get(mime)
            .unwrap_or_else(|| panic!("{what} {status} does not document {mime}: {content:?}"));
        // Bytes have no shape to be held against.
        if !mime.ends_with("json") && !mime.starts_with("text/") {
            return Value::Null;
        }
        let value = if mime.starts_with("text/") {
            Value::String(text)
        } else {
            serde_json::from_slice(&bytes).expect("JSON")
        };
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
    let services = Services::start();
    let house = House::builder()
        .config("server.listen_https = \"127.0.0.1:0\"")
        .config(&services.config())
        .start();
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
    let about = call!(get, "/box", 200);
    assert!(about["https"]["port"].is_u64(), "{about}");
    call!(get, "/authority.crt", 200);
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

    for list in ["trending", "popular", "new", "top"] {
        let path = format!("/media/{list}");
        call!(get, path, format!("{path}?limit=3"), None, 200);
        call!(get, path, format!("{path}?q=words"), None, 400);
    }
    call!(get, "/media/calendar", 200);
    call!(get, "/media/genres", 200);
    call!(get, "/media/services", 200);
    let person = |key: &str| format!("/media/people/{key}");
    call!(get, "/media/people/{key}", person("tmdb:7"), None, 200);
    call!(get, "/media/people/{key}", person("tmdb:8"), None, 404);
    let dragon = witness.phone.find("forest dragon").await;
    let poster = dragon["poster"].as_str().unwrap().replace(v1, "");
    call!(get, "/pictures/{name}", poster, None, 200);
    call!(get, "/pictures/{name}", "/pictures/none", None, 404);
    let dragon = dragon["id"].as_str().unwrap().to_owned();
    let detail = call!(get, "/media/{id}", format!("/media/{dragon}"), None, 200);
    assert!(detail["details"].is_object(), "{detail}");
    for part in ["episodes", "similar", "franchise"] {
        let path = format!("/media/{{id}}/{part}");
        call!(get, path, format!("/media/{dragon}/{part}"), None, 200);
        call!(get, path, format!("/media/{unknown}/{part}"), None, 404);
    }
    let apart = |reference: &str| Some(json!({ "reference": reference }));
    let path = "/media/{id}/apart";
    let of = format!("/media/{dragon}/apart");
    call!(post, path, of, apart("imdb:tt0000001"), 404);
    call!(post, path, of, apart("imdb:tt0000603"), 200);

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
    let refused = "/player/subtitles?ticket=x";
    call!(get, "/player/subtitles", refused, None, 403);

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
    call!(get, "/player/torrents", 200);
    call!(
        post,
        "/player/torrents/limits",
        "/player/torrents/limits",
        Some(json!({ "down_bytes_per_s": 5_000_000 })),
        204
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

    // This machine is no box, and says so; its pages still show what there is.
    call!(get, "/device", 200);
    call!(get, "/device/licences", 200);
    call!(get, "/device/network", 200);
    call!(get, "/device/updates", 200);
    call!(get, "/device/wifi", 503);
    let home = Some(json!({ "name": "Home" }));
    call!(post, "/device/wifi", "/device/wifi", home, 503);
    let restart = Some(json!({ "action": "restart" }));
    call!(post, "/device/power", "/device/power", restart, 503);
    call!(post, "/device/set-up", 204);
    call!(post, "/device/updates/check", 503);
    let one = Some(json!({ "id": "one" }));
    call!(
        post,
        "/device/updates/install",
        "/device/updates/install",
        one,
        404
    );
    let ask = Some(json!({ "policy": "ask" }));
    call!(
        post,
        "/device/updates/policy",
        "/device/updates/policy",
        ask,
        204
    );
    let (put, delete) = (Method::PUT, Method::DELETE);
    let time_zone = "/device/time-zone";
    let zone = |name: &str| Some(json!({ "time_zone": name }));
    call!(put, time_zone, time_zone, zone("Asia/Tokyo"), 204);
    call!(put, time_zone, time_zone, zone("Mars/Olympus"), 400);
    // The owner's providers, and what people wish.
    let wishes = "/user/preferences";
    call!(get, wishes, 200);
    let japanese = |languages: &str| Some(json!({ "audio_languages": [languages] }));
    call!(put, wishes, wishes, japanese("ja"), 200);
    call!(put, wishes, wishes, japanese("Japanese"), 400);
    let adult = Some(json!({ "adult": true }));
    call!(put, wishes, wishes, adult, 200);
    let preferences = "/admin/preferences";
    let blocked =
        |word: &str| Some(json!({ "items": [{ "rule": "block", "what": "word", "value": word }] }));
    call!(put, preferences, preferences, blocked("camrip"), 200);
    call!(put, preferences, preferences, blocked(" "), 400);
    call!(get, preferences, 200);
    let (sources, one) = ("/admin/sources", "/admin/sources/{id}");
    let addon = |url: &str| {
        let config = json!({ "kind": "stremio", "id": "test", "url": url });
        Some(json!({ "config": config }))
    };
    call!(post, sources, sources, addon("nonsense"), 400);
    call!(post, sources, sources, addon("http://127.0.0.1:9/"), 201);
    call!(post, sources, sources, addon("http://127.0.0.1:9/"), 409);
    let added = "/admin/sources/stremio:test";
    let off = || Some(json!({ "enabled": false }));
    call!(put, one, added, off(), 200);
    call!(put, one, "/admin/sources/none", off(), 404);
    let order = "/admin/sources/order";
    call!(
        put,
        order,
        order,
        Some(json!({ "ids": ["stremio:test"] })),
        200
    );
    call!(put, order, order, Some(json!({ "ids": ["none"] })), 404);
    let tested = "/admin/sources/{id}/test";
    call!(post, tested, format!("{added}/test"), None, 200);
    call!(post, tested, "/admin/sources/none/test", None, 404);
    call!(get, sources, 200);

    // What people give.
    let given = "/given";
    let list = "#EXTM3U\n#EXTINF:-1,Sintel (2010) 720p\nhttps://cdn.example/sintel.mp4\n";
    let text = |text: &str| Some(json!({ "text": text, "title_id": open }));
    call!(post, given, given, text("nonsense"), 400);
    let kept = call!(post, given, given, text(list), 201);
    let file = "/api/v1/given/file";
    let upload = witness
        .phone
        .request(Method::POST, &format!("{file}?name=l.m3u"));
    let upload = upload.body(list).send().await.unwrap();
    assert_eq!(upload.status(), 201);
    let schema = &witness.document["paths"][file]["post"]["responses"]["201"]["content"];
    let schema = schema["application/json"]["schema"].clone();
    let faults = witness.faults(&schema, &upload.json().await.unwrap());
    assert!(faults.is_empty(), "{faults:#?}");
    witness.seen.push(format!("POST {file}"));
    call!(get, given, format!("{given}?title_id={open}"), None, 200);
    call!(get, given, format!("{given}?title_id={unknown}"), None, 404);
    let gift = format!("{given}/{}", kept["given"]["id"].as_str().unwrap());
    call!(delete, "/given/{id}", gift, None, 204);
    call!(delete, "/given/{id}", gift, None, 404);
    call!(delete, one, added, None, 204);
    call!(delete, one, added, None, 404);
    let drawn = || Some(json!({ "surface": "memory" }));
    call!(post, "/device/frame", "/device/frame", drawn(), 403);
    let russian = || Some(json!({ "language": "ru" }));
    call!(put, "/device/tv", "/device/tv", russian(), 403);

    // As the TV, over the Unix socket.
    let phone = std::mem::replace(&mut witness.phone, house.tv());
    call!(post, "/pairing/pin", 200);
    call!(Method::DELETE, "/pairing/pin", 204);
    call!(get, "/auth/me", 200);
    call!(get, "/box", 200);
    call!(post, "/device/frame", "/device/frame", drawn(), 204);
    call!(put, "/device/tv", "/device/tv", russian(), 204);
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
