//! The worked examples of `docs/reference/scoring.md`, read from there and computed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeMap;

use hearth_model::{
    Health, Hints, Judge, Language, Learnt, Location, Outcome, Release, Sound, Source, SourceKind,
    Taste, TitleId, TorrentLocation, learnt_under,
};

const DOCUMENT: &str = include_str!("../../../docs/reference/scoring.md");

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

/// A source and what it is judged by, from the words of an example.
fn example(words: &str) -> (Source, Judge) {
    let title_id = TitleId::from_name("example");
    let mut facts = words.split_whitespace();
    let url = |kind| {
        let location = Location::Url {
            url: "https://host.example.org/film".into(),
            headers: BTreeMap::new(),
        };
        (kind, location)
    };
    let (kind, location) = match facts.next().unwrap() {
        "torrent" => (
            SourceKind::Torrent,
            Location::Torrent(TorrentLocation::default()),
        ),
        "file" => (
            SourceKind::Direct,
            Location::File {
                path: "/films/film.mkv".into(),
                rest: Vec::new(),
            },
        ),
        "direct" => url(SourceKind::Direct),
        "hls" => url(SourceKind::Hls),
        other => panic!("no such kind of source: {other}"),
    };
    let mut source = Source {
        id: Source::id_for(title_id, None, &location),
        title_id,
        episode_id: None,
        kind,
        provider: "test".into(),
        name: "example".into(),
        release: Release::default(),
        size_bytes: None,
        seeders: None,
        health: Health::Unknown,
        location,
        hints: Hints::default(),
    };
    let mut taste = Taste::default();
    let mut learnt = Learnt::default();
    for fact in facts {
        let (name, value) = fact.split_once('=').unwrap_or((fact, ""));
        match name {
            "height" => source.release.resolution = Some(format!("{value}p")),
            "codec" => source.release.video_codec = Some(value.into()),
            "hdr" => source.release.hdr = Some(value.into()),
            "seeders" => source.seeders = Some(value.parse().unwrap()),
            "size_gb" => {
                source.size_bytes = Some(value.parse::<u64>().unwrap() * 1_000_000_000);
            }
            "audio" => source.release.audio_languages = list(value),
            "dub" => source.release.dub = Some(value.into()),
            "subtitles" => source.release.subtitle_languages = list(value),
            "health" => {
                assert_eq!(value, "good");
                source.health = Health::Good;
            }
            "wish_height" => taste.max_height = Some(value.parse().unwrap()),
            "wish_audio" => taste.audio_languages = list(value),
            "sound" => {
                assert_eq!(value, "original");
                taste.sound = Sound::Original;
            }
            "metered" => taste.metered = true,
            "starved" => {
                for _ in 0..value.parse().unwrap() {
                    learnt.add(Outcome::Starved, 1);
                }
            }
            other => panic!("no such fact: {other}"),
        }
    }
    let key = learnt_under(&source).into_iter().next();
    let judge = Judge {
        taste,
        learnt: key.map(|key| (key, learnt)).into_iter().collect(),
        now: 1,
        ..Judge::default()
    };
    (source, judge)
}

#[test]
fn the_worked_examples_are_what_the_box_computes() {
    let table = DOCUMENT.split("## Worked examples").nth(1).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(rows.len(), 5, "five examples");
    for row in rows {
        let (source, judge) = example(row[1].trim_matches('`'));
        let score = judge.verdict(&source).score;
        let parts = score.parts;
        let computed = [
            parts.quality,
            parts.speed,
            parts.availability,
            parts.subtitles,
            parts.audio,
            score.total,
        ];
        for (said, computed) in row[2..].iter().zip(computed) {
            let said: f32 = said.parse().unwrap();
            assert!(
                (said - computed).abs() < 0.000_51,
                "{}: {said} is said, {computed} computed: {score:?}",
                row[0]
            );
        }
    }
}

#[test]
fn the_documents_sentence_is_the_first_examples() {
    let words = DOCUMENT
        .split('`')
        .find(|words| words.starts_with("torrent height"))
        .unwrap();
    let (source, judge) = example(words);
    let why = judge.why(&source, Language::En);
    let document = DOCUMENT.replace('\n', " ");
    assert!(document.contains(&why), "{why}");
}

#[test]
fn the_documents_weights_are_the_default_ones() {
    let weights = hearth_model::Weights::default();
    for (part, weight) in [
        ("quality", weights.quality),
        ("speed", weights.speed),
        ("availability", weights.availability),
        ("subtitles", weights.subtitles),
        ("audio", weights.audio),
    ] {
        let row = format!("| {part} | {weight:.2} |");
        assert!(DOCUMENT.contains(&row), "{row}");
    }
}
