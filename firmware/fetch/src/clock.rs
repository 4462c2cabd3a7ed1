//! The time that limits and kept answers go by. Tests set it: nothing here is slept for.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use hearth_model::UnixMs;
use tokio::sync::watch;

/// Clones go together.
#[derive(Clone)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    System { started: Instant },
    ByHand(Arc<watch::Sender<Duration>>, UnixMs),
}

impl Clock {
    pub fn system() -> Self {
        Self(Kind::System {
            started: Instant::now(),
        })
    }

    /// Stands at `wall_ms` until it is moved by [`Clock::advance`].
    pub fn by_hand(wall_ms: UnixMs) -> Self {
        Self(Kind::ByHand(
            Arc::new(watch::Sender::new(Duration::ZERO)),
            wall_ms,
        ))
    }

    /// Moves a clock that goes by hand; the system's goes by itself.
    pub fn advance(&self, by: Duration) {
        if let Kind::ByHand(now, _) = &self.0 {
            now.send_modify(|now| *now += by);
        }
    }

    /// Since the clock was made; never goes back.
    pub fn now(&self) -> Duration {
        match &self.0 {
            Kind::System { started } => started.elapsed(),
            Kind::ByHand(now, _) => *now.borrow(),
        }
    }

    pub fn wall(&self) -> UnixMs {
        match &self.0 {
            Kind::System { .. } => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_millis() as u64,
            Kind::ByHand(now, wall_ms) => wall_ms + now.borrow().as_millis() as u64,
        }
    }

    pub async fn sleep_until(&self, at: Duration) {
        match &self.0 {
            Kind::System { .. } => tokio::time::sleep(at.saturating_sub(self.now())).await,
            Kind::ByHand(now, _) => {
                now.subscribe()
                    .wait_for(|now| *now >= at)
                    .await
                    .expect("this clock holds the sender");
            }
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({:?})", self.now())
    }
}
