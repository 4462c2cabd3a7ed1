//! What the TV shows, as plain data: intents in, a new state and effects out. No I/O, no clock of
//! its own, nothing of Slint, so every page can be tested by pressing keys.

mod choices;
mod cursor;
mod device;
mod filters;
mod going;
mod grid;
mod home;
mod keyboard;
mod library;
mod live;
mod player;
mod request;
mod search;
mod settings;
mod sources;
mod subtitles;
mod title;

use hearth_model::{
    BoxDetail, ClientMessage, Language, Mirror, ScreenAbilities, ScreenId, ScreenKind, Surface,
    Title, TvChoices,
};
use jiff::tz::TimeZone;

pub use cursor::Cursor;
pub use device::{
    BoxAnswer, BoxPage, BoxRequest, Entry, NetworkLine, NetworkPage, PasswordCap, PowerPage,
    Question, Secret, SetUp, SetUpStep, UpdateAbout, UpdateLine, UpdatesPage, VISIBLE as BOX_LINES,
};
pub use filters::{Chip, Choice, Filters, Order, Years};
pub use grid::Grid;
pub use home::{Home, Row};
pub use keyboard::{Alphabet, Cap, Keyboard};
pub use library::Library;
pub use player::{Panel, Playback, Seek, Stage};
pub use request::{
    Answer, BoxInfo, Chapter, Effect, Inside, Intent, LibraryPage, Link, Part, PinView, PlayWish,
    PlayerNews, PlayerOrder, Prepared, Problem, Request, Track, Tracks,
};
pub use search::Search;
pub use settings::{ITEMS as SETTINGS, Item as Setting, PIN_DIGITS, PinEntry, Settings};
pub use sources::{Sources, VISIBLE as SOURCES_VISIBLE};
pub use title::{Area, Button, TitlePage};

use crate::keys::Key;

/// Nothing is shown of a wait shorter than this; then a skeleton.
pub const SKELETON_MS: u64 = 300;
/// The box has so long to say, at the start, whether it has to be set up.
const START_MS: u64 = 3_000;
const NOTICE_MS: u64 = 8_000;
/// A page nobody touched for this long gives way to a dark one: static pictures burn in.
const SAVER_MS: u64 = 10 * 60 * 1000;

/// Whether what a page shows has come yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetch {
    Waiting { since_ms: u64 },
    Ready,
    Failed(Problem),
}

impl Fetch {
    pub fn waiting(now_ms: u64) -> Self {
        Self::Waiting { since_ms: now_ms }
    }

    /// Whether the wait is long enough to show the page's outline.
    pub fn is_slow(&self, now_ms: u64) -> bool {
        matches!(self, Self::Waiting { since_ms } if now_ms >= since_ms + SKELETON_MS)
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self, Self::Waiting { .. })
    }

    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Failed(problem) => Some(problem),
            _ => None,
        }
    }

    fn next_wake(&self, now_ms: u64) -> Option<u64> {
        match self {
            Self::Waiting { since_ms } => {
                Some(since_ms + SKELETON_MS).filter(|slow_ms| *slow_ms > now_ms)
            }
            _ => None,
        }
    }
}

/// What this TV is to the house.
#[derive(Debug, Clone, PartialEq)]
pub enum Role {
    /// The household's TV: known to everybody, steered by phones.
    Household {
        name: String,
        abilities: ScreenAbilities,
    },
    /// A window for a moment (a snapshot): a screen only when something is to be played.
    Passing { abilities: ScreenAbilities },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    Connecting,
    Up,
    Down { why: String },
}

#[derive(Debug, Clone)]
pub enum Page {
    Home(Box<Home>),
    Search(Box<Search>),
    Library(Box<Library>),
    Title(Box<TitlePage>),
    Player,
    Settings(Box<Settings>),
    Pin(Box<PinEntry>),
    /// The box itself: network, updates, power, the first set-up.
    OfBox(Box<BoxPage>),
}

/// Where the rail leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Search,
    Home,
    Films,
    Series,
    Anime,
    Settings,
}

pub const PLACES: [Place; 6] = [
    Place::Search,
    Place::Home,
    Place::Films,
    Place::Series,
    Place::Anime,
    Place::Settings,
];

/// What a page wants of the whole after a key.
#[derive(Debug, Clone)]
pub(crate) enum Go {
    Stay,
    Back,
    Rail,
    /// Ask once more for what failed.
    Again,
    Title(Box<Title>),
    Play(PlayWish),
    PlayerSources,
    StopPlaying,
    OtherLanguage,
    OtherMotion,
    Language(Language),
    OfBox(Box<BoxPage>),
    /// Inside the first set-up.
    NextStep,
    SetUpDone,
}

#[derive(Debug, Clone)]
pub struct Model {
    pub language: Language,
    /// No animation at all.
    pub reduced_motion: bool,
    /// On the command line, for this run: goes before what was chosen earlier.
    pub asked: TvChoices,
    /// In the settings, as far as this TV knows.
    pub chosen: TvChoices,
    pub role: Role,
    pub now_ms: u64,
    /// By the calendar, for the decades there are; 0 where nobody said.
    pub this_year: u16,
    pub link: LinkState,
    /// Whether the box has said if it has to be set up: until then no page is the right one.
    start: Fetch,
    pub box_info: Option<BoxInfo>,
    /// What only members are told of the box.
    pub device: Option<BoxDetail>,
    /// What the first frame was drawn on.
    drawn: Option<Surface>,
    /// The version whose way back was told.
    told_back: Option<String>,
    pub mirror: Mirror,
    pub screen_id: Option<ScreenId>,
    /// The way back: never empty, the home page (or the PIN's) at its bottom.
    pub pages: Vec<Page>,
    /// The rail's focus while it is open.
    pub rail: Option<usize>,
    pub playback: Option<Playback>,
    /// A quiet line at the bottom, until then.
    pub notice: Option<(String, u64)>,
    /// Counts the wishes sent: an answer to an older one comes too late.
    prepares: u64,
    /// What waits for this TV to be known as a screen.
    wish: Option<PlayWish>,
    /// What the house was last told of the page shown.
    told: Option<(&'static str, Option<String>)>,
    requests: u64,
    touched_ms: u64,
}

impl Model {
    pub fn new(language: Language, role: Role, now_ms: u64) -> Self {
        Self {
            language,
            reduced_motion: false,
            asked: TvChoices::default(),
            chosen: TvChoices::default(),
            role,
            now_ms,
            this_year: 0,
            link: LinkState::Connecting,
            start: Fetch::waiting(now_ms),
            box_info: None,
            device: None,
            drawn: None,
            told_back: None,
            mirror: Mirror::default(),
            screen_id: None,
            pages: vec![Page::Home(Box::new(Home::new(now_ms)))],
            rail: None,
            playback: None,
            notice: None,
            prepares: 0,
            wish: None,
            told: None,
            requests: 0,
            touched_ms: now_ms,
        }
    }

    /// What the clock on the wall shows: a box's own system runs by UTC.
    pub fn time_zone(&self) -> TimeZone {
        let told = self
            .device
            .as_ref()
            .and_then(|device| device.time_zone.as_deref());
        told.and_then(|name| TimeZone::get(name).ok())
            .unwrap_or_else(TimeZone::system)
    }

    pub fn page(&self) -> &Page {
        self.pages.last().expect("the home page is never left")
    }

    fn page_mut(&mut self) -> &mut Page {
        self.pages.last_mut().expect("the home page is never left")
    }

    /// What happened → what to do about it.
    pub fn update(&mut self, intent: Intent, now_ms: u64) -> Vec<Effect> {
        self.now_ms = now_ms;
        let mut effects = match intent {
            Intent::Press(key) => self.press(key),
            Intent::Link(link) => self.linked(link),
            Intent::Live(message) => self.live(message),
            Intent::Answer(answer) => self.answered(answer),
            Intent::Player(news) => self.player_said(news),
            Intent::Drew(surface) => {
                self.drawn = Some(surface);
                self.tell_drawn()
            }
            Intent::Wake => self.wake(),
        };
        effects.extend(self.tell_page());
        for effect in &mut effects {
            if let Effect::Send(ClientMessage::Command { request_id, .. }) = effect {
                self.requests += 1;
                *request_id = format!("tv-{}", self.requests);
            }
        }
        effects
    }

    fn press(&mut self, key: Key) -> Vec<Effect> {
        let asleep = self.saver();
        self.touched_ms = self.now_ms;
        self.start = Fetch::Ready;
        if asleep {
            // The first press only wakes the picture.
            return Vec::new();
        }
        if self.rail.is_some() {
            return self.press_in_rail(key);
        }
        match key {
            Key::Power => return self.open_power(),
            // The first set-up is gone through, or left by its own last step.
            Key::Home | Key::Search if self.is_setting_up() => return Vec::new(),
            Key::Home if !matches!(self.page(), Page::Pin(_)) => {
                return self.open_place(Place::Home);
            }
            Key::Search if !matches!(self.page(), Page::Search(_) | Page::Pin(_)) => {
                return self.open_place(Place::Search);
            }
            _ => {}
        }
        let (language, now_ms) = (self.language, self.now_ms);
        let (go, mut effects) = match self.page_mut() {
            Page::Home(page) => (page.key(key), Vec::new()),
            Page::Search(page) => page.key(key, language, now_ms),
            Page::Library(page) => page.key(key, language, now_ms),
            Page::Title(page) => (page.key(key, language), Vec::new()),
            Page::Settings(page) => page.key(key, now_ms),
            Page::Pin(page) => (Go::Stay, page.key(key)),
            Page::OfBox(page) => page.key(key, now_ms),
            Page::Player => match &mut self.playback {
                Some(playback) => playback.key(key, now_ms),
                None => (Go::Back, Vec::new()),
            },
        };
        effects.extend(self.go(go));
        effects
    }

    fn press_in_rail(&mut self, key: Key) -> Vec<Effect> {
        let at = self.rail.unwrap_or_default();
        match key {
            Key::Up => self.rail = Some(at.saturating_sub(1)),
            Key::Down => self.rail = Some((at + 1).min(PLACES.len() - 1)),
            Key::Right | Key::Back | Key::Erase => self.rail = None,
            Key::Ok => return self.open_place(PLACES[at]),
            Key::Home => return self.open_place(Place::Home),
            Key::Search => return self.open_place(Place::Search),
            _ => {}
        }
        Vec::new()
    }

    /// Nothing is shown for a moment: the home page would flash before the first set-up, and a box
    /// that starts more slowly than its TV would be complained of.
    pub fn is_starting(&self) -> bool {
        self.start_ends_ms()
            .is_some_and(|end_ms| self.now_ms < end_ms)
    }

    fn start_ends_ms(&self) -> Option<u64> {
        match self.start {
            Fetch::Waiting { since_ms } if matches!(self.page(), Page::Home(_)) => {
                Some(since_ms + START_MS)
            }
            _ => None,
        }
    }

    /// A quiet line for a while.
    fn say(&mut self, sentence: impl Into<String>) {
        self.notice = Some((sentence.into(), self.now_ms + NOTICE_MS));
    }

    fn wake(&mut self) -> Vec<Effect> {
        let now_ms = self.now_ms;
        if self
            .notice
            .as_ref()
            .is_some_and(|(_, until_ms)| *until_ms <= now_ms)
        {
            self.notice = None;
        }
        let mut effects = self
            .playback
            .as_mut()
            .map(|playback| playback.wake(now_ms))
            .unwrap_or_default();
        if let Page::Settings(page) = self.page_mut()
            && page.pin.is_some()
            && page.pin_until_ms <= now_ms
        {
            effects.extend(page.ask(now_ms));
        }
        if let Page::OfBox(page) = self.page_mut() {
            effects.extend(page.wake(now_ms));
        }
        effects
    }

    /// When something changes by itself: `Intent::Wake` then.
    pub fn next_wake(&self) -> Option<u64> {
        let now_ms = self.now_ms;
        let page = match self.page() {
            Page::Home(page) => page.fetch.next_wake(now_ms),
            Page::Search(page) => page.fetch.next_wake(now_ms),
            Page::Library(page) => page.fetch.next_wake(now_ms),
            Page::Title(page) => [
                page.fetch.next_wake(now_ms),
                page.sources.fetch.next_wake(now_ms),
            ]
            .into_iter()
            .flatten()
            .min(),
            Page::Settings(page) => page.pin.as_ref().map(|_| page.pin_until_ms),
            Page::OfBox(page) => page.next_wake(),
            Page::Player | Page::Pin(_) => None,
        };
        let saver_ms = self.touched_ms + SAVER_MS;
        [
            page,
            self.start_ends_ms().filter(|end_ms| *end_ms > now_ms),
            self.notice.as_ref().map(|(_, until_ms)| *until_ms),
            self.playback
                .as_ref()
                .and_then(|playback| playback.next_wake(now_ms)),
            (!self.is_watching() && saver_ms > now_ms).then_some(saver_ms),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn is_watching(&self) -> bool {
        let moving = |playback: &Playback| playback.stage != Stage::Paused;
        matches!(self.page(), Page::Player) && self.playback.as_ref().is_some_and(moving)
    }

    /// Whether the picture rests.
    pub fn saver(&self) -> bool {
        !self.is_watching() && self.now_ms >= self.touched_ms + SAVER_MS
    }

    /// Whether something is about to change without a press: a snapshot waits for its end.
    pub fn is_busy(&self) -> bool {
        let fetching = match self.page() {
            Page::Home(page) => page.fetch.is_waiting(),
            Page::Search(page) => page.fetch.is_waiting(),
            Page::Library(page) => page.fetch.is_waiting(),
            Page::Title(page) => page.fetch.is_waiting() || page.sources.fetch.is_waiting(),
            Page::Settings(page) => page.fetch.is_waiting(),
            Page::Pin(page) => page.sending,
            Page::OfBox(page) => page.is_busy(),
            Page::Player => false,
        };
        let unlinked = self.link == LinkState::Connecting;
        let settled = matches!(self.link, LinkState::Down { .. });
        self.is_starting()
            || !settled
                && (unlinked
                    || fetching
                    || self.wish.is_some()
                    || self.playback.as_ref().is_some_and(Playback::is_busy))
    }

    /// Whether everything has gone that goes by itself.
    pub fn is_at_rest(&self) -> bool {
        let playback = self.playback.as_ref();
        self.notice.is_none() && playback.is_none_or(|playback| playback.is_at_rest(self.now_ms))
    }

    /// What is wrong with the page shown, if it is wrong.
    pub fn problem(&self) -> Option<Problem> {
        if let LinkState::Down { why } = &self.link {
            return Some(Problem::unreachable(why.clone()));
        }
        let fetch = match self.page() {
            Page::Home(page) => &page.fetch,
            Page::Search(page) => &page.fetch,
            Page::Library(page) => &page.fetch,
            Page::Title(page) if page.fetch.problem().is_some() => &page.fetch,
            Page::Title(page) => &page.sources.fetch,
            Page::Settings(page) => &page.fetch,
            Page::Pin(page) => return page.problem.clone(),
            Page::OfBox(page) => return page.problem().cloned(),
            Page::Player => {
                return match &self.playback.as_ref()?.stage {
                    Stage::Failed(problem) => Some(problem.clone()),
                    _ => None,
                };
            }
        };
        fetch.problem().cloned()
    }

    fn page_name(&self) -> (&'static str, Option<String>) {
        match self.page() {
            Page::Home(_) => ("home", None),
            Page::Search(page) => ("search", Some(page.text.clone())),
            Page::Library(_) => ("library", None),
            Page::Title(page) if page.sheet_open => ("sources", None),
            Page::Title(_) => ("title", None),
            Page::Player => ("player", None),
            Page::Settings(page) if SETTINGS[page.at] == Setting::Pair => ("pairing", None),
            Page::Settings(_) => ("settings", None),
            Page::Pin(_) => ("pairing", None),
            // A password that is typed is for nobody else's eyes.
            Page::OfBox(page) => (page.name(), None),
        }
    }

    /// Remotes stay in step with the page.
    fn tell_page(&mut self) -> Option<Effect> {
        self.screen_id?;
        let shown = self.page_name();
        if self.told.as_ref() == Some(&shown) {
            return None;
        }
        self.told = Some(shown.clone());
        Some(Effect::Send(ClientMessage::Page {
            page: shown.0.to_owned(),
            text: shown.1,
        }))
    }

    /// The box hears of the first frame each time it is there anew: it may have been restarted.
    fn tell_drawn(&self) -> Vec<Effect> {
        let local = self.box_info.as_ref().is_some_and(|info| info.local);
        self.drawn
            .filter(|_| local && self.link == LinkState::Up)
            .map(|surface| Effect::Ask(Request::OfBox(BoxRequest::Drew(surface))))
            .into_iter()
            .collect()
    }

    fn introduce(&self) -> Effect {
        let (name, abilities, passing) = match &self.role {
            Role::Household { name, abilities } => (name.clone(), abilities.clone(), false),
            Role::Passing { abilities } => ("Snapshot".to_owned(), abilities.clone(), true),
        };
        Effect::Send(ClientMessage::Screen {
            name,
            kind: ScreenKind::Tv,
            abilities,
            passing,
            playing: self
                .playback
                .as_ref()
                .filter(|playback| playback.has_picture())
                .and_then(|playback| playback.session_id),
        })
    }
}
