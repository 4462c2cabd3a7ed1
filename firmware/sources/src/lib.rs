//! Where a title can be had: Torznab indexers and Stremio addons, asked all at once.
//!
//! For `hearth-app`, which adds what is built in (open films, local folders) as jobs of its own,
//! scores what comes and shows it. Everything here reads strangers' answers: each is bounded,
//! nothing in it is trusted, and what it says wrong becomes an error that names what to do.

mod config;
mod dedup;
mod error;
mod provider;
mod query;
mod search;
mod stremio;
mod text;
mod torrent;
mod torznab;

pub use config::{ProviderConfig, Secret};
pub use dedup::dedup;
pub use error::Error;
pub use provider::Provider;
pub use query::Query;
pub use search::{Found, Job, search};
pub use stremio::Stremio;
pub use torrent::{TorrentLink, fetch_torrent, magnet};
pub use torznab::Torznab;

/// Reading of strangers' answers without the network: for tests that mutate them.
#[doc(hidden)]
pub mod reading {
    use crate::{Error, Query, stremio, torznab};
    use hearth_model::Source;

    pub fn read_caps(xml: &str) -> Result<(), Error> {
        torznab::read_caps(xml).map(drop)
    }

    pub fn read_feed(xml: &str, query: &Query) -> Result<Vec<Source>, Error> {
        let items = torznab::read_feed(xml)?;
        Ok(torznab::sources(&items, query, "torznab:test"))
    }

    pub fn read_manifest(text: &str) -> Result<(), Error> {
        stremio::read_manifest(text).map(drop)
    }

    pub fn read_metas(text: &str) -> Result<(), Error> {
        stremio::read_metas(text).map(drop)
    }

    pub fn read_streams(text: &str, query: &Query) -> Result<Vec<Source>, Error> {
        stremio::read_streams(text, query)
    }
}
