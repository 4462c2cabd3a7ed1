//! How often a store was opened and written to, and how often each older one had been when this one
//! was made: which of them the household used last, after it went back to an earlier release and
//! forward again. Counted, because a box's clock may be wrong.

use std::{collections::BTreeMap, path::Path};

use redb::{
    DatabaseError, ReadOnlyDatabase, ReadableDatabase, ReadableTable, TableError, WriteTransaction,
};

use crate::{Error, file::without_panic, migrate, opened, rows, tables};

pub const ITSELF: &str = "itself";

/// What a store knows. One from before the count knows nothing, which is 0 of each.
#[derive(Debug, Default)]
pub struct Openings(BTreeMap<String, u64>);

impl Openings {
    pub fn of(database: &impl ReadableDatabase) -> Result<Self, redb::Error> {
        let transaction = database.begin_read()?;
        let table = match transaction.open_table(tables::OPENINGS) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(Self::default()),
            table => table?,
        };
        let mut known = BTreeMap::new();
        for row in table.iter()? {
            let (name, value) = row?;
            known.insert(name.value().to_owned(), number(value.value()));
        }
        Ok(Self(known))
    }

    /// Of a file that nobody has open, which stays as it is.
    pub fn in_file(path: &Path) -> Result<Self, Error> {
        without_panic(path, || match ReadOnlyDatabase::open(path) {
            Ok(database) => Self::of(&database).map_err(Error::at("read an older store")),
            // It was not closed in order, and redb would mend the file itself.
            Err(DatabaseError::RepairAborted) => opened::in_memory(path)
                .and_then(|database| Self::of(&database))
                .map_err(Error::at("read an older store")),
            Err(cause) => Err(migrate::not_opened(path, cause)),
        })
    }

    /// Whether the store of that name was used since this one was made.
    pub fn lack(&self, name: &str, other: &Self) -> bool {
        self.number(name) != other.itself()
    }

    pub fn itself(&self) -> u64 {
        self.number(ITSELF)
    }

    fn number(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or_default()
    }
}

/// Counts an opening, in the transaction of its first write.
pub fn count(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    let before = {
        let table = transaction.open_table(tables::OPENINGS)?;
        table.get(ITSELF)?.map_or(0, |row| number(row.value()))
    };
    note(transaction, ITSELF, before + 1)
}

pub fn note(transaction: &WriteTransaction, name: &str, openings: u64) -> Result<(), redb::Error> {
    transaction
        .open_table(tables::OPENINGS)?
        .insert(name, rows::encode(&openings).as_slice())?;
    Ok(())
}

fn number(value: &[u8]) -> u64 {
    rows::decode("openings", value).unwrap_or_default()
}
