//! What is known of a torrent's fetching.

use librqbit::TorrentStatsState;

use crate::{active::Current, metainfo::Metainfo};

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
    /// Of the file where asked of an [`OpenFile`](crate::OpenFile), else of all wanted files. Of
    /// an idle torrent what it takes on the disk.
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

/// How much of one file of an open torrent is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileShare {
    pub index: usize,
    /// Below the torrent's folder.
    pub path: String,
    pub size_bytes: u64,
    pub have_bytes: u64,
    /// Somebody has it open: all of it is fetched.
    pub wanted: bool,
}

impl Stats {
    pub(crate) fn idle(have_bytes: u64, total_bytes: u64) -> Self {
        Self {
            state: State::Idle,
            have_bytes,
            total_bytes,
            down_bytes_per_s: 0,
            up_bytes_per_s: 0,
            peers_connected: 0,
            peers_seen: 0,
            fetched_bytes: 0,
            uploaded_bytes: 0,
        }
    }

    /// Of one file, or of all that is wanted. Waits for librqbit's locks.
    pub(crate) fn of(torrent: &Current, file_index: Option<usize>) -> Self {
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
        Self {
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
}

/// Of every file with content. Waits for librqbit's locks.
pub(crate) fn shares(
    torrent: &Current,
    metainfo: &Metainfo,
    wanted: impl Fn(usize) -> bool,
) -> Vec<FileShare> {
    let progress = torrent.handle.stats().file_progress;
    let files = metainfo.info.files.iter();
    files
        .filter(|file| !file.padding && file.size_bytes > 0)
        .map(|file| FileShare {
            index: file.index,
            path: file.path.clone(),
            size_bytes: file.size_bytes,
            have_bytes: progress.get(file.index).copied().unwrap_or(0),
            wanted: wanted(file.index),
        })
        .collect()
}
