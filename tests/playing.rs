//! Playing, with a screen that says what the test tells it to: what everybody else is told, and
//! what the box remembers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use hearth_model::{
    ClientMessage, Command, Failure, LoadId, LoadReport, OutsideTrack, Phase, Piece,
    ScreenAbilities, ScreenCommand, ScreenId, ScreenKind, ServerMessage, SessionId, SourceId,
    Stream,
};
use hearth_tests::{
    House, Live, Phone, film_sized,
    peers::{Addon, Fault, Offer, Seed, Torrent, Torznab},
};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

const MINUTES_10: u64 = 600_000;
const SINTEL: &str = "tt1727587";

fn id<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// Bytes that nobody decodes here.
fn bytes(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, vec![7; 100_000]).unwrap();
    path
}

/// A connection that is a screen, without a player.
struct Screen {
    live: Live,
    id: ScreenId,
}

impl Screen {
    async fn of(phone: &Phone, playing: Option<SessionId>) -> Self {
        let mut live = phone.live().await;
        live.send(&ClientMessage::Screen {
            name: "Screen".into(),
            kind: ScreenKind::Browser,
            abilities: ScreenAbilities::default(),
            passing: false,
            playing,
        })
        .await;
        let id = live
            .until("screen_ready", |message, _| match message {
                ServerMessage::ScreenReady { screen_id } => Some(*screen_id),
                _ => None,
            })
            .await;
        Self { live, id }
    }

    /// The load after `before`: its number, its address and where it starts.
    async fn load(&mut self, before: LoadId) -> (LoadId, Stream, u64) {
        let load = |message: &ServerMessage| match message {
            ServerMessage::ToScreen {
                command:
                    ScreenCommand::Load {
                        load_id,
                        stream,
                        start_ms,
                        ..
                    },
                ..
            } if *load_id > before => Some((*load_id, stream.clone(), *start_ms)),
            _ => None,
        };
        if let Some(found) = self.live.heard.iter().find_map(load) {
            return found;
        }
        self.live.until("a load", |message, _| load(message)).await
    }

    /// How loud the newest load is.
    fn volume(&self) -> Option<u8> {
        self.live
            .heard
            .iter()
            .rev()
            .find_map(|message| match message {
                ServerMessage::ToScreen {
                    command: ScreenCommand::Load { volume, .. },
                    ..
                } => Some(*volume),
                _ => None,
            })
    }

    async fn report(&mut self, session_id: SessionId, load_id: LoadId, report: LoadReport) {
        self.live
            .send(&ClientMessage::Report {
                load_id,
                session_id,
                report,
            })
            .await;
    }

    /// As a player does that has shown its first picture and plays on.
    async fn play(&mut self, session_id: SessionId, load_id: LoadId, position_ms: u64) {
        let prerolled = LoadReport::Prerolled {
            duration_ms: Some(MINUTES_10),
        };
        self.report(session_id, load_id, prerolled).await;
        self.report(session_id, load_id, LoadReport::Playing { position_ms })
            .await;
        self.live.phase(session_id, Phase::Playing).await;
    }

    async fn fail(&mut self, session_id: SessionId, load_id: LoadId) {
        let gone = Failure {
            reason: "source-gone".into(),
            detail: "It is gone".into(),
        };
        self.report(session_id, load_id, LoadReport::Failed(gone))
            .await;
    }

    async fn at(&mut self, session_id: SessionId, load_id: LoadId, position_ms: u64) {
        let position = LoadReport::Position {
            position_ms,
            duration_ms: Some(MINUTES_10),
            buffered_ms: None,
        };
        self.report(session_id, load_id, position).await;
    }
}

async fn prepare(phone: &Phone, title: &Value, screen_id: ScreenId) -> (SessionId, SourceId) {
    let body = json!({ "title_id": title["id"], "screen_id": screen_id });
    let prepared = phone.post("/api/v1/player/prepare", body).await;
    (id(&prepared["session_id"]), id(&prepared["source_id"]))
}

/// A film that lies in the folder twice, and a paired phone.
async fn house_with_two_copies(folder: &tempfile::TempDir) -> (House, Phone) {
    let house = House::builder()
        .film("Night Train (2019) 2160p.mkv", &bytes(folder, "a.mkv"))
        .film("Night Train (2019) 1080p.mkv", &bytes(folder, "b.mkv"))
        .start();
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    (house, phone)
}

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

/// What the screen said before it took a seek threw the bars of all remotes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_seek_is_not_taken_back_by_an_older_word() {
    let folder = tempfile::tempdir().unwrap();
    let (_house, phone) = house_with_two_copies(&folder).await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("night train").await;
    let (session_id, _) = prepare(&phone, &title, screen.id).await;
    let (load_id, _, _) = screen.load(0).await;
    screen.play(session_id, load_id, 100_000).await;
    screen
        .live
        .command(session_id, Command::Seek, Some(400_000))
        .await
        .unwrap();
    // A command's answer may overtake the news of what it did.
    screen
        .live
        .holds("the seek is told", |mirror| {
            mirror.sessions[&session_id].position_ms >= 400_000
        })
        .await;
    screen.at(session_id, load_id, 100_400).await;
    assert!(screen.live.position_ms(session_id).await >= 400_000);
    screen.at(session_id, load_id, 400_000).await;
    screen.at(session_id, load_id, 300_000).await;
    screen
        .live
        .holds("the landed seek leaves the word to the screen", |mirror| {
            mirror.sessions[&session_id].position_ms < 310_000
        })
        .await;
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

/// What a screen is told of the film that it loads, as a player without one sees it.
#[derive(Debug)]
struct Loaded {
    load_id: LoadId,
    stream: Stream,
    start_ms: u64,
    piece: Option<Piece>,
    outside: Vec<OutsideTrack>,
    subtitles: Option<String>,
}

impl Screen {
    /// The load after `before`, with all that is told of it.
    async fn loaded(&mut self, before: LoadId) -> Loaded {
        self.load(before).await;
        let mut loads = self.live.heard.iter().filter_map(|message| match message {
            ServerMessage::ToScreen {
                command:
                    ScreenCommand::Load {
                        load_id,
                        stream,
                        start_ms,
                        piece,
                        outside,
                        subtitles,
                        ..
                    },
                ..
            } if *load_id > before => Some(Loaded {
                load_id: *load_id,
                stream: stream.clone(),
                start_ms: *start_ms,
                piece: *piece,
                outside: outside.clone(),
                subtitles: subtitles.clone(),
            }),
            _ => None,
        });
        loads.next_back().unwrap()
    }
}

/// The file lay beside the film, and nobody could choose it.
#[tokio::test(flavor = "multi_thread")]
async fn subtitles_beside_a_film_are_chosen_and_stay_with_another_source() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ru.srt");
    // "Привет" as Windows wrote it.
    let text = b"1\r\n00:00:01,000 --> 00:00:02,000\r\n\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0\r\n";
    std::fs::write(&file, text).unwrap();
    let house = House::builder()
        .film("Night Train (2019) 2160p.mkv", &bytes(&folder, "a.mkv"))
        .film("Night Train (2019) 1080p.mkv", &bytes(&folder, "b.mkv"))
        .film("Night Train (2019) 1080p.ru.forced.srt", &file)
        .start();
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("night train").await;
    let (session_id, _) = prepare(&phone, &title, screen.id).await;
    let loaded = screen.loaded(0).await;
    let [beside] = &loaded.outside[..] else {
        panic!("one file of subtitles: {loaded:?}");
    };
    assert_eq!(beside.track.language.as_deref(), Some("ru"));
    assert!(beside.track.forced);
    // Its address is all that is needed, as for the film.
    let stranger = Phone::stranger(&house.base);
    let answer = stranger.request(Method::GET, &beside.url).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap();
    assert_eq!(kind, "text/vtt; charset=utf-8");
    assert_eq!(
        answer.text().await.unwrap(),
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nПривет, мир\n\n"
    );
    screen.play(session_id, loaded.load_id, 5_000).await;

    let id = beside.track.id.clone();
    let choose = |subtitles: &str| ClientMessage::Subtitles {
        request_id: "choose".into(),
        session_id,
        subtitles: Some(subtitles.into()),
    };
    let mut remote = phone.live().await;
    remote.send(&choose("inside-5")).await;
    let slug = remote
        .until("the refusal", |message, _| match message {
            ServerMessage::Refused { slug, .. } => Some(slug.clone()),
            _ => None,
        })
        .await;
    assert_eq!(slug, "subtitles-unknown");
    remote.send(&choose(&id)).await;
    remote
        .holds("everybody sees which are shown", |mirror| {
            let room = &mirror.sessions[&session_id];
            room.shown_subtitles.as_ref() == Some(&id) && room.subtitles.len() == 1
        })
        .await;
    let told = screen
        .live
        .until("the order", |message, _| match message {
            ServerMessage::ToScreen {
                command: ScreenCommand::Subtitles { subtitles, .. },
                ..
            } => Some(subtitles.clone()),
            _ => None,
        })
        .await;
    assert_eq!(told.as_ref(), Some(&id));
    screen
        .live
        .command(session_id, Command::NextSource, None)
        .await
        .unwrap();
    let other = screen.loaded(loaded.load_id).await;
    assert_ne!(other.stream.url, loaded.stream.url);
    assert_eq!(other.subtitles.as_ref(), Some(&id));
    screen
        .live
        .command(session_id, Command::Stop, None)
        .await
        .unwrap();
    let ended = stranger.request(Method::GET, &beside.url).send().await;
    assert_eq!(ended.unwrap().status(), StatusCode::FORBIDDEN);
}

/// The second disc had to be begun by hand, and the film was watched after the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_film_on_two_discs_is_one_film() {
    let (first, second) = (
        film_sized("mkv", 20, (160, 90)),
        film_sized("mkv", 30, (160, 90)),
    );
    let house = House::builder()
        .film("Long Way (1970) CD1.mkv", &first)
        .film("Long Way (1970) CD2.mkv", &second)
        .start();
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("long way").await;
    let (session_id, _) = prepare(&phone, &title, screen.id).await;
    let one = screen.loaded(0).await;
    let piece = one.piece.expect("a piece of the film");
    assert!(piece.until_ms.abs_diff(20_000) < 200, "{piece:?}");
    assert!(piece.whole_ms.abs_diff(50_000) < 400, "{piece:?}");
    screen.play(session_id, one.load_id, 0).await;
    screen
        .at(session_id, one.load_id, piece.until_ms - 500)
        .await;
    screen
        .report(session_id, one.load_id, LoadReport::Ended)
        .await;
    let two = screen.loaded(one.load_id).await;
    let piece = two.piece.expect("the other piece");
    assert_eq!((piece.index, two.start_ms), (1, piece.from_ms));
    let length = std::fs::metadata(&second).unwrap().len();
    let answer = phone.request(Method::HEAD, &two.stream.url).send().await;
    let told = answer.unwrap().headers()[header::CONTENT_LENGTH].clone();
    assert_eq!(told, length.to_string().as_str(), "the second file");
    screen.play(session_id, two.load_id, piece.from_ms).await;
    screen.at(session_id, two.load_id, 30_000).await;
    // Back into the first file.
    screen
        .live
        .command(session_id, Command::Seek, Some(5_000))
        .await
        .unwrap();
    let three = screen.loaded(two.load_id).await;
    assert_eq!(three.piece.map(|piece| piece.index), Some(0));
    assert_eq!(three.start_ms, 5_000);
    screen.play(session_id, three.load_id, 5_000).await;
    screen
        .live
        .command(session_id, Command::Seek, Some(40_000))
        .await
        .unwrap();
    let four = screen.loaded(three.load_id).await;
    screen.play(session_id, four.load_id, 40_000).await;
    screen
        .live
        .command(session_id, Command::Stop, None)
        .await
        .unwrap();
    let kept = progress(&phone, &title, |kept| {
        kept["position_ms"]
            .as_u64()
            .is_some_and(|ms| (40_000..47_000).contains(&ms))
    });
    let kept = kept.await;
    assert_eq!(kept["finished"], false, "{kept}");
    assert_eq!(kept["duration_ms"], piece.whole_ms, "{kept}");

    // Going on begins where it was left, in the second file; only its end is the film's.
    let (session_id, _) = prepare(&phone, &title, screen.id).await;
    let (load_id, start_ms, index) = screen
        .live
        .until("the load of the new session", |message, _| match message {
            ServerMessage::ToScreen {
                command:
                    ScreenCommand::Load {
                        session_id: of,
                        load_id,
                        start_ms,
                        piece,
                        ..
                    },
                ..
            } if *of == session_id => Some((*load_id, *start_ms, piece.map(|one| one.index))),
            _ => None,
        })
        .await;
    assert_eq!((load_id, index), (1, Some(1)));
    assert!((40_000..47_000).contains(&start_ms), "{start_ms}");
    screen.play(session_id, 1, start_ms).await;
    screen.at(session_id, 1, piece.whole_ms - 200).await;
    screen.report(session_id, 1, LoadReport::Ended).await;
    screen.live.phase(session_id, Phase::Ended).await;
    progress(&phone, &title, |kept| kept["finished"] == true).await;
}

/// What is kept of a film, once it is what is wanted: it is written behind what people wait for.
async fn progress(phone: &Phone, title: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/api/v1/media/{}", title["id"].as_str().unwrap());
    for _ in 0..100 {
        let kept = phone.get(&path).await["progress"].clone();
        if wanted(&kept) {
            return kept;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("another place is kept of the film");
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

/// A screen of a device that left the house was listed for ever.
#[tokio::test(flavor = "multi_thread")]
async fn the_screens_of_a_device_that_left_are_gone() {
    let house = House::builder().start();
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    for signs_out in [false, true] {
        let guest = house.pair("Guest's tablet").await;
        let screen = Screen::of(&guest, None).await;
        live.holds("the screen is there", |mirror| {
            mirror.screens.contains_key(&screen.id)
        })
        .await;
        let (status, _) = if signs_out {
            let body = json!({ "refresh_token": guest.tokens["refresh_token"] });
            phone
                .call(Method::POST, "/api/v1/auth/logout", Some(body))
                .await
        } else {
            let device = guest.tokens["device_id"].as_str().unwrap();
            let path = format!("/api/v1/devices/{device}");
            phone.call(Method::DELETE, &path, None).await
        };
        assert_eq!(status, StatusCode::NO_CONTENT);
        live.holds("it is gone", |mirror| {
            !mirror.screens.contains_key(&screen.id)
        })
        .await;
        let later = phone.live().await;
        assert!(!later.mirror.screens.contains_key(&screen.id));
    }
}

/// The events of an answer, in order.
async fn events(phone: &Phone, path: &str) -> Vec<(String, Value)> {
    let answer = phone
        .request(Method::GET, path)
        .header(header::ACCEPT, "text/event-stream")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let text = answer.text().await.unwrap();
    let blocks = text.split("\n\n").filter(|block| block.contains("event: "));
    blocks
        .map(|block| {
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .unwrap_or_default()
            };
            let data = serde_json::from_str(field("data: ")).unwrap();
            (field("event: ").to_owned(), data)
        })
        .collect()
}

/// Asked as events, a search knew no pages.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_as_events_sends_what_it_knows_at_once_and_has_pages() {
    let addon = Addon::start(
        "slow",
        &json!({ "catalogs": { "movie/films": { "delay_ms": 600_000, "value": [] } } }),
    );
    let house = House::builder()
        .config("sources.deadline_ms = 1500")
        .providers(&[addon.config()])
        .start();
    let phone = house.pair_first("Phone").await;
    // Its manifest is read: from now on only the answer is slow.
    phone
        .get("/api/v1/media/search?q=nothing%20like%20it")
        .await;
    let whole = phone.get("/api/v1/media/search?q=s&limit=100").await;
    let all: Vec<String> = whole["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| id(&item["id"]))
        .collect();
    assert!(all.len() >= 2, "{whole}");
    let mut seen: Vec<String> = Vec::new();
    let mut path = "/api/v1/media/search?q=s&limit=1".to_owned();
    loop {
        let page = events(&phone, &path).await;
        let (last, rest) = page.split_last().unwrap();
        assert_eq!(last.0, "done");
        assert!(rest.iter().all(|(name, _)| name != "done"));
        let items = rest.iter().filter(|(name, _)| name == "item");
        seen.extend(items.map(|(_, item)| id::<String>(&item["id"])));
        let Some(next) = last.1["next"].as_str() else {
            break;
        };
        path = format!("/api/v1/media/search?q=s&limit=1&cursor={next}");
    }
    assert_eq!(seen, all, "page by page the whole list, nothing twice");

    let found = events(&phone, "/api/v1/media/search?q=sintel").await;
    let place = |wanted: &dyn Fn(&(String, Value)) -> bool| found.iter().position(wanted);
    let item = place(&|(name, _)| name == "item").expect("what the box knows");
    let slow = place(&|(name, data)| name == "provider" && data["id"] == "stremio:slow");
    let slow = slow.expect("the slow one has its word");
    assert!(item < slow, "{found:?}");
    assert_eq!(slow + 1, found.len() - 1, "then it is done: {found:?}");
    let later = events(&phone, "/api/v1/media/search?q=s&limit=1&cursor=1").await;
    assert!(
        later.iter().all(|(name, _)| name != "provider"),
        "{later:?}"
    );
}

/// Asks until the answer is as it should be.
async fn until(phone: &Phone, path: &str, is_right: impl Fn(&Value) -> bool) -> Value {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = phone.get(path).await;
        if is_right(&answer) {
            return answer;
        }
        assert!(Instant::now() < end, "{path}: {answer}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn near_the_end_of_an_episode_the_next_one_begins_to_be_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let file = |number| format!("Night Shift/Season 1/Night Shift S01E0{number}.mkv");
    let local = bytes(&folder, "local.mkv");
    let release = "Night.Shift.S01E02.1080p.WEB-DL.x264-GROUP";
    let torrent = bytes(&folder, &format!("{release}.mkv"));
    let seed = Seed::start(&torrent);
    let indexer = Torznab::start("home", vec![Offer::of(&seed, release, "tt0000001")]);
    let house = House::builder().providers(&[indexer.config()]).start();
    for number in [1, 2] {
        let path = house.films().join(file(number));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(&local, path).unwrap();
    }
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let series = phone.find("night shift").await;
    let page = format!("/api/v1/media/{}", series["id"].as_str().unwrap());
    let detail = phone.get(&page).await;
    let [first, second] = [0, 1].map(|at| detail["episodes"][at]["id"].clone());
    // The second one is only to be had from elsewhere.
    std::fs::remove_file(house.films().join(file(2))).unwrap();
    let sources = format!("{page}/sources?episode={}", second.as_str().unwrap());
    until(&phone, &sources, |found| {
        let items = found["items"].as_array().unwrap();
        !items.is_empty() && items.iter().all(|item| item["kind"] == "torrent")
    })
    .await;

    let mut screen = Screen::of(&phone, None).await;
    let body = json!({
        "title_id": series["id"], "episode_id": first, "screen_id": screen.id,
    });
    let prepared = phone.post("/api/v1/player/prepare", body).await;
    let session_id: SessionId = id(&prepared["session_id"]);
    let (load_id, _, _) = screen.load(0).await;
    screen
        .play(session_id, load_id, MINUTES_10 / 100 * 95)
        .await;
    let page = until(&phone, "/api/v1/player/torrents", |page| {
        let have = page["items"][0]["open"]["files"][0]["have_bytes"].as_u64();
        have.is_some_and(|have| have > 0)
    })
    .await;
    let fetched = &page["items"][0];
    assert_eq!(fetched["infohash"], seed.torrent.infohash, "{page}");
    assert_eq!(fetched["open"]["files"][0]["wanted"], false, "{page}");
}
