//! Torrents opened as streams, for the daemon's players.
//!
//! [`Torrents::open`] turns a place of a torrent into an [`OpenFile`], and that into any number
//! of [`Reader`]s, each a seekable stream whose read position decides what is fetched next.
//! The protocol is librqbit's; everything a stranger wrote (magnets, .torrent files, metadata
//! from peers) is checked here before it reaches the disk.
//!
//! librqbit's session holds a torrent only while somebody has it open. What outlives that lies
//! in the torrents' folder (see `folder.rs`): the metadata, the fetched data, and a list of
//! pieces that surely reached the disk. So nothing is fetched on its own after a start, peers
//! named with a torrent count at every opening, and a power cut costs the last half minute.
//!
//! All of it runs on threads of its own (`own_runtime.rs`): a slow disk slows torrents alone.

// The tests' common part names the crate as its users do.
#[cfg(test)]
extern crate self as hearth_torrent;

mod active;
mod ahead;
mod bencode;
mod description;
mod engine;
mod error;
mod file_choice;
mod finding;
mod folder;
mod keeping;
mod magnet;
mod metainfo;
mod network;
mod open_file;
mod opening;
mod options;
mod own_runtime;
mod prefetch;
mod reader;
mod resolve;
mod room;
mod route;
mod scrape;
mod session;
mod shrink;
#[cfg(test)]
mod slow_disk;
mod stats;
mod torrents;

pub use error::{Error, Result};
pub use file_choice::Pick;
pub use magnet::parse_magnet;
pub use metainfo::{MAX_TORRENT_BYTES, TorrentFile, TorrentInfo, inspect};
pub use open_file::OpenFile;
pub use options::Options;
pub use prefetch::Prefetch;
pub use reader::{Reader, TorrentReader};
pub use scrape::Swarm;
pub use stats::{FileShare, State, Stats};
pub use torrents::{Binding, OpenTorrent, SpeedLimits, StoredTorrent, Torrents};
