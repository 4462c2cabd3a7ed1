//! Which source plays, and which takes over.

use hearth_model::{Command, LoadReport, Phase, SourceId};
use hearth_tests::{
    House,
    peers::{Addon, Fault, Offer, Torrent, Torznab},
};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{SINTEL, bytes, house_with_two_copies, id, prepare, screen::Screen};

/// Each lost connection was counted as a death of the player: after two of them, in a whole
/// evening, a good source was given up.
#[tokio::test(flavor = "multi_thread")]
async fn a_screen_whose_line_breaks_keeps_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let (_house, phone) = house_with_two_copies(&folder).await;
    let mut watching = phone.live().await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("night train").await;
    let (session_id, first) = prepare(&phone, &title, screen.id).await;
    let (mut load_id, stream, _) = screen.load(0).await;
    screen.play(session_id, load_id, 100_000).await;
    for _ in 0..3 {
        drop(screen);
        watching.phase(session_id, Phase::Loading).await;
        screen = Screen::of(&phone, Some(session_id)).await;
        let again;
        (load_id, again, _) = screen.load(load_id).await;
        assert_eq!(again, stream, "the same address: nothing is read anew");
        screen.play(session_id, load_id, 100_000).await;
        watching.phase(session_id, Phase::Playing).await;
    }
    assert_eq!(watching.session(session_id).source_id, Some(first));
    assert!(watching.source_changes().is_empty());

    // Without its load it died: the second time another source takes over.
    for _ in 0..2 {
        drop(screen);
        watching.phase(session_id, Phase::Loading).await;
        screen = Screen::of(&phone, None).await;
        (load_id, _, _) = screen.load(load_id).await;
        screen.play(session_id, load_id, 100_000).await;
        watching.phase(session_id, Phase::Playing).await;
    }
    let change = watching.source_change(session_id).await;
    assert_eq!(
        (change.from, &*change.failure.reason),
        (first, "screen-died")
    );
    assert!(change.to.is_some(), "{change:?}");
}

/// A truncated file ended its film as watched.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_ends_too_early_gives_way_and_the_film_is_not_watched() {
    let folder = tempfile::tempdir().unwrap();
    let (_house, phone) = house_with_two_copies(&folder).await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("night train").await;
    let (session_id, first) = prepare(&phone, &title, screen.id).await;
    let (load_id, _, _) = screen.load(0).await;
    screen.play(session_id, load_id, 200_000).await;
    screen.report(session_id, load_id, LoadReport::Ended).await;
    let change = screen.live.source_change(session_id).await;
    assert_eq!((change.from, &*change.failure.reason), (first, "cut-short"));
    let (load_id, _, start_ms) = screen.load(load_id).await;
    assert!((200_000..260_000).contains(&start_ms), "{start_ms}");
    screen.play(session_id, load_id, start_ms).await;
    screen
        .live
        .command(session_id, Command::Stop, None)
        .await
        .unwrap();
    let detail = phone
        .get(&format!("/api/v1/media/{}", title["id"].as_str().unwrap()))
        .await;
    assert_eq!(detail["progress"]["finished"], false, "{detail}");
}

/// Play pressed while the title's page still searched went by the first answer alone, as if it
/// were all there is.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_search_finds_after_play_was_pressed_takes_over_too() {
    let folder = tempfile::tempdir().unwrap();
    let late = json!([{ "name": "Sintel 2010 720p", "url": "http://127.0.0.1:1/late.m3u8" },
        { "name": "Sintel 2010 480p", "url": "http://127.0.0.1:1/later.m3u8" }]);
    let addon = Addon::start(
        "late",
        &json!({ "streams": { format!("movie/{SINTEL}"): { "delay_ms": 4_000, "value": late } } }),
    );
    let house = House::builder()
        .config("torrents.magnet_timeout_s = 1")
        .film("Sintel (2010) 2160p.mkv", &bytes(&folder, "a.mkv"))
        .providers(&[addon.config()])
        .start();
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("sintel").await;
    let page = format!("/api/v1/media/{}/sources", title["id"].as_str().unwrap());
    let mut searching = phone
        .request(Method::GET, &page)
        .header(header::ACCEPT, "text/event-stream")
        .send()
        .await
        .unwrap();
    let first = searching.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"event: "), "{first:?}");
    let (session_id, _) = prepare(&phone, &title, screen.id).await;
    let (load_id, _, _) = screen.load(0).await;
    screen.fail(session_id, load_id).await;
    // Each that was found is tried, the late ones included.
    let end = screen.live.phase(session_id, Phase::Failed).await;
    let tried: Vec<SourceId> = screen
        .live
        .source_changes()
        .iter()
        .map(|change| change.from)
        .collect();
    let found = phone.get(&page).await;
    let wanted = |item: &&Value| item["provider"] == "stremio:late";
    let items = found["items"].as_array().unwrap();
    let late: Vec<SourceId> = items
        .iter()
        .filter(wanted)
        .map(|item| id(&item["id"]))
        .collect();
    assert_eq!(late.len(), 2, "{found}");
    assert!(late.iter().all(|id| tried.contains(id)), "{end:?}");
}

/// What was found a while ago and does not play was answered with "nothing was found".
#[tokio::test(flavor = "multi_thread")]
async fn when_nothing_remembered_plays_it_is_looked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let addon = Addon::start(
        "films",
        &json!({
            "streams": { format!("movie/{SINTEL}"): [{
                "name": "Sintel", "externalUrl": "https://example.org/watch",
            }] },
            "catalogs": { "movie/films": [{
                "id": SINTEL, "type": "movie", "name": "Sintel", "releaseInfo": "2010",
            }] },
        }),
    );
    let house = House::builder()
        .config("library.open_movies = false")
        .film("Other (2001).mkv", &bytes(&folder, "a.mkv"))
        .providers(&[addon.config()])
        .start();
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("sintel").await;
    let page = format!("/api/v1/media/{}/sources", title["id"].as_str().unwrap());
    let found = phone.get(&page).await;
    assert_eq!(found["items"][0]["playable"], false, "{found}");
    std::fs::copy(
        bytes(&folder, "b.mkv"),
        house.films().join("Sintel (2010).mkv"),
    )
    .unwrap();
    house.scanned(2).await;
    let title = phone.find("sintel").await;
    let (session_id, _) = prepare(&phone, &title, screen.id).await;
    let (load_id, _, _) = screen.load(0).await;
    screen.play(session_id, load_id, 1_000).await;
}

/// After a restart Continue searched first, and might start another release than the one that
/// was half watched and half fetched.
#[tokio::test(flavor = "multi_thread")]
async fn going_on_after_a_restart_takes_what_played_and_finds_the_rest_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let silent = Torznab::faulty("silent", Fault::Slow);
    let mut house = House::builder()
        .config("sources.deadline_ms = 3600000\nsources.hard_stop_ms = 3600000")
        .providers(&[silent.config()])
        .film("Night Train (2019) 2160p.mkv", &bytes(&folder, "a.mkv"))
        .film("Night Train (2019) 1080p.mkv", &bytes(&folder, "b.mkv"))
        .start();
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("night train").await;
    let (session_id, best) = prepare(&phone, &title, screen.id).await;
    screen.load(0).await;
    screen
        .live
        .command(session_id, Command::NextSource, None)
        .await
        .unwrap();
    let worse = screen.live.source_change(session_id).await.to.unwrap();
    let (load_id, _, _) = screen.load(1).await;
    screen.play(session_id, load_id, 200_000).await;
    screen.live.set_volume(session_id, 35).await.unwrap();
    screen
        .live
        .command(session_id, Command::Stop, None)
        .await
        .unwrap();
    house.stop();
    house.start();
    house.scanned(1).await;

    let phone = phone.at(&house.base);
    let mut screen = Screen::of(&phone, None).await;
    let (session_id, source_id) = prepare(&phone, &title, screen.id).await;
    assert_eq!(
        source_id, worse,
        "what played, though another scores higher"
    );
    let (load_id, _, start_ms) = screen.load(0).await;
    assert!((200_000..260_000).contains(&start_ms), "{start_ms}");
    assert_eq!(screen.volume(), Some(35), "as loud as it was left");
    // The silent indexer holds the search up to its end; what came is enough to go on with.
    screen.fail(session_id, load_id).await;
    assert_eq!(screen.live.source_change(session_id).await.to, Some(best));
}

/// Whoever pressed Play and changed their mind was told that the box was shutting down.
#[tokio::test(flavor = "multi_thread")]
async fn a_play_that_was_given_up_is_answered_with_that() {
    let folder = tempfile::tempdir().unwrap();
    let nobodys = Torrent::of(&bytes(&folder, "nobody.mkv"));
    let indexer = Torznab::start(
        "home",
        vec![Offer {
            name: "Sintel.2010.1080p.BluRay.x264-GROUP".into(),
            link: format!("magnet:?xt=urn:btih:{}", nobodys.infohash),
            size_bytes: 100_000,
            seeders: 5,
            imdb: SINTEL.into(),
            file: None,
        }],
    );
    let house = House::builder()
        .config("torrents.magnet_timeout_s = 3600")
        .providers(&[indexer.config()])
        .start();
    let phone = house.pair_first("Phone").await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("sintel").await;
    let page = format!("/api/v1/media/{}/sources", title["id"].as_str().unwrap());
    let found = phone.get(&page).await;
    let items = found["items"].as_array().unwrap();
    let torrent = items
        .iter()
        .find(|item| item["provider"] == indexer.provider());
    let body = json!({
        "title_id": title["id"], "screen_id": screen.id,
        "source_id": torrent.expect("the offer is found")["id"],
    });
    let asking = {
        let (phone, body) = (phone.clone(), body.clone());
        tokio::spawn(async move {
            phone
                .call(Method::POST, "/api/v1/player/prepare", Some(body))
                .await
        })
    };
    let session_id = screen
        .live
        .until("the session", |_, mirror| {
            mirror.sessions.keys().next().copied()
        })
        .await;
    screen
        .live
        .command(session_id, Command::Stop, None)
        .await
        .unwrap();
    let (status, problem) = asking.await.unwrap();
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["slug"], "superseded", "{problem}");
}

/// Of a whole season the largest file played, whichever episode was wanted.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_season_in_one_torrent_the_wanted_episode_plays() {
    let folder = tempfile::tempdir().unwrap();
    let film = bytes(&folder, "film.mkv");
    let name = "Night Shift S01 1080p WEB-DL x264";
    let files = [
        "Night.Shift.S01E01.1080p.mkv",
        "Night.Shift.S01E02.1080p.mkv",
    ];
    let pack = Torrent::pack(name, &files);
    let offer = Offer {
        name: name.into(),
        link: String::new(),
        size_bytes: pack.size_bytes,
        seeders: 9,
        imdb: String::new(),
        file: None,
    };
    let indexer = Torznab::start("pack", vec![offer.behind_file("season", pack.bytes)]);
    let house = House::builder().providers(&[indexer.config()]).start();
    let season = house.films().join("Night Shift/Season 1");
    std::fs::create_dir_all(&season).unwrap();
    for number in 1..=3 {
        let episode = season.join(format!("Night Shift S01E0{number} 360p.mkv"));
        std::fs::copy(&film, episode).unwrap();
    }
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let screen = Screen::of(&phone, None).await;
    let series = phone.find("night shift").await;
    let path = format!("/api/v1/media/{}", series["id"].as_str().unwrap());
    let detail = phone.get(&path).await;
    for (number, plays) in [(1, Some(files[0])), (2, Some(files[1])), (3, None)] {
        let episode = &detail["episodes"][number - 1]["id"];
        let found = phone
            .get(&format!(
                "{path}/sources?episode={}",
                episode.as_str().unwrap()
            ))
            .await;
        let found = found["items"].as_array().unwrap().iter();
        let pack = found
            .clone()
            .find(|one| one["provider"] == indexer.provider());
        let pack = pack.unwrap_or_else(|| panic!("the season is not offered: {found:?}"));
        let body = json!({
            "title_id": series["id"], "episode_id": episode,
            "source_id": pack["id"], "screen_id": screen.id,
        });
        let (status, prepared) = phone
            .call(Method::POST, "/api/v1/player/prepare", Some(body))
            .await;
        let Some(plays) = plays else {
            assert!(
                !status.is_success() || prepared["source_id"] != pack["id"],
                "it holds no third episode: {prepared}"
            );
            continue;
        };
        assert!(status.is_success(), "{prepared}");
        assert_eq!(prepared["source_id"], pack["id"], "{prepared}");
        let torrents = phone.get("/api/v1/player/torrents").await;
        let files = torrents["items"][0]["open"]["files"].as_array().unwrap();
        let wanted = files.iter().filter(|file| file["wanted"] == true);
        let wanted: Vec<&Value> = wanted.map(|file| &file["path"]).collect();
        assert!(wanted.contains(&&json!(plays)), "{torrents}");
        assert!(number > 1 || wanted.len() == 1, "{torrents}");
    }
}
