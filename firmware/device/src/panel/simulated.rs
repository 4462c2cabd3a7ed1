//! A front panel in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Hardware;

#[derive(Debug, Default)]
struct State {
    lit: bool,
    fan: bool,
    celsius: Option<f32>,
}

/// Clones are the same panel. The lock is held for a field.
#[derive(Debug, Clone)]
pub struct Simulated(Arc<Mutex<State>>);

impl Default for Simulated {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            celsius: Some(45.0),
            ..State::default()
        })))
    }
}

impl Simulated {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the temperature; None breaks the sensor.
    pub fn heat(&self, celsius: Option<f32>) {
        self.state().celsius = celsius;
    }

    pub fn is_lit(&self) -> bool {
        self.state().lit
    }

    pub fn fan_runs(&self) -> bool {
        self.state().fan
    }
}

impl Hardware for Simulated {
    fn light(&mut self, on: bool) {
        self.state().lit = on;
    }

    fn fan(&mut self, on: bool) {
        self.state().fan = on;
    }

    fn celsius(&mut self) -> Option<f32> {
        self.state().celsius
    }
}
