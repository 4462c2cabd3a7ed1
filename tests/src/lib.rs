//! What the whole-box tests share: a house (the real daemon on a folder of its own), the phones
//! paired with it, and their live connections.
//!
//! The programs are the built ones: `make test` builds them first.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod browser;
mod bus;
mod display;
mod film;
mod house;
mod live;
mod network;
pub mod peers;
mod program;
mod stick;
mod tv;

pub use browser::Browser;
pub use bus::Bus;
pub use display::{Display, Shot};
pub use film::{FILM_FPS, FILM_SECONDS, FILM_SIZE, film, film_in, film_sized};
pub use house::{House, HouseBuilder, Phone, SETUP_CODE, free_port};
pub use live::Live;
pub use network::{Machine, Network};
pub use program::{Program, program_path};
pub use stick::Stick;
pub use tv::Tv;
