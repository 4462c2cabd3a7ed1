//! Addresses that GStreamer reads by itself: HLS from a server of the test's own.

#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::{fs, path::PathBuf};

use gstreamer::{self as gst, prelude::*};
use hearth_media::engine::{EventKind, FailureReason, Input};
use support::{
    FPS, Player, card, folder, number,
    server::{Mood, Server},
};

/// The test card as HLS, cut by GStreamer's own muxer.
fn playlist() -> PathBuf {
    let out = folder().join("hls");
    fs::create_dir_all(&out).unwrap();
    gst::init().unwrap();
    let pipeline = gst::parse::launch(&format!(
        "filesrc location={card} ! tsdemux name=demux \
         hlssink2 name=sink target-duration=3 max-files=0 playlist-length=0 \
         playlist-location={out}/a.m3u8 location={out}/part%03d.ts \
         demux. ! queue ! h264parse ! sink.video demux. ! queue ! aacparse ! sink.audio",
        card = card("ts").display(),
        out = out.display(),
    ))
    .unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let ended = pipeline.bus().unwrap().timed_pop_filtered(
        gst::ClockTime::from_seconds(30),
        &[gst::MessageType::Eos, gst::MessageType::Error],
    );
    assert_eq!(ended.unwrap().type_(), gst::MessageType::Eos);
    pipeline.set_state(gst::State::Null).unwrap();
    out
}

#[test]
fn hls_plays_and_seeks_by_its_address() {
    let server = Server::of_folder(&playlist());
    let mut player = Player::new();
    player.load(Input::Url(server.address().to_owned()), 0, false);
    let EventKind::Prerolled { duration_ms, .. } = player.wait_prerolled() else {
        unreachable!()
    };
    assert!(
        duration_ms.unwrap().abs_diff(20_000) < 500,
        "{duration_ms:?}"
    );
    player.wait_playing();
    assert!(player.number() < 2 * FPS);

    player.engine.pause();
    player.wait("pause", |kind| matches!(kind, EventKind::Paused { .. }));
    player.engine.seek(13_000);
    player.wait_position();
    while player.sink.take().is_some() {}
    player.engine.play();
    player.wait_playing();
    let after = number(&player.frame());
    // Segments carry their own clock: near is enough here.
    assert!(after.abs_diff(13 * FPS) < 20, "{after}");
}

#[test]
fn an_address_that_is_gone_is_told_so() {
    let server = Server::of_file(&card("ts"));
    let mut player = Player::new();
    for (status, expected) in [
        (404, FailureReason::SourceGone),
        (403, FailureReason::SourceRefused),
        (500, FailureReason::SourceUnusable),
    ] {
        server.set(Mood::Refuse(status));
        player.load(Input::Url(server.address().to_owned()), 0, false);
        let (reason, _) = player.wait_failed();
        assert_eq!(reason, expected, "{status}");
    }
}
