//! Where a file ends, and the film with the last of them.

use super::*;

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
