//! What can be configured. `config/defaults.toml` holds every value with its meaning; the daemon
//! layers the files and the environment over it.

use std::{net::SocketAddr, path::PathBuf};

use hearth_catalog::CatalogConfig;
use hearth_device::{Backend, panel::Pins};
use hearth_model::{Authority, Taste, Weights};
use hearth_sources::ProviderConfig;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: ServerConfig,
    pub auth: AuthConfig,
    pub library: LibraryConfig,
    pub catalog: CatalogConfig,
    pub sources: SourcesConfig,
    pub scoring: ScoringConfig,
    pub taste: Taste,
    pub torrents: TorrentsConfig,
    pub network: NetworkConfig,
    pub device: DeviceConfig,
    pub updates: UpdatesConfig,
    pub log: LogConfig,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerConfig {
    pub listen: SocketAddr,
    #[serde(with = "address_or_none")]
    pub listen_https: Option<SocketAddr>,
    pub name: String,
    pub allowed_hosts: Vec<String>,
    pub mdns: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthConfig {
    pub setup_code: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryConfig {
    pub folders: Vec<PathBuf>,
    pub removable: bool,
    pub open_movies: bool,
    pub test_card: bool,
    pub test_card_file: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcesConfig {
    pub deadline_ms: u64,
    pub hard_stop_ms: u64,
    pub searches_at_once: usize,
    pub requests_a_minute: usize,
    pub check: bool,
    pub check_every_s: u64,
    pub check_length: bool,
    pub providers: Vec<ProviderConfig>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoringConfig {
    pub weights: Weights,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TorrentsConfig {
    pub quota_gb: u64,
    pub min_free_gb: f64,
    /// 0 takes any.
    pub port: u16,
    pub listen: bool,
    pub dht: bool,
    pub trackers: bool,
    pub private_peers: bool,
    pub magnet_timeout_s: u64,
    pub interface: String,
    pub proxy: String,
    pub providers_too: bool,
    /// 0: all of the line.
    pub max_down_kb_per_s: u32,
    pub max_up_kb_per_s: u32,
    pub fetch_next_episode: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    pub allow_private_hosts: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    pub filter: String,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// What this machine is. The board's file says it; a laptop is no box.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceConfig {
    pub board: String,
    pub authority: Authority,
    pub updates: Backend,
    pub power: Backend,
    pub network: Backend,
    pub panel: Backend,
    pub bus: String,
    pub version: String,
    pub failure: PathBuf,
    pub test_picture: PathBuf,
    pub licences: PathBuf,
    pub pins: Pins,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdatesConfig {
    pub channel: String,
    pub keys: PathBuf,
}

/// An address, or an empty text for none.
mod address_or_none {
    use std::net::SocketAddr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(
        address: &Option<SocketAddr>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&address.map_or_else(String::new, |address| address.to_string()))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SocketAddr>, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| {
            D::Error::custom(format!(
                "{text:?} is no address and port, as 0.0.0.0:443 is"
            ))
        })
    }
}
