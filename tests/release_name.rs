//! `hearthd release-name`: names in, one JSON object a line out, whatever comes in.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    thread,
};

use hearth_tests::program_path;
use serde_json::{Value, json};

fn command() -> Command {
    let mut command = Command::new(program_path("hearthd"));
    command.arg("release-name");
    command
}

/// The lines that come back for `input`.
fn answers(input: &[u8]) -> Vec<Value> {
    let mut child = command()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("hearthd is built");
    let mut stdin = child.stdin.take().expect("its input is piped");
    let input = input.to_vec();
    let writer = thread::spawn(move || stdin.write_all(&input).expect("it reads to the end"));
    let done = child.wait_with_output().expect("it ends");
    writer.join().expect("all was written");
    assert!(done.status.success(), "{:?}", done.status);
    let text = String::from_utf8(done.stdout).expect("JSON is UTF-8");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn names_from_arguments_tell_every_field() {
    let done = command()
        .args([
            "Русское / Original (2021) BDRip 1080p [Dub, Sub]",
            "Show.Name.S01E02-E05.PROPER.2160p.WEB-DL.DV.DDP5.1.H.265-GRP.mkv",
            "[Group] Title Here (01-03) [720p]",
            "",
        ])
        .stdin(Stdio::null())
        .output()
        .expect("hearthd is built");
    assert!(done.status.success());
    let text = String::from_utf8(done.stdout).expect("JSON is UTF-8");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a JSON object"))
        .collect();
    assert_eq!(
        lines,
        [
            json!({
                "title": "Русское", "alternative_titles": ["Original"], "year": 2021,
                "resolution": "1080p", "source": "bluray", "dub": "dub",
                "audio_languages": ["ru"], "subtitle_languages": ["ru"],
            }),
            json!({
                "title": "Show Name", "seasons": [1], "episodes": [2, 3, 4, 5], "proper": true,
                "resolution": "2160p", "source": "web-dl", "hdr": "dv", "audio_codec": "eac3",
                "audio_channels": "5.1", "video_codec": "h265", "group": "GRP", "container": "mkv",
            }),
            json!({
                "title": "Title Here", "absolute_episodes": [1, 2, 3], "resolution": "720p",
                "group": "Group",
            }),
            json!({}),
        ]
    );
}

#[test]
fn every_line_has_its_answer() {
    let mut input = Vec::new();
    input.extend(b"Show.Name.S01E02.mkv\r\n");
    input.extend(b"\n");
    input.extend(b"\xff\xfe\x00 Name \xf0\x9f (2019) 1080p\n");
    input.extend("Имя фильма (2019) ".repeat(60_000).as_bytes());
    input.push(b'\n');
    input.extend(vec![b'\0'; 1 << 20]);
    input.push(b'\n');
    input.extend(b"1-2-".repeat(1 << 18));
    input.push(b'\n');
    input.extend(b"   \t \n");
    input.extend("the last, without its end – 2".as_bytes());
    let lines = answers(&input);
    assert_eq!(lines.len(), 8);
    assert_eq!(lines[0]["episodes"], json!([2]));
    assert_eq!(lines[0]["container"], "mkv");
    assert_eq!(lines[1], json!({}));
    assert_eq!(lines[2]["year"], 2019);
    assert_eq!(lines[3]["year"], 2019);
    assert_eq!(lines[6], json!({}));
    assert!(lines[7]["title"].is_string());
    assert!(answers(b"").is_empty());
    assert_eq!(answers(b"\n").len(), 1);
}

/// `hearthd release-name < list | head -1` ends without an error.
#[test]
fn a_reader_who_leaves_is_no_error() {
    let mut child = command()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("hearthd is built");
    let mut stdin = child.stdin.take().expect("its input is piped");
    stdin.write_all(b"Name (2019)\n").expect("it reads");
    let mut out = BufReader::new(child.stdout.take().expect("its output is piped"));
    let mut line = String::new();
    out.read_line(&mut line)
        .expect("each line is answered at once");
    assert!(line.contains("2019"), "{line}");
    drop(out);
    let writer = thread::spawn(move || {
        // It may have ended before all was written.
        let _ = stdin.write_all(&b"Name (2019)\n".repeat(100));
    });
    let done = child.wait_with_output().expect("it ends");
    writer.join().expect("the writer ends");
    assert!(done.status.success(), "{:?}", done.status);
    assert!(done.stderr.is_empty(), "{:?}", done.stderr);
}
