//! The little that the handle must reach while the engine's thread is busy: cancelling reads and
//! asking for the position.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gst::prelude::*;
use gstreamer as gst;

use crate::range::source::Gate;

/// Written by the engine's thread, read by the handle; locked for moments only.
#[derive(Debug, Default)]
pub(super) struct Shared {
    current: Mutex<Option<Current>>,
}

#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) gate: Arc<Gate>,
    pub(super) pipeline: Option<gst::Element>,
    /// Where a seek that is not done yet goes to, or where the film starts.
    pub(super) target_ms: Option<u64>,
    pub(super) last_ms: u64,
}

impl Shared {
    fn current(&self) -> MutexGuard<'_, Option<Current>> {
        // Replaced as a whole or in single fields: never half-written.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set(&self, current: Option<Current>) {
        *self.current() = current;
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Current)) {
        if let Some(current) = self.current().as_mut() {
            change(current);
        }
    }

    /// Let no read of the present load go on.
    pub(super) fn abandon(&self) {
        if let Some(current) = self.current().as_ref() {
            current.gate.close();
        }
    }

    pub(super) fn position(&self) -> Option<u64> {
        // Asked without the lock: the pipeline answers on its own time.
        let current = self.current().clone()?;
        let asked = || {
            let pipeline = current.pipeline.as_ref()?;
            Some(pipeline.query_position::<gst::ClockTime>()?.mseconds())
        };
        let position = current.target_ms.or_else(asked).unwrap_or(current.last_ms);
        self.update(|current| current.last_ms = position);
        Some(position)
    }
}
