//! Titles and episodes.

use hearth_model::{Episode, EpisodeId, Title, TitleId};
use redb::ReadableTable;

use crate::{
    Error, Store,
    rows::{self, EpisodeRow, TitleRow},
    tables::{self, after_prefix},
};

impl Store {
    /// A title; of one that became part of another, the other.
    pub fn title(&self, id: TitleId) -> Result<Option<Title>, Error> {
        let found = self.read("read a title", |transaction| {
            let id = now(&transaction.open_table(tables::BECAME)?, id)?;
            let table = transaction.open_table(tables::TITLES)?;
            let row = table.get(id.to_bytes().as_slice())?;
            Ok(row.map(|row| (id, row.value().to_vec())))
        })?;
        found
            .map(|(id, bytes)| Ok(rows::decode::<TitleRow>("titles", &bytes)?.title(id)))
            .transpose()
    }

    pub fn titles(&self) -> Result<Vec<Title>, Error> {
        let all = self.read("read the titles", |transaction| {
            let table = transaction.open_table(tables::TITLES)?;
            let mut all = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                all.push((id_of(key.value()), value.value().to_vec()));
            }
            Ok(all)
        })?;
        all.into_iter()
            .map(|(id, bytes)| {
                let id = TitleId::from_bytes(id);
                Ok(rows::decode::<TitleRow>("titles", &bytes)?.title(id))
            })
            .collect()
    }

    /// The episodes of a title, in order.
    pub fn episodes(&self, title_id: TitleId) -> Result<Vec<Episode>, Error> {
        let prefix = title_id.to_bytes();
        let all = self.read("read episodes", |transaction| {
            let table = transaction.open_table(tables::EPISODES)?;
            let mut all = Vec::new();
            for row in table.range(prefix.as_slice()..after_prefix(&prefix).as_slice())? {
                let (key, value) = row?;
                all.push((key.value().to_vec(), value.value().to_vec()));
            }
            Ok(all)
        })?;
        all.into_iter()
            .map(|(key, value)| episode_of(&key, &value))
            .collect()
    }

    pub fn episode(&self, id: EpisodeId) -> Result<Option<Episode>, Error> {
        let found = self.read("read an episode", |transaction| {
            let keys = transaction.open_table(tables::EPISODE_KEYS)?;
            let Some(key) = keys
                .get(id.to_bytes().as_slice())?
                .map(|key| key.value().to_vec())
            else {
                return Ok(None);
            };
            let table = transaction.open_table(tables::EPISODES)?;
            Ok(table
                .get(key.as_slice())?
                .map(|row| (key.clone(), row.value().to_vec())))
        })?;
        found
            .map(|(key, value)| episode_of(&key, &value))
            .transpose()
    }
}

/// The title that `id` is now: itself, unless it became one with another.
pub(crate) fn now(
    became: &impl ReadableTable<&'static [u8], &'static [u8]>,
    id: TitleId,
) -> Result<TitleId, redb::Error> {
    let other = became.get(id.to_bytes().as_slice())?;
    Ok(other.map_or(id, |other| TitleId::from_bytes(id_of(other.value()))))
}

pub(crate) fn id_of(bytes: &[u8]) -> [u8; 16] {
    let mut id = [0; 16];
    let length = bytes.len().min(16);
    id[..length].copy_from_slice(&bytes[..length]);
    id
}

fn episode_of(key: &[u8], value: &[u8]) -> Result<Episode, Error> {
    let title_id = TitleId::from_bytes(id_of(key));
    let (season, number) = tables::episode_of_key(key);
    Ok(rows::decode::<EpisodeRow>("episodes", value)?.episode(title_id, season, number))
}
