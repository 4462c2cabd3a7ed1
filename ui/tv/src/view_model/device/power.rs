//! Restarting the box and switching it off.

use hearth_model::PowerAction;

use super::{BoxAnswer, BoxRequest, Question};
use crate::{
    keys::Key,
    view_model::{Effect, Go, Problem, Request},
};

pub const ACTIONS: [PowerAction; 2] = [PowerAction::Restart, PowerAction::PowerOff];

#[derive(Debug, Clone, Default)]
pub struct PowerPage {
    pub at: usize,
    pub question: Option<Question<PowerAction>>,
    pub sending: bool,
    /// It was taken: the box is about to go.
    pub going: bool,
    pub problem: Option<Problem>,
}

impl PowerPage {
    pub(super) fn key(&mut self, key: Key) -> (Go, Vec<Effect>) {
        if self.sending || self.going {
            return (Go::Stay, Vec::new());
        }
        if let Some(question) = &mut self.question {
            let (action, answer) = (question.about, question.key(key));
            match answer {
                None => {}
                Some(false) => self.question = None,
                Some(true) => {
                    self.question = None;
                    self.sending = true;
                    let request = Request::OfBox(BoxRequest::Power(action));
                    return (Go::Stay, vec![Effect::Ask(request)]);
                }
            }
            return (Go::Stay, Vec::new());
        }
        match key {
            Key::Back | Key::Erase => return (Go::Back, Vec::new()),
            Key::Left => return (Go::Rail, Vec::new()),
            Key::Up => self.at = self.at.saturating_sub(1),
            Key::Down => self.at = (self.at + 1).min(ACTIONS.len() - 1),
            Key::Ok => {
                self.problem = None;
                self.question = Some(Question::new(ACTIONS[self.at]));
            }
            _ => {}
        }
        (Go::Stay, Vec::new())
    }

    pub(super) fn answer(&mut self, answer: &BoxAnswer) {
        if let BoxAnswer::Power(done) = answer {
            self.sending = false;
            match done {
                Ok(()) => self.going = true,
                Err(problem) => self.problem = Some(problem.clone()),
            }
        }
    }
}
