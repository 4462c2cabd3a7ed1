//! The box's torrents: opening, closing, and what is kept of them.

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use hearth_model::TorrentLocation;
use librqbit::limits::LimitsConfig;
use librqbit_core::Id20;
use tokio::{
    sync::Semaphore,
    task::spawn_blocking,
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    Error, FileShare, OpenFile, Options, Pick, Result, Stats, Swarm, TorrentInfo,
    active::Active,
    engine::{self, Way},
    folder::Folder,
    keeping,
    magnet::parse_infohash,
    metainfo::Metainfo,
    own_runtime::OwnRuntime,
    route::Route,
    scrape, session, stats,
};

/// librqbit takes a permit for each open stream and each adding from one pot, and waits without
/// end when it is empty; so the pot is larger than the number of readers allowed here, each with
/// a scout beside it.
pub(crate) const MAX_READERS: usize = 200;
pub(crate) const LIBRQBIT_PERMITS: usize = 480;

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
    /// When it was fetched, where nobody has watched it yet.
    pub last_watched: SystemTime,
    /// While it is open.
    pub open: Option<OpenTorrent>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTorrent {
    pub stats: Stats,
    pub files: Vec<FileShare>,
}

/// What torrents may take of the line; `None` is all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpeedLimits {
    pub down_bytes_per_s: Option<NonZeroU32>,
    pub up_bytes_per_s: Option<NonZeroU32>,
}

/// The way all traffic has to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// An interface's name, or a proxy without its password; `None` when there is no binding.
    pub to: Option<String>,
    /// Why torrents are stopped, while they are.
    pub stopped: Option<String>,
}

pub(crate) struct Shared {
    pub options: Options,
    pub folder: Folder,
    pub route: Arc<Route>,
    /// Replaced when a bound way goes and comes.
    pub way: Mutex<Way>,
    pub limits: Mutex<LimitsConfig>,
    pub runtime: OwnRuntime,
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
    /// A second start on the same folder while the first runs is the caller's mistake.
    pub async fn start(options: Options) -> Result<Self> {
        if let Err(error) = librqbit::try_increase_nofile_limit() {
            warn!("raising the limit of open files failed: {error:#}");
        }
        let route = Arc::new(Route::new(&options)?);
        let limits = session::limits(options.max_down_bytes_per_s, options.max_up_bytes_per_s);
        let runtime = OwnRuntime::start().map_err(|error| Error::Start {
            reason: format!("no threads for them ({error})"),
        })?;
        let preparing = prepare(options.clone(), route.clone());
        let (folder, way) = runtime.run(preparing).await?;
        let stopped = CancellationToken::new();
        let shared = Arc::new(Shared {
            options,
            folder,
            route,
            way: Mutex::new(way),
            limits: Mutex::new(limits),
            runtime,
            readers: Arc::new(Semaphore::new(MAX_READERS)),
            active: Mutex::default(),
            changes: tokio::sync::Mutex::default(),
            stopped: stopped.clone(),
        });
        let weak = Arc::downgrade(&shared);
        let handle = shared.runtime.handle();
        handle.spawn(keeping::keep(weak.clone(), stopped.clone()));
        if shared.route.is_bound() {
            handle.spawn(engine::watch(weak, stopped));
        }
        Ok(Self(shared))
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0
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
        self.open_picked(location, torrent_file, None).await
    }

    /// The same, with a say in which file is meant, once it is known what is in it.
    pub async fn open_picked(
        &self,
        location: &TorrentLocation,
        torrent_file: Option<Bytes>,
        pick: Option<Pick>,
    ) -> Result<OpenFile> {
        let (shared, location) = (self.0.clone(), location.clone());
        let work = async move {
            tokio::select! {
                biased;
                () = shared.stopped.cancelled() => Err(Error::Stopped),
                opened = shared.open(&location, torrent_file, pick) => opened,
            }
        };
        self.0.runtime.run(work).await
    }

    /// What is in it, from the disk or from peers, without fetching any of it.
    pub async fn describe(&self, location: &TorrentLocation) -> Result<TorrentInfo> {
        let (shared, location) = (self.0.clone(), location.clone());
        let work = async move {
            tokio::select! {
                biased;
                () = shared.stopped.cancelled() => Err(Error::Stopped),
                info = shared.info(&location) => info,
            }
        };
        self.0.runtime.run(work).await
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
        let shared = self.0.clone();
        let work = async move {
            if let Some(active) = shared.active(id) {
                let current = active.current();
                let stats = spawn_blocking(move || Stats::of(&current, None)).await;
                return Ok(stats.ok());
            }
            let stored = shared.on_disk(Folder::stored).await?;
            let Some(stored) = stored.into_iter().find(|stored| stored.id == id) else {
                return Ok(None);
            };
            let metainfo = shared.stored_metainfo(id).await;
            let total = metainfo.map_or(stored.bytes, |metainfo| metainfo.info.size_bytes);
            Ok(Some(Stats::idle(stored.bytes, total)))
        };
        self.0.runtime.run(work).await
    }

    /// Stops fetching and sharing unless somebody reads; what was fetched stays. True when the
    /// torrent is not open any more.
    pub async fn release(&self, infohash: &str) -> Result<bool> {
        let id = id_of(infohash)?;
        let shared = self.0.clone();
        let work = async move {
            let _changes = shared.changes.lock().await;
            match shared.active(id) {
                Some(active) if active.is_read() => Ok(false),
                Some(active) => {
                    shared.close(&active, true).await;
                    Ok(true)
                }
                None => Ok(true),
            }
        };
        self.0.runtime.whole(work).await
    }

    /// Closes the torrent even if somebody reads, and deletes what was fetched where wanted.
    pub async fn remove(&self, infohash: &str, delete_files: bool) -> Result<()> {
        let id = id_of(infohash)?;
        let shared = self.0.clone();
        let work = async move {
            let _changes = shared.changes.lock().await;
            if let Some(active) = shared.active(id) {
                shared.close(&active, !delete_files).await;
            }
            if delete_files {
                shared.on_disk(move |folder| folder.remove(id)).await?;
            }
            Ok(())
        };
        self.0.runtime.whole(work).await
    }

    /// Everything on the disk, longest unwatched first.
    pub async fn list(&self) -> Result<Vec<StoredTorrent>> {
        let shared = self.0.clone();
        let work = async move {
            let mut stored = shared.on_disk(Folder::stored).await?;
            stored.sort_by_key(|stored| stored.last_watched);
            let mut list = Vec::new();
            for stored in stored {
                let infohash = stored.id.as_string();
                let active = shared.active(stored.id);
                let name = match &active {
                    Some(active) => Some(active.metainfo.info.name.clone()),
                    None => shared
                        .stored_metainfo(stored.id)
                        .await
                        .map(|metainfo| metainfo.info.name),
                };
                let open = match active {
                    Some(active) => spawn_blocking(move || OpenTorrent::of(&active)).await.ok(),
                    None => None,
                };
                list.push(StoredTorrent {
                    name: name.unwrap_or_else(|| infohash.clone()),
                    infohash,
                    size_on_disk_bytes: stored.bytes,
                    last_watched: stored.last_watched,
                    open,
                });
            }
            Ok(list)
        };
        self.0.runtime.run(work).await
    }

    pub fn binding(&self) -> Binding {
        Binding {
            to: self.0.route.name(),
            stopped: match &*lock(&self.0.way) {
                Way::Open(_) => None,
                Way::Gone(reason) => Some(reason.clone()),
            },
        }
    }

    pub fn limits(&self) -> SpeedLimits {
        let limits = lock(&self.0.limits);
        SpeedLimits {
            down_bytes_per_s: limits.download_bps,
            up_bytes_per_s: limits.upload_bps,
        }
    }

    /// Holds from now on, for open torrents too. Less than 32 KiB a second is taken as that.
    pub fn set_limits(&self, limits: SpeedLimits) {
        let limits = session::limits(limits.down_bytes_per_s, limits.up_bytes_per_s);
        *lock(&self.0.limits) = limits;
        if let Ok(engine) = self.0.engine() {
            let now = &engine.session.ratelimits;
            now.set_download_bps(limits.download_bps);
            now.set_upload_bps(limits.upload_bps);
        }
    }

    /// Ends all reads, saves what is fetched and leaves the network, within 2 s. A torrent whose
    /// data does not reach the disk in that time loses what came after its last note.
    pub async fn stop(&self) {
        let deadline = Instant::now() + STOP_WITHIN - SESSION_STOP;
        self.0.stopped.cancel();
        let open: Vec<_> = lock(&self.0.active).values().cloned().collect();
        for active in &open {
            active.current().end(None);
        }
        let shared = self.0.clone();
        let work = async move {
            let closing = async {
                let _changes = shared.changes.lock().await;
                for active in &open {
                    shared.close(active, true).await;
                }
            };
            if timeout_at(deadline, closing).await.is_err() {
                warn!("saving the torrents took too long; some of them is fetched again");
            }
            if let Ok(engine) = shared.engine() {
                engine.stop().await;
            }
            Ok(())
        };
        // A second stop finds the threads gone.
        let _ = self.0.runtime.whole(work).await;
        self.0.runtime.end();
    }
}

impl OpenTorrent {
    /// Waits for librqbit's locks.
    fn of(active: &Active) -> Self {
        let (current, wanted) = (active.current(), active.wanted());
        Self {
            stats: Stats::of(&current, None),
            files: stats::shares(&current, &active.metainfo, |index| wanted.contains(&index)),
        }
    }
}

async fn prepare(options: Options, route: Arc<Route>) -> Result<(Folder, Way)> {
    let root = options.folder.clone();
    let folder = blocking(move || Folder::create(&root))
        .await
        .map_err(|source| Error::Folder {
            path: options.folder.clone(),
            source,
        })?;
    let way = Way::first(&options, &folder, &route).await?;
    Ok((folder, way))
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
