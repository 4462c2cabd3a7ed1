//! Power in memory: remembers what it was told.

use std::sync::{Arc, Mutex, PoisonError};

use hearth_model::PowerAction;

#[derive(Debug, Clone, Default)]
pub struct Simulated(Arc<Mutex<Vec<PowerAction>>>);

impl Simulated {
    pub(super) fn act(&self, action: PowerAction) {
        tracing::info!(?action, "simulated: the box would do this now");
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(action);
    }

    /// What it was told so far.
    pub fn told(&self) -> Vec<PowerAction> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
