//! The search page: a keyboard at the left, results at the right from the first letter.

use hearth_model::{Language, Title};

use super::{
    Effect, Fetch, Go, Grid, Part, Request,
    keyboard::{Cap, Keyboard},
};
use crate::{
    keys::Key,
    layout::{GRID_ROWS, RESULTS_IN_ROW},
};

/// The longest text worth sending.
const MAX_LETTERS: usize = 100;

#[derive(Debug, Clone)]
pub struct Search {
    pub text: String,
    pub keyboard: Keyboard,
    /// Whether the results have the focus rather than the keyboard.
    pub in_results: bool,
    pub items: Vec<Title>,
    pub grid: Grid,
    pub fetch: Fetch,
    /// Whether the first word of the newest search has come; until then the old results stay.
    fresh: bool,
    seq: u64,
    /// The last letters came from a keyboard or a phone: OK is then the end of typing, not the
    /// on-screen key that happens to be in focus.
    typed: bool,
}

impl Search {
    pub fn new(language: Language) -> Self {
        Self {
            text: String::new(),
            keyboard: Keyboard::new(language),
            in_results: false,
            items: Vec::new(),
            grid: Grid::default(),
            fetch: Fetch::Ready,
            fresh: true,
            seq: 0,
            typed: false,
        }
    }

    /// Whether the newest search ended without a result.
    pub fn found_nothing(&self) -> bool {
        self.items.is_empty() && !self.text.trim().is_empty() && self.fetch == Fetch::Ready
    }

    pub(super) fn key(&mut self, key: Key, language: Language, now_ms: u64) -> (Go, Vec<Effect>) {
        match key {
            Key::Letter(letter) => {
                self.typed = true;
                return (Go::Stay, self.type_letter(letter, language, now_ms));
            }
            Key::Erase if self.text.is_empty() => return (Go::Back, Vec::new()),
            Key::Erase => {
                self.in_results = false;
                return (Go::Stay, self.press(Cap::Erase, language, now_ms));
            }
            Key::Back if self.in_results => {
                self.in_results = false;
                return (Go::Stay, Vec::new());
            }
            Key::Back => return (Go::Back, Vec::new()),
            _ => {}
        }
        if self.in_results {
            return (self.key_in_results(key), Vec::new());
        }
        let typed = std::mem::take(&mut self.typed);
        match key {
            Key::Ok if typed => {
                self.in_results = !self.items.is_empty();
                self.typed = !self.in_results;
                (Go::Stay, Vec::new())
            }
            Key::Ok => {
                let effects = self.press(self.keyboard.focused(), language, now_ms);
                (Go::Stay, effects)
            }
            Key::Left if !self.keyboard.step(key) => (Go::Rail, Vec::new()),
            Key::Right if !self.keyboard.step(key) => {
                self.in_results = !self.items.is_empty();
                (Go::Stay, Vec::new())
            }
            Key::Up | Key::Down => {
                self.keyboard.step(key);
                (Go::Stay, Vec::new())
            }
            _ => (Go::Stay, Vec::new()),
        }
    }

    fn key_in_results(&mut self, key: Key) -> Go {
        match key {
            Key::Ok => self
                .items
                .get(self.grid.at)
                .map_or(Go::Stay, |title| Go::Title(Box::new(title.clone()))),
            Key::Up | Key::Down | Key::Left | Key::Right => {
                let moved = self
                    .grid
                    .step(key, self.items.len(), RESULTS_IN_ROW, GRID_ROWS);
                if !moved && key == Key::Left {
                    self.in_results = false;
                }
                Go::Stay
            }
            _ => Go::Stay,
        }
    }

    fn press(&mut self, cap: Cap, language: Language, now_ms: u64) -> Vec<Effect> {
        match cap {
            Cap::Letter(letter) => self.type_letter(letter, language, now_ms),
            Cap::Space => self.type_letter(' ', language, now_ms),
            Cap::Erase => {
                let mut text = self.text.clone();
                text.pop();
                self.set_text(text, language, now_ms)
            }
            Cap::Clear => self.set_text(String::new(), language, now_ms),
            Cap::Alphabet => {
                self.keyboard.switch();
                Vec::new()
            }
        }
    }

    fn type_letter(&mut self, letter: char, language: Language, now_ms: u64) -> Vec<Effect> {
        if letter == ' ' && (self.text.is_empty() || self.text.ends_with(' ')) {
            return Vec::new();
        }
        self.set_text(format!("{}{letter}", self.text), language, now_ms)
    }

    /// The whole text as a phone has it.
    pub(super) fn take_text(
        &mut self,
        text: String,
        language: Language,
        now_ms: u64,
    ) -> Vec<Effect> {
        self.typed = true;
        self.set_text(text, language, now_ms)
    }

    /// The whole text as it should now read; searches at once.
    fn set_text(&mut self, text: String, language: Language, now_ms: u64) -> Vec<Effect> {
        let text: String = text
            .chars()
            .filter(|letter| !letter.is_control())
            .take(MAX_LETTERS)
            .collect();
        if text == self.text {
            return Vec::new();
        }
        let searched_before = self.text.trim() == text.trim();
        self.text = text;
        if searched_before {
            return Vec::new();
        }
        self.ask(language, now_ms)
    }

    pub(super) fn ask(&mut self, language: Language, now_ms: u64) -> Vec<Effect> {
        self.seq += 1;
        let text = self.text.trim().to_owned();
        if text.is_empty() {
            self.items.clear();
            self.grid = Grid::default();
            self.fetch = Fetch::Ready;
            return Vec::new();
        }
        self.fresh = false;
        self.fetch = Fetch::waiting(now_ms);
        vec![Effect::Ask(Request::Search {
            seq: self.seq,
            text,
            language,
        })]
    }

    pub(super) fn answer(&mut self, seq: u64, part: Part<Title>) {
        if seq != self.seq {
            return;
        }
        if !self.fresh {
            self.fresh = true;
            self.items.clear();
            self.grid = Grid::default();
        }
        match part {
            Part::Item(title) => match self.items.iter_mut().find(|known| known.id == title.id) {
                Some(known) => *known = title,
                None => self.items.push(title),
            },
            Part::Done => self.fetch = Fetch::Ready,
            Part::Failed(problem) => self.fetch = Fetch::Failed(problem),
        }
        if self.items.is_empty() {
            self.in_results = false;
        }
    }
}
