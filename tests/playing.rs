//! Playing, with a screen that says what the test tells it to: what everybody else is told, and
//! what the box remembers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::PathBuf;

use hearth_model::{
    ClientMessage, Command, LoadId, LoadReport, Phase, ScreenAbilities, ScreenCommand, ScreenId,
    ScreenKind, ServerMessage, SessionId, SourceId, Stream,
};
use hearth_tests::{House, Live, Phone};
use serde_json::{Value, json};

const MINUTES_10: u64 = 600_000;

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
