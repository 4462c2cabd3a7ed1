//! Watching over a load's source while it plays: waiting when it is behind, and telling when it
//! is starved.

use std::time::{Duration, Instant};

use super::{EventKind, Phase, Playback, Told};
use crate::engine::starvation::{Starvation, StarvationLimits, Supply};

/// A read that waits this long, with next to nothing buffered or a picture that stands, pauses
/// the film …
const STALLED: Duration = Duration::from_millis(200);
const DRY_MS: u64 = 200;
/// Decoders keep some frames back, so the picture may stand before all is shown.
const STANDS: Duration = Duration::from_millis(400);
/// … until this much is there, or all that fits.
const REFILLED_MS: u64 = 2000;

#[derive(Debug)]
pub(super) struct Watch {
    starvation: Starvation,
    position_ms: u64,
    moved: Instant,
}

impl Watch {
    pub(super) fn new(limits: StarvationLimits, now: Instant) -> Self {
        Self {
            starvation: Starvation::new(limits, now),
            position_ms: 0,
            moved: now,
        }
    }

    /// The film has not gone on for a while.
    fn stands(&mut self, now: Instant, position_ms: u64) -> bool {
        if position_ms != self.position_ms {
            self.position_ms = position_ms;
            self.moved = now;
        }
        now.saturating_duration_since(self.moved) >= STANDS
    }
}

impl Playback {
    /// Film read ahead of the picture; `None` where GStreamer reads by itself.
    pub(super) fn buffered_ms(&self) -> Option<u64> {
        self.reader.as_ref()?;
        let front = self.seen.front.ms()?;
        let front = self
            .duration_ms
            .map_or(front, |duration| front.min(duration));
        Some(front.saturating_sub(self.position()))
    }

    pub(in crate::engine) fn tick(&mut self, now: Instant) {
        if self.phase == Phase::Dead {
            return;
        }
        self.seek_next(now);
        let waiting = self.gate.waiting(now);
        let stands = self.watch.stands(now, self.position());
        self.refill(
            waiting.is_some_and(|time| time >= STALLED),
            waiting.is_none(),
            stands,
        );
        self.watch_supply(now, waiting.is_some());
        let due = now - self.position_told >= self.around.limits.position_every;
        if self.told == Told::Playing && !self.seeks.under_way() && due {
            self.tell_position();
        }
    }

    /// Pause while a ranged source is behind, and go on when it has caught up.
    fn refill(&mut self, stalled: bool, idle: bool, stands: bool) {
        if self.reader.is_none() || self.told == Told::Ended {
            return;
        }
        let settled = self.phase == Phase::Ready && !self.seeks.under_way();
        let buffered = if settled {
            self.buffered_ms().unwrap_or_default()
        } else {
            0
        };
        if !settled {
            if stalled {
                self.tell_buffering(0);
            }
        } else if !self.holding
            && self.told == Told::Playing
            && stalled
            && (buffered < DRY_MS || stands)
        {
            self.hold(true);
            self.tell_buffering(0);
        } else if self.holding && (buffered >= REFILLED_MS || idle) {
            self.hold(false);
        } else if self.holding {
            // In tens: a bar need not move more often.
            self.tell_buffering((buffered * 10 / REFILLED_MS * 10) as u8);
        }
    }

    fn watch_supply(&mut self, now: Instant, reading: bool) {
        if self.told == Told::Ended {
            return;
        }
        let supply = if let Some(reader) = &self.reader {
            Supply {
                received: reader.received(),
                wanted: reading || self.phase == Phase::Opening,
                buffered: Duration::from_millis(self.buffered_ms().unwrap_or_default()),
            }
        } else {
            // What GStreamer reads itself shows only by its buffering going up or not.
            Supply {
                received: u64::from(self.percent),
                wanted: self.percent < 100,
                buffered: Duration::ZERO,
            }
        };
        if self.watch.starvation.observe(now, supply) {
            self.tell(EventKind::Starved {
                position_ms: self.position(),
                buffered_ms: supply.buffered.as_millis() as u64,
            });
        }
    }
}
