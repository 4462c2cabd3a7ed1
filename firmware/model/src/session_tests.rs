//! The session as a story.

#[path = "session/sequences_tests.rs"]
mod sequences;

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

fn learnt(effects: &[Effect]) -> Vec<Outcome> {
    let outcome = |effect: &Effect| match effect {
        Effect::Learn { outcome, .. } => Some(*outcome),
        _ => None,
    };
    effects.iter().filter_map(outcome).collect()
}

#[test]
fn a_film_that_waits_too_long_goes_on_from_another_source() {
    let mut session = playing(&["second"]);
    session.report(1, LoadReport::Buffering { percent: 0 }, 5_000);
    let left_ms = session.position_at(5_000);
    session.report(1, LoadReport::Buffering { percent: 40 }, 20_000);
    assert!(session.tick(5_000 + STARVED_AFTER_MS - 1).is_empty());
    let effects = session.tick(5_000 + STARVED_AFTER_MS);
    assert_eq!(learnt(&effects), [Outcome::Starved]);
    assert_eq!(session.source(), source("second"));
    assert_eq!(session.last_failure().unwrap().reason, "starved");
    assert_eq!(session.position_at(99_000), left_ms);
    assert!(session.tick(999_000).is_empty(), "it is being opened");
}

#[test]
fn a_film_that_waits_stays_where_there_is_no_other_source_or_nobody_waits() {
    let mut alone = playing(&[]);
    alone.report(1, LoadReport::Buffering { percent: 0 }, 5_000);
    assert!(alone.tick(500_000).is_empty());
    let mut paused = playing(&["second"]);
    paused.report(1, LoadReport::Buffering { percent: 0 }, 5_000);
    paused
        .command(Command::Pause, None, None, None, 6_000)
        .unwrap();
    assert!(paused.tick(500_000).is_empty());
    let mut away = playing(&["second"]);
    away.screen_lost(5_000);
    assert!(away.tick(500_000).is_empty(), "its screen is gone");
}

#[test]
fn a_screen_that_shows_nothing_of_a_source_gets_another() {
    let mut session = started(&["second"]);
    session.source_ready(1, stream(), None, 100);
    assert!(session.tick(100 + SHOWN_WITHIN_MS - 1).is_empty());
    assert_eq!(
        learnt(&session.tick(100 + SHOWN_WITHIN_MS)),
        [Outcome::Starved]
    );
    assert_eq!(session.source(), source("second"));
}

#[test]
fn a_source_of_the_wrong_length_gives_way_at_the_same_position_where_there_is_another() {
    let mut session = playing(&["second"]);
    let at_ms = session.position_at(3_000);
    assert!(session.wrong_length(7, 3_000).is_empty(), "of another load");
    let effects = session.wrong_length(1, 3_000);
    assert_eq!(learnt(&effects), [Outcome::Failed]);
    assert_eq!(saved(&effects), None, "it was another film's progress");
    assert_eq!(session.last_failure().unwrap().reason, "wrong-length");
    assert_eq!(session.position_at(9_000), at_ms);
    session.source_ready(2, stream(), None, 9_000);
    assert!(
        session.wrong_length(2, 9_500).is_empty(),
        "the last one plays on"
    );
    assert_eq!(session.phase(), Phase::Loading);
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
fn a_runner_up_that_does_not_answer_comes_last() {
    let mut session = playing(&["second", "third", "fourth"]);
    session.put_last(source("second"));
    assert_eq!(session.next_source(), Some(source("third")));
    session.put_last(source("fourth"));
    session.put_last(source("unheard-of"));
    assert_eq!(
        session.next_sources,
        [source("third"), source("second"), source("fourth")]
    );
}

#[test]
fn a_failed_source_gives_way_at_the_same_position() {
    let mut session = playing(&["second"]);
    let failure = Failure::new(Slug::Starved, "No bytes for 8 s");
    let effects = session.report(1, LoadReport::Failed(failure), 11_000);
    assert!(prepares(&effects, 2, "second"));
    assert_eq!(saved(&effects), Some(70_000));
    let effects = session.source_ready(2, stream(), None, 15_000);
    assert!(matches!(
        effects[0],
        Effect::ToScreen(ScreenCommand::Load {
            load_id: 2,
            paused: false,
            start_ms: 70_000,
            ..
        })
    ));
    assert!(
        session.report(1, LoadReport::Ended, 16_000).is_empty(),
        "the old load's last word"
    );
}

#[test]
fn without_another_source_the_session_fails_and_keeps_the_reason() {
    let mut session = playing(&[]);
    session.report(
        1,
        LoadReport::Failed(Failure::new(Slug::SourceGone, "404")),
        2_000,
    );
    assert_eq!(session.phase(), Phase::Failed);
    assert_eq!(session.last_failure().unwrap().reason, "source-gone");
    assert_eq!(
        session.command(Command::Play, None, None, None, 3_000),
        Err(Refusal::NothingPlays)
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

#[test]
fn abuse_22_a_screen_that_died_twice_gets_the_next_source() {
    let mut session = playing(&["second"]);
    session.screen_lost(5_000);
    let effects = session.screen_back(false, 6_000);
    assert!(matches!(
        effects[0],
        Effect::ToScreen(ScreenCommand::Load {
            start_ms: 64_000,
            paused: false,
            ..
        })
    ));
    session.screen_lost(7_000);
    let effects = session.screen_back(false, 8_000);
    assert!(prepares(&effects, 3, "second"));
}

/// A TV over http:// is cut off whenever its token ends, and a line can break at any time: it
/// plays on and takes its load up again. Two of these were taken for two deaths.
#[test]
fn a_screen_that_comes_back_with_its_load_did_not_die() {
    let mut session = playing(&["second"]);
    let mut now = 5_000;
    for load_id in 2..5 {
        session.screen_lost(now);
        let effects = session.screen_back(true, now + 500);
        assert!(
            matches!(effects[..], [Effect::ToScreen(ScreenCommand::Load { load_id: new, .. })] if new == load_id),
            "{effects:?}"
        );
        let position_ms = session.position_at(now);
        session.report(
            load_id,
            LoadReport::Prerolled {
                duration_ms: Some(600_000),
            },
            now + 600,
        );
        session.report(load_id, LoadReport::Playing { position_ms }, now + 700);
        now += 60_000;
    }
    assert_eq!(session.source(), source("first"));
    assert_eq!(session.phase(), Phase::Playing);
}

#[test]
fn a_death_long_ago_is_not_held_against_the_source() {
    let mut session = playing(&["second"]);
    session.screen_lost(5_000);
    session.screen_back(false, 6_000);
    session.report(
        2,
        LoadReport::Playing {
            position_ms: 64_000,
        },
        7_000,
    );
    let report = LoadReport::Position {
        position_ms: 64_000 + STEADY_MS,
        duration_ms: None,
        buffered_ms: None,
    };
    session.report(2, report, 7_000 + STEADY_MS);
    session.screen_lost(8_000 + STEADY_MS);
    session.screen_back(false, 9_000 + STEADY_MS);
    assert_eq!(session.source(), source("first"), "its first for a while");
    session.screen_lost(10_000 + STEADY_MS);
    session.screen_back(false, 11_000 + STEADY_MS);
    assert_eq!(session.source(), source("second"));
}

fn at(position_ms: u64) -> LoadReport {
    LoadReport::Position {
        position_ms,
        duration_ms: Some(600_000),
        buffered_ms: None,
    }
}

/// A truncated file ended the film as watched, at its full length.
#[test]
fn a_source_that_ends_before_the_film_gives_way_there() {
    let mut session = playing(&["second"]);
    session.report(1, at(300_000), 2_000);
    let effects = session.report(1, LoadReport::Ended, 2_500);
    assert!(prepares(&effects, 2, "second"));
    assert!(effects.contains(&Effect::Learn {
        source_id: source("first"),
        outcome: Outcome::Failed
    }));
    assert_eq!(session.last_failure().unwrap().reason, "cut-short");
    let unfinished = |effect: &Effect| {
        matches!(
            effect,
            Effect::SaveProgress {
                position_ms: 300_500,
                finished: false,
                ..
            }
        )
    };
    assert!(effects.iter().any(unfinished), "{effects:?}");
    session.report(2, LoadReport::Ended, 3_000);
    assert_eq!(session.phase(), Phase::Preparing);
}

#[test]
fn an_end_at_the_credits_is_the_end() {
    for position_ms in [575_000, 599_900, 600_000] {
        let mut session = playing(&["second"]);
        session.report(1, at(position_ms), 2_000);
        let effects = session.report(1, LoadReport::Ended, 2_000);
        assert_eq!(session.phase(), Phase::Ended, "at {position_ms}");
        assert!(effects.contains(&Effect::SaveProgress {
            position_ms: 600_000,
            duration_ms: 600_000,
            finished: true
        }));
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

#[test]
fn a_seek_away_from_the_end_outlives_the_end() {
    let mut session = playing(&["second"]);
    session.report(1, at(599_900), 4_000);
    session
        .command(Command::Seek, Some(100_000), None, None, 4_050)
        .unwrap();
    assert!(session.report(1, LoadReport::Ended, 4_100).is_empty());
    session.report(1, at(100_000), 5_000);
    assert_eq!(session.phase(), Phase::Playing);
    // A seek past the cut of a truncated file has no end to come from.
    session
        .command(Command::Seek, Some(400_000), None, None, 6_000)
        .unwrap();
    session.report(1, LoadReport::Ended, 6_100);
    assert_eq!(session.last_failure().unwrap().reason, "cut-short");
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

#[test]
fn while_the_search_runs_a_failed_source_waits_for_the_next() {
    let mut session = playing(&[]);
    session.sources_found(vec![source("first")], true, 1_500);
    let effects = session.report(
        1,
        LoadReport::Failed(Failure::new(Slug::Starved, "")),
        2_000,
    );
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Announce(ServerMessage::SourceEvent { .. }))),
        "nothing is decided: {effects:?}"
    );
    assert_eq!(session.phase(), Phase::Preparing);
    let effects = session.sources_found(vec![source("second"), source("first")], true, 3_000);
    assert!(prepares(&effects, 2, "second"));
    assert_eq!(session.last_failure().unwrap().reason, "starved");
    session.source_failed(2, Failure::new(Slug::NoPeers, ""), 4_000);
    assert_eq!(session.phase(), Phase::Preparing, "it waits again");
    session.sources_found(vec![source("second"), source("first")], false, 5_000);
    assert_eq!(session.phase(), Phase::Failed, "both were tried");
    assert_eq!(session.last_failure().unwrap().reason, "no-peers");
}

/// The failed source, said to be open after all, was loaded once more under the number of the next.
#[test]
fn while_it_waits_for_a_source_nothing_is_loaded() {
    let mut session = playing(&[]);
    session.sources_found(Vec::new(), true, 1_500);
    session
        .command(Command::NextSource, None, None, None, 2_000)
        .unwrap();
    assert!(session.source_ready(2, stream(), None, 2_100).is_empty());
    assert!(
        session
            .source_failed(2, Failure::new(Slug::SourceGone, ""), 2_200)
            .is_empty()
    );
    let effects = session.sources_found(vec![source("second")], false, 3_000);
    assert!(prepares(&effects, 2, "second"));
    assert_eq!(session.source_ready(2, stream(), None, 3_100).len(), 2);
}

/// The source of an ended film is closed; once more opens it anew.
#[test]
fn an_ended_film_lets_its_source_go_and_opens_it_once_more() {
    for (command, position_ms) in [(Command::Play, None), (Command::Seek, Some(0))] {
        let mut session = playing(&[]);
        session.report(1, at(600_000), 2_000);
        session.report(1, LoadReport::Ended, 2_000);
        assert_eq!(session.stream(), None);
        let effects = session
            .command(command, position_ms, None, None, 3_000)
            .unwrap();
        assert!(prepares(&effects, 2, "first"));
        let effects = session.source_ready(2, stream(), None, 3_500);
        assert!(matches!(
            effects[0],
            Effect::ToScreen(ScreenCommand::Load { start_ms: 0, .. })
        ));
    }
}

/// Three files that are one film of ten minutes.
const FILES_MS: [u64; 3] = [200_000, 250_000, 150_000];

/// Opens what the effects ask for, and plays it: its load and where in the film it begins.
fn open(session: &mut Session, effects: &[Effect], now: ServerMs) -> (LoadId, u64) {
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::PrepareSource {
            load_id,
            position_ms,
            ..
        } => Some((*load_id, *position_ms)),
        _ => None,
    });
    let (load_id, position_ms) = asked.expect("something is to be opened");
    let piece = Piece::at(position_ms, &FILES_MS);
    let effects = session.source_ready(load_id, stream(), piece, now);
    let loaded = effects.iter().find_map(|effect| match effect {
        Effect::ToScreen(ScreenCommand::Load {
            start_ms,
            piece: told,
            paused: false,
            ..
        }) => Some((*start_ms, *told)),
        _ => None,
    });
    let (start_ms, told) = loaded.expect("it goes on by itself");
    assert_eq!(told, piece);
    for report in [
        LoadReport::Prerolled { duration_ms: None },
        LoadReport::Playing {
            position_ms: start_ms,
        },
    ] {
        session.report(load_id, report, now);
    }
    (load_id, start_ms)
}

#[test]
fn a_film_in_several_files_goes_on_from_one_to_the_next_and_ends_with_the_last() {
    let mut session = started(&[]);
    session.command(Command::Play, None, None, None, 0).unwrap();
    let begun = [session.prepare()];
    let (load_id, start_ms) = open(&mut session, &begun, 0);
    assert_eq!((load_id, start_ms), (1, 60_000));
    assert_eq!(session.room_state(0).duration_ms, Some(600_000));
    // The first file ends: the second begins where the first ended, and nothing is finished.
    session.report(1, position(199_500), 139_500);
    let effects = session.report(1, LoadReport::Ended, 140_000);
    assert!(
        !effects
            .iter()
            .any(|one| matches!(one, Effect::SaveProgress { finished: true, .. }))
    );
    let (load_id, start_ms) = open(&mut session, &effects, 141_000);
    assert_eq!((load_id, start_ms), (2, 200_000));
    session.report(2, position(230_000), 171_000);
    assert_eq!(session.position_at(172_000), 231_000);
    // A seek within the file is the screen's; one beyond it opens another.
    let near = session
        .command(Command::Seek, Some(440_000), None, None, 173_000)
        .unwrap();
    assert!(near.contains(&Effect::ToScreen(ScreenCommand::Seek {
        load_id: 2,
        position_ms: 440_000
    })));
    let far = session
        .command(Command::Seek, Some(30_000), None, None, 174_000)
        .unwrap();
    assert_eq!(saved(&far), Some(30_000));
    assert_eq!(open(&mut session, &far, 175_000), (3, 30_000));
    // Somebody seeks while a file is being opened: the right one is opened then.
    let effects = session
        .command(Command::Seek, Some(300_000), None, None, 176_000)
        .unwrap();
    session
        .command(Command::Seek, Some(590_000), None, None, 176_100)
        .unwrap();
    assert!(prepares(&effects, 4, "first"));
    let effects = session.source_ready(4, stream(), Piece::at(300_000, &FILES_MS), 177_000);
    assert_eq!(open(&mut session, &effects, 178_000), (5, 590_000));
    session.report(5, position(599_000), 187_000);
    let effects = session.report(5, LoadReport::Ended, 188_000);
    assert_eq!(session.phase(), Phase::Ended);
    assert!(effects.contains(&Effect::SaveProgress {
        position_ms: 600_000,
        duration_ms: 600_000,
        finished: true,
    }));
    // Once more means from the first file.
    let effects = session
        .command(Command::Play, None, None, None, 190_000)
        .unwrap();
    assert_eq!(open(&mut session, &effects, 191_000), (6, 0));
    // One that breaks off gives way, also in the middle of the film.
    session.report(6, position(100_000), 291_000);
    session.report(6, LoadReport::Ended, 291_500);
    assert_eq!(session.phase(), Phase::Failed);
    assert_eq!(session.last_failure().unwrap().reason, "cut-short");
}

fn position(position_ms: u64) -> LoadReport {
    LoadReport::Position {
        position_ms,
        duration_ms: None,
        buffered_ms: None,
    }
}

fn subtitles(id: &str, language: &str) -> SubtitleTrack {
    SubtitleTrack {
        id: id.into(),
        language: Some(language.into()),
        ..SubtitleTrack::default()
    }
}

/// The subtitles that the screen was told to show last: `none` for none.
fn shown(effects: &[Effect]) -> &str {
    let told = effects.iter().rev().find_map(|effect| match effect {
        Effect::ToScreen(
            ScreenCommand::Subtitles { subtitles, .. } | ScreenCommand::Load { subtitles, .. },
        ) => Some(subtitles.as_deref().unwrap_or("none")),
        _ => None,
    });
    told.expect("the screen is told of subtitles")
}

#[test]
fn chosen_subtitles_are_shown_in_every_source_that_has_them() {
    let mut session = playing(&["second", "third"]);
    session.outside = vec![OutsideTrack {
        track: subtitles("sub_1", "ru"),
        url: "/api/v1/player/subtitles?ticket=1".into(),
        piece: None,
    }];
    let inside = vec![subtitles("", "en"), subtitles("", "de")];
    session.report(1, LoadReport::Inside { subtitles: inside }, 1_000);
    let ids = |session: &Session| -> Vec<String> {
        let room = session.room_state(0);
        room.subtitles.into_iter().map(|one| one.id).collect()
    };
    assert_eq!(ids(&session), ["inside-0", "inside-1", "sub_1"]);
    assert_eq!(session.room_state(0).shown_subtitles, None);

    // One in a file of its own stays through a change of source.
    let effects = session.choose_subtitles(Some("sub_1"), 1_100).unwrap();
    assert_eq!(shown(&effects), "sub_1");
    session
        .command(Command::NextSource, None, None, None, 1_200)
        .unwrap();
    let effects = session.source_ready(2, stream(), None, 1_300);
    assert_eq!(shown(&effects), "sub_1");
    assert_eq!(
        ids(&session),
        ["sub_1"],
        "what the new one has is not known yet"
    );

    // One inside is looked for in the next source by its language.
    let inside = vec![subtitles("", "en")];
    session.report(2, LoadReport::Inside { subtitles: inside }, 1_400);
    session.choose_subtitles(Some("inside-0"), 1_500).unwrap();
    session
        .command(Command::NextSource, None, None, None, 1_600)
        .unwrap();
    let effects = session.source_ready(3, stream(), None, 1_700);
    assert_eq!(shown(&effects), "none");
    let inside = vec![subtitles("", "fr"), subtitles("", "en")];
    let effects = session.report(3, LoadReport::Inside { subtitles: inside }, 1_800);
    assert_eq!(shown(&effects), "inside-1");
    assert_eq!(
        session.room_state(0).shown_subtitles.as_deref(),
        Some("inside-1")
    );

    let unknown = session.choose_subtitles(Some("inside-7"), 1_900);
    assert_eq!(unknown, Err(Refusal::NoSuchSubtitles));
    let effects = session.choose_subtitles(None, 2_000).unwrap();
    assert_eq!(shown(&effects), "none");
    assert_eq!(session.room_state(0).shown_subtitles, None);
}

/// The lines of the second file count from its own beginning.
#[test]
fn each_file_of_a_film_has_its_own_subtitles() {
    let mut session = started(&[]);
    let of_file = |piece: u32| OutsideTrack {
        track: subtitles(&format!("sub_{piece}"), "ru"),
        url: String::new(),
        piece: Some(piece),
    };
    session.outside = vec![of_file(0), of_file(1)];
    let effects = session.source_ready(1, stream(), Piece::at(60_000, &FILES_MS), 0);
    assert_eq!(shown(&effects), "none");
    session.choose_subtitles(Some("sub_0"), 10).unwrap();
    let unknown = session.choose_subtitles(Some("sub_1"), 20);
    assert_eq!(unknown, Err(Refusal::NoSuchSubtitles));
    let effects = session
        .command(Command::Seek, Some(250_000), None, None, 30)
        .unwrap();
    assert!(prepares(&effects, 2, "first"));
    let effects = session.source_ready(2, stream(), Piece::at(250_000, &FILES_MS), 40);
    assert_eq!(shown(&effects), "sub_1");
}
