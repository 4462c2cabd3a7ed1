//! Pages as data: keys and messages in, what is shown and what is asked for out. No window.

#![allow(clippy::unwrap_used)]

mod support;

use hearth_model::{
    ClientMessage, Command, Failure, Language, LoadReport, ScreenAbilities, ScreenCommand,
    ScreenId, ServerMessage, SessionId, Slug, SourceChange, SourceId, Stream, TitleId,
};
use hearth_tv::{
    kept::Choices,
    keys::Key,
    view_model::{
        Answer, Button, Chapter, Effect, Inside, Intent, LibraryPage, Link, Model, Page, Panel,
        Part, PlayerNews, PlayerOrder, Prepared, Problem, Request, Role, Stage, TitlePage,
    },
};
use serde_json::json;
use support::House;

/// A TV in a furnished house, driven by hand.
struct Tv {
    model: Model,
    house: House,
    now_ms: u64,
    effects: Vec<Effect>,
}

impl Tv {
    fn new(house: House) -> Self {
        let role = Role::Household {
            name: "TV".into(),
            abilities: ScreenAbilities::default(),
        };
        let mut tv = Self {
            model: Model::new(Language::En, role, 0),
            house,
            now_ms: 0,
            effects: Vec::new(),
        };
        tv.take(Intent::Link(Link::Up));
        tv.take(Intent::Live(ServerMessage::Replicated {
            server_ms: 0,
            sessions: Vec::new(),
            screens: Vec::new(),
        }));
        tv.take(Intent::Live(ServerMessage::ScreenReady {
            screen_id: screen(),
        }));
        tv
    }

    /// Takes it in and answers what it asks for, as the house would.
    fn take(&mut self, intent: Intent) {
        let effects = self.model.update(intent, self.now_ms);
        self.effects.extend(effects.clone());
        for effect in effects {
            if let Effect::Ask(request) = effect {
                for answer in self.answers(request) {
                    self.take(Intent::Answer(answer));
                }
            }
        }
    }

    fn answers(&mut self, request: Request) -> Vec<Answer> {
        let mut get = |path: &str| {
            let (status, answer) =
                self.house
                    .answer("GET", &format!("/api/v1/{path}"), &json!(null));
            if status == 200 {
                Ok(answer)
            } else {
                Err(serde_json::from_value::<Problem>(answer).unwrap())
            }
        };
        match request {
            Request::Home { .. } => {
                vec![Answer::Home(get("home").map(|answer| {
                    serde_json::from_value(answer["rows"].clone()).unwrap()
                }))]
            }
            Request::Title { id, .. } => vec![Answer::Title {
                id,
                detail: Box::new(
                    get(&format!("media/{id}"))
                        .map(|answer| serde_json::from_value(answer).unwrap()),
                ),
            }],
            Request::Sources {
                title_id,
                episode_id,
                ..
            } => {
                let page: hearth_model::SourcesPage =
                    serde_json::from_value(get(&format!("media/{title_id}/sources")).unwrap())
                        .unwrap();
                // The worst first: the page has to put them right.
                let mut parts: Vec<_> = page.items.into_iter().rev().map(Part::Item).collect();
                parts.push(Part::Done);
                parts
                    .into_iter()
                    .map(|part| Answer::Sources {
                        title_id,
                        episode_id,
                        part,
                    })
                    .collect()
            }
            Request::Search { seq, text, .. } => {
                let page: hearth_model::SearchPage =
                    serde_json::from_value(get(&format!("media/search?q={text}")).unwrap())
                        .unwrap();
                let mut parts: Vec<_> = page.items.into_iter().map(Part::Item).collect();
                parts.push(Part::Done);
                parts
                    .into_iter()
                    .map(|part| Answer::Search { seq, part })
                    .collect()
            }
            Request::Library { kind, cursor, .. } => {
                let cursor = cursor.unwrap_or_default();
                let page: hearth_model::SearchPage = serde_json::from_value(
                    get(&format!(
                        "media/search?q=&type=film&limit=60&cursor={cursor}"
                    ))
                    .unwrap(),
                )
                .unwrap();
                vec![Answer::Library {
                    kind,
                    page: Ok(LibraryPage {
                        items: page.items,
                        next: page.next,
                    }),
                }]
            }
            Request::Prepare { seq, .. } => vec![Answer::Prepared {
                seq,
                result: Ok(prepared()),
            }],
            Request::Box => vec![Answer::Box(
                get("box").map(|answer| serde_json::from_value(answer).unwrap()),
            )],
            Request::HidePin => vec![Answer::PinHidden],
            Request::ShowPin | Request::Pair { .. } | Request::OfBox(_) => Vec::new(),
        }
    }

    fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let key = match key {
                "Up" => Key::Up,
                "Down" => Key::Down,
                "Left" => Key::Left,
                "Right" => Key::Right,
                "Ok" => Key::Ok,
                "Back" => Key::Back,
                "Home" => Key::Home,
                "Search" => Key::Search,
                letter => Key::Letter(letter.chars().next().unwrap()),
            };
            self.take(Intent::Press(key));
        }
    }

    /// Lets time pass, waking the model when it wants to be woken.
    fn pass(&mut self, ms: u64) {
        let end_ms = self.now_ms + ms;
        while let Some(wake_ms) = self.model.next_wake().filter(|wake_ms| *wake_ms <= end_ms) {
            self.now_ms = wake_ms.max(self.now_ms + 1);
            self.take(Intent::Wake);
        }
        self.now_ms = end_ms;
    }

    fn title(&self) -> &TitlePage {
        match self.model.page() {
            Page::Title(page) => page,
            other => panic!("not a title's page: {other:?}"),
        }
    }

    /// What has the focus on the home page: its row and title.
    fn focus(&self) -> (String, String) {
        match self.model.page() {
            Page::Home(home) => (
                home.rows[home.row].id.clone(),
                home.focused()
                    .unwrap()
                    .title
                    .names
                    .best(Language::En)
                    .to_owned(),
            ),
            other => panic!("not the home page: {other:?}"),
        }
    }

    fn sent(&mut self) -> Vec<ClientMessage> {
        let effects = std::mem::take(&mut self.effects);
        effects
            .into_iter()
            .filter_map(|effect| match effect {
                Effect::Send(message) => Some(message),
                _ => None,
            })
            .collect()
    }

    fn commands(&mut self) -> Vec<(Command, Option<u64>)> {
        self.sent()
            .into_iter()
            .filter_map(|message| match message {
                ClientMessage::Command {
                    command,
                    position_ms,
                    ..
                } => Some((command, position_ms)),
                _ => None,
            })
            .collect()
    }

    fn order(&mut self, command: ScreenCommand) {
        self.take(Intent::Live(ServerMessage::ToScreen {
            screen_id: screen(),
            command,
        }));
    }

    fn load(&mut self, load_id: u64, url: &str, start_ms: u64) {
        self.order(ScreenCommand::Load {
            session_id: session(),
            load_id,
            stream: Stream {
                url: url.into(),
                mime: "video/mp4".into(),
                expires_at: 0,
            },
            start_ms,
            paused: true,
            volume: 80,
            title: self.house.titles[0].names.clone(),
            season: None,
            number: None,
        });
    }

    fn report(&mut self, load_id: u64, report: LoadReport) {
        self.take(Intent::Player(PlayerNews::Report { load_id, report }));
    }

    /// A film of ten minutes plays from `position_ms`.
    fn playing(&mut self, position_ms: u64) {
        self.press("Down Right Ok Ok");
        self.load(1, "http://127.0.0.1:1/a", position_ms);
        self.report(
            1,
            LoadReport::Prerolled {
                duration_ms: Some(600_000),
            },
        );
        self.report(1, LoadReport::Playing { position_ms });
        self.effects.clear();
    }

    fn stage(&self) -> Stage {
        self.model.playback.as_ref().unwrap().stage.clone()
    }
}

fn screen() -> ScreenId {
    ScreenId::from_name("tv")
}

fn session() -> SessionId {
    SessionId::from_bytes([7; 16])
}

fn prepared() -> Prepared {
    Prepared {
        session_id: session(),
        source_id: SourceId::from_name("one"),
    }
}

#[test]
fn the_tv_introduces_itself_and_tells_its_page() {
    let mut tv = Tv::new(House::furnished());
    let sent = tv.sent();
    assert!(matches!(&sent[0], ClientMessage::Screen { passing: false, name, .. } if name == "TV"));
    assert!(sent.contains(&ClientMessage::Page {
        page: "home".into(),
        text: None
    }));
    tv.press("Search s");
    assert_eq!(
        tv.sent().last(),
        Some(&ClientMessage::Page {
            page: "search".into(),
            text: Some("s".into())
        })
    );
}

#[test]
fn focus_is_remembered_in_each_row_and_on_return() {
    let mut tv = Tv::new(House::furnished());
    assert_eq!(tv.focus(), ("continue".into(), "Tears of Steel".into()));
    tv.press("Down Right Right Right");
    assert_eq!(tv.focus(), ("open".into(), "Cosmos Laundromat".into()));
    tv.press("Up Right");
    assert_eq!(tv.focus(), ("continue".into(), "Caminandes".into()));
    tv.press("Down");
    assert_eq!(tv.focus(), ("open".into(), "Cosmos Laundromat".into()));
    tv.press("Ok Back");
    assert_eq!(tv.focus(), ("open".into(), "Cosmos Laundromat".into()));
}

#[test]
fn a_changed_home_page_keeps_the_focus_on_its_title() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Down Right Right Right");
    let film = tv.house.rows[1].items.remove(3);
    tv.house.rows[1].items.insert(7, film);
    tv.house.rows.remove(0);
    tv.take(Intent::Link(Link::Up));
    assert_eq!(tv.focus(), ("open".into(), "Cosmos Laundromat".into()));
}

#[test]
fn back_always_leads_home_and_home_is_never_left() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Search s Right Right Right Right Right Right Right Right Ok Ok");
    assert!(matches!(tv.model.page(), Page::Player));
    for _ in 0..10 {
        tv.press("Back");
    }
    assert!(matches!(tv.model.page(), Page::Home(_)));
    assert_eq!(tv.model.pages.len(), 1);
    assert!(tv.model.playback.is_none());
}

#[test]
fn whatever_is_pressed_something_has_the_focus() {
    let mut tv = Tv::new(House::furnished());
    let keys = [
        "Up", "Down", "Left", "Right", "Ok", "Back", "Left", "Right", "Down", "Ok", "s",
    ];
    // The same walk each time: a linear congruence picks the keys.
    let mut state = 12_345_u64;
    for _ in 0..20_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        tv.press(keys[(state >> 33) as usize % keys.len()]);
        tv.effects.clear();
        match tv.model.page() {
            Page::Home(home) => assert!(home.focused().is_some()),
            Page::Search(page) if page.in_results => assert!(page.grid.at < page.items.len()),
            Page::Library(page) => assert!(page.grid.at < page.items.len().max(1)),
            Page::Title(page) => {
                assert!(page.button < page.buttons().len());
                assert!(page.episode.at < page.episodes().len().max(1));
                assert!(page.sources.cursor.at < page.sources.items.len().max(1));
            }
            _ => {}
        }
        assert!(matches!(tv.model.pages[0], Page::Home(_)));
        assert!(tv.model.pages.len() < 40);
    }
}

#[test]
fn the_rail_opens_at_the_edge_and_closes_again() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Left");
    assert_eq!(tv.model.rail, Some(1), "on the place one is at");
    tv.press("Right");
    assert_eq!(tv.model.rail, None);
    tv.press("Left Down Ok");
    let Page::Library(page) = tv.model.page() else {
        panic!("films");
    };
    assert_eq!(page.items.len(), 11);
    tv.press("Home");
    assert!(matches!(tv.model.page(), Page::Home(_)));
}

#[test]
fn a_long_library_is_fetched_as_one_scrolls() {
    let mut tv = Tv::new(House::vast(500));
    tv.press("Left Down Ok");
    let count = |tv: &Tv| match tv.model.page() {
        Page::Library(page) => page.items.len(),
        _ => 0,
    };
    assert_eq!(count(&tv), 60);
    for _ in 0..8 {
        tv.press("Down");
    }
    assert_eq!(count(&tv), 120);
}

#[test]
fn search_answers_each_letter_and_drops_the_late() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Search s p r");
    let found = |tv: &Tv| match tv.model.page() {
        Page::Search(page) => page.items.len(),
        _ => 0,
    };
    assert_eq!(found(&tv), 2, "Spring and Sprite Fright");
    let late = tv.house.titles[0].clone();
    tv.take(Intent::Answer(Answer::Search {
        seq: 1,
        part: Part::Item(late),
    }));
    assert_eq!(found(&tv), 2, "an answer to `s` comes too late for `spr`");
    tv.take(Intent::Live(ServerMessage::Text {
        screen_id: screen(),
        text: "sint".into(),
    }));
    assert_eq!(found(&tv), 1, "typed on a phone");
    tv.take(Intent::Live(ServerMessage::Text {
        screen_id: ScreenId::from_name("another"),
        text: "x".into(),
    }));
    assert_eq!(found(&tv), 1, "meant for another screen");
}

#[test]
fn remote_keys_go_the_keyboards_way() {
    let mut tv = Tv::new(House::furnished());
    for key in ["down", "right", "ok"] {
        tv.take(Intent::Live(ServerMessage::Key {
            screen_id: screen(),
            key: key.into(),
        }));
    }
    assert_eq!(tv.title().title.names.best(Language::En), "Big Buck Bunny");
}

#[test]
fn sources_stand_best_first_however_they_come() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Down Right Ok");
    let totals: Vec<(bool, f32)> = tv
        .title()
        .sources
        .items
        .iter()
        .map(|source| (source.playable, source.score.total))
        .collect();
    assert_eq!(totals.len(), 4);
    assert!(totals.windows(2).all(|two| two[0] >= two[1]), "{totals:?}");
    assert!(!totals[3].0, "what cannot be played is last");
    tv.press("Right Ok Down Down Down Ok");
    assert!(
        tv.title().sheet_open,
        "a source that cannot be played is not chosen"
    );
    tv.press("Up Ok");
    let asked = tv.effects.iter().find_map(|effect| match effect {
        Effect::Ask(Request::Prepare { wish, .. }) => wish.source_id,
        _ => None,
    });
    assert!(asked.is_some());
}

#[test]
fn a_title_left_in_the_middle_offers_to_go_on() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Ok");
    assert_eq!(
        tv.title().buttons(),
        [
            Button::Resume {
                position_ms: 431_000
            },
            Button::StartOver,
            Button::Sources
        ]
    );
    tv.press("Right Ok");
    let start = tv.effects.iter().find_map(|effect| match effect {
        Effect::Ask(Request::Prepare { wish, .. }) => Some(wish.start_ms),
        _ => None,
    });
    assert_eq!(start, Some(Some(0)));
}

#[test]
fn a_series_goes_on_with_the_episode_left() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Right Ok");
    let next = tv.title().next_episode().unwrap();
    assert_eq!((next.episode.season, next.episode.number), (1, 2));
    assert_eq!(tv.title().episode.at, 1, "the row stands on it");
    tv.press("Down Right");
    assert_eq!(tv.title().episodes().len(), 2, "the second season");
    tv.press("Down Right Ok");
    let asked = tv.effects.iter().rev().find_map(|effect| match effect {
        Effect::Ask(Request::Prepare { wish, .. }) => wish.episode_id,
        _ => None,
    });
    assert_eq!(asked, Some(hearth_model::EpisodeId::from_name("2x2")));
}

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
    tv.take(Intent::Live(ServerMessage::SourceEvent {
        session_id: session(),
        rev: 3,
        change: SourceChange {
            from: SourceId::from_name("one"),
            to: Some(SourceId::from_name("two")),
            failure: Failure::new(Slug::Starved, "No bytes for 8 s"),
        },
    }));
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
fn motion_and_language_are_chosen_in_the_settings_and_kept() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Left Down Down Down Ok");
    tv.effects.clear();
    tv.press("Down Ok Down Ok");
    assert!(tv.model.reduced_motion);
    let kept = tv.effects.iter().rev().find_map(|effect| match effect {
        Effect::Keep(choices) => Some(*choices),
        _ => None,
    });
    assert_eq!(
        kept,
        Some(Choices {
            language: Some(Language::Ru),
            reduced_motion: Some(true),
        })
    );
    tv.press("Ok");
    assert!(!tv.model.reduced_motion);
}

#[test]
fn a_refusal_is_said_in_the_language_of_the_house() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(100_000);
    tv.model.language = Language::Ru;
    tv.take(Intent::Live(ServerMessage::Refused {
        request_id: "tv-1".into(),
        slug: Slug::NoOtherSource.into(),
        detail: "there is no other source for this title".into(),
        rev: None,
    }));
    let (said, _) = tv.model.playback.as_ref().unwrap().notice.clone().unwrap();
    assert_eq!(said, "Другого источника для этого названия нет.");
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

#[test]
fn a_slow_box_shows_an_outline_after_300_ms() {
    let role = Role::Passing {
        abilities: ScreenAbilities::default(),
    };
    let mut model = Model::new(Language::Ru, role, 0);
    model.update(Intent::Link(Link::Up), 10);
    let Page::Home(home) = model.page() else {
        panic!("home");
    };
    assert!(!home.fetch.is_slow(299));
    assert_eq!(model.next_wake(), Some(310));
    model.update(Intent::Wake, 310);
    let Page::Home(home) = model.page() else {
        panic!("home");
    };
    assert!(home.fetch.is_slow(310));
}

#[test]
fn a_problem_of_the_title_is_told_and_tried_again() {
    let mut tv = Tv::new(House::furnished());
    tv.house.broken = Some("The disk is full");
    tv.press("Down Right Ok");
    assert_eq!(tv.model.problem().unwrap().sentence(), "The disk is full");
    tv.house.broken = None;
    tv.press("Ok");
    assert!(tv.model.problem().is_none());
    assert!(tv.title().detail.is_some());
}

#[test]
fn still_pictures_rest_and_the_first_press_only_wakes_them() {
    let mut tv = Tv::new(House::furnished());
    tv.pass(11 * 60 * 1000);
    assert!(tv.model.saver());
    tv.press("Down");
    assert!(!tv.model.saver());
    assert_eq!(tv.focus().0, "continue", "the press moved nothing");
    tv.press("Home");
    tv.playing(0);
    tv.pass(11 * 60 * 1000);
    assert!(!tv.model.saver(), "a film is no still picture");
}

#[test]
fn an_unknown_title_is_not_asked_for_twice() {
    let mut tv = Tv::new(House::furnished());
    tv.take(Intent::Answer(Answer::Title {
        id: TitleId::from_name("nobody asked"),
        detail: Box::new(Err(Problem::unreachable("late"))),
    }));
    assert!(matches!(tv.model.page(), Page::Home(_)));
}
