//! What runs, what could, and what is being done about it.

use hearth_model::{Installing, PowerAction, UpdateOffer, UpdatePolicy, UpdateStatus};

use super::{BoxAnswer, BoxRequest, Question, VISIBLE};
use crate::{
    keys::Key,
    view_model::{Cursor, Effect, Go, Problem, Request},
};

/// How often a running installation is looked at.
const RUNNING_MS: u64 = 1_000;
/// How often the page is looked at otherwise: a stick may be put in.
const LOOK_MS: u64 = 5_000;

fn ask(request: BoxRequest) -> Effect {
    Effect::Ask(Request::OfBox(request))
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A written update waits for a restart.
    Restart,
    Offer(UpdateOffer),
    Check,
    Policy(UpdatePolicy),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    Install(UpdateOffer),
    Restart,
}

#[derive(Debug, Clone, Default)]
pub struct UpdatesPage {
    pub status: Option<UpdateStatus>,
    pub cursor: Cursor,
    pub question: Option<Question<About>>,
    pub checking: bool,
    pub problem: Option<Problem>,
    look_ms: u64,
}

impl UpdatesPage {
    pub fn lines(&self) -> Vec<Line> {
        let Some(status) = self
            .status
            .as_ref()
            .filter(|status| status.missing.is_none())
        else {
            return Vec::new();
        };
        let ready = matches!(status.installing, Installing::Ready { .. });
        let running = matches!(status.installing, Installing::Running { .. });
        let offers = status.offers.iter().cloned().map(Line::Offer);
        ready
            .then_some(Line::Restart)
            .into_iter()
            .chain(offers.filter(|_| !running && !ready))
            .chain([Line::Check, Line::Policy(status.policy)])
            .collect()
    }

    pub fn focused(&self) -> Option<Line> {
        self.lines().into_iter().nth(self.cursor.at)
    }

    pub(super) fn ask(&mut self, now_ms: u64) -> Vec<Effect> {
        self.look_ms = now_ms + LOOK_MS;
        vec![ask(BoxRequest::Updates)]
    }

    pub(super) fn is_busy(&self) -> bool {
        self.status.is_none() && self.problem.is_none() || self.checking
    }

    pub(super) fn next_wake(&self) -> u64 {
        self.look_ms
    }

    pub(super) fn wake(&mut self, now_ms: u64) -> Vec<Effect> {
        if now_ms < self.look_ms {
            return Vec::new();
        }
        self.ask(now_ms)
    }

    pub(super) fn key(&mut self, key: Key) -> (Go, Vec<Effect>) {
        if let Some(question) = &mut self.question {
            let (about, answer) = (question.about.clone(), question.key(key));
            if answer.is_some() {
                self.question = None;
            }
            if answer != Some(true) {
                return (Go::Stay, Vec::new());
            }
            let request = match about {
                About::Install(offer) => BoxRequest::Install { id: offer.id },
                About::Restart => BoxRequest::Power(PowerAction::Restart),
            };
            return (Go::Stay, vec![ask(request)]);
        }
        let lines = self.lines();
        match key {
            Key::Back | Key::Erase => return (Go::Back, Vec::new()),
            Key::Left => return (Go::Rail, Vec::new()),
            Key::Up | Key::Down => {
                self.cursor.step(key == Key::Down, lines.len(), VISIBLE);
            }
            Key::Ok => return (Go::Stay, self.chosen(lines.get(self.cursor.at))),
            _ => {}
        }
        (Go::Stay, Vec::new())
    }

    fn chosen(&mut self, line: Option<&Line>) -> Vec<Effect> {
        self.problem = None;
        match line {
            Some(Line::Restart) => self.question = Some(Question::new(About::Restart)),
            Some(Line::Offer(offer)) => {
                self.question = Some(Question::new(About::Install(offer.clone())));
            }
            Some(Line::Check) if !self.checking => {
                self.checking = true;
                return vec![ask(BoxRequest::Check)];
            }
            Some(Line::Policy(policy)) => {
                let other = match policy {
                    UpdatePolicy::Night => UpdatePolicy::Ask,
                    UpdatePolicy::Ask => UpdatePolicy::Night,
                };
                return vec![ask(BoxRequest::Policy(other))];
            }
            Some(Line::Check) | None => {}
        }
        Vec::new()
    }

    pub(super) fn answer(&mut self, answer: &BoxAnswer, now_ms: u64) -> Vec<Effect> {
        match answer {
            BoxAnswer::Updates(Ok(status)) => {
                self.checking = false;
                if matches!(status.installing, Installing::Running { .. }) {
                    self.look_ms = now_ms + RUNNING_MS;
                }
                let focused = self.focused();
                self.status = Some(status.clone());
                let lines = self.lines();
                let same = |line: &Line| match (line, &focused) {
                    (Line::Offer(new), Some(Line::Offer(old))) => new.id == old.id,
                    (Line::Policy(_), Some(Line::Policy(_))) => true,
                    (line, Some(old)) => line == old,
                    (_, None) => false,
                };
                let at = lines.iter().position(same).unwrap_or(0);
                self.cursor.jump(at, lines.len(), VISIBLE);
                Vec::new()
            }
            BoxAnswer::Updates(Err(problem)) => {
                self.checking = false;
                self.problem = Some(problem.clone());
                Vec::new()
            }
            BoxAnswer::Ordered(done) | BoxAnswer::Power(done) => {
                if let Err(problem) = done {
                    self.problem = Some(problem.clone());
                }
                self.ask(now_ms)
            }
            _ => Vec::new(),
        }
    }
}
