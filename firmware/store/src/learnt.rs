//! What was learnt: of sources by trying them, of the places where they lie, and of providers by
//! asking them.

use std::collections::HashMap;

use hearth_model::{Learnt, ProviderRecord, SourceId, UnixMs};
use redb::{ReadableTable, TableDefinition};
use serde::de::DeserializeOwned;

use crate::{
    Error, Store,
    rows::{self, HealthRow, LearntRow, ProviderRecordRow},
    tables,
};

/// How the newest try at a source went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tried {
    pub good: bool,
    pub at: UnixMs,
    /// What was seen, in a sentence, where there is more to say.
    pub detail: Option<String>,
    /// Whether there are any with it, where that was seen; else what was seen before stays.
    pub has_subtitles: Option<bool>,
}

impl Store {
    /// What was learnt of sources by playing or looking at them.
    pub fn note_tries(&self, tries: &[(SourceId, Tried)]) -> Result<(), Error> {
        if tries.is_empty() {
            return Ok(());
        }
        self.write("keep how sources are", |transaction| {
            let mut table = transaction.open_table(tables::HEALTH)?;
            for (id, tried) in tries {
                let key = id.to_bytes();
                let before = table.get(key.as_slice())?;
                let before = before
                    .and_then(|row| rows::decode::<HealthRow>("health", row.value()).ok())
                    .and_then(|row| row.has_subtitles);
                let row = rows::encode(&HealthRow {
                    good: tried.good,
                    at: tried.at,
                    detail: tried.detail.clone(),
                    has_subtitles: tried.has_subtitles.or(before),
                });
                table.insert(key.as_slice(), row.as_slice())?;
            }
            Ok(())
        })
    }

    /// How the newest tries of these went; those never tried are left out.
    pub fn tries(&self, ids: &[SourceId]) -> Result<HashMap<SourceId, Tried>, Error> {
        let found = self.read("read how sources are", |transaction| {
            let table = transaction.open_table(tables::HEALTH)?;
            let mut found = Vec::new();
            for id in ids {
                if let Some(row) = table.get(id.to_bytes().as_slice())? {
                    found.push((*id, row.value().to_vec()));
                }
            }
            Ok(found)
        })?;
        found
            .into_iter()
            .map(|(id, bytes)| {
                let row: HealthRow = rows::decode("health", &bytes)?;
                let tried = Tried {
                    good: row.good,
                    at: row.at,
                    detail: row.detail,
                    has_subtitles: row.has_subtitles,
                };
                Ok((id, tried))
            })
            .collect()
    }

    /// Sources come and go: what was learnt of them before `before` is of no use any more.
    pub fn forget_tries(&self, before: UnixMs) -> Result<(), Error> {
        self.write("forget old tries", |transaction| {
            transaction.open_table(tables::HEALTH)?.retain(|_, row| {
                rows::decode::<HealthRow>("health", row).is_ok_and(|row| row.at >= before)
            })?;
            Ok(())
        })
    }

    /// What was learnt of providers, trackers and hosts, by their keys.
    pub fn learnt(&self) -> Result<HashMap<String, Learnt>, Error> {
        self.all::<LearntRow, _>("read what was learnt", "learnt", tables::LEARNT)
    }

    /// Keeps what was learnt; of a key with nothing, nothing is left.
    pub fn keep_learnt(&self, changed: &[(String, Option<Learnt>)]) -> Result<(), Error> {
        if changed.is_empty() {
            return Ok(());
        }
        self.write("keep what was learnt", |transaction| {
            let mut table = transaction.open_table(tables::LEARNT)?;
            for (key, learnt) in changed {
                match learnt {
                    Some(learnt) => {
                        let row = rows::encode(&LearntRow::from(learnt));
                        table.insert(key.as_str(), row.as_slice())?;
                    }
                    None => {
                        table.remove(key.as_str())?;
                    }
                }
            }
            Ok(())
        })
    }

    /// How providers did, by their ids.
    pub fn provider_records(&self) -> Result<HashMap<String, ProviderRecord>, Error> {
        self.all::<ProviderRecordRow, _>(
            "read how providers did",
            "provider_records",
            tables::PROVIDER_RECORDS,
        )
    }

    fn all<R: DeserializeOwned + Into<T>, T>(
        &self,
        action: &'static str,
        name: &'static str,
        table: TableDefinition<'static, &'static str, &'static [u8]>,
    ) -> Result<HashMap<String, T>, Error> {
        let all = self.read(action, |transaction| {
            let table = transaction.open_table(table)?;
            let mut all = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                all.push((key.value().to_owned(), value.value().to_vec()));
            }
            Ok(all)
        })?;
        all.into_iter()
            .map(|(key, bytes)| Ok((key, rows::decode::<R>(name, &bytes)?.into())))
            .collect()
    }

    pub fn keep_provider_records(&self, records: &[(String, ProviderRecord)]) -> Result<(), Error> {
        if records.is_empty() {
            return Ok(());
        }
        self.write("keep how providers did", |transaction| {
            let mut table = transaction.open_table(tables::PROVIDER_RECORDS)?;
            for (id, record) in records {
                let row = rows::encode(&ProviderRecordRow::from(record));
                table.insert(id.as_str(), row.as_slice())?;
            }
            Ok(())
        })
    }
}
