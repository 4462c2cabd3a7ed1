//! Outbound HTTP for the whole box: every request that leaves it goes through here.
//!
//! Addresses come from strangers (addons, trackers, manifests), so each one is resolved, checked
//! and pinned before a byte is sent, at the first hop and at every redirect; answers are bounded
//! in time and size; errors and logs never show more of an address than its host, because paths
//! and queries carry keys.
//!
//! - [`Fetcher`]: documents and streams, within limits;
//! - [`Request`], [`Limiter`]: questions to a service, as often as it allows;
//! - [`HttpCache`]: their answers, kept by the protocol's rules and longer when the network is slow
//!   or gone;
//! - [`xml`]: reading what strangers write, within bounds.

mod address;
mod cache;
mod clock;
mod error;
mod fetcher;
mod guard;
mod hosts;
mod limiter;
mod options;
mod request;
mod retry;
mod stream;
pub mod xml;

pub use address::is_public;
pub use cache::{Check, Freshness, HttpCache, Keep, Kept, MemoryStorage, is_json};
pub use clock::Clock;
pub use error::{Error, Hidden, Place};
pub use fetcher::{Document, Fetcher};
pub use guard::{Lookup, system_lookup};
pub use limiter::{Limit, Limiter};
pub use options::{Limits, Options, Route};
pub use request::Request;
pub use stream::{MediaBody, MediaResponse, changes_the_request, harmless};
