//! One catalogue of films, series and anime, from two services, the folders and the built-in films:
//! searched, listed, opened, put right by its owner, and all there when the services are gone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{collections::BTreeSet, time::Duration};

use hearth_tests::{
    House, Phone, film,
    peers::{Services, Trouble},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

fn house(services: &Services) -> House {
    House::builder().config(&services.config()).start()
}

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("a page has items")
}

fn names(page: &Value) -> Vec<&str> {
    items(page)
        .iter()
        .map(|item| {
            let title = &item["title"];
            let first = [&title["en"], &title["original"], &title["ru"]];
            first
                .into_iter()
                .find_map(Value::as_str)
                .unwrap_or_default()
        })
        .collect()
}

fn states(page: &Value) -> BTreeSet<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let providers = page["providers"].as_array().expect("a page has providers");
    let states = providers.iter();
    states
        .map(|one| (word(&one["id"]), word(&one["state"])))
        .collect()
}

fn state(page: &Value, provider: &str) -> Option<String> {
    let mut states = states(page).into_iter();
    states
        .find(|(id, _)| id == provider)
        .map(|(_, state)| state)
}

async fn search(phone: &Phone, words: &str) -> Value {
    phone.get(&format!("/api/v1/media/search?q={words}")).await
}

fn path(title: &Value) -> String {
    format!("/api/v1/media/{}", title["id"].as_str().unwrap())
}

#[tokio::test]
async fn both_services_know_one_anime_and_its_seasons_become_one_title() {
    let services = Services::start();
    let house = house(&services);
    let phone = house.pair_first("Phone").await;
    let found = search(&phone, "star%20dog").await;
    for provider in ["library", "tmdb", "shikimori"] {
        assert_eq!(state(&found, provider).as_deref(), Some("ok"), "{found}");
    }
    assert_eq!(names(&found), ["Star Dog", "Star Dog Season 2"], "{found}");
    let title = &items(&found)[0];
    assert_eq!(title["type"], "anime", "{title}");
    assert_eq!(title["external"]["tmdb"], 604);
    assert_eq!(title["external"]["shikimori"], 11);
    let second = items(&found)[1].clone();

    // With the days of its episodes the series knows which season the other entry is.
    let detail = phone.get(&path(title)).await;
    let numbers: Vec<_> = detail["episodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["season"], &one["number"]))
        .collect();
    assert_eq!(
        numbers,
        [
            (&json!(1), &json!(1)),
            (&json!(1), &json!(2)),
            (&json!(2), &json!(1))
        ]
    );
    let again = search(&phone, "звездный пес 2").await;
    assert_eq!(items(&again).len(), 1, "{again}");
    assert_eq!(items(&again)[0]["id"], title["id"]);
    let part = &items(&again)[0]["external"]["parts"][0];
    assert_eq!(
        (&part["season"], &part["shikimori"]),
        (&json!(2), &json!(12)),
        "{again}"
    );
    let same = phone.get(&path(&second)).await;
    assert_eq!(same["id"], title["id"], "the old id leads to the whole");
    let of_season = phone
        .get(&format!("{}/episodes?season=2", path(title)))
        .await;
    assert_eq!(items(&of_season).len(), 1, "{of_season}");
}

/// What a service found by a name that the box does not know was left out where the answer did not
/// come bit by bit.
#[tokio::test]
async fn what_a_service_finds_by_a_name_of_its_own_is_found() {
    let services = Services::start();
    let house = house(&services);
    let phone = house.pair_first("Phone").await;
    // Of all that stands in its answer the service of this test makes names.
    let found = search(&phone, "2010-09-27").await;
    assert_eq!(names(&found), ["The Forest Dragon"], "{found}");
    let again = search(&phone, "2010-09-27").await;
    assert_eq!(items(&again), items(&found));
}

#[tokio::test]
async fn a_title_is_told_of_by_those_who_know_it() {
    let services = Services::start();
    let house = house(&services);
    let phone = house.pair_first("Phone").await;
    let film = phone.find("forest dragon").await;
    assert_eq!(film["title"]["ru"], "Лесной дракон", "{film}");
    let detail = phone.get(&path(&film)).await;
    assert_eq!(detail["runtime_minutes"], 92, "{detail}");
    assert_eq!(detail["external"]["imdb"], "tt0000603");
    let credit = &detail["details"]["credits"][0];
    assert_eq!(
        credit["person"]["names"]["original"]
            .as_str()
            .or(credit["person"]["names"]["en"].as_str()),
        Some("Ada Actor"),
        "{detail}"
    );
    let person = phone
        .get(&format!(
            "/api/v1/media/people/{}",
            credit["person"]["key"].as_str().unwrap()
        ))
        .await;
    assert_eq!(person["titles"][0]["id"], film["id"], "{person}");
    let unknown = phone
        .call(Method::GET, "/api/v1/media/people/tmdb:8", None)
        .await;
    assert_eq!(unknown.0, StatusCode::NOT_FOUND);
    assert_eq!(unknown.1["slug"], "person-unknown");
    let similar = phone.get(&format!("{}/similar", path(&film))).await;
    assert_eq!(items(&similar)[0]["title"]["en"], "Star Dog", "{similar}");
    let dog = &items(&similar)[0];
    let family = phone.get(&format!("{}/franchise", path(dog))).await;
    assert_eq!(family["next"], Value::Null);
    let calendar = phone.get("/api/v1/media/calendar").await;
    assert_eq!(items(&calendar)[0]["number"], 3, "{calendar}");
}

/// Nobody asked a service for it until somebody searched, so a disk of films had no posters.
#[tokio::test]
async fn a_film_in_the_folders_is_known_to_a_service_before_anybody_searches() {
    let services = Services::start();
    let house = House::builder()
        .config(&services.config())
        .film("The Forest Dragon (2010).mkv", &film())
        .film("The Forest Dragon (1987).mkv", &film())
        .start();
    let phone = house.pair_first("Phone").await;
    house.scanned(2).await;
    let mut list = Value::Null;
    for _ in 0..600 {
        // With no words nothing is asked.
        list = phone.get("/api/v1/media/search?q=&limit=100").await;
        let mut all = items(&list).iter();
        let of_service = all.find(|one| one["external"]["tmdb"] == 603);
        if let Some(dragon) = of_service.filter(|one| !one["poster"].is_null()) {
            assert_eq!(dragon["title"]["ru"], "Лесной дракон", "{dragon}");
            let page = phone.get(&format!("{}/sources", path(dragon))).await;
            assert!(!items(&page).is_empty(), "{page}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never was: {list}");
}

/// Only anime were in the calendar.
#[tokio::test]
async fn the_next_episode_of_a_series_stands_in_the_calendar() {
    let services = Services::start();
    let house = house(&services);
    let phone = house.pair_first("Phone").await;
    let series = phone.find("quiet street").await;
    phone.get(&path(&series)).await;
    // A page does not wait for a service that takes its time.
    let mut calendar = Value::Null;
    for _ in 0..600 {
        calendar = phone.get("/api/v1/media/calendar").await;
        let mut coming = items(&calendar).iter();
        if let Some(one) = coming.find(|one| one["title"]["id"] == series["id"]) {
            // The first moment of its day: nobody says the hour.
            assert_eq!(one["at"], json!(7_226_928_000_000_u64), "{one}");
            assert_eq!(one["number"], Value::Null, "{one}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never was: {calendar}");
}

#[tokio::test]
async fn posters_come_from_the_box_in_the_size_that_is_asked_for() {
    let services = Services::start();
    let house = house(&services);
    let phone = house.pair_first("Phone").await;
    let film = phone.find("forest dragon").await;
    let poster = film["poster"].as_str().unwrap();
    assert!(poster.starts_with("/api/v1/pictures/"), "{poster}");
    // A browser's `img` has no token.
    assert_eq!(film["poster_look"], Value::Null, "nobody saw it yet");
    let browser = Phone::stranger(&house.base);
    let get = async |path: &str, known: Option<&str>| {
        let mut request = browser.request(Method::GET, path);
        if let Some(known) = known {
            request = request.header("If-None-Match", known);
        }
        request.send().await.unwrap()
    };
    let answer = get(&format!("{poster}?w=92"), None).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    let kept = answer.headers()["cache-control"].to_str().unwrap();
    assert!(kept.contains("immutable"), "{kept}");
    let etag = answer.headers()["etag"].to_str().unwrap().to_owned();
    let same = get(&format!("{poster}?w=92"), Some(&etag)).await;
    assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    let film = phone.find("forest dragon").await;
    let look = &film["poster_look"];
    assert_eq!(look["colour"].as_str().map(str::len), Some(7), "{film}");
    assert!(look["preview"].as_str().is_some_and(|text| text.len() < 40));
    let forged = format!("{}A", &poster[..poster.len() - 1]);
    for wrong in [
        forged.as_str(),
        "/api/v1/pictures/x",
        "/api/v1/pictures/aHR0cDovL2V4YW1wbGUub3JnLw",
    ] {
        let answer = get(wrong, None).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{wrong}");
    }
    let asked = services.asked();
    let pictures = asked.iter().filter(|one| one.contains("/pictures/"));
    assert_eq!(pictures.count(), 1, "{asked:?}");
}

#[tokio::test]
async fn lists_are_ranked_filtered_and_paged() {
    let services = Services::start();
    let house = house(&services);
    let phone = house.pair_first("Phone").await;
    let list = async |rest: &str| phone.get(&format!("/api/v1/media/{rest}")).await;
    for name in ["popular", "trending", "new", "top"] {
        let page = list(&format!("{name}?limit=2")).await;
        let names = names(&page);
        assert!(
            names.contains(&"The Forest Dragon") && names.contains(&"Star Dog"),
            "{name}: {page}"
        );
        assert_eq!(state(&page, "tmdb").as_deref(), Some("ok"));
    }
    assert_eq!(
        names(&list("popular?type=film&limit=1").await),
        ["The Forest Dragon"]
    );
    let anime = list("popular?type=anime").await;
    assert_eq!(names(&anime), ["Star Dog", "Star Dog Season 2"], "{anime}");
    let old = list("popular?year_to=1998").await;
    assert_eq!(names(&old), ["Star Dog"], "{old}");
    let open = list("popular?genre=comedy&type=film").await;
    assert!(
        items(&open)
            .iter()
            .all(|one| one["genres"].as_array().unwrap().contains(&json!("comedy"))),
        "{open}"
    );

    let genres = list("genres?type=anime").await;
    let anime = &items(&anime)[0];
    let genre = |id: &Value| items(&genres).iter().find(|one| one["id"] == *id).cloned();
    let known = genre(&anime["genres"][0]).unwrap_or_default();
    assert!(known["titles"].as_u64() >= Some(1), "{genres}");

    // Pages are one list, each title once; what no service ranks comes last.
    let all = list("popular?limit=100").await;
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = list(&format!("popular?limit=3{cursor}")).await;
        paged.extend(items(&page).clone());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let ids = |all: &[Value]| {
        all.iter()
            .map(|one| one["id"].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&paged), ids(items(&all)));
    assert!(
        paged.len() > 5,
        "the built-in films are part of it: {}",
        paged.len()
    );

    let (status, problem) = phone
        .call(Method::GET, "/api/v1/media/popular?q=x", None)
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        problem["detail"].as_str().unwrap().contains("search"),
        "{problem}"
    );
}

#[tokio::test]
async fn without_the_network_all_that_was_seen_is_still_there() {
    let services = Services::start();
    let mut house = house(&services);
    let phone = house.pair_first("Phone").await;
    let film = phone.find("forest dragon").await;
    let before = phone.get(&path(&film)).await;
    let popular = phone.get("/api/v1/media/popular").await;
    house.stop();
    drop(services);
    house.start();
    let phone = phone.at(&house.base);
    let after = phone.get(&path(&film)).await;
    assert_eq!(after, before, "the page is the same without the services");
    let list = phone.get("/api/v1/media/popular").await;
    assert_eq!(items(&list), items(&popular));
    let found = search(&phone, "звездный").await;
    assert_eq!(names(&found)[0], "Star Dog", "{found}");
    assert_eq!(state(&found, "tmdb").as_deref(), Some("error"), "{found}");
}

#[tokio::test]
async fn services_in_trouble_take_nothing_from_a_search() {
    let services = Services::start();
    let house = House::builder()
        .config(&services.config())
        .config("sources.deadline_ms = 3000\nsources.hard_stop_ms = 4000")
        .start();
    let phone = house.pair_first("Phone").await;
    let troubles = [
        (Trouble::Broken, "error", "bunny"),
        (Trouble::Html, "error", "tears"),
        (Trouble::Slow, "timeout", "cosmos"),
        // It says to wait longer than a search does.
        (Trouble::Busy, "timeout", "sintel"),
    ];
    for (trouble, told, words) in troubles {
        services.fail(trouble);
        let found = search(&phone, words).await;
        assert!(
            !items(&found).is_empty(),
            "{trouble:?}: the built-in films are found: {found}"
        );
        assert_eq!(state(&found, "library").as_deref(), Some("ok"));
        assert_eq!(
            state(&found, "tmdb").as_deref(),
            Some(told),
            "{trouble:?}: {found}"
        );
        let list = phone.get("/api/v1/media/popular").await;
        assert!(items(&list).len() > 3, "{trouble:?}: {list}");
    }
    services.fail(Trouble::None);
    // The busy one said when to come again.
    let mut found = search(&phone, "dragon").await;
    for _ in 0..60 {
        if state(&found, "tmdb").as_deref() == Some("ok") {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        found = search(&phone, "dragon").await;
    }
    assert_eq!(names(&found)[0], "The Forest Dragon", "{found}");
}

#[tokio::test]
async fn without_a_key_nothing_is_asked_and_nothing_is_amiss() {
    let services = Services::start();
    let house = House::builder()
        .config(&services.config())
        .config("catalog.tmdb.key = \"\"\ncatalog.shikimori.enabled = false")
        .start();
    let phone = house.pair_first("Phone").await;
    let found = search(&phone, "sintel").await;
    assert_eq!(names(&found), ["Sintel"], "{found}");
    assert_eq!(states(&found).len(), 1, "{found}");
    assert!(items(&phone.get("/api/v1/media/top").await).len() > 3);
    assert_eq!(services.asked(), Vec::<String>::new());
    let health = phone.get("/api/v1/health").await;
    assert_eq!(health["status"], "ok", "{health}");
}

#[tokio::test]
async fn with_the_daily_lists_titles_are_found_that_nobody_asked_for() {
    let services = Services::start();
    let mut house = House::builder()
        .config(&services.config_of_exports())
        .start();
    let phone = house.pair_first("Phone").await;
    let found = until(&phone, "quiet harbor").await;
    assert_eq!(names(&found), ["Quiet Harbour Lights"], "{found}");
    let film = items(&found)[0].clone();
    assert_eq!(
        (&film["type"], &film["external"]["tmdb"]),
        (&json!("film"), &json!(777))
    );
    let series = until(&phone, "dlinnaya reka").await;
    assert_eq!(items(&series)[0]["type"], "series", "{series}");
    assert!(items(&search(&phone, "not%20for%20children").await).is_empty());
    // They would drown every list, and are in none.
    let by_name = phone.get("/api/v1/media/search?sort=name&limit=100").await;
    assert!(!names(&by_name).contains(&"Quiet Harbour Lights"));

    // Whoever opens one has a title like any other, under the same id.
    let detail = phone.get(&path(&film)).await;
    assert_eq!(detail["id"], film["id"], "{detail}");
    assert_eq!(detail["title"]["original"], "Quiet Harbour Lights");
    let again = search(&phone, "quiet%20harbour").await;
    assert_eq!(items(&again).len(), 1, "{again}");

    // After a restart the lists are read from the disk: both are fresh.
    let asked = services.asked().len();
    house.stop();
    house.start();
    let phone = phone.at(&house.base);
    until(&phone, "dlinnaya reka").await;
    assert_eq!(services.asked().len(), asked, "{:?}", services.asked());
}

/// A list that was cut off on the disk was young, and so for a day nothing of it was found.
#[tokio::test]
async fn a_kept_list_that_cannot_be_read_is_fetched_anew() {
    let services = Services::start();
    let mut house = House::builder()
        .config(&services.config_of_exports())
        .start();
    let phone = house.pair_first("Phone").await;
    until(&phone, "quiet harbor").await;
    until(&phone, "dlinnaya reka").await;
    let asked = services.asked().len();
    house.stop();
    let list = house.data().join("exports/films.json.gz");
    let whole = std::fs::read(&list).unwrap();
    std::fs::write(&list, &whole[..whole.len() / 2]).unwrap();
    house.start();
    let phone = phone.at(&house.base);
    until(&phone, "quiet harbor").await;
    until(&phone, "dlinnaya reka").await;
    let asked = services.asked().split_off(asked);
    assert_eq!(asked.len(), 1, "only that list: {asked:?}");
    assert!(std::fs::read(&list).unwrap().len() > whole.len() / 2);
}

/// The lists come a moment after the start.
async fn until(phone: &Phone, words: &str) -> Value {
    let words = words.replace(' ', "%20");
    for _ in 0..600 {
        let found = search(phone, &words).await;
        if !items(&found).is_empty() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{words} is not found");
}

#[tokio::test]
async fn what_the_owner_puts_apart_stays_apart() {
    let services = Services::start();
    let mut house = house(&services);
    let owner = house.pair_first("Phone").await;
    let guest = house.pair("Tablet").await;
    let found = search(&owner, "star%20dog").await;
    let whole = path(&items(&found)[0]);
    let apart = |reference: &str| Some(json!({ "reference": reference }));
    let path_of = format!("{whole}/apart");
    let (status, _) = guest
        .call(Method::POST, &path_of, apart("shikimori:11"))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "only the owner may");
    let (status, _) = owner
        .call(Method::POST, &path_of, apart("shikimori:99"))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, new) = owner
        .call(Method::POST, &path_of, apart("shikimori:11"))
        .await;
    assert_eq!(status, StatusCode::OK, "{new}");
    assert_eq!(new["external"]["shikimori"], 11, "{new}");
    let is_apart = async |phone: &Phone| {
        let found = search(phone, "star%20dog").await;
        let both: Vec<_> = items(&found)
            .iter()
            .filter(|one| one["title"]["en"] == "Star Dog")
            .collect();
        assert_eq!(both.len(), 2, "{found}");
        let whole = phone.get(&whole).await;
        assert_eq!(whole["external"]["shikimori"], Value::Null, "{whole}");
    };
    is_apart(&owner).await;
    house.stop();
    house.start();
    is_apart(&owner.at(&house.base)).await;
}

#[tokio::test]
async fn a_file_in_the_folders_knows_better_than_its_name() {
    let house = House::builder()
        .config("sources.check = true")
        .film("Wrong Name (2019) 2160p.mkv", &film())
        .start();
    let phone = house.pair_first("Phone").await;
    house.scanned(1).await;
    let title = phone.find("wrong name").await;
    let sources = format!("{}/sources", path(&title));
    let card = until_known(&phone, &sources, |source| source["quality"] == "360p").await;
    assert_eq!(card["codec"], "h264", "{card}");
    assert_eq!(card["languages"], json!(["ru", "en"]), "{card}");
    assert_eq!(card["subtitles"], json!(["ru", "en"]), "{card}");

    // One that is no film is told so, before anybody tries it.
    let broken = house.films().join("Broken (2018).mkv");
    std::fs::write(&broken, [7; 4096]).unwrap();
    house.scanned(2).await;
    let broken = phone.find("broken").await;
    let sources = format!("{}/sources", path(&broken));
    until_known(&phone, &sources, |source| source["health"] == "failing").await;
}

/// The first source of a page, once it is what it should be.
async fn until_known(phone: &Phone, sources: &str, suits: impl Fn(&Value) -> bool) -> Value {
    let mut page = Value::Null;
    for _ in 0..600 {
        page = phone.get(sources).await;
        if let Some(source) = items(&page).first().filter(|source| suits(source)) {
            return source.clone();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never was: {page}");
}
