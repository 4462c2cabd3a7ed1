//! Addresses that GStreamer reads by itself: HLS from a server of the test's own.

#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::{fs, path::PathBuf, time::Instant};

use gstreamer::{self as gst, prelude::*};
use hearth_media::engine::{EventKind, FailureReason, Input};
use support::{
    FPS, PATIENCE, Player, card, folder, number,
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
    // The sink at times loses the end of the stream. The playlist's last line is what says that all
    // is written.
    let bus = pipeline.bus().unwrap();
    let end = Instant::now() + PATIENCE;
    while !fs::read_to_string(out.join("a.m3u8")).is_ok_and(|text| text.contains("#EXT-X-ENDLIST"))
    {
        let error = bus.timed_pop_filtered(
            gst::ClockTime::from_mseconds(50),
            &[gst::MessageType::Error],
        );
        assert!(error.is_none(), "{error:?}");
        assert!(Instant::now() < end, "the card is not cut");
    }
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
    let played = Instant::now();
    player.engine.play();
    player.wait_playing();
    let after_ms = u64::from(number(&player.frame())) * 1000 / u64::from(FPS);
    // Segments carry their own clock: near is enough here.
    let furthest_ms = 13_700 + played.elapsed().as_millis() as u64;
    assert!((12_300..furthest_ms).contains(&after_ms), "{after_ms}");
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
