//! Where a title can be had: Torznab indexers, RSS feeds, Stremio addons and sites that definitions
//! describe, asked all at once; subtitles for it, from OpenSubtitles and addons; what people paste
//! and upload; and what plays on a page.
//!
//! For `hearth-app`, which adds what is built in (open films, local folders) as jobs of its own,
//! scores what comes and shows it. Everything here reads strangers' answers: each is bounded,
//! nothing in it is trusted, and what it says wrong becomes an error that names what to do.

mod config;
mod dedup;
mod direct;
mod error;
mod feed;
mod guard;
mod html;
mod media;
mod moviehash;
mod opensubtitles;
mod provider;
mod query;
mod releases;
mod resolve;
mod rss;
mod said;
mod search;
mod sites;
mod stremio;
mod subtitles;
mod text;
mod torrent;
mod torznab;

pub use config::{ProviderConfig, Secret};
pub use dedup::{dedup, take_in};
pub use direct::{
    DIRECT, Direct, DirectFind, EpisodeFile, Given, ReadTorrent, TorrentFacts, file_of_episode,
    given_sources, is_episode,
};
pub use error::{Error, GivenFault};
pub use guard::Guard;
pub use moviehash::{CHUNK_BYTES, moviehash};
pub use opensubtitles::{OpenSubtitles, Quota};
pub use provider::{About, Provider, fetch_subtitle};
pub use query::Query;
pub use resolve::{Resolved, resolve_page};
pub use rss::Rss;
pub use search::{Found, Job, search};
pub use sites::{
    Asked, ConfiguredSite, Definition, Faulty, Outcome, Problem, RowReport, Searched, Site, Verdict,
};
pub use stremio::{AddonCatalog, CatalogWish, Stremio};
pub use subtitles::{
    RankedSubtitle, SubtitleFind, SubtitleFormat, SubtitleMatch, SubtitlePlace, SubtitleQuery,
    SubtitleText, SubtitleWish, VideoFile, rank_subtitles, read_subtitle,
};
pub use torrent::{TorrentLink, fetch_torrent, magnet};
pub use torznab::Torznab;

/// Reading of strangers' answers without the network: for tests that mutate them.
#[doc(hidden)]
pub mod reading {
    use crate::{Error, Query, feed, releases, resolve, stremio, torznab};
    use hearth_model::Source;

    pub fn read_caps(xml: &str) -> Result<(), Error> {
        torznab::read_caps(xml).map(drop)
    }

    pub fn read_feed(xml: &str, query: &Query) -> Result<Vec<Source>, Error> {
        let items = feed::read_feed(xml)?;
        Ok(releases::sources(&items, query, "torznab:test"))
    }

    pub fn read_player(page: &str) -> Result<(), Error> {
        resolve::read(page)
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
