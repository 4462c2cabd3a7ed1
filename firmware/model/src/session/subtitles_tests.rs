//! Which subtitles are shown, through files and sources.

use super::*;

/// The subtitles that the screen was told to show last: `none` for none.
pub(super) fn shown(effects: &[Effect]) -> &str {
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
