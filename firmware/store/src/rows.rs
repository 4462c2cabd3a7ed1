//! The rows as they lie on disk: frozen by `tests/golden/`, apart from the wire's types, which may
//! change with a release. New fields are optional with a default; anything else is a new schema.

mod facts;
mod given;
mod path;
mod sources;

use hearth_model::{
    Account, AccountId, Device, DeviceId, Episode, EpisodeId, External, Health, Hints, Location,
    Names, ProfileId, Progress, Release, SeasonEntry, Source, SourceKind, Title, TitleId,
    TitleKind, TmdbKind, TorrentLocation,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::Error;
use facts::{EpisodeFactsRow, FactsRow};
pub use given::GivenRow;
pub use sources::{HealthRow, LearntRow, PreferenceRow, ProviderRecordRow, ProviderRow, TasteRow};

pub fn encode<T: Serialize>(row: &T) -> Vec<u8> {
    serde_json::to_vec(row).expect("rows hold nothing that JSON cannot")
}

pub fn decode<T: DeserializeOwned>(table: &'static str, bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|cause| Error::Row { table, cause })
}

#[derive(Debug, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct NamesRow {
    ru: Option<String>,
    en: Option<String>,
    original: Option<String>,
}

impl From<&Names> for NamesRow {
    fn from(names: &Names) -> Self {
        Self {
            ru: names.ru.clone(),
            en: names.en.clone(),
            original: names.original.clone(),
        }
    }
}

impl From<NamesRow> for Names {
    fn from(row: NamesRow) -> Self {
        Self {
            ru: row.ru,
            en: row.en,
            original: row.original,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub struct TitleRow {
    kind: String,
    names: NamesRow,
    year: Option<u16>,
    genres: Vec<String>,
    rating: Option<f32>,
    poster: Option<String>,
    overview: NamesRow,
    runtime_minutes: Option<u32>,
    licence: Option<String>,
    tmdb: Option<u64>,
    imdb: Option<String>,
    shikimori: Option<u64>,
    mal: Option<u64>,
    open: Option<String>,
    local: Option<String>,
    addon: Option<String>,
    #[serde(default)]
    tmdb_kind: Option<String>,
    #[serde(default)]
    parts: Vec<SeasonEntryRow>,
    #[serde(default)]
    facts: FactsRow,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct SeasonEntryRow {
    season: u32,
    from: u32,
    shikimori: u64,
    mal: Option<u64>,
}

impl From<&SeasonEntry> for SeasonEntryRow {
    fn from(part: &SeasonEntry) -> Self {
        Self {
            season: part.season,
            from: part.from,
            shikimori: part.shikimori,
            mal: part.mal,
        }
    }
}

impl From<SeasonEntryRow> for SeasonEntry {
    fn from(row: SeasonEntryRow) -> Self {
        Self {
            season: row.season,
            from: row.from,
            shikimori: row.shikimori,
            mal: row.mal,
        }
    }
}

impl From<&Title> for TitleRow {
    fn from(title: &Title) -> Self {
        let External {
            tmdb,
            tmdb_kind,
            imdb,
            shikimori,
            mal,
            open,
            local,
            addon,
            parts,
        } = title.external.clone();
        Self {
            kind: match title.kind {
                TitleKind::Film => "film",
                TitleKind::Series => "series",
                TitleKind::Anime => "anime",
            }
            .into(),
            names: (&title.names).into(),
            year: title.year,
            genres: title.genres.clone(),
            rating: title.rating,
            poster: title.poster.clone(),
            overview: (&title.overview).into(),
            runtime_minutes: title.runtime_minutes,
            licence: title.licence.clone(),
            tmdb,
            imdb,
            shikimori,
            mal,
            open,
            local,
            addon,
            tmdb_kind: tmdb_kind.map(|kind| {
                match kind {
                    TmdbKind::Movie => "movie",
                    TmdbKind::Tv => "tv",
                }
                .into()
            }),
            parts: parts.iter().map(SeasonEntryRow::from).collect(),
            facts: (&title.facts).into(),
        }
    }
}

impl TitleRow {
    pub fn title(self, id: TitleId) -> Title {
        Title {
            id,
            kind: match self.kind.as_str() {
                "series" => TitleKind::Series,
                "anime" => TitleKind::Anime,
                _ => TitleKind::Film,
            },
            names: self.names.into(),
            year: self.year,
            genres: self.genres,
            rating: self.rating,
            poster: self.poster,
            poster_look: None,
            overview: self.overview.into(),
            runtime_minutes: self.runtime_minutes,
            licence: self.licence,
            external: External {
                tmdb: self.tmdb,
                tmdb_kind: match self.tmdb_kind.as_deref() {
                    Some("movie") => Some(TmdbKind::Movie),
                    Some("tv") => Some(TmdbKind::Tv),
                    _ => None,
                },
                imdb: self.imdb,
                shikimori: self.shikimori,
                mal: self.mal,
                open: self.open,
                local: self.local,
                addon: self.addon,
                parts: self.parts.into_iter().map(SeasonEntry::from).collect(),
            },
            facts: self.facts.into(),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub struct EpisodeRow {
    id: [u8; 16],
    names: NamesRow,
    #[serde(default)]
    facts: EpisodeFactsRow,
}

impl From<&Episode> for EpisodeRow {
    fn from(episode: &Episode) -> Self {
        Self {
            id: episode.id.to_bytes(),
            names: (&episode.names).into(),
            facts: (&episode.facts).into(),
        }
    }
}

impl EpisodeRow {
    pub fn id(&self) -> EpisodeId {
        EpisodeId::from_bytes(self.id)
    }

    pub fn episode(self, title_id: TitleId, season: u32, number: u32) -> Episode {
        Episode {
            id: self.id(),
            title_id,
            season,
            number,
            names: self.names.into(),
            facts: self.facts.into(),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub struct ProgressRow {
    pub position_ms: u64,
    pub duration_ms: u64,
    pub watched_at: u64,
    pub finished: bool,
    /// What played, so that going on needs no search.
    pub source: Option<SourceRow>,
}

impl ProgressRow {
    pub fn progress(&self, title_id: TitleId, episode_id: Option<EpisodeId>) -> Progress {
        Progress {
            title_id,
            episode_id,
            position_ms: self.position_ms,
            duration_ms: self.duration_ms,
            watched_at: self.watched_at,
            finished: self.finished,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub struct SourceRow {
    kind: String,
    provider: String,
    name: String,
    resolution: Option<String>,
    video_codec: Option<String>,
    audio_languages: Vec<String>,
    subtitle_languages: Vec<String>,
    size_bytes: Option<u64>,
    location: LocationRow,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
enum LocationRow {
    Torrent {
        infohash: Option<String>,
        torrent_url: Option<String>,
        trackers: Vec<String>,
        peers: Vec<std::net::SocketAddr>,
        /// Not used any more: always empty. Older programs of this schema expect it.
        web_seeds: Vec<String>,
        file_index: Option<usize>,
    },
    Url {
        url: String,
        headers: std::collections::BTreeMap<String, String>,
    },
    File {
        #[serde(with = "path")]
        path: std::path::PathBuf,
        /// Of a film in several files the further ones.
        #[serde(default, with = "path::list", skip_serializing_if = "Vec::is_empty")]
        rest: Vec<std::path::PathBuf>,
    },
    Page {
        url: String,
        reason: String,
    },
}

impl From<&Source> for SourceRow {
    fn from(source: &Source) -> Self {
        Self {
            kind: match source.kind {
                SourceKind::Torrent => "torrent",
                SourceKind::Hls => "hls",
                SourceKind::Dash => "dash",
                SourceKind::Direct => "direct",
                SourceKind::Embed => "embed",
            }
            .into(),
            provider: source.provider.clone(),
            name: source.name.clone(),
            resolution: source.release.resolution.clone(),
            video_codec: source.release.video_codec.clone(),
            audio_languages: source.release.audio_languages.clone(),
            subtitle_languages: source.release.subtitle_languages.clone(),
            size_bytes: source.size_bytes,
            location: match source.location.clone() {
                Location::Torrent(TorrentLocation {
                    infohash,
                    torrent_url,
                    trackers,
                    peers,
                    file_index,
                }) => LocationRow::Torrent {
                    infohash,
                    torrent_url,
                    trackers,
                    peers,
                    web_seeds: Vec::new(),
                    file_index,
                },
                Location::Url { url, headers } => LocationRow::Url { url, headers },
                Location::File { path, rest } => LocationRow::File { path, rest },
                Location::Page { url, reason } => LocationRow::Page { url, reason },
            },
        }
    }
}

impl SourceRow {
    pub fn infohash(&self) -> Option<&str> {
        match &self.location {
            LocationRow::Torrent { infohash, .. } => infohash.as_deref(),
            _ => None,
        }
    }

    /// Of a file of the local library, where it lies.
    pub fn file(&self) -> Option<&std::path::Path> {
        match &self.location {
            LocationRow::File { path, .. } => Some(path),
            _ => None,
        }
    }

    pub fn source(self, title_id: TitleId, episode_id: Option<EpisodeId>) -> Source {
        let location = match self.location {
            LocationRow::Torrent {
                infohash,
                torrent_url,
                trackers,
                peers,
                web_seeds: _,
                file_index,
            } => Location::Torrent(TorrentLocation {
                infohash,
                torrent_url,
                trackers,
                peers,
                file_index,
            }),
            LocationRow::Url { url, headers } => Location::Url { url, headers },
            LocationRow::File { path, rest } => Location::File { path, rest },
            LocationRow::Page { url, reason } => Location::Page { url, reason },
        };
        Source {
            id: Source::id_for(title_id, episode_id, &location),
            title_id,
            episode_id,
            kind: match self.kind.as_str() {
                "torrent" => SourceKind::Torrent,
                "hls" => SourceKind::Hls,
                "dash" => SourceKind::Dash,
                "embed" => SourceKind::Embed,
                _ => SourceKind::Direct,
            },
            provider: self.provider,
            name: self.name,
            release: Release {
                resolution: self.resolution,
                video_codec: self.video_codec,
                audio_languages: self.audio_languages,
                subtitle_languages: self.subtitle_languages,
                ..Release::default()
            },
            size_bytes: self.size_bytes,
            seeders: None,
            health: Health::Unknown,
            location,
            hints: Hints::default(),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub struct FileRow {
    pub size_bytes: u64,
    pub modified_ms: u64,
    pub print: Option<String>,
    pub key: String,
}

#[derive(Serialize, Deserialize)]
pub struct DeviceRow {
    name: String,
    paired_at: u64,
}

impl From<&Device> for DeviceRow {
    fn from(device: &Device) -> Self {
        Self {
            name: device.name.clone(),
            paired_at: device.paired_at,
        }
    }
}

impl DeviceRow {
    pub fn device(self, id: DeviceId) -> Device {
        Device {
            id,
            name: self.name,
            paired_at: self.paired_at,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub struct AccountRow {
    pub username: String,
    /// PHC string.
    pub password_hash: String,
    pub created_at: u64,
}

impl AccountRow {
    pub fn account(&self, id: AccountId) -> Account {
        Account {
            id,
            username: self.username.clone(),
            created_at: self.created_at,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub struct RefreshRow {
    /// All tokens that came from one pairing or sign-in.
    pub family: [u8; 16],
    pub device: Option<[u8; 16]>,
    pub account: Option<[u8; 16]>,
    pub expires_at: u64,
    /// Rotated away: seeing it again means that it was stolen.
    pub used: bool,
}

/// Progress and history of a profile live under keys that begin with it.
pub fn profile_prefix(profile: ProfileId) -> [u8; 16] {
    profile.to_bytes()
}
