//! The lists that addons keep, as rows of the home page; and addons for adults, which nobody sees who
//! did not allow them. The addons are real ones on the official SDK.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::time::{Duration, Instant};

use hearth_tests::{House, Phone, peers::Addon};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SINTEL: &str = "tt1727587";
const PROVIDERS: &str = "/api/v1/admin/sources";
const WISHES: &str = "/api/v1/user/preferences";

fn meta(id: &str, kind: &str, name: &str) -> Value {
    json!({ "id": id, "type": kind, "name": name, "releaseInfo": "2010" })
}

fn lists(films: &Value, series: &Value) -> Value {
    json!({
        "manifest": { "catalogs": [
            { "type": "movie", "id": "top films", "name": "Popular" },
            { "type": "series", "id": "top", "name": "Popular" },
            { "type": "movie", "id": "words", "name": "By words", "extra": [{ "name": "search", "isRequired": true }] },
        ] },
        "catalogs": { "movie/top films": films, "series/top": series, "movie/words": [] },
        "metas": {
            "movie/own:1": {
                "id": "own:1", "type": "movie", "name": "Quittenbaum", "description": "A film of one addon.",
            },
            "series/own:7": {
                "id": "own:7", "type": "series", "name": "Zimtsterne", "description": "Told by it alone.",
                "videos": [
                    { "id": "own:7:a", "title": "The first", "season": 1, "episode": 1 },
                    { "id": "own:7:b", "title": "The second", "season": 1, "episode": 2 },
                ],
            },
        },
        "streams": { "series/own:7:b": [{ "infoHash": "9".repeat(40), "name": "The second 1080p" }] },
    })
}

fn usual() -> (Value, Value) {
    (
        json!([
            meta(SINTEL, "movie", "Sintel"),
            meta("own:1", "movie", "Quittenbaum")
        ]),
        json!([meta("own:7", "series", "Zimtsterne")]),
    )
}

/// Asks until there is an answer that will do.
async fn until(phone: &Phone, path: &str, what: &str, good: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = phone.get(path).await;
        if good(&answer) {
            return answer;
        }
        assert!(Instant::now() < end, "never {what}: {answer}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The rows of addons: what they are called and of what they are, and the names in them.
fn rows(home: &Value) -> Vec<(String, String, Vec<String>)> {
    let rows = home["rows"].as_array().unwrap().iter();
    let of_addons = rows.filter(|row| row["id"].as_str().unwrap().starts_with("addon:"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    of_addons
        .map(|row| {
            let items = row["items"].as_array().unwrap().iter();
            let names = items.map(|item| text(&item["title"]["title"]["en"]));
            (text(&row["name"]), text(&row["type"]), names.collect())
        })
        .collect()
}

fn row(name: &str, kind: &str, titles: &[&str]) -> (String, String, Vec<String>) {
    let titles = titles.iter().map(|title| (*title).to_owned());
    (name.to_owned(), kind.to_owned(), titles.collect())
}

async fn with_rows(phone: &Phone, count: usize) -> Value {
    let what = format!("{count} rows of addons");
    until(phone, "/api/v1/home", &what, |home| {
        rows(home).len() == count
    })
    .await
}

fn both() -> [(String, String, Vec<String>); 2] {
    [
        row("Popular", "film", &["Sintel", "Quittenbaum"]),
        row("Popular", "series", &["Zimtsterne"]),
    ]
}

async fn search(phone: &Phone, words: &str) -> Vec<Value> {
    let page = phone.get(&format!("/api/v1/media/search?q={words}")).await;
    page["items"].as_array().unwrap().clone()
}

fn path(title: &Value) -> String {
    format!("/api/v1/media/{}", title["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_addons_lists_are_rows_and_feed_the_catalogue() {
    let (films, series) = usual();
    let addon = Addon::start("lists", &lists(&films, &series));
    let mut house = House::builder().providers(&[addon.config()]).start();
    let phone = house.pair_first("Anna").await;
    let home = with_rows(&phone, 2).await;
    assert_eq!(rows(&home), both());
    for row in home["rows"].as_array().unwrap() {
        let id = row["id"].as_str().unwrap();
        assert!(!id.contains(' '), "{id} names an element of a page");
    }
    // Nobody searched for them: no catalogue of this addon takes these words.
    let known = phone.find("sintel").await;
    let in_row = home["rows"].as_array().unwrap().iter();
    let mut in_row = in_row.filter(|row| row["name"] == "Popular");
    assert_eq!(
        in_row.next().unwrap()["items"][0]["title"]["id"],
        known["id"],
        "one film, built in and listed"
    );
    let [own] = &search(&phone, "quittenbaum").await[..] else {
        panic!("the film of the list alone");
    };
    // What they are told by the addon when somebody opens them.
    let told = until(&phone, &path(own), "a description", |detail| {
        detail["overview"]["en"] == "A film of one addon."
    })
    .await;
    assert_eq!(told["type"], "film");
    let [series] = &search(&phone, "zimtsterne").await[..] else {
        panic!("the series of the list alone");
    };
    let detail = until(&phone, &path(series), "episodes", |detail| {
        detail["episodes"].as_array().unwrap().len() == 2
    })
    .await;
    assert_eq!(detail["overview"]["en"], "Told by it alone.");
    let second = &detail["episodes"][1];
    assert_eq!(second["title"]["en"], "The second");
    let sources = format!(
        "{}/sources?episode={}",
        path(series),
        second["id"].as_str().unwrap()
    );
    let found = phone.get(&sources).await;
    assert_eq!(found["items"][0]["name"], "The second 1080p", "{found}");

    // They are there before the addon answers, and without it.
    drop(addon);
    house.stop();
    house.start();
    let phone = phone.at(&house.base);
    assert_eq!(rows(&phone.get("/api/v1/home").await), both());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_come_and_go_with_their_addon_and_a_failing_list_stays() {
    let (films, series) = usual();
    let addon = Addon::start("lists", &lists(&films, &series));
    let house = House::builder().start();
    let owner = house.pair_first("Anna").await;
    assert!(rows(&owner.get("/api/v1/home").await).is_empty());
    owner
        .post(PROVIDERS, json!({ "config": addon.config() }))
        .await;
    assert_eq!(rows(&with_rows(&owner, 2).await), both());

    let this = format!("{PROVIDERS}/{}", addon.provider());
    let switch = async |on: bool| {
        let (status, answer) = owner
            .call(Method::PUT, &this, Some(json!({ "enabled": on })))
            .await;
        assert!(status.is_success(), "{answer}");
    };
    switch(false).await;
    assert!(
        rows(&owner.get("/api/v1/home").await).is_empty(),
        "gone at once"
    );
    // One of its lists fails now, the other one changed.
    let other = json!([meta("own:8", "series", "Another series")]);
    addon.change(&lists(&json!({ "fail": true }), &other));
    switch(true).await;
    let changed = until(&owner, "/api/v1/home", "the changed list", |home| {
        rows(home)
            .get(1)
            .is_some_and(|row| row.2 == ["Another series"])
    })
    .await;
    assert_eq!(rows(&changed)[0], both()[0], "what it said before");

    let (status, _) = owner.call(Method::DELETE, &this, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(rows(&owner.get("/api/v1/home").await).is_empty());
    assert_eq!(
        search(&owner, "quittenbaum").await.len(),
        1,
        "what the box learnt it knows"
    );
}

fn for_adults() -> Value {
    let mut sintel = meta(SINTEL, "movie", "Sintel, not for you");
    sintel["description"] = json!("Nothing that everybody may read");
    let films = json!([meta("adult:1", "movie", "Forbidden fruit"), sintel]);
    json!({
        "manifest": {
            "behaviorHints": { "adult": true },
            "idPrefixes": ["tt", "adult:"],
            "catalogs": [
                { "type": "movie", "id": "hot", "name": "Unspeakable", "extra": [{ "name": "search" }] },
            ],
        },
        "catalogs": { "movie/hot": films },
        "metas": { "movie/adult:1": {
            "id": "adult:1", "type": "movie", "name": "Forbidden fruit", "description": "For adults.",
        } },
        "streams": {
            "movie/adult:1": [{ "infoHash": "1".repeat(40), "name": "Forbidden fruit 1080p" }],
            format!("movie/{SINTEL}"): [{ "infoHash": "2".repeat(40), "name": "Sintel 2010 1080p" }],
        },
    })
}

/// All that an answer says, for a search for what should not be in it.
async fn whole(phone: &Phone, path: &str) -> String {
    phone.get(path).await.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_addon_for_adults_is_heard_of_by_those_alone_who_allow_it() {
    let (films, series) = usual();
    let usual = Addon::start("usual", &lists(&films, &series));
    let adult = Addon::start("adult", &for_adults());
    let house = House::builder()
        .providers(&[usual.config(), adult.config()])
        .start();
    let owner = house.pair_first("Anna").await;
    let guest = house.pair("Guest").await;
    with_rows(&guest, 2).await;
    let sintel = guest.find("sintel").await;
    let nothing_of_it = async |phone: &Phone| {
        for path in [
            "/api/v1/home".to_owned(),
            "/api/v1/media/search?q=forbidden".to_owned(),
            "/api/v1/media/search?q=".to_owned(),
            "/api/v1/media/popular?limit=100".to_owned(),
            "/api/v1/media/genres".to_owned(),
            "/api/v1/user/history".to_owned(),
            path(&sintel),
            format!("{}/sources", path(&sintel)),
            format!("{}/similar", path(&sintel)),
        ] {
            let told = whole(phone, &path).await.to_lowercase();
            for part in [
                "forbidden fruit",
                "not for you",
                "unspeakable",
                "stremio:adult",
            ] {
                assert!(!told.contains(part), "{path} tells of {part}: {told}");
            }
        }
    };
    nothing_of_it(&guest).await;
    nothing_of_it(&owner).await;

    // The owner alone can allow it; what else is wished everybody says.
    let wish = async |phone: &Phone, adult: bool| {
        let wishes = json!({ "adult": adult, "sound": "dub" });
        phone.call(Method::PUT, WISHES, Some(wishes)).await
    };
    let (status, refused) = wish(&guest, true).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (403, &json!("not-owner"))
    );
    assert_eq!(wish(&guest, false).await.0, StatusCode::OK);
    nothing_of_it(&guest).await;
    let (status, wishes) = wish(&owner, true).await;
    assert_eq!((status, &wishes["adult"]), (StatusCode::OK, &json!(true)));
    // What is allowed already anybody may send back with other wishes.
    assert_eq!(wish(&guest, true).await.0, StatusCode::OK);

    let home = with_rows(&owner, 3).await;
    assert_eq!(
        rows(&home)[2],
        row("Unspeakable", "film", &["Forbidden fruit", "Sintel"])
    );
    let [fruit] = &search(&owner, "forbidden").await[..] else {
        panic!("the addon's own film");
    };
    assert_eq!(fruit["adult"], true, "{fruit}");
    until(&owner, &path(fruit), "a description", |detail| {
        detail["overview"]["en"] == "For adults."
    })
    .await;
    let sources = async |title: &Value| whole(&owner, &format!("{}/sources", path(title))).await;
    assert!(sources(fruit).await.contains("Forbidden fruit 1080p"));
    assert!(sources(&sintel).await.contains("stremio:adult"));
    let watched = json!({ "title_id": fruit["id"], "position_ms": 1000, "duration_ms": 9000 });
    let (status, _) = owner
        .call(Method::POST, "/api/v1/player/progress", Some(watched))
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(
        whole(&owner, "/api/v1/user/history")
            .await
            .contains("Forbidden")
    );

    // Anybody may end it, and then it is as if there were no such title.
    assert_eq!(wish(&guest, false).await.0, StatusCode::OK);
    nothing_of_it(&owner).await;
    for more in ["", "/episodes", "/sources", "/similar", "/franchise"] {
        let path = format!("{}{more}", path(fruit));
        let (status, refused) = owner.call(Method::GET, &path, None).await;
        assert_eq!(
            (status.as_u16(), &refused["slug"]),
            (404, &json!("title-unknown")),
            "{path}"
        );
    }
    assert_eq!(wish(&guest, true).await.0, StatusCode::FORBIDDEN);
}
