//! How a torrent enters librqbit's session and leaves it.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use hearth_model::TorrentLocation;
use librqbit::{AddTorrent, AddTorrentOptions, api::TorrentIdOrHash};
use librqbit_core::Id20;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{
    Error, OpenFile, Prefetch, Result, TorrentInfo,
    active::{Active, Current},
    engine::Engine,
    file_choice::{Pick, choose},
    metainfo::Metainfo,
    network::{allowed_peers, allowed_trackers},
    resolve::add,
    room::{Limits, Request, make_room},
    torrents::{Shared, id_of, lock},
};

impl Shared {
    pub async fn open(
        self: &Arc<Self>,
        location: &TorrentLocation,
        torrent_file: Option<Bytes>,
        pick: Option<Pick>,
    ) -> Result<OpenFile> {
        let (metainfo, location, peers) = self.known(location, torrent_file, pick).await?;
        let shared = self.clone();
        let work = async move { shared.admit(metainfo, &location, peers).await };
        self.runtime.whole(work).await
    }

    pub async fn prefetch(
        self: &Arc<Self>,
        location: &TorrentLocation,
        torrent_file: Option<Bytes>,
        pick: Option<Pick>,
        share: f64,
    ) -> Result<Prefetch> {
        let (metainfo, location, peers) = self.known(location, torrent_file, pick).await?;
        let shared = self.clone();
        let work = async move {
            shared
                .admit_beginning(metainfo, &location, peers, share)
                .await
        };
        self.runtime.whole(work).await
    }

    pub async fn info(&self, location: &TorrentLocation) -> Result<TorrentInfo> {
        let mut peers = allowed_peers(&self.options, &location.peers);
        let engine = self.engine()?;
        let described = self.describe(&engine, location, None, &mut peers).await?;
        Ok(described.info)
    }

    /// A torrent with the wanted file in it, which it is, and who may have it.
    async fn known(
        &self,
        location: &TorrentLocation,
        torrent_file: Option<Bytes>,
        pick: Option<Pick>,
    ) -> Result<(Metainfo, TorrentLocation, Vec<SocketAddr>)> {
        let mut peers = allowed_peers(&self.options, &location.peers);
        let engine = self.engine()?;
        let metainfo = self
            .describe(&engine, location, torrent_file, &mut peers)
            .await?;
        let mut location = location.clone();
        if let (None, Some(pick)) = (location.file_index, pick) {
            location.file_index = pick(&metainfo.info)?;
        }
        choose(&metainfo.info, location.file_index)?;
        Ok((metainfo, location, peers))
    }

    async fn admit(
        self: &Arc<Self>,
        metainfo: Metainfo,
        location: &TorrentLocation,
        peers: Vec<SocketAddr>,
    ) -> Result<OpenFile> {
        let index = choose(&metainfo.info, location.file_index)?.index;
        let _changes = self.changes.lock().await;
        self.make_room_somewhere(&metainfo, location, index).await?;
        let id = metainfo.id;
        if let Some(active) = self.active(id) {
            let open = OpenFile::new(self, active.clone(), index);
            self.join(&active, location, &peers).await?;
            return Ok(open);
        }
        let active = self.take_in(metainfo, location, peers, vec![index]).await?;
        Ok(OpenFile::new(self, active, index))
    }

    /// The file itself is not wanted then: librqbit fetches only where a stream stands in it.
    async fn admit_beginning(
        self: &Arc<Self>,
        metainfo: Metainfo,
        location: &TorrentLocation,
        peers: Vec<SocketAddr>,
        share: f64,
    ) -> Result<Prefetch> {
        let file = choose(&metainfo.info, location.file_index)?;
        let (index, bytes) = (file.index, (file.size_bytes as f64 * share) as u64);
        let _changes = self.changes.lock().await;
        self.make_room_for(&metainfo, index, bytes).await?;
        let active = match self.active(metainfo.id) {
            Some(active) => active,
            None => self.take_in(metainfo, location, peers, Vec::new()).await?,
        };
        Ok(Prefetch::new(self, active, index, bytes))
    }

    /// A torrent that was not open. Call with `changes` held.
    async fn take_in(
        self: &Arc<Self>,
        metainfo: Metainfo,
        location: &TorrentLocation,
        mut peers: Vec<SocketAddr>,
        only_files: Vec<usize>,
    ) -> Result<Arc<Active>> {
        let id = metainfo.id;
        let remembered = self.on_disk(move |folder| Ok(folder.peers(id))).await?;
        peers.extend(allowed_peers(&self.options, &remembered));
        let engine = self.engine()?;
        let peers = peers.into_iter().collect();
        let current = self
            .enter(engine, &metainfo, location, peers, only_files)
            .await?;
        let active = Arc::new(Active::new(metainfo, current));
        lock(&self.active).insert(id, active.clone());
        Ok(active)
    }

    /// For as much of a file as is wanted. Call with `changes` held.
    pub async fn make_room_for(&self, metainfo: &Metainfo, index: usize, bytes: u64) -> Result<()> {
        if self.stopped.is_cancelled() {
            return Err(Error::Stopped);
        }
        let (id, path) = (metainfo.id, metainfo.info.files[index].path.clone());
        let wanted = metainfo.info.files[index].size_bytes.min(bytes);
        let fetched = self
            .on_disk(move |folder| Ok(folder.fetched(id, &path)))
            .await?;
        self.make_room(metainfo, wanted.saturating_sub(fetched))
            .await
    }

    /// From the caller's file, the open torrent, the disk, or peers, in this order.
    async fn describe(
        &self,
        engine: &Engine,
        location: &TorrentLocation,
        torrent_file: Option<Bytes>,
        peers: &mut Vec<SocketAddr>,
    ) -> Result<Metainfo> {
        let id = location.infohash.as_deref().map(id_of).transpose()?;
        if let Some(bytes) = torrent_file {
            let metainfo = Metainfo::parse(&bytes)?;
            if id.is_some_and(|id| id != metainfo.id) {
                return Err(Error::bad_torrent("its file describes another torrent"));
            }
            return Ok(metainfo);
        }
        let id = id.ok_or(Error::NothingToOpen)?;
        if let Some(active) = self.active(id) {
            return Ok(active.metainfo.clone());
        }
        if let Some(metainfo) = self.stored_metainfo(id).await {
            return Ok(metainfo);
        }
        let trackers = allowed_trackers(&self.options, location.trackers.iter());
        let (metainfo, met) = engine
            .resolver
            .resolve(&self.options, id, &trackers, peers.clone())
            .await?;
        peers.extend(met);
        Ok(metainfo)
    }

    async fn make_room(&self, metainfo: &Metainfo, needed_bytes: u64) -> Result<()> {
        let open: Vec<Arc<Active>> = lock(&self.active).values().cloned().collect();
        let promised_bytes = open
            .iter()
            .filter(|active| active.metainfo.id != metainfo.id)
            .map(|active| {
                let stats = active.current().handle.stats();
                stats.total_bytes.saturating_sub(stats.progress_bytes)
            })
            .sum();
        let open: Vec<Id20> = open.iter().map(|active| active.metainfo.id).collect();
        let request = Request {
            id: metainfo.id,
            name: &metainfo.info.name,
            needed_bytes,
            promised_bytes,
            open: &open,
        };
        let (stored, free_bytes) = self
            .on_disk(|folder| Ok((folder.stored()?, folder.free_bytes()?)))
            .await?;
        let limits = Limits {
            quota_bytes: self.options.quota_bytes,
            min_free_bytes: self.options.min_free_bytes,
            free_bytes,
        };
        for id in make_room(stored, &request, &limits)? {
            debug!(
                infohash = id.as_string(),
                "removing an idle torrent to make room"
            );
            self.on_disk(move |folder| folder.remove(id)).await?;
        }
        Ok(())
    }

    /// Brings an open torrent to fetch what its users want, with peers it did not know.
    ///
    /// librqbit takes peers only when a torrent is added. So one that has failed, or that has no
    /// peers and nobody reading, is taken out and added again.
    async fn join(
        self: &Arc<Self>,
        active: &Active,
        location: &TorrentLocation,
        peers: &[SocketAddr],
    ) -> Result<()> {
        let current = active.current();
        let engine = self.engine()?;
        let failed = current.failure("").is_some();
        let lonely = !current.has_peers() && !current.handle.stats().finished;
        let news = peers.iter().any(|peer| !current.peers.contains(peer));
        if failed || (lonely && news && !active.is_read()) {
            let peers = current.peers.iter().chain(peers).copied().collect();
            self.leave(active, true).await;
            let wanted = active.wanted().into_iter().collect();
            let fresh = self
                .enter(engine, &active.metainfo, location, peers, wanted)
                .await;
            match fresh {
                Ok(fresh) => active.replace(fresh),
                Err(error) => {
                    lock(&self.active).remove(&active.metainfo.id);
                    return Err(error);
                }
            }
            return Ok(());
        }
        let update = async {
            current.handle.wait_until_initialized().await?;
            engine
                .session
                .update_only_files(&current.handle, &active.wanted())
                .await
        };
        update.await.map_err(|error| Error::Failed {
            name: active.metainfo.info.name.clone(),
            reason: format!("{error:#}"),
        })
    }

    pub async fn enter(
        &self,
        engine: Arc<Engine>,
        metainfo: &Metainfo,
        location: &TorrentLocation,
        peers: HashSet<SocketAddr>,
        only_files: Vec<usize>,
    ) -> Result<Current> {
        let id = metainfo.id;
        // A private torrent knows its trackers; to tell others of it would break its rules.
        let others = location.trackers.iter().filter(|_| !metainfo.info.private);
        let trackers = allowed_trackers(&self.options, metainfo.info.trackers.iter().chain(others));
        let torrent_file = metainfo.to_torrent(&trackers);
        let stored_file = torrent_file.clone();
        let resumed = self
            .on_disk(move |folder| folder.open(id, &stored_file))
            .await?;
        let data = self.folder.data(id);
        let add_options =
            AddTorrentOptions {
                only_files: Some(only_files),
                overwrite: true,
                output_folder: Some(data.to_str().map(str::to_owned).ok_or_else(|| {
                    Error::Folder {
                        path: data.clone(),
                        source: std::io::Error::other("its name is no UTF-8"),
                    }
                })?),
                initial_peers: Some(peers.iter().copied().collect()),
                ..AddTorrentOptions::default()
            };
        let failed = |reason| Error::Failed {
            name: metainfo.info.name.clone(),
            reason,
        };
        let handle = add(
            &engine.session,
            AddTorrent::from_bytes(torrent_file),
            add_options,
        )
        .await
        .map_err(failed)?
        .into_handle()
        .ok_or_else(|| failed("it was only listed".to_owned()))?;
        Ok(Current {
            engine,
            handle,
            closed: CancellationToken::new(),
            peers,
            resumed,
            gone: OnceLock::new(),
        })
    }

    /// Takes an open torrent out of the set and out of librqbit. Call with `changes` held.
    pub async fn close(&self, active: &Active, keep: bool) {
        self.leave(active, keep).await;
        lock(&self.active).remove(&active.metainfo.id);
    }

    pub fn close_unused_soon(self: Arc<Self>, active: Arc<Active>) {
        let runtime = self.runtime.handle().clone();
        runtime.spawn(async move { self.close_unused(&active).await });
    }

    async fn close_unused(&self, active: &Arc<Active>) {
        let _changes = self.changes.lock().await;
        let id = active.metainfo.id;
        let same = self
            .active(id)
            .is_some_and(|open| Arc::ptr_eq(&open, active));
        if same && active.is_unused() {
            self.close(active, true).await;
        }
    }

    /// Ends reads, saves the list of pieces where it is known and wanted, and deletes the
    /// torrent from librqbit, which keeps the files.
    pub async fn leave(&self, active: &Active, keep: bool) {
        let id = active.metainfo.id;
        let infohash = id.as_string();
        let current = active.current();
        current.end(None);
        if keep && let Err(error) = self.note_peers(active).await {
            debug!(infohash, "noting a torrent's peers failed: {error}");
        }
        let session = &current.engine.session;
        if let Err(error) = session.pause(&current.handle).await {
            debug!(infohash, "pausing a torrent failed: {error:#}");
        }
        let pieces = match current.fetched() {
            Some(pieces) => Some(pieces),
            // What was noted while all was well still holds.
            None if current.failure("").is_some() => None,
            None => current.resumed.clone(),
        };
        if keep {
            let watched = active.take_note();
            let kept = self.on_disk(move |folder| {
                if watched {
                    folder.note_watched(id)?;
                }
                let Some(pieces) = pieces else {
                    return Ok(());
                };
                folder.settle(id)?;
                folder.note_pieces(id, &pieces)
            });
            if let Err(error) = kept.await {
                warn!(
                    infohash,
                    "saving a torrent's pieces failed, some are fetched again: {error}"
                );
            }
        }
        let key = TorrentIdOrHash::Hash(id);
        if let Err(error) = session.delete(key, false).await {
            warn!(infohash, "closing a torrent failed: {error:#}");
        }
    }
}
