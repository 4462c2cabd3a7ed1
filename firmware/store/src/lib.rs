//! What the box remembers: titles, progress, devices, accounts, settings, in one redb file; and
//! beside it [`Cache`], which may be lost at any time.
//!
//! Calls block: readers for microseconds, writers for one fsync. Callers on an async runtime wrap
//! them in `spawn_blocking`. Every write that returned `Ok` survives a kill and a power cut.

mod cache;
mod complete;
mod error;
mod file;
mod files;
mod given;
mod join;
mod learnt;
mod library;
mod listing;
mod merge;
mod migrate;
mod opened;
mod openings;
mod people;
mod progress;
mod providers;
mod rows;
mod settings;
mod tables;

pub use cache::Cache;
pub use error::Error;
pub use file::Store;
pub use files::{KnownFile, Recounted};
pub use given::GivenCount;
pub use learnt::Tried;
pub use merge::{Merged, NewTitle};
pub use migrate::CURRENT_SCHEMA;
pub use people::{Family, Refreshed, Subject};
pub use progress::Watched;
pub use providers::KeptProvider;
