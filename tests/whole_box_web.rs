//! Films that lie on the web as HLS and as DASH: found by an addon, played through the box on the
//! real TV with the headers that their server demands, sought in, and given up for the next-best
//! source when their server goes away.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    collections::HashMap,
    path::Path,
    process::{Command as Start, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use hearth_model::{Command, Phase, SessionId};
use hearth_tests::{
    House, Live, Tv, film, film_in,
    peers::{Addon, Files},
};
use serde_json::{Value, json};

const SINTEL: &str = "tt1727587";
const HEADERS: [(&str, &str); 2] = [
    ("referer", "https://films.example/"),
    ("user-agent", "FilmPlayer/1"),
];

/// The film cut into segments by GStreamer's own muxer, laid out on a server.
fn hls(files: &Files, folder: &Path) -> String {
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

/// One stream of the film as fragmented MP4, cut at its fragments. Tells of the representation.
fn dash_of(files: &Files, folder: &Path, stream: &str, parser: &str) -> String {
    let whole = folder.join(format!("{stream}.mp4"));
    let made = Start::new("gst-launch-1.0")
        .args(["filesrc", &format!("location={}", film().display())])
        .args(["!", "matroskademux", "name=demux"])
        .arg(format!("demux.{stream}_0"))
        .args(["!", "queue", "!", parser, "!", "mp4mux"])
        .args(["fragment-duration=2000", "streamable=true", "!", "filesink"])
        .arg(format!("location={}", whole.display()))
        .output()
        .expect("gst-launch-1.0 starts");
    assert!(made.status.success(), "{made:?}");
    let bytes = std::fs::read(whole).unwrap();
    let number = |at: usize| u64::from(u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()));
    let within = |name: &[u8], start: usize| {
        let found = bytes[start..].windows(4).position(|word| word == name);
        start + found.unwrap_or_else(|| panic!("{stream}: no {}", name.escape_ascii()))
    };
    let (mut start, mut fragments) = (0, Vec::new());
    while start < bytes.len() {
        if &bytes[start + 4..start + 8] == b"moof" {
            let time = within(b"tfdt", start);
            // Its second version has 64 bits, of which the upper ones are zero here.
            let time = number(time + if bytes[time + 4] == 1 { 12 } else { 8 });
            fragments.push((start, time));
        }
        start += usize::try_from(number(start)).unwrap();
    }
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.join(name), bytes).unwrap();
        files.put(name, &folder.join(name));
    };
    put(&format!("{stream}-0.mp4"), &bytes[..fragments[0].0]);
    let scale = number(within(b"mdhd", 0) + 16);
    let ends = fragments[1..].iter().copied();
    let ends = ends.chain([(bytes.len(), scale * u64::from(hearth_tests::FILM_SECONDS))]);
    let mut timeline = Vec::new();
    for (index, (&(from, time), (to, next))) in fragments.iter().zip(ends).enumerate() {
        put(&format!("{stream}-{}.mp4", index + 1), &bytes[from..to]);
        timeline.push(format!(r#"<S t="{time}" d="{}"/>"#, next - time));
    }
    format!(
        r#"<SegmentTemplate timescale="{scale}" initialization="{stream}-0.mp4"
            media="{stream}-$Number$.mp4" startNumber="1">
            <SegmentTimeline>{}</SegmentTimeline></SegmentTemplate>"#,
        timeline.concat()
    )
}

fn dash(files: &Files, folder: &Path) -> String {
    let video = dash_of(files, folder, "video", "h264parse");
    let audio = dash_of(files, folder, "audio", "aacparse");
    let manifest = format!(
        r#"<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" minBufferTime="PT2S"
    mediaPresentationDuration="PT{}S" profiles="urn:mpeg:dash:profile:isoff-live:2011">
  <Period>
    <AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true">
      <Representation id="v" codecs="avc1.42c01e" bandwidth="240000" width="640" height="360">{video}</Representation>
    </AdaptationSet>
    <AdaptationSet contentType="audio" mimeType="audio/mp4" lang="ru" segmentAlignment="true">
      <Representation id="a" codecs="mp4a.40.2" bandwidth="130000" audioSamplingRate="48000">{audio}</Representation>
    </AdaptationSet>
  </Period>
</MPD>"#,
        hearth_tests::FILM_SECONDS
    );
    std::fs::write(folder.join("film.mpd"), manifest).unwrap();
    files.put("film.mpd", &folder.join("film.mpd"))
}

struct Evening {
    _house: House,
    tv: Tv,
    live: Live,
    session_id: SessionId,
    /// The source that plays, and the file that is there beside it.
    sources: [Value; 2],
}

/// Finds the film, plays the source of this kind and seeks in it.
async fn play(kind: &str, address: &str, file: &str) -> Evening {
    let addon = Addon::start(
        "films",
        &json!({ "streams": { format!("movie/{SINTEL}"): [
            {
                "name": "Sintel 2010 2160p Rus Eng", "url": address,
                "behaviorHints": { "proxyHeaders": { "request": HashMap::from(HEADERS) } },
            },
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
    let sources = [kind, "direct"].map(|kind| {
        let mut items = page["items"].as_array().unwrap().iter();
        items
            .find(|item| item["provider"] == addon.provider() && item["kind"] == kind)
            .unwrap_or_else(|| panic!("no {kind}: {page}"))
            .clone()
    });
    let prepared = phone
        .post(
            "/api/v1/player/prepare",
            json!({
                "title_id": title["id"], "source_id": sources[0]["id"], "screen_id": screen_id,
            }),
        )
        .await;
    assert_eq!(prepared["source_id"], sources[0]["id"], "{prepared}");
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
    Evening {
        _house: house,
        tv,
        live,
        session_id,
        sources,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dash_plays_and_seeks() {
    let folder = tempfile::tempdir().unwrap();
    let (web, other) = (Files::demanding(&HEADERS), Files::start());
    let file = other.put("sintel.mkv", &film());
    let address = dash(&web, folder.path());
    let evening = play("dash", &address, &file).await;
    let state = evening.live.session(evening.session_id);
    assert_eq!(json!(state.source_id), evening.sources[0]["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hls_plays_seeks_and_gives_way() {
    let folder = tempfile::tempdir().unwrap();
    let (web, other) = (Files::demanding(&HEADERS), Files::start());
    let file = other.put("sintel.mkv", &film());
    let address = hls(&web, folder.path());
    let evening = play("hls", &address, &file).await;
    let Evening {
        _house,
        tv,
        mut live,
        session_id,
        sources: [hls, direct],
    } = evening;

    // Its server goes away: what was fetched plays on, then others are tried (those of the open
    // film, which no test reaches) until one plays.
    web.take_away();
    let change = live.source_change(session_id).await;
    assert_eq!(json!(change.from), hls["id"], "{change:?}");
    assert_eq!(change.failure.reason, "source-gone", "{change:?}");
    let left_at = Instant::now();
    let left = live.session(session_id).position_ms;
    live.holds("the file takes over", |mirror| {
        json!(mirror.sessions[&session_id].source_id) == direct["id"]
    })
    .await;
    live.phase(session_id, Phase::Playing).await;
    let on = tv
        .display
        .until_film("the film goes on", |shown| shown >= left);
    let ran_ms = left_at.elapsed().as_millis() as u64;
    assert!(
        on < left + ran_ms + 2_000,
        "left at {left} ms, on at {on} ms after {ran_ms} ms"
    );
}
