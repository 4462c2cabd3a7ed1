//! What of the open torrents is noted now and then, so that a power cut costs little: which
//! pieces have reached the disk, when somebody last watched, who had it.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
};

use librqbit_core::Id20;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::{
    Result,
    active::Active,
    folder::Folder,
    torrents::{Shared, lock},
};

/// Until the torrents end.
pub(crate) async fn keep(shared: Weak<Shared>, stopped: CancellationToken) {
    let mut noted = HashMap::new();
    loop {
        let Some(every) = shared.upgrade().map(|shared| shared.options.note_every) else {
            return;
        };
        tokio::select! {
            () = stopped.cancelled() => return,
            () = sleep(every) => {}
        }
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let open: Vec<_> = lock(&shared.active).values().cloned().collect();
        noted.retain(|id, _| open.iter().any(|active| active.metainfo.id == *id));
        for active in open {
            if let Err(error) = shared.note(&active, &mut noted).await {
                let infohash = active.metainfo.id.as_string();
                debug!(
                    infohash,
                    "noting what is fetched of a torrent failed: {error}"
                );
            }
        }
    }
}

impl Shared {
    async fn note(&self, active: &Arc<Active>, noted: &mut HashMap<Id20, Vec<u8>>) -> Result<()> {
        let id = active.metainfo.id;
        let current = active.current();
        if active.take_note() {
            self.on_disk(move |folder| folder.note_watched(id)).await?;
        }
        let Some(pieces) = current.fetched() else {
            return Ok(());
        };
        if noted.get(&id) == Some(&pieces) {
            return Ok(());
        }
        // Pieces stay as they are once they are right, so the list may be older than the data,
        // never younger: first the data, which may take its time, then the list.
        self.on_disk(move |folder| folder.settle(id)).await?;
        let _changes = self.changes.lock().await;
        let still = self.active(id).is_some_and(|open| {
            Arc::ptr_eq(&open, active) && Arc::ptr_eq(&open.current(), &current)
        });
        if still && !current.closed.is_cancelled() {
            let list = pieces.clone();
            self.on_disk(move |folder| folder.note_pieces(id, &list))
                .await?;
            self.note_peers(active).await?;
            noted.insert(id, pieces);
        }
        Ok(())
    }

    /// For the next opening, which then need not ask trackers first.
    pub async fn note_peers(&self, active: &Active) -> Result<()> {
        let peers = active.current().callable_peers();
        // A private torrent has its peers from its trackers alone.
        if peers.is_empty() || active.metainfo.info.private {
            return Ok(());
        }
        let id = active.metainfo.id;
        self.on_disk(move |folder: &Folder| folder.note_peers(id, &peers))
            .await
    }
}
