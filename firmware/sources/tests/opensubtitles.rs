//! OpenSubtitles answered by a local server: what is asked, what is believed, how downloads are
//! counted; and its recorded answers, where `HEARTH_FIXTURES` names their folder.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../fetch/tests/server/mod.rs"]
mod server;
mod titles;

use hearth_model::TitleKind;
use hearth_sources::{
    Error, OpenSubtitles, Provider, ProviderConfig, Query, Secret, SubtitleFind, SubtitleMatch,
    SubtitleQuery, SubtitleWish, VideoFile, rank_subtitles,
};
use serde_json::{Value, json};
use server::{Server, Step, ok, reply};
use titles::{episode, fetcher, names, recorded, sintel, soon, title};

fn provider(server: &Server, password: &str) -> Provider {
    let config = ProviderConfig::OpenSubtitles {
        id: None,
        name: String::new(),
        url: Secret(server.url("/api/v1")),
        api_key: Secret("s3cret-key".into()),
        username: "ann".into(),
        password: Secret(password.into()),
    };
    Provider::new(&config, &fetcher()).unwrap()
}

fn client(provider: &Provider) -> &OpenSubtitles {
    match provider {
        Provider::OpenSubtitles(client) => client,
        other => panic!("not OpenSubtitles: {other:?}"),
    }
}

fn wanted(query: Query) -> SubtitleQuery {
    SubtitleQuery {
        query,
        file: VideoFile {
            name: Some("Man.of.Steel.2013.720p.BluRay.x264-Felony.mkv".into()),
            moviehash: Some("5b8f8f4e41ccb21e".into()),
            ..VideoFile::default()
        },
        languages: vec!["en".into()],
    }
}

fn man_of_steel(imdb: &str) -> Query {
    Query::new(title(TitleKind::Film, "Man of Steel", 2013, imdb), None)
}

async fn find(answer: String, wanted: &SubtitleQuery) -> Vec<SubtitleFind> {
    let server = Server::start(move |_, _| ok(&answer)).await;
    let provider = provider(&server, "");
    client(&provider).find(wanted, soon()).await.unwrap()
}

/// One entry; `more` is laid over its attributes.
fn entry(file_id: u64, more: Value) -> Value {
    let mut attributes = json!({
        "language": "en", "release": "Sintel.2010.1080p.BluRay.x264-GROUP", "download_count": 12,
        "hearing_impaired": false, "from_trusted": true, "fps": 24.0,
        "feature_details": { "feature_type": "Movie", "year": 2010, "title": "Sintel", "imdb_id": 1_727_587 },
        "files": [{ "file_id": file_id, "cd_number": 1, "file_name": "Sintel.srt" }],
    });
    let more = more.as_object().unwrap().clone();
    attributes.as_object_mut().unwrap().extend(more);
    json!({ "id": file_id.to_string(), "type": "subtitle", "attributes": attributes })
}

const TEXT: &str = "1\n00:00:01,000 --> 00:00:02,000\nHello\n";

/// What a request's `Host` names, with the port.
fn host(head: &str) -> String {
    let line = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("host: ")
            .map(ToOwned::to_owned)
    });
    line.unwrap()
}

fn has(head: &str, header: &str) -> bool {
    head.lines().any(|line| line.eq_ignore_ascii_case(header))
}

/// A service that counts downloads and knows `ann` by her password.
fn service(head: &str, token: &str, remaining: i64) -> Vec<Step> {
    if head.contains("/api/v1/login ") {
        return if head.contains("right") {
            ok(json!({ "token": token, "base_url": "evil.example" }).to_string())
        } else {
            reply(
                "401 Unauthorized",
                &[],
                json!({ "message": "wrong" }).to_string(),
            )
        };
    }
    if head.contains("/api/v1/download ") {
        if !has(head, &format!("authorization: Bearer {token}")) {
            return reply("401 Unauthorized", &[], r#"{"message": "invalid token"}"#);
        }
        let mut answer = json!({
            "requests": 5, "remaining": remaining, "message": "you have used them",
            "reset_time": "5 hours", "reset_time_utc": "2026-11-30T00:00:00Z",
        });
        if remaining < 0 {
            return reply("406 Not Acceptable", &[], answer.to_string());
        }
        answer["link"] = json!(format!("http://{}/files/Sintel.srt", host(head)));
        return ok(answer.to_string());
    }
    if head.contains("/files/") {
        return ok(TEXT);
    }
    ok(json!({ "data": [entry(7, json!({}))] }).to_string())
}

#[tokio::test]
async fn what_is_found_tells_all_that_ranking_needs() {
    let bad = json!({ "attributes": { "language": 5 } });
    let answer = json!({ "data": [
        entry(1, json!({ "hearing_impaired": true, "foreign_parts_only": true, "ai_translated": true, "language": "pt-BR" })),
        entry(2, json!({ "moviehash_match": true, "from_trusted": false })),
        entry(3, json!({ "feature_details": { "feature_type": "Movie", "imdb_id": 5, "title": "Sintel", "year": 2010 } })),
        entry(4, json!({ "feature_details": { "feature_type": "Episode", "imdb_id": 1_727_587 } })),
        entry(5, json!({ "feature_details": { "feature_type": "Movie", "title": "SINTEL!", "year": 2011 } })),
        entry(6, json!({ "feature_details": { "feature_type": "Movie", "title": "Sintel", "year": 1990 } })),
        entry(7, json!({ "files": [{ "file_id": 70 }, { "file_id": 71 }] })),
        bad, null, 5,
    ] });
    let finds = find(answer.to_string(), &wanted(sintel())).await;
    let found: Vec<_> = finds
        .iter()
        .map(|find| (find.id.as_str(), find.matched))
        .collect();
    assert_eq!(
        found,
        [
            ("1", SubtitleMatch::Id),
            ("2", SubtitleMatch::Hash),
            ("5", SubtitleMatch::Name)
        ],
        "another film's, an episode's, and those in parts are left out"
    );
    let first = &finds[0];
    assert_eq!(first.provider, "opensubtitles");
    assert_eq!(first.language.as_deref(), Some("pt"));
    assert!(first.hearing_impaired && first.forced && first.machine_translated && first.trusted);
    assert_eq!(first.downloads, Some(12));
    assert_eq!(first.frames_per_second, Some(24.0));
}

#[tokio::test]
async fn the_name_is_asked_for_where_the_id_brings_nothing() {
    let server = Server::start(|head, _| {
        if head.contains("query=") {
            ok(json!({ "data": [entry(1, json!({}))] }).to_string())
        } else {
            ok(r#"{"data": []}"#)
        }
    })
    .await;
    let provider = provider(&server, "");
    let finds = client(&provider)
        .find(&wanted(sintel()), soon())
        .await
        .unwrap();
    assert_eq!(finds.len(), 1);
    assert_eq!(
        server.targets(),
        [
            "/api/v1/subtitles?imdb_id=1727587&languages=en&moviehash=5b8f8f4e41ccb21e",
            "/api/v1/subtitles?languages=en&query=sintel&year=2010",
        ]
    );
    let head = &server.heads()[0];
    assert!(has(head, "api-key: s3cret-key"), "{head}");
    assert!(
        has(
            head,
            concat!("user-agent: Hearth v", env!("CARGO_PKG_VERSION"))
        ),
        "{head}"
    );
}

#[tokio::test]
async fn a_download_signs_in_once_and_tells_what_is_left() {
    let server = Server::start(|head, _| service(head, "t1", 4)).await;
    let provider = provider(&server, "right");
    let finds = client(&provider)
        .find(&wanted(sintel()), soon())
        .await
        .unwrap();
    assert_eq!(client(&provider).quota(), None);
    for _ in 0..2 {
        let read = provider.fetch_subtitle(&finds[0], soon()).await.unwrap();
        assert_eq!(read.text, TEXT);
    }
    let quota = client(&provider).quota().unwrap();
    assert_eq!(quota.remaining, 4);
    assert_eq!(quota.resets.as_deref(), Some("2026-11-30T00:00:00Z"));
    let heads = server.heads();
    let asked = |path: &str| heads.iter().filter(|head| head.contains(path)).count();
    assert_eq!(
        (asked("/login"), asked("/download"), asked("/files/")),
        (1, 2, 2)
    );
    let file = heads.iter().find(|head| head.contains("/files/")).unwrap();
    assert!(!file.contains("s3cret"), "the key is for the service alone");
}

#[tokio::test]
async fn a_forgotten_token_is_asked_for_anew() {
    let server = Server::start(|head, before| {
        // The first token is given, and forgotten at once.
        let token = if before == 0 { "old" } else { "new" };
        service(head, token, 4)
    })
    .await;
    let provider = provider(&server, "right");
    let find = find_one().await;
    let read = provider.fetch_subtitle(&find, soon()).await;
    assert!(read.is_ok(), "{read:?}");
}

/// A find without asking for it, so that the next request is the server's first.
async fn find_one() -> SubtitleFind {
    let answer = json!({ "data": [entry(7, json!({}))] }).to_string();
    find(answer, &wanted(sintel())).await.remove(0)
}

#[tokio::test]
async fn a_used_up_quota_says_until_when() {
    let server = Server::start(|head, _| service(head, "t1", -1)).await;
    let provider = provider(&server, "right");
    let find = find_one().await;
    let error = provider.fetch_subtitle(&find, soon()).await.unwrap_err();
    assert!(matches!(error, Error::Quota { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "OpenSubtitles gives no more downloads until 2026-11-30T00:00:00Z"
    );
    assert_eq!(client(&provider).quota().unwrap().remaining, 0);
}

#[tokio::test]
async fn wrong_keys_and_passwords_are_told_and_never_shown() {
    let server = Server::start(|head, _| service(head, "t1", 4)).await;
    let wrong = provider(&server, "wr0ng");
    let find = find_one().await;
    let error = wrong.fetch_subtitle(&find, soon()).await.unwrap_err();
    assert!(matches!(error, Error::SignIn), "{error:?}");
    assert!(wrong.check(soon()).await.is_err());
    let heads = server.heads();
    let logins = heads.iter().filter(|head| head.contains("/login "));
    assert_eq!(
        logins.count(),
        1,
        "who signs in wrongly again and again is punished"
    );
    assert!(!format!("{wrong:?}").contains("wr0ng"));

    let closed =
        Server::start(|_, _| reply("403 Forbidden", &[], "You cannot consume this service")).await;
    let provider = provider(&closed, "");
    let error = client(&provider)
        .find(&wanted(sintel()), soon())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("API key"), "{error}");
    assert!(!format!("{error} {error:?} {provider:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_service_that_asks_for_rest_is_left_alone() {
    let server =
        Server::start(|_, _| reply("429 Too Many Requests", &["Retry-After: 3600"], "")).await;
    let provider = provider(&server, "");
    for _ in 0..3 {
        let error = client(&provider)
            .find(&wanted(sintel()), soon())
            .await
            .unwrap_err();
        assert!(error.to_string().contains("asks to wait"), "{error}");
    }
    assert_eq!(server.targets().len(), 1);
}

#[tokio::test]
async fn it_is_no_part_of_a_search_for_sources() {
    let server = Server::start(|_, _| ok("")).await;
    let provider = provider(&server, "");
    let query = std::sync::Arc::new(sintel());
    assert!(provider.job(&query).is_none());
    assert!(provider.title_job("x", false).is_none());
    let wanted = std::sync::Arc::new(wanted(sintel()));
    assert!(provider.subtitle_job(&wanted).is_some());
    assert!(names(&provider.find(&query, soon()).await.unwrap()).is_empty());
}

#[tokio::test]
async fn recorded_answers_are_read_and_ranked() {
    let Some(by_hash) = recorded("opensubtitles/moviehash_query.json") else {
        return;
    };
    let film = wanted(man_of_steel("tt0770828"));
    let finds = find(by_hash, &film).await;
    assert_eq!(finds.len(), 11, "an episode of the same hash is left out");
    assert!(finds.iter().all(|find| find.matched == SubtitleMatch::Hash));
    let wish = SubtitleWish {
        languages: vec!["en".into()],
        ..SubtitleWish::default()
    };
    let ranked = rank_subtitles(finds, &wish, &film.file);
    assert_eq!(
        ranked[0].find.name, "720p.BluRay.x264-Felony [and BDRiP.XViD-NoGRP]",
        "the most taken of those that fit"
    );

    let by_name = recorded("opensubtitles/movie_query.json").unwrap();
    let finds = find(by_name.clone(), &film).await;
    assert_eq!(finds.len(), 4);
    assert!(finds.iter().all(|find| find.matched == SubtitleMatch::Id));
    let finds = find(by_name, &wanted(man_of_steel(""))).await;
    assert_eq!(finds.len(), 4);
    assert!(finds.iter().all(|find| find.matched == SubtitleMatch::Name));

    let episodes = recorded("opensubtitles/episode_query.json").unwrap();
    let event = episode(title(TitleKind::Series, "The Event", 2010, ""), 1, 3);
    assert_eq!(find(episodes, &wanted(event)).await.len(), 2);
}
