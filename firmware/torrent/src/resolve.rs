//! From a magnet to the torrent's description, asked of peers.

use std::{collections::HashSet, net::SocketAddr, sync::Arc};

use futures_util::{Stream, StreamExt};
use librqbit::{AddTorrent, AddTorrentOptions, AddTorrentResponse, Session};
use librqbit_core::Id20;
use tokio::{
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_util::task::AbortOnDropHandle;
use tracing::debug;

use crate::{
    Error, Options, Result,
    description::{self, Description, Refusal, Rooms},
    finding::Finder,
    metainfo::{MAX_TORRENT_BYTES, Metainfo},
    route::Route,
};

/// Peers asked at the same time.
const ASKED: usize = 64;
/// Strangers' lists may be endless.
const MAX_PEERS: usize = 2000;

/// What it takes to ask peers.
pub(crate) struct Resolver {
    pub finder: Finder,
    pub route: Arc<Route>,
    pub rooms: Arc<Rooms>,
    pub own_id: Id20,
}

impl Resolver {
    /// Also gives the peers met on the way. Nothing is written to the disk.
    pub async fn resolve(
        &self,
        options: &Options,
        id: Id20,
        trackers: &[String],
        peers: Vec<SocketAddr>,
    ) -> Result<(Metainfo, Vec<SocketAddr>)> {
        let started = Instant::now();
        let found = self.finder.peers(id, trackers, peers);
        let mut asking = Asking {
            met: HashSet::new(),
            longest: None,
        };
        match timeout(options.magnet_timeout, asking.ask_all(self, id, found)).await {
            Ok(Some(description)) => {
                let metainfo = Metainfo::of_info(&description.info)?;
                Ok((metainfo, asking.met.into_iter().collect()))
            }
            Ok(None) | Err(_) => Err(asking.longest.map_or_else(
                || Error::NoPeers {
                    infohash: id.as_string(),
                    waited: started.elapsed(),
                },
                |bytes| {
                    Error::bad_torrent(format!(
                        "its description is {} MB long, and {} MB are the limit",
                        bytes / 1_000_000,
                        MAX_TORRENT_BYTES / 1_000_000
                    ))
                },
            )),
        }
    }
}

struct Asking {
    met: HashSet<SocketAddr>,
    /// What a peer claims its description to be, where that is too long.
    longest: Option<u32>,
}

impl Asking {
    /// The first right answer; none when everybody was asked. Each peer is asked in a task of its
    /// own, which ends with this.
    async fn ask_all(
        &mut self,
        resolver: &Resolver,
        id: Id20,
        mut found: impl Stream<Item = SocketAddr> + Unpin,
    ) -> Option<Description> {
        let mut asked: JoinSet<Result<Description, Refusal>> = JoinSet::new();
        let mut more = true;
        loop {
            tokio::select! {
                peer = found.next(), if more && asked.len() < ASKED => match peer {
                    Some(peer) if self.met.insert(peer) => {
                        more = self.met.len() < MAX_PEERS;
                        let (route, rooms) = (resolver.route.clone(), resolver.rooms.clone());
                        let own_id = resolver.own_id;
                        asked.spawn(async move {
                            description::ask(&route, &rooms, peer, id, own_id)
                                .await
                                .inspect_err(|refusal| debug!(%peer, "no description: {refusal}"))
                        });
                    }
                    Some(_) => {}
                    None => more = false,
                },
                Some(answer) = asked.join_next() => match answer {
                    Ok(Ok(description)) => return Some(description),
                    Ok(Err(Refusal::TooLong(bytes))) => {
                        self.longest = self.longest.max(Some(bytes));
                    }
                    Ok(Err(_)) => {}
                    Err(panic) => debug!("asking a peer failed: {panic}"),
                },
                else => return None,
            }
        }
    }
}

/// In a task of its own: metadata from strangers has made librqbit panic (a piece length of 0),
/// and that must stay this torrent's trouble.
pub(crate) async fn add(
    session: &Arc<Session>,
    what: AddTorrent<'static>,
    options: AddTorrentOptions,
) -> Result<AddTorrentResponse, String> {
    let session = session.clone();
    let task = tokio::spawn(async move { session.add_torrent(what, Some(options)).await });
    match AbortOnDropHandle::new(task).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(_) => Err("a peer's description of it makes no sense".to_owned()),
    }
}
