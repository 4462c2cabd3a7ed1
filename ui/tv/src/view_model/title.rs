//! A title's page: what it is, the one main action, its episodes, its sources.

use hearth_model::{EpisodeDetail, Language, ScreenId, SourceId, Title, TitleDetail, TitleId};

use super::{
    Cursor, Effect, Fetch, Go, PlayWish, Problem, Request, Sources,
    sources::VISIBLE as SOURCES_VISIBLE,
};
use crate::{facts, keys::Key, layout::STILLS_IN_ROW};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    Buttons,
    Seasons,
    Episodes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// From the beginning, nothing being left half-watched.
    Play,
    /// From where it was left.
    Resume {
        position_ms: u64,
    },
    StartOver,
    Sources,
}

#[derive(Debug, Clone)]
pub struct TitlePage {
    /// What the card knew; the page shows it until the rest is here.
    pub title: Title,
    pub detail: Option<TitleDetail>,
    pub fetch: Fetch,
    pub sources: Sources,
    pub area: Area,
    pub button: usize,
    pub seasons: Vec<u32>,
    pub season: usize,
    pub episode: Cursor,
    pub sheet_open: bool,
    /// The next answer moves the row of episodes to the one that Play plays.
    follow: bool,
}

impl TitlePage {
    pub fn new(title: Title, now_ms: u64) -> Self {
        Self {
            sources: Sources::new(title.id, None, now_ms),
            title,
            detail: None,
            fetch: Fetch::waiting(now_ms),
            area: Area::Buttons,
            button: 0,
            seasons: Vec::new(),
            season: 0,
            episode: Cursor::default(),
            sheet_open: false,
            follow: true,
        }
    }

    pub(super) fn ask(&self, language: Language) -> Effect {
        Effect::Ask(Request::Title {
            id: self.title.id,
            language,
        })
    }

    /// The answer of `GET media/{id}`; the sources are asked for once it is known what of.
    pub(super) fn fill(
        &mut self,
        answer: Result<TitleDetail, Problem>,
        screen_id: Option<ScreenId>,
        language: Language,
        now_ms: u64,
    ) -> Vec<Effect> {
        let detail = match answer {
            Ok(detail) => detail,
            Err(problem) => {
                self.fetch = Fetch::Failed(problem);
                return Vec::new();
            }
        };
        let first_time = self.detail.is_none();
        self.title = detail.title.clone();
        self.seasons = detail
            .episodes
            .iter()
            .map(|episode| episode.episode.season)
            .collect();
        self.seasons
            .sort_unstable_by_key(|season| (*season == 0, *season));
        self.seasons.dedup();
        self.detail = Some(detail);
        self.fetch = Fetch::Ready;
        self.button = self.button.min(self.buttons().len() - 1);
        let follow = std::mem::take(&mut self.follow);
        if follow && let Some(next) = self.next_episode().map(|next| next.episode.clone()) {
            self.season = self
                .seasons
                .iter()
                .position(|s| *s == next.season)
                .unwrap_or(0);
            let (at, len) = (
                self.episodes()
                    .iter()
                    .position(|e| e.episode.id == next.id)
                    .unwrap_or(0),
                self.episodes().len(),
            );
            self.episode.jump(at, len, STILLS_IN_ROW);
        }
        let episode_id = self.next_episode().map(|next| next.episode.id);
        if first_time || !self.sources.is_for(self.title.id, episode_id) {
            self.sources = Sources::new(self.title.id, episode_id, now_ms);
            return vec![self.sources.ask(screen_id, language)];
        }
        Vec::new()
    }

    /// What was played came to its end.
    pub(super) fn stand_on_play(&mut self) {
        (self.area, self.button, self.follow) = (Area::Buttons, 0, true);
    }

    /// The episodes of the chosen season.
    pub fn episodes(&self) -> Vec<&EpisodeDetail> {
        let season = self.seasons.get(self.season).copied();
        self.detail
            .iter()
            .flat_map(|detail| &detail.episodes)
            .filter(|episode| Some(episode.episode.season) == season)
            .collect()
    }

    /// What Play plays of a series: the one left half-watched, or the one after the last.
    pub fn next_episode(&self) -> Option<&EpisodeDetail> {
        let detail = self.detail.as_ref()?;
        let last = detail.progress.as_ref().and_then(|progress| {
            detail
                .episodes
                .iter()
                .position(|episode| Some(episode.episode.id) == progress.episode_id)
                .map(|at| (at, progress.finished))
        });
        match last {
            Some((at, false)) => detail.episodes.get(at),
            Some((at, true)) => detail.episodes.get(at + 1).or(detail.episodes.get(at)),
            None => detail
                .episodes
                .iter()
                .find(|episode| episode.episode.season > 0)
                .or(detail.episodes.first()),
        }
    }

    /// Where what Play plays was left; None at the beginning and at the end.
    fn left_at(&self) -> Option<u64> {
        let detail = self.detail.as_ref()?;
        let progress = if detail.episodes.is_empty() {
            detail.progress.as_ref()
        } else {
            self.next_episode()?.progress.as_ref().or_else(|| {
                let next = self.next_episode()?.episode.id;
                detail
                    .progress
                    .as_ref()
                    .filter(|progress| progress.episode_id == Some(next))
            })
        }?;
        (!progress.finished && progress.position_ms > 0).then_some(progress.position_ms)
    }

    pub fn buttons(&self) -> Vec<Button> {
        match self.left_at() {
            Some(position_ms) => vec![
                Button::Resume { position_ms },
                Button::StartOver,
                Button::Sources,
            ],
            None => vec![Button::Play, Button::Sources],
        }
    }

    fn wish(&self, source_id: Option<SourceId>, start_ms: Option<u64>, language: Language) -> Go {
        let episode = self.next_episode().map(|next| next.episode.clone());
        let name = self.title.names.best(language);
        Go::Play(PlayWish {
            title_id: self.title.id,
            episode_id: episode.as_ref().map(|episode| episode.id),
            source_id,
            start_ms,
            name: episode.map_or_else(
                || name.to_owned(),
                |episode| format!("{name}  ·  {}", facts::episode_mark(&episode, language)),
            ),
        })
    }

    pub(super) fn key(&mut self, key: Key, language: Language) -> Go {
        if self.sheet_open {
            return self.key_in_sheet(key, language);
        }
        match key {
            Key::Back | Key::Erase => Go::Back,
            Key::PlayPause => self.wish(None, None, language),
            _ => match self.area {
                Area::Buttons => self.key_in_buttons(key, language),
                Area::Seasons => self.key_in_seasons(key),
                Area::Episodes => self.key_in_episodes(key, language),
            },
        }
    }

    fn key_in_buttons(&mut self, key: Key, language: Language) -> Go {
        let buttons = self.buttons();
        match key {
            Key::Ok if matches!(self.fetch, Fetch::Failed(_)) => return Go::Again,
            Key::Ok => match buttons[self.button.min(buttons.len() - 1)] {
                Button::Play | Button::Resume { .. } => return self.wish(None, None, language),
                Button::StartOver => return self.wish(None, Some(0), language),
                Button::Sources => self.sheet_open = true,
            },
            Key::Left if self.button == 0 => return Go::Rail,
            Key::Left => self.button -= 1,
            Key::Right => self.button = (self.button + 1).min(buttons.len() - 1),
            Key::Down if self.seasons.len() > 1 => self.area = Area::Seasons,
            Key::Down if !self.seasons.is_empty() => self.area = Area::Episodes,
            _ => {}
        }
        Go::Stay
    }

    fn key_in_seasons(&mut self, key: Key) -> Go {
        let before = self.season;
        match key {
            Key::Left if self.season == 0 => return Go::Rail,
            Key::Left => self.season -= 1,
            Key::Right => self.season = (self.season + 1).min(self.seasons.len() - 1),
            Key::Up => self.area = Area::Buttons,
            Key::Down | Key::Ok => self.area = Area::Episodes,
            _ => {}
        }
        if self.season != before {
            self.episode = Cursor::default();
        }
        Go::Stay
    }

    fn key_in_episodes(&mut self, key: Key, language: Language) -> Go {
        let len = self.episodes().len();
        match key {
            Key::Left if !self.episode.step(false, len, STILLS_IN_ROW) => return Go::Rail,
            Key::Right => {
                self.episode.step(true, len, STILLS_IN_ROW);
            }
            Key::Up if self.seasons.len() > 1 => self.area = Area::Seasons,
            Key::Up => self.area = Area::Buttons,
            Key::Ok => {
                let chosen = self
                    .episodes()
                    .get(self.episode.at)
                    .map(|e| e.episode.clone());
                if let Some(episode) = chosen {
                    return Go::Play(PlayWish {
                        title_id: self.title.id,
                        episode_id: Some(episode.id),
                        source_id: None,
                        start_ms: None,
                        name: format!(
                            "{}  ·  {}",
                            self.title.names.best(language),
                            facts::episode_mark(&episode, language)
                        ),
                    });
                }
            }
            _ => {}
        }
        Go::Stay
    }

    fn key_in_sheet(&mut self, key: Key, language: Language) -> Go {
        let len = self.sources.items.len();
        match key {
            Key::Back | Key::Left | Key::Erase => self.sheet_open = false,
            Key::Up | Key::Down => {
                self.sources
                    .cursor
                    .step(key == Key::Down, len, SOURCES_VISIBLE);
            }
            Key::Ok => match self.sources.focused() {
                Some(source) if source.playable => {
                    let source_id = source.id;
                    self.sheet_open = false;
                    return self.wish(Some(source_id), None, language);
                }
                Some(_) => {}
                None => return Go::Again,
            },
            _ => {}
        }
        Go::Stay
    }

    /// Whether this page is of that title.
    pub fn is_of(&self, id: TitleId) -> bool {
        self.title.id == id
    }
}
