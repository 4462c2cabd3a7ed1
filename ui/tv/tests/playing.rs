//! A film on the TV: the picture proves the position, the daemon hears what happens.

#![allow(clippy::unwrap_used)]

mod support;

use std::process::Command;

use hearth_media::strip::{Picture, decode_strip};
use hearth_model::{ClientMessage, Command as Order, LoadReport};
use support::{FakeBox, House, media};

fn playing_house() -> House {
    House {
        stream: media::stream(),
        ..House::furnished()
    }
}

/// The pixels of a snapshot, three bytes each, and its width and height.
fn pixels(path: &std::path::Path) -> (Vec<u8>, u32, u32) {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    (data, info.width, info.height)
}

/// The second of the film a snapshot shows, by the strip in its picture.
fn second_shown(path: &std::path::Path) -> u32 {
    let (data, width, height) = pixels(path);
    let picture = Picture {
        data: &data,
        width,
        height,
        stride: width as usize * 3,
        channels: 3,
    };
    decode_strip(picture).expect("the strip is readable") / media::FPS
}

fn snapshot(fake: &FakeBox, name: &str, keys: &str) -> std::path::PathBuf {
    let out = support::shot(name);
    let output = Command::new(env!("CARGO_BIN_EXE_hearth-tv"))
        .args(["snapshot", "--daemon", &fake.daemon(), "--size", "1280x720"])
        .args(["--lang", "ru", "--keys", keys, "--out"])
        .arg(&out)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    out
}

#[test]
fn one_press_of_play_shows_the_film() {
    let fake = FakeBox::start(playing_house());
    // Paused for the picture: on a machine with much to do the film would end meanwhile.
    let keys = "Down Down Enter Enter wait:4000 Enter rest";
    let second = second_shown(&snapshot(&fake, "playing", keys));
    assert!((1..=110).contains(&second), "{second} s");
    fake.log(|log| {
        let said = |wanted: fn(&ClientMessage) -> bool| log.messages.iter().any(wanted);
        assert!(said(|m| matches!(
            m,
            ClientMessage::Screen { passing: true, .. }
        )));
        assert!(said(|m| matches!(
            m,
            ClientMessage::Command {
                command: Order::Play,
                ..
            }
        )));
        assert!(said(|m| matches!(
            m,
            ClientMessage::Report {
                report: LoadReport::Playing { .. },
                ..
            }
        )));
        let positions: Vec<u64> = log
            .messages
            .iter()
            .filter_map(|message| match message {
                ClientMessage::Report {
                    report: LoadReport::Position { position_ms, .. },
                    ..
                } => Some(*position_ms),
                _ => None,
            })
            .collect();
        assert!(positions.len() >= 2, "{positions:?}");
        assert!(
            positions.windows(2).all(|two| two[0] <= two[1]),
            "{positions:?}"
        );
    });
}

#[test]
fn arrows_seek() {
    let fake = FakeBox::start(playing_house());
    let keys = "Down Down Enter Enter Right Right Enter rest";
    let second = second_shown(&snapshot(&fake, "seeked", keys));
    assert!((20..=118).contains(&second), "{second} s");
    let orders: Vec<Order> = fake.log(|log| {
        log.messages
            .iter()
            .filter_map(|message| match message {
                ClientMessage::Command { command, .. } => Some(*command),
                _ => None,
            })
            .collect()
    });
    assert_eq!(orders.first(), Some(&Order::Play));
    assert!(orders.contains(&Order::Seek), "{orders:?}");
}

#[test]
fn ok_pauses() {
    let fake = FakeBox::start(playing_house());
    snapshot(
        &fake,
        "paused",
        "Down Down Enter Enter Right wait:600 Enter rest",
    );
    fake.log(|log| {
        let paused = log.messages.iter().any(|message| {
            matches!(
                message,
                ClientMessage::Report {
                    report: LoadReport::Paused { .. },
                    ..
                }
            )
        });
        assert!(paused);
    });
}

/// The card's chapters begin at each quarter of it.
#[test]
fn chapters_are_joints_in_the_timeline() {
    let fake = FakeBox::start(playing_house());
    let out = snapshot(
        &fake,
        "player-chapters",
        "Down Down Enter Enter wait:300 Enter wait:300",
    );
    let (data, width, height) = pixels(&out);
    let line_y = (height * 869 / 1080) as usize;
    let brightness = |share: f32| {
        let x = (width as f32 * (96.0 + 1728.0 * share) / 1920.0) as usize;
        u32::from(data[(line_y * width as usize + x) * 3 + 1])
    };
    for quarter in [0.25, 0.5, 0.75] {
        let (mark, beside) = (brightness(quarter), brightness(quarter + 0.02));
        assert!(mark + 30 < beside, "{quarter}: {mark} beside {beside}");
    }
}

#[test]
fn down_shows_sound_and_subtitles_up_the_sources() {
    let fake = FakeBox::start(playing_house());
    snapshot(
        &fake,
        "player-tracks",
        "Down Down Enter Enter Down wait:400 Right",
    );
    snapshot(
        &fake,
        "player-sources",
        "Down Down Enter Enter Up wait:400 Down",
    );
}

/// How many pixels below the card's own picture are lit: nothing but subtitles is.
fn lit_below(path: &std::path::Path) -> usize {
    let (data, width, height) = pixels(path);
    let rows = data.chunks(width as usize * 3);
    let below = rows.skip(height as usize * 75 / 100).flatten();
    below.filter(|value| **value > 150).count()
}

#[test]
fn subtitles_in_a_file_of_their_own_are_drawn() {
    let line = "WEBVTT\n\n00:00:00.000 --> 00:01:58.000\nЭта строка лежит рядом с фильмом\n\n";
    let house = || House {
        subtitles: Some(line.into()),
        ..playing_house()
    };
    // Behind "off" and the two inside the card; then until the overlay is gone.
    let choose = "Down Down Enter Enter wait:600 Down Right Down Down Down";
    let fake = FakeBox::start(house());
    let without = snapshot(&fake, "outside-off", &format!("{choose} Back wait:6500"));
    assert_eq!(lit_below(&without), 0);
    let fake = FakeBox::start(house());
    let with = snapshot(&fake, "outside", &format!("{choose} Enter Back wait:6500"));
    assert!(lit_below(&with) > 500, "{}", lit_below(&with));
    fake.log(|log| {
        let chosen = log.messages.iter().any(|message| {
            matches!(message, ClientMessage::Subtitles { subtitles: Some(id), .. }
                if id == "sub_beside")
        });
        assert!(chosen, "everybody hears what was chosen");
    });
}

#[test]
fn back_stops_and_returns() {
    let fake = FakeBox::start(playing_house());
    snapshot(&fake, "after-back", "Down Down Enter Enter wait:300 Back");
    let stopped = fake.log(|log| {
        log.messages.iter().any(|message| {
            matches!(
                message,
                ClientMessage::Command {
                    command: Order::Stop,
                    ..
                }
            )
        })
    });
    assert!(stopped);
}
