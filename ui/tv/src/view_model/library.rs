//! A page of the catalogue: everything of one kind in a grid, narrowed by the filters above it,
//! fetched as one scrolls.

use hearth_model::{GenreCount, Language, Title, TitleKind};

use super::{
    Cursor, Effect, Fetch, Go, Grid, LibraryPage, Problem, Request,
    filters::{Chip, Choice, Filters, choices},
};
use crate::{
    keys::Key,
    layout::{GRID_IN_ROW, GRID_ROWS},
};

/// A grid nobody scrolls to the end of; memory stays bounded.
const MAX_TITLES: usize = 2_000;
/// This many cards before the end the next page is asked for.
const AHEAD: usize = 3 * GRID_IN_ROW;
/// Lines of the sheet that are wholly on the screen.
pub const VISIBLE: usize = 11;

#[derive(Debug, Clone)]
pub struct Library {
    pub kind: TitleKind,
    pub items: Vec<Title>,
    pub grid: Grid,
    pub fetch: Fetch,
    pub filters: Filters,
    pub genres: Vec<GenreCount>,
    /// The chip in focus, when it is not the grid.
    pub chip: Option<usize>,
    /// The line in focus of the sheet behind that chip, when it is open.
    pub sheet: Option<Cursor>,
    pub this_year: u16,
    next: Option<String>,
    /// What is shown was found with other filters.
    stale: bool,
}

impl Library {
    pub fn new(kind: TitleKind, this_year: u16, now_ms: u64) -> Self {
        Self {
            kind,
            items: Vec::new(),
            grid: Grid::default(),
            fetch: Fetch::waiting(now_ms),
            filters: Filters::default(),
            genres: Vec::new(),
            chip: None,
            sheet: None,
            this_year,
            next: None,
            stale: false,
        }
    }

    pub(super) fn ask(&self, language: Language) -> Effect {
        Effect::Ask(Request::Library {
            kind: self.kind,
            filters: self.filters.clone(),
            cursor: self.next.clone(),
            language,
        })
    }

    pub(super) fn ask_genres(&self) -> Effect {
        Effect::Ask(Request::Genres { kind: self.kind })
    }

    /// What to show: nothing where it was found with other filters and the wait is long.
    pub fn shown(&self, now_ms: u64) -> &[Title] {
        if self.stale && self.fetch.is_slow(now_ms) {
            &[]
        } else {
            &self.items
        }
    }

    pub fn focused(&self) -> Option<&Title> {
        self.items
            .get(self.grid.at)
            .filter(|_| self.chip.is_none() && !self.stale)
    }

    /// Whether the filters leave nothing.
    pub fn found_nothing(&self) -> bool {
        self.items.is_empty() && self.fetch == Fetch::Ready && self.filters != Filters::default()
    }

    /// What the open sheet offers.
    pub fn choices(&self) -> Vec<Choice> {
        self.chip()
            .map(|chip| choices(chip, &self.genres, self.this_year))
            .unwrap_or_default()
    }

    fn chip(&self) -> Option<Chip> {
        self.filters.chips().get(self.chip?).copied()
    }

    pub(super) fn key(&mut self, key: Key, language: Language, now_ms: u64) -> (Go, Vec<Effect>) {
        if self.sheet.is_some() {
            return (Go::Stay, self.key_in_sheet(key, language, now_ms));
        }
        if matches!(key, Key::Back | Key::Erase) {
            return (Go::Back, Vec::new());
        }
        // The page shows nothing but what is wrong, and one button.
        let filled = !self.items.is_empty() || self.found_nothing();
        if !filled && !self.fetch.is_waiting() {
            let go = match key {
                Key::Ok => Go::Again,
                Key::Left => Go::Rail,
                _ => Go::Stay,
            };
            return (go, Vec::new());
        }
        match self.chip {
            Some(at) => self.key_in_chips(key, at, language, now_ms),
            None => self.key_in_grid(key, language, now_ms),
        }
    }

    fn key_in_grid(&mut self, key: Key, language: Language, now_ms: u64) -> (Go, Vec<Effect>) {
        match key {
            Key::Ok => {
                let title = self.focused().cloned();
                (
                    title.map_or(Go::Stay, |title| Go::Title(Box::new(title))),
                    Vec::new(),
                )
            }
            Key::Up | Key::Down | Key::Left | Key::Right => {
                let moved = self
                    .grid
                    .step(key, self.items.len(), GRID_IN_ROW, GRID_ROWS);
                match key {
                    Key::Left if !moved => return (Go::Rail, Vec::new()),
                    Key::Up if !moved => self.chip = Some(0),
                    _ => {}
                }
                let near_end = self.grid.at + AHEAD >= self.items.len();
                let more = self.next.is_some() && self.items.len() < MAX_TITLES;
                if near_end && more && self.fetch == Fetch::Ready {
                    self.fetch = Fetch::waiting(now_ms);
                    return (Go::Stay, vec![self.ask(language)]);
                }
                (Go::Stay, Vec::new())
            }
            _ => (Go::Stay, Vec::new()),
        }
    }

    fn key_in_chips(
        &mut self,
        key: Key,
        at: usize,
        language: Language,
        now_ms: u64,
    ) -> (Go, Vec<Effect>) {
        match key {
            Key::Left if at == 0 => return (Go::Rail, Vec::new()),
            Key::Left => self.chip = Some(at - 1),
            Key::Right => self.chip = Some((at + 1).min(self.filters.chips().len() - 1)),
            Key::Down if !self.items.is_empty() => self.chip = None,
            Key::Ok if self.chip() == Some(Chip::Clear) => {
                self.chip = Some(0);
                let filters = Filters {
                    order: self.filters.order,
                    ..Filters::default()
                };
                return (Go::Stay, self.narrow(filters, language, now_ms));
            }
            Key::Ok => {
                let choices = self.choices();
                let chosen = choices
                    .iter()
                    .position(|choice| self.filters.is_chosen(choice));
                let mut cursor = Cursor::default();
                cursor.jump(chosen.unwrap_or(0), choices.len(), VISIBLE);
                self.sheet = Some(cursor);
                if self.chip() == Some(Chip::Genre) && self.genres.is_empty() {
                    return (Go::Stay, vec![self.ask_genres()]);
                }
            }
            _ => {}
        }
        (Go::Stay, Vec::new())
    }

    fn key_in_sheet(&mut self, key: Key, language: Language, now_ms: u64) -> Vec<Effect> {
        let choices = self.choices();
        let Some(cursor) = &mut self.sheet else {
            return Vec::new();
        };
        match key {
            Key::Up | Key::Down => {
                cursor.step(key == Key::Down, choices.len(), VISIBLE);
            }
            Key::Back | Key::Erase | Key::Left => self.sheet = None,
            Key::Ok => {
                let at = cursor.at;
                self.sheet = None;
                if let Some(choice) = choices.into_iter().nth(at) {
                    let mut filters = self.filters.clone();
                    filters.choose(choice);
                    return self.narrow(filters, language, now_ms);
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn narrow(&mut self, filters: Filters, language: Language, now_ms: u64) -> Vec<Effect> {
        if filters == self.filters {
            return Vec::new();
        }
        self.filters = filters;
        self.next = None;
        self.stale = true;
        self.fetch = Fetch::waiting(now_ms);
        vec![self.ask(language)]
    }

    /// The answer to what was asked with `filters`: others may have been chosen since.
    pub(super) fn fill(&mut self, filters: &Filters, page: Result<LibraryPage, Problem>) {
        if *filters != self.filters {
            return;
        }
        if std::mem::take(&mut self.stale) {
            self.items.clear();
            self.grid = Grid::default();
        }
        match page {
            Ok(page) => {
                self.next = page.next;
                for title in page.items {
                    if self.items.iter().all(|known| known.id != title.id) {
                        self.items.push(title);
                    }
                }
                self.fetch = Fetch::Ready;
                if self.found_nothing() {
                    self.chip = self.chip.or(Some(0));
                }
            }
            // What is there stays; the next step asks again.
            Err(_) if !self.items.is_empty() => self.fetch = Fetch::Ready,
            Err(problem) => self.fetch = Fetch::Failed(problem),
        }
    }

    /// A sheet that is open keeps its place.
    pub(super) fn fill_genres(&mut self, genres: Vec<GenreCount>) {
        self.genres = genres;
        let len = self.choices().len();
        if let Some(cursor) = &mut self.sheet {
            cursor.jump(cursor.at, len, VISIBLE);
        }
    }
}
