//! The box's torrents, as people see them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::UnixMs;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TorrentsPage {
    /// The network interface or the proxy that all torrent traffic is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound_to: Option<String>,
    /// Why torrents are stopped: what they are bound to is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    pub limits: SpeedLimits,
    /// The longest unwatched first: they go first when room is needed.
    pub items: Vec<TorrentView>,
}

/// What all torrents together may take of the line, in bytes a second. Absent: all of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpeedLimits {
    /// At least 32,768.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down_bytes_per_s: Option<u32>,
    /// At least 32,768.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up_bytes_per_s: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TorrentView {
    pub infohash: String,
    pub name: String,
    pub size_on_disk_bytes: u64,
    /// When it was fetched, where nobody has watched it yet.
    pub last_watched: UnixMs,
    /// While somebody watches it, or it is fetched for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<OpenTorrentView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenTorrentView {
    pub state: TorrentState,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Of the wanted files.
    pub have_bytes: u64,
    pub total_bytes: u64,
    pub down_bytes_per_s: u64,
    pub up_bytes_per_s: u64,
    pub peers_connected: u32,
    pub peers_seen: u32,
    pub files: Vec<TorrentFileView>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TorrentState {
    /// Being closed.
    Idle,
    /// What lies on the disk is compared with the torrent.
    Checking,
    Fetching,
    Complete,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TorrentFileView {
    pub index: usize,
    pub path: String,
    pub size_bytes: u64,
    pub have_bytes: u64,
    /// All of it is fetched: somebody has it open.
    pub wanted: bool,
}
