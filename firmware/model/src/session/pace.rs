//! How fast a source starts and whether it keeps up, as the session sees it.

use crate::{Outcome, Phase, ServerMs};

use super::SEEK_LANDS_WITHIN_MS;

/// So much of playing and waiting is one observation of how fast a source is.
const OBSERVED_MS: u64 = 60_000;

/// How a source keeps up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    /// When the source began to be opened.
    pub asked_at: ServerMs,
    /// When the phase began that the session is in.
    pub phase_since: ServerMs,
    /// A seek makes every source wait: until then it is not counted.
    pub sought_at: Option<ServerMs>,
    /// Up to when the phases are counted below.
    counted_to: ServerMs,
    played_ms: u64,
    waited_ms: u64,
}

impl Pace {
    pub fn new(now: ServerMs) -> Self {
        Self {
            asked_at: now,
            phase_since: now,
            sought_at: None,
            counted_to: now,
            played_ms: 0,
            waited_ms: 0,
        }
    }

    /// Counts what passed in `phase` up to `now`.
    pub fn count(&mut self, phase: Phase, now: ServerMs) {
        let passed_ms = now.saturating_sub(self.counted_to);
        self.counted_to = self.counted_to.max(now);
        match phase {
            Phase::Playing => self.played_ms += passed_ms,
            Phase::Buffering if !self.is_sought(now) => self.waited_ms += passed_ms,
            _ => {}
        }
    }

    fn is_sought(&self, now: ServerMs) -> bool {
        self.sought_at
            .is_some_and(|at_ms| now.saturating_sub(at_ms) < SEEK_LANDS_WITHIN_MS)
    }

    /// What was seen, once it is enough.
    pub fn observed(&mut self) -> Option<Outcome> {
        let (played_ms, waited_ms) = (self.played_ms, self.waited_ms);
        if played_ms + waited_ms < OBSERVED_MS {
            return None;
        }
        (self.played_ms, self.waited_ms) = (0, 0);
        Some(Outcome::Played {
            played_ms,
            waited_ms,
        })
    }
}
