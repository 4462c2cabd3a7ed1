//! How far people watched, and their history.

use hearth_model::{EpisodeId, ProfileId, Progress, Source, TitleId};
use redb::{ReadableTable, WriteTransaction};

use crate::{
    Error, Store,
    library::now,
    rows::{self, EpisodeRow, ProgressRow, SourceRow},
    tables::{self, NO_EPISODE, after_prefix, history_key, progress_key, progress_key_of},
};

/// Progress, and the source it was made with where that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    pub progress: Progress,
    pub source: Option<Source>,
}

fn key_of(profile: ProfileId, title_id: TitleId, episode_id: Option<EpisodeId>) -> [u8; 48] {
    let episode = episode_id.map_or(NO_EPISODE, EpisodeId::to_bytes);
    progress_key(profile.to_bytes(), title_id.to_bytes(), episode)
}

fn watched(key: &[u8], value: &[u8]) -> Result<Watched, Error> {
    let part = |from: usize| {
        let mut id = [0; 16];
        if let Some(bytes) = key.get(from..from + 16) {
            id.copy_from_slice(bytes);
        }
        id
    };
    let title_id = TitleId::from_bytes(part(16));
    let episode_id = (part(32) != NO_EPISODE).then(|| EpisodeId::from_bytes(part(32)));
    let row: ProgressRow = rows::decode("progress", value)?;
    Ok(Watched {
        progress: row.progress(title_id, episode_id),
        source: row.source.map(|source| source.source(title_id, episode_id)),
    })
}

/// Where progress belongs that began before its title became one with another.
fn key_now(
    transaction: &WriteTransaction,
    profile: ProfileId,
    progress: &Progress,
) -> Result<[u8; 48], redb::Error> {
    let title_id = now(&transaction.open_table(tables::BECAME)?, progress.title_id)?;
    let mut episode_id = progress.episode_id;
    if let Some(id) = progress
        .episode_id
        .filter(|_| title_id != progress.title_id)
    {
        let keys = transaction.open_table(tables::EPISODE_KEYS)?;
        let episodes = transaction.open_table(tables::EPISODES)?;
        if let Some(key) = keys.get(id.to_bytes().as_slice())?
            && let Some(row) = episodes.get(key.value())?
            && let Ok(row) = rows::decode::<EpisodeRow>("episodes", row.value())
        {
            episode_id = Some(row.id());
        }
    }
    Ok(key_of(profile, title_id, episode_id))
}

impl Store {
    /// Durable when this returns.
    pub fn save_progress(
        &self,
        profile: ProfileId,
        progress: &Progress,
        source: Option<&Source>,
    ) -> Result<(), Error> {
        self.write("save progress", |transaction| {
            let key = key_now(transaction, profile, progress)?;
            let mut table = transaction.open_table(tables::PROGRESS)?;
            let mut history = transaction.open_table(tables::HISTORY)?;
            let known = table
                .get(key.as_slice())?
                .and_then(|row| rows::decode::<ProgressRow>("progress", row.value()).ok());
            let known_source = known.and_then(|row| {
                let _ = history.remove(history_key(&key, row.watched_at).as_slice());
                row.source
            });
            let row = ProgressRow {
                position_ms: progress.position_ms,
                duration_ms: progress.duration_ms,
                watched_at: progress.watched_at,
                finished: progress.finished,
                source: source.map(SourceRow::from).or(known_source),
            };
            table.insert(key.as_slice(), rows::encode(&row).as_slice())?;
            history.insert(
                history_key(&key, progress.watched_at).as_slice(),
                [].as_slice(),
            )?;
            Ok(())
        })
    }

    pub fn progress(
        &self,
        profile: ProfileId,
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
    ) -> Result<Option<Watched>, Error> {
        let key = key_of(profile, title_id, episode_id);
        let bytes = self.read("read progress", |transaction| {
            let table = transaction.open_table(tables::PROGRESS)?;
            Ok(table.get(key.as_slice())?.map(|row| row.value().to_vec()))
        })?;
        bytes.map(|bytes| watched(&key, &bytes)).transpose()
    }

    /// Everything watched of a title: the film, or its episodes in no particular order.
    pub fn progress_of_title(
        &self,
        profile: ProfileId,
        title_id: TitleId,
    ) -> Result<Vec<Watched>, Error> {
        let prefix = &key_of(profile, title_id, None)[..32];
        let all = self.read("read a title's progress", |transaction| {
            let table = transaction.open_table(tables::PROGRESS)?;
            let mut all = Vec::new();
            for row in table.range(prefix..after_prefix(prefix).as_slice())? {
                let (key, value) = row?;
                all.push((key.value().to_vec(), value.value().to_vec()));
            }
            Ok(all)
        })?;
        all.iter().map(|(key, value)| watched(key, value)).collect()
    }

    /// The profile's history, newest first.
    pub fn history(&self, profile: ProfileId, limit: usize) -> Result<Vec<Watched>, Error> {
        let prefix = rows::profile_prefix(profile);
        let all = self.read("read the history", |transaction| {
            let history = transaction.open_table(tables::HISTORY)?;
            let table = transaction.open_table(tables::PROGRESS)?;
            let mut all = Vec::new();
            for row in history.range(prefix.as_slice()..after_prefix(&prefix).as_slice())? {
                let (key, _) = row?;
                let Some(key) = progress_key_of(key.value()) else {
                    continue;
                };
                if let Some(value) = table.get(key.as_slice())? {
                    all.push((key, value.value().to_vec()));
                }
                if all.len() >= limit {
                    break;
                }
            }
            Ok(all)
        })?;
        all.iter().map(|(key, value)| watched(key, value)).collect()
    }
}
