//! A page of the catalogue: everything of one kind in a grid, fetched as one scrolls.

use hearth_model::{Language, Title, TitleKind};

use super::{Effect, Fetch, Go, Grid, LibraryPage, Problem, Request};
use crate::{
    keys::Key,
    layout::{GRID_IN_ROW, GRID_ROWS},
};

/// A grid nobody scrolls to the end of; memory stays bounded.
const MAX_TITLES: usize = 2_000;
/// This many cards before the end the next page is asked for.
const AHEAD: usize = 3 * GRID_IN_ROW;

#[derive(Debug, Clone)]
pub struct Library {
    pub kind: TitleKind,
    pub items: Vec<Title>,
    pub grid: Grid,
    pub fetch: Fetch,
    next: Option<String>,
}

impl Library {
    pub fn new(kind: TitleKind, now_ms: u64) -> Self {
        Self {
            kind,
            items: Vec::new(),
            grid: Grid::default(),
            fetch: Fetch::waiting(now_ms),
            next: None,
        }
    }

    pub(super) fn ask(&self, language: Language) -> Effect {
        Effect::Ask(Request::Library {
            kind: self.kind,
            cursor: self.next.clone(),
            language,
        })
    }

    pub(super) fn key(&mut self, key: Key, language: Language, now_ms: u64) -> (Go, Vec<Effect>) {
        match key {
            Key::Ok => {
                let go = match self.items.get(self.grid.at) {
                    Some(title) => Go::Title(Box::new(title.clone())),
                    None => Go::Again,
                };
                (go, Vec::new())
            }
            Key::Back | Key::Erase => (Go::Back, Vec::new()),
            Key::Up | Key::Down | Key::Left | Key::Right => {
                let moved = self
                    .grid
                    .step(key, self.items.len(), GRID_IN_ROW, GRID_ROWS);
                if !moved && key == Key::Left {
                    return (Go::Rail, Vec::new());
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

    pub(super) fn fill(&mut self, page: Result<LibraryPage, Problem>) {
        match page {
            Ok(page) => {
                self.next = page.next;
                for title in page.items {
                    if self.items.iter().all(|known| known.id != title.id) {
                        self.items.push(title);
                    }
                }
                self.fetch = Fetch::Ready;
            }
            // What is there stays; the next step asks again.
            Err(_) if !self.items.is_empty() => self.fetch = Fetch::Ready,
            Err(problem) => self.fetch = Fetch::Failed(problem),
        }
    }
}
