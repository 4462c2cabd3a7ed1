//! The engine plays the test card, and frames prove where it is.

#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::time::{Duration, Instant};

use hearth_media::{
    engine::{EventKind, Input},
    subtitles::Cue,
};
use support::{FPS, PATIENCE, Player, SECONDS, assert_at, assert_ran_on, card, card_of};

#[test]
fn a_film_starts_with_its_first_frame_and_tells_its_tracks() {
    let mut player = Player::new();
    player.load(Input::File(card("mkv")), 0, true);
    let EventKind::Prerolled {
        duration_ms,
        tracks,
        chapters,
    } = player.wait_prerolled()
    else {
        unreachable!()
    };
    assert!(
        duration_ms.unwrap().abs_diff(u64::from(SECONDS) * 1000) < 100,
        "{duration_ms:?}"
    );
    let languages = |tracks: &[hearth_media::engine::Track]| {
        tracks
            .iter()
            .map(|track| track.language.clone().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(languages(&tracks.audio), ["ru", "en"]);
    assert_eq!(languages(&tracks.subtitles), ["ru", "en"]);
    assert_eq!(tracks.audio[1].title.as_deref(), Some("High tone"));
    assert_eq!(tracks.video[0].codec.as_deref(), Some("h264"));
    assert_eq!(tracks.audio[0].codec.as_deref(), Some("aac"));
    assert_eq!(tracks.subtitles[0].codec.as_deref(), Some("text"));
    assert_eq!((tracks.audio_index, tracks.subtitle_index), (Some(0), None));
    let starts: Vec<u64> = chapters.iter().map(|chapter| chapter.start_ms).collect();
    assert_eq!(starts.first(), Some(&0));
    assert_eq!(chapters[0].title, "Глава 1 · Chapter 1");
    assert!(starts.is_sorted_by(|a, b| a < b), "{starts:?}");
    assert_eq!(player.number(), 0);
    player.wait("pause", |kind| matches!(kind, EventKind::Paused { .. }));
}

#[test]
fn playing_goes_on_and_a_pause_keeps_the_frame() {
    let mut player = Player::new();
    player.load(Input::File(card("mkv")), 0, false);
    player.wait_playing();
    let first = player.number();
    while player.number() < first + FPS / 2 {}
    player.engine.pause();
    player.wait("pause", |kind| matches!(kind, EventKind::Paused { .. }));
    let position = player.engine.position().unwrap();
    while player.sink.take().is_some() {}
    let told = player.listen(Duration::from_millis(400));
    assert!(
        player.sink.take().is_none(),
        "frames came during the pause: {told:?}"
    );
    assert_eq!(player.engine.position(), Some(position));
    player.engine.play();
    player.wait_playing();
    assert!(u64::from(player.number()) * 1000 / u64::from(FPS) + 100 >= position);
}

#[test]
fn a_seek_arrives_at_its_frame() {
    let mut player = Player::new();
    for (ending, late) in [("mkv", 0), ("mp4", 0), ("ts", 125)] {
        player.load(Input::File(card(ending)), 0, true);
        player.wait_prerolled();
        player.frame();
        for position_ms in [12_345, 3_000, 17_990] {
            player.engine.seek(position_ms);
            assert!(
                player.wait_position().abs_diff(position_ms) < 100,
                "{ending}"
            );
            // A transport stream's clock starts this much before its first picture.
            assert_at(player.number(), position_ms - late);
        }
    }
}

#[test]
fn a_film_resumed_in_the_middle_shows_that_frame_first() {
    let mut player = Player::new();
    for ending in ["mkv", "mp4"] {
        let loaded = Instant::now();
        player.load(Input::File(card(ending)), 13_700, false);
        player.wait_prerolled();
        assert_ran_on(player.number(), 13_700, loaded);
        player.wait_playing();
    }
}
#[test]
fn subtitles_come_and_go_in_the_language_chosen() {
    let mut player = Player::new();
    player.sink.set_target_size(1280, 720);
    player.load(Input::File(card_of(60, "mkv")), 4_500, false);
    player.wait_playing();
    // Below the card's progress line is nothing but subtitles: their width in pixels, 0 for none.
    let text_width = |player: &Player| {
        let frame = player.frame();
        let rows = frame
            .data()
            .chunks(frame.stride())
            .skip(frame.height() as usize * 75 / 100);
        let lit = rows.flat_map(|row| {
            row.chunks(4)
                .enumerate()
                .filter(|(_, pixel)| pixel[0] > 150)
                .map(|(x, _)| x)
        });
        let (least, most) = lit.fold((usize::MAX, 0), |(least, most), x| {
            (least.min(x), most.max(x))
        });
        most.saturating_sub(least)
    };
    let wait_for = |what: &str, wanted: &dyn Fn(usize) -> bool| {
        let end = Instant::now() + PATIENCE;
        loop {
            let width = text_width(&player);
            if wanted(width) {
                return width;
            }
            assert!(Instant::now() < end, "{what}: text is {width} wide");
        }
    };
    wait_for("none at first", &|width| width == 0);
    player.engine.set_subtitle_track(Some(0));
    let russian = wait_for("Russian", &|width| width > 100);
    player.engine.set_subtitle_track(Some(1));
    wait_for("English", &|width| {
        width > 100 && width.abs_diff(russian) > 20
    });
    player.engine.set_subtitle_track(None);
    wait_for("none again", &|width| width == 0);
    player.engine.set_subtitle_track(Some(0));
    wait_for("Russian again", &|width| width.abs_diff(russian) < 10);
    // From a file of their own, also after another sound was chosen, and until a track is.
    let cue = |text: &str| Cue {
        start_ms: 0,
        end_ms: 60_000,
        text: text.into(),
    };
    player.engine.show_subtitles(vec![cue("...")]);
    let short = |width: usize| width > 0 && width.abs_diff(russian) > 20 && width < 100;
    wait_for("a short line from outside", &short);
    player.engine.set_audio_track(1);
    wait_for("the same with another sound", &short);
    player.engine.set_subtitle_track(Some(0));
    wait_for("Russian once more", &|width| width.abs_diff(russian) < 10);
}

#[test]
fn another_sound_goes_on_at_the_same_place() {
    let mut player = Player::new();
    player.load(Input::File(card("mkv")), 7_000, true);
    player.wait_prerolled();
    player.engine.set_subtitle_track(Some(1));
    player.engine.set_audio_track(1);
    while player.wait_position() != 7_000 {}
    while player.sink.take().is_some() {}
    // The picture stays where it was, and all that can be done still can.
    for position_ms in [12_000, 2_000] {
        player.engine.seek(position_ms);
        while player.wait_position() != position_ms {}
        assert_at(player.number(), position_ms);
    }
    let played = Instant::now();
    player.engine.play();
    player.wait_playing();
    player.engine.set_audio_track(0);
    player.wait_position();
    assert_ran_on(player.number(), 2_000, played);
}
