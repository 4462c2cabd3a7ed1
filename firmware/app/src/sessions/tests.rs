//! The actor on a clock turned by hand.

use std::time::Duration;

use hearth_model::{Health, Hints, Location, Names, Phase, Release, SourceKind, TitleId};

use super::{house::OVER_MS, *};

struct Household {
    _folder: tempfile::TempDir,
    clock: Clock,
    streams: Arc<Streams>,
    sessions: Sessions,
    film: Source,
}

async fn house() -> Household {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mkv");
    std::fs::write(&path, b"a film").unwrap();
    let clock = Clock::default();
    let torrents = hearth_torrent::Torrents::start(hearth_torrent::Options {
        listen: None,
        dht: false,
        trackers: false,
        ..hearth_torrent::Options::new(folder.path().join("torrents"))
    });
    let fetcher = hearth_fetch::Fetcher::new(hearth_fetch::Options::default());
    let streams = Arc::new(Streams::new(
        torrents.await.unwrap(),
        fetcher.unwrap(),
        HashMap::new(),
        clock.clone(),
    ));
    let sessions = Sessions::start(
        clock.clone(),
        Store::open(folder.path()).unwrap(),
        streams.clone(),
        Arc::default(),
    );
    let title_id = TitleId::new();
    let location = Location::File { path };
    let film = Source {
        id: Source::id_for(title_id, None, &location),
        title_id,
        episode_id: None,
        kind: SourceKind::Direct,
        provider: "local".into(),
        name: "film.mkv".into(),
        release: Release::default(),
        size_bytes: None,
        seeders: None,
        health: Health::Unknown,
        location,
        hints: Hints::default(),
    };
    Household {
        _folder: folder,
        clock,
        streams,
        sessions,
        film,
    }
}

impl Household {
    async fn screen(&self) -> ScreenLine {
        let hello = ScreenHello {
            caller: Caller::Local,
            name: "TV".into(),
            kind: ScreenKind::Tv,
            abilities: ScreenAbilities::default(),
            passing: false,
            playing: None,
        };
        self.sessions.screen_here(hello).await.unwrap()
    }

    async fn begin(&self, screen_id: ScreenId) -> Prepared {
        let start = Start {
            title_id: self.film.title_id,
            episode_id: None,
            title: Names::default(),
            numbers: None,
            poster: None,
            screen_id,
            source: self.film.id,
            next_sources: Vec::new(),
            more_to_come: true,
            resume_ms: 0,
            volume: 0,
        };
        let viewing = Viewing {
            start,
            sources: vec![self.film.clone()],
            more: mpsc::channel(1).1,
            profile: ProfileId::HOUSEHOLD,
        };
        self.sessions.begin(viewing).await.unwrap()
    }

    fn is_open(&self, prepared: &Prepared) -> bool {
        let (_, ticket) = prepared.stream.url.split_once("ticket=").unwrap();
        self.streams.by_ticket(ticket).is_ok()
    }
}

/// An ended film kept its file open, and phones showed it as what is on, until the next one.
#[tokio::test]
async fn an_ended_film_is_closed_at_once_and_forgotten_after_a_while() {
    let house = house().await;
    let screen = house.screen().await;
    let prepared = house.begin(screen.id).await;
    assert!(house.is_open(&prepared));
    let mut heard = house.sessions.subscribe().await.unwrap();
    house
        .sessions
        .report(screen.id, prepared.session_id, 1, LoadReport::Ended)
        .await;
    loop {
        let message = heard.live.recv().await.unwrap();
        if matches!(
            &*message,
            ServerMessage::StateSync {
                phase: Phase::Ended,
                ..
            }
        ) {
            break;
        }
    }
    house.sessions.screens().await.unwrap();
    assert!(!house.is_open(&prepared));
    house.clock.turn(OVER_MS + 1);
    loop {
        let message = heard.live.recv().await.unwrap();
        if matches!(&*message, ServerMessage::SessionEnded { .. }) {
            break;
        }
    }
    house.streams.torrents().stop().await;
}

/// A film paused overnight came back to an address that had ended, and its source was blamed.
#[tokio::test]
async fn a_paused_film_keeps_its_address() {
    let house = house().await;
    let screen = house.screen().await;
    let prepared = house.begin(screen.id).await;
    house.clock.turn(12 * 60 * 60_000);
    while !house.is_open(&prepared) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    house.streams.torrents().stop().await;
}
