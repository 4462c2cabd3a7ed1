//! The box's torrents: opening, closing, and what is kept of them.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use hearth_model::TorrentLocation;
use librqbit::{Session, api::Api};
use librqbit_core::Id20;
use tokio::{
    runtime::Handle,
    sync::Semaphore,
    task::spawn_blocking,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    Error, OpenFile, Options, Result, State, Stats, Swarm,
    active::Active,
    finding::{Finder, own_id},
    folder::Folder,
    magnet::parse_infohash,
    metainfo::Metainfo,
    open_file,
    resolve::Resolver,
    route::Route,
    scrape, session,
};

/// librqbit takes a permit for each open stream and each adding from one pot, and waits without
/// end when it is empty; so the pot is larger than the number of readers allowed here.
pub(crate) const MAX_READERS: usize = 200;
pub(crate) const LIBRQBIT_PERMITS: usize = 256;

const STOP_WITHIN: Duration = Duration::from_secs(2);
/// `Session::stop` always takes this long.
const SESSION_STOP: Duration = Duration::from_millis(1100);

/// A handle on the torrent part; clones share it.
#[derive(Debug, Clone)]
pub struct Torrents(Arc<Shared>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTorrent {
    pub infohash: String,
    pub name: String,
    pub size_on_disk_bytes: u64,
    pub last_opened: SystemTime,
    pub open: bool,
}

pub(crate) struct Shared {
    pub options: Options,
    pub folder: Folder,
    pub session: Arc<Session>,
    pub resolver: Resolver,
    pub api: Api,
    pub runtime: Handle,
    pub readers: Arc<Semaphore>,
    /// The open ones; held for a look-up only.
    pub active: Mutex<HashMap<Id20, Arc<Active>>>,
    /// Held while the set of torrents or the room on the disk changes. Looking for peers and
    /// checking data happen outside.
    pub changes: tokio::sync::Mutex<()>,
    pub stopped: CancellationToken,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("folder", &self.folder)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

impl Torrents {
    /// Call it on the runtime that will drive the torrents. A second start on the same folder
    /// while the first runs is the caller's mistake.
    pub async fn start(options: Options) -> Result<Self> {
        if let Err(error) = librqbit::try_increase_nofile_limit() {
            warn!("raising the limit of open files failed: {error:#}");
        }
        let root = options.folder.clone();
        let folder = blocking(move || Folder::create(&root))
            .await
            .map_err(|source| Error::Folder {
                path: options.folder.clone(),
                source,
            })?;
        let own_id = own_id();
        let session = session::start(&options, &folder, own_id).await?;
        let stopped = CancellationToken::new();
        let route = Arc::new(Route::new(&options)?);
        let resolver = Resolver {
            finder: Finder::start(&options, session.clone(), &route, own_id, &stopped).await?,
            route,
            rooms: Arc::default(),
            own_id,
        };
        Ok(Self(Arc::new(Shared {
            api: Api::new(session.clone(), None),
            folder,
            session,
            resolver,
            runtime: Handle::current(),
            readers: Arc::new(Semaphore::new(MAX_READERS)),
            active: Mutex::default(),
            changes: tokio::sync::Mutex::default(),
            stopped,
            options,
        })))
    }

    /// Opens the file `location` names, or its largest video, and begins to fetch it.
    ///
    /// `torrent_file` holds what lies at `location.torrent_url`, where the caller fetched it;
    /// without it the description comes from the disk or from peers. What is open already or
    /// was partly fetched before is gone on with. Idle torrents may be removed to make room.
    pub async fn open(
        &self,
        location: &TorrentLocation,
        torrent_file: Option<Bytes>,
    ) -> Result<OpenFile> {
        let opening = self.0.open(location, torrent_file);
        tokio::select! {
            biased;
            () = self.0.stopped.cancelled() => Err(Error::Stopped),
            opened = opening => opened,
        }
    }

    /// How many have it, asked of its trackers without taking part; none where nobody tells.
    pub async fn swarm(&self, location: &TorrentLocation, patience: Duration) -> Option<Swarm> {
        tokio::select! {
            biased;
            () = self.0.stopped.cancelled() => None,
            swarm = scrape::swarm(&self.0.options, location, patience) => swarm,
        }
    }

    /// Of an open torrent or of one on the disk; `None` when there is none.
    pub async fn stats(&self, infohash: &str) -> Result<Option<Stats>> {
        let id = id_of(infohash)?;
        if let Some(active) = self.0.active(id) {
            return Ok(Some(open_file::stats(&active.current(), None)));
        }
        let stored = self.0.on_disk(Folder::stored).await?;
        let metainfo = self.0.stored_metainfo(id).await;
        Ok(stored
            .into_iter()
            .find(|stored| stored.id == id)
            .map(|stored| Stats {
                state: State::Idle,
                have_bytes: stored.bytes,
                total_bytes: metainfo.map_or(stored.bytes, |metainfo| metainfo.info.size_bytes),
                down_bytes_per_s: 0,
                up_bytes_per_s: 0,
                peers_connected: 0,
                peers_seen: 0,
                fetched_bytes: 0,
                uploaded_bytes: 0,
            }))
    }

    /// Stops fetching and sharing unless somebody reads; what was fetched stays. True when the
    /// torrent is not open any more.
    pub async fn release(&self, infohash: &str) -> Result<bool> {
        let id = id_of(infohash)?;
        let shared = self.0.clone();
        whole(async move {
            let _changes = shared.changes.lock().await;
            match shared.active(id) {
                Some(active) if active.is_read() => Ok(false),
                Some(active) => {
                    shared.close(&active, true).await;
                    Ok(true)
                }
                None => Ok(true),
            }
        })
        .await
    }

    /// Closes the torrent even if somebody reads, and deletes what was fetched where wanted.
    pub async fn remove(&self, infohash: &str, delete_files: bool) -> Result<()> {
        let id = id_of(infohash)?;
        let shared = self.0.clone();
        whole(async move {
            let _changes = shared.changes.lock().await;
            if let Some(active) = shared.active(id) {
                shared.close(&active, !delete_files).await;
            }
            if delete_files {
                shared.on_disk(move |folder| folder.remove(id)).await?;
            }
            Ok(())
        })
        .await
    }

    /// Everything on the disk, longest unused first.
    pub async fn list(&self) -> Result<Vec<StoredTorrent>> {
        let mut stored = self.0.on_disk(Folder::stored).await?;
        stored.sort_by_key(|stored| stored.last_opened);
        let mut list = Vec::new();
        for stored in stored {
            let infohash = stored.id.as_string();
            let metainfo = self.0.stored_metainfo(stored.id).await;
            list.push(StoredTorrent {
                name: metainfo.map_or_else(|| infohash.clone(), |metainfo| metainfo.info.name),
                infohash,
                size_on_disk_bytes: stored.bytes,
                last_opened: stored.last_opened,
                open: self.0.active(stored.id).is_some(),
            });
        }
        Ok(list)
    }

    /// Ends all reads, saves what is fetched and leaves the network, within 2 s. A torrent whose
    /// data does not reach the disk in that time is checked at its next opening.
    pub async fn stop(&self) {
        let deadline = Instant::now() + STOP_WITHIN - SESSION_STOP;
        self.0.stopped.cancel();
        let open: Vec<_> = lock(&self.0.active).values().cloned().collect();
        for active in &open {
            active.current().closed.cancel();
        }
        let closing = async {
            let _changes = self.0.changes.lock().await;
            for active in &open {
                self.0.close(active, true).await;
            }
        };
        if timeout_at(deadline, closing).await.is_err() {
            warn!("saving the torrents took too long; they will be checked when opened again");
        }
        self.0.session.stop().await;
    }
}

impl Shared {
    pub fn active(&self, id: Id20) -> Option<Arc<Active>> {
        lock(&self.active).get(&id).cloned()
    }

    pub async fn stored_metainfo(&self, id: Id20) -> Option<Metainfo> {
        let folder = self.folder.clone();
        let read = move || {
            Ok(folder
                .read_metainfo(id)
                .and_then(|file| Metainfo::parse(&file).ok()))
        };
        blocking(read)
            .await
            .ok()?
            .filter(|metainfo| metainfo.id == id)
    }

    pub async fn on_disk<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Folder) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let folder = self.folder.clone();
        blocking(move || act(&folder))
            .await
            .map_err(|source| Error::Folder {
                path: self.folder.root().to_owned(),
                source,
            })
    }
}

pub(crate) fn id_of(infohash: &str) -> Result<Id20> {
    parse_infohash(infohash).ok_or_else(|| Error::BadInfohash {
        text: infohash.to_owned(),
    })
}

/// Does it to the end even when the caller stops waiting, so that a torrent is never left
/// half in.
pub(crate) async fn whole<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => Err(Error::Failed {
            name: "torrent".to_owned(),
            reason: error.to_string(),
        }),
    }
}

async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    match spawn_blocking(act).await {
        Ok(result) => result,
        Err(error) => Err(std::io::Error::other(error)),
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is kept under these locks is whole even after a panic elsewhere.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
