//! Another source takes over, or nothing does.

use super::*;

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

/// A trailer of a minute brought a film that was to go on at its fortieth back to its first.
#[test]
fn a_source_that_ends_before_the_place_that_is_wanted_does_not_move_it() {
    let minutes = |count: u64| count * 60_000;
    for report in [
        LoadReport::Prerolled {
            duration_ms: Some(minutes(1)),
        },
        LoadReport::Position {
            position_ms: minutes(1),
            duration_ms: Some(minutes(1)),
            buffered_ms: None,
        },
    ] {
        let mut session = started(&["second"]);
        session
            .command(Command::Seek, Some(minutes(40)), None, None, 50)
            .unwrap();
        session.source_ready(1, stream(), None, 100);
        session.report(1, report, 200);
        let effects = session.wrong_length(1, 200);
        assert_eq!(saved(&effects), None);
        assert_eq!(session.position_at(300), minutes(40));
    }
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
