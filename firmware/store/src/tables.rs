//! Every table of the store: key layout and row.
//!
//! Keys are big-endian bytes, so that range reads come in order. Values are JSON of a private row
//! type in `rows.rs`. A change of any layout here is a new schema: a step in `migrate.rs`.

use redb::TableDefinition;

type Bytes = &'static [u8];

/// Settings and secrets: name → JSON.
pub const SETTINGS: TableDefinition<'_, &str, Bytes> = TableDefinition::new("settings");
/// `itself` → how often this store was opened and written to; file name of an older store → how
/// often that had been when this one was made.
pub const OPENINGS: TableDefinition<'_, &str, Bytes> = TableDefinition::new("openings");
/// title id (16) → `TitleRow`.
pub const TITLES: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("titles");
/// `service:id` → title id (16).
pub const REFERENCES: TableDefinition<'_, &str, Bytes> = TableDefinition::new("references");
/// `service:id` → nothing: the owner put it apart, and it stays with its title in `REFERENCES`.
pub const APART: TableDefinition<'_, &str, Bytes> = TableDefinition::new("apart");
/// title id (16) → title id (16): of two that became one, the one that is left.
pub const BECAME: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("became");
/// path → `FileRow`: a file of the local library.
pub const FILES: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("files");
/// A list of titles: its key ends with a title id (16), and there is nothing else.
pub type List = TableDefinition<'static, Bytes, Bytes>;
/// genre · 0 · u32::MAX − bits of the popularity (4) · title id (16) → nothing.
pub const BY_GENRE: List = TableDefinition::new("titles_by_genre");
/// year (2) · u32::MAX − bits of the popularity (4) · title id (16) → nothing.
pub const BY_YEAR: List = TableDefinition::new("titles_by_year");
/// franchise · 0 · title id (16) → nothing.
pub const BY_FRANCHISE: List = TableDefinition::new("titles_by_franchise");
/// when the next episode comes (8) · title id (16) → nothing.
pub const BY_NEXT_EPISODE: List = TableDefinition::new("titles_by_next_episode");
/// title id (16) · season (4) · number (4) → `EpisodeRow`.
pub const EPISODES: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("episodes");
/// episode id (16) → key in `EPISODES` (24).
pub const EPISODE_KEYS: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("episode_keys");
/// profile (16) · title (16) · episode or zeros (16) → `ProgressRow`.
pub const PROGRESS: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("progress");
/// profile (16) · u64::MAX − watched_at (8) · title (16) · episode or zeros (16) → nothing:
/// a profile's history, newest first.
pub const HISTORY: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("history");
/// source id (16) → `HealthRow`.
pub const HEALTH: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("health");
/// `provider:…`, `tracker:…`, `host:…` → `LearntRow`: how fast and reliable it was.
pub const LEARNT: TableDefinition<'_, &str, Bytes> = TableDefinition::new("learnt");
/// provider id → `ProviderRow`: one that the owner added.
pub const PROVIDERS: TableDefinition<'_, &str, Bytes> = TableDefinition::new("providers");
/// provider id → its secrets by name, apart from what may be shown.
pub const PROVIDER_SECRETS: TableDefinition<'_, &str, Bytes> =
    TableDefinition::new("provider_secrets");
/// provider id → `ProviderRecordRow`: how it did.
pub const PROVIDER_RECORDS: TableDefinition<'_, &str, Bytes> =
    TableDefinition::new("provider_records");
/// title id (16) · given id (16) · number in what was given (4) → `GivenRow`.
pub const GIVEN: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("given");
/// infohash in lower case → the .torrent file that somebody gave.
pub const GIVEN_TORRENTS: TableDefinition<'_, &str, Bytes> = TableDefinition::new("given_torrents");
/// profile (16) → `TasteRow`.
pub const TASTES: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("tastes");
/// device id (16) → `DeviceRow`.
pub const DEVICES: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("devices");
/// account id (16) → `AccountRow`.
pub const ACCOUNTS: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("accounts");
/// user name in lower case → account id (16).
pub const USERNAMES: TableDefinition<'_, &str, Bytes> = TableDefinition::new("usernames");
/// SHA-256 of a refresh token (32) → `RefreshRow`.
pub const REFRESH: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("refresh");

pub const NO_EPISODE: [u8; 16] = [0; 16];

pub fn episode_key(title: [u8; 16], season: u32, number: u32) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(&title);
    key[16..20].copy_from_slice(&season.to_be_bytes());
    key[20..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The season and the number of an episode's key.
pub fn episode_of_key(key: &[u8]) -> (u32, u32) {
    let number = |from: usize| {
        key.get(from..from + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u32::from_be_bytes)
            .unwrap_or_default()
    };
    (number(16), number(20))
}

pub fn given_key(title: [u8; 16], id: [u8; 16], number: u32) -> [u8; 36] {
    let mut key = [0; 36];
    key[..16].copy_from_slice(&title);
    key[16..32].copy_from_slice(&id);
    key[32..].copy_from_slice(&number.to_be_bytes());
    key
}

/// The title, the id and the number of a key in `GIVEN`.
pub fn given_of_key(key: &[u8]) -> ([u8; 16], [u8; 16], u32) {
    let mut whole = [0; 36];
    let length = key.len().min(36);
    whole[..length].copy_from_slice(&key[..length]);
    let (mut title, mut id, mut number) = ([0; 16], [0; 16], [0; 4]);
    title.copy_from_slice(&whole[..16]);
    id.copy_from_slice(&whole[16..32]);
    number.copy_from_slice(&whole[32..]);
    (title, id, u32::from_be_bytes(number))
}

pub fn progress_key(profile: [u8; 16], title: [u8; 16], episode: [u8; 16]) -> [u8; 48] {
    let mut key = [0; 48];
    key[..16].copy_from_slice(&profile);
    key[16..32].copy_from_slice(&title);
    key[32..].copy_from_slice(&episode);
    key
}

pub fn history_key(progress_key: &[u8; 48], watched_at: u64) -> [u8; 56] {
    let mut key = [0; 56];
    key[..16].copy_from_slice(&progress_key[..16]);
    key[16..24].copy_from_slice(&(u64::MAX - watched_at).to_be_bytes());
    key[24..].copy_from_slice(&progress_key[16..]);
    key
}

/// The 48 bytes of the progress row that a history key points to.
pub fn progress_key_of(history_key: &[u8]) -> Option<[u8; 48]> {
    let mut key = [0; 48];
    key[..16].copy_from_slice(history_key.get(..16)?);
    key[16..].copy_from_slice(history_key.get(24..56)?);
    Some(key)
}

/// The first key after all keys that begin with `prefix`.
pub fn after_prefix(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.last_mut() {
        if *last < u8::MAX {
            *last += 1;
            return end;
        }
        end.pop();
    }
    vec![u8::MAX; 64]
}
