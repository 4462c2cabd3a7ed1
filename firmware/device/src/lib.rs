//! This physical box: its updates (RAUC), its power (logind), its network (NetworkManager) and its
//! front panel. Each part has a real backend and a simulated twin, chosen at run time; a machine
//! that is no box has none and says so. And the identifiers of its disk, for its first start.
//!
//! What is decided is decided in pure functions (which version may follow which, what a bundle was
//! refused for, when a slot is confirmed, what a button press was); the rest is thin shells around
//! D-Bus and pins.

mod backend;
mod bus;
pub mod confirm;
pub mod disk;
mod error;
pub mod network;
pub mod panel;
pub mod power;
pub mod update;

pub use backend::{Backend, Devices, Options};
pub use error::{Error, Refusal};
