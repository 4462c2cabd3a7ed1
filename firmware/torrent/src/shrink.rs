//! A season that fills the room while it is watched: its other files go one by one.

use std::{collections::HashSet, ops::Range, sync::Arc, time::Duration};

use hearth_model::TorrentLocation;
use tokio::time::sleep;
use tracing::debug;

use crate::{
    Error, Result,
    metainfo::Metainfo,
    torrents::{Shared, lock},
};

/// The last episode's player hangs up a moment after the next one was asked for.
const HANGS_UP_WITHIN: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(200);

impl Shared {
    /// Room for a whole file, from idle torrents first and then from this torrent's other files.
    /// Call with `changes` held.
    pub async fn make_room_somewhere(
        self: &Arc<Self>,
        metainfo: &Metainfo,
        location: &TorrentLocation,
        index: usize,
    ) -> Result<()> {
        let made = self.make_room_for(metainfo, index, u64::MAX).await;
        let needed_bytes = match &made {
            Err(Error::QuotaFull { needed_bytes, .. } | Error::DiskFull { needed_bytes, .. }) => {
                *needed_bytes
            }
            _ => return made,
        };
        if !self.shrink(metainfo, location, index, needed_bytes).await? {
            return made;
        }
        self.make_room_for(metainfo, index, u64::MAX).await
    }

    /// Takes files that nobody has open off the disk, the longest untouched first, until so much
    /// is free; false when there is none. librqbit cannot forget pieces, so an open torrent leaves
    /// it meanwhile, which it cannot while somebody reads.
    async fn shrink(
        self: &Arc<Self>,
        metainfo: &Metainfo,
        location: &TorrentLocation,
        index: usize,
        bytes: u64,
    ) -> Result<bool> {
        let id = metainfo.id;
        let active = self.active(id);
        let mut keep = HashSet::from([index]);
        if let Some(active) = &active {
            keep.extend(active.wanted());
            let mut waited = Duration::ZERO;
            while active.is_read() {
                if waited >= HANGS_UP_WITHIN {
                    return Ok(false);
                }
                sleep(LOOK_EVERY).await;
                waited += LOOK_EVERY;
            }
        }
        let paths = dispensable(metainfo, &keep);
        let mut there = self.on_disk(move |folder| folder.there(id, paths)).await?;
        there.sort_by_key(|file| file.touched);
        let mut freed = 0;
        there.retain(|file| {
            let goes = freed < bytes;
            if goes {
                freed += file.bytes;
            }
            goes
        });
        if there.is_empty() {
            return Ok(false);
        }
        debug!(
            infohash = id.as_string(),
            files = there.len(),
            "files of a torrent make room"
        );
        let current = active.as_ref().map(|active| active.current());
        if let Some(active) = &active {
            self.leave(active, true).await;
        }
        self.on_disk(move |folder| folder.forget(id, &there))
            .await?;
        if let (Some(active), Some(current)) = (active, current) {
            let wanted = active.wanted().into_iter().collect();
            let peers = current.peers.clone();
            let fresh = match self.engine() {
                Ok(engine) => self.enter(engine, metainfo, location, peers, wanted).await,
                Err(error) => Err(error),
            };
            match fresh {
                Ok(fresh) => active.replace(fresh),
                Err(error) => {
                    lock(&self.active).remove(&id);
                    return Err(error);
                }
            }
        }
        Ok(true)
    }
}

/// The paths of all but the kept files, each with the pieces it has a part in.
fn dispensable(metainfo: &Metainfo, keep: &HashSet<usize>) -> Vec<(String, Range<u64>)> {
    let piece_bytes = u64::from(metainfo.info.piece_bytes);
    let mut offset = 0;
    let mut paths = Vec::new();
    for file in &metainfo.info.files {
        let end = offset + file.size_bytes;
        if !file.padding && file.size_bytes > 0 && !keep.contains(&file.index) {
            let pieces = offset / piece_bytes..end.div_ceil(piece_bytes);
            paths.push((file.path.clone(), pieces));
        }
        offset = end;
    }
    paths
}
