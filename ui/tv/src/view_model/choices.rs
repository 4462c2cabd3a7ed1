//! What people choose of the TV itself: its language, its motion. Kept in a file of the TV's own,
//! for its first frames, and by the box, because on a box that file lies in memory.

use hearth_model::{Language, TvChoices};

use super::{BoxRequest, Effect, LinkState, Model, Request, Role};

impl Model {
    pub(super) fn choose_language(&mut self, language: Language) -> Vec<Effect> {
        self.language = language;
        self.chosen.language = Some(language);
        let mut effects = self.ask_home();
        effects.extend(self.keep());
        effects
    }

    pub(super) fn choose_motion(&mut self, reduced: bool) -> Vec<Effect> {
        self.reduced_motion = reduced;
        self.chosen.reduced_motion = Some(reduced);
        self.keep()
    }

    /// A box that is away is told as soon as it is back, by `settle_choices`.
    fn keep(&self) -> Vec<Effect> {
        let mut effects = vec![Effect::Keep(self.chosen)];
        if self.link == LinkState::Up && self.is_tv_of_box() {
            effects.push(self.tell_choices());
        }
        effects
    }

    fn tell_choices(&self) -> Effect {
        Effect::Ask(Request::OfBox(BoxRequest::KeepChoices(self.chosen)))
    }

    /// The box said what it keeps. What was chosen here is newer, maybe from while the box was
    /// away: the box is told. What was not chosen here is taken from the box.
    pub(super) fn settle_choices(&mut self, kept: TvChoices) -> Vec<Effect> {
        if !self.is_tv_of_box() {
            return Vec::new();
        }
        let before = self.chosen;
        let shown = before.or(self.asked);
        self.chosen = before.or(kept);
        let mut effects = Vec::new();
        if let (None, Some(language)) = (shown.language, kept.language) {
            self.language = language;
            effects.extend(self.ask_home());
        }
        if let (None, Some(reduced_motion)) = (shown.reduced_motion, kept.reduced_motion) {
            self.reduced_motion = reduced_motion;
        }
        if self.chosen != before {
            effects.push(Effect::Keep(self.chosen));
        }
        if self.chosen != kept {
            effects.push(self.tell_choices());
        }
        effects
    }

    /// A screen elsewhere in the house has choices of its own, and a snapshot shows what it was
    /// asked for.
    fn is_tv_of_box(&self) -> bool {
        let local = self.box_info.as_ref().is_some_and(|info| info.local);
        local && matches!(self.role, Role::Household { .. })
    }
}
