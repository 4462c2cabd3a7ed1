//! From page to page: the rail's places, one page further, back again.

use hearth_model::{Language, TitleKind};

use super::{
    BoxPage, Effect, Fetch, Go, Library, Model, PLACES, Page, Place, PowerPage, Request, Search,
    Settings, TitlePage, settings,
};

impl Model {
    /// The place of the page shown, for the rail.
    pub fn place(&self) -> Place {
        let place = |page: &Page| match page {
            Page::Search(_) => Some(Place::Search),
            Page::Library(page) => Some(match page.kind {
                TitleKind::Film => Place::Films,
                TitleKind::Series => Place::Series,
                TitleKind::Anime => Place::Anime,
            }),
            Page::Settings(_) | Page::OfBox(_) => Some(Place::Settings),
            _ => None,
        };
        self.pages
            .iter()
            .rev()
            .find_map(place)
            .unwrap_or(Place::Home)
    }

    pub(super) fn open_place(&mut self, to: Place) -> Vec<Effect> {
        self.rail = None;
        if let (Place::Home, Page::Home(home)) = (to, self.page_mut()) {
            home.go_up();
        }
        let mut effects = self.leave_all();
        let now_ms = self.now_ms;
        match to {
            Place::Home => effects.extend(self.ask_home()),
            Place::Search => self
                .pages
                .push(Page::Search(Box::new(Search::new(self.language)))),
            Place::Films => effects.extend(self.open_library(TitleKind::Film)),
            Place::Series => effects.extend(self.open_library(TitleKind::Series)),
            Place::Anime => effects.extend(self.open_library(TitleKind::Anime)),
            Place::Settings => {
                let local = self.box_info.as_ref().is_none_or(|info| info.local);
                let mut page = Settings::new(local);
                effects.extend(page.ask(now_ms));
                effects.push(settings::ASK_SERVICES);
                self.pages.push(Page::Settings(Box::new(page)));
            }
        }
        effects
    }

    fn open_library(&mut self, kind: TitleKind) -> [Effect; 2] {
        let page = Library::new(kind, self.this_year, self.now_ms);
        let effects = [page.ask(self.language), page.ask_genres()];
        self.pages.push(Page::Library(Box::new(page)));
        effects
    }

    /// The film came to its end: what Play plays next is one OK away.
    pub(super) fn played_to_the_end(&mut self) -> Vec<Effect> {
        let effects = self.go(Go::StopPlaying);
        if let Page::Title(page) = self.page_mut() {
            page.stand_on_play();
        }
        effects
    }

    /// Back to the home page, leaving each page as it wants to be left.
    fn leave_all(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        while self.pages.len() > 1 {
            effects.extend(self.leave());
        }
        effects
    }

    /// One page back.
    pub(super) fn leave(&mut self) -> Vec<Effect> {
        if self.pages.len() < 2 {
            return Vec::new();
        }
        match self.pages.pop() {
            Some(Page::Settings(page)) if page.pin.is_some() => {
                vec![Effect::Ask(Request::HidePin)]
            }
            Some(Page::Player) => self.stop_playing(),
            _ => Vec::new(),
        }
    }

    pub(super) fn ask_home(&mut self) -> Vec<Effect> {
        let (language, now_ms) = (self.language, self.now_ms);
        if let Some(Page::Home(home)) = self.pages.first_mut() {
            if home.rows.is_empty() {
                home.fetch = Fetch::waiting(now_ms);
            }
            return vec![Effect::Ask(Request::Home { language })];
        }
        Vec::new()
    }

    /// What the page on top shows, asked for once more: it failed, or it may have changed.
    pub(super) fn refresh(&mut self) -> Vec<Effect> {
        let (language, now_ms, screen_id) = (self.language, self.now_ms, self.screen_id);
        match self.page_mut() {
            Page::Home(_) => self.ask_home(),
            Page::Search(page) => page.ask(language, now_ms),
            Page::Library(page) => {
                if page.items.is_empty() {
                    page.fetch = Fetch::waiting(now_ms);
                    return vec![page.ask(language)];
                }
                Vec::new()
            }
            Page::Title(page) => {
                let mut effects = vec![page.ask(language)];
                if page.sources.fetch.problem().is_some() || page.sources.items.is_empty() {
                    let known = page.detail.is_some() && !page.sources.fetch.is_waiting();
                    page.sources.fetch = Fetch::waiting(now_ms);
                    if known {
                        effects.push(page.sources.ask(screen_id, language));
                    }
                }
                if page.detail.is_none() {
                    page.fetch = Fetch::waiting(now_ms);
                }
                effects
            }
            Page::Settings(page) => page.ask(now_ms),
            Page::OfBox(page) => page.ask(now_ms),
            Page::Player | Page::Pin(_) => Vec::new(),
        }
    }

    pub(super) fn go(&mut self, go: Go) -> Vec<Effect> {
        match go {
            Go::Stay => Vec::new(),
            Go::Back => {
                let mut effects = self.leave();
                // What was watched or found meanwhile may have changed the page below.
                if matches!(self.page(), Page::Home(_)) && !effects.is_empty() {
                    effects.extend(self.ask_home());
                }
                effects
            }
            Go::Rail => {
                let place = self.place();
                self.rail = PLACES.iter().position(|other| *other == place);
                Vec::new()
            }
            Go::Again => self.refresh(),
            Go::Title(title) => {
                let page = TitlePage::new(*title, self.now_ms);
                let effect = page.ask(self.language);
                self.pages.push(Page::Title(Box::new(page)));
                vec![effect]
            }
            Go::Play(wish) => self.play(wish),
            Go::PlayerSources => {
                let (now_ms, screen_id, language) = (self.now_ms, self.screen_id, self.language);
                self.playback
                    .as_mut()
                    .and_then(|playback| playback.open_sources(now_ms))
                    .map(|sources| vec![sources.ask(screen_id, language)])
                    .unwrap_or_default()
            }
            Go::StopPlaying => {
                let mut effects = self.leave();
                effects.extend(self.refresh());
                if !matches!(self.page(), Page::Home(_)) {
                    effects.extend(self.ask_home());
                }
                effects
            }
            Go::OtherLanguage => self.choose_language(match self.language {
                Language::Ru => Language::En,
                Language::En => Language::Ru,
            }),
            Go::OtherMotion => self.choose_motion(!self.reduced_motion),
            Go::Language(language) => self.choose_language(language),
            Go::OfBox(page) => self.open_of_box(*page),
            // The set-up page took it in already.
            Go::NextStep => Vec::new(),
            Go::SetUpDone => {
                let mut effects = vec![Effect::Ask(Request::HidePin)];
                self.pages.retain(|page| !matches!(page, Page::OfBox(_)));
                effects.extend(self.ask_home());
                effects
            }
        }
    }

    pub(super) fn open_of_box(&mut self, mut page: BoxPage) -> Vec<Effect> {
        let effects = page.ask(self.now_ms);
        self.pages.push(Page::OfBox(Box::new(page)));
        effects
    }

    /// From the button on the box: what is wanted, asked on the TV.
    pub(super) fn open_power(&mut self) -> Vec<Effect> {
        let there = matches!(self.page(), Page::OfBox(page) if matches!(**page, BoxPage::Power(_)));
        let paired_first = matches!(self.page(), Page::Pin(_)) || self.is_setting_up();
        if there || paired_first {
            return Vec::new();
        }
        self.rail = None;
        self.open_of_box(BoxPage::Power(PowerPage::default()))
    }

    pub(super) fn is_setting_up(&self) -> bool {
        matches!(self.page(), Page::OfBox(page) if matches!(**page, BoxPage::SetUp(_)))
    }
}
