//! TMDB as the box asks it: hand-made answers of the documented shapes, recorded ones, and faults.

#![allow(clippy::unwrap_used, reason = "tests")]

mod house;
#[path = "../../fetch/tests/server/mod.rs"]
mod server;

use std::{io::Write, time::Duration};

use flate2::{Compression, write::GzEncoder};
use futures_util::TryStreamExt;
use hearth_catalog::{
    Discover, Error, ExportKind, ExportReader, ServiceState, Tmdb, TmdbConfig, TmdbList, TmdbSort,
};
use hearth_model::{Format, Part, PictureKind, ProviderState, Status, TitleKind, TmdbKind};
use house::{House, fixture, json, recorded};
use server::{Step, reply};

async fn searched() -> House {
    House::with(|head, _| {
        json(fixture(if head.contains("language=ru-RU") {
            "tmdb/search_ru.json"
        } else {
            "tmdb/search_en.json"
        }))
    })
    .await
}

#[tokio::test]
async fn a_search_finds_titles_in_both_languages_and_people() {
    let house = searched().await;
    let page = house.tmdb().search("дракон & пёс", 1).await.unwrap();
    assert_eq!((page.page, page.pages), (1, 3));
    let [film, anime, russian, evil] = &page.titles[..] else {
        panic!("{:#?}", page.titles);
    };
    assert_eq!(film.kind, TitleKind::Film);
    assert_eq!(film.names.ru.as_deref(), Some("Лесной дракон"));
    assert_eq!(film.names.en.as_deref(), Some("The Forest Dragon"));
    assert_eq!(
        film.overview.en.as_deref(),
        Some("A dragon looks for a home.")
    );
    assert_eq!(film.year, Some(2010));
    assert_eq!(film.rating, Some(7.5));
    assert_eq!(film.genres, ["animation", "fantasy"]);
    assert_eq!(film.facts.popularity, Some(21.5));
    assert_eq!(
        film.poster.as_deref(),
        Some("https://image.example/t/p/w500/poster.jpg")
    );
    assert_eq!(film.external.references(), ["tmdb:movie/603"]);

    assert_eq!(anime.kind, TitleKind::Anime);
    assert_eq!(anime.names.en.as_deref(), Some("Star Dog"));
    assert_eq!(anime.names.original.as_deref(), Some("星の犬"));
    assert_eq!(anime.genres, ["animation", "science-fiction", "fantasy"]);
    assert_eq!(anime.facts.countries, ["JP"]);
    assert_eq!(anime.rating, None, "nobody voted");
    assert_eq!(anime.external.references(), ["tmdb:tv/603"]);
    assert_ne!(anime.id, film.id);

    assert_eq!(russian.names.ru.as_deref(), Some("Без перевода"));
    assert_eq!((russian.year, &russian.names.en), (None, &None));
    assert_eq!((evil.poster.as_deref(), evil.year), (None, None));
    assert_eq!(page.people[0].names.ru.as_deref(), Some("Анна Лесная"));
    assert_eq!(page.people[0].key, "tmdb:9");

    let targets = house.server.targets();
    assert_eq!(targets.len(), 2, "one request a language: {targets:?}");
    assert!(
        targets[0].starts_with("/3/search/multi?query=%D0%B4"),
        "{targets:?}"
    );
    assert!(targets[0].contains("include_adult=false") && targets[0].ends_with("api_key=k3y"));
    house.tmdb().search("дракон & пёс", 1).await.unwrap();
    assert_eq!(house.server.targets().len(), 2, "then from the cache");
}

#[tokio::test]
async fn a_list_that_is_english_already_is_one_request() {
    let house = House::with(|_, _| {
        json(r#"{"results": [{"id": 1, "title": "Тень", "original_title": "Shadow", "original_language": "en"}]}"#)
    })
    .await;
    let list = TmdbList::Popular(TmdbKind::Movie);
    let page = house.tmdb().list(list, 1).await.unwrap();
    assert_eq!(page.titles[0].names.en.as_deref(), Some("Shadow"));
    assert_eq!(house.server.targets().len(), 1);
    assert!(house.server.targets()[0].starts_with("/3/movie/popular?page=1"));
}

#[tokio::test]
async fn a_title_is_one_request_for_everything() {
    let house = House::with(|_, _| json(fixture("tmdb/movie.json"))).await;
    let found = house.tmdb().title(TmdbKind::Movie, 603).await.unwrap();
    assert_eq!(house.server.targets().len(), 1);
    let (title, details) = (found.title, found.details);
    assert_eq!(title.names.en.as_deref(), Some("The Forest Dragon"));
    assert_eq!(title.overview.ru.as_deref(), Some("Дракон ищет дом."));
    assert_eq!(
        title.overview.en.as_deref(),
        Some("A dragon looks for a home.")
    );
    assert_eq!(title.runtime_minutes, Some(95));
    assert_eq!(title.genres, ["animation", "fantasy"]);
    assert_eq!(title.external.imdb.as_deref(), Some("tt0000603"));
    let facts = &title.facts;
    assert_eq!(facts.format, Some(Format::Film));
    assert_eq!(facts.status, Some(Status::Released));
    assert_eq!(facts.countries, ["NL"]);
    assert_eq!(facts.aliases, ["Forest Dragon 3D"]);
    assert_eq!(facts.franchise.as_deref(), Some("tmdb:2794"));
    assert_eq!(facts.age, Some(6), "Russia's word before others'");

    let labels: Vec<_> = details
        .certifications
        .iter()
        .map(|one| (one.country.as_str(), one.label.as_str()))
        .collect();
    assert_eq!(labels, [("US", "PG"), ("RU", "6+")]);
    let parts: Vec<_> = details
        .credits
        .iter()
        .map(|credit| (credit.person.key.as_str(), credit.part))
        .collect();
    assert_eq!(
        parts,
        [
            ("tmdb:1", Part::Cast),
            ("tmdb:2", Part::Cast),
            ("tmdb:4", Part::Director),
            ("tmdb:3", Part::Crew)
        ]
    );
    let kinds: Vec<_> = details
        .pictures
        .iter()
        .map(|picture| picture.kind)
        .collect();
    assert_eq!(kinds, [PictureKind::Poster, PictureKind::Backdrop]);
    let videos: Vec<_> = details
        .videos
        .iter()
        .map(|video| video.url.as_str())
        .collect();
    assert_eq!(videos, ["https://www.youtube.com/watch?v=abc_-1"]);
    assert_eq!(details.studios, ["Forest Pictures"]);
    assert_eq!(details.recommended[0].external.tmdb, Some(604));
    assert_eq!(
        details.tagline.en.as_deref(),
        Some("Home is where the fire is.")
    );
}

#[tokio::test]
async fn episodes_are_two_requests_for_twenty_seasons() {
    let house = House::with(|head, _| {
        json(fixture(if head.contains("language=ru-RU") {
            "tmdb/tv_ru.json"
        } else {
            "tmdb/tv_en.json"
        }))
    })
    .await;
    let episodes = house.tmdb().episodes(77, &[1, 2]).await.unwrap();
    let names: Vec<_> = episodes
        .iter()
        .map(|e| (e.number, e.names.ru.as_deref(), e.names.en.as_deref()))
        .collect();
    assert_eq!(
        names,
        [
            (1, Some("Земля"), Some("Earthfall")),
            (2, None, Some("The Man from Mars")),
            (3, None, Some("Alone in the Night")),
        ]
    );
    assert_eq!(episodes[0].facts.runtime_minutes, Some(35));
    assert_eq!(
        episodes[0].facts.still.as_deref(),
        Some("https://image.example/t/p/w300/1.jpg")
    );
    assert_eq!(
        episodes[1].facts.overview.en.as_deref(),
        Some("He arrives.")
    );
    assert_eq!(house.server.targets().len(), 2);
    let many: Vec<u32> = (1..=21).collect();
    house.tmdb().episodes(77, &many).await.unwrap();
    assert_eq!(house.server.targets().len(), 6);
}

#[tokio::test]
async fn a_person_comes_with_what_they_are_known_by() {
    let house = House::with(|_, _| json(fixture("tmdb/person.json"))).await;
    let person = house.tmdb().person(9).await.unwrap();
    assert_eq!(person.person.names.ru.as_deref(), Some("Анна Лесная"));
    assert_eq!(person.biography.en.as_deref(), Some("She acts."));
    assert_eq!(person.born_on.as_deref(), Some("1980-01-02"));
    let ids: Vec<_> = person
        .titles
        .iter()
        .map(|title| title.external.tmdb)
        .collect();
    assert_eq!(
        ids,
        [Some(603), Some(77)],
        "the best known first, each once"
    );
}

#[tokio::test]
async fn what_is_wished_for_is_asked_in_the_services_words() {
    let house = House::with(|_, _| json(r#"{"results": []}"#)).await;
    let wishes = Discover {
        genres: vec!["science-fiction".into(), "no-such-genre".into()],
        year_from: Some(1990),
        year_to: Some(1999),
        rating_min: Some(7.5),
        country: Some("RU".into()),
        sort: TmdbSort::Rating,
        ..Discover::of(TmdbKind::Tv)
    };
    house.tmdb().discover(&wishes, 2).await.unwrap();
    let target = &house.server.targets()[0];
    for part in [
        "/3/discover/tv?",
        "with_genres=10765",
        "first_air_date.gte=1990-01-01",
        "first_air_date.lte=1999-12-31",
        "vote_average.gte=7.5",
        "with_origin_country=RU",
        "sort_by=vote_average.desc",
        "page=2",
    ] {
        assert!(target.contains(part), "{part} in {target}");
    }
}

#[tokio::test]
async fn an_imdb_id_finds_its_title() {
    let house = House::with(|head, _| {
        assert!(head.contains("/3/find/tt0000603?external_source=imdb_id"), "{head}");
        json(r#"{"movie_results": [], "tv_results": [{"id": 7, "name": "Ряд", "original_name": "Row"}]}"#)
    })
    .await;
    let title = house.tmdb().find_imdb("tt0000603").await.unwrap().unwrap();
    assert_eq!(title.external.references(), ["tmdb:tv/7", "imdb:tt0000603"]);
}

#[tokio::test]
async fn pictures_lie_where_the_service_says() {
    let house = House::with(|head, _| {
        if head.contains("/configuration") {
            json(r#"{"images": {"secure_base_url": "https://pictures.example/x/"}}"#)
        } else {
            json(fixture("tmdb/search_ru.json"))
        }
    })
    .await;
    let config = TmdbConfig {
        image_url: String::new(),
        ..house.tmdb_config()
    };
    let tmdb = Tmdb::new(&config, &house.cache).unwrap();
    let page = tmdb.search("дракон", 1).await.unwrap();
    assert_eq!(
        page.titles[0].poster.as_deref(),
        Some("https://pictures.example/x/w500/poster.jpg")
    );
}

#[tokio::test]
async fn without_a_key_it_is_off_and_says_so() {
    let house = House::with(|_, _| json("{}")).await;
    let config = TmdbConfig {
        key: " ".into(),
        ..house.tmdb_config()
    };
    let tmdb = Tmdb::new(&config, &house.cache).unwrap();
    assert!(!tmdb.is_on());
    assert!(matches!(tmdb.state(), ServiceState::Off));
    let error = tmdb.search("x", 1).await.unwrap_err();
    assert!(matches!(error, Error::Off { .. }), "{error}");
    assert!(house.server.targets().is_empty());
}

#[tokio::test]
async fn a_token_goes_into_a_header() {
    let house = House::with(|head, _| {
        assert!(head.contains("authorization: Bearer a.b.c") && !head.contains("api_key"));
        json(
            r#"{"genres": [{"id": 28, "name": "Action"}, {"id": null},
            {"id": 10765, "name": "Sci-Fi & Fantasy"}]}"#,
        )
    })
    .await;
    let config = TmdbConfig {
        key: "a.b.c".into(),
        ..house.tmdb_config()
    };
    let tmdb = Tmdb::new(&config, &house.cache).unwrap();
    let genres = tmdb.genres(TmdbKind::Movie).await.unwrap();
    assert_eq!(genres, ["action", "science-fiction", "fantasy"]);
}

#[tokio::test]
async fn each_fault_is_an_error_of_its_own_and_shows_no_key() {
    let house = House::with(|head, _| {
        let path = head
            .split("query=")
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap();
        match path {
            "key" => reply("401 Unauthorized", &[], r#"{"status_code": 7}"#),
            "busy" => reply("429 Too Many Requests", &["Retry-After: 600"], ""),
            "down" => reply("500 Internal Server Error", &[], ""),
            "page" => reply("200 OK", &["Content-Type: text/html"], "<html>"),
            "drift" => json(r#"{"items": []}"#),
            "array" => json("[]"),
            _ => vec![Step::Send(
                b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_vec(),
            )],
        }
    })
    .await;
    let ask = async |words: &str| {
        // Its own client, so that one rest is not another's.
        let error = house
            .while_time_passes(house.tmdb().search(words, 1))
            .await
            .unwrap_err();
        assert!(!format!("{error} {error:?}").contains("k3y"), "{error:?}");
        assert_eq!(error.state(), ProviderState::Error);
        error
    };
    assert!(matches!(ask("key").await, Error::Key { .. }));
    assert!(matches!(
        ask("busy").await,
        Error::Fetch(hearth_fetch::Error::Busy { .. })
    ));
    assert!(matches!(
        ask("down").await,
        Error::Fetch(hearth_fetch::Error::Status { .. })
    ));
    assert!(matches!(
        ask("page").await,
        Error::Fetch(hearth_fetch::Error::WrongKind { .. })
    ));
    assert!(matches!(ask("drift").await, Error::Shape { .. }));
    assert!(matches!(ask("array").await, Error::Shape { .. }));
    assert!(matches!(
        ask("cut").await,
        Error::Fetch(hearth_fetch::Error::CutOff { .. })
    ));
}

#[tokio::test]
async fn a_refused_key_shows_in_the_state_while_the_cache_answers() {
    let house = House::with(|_, before| match before {
        0 | 1 => json(fixture("tmdb/search_ru.json")),
        _ => reply("401 Unauthorized", &[], ""),
    })
    .await;
    let tmdb = house.tmdb();
    assert!(matches!(tmdb.state(), ServiceState::Untried));
    tmdb.search("дракон", 1).await.unwrap();
    assert!(matches!(tmdb.state(), ServiceState::Answering { .. }));
    house.clock.advance(Duration::from_secs(60 * 24 * 3600));
    let again = tmdb.search("дракон", 1).await.unwrap();
    assert!(!again.titles.is_empty());
    assert!(matches!(
        tmdb.state(),
        ServiceState::Failing(Error::Key { .. })
    ));
}

fn packed(lines: &str) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(lines.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

const EXPORT: &str = concat!(
    r#"{"adult":false,"id":3924,"original_title":"Blondie","popularity":2.4,"video":false}"#,
    "\nnot JSON\n",
    r#"{"adult":true,"id":1,"original_title":"Adult","popularity":9}"#,
    "\n\n",
    r#"{"id":4,"original_name":"プライド","popularity":"1.5"}"#,
);

#[test]
fn a_list_of_all_titles_is_read_in_whichever_pieces_it_comes() {
    let packed = packed(EXPORT);
    for size in [1, 7, packed.len()] {
        let mut reader = ExportReader::new();
        let mut titles = Vec::new();
        for piece in packed.chunks(size) {
            titles.extend(reader.take(piece).unwrap());
        }
        assert_eq!(reader.skipped(), 3);
        titles.extend(reader.finish().unwrap());
        let ids: Vec<_> = titles.iter().map(|title| title.id).collect();
        assert_eq!(ids, [3924, 4], "in pieces of {size}");
        assert_eq!(titles[1].original, "プライド");
    }
    let mut cut = ExportReader::new();
    cut.take(&packed[..packed.len() / 2]).unwrap();
    assert!(cut.finish().is_err(), "a list that breaks off");
    assert!(ExportReader::new().take(b"<html>no list</html>").is_err());
    let mut long = ExportReader::new();
    let line = format!(
        "{{\"id\":1,\"original_title\":\"{}\"}}\n{EXPORT}",
        "x".repeat(200_000)
    );
    assert_eq!(long.take(&self::packed(&line)).unwrap().len(), 1);
}

#[tokio::test]
async fn the_list_of_a_day_is_streamed() {
    let house = House::with(|head, _| {
        assert!(
            head.starts_with("GET /exports/movie_ids_11_28_2026.json.gz "),
            "{head}"
        );
        reply(
            "200 OK",
            &["Content-Type: application/gzip"],
            packed(EXPORT),
        )
    })
    .await;
    let tmdb = house.tmdb();
    let batches = tmdb.export(ExportKind::Films, "2026-11-28").await.unwrap();
    let titles: Vec<_> = batches.try_concat().await.unwrap();
    assert_eq!(titles.len(), 2);
    assert!(tmdb.export(ExportKind::Films, "today").await.is_err());
}

#[tokio::test]
async fn recorded_answers_are_read() {
    let Some(movie) = recorded("tmdb/movie_all_append.json") else {
        return;
    };
    let read = |name: &str| recorded(&format!("tmdb/{name}.json")).unwrap();
    let (tv, whole_tv) = (read("tv_details"), read("tv_all_append"));
    let (films, series) = (read("search_movie"), read("search_tv"));
    let (season, configuration) = (read("tv_season_details"), read("configuration"));
    let house = House::with(move |head, _| {
        let target = head.split(' ').nth(1).unwrap();
        let path = target.trim_start_matches("/3/").split('?').next().unwrap();
        json(match path {
            "configuration" => configuration.clone(),
            "discover/movie" => films.clone(),
            "discover/tv" => series.clone(),
            "movie/87421" => movie.clone(),
            "tv/1396" => whole_tv.clone(),
            "tv/1399" if target.contains("season") => format!("{{\"season/1\": {season}}}"),
            "tv/1399" => tv.clone(),
            other => panic!("{other}"),
        })
    })
    .await;
    let config = TmdbConfig {
        image_url: String::new(),
        ..house.tmdb_config()
    };
    let tmdb = Tmdb::new(&config, &house.cache).unwrap();
    let (films, series) = (Discover::of(TmdbKind::Movie), Discover::of(TmdbKind::Tv));
    let films = house
        .while_time_passes(tmdb.discover(&films, 1))
        .await
        .unwrap();
    assert_eq!(
        films.titles[0].names.original.as_deref(),
        Some("RRRrrrr!!!")
    );
    assert_eq!(films.titles[0].genres, ["comedy"]);
    let series = house
        .while_time_passes(tmdb.discover(&series, 1))
        .await
        .unwrap();
    assert_eq!(
        series.titles[0].names.en.as_deref(),
        Some("Game of Thrones")
    );
    assert_eq!(series.titles[0].facts.countries, ["US"]);

    let found = tmdb.title(TmdbKind::Movie, 87421).await.unwrap();
    assert_eq!(found.title.names.en.as_deref(), Some("Riddick"));
    assert_eq!(found.title.external.imdb.as_deref(), Some("tt1411250"));
    assert_eq!(found.title.facts.popularity, Some(93.491_72));
    assert!(found.details.credits.len() > 10);
    assert!(found.details.pictures.len() > 5);
    assert!(!found.title.facts.aliases.is_empty());

    let found = tmdb.title(TmdbKind::Tv, 1396).await.unwrap();
    assert_eq!(found.title.facts.status, Some(Status::Released));
    assert_eq!(found.title.facts.age, Some(17));
    assert_eq!(found.title.external.imdb.as_deref(), Some("tt0903747"));
    let found = tmdb.title(TmdbKind::Tv, 1399).await.unwrap();
    assert_eq!(
        found
            .details
            .seasons
            .iter()
            .filter(|s| s.number > 0)
            .count(),
        8
    );
    let episodes = tmdb.episodes(1399, &[1]).await.unwrap();
    assert_eq!(episodes.len(), 10);
    assert_eq!(episodes[0].names.en.as_deref(), Some("Winter Is Coming"));
    assert_eq!(episodes[0].facts.released_on.as_deref(), Some("2011-04-17"));
}

#[tokio::test]
async fn a_recorded_refusal_of_the_key() {
    let Some(refusal) = recorded("tmdb/error_invalid_api_key.json") else {
        return;
    };
    let house = House::with(move |_, _| reply("401 Unauthorized", &[], &refusal)).await;
    let error = house.tmdb().search("x", 1).await.unwrap_err();
    assert!(matches!(error, Error::Key { .. }), "{error}");
}
