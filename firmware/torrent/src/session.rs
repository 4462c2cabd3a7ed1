//! The one librqbit session, set up from the options.

use std::{num::NonZeroU32, sync::Arc};

use librqbit::{
    ConnectionOptions, DhtSessionConfig, ListenerOptions, PeerConnectionOptions, Session,
    SessionOptions, SessionPersistenceConfig, dht::DhtPersistenceConfig, limits::LimitsConfig,
};
use librqbit_core::Id20;

use crate::{
    Error, Options, Result, folder::Folder, network, route::with_names, torrents::LIBRQBIT_PERMITS,
};

/// librqbit asks each peer for up to 128 blocks ahead; a seek waits for all of them.
const REQUESTS_AHEAD: usize = 16;

/// librqbit asks its limiter for whole blocks of 16 KiB, and fails below that.
const LEAST_BYTES_PER_S: NonZeroU32 = NonZeroU32::new(32 * 1024).expect("it is not zero");

pub(crate) fn limits(down: Option<NonZeroU32>, up: Option<NonZeroU32>) -> LimitsConfig {
    let least = |limit: Option<NonZeroU32>| limit.map(|limit| limit.max(LEAST_BYTES_PER_S));
    LimitsConfig {
        download_bps: least(down),
        upload_bps: least(up),
    }
}

pub(crate) async fn start(
    options: &Options,
    folder: &Folder,
    own_id: Id20,
) -> Result<Arc<Session>> {
    let folder_error = |source| Error::Folder {
        path: folder.root().to_owned(),
        source,
    };
    let blocklist_url = if options.private_peers {
        None
    } else {
        network::write_blocklist(&folder.session()).map_err(folder_error)?
    };
    let direct = options.proxy.is_none();
    let session_options = SessionOptions {
        peer_id: Some(own_id),
        dht: (options.dht && direct).then(|| DhtSessionConfig {
            persistence: Some(DhtPersistenceConfig {
                config_filename: Some(folder.dht()),
                ..DhtPersistenceConfig::default()
            }),
            bootstrap_addrs: Some(options.dht_nodes.clone()).filter(|nodes| !nodes.is_empty()),
            ..DhtSessionConfig::default()
        }),
        bind_device_name: options.interface.clone(),
        disable_trackers: !options.trackers,
        // Only for the list of pieces: the session itself is emptied at every start.
        persistence: Some(SessionPersistenceConfig::Json {
            folder: Some(folder.session()),
        }),
        fastresume: true,
        listen: options
            .listen
            .filter(|_| direct)
            .map(|address| ListenerOptions {
                listen_addr: address,
                enable_upnp_port_forwarding: options.port_forwarding,
                ipv4_only: address.is_ipv4(),
                ..ListenerOptions::default()
            }),
        connect: Some(ConnectionOptions {
            proxy_url: options.proxy.as_deref().map(with_names),
            peer_opts: Some(PeerConnectionOptions {
                max_request_window: Some(REQUESTS_AHEAD),
                ..PeerConnectionOptions::default()
            }),
            ..ConnectionOptions::default()
        }),
        runtime_worker_threads: Some(LIBRQBIT_PERMITS),
        ratelimits: limits(options.max_down_bytes_per_s, options.max_up_bytes_per_s),
        blocklist_url,
        peer_limit: Some(options.max_peers),
        disable_local_service_discovery: !(options.local_discovery && direct),
        #[cfg(test)]
        default_storage_factory: options.gate.clone().map(crate::slow_disk::Gate::storage),
        ..SessionOptions::default()
    };
    Session::new_with_opts(folder.root().to_owned(), session_options)
        .await
        .map_err(|error| Error::Start {
            reason: format!("{error:#}"),
        })
}
