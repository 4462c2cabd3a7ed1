//! A torrent while somebody has it open.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use librqbit::{ManagedTorrent, ManagedTorrentState};
use tokio_util::sync::CancellationToken;

use crate::{Error, metainfo::Metainfo};

/// Both locks are held for a look or a count, never across an await.
#[derive(Debug)]
pub(crate) struct Active {
    pub metainfo: Metainfo,
    /// Replaced when the torrent is added to librqbit anew.
    current: Mutex<Arc<Current>>,
    users: Mutex<Users>,
}

#[derive(Debug, Default)]
struct Users {
    /// Handles on each file.
    files: BTreeMap<usize, usize>,
    readers: usize,
}

/// One stay of the torrent in librqbit's session.
pub(crate) struct Current {
    pub handle: Arc<ManagedTorrent>,
    /// Ends all reads.
    pub closed: CancellationToken,
    /// Those named with the torrent.
    pub peers: HashSet<SocketAddr>,
    /// The list of pieces it started with, still right until the check of the disk is over.
    pub resumed: Option<Vec<u8>>,
}

impl Active {
    pub fn new(metainfo: Metainfo, current: Current) -> Self {
        Self {
            metainfo,
            current: Mutex::new(Arc::new(current)),
            users: Mutex::default(),
        }
    }

    pub fn current(&self) -> Arc<Current> {
        lock(&self.current).clone()
    }

    pub fn replace(&self, current: Current) {
        *lock(&self.current) = Arc::new(current);
    }

    pub fn add_user(&self, file_index: usize) {
        *lock(&self.users).files.entry(file_index).or_default() += 1;
    }

    /// True when it was the last one.
    pub fn drop_user(&self, file_index: usize) -> bool {
        let mut users = lock(&self.users);
        if let Some(count) = users.files.get_mut(&file_index) {
            *count -= 1;
            if *count == 0 {
                users.files.remove(&file_index);
            }
        }
        users.files.is_empty()
    }

    pub fn is_unused(&self) -> bool {
        lock(&self.users).files.is_empty()
    }

    pub fn add_reader(&self) {
        lock(&self.users).readers += 1;
    }

    pub fn drop_reader(&self) {
        lock(&self.users).readers -= 1;
    }

    pub fn is_read(&self) -> bool {
        lock(&self.users).readers > 0
    }

    pub fn wanted(&self) -> HashSet<usize> {
        lock(&self.users).files.keys().copied().collect()
    }
}

impl Current {
    pub fn name(&self) -> String {
        self.handle.name().unwrap_or_default()
    }

    /// Why fetching stopped, where it did.
    pub fn failure(&self, name: &str) -> Option<Error> {
        let reason = self.handle.with_state(|state| match state {
            ManagedTorrentState::Error(error) => Some(format!("{error:#}")),
            _ => None,
        })?;
        let name = name.to_owned();
        // The cause is an errno of a crate of librqbit's, or an `io::Error`; both say this.
        if reason.contains("No space left") || reason.contains("quota exceeded") {
            return Some(Error::NoSpaceLeft { name });
        }
        Some(Error::Failed { name, reason })
    }

    pub fn has_peers(&self) -> bool {
        self.handle
            .live()
            .is_some_and(|live| live.stats_snapshot().peer_stats.live > 0)
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Current")
            .field("infohash", &self.handle.info_hash())
            .finish_non_exhaustive()
    }
}

/// A count or a pointer is whole even after a panic elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
