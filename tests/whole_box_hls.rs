//! A film that lies on the web as HLS: found by an addon, played by its address on the real TV,
//! sought in, and given up for the next-best source when its server goes away.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    path::Path,
    process::{Command as Start, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use hearth_model::{Command, Phase, SessionId};
use hearth_tests::{
    House, Tv, film, film_in,
    peers::{Addon, Files},
};
use serde_json::json;

const SINTEL: &str = "tt1727587";

/// The film cut into segments by GStreamer's own muxer, laid out on a server.
fn on_the_web(files: &Files, folder: &Path) -> String {
    let card = film_in("ts", hearth_tests::FILM_SECONDS);
    let playlist = folder.join("film.m3u8");
    let mut cutter = Start::new("gst-launch-1.0")
        .args(["filesrc", &format!("location={}", card.display())])
        .args(["!", "tsdemux", "name=demux"])
        .args(["hlssink2", "name=sink", "target-duration=3"])
        .args(["max-files=0", "playlist-length=0"])
        .arg(format!("playlist-location={}", playlist.display()))
        .arg(format!("location={}/part%03d.ts", folder.display()))
        .args(["demux.", "!", "queue", "!", "h264parse", "!", "sink.video"])
        .args(["demux.", "!", "queue", "!", "aacparse", "!", "sink.audio"])
        .stdout(Stdio::null())
        .spawn()
        .expect("gst-launch-1.0 starts");
    // The sink at times loses the end of the stream and never leaves. The playlist's last line is
    // what says that all is written.
    let patience = Instant::now() + Duration::from_mins(2);
    while !std::fs::read_to_string(&playlist).is_ok_and(|text| text.contains("#EXT-X-ENDLIST")) {
        assert!(Instant::now() < patience, "gst-launch-1.0 cuts no film");
        sleep(Duration::from_millis(50));
    }
    cutter.kill().unwrap();
    cutter.wait().unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        files.put(path.file_name().unwrap().to_str().unwrap(), &path);
    }
    files.put("film.m3u8", &playlist)
}

#[tokio::test(flavor = "multi_thread")]
async fn hls_plays_seeks_and_gives_way() {
    let folder = tempfile::tempdir().unwrap();
    let (web, other) = (Files::start(), Files::start());
    let hls = on_the_web(&web, folder.path());
    let file = other.put("sintel.mkv", &film());
    let addon = Addon::start(
        "films",
        &json!({ "streams": { format!("movie/{SINTEL}"): [
            { "name": "Sintel 2010 2160p Rus Eng", "url": hls },
            { "name": "Sintel 2010 480p", "url": file },
        ] } }),
    );
    let house = House::builder()
        .config("network.allow_private_hosts = [\"127.0.0.1\"]")
        .providers(&[addon.config()])
        .start();
    let tv = Tv::start(&house);
    let phone = house.pair_first("Phone").await;
    let mut live = phone.live().await;
    let screen_id = live.tv().await;
    let title = phone.find("sintel").await;
    let path = format!("/api/v1/media/{}/sources", title["id"].as_str().unwrap());
    let page = phone.get(&path).await;
    let of_addon = |kind: &str| {
        let mut items = page["items"].as_array().unwrap().iter();
        items
            .find(|item| item["provider"] == addon.provider() && item["kind"] == kind)
            .unwrap_or_else(|| panic!("no {kind}: {page}"))
            .clone()
    };
    let (hls, direct) = (of_addon("hls"), of_addon("direct"));
    let prepared = phone
        .post(
            "/api/v1/player/prepare",
            json!({ "title_id": title["id"], "source_id": hls["id"], "screen_id": screen_id }),
        )
        .await;
    assert_eq!(prepared["source_id"], hls["id"], "{prepared}");
    let session_id: SessionId = serde_json::from_value(prepared["session_id"].clone()).unwrap();
    live.command(session_id, Command::Play, None).await.unwrap();
    live.phase(session_id, Phase::Playing).await;
    let first = tv.display.until_film("the film", |_| true);
    tv.display
        .until_film("the film moves", |shown| shown > first + 1_000);
    live.command(session_id, Command::Seek, Some(30_000))
        .await
        .unwrap();
    tv.display.until_film("the place that was sought", |shown| {
        (29_000..36_000).contains(&shown)
    });

    // Its server goes away: what was fetched plays on, then others are tried (those of the open
    // film, which no test reaches) until one plays.
    web.take_away();
    let change = live.source_change(session_id).await;
    assert_eq!(json!(change.from), hls["id"], "{change:?}");
    assert_eq!(change.failure.reason, "source-gone", "{change:?}");
    let left = live.session(session_id).position_ms;
    live.holds("the file takes over", |mirror| {
        json!(mirror.sessions[&session_id].source_id) == direct["id"]
    })
    .await;
    live.phase(session_id, Phase::Playing).await;
    let on = tv
        .display
        .until_film("the film goes on", |shown| shown >= left);
    assert!(
        on.abs_diff(left) < 4_000,
        "left at {left} ms, on at {on} ms"
    );
}
