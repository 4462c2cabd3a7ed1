//! Shikimori as the box asks it, the new way and the old one; its limits and its rule about names.

#![allow(clippy::unwrap_used, reason = "tests")]

mod house;
#[path = "../../fetch/tests/server/mod.rs"]
mod server;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use hearth_catalog::{Error, ServiceState, Shikimori, ShikimoriConfig, ShikimoriList};
use hearth_model::{Format, Part, Relation, Status, TitleKind, VideoKind};
use house::{House, fixture, json, recorded};
use serde_json::Value;
use server::reply;

#[tokio::test]
async fn an_anime_is_one_question_for_everything() {
    let house = House::with(|head, _| {
        assert!(head.starts_with("POST /api/graphql "), "{head}");
        assert!(head.contains("user-agent: Hearth tests"), "{head}");
        json(fixture("shikimori/details.json"))
    })
    .await;
    let shikimori = house.shikimori();
    let found = shikimori.title(1).await.unwrap();
    assert_eq!(house.server.targets().len(), 1);
    let (title, details) = (&found.title, &found.details);
    assert_eq!(title.kind, TitleKind::Anime);
    assert_eq!(title.names.ru.as_deref(), Some("Звёздный пёс"));
    assert_eq!(title.names.en.as_deref(), Some("Star Dog"));
    assert_eq!(title.names.original.as_deref(), Some("星の犬"));
    assert_eq!(title.facts.aliases, ["Hoshi no Inu", "Space Dog"]);
    assert_eq!(title.genres, ["science-fiction", "slice-of-life"]);
    assert_eq!(title.overview.ru.as_deref(), Some("Рекс летит к звёздам."));
    assert_eq!(
        title.external.references(),
        ["shikimori:1", "mal:1", "imdb:tt0213338"]
    );
    assert_eq!(title.facts.format, Some(Format::Series));
    assert_eq!(title.facts.status, Some(Status::Ongoing));
    assert_eq!(title.facts.age, Some(17));
    assert_eq!(title.facts.next_episode_at, Some(1_795_964_400_000));
    assert_eq!(
        title.facts.franchise.as_deref(),
        Some("shikimori:hoshi_no_inu")
    );
    assert_eq!(title.poster.as_deref(), Some("https://p.example/main.webp"));
    assert_eq!(details.credits[0].part, Part::Director);
    assert_eq!(details.credits.len(), 1);
    assert_eq!(details.relatives.len(), 1);
    assert_eq!(details.relatives[0].relation, Relation::Sequel);
    assert_eq!(details.relatives[0].external.mal, Some(5));
    assert_eq!(details.videos.len(), 1, "no script is a video");
    assert_eq!(details.videos[0].kind, VideoKind::Opening);
    assert_eq!(details.pictures.len(), 1);
    assert_eq!(Shikimori::episodes(title).len(), 26);
}

#[tokio::test]
async fn a_bad_entry_spoils_no_other() {
    let house = House::with(|_, _| json(fixture("shikimori/search.json"))).await;
    let page = house.shikimori().search("пёс", 1).await.unwrap();
    let ids: Vec<_> = page
        .titles
        .iter()
        .map(|title| title.external.shikimori)
        .collect();
    assert_eq!(ids, [Some(1), Some(5)]);
    assert_eq!(page.titles[0].facts.format, Some(Format::Series));
    assert_eq!(page.titles[1].facts.format, Some(Format::Film));
    assert_eq!(page.titles[1].year, Some(2001));
    assert_eq!(page.pages, 1);
    assert!(house.server.heads()[0].contains("пёс"));
}

/// Five a second and ninety a minute, whatever is asked at once and however often.
#[tokio::test]
async fn the_services_limits_are_kept_whoever_asks() {
    let times = Arc::new(Mutex::new(Vec::new()));
    let house = {
        let times = Arc::clone(&times);
        let clock: Arc<Mutex<Option<hearth_fetch::Clock>>> = Arc::default();
        let seen = Arc::clone(&clock);
        let house = House::with(move |_, _| {
            if let Some(clock) = &*seen.lock().unwrap() {
                times.lock().unwrap().push(clock.now());
            }
            json(r#"{"data": {"animes": []}}"#)
        })
        .await;
        *clock.lock().unwrap() = Some(house.clock.clone());
        house
    };
    let one = house.shikimori();
    let other = one.clone();
    // As many as their own patience lets through: time here runs faster than for them.
    let words: Vec<String> = (0..100).map(|number| format!("anime {number}")).collect();
    let asked = words.iter().enumerate().map(|(index, words)| {
        let client = if index % 2 == 0 { &one } else { &other };
        client.search(words, 1)
    });
    let done = house.while_time_passes(join_all(asked)).await;
    let refused = done.iter().filter(|done| done.is_err()).count();
    let times = times.lock().unwrap();
    assert_eq!(times.len() + refused, 100);
    assert!(times.len() > 10, "{}", times.len());
    for (index, from) in times.iter().enumerate() {
        let within = |per| {
            times[index..]
                .iter()
                .filter(|to| **to < *from + Duration::from_secs(per))
                .count()
        };
        assert!(within(1) <= 5, "{times:?}");
        assert!(within(60) <= 90, "{times:?}");
    }
}

#[tokio::test]
async fn nobody_poses_as_a_browser() {
    let house = House::with(|_, _| json("{}")).await;
    for name in ["Mozilla/5.0 (X11; Linux)", "my Chrome", " ", ""] {
        let config = ShikimoriConfig {
            user_agent: name.into(),
            url: house.server.url(""),
            ..ShikimoriConfig::default()
        };
        let refused = Shikimori::new(&config, &house.cache).unwrap_err();
        assert!(matches!(refused, Error::UserAgent { .. }), "{refused}");
    }
}

#[tokio::test]
async fn switched_off_it_asks_nothing() {
    let house = House::with(|_, _| json("{}")).await;
    let config = ShikimoriConfig {
        enabled: false,
        url: house.server.url(""),
        ..ShikimoriConfig::default()
    };
    let shikimori = Shikimori::new(&config, &house.cache).unwrap();
    assert!(matches!(shikimori.state(), ServiceState::Off));
    assert!(matches!(shikimori.title(1).await, Err(Error::Off { .. })));
    assert!(house.server.targets().is_empty());
}

#[tokio::test]
async fn where_the_new_way_fails_the_old_one_answers() {
    let house = House::with(|head, _| {
        if head.starts_with("POST") {
            return json(r#"{"errors": [{"message": "Field 'malId' doesn't exist"}]}"#);
        }
        let target = head.split(' ').nth(1).unwrap();
        match target.split('?').next().unwrap() {
            "/api/animes" => json(r#"[{"id": 1, "name": "Hoshi", "russian": "Звезда", "kind": "ova", "aired_on": "1998-04-03"}, null]"#),
            "/api/animes/1" => json(r#"{"id": 1, "name": "Hoshi", "english": [null, "Star"], "japanese": ["星"], "myanimelist_id": 9,
                "image": {"original": "/system/animes/original/1.jpg?1"}, "screenshots": [{"original": "/s/1.jpg"}],
                "episodes": 2, "status": "anons", "genres": [{"name": "Drama"}]}"#),
            "/api/animes/1/related" => json(r#"[{"relation": "Side Story", "anime": {"id": 2, "name": "Side", "aired_on": "1999-01-01"}}, {"anime": null}]"#),
            other => panic!("{other}"),
        }
    })
    .await;
    let shikimori = house.shikimori();
    let page = house
        .while_time_passes(shikimori.search("звезда", 1))
        .await
        .unwrap();
    assert_eq!(page.titles.len(), 1);
    assert_eq!(page.titles[0].facts.format, Some(Format::Ova));
    let found = house.while_time_passes(shikimori.title(1)).await.unwrap();
    assert_eq!(found.title.names.en.as_deref(), Some("Star"));
    assert_eq!(found.title.external.mal, Some(9));
    assert_eq!(
        found.title.poster.as_deref(),
        Some(house.server.url("/system/animes/original/1.jpg?1").as_str())
    );
    assert_eq!(found.details.pictures.len(), 1);
    assert_eq!(found.details.relatives[0].relation, Relation::SideStory);
    assert_eq!(found.details.relatives[0].year, Some(1999));
}

#[tokio::test]
async fn a_service_that_asks_for_rest_gets_it() {
    let house = House::with(|_, before| match before {
        0 => reply("429 Too Many Requests", &["Retry-After: 3600"], ""),
        _ => json(r#"{"data": {"animes": []}}"#),
    })
    .await;
    let shikimori = house.shikimori();
    let busy = |done| matches!(done, Err(Error::Fetch(hearth_fetch::Error::Busy { .. })));
    assert!(busy(shikimori.search("one", 1).await));
    assert!(
        busy(shikimori.search("two", 1).await),
        "and by nobody else either"
    );
    assert_eq!(house.server.targets().len(), 1);
    house.clock.advance(Duration::from_secs(3600));
    shikimori.search("two", 1).await.unwrap();
}

#[tokio::test]
async fn a_list_is_asked_in_the_services_words() {
    let house = House::with(|_, _| json(r#"{"data": {"animes": []}}"#)).await;
    house
        .shikimori()
        .list(ShikimoriList::Ongoing, 1)
        .await
        .unwrap();
    let head = &house.server.heads()[0];
    let body: Value = serde_json::from_str(head.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(body["variables"]["status"], "ongoing");
    assert_eq!(body["variables"]["order"], "popularity");
    assert!(body["query"].as_str().unwrap().contains("censored: true"));
}

#[tokio::test]
async fn recorded_answers_are_read() {
    let Some(text) = recorded("shikimori/api_v1_examples.json") else {
        return;
    };
    let all: Value = serde_json::from_str(&text).unwrap();
    let house = House::with(move |head, _| {
        let target = head.split(' ').nth(1).unwrap().split('?').next().unwrap();
        let answer = |name: &str| json(all[name][0]["response_data"].to_string());
        match target {
            "/api/graphql" => reply("404 Not Found", &[], "{}"),
            "/api/animes" => answer("animes#index"),
            "/api/animes/50" => answer("animes#show"),
            "/api/animes/50/related" => answer("animes#related"),
            "/api/animes/44/similar" => answer("animes#similar"),
            "/api/calendar" => answer("calendars#show"),
            "/api/genres" => answer("genres#index"),
            other => panic!("{other}"),
        }
    })
    .await;
    let shikimori = house.shikimori();
    let page = house
        .while_time_passes(shikimori.search("test", 1))
        .await
        .unwrap();
    assert_eq!(page.titles[0].names.ru.as_deref(), Some("аниме_56"));
    assert_eq!(page.titles[0].rating, Some(8.0));
    assert_eq!(page.titles[0].poster, None, "a stand-in is no poster");
    let found = house.while_time_passes(shikimori.title(50)).await.unwrap();
    assert_eq!(found.title.external.mal, Some(50));
    assert_eq!(found.title.facts.age, Some(13));
    assert_eq!(found.details.relatives.len(), 1);
    let similar = house
        .while_time_passes(shikimori.similar(44))
        .await
        .unwrap();
    assert_eq!(similar[0].external.shikimori, Some(45));
    let calendar = house.while_time_passes(shikimori.calendar()).await.unwrap();
    assert_eq!(calendar.len(), 4);
    assert_eq!(calendar[0].number, Some(1));
    assert_eq!(calendar[0].at, 1_472_968_800_000);
    let genres = house.while_time_passes(shikimori.genres()).await.unwrap();
    assert_eq!(genres, ["genre-1"]);
}
