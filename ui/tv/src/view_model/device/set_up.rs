//! The first set-up: the language, the network, a phone. Each step can be gone over later in the
//! settings, so none is compulsory.

use hearth_model::Language;

use super::{BoxAnswer, BoxRequest, NetworkPage};
use crate::{
    keys::Key,
    view_model::{Effect, Go, PinView, Problem, Request},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Language,
    Network,
    Phone,
}

pub const LANGUAGES: [Language; 2] = [Language::Ru, Language::En];

#[derive(Debug, Clone)]
pub struct SetUp {
    pub step: Step,
    /// The focused language.
    pub at: usize,
    pub network: NetworkPage,
    pub pin: Option<PinView>,
    pub paired: bool,
    /// The box has no PIN to show.
    no_pin: bool,
}

impl SetUp {
    pub fn new(language: Language) -> Self {
        let at = LANGUAGES.iter().position(|other| *other == language);
        Self {
            step: Step::Language,
            at: at.unwrap_or(0),
            network: NetworkPage::new(true),
            pin: None,
            paired: false,
            no_pin: false,
        }
    }

    pub(super) fn ask(&mut self, now_ms: u64) -> Vec<Effect> {
        match self.step {
            Step::Language => Vec::new(),
            Step::Network => self.network.ask(now_ms, true),
            Step::Phone => vec![Effect::Ask(Request::ShowPin)],
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        match self.step {
            Step::Language => false,
            Step::Network => self.network.is_busy(),
            Step::Phone => self.pin.is_none() && !self.paired && !self.no_pin,
        }
    }

    pub(super) fn next_wake(&self) -> Option<u64> {
        match self.step {
            Step::Network => Some(self.network.next_wake()),
            Step::Language | Step::Phone => None,
        }
    }

    pub(super) fn wake(&mut self, now_ms: u64) -> Vec<Effect> {
        match self.step {
            Step::Network => self.network.wake(now_ms),
            Step::Language | Step::Phone => Vec::new(),
        }
    }

    pub(super) fn key(&mut self, key: Key, now_ms: u64) -> (Go, Vec<Effect>) {
        match self.step {
            Step::Language => match key {
                Key::Up | Key::Down => {
                    self.at = usize::from(key == Key::Down);
                    (Go::Language(LANGUAGES[self.at]), Vec::new())
                }
                Key::Ok => self.next(now_ms),
                _ => (Go::Stay, Vec::new()),
            },
            Step::Network => match self.network.key(key, now_ms) {
                (Go::NextStep, _) => self.next(now_ms),
                (Go::Back, _) => {
                    self.step = Step::Language;
                    (Go::Stay, Vec::new())
                }
                other => other,
            },
            Step::Phone => match key {
                Key::Ok => self.next(now_ms),
                Key::Back | Key::Erase => {
                    self.step = Step::Network;
                    (Go::Stay, self.ask(now_ms))
                }
                _ => (Go::Stay, Vec::new()),
            },
        }
    }

    fn next(&mut self, now_ms: u64) -> (Go, Vec<Effect>) {
        self.step = match self.step {
            Step::Language => Step::Network,
            Step::Network => Step::Phone,
            Step::Phone => {
                let done = Request::OfBox(BoxRequest::SetUpDone);
                return (Go::Stay, vec![Effect::Ask(done)]);
            }
        };
        (Go::Stay, self.ask(now_ms))
    }

    pub(super) fn answer(&mut self, answer: &BoxAnswer, now_ms: u64) -> (Go, Vec<Effect>) {
        match answer {
            // Should it not be kept, the question comes again at the next start: no reason to hold
            // anybody here.
            BoxAnswer::SetUpDone(_) => (Go::SetUpDone, Vec::new()),
            answer => (Go::Stay, self.network.answer(answer, now_ms)),
        }
    }

    pub(super) fn fill_pin(&mut self, answer: &Result<PinView, Problem>) {
        self.no_pin = answer.is_err();
        self.pin = answer.as_ref().ok().cloned();
    }

    pub(super) fn pin_changed(&mut self, pin: Option<&str>) {
        match (pin, &mut self.pin) {
            (Some(new), Some(shown)) => {
                shown.url = shown.url.replace(&shown.pin, new);
                new.clone_into(&mut shown.pin);
            }
            (Some(_), None) => {}
            (None, shown) => {
                self.paired |= shown.is_some();
                *shown = None;
            }
        }
    }
}
