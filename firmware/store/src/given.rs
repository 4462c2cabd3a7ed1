//! What people gave: a row for each thing to play, under its title; and the .torrent files that
//! nobody else may have.

use std::{cmp::Reverse, collections::HashSet};

use hearth_model::{EpisodeId, Given, GivenId, TitleId};
use redb::{ReadableTable, ReadableTableMetadata, WriteTransaction};

use crate::{
    Error, Store,
    library::now,
    listing::list,
    merge::title_in,
    rows::{self, GivenRow},
    tables::{self, after_prefix, given_key, given_of_key},
};

/// What is kept for one household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GivenCount {
    pub things: u64,
    /// Of all .torrent files together.
    pub torrent_bytes: u64,
    /// Of all rows together: one that names a thousand files is large.
    pub row_bytes: u64,
}

impl Store {
    /// All of it, the newest first.
    pub fn given(&self) -> Result<Vec<Given>, Error> {
        let mut given = self.given_within(&[], &[u8::MAX; 40], |_| true)?;
        given.sort_by_key(|one| (Reverse((one.at, one.id)), one.number));
        Ok(given)
    }

    /// All that was given under one id.
    pub fn gift(&self, id: GivenId) -> Result<Vec<Given>, Error> {
        let is_it = |of: [u8; 16]| of == id.to_bytes();
        let mut gift = self.given_within(&[], &[u8::MAX; 40], is_it)?;
        gift.sort_by_key(|one| one.number);
        Ok(gift)
    }

    /// That of a title, as it was given.
    pub fn given_of(&self, title_id: TitleId) -> Result<Vec<Given>, Error> {
        let title_id = self.read("find a title", |transaction| {
            now(&transaction.open_table(tables::BECAME)?, title_id)
        })?;
        let prefix = title_id.to_bytes();
        self.given_within(&prefix, &after_prefix(&prefix), |_| true)
    }

    /// What lies between two keys, of the ids that are wanted.
    fn given_within(
        &self,
        from: &[u8],
        to: &[u8],
        wanted: impl Fn([u8; 16]) -> bool,
    ) -> Result<Vec<Given>, Error> {
        let rows = self.read("read what was given", |transaction| {
            let table = transaction.open_table(tables::GIVEN)?;
            let mut rows = Vec::new();
            for row in table.range(from..to)? {
                let (key, value) = row?;
                if wanted(given_of_key(key.value()).1) {
                    rows.push((key.value().to_vec(), value.value().to_vec()));
                }
            }
            Ok(rows)
        })?;
        let read = |(key, value): (Vec<u8>, Vec<u8>)| {
            let (title_id, id, number) = given_of_key(&key);
            let row: GivenRow = rows::decode("given", &value)?;
            let (id, title_id) = (GivenId::from_bytes(id), TitleId::from_bytes(title_id));
            Ok(row.given(id, title_id, number))
        };
        rows.into_iter().map(read).collect()
    }

    pub fn given_count(&self) -> Result<GivenCount, Error> {
        self.read("count what was given", |transaction| {
            let torrents = transaction.open_table(tables::GIVEN_TORRENTS)?;
            let mut torrent_bytes = 0;
            for row in torrents.iter()? {
                torrent_bytes += row?.1.value().len() as u64;
            }
            let given = transaction.open_table(tables::GIVEN)?;
            let mut row_bytes = 0;
            for row in given.iter()? {
                row_bytes += row?.1.value().len() as u64;
            }
            Ok(GivenCount {
                things: given.len()?,
                torrent_bytes,
                row_bytes,
            })
        })
    }

    /// The .torrent file that somebody gave.
    pub fn given_torrent(&self, infohash: &str) -> Result<Option<Vec<u8>>, Error> {
        self.read("read a given torrent", |transaction| {
            let table = transaction.open_table(tables::GIVEN_TORRENTS)?;
            Ok(table.get(infohash)?.map(|row| row.value().to_vec()))
        })
    }

    /// Keeps what somebody gave, with a .torrent file by its infohash. Where a title is there no
    /// more, nothing is kept, and the answer is false: nobody would see it to take it back.
    pub fn keep_given(
        &self,
        given: &[Given],
        torrent: Option<(&str, &[u8])>,
    ) -> Result<bool, Error> {
        self.write("keep what was given", |transaction| {
            let mut table = transaction.open_table(tables::GIVEN)?;
            let became = transaction.open_table(tables::BECAME)?;
            let titles = transaction.open_table(tables::TITLES)?;
            for one in given {
                let title_id = now(&became, one.source.title_id)?.to_bytes();
                if titles.get(title_id.as_slice())?.is_none() {
                    return Ok(false);
                }
            }
            for one in given {
                let title_id = now(&became, one.source.title_id)?;
                let key = given_key(title_id.to_bytes(), one.id.to_bytes(), one.number);
                let row = rows::encode(&GivenRow::from(one));
                table.insert(key.as_slice(), row.as_slice())?;
            }
            if let Some((infohash, bytes)) = torrent {
                transaction
                    .open_table(tables::GIVEN_TORRENTS)?
                    .insert(infohash, bytes)?;
            }
            Ok(true)
        })
    }

    /// Removes all that was given under one id. Answers the titles that go with it: those that
    /// nobody but people's gifts told of, and of which nothing was watched.
    pub fn remove_given(&self, id: GivenId) -> Result<Vec<TitleId>, Error> {
        self.write("remove what was given", |transaction| {
            let mut titles = HashSet::new();
            let mut left = HashSet::new();
            let mut torrents_left = HashSet::new();
            {
                let mut table = transaction.open_table(tables::GIVEN)?;
                let mut keys = Vec::new();
                for row in table.iter()? {
                    let (key, value) = row?;
                    let (title, of, _) = given_of_key(key.value());
                    if of == id.to_bytes() {
                        titles.insert(title);
                        keys.push(key.value().to_vec());
                    } else {
                        left.insert(title);
                        let row = rows::decode::<GivenRow>("given", value.value()).ok();
                        let infohash = row.and_then(|row| Some(row.infohash()?.to_owned()));
                        torrents_left.extend(infohash);
                    }
                }
                for key in keys {
                    table.remove(key.as_slice())?;
                }
            }
            transaction
                .open_table(tables::GIVEN_TORRENTS)?
                .retain(|infohash, _| torrents_left.contains(infohash))?;
            let mut gone = Vec::new();
            for title in titles.difference(&left) {
                let title = TitleId::from_bytes(*title);
                if forget_own(transaction, title)? {
                    gone.push(title);
                }
            }
            Ok(gone)
        })
    }
}

/// Removes a title that no service and no folder tells of, unless it was watched.
fn forget_own(transaction: &WriteTransaction, id: TitleId) -> Result<bool, redb::Error> {
    let mut titles = transaction.open_table(tables::TITLES)?;
    let Some(title) = title_in(&titles, id)? else {
        return Ok(false);
    };
    if !title.external.references().is_empty() {
        return Ok(false);
    }
    for row in transaction.open_table(tables::PROGRESS)?.iter()? {
        if row?.0.value().get(16..32) == Some(id.to_bytes().as_slice()) {
            return Ok(false);
        }
    }
    titles.remove(id.to_bytes().as_slice())?;
    list(transaction, Some(&title), None)?;
    let mut episodes = transaction.open_table(tables::EPISODES)?;
    let prefix = id.to_bytes();
    let mut keys = Vec::new();
    for row in episodes.range(prefix.as_slice()..after_prefix(&prefix).as_slice())? {
        keys.push(row?.0.value().to_vec());
    }
    for key in &keys {
        episodes.remove(key.as_slice())?;
    }
    transaction
        .open_table(tables::EPISODE_KEYS)?
        .retain(|_, key| !keys.iter().any(|gone| gone.as_slice() == key))?;
    Ok(true)
}

/// Gives what was given of one title to another; `moved` are the episodes whose ids changed.
pub(crate) fn move_given(
    transaction: &WriteTransaction,
    from: TitleId,
    into: TitleId,
    moved: &[(EpisodeId, EpisodeId)],
) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(tables::GIVEN)?;
    let prefix = from.to_bytes();
    let mut rows = Vec::new();
    for row in table.range(prefix.as_slice()..after_prefix(&prefix).as_slice())? {
        let (key, value) = row?;
        rows.push((key.value().to_vec(), value.value().to_vec()));
    }
    for (old, value) in rows {
        table.remove(old.as_slice())?;
        let Ok(mut row) = rows::decode::<GivenRow>("given", &value) else {
            continue;
        };
        let new_id = moved
            .iter()
            .find(|(id, _)| row.episode == Some(id.to_bytes()));
        if let Some((_, id)) = new_id {
            row.episode = Some(id.to_bytes());
        }
        let mut key = old;
        key[..16].copy_from_slice(&into.to_bytes());
        table.insert(key.as_slice(), rows::encode(&row).as_slice())?;
    }
    Ok(())
}
