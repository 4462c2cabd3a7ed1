//! Subtitles that lie elsewhere, from the question to the text on the screen.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use hearth_model::{
    ClientMessage, Command, LoadId, LoadReport, OutsideTrack, Phase, RoomState, ScreenCommand,
    ScreenId, ServerMessage, SessionId, SubtitleSearch,
};
use hearth_tests::{
    House, HouseBuilder, Live, Phone,
    peers::{Addon, Files, Listed, OpenSubtitles},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const IMDB: u64 = 1_727_587;
const FILM: &str = "Sintel (2010) 2160p BluRay x264-GROUP";
const FILM_BYTES: u64 = 200_000;
/// Each of the film's bytes.
const BYTE: u8 = 7;
const LINES: &str = "1\n00:00:01,000 --> 00:00:02,000\nHello\n";

fn listed(file_id: u64, language: &'static str, release: &'static str) -> Listed {
    Listed {
        file_id,
        language,
        release,
        hash: None,
        text: LINES.into(),
    }
}

fn service(list: Vec<Listed>) -> OpenSubtitles {
    OpenSubtitles::start(IMDB, "Sintel", 2010, list)
}

/// An addon that knows one file of subtitles in Russian.
fn addon(files: &Files, folder: &tempfile::TempDir) -> Addon {
    let path = folder.path().join("addon.srt");
    std::fs::write(&path, LINES).unwrap();
    let url = files.put("addon.srt", &path);
    let manifest = json!({ "resources": ["subtitles"], "catalogs": [] });
    let subtitles =
        json!({ format!("movie/tt{IMDB}"): [{ "id": "1", "url": url, "lang": "rus" }] });
    Addon::start(
        "subs",
        &json!({ "manifest": manifest, "subtitles": subtitles }),
    )
}

fn film(folder: &tempfile::TempDir, builder: HouseBuilder) -> HouseBuilder {
    let path = folder.path().join("film.mkv");
    std::fs::write(&path, vec![BYTE; FILM_BYTES as usize]).unwrap();
    builder.film(&format!("{FILM}.mkv"), &path)
}

/// Both ends of the film as numbers, and its length.
fn hash() -> String {
    let numbers = 2 * 64 * 1024 / 8;
    let sum = u64::from_le_bytes([BYTE; 8]).wrapping_mul(numbers);
    format!("{:016x}", sum.wrapping_add(FILM_BYTES))
}

/// A phone, and a screen without a player on which the film is loaded.
struct Evening {
    phone: Phone,
    remote: Live,
    screen: Live,
    screen_id: ScreenId,
    session_id: SessionId,
    load_id: LoadId,
    /// How much the remote had heard when it asked last.
    asked_at: usize,
}

impl Evening {
    async fn begin(house: &House) -> Self {
        house.scanned(1).await;
        let phone = house.pair_first("Phone").await;
        let mut screen = phone.live().await;
        let screen_id = screen.be_screen("Screen").await;
        let remote = phone.live().await;
        let mut evening = Self {
            phone,
            remote,
            screen,
            screen_id,
            session_id: SessionId::new(),
            load_id: 0,
            asked_at: 0,
        };
        evening.open().await;
        evening
    }

    async fn open(&mut self) {
        let title = self.phone.find("sintel").await;
        let play = json!({ "title_id": title["id"], "screen_id": self.screen_id });
        let prepared = self.phone.post("/api/v1/player/prepare", play).await;
        let session_id: SessionId = serde_json::from_value(prepared["session_id"].clone()).unwrap();
        self.session_id = session_id;
        self.load_id = self
            .screen
            .until("the load", |message, _| match message {
                ServerMessage::ToScreen {
                    command:
                        ScreenCommand::Load {
                            session_id: of,
                            load_id,
                            ..
                        },
                    ..
                } if *of == session_id => Some(*load_id),
                _ => None,
            })
            .await;
    }

    async fn report(&mut self, report: LoadReport) {
        let report = ClientMessage::Report {
            load_id: self.load_id,
            session_id: self.session_id,
            report,
        };
        self.screen.send(&report).await;
    }

    async fn play(&mut self) {
        self.report(LoadReport::Inside {
            subtitles: Vec::new(),
        })
        .await;
        self.report(LoadReport::Prerolled {
            duration_ms: Some(600_000),
        })
        .await;
        self.report(LoadReport::Playing { position_ms: 0 }).await;
        self.remote.phase(self.session_id, Phase::Playing).await;
        // All that the same moment brought is here too.
        self.remote.now_ms().await;
    }

    /// The refusal's slug where it is refused.
    async fn ask(&mut self, message: ClientMessage) -> Result<(), String> {
        self.remote.send(&message).await;
        self.remote
            .until("the answer", |message, _| match message {
                ServerMessage::Done { .. } => Some(Ok(())),
                ServerMessage::Refused { slug, .. } => Some(Err(slug.clone())),
                _ => None,
            })
            .await
    }

    async fn find(&mut self) -> Result<(), String> {
        self.asked_at = self.remote.heard.len();
        self.ask(ClientMessage::FindSubtitles {
            request_id: "find".into(),
            session_id: self.session_id,
        })
        .await
    }

    async fn choose(&mut self, id: &str) {
        let choose = ClientMessage::Subtitles {
            request_id: "choose".into(),
            session_id: self.session_id,
            subtitles: Some(id.to_owned()),
        };
        self.ask(choose).await.unwrap();
    }

    fn search(room: &RoomState) -> Option<&SubtitleSearch> {
        room.subtitle_search.as_ref()
    }

    /// The session once the search that was asked for has run and is over.
    async fn searched(&mut self) -> RoomState {
        loop {
            let mut ran = false;
            for message in &self.remote.heard[self.asked_at..] {
                match message {
                    ServerMessage::RoomState(room) if room.room_id == self.session_id => {
                        match Self::search(room) {
                            Some(search) if search.running => ran = true,
                            Some(_) if ran => return room.clone(),
                            _ => {}
                        }
                    }
                    _ => {}
                }
            }
            self.remote.next().await.expect("the box goes on");
        }
    }

    /// What the screen was offered last, once it is so many.
    async fn offered(&mut self, count: usize) -> Vec<OutsideTrack> {
        loop {
            let mut offers = self.screen.heard.iter().rev();
            let newest = offers.find_map(|message| match message {
                ServerMessage::ToScreen {
                    command: ScreenCommand::Outside { outside, .. },
                    ..
                } => Some(outside),
                _ => None,
            });
            if let Some(newest) = newest
                && newest.len() == count
            {
                return newest.clone();
            }
            self.screen.next().await.expect("the box goes on");
        }
    }

    /// As the screen does once they are chosen.
    async fn fetch(&self, track: &OutsideTrack) -> (StatusCode, String) {
        let stranger = Phone::stranger(&self.phone.base);
        let answer = stranger.request(Method::GET, &track.url).send().await;
        let answer = answer.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }
}

fn labels(room: &RoomState) -> Vec<&str> {
    let named = room.subtitles.iter();
    named
        .map(|one| one.label.as_deref().unwrap_or("beside"))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn subtitles_elsewhere_are_found_ranked_chosen_and_fetched_once() {
    let folder = tempfile::tempdir().unwrap();
    let beside = folder.path().join("beside.srt");
    std::fs::write(&beside, LINES).unwrap();
    let service = service(vec![
        listed(1, "en", "Sintel.2010.HDTV.x264-OTHER"),
        listed(2, "ru", "Sintel.2010.HDTV.x264-OTHER.rus"),
        Listed {
            hash: Some(hash()),
            ..listed(3, "ru", "Made for this very file")
        },
        listed(4, "fr", "Sintel.2010.2160p.BluRay.x264-GROUP"),
    ]);
    let files = Files::start();
    let addon = addon(&files, &folder);
    let house = film(&folder, House::builder())
        // The addon's file lies at another port than the addon.
        .config("network.allow_private_hosts = [\"127.0.0.1\"]")
        .film(&format!("{FILM}.en.srt"), &beside)
        .providers(&[service.config("right"), addon.config()])
        .start();
    let mut evening = Evening::begin(&house).await;
    evening.play().await;
    let room = evening.remote.session(evening.session_id);
    assert_eq!(Evening::search(room), None, "English is wished, and there");

    evening.find().await.unwrap();
    let room = evening.searched().await;
    let search = Evening::search(&room).unwrap();
    assert_eq!((search.found, search.failed.len()), (4, 0), "{search:?}");
    assert_eq!(
        labels(&room),
        [
            "Made for this very file",
            "addon.srt",
            "Sintel.2010.HDTV.x264-OTHER.rus",
            "beside",
            "Sintel.2010.HDTV.x264-OTHER",
        ],
        "the wished languages in their order, in each the surest first"
    );
    let question = format!(
        "GET /subtitles?imdb_id={IMDB}&languages=en,ru&moviehash={}",
        hash()
    );
    assert_eq!(service.asked("/subtitles"), [question.as_str()]);

    // The screen has the same, with addresses; nothing was downloaded for that.
    let offered = evening.offered(5).await;
    let ids = |room: &RoomState| -> Vec<String> {
        room.subtitles.iter().map(|one| one.id.clone()).collect()
    };
    let told: Vec<String> = offered.iter().map(|one| one.track.id.clone()).collect();
    assert_eq!(told, ids(&room));
    assert_eq!(service.asked("/download"), [""; 0]);
    evening.choose(&told[0]).await;
    for _ in 0..2 {
        let (status, text) = evening.fetch(&offered[0]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            text.ends_with("00:00:01.000 --> 00:00:02.000\nHello\n\n"),
            "{text}"
        );
    }
    assert_eq!(service.asked("/download"), ["POST /download 3"]);
    assert_eq!(service.asked("/files"), ["GET /files/3"]);
    let (status, text) = evening.fetch(&offered[1]).await;
    assert_eq!(status, StatusCode::OK, "the addon's: {text}");

    // Who asks again hears what was answered before, under the same addresses.
    evening.find().await.unwrap();
    let again = evening.searched().await;
    assert_eq!(ids(&again), ids(&room));
    assert_eq!(again.shown_subtitles.as_ref(), Some(&told[0]));
    assert_eq!(evening.offered(5).await, offered);
    assert_eq!(service.asked("/subtitles").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wished_and_missing_is_looked_for_unasked_once_a_session() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(vec![listed(1, "en", "Sintel.2010.1080p")]);
    let house = film(&folder, House::builder())
        .providers(&[service.config("right")])
        .start();
    let mut evening = Evening::begin(&house).await;
    assert_eq!(service.asked("/subtitles"), [""; 0], "nothing plays yet");
    evening.play().await;
    let room = evening.searched().await;
    assert_eq!(labels(&room), ["Sintel.2010.1080p"]);
    assert_eq!(room.shown_subtitles, None, "offered, and not shown");
    evening.report(LoadReport::Paused { position_ms: 9 }).await;
    evening.report(LoadReport::Playing { position_ms: 9 }).await;
    evening.screen.now_ms().await;
    assert_eq!(service.asked("/subtitles").len(), 1);

    // What was played without any says so from now on.
    let page = format!("/api/v1/media/{}/sources", room.title_id);
    let mut why = String::new();
    for _ in 0..600 {
        let found = evening.phone.get(&page).await;
        let items = found["items"].as_array().unwrap();
        let local = items.iter().find(|item| item["provider"] == "local");
        local.unwrap()["why"].as_str().unwrap().clone_into(&mut why);
        if why.contains("no subtitles") {
            break;
        }
        // It is kept behind what people wait for.
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(why.contains("no subtitles"), "{why}");

    // Who wishes none is spared.
    let wishes = json!({ "subtitle_languages": [] });
    let wishes = evening
        .phone
        .call(Method::PUT, "/api/v1/user/preferences", Some(wishes));
    assert_eq!(wishes.await.0, StatusCode::OK);
    let stop = evening
        .remote
        .command(evening.session_id, Command::Stop, None);
    stop.await.unwrap();
    evening.open().await;
    evening.play().await;
    let room = evening.remote.session(evening.session_id);
    assert_eq!(Evening::search(room), None);
    assert_eq!(service.asked("/subtitles").len(), 1);
}

/// The slug of a problem, and the one that everybody heard.
async fn refused(evening: &mut Evening, track: &OutsideTrack) -> (String, String) {
    evening.choose(&track.track.id).await;
    let (status, problem) = evening.fetch(track).await;
    assert_eq!(status, StatusCode::BAD_GATEWAY, "{problem}");
    let problem: Value = serde_json::from_str(&problem).unwrap();
    let heard = evening.remote.until("why", |message, _| match message {
        ServerMessage::SubtitlesFailed { failure, .. } => Some(failure.reason.clone()),
        _ => None,
    });
    let heard = heard.await;
    let session_id = evening.session_id;
    evening
        .remote
        .holds("none are shown", |mirror| {
            mirror.sessions[&session_id].shown_subtitles.is_none()
        })
        .await;
    (problem["slug"].as_str().unwrap().to_owned(), heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_that_are_used_up_are_told_of_and_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(vec![listed(1, "en", "Sintel.2010.1080p")]);
    let house = film(&folder, House::builder())
        .providers(&[service.config("right")])
        .start();
    let mut evening = Evening::begin(&house).await;
    evening.play().await;
    evening.searched().await;
    let track = evening.offered(1).await.remove(0);
    service.allow(0);
    let slug = "subtitles-quota".to_owned();
    assert_eq!(refused(&mut evening, &track).await, (slug.clone(), slug));
    service.allow(1);
    evening.choose(&track.track.id).await;
    let (status, text) = evening.fetch(&track).await;
    assert_eq!(status, StatusCode::OK, "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(vec![listed(1, "en", "Sintel.2010.1080p")]);
    let house = film(&folder, House::builder())
        .providers(&[service.config("wrong")])
        .start();
    let mut evening = Evening::begin(&house).await;
    evening.play().await;
    evening.searched().await;
    let track = evening.offered(1).await.remove(0);
    let slug = "subtitles-sign-in".to_owned();
    assert_eq!(refused(&mut evening, &track).await, (slug.clone(), slug));
    assert_eq!(service.asked("/download"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_fails_is_named_and_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let service = service(vec![listed(1, "en", "Sintel.2010.1080p")]);
    service.set_broken(true);
    let files = Files::start();
    let addon = addon(&files, &folder);
    let house = film(&folder, House::builder())
        .providers(&[service.config("right"), addon.config()])
        .start();
    let mut evening = Evening::begin(&house).await;
    evening.play().await;
    let room = evening.searched().await;
    assert_eq!(labels(&room), ["addon.srt"], "the other's are here");
    let search = Evening::search(&room).unwrap();
    assert_eq!((search.found, search.failed.len()), (1, 1), "{search:?}");
    assert_eq!(search.failed[0].provider, "opensubtitles");
    assert_eq!(search.failed[0].failure.reason, "service-failed");

    service.set_broken(false);
    evening.find().await.unwrap();
    let room = evening.searched().await;
    assert_eq!(labels(&room), ["addon.srt", "Sintel.2010.1080p"]);
    assert_eq!(Evening::search(&room).unwrap().failed, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_provider_of_subtitles_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let house = film(&folder, House::builder()).start();
    let mut evening = Evening::begin(&house).await;
    evening.play().await;
    assert_eq!(evening.find().await, Err("no-subtitle-provider".into()));
}
