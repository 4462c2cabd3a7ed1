//! Outbound HTTP for the whole box: every request that leaves it goes through here.
//!
//! Addresses come from strangers (addons, trackers, manifests), so each one is resolved, checked
//! and pinned before a byte is sent, at the first hop and at every redirect; answers are bounded
//! in time and size; errors and logs never show more of an address than its host, because paths
//! and queries carry keys.

mod address;
mod error;
mod fetcher;
mod guard;
mod hosts;
mod options;
mod retry;
mod stream;

pub use address::is_public;
pub use error::{Error, Hidden, Place};
pub use fetcher::{Document, Fetcher};
pub use guard::{Lookup, system_lookup};
pub use options::{Limits, Options};
pub use stream::{MediaBody, MediaResponse};
