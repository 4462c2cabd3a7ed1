//! The session as a story.

#[path = "session/changing_tests.rs"]
mod changing;
#[path = "session/ends_tests.rs"]
mod ends;
#[path = "session/finding_tests.rs"]
mod finding;
#[path = "session/sequences_tests.rs"]
mod sequences;
#[path = "session/subtitles_tests.rs"]
mod subtitles;

use super::{
    changing::{SHOWN_WITHIN_MS, STARVED_AFTER_MS},
    *,
};

fn source(name: &str) -> SourceId {
    SourceId::from_name(name)
}

fn stream() -> Stream {
    Stream {
        url: "http://127.0.0.1/x".into(),
        mime: "video/mp4".into(),
        expires_at: 0,
    }
}

fn started(next: &[&str]) -> Session {
    let start = Start {
        title_id: TitleId::from_name("film"),
        episode_id: None,
        title: Names {
            en: Some("Film".into()),
            ..Names::default()
        },
        numbers: None,
        poster: None,
        screen_id: ScreenId::from_name("tv"),
        source: source("first"),
        next_sources: next.iter().map(|name| source(name)).collect(),
        more_to_come: false,
        resume_ms: 60_000,
        volume: 80,
        outside: Vec::new(),
        wished_subtitles: Vec::new(),
    };
    Session::start(start, 0).0
}

/// A session that plays since `now` = 1000, from 60 s of 600.
fn playing(next: &[&str]) -> Session {
    let mut session = started(next);
    session.source_ready(1, stream(), None, 100);
    session
        .command(Command::Play, None, None, None, 200)
        .unwrap();
    session.report(
        1,
        LoadReport::Prerolled {
            duration_ms: Some(600_000),
        },
        900,
    );
    session.report(
        1,
        LoadReport::Playing {
            position_ms: 60_000,
        },
        1_000,
    );
    session
}

fn subtitles(id: &str, language: &str) -> SubtitleTrack {
    SubtitleTrack {
        id: id.into(),
        language: Some(language.into()),
        ..SubtitleTrack::default()
    }
}

fn saved(effects: &[Effect]) -> Option<u64> {
    effects.iter().find_map(|effect| match effect {
        Effect::SaveProgress { position_ms, .. } => Some(*position_ms),
        _ => None,
    })
}

fn prepares(effects: &[Effect], load: LoadId, name: &str) -> bool {
    effects.iter().any(|effect| {
        matches!(effect, Effect::PrepareSource { load_id, source_id, .. }
            if (*load_id, *source_id) == (load, source(name)))
    })
}

fn learnt(effects: &[Effect]) -> Vec<Outcome> {
    let outcome = |effect: &Effect| match effect {
        Effect::Learn { outcome, .. } => Some(*outcome),
        _ => None,
    };
    effects.iter().filter_map(outcome).collect()
}

fn at(position_ms: u64) -> LoadReport {
    LoadReport::Position {
        position_ms,
        duration_ms: Some(600_000),
        buffered_ms: None,
    }
}

/// Three files that are one film of ten minutes.
const FILES_MS: [u64; 3] = [200_000, 250_000, 150_000];

#[test]
fn play_before_the_source_is_open_starts_it_when_it_is() {
    let mut session = started(&[]);
    assert_eq!(
        session.command(Command::Play, None, None, None, 10),
        Ok(vec![])
    );
    let effects = session.source_ready(1, stream(), None, 20);
    assert!(matches!(
        effects[0],
        Effect::ToScreen(ScreenCommand::Load {
            paused: false,
            start_ms: 60_000,
            ..
        })
    ));
}

#[test]
fn the_state_is_what_the_screen_reports_not_what_was_asked() {
    let mut session = playing(&[]);
    session
        .command(Command::Pause, None, None, None, 3_000)
        .unwrap();
    assert_eq!(session.phase(), Phase::Playing);
    session.report(
        1,
        LoadReport::Paused {
            position_ms: 62_000,
        },
        3_050,
    );
    assert_eq!(session.phase(), Phase::Paused);
    assert_eq!(session.position_at(99_000), 62_000);
}

#[test]
fn how_a_source_starts_and_keeps_up_is_learnt() {
    let mut session = started(&[]);
    session.source_ready(1, stream(), None, 100);
    let prerolled = LoadReport::Prerolled {
        duration_ms: Some(600_000),
    };
    let effects = session.report(1, prerolled.clone(), 2_500);
    assert_eq!(learnt(&effects), [Outcome::Started { after_ms: 2_500 }]);
    assert_eq!(learnt(&session.report(1, prerolled, 2_600)), [], "once");
    session.report(1, LoadReport::Playing { position_ms: 0 }, 3_000);
    session.report(1, LoadReport::Buffering { percent: 0 }, 43_000);
    session.report(
        1,
        LoadReport::Playing {
            position_ms: 40_000,
        },
        53_000,
    );
    let position = |position_ms| LoadReport::Position {
        position_ms,
        duration_ms: None,
        buffered_ms: None,
    };
    let effects = session.report(1, position(50_000), 63_000);
    assert_eq!(
        learnt(&effects),
        [Outcome::Played {
            played_ms: 50_000,
            waited_ms: 10_000
        }]
    );
    // A seek makes every source wait.
    session
        .command(Command::Seek, Some(300_000), None, None, 63_000)
        .unwrap();
    session.report(1, LoadReport::Buffering { percent: 0 }, 63_100);
    session.report(
        1,
        LoadReport::Playing {
            position_ms: 300_000,
        },
        68_000,
    );
    let effects = session.report(1, position(360_000), 128_000);
    assert_eq!(
        learnt(&effects),
        [Outcome::Played {
            played_ms: 60_100,
            waited_ms: 0
        }]
    );
}

#[test]
fn a_stale_seek_is_refused() {
    let mut session = playing(&[]);
    let rev = session.rev();
    session
        .command(Command::Seek, Some(1_000), None, Some(rev), 2_000)
        .unwrap();
    let stale = session.command(Command::Seek, Some(2_000), None, Some(rev), 2_100);
    assert_eq!(stale, Err(Refusal::StaleRevision));
}

#[test]
fn progress_is_saved_within_ten_seconds_of_film() {
    let mut session = playing(&[]);
    let mut last_saved = 60_000;
    for second in 1..=60 {
        let position_ms = 60_000 + second * 1_000;
        let report = LoadReport::Position {
            position_ms,
            duration_ms: Some(600_000),
            buffered_ms: None,
        };
        if let Some(position) = saved(&session.report(1, report, 1_000 + second * 1_000)) {
            last_saved = position;
        }
        assert!(position_ms - last_saved < 10_000);
    }
}

/// A position sent before the screen took the seek threw every remote's bar back.
#[test]
fn a_word_from_before_the_seek_does_not_move_it_back() {
    let mut session = playing(&[]);
    session.report(1, at(63_000), 4_000);
    session
        .command(Command::Seek, Some(300_000), None, None, 4_100)
        .unwrap();
    let effects = session.report(1, at(63_500), 4_500);
    assert_eq!(saved(&effects), None);
    assert!((300_000..301_000).contains(&session.position_at(4_500)));
    session.report(
        1,
        LoadReport::Playing {
            position_ms: 63_600,
        },
        4_600,
    );
    assert!((300_000..301_000).contains(&session.position_at(4_600)));
    session.report(1, at(300_000), 6_000);
    assert_eq!(session.position_at(6_000), 300_000, "it has landed");
    session.report(1, at(200_000), 7_000);
    assert_eq!(
        session.position_at(7_000),
        200_000,
        "the screen's word again"
    );
}

#[test]
fn a_seek_that_never_lands_is_forgotten() {
    let mut session = playing(&[]);
    session
        .command(Command::Seek, Some(300_000), None, None, 4_000)
        .unwrap();
    session.report(1, at(64_000), 5_000);
    session.report(1, at(73_000), 4_000 + SEEK_LANDS_WITHIN_MS);
    assert_eq!(session.position_at(4_000 + SEEK_LANDS_WITHIN_MS), 73_000);
}

/// Corrections too small to tell, all to one side, took the remotes ever further off.
#[test]
fn small_steps_that_add_up_are_told() {
    let mut session = playing(&[]);
    let synced = |effects: &[Effect]| {
        let sync =
            |effect: &Effect| matches!(effect, Effect::Announce(ServerMessage::StateSync { .. }));
        effects.iter().any(sync)
    };
    session.report(1, at(61_000), 2_000);
    session
        .command(Command::Seek, Some(61_000), None, None, 2_000)
        .unwrap();
    session.report(1, at(61_000), 2_000);
    assert!(!synced(&session.report(1, at(61_400), 2_100)), "300 ms off");
    assert!(synced(&session.report(1, at(61_800), 2_200)), "600 ms off");
}

/// A screen that said twice that it plays moved the film for itself alone.
#[test]
fn playing_from_elsewhere_is_told_to_everybody() {
    let mut session = playing(&[]);
    let effects = session.report(1, LoadReport::Playing { position_ms: 0 }, 2_000);
    let told = |effect: &Effect| {
        matches!(
            effect,
            Effect::Announce(ServerMessage::StateSync { position_ms: 0, .. })
        )
    };
    assert!(effects.iter().any(told), "{effects:?}");
}
