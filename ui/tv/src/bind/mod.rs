//! From the view model to the window: the only place that sets Slint's properties.

mod backdrop;
mod cards;
mod library;
mod list;
mod of_box;
mod player;
mod quiet;
mod search;
mod settings;
mod sheet;
mod title;

use std::{collections::HashMap, rc::Rc};

use fast_qr::QRBuilder;
use hearth_model::{Language, Title, TitleId};
use slint::{ComponentHandle, Image, Rgb8Pixel, SharedPixelBuffer, SharedString, VecModel};

use self::{cards::Painter, list::List, quiet::quiet};
use crate::{
    facts,
    pictures::Gallery,
    view_model::{Home, Model, PLACES, Page, PinEntry, Place},
    words::{problem, words},
};

pub(crate) mod ui {
    #![allow(
        clippy::all,
        clippy::pedantic,
        clippy::todo,
        clippy::unwrap_used,
        missing_debug_implementations,
        rust_2018_idioms,
        unsafe_code,
        unused_qualifications
    )]
    slint::include_modules!();
}
pub use ui::App as Window;
pub(crate) use ui::{
    Action, BoxView, Cap as CapView, Card, Chip, ChoiceLine, ChoicesView, Facts, HomeView, Icons,
    LibraryView, Named, PageKind, PinPage, PlayerView, Quiet, Row, SearchView, ServiceLine,
    SettingLine, SettingsView, Shell, SourceLine, SourcesView, Theme, TitleView, TrackLine,
};

/// Fills the window and remembers what must not be made anew each time.
pub struct Binder {
    window: Window,
    pub(crate) gallery: Gallery,
    rows: List<Row>,
    row_cards: HashMap<String, Rc<VecModel<Card>>>,
    caps: List<CapView>,
    grid: List<Card>,
    chips: List<Chip>,
    choices: List<ChoiceLine>,
    actions: List<Action>,
    seasons: List<SharedString>,
    episodes: Rc<VecModel<Card>>,
    sources: List<SourceLine>,
    sound: List<TrackLine>,
    subtitles: List<TrackLine>,
    marks: List<f32>,
    digits: List<SharedString>,
    places: List<SharedString>,
    part_names: List<SharedString>,
    settings: List<SettingLine>,
    about: List<SettingLine>,
    services: List<ServiceLine>,
    box_lines: List<SettingLine>,
    box_facts: List<SettingLine>,
    steps: List<SharedString>,
    /// Whose it is, whether it is the picture itself, and how many there were.
    backdrop: (Option<TitleId>, bool, i32),
    qr: (String, Image),
    tint: Option<TitleId>,
}

impl std::fmt::Debug for Binder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Binder").finish_non_exhaustive()
    }
}

fn row_name(row: &crate::view_model::Row, language: Language) -> String {
    let words = words(language);
    if let Some(name) = row.addon_name(language) {
        return name;
    }
    let name = match row.id.as_str() {
        "continue" => words.row_continue,
        "open" => words.row_open,
        "local" => words.row_local,
        "trending" => words.row_trending,
        "films" => words.row_films,
        "series" => words.row_series,
        "anime" => words.row_anime,
        _ => "",
    };
    name.to_owned()
}

/// What a grid says of the title in focus: posters bear their names too small, or in other letters.
fn named(title: Option<&Title>, language: Language) -> Named {
    title.map_or_else(Named::default, |title| Named {
        name: title.names.best(language).into(),
        facts: facts::title_facts(title, language).into(),
    })
}

/// An index as Slint counts: nothing here is ever near its end.
fn index(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}

/// A QR code, one pixel a module: the page scales it without smoothing.
fn qr(text: &str) -> Image {
    let Ok(code) = QRBuilder::new(text).build() else {
        return Image::default();
    };
    let size = code.size;
    let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(size as u32, size as u32);
    for (y, row) in buffer.make_mut_slice().chunks_mut(size).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let level = if code[y][x].value() { 0x0b } else { 0xff };
            *pixel = Rgb8Pixel::new(level, level, level);
        }
    }
    Image::from_rgb8(buffer)
}

impl Binder {
    pub fn new(window: &Window) -> Self {
        let binder = Self {
            window: window.clone_strong(),
            gallery: Gallery::default(),
            rows: List::default(),
            row_cards: HashMap::new(),
            caps: List::default(),
            grid: List::default(),
            chips: List::default(),
            choices: List::default(),
            actions: List::default(),
            seasons: List::default(),
            episodes: Rc::default(),
            sources: List::default(),
            sound: List::default(),
            subtitles: List::default(),
            marks: List::default(),
            digits: List::default(),
            places: List::default(),
            part_names: List::default(),
            settings: List::default(),
            about: List::default(),
            services: List::default(),
            box_lines: List::default(),
            box_facts: List::default(),
            steps: List::default(),
            backdrop: (None, false, 0),
            qr: (String::new(), Image::default()),
            tint: None,
        };
        window
            .global::<HomeView<'_>>()
            .set_rows(binder.rows.handle());
        let search = window.global::<SearchView<'_>>();
        search.set_caps(binder.caps.handle());
        search.set_cards(binder.grid.handle());
        let library = window.global::<LibraryView<'_>>();
        library.set_cards(binder.grid.handle());
        library.set_chips(binder.chips.handle());
        window
            .global::<ChoicesView<'_>>()
            .set_lines(binder.choices.handle());
        let title = window.global::<TitleView<'_>>();
        title.set_actions(binder.actions.handle());
        title.set_seasons(binder.seasons.handle());
        window
            .global::<SourcesView<'_>>()
            .set_lines(binder.sources.handle());
        let player = window.global::<PlayerView<'_>>();
        player.set_sound(binder.sound.handle());
        player.set_subtitles(binder.subtitles.handle());
        player.set_marks(binder.marks.handle());
        window
            .global::<PinPage<'_>>()
            .set_digits(binder.digits.handle());
        window
            .global::<SettingsView<'_>>()
            .set_digits(binder.digits.handle());
        window
            .global::<Shell<'_>>()
            .set_rail_labels(binder.places.handle());
        window
            .global::<SourcesView<'_>>()
            .set_part_names(binder.part_names.handle());
        let settings = window.global::<SettingsView<'_>>();
        settings.set_lines(binder.settings.handle());
        settings.set_about(binder.about.handle());
        settings.set_services(binder.services.handle());
        settings.set_steps(binder.steps.handle());
        let of_box = window.global::<BoxView<'_>>();
        of_box.set_lines(binder.box_lines.handle());
        of_box.set_facts(binder.box_facts.handle());
        of_box.set_caps(binder.caps.handle());
        binder
    }

    /// The whole window shows the model. What did not change costs next to nothing.
    pub fn show(&mut self, model: &Model) {
        let scale = self.window.window().scale_factor();
        let quiet = quiet(model);
        self.window
            .global::<Theme<'_>>()
            .set_still(model.reduced_motion);
        self.gallery.turn(model.now_ms);
        self.shell(model, &quiet);
        self.backdrop(model, scale);
        if !quiet.shown {
            match model.page() {
                Page::Home(page) => self.home(page, model, scale),
                Page::Search(page) => self.search(page, model, scale),
                Page::Library(page) => self.library(page, model, scale),
                Page::Title(page) => self.title(page, model, scale),
                Page::Player => {}
                Page::Settings(page) => self.settings(page, model),
                Page::Pin(page) => self.pin(page, model.language),
                Page::OfBox(page) => self.of_box(page, model),
            }
        }
        self.sheet(model);
        self.choices(model);
        self.player(model);
    }

    /// A new frame of the film.
    pub fn frame(&self, picture: Image) {
        self.window.global::<PlayerView<'_>>().set_picture(picture);
    }

    pub fn clock(&self, text: &str, minute: i32) {
        let shell = self.window.global::<Shell<'_>>();
        shell.set_clock(text.into());
        shell.set_saver_turn(minute);
    }

    fn shell(&mut self, model: &Model, quiet: &Quiet) {
        let words = words(model.language);
        let shell = self.window.global::<Shell<'_>>();
        shell.set_page(match model.page() {
            Page::Home(_) if model.is_starting() => PageKind::Starting,
            Page::Home(_) => PageKind::Home,
            Page::Search(_) => PageKind::Search,
            Page::Library(_) => PageKind::Library,
            Page::Title(_) => PageKind::Title,
            Page::Player => PageKind::Player,
            Page::Settings(_) => PageKind::Settings,
            Page::Pin(_) => PageKind::Pin,
            Page::OfBox(_) => PageKind::OfBox,
        });
        shell.set_quiet(quiet.clone());
        // The player shows it in its own place.
        let elsewhere = quiet.shown || matches!(model.page(), Page::Player);
        let notice = model.notice.as_ref().filter(|_| !elsewhere);
        let notice = notice.map_or("", |(text, _)| text.as_str());
        shell.set_notice(notice.into());
        shell.set_saver(model.saver());
        shell.set_rail_open(model.rail.is_some());
        shell.set_rail_at(model.rail.map_or(-1, index));
        let here = model.place();
        let here = PLACES.iter().position(|place| *place == here);
        shell.set_rail_place(here.map_or(-1, index));
        let labels = PLACES
            .iter()
            .map(|place| {
                match place {
                    Place::Search => words.search,
                    Place::Home => words.home,
                    Place::Films => words.films,
                    Place::Series => words.series,
                    Place::Anime => words.anime,
                    Place::Settings => words.settings,
                }
                .into()
            })
            .collect();
        self.places.set(labels);
    }

    fn painter(&mut self, model: &Model, scale: f32) -> Painter<'_> {
        Painter {
            gallery: &mut self.gallery,
            language: model.language,
            scale,
        }
    }

    fn home(&mut self, page: &Home, model: &Model, scale: f32) {
        let mut lists = std::mem::take(&mut self.row_cards);
        let rows = self.painter(model, scale).rows(page, &mut lists);
        self.row_cards = lists;
        self.rows.sync(rows, |a, b| a.key == b.key);
        let view = self.window.global::<HomeView<'_>>();
        view.set_row(index(page.row));
        view.set_scroll(page.row_y(page.row));
        view.set_skeleton(page.rows.is_empty() && page.fetch.is_slow(model.now_ms));
        view.set_facts(page.focused().map_or_else(Facts::default, |item| {
            let title = &item.title;
            let episode = item.episode.as_ref().map_or_else(String::new, |episode| {
                facts::episode_name(episode, model.language)
            });
            Facts {
                eyebrow: if episode.is_empty() {
                    facts::eyebrow(title, model.language).into()
                } else {
                    episode.into()
                },
                title: title.names.best(model.language).into(),
                line: facts::title_facts(title, model.language).into(),
                overview: title.overview.best(model.language).into(),
            }
        }));
    }

    fn pin(&mut self, page: &PinEntry, language: Language) {
        let words = words(language);
        let digits = page
            .digits
            .iter()
            .map(|digit| SharedString::from(digit.to_string()));
        self.digits.set(digits.collect());
        let view = self.window.global::<PinPage<'_>>();
        view.set_heading(words.enter_pin.into());
        view.set_hint(words.enter_pin_hint.into());
        view.set_at(index(page.at));
        view.set_sending(page.sending);
        let why = page.problem.as_ref().map(|why| problem(why, language));
        view.set_problem(why.unwrap_or_default().into());
    }

    fn qr_of(&mut self, text: &str) -> Image {
        if self.qr.0 != text {
            let picture = if text.is_empty() {
                Image::default()
            } else {
                qr(text)
            };
            self.qr = (text.to_owned(), picture);
        }
        self.qr.1.clone()
    }
}

/// An address as people read it.
fn short(address: &str) -> &str {
    address
        .strip_prefix("http://")
        .unwrap_or(address)
        .trim_end_matches('/')
}
