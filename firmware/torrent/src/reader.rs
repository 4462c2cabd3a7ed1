//! A seekable stream of one file, fetched as it is read.
//!
//! The stream itself is read on the torrents' own threads (`pump`), which hands over what it read;
//! whoever holds the reader never waits for the disk or for librqbit's locks.
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

use bytes::{Buf, Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncSeek, AsyncSeekExt, ReadBuf, SeekFrom},
    runtime::Handle,
    sync::{OwnedSemaphorePermit, mpsc, watch},
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::{active::Current, ahead::Play, open_file::ReaderGuard};

const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Two of them are read ahead of whoever reads.
const CHUNK_BYTES: usize = 64 * 1024;

/// What a player needs of a [`Reader`], for code that also reads other things.
pub trait TorrentReader: AsyncRead + AsyncSeek + Send + Unpin {}

impl<T: AsyncRead + AsyncSeek + Send + Unpin> TorrentReader for T {}

/// Where the reader wants to read. The turn tells its chunks from those of places before.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    turn: u64,
    position: u64,
}

/// What was read for a turn; no bytes at the file's end.
type Chunk = (u64, io::Result<Bytes>);

/// Reads end with [`Error::Closed`](crate::Error::Closed) or
/// [`Error::RouteGone`](crate::Error::RouteGone) when the torrent is closed, with
/// [`Error::NoSpaceLeft`](crate::Error::NoSpaceLeft) or [`Error::Failed`](crate::Error::Failed)
/// when fetching fails; `io::Error::get_ref` gives them.
pub struct Reader {
    chunks: mpsc::Receiver<Chunk>,
    places: watch::Sender<Place>,
    place: Place,
    /// Of the chunk at hand, what is not read yet.
    rest: Bytes,
    at_end: bool,
    torrent: Arc<Current>,
    name: String,
    size_bytes: u64,
    position: u64,
    cancel: CancellationToken,
    cancelled: Pin<Box<WaitForCancellationFutureOwned>>,
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

/// What a reader is opened with.
pub(crate) struct Opening {
    pub stream: Box<dyn TorrentReader>,
    pub torrent: Arc<Current>,
    pub play: Arc<Play>,
    pub name: String,
    pub size_bytes: u64,
    pub permit: OwnedSemaphorePermit,
    pub guard: ReaderGuard,
}

impl Reader {
    pub(crate) fn new(opening: Opening, runtime: &Handle) -> Self {
        let cancel = opening.torrent.closed.child_token();
        let (place_sender, places) = watch::channel(Place::default());
        let (chunk_sender, chunks) = mpsc::channel(1);
        let source = Source {
            stream: opening.stream,
            torrent: opening.torrent.clone(),
            name: opening.name.clone(),
            cancel: cancel.clone(),
        };
        runtime.spawn(pump(source, opening.play, places, chunk_sender));
        Self {
            chunks,
            places: place_sender,
            place: Place::default(),
            rest: Bytes::new(),
            at_end: false,
            torrent: opening.torrent,
            name: opening.name,
            size_bytes: opening.size_bytes,
            position: 0,
            cancelled: Box::pin(cancel.clone().cancelled_owned()),
            cancel,
            _permit: opening.permit,
            _guard: opening.guard,
        }
    }

    /// Ends this reader's pending and later reads with [`Error::Closed`](crate::Error::Closed).
    pub fn canceller(&self) -> CancellationToken {
        self.cancel.clone()
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
            return Poll::Ready(Err(this.torrent.ended().into()));
        }
        loop {
            if buffer.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            if !this.rest.is_empty() {
                let length = this.rest.len().min(buffer.remaining());
                buffer.put_slice(&this.rest[..length]);
                this.rest.advance(length);
                this.position += length as u64;
                return Poll::Ready(Ok(()));
            }
            if this.at_end {
                return Poll::Ready(Ok(()));
            }
            match std::task::ready!(this.chunks.poll_recv(cx)) {
                Some((turn, _)) if turn != this.place.turn => {}
                Some((_, Ok(bytes))) => {
                    this.at_end = bytes.is_empty();
                    this.rest = bytes;
                }
                Some((_, Err(error))) => return Poll::Ready(Err(error)),
                // The torrents' threads have ended.
                None => return Poll::Ready(Err(this.torrent.ended().into())),
            }
        }
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
        if target != this.position {
            this.position = target;
            this.rest = Bytes::new();
            this.at_end = false;
            this.place = Place {
                turn: this.place.turn + 1,
                position: target,
            };
            this.places.send_replace(this.place);
        }
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(self.position))
    }
}

/// The end of a reader that stands on the torrents' own threads.
struct Source {
    stream: Box<dyn TorrentReader>,
    torrent: Arc<Current>,
    name: String,
    cancel: CancellationToken,
}

/// Reads from wherever the reader last wanted to, until the reader is dropped.
async fn pump(
    mut source: Source,
    play: Arc<Play>,
    mut places: watch::Receiver<Place>,
    chunks: mpsc::Sender<Chunk>,
) {
    let mut look = interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let place = *places.borrow_and_update();
        let mut position = place.position;
        play.moved(position);
        let mut misplaced = source.stream.seek(SeekFrom::Start(position)).await.err();
        loop {
            let read = if let Some(error) = misplaced.take() {
                Err(error)
            } else {
                tokio::select! {
                    biased;
                    changed = places.changed() => match changed {
                        Ok(()) => break,
                        Err(_) => return,
                    },
                    read = source.read(&mut look) => read,
                }
            };
            let count = read.as_ref().map_or(0, Bytes::len) as u64;
            position += count;
            play.read(position, count);
            let at_end = read.is_ok() && count == 0;
            let sent = tokio::select! {
                biased;
                changed = places.changed() => match changed {
                    Ok(()) => break,
                    Err(_) => return,
                },
                sent = chunks.send((place.turn, read)) => sent,
            };
            if sent.is_err() || at_end && places.changed().await.is_err() {
                return;
            }
            if at_end {
                break;
            }
        }
    }
}

impl Source {
    async fn read(&mut self, look: &mut Interval) -> io::Result<Bytes> {
        let mut bytes = BytesMut::with_capacity(CHUNK_BYTES);
        loop {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(self.torrent.ended().into()),
                read = self.stream.read_buf(&mut bytes) => return match read {
                    Ok(_) => Ok(bytes.freeze()),
                    Err(error) => Err(self
                        .torrent
                        .failure(&self.name)
                        .map_or(error, Into::into)),
                },
                _ = look.tick() => if let Some(error) = self.torrent.failure(&self.name) {
                    return Err(error.into());
                },
            }
        }
    }
}
