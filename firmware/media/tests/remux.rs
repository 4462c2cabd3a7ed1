//! Films in the form that browsers play: every picture of them, at its place.

#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use support::{
    FPS, PATIENCE, SECONDS,
    boxes::{boxes, decode_times, first, number},
    card,
    film::{self, REORDERED, address, encoded, frames, sound},
    folder,
    server::{Mood, Server},
    worker::{run, text, worker},
};

/// Remux, and answer what was told and the file.
fn remuxed(name: &str, input: &str, more: &[&str]) -> (Value, PathBuf) {
    let out = folder().join(format!("{name}.mp4"));
    let made = worker(&[&["remux", input, "--out", text(&out)][..], more].concat());
    let told = made.line();
    assert!(made.status.success(), "{name}: {told}");
    assert!(!folder().join(format!("{name}.mp4.part")).exists());
    assert_eq!(told["bytes"], out.metadata().unwrap().len(), "{told}");
    (told, out)
}

fn refused(arguments: &[&str]) -> String {
    let outcome = worker(arguments);
    assert_eq!(outcome.status.code(), Some(1), "{arguments:?}");
    let error = outcome.line()["error"].clone();
    assert!(error["detail"].as_str().unwrap().len() > 20, "{error}");
    error["slug"].as_str().unwrap().to_owned()
}

/// Fails unless these are the card's frames of this range, each at its place after `zero_ms`.
fn assert_frames(seen: &[(u32, u64)], range: std::ops::Range<u32>, zero_ms: u64) {
    let numbers: Vec<u32> = seen.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, range.collect::<Vec<_>>());
    for (number, place) in seen {
        let expected = u64::from(*number) * 1000 / u64::from(FPS) - zero_ms;
        assert!(
            place.abs_diff(expected) <= 2,
            "frame {number} is at {place} ms instead of {expected}"
        );
    }
}

#[test]
fn a_film_of_every_container_keeps_its_pictures_and_their_places() {
    for ending in ["mkv", "mp4", "ts"] {
        let (told, out) = remuxed(&format!("whole-{ending}"), text(&card(ending)), &[]);
        assert_eq!(told["container"], "mp4");
        assert_eq!(told["first_ms"], 0);
        let length = told["duration_ms"].as_u64().unwrap();
        assert!(length.abs_diff(u64::from(SECONDS) * 1000) < 150, "{told}");
        assert_eq!(
            told["tracks"],
            json!([
                {"kind": "video", "codec": "h264", "how": "copied"},
                {"kind": "audio", "codec": "aac", "how": "copied", "language": "ru"},
            ]),
            "{ending}"
        );
        let mut left_out = vec![json!({"kind": "audio", "codec": "aac", "language": "en"})];
        if ending != "ts" {
            for language in ["ru", "en"] {
                left_out.push(json!({"kind": "subtitles", "codec": "text", "language": language}));
            }
        }
        assert_eq!(told["left_out"], json!(left_out), "{ending}");

        let seen = frames(&address(&out));
        // A transport stream's clock begins anywhere.
        let begin = seen[0].1;
        assert!(begin < 200, "{ending} begins at {begin} ms");
        let laid: Vec<(u32, u64)> = seen.iter().map(|(n, place)| (*n, place - begin)).collect();
        assert_frames(&laid, 0..SECONDS * FPS, 0);

        let found = worker(&["probe", text(&out)]).line();
        assert_eq!(found["container"], "quicktime");
        assert_eq!(found["seekable"], true, "{found}");
        assert_eq!(
            found["video"],
            json!([{"codec": "h264", "width": 320, "height": 180, "fps": 30.0}])
        );
        assert_eq!(found["audio"].as_array().unwrap().len(), 1);
        assert_eq!(found["audio"][0]["language"], "ru");
        let end = found["duration_ms"].as_u64().unwrap();
        let length = end - begin;
        assert!(length.abs_diff(u64::from(SECONDS) * 1000) < 150, "{found}");
    }
}

#[test]
fn what_a_browser_needs_first_stands_first() {
    let (_, out) = remuxed("order", text(&card("mkv")), &[]);
    let data = fs::read(&out).unwrap();
    let names: Vec<&str> = boxes(&data)
        .into_iter()
        .map(|(name, _)| std::str::from_utf8(name).unwrap())
        .collect();
    assert_eq!(names[..4], ["ftyp", "moov", "sidx", "free"], "{names:?}");
    let rest = &names[4..];
    // Of two seconds each, however Matroska rounds its times; maybe one more of sound.
    let fragments = rest.len() as u32 / 3;
    assert!(fragments - SECONDS / 2 <= 1, "{names:?}");
    for fragment in rest.chunks(3) {
        assert_eq!(fragment, ["styp", "moof", "mdat"], "{names:?}");
    }
}

/// Chromium believed a film of a minute to last for hours, and showed its last picture wherever it
/// was sought: it takes the index's ticks for the picture's.
#[test]
fn the_index_counts_in_the_time_of_the_picture() {
    for (name, ending, more) in [
        ("index-mkv", "mkv", &[][..]),
        ("index-ts", "ts", &[]),
        ("index-piece", "mp4", &["--from", "5500"]),
    ] {
        let (_, out) = remuxed(name, text(&card(ending)), more);
        let data = fs::read(out).unwrap();
        let index = first(&data, &["sidx"]);
        let picture = first(&data, &["moov", "trak", "mdia", "mdhd"]);
        // Behind two times of 64 bits.
        assert_eq!(number(index, 8), number(picture, 20), "{name}");
        let mut place = number(index, 12) << 32 | number(index, 16);
        let fragments = decode_times(&data);
        assert_eq!(number(index, 28), fragments.len() as u64, "{name}");
        for (entry, fragment) in fragments.iter().enumerate() {
            // The last one may be sound alone.
            let (track, time) = fragment[0];
            assert!(track == 1 || entry + 1 == fragments.len(), "{name}");
            if track == 1 {
                assert!(
                    time.abs_diff(place) <= 1,
                    "{name}: {time} is told as {place}"
                );
            }
            place += number(index, 36 + entry * 12);
        }
    }
}

#[test]
fn a_piece_begins_at_its_key_frame_and_ends_where_it_was_told() {
    for ending in ["mkv", "mp4", "ts"] {
        let piece = ["--from", "7300", "--to", "12500"];
        let (told, out) = remuxed(&format!("piece-{ending}"), text(&card(ending)), &piece);
        let first_ms = told["first_ms"].as_u64().unwrap();
        // The card has a key frame each second; a transport stream's clock begins anywhere.
        let begun = if ending == "ts" { 200 } else { 1 };
        assert!(first_ms.abs_diff(7_000) < begun, "{ending}: {told}");
        let seen = frames(&address(&out));
        let end = seen.last().unwrap().0 + 1;
        assert!(
            end.abs_diff(375) <= if ending == "ts" { 6 } else { 0 },
            "{end}"
        );
        assert_frames(&seen, 210..end, 7_000);
        let (begin, end) = sound(&address(&out));
        assert!(begin < 50, "{ending}: sound from {begin} ms");
        assert!(end.abs_diff(5_500) < 250, "{ending}: sound to {end} ms");
    }
}

#[test]
fn pieces_that_meet_share_no_frame_and_lack_none() {
    let films = [
        card("mp4"),
        encoded("reordered.mkv", 8, REORDERED, "avenc_aac ! aacparse"),
        encoded("reordered.mp4", 8, REORDERED, "avenc_aac ! aacparse"),
    ];
    for (number, film) in films.iter().enumerate() {
        let whole = frames(&address(
            &remuxed(&format!("all-{number}"), text(film), &[]).1,
        ));
        let last = whole.last().unwrap().0;
        assert_frames(&whole, 0..last + 1, whole[0].1);
        let (told, later) = remuxed(&format!("later-{number}"), text(film), &["--from", "4000"]);
        let meet = told["first_ms"].as_u64().unwrap();
        assert!((1..=4_000).contains(&meet), "{told}");
        let meeting = ["--to", &meet.to_string()];
        let (_, earlier) = remuxed(&format!("earlier-{number}"), text(film), &meeting);
        let mut joined = frames(&address(&earlier));
        joined.extend(frames(&address(&later)));
        let numbers = |seen: &[(u32, u64)]| seen.iter().map(|(n, _)| *n).collect::<Vec<_>>();
        assert_eq!(numbers(&joined), numbers(&whole), "{}", film.display());
        // The place it tells is found again.
        let again = ["--from", &meet.to_string()];
        let (told, _) = remuxed(&format!("again-{number}"), text(film), &again);
        assert_eq!(told["first_ms"], meet);
    }
}

#[test]
fn every_picture_that_browsers_know_is_copied() {
    let ways = [
        ("h264", REORDERED),
        (
            "h265",
            "x265enc speed-preset=ultrafast key-int-max=30 ! h265parse",
        ),
        (
            "vp9",
            "vp9enc deadline=1 cpu-used=8 target-bitrate=2000000 keyframe-max-dist=30 ! vp9parse",
        ),
        (
            "av1",
            "av1enc usage-profile=realtime cpu-used=8 keyframe-max-dist=30 ! av1parse",
        ),
    ];
    for (codec, way) in ways {
        let film = encoded(&format!("{codec}.mkv"), 3, way, "avenc_aac ! aacparse");
        let (told, out) = remuxed(&format!("copied-{codec}"), text(&film), &[]);
        assert_eq!(
            told["tracks"][0],
            json!({"kind": "video", "codec": codec, "how": "copied"})
        );
        let seen = frames(&address(&out));
        assert_frames(&seen, 0..3 * FPS, 0);
        let found = worker(&["probe", text(&out)]).line();
        assert_eq!(found["video"][0]["codec"], codec, "{found}");
    }
}

#[test]
fn sound_that_browsers_know_is_copied_and_other_sound_is_made_aac() {
    let video = "x264enc speed-preset=ultrafast key-int-max=30 pass=qual quantizer=24";
    for (codec, way, copied) in [
        ("aac", "avenc_aac ! aacparse", true),
        ("opus", "opusenc ! opusparse", true),
        ("flac", "flacenc ! flacparse", true),
        ("mp3", "lamemp3enc ! mpegaudioparse", false),
        ("ac3", "avenc_ac3 ! ac3parse", false),
        ("vorbis", "vorbisenc", false),
        ("pcm", "audio/x-raw,format=S16LE", false),
    ] {
        let film = encoded(&format!("sound-{codec}.mkv"), 3, video, way);
        let (told, out) = remuxed(&format!("heard-{codec}"), text(&film), &[]);
        let expected = if copied {
            json!({"kind": "audio", "codec": codec, "how": "copied"})
        } else {
            json!({"kind": "audio", "codec": "aac", "how": "transcoded", "from": codec})
        };
        let mut track = told["tracks"][1].clone();
        track.as_object_mut().unwrap().remove("language");
        assert_eq!(track, expected);
        let found = worker(&["probe", text(&out)]).line();
        assert_eq!(found["audio"][0]["codec"], expected["codec"], "{found}");
        let (begin, end) = sound(&address(&out));
        assert!(
            begin < 100 && end.abs_diff(3_000) < 200,
            "{codec}: {begin} to {end} ms"
        );
        assert_frames(&frames(&address(&out)), 0..3 * FPS, 0);
    }
}

#[test]
fn another_audio_track_is_taken_when_asked_for() {
    let (told, _) = remuxed("english", text(&card("mkv")), &["--audio", "1"]);
    assert_eq!(told["tracks"][1]["language"], "en");
    assert_eq!(told["left_out"][0]["language"], "ru");
}

#[test]
fn a_descriptor_and_a_loopback_address_are_read_like_a_path() {
    let (by_path, _) = remuxed("by-path", text(&card("mp4")), &["--from", "9000"]);
    let server = Server::of_file(&card("mp4"));
    let (by_address, _) = remuxed("by-address", server.address(), &["--from", "9000"]);
    assert_eq!(by_address, by_path);
    let out = folder().join("by-descriptor.mp4");
    let by_descriptor = run(Command::new("sh").args([
        "-c",
        "exec \"$0\" remux fd:7 --from 9000 --out \"$2\" 7<\"$1\"",
        env!("CARGO_BIN_EXE_hearth-media"),
        text(&card("mp4")),
        text(&out),
    ]));
    assert_eq!(by_descriptor.line(), by_path);
}

#[test]
fn segments_are_a_complete_playlist() {
    let out = folder().join("segments");
    let told = worker(&["remux", text(&card("mkv")), "--segments", text(&out)]).line();
    assert_eq!(told["container"], "hls", "{told}");
    let playlist = fs::read_to_string(out.join("index.m3u8")).unwrap();
    let lengths: Vec<f64> = playlist
        .lines()
        .filter_map(|line| {
            line.strip_prefix("#EXTINF:")?
                .strip_suffix(',')?
                .parse()
                .ok()
        })
        .collect();
    assert_eq!(told["segments"], lengths.len());
    let total: f64 = lengths.iter().sum();
    assert!((total - f64::from(SECONDS)).abs() < 0.1, "{playlist}");
    let target: f64 = playlist
        .lines()
        .find_map(|line| line.strip_prefix("#EXT-X-TARGETDURATION:")?.parse().ok())
        .unwrap();
    let longest = lengths.iter().copied().fold(0.0, f64::max);
    assert!(longest <= target && target < longest + 1.0, "{playlist}");
    assert!(playlist.ends_with("#EXT-X-ENDLIST\n"), "{playlist}");
    let mut named = vec!["index.m3u8".to_owned(), "init.mp4".to_owned()];
    named.extend((0..lengths.len()).map(|number| format!("seg-{number:05}.m4s")));
    let mut there: Vec<String> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    there.sort();
    assert_eq!(there, named);
    let server = Server::of_folder(&out);
    assert_frames(&frames(server.address()), 0..SECONDS * FPS, 0);

    // A segment is whole by itself, and keeps the film's time.
    let alone = alone(&out, &out, 1);
    let begin = frames(&address(&alone))[0].0;
    assert_eq!(begin % FPS, 0, "segment 1 begins with frame {begin}");
}

#[test]
fn segments_of_a_later_worker_continue_those_of_an_earlier_one() {
    let (whole, later) = (folder().join("whole-hls"), folder().join("later-hls"));
    let film = text(&card("mp4")).to_owned();
    worker(&["remux", &film, "--segments", text(&whole)]).line();
    let of_whole = decode_times(&fs::read(whole.join("seg-00001.m4s")).unwrap());
    // The first worker's second segment begins at its first track's time, in the film's ticks.
    let begin = frames(&address(&alone(&whole, &whole, 1)))[0].0;
    let from = (u64::from(begin) * 1000 / u64::from(FPS)).to_string();
    let told = worker(&["remux", &film, "--segments", text(&later), "--from", &from]).line();
    assert_eq!(told["first_ms"].to_string(), from);
    let of_later = decode_times(&fs::read(later.join("seg-00000.m4s")).unwrap());
    assert_eq!(
        of_later[0][0], of_whole[0][0],
        "{of_later:?} after {of_whole:?}"
    );
    // With the first worker's header too.
    let seen = frames(&address(&alone(&whole, &later, 0)));
    assert_eq!(seen[0].0, begin);
}

/// A segment behind a header, as one file.
fn alone(header: &Path, folder: &Path, number: usize) -> PathBuf {
    let out = folder.with_extension(format!("alone-{number}.mp4"));
    let mut data = fs::read(header.join("init.mp4")).unwrap();
    data.extend(fs::read(folder.join(format!("seg-{number:05}.m4s"))).unwrap());
    fs::write(&out, data).unwrap();
    out
}

#[test]
fn what_can_not_be_made_is_told_and_leaves_nothing() {
    let out = folder().join("refused.mp4");
    let noise = folder().join("noise-for-remux.mkv");
    fs::write(&noise, vec![0x55; 50_000]).unwrap();
    let only_sound = folder().join("only-sound.mka");
    film::play(&format!(
        "audiotestsrc num-buffers=50 ! opusenc ! matroskamux ! filesink location={}",
        only_sound.display()
    ));
    let vp8 = encoded("vp8.mkv", 1, "vp8enc deadline=1", "opusenc");
    let film = card("mkv");
    let cases: [(&str, &[&str], &str); 8] = [
        (text(&noise), &[], "media-unreadable"),
        (text(&only_sound), &[], "media-unreadable"),
        ("fd:99", &[], "media-unreadable"),
        (text(&vp8), &[], "codec-refused"),
        (text(&film), &["--audio", "2"], "track-missing"),
        (
            text(&film),
            &["--from", "5000", "--to", "5000"],
            "place-refused",
        ),
        (text(&film), &["--from", "999999"], "place-refused"),
        ("http://192.0.2.1/film.mkv", &[], "input-refused"),
    ];
    for (input, more, slug) in cases {
        let target = ["remux", input, "--timeout-ms", "20000", "--out", text(&out)];
        assert_eq!(
            refused(&[&target[..], more].concat()),
            slug,
            "{input} {more:?}"
        );
        assert!(!out.exists() && !folder().join("refused.mp4.part").exists());
    }
    let nowhere = folder().join("no such folder").join("film.mp4");
    for target in ["--out", "--segments"] {
        let slug = refused(&["remux", text(&film), target, text(&nowhere)]);
        assert_eq!(slug, "output-unwritable");
    }
    let wrong = folder().join("film.webm");
    let slug = refused(&["remux", text(&film), "--out", text(&wrong)]);
    assert_eq!(slug, "output-unwritable");
    let usages: [&[&str]; 2] = [&[], &["--out", "a.mp4", "--segments", "a"]];
    for usage in usages {
        let outcome = worker(&[&["remux", text(&film)][..], usage].concat());
        assert_eq!(outcome.status.code(), Some(2), "{usage:?}");
    }
}

#[test]
fn what_is_there_is_never_written_over() {
    let out = folder().join("taken.mp4");
    fs::write(&out, "mine").unwrap();
    let film = card("mkv");
    let slug = refused(&["remux", text(&film), "--out", text(&out)]);
    assert_eq!(slug, "output-exists");
    assert_eq!(fs::read(&out).unwrap(), b"mine");
    let taken = folder().join("taken-folder");
    fs::create_dir(&taken).unwrap();
    let slug = refused(&["remux", text(&film), "--segments", text(&taken)]);
    assert_eq!(slug, "output-exists");
    assert!(taken.read_dir().unwrap().next().is_none());
}

#[test]
fn abuse_20_a_full_disk_is_told_and_leaves_nothing() {
    let out = folder().join("full.mp4");
    let part = folder().join("full.mp4.part");
    // Whatever is written there finds the disk full.
    std::os::unix::fs::symlink("/dev/full", &part).unwrap();
    let slug = refused(&["remux", text(&card("mkv")), "--out", text(&out)]);
    assert_eq!(slug, "disk-full");
    assert!(!out.exists() && part.symlink_metadata().is_err());
}

#[test]
fn a_job_that_is_killed_leaves_no_half_film_and_the_next_one_succeeds() {
    let server = Server::of_file(&card("mkv"));
    server.set(Mood::Lack(60, 100));
    let (out, part) = (
        folder().join("killed.mp4"),
        folder().join("killed.mp4.part"),
    );
    let mut job = Command::new(env!("CARGO_BIN_EXE_hearth-media"))
        .args(["remux", server.address(), "--out", text(&out)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let end = Instant::now() + PATIENCE;
    while part.metadata().map_or(0, |part| part.len()) == 0 {
        assert!(Instant::now() < end, "nothing is written");
        std::thread::sleep(Duration::from_millis(20));
    }
    job.kill().unwrap();
    job.wait().unwrap();
    assert!(!out.exists() && part.exists());
    server.set(Mood::Serve);
    let (_, out) = remuxed("killed", server.address(), &[]);
    assert_frames(&frames(&address(&out)), 0..SECONDS * FPS, 0);
}

#[test]
fn a_source_that_stalls_ends_the_job_in_its_time() {
    let server = Server::of_file(&card("mkv"));
    server.set(Mood::Lack(60, 100));
    let out = folder().join("stalled.mp4");
    let slug = refused(&[
        "remux",
        server.address(),
        "--timeout-ms",
        "3000",
        "--out",
        text(&out),
    ]);
    assert_eq!(slug, "media-unreadable");
    assert!(!out.exists() && !folder().join("stalled.mp4.part").exists());
}

/// Where the folder of fixtures is, real clips lie beside it.
#[test]
fn a_real_film_keeps_its_pictures() {
    let Some(fixtures) = std::env::var_os("HEARTH_FIXTURES").map(PathBuf::from) else {
        eprintln!("skipped: HEARTH_FIXTURES names no folder beside which real clips lie");
        return;
    };
    let clip = fixtures.parent().unwrap().join("media/bigbuckbunny.mp4");
    let (told, out) = remuxed("real", text(&clip), &[]);
    assert_eq!(told["tracks"][0]["how"], "copied", "{told}");
    let (before, after) = (
        worker(&["probe", text(&clip)]),
        worker(&["probe", text(&out)]),
    );
    let (before, after) = (before.line(), after.line());
    for side in ["width", "height", "codec"] {
        assert_eq!(after["video"][0][side], before["video"][0][side]);
    }
    let length = |probe: &Value| probe["duration_ms"].as_u64().unwrap();
    assert!(
        length(&after).abs_diff(length(&before)) < 200,
        "{before} {after}"
    );
    let (was, is) = (film::places(&address(&clip)), film::places(&address(&out)));
    assert_eq!(is.len(), was.len());
    assert!(is.windows(2).all(|pair| pair[0] < pair[1]), "out of order");
    let shift = |index: usize| is[index].abs_diff(was[index]);
    assert!(
        shift(0).abs_diff(shift(is.len() - 1)) <= 2,
        "{was:?} {is:?}"
    );
}
