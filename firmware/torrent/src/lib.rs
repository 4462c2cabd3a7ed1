//! Torrents opened as streams, for the daemon's players.
//!
//! [`Torrents::open`] turns a place of a torrent into an [`OpenFile`], and that into any number
//! of [`Reader`]s, each a seekable stream whose read position decides what is fetched next.
//! The protocol is librqbit's; everything a stranger wrote (magnets, .torrent files, metadata
//! from peers) is checked here before it reaches the disk.
//!
//! librqbit's session holds a torrent only while somebody has it open. What outlives that lies
//! in the torrents' folder (see `folder.rs`): the metadata, the fetched data, and the list of
//! fetched pieces, which is believed only after an orderly close. So nothing is fetched on its
//! own after a start, peers named with a torrent count at every opening, and a power cut costs
//! a re-check instead of a broken picture.

mod active;
mod bencode;
mod description;
mod error;
mod file_choice;
mod finding;
mod folder;
mod magnet;
mod metainfo;
mod network;
mod open_file;
mod opening;
mod options;
mod reader;
mod resolve;
mod room;
mod route;
mod scrape;
mod session;
mod torrents;

pub use error::{Error, Result};
pub use magnet::parse_magnet;
pub use metainfo::{MAX_TORRENT_BYTES, TorrentFile, TorrentInfo, inspect};
pub use open_file::{OpenFile, State, Stats};
pub use options::Options;
pub use reader::{Reader, TorrentReader};
pub use scrape::Swarm;
pub use torrents::{StoredTorrent, Torrents};
