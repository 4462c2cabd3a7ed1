//! Subtitles looked for elsewhere.

use super::{subtitles::shown, *};
use crate::ProviderFailure;

fn wishing(languages: &[&str]) -> Session {
    let mut session = started(&["second"]);
    session.wished_subtitles = languages.iter().map(|code| (*code).to_owned()).collect();
    session.source_ready(1, stream(), None, 100);
    session
}

fn plays(session: &mut Session) -> Vec<Effect> {
    session.report(1, LoadReport::Playing { position_ms: 0 }, 1_000)
}

fn asks(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| {
        matches!(effect, Effect::FindSubtitles { source_id } if *source_id == source("first"))
    })
}

fn outside(id: &str, language: &str) -> OutsideTrack {
    OutsideTrack {
        track: subtitles(id, language),
        url: format!("/{id}"),
        piece: None,
    }
}

fn found(count: u32) -> SubtitleSearch {
    SubtitleSearch {
        found: count,
        ..SubtitleSearch::default()
    }
}

#[test]
fn what_is_missing_is_looked_for_once_when_the_film_plays() {
    let mut session = wishing(&["ru", "en"]);
    let inside = vec![subtitles("", "de")];
    session.report(1, LoadReport::Inside { subtitles: inside }, 500);
    assert!(asks(&plays(&mut session)));
    let running = session.room_state(0).subtitle_search;
    assert!(running.is_some_and(|search| search.running));
    session.report(1, LoadReport::Paused { position_ms: 9 }, 2_000);
    assert!(!asks(&plays(&mut session)), "once");
}

#[test]
fn nothing_is_looked_for_unasked_where_something_wished_is_there() {
    let mut forced = subtitles("", "ru");
    forced.forced = true;
    for (wished, inside, beside, looks) in [
        (&["ru"][..], vec![subtitles("", "ru")], vec![], false),
        (&["ru"], vec![], vec![outside("sub_1", "ru")], false),
        (&[], vec![subtitles("", "de")], vec![], false),
        (&["ru"], vec![subtitles("", "de")], vec![], true),
        (&["ru"], vec![forced], vec![], true),
        (&["ru"], vec![], vec![], true),
    ] {
        let mut session = wishing(wished);
        session.outside = beside;
        session.report(
            1,
            LoadReport::Inside {
                subtitles: inside.clone(),
            },
            500,
        );
        assert_eq!(asks(&plays(&mut session)), looks, "{wished:?} {inside:?}");
    }
}

#[test]
fn whether_a_source_has_any_inside_is_known_when_the_screen_told() {
    let mut session = wishing(&[]);
    assert_eq!(session.has_inside(), None);
    let inside = |session: &mut Session, load_id, subtitles| {
        session.report(load_id, LoadReport::Inside { subtitles }, 500);
        session.has_inside()
    };
    assert_eq!(inside(&mut session, 1, vec![]), Some(false));
    session.subtitles_found(source("first"), vec![outside("sub_1", "ru")], found(1), 550);
    assert_eq!(session.has_inside(), Some(false));
    session
        .command(Command::NextSource, None, None, None, 600)
        .unwrap();
    session.source_ready(2, stream(), None, 700);
    assert_eq!(session.has_inside(), None, "of another one");
    let track = subtitles("", "de");
    assert_eq!(inside(&mut session, 2, vec![track]), Some(true));
}

#[test]
fn what_is_found_is_offered_here_and_to_everybody() {
    let mut session = playing(&["second"]);
    let effects = session.find_subtitles(2_000).unwrap();
    assert!(asks(&effects));
    assert_eq!(session.find_subtitles(2_100), Ok(vec![]), "it runs already");

    let all = vec![outside("sub_2", "ru"), outside("sub_1", "en")];
    let effects = session.subtitles_found(source("first"), all.clone(), found(2), 3_000);
    let told = effects.iter().any(|effect| {
        matches!(effect, Effect::ToScreen(ScreenCommand::Outside { outside, .. }) if *outside == all)
    });
    assert!(told, "{effects:?}");
    let room = session.room_state(0);
    assert_eq!(room.subtitle_search, Some(found(2)));
    let ids: Vec<_> = room.subtitles.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, ["sub_2", "sub_1"]);
    let effects = session.choose_subtitles(Some("sub_2"), 3_100).unwrap();
    assert_eq!(shown(&effects), "sub_2");
    assert!(asks(&session.find_subtitles(3_200).unwrap()), "once more");

    // Another source: what was found stays, and how the search for the old one ends is no news.
    session
        .command(Command::NextSource, None, None, None, 3_300)
        .unwrap();
    assert_eq!(session.room_state(0).subtitle_search, None);
    session.subtitles_found(source("first"), all, found(2), 3_400);
    assert_eq!(session.room_state(0).subtitle_search, None);
    let effects = session.source_ready(2, stream(), None, 3_500);
    assert_eq!(shown(&effects), "sub_2");
}

#[test]
fn those_that_cannot_be_had_are_given_up_with_the_reason() {
    let mut session = playing(&[]);
    let failed = ProviderFailure {
        provider: "opensubtitles".into(),
        failure: Failure::new(Slug::ServiceSlow, "no answer"),
    };
    let search = SubtitleSearch {
        failed: vec![failed],
        ..found(1)
    };
    let all = vec![outside("sub_1", "en")];
    session.subtitles_found(source("first"), all, search, 2_000);
    session.choose_subtitles(Some("sub_1"), 2_100).unwrap();
    let gone = Failure::new(Slug::SubtitlesQuota, "no more");
    let effects = session.subtitles_failed("sub_1", gone.clone(), 2_200);
    assert_eq!(shown(&effects), "none");
    assert_eq!(session.room_state(0).shown_subtitles, None);
    let says = |effects: &[Effect]| {
        effects.iter().any(|effect| {
            matches!(effect, Effect::Announce(ServerMessage::SubtitlesFailed { failure, .. })
                if *failure == gone)
        })
    };
    assert!(says(&effects));
    // Somebody chose others meanwhile.
    let effects = session.subtitles_failed("sub_1", gone.clone(), 2_300);
    assert!(says(&effects) && effects.len() == 1, "{effects:?}");

    // The next search forgets who failed in the last one.
    session.find_subtitles(2_400).unwrap();
    let search = session.room_state(0).subtitle_search.unwrap();
    assert!(search.running && search.failed.is_empty(), "{search:?}");
}

/// Films in several files were left without: what others made counts from the beginning of one.
#[test]
fn what_is_made_for_the_whole_film_serves_every_file_of_it() {
    let mut session = started(&[]);
    session.wished_subtitles = vec!["ru".into()];
    session.source_ready(1, stream(), Piece::at(60_000, &FILES_MS), 0);
    assert!(asks(&plays(&mut session)));
    let offered = |effects: &[Effect]| -> Vec<String> {
        let told = effects.iter().find_map(|effect| match effect {
            Effect::ToScreen(
                ScreenCommand::Outside { outside, .. } | ScreenCommand::Load { outside, .. },
            ) => Some(outside),
            _ => None,
        });
        told.unwrap().iter().map(|one| one.url.clone()).collect()
    };
    let of_file = |id: &str, piece| OutsideTrack {
        piece: Some(piece),
        ..outside(id, "en")
    };
    let whole = OutsideTrack {
        url: "/sub_w?ticket=1".into(),
        ..outside("sub_w", "ru")
    };
    let all = vec![whole, of_file("sub_0", 0), of_file("sub_1", 1)];
    let effects = session.subtitles_found(source("first"), all, found(1), 1_100);
    assert_eq!(offered(&effects), ["/sub_w?ticket=1", "/sub_0"]);
    session.choose_subtitles(Some("sub_w"), 1_200).unwrap();

    let from_ms = Piece::at(250_000, &FILES_MS).unwrap().from_ms;
    session
        .command(Command::Seek, Some(250_000), None, None, 1_300)
        .unwrap();
    let effects = session.source_ready(2, stream(), Piece::at(250_000, &FILES_MS), 1_400);
    let later = format!("/sub_w?ticket=1&from_ms={from_ms}");
    assert_eq!(offered(&effects), [later.as_str(), "/sub_1"]);
    assert_eq!(shown(&effects), "sub_w");
}

#[test]
fn nobody_is_asked_after_the_end() {
    let mut session = playing(&[]);
    session.report(1, LoadReport::Ended, 600_000);
    assert_eq!(session.find_subtitles(600_100), Err(Refusal::NothingPlays));
}
