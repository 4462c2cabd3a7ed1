//! From a magnet to the torrent's description, asked of peers.

use std::{net::SocketAddr, sync::Arc};

use librqbit::{AddTorrent, AddTorrentOptions, AddTorrentResponse, Session};
use librqbit_core::Id20;
use tokio::time::{Instant, timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::{Error, Options, Result, metainfo::Metainfo};

/// Also gives the peers met on the way. Nothing is written to the disk.
pub(crate) async fn resolve(
    session: &Arc<Session>,
    options: &Options,
    id: Id20,
    trackers: &[String],
    peers: Vec<SocketAddr>,
) -> Result<(Metainfo, Vec<SocketAddr>)> {
    let mut link = format!("magnet:?xt=urn:btih:{}", id.as_string());
    for tracker in trackers {
        link.push_str("&tr=");
        link.extend(url::form_urlencoded::byte_serialize(tracker.as_bytes()));
    }
    let started = Instant::now();
    let no_peers = || Error::NoPeers {
        infohash: id.as_string(),
        waited: started.elapsed(),
    };
    let list = AddTorrentOptions {
        list_only: true,
        initial_peers: Some(peers),
        ..AddTorrentOptions::default()
    };
    let answer = add(session, AddTorrent::from_url(link), list);
    match timeout(options.magnet_timeout, answer).await {
        Ok(Ok(AddTorrentResponse::ListOnly(listed))) => {
            let metainfo = Metainfo::parse(&listed.torrent_bytes)?;
            Ok((metainfo, listed.seen_peers))
        }
        Ok(Ok(_)) => Err(Error::bad_torrent("it could not be listed")),
        // librqbit's errors have no kinds; these two are about peers, the others about metadata.
        Ok(Err(reason))
            if reason.contains("stream exhausted") || reason.contains("no known way") =>
        {
            Err(no_peers())
        }
        Ok(Err(reason)) => Err(Error::bad_torrent(reason)),
        Err(_) => Err(no_peers()),
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
