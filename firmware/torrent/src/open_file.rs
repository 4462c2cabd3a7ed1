//! A file of an open torrent.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio_util::task::AbortOnDropHandle;

use crate::{
    Error, Reader, Result, Stats,
    active::Active,
    ahead::{Play, scout},
    reader::{Opening, TorrentReader},
    torrents::{MAX_READERS, Shared},
};

/// Keeps its torrent open and fetching; clones and readers share that. When the last is
/// dropped, the torrent is closed: what was fetched stays.
#[derive(Debug, Clone)]
pub struct OpenFile {
    pub infohash: String,
    pub file_index: usize,
    /// The file's own name, without folders.
    pub name: String,
    pub size_bytes: u64,
    pub mime: String,
    guard: Arc<OpenGuard>,
}

impl OpenFile {
    pub(crate) fn new(shared: &Arc<Shared>, active: Arc<Active>, file_index: usize) -> Self {
        let play = active.add_user(file_index, |play| {
            let looking = scout(Arc::downgrade(&active), file_index, play);
            AbortOnDropHandle::new(shared.runtime.handle().spawn(looking))
        });
        let file = &active.metainfo.info.files[file_index];
        let name = file.path.rsplit('/').next().unwrap_or_default().to_owned();
        Self {
            infohash: active.metainfo.info.infohash.clone(),
            file_index,
            name,
            size_bytes: file.size_bytes,
            mime: crate::file_choice::mime(&file.path).to_owned(),
            guard: Arc::new(OpenGuard {
                shared: Arc::downgrade(shared),
                active,
                play,
                file_index,
            }),
        }
    }

    /// A stream from the file's beginning. Waits while what lies on the disk is checked.
    pub async fn reader(&self) -> Result<Reader> {
        let shared = self.guard.shared.upgrade().ok_or(Error::Stopped)?;
        let torrent = self.guard.active.current();
        if torrent.closed.is_cancelled() {
            return Err(torrent.ended());
        }
        let permit = shared
            .readers
            .clone()
            .try_acquire_owned()
            .map_err(|_| Error::Busy {
                name: self.name.clone(),
                limit: MAX_READERS,
            })?;
        let (current, name, file_index) = (torrent.clone(), self.name.clone(), self.file_index);
        let opening = async move {
            let stream = tokio::select! {
                biased;
                () = current.closed.cancelled() => return Err(current.ended()),
                stream = current.handle.clone().stream(file_index) => stream,
            };
            match stream {
                Ok(stream) => Ok(Box::new(stream) as Box<dyn TorrentReader>),
                Err(error) => Err(current.failure(&name).unwrap_or_else(|| Error::Failed {
                    name,
                    reason: format!("{error:#}"),
                })),
            }
        };
        let stream = shared.runtime.run(opening).await?;
        self.guard.active.add_reader();
        let opening = Opening {
            stream,
            torrent,
            play: self.guard.play.clone(),
            name: self.name.clone(),
            size_bytes: self.size_bytes,
            permit,
            guard: ReaderGuard {
                open: self.guard.clone(),
            },
        };
        Ok(Reader::new(opening, shared.runtime.handle()))
    }

    /// How long the film is: from it comes how far ahead it is fetched before anything else.
    pub fn lasts(&self, duration: Duration) {
        self.guard.play.lasts(duration);
    }

    /// Whether all between two places of the file is on the disk.
    pub async fn has(&self, from: u64, until: u64) -> bool {
        let Some(shared) = self.guard.shared.upgrade() else {
            return false;
        };
        let (torrent, index) = (self.guard.active.current(), self.file_index);
        let pieces = shared.runtime.look(move || torrent.pieces(index)).await;
        matches!(pieces, Ok(Some(pieces)) if pieces.first_gap(from, until).is_none())
    }

    pub async fn stats(&self) -> Result<Stats> {
        let shared = self.guard.shared.upgrade().ok_or(Error::Stopped)?;
        let (torrent, index) = (self.guard.active.current(), self.file_index);
        shared
            .runtime
            .look(move || Stats::of(&torrent, Some(index)))
            .await
    }
}

#[derive(Debug)]
struct OpenGuard {
    /// Weakly: whoever still holds a file does not keep the torrents' threads.
    shared: Weak<Shared>,
    active: Arc<Active>,
    play: Arc<Play>,
    file_index: usize,
}

impl Drop for OpenGuard {
    fn drop(&mut self) {
        if self.active.drop_user(self.file_index)
            && let Some(shared) = self.shared.upgrade()
        {
            shared.close_unused_soon(self.active.clone());
        }
    }
}

/// Held by a reader: counts it, and keeps the torrent open.
pub(crate) struct ReaderGuard {
    open: Arc<OpenGuard>,
}

impl Drop for ReaderGuard {
    fn drop(&mut self) {
        self.open.active.drop_reader();
    }
}
