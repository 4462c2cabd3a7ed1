//! When a source is starved: nothing arrives though something is wanted, and little is left.
//!
//! GStreamer doesn't say so for ranged sources, so it is decided here, from facts and set
//! instants only.

use std::time::{Duration, Instant};

/// What counts as starved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StarvationLimits {
    /// No bytes for this long …
    pub quiet: Duration,
    /// … while less than this is left to play.
    pub buffered: Duration,
}

impl Default for StarvationLimits {
    fn default() -> Self {
        Self {
            quiet: Duration::from_secs(8),
            buffered: Duration::from_secs(3),
        }
    }
}

/// How a source stands at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Supply {
    /// Anything that grows when bytes arrive.
    pub received: u64,
    /// More is wanted right now: false once the source is read to its end or queues are full.
    pub wanted: bool,
    pub buffered: Duration,
}

/// One load's watch over its source.
#[derive(Debug)]
pub struct Starvation {
    limits: StarvationLimits,
    received: u64,
    quiet_since: Instant,
    told: bool,
}

impl Starvation {
    pub fn new(limits: StarvationLimits, now: Instant) -> Self {
        Self {
            limits,
            received: 0,
            quiet_since: now,
            told: false,
        }
    }

    /// True once, at the moment the source is starved.
    pub fn observe(&mut self, now: Instant, supply: Supply) -> bool {
        if supply.received != self.received || !supply.wanted {
            self.received = supply.received;
            self.quiet_since = now;
        }
        let starved = now.saturating_duration_since(self.quiet_since) >= self.limits.quiet
            && supply.buffered < self.limits.buffered;
        if starved && !self.told {
            self.told = true;
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supply(received: u64, wanted: bool, buffered_ms: u64) -> Supply {
        Supply {
            received,
            wanted,
            buffered: Duration::from_millis(buffered_ms),
        }
    }

    fn watch() -> (Starvation, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        let at = move |ms| start + Duration::from_millis(ms);
        (Starvation::new(StarvationLimits::default(), start), at)
    }

    #[test]
    fn eight_quiet_seconds_with_little_left_starve_it_once() {
        let (mut starvation, at) = watch();
        assert!(!starvation.observe(at(0), supply(100, true, 2000)));
        assert!(!starvation.observe(at(7999), supply(100, true, 0)));
        assert!(starvation.observe(at(8000), supply(100, true, 0)));
        assert!(!starvation.observe(at(9000), supply(100, true, 0)));
        assert!(!starvation.observe(at(20_000), supply(200, true, 0)));
        assert!(!starvation.observe(at(40_000), supply(200, true, 0)));
    }

    #[test]
    fn a_single_byte_starts_the_time_anew() {
        let (mut starvation, at) = watch();
        assert!(!starvation.observe(at(7000), supply(1, true, 0)));
        assert!(!starvation.observe(at(14_999), supply(1, true, 0)));
        assert!(starvation.observe(at(15_000), supply(1, true, 0)));
    }

    #[test]
    fn what_is_buffered_is_played_first() {
        let (mut starvation, at) = watch();
        assert!(!starvation.observe(at(9000), supply(0, true, 3000)));
        assert!(starvation.observe(at(9100), supply(0, true, 2999)));
    }

    #[test]
    fn a_source_that_is_not_asked_can_not_starve() {
        let (mut starvation, at) = watch();
        assert!(!starvation.observe(at(60_000), supply(5, false, 0)));
        assert!(!starvation.observe(at(67_999), supply(5, true, 0)));
        assert!(starvation.observe(at(68_000), supply(5, true, 0)));
    }
}
