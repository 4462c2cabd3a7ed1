//! How the box is connected, and the wireless networks near.

use hearth_model::{NetworkStatus, WifiNetwork, WifiSecurity};

use super::{BoxAnswer, BoxRequest, Entry, Secret, VISIBLE};
use crate::{
    keys::Key,
    view_model::{Cursor, Effect, Go, Problem, Request},
};

/// How often the state is looked at while the page is open.
const LOOK_MS: u64 = 4_000;

fn ask(request: BoxRequest) -> Effect {
    Effect::Ask(Request::OfBox(request))
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Wifi(WifiNetwork),
    LookAgain,
    /// In the first set-up: on to the next step.
    GoOn,
}

#[derive(Debug, Clone, Default)]
pub struct NetworkPage {
    pub status: Option<NetworkStatus>,
    pub networks: Vec<WifiNetwork>,
    pub cursor: Cursor,
    /// A password is being typed for the focused network.
    pub entry: Option<(WifiNetwork, Entry)>,
    /// The network that is being joined.
    pub joining: Option<String>,
    pub looking: bool,
    pub problem: Option<Problem>,
    /// Part of the first set-up.
    pub first: bool,
    look_ms: u64,
}

impl NetworkPage {
    pub fn new(first: bool) -> Self {
        Self {
            first,
            ..Self::default()
        }
    }

    pub fn lines(&self) -> Vec<Line> {
        let has_wifi = self.status.as_ref().is_some_and(|status| status.has_wifi);
        let go_on = self.first.then_some(Line::GoOn);
        let networks = self.networks.iter().cloned().map(Line::Wifi);
        go_on
            .into_iter()
            .chain(networks)
            .chain(has_wifi.then_some(Line::LookAgain))
            .collect()
    }

    pub fn focused(&self) -> Option<Line> {
        self.lines().into_iter().nth(self.cursor.at)
    }

    pub(super) fn ask(&mut self, now_ms: u64, anew: bool) -> Vec<Effect> {
        self.look_ms = now_ms + LOOK_MS;
        self.looking = true;
        vec![ask(BoxRequest::Network), ask(BoxRequest::Wifi { anew })]
    }

    pub(super) fn is_busy(&self) -> bool {
        self.status.is_none() || self.looking || self.joining.is_some()
    }

    pub(super) fn next_wake(&self) -> u64 {
        self.look_ms
    }

    pub(super) fn wake(&mut self, now_ms: u64) -> Vec<Effect> {
        if now_ms < self.look_ms {
            return Vec::new();
        }
        self.look_ms = now_ms + LOOK_MS;
        vec![ask(BoxRequest::Network)]
    }

    fn join(&mut self, network: &WifiNetwork, password: Option<String>) -> Vec<Effect> {
        self.problem = None;
        self.joining = Some(network.name.clone());
        vec![ask(BoxRequest::Join {
            name: network.name.clone(),
            password: password.map(Secret),
        })]
    }

    pub(super) fn key(&mut self, key: Key, now_ms: u64) -> (Go, Vec<Effect>) {
        if let Some((network, entry)) = &mut self.entry {
            let typed = entry.key(key);
            let network = network.clone();
            return match typed {
                super::password::Typed::Still => (Go::Stay, Vec::new()),
                super::password::Typed::GaveUp => {
                    self.entry = None;
                    (Go::Stay, Vec::new())
                }
                super::password::Typed::Done(password) => {
                    self.entry = None;
                    (Go::Stay, self.join(&network, Some(password)))
                }
            };
        }
        let lines = self.lines();
        match key {
            Key::Back | Key::Erase => return (Go::Back, Vec::new()),
            Key::Left if !self.first => return (Go::Rail, Vec::new()),
            Key::Up | Key::Down if self.cursor.step(key == Key::Down, lines.len(), VISIBLE) => {
                self.problem = None;
            }
            Key::Ok if self.joining.is_none() => match lines.get(self.cursor.at) {
                Some(Line::Wifi(network)) => {
                    let network = network.clone();
                    return (Go::Stay, self.chosen(&network));
                }
                Some(Line::LookAgain) => return (Go::Stay, self.ask(now_ms, true)),
                Some(Line::GoOn) => return (Go::NextStep, Vec::new()),
                None => {}
            },
            _ => {}
        }
        (Go::Stay, Vec::new())
    }

    fn chosen(&mut self, network: &WifiNetwork) -> Vec<Effect> {
        match network.security {
            _ if network.joined => Vec::new(),
            WifiSecurity::Unsupported => {
                self.problem = Some(Problem {
                    slug: "wifi-unsupported".into(),
                    title: String::new(),
                    detail: String::new(),
                });
                Vec::new()
            }
            WifiSecurity::Personal if !network.known => {
                self.problem = None;
                self.entry = Some((network.clone(), Entry::default()));
                Vec::new()
            }
            WifiSecurity::Open | WifiSecurity::Personal => self.join(network, None),
        }
    }

    pub(super) fn answer(&mut self, answer: &BoxAnswer, now_ms: u64) -> Vec<Effect> {
        match answer {
            BoxAnswer::Network(Ok(status)) => {
                self.status = Some(status.clone());
            }
            BoxAnswer::Network(Err(problem)) => {
                self.status.get_or_insert_default();
                self.problem = Some(problem.clone());
            }
            BoxAnswer::Wifi(found) => {
                self.looking = false;
                // No radio and no box are told by the state.
                if let Ok(networks) = found {
                    let focused = self.focused();
                    self.networks.clone_from(networks);
                    self.keep_focus(focused);
                }
            }
            BoxAnswer::Joined(done) => {
                let joined = self.joining.take();
                if let Err(problem) = done {
                    self.problem = Some(problem.clone());
                    // A known password that no longer fits is asked for anew.
                    if problem.slug == "wifi-password-wrong" {
                        for network in &mut self.networks {
                            if Some(&network.name) == joined.as_ref() {
                                network.known = false;
                            }
                        }
                    }
                    return Vec::new();
                }
                return self.ask(now_ms, false);
            }
            _ => {}
        }
        Vec::new()
    }

    /// The list changed under the focus: it stays on its network.
    fn keep_focus(&mut self, focused: Option<Line>) {
        let name = |line: &Line| match line {
            Line::Wifi(network) => network.name.clone(),
            Line::LookAgain => "\0look".to_owned(),
            Line::GoOn => "\0go".to_owned(),
        };
        let lines = self.lines();
        let at = focused
            .filter(|line| !matches!(line, Line::LookAgain))
            .and_then(|old| lines.iter().position(|line| name(line) == name(&old)))
            .unwrap_or(0);
        self.cursor.jump(at, lines.len(), VISIBLE);
    }
}
