//! Whatever is commanded in whatever order over whatever source: the engine answers, and plays
//! the next film.

#![allow(clippy::unwrap_used, reason = "test code")]

mod support;

use std::time::{Duration, Instant};

use hearth_media::engine::Input;
use support::{
    PATIENCE, Player, assert_at, card,
    server::{Mood, Server},
};

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[derive(Debug)]
enum Op {
    Load(u64, bool),
    LoadFile(u64),
    Play,
    Pause,
    Seek(u64),
    Stop,
    Audio(usize),
    Subtitles(Option<usize>),
    Volume(u8),
    Window(u32, u32),
    Source(Mood),
    Wait(u64),
}

impl Op {
    fn random(random: &mut Random) -> Self {
        match random.below(16) {
            0 => Self::Load(random.below(25_000), random.below(2) == 0),
            1 => Self::LoadFile(random.below(20_000)),
            2 | 3 => Self::Play,
            4 => Self::Pause,
            5..=8 => Self::Seek(random.below(22_000)),
            9 if random.below(3) == 0 => Self::Stop,
            9 => Self::Audio(random.below(4) as usize),
            10 => Self::Subtitles([None, Some(0), Some(1), Some(7)][random.below(4) as usize]),
            11 => Self::Volume(random.below(256) as u8),
            12 => Self::Window(random.below(1300) as u32, random.below(800) as u32),
            13 => Self::Source(
                [
                    Mood::Serve,
                    Mood::Serve,
                    Mood::Stall,
                    Mood::Lack(40, 80),
                    Mood::BreakOff(50_000),
                ][random.below(5) as usize],
            ),
            _ => Self::Wait(random.below(150)),
        }
    }
}

fn storm(seed: u64, ending: &str) {
    let mut random = Random(seed);
    let mut player = Player::new();
    let film = card(ending);
    let server = Server::of_file(&film);
    let mut done = Vec::new();
    player.load(server.input(), 0, false);
    for _ in 0..60 {
        let op = Op::random(&mut random);
        let begin = Instant::now();
        match op {
            Op::Load(start_ms, paused) => player.load(server.input(), start_ms, paused),
            Op::LoadFile(start_ms) => player.load(Input::File(film.clone()), start_ms, false),
            Op::Play => player.engine.play(),
            Op::Pause => player.engine.pause(),
            Op::Seek(position_ms) => player.engine.seek(position_ms),
            Op::Stop => player.engine.stop(),
            Op::Audio(index) => player.engine.set_audio_track(index),
            Op::Subtitles(index) => player.engine.set_subtitle_track(index),
            Op::Volume(volume) => player.engine.set_volume(volume),
            Op::Window(width, height) => player.sink.set_target_size(width, height),
            Op::Source(mood) => server.set(mood),
            Op::Wait(ms) => {
                player.listen(Duration::from_millis(ms));
            }
        }
        if !matches!(op, Op::Wait(_)) {
            // A read that stalls lasts for ever here.
            assert!(
                begin.elapsed() < Duration::from_secs(10),
                "{op:?} blocked: {done:?}"
            );
        }
        done.push(op);
        player.engine.position();
    }
    // Stalled or not, it plays the next film.
    player.load(Input::File(film.clone()), 4_000, true);
    player.wait_prerolled();
    while player.sink.take().is_some() {}
    player.sink.set_target_size(640, 360);
    player.engine.seek(6_000);
    player.wait_position();
    assert_at(player.number(), 6_000);
}

#[test]
fn a_storm_of_commands_leaves_the_engine_well_mkv() {
    for seed in [0x9E37_79B9, 0x1234_5678, 0x0BAD_CAFE] {
        storm(seed, "mkv");
    }
}

#[test]
fn a_storm_of_commands_leaves_the_engine_well_mp4() {
    for seed in [0x7F4A_7C15, 0x8765_4321, 0x00C0_FFEE] {
        storm(seed, "mp4");
    }
}

#[test]
fn films_that_ended_leave_no_threads_and_descriptors_behind() {
    let film = card("mkv");
    let server = Server::of_file(&film);
    let mut player = Player::new();
    let entries = |folder: &str| std::fs::read_dir(folder).unwrap().count();
    let mut round_after_round = |count: u64| {
        for round in 0..count {
            player.load(server.input(), 1_000 * round, false);
            player.wait_playing();
            player.engine.set_subtitle_track(Some(0));
            player.engine.seek(5_000);
            player.engine.stop();
        }
        // The engine is quiet once it has failed to load nothing.
        player.load(Input::File("/nonexistent".into()), 0, false);
        player.wait_failed();
        player.listen(Duration::from_millis(300));
        (entries("/proc/self/task"), entries("/proc/self/fd"))
    };
    let (threads, descriptors) = round_after_round(3);
    let end = Instant::now() + PATIENCE;
    let mut later = round_after_round(10);
    // Threads of pools, and of connections whose other end just left, go a moment later.
    while later.0 > threads + 4 || later.1 > descriptors + 4 {
        assert!(
            Instant::now() < end,
            "{threads} threads and {descriptors} descriptors became {later:?}"
        );
        later = round_after_round(0);
    }
}
