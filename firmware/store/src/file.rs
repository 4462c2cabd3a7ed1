//! The open store, and its transactions.

use std::{
    fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};

use crate::{Error, migrate, tables};

/// What a write may need on the disk: with less left, the disk counts as full.
const ROOM_BYTES: u64 = 1024 * 1024;
const READERS_LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// The open store. Clones share it.
///
/// The lock guards only which `Database` is current: after a failed write (a full disk) redb
/// refuses all work until the file is opened anew, which the next writer does.
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
    database: Arc<RwLock<Option<Arc<Database>>>>,
    /// Whether the last write was refused.
    failing: Arc<AtomicBool>,
}

impl Store {
    /// Opens the store in `folder`, making or migrating it as needed.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(|cause| Error::File {
            action: "make the data folder",
            path: folder.to_owned(),
            cause,
        })?;
        let (path, database) = without_panic(folder, || {
            let path = migrate::prepare(folder)?;
            let database = open_with_tables(&path)?;
            Ok((path, database))
        })?;
        Ok(Self {
            path,
            database: Arc::new(RwLock::new(Some(Arc::new(database)))),
            failing: Arc::default(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the store works right now. Writes only after a refused write, to see whether that
    /// is over: being asked every few seconds must not wear an SD card.
    pub fn check(&self) -> Result<(), Error> {
        // Small writes find room in the file long after larger ones are refused.
        if self.has_no_room() {
            return Err(Error::DiskFull);
        }
        if self.failing.load(Ordering::Relaxed) {
            return self.write("check the store", |_| Ok(()));
        }
        self.read("check the store", |_| Ok(()))
    }

    fn has_no_room(&self) -> bool {
        rustix::fs::statvfs(&self.path)
            .is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM_BYTES)
    }

    pub(crate) fn read<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, Error> {
        let database = self.current()?;
        let transaction = database
            .begin_read()
            .map_err(redb::Error::from)
            .map_err(Error::at(action))?;
        work(&transaction).map_err(Error::at(action))
    }

    /// One transaction, durable when this returns.
    pub(crate) fn write<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, Error> {
        let database = self.current()?;
        let done = (|| {
            let transaction = database.begin_write()?;
            let value = work(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })();
        let failed_before = self.failing.swap(done.is_err(), Ordering::Relaxed);
        done.map_err(|cause: redb::Error| {
            if matches!(cause, redb::Error::Io(_) | redb::Error::PreviousIo) {
                if !failed_before {
                    tracing::warn!(%cause, path = %self.path.display(), "writing failed; the store will be opened anew");
                }
                drop(database);
                *self.database.write().unwrap_or_else(PoisonError::into_inner) = None;
            }
            Error::at(action)(cause)
        })
    }

    fn current(&self) -> Result<Arc<Database>, Error> {
        if let Some(database) = &*self.database.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(database.clone());
        }
        let mut slot = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = &*slot {
            return Ok(database.clone());
        }
        let until = Instant::now() + READERS_LEAVE_WITHIN;
        let database = loop {
            match open_with_tables(&self.path) {
                // Who reads from the old one leaves soon.
                Err(Error::InUse { .. }) if Instant::now() < until => {
                    thread::sleep(Duration::from_millis(5));
                }
                opened => break Arc::new(opened?),
            }
        };
        *slot = Some(database.clone());
        Ok(database)
    }
}

/// redb panics over some damage that its checksums do not cover. The panic's own report is kept
/// back: the error says it in one line. Only at the start, when nothing else runs.
fn without_panic<T>(folder: &Path, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let report = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(report);
    done.unwrap_or_else(|_| {
        Err(Error::Damaged {
            path: folder.join(migrate::file_name(migrate::CURRENT_SCHEMA)),
            cause: Box::new(redb::Error::Corrupted("its pages make no sense".into())),
        })
    })
}

/// Tables are made at once, so that no reader meets a missing one.
fn open_with_tables(path: &Path) -> Result<Database, Error> {
    let database = migrate::open(path)?;
    let make = || -> Result<(), redb::Error> {
        let transaction = database.begin_write()?;
        transaction.open_table(tables::SETTINGS)?;
        transaction.open_table(tables::TITLES)?;
        transaction.open_table(tables::REFERENCES)?;
        transaction.open_table(tables::EPISODES)?;
        transaction.open_table(tables::EPISODE_KEYS)?;
        transaction.open_table(tables::PROGRESS)?;
        transaction.open_table(tables::HISTORY)?;
        transaction.open_table(tables::HEALTH)?;
        transaction.open_table(tables::DEVICES)?;
        transaction.open_table(tables::ACCOUNTS)?;
        transaction.open_table(tables::USERNAMES)?;
        transaction.open_table(tables::REFRESH)?;
        transaction.commit()?;
        Ok(())
    };
    make().map_err(Error::at("make the tables"))?;
    Ok(database)
}
