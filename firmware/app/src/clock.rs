//! The house's clock: one monotonic, one on the wall. Tests turn it by hand.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use hearth_model::{ServerMs, UnixMs};

#[derive(Debug, Clone)]
pub struct Clock {
    started: Instant,
    /// Milliseconds added by hand.
    turned_ms: Arc<AtomicU64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            turned_ms: Arc::default(),
        }
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
        since.as_millis() as u64 + self.turned_ms.load(Ordering::Relaxed)
    }

    /// Lets time pass for everybody who shares this clock.
    pub fn turn(&self, ms: u64) {
        self.turned_ms.fetch_add(ms, Ordering::Relaxed);
    }
}
