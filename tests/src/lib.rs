//! What the whole-box tests share: a house (the real daemon on a folder of its own), the phones
//! paired with it, and their live connections.
//!
//! The programs are the built ones: `make test` builds them first.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod house;
mod live;
mod program;

pub use house::{House, HouseBuilder, Phone, free_port};
pub use live::Live;
pub use program::{Program, program_path};
