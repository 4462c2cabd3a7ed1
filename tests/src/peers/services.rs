//! TMDB and Shikimori as they document themselves, with a small world of made-up titles: one film,
//! and one anime whose two seasons Shikimori counts apart.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use super::Server;

/// How both fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// Longer than anybody waits.
    Slow,
    /// 500.
    Broken,
    /// 429, and when to come again.
    Busy,
    /// A page for people, with status 200.
    Html,
}

const FILMS: &[u8] = include_bytes!("../../fixtures/handmade/tmdb/movie_ids.json.gz");
const SERIES: &[u8] = include_bytes!("../../fixtures/handmade/tmdb/tv_series_ids.json.gz");
const PICTURE: &[u8] = include_bytes!("../../fixtures/handmade/tmdb/poster.png");

#[derive(Debug)]
struct World {
    trouble: Mutex<Trouble>,
    /// `METHOD path` of each request.
    asked: Mutex<Vec<String>>,
}

#[derive(Debug)]
pub struct Services {
    server: Server,
    world: Arc<World>,
}

impl Services {
    pub fn start() -> Self {
        let world = Arc::new(World {
            trouble: Mutex::new(Trouble::None),
            asked: Mutex::default(),
        });
        let router = Router::new()
            .route("/3/{*path}", get(tmdb))
            .route("/pictures/{*path}", get(picture))
            .route("/exports/{file}", get(export))
            .route("/api/graphql", post(graphql))
            .route("/api/{*path}", get(rest))
            .with_state(world.clone());
        Self {
            server: Server::start(router),
            world,
        }
    }

    /// As the owner's configuration names them.
    pub fn config(&self) -> String {
        let config = json!({
            "tmdb": {
                "key": "k3y",
                "url": self.server.url("/3"),
                "image_url": self.server.url("/pictures"),
            },
            "shikimori": { "enabled": true, "url": self.server.url("") },
        });
        let config = toml::Value::try_from(config).expect("plain values");
        format!("catalog = {config}")
    }

    /// With the daily lists of all titles, and without a key.
    pub fn config_of_exports(&self) -> String {
        let config = json!({
            "tmdb": { "export": true, "export_url": self.server.url("/exports") },
            "shikimori": { "enabled": false },
        });
        let config = toml::Value::try_from(config).expect("plain values");
        format!("catalog = {config}")
    }

    pub fn fail(&self, trouble: Trouble) {
        *self.world.trouble.lock().unwrap() = trouble;
    }

    pub fn asked(&self) -> Vec<String> {
        self.world.asked.lock().unwrap().clone()
    }
}

impl World {
    /// What is answered in place of the answer.
    async fn trouble(&self, asked: String) -> Option<Response> {
        self.asked.lock().unwrap().push(asked);
        let trouble = *self.trouble.lock().unwrap();
        Some(match trouble {
            Trouble::None => return None,
            Trouble::Slow => {
                tokio::time::sleep(Duration::from_secs(600)).await;
                StatusCode::GATEWAY_TIMEOUT.into_response()
            }
            Trouble::Broken => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Trouble::Busy => {
                (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "5")]).into_response()
            }
            Trouble::Html => {
                ([(header::CONTENT_TYPE, "text/html")], "<p>Sign in</p>").into_response()
            }
        })
    }
}

fn film(russian: bool) -> Value {
    json!({
        "id": 603, "media_type": "movie",
        "title": if russian { "Лесной дракон" } else { "The Forest Dragon" },
        "original_title": "The Forest Dragon", "original_language": "en",
        "release_date": "2010-09-27", "genre_ids": [16, 14], "vote_average": 7.5,
        "vote_count": 812, "popularity": 21.5, "poster_path": "/poster.jpg",
    })
}

fn series(russian: bool) -> Value {
    json!({
        "id": 604, "media_type": "tv", "name": if russian { "Звёздный пёс" } else { "Star Dog" },
        "original_name": "星の犬", "original_language": "ja", "origin_country": ["JP"],
        "first_air_date": "1998-04-03", "genre_ids": [16, 10765], "vote_average": 8.4,
        "vote_count": 90, "popularity": 12.0,
    })
}

/// In no list, and going on.
fn street() -> Value {
    json!({
        "id": 605, "media_type": "tv", "name": "Quiet Street", "original_name": "Quiet Street",
        "original_language": "en", "origin_country": ["GB"], "first_air_date": "2190-01-01",
        "genre_ids": [18], "popularity": 3.0,
    })
}

fn page(items: Vec<Value>) -> Value {
    json!({ "page": 1, "total_pages": 1, "total_results": items.len(), "results": items })
}

fn episodes(season: u64, days: &[&str]) -> Value {
    let episodes: Vec<Value> = days
        .iter()
        .zip(1..)
        .map(|(day, number): (_, u64)| {
            json!({
                "season_number": season, "episode_number": number, "air_date": day,
                "name": format!("Star {season}.{number}"),
            })
        })
        .collect();
    json!({ "season_number": season, "episodes": episodes })
}

async fn tmdb(
    State(world): State<Arc<World>>,
    Path(path): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    if let Some(trouble) = world.trouble(format!("GET /3/{path}")).await {
        return trouble;
    }
    let of = |name: &str| {
        let pair = query.iter().find(|(key, _)| key == name);
        pair.map(|(_, value)| value.to_lowercase())
            .unwrap_or_default()
    };
    let russian = of("language") == "ru-ru";
    let (film, series) = (film(russian), series(russian));
    let kept = |item: &Value, more: Value| {
        let mut item = item.clone();
        let object = item.as_object_mut().expect("an object");
        object.extend(more.as_object().expect("an object").clone());
        item
    };
    let answer = match path.as_str() {
        "search/multi" => {
            let words = of("query");
            let named = |item: &Value| item.to_string().to_lowercase().contains(&words);
            let all = [
                self::film(true),
                self::film(false),
                self::series(true),
                self::series(false),
                street(),
            ];
            let ids: Vec<&Value> = all
                .iter()
                .filter(|one| named(one))
                .map(|one| &one["id"])
                .collect();
            page(
                [film, series, street()]
                    .into_iter()
                    .filter(|one| ids.contains(&&one["id"]))
                    .collect(),
            )
        }
        "trending/all/week" => page(vec![series, film]),
        "movie/popular" | "movie/top_rated" | "movie/now_playing" => page(vec![film]),
        "tv/popular" | "tv/top_rated" | "tv/on_the_air" => page(vec![series]),
        "discover/movie" => page(vec![film]),
        "discover/tv" => page(vec![series]),
        "movie/603" => kept(
            &film,
            json!({
                "runtime": 92, "imdb_id": "tt0000603",
                "genres": [{ "id": 16, "name": "Animation" }],
                "credits": { "cast": [{ "id": 7, "name": "Ada Actor", "character": "The Dragon", "order": 0 }] },
                "recommendations": page(vec![self::series(russian)]),
            }),
        ),
        "tv/604" => kept(
            &series,
            json!({
                "genres": [{ "id": 16, "name": "Animation" }],
                "seasons": [
                    { "season_number": 1, "name": "Season 1", "episode_count": 2, "air_date": "1998-04-03" },
                    { "season_number": 2, "name": "Season 2", "episode_count": 1, "air_date": "1999-10-01" },
                ],
                "season/1": episodes(1, &["1998-04-03", "1998-04-10"]),
                "season/2": episodes(2, &["1999-10-01"]),
            }),
        ),
        "tv/605" => kept(
            &street(),
            json!({
                "next_episode_to_air": {
                    "air_date": "2199-01-05", "season_number": 2, "episode_number": 3,
                },
            }),
        ),
        "person/7" => json!({
            "id": 7, "name": "Ada Actor", "biography": "Plays dragons.",
            "combined_credits": { "cast": [self::film(russian)] },
        }),
        _ => return (StatusCode::NOT_FOUND, Json(json!({ "status_code": 34 }))).into_response(),
    };
    Json(answer).into_response()
}

fn animes() -> [Value; 2] {
    let anime = |id: u64, name: &str, russian: &str, english: &str, day: &str| {
        json!({
            "id": id.to_string(), "malId": id.to_string(), "name": name, "russian": russian,
            "english": english, "japanese": null, "kind": "tv", "score": 8.1, "status": "released",
            "episodes": 2, "episodesAired": 2, "airedOn": { "year": day[..4].parse::<u64>().ok(), "date": day },
            "franchise": "hoshi_no_inu", "genres": [{ "name": "Sci-Fi" }], "isCensored": false,
        })
    };
    [
        anime(11, "Hoshi no Inu", "Звёздный пёс", "Star Dog", "1998-04-03"),
        anime(
            12,
            "Hoshi no Inu 2nd Season",
            "Звёздный пёс 2",
            "Star Dog Season 2",
            "1999-10-01",
        ),
    ]
}

async fn graphql(State(world): State<Arc<World>>, body: Bytes) -> Response {
    if let Some(trouble) = world.trouble("POST /api/graphql".into()).await {
        return trouble;
    }
    let question: Value = serde_json::from_slice(&body).unwrap_or_default();
    let variables = &question["variables"];
    let words = variables["search"]
        .as_str()
        .unwrap_or_default()
        .to_lowercase();
    let asked: Vec<&str> = variables["ids"]
        .as_str()
        .map(|ids| ids.split(',').collect())
        .unwrap_or_default();
    let animes: Vec<Value> = animes()
        .into_iter()
        .filter(|anime| anime.to_string().to_lowercase().contains(&words))
        .filter(|anime| asked.is_empty() || asked.iter().any(|id| anime["id"] == *id))
        .collect();
    Json(json!({ "data": { "animes": animes } })).into_response()
}

/// The same small picture for every path but one.
async fn picture(State(world): State<Arc<World>>, Path(path): Path<String>) -> Response {
    if let Some(trouble) = world.trouble(format!("GET /pictures/{path}")).await {
        return trouble;
    }
    ([(header::CONTENT_TYPE, "image/png")], PICTURE).into_response()
}

async fn export(State(world): State<Arc<World>>, Path(file): Path<String>) -> Response {
    if let Some(trouble) = world.trouble(format!("GET /exports/{file}")).await {
        return trouble;
    }
    let list = if file.starts_with("movie_ids_") {
        FILMS
    } else if file.starts_with("tv_series_ids_") {
        SERIES
    } else {
        return StatusCode::NOT_FOUND.into_response();
    };
    ([(header::CONTENT_TYPE, "application/gzip")], list).into_response()
}

async fn rest(State(world): State<Arc<World>>, Path(path): Path<String>) -> Response {
    if let Some(trouble) = world.trouble(format!("GET /api/{path}")).await {
        return trouble;
    }
    let answer = match path.as_str() {
        "calendar" => json!([{
            "next_episode": 3, "next_episode_at": "2199-01-01T12:00:00.000+03:00",
            "anime": {
                "id": 12, "name": "Hoshi no Inu 2nd Season", "russian": "Звёздный пёс 2",
                "kind": "tv", "score": "8.1", "status": "ongoing", "episodes": 2,
                "aired_on": "1999-10-01",
            },
        }]),
        _ => json!([]),
    };
    Json(answer).into_response()
}
