//! The house's clock: one monotonic, one on the wall. Tests turn it by hand.
//!
//! A box without a battery starts with some old time and learns the right one minutes later, and a
//! time server may be wrong. Such a correction is no passing of time: `corrected` tells it apart.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use hearth_model::{ServerMs, UnixMs};

/// Less is the ordinary adjustment of a clock that runs a little fast or slow.
const CORRECTION_MS: i64 = 60_000;

#[derive(Debug, Clone)]
pub struct Clock {
    started: Instant,
    /// Milliseconds added by hand.
    turned_ms: Arc<AtomicU64>,
    /// What the wall is ahead of the system's by hand.
    wall_ahead_ms: Arc<AtomicI64>,
    /// How far the wall was from the monotonic clock when somebody last looked.
    apart_ms: Arc<AtomicI64>,
}

impl Default for Clock {
    fn default() -> Self {
        let clock = Self {
            started: Instant::now(),
            turned_ms: Arc::default(),
            wall_ahead_ms: Arc::default(),
            apart_ms: Arc::default(),
        };
        clock.apart_ms.store(clock.apart(), Ordering::Relaxed);
        clock
    }
}

impl Clock {
    pub fn now(&self) -> ServerMs {
        self.started.elapsed().as_millis() as u64 + self.turned_ms.load(Ordering::Relaxed)
    }

    pub fn wall(&self) -> UnixMs {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let wall_ms = since.as_millis() as u64 + self.turned_ms.load(Ordering::Relaxed);
        wall_ms.saturating_add_signed(self.wall_ahead_ms.load(Ordering::Relaxed))
    }

    /// By how much the wall's clock was set since the last call; None while it only ran.
    pub fn corrected(&self) -> Option<i64> {
        let apart_ms = self.apart();
        let before_ms = self.apart_ms.load(Ordering::Relaxed);
        let by_ms = apart_ms - before_ms;
        if by_ms.abs() < CORRECTION_MS {
            return None;
        }
        // Of several who saw it at once, one is told.
        self.apart_ms
            .compare_exchange(before_ms, apart_ms, Ordering::Relaxed, Ordering::Relaxed)
            .ok()
            .map(|_| by_ms)
    }

    fn apart(&self) -> i64 {
        self.wall().cast_signed() - self.now().cast_signed()
    }

    /// Sets the wall's clock, as a time server does.
    pub fn set_wall_ahead(&self, ms: i64) {
        self.wall_ahead_ms.store(ms, Ordering::Relaxed);
    }

    /// Lets time pass for everybody who shares this clock.
    pub fn turn(&self, ms: u64) {
        self.turned_ms.fetch_add(ms, Ordering::Relaxed);
    }
}
