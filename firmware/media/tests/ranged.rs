//! Films read by byte ranges from a server that behaves, stalls, breaks off and refuses.

#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::time::{Duration, Instant};

use hearth_media::engine::{EngineLimits, EventKind, FailureReason, Input, StarvationLimits};
use support::{
    Player, assert_at, assert_ran_on, card,
    server::{Mood, Server},
};

/// The rule of eight seconds, in a test's time.
fn hasty() -> EngineLimits {
    EngineLimits {
        starvation: StarvationLimits {
            quiet: Duration::from_millis(1200),
            buffered: Duration::from_millis(500),
        },
        ..EngineLimits::default()
    }
}

#[test]
fn films_play_and_seek_by_ranges() {
    let mut player = Player::new();
    for ending in ["mkv", "mp4"] {
        let server = Server::of_file(&card(ending));
        player.load(server.input(), 0, true);
        player.wait_prerolled();
        assert_eq!(player.number(), 0);
        for position_ms in [15_200, 1_300, 8_000] {
            player.engine.seek(position_ms);
            player.wait_position();
            assert_at(player.number(), position_ms);
        }
        player.engine.play();
        player.wait_playing();
        let before = player.number();
        while player.number() < before + 10 {}
    }
}

#[test]
fn a_film_resumes_by_ranges_where_it_was() {
    let mut player = Player::new();
    for ending in ["mkv", "mp4"] {
        let server = Server::of_file(&card(ending));
        player.load(server.input(), 16_500, true);
        player.wait_prerolled();
        assert_at(player.number(), 16_500);
    }
}

#[test]
fn a_film_plays_to_its_end_and_can_be_sought_again() {
    let mut player = Player::new();
    let server = Server::of_file(&card("mkv"));
    player.load(server.input(), 19_000, false);
    player.wait("end", |kind| matches!(kind, EventKind::Ended));
    let sought = Instant::now();
    player.engine.seek(2_000);
    player.wait_playing();
    while player.sink.take().is_some() {}
    assert_ran_on(player.number(), 2_000, sought);
}

#[test]
fn a_source_that_gives_nothing_is_told_as_starved_once() {
    let mut player = Player::with_limits(hasty());
    let server = Server::of_file(&card("mkv"));
    server.set(Mood::Stall);
    let begin = Instant::now();
    player.load(server.input(), 0, false);
    player.wait_starved();
    assert!(begin.elapsed() >= Duration::from_millis(1200));
    let more = player.listen(Duration::from_millis(900));
    assert!(
        !more
            .iter()
            .any(|kind| matches!(kind, EventKind::Starved { .. })),
        "{more:?}"
    );
    // It is not lost: bytes that come after all are played.
    server.set(Mood::Serve);
    player.wait_playing();
}

#[test]
fn a_film_that_runs_dry_waits_tells_and_goes_on() {
    let mut player = Player::with_limits(hasty());
    let server = Server::of_file(&card("mkv"));
    server.set(Mood::Lack(50, 90));
    player.load(server.input(), 8_500, false);
    player.wait_playing();
    // Which of the two comes first depends on how much was read ahead.
    let (mut starved, mut buffering) = (false, false);
    while !(starved && buffering) {
        match player.wait("waiting", |kind| {
            matches!(
                kind,
                EventKind::Starved { .. } | EventKind::Buffering { .. }
            )
        }) {
            EventKind::Starved {
                position_ms,
                buffered_ms,
            } => {
                assert!((8_600..11_500).contains(&position_ms), "{position_ms}");
                assert!(buffered_ms < 500, "{buffered_ms}");
                starved = true;
            }
            _ => buffering = true,
        }
    }
    let dry = player.engine.position().unwrap();
    let served = Instant::now();
    server.set(Mood::Serve);
    player.wait_playing();
    let on = player.engine.position().unwrap();
    let furthest = dry + served.elapsed().as_millis() as u64 + 500;
    assert!(
        (dry.saturating_sub(500)..=furthest).contains(&on),
        "it jumped from {dry} to {on}"
    );
}

#[test]
fn a_seek_into_missing_pieces_waits_for_them() {
    let mut player = Player::with_limits(hasty());
    let server = Server::of_file(&card("mkv"));
    server.set(Mood::Lack(50, 90));
    player.load(server.input(), 0, false);
    player.wait_playing();
    player.engine.seek(14_000);
    player.wait_buffering();
    let told = player.wait_starved();
    assert_eq!(
        told,
        EventKind::Starved {
            position_ms: 14_000,
            buffered_ms: 0
        }
    );
    assert_eq!(player.engine.position(), Some(14_000));
    while player.sink.take().is_some() {}
    let served = Instant::now();
    server.set(Mood::Serve);
    player.wait_playing();
    assert_ran_on(player.number(), 14_000, served);
}

#[test]
fn a_seek_or_stop_during_a_stalled_read_does_not_wait_for_it() {
    let mut player = Player::with_limits(hasty());
    let server = Server::of_file(&card("mkv"));
    server.set(Mood::Lack(50, 90));
    player.load(server.input(), 0, true);
    player.wait_prerolled();
    player.engine.seek(15_000);
    // The engine is in the read now.
    player.wait_starved();
    let begin = Instant::now();
    player.engine.seek(3_000);
    player.engine.seek(5_000);
    player.engine.stop();
    player.load(Input::File(card("mp4")), 2_000, true);
    player.wait_prerolled();
    // The stalled read itself never ends.
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
    assert_at(player.number(), 2_000);
}

#[test]
fn a_search_through_a_film_without_an_index_is_cut_short() {
    let mut film = std::fs::read(card("mkv")).unwrap();
    let (cues, unknown) = ([0x1C, 0x53, 0xBB, 0x6B], [0x1C, 0x53, 0xBB, 0x6C]);
    for at in 0..film.len() - 4 {
        if film[at..at + 4] == cues {
            film[at..at + 4].copy_from_slice(&unknown);
        }
    }
    let mut player = Player::with_limits(hasty());
    let server = Server::of(film);
    server.set(Mood::Lack(50, 90));
    player.load(server.input(), 0, true);
    player.wait_prerolled();
    player.frame();
    player.engine.seek(15_000);
    player.wait_starved();
    player.engine.seek(3_000);
    while player.wait_position() != 3_000 {}
    assert_at(player.number(), 3_000);
}

#[test]
fn a_connection_that_breaks_off_is_made_again() {
    let mut player = Player::new();
    let server = Server::of_file(&card("mp4"));
    server.set(Mood::BreakOff(100_000));
    player.load(server.input(), 0, true);
    player.wait_prerolled();
    player.engine.seek(17_000);
    player.wait_position();
    assert_at(player.number(), 17_000);
    assert!(server.requests() > 2, "{} requests", server.requests());
}

#[test]
fn refusals_are_told_by_their_reason() {
    let mut player = Player::new();
    let server = Server::of_file(&card("mkv"));
    for (status, expected) in [
        (404, FailureReason::SourceGone),
        (410, FailureReason::SourceGone),
        (403, FailureReason::SourceRefused),
        (400, FailureReason::SourceUnusable),
    ] {
        server.set(Mood::Refuse(status));
        player.load(server.input(), 0, false);
        let (reason, detail) = player.wait_failed();
        assert_eq!(reason, expected, "{detail}");
        assert!(
            detail.contains(&status.to_string()) && detail.ends_with('.'),
            "{detail}"
        );
    }
}

#[test]
fn a_source_that_goes_away_in_mid_film_fails_with_its_reason() {
    let mut player = Player::new();
    let server = Server::of_file(&card("mkv"));
    player.load(server.input(), 0, true);
    player.wait_prerolled();
    server.set(Mood::Refuse(410));
    player.engine.seek(18_000);
    assert_eq!(player.wait_failed().0, FailureReason::SourceGone);
}

#[test]
fn what_is_no_film_is_told_as_unreadable() {
    let mut player = Player::new();
    let mut noise: Vec<u8> = (0..200_000u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let server = Server::of(noise.clone());
    player.load(server.input(), 0, false);
    assert_eq!(player.wait_failed().0, FailureReason::MediaUnreadable);

    // The start of a film, and then noise.
    noise[..600].copy_from_slice(&std::fs::read(card("mkv")).unwrap()[..600]);
    let server = Server::of(noise);
    player.load(server.input(), 0, false);
    assert_eq!(player.wait_failed().0, FailureReason::MediaUnreadable);

    let server = Server::of(Vec::new());
    player.load(server.input(), 0, false);
    assert_eq!(player.wait_failed().0, FailureReason::MediaUnreadable);
}

#[test]
fn a_missing_file_is_gone() {
    let mut player = Player::new();
    player.load(Input::File(support::folder().join("nothing.mkv")), 0, false);
    assert_eq!(player.wait_failed().0, FailureReason::SourceGone);
}
