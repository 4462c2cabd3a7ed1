//! How the box behaves towards the network, and how much one request may take.

use std::{fmt, time::Duration};

use crate::{Lookup, guard};

/// Settings of a [`Fetcher`](crate::Fetcher).
#[derive(Clone)]
pub struct Options {
    /// The application's own name: some services ban imitated browsers.
    pub user_agent: String,
    /// Hosts on the home network that the owner allows for everything: `nas.local`, or with a
    /// port `192.168.1.5:8096`. A provider's own address is allowed by
    /// [`Fetcher::allowing`](crate::Fetcher::allowing), for that provider alone.
    pub allow_private_hosts: Vec<String>,
    pub connect_timeout: Duration,
    /// How long a media stream may take to begin.
    pub first_byte_timeout: Duration,
    /// How long a media stream may keep its reader waiting for the next 16 KiB.
    pub stall_timeout: Duration,
    /// Requests to one host at the same time; more wait for their turn.
    pub requests_per_host: usize,
    /// Media streams from one host at the same time.
    pub streams_per_host: usize,
    /// How names become addresses.
    pub lookup: Lookup,
    /// How everything but the home network's allowed hosts is reached. Names are looked up by the
    /// box itself, whatever the way: the guard has to see what they lead to.
    pub route: Route,
}

/// A way to the network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Route {
    #[default]
    Any,
    /// By this interface alone; while it is gone, nothing is reached.
    Interface(String),
    /// `socks5://[name:password@]host:port`.
    Proxy(String),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            user_agent: concat!("Hearth/", env!("CARGO_PKG_VERSION")).into(),
            allow_private_hosts: Vec::new(),
            connect_timeout: Duration::from_secs(5),
            first_byte_timeout: Duration::from_secs(15),
            stall_timeout: Duration::from_secs(20),
            requests_per_host: 4,
            streams_per_host: 8,
            lookup: guard::system_lookup(),
            route: Route::Any,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("user_agent", &self.user_agent)
            .field("allow_private_hosts", &self.allow_private_hosts)
            .finish_non_exhaustive()
    }
}

/// What one request may take, retries included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the call to the last byte.
    pub timeout: Duration,
    /// After decompression.
    pub max_bytes: usize,
    /// How often to try; 1 for no retry.
    pub attempts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(15),
            max_bytes: 8 * 1024 * 1024,
            attempts: 3,
        }
    }
}
