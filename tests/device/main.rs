//! The box as a thing, over a system bus of the test's own: power, network, updates, the slot's
//! test, and the words to systemd.

#![allow(clippy::unwrap_used)]

mod network;
mod power;
mod service;
mod time_zone;
mod tv_choices;
mod updates;

use hearth_tests::{Bus, HouseBuilder};

/// A house whose parts are on this bus.
fn on(bus: &Bus, builder: HouseBuilder) -> HouseBuilder {
    builder.config(&format!(
        "[device]\nboard = \"test\"\nbus = \"{}\"\nupdates = \"system\"\npower = \"system\"\nnetwork = \"system\"\nversion = \"1.0.0\"",
        bus.address()
    ))
}
