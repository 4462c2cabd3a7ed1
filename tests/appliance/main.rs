//! The appliance without an emulated machine: its units, the scripts of its boot on a folder that
//! looks like a root, and GRUB's choice of a slot by the real GRUB.
//!
//! The very image is booted by `make image-test`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod boot;
mod data;
mod grub;
mod owner;
mod repart;
mod root;
mod sticks;
mod units;
