//! How the box takes part in torrents.

use std::{net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

#[derive(Debug, Clone)]
pub struct Options {
    /// Belongs to this crate alone.
    pub folder: PathBuf,
    /// How much all torrents together may take on the disk.
    pub quota_bytes: u64,
    /// What stays free on the disk whatever is fetched.
    pub min_free_bytes: u64,
    /// Where peers may connect; port 0 takes any. With `None` the box only calls out.
    pub listen: Option<SocketAddr>,
    pub dht: bool,
    /// `host:port` of the nodes asked first; empty for those everybody asks.
    pub dht_nodes: Vec<String>,
    pub trackers: bool,
    /// Asks the router to open the port.
    pub port_forwarding: bool,
    /// Looks for peers on the local network; they are private, so set `private_peers` as well.
    pub local_discovery: bool,
    /// Lets strangers' lists name peers and trackers in private networks and on the box itself.
    pub private_peers: bool,
    /// Binds all torrent traffic to a network interface, such as a VPN's. While it is not there,
    /// torrents are stopped and say so.
    pub interface: Option<String>,
    /// `socks5://[name:password@]host:port`, in place of an interface. Whatever cannot pass it
    /// (listening, DHT, UDP trackers, local discovery) is then off, so that nothing goes around
    /// it. While it does not answer, torrents are stopped and say so.
    pub proxy: Option<String>,
    /// How long a magnet may look for a peer that describes it.
    pub magnet_timeout: Duration,
    /// How often it is noted what of the open torrents has reached the disk: a power cut costs
    /// what came after.
    pub note_every: Duration,
    /// [`Torrents::set_limits`](crate::Torrents::set_limits) changes both while they run.
    pub max_down_bytes_per_s: Option<NonZeroU32>,
    pub max_up_bytes_per_s: Option<NonZeroU32>,
    /// Connected peers of one torrent.
    pub max_peers: usize,
    /// Stands before the disk, in the test of slow ones.
    #[cfg(test)]
    pub(crate) gate: Option<crate::slow_disk::Gate>,
}

impl Options {
    /// A box at home: everything on that finds peers, and the router left alone.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            quota_bytes: 50_000_000_000,
            min_free_bytes: 1_000_000_000,
            listen: Some(SocketAddr::from(([0; 8], 0))),
            dht: true,
            dht_nodes: Vec::new(),
            trackers: true,
            port_forwarding: false,
            local_discovery: false,
            private_peers: false,
            interface: None,
            proxy: None,
            magnet_timeout: Duration::from_secs(30),
            note_every: Duration::from_secs(30),
            max_down_bytes_per_s: None,
            max_up_bytes_per_s: None,
            max_peers: 80,
            #[cfg(test)]
            gate: None,
        }
    }

    /// On loopback with nothing that looks for peers: only those named with a torrent.
    pub fn loopback(folder: impl Into<PathBuf>) -> Self {
        Self {
            min_free_bytes: 0,
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            dht: false,
            trackers: false,
            private_peers: true,
            ..Self::new(folder)
        }
    }
}
