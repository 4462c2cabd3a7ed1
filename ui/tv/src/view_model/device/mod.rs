//! The pages of the box itself: network, updates, power, and the first set-up. Each is a list of
//! lines at the left and a panel at the right; what cannot be undone asks once more.

mod network;
mod password;
mod power;
mod set_up;
mod updates;

use hearth_model::{
    BoxDetail, NetworkStatus, PowerAction, Surface, TvChoices, UpdatePolicy, UpdateStatus,
    WifiNetwork,
};

pub use self::{
    network::{Line as NetworkLine, NetworkPage},
    password::{Cap as PasswordCap, Entry},
    power::PowerPage,
    set_up::{SetUp, Step as SetUpStep},
    updates::{About as UpdateAbout, Line as UpdateLine, UpdatesPage},
};
use super::{Effect, Go, PinView, Problem};
use crate::keys::Key;

/// Lines that are on the screen at once.
pub const VISIBLE: usize = 6;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// What these pages ask of the box.
#[derive(Debug, Clone, PartialEq)]
pub enum BoxRequest {
    Device,
    Network,
    /// `anew`: look around first.
    Wifi {
        anew: bool,
    },
    Join {
        name: String,
        password: Option<Secret>,
    },
    Updates,
    Check,
    Install {
        id: String,
    },
    Policy(UpdatePolicy),
    Power(PowerAction),
    SetUpDone,
    /// What was chosen on this TV.
    KeepChoices(TvChoices),
    /// The first frame was drawn.
    Drew(Surface),
}

/// What the box answers.
#[derive(Debug, Clone)]
pub enum BoxAnswer {
    Device(Result<BoxDetail, Problem>),
    Network(Result<NetworkStatus, Problem>),
    Wifi(Result<Vec<WifiNetwork>, Problem>),
    Joined(Result<(), Problem>),
    Updates(Result<UpdateStatus, Problem>),
    /// An update or a way of updating was asked for.
    Ordered(Result<(), Problem>),
    Power(Result<(), Problem>),
    SetUpDone(Result<(), Problem>),
    ChoicesKept,
    Drew,
}

/// A question before something that is not undone by Back: no is focused first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question<T> {
    pub about: T,
    pub yes: bool,
}

impl<T> Question<T> {
    pub fn new(about: T) -> Self {
        Self { about, yes: false }
    }

    /// None: still asking. Some(true): yes.
    fn key(&mut self, key: Key) -> Option<bool> {
        match key {
            Key::Left | Key::Up => self.yes = false,
            Key::Right | Key::Down => self.yes = true,
            Key::Ok => return Some(self.yes),
            Key::Back | Key::Erase => return Some(false),
            _ => {}
        }
        None
    }
}

#[derive(Debug, Clone)]
pub enum BoxPage {
    Network(NetworkPage),
    Updates(UpdatesPage),
    Power(PowerPage),
    SetUp(SetUp),
}

impl BoxPage {
    pub(super) fn ask(&mut self, now_ms: u64) -> Vec<Effect> {
        match self {
            Self::Network(page) => page.ask(now_ms, true),
            Self::Updates(page) => page.ask(now_ms),
            Self::Power(_) => Vec::new(),
            Self::SetUp(page) => page.ask(now_ms),
        }
    }

    pub(super) fn key(&mut self, key: Key, now_ms: u64) -> (Go, Vec<Effect>) {
        match self {
            Self::Network(page) => page.key(key, now_ms),
            Self::Updates(page) => page.key(key),
            Self::Power(page) => page.key(key),
            Self::SetUp(page) => page.key(key, now_ms),
        }
    }

    pub(super) fn answer(&mut self, answer: &BoxAnswer, now_ms: u64) -> (Go, Vec<Effect>) {
        match self {
            Self::Network(page) => (Go::Stay, page.answer(answer, now_ms)),
            Self::Updates(page) => (Go::Stay, page.answer(answer, now_ms)),
            Self::Power(page) => {
                page.answer(answer);
                (Go::Stay, Vec::new())
            }
            Self::SetUp(page) => page.answer(answer, now_ms),
        }
    }

    pub(super) fn wake(&mut self, now_ms: u64) -> Vec<Effect> {
        match self {
            Self::Network(page) => page.wake(now_ms),
            Self::Updates(page) => page.wake(now_ms),
            Self::SetUp(page) => page.wake(now_ms),
            Self::Power(_) => Vec::new(),
        }
    }

    pub(super) fn next_wake(&self) -> Option<u64> {
        match self {
            Self::Network(page) => Some(page.next_wake()),
            Self::Updates(page) => Some(page.next_wake()),
            Self::SetUp(page) => page.next_wake(),
            Self::Power(_) => None,
        }
    }

    /// Whether an answer is awaited that a snapshot should wait for.
    pub(super) fn is_busy(&self) -> bool {
        match self {
            Self::Network(page) => page.is_busy(),
            Self::Updates(page) => page.is_busy(),
            Self::SetUp(page) => page.is_busy(),
            Self::Power(page) => page.sending,
        }
    }

    pub(super) fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Network(page) => page.problem.as_ref(),
            Self::Updates(page) => page.problem.as_ref(),
            Self::Power(page) => page.problem.as_ref(),
            Self::SetUp(page) => page.network.problem.as_ref(),
        }
    }

    pub(super) fn pin(&mut self, answer: &Result<PinView, Problem>) {
        if let Self::SetUp(page) = self {
            page.fill_pin(answer);
        }
    }

    /// The box's PIN changed by itself, or was used.
    pub(super) fn pin_changed(&mut self, pin: Option<&str>) {
        if let Self::SetUp(page) = self {
            page.pin_changed(pin);
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Network(_) => "network",
            Self::Updates(_) => "updates",
            Self::Power(_) => "power",
            Self::SetUp(_) => "set-up",
        }
    }
}
