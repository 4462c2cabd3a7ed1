//! The actor on a clock turned by hand.

use std::time::Duration;

use hearth_model::{Location, Names, Phase, SourceKind, SubtitleLink, SubtitleSearch};
use hearth_sources::{SubtitleFind, SubtitleMatch};

use hearth_store::Store;

use super::{house::OVER_MS, *};
use crate::{
    providers::Fetchers,
    subtitles::Outside,
    testing::{fetching, source, streams},
};

struct Household {
    folder: tempfile::TempDir,
    clock: Clock,
    streams: Arc<Streams>,
    sessions: Sessions,
    store: Store,
    film: Source,
}

async fn house() -> Household {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mkv");
    std::fs::write(&path, b"a film").unwrap();
    let clock = Clock::default();
    let streams = Arc::new(streams(folder.path(), &clock, fetching()).await);
    let fetcher = hearth_fetch::Fetcher::new(fetching()).unwrap();
    let subtitles = SubtitleFiles::new(fetcher, Fetchers::default());
    let store = Store::open(folder.path()).unwrap();
    let sessions = Sessions::start(
        clock.clone(),
        Saving::start(store.clone()),
        streams.clone(),
        Arc::new(Learning::open(store.clone())),
        Arc::new(subtitles),
        Arc::default(),
        Care {
            length: true,
            runner_up: true,
        },
    );
    let rest = Vec::new();
    let film = source(SourceKind::Direct, Location::File { path, rest });
    Household {
        folder,
        clock,
        streams,
        sessions,
        store,
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
            outside: Vec::new(),
            wished_subtitles: Vec::new(),
        };
        let viewing = Viewing {
            start,
            sources: vec![self.film.clone()],
            subtitles: Vec::new(),
            finder: mpsc::channel(1).0,
            more: mpsc::channel(1).1,
            profile: ProfileId::HOUSEHOLD,
            runtime_ms: None,
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

/// A film whose next sources are `others`, on a screen that says it plays.
async fn playing(house: &Household, screen: &ScreenLine, others: &[Source]) -> Prepared {
    let start = Start {
        title_id: house.film.title_id,
        episode_id: None,
        title: Names::default(),
        numbers: None,
        poster: None,
        screen_id: screen.id,
        source: house.film.id,
        next_sources: others.iter().map(|source| source.id).collect(),
        more_to_come: false,
        resume_ms: 0,
        volume: 0,
        outside: Vec::new(),
        wished_subtitles: Vec::new(),
    };
    let mut sources = vec![house.film.clone()];
    sources.extend(others.iter().cloned());
    // A search that goes on: what it ends with would be the list anew.
    let (more, unheard) = mpsc::channel(1);
    std::mem::forget(more);
    let viewing = Viewing {
        start,
        sources,
        subtitles: Vec::new(),
        finder: mpsc::channel(1).0,
        more: unheard,
        profile: ProfileId::HOUSEHOLD,
        runtime_ms: None,
    };
    let prepared = house.sessions.begin(viewing).await.unwrap();
    let session_id = prepared.session_id;
    let sessions = &house.sessions;
    let play = sessions.command(session_id, Command::Play, None, None, None);
    play.await.unwrap().unwrap();
    for report in [
        LoadReport::Prerolled {
            duration_ms: Some(600_000),
        },
        LoadReport::Playing { position_ms: 5_000 },
    ] {
        sessions.report(screen.id, session_id, 1, report).await;
    }
    prepared
}

impl Household {
    fn another(&self, name: &str, there: bool) -> Source {
        let path = self.folder.path().join(name);
        if there {
            std::fs::write(&path, b"a film").unwrap();
        }
        let rest = Vec::new();
        let location = Location::File { path, rest };
        Source {
            id: Source::id_for(self.film.title_id, None, &location),
            location,
            ..self.film.clone()
        }
    }
}

async fn change_of_source(heard: &mut Subscription) -> hearth_model::SourceChange {
    loop {
        let message = heard.live.recv().await.unwrap();
        if let ServerMessage::SourceEvent { change, .. } = &*message {
            return change.clone();
        }
    }
}

/// Another source that was gone as well made people wait once more.
#[tokio::test]
async fn the_runner_up_is_known_to_be_there_before_it_is_needed() {
    let house = house().await;
    let screen = house.screen().await;
    let (gone, there) = (
        house.another("gone.mkv", false),
        house.another("there.mkv", true),
    );
    let prepared = playing(&house, &screen, &[gone.clone(), there.clone()]).await;
    let mut heard = house.sessions.subscribe().await.unwrap();
    // What was seen of it is kept, after the order was changed.
    let known = || {
        house
            .store
            .tries(&[gone.id])
            .unwrap()
            .get(&gone.id)
            .cloned()
    };
    while known().is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(!known().unwrap().good);
    let failure = Failure::new(hearth_model::Slug::SourceGone, "gone");
    let failed = LoadReport::Failed(failure);
    house
        .sessions
        .report(screen.id, prepared.session_id, 1, failed)
        .await;
    let change = change_of_source(&mut heard).await;
    assert_eq!((change.from, change.to), (house.film.id, Some(there.id)));
    house.streams.torrents().stop().await;
}

/// A film without subtitles was said to have some once others were found for it elsewhere.
#[tokio::test]
async fn subtitles_found_elsewhere_are_none_of_the_source() {
    let house = house().await;
    let screen = house.screen().await;
    let session_id = house.begin(screen.id).await.session_id;
    let sessions = &house.sessions;
    let report = |report| sessions.report(screen.id, session_id, 1, report);
    let subtitles = Vec::new();
    report(LoadReport::Inside { subtitles }).await;
    let link = SubtitleLink {
        language: Some("ru".into()),
        url: "http://127.0.0.1/film.srt".into(),
    };
    let elsewhere = Outside {
        find: SubtitleFind::at_link("nobody", link, SubtitleMatch::Id),
        provider: None,
        piece: None,
    };
    let ended = SubtitleSearch::default();
    sessions
        .subtitles_found(session_id, house.film.id, vec![elsewhere], ended)
        .await;
    let duration_ms = Some(600_000);
    report(LoadReport::Prerolled { duration_ms }).await;
    let has_subtitles = loop {
        let tries = house.store.tries(&[house.film.id]).unwrap();
        if let Some(tried) = tries.get(&house.film.id) {
            break tried.has_subtitles;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(has_subtitles, Some(false));
    house.streams.torrents().stop().await;
}

#[tokio::test]
async fn a_film_that_waits_too_long_goes_on_from_the_next_source() {
    let house = house().await;
    let screen = house.screen().await;
    let next = house.another("next.mkv", true);
    let prepared = playing(&house, &screen, std::slice::from_ref(&next)).await;
    let mut heard = house.sessions.subscribe().await.unwrap();
    let waits = LoadReport::Buffering { percent: 0 };
    let sessions = &house.sessions;
    sessions
        .report(screen.id, prepared.session_id, 1, waits)
        .await;
    sessions.screens().await.unwrap();
    house.clock.turn(60_000);
    let change = change_of_source(&mut heard).await;
    assert_eq!(change.to, Some(next.id));
    assert_eq!(change.failure.reason, "starved");
    house.streams.torrents().stop().await;
}
