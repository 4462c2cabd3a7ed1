//! What can go wrong with a torrent, in words for the person at the screen.

use std::{io, path::PathBuf, time::Duration};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("reading the magnet link failed: {reason}; copy the whole link and try again")]
    BadMagnet { reason: String },
    #[error("reading the torrent failed: {reason}; choose another source")]
    BadTorrent { reason: String },
    #[error(
        "opening the torrent failed: it has neither an infohash nor a .torrent file; choose another source"
    )]
    NothingToOpen,
    #[error(
        "finding torrent {infohash} failed: no peer described it (looked for {} s); check the network or choose a source with more seeders",
        waited.as_secs()
    )]
    NoPeers { infohash: String, waited: Duration },
    #[error("opening file {index} of \"{name}\" failed: {reason}; choose another file")]
    NoSuchFile {
        name: String,
        index: usize,
        reason: String,
    },
    #[error("\"{name}\" holds no video; choose another source")]
    NoVideo { name: String },
    #[error("\"{name}\" holds other episodes; choose another source")]
    NoSuchEpisode { name: String },
    #[error(
        "fetching \"{name}\" failed: {} more must fit on the disk and {} are free; delete something or choose a smaller source",
        human(*needed_bytes), human(*free_bytes)
    )]
    DiskFull {
        name: String,
        needed_bytes: u64,
        free_bytes: u64,
    },
    #[error(
        "fetching \"{name}\" failed: it takes {} and torrents may take {} together; close another torrent, raise the limit or choose a smaller source",
        human(*needed_bytes), human(*quota_bytes)
    )]
    QuotaFull {
        name: String,
        needed_bytes: u64,
        quota_bytes: u64,
    },
    #[error("fetching \"{name}\" stopped: the disk is full; delete something and open it again")]
    NoSpaceLeft { name: String },
    #[error("fetching \"{name}\" stopped: {reason}; open it again")]
    Failed { name: String, reason: String },
    #[error("the torrent was closed; open it again")]
    Closed,
    #[error("reading \"{name}\" failed: {limit} torrent streams are open already; close one")]
    Busy { name: String, limit: usize },
    #[error(
        "torrents are stopped: {reason}; bring it back, or change torrents.interface or torrents.proxy in the configuration"
    )]
    RouteGone { reason: String },
    #[error("torrents are switched off; start the box's torrent part again")]
    Stopped,
    #[error("\"{text}\" is no infohash; give 40 hexadecimal digits")]
    BadInfohash { text: String },
    #[error("using the torrents' folder {} failed; check that it exists and is writable", path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "starting torrents failed: {reason}; check the torrent settings (port, interface, proxy)"
    )]
    Start { reason: String },
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn bad_torrent(reason: impl Into<String>) -> Self {
        Self::BadTorrent {
            reason: reason.into(),
        }
    }
}

/// For readers, whose trait speaks `io::Error`; `get_ref` and a downcast give [`Error`] back.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error {
            Error::DiskFull { .. } | Error::QuotaFull { .. } | Error::NoSpaceLeft { .. } => {
                io::ErrorKind::StorageFull
            }
            Error::Closed | Error::Stopped | Error::RouteGone { .. } => {
                io::ErrorKind::ConnectionAborted
            }
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// Sizes as disks are sold: 1 GB is a thousand million bytes.
fn human(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
