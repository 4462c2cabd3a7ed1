//! What the cardboard box knows, and how it answers.

use std::{collections::HashMap, time::Duration};

use hearth_model::{
    ClientMessage, Command, Episode, EpisodeDetail, EpisodeFacts, EpisodeId, Failure, Health,
    Hints, HomeItem, HomeRow, Judge, Language, LoadReport, Location, Names, OutsideTrack, Phase,
    Progress, Release, RoomState, ScreenCommand, ScreenId, ServerMessage, ServiceState,
    ServiceStatus, SessionId, Slug, Source, SourceId, SourceKind, Stream, SubtitleTrack, Title,
    TitleDetail, TitleId, TitleKind, TorrentLocation,
};
use serde_json::{Value, json};

use super::{of_box::OfBox, problem};

pub struct House {
    pub titles: Vec<Title>,
    pub series: Option<TitleDetail>,
    pub rows: Vec<HomeRow>,
    /// Every answer comes this late.
    pub delay: Duration,
    /// What `prepare` answers instead of a session.
    pub prepare_problem: Option<(&'static str, &'static str)>,
    /// What every request answers instead.
    pub broken: Option<&'static str>,
    /// What plays when something is played.
    pub stream: Stream,
    pub pin: String,
    pub screen: ScreenId,
    /// Said after the answer that caused it.
    pub after: Vec<ServerMessage>,
    pub load_id: u64,
    pub of_box: OfBox,
    pub services: Vec<ServiceStatus>,
    /// What a file beside the film says, as WebVTT.
    pub subtitles: Option<String>,
    /// Files of `/api/v1/pictures/`, by their names.
    pub pictures: HashMap<String, Vec<u8>>,
}

fn names(ru: &str, en: &str) -> Names {
    Names {
        ru: Some(ru.into()),
        en: Some(en.into()),
        original: None,
    }
}

fn film(
    en: &str,
    ru: &str,
    year: u16,
    minutes: u32,
    genres: &[&str],
    overview: (&str, &str),
) -> Title {
    Title {
        id: TitleId::from_name(en),
        year: Some(year),
        genres: genres.iter().map(|genre| (*genre).to_owned()).collect(),
        overview: names(overview.0, overview.1),
        runtime_minutes: Some(minutes),
        licence: Some("CC BY 3.0".into()),
        ..Title::new(TitleKind::Film, names(ru, en))
    }
}

impl House {
    pub fn furnished() -> Self {
        let titles = vec![
            film(
                "Sintel",
                "Синтел",
                2010,
                15,
                &["animation", "fantasy"],
                (
                    "Одинокая странница ищет дракона, которого вырастила и потеряла. Дорога оказывается длиннее, чем она думала, а находка не той, какую она ждала.",
                    "A lonely wanderer searches for the dragon she raised and lost. The road is longer than she thought, and what she finds is not what she hoped for.",
                ),
            ),
            film(
                "Big Buck Bunny",
                "Большой Бак",
                2008,
                10,
                &["animation", "comedy"],
                (
                    "Добродушный кролик терпит выходки трёх грызунов, пока не решает дать отпор.",
                    "A gentle giant of a rabbit puts up with three bullying rodents until he has had enough.",
                ),
            ),
            film(
                "Tears of Steel",
                "Стальные слёзы",
                2012,
                12,
                &["science-fiction", "drama"],
                (
                    "Отряд воинов и учёных собирается в Амстердаме, чтобы спасти мир от роботов.",
                    "Warriors and scientists meet in Amsterdam to save the world from robots.",
                ),
            ),
            film(
                "Cosmos Laundromat",
                "Космическая прачечная",
                2015,
                12,
                &["animation", "experimental"],
                (
                    "Отчаявшийся баран получает от незнакомца столько жизней, сколько захочет.",
                    "A desperate sheep is offered as many lives as he could ever want.",
                ),
            ),
            film(
                "Elephants Dream",
                "Мечта слонов",
                2006,
                11,
                &["animation", "science-fiction"],
                (
                    "Двое идут сквозь бесконечную машину, и каждый видит в ней своё.",
                    "Two men walk through an endless machine, and each sees another one.",
                ),
            ),
            film(
                "Spring",
                "Весна",
                2019,
                8,
                &["animation", "fantasy"],
                (
                    "Пастушка и её собака встречают древних духов, чтобы зима наконец кончилась.",
                    "A shepherd girl and her dog face ancient spirits to end the winter.",
                ),
            ),
            film(
                "Sprite Fright",
                "Лесные духи",
                2021,
                10,
                &["animation", "comedy", "horror"],
                (
                    "Школьники приходят в лес, где живут маленькие существа с большими правилами.",
                    "Teenagers walk into a forest of small creatures with strict rules.",
                ),
            ),
            film(
                "Charge",
                "Заряд",
                2022,
                4,
                &["animation", "action"],
                (
                    "Старик пробирается на завод за батареями.",
                    "An old man breaks into a factory for batteries.",
                ),
            ),
            film(
                "Wing It!",
                "Полетели!",
                2023,
                4,
                &["animation", "comedy"],
                (
                    "Кот и собака строят ракету.",
                    "A cat and a dog build a rocket.",
                ),
            ),
            film(
                "Caminandes: Llamigos",
                "Каминандес: Лламигос",
                2016,
                3,
                &["animation", "comedy"],
                (
                    "Лама и пингвин спорят из-за ягод.",
                    "A llama and a penguin quarrel over berries.",
                ),
            ),
            film(
                "The Test Card",
                "Настроечная таблица",
                2026,
                2,
                &["test"],
                ("Две минуты для проверки.", "Two minutes for testing."),
            ),
        ];
        let now = 1_790_000_000_000;
        let progress = |title: &Title, position_ms, duration_ms| Progress {
            title_id: title.id,
            episode_id: None,
            position_ms,
            duration_ms,
            watched_at: now,
            finished: false,
        };
        let item = |title: &Title, progress| HomeItem {
            title: title.clone(),
            episode: None,
            progress,
        };
        let series = series();
        let watched = &series.episodes[1];
        let rows = vec![
            HomeRow {
                id: "continue".into(),
                items: vec![
                    item(&titles[2], Some(progress(&titles[2], 431_000, 734_000))),
                    HomeItem {
                        title: series.title.clone(),
                        episode: Some(watched.episode.clone()),
                        progress: watched.progress.clone(),
                    },
                    item(&titles[0], Some(progress(&titles[0], 95_000, 888_000))),
                ],
                ..HomeRow::default()
            },
            HomeRow {
                id: "open".into(),
                items: titles[..10].iter().map(|title| item(title, None)).collect(),
                ..HomeRow::default()
            },
            HomeRow {
                id: "local".into(),
                items: vec![item(&titles[10], None), item(&series.title, None)],
                ..HomeRow::default()
            },
        ];
        Self {
            titles,
            series: Some(series),
            rows,
            delay: Duration::ZERO,
            prepare_problem: None,
            broken: None,
            stream: Stream {
                url: String::new(),
                mime: "video/x-matroska".into(),
                expires_at: 0,
            },
            pin: "481920".into(),
            screen: ScreenId::from_name("tv"),
            after: Vec::new(),
            load_id: 0,
            of_box: OfBox::default(),
            services: vec![
                ServiceStatus {
                    id: "tmdb".into(),
                    state: ServiceState::Off,
                    failure: None,
                    attribution: None,
                },
                ServiceStatus {
                    id: "shikimori".into(),
                    state: ServiceState::Failing,
                    failure: Some(Failure::new(
                        Slug::ServiceFailed,
                        "shikimori.one answered 502",
                    )),
                    attribution: None,
                },
            ],
            subtitles: None,
            pictures: HashMap::new(),
        }
    }

    pub fn empty() -> Self {
        Self {
            rows: Vec::new(),
            titles: Vec::new(),
            series: None,
            ..Self::furnished()
        }
    }

    /// The whole catalogue again and again, for lists that are long.
    pub fn vast(count: usize) -> Self {
        let mut house = Self::furnished();
        let titles: Vec<Title> = (0..count)
            .map(|number| Title {
                id: TitleId::from_name(&format!("vast {number}")),
                names: names(&format!("Фильм {number}"), &format!("Film {number}")),
                ..house.titles[number % 10].clone()
            })
            .collect();
        house.rows[1].items = titles
            .iter()
            .map(|title| HomeItem {
                title: title.clone(),
                episode: None,
                progress: None,
            })
            .collect();
        house.titles = titles;
        house
    }

    pub fn language(target: &str) -> Language {
        if target.contains("lang=ru") {
            Language::Ru
        } else {
            Language::En
        }
    }

    pub fn answer(&mut self, method: &str, target: &str, body: &Value) -> (u16, Value) {
        if let Some(detail) = self.broken {
            return problem(500, "store-failed", detail);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.trim_start_matches("/api/v1/");
        if let Some(answer) = self.of_box.answer(method, path, body) {
            return answer;
        }
        match (method, path) {
            ("GET", "box") => (
                200,
                json!({
                    "id": "box", "name": "Гостиная", "version": "0.1.0", "local": true,
                    "urls": ["http://192.168.1.5:7430"], "hostname": "hearth.local"
                }),
            ),
            ("GET", "home") => (200, json!({ "rows": self.rows })),
            ("GET", "media/search" | "media/popular" | "media/new" | "media/top") => {
                let parameter = |name: &str| {
                    query
                        .split('&')
                        .find_map(|pair| pair.strip_prefix(&format!("{name}=")))
                };
                let words = url::form_urlencoded::parse(query.as_bytes())
                    .find(|(name, _)| name == "q")
                    .map(|(_, value)| value.to_lowercase())
                    .unwrap_or_default();
                let kind = parameter("type");
                let genre = parameter("genre").map(str::to_owned);
                let number = |name: &str| parameter(name).and_then(|text| text.parse::<u16>().ok());
                let rating = number("rating_min").unwrap_or(0);
                let years = number("year_from").unwrap_or(0)..=number("year_to").unwrap_or(9999);
                let from: usize = parameter("cursor")
                    .and_then(|at| at.parse().ok())
                    .unwrap_or(0);
                let limit: usize = parameter("limit")
                    .and_then(|at| at.parse().ok())
                    .unwrap_or(20);
                let series = self.series.iter().map(|detail| &detail.title);
                let found: Vec<&Title> = self
                    .titles
                    .iter()
                    .chain(series)
                    .filter(|title| kind.is_none_or(|kind| json!(title.kind) == kind))
                    .filter(|title| {
                        genre.is_none()
                            || title.genres.iter().any(|one| Some(one) == genre.as_ref())
                    })
                    .filter(|title| title.year.is_some_and(|year| years.contains(&year)))
                    .filter(|title| title.rating.unwrap_or(0.0) >= f32::from(rating))
                    .filter(|title| {
                        title
                            .names
                            .all()
                            .any(|name| name.to_lowercase().contains(&words))
                    })
                    .collect();
                let next = (found.len() > from + limit).then(|| (from + limit).to_string());
                let items: Vec<&&Title> = found.iter().skip(from).take(limit).collect();
                (
                    200,
                    json!({ "items": items, "providers": [], "next": next }),
                )
            }
            ("GET", "media/services") => (200, json!({ "items": self.services })),
            ("GET", "media/genres") => {
                let mut items: Vec<Value> = Vec::new();
                for genre in self.titles.iter().flat_map(|title| &title.genres) {
                    match items.iter_mut().find(|known| known["id"] == **genre) {
                        Some(known) => {
                            known["titles"] = json!(known["titles"].as_u64().unwrap() + 1);
                        }
                        None => items.push(json!({ "id": genre, "titles": 1 })),
                    }
                }
                items.sort_by_key(|genre| std::cmp::Reverse(genre["titles"].as_u64()));
                (200, json!({ "items": items }))
            }
            ("POST", "pairing/pin") => (
                200,
                json!({
                    "pin": self.pin, "expires_in": 300,
                    "url": format!("http://192.168.1.5:7430/#pair={}", self.pin),
                    "qr_svg": "", "qr": []
                }),
            ),
            ("DELETE", "pairing/pin") => (204, Value::Null),
            ("POST", "player/prepare") => self.prepare(body),
            ("GET", path) => self.media(path, target),
            _ => problem(404, "not-found", "There is nothing at this address"),
        }
    }

    fn media(&self, path: &str, target: &str) -> (u16, Value) {
        let mut parts = path.trim_start_matches("media/").split('/');
        let id: Option<TitleId> = parts.next().and_then(|id| id.parse().ok());
        let series = self
            .series
            .as_ref()
            .filter(|series| Some(series.title.id) == id);
        let title = self.titles.iter().find(|title| Some(title.id) == id);
        let Some(title) = title.or(series.map(|series| &series.title)) else {
            return problem(404, "title-unknown", "This title is not in the catalogue");
        };
        if parts.next() == Some("sources") {
            let sources = sources(title.id);
            let language = Self::language(target);
            let mut views: Vec<_> = sources
                .iter()
                .map(|source| {
                    let abilities = hearth_model::ScreenAbilities {
                        video_codecs: vec!["h264".into()],
                        ..Default::default()
                    };
                    source.view(
                        &Judge {
                            abilities,
                            ..Judge::default()
                        },
                        language,
                    )
                })
                .collect();
            views.sort_by(|a, b| b.rank.total_cmp(&a.rank));
            return (200, json!({ "items": views, "providers": [] }));
        }
        if let Some(series) = series {
            return (200, json!(series));
        }
        let progress = self.rows.first().and_then(|row| {
            let item = row.items.iter().find(|item| Some(item.title.id) == id)?;
            item.progress.clone()
        });
        (
            200,
            json!(TitleDetail {
                title: title.clone(),
                episodes: Vec::new(),
                progress,
                details: None,
            }),
        )
    }

    pub fn session() -> SessionId {
        SessionId::from_bytes([7; 16])
    }

    fn prepare(&mut self, body: &Value) -> (u16, Value) {
        if let Some((slug, detail)) = self.prepare_problem {
            return problem(502, slug, detail);
        }
        let id: TitleId = serde_json::from_value(body["title_id"].clone()).unwrap();
        let title = self.titles.iter().find(|title| title.id == id);
        let title = title.map(|title| title.names.clone()).unwrap_or_default();
        self.load_id += 1;
        let session_id = Self::session();
        let source_id = SourceId::from_name("one");
        self.after.push(ServerMessage::RoomState(RoomState {
            room_id: session_id,
            rev: 1,
            title_id: id,
            episode_id: None,
            title: title.clone(),
            season: None,
            number: None,
            poster: None,
            screen_id: self.screen,
            source_id: Some(source_id),
            phase: Phase::Loading,
            playing: false,
            position_ms: 0,
            server_ms: 0,
            rate: 0.0,
            duration_ms: None,
            buffered_ms: None,
            volume: 70,
            subtitles: Vec::new(),
            shown_subtitles: None,
            subtitle_search: None,
            notice: None,
        }));
        let outside = self.subtitles.iter().map(|_| OutsideTrack {
            track: SubtitleTrack {
                id: "sub_beside".into(),
                language: Some("ru".into()),
                ..SubtitleTrack::default()
            },
            url: "/api/v1/player/subtitles?ticket=1".into(),
            piece: None,
        });
        let outside = outside.collect();
        self.after.push(self.to_screen(ScreenCommand::Load {
            session_id,
            load_id: self.load_id,
            stream: self.stream.clone(),
            start_ms: body["start_ms"].as_u64().unwrap_or(0),
            paused: true,
            volume: 0,
            title,
            season: None,
            number: None,
            piece: None,
            outside,
            subtitles: None,
        }));
        (
            200,
            json!({
                "session_id": session_id, "source_id": source_id,
                "stream": self.stream, "resume_ms": 0
            }),
        )
    }

    fn to_screen(&self, command: ScreenCommand) -> ServerMessage {
        ServerMessage::ToScreen {
            screen_id: self.screen,
            command,
        }
    }

    /// As the daemon's session actor would, as far as a screen notices.
    pub fn hear(&mut self, message: &ClientMessage) -> Vec<ServerMessage> {
        let load_id = self.load_id;
        match message {
            ClientMessage::Hello { .. } => vec![ServerMessage::Replicated {
                server_ms: 0,
                sessions: Vec::new(),
                screens: Vec::new(),
            }],
            ClientMessage::Screen { .. } => vec![ServerMessage::ScreenReady {
                screen_id: self.screen,
            }],
            ClientMessage::Command {
                command,
                position_ms,
                request_id,
                ..
            } => {
                let order = match command {
                    Command::Play => Some(ScreenCommand::Play { load_id }),
                    Command::Pause => Some(ScreenCommand::Pause { load_id }),
                    Command::Seek => Some(ScreenCommand::Seek {
                        load_id,
                        position_ms: position_ms.unwrap(),
                    }),
                    Command::Stop => Some(ScreenCommand::Stop { load_id }),
                    _ => None,
                };
                let mut answers: Vec<ServerMessage> = order
                    .into_iter()
                    .map(|order| self.to_screen(order))
                    .collect();
                if *command == Command::Stop {
                    answers.push(ServerMessage::SessionEnded {
                        session_id: Self::session(),
                    });
                }
                answers.push(ServerMessage::Done {
                    request_id: request_id.clone(),
                });
                answers
            }
            ClientMessage::Subtitles {
                request_id,
                subtitles,
                ..
            } => vec![
                self.to_screen(ScreenCommand::Subtitles {
                    load_id,
                    subtitles: subtitles.clone(),
                }),
                ServerMessage::Done {
                    request_id: request_id.clone(),
                },
            ],
            ClientMessage::Report {
                report: LoadReport::Prerolled { .. },
                load_id,
                ..
            } => vec![self.to_screen(ScreenCommand::Play { load_id: *load_id })],
            _ => Vec::new(),
        }
    }
}

fn series() -> TitleDetail {
    let id = TitleId::from_name("Caminandes");
    let title = Title {
        id,
        year: Some(2013),
        genres: vec!["animation".into(), "comedy".into()],
        rating: Some(7.4),
        overview: names(
            "Патагонская лама Коро упрямо идёт туда, где её не ждут: через дорогу, через забор, за последней ягодой.",
            "Koro the Patagonian llama stubbornly goes where nobody wants him: over a road, over a fence, after the last berry.",
        ),
        runtime_minutes: Some(3),
        licence: Some("CC BY 3.0".into()),
        ..Title::new(TitleKind::Series, names("Каминандес", "Caminandes"))
    };
    let episode = |season, number, ru: &str, en: &str, watched: Option<(u64, bool)>| {
        let episode_id = EpisodeId::from_name(&format!("{season}x{number}"));
        EpisodeDetail {
            episode: Episode {
                id: episode_id,
                title_id: id,
                season,
                number,
                names: names(ru, en),
                facts: EpisodeFacts::default(),
            },
            progress: watched.map(|(position_ms, finished)| Progress {
                title_id: id,
                episode_id: Some(episode_id),
                position_ms,
                duration_ms: 150_000,
                watched_at: 0,
                finished,
            }),
        }
    };
    let episodes = vec![
        episode(1, 1, "Ллама драма", "Llama Drama", Some((150_000, true))),
        episode(1, 2, "Гран Дильяма", "Gran Dillama", Some((61_000, false))),
        episode(1, 3, "Лламигос", "Llamigos", None),
        episode(2, 1, "Снова в путь", "On the Road Again", None),
        episode(2, 2, "Северный ветер", "North Wind", None),
    ];
    let progress = episodes[1].progress.clone();
    TitleDetail {
        title,
        episodes,
        progress,
        details: None,
    }
}

fn sources(title_id: TitleId) -> Vec<Source> {
    let source = |name: &str,
                  resolution: &str,
                  codec: &str,
                  audio: &[&str],
                  subs: &[&str],
                  size,
                  seeders,
                  health| {
        let location = Location::Torrent(TorrentLocation {
            infohash: Some(name.to_owned()),
            ..TorrentLocation::default()
        });
        Source {
            id: Source::id_for(title_id, None, &location),
            title_id,
            episode_id: None,
            kind: SourceKind::Torrent,
            provider: "open-movies".into(),
            name: name.into(),
            release: Release {
                resolution: Some(resolution.into()),
                video_codec: Some(codec.into()),
                audio_languages: audio.iter().map(|code| (*code).to_owned()).collect(),
                subtitle_languages: subs.iter().map(|code| (*code).to_owned()).collect(),
                ..Release::default()
            },
            size_bytes: Some(size),
            seeders,
            health,
            location,
            hints: Hints::default(),
        }
    };
    vec![
        source(
            "Film.2010.1080p.BluRay.x264-OPEN",
            "1080p",
            "h264",
            &["ru", "en"],
            &["ru", "en"],
            1_320_000_000,
            Some(240),
            Health::Good,
        ),
        source(
            "Film.2010.720p.WEB-DL.x264",
            "720p",
            "h264",
            &["en"],
            &["ru"],
            640_000_000,
            Some(32),
            Health::Unknown,
        ),
        source(
            "Film.2010.480p.DVDRip",
            "480p",
            "h264",
            &["en"],
            &[],
            210_000_000,
            Some(3),
            Health::Failing,
        ),
        source(
            "Film.2010.2160p.HEVC.10bit",
            "2160p",
            "h265",
            &["en"],
            &["en"],
            5_900_000_000,
            Some(88),
            Health::Unknown,
        ),
    ]
}
