//! OpenSubtitles as it documents its REST interface, with a list made by hand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::Server;

pub const KEY: &str = "s3cret-key";
const TOKEN: &str = "t0ken";

/// One file of the list.
#[derive(Debug, Clone)]
pub struct Listed {
    pub file_id: u64,
    pub language: &'static str,
    pub release: &'static str,
    /// Made for the file of this hash.
    pub hash: Option<String>,
    pub text: String,
}

#[derive(Debug, Default)]
struct World {
    imdb: u64,
    title: String,
    year: u16,
    list: Vec<Listed>,
    remaining: i64,
    is_broken: bool,
    /// `METHOD path?query` of each request.
    asked: Vec<String>,
}

/// Knows `ann` by the password `right`.
#[derive(Debug)]
pub struct OpenSubtitles {
    server: Server,
    world: Arc<Mutex<World>>,
}

impl OpenSubtitles {
    /// For one film.
    pub fn start(imdb: u64, title: &str, year: u16, list: Vec<Listed>) -> Self {
        let world = Arc::new(Mutex::new(World {
            imdb,
            title: title.to_owned(),
            year,
            list,
            remaining: 20,
            ..World::default()
        }));
        let router = Router::new()
            .route("/api/v1/subtitles", get(search))
            .route("/api/v1/login", post(login))
            .route("/api/v1/download", post(download))
            .route("/files/{file_id}", get(file))
            .with_state(world.clone());
        Self {
            server: Server::start(router),
            world,
        }
    }

    /// For `sources.providers`.
    pub fn config(&self, password: &str) -> Value {
        json!({
            "kind": "opensubtitles", "url": self.server.url("/api/v1"), "api_key": KEY,
            "username": "ann", "password": password,
        })
    }

    /// So many downloads are left.
    pub fn allow(&self, downloads: i64) {
        self.world.lock().unwrap().remaining = downloads;
    }

    /// 500 for every search.
    pub fn set_broken(&self, is_broken: bool) {
        self.world.lock().unwrap().is_broken = is_broken;
    }

    /// What was asked of a path.
    pub fn asked(&self, path: &str) -> Vec<String> {
        let world = self.world.lock().unwrap();
        let of = world.asked.iter().filter(|asked| asked.contains(path));
        of.cloned().collect()
    }
}

type Shared = State<Arc<Mutex<World>>>;

fn has_key(headers: &HeaderMap) -> bool {
    headers.get("api-key").is_some_and(|key| key == KEY)
}

async fn search(
    State(world): Shared,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let mut world = world.lock().unwrap();
    let pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    world
        .asked
        .push(format!("GET /subtitles?{}", pairs.join("&")));
    if world.is_broken {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    if !has_key(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let of = |name: &str| query.get(name).map(String::as_str);
    let is_film = of("imdb_id") == Some(&world.imdb.to_string())
        || of("query").is_some_and(|words| words.eq_ignore_ascii_case(&world.title));
    let languages: Vec<&str> = of("languages").unwrap_or_default().split(',').collect();
    let fits = |one: &&Listed| {
        let same = one.hash.is_some() && one.hash.as_deref() == of("moviehash");
        languages.contains(&one.language) && (is_film || same)
    };
    let data: Vec<Value> = world
        .list
        .iter()
        .filter(fits)
        .map(|one| {
            json!({ "id": one.file_id.to_string(), "type": "subtitle", "attributes": {
                "language": one.language, "release": one.release, "download_count": 100,
                "moviehash_match": one.hash.is_some() && one.hash.as_deref() == of("moviehash"),
                "feature_details": {
                    "feature_type": "Movie", "imdb_id": world.imdb, "title": world.title,
                    "year": world.year,
                },
                "files": [{ "file_id": one.file_id, "file_name": format!("{}.srt", one.release) }],
            }})
        })
        .collect();
    Json(json!({ "total_count": data.len(), "data": data })).into_response()
}

async fn login(State(world): Shared, Json(body): Json<Value>) -> Response {
    world.lock().unwrap().asked.push("POST /login".into());
    if body["username"] == "ann" && body["password"] == "right" {
        Json(json!({ "token": TOKEN, "status": 200 })).into_response()
    } else {
        let answer = json!({ "message": "Error, invalid username/password", "status": 401 });
        (StatusCode::UNAUTHORIZED, Json(answer)).into_response()
    }
}

async fn download(State(world): Shared, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let mut world = world.lock().unwrap();
    world
        .asked
        .push(format!("POST /download {}", body["file_id"]));
    let bearer = format!("Bearer {TOKEN}");
    let is_signed_in = headers
        .get(header::AUTHORIZATION)
        .is_some_and(|given| given.to_str().is_ok_and(|given| given == bearer));
    if !has_key(&headers) || !is_signed_in {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    world.remaining -= 1;
    let mut answer = json!({
        "requests": 1, "remaining": world.remaining,
        "reset_time_utc": "2099-01-01T00:00:00Z",
    });
    if world.remaining < 0 {
        answer["message"] = json!("You have downloaded your allowed subtitles for 24h");
        return (StatusCode::NOT_ACCEPTABLE, Json(answer)).into_response();
    }
    let host = headers[header::HOST].to_str().unwrap_or_default();
    answer["link"] = json!(format!("http://{host}/files/{}", body["file_id"]));
    Json(answer).into_response()
}

async fn file(
    State(world): Shared,
    axum::extract::Path(file_id): axum::extract::Path<u64>,
) -> Response {
    let mut world = world.lock().unwrap();
    world.asked.push(format!("GET /files/{file_id}"));
    let listed = world.list.iter().find(|one| one.file_id == file_id);
    match listed {
        Some(listed) => listed.text.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
