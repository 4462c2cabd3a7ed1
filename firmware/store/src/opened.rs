//! What the store reads and writes at the moment: the file, or a copy of it in memory while the
//! disk refuses writes.

use std::{fs, path::Path};

use redb::{
    Database, ReadTransaction, ReadableDatabase, StorageBackend, WriteTransaction,
    backends::InMemoryBackend,
};

use crate::{Error, migrate, tables};

/// The copy lies in memory already.
const COPY_CACHE_BYTES: usize = 1024 * 1024;

#[derive(Debug)]
pub enum Opened {
    Writable(Database),
    /// redb repairs a file that was not closed in order by writing to it, even to only read it;
    /// on a disk that takes no writes that can only happen in memory.
    Copy(Database),
    Closed,
}

impl Opened {
    pub fn database(&self) -> Option<&Database> {
        match self {
            Self::Writable(database) | Self::Copy(database) => Some(database),
            Self::Closed => None,
        }
    }

    pub fn begin_write(&self) -> Option<Result<WriteTransaction, redb::Error>> {
        match self {
            Self::Writable(database) => Some(database.begin_write().map_err(redb::Error::from)),
            Self::Copy(_) | Self::Closed => None,
        }
    }

    /// Opens the file for writing. Where the disk does not allow that, the error says why, and
    /// what the file holds can be read all the same if it can be read at all.
    pub fn open_anew(&mut self, path: &Path) -> Result<(), Error> {
        if matches!(self, Self::Writable(_)) {
            // Gives back the lock on the file.
            *self = Self::Closed;
        }
        match open_with_tables(path) {
            Ok(database) => {
                *self = Self::Writable(database);
                Ok(())
            }
            Err(refused) => {
                let is_of_the_disk =
                    !matches!(refused, Error::InUse { .. } | Error::Damaged { .. });
                if is_of_the_disk && matches!(self, Self::Closed) {
                    match in_memory(path).and_then(|copy| make_tables(&copy).map(|()| copy)) {
                        Ok(copy) => *self = Self::Copy(copy),
                        Err(cause) => {
                            tracing::warn!(path = %path.display(), %cause, "the store cannot be read either");
                        }
                    }
                }
                Err(refused)
            }
        }
    }
}

/// Whether redb gave up on its file, so that it must be opened anew.
pub fn is_lost<T>(done: &Result<T, redb::Error>) -> bool {
    matches!(
        done,
        Err(redb::Error::Io(_) | redb::Error::PreviousIo | redb::Error::DatabaseClosed)
    )
}

pub fn read_from<T>(
    database: &Database,
    work: impl Fn(&ReadTransaction) -> Result<T, redb::Error>,
) -> Result<T, redb::Error> {
    work(&database.begin_read()?)
}

fn open_with_tables(path: &Path) -> Result<Database, Error> {
    let database = migrate::open(path)?;
    make_tables(&database).map_err(Error::at("make the tables"))?;
    Ok(database)
}

/// A copy of a file, which stays as it is.
pub fn in_memory(path: &Path) -> Result<Database, redb::Error> {
    let bytes = fs::read(path)?;
    let memory = InMemoryBackend::new();
    memory.set_len(bytes.len() as u64)?;
    memory.write(0, &bytes)?;
    let database = Database::builder()
        .set_cache_size(COPY_CACHE_BYTES)
        .create_with_backend(memory)?;
    Ok(database)
}

/// Tables are made at once, so that no reader meets a missing one.
pub fn make_tables(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(tables::SETTINGS)?;
    transaction.open_table(tables::OPENINGS)?;
    transaction.open_table(tables::TITLES)?;
    transaction.open_table(tables::REFERENCES)?;
    transaction.open_table(tables::APART)?;
    transaction.open_table(tables::BECAME)?;
    transaction.open_table(tables::FILES)?;
    transaction.open_table(tables::BY_GENRE)?;
    transaction.open_table(tables::BY_YEAR)?;
    transaction.open_table(tables::BY_FRANCHISE)?;
    transaction.open_table(tables::BY_NEXT_EPISODE)?;
    transaction.open_table(tables::EPISODES)?;
    transaction.open_table(tables::EPISODE_KEYS)?;
    transaction.open_table(tables::PROGRESS)?;
    transaction.open_table(tables::HISTORY)?;
    transaction.open_table(tables::HEALTH)?;
    transaction.open_table(tables::LEARNT)?;
    transaction.open_table(tables::PROVIDERS)?;
    transaction.open_table(tables::PROVIDER_SECRETS)?;
    transaction.open_table(tables::PROVIDER_RECORDS)?;
    transaction.open_table(tables::GIVEN)?;
    transaction.open_table(tables::GIVEN_TORRENTS)?;
    transaction.open_table(tables::TASTES)?;
    transaction.open_table(tables::DEVICES)?;
    transaction.open_table(tables::ACCOUNTS)?;
    transaction.open_table(tables::USERNAMES)?;
    transaction.open_table(tables::REFRESH)?;
    transaction.commit()?;
    Ok(())
}
