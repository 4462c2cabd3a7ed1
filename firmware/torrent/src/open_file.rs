//! A file of an open torrent, and what is known of its fetching.

use std::sync::Arc;

use librqbit::TorrentStatsState;

use crate::{
    Error, Reader, Result,
    active::{Active, Current},
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// On the disk, not open.
    Idle,
    /// What lies on the disk is being compared with the torrent, after a crash.
    Checking,
    Fetching,
    /// All that is wanted is there.
    Complete,
    /// Fetching stopped with this message.
    Failed(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    pub state: State,
    /// Of the file where asked of an [`OpenFile`], else of all wanted files. Of an idle torrent
    /// what it takes on the disk.
    pub have_bytes: u64,
    pub total_bytes: u64,
    pub down_bytes_per_s: u64,
    pub up_bytes_per_s: u64,
    pub peers_connected: u32,
    /// Ever heard of since the torrent was opened.
    pub peers_seen: u32,
    /// Received from peers since the torrent was opened, rejects included.
    pub fetched_bytes: u64,
    pub uploaded_bytes: u64,
}

impl OpenFile {
    pub(crate) fn new(shared: &Arc<Shared>, active: Arc<Active>, file_index: usize) -> Self {
        let file = &active.metainfo.info.files[file_index];
        let name = file.path.rsplit('/').next().unwrap_or_default().to_owned();
        active.add_user(file_index);
        Self {
            infohash: active.metainfo.info.infohash.clone(),
            file_index,
            name,
            size_bytes: file.size_bytes,
            mime: crate::file_choice::mime(&file.path).to_owned(),
            guard: Arc::new(OpenGuard {
                shared: shared.clone(),
                active,
                file_index,
            }),
        }
    }

    /// A stream from the file's beginning. Waits while what lies on the disk is checked.
    pub async fn reader(&self) -> Result<Reader> {
        let OpenGuard { shared, active, .. } = &*self.guard;
        let permit = shared
            .readers
            .clone()
            .try_acquire_owned()
            .map_err(|_| Error::Busy {
                name: self.name.clone(),
                limit: MAX_READERS,
            })?;
        let torrent = active.current();
        let stream = tokio::select! {
            biased;
            () = torrent.closed.cancelled() => return Err(Error::Closed),
            stream = torrent.handle.clone().stream(self.file_index) => stream,
        };
        let stream = stream.map_err(|error| {
            torrent
                .failure(&self.name)
                .unwrap_or_else(|| Error::Failed {
                    name: self.name.clone(),
                    reason: format!("{error:#}"),
                })
        })?;
        active.add_reader();
        Ok(Reader::new(
            Box::new(stream),
            torrent,
            self.name.clone(),
            self.size_bytes,
            permit,
            ReaderGuard {
                open: self.guard.clone(),
            },
        ))
    }

    pub fn stats(&self) -> Stats {
        stats(&self.guard.active.current(), Some(self.file_index))
    }
}

#[derive(Debug)]
struct OpenGuard {
    shared: Arc<Shared>,
    active: Arc<Active>,
    file_index: usize,
}

impl Drop for OpenGuard {
    fn drop(&mut self) {
        if self.active.drop_user(self.file_index) {
            let (shared, active) = (self.shared.clone(), self.active.clone());
            let runtime = shared.runtime.clone();
            runtime.spawn(async move { shared.close_unused(&active).await });
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

pub(crate) fn stats(torrent: &Current, file_index: Option<usize>) -> Stats {
    let stats = torrent.handle.stats();
    let (mut have_bytes, mut total_bytes) = (stats.progress_bytes, stats.total_bytes);
    let mut complete = stats.finished;
    if let Some(index) = file_index {
        have_bytes = stats.file_progress.get(index).copied().unwrap_or(0);
        total_bytes = torrent
            .handle
            .with_metadata(|metadata| metadata.file_infos.get(index).map_or(0, |file| file.len))
            .unwrap_or(0);
        complete = have_bytes == total_bytes;
    }
    let state = if let Some(error) = torrent.failure(&torrent.name()) {
        State::Failed(error.to_string())
    } else if torrent.closed.is_cancelled() {
        State::Idle
    } else if matches!(stats.state, TorrentStatsState::Initializing { .. }) {
        State::Checking
    } else if complete {
        State::Complete
    } else {
        State::Fetching
    };
    let live = stats.live.unwrap_or_default();
    Stats {
        state,
        have_bytes,
        total_bytes,
        down_bytes_per_s: live.download_speed.as_bytes(),
        up_bytes_per_s: live.upload_speed.as_bytes(),
        peers_connected: live.snapshot.peer_stats.live,
        peers_seen: live.snapshot.peer_stats.seen,
        fetched_bytes: live.snapshot.fetched_bytes,
        uploaded_bytes: live.snapshot.uploaded_bytes,
    }
}
