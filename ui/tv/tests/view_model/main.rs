//! Pages as data: keys and messages in, what is shown and what is asked for out. No window.

#![allow(clippy::unwrap_used)]

mod film;
mod finding;
mod pages;
#[path = "../support/mod.rs"]
mod support;

use hearth_model::{
    ClientMessage, Command, Failure, HomeRow, Language, LoadReport, OutsideTrack, Phase, Piece,
    ScreenAbilities, ScreenCommand, ScreenId, ServerMessage, ServiceState, SessionId, Slug,
    SourceChange, SourceId, Stream, SubtitleTrack, TitleId, TitleKind, TvChoices,
};
use hearth_tv::{
    keys::Key,
    view_model::{
        Answer, Area, Button, Chapter, Choice, Effect, Filters, Inside, Intent, Library,
        LibraryPage, Link, Model, Page, Panel, Part, PlayerNews, PlayerOrder, Prepared, Problem,
        Request, Role, Stage, TitlePage, Track, Tracks,
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
            Request::Library {
                kind,
                filters,
                cursor,
                ..
            } => {
                let cursor = cursor.unwrap_or_default();
                let genre = filters.genre.as_ref();
                let genre = genre.map_or_else(String::new, |genre| format!("&genre={genre}"));
                let rating = filters.rating_min.unwrap_or(0);
                let page: hearth_model::SearchPage = serde_json::from_value(
                    get(&format!(
                        "media/popular?type=film&limit=60&cursor={cursor}{genre}&rating_min={rating}"
                    ))
                    .unwrap(),
                )
                .unwrap();
                vec![Answer::Library {
                    kind,
                    filters,
                    page: Ok(LibraryPage {
                        items: page.items,
                        next: page.next,
                    }),
                }]
            }
            Request::Genres { kind } => {
                let page: hearth_model::GenresPage =
                    serde_json::from_value(get("media/genres?type=film").unwrap()).unwrap();
                vec![Answer::Genres {
                    kind,
                    genres: Ok(page.items),
                }]
            }
            Request::Prepare { seq, .. } => vec![Answer::Prepared {
                seq,
                result: Ok(prepared()),
            }],
            Request::Box => vec![Answer::Box(
                get("box").map(|answer| serde_json::from_value(answer).unwrap()),
            )],
            Request::Services => vec![Answer::Services(
                get("media/services").map(|answer| serde_json::from_value(answer).unwrap()),
            )],
            Request::HidePin => vec![Answer::PinHidden],
            Request::ShowPin
            | Request::Pair { .. }
            | Request::OfBox(_)
            | Request::Subtitles { .. } => Vec::new(),
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
        let load = self.a_load(load_id, url, start_ms);
        self.order(load);
    }

    fn a_load(&self, load_id: u64, url: &str, start_ms: u64) -> ScreenCommand {
        ScreenCommand::Load {
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
            piece: None,
            outside: Vec::new(),
            subtitles: None,
        }
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

    /// The house's word, after the player's.
    fn film_ended(&mut self) {
        self.take(Intent::Live(ServerMessage::StateSync {
            session_id: session(),
            rev: 9,
            position_ms: 600_000,
            server_ms: 0,
            playing: false,
            phase: Phase::Ended,
            duration_ms: Some(600_000),
            buffered_ms: None,
        }));
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
