//! A torrent while somebody has it open.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use librqbit::{ManagedTorrent, ManagedTorrentState, api::TorrentIdOrHash};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    Error,
    ahead::{Pieces, Play},
    engine::Engine,
    metainfo::Metainfo,
};

/// What is remembered for the next opening.
const MAX_REMEMBERED_PEERS: usize = 50;

/// All locks are held for a look or a count, never across an await.
#[derive(Debug)]
pub(crate) struct Active {
    pub metainfo: Metainfo,
    /// Replaced when the torrent is added to librqbit anew.
    current: Mutex<Arc<Current>>,
    users: Mutex<Users>,
}

#[derive(Debug, Default)]
struct Users {
    files: BTreeMap<usize, Wanted>,
    readers: usize,
    prefetches: usize,
    /// A file that nobody has open any more was read, and that is not yet noted on the disk.
    to_note: bool,
}

/// A file somebody has open.
#[derive(Debug)]
struct Wanted {
    handles: usize,
    play: Arc<Play>,
    _scout: AbortOnDropHandle<()>,
}

/// One stay of the torrent in librqbit's session.
pub(crate) struct Current {
    pub engine: Arc<Engine>,
    pub handle: Arc<ManagedTorrent>,
    /// Ends all reads.
    pub closed: CancellationToken,
    /// Those named with the torrent.
    pub peers: HashSet<SocketAddr>,
    /// The list of pieces it started with, still right until the check of the disk is over.
    pub resumed: Option<Vec<u8>>,
    /// Why it was closed, where that was not the box's own doing.
    pub gone: OnceLock<String>,
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

    /// One more handle on a file; the first brings its scout.
    pub fn add_user(
        &self,
        file_index: usize,
        scout: impl FnOnce(Arc<Play>) -> AbortOnDropHandle<()>,
    ) -> Arc<Play> {
        let mut users = lock(&self.users);
        let wanted = users.files.entry(file_index).or_insert_with(|| {
            let play = Arc::new(Play::new(self.metainfo.info.files[file_index].size_bytes));
            Wanted {
                handles: 0,
                _scout: scout(play.clone()),
                play,
            }
        });
        wanted.handles += 1;
        wanted.play.clone()
    }

    /// True when it was the last one.
    pub fn drop_user(&self, file_index: usize) -> bool {
        let mut users = lock(&self.users);
        if let Some(wanted) = users.files.get_mut(&file_index) {
            wanted.handles -= 1;
            if wanted.handles == 0 {
                let read = wanted.play.take_note();
                users.files.remove(&file_index);
                users.to_note |= read;
            }
        }
        users.are_gone()
    }

    pub fn add_prefetch(&self) {
        lock(&self.users).prefetches += 1;
    }

    /// True when it was the last user.
    pub fn drop_prefetch(&self) -> bool {
        let mut users = lock(&self.users);
        users.prefetches -= 1;
        users.are_gone()
    }

    pub fn is_unused(&self) -> bool {
        lock(&self.users).are_gone()
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

    /// True when somebody has read of it since this was last asked.
    pub fn take_note(&self) -> bool {
        let before = std::mem::take(&mut lock(&self.users).to_note);
        // Each of them, so that none is left for the next time.
        self.plays()
            .iter()
            .fold(before, |noted, (_, play)| play.take_note() || noted)
    }

    /// True while somebody who reads it has less ahead than should be.
    pub fn hungers(&self) -> bool {
        let current = self.current();
        self.plays().iter().any(|(file_index, play)| {
            current
                .pieces(*file_index)
                .is_some_and(|pieces| play.hungers(&pieces))
        })
    }

    fn plays(&self) -> Vec<(usize, Arc<Play>)> {
        let users = lock(&self.users);
        let plays = users.files.iter();
        plays
            .map(|(index, wanted)| (*index, wanted.play.clone()))
            .collect()
    }
}

impl Users {
    fn are_gone(&self) -> bool {
        self.files.is_empty() && self.prefetches == 0
    }
}

impl Current {
    pub fn name(&self) -> String {
        self.handle.name().unwrap_or_default()
    }

    /// Ends all reads, for a reason that readers are told.
    pub fn end(&self, reason: Option<&str>) {
        if let Some(reason) = reason {
            // The first reason is the one that counts.
            let _ = self.gone.set(reason.to_owned());
        }
        self.closed.cancel();
    }

    /// What a reader of a closed torrent hears.
    pub fn ended(&self) -> Error {
        match self.gone.get() {
            Some(reason) => Error::RouteGone {
                reason: reason.clone(),
            },
            None => Error::Closed,
        }
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

    /// Those it speaks with and could call again.
    pub fn callable_peers(&self) -> Vec<SocketAddr> {
        let Some(live) = self.handle.live() else {
            return Vec::new();
        };
        #[expect(
            clippy::default_trait_access,
            reason = "librqbit gives the filter no public name"
        )]
        let peers = live.per_peer_stats_snapshot(Default::default()).peers;
        peers
            .into_iter()
            .filter(|(_, peer)| peer.counters.connections > 0)
            .filter_map(|(address, _)| address.parse().ok())
            .take(MAX_REMEMBERED_PEERS)
            .collect()
    }

    /// The list of fetched pieces, a bit each; none while the disk is checked or after a failure.
    pub fn fetched(&self) -> Option<Vec<u8>> {
        let key = TorrentIdOrHash::Hash(self.handle.info_hash());
        let (pieces, _) = self.engine.api.api_dump_haves(key).ok()?;
        Some(pieces.as_raw_slice().to_vec())
    }

    pub fn pieces(&self, file_index: usize) -> Option<Pieces> {
        let there = self.fetched()?;
        let (piece_bytes, offset) = self
            .handle
            .with_metadata(|metadata| {
                let file = metadata.file_infos.get(file_index)?;
                let piece_bytes = metadata.lengths().default_piece_length();
                Some((u64::from(piece_bytes), file.offset_in_torrent))
            })
            .ok()??;
        Some(Pieces {
            there,
            piece_bytes,
            offset,
        })
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
