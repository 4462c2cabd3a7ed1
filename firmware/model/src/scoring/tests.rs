use super::*;
use crate::{Hints, Location, Release, SourceKind, SourceView, TitleId, TorrentLocation};

fn torrent(name: &str, resolution: Option<&str>, seeders: Option<u32>) -> Source {
    let title_id = TitleId::from_name("t");
    let location = Location::Torrent(TorrentLocation {
        infohash: Some(format!("{:0>40}", name.len())),
        trackers: vec!["udp://tracker.example.org:1337/announce".into()],
        ..TorrentLocation::default()
    });
    Source {
        id: Source::id_for(title_id, None, &location),
        title_id,
        episode_id: None,
        kind: SourceKind::Torrent,
        provider: "torznab:test".into(),
        name: name.into(),
        release: Release {
            resolution: resolution.map(Into::into),
            ..Release::default()
        },
        size_bytes: None,
        seeders,
        health: Health::Unknown,
        location,
        hints: Hints::default(),
    }
}

fn total(source: &Source) -> f32 {
    Judge::default().verdict(source).score.total
}

fn view(judge: &Judge, source: &Source) -> SourceView {
    source.view(judge, Language::En)
}

#[test]
fn what_is_unknown_counts_a_half_and_is_said_to_be() {
    let source = torrent("x", None, None);
    assert!((total(&source) - 0.5).abs() < 1e-6);
    let judge = Judge::default();
    for language in [Language::En, Language::Ru] {
        for reason in judge.reasons(&source, language) {
            assert!(!reason.known, "{reason:?}");
            let yet = match language {
                Language::En => "not known yet",
                Language::Ru => "пока неизвест",
            };
            assert!(reason.text.contains(yet), "{reason:?}");
        }
    }
}

#[test]
fn more_lines_and_more_seeders_win() {
    assert!(
        total(&torrent("x", Some("1080p"), Some(50)))
            > total(&torrent("x", Some("480p"), Some(50)))
    );
    assert!(
        total(&torrent("x", Some("1080p"), Some(50)))
            > total(&torrent("x", Some("1080p"), Some(1)))
    );
    let few_lines_alive = total(&torrent("x", Some("720p"), Some(200)));
    let many_lines_dead = total(&torrent("x", Some("2160p"), Some(0)));
    assert!(
        few_lines_alive > many_lines_dead,
        "a swarm without seeders is no pleasure"
    );
}

#[test]
fn the_weights_are_the_designs_and_need_not_sum_to_one() {
    let Weights {
        quality,
        speed,
        availability,
        subtitles,
        audio,
    } = Weights::default();
    assert_eq!(
        (quality, speed, availability, subtitles, audio),
        (0.30, 0.25, 0.20, 0.15, 0.10)
    );
    let doubled = Judge {
        weights: Weights {
            quality: 0.60,
            speed: 0.50,
            availability: 0.40,
            subtitles: 0.30,
            audio: 0.20,
        },
        ..Judge::default()
    };
    let source = torrent("x", Some("1080p"), Some(50));
    let other = doubled.verdict(&source).score.total;
    assert!((other - total(&source)).abs() < 1e-6);
    let none = Weights {
        quality: 0.0,
        speed: 0.0,
        availability: 0.0,
        subtitles: 0.0,
        audio: 0.0,
    };
    let negative = Weights {
        quality: -1.0,
        ..Weights::default()
    };
    assert!(Weights::default().are_usable() && !none.are_usable() && !negative.are_usable());
}

#[test]
fn what_the_screen_cannot_decode_is_refused_with_the_reason() {
    let mut source = torrent("x", Some("1080p"), Some(5));
    source.release.video_codec = Some("av1".into());
    let judge = Judge {
        abilities: ScreenAbilities {
            video_codecs: vec!["h264".into()],
            ..ScreenAbilities::default()
        },
        ..Judge::default()
    };
    let view = view(&judge, &source);
    assert!(!view.playable && view.rank < 0.0);
    assert_eq!(
        view.refused.as_deref(),
        Some("This screen cannot decode AV1")
    );
}

#[test]
fn what_needs_headers_plays_because_the_box_asks() {
    let mut source = torrent("x", Some("1080p"), None);
    source.location = Location::Url {
        url: "https://example.org/film".into(),
        headers: [("Referer".to_owned(), "x".to_owned())].into(),
    };
    for kind in [SourceKind::Hls, SourceKind::Dash, SourceKind::Direct] {
        source.kind = kind;
        let view = view(&Judge::default(), &source);
        assert!(view.playable, "{kind:?}: {view:?}");
    }
}

#[test]
fn the_reason_is_said_in_both_languages() {
    let mut source = torrent("x", Some("1080p"), Some(242));
    source.release.video_codec = Some("h265".into());
    source.release.audio_languages = vec!["ru".into()];
    source.release.dub = Some("dub".into());
    let why = |language| source.view(&Judge::default(), language).why;
    assert_eq!(
        why(Language::En),
        "1080p HEVC, this screen decodes it; 242 seeders; Russian dub; subtitles not known yet"
    );
    assert_eq!(
        why(Language::Ru),
        "1080p HEVC, этот экран умеет; 242 раздающих; дубляж: русский; субтитры пока неизвестны"
    );
}

#[test]
fn a_source_seen_without_subtitles_says_so_and_stands_behind_the_unknown() {
    let unknown = torrent("x", None, None);
    let mut seen = unknown.clone();
    seen.hints.without_subtitles = true;
    let part = |source: &Source| view(&Judge::default(), source).score.parts.subtitles;
    assert_eq!((part(&seen), part(&unknown)), (0.0, 0.5));
    let why = |source: &Source, language| source.view(&Judge::default(), language).why;
    assert!(why(&seen, Language::En).ends_with("no subtitles"));
    assert!(why(&seen, Language::Ru).ends_with("без субтитров"));
    // Its release tells of some: the screen may not know their form.
    seen.release.subtitle_languages = vec!["ru".into()];
    assert!(why(&seen, Language::En).ends_with("subtitles in Russian"));
    let judge = Judge {
        taste: Taste {
            subtitle_languages: Vec::new(),
            ..Taste::default()
        },
        ..Judge::default()
    };
    seen.release.subtitle_languages.clear();
    let part = view(&judge, &seen).score.parts.subtitles;
    assert!((part - 0.5).abs() < 1e-6, "who wishes none misses none");
}

#[test]
fn the_wish_for_a_dub_or_the_original_decides_between_sounds() {
    let of = |dub: Option<&str>, sound| {
        let mut source = torrent("x", None, None);
        source.release.audio_languages = vec!["ru".into()];
        source.release.dub = dub.map(Into::into);
        let judge = Judge {
            taste: Taste {
                sound,
                ..Taste::default()
            },
            ..Judge::default()
        };
        judge.verdict(&source).score.parts.audio
    };
    assert!(of(Some("dub"), Sound::Dub) > of(Some("voiceover"), Sound::Dub));
    assert!(of(Some("voiceover"), Sound::Dub) > of(Some("original"), Sound::Dub));
    assert!(of(Some("original"), Sound::Original) > of(None, Sound::Original));
    assert!(of(None, Sound::Original) > of(Some("dub"), Sound::Original));
    let any = [Some("dub"), Some("original"), None].map(|dub| of(dub, Sound::Any));
    assert!(any.iter().all(|value| (value - any[0]).abs() < 1e-6));
}

#[test]
fn limits_of_the_viewer_are_kept() {
    let mut large = torrent("x", Some("2160p"), Some(50));
    large.size_bytes = Some(12_400_000_000);
    let judge = |taste| Judge {
        taste,
        ..Judge::default()
    };
    let limited = judge(Taste {
        max_size_gb: Some(8),
        ..Taste::default()
    });
    assert_eq!(
        view(&limited, &large).refused.as_deref(),
        Some("12.4 GB is more than the limit of 8 GB")
    );
    let small_picture = judge(Taste {
        max_height: Some(1080),
        ..Taste::default()
    });
    let mut fitting = torrent("y", Some("1080p"), Some(50));
    fitting.size_bytes = Some(2_000_000_000);
    let rank = |judge: &Judge, source: &Source| judge.verdict(source).rank;
    assert!(rank(&small_picture, &fitting) > rank(&small_picture, &large));
    assert!(rank(&Judge::default(), &large) > rank(&Judge::default(), &fitting));
    let metered = judge(Taste {
        metered: true,
        ..Taste::default()
    });
    let speed = |source: &Source| metered.verdict(source).score.parts.speed;
    assert!(speed(&fitting) > speed(&large) * 5.0);
}

#[test]
fn the_owner_pins_prefers_and_blocks() {
    let mut best = torrent("Best.Film.2160p.x264-GOOD", Some("2160p"), Some(500));
    best.release.group = Some("GOOD".into());
    let mut poor = torrent("Poor Film 480p", Some("480p"), Some(1));
    poor.provider = "torznab:other".into();
    let with = |rule, what, value: &str| Judge {
        preferences: vec![Preference {
            rule,
            what,
            value: value.into(),
        }],
        ..Judge::default()
    };
    let rank = |judge: &Judge, source: &Source| judge.verdict(source).rank;
    let plain = Judge::default();
    assert!(rank(&plain, &best) > rank(&plain, &poor));

    let pinned = with(Rule::Pin, Preferred::Provider, "torznab:other");
    assert!(rank(&pinned, &poor) > rank(&pinned, &best));
    let mut failing = poor.clone();
    failing.health = Health::Failing;
    assert!(
        rank(&pinned, &failing) < rank(&pinned, &best),
        "not while it fails"
    );

    let preferred = with(Rule::Prefer, Preferred::Word, "poor FILM");
    let more = preferred.verdict(&poor).score.total - plain.verdict(&poor).score.total;
    assert!((more - 0.1).abs() < 1e-6, "{more}");
    let part_of_a_word = with(Rule::Prefer, Preferred::Word, "oor");
    assert!((rank(&part_of_a_word, &poor) - rank(&plain, &poor)).abs() < 1e-6);

    let blocked = with(Rule::Block, Preferred::Group, "good");
    let verdict = blocked.verdict(&best);
    assert!(!verdict.is_playable() && verdict.rank < rank(&blocked, &poor));
    assert_eq!(
        verdict.refused.unwrap().text(Language::En),
        "The owner does not want it: group good"
    );
}

/// Cut at 1, both were alike, and the worse one could be taken.
#[test]
fn of_two_preferred_sources_that_lack_nothing_the_better_one_is_first() {
    let file = |resolution| {
        let mut file = torrent("film.mkv", Some(resolution), None);
        file.kind = SourceKind::Direct;
        file.location = Location::File {
            path: "film.mkv".into(),
            rest: Vec::new(),
        };
        file.release.audio_languages = vec!["ru".into()];
        file.release.subtitle_languages = vec!["ru".into()];
        file
    };
    let judge = Judge {
        preferences: vec![Preference {
            rule: Rule::Prefer,
            what: Preferred::Word,
            value: "film".into(),
        }],
        ..Judge::default()
    };
    let verdict = |resolution| judge.verdict(&file(resolution));
    let (good, better) = (verdict("1440p"), verdict("2160p"));
    assert!((good.score.total - better.score.total).abs() < f32::EPSILON);
    assert!(better.rank > good.rank);
}

#[test]
fn the_owners_order_decides_between_equals() {
    let first = torrent("x", Some("1080p"), Some(5));
    let mut second = first.clone();
    second.provider = "torznab:other".into();
    let judge = Judge {
        order: vec!["torznab:other".into(), "torznab:test".into()],
        ..Judge::default()
    };
    assert!(judge.verdict(&second).rank > judge.verdict(&first).rank);
    second.seeders = Some(4);
    assert!(judge.verdict(&second).rank < judge.verdict(&first).rank);
}

#[test]
fn what_was_learnt_of_a_tracker_moves_the_score_more_the_more_was_seen() {
    let source = torrent("x", Some("1080p"), Some(20));
    let after = |count: usize, outcome: Outcome| {
        let mut learnt = Learnt::default();
        for _ in 0..count {
            learnt.add(outcome, 7);
        }
        let judge = Judge {
            learnt: [("tracker:tracker.example.org".to_owned(), learnt)].into(),
            now: 7,
            ..Judge::default()
        };
        (
            judge.verdict(&source).score.parts,
            judge.why(&source, Language::En),
        )
    };
    let (nothing, silent) = after(0, Outcome::Failed);
    let (once, _) = after(1, Outcome::Failed);
    let (often, _) = after(10, Outcome::Failed);
    assert!(nothing.availability > once.availability && once.availability > often.availability);
    assert!(
        (nothing.speed - once.speed).abs() < 1e-6,
        "a failure says nothing of speed"
    );
    let (starved, said) = after(10, Outcome::Starved);
    assert!(starved.speed < 0.2);
    assert!(!silent.contains("slow"), "{silent}");
    assert!(said.contains("slow as far as was seen"), "{said}");
}

#[test]
fn a_film_from_a_cinema_hall_is_poor_whatever_else_is_known() {
    let mut source = torrent("x", None, Some(5));
    source.release.source = Some("cam".into());
    let cam = Judge::default().verdict(&source).score.parts.quality;
    assert!((cam - 0.15).abs() < 1e-6, "{cam}");
}

#[test]
fn wishes_that_make_no_sense_are_named() {
    assert_eq!(Taste::default().problem(), None);
    for (taste, said) in [
        (
            Taste {
                audio_languages: vec!["Russian".into()],
                ..Taste::default()
            },
            "Russian",
        ),
        (
            Taste {
                max_height: Some(5),
                ..Taste::default()
            },
            "max_height",
        ),
        (
            Taste {
                max_size_gb: Some(0),
                ..Taste::default()
            },
            "max_size_gb",
        ),
        (
            Taste {
                subtitle_languages: vec!["ru".into(); 13],
                ..Taste::default()
            },
            "subtitle_languages",
        ),
    ] {
        let problem = taste.problem().unwrap();
        assert!(problem.contains(said), "{problem}");
    }
}
