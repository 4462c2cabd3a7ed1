//! The line of the sheet that looks for subtitles elsewhere.

use hearth_model::{ProviderFailure, RoomState, SubtitleSearch};

use super::*;

fn outside(id: &str) -> OutsideTrack {
    OutsideTrack {
        track: SubtitleTrack {
            id: id.into(),
            ..SubtitleTrack::default()
        },
        url: format!("/{id}"),
        piece: None,
    }
}

fn offer(tv: &mut Tv, ids: &[&str]) {
    tv.order(ScreenCommand::Outside {
        load_id: 1,
        outside: ids.iter().map(|id| outside(id)).collect(),
    });
}

/// The session as the daemon tells of it.
fn tell(tv: &mut Tv, search: SubtitleSearch) {
    let title_id = tv.house.titles[0].id;
    let room: RoomState = serde_json::from_value(json!({
        "room_id": session(), "rev": 1, "title_id": title_id, "title": {}, "screen_id": screen(),
        "phase": "playing", "playing": true, "position_ms": 0, "server_ms": 0, "rate": 1.0,
        "volume": 80, "subtitle_search": search,
    }))
    .unwrap();
    tv.take(Intent::Live(ServerMessage::RoomState(room)));
}

fn running() -> SubtitleSearch {
    SubtitleSearch {
        running: true,
        ..SubtitleSearch::default()
    }
}

fn asks(tv: &mut Tv) -> usize {
    let sent = tv.sent();
    let asks = sent.iter().filter(|message| {
        matches!(message, ClientMessage::FindSubtitles { session_id, .. }
            if *session_id == session())
    });
    asks.count()
}

fn focused(tv: &Tv) -> Option<usize> {
    match &tv.model.playback.as_ref().unwrap().panel {
        Some(Panel::Tracks {
            subtitles: true,
            at,
        }) => Some(*at),
        _ => None,
    }
}

fn notice(tv: &Tv) -> Option<&str> {
    let notice = tv.model.playback.as_ref().unwrap().notice.as_ref();
    notice.map(|(sentence, _)| sentence.as_str())
}

/// A film without subtitles plays, and its sheet is open at the line that looks for some.
fn looking() -> Tv {
    let mut tv = Tv::new(House::furnished());
    tv.playing(0);
    tv.press("Down Right Down");
    assert_eq!(focused(&tv), Some(1), "behind the line that says off");
    tv.effects.clear();
    tv
}

#[test]
fn more_subtitles_are_looked_for_and_the_focus_goes_to_the_first() {
    let mut tv = looking();
    tv.press("Ok");
    assert_eq!(asks(&mut tv), 1);
    tell(&mut tv, running());
    tv.press("Ok");
    assert_eq!(asks(&mut tv), 0, "it runs");
    offer(&mut tv, &["a", "b"]);
    assert_eq!(focused(&tv), Some(1), "the best of them");
    // More come, and stand before: what had the focus keeps it.
    offer(&mut tv, &["c", "a", "b"]);
    assert_eq!(focused(&tv), Some(2));
    let found = SubtitleSearch {
        found: 3,
        ..SubtitleSearch::default()
    };
    tell(&mut tv, found);
    assert_eq!(notice(&tv), None);
    tv.press("Ok");
    let chosen = tv.sent().iter().any(|message| {
        matches!(message, ClientMessage::Subtitles { subtitles: Some(id), .. } if id == "a")
    });
    assert!(chosen);
    // What is shown stays so under another number.
    offer(&mut tv, &["d", "c", "a", "b"]);
    let tracks = &tv.model.playback.as_ref().unwrap().tracks;
    assert_eq!(tracks.subtitles_at, Some(2));
}

#[test]
fn why_nothing_was_found_is_said_to_whoever_looks() {
    let failed = ProviderFailure {
        provider: "opensubtitles".into(),
        failure: Failure::new(Slug::ServiceSlow, "in English"),
    };
    for (failed, sentence) in [
        (vec![], "No subtitles were found elsewhere."),
        (
            vec![failed],
            "OpenSubtitles: It answers too slowly. Try again later.",
        ),
    ] {
        let over = SubtitleSearch {
            failed,
            ..SubtitleSearch::default()
        };
        let mut tv = looking();
        tell(&mut tv, running());
        tell(&mut tv, over.clone());
        assert_eq!(notice(&tv), Some(sentence));
        // The box looked unasked: nobody is bothered with that.
        let mut tv = looking();
        tv.press("Back");
        tell(&mut tv, running());
        tell(&mut tv, over);
        assert_eq!(notice(&tv), None);
    }
}

#[test]
fn those_that_cannot_be_had_are_told_of() {
    let mut tv = looking();
    tv.take(Intent::Live(ServerMessage::SubtitlesFailed {
        session_id: session(),
        failure: Failure::new(Slug::SubtitlesQuota, "in English"),
    }));
    let said = notice(&tv).unwrap();
    assert!(
        said.starts_with("No more subtitles may be downloaded"),
        "{said}"
    );
}
