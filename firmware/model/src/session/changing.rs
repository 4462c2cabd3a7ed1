//! How another source takes over: when one fails, starves, or turns out to be another film.

use super::{Pace, Session};
use crate::{
    Anchor, Effect, Failure, LoadId, Outcome, Phase, ScreenCommand, ServerMessage, ServerMs, Slug,
    SourceChange, SourceId,
};

/// A film that waits this long at a stretch goes on from another source, where there is one.
pub(super) const STARVED_AFTER_MS: u64 = 25_000;
/// A screen that shows nothing of a source for so long gets another one, where there is one.
pub(super) const SHOWN_WITHIN_MS: u64 = 90_000;

impl Session {
    /// The source of `load_id` could not be opened.
    pub fn source_failed(
        &mut self,
        load_id: LoadId,
        failure: Failure,
        now: ServerMs,
    ) -> Vec<Effect> {
        if !self.is_opening(load_id) {
            return Vec::new();
        }
        self.take_next_source(failure, now)
    }

    /// What the search has found so far, best first.
    pub fn sources_found(
        &mut self,
        found: Vec<SourceId>,
        more_to_come: bool,
        now: ServerMs,
    ) -> Vec<Effect> {
        self.more_to_come = more_to_come;
        self.next_sources = found;
        self.next_sources.retain(|id| !self.tried.contains(id));
        match self.waiting.take() {
            Some(failure) if self.next_sources.is_empty() && more_to_come => {
                self.waiting = Some(failure);
                Vec::new()
            }
            Some(failure) => self.change_source(failure, now),
            None => Vec::new(),
        }
    }

    /// Another source takes over, and what happened is learnt.
    pub(super) fn give_up(
        &mut self,
        failure: Failure,
        outcome: Outcome,
        now: ServerMs,
    ) -> Vec<Effect> {
        let mut effects = vec![self.learn(outcome)];
        effects.extend(self.take_next_source(failure, now));
        effects
    }

    /// Time passes. A source that keeps people waiting gives way to one that may not; while there
    /// is no other, waiting is better than nothing.
    pub fn tick(&mut self, now: ServerMs) -> Vec<Effect> {
        let waits_ms = now.saturating_sub(self.pace.phase_since);
        let starves = match self.phase {
            Phase::Buffering => self.wants_to_play && waits_ms >= STARVED_AFTER_MS,
            Phase::Loading => waits_ms >= SHOWN_WITHIN_MS,
            _ => false,
        };
        if !starves || self.away || self.next_sources.is_empty() {
            return Vec::new();
        }
        let failure = Failure::new(
            Slug::Starved,
            format!("The source kept waiting for {} s", waits_ms / 1000),
        );
        self.give_up(failure, Outcome::Starved, now)
    }

    /// The source of `load_id` turned out to be of a length that the film cannot have. Where there
    /// is no other, it may be the film after all.
    pub fn wrong_length(&mut self, load_id: LoadId, now: ServerMs) -> Vec<Effect> {
        if load_id != self.load_id || self.stream.is_none() || self.next_sources.is_empty() {
            return Vec::new();
        }
        let failure = Failure::new(
            Slug::WrongLength,
            "The source is far from as long as the film is",
        );
        // Its end is not the film's, what was watched of it is no progress, and where it was begun
        // may be behind its end.
        self.duration_ms = None;
        let position_ms = self.position_at(now).max(self.wanted_ms);
        self.anchor = Anchor::still(position_ms, now);
        let mut effects = self.give_up(failure, Outcome::Failed, now);
        // Nothing less says that a length is not known any more.
        effects.push(self.room_announcement(now));
        effects
    }

    /// The next-best source takes over at the same position, or the session fails and says why.
    pub(super) fn take_next_source(&mut self, failure: Failure, now: ServerMs) -> Vec<Effect> {
        let position_ms = self.position_at(now);
        let mut effects = self.to_screen(ScreenCommand::Stop {
            load_id: self.load_id,
        });
        effects.extend(self.save(now));
        self.anchor = Anchor::still(position_ms, now);
        self.stream = None;
        self.deaths = 0;
        self.seek = None;
        self.load_id += 1;
        if self.next_sources.is_empty() && self.more_to_come {
            self.rev += 1;
            self.enter(Phase::Preparing, now);
            self.waiting = Some(failure);
            effects.push(self.sync(now));
        } else {
            effects.extend(self.change_source(failure, now));
        }
        effects
    }

    fn change_source(&mut self, failure: Failure, now: ServerMs) -> Vec<Effect> {
        let from = self.source;
        let to = (!self.next_sources.is_empty()).then(|| self.next_sources.remove(0));
        let change = SourceChange { from, to, failure };
        self.notice = Some(change.clone());
        self.rev += 1;
        let mut effects = Vec::new();
        match to {
            Some(source_id) => {
                self.source = source_id;
                self.subtitle_search = None;
                self.tried.push(source_id);
                self.enter(Phase::Preparing, now);
                self.pace = Pace::new(now);
                effects.push(self.prepare());
            }
            None => self.enter(Phase::Failed, now),
        }
        effects.push(Effect::Announce(ServerMessage::SourceEvent {
            session_id: self.id,
            rev: self.rev,
            change,
        }));
        effects.push(self.sync(now));
        effects
    }
}
