//! Media read from anywhere by offset: what the engine needs of a file or torrent that the daemon
//! serves with byte ranges.
//!
//! Reads block the reading thread, because GStreamer's demuxers pull; so every read carries a
//! [`Cancel`], and a seek or a stop cancels it instead of waiting for a slow swarm.

mod http;
mod sniff;
pub(crate) mod source;

pub use http::HttpRangeReader;
/// Ends a running read. Cloned freely; cancelled once.
pub use tokio_util::sync::CancellationToken as Cancel;

/// Media that can be read at any offset.
pub trait RangeReader: Send + Sync + 'static {
    /// Make it ready and answer its length in bytes. Called once, before any read.
    fn open(&self, cancel: &Cancel) -> Result<u64, ReadError>;

    /// Read up to `buffer.len()` bytes at `offset`: at least one, 0 only at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8], cancel: &Cancel) -> Result<usize, ReadError>;

    /// Bytes that have arrived so far, also within a read that goes on.
    fn received(&self) -> u64;
}

/// What is known of media once it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) length: u64,
    /// The file-name ending of its container, as far as its first bytes tell.
    pub(crate) ending: Option<&'static str>,
}

/// Open media and look at its first bytes.
pub(crate) fn open(reader: &dyn RangeReader, cancel: &Cancel) -> Result<Opened, ReadError> {
    let length = reader.open(cancel)?;
    let mut start = [0; sniff::SNIFF_BYTES];
    let mut count = 0;
    while count < start.len() {
        match reader.read_at(count as u64, &mut start[count..], cancel)? {
            0 => break,
            more => count += more,
        }
    }
    Ok(Opened {
        length,
        ending: sniff::ending(&start[..count]),
    })
}

/// Why a read ended without bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("the read was cancelled")]
    Cancelled,
    #[error("the source is gone (answer {status}): choose another one")]
    Gone { status: u16 },
    #[error("the source was refused (answer {status}): start it again")]
    Refused { status: u16 },
    #[error(
        "the source can't be reached ({detail}): check that the box is running, then try again"
    )]
    Unreachable { detail: String },
    #[error("the source answered {status}, which no player can use: choose another one")]
    Unusable { status: u16 },
    #[error("the source can't be read from the middle: choose another one")]
    NoRanges,
    #[error("the source changed while it was read: start it again")]
    Changed,
    #[error("{address} is not an http address on this box")]
    Address { address: String },
}
