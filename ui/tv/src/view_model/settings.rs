//! The settings page: pairing a phone, the language, motion, the pages of the box, what it is. And the
//! page on which a
//! screen elsewhere in the house is paired itself.

use hearth_model::{ServiceStatus, ServicesPage};

use super::{
    BoxPage, Effect, Fetch, Go, NetworkPage, PinView, PowerPage, Problem, Request, UpdatesPage,
};
use crate::keys::Key;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    Pair,
    Language,
    Motion,
    Network,
    Catalogue,
    Updates,
    Power,
    About,
}

pub const ITEMS: [Item; 8] = [
    Item::Pair,
    Item::Language,
    Item::Motion,
    Item::Network,
    Item::Catalogue,
    Item::Updates,
    Item::Power,
    Item::About,
];

pub(super) const ASK_SERVICES: Effect = Effect::Ask(Request::Services);

#[derive(Debug, Clone)]
pub struct Settings {
    pub at: usize,
    pub fetch: Fetch,
    pub pin: Option<PinView>,
    /// When the shown PIN has to be replaced.
    pub pin_until_ms: u64,
    /// A phone used the PIN; none is shown until the next OK.
    pub pin_used: bool,
    /// How the metadata services are; None until the box said so.
    pub services: Option<Result<Vec<ServiceStatus>, Problem>>,
    /// Only the box's own TV may show a PIN.
    local: bool,
}

impl Settings {
    pub fn new(local: bool) -> Self {
        Self {
            at: 0,
            fetch: Fetch::Ready,
            pin: None,
            pin_until_ms: 0,
            pin_used: false,
            services: None,
            local,
        }
    }

    pub(super) fn ask(&mut self, now_ms: u64) -> Vec<Effect> {
        if !self.local {
            return Vec::new();
        }
        self.fetch = Fetch::waiting(now_ms);
        self.pin_used = false;
        vec![Effect::Ask(Request::ShowPin)]
    }

    pub(super) fn fill_services(&mut self, answer: Result<ServicesPage, Problem>) {
        self.services = Some(answer.map(|page| page.items));
    }

    pub(super) fn fill(&mut self, answer: Result<PinView, Problem>, now_ms: u64) {
        match answer {
            Ok(pin) => {
                self.pin_until_ms = now_ms + pin.expires_in.max(1) * 1000;
                self.pin = Some(pin);
                self.fetch = Fetch::Ready;
            }
            Err(problem) => {
                self.pin = None;
                self.fetch = Fetch::Failed(problem);
            }
        }
    }

    /// The box changed the PIN by itself: guessed away, or used.
    pub(super) fn pin_changed(&mut self, pin: Option<String>) {
        match (pin, &mut self.pin) {
            (Some(new), Some(shown)) => {
                shown.url = shown.url.replace(&shown.pin, &new);
                shown.pin = new;
            }
            (Some(_), None) => {}
            (None, shown) => {
                *shown = None;
                self.pin_used = true;
            }
        }
    }

    pub(super) fn key(&mut self, key: Key, now_ms: u64) -> (Go, Vec<Effect>) {
        match key {
            Key::Back | Key::Erase => (Go::Back, Vec::new()),
            Key::Left => (Go::Rail, Vec::new()),
            Key::Up | Key::Down => {
                let before = self.at;
                self.at = if key == Key::Up {
                    self.at.saturating_sub(1)
                } else {
                    (self.at + 1).min(ITEMS.len() - 1)
                };
                // What is looked at is as it is now.
                let looked_at = self.at != before && ITEMS[self.at] == Item::Catalogue;
                (
                    Go::Stay,
                    looked_at.then_some(ASK_SERVICES).into_iter().collect(),
                )
            }
            Key::Ok => match ITEMS[self.at] {
                Item::Pair if self.pin.is_none() => (Go::Stay, self.ask(now_ms)),
                Item::Language => (Go::OtherLanguage, Vec::new()),
                Item::Motion => (Go::OtherMotion, Vec::new()),
                Item::Network => open(BoxPage::Network(NetworkPage::new(false))),
                Item::Updates => open(BoxPage::Updates(UpdatesPage::default())),
                Item::Power => open(BoxPage::Power(PowerPage::default())),
                Item::Catalogue => (Go::Stay, vec![ASK_SERVICES]),
                Item::Pair | Item::About => (Go::Stay, Vec::new()),
            },
            _ => (Go::Stay, Vec::new()),
        }
    }
}

fn open(page: BoxPage) -> (Go, Vec<Effect>) {
    (Go::OfBox(Box::new(page)), Vec::new())
}

/// Six digits, set by arrows, typed or from a phone.
pub const PIN_DIGITS: usize = 6;

#[derive(Debug, Clone, Default)]
pub struct PinEntry {
    pub digits: [u8; PIN_DIGITS],
    pub at: usize,
    pub sending: bool,
    pub problem: Option<Problem>,
}

impl PinEntry {
    pub(super) fn key(&mut self, key: Key) -> Vec<Effect> {
        if self.sending {
            return Vec::new();
        }
        match key {
            Key::Up => self.digits[self.at] = (self.digits[self.at] + 1) % 10,
            Key::Down => self.digits[self.at] = (self.digits[self.at] + 9) % 10,
            Key::Left | Key::Erase | Key::Back => self.at = self.at.saturating_sub(1),
            Key::Right => self.at = (self.at + 1).min(PIN_DIGITS - 1),
            Key::Letter(letter) => {
                if let Some(digit) = letter.to_digit(10) {
                    self.digits[self.at] = digit as u8;
                    self.at = (self.at + 1).min(PIN_DIGITS - 1);
                }
            }
            Key::Ok => {
                self.sending = true;
                self.problem = None;
                let pin = self
                    .digits
                    .iter()
                    .map(|digit| char::from(b'0' + digit))
                    .collect();
                return vec![Effect::Ask(Request::Pair { pin })];
            }
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn answer(&mut self, answer: Result<(), Problem>) {
        self.sending = false;
        if let Err(problem) = answer {
            self.problem = Some(problem);
            self.at = 0;
        }
    }
}
