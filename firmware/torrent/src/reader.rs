//! A seekable stream of one file, fetched as it is read.
//!
//! librqbit never wakes a pending read when the torrent is deleted, the session stops or the
//! torrent fails (a full disk). So every read also waits for a cancellation token, and looks at
//! the torrent's state now and then while it waits.

use std::{
    fmt, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncSeek, ReadBuf, SeekFrom},
    sync::OwnedSemaphorePermit,
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::{Error, active::Current, open_file::ReaderGuard};

const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What a player needs of a [`Reader`], for code that also reads other things.
pub trait TorrentReader: AsyncRead + AsyncSeek + Send + Unpin {}

impl<T: AsyncRead + AsyncSeek + Send + Unpin> TorrentReader for T {}

/// Reads end with [`Error::Closed`] when the torrent is closed, with
/// [`Error::NoSpaceLeft`] or [`Error::Failed`] when fetching fails; `io::Error::get_ref` gives them.
pub struct Reader {
    stream: Box<dyn TorrentReader>,
    torrent: Arc<Current>,
    name: String,
    size_bytes: u64,
    position: u64,
    cancel: CancellationToken,
    cancelled: Pin<Box<WaitForCancellationFutureOwned>>,
    look: Interval,
    // Given back in this order, after the stream.
    _permit: OwnedSemaphorePermit,
    _guard: ReaderGuard,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Reader {
    pub(crate) fn new(
        stream: Box<dyn TorrentReader>,
        torrent: Arc<Current>,
        name: String,
        size_bytes: u64,
        permit: OwnedSemaphorePermit,
        guard: ReaderGuard,
    ) -> Self {
        let cancel = torrent.closed.child_token();
        let mut look = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            stream,
            torrent,
            name,
            size_bytes,
            position: 0,
            cancelled: Box::pin(cancel.clone().cancelled_owned()),
            cancel,
            look,
            _permit: permit,
            _guard: guard,
        }
    }

    /// Ends this reader's pending and later reads with [`Error::Closed`].
    pub fn canceller(&self) -> CancellationToken {
        self.cancel.clone()
    }

    fn failure(&self) -> Option<Error> {
        self.torrent.failure(&self.name)
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.cancelled.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(this.failure().unwrap_or(Error::Closed).into()));
        }
        let before = buffer.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buffer) {
            Poll::Ready(Err(error)) => {
                return Poll::Ready(Err(this.failure().map_or(error, Into::into)));
            }
            Poll::Ready(Ok(())) => {
                this.position += (buffer.filled().len() - before) as u64;
                return Poll::Ready(Ok(()));
            }
            Poll::Pending => {}
        }
        while this.look.poll_tick(cx).is_ready() {
            if let Some(error) = this.failure() {
                return Poll::Ready(Err(error.into()));
            }
        }
        Poll::Pending
    }
}

impl AsyncSeek for Reader {
    /// Anywhere up to the end; librqbit's own arithmetic overflows beyond it.
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        let this = self.get_mut();
        let target = match position {
            SeekFrom::Start(target) => Some(target),
            SeekFrom::End(offset) => this.size_bytes.checked_add_signed(offset),
            SeekFrom::Current(offset) => this.position.checked_add_signed(offset),
        };
        let target = target
            .filter(|target| *target <= this.size_bytes)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no such position"))?;
        Pin::new(&mut this.stream).start_seek(SeekFrom::Start(target))?;
        this.position = target;
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.get_mut().stream).poll_complete(cx)
    }
}
