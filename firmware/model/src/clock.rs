//! Positions as anchors: everyone extrapolates from the last change, nobody ticks.

use serde::{Deserialize, Serialize};

/// Milliseconds on the daemon's monotonic clock since it started.
pub type ServerMs = u64;
/// Milliseconds since 1970 on the wall clock.
pub type UnixMs = u64;

/// Where a film was at a moment, and how fast it moves from there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Anchor {
    pub position_ms: u64,
    /// When `position_ms` was true, on the daemon's monotonic clock.
    pub at_ms: ServerMs,
    /// Film seconds a second: 0 while paused.
    pub rate: f64,
}

impl Anchor {
    pub fn still(position_ms: u64, at_ms: ServerMs) -> Self {
        Self {
            position_ms,
            at_ms,
            rate: 0.0,
        }
    }

    pub fn moving(position_ms: u64, at_ms: ServerMs) -> Self {
        Self {
            position_ms,
            at_ms,
            rate: 1.0,
        }
    }

    /// The position at `now_ms`; never past `duration_ms` where that is known.
    pub fn position_at(&self, now_ms: ServerMs, duration_ms: Option<u64>) -> u64 {
        let elapsed_ms = now_ms.saturating_sub(self.at_ms) as f64;
        let position_ms = self
            .position_ms
            .saturating_add((elapsed_ms * self.rate).max(0.0) as u64);
        duration_ms.map_or(position_ms, |duration_ms| position_ms.min(duration_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moving_anchor_extrapolates_and_stops_at_the_end() {
        let anchor = Anchor::moving(10_000, 500);
        assert_eq!(anchor.position_at(2_500, None), 12_000);
        assert_eq!(anchor.position_at(2_500, Some(11_000)), 11_000);
        assert_eq!(
            anchor.position_at(0, None),
            10_000,
            "a clock behind the anchor changes nothing"
        );
        assert_eq!(Anchor::still(10_000, 500).position_at(99_000, None), 10_000);
    }
}
