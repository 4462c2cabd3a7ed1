//! The beginning of what is likely to be watched next, fetched while nobody is hungry.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use hearth_model::TorrentLocation;
use tokio::{sync::watch, time::sleep};
use tokio_util::task::AbortOnDropHandle;

use crate::{
    Error, Pick, Result,
    active::Active,
    ahead::{LOOK_EVERY, Stand, WINDOW_BYTES},
    torrents::{Shared, lock},
};

/// Fetches the beginning of a file and keeps its torrent open until it is dropped; what was
/// fetched stays then.
///
/// librqbit fetches 32 MB beyond where it stands, so a little more than asked for may come.
#[derive(Debug)]
pub struct Prefetch {
    pub infohash: String,
    pub file_index: usize,
    done: watch::Receiver<bool>,
    _fetching: AbortOnDropHandle<()>,
    _guard: Guard,
}

impl Prefetch {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        active: Arc<Active>,
        file_index: usize,
        bytes: u64,
    ) -> Self {
        active.add_prefetch();
        let (said, done) = watch::channel(false);
        let size_bytes = active.metainfo.info.files[file_index].size_bytes;
        let work = Work {
            shared: Arc::downgrade(shared),
            active: Arc::downgrade(&active),
            file_index,
            bytes: bytes.min(size_bytes),
        };
        Self {
            infohash: active.metainfo.info.infohash.clone(),
            file_index,
            done,
            _fetching: AbortOnDropHandle::new(shared.runtime.handle().spawn(fetch(work, said))),
            _guard: Guard {
                shared: Arc::downgrade(shared),
                active,
            },
        }
    }

    /// Once all of it is there.
    pub async fn done(&self) -> Result<()> {
        let mut done = self.done.clone();
        match done.wait_for(|done| *done).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Closed),
        }
    }
}

impl crate::Torrents {
    /// Fetches the first part of the file that `location` names, as [`open`](Self::open) takes it,
    /// whenever those who watch something have enough ahead; `share` of it, from 0 to 1, for only
    /// the torrent itself says how large its files are.
    pub async fn prefetch(
        &self,
        location: &TorrentLocation,
        torrent_file: Option<Bytes>,
        pick: Option<Pick>,
        share: f64,
    ) -> Result<Prefetch> {
        let (shared, location) = (self.shared().clone(), location.clone());
        let work = async move { shared.prefetch(&location, torrent_file, pick, share).await };
        self.shared().runtime.run(work).await
    }
}

#[derive(Debug)]
struct Guard {
    shared: Weak<Shared>,
    active: Arc<Active>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.active.drop_prefetch()
            && let Some(shared) = self.shared.upgrade()
        {
            shared.close_unused_soon(self.active.clone());
        }
    }
}

struct Work {
    shared: Weak<Shared>,
    active: Weak<Active>,
    file_index: usize,
    bytes: u64,
}

/// Ends when it is there, or when the torrent was closed.
async fn fetch(work: Work, done: watch::Sender<bool>) {
    let mut stand = Stand::default();
    // Not further in than that the window ends where the wanted bytes do.
    let furthest = work.bytes.saturating_sub(WINDOW_BYTES);
    loop {
        let (Some(shared), Some(active)) = (work.shared.upgrade(), work.active.upgrade()) else {
            return;
        };
        let current = active.current();
        if current.closed.is_cancelled() {
            return;
        }
        let gap = current
            .pieces(work.file_index)
            .map(|pieces| pieces.first_gap(0, work.bytes));
        match gap {
            Some(None) => {
                done.send_replace(true);
                return;
            }
            Some(Some(_)) if shared.somebody_hungers() => {
                stand.go(&current, work.file_index, None).await;
            }
            Some(Some(gap)) => {
                let place = gap.min(furthest);
                stand.go(&current, work.file_index, Some(place)).await;
            }
            // Its disk is being checked.
            None => {}
        }
        drop((shared, active, current));
        sleep(LOOK_EVERY).await;
    }
}

impl Shared {
    fn somebody_hungers(&self) -> bool {
        let open: Vec<_> = lock(&self.active).values().cloned().collect();
        open.iter().any(|active| active.hungers())
    }
}
