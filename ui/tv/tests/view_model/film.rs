//! A film on the TV: playing, seeking, other sources, the daemon that comes and goes.

use super::*;

#[test]
fn play_prepares_plays_and_reports() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Down Right Ok");
    tv.effects.clear();
    tv.press("Ok");
    assert!(matches!(tv.model.page(), Page::Player));
    assert_eq!(tv.stage(), Stage::Opening);
    assert_eq!(tv.commands(), [(Command::Play, None)]);
    tv.load(1, "http://127.0.0.1:1/a", 0);
    assert!(tv.effects.iter().any(|effect| matches!(
        effect,
        Effect::Player(PlayerOrder::Load {
            load_id: 1,
            paused: true,
            ..
        })
    )));
    tv.report(
        1,
        LoadReport::Prerolled {
            duration_ms: Some(600_000),
        },
    );
    assert!(tv.model.is_busy(), "asked to play and not playing yet");
    tv.order(ScreenCommand::Play { load_id: 1 });
    tv.report(1, LoadReport::Playing { position_ms: 0 });
    assert!(!tv.model.is_busy());
    let reports = tv
        .sent()
        .iter()
        .filter(|message| matches!(message, ClientMessage::Report { load_id: 1, .. }))
        .count();
    assert_eq!(reports, 2);
    tv.report(9, LoadReport::Ended);
    assert!(
        matches!(tv.model.page(), Page::Player),
        "the word of another load"
    );
}

#[test]
fn positions_are_passed_on_twice_a_second_at_most() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(0);
    for quarter in 1..=40 {
        tv.now_ms += 250;
        tv.report(
            1,
            LoadReport::Position {
                position_ms: quarter * 250,
                duration_ms: Some(600_000),
                buffered_ms: None,
            },
        );
    }
    let told = tv.sent().len();
    assert!((18..=21).contains(&told), "{told} in ten seconds");
}

#[test]
fn arrows_seek_once_and_faster_when_held() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(100_000);
    tv.press("Right Right");
    let shown = |tv: &Tv| tv.model.playback.as_ref().unwrap().shown_ms();
    assert_eq!(shown(&tv), 120_000, "shown at once");
    assert!(tv.commands().is_empty(), "asked for when the arrows rest");
    tv.pass(400);
    assert_eq!(tv.commands(), [(Command::Seek, Some(120_000))]);
    tv.report(
        1,
        LoadReport::Position {
            position_ms: 120_050,
            duration_ms: Some(600_000),
            buffered_ms: None,
        },
    );
    assert!(
        tv.model.playback.as_ref().unwrap().seek.is_none(),
        "arrived"
    );
    tv.pass(2_000);
    for _ in 0..6 {
        tv.press("Left");
        tv.now_ms += 100;
    }
    assert_eq!(shown(&tv), 120_050 - 4 * 10_000 - 2 * 30_000);
    for _ in 0..40 {
        tv.press("Right");
    }
    assert_eq!(shown(&tv), 598_000, "never past the end");
}

/// Another source takes over, for that reason.
fn takes_over(slug: Slug) -> Intent {
    Intent::Live(ServerMessage::SourceEvent {
        session_id: session(),
        rev: 3,
        change: SourceChange {
            from: SourceId::from_name("one"),
            to: Some(SourceId::from_name("two")),
            failure: Failure::new(slug, ""),
        },
    })
}

#[test]
fn another_source_takes_over_and_it_is_said() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(100_000);
    tv.report(
        1,
        LoadReport::Failed(Failure::new(Slug::Starved, "No bytes for 8 s")),
    );
    assert_eq!(tv.stage(), Stage::Switching);
    tv.order(ScreenCommand::Stop { load_id: 1 });
    tv.take(takes_over(Slug::Starved));
    let notice = |tv: &Tv| {
        tv.model
            .playback
            .as_ref()
            .unwrap()
            .notice
            .clone()
            .map(|(text, _)| text)
    };
    assert_eq!(
        notice(&tv).as_deref(),
        Some("The source stopped sending. Another one plays now.")
    );
    tv.load(2, "http://127.0.0.1:1/b", 100_000);
    tv.report(
        1,
        LoadReport::Position {
            position_ms: 3,
            duration_ms: None,
            buffered_ms: None,
        },
    );
    assert_eq!(tv.model.playback.as_ref().unwrap().position_ms, 100_000);
    tv.report(
        2,
        LoadReport::Playing {
            position_ms: 100_000,
        },
    );
    assert_eq!(tv.stage(), Stage::Playing);
    tv.pass(9_000);
    assert_eq!(notice(&tv), None, "it goes by itself");
}

#[test]
fn chapters_mark_the_timeline_and_name_the_place() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(100_000);
    let chapter = |name: &str, start_ms| Chapter {
        name: name.into(),
        start_ms,
    };
    tv.take(Intent::Player(PlayerNews::Inside {
        load_id: 1,
        inside: Inside {
            chapters: vec![
                chapter("The beginning", 0),
                chapter("The middle", 90_000),
                chapter("Beyond the end", 600_000),
            ],
            ..Inside::default()
        },
    }));
    let look = |tv: &Tv| {
        let playback = tv.model.playback.as_ref().unwrap();
        let name = playback.chapter().map(|chapter| chapter.name.clone());
        (playback.marks_ms().collect::<Vec<_>>(), name)
    };
    assert_eq!(look(&tv), (vec![90_000], Some("The middle".into())));
    tv.press("Left Left");
    assert_eq!(look(&tv).1.as_deref(), Some("The beginning"));
    tv.load(2, "http://127.0.0.1:1/b", 80_000);
    assert_eq!(look(&tv), (vec![], None), "another source, other chapters");
}

#[test]
fn without_another_source_the_page_says_so_and_leads_back() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(100_000);
    tv.take(Intent::Live(ServerMessage::SourceEvent {
        session_id: session(),
        rev: 3,
        change: SourceChange {
            from: SourceId::from_name("one"),
            to: None,
            failure: Failure::new(Slug::SourceGone, "The address answers 404"),
        },
    }));
    assert_eq!(
        tv.model.problem().unwrap().sentence(),
        "The address answers 404"
    );
    tv.press("Ok");
    assert_eq!(tv.title().title.names.best(Language::En), "Big Buck Bunny");
}

#[test]
fn a_phone_starts_and_stops_a_film_here() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Down Right");
    tv.load(1, "http://127.0.0.1:1/a", 0);
    assert!(matches!(tv.model.page(), Page::Player));
    assert_eq!(tv.model.playback.as_ref().unwrap().name, "Sintel");
    tv.report(1, LoadReport::Playing { position_ms: 0 });
    tv.order(ScreenCommand::Stop { load_id: 1 });
    tv.take(Intent::Live(ServerMessage::SessionEnded {
        session_id: session(),
    }));
    assert_eq!(tv.focus(), ("open".into(), "Big Buck Bunny".into()));
}

#[test]
fn the_film_outlives_a_daemon_that_comes_back() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(100_000);
    tv.take(Intent::Link(Link::Down {
        why: "closed".into(),
    }));
    assert_eq!(tv.stage(), Stage::Playing);
    assert!(tv.model.notice.is_some(), "a quiet line");
    tv.report(
        1,
        LoadReport::Position {
            position_ms: 108_000,
            duration_ms: Some(600_000),
            buffered_ms: None,
        },
    );
    tv.effects.clear();
    tv.take(Intent::Link(Link::Up));
    assert!(
        tv.sent().iter().any(|message| matches!(
            message,
            ClientMessage::Screen { playing, .. } if *playing == Some(session())
        )),
        "it says that it did not die"
    );
    tv.take(Intent::Live(ServerMessage::ScreenReady {
        screen_id: screen(),
    }));
    tv.effects.clear();
    // The daemon repeats its load where it believes the film to be.
    tv.load(2, "http://127.0.0.1:1/a", 100_000);
    let loads = tv
        .effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Player(PlayerOrder::Load { .. })))
        .count();
    assert_eq!(loads, 0, "the picture is not interrupted");
    assert!(tv.sent().iter().any(|message| matches!(
        message,
        ClientMessage::Report {
            load_id: 2,
            report: LoadReport::Playing {
                position_ms: 108_000
            },
            ..
        }
    )));
}

#[test]
fn a_daemon_that_forgot_the_session_is_asked_anew_from_here() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(100_000);
    tv.take(Intent::Link(Link::Down {
        why: "restarted".into(),
    }));
    tv.take(Intent::Link(Link::Up));
    tv.effects.clear();
    tv.take(Intent::Live(ServerMessage::Replicated {
        server_ms: 0,
        sessions: Vec::new(),
        screens: Vec::new(),
    }));
    tv.take(Intent::Live(ServerMessage::ScreenReady {
        screen_id: screen(),
    }));
    let start = tv.effects.iter().find_map(|effect| match effect {
        Effect::Ask(Request::Prepare { wish, .. }) => wish.start_ms,
        _ => None,
    });
    assert_eq!(start, Some(100_000));
}

#[test]
fn leaving_before_it_is_open_stops_it_when_it_is() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Down Right Ok");
    let effects = tv.model.update(Intent::Press(Key::Ok), 0);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Ask(Request::Prepare { .. })))
    );
    tv.press("Back");
    tv.effects.clear();
    tv.take(Intent::Answer(Answer::Prepared {
        seq: 1,
        result: Ok(prepared()),
    }));
    assert_eq!(tv.commands(), [(Command::Stop, None)]);
}

/// A wish given up was answered with its failure while the next one was being opened, and the
/// next one's page showed it.

#[test]
fn the_failure_of_a_wish_given_up_is_nobodys() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Down Right Ok");
    tv.model.update(Intent::Press(Key::Ok), 0);
    tv.press("Back");
    tv.model.update(Intent::Press(Key::Ok), 0);
    tv.take(Intent::Answer(Answer::Prepared {
        seq: 1,
        result: Err(Problem::unreachable("given up")),
    }));
    assert_eq!(tv.stage(), Stage::Opening);
}

#[test]
fn a_wish_that_a_phone_overruled_is_no_failure() {
    let superseded = Problem {
        slug: "superseded".into(),
        ..Problem::unreachable("something else was chosen")
    };
    let answer = |tv: &mut Tv| {
        tv.take(Intent::Answer(Answer::Prepared {
            seq: 1,
            result: Err(superseded.clone()),
        }));
    };
    let mut tv = Tv::new(House::furnished());
    tv.press("Down Right Ok");
    tv.model.update(Intent::Press(Key::Ok), 0);
    answer(&mut tv);
    assert!(tv.model.playback.is_none(), "stopped: back to the title");

    let mut tv = Tv::new(House::furnished());
    tv.press("Down Right Ok");
    tv.model.update(Intent::Press(Key::Ok), 0);
    tv.load(1, "http://127.0.0.1:1/other", 0);
    answer(&mut tv);
    assert_eq!(tv.stage(), Stage::Opening, "the phone's film is on its way");
}

#[test]
fn the_overlay_comes_with_arrows_and_goes_by_itself() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(0);
    tv.pass(6_000);
    let shown = |tv: &Tv| tv.model.playback.as_ref().unwrap().overlay_shown(tv.now_ms);
    assert!(!shown(&tv));
    tv.press("Down");
    assert!(shown(&tv));
    assert!(
        tv.model.playback.as_ref().unwrap().panel.is_none(),
        "the first only shows it"
    );
    tv.press("Down");
    assert!(matches!(
        tv.model.playback.as_ref().unwrap().panel,
        Some(Panel::Tracks { .. })
    ));
    tv.press("Back Up");
    assert!(matches!(
        tv.model.playback.as_ref().unwrap().panel,
        Some(Panel::Sources(_))
    ));
    tv.effects.clear();
    tv.press("Ok");
    assert_eq!(tv.commands(), [(Command::NextSource, None)]);
}

fn beside(id: &str, url: &str) -> OutsideTrack {
    OutsideTrack {
        track: SubtitleTrack {
            id: id.into(),
            language: Some("ru".into()),
            ..SubtitleTrack::default()
        },
        url: url.into(),
        piece: None,
    }
}

/// What the player and the box were asked about subtitles.
fn asked(tv: &mut Tv) -> Vec<String> {
    let effects = std::mem::take(&mut tv.effects);
    let said = effects.into_iter().filter_map(|effect| match effect {
        Effect::Player(PlayerOrder::Subtitles { track }) => Some(format!("inside {track:?}")),
        Effect::Player(PlayerOrder::OutsideSubtitles { text }) => Some(format!("outside {text}")),
        Effect::Ask(Request::Subtitles { url }) => Some(format!("ask {url}")),
        Effect::Send(ClientMessage::Subtitles { subtitles, .. }) => {
            Some(format!("tell {subtitles:?}"))
        }
        _ => None,
    });
    said.collect()
}

#[test]
fn subtitles_beside_the_film_are_chosen_like_those_inside() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Down Right Ok Ok");
    let mut load = tv.a_load(1, "http://127.0.0.1:1/a", 0);
    if let ScreenCommand::Load { outside, .. } = &mut load {
        outside.push(beside("sub_1", "/one"));
    }
    tv.order(load.clone());
    let inside = || {
        let track = Track {
            id: "inside-0".into(),
            language: Some("en".into()),
            ..Track::default()
        };
        PlayerNews::Inside {
            load_id: 1,
            inside: Inside {
                tracks: Tracks {
                    subtitles: vec![track],
                    ..Tracks::default()
                },
                ..Inside::default()
            },
        }
    };
    tv.take(Intent::Player(inside()));
    tv.report(1, LoadReport::Prerolled { duration_ms: None });
    tv.report(1, LoadReport::Playing { position_ms: 0 });
    let ids: Vec<String> = {
        let tracks = &tv.model.playback.as_ref().unwrap().tracks;
        tracks.subtitles.iter().map(|one| one.id.clone()).collect()
    };
    assert_eq!(ids, ["inside-0", "sub_1"]);
    let told = tv.sent().iter().any(|message| {
        matches!(message, ClientMessage::Report { report: LoadReport::Inside { subtitles }, .. }
            if subtitles.len() == 1)
    });
    assert!(told, "the box hears what is inside, and knows the rest");

    // Chosen here: the old ones go at once, the new ones come when they are here.
    tv.effects.clear();
    tv.press("Down Right Down Down Ok");
    assert_eq!(
        asked(&mut tv),
        ["inside None", "ask /one", "tell Some(\"sub_1\")"]
    );
    let answer = |url: &str, text: Result<&str, &str>| {
        Intent::Answer(Answer::Subtitles {
            url: url.into(),
            text: text.map(str::to_owned).map_err(Problem::unreachable),
        })
    };
    tv.take(answer("/other", Ok("late")));
    assert_eq!(asked(&mut tv), [""; 0]);
    tv.take(answer("/one", Ok("WEBVTT")));
    assert_eq!(asked(&mut tv), ["outside WEBVTT"]);
    // What the box repeats is no news; what somebody else chose is.
    let shown = |id: Option<&str>| ScreenCommand::Subtitles {
        load_id: 1,
        subtitles: id.map(str::to_owned),
    };
    tv.order(shown(Some("sub_1")));
    assert_eq!(asked(&mut tv), [""; 0]);
    tv.order(shown(Some("inside-0")));
    assert_eq!(asked(&mut tv), ["inside Some(0)"]);
    tv.order(shown(Some("sub_1")));
    assert_eq!(asked(&mut tv), ["inside None", "ask /one"]);
    // Those that cannot be had are not shown as chosen, here and elsewhere.
    tv.take(answer("/one", Err("gone")));
    assert_eq!(asked(&mut tv), ["tell None"]);
    let playback = tv.model.playback.as_ref().unwrap();
    assert_eq!(playback.tracks.subtitles_at, None);
    assert!(playback.notice.is_some());

    // Another source of the film, with what was chosen before.
    if let ScreenCommand::Load {
        load_id,
        stream,
        subtitles,
        ..
    } = &mut load
    {
        *load_id = 2;
        stream.url = "http://127.0.0.1:1/b".into();
        *subtitles = Some("sub_1".into());
    }
    tv.order(load);
    assert_eq!(asked(&mut tv), [""; 0], "nothing is known of it yet");
    let PlayerNews::Inside { inside, .. } = inside() else {
        unreachable!("it was just made")
    };
    tv.take(Intent::Player(PlayerNews::Inside { load_id: 2, inside }));
    assert_eq!(asked(&mut tv), ["inside None", "ask /one"]);
}

/// "This source failed, trying another" was shown while the film's other disc was opened.
#[test]
fn a_seek_into_another_file_and_a_wish_for_another_source_are_no_failures() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(0);
    tv.order(ScreenCommand::Stop { load_id: 1 });
    assert_eq!(tv.stage(), Stage::Opening);
    tv.load(2, "http://127.0.0.1:1/b", 300_000);
    tv.report(
        2,
        LoadReport::Playing {
            position_ms: 300_000,
        },
    );
    tv.order(ScreenCommand::Stop { load_id: 2 });
    tv.take(takes_over(Slug::Skipped));
    assert_eq!(tv.stage(), Stage::Opening);
}

#[test]
fn a_film_in_several_files_goes_on_with_the_next() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(0);
    let piece = |index: u32, from_ms: u64, until_ms: u64| Piece {
        index,
        from_ms,
        until_ms,
        whole_ms: 600_000,
    };
    for (load_id, this) in [(2, piece(0, 0, 300_000)), (3, piece(1, 300_000, 600_000))] {
        let url = format!("http://127.0.0.1:1/{load_id}");
        let mut load = tv.a_load(load_id, &url, this.from_ms);
        if let ScreenCommand::Load { piece, .. } = &mut load {
            *piece = Some(this);
        }
        tv.order(load);
        tv.report(
            load_id,
            LoadReport::Prerolled {
                duration_ms: Some(600_000),
            },
        );
        tv.report(
            load_id,
            LoadReport::Playing {
                position_ms: this.from_ms,
            },
        );
        tv.report(load_id, LoadReport::Ended);
        assert!(matches!(tv.model.page(), Page::Player));
        assert_eq!(tv.stage() == Stage::Opening, !this.is_last());
    }
    tv.film_ended();
    assert!(!matches!(tv.model.page(), Page::Player));
    assert_eq!(tv.commands(), [(Command::Stop, None)]);
}

/// Plex, Kodi and the rest offer the next episode; here the focus stayed on the one just seen.
#[test]
fn after_an_episode_the_next_one_is_one_ok_away() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Right Ok Down Down Ok");
    tv.load(1, "http://127.0.0.1:1/a", 0);
    tv.report(1, LoadReport::Playing { position_ms: 0 });
    tv.report(1, LoadReport::Ended);
    let series = tv.house.series.as_mut().unwrap();
    series.progress.as_mut().unwrap().finished = true;
    tv.film_ended();
    let page = tv.title();
    assert_eq!((page.area, page.button), (Area::Buttons, 0));
    assert_eq!(page.buttons()[0], Button::Play);
    let next = &page.next_episode().unwrap().episode;
    assert_eq!((next.season, next.number), (1, 3));
    assert_eq!(page.episode.at, 2, "the row stands on it");
}

/// The TV left at once and took its session with it: a truncated file ended the evening, though
/// there was another source.
#[test]
fn where_the_source_ends_too_early_another_goes_on() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(100_000);
    tv.report(1, LoadReport::Ended);
    assert!(tv.commands().is_empty());
    tv.order(ScreenCommand::Stop { load_id: 1 });
    tv.take(takes_over(Slug::CutShort));
    assert_eq!(tv.stage(), Stage::Switching);
    tv.load(2, "http://127.0.0.1:1/b", 100_000);
    tv.report(
        2,
        LoadReport::Playing {
            position_ms: 100_000,
        },
    );
    assert!(matches!(tv.model.page(), Page::Player));

    // A box that is gone cannot say it.
    tv.report(2, LoadReport::Ended);
    tv.take(Intent::Link(Link::Down {
        why: "closed".into(),
    }));
    assert!(!matches!(tv.model.page(), Page::Player));
}
