//! The open store, and its transactions.

use std::{
    fs,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering},
    },
};

use redb::{ReadTransaction, WriteTransaction};
use rustix::fs::StatVfsMountFlags;

use crate::{
    Error, migrate,
    opened::{Opened, is_lost, read_from},
    openings,
};

/// What a write may need on the disk: with less left, the disk counts as full.
const ROOM_BYTES: u64 = 1024 * 1024;

/// The open store. Clones share it.
///
/// After a failed write (a full disk, a dying card) redb refuses all work, reads under way too,
/// until the file is opened anew. Work holds the lock shared. Whoever meets such a refusal takes
/// the lock alone, which waits for the others, opens the file anew and does its work before
/// anybody else can spoil it again. So another's failed write is nobody's error.
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
    opened: Arc<RwLock<Opened>>,
    /// Whether the last write was refused.
    failing: Arc<AtomicBool>,
    /// Whether this opening was counted, which the first write does.
    counted: Arc<AtomicBool>,
}

impl Store {
    /// Opens the store in `folder`, making or migrating it as needed. On a disk that is read-only
    /// what is there can be read.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        Self::open_schema(folder, migrate::STEPS)
    }

    /// As the release opens it that knows these steps.
    pub(crate) fn open_schema(folder: &Path, steps: &[migrate::Step]) -> Result<Self, Error> {
        fs::create_dir_all(folder)
            .map_err(|cause| Error::file("make the data folder", folder, cause))?;
        let name = migrate::file_name(migrate::schema_after(steps));
        without_panic(&folder.join(name), || {
            let path = migrate::prepare(folder, steps)?;
            let mut opened = Opened::Closed;
            let failing = match opened.open_anew(&path) {
                Err(refused @ Error::DiskReadOnly) if opened.database().is_some() => {
                    tracing::warn!(path = %path.display(), "{refused}");
                    true
                }
                done => done.map(|()| false)?,
            };
            if let Opened::Writable(database) = &opened
                && migrate::is_left_behind(folder, steps, database)?
            {
                opened = Opened::Closed;
                migrate::migrate_anew(folder, steps)?;
                opened.open_anew(&path)?;
            }
            Ok(Self {
                path,
                opened: Arc::new(RwLock::new(opened)),
                failing: Arc::new(AtomicBool::new(failing)),
                counted: Arc::default(),
            })
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the store works right now. Writes only after a refused write, to see whether that
    /// is over: being asked every few seconds must not wear an SD card.
    pub fn check(&self) -> Result<(), Error> {
        if let Ok(disk) = rustix::fs::statvfs(&self.path) {
            if disk.f_flag.contains(StatVfsMountFlags::RDONLY) {
                return Err(Error::DiskReadOnly);
            }
            // Small writes find room in the file long after larger ones are refused.
            if disk.f_bavail.saturating_mul(disk.f_frsize) < ROOM_BYTES {
                return Err(Error::DiskFull);
            }
        }
        if self.failing.load(Ordering::Relaxed) {
            return self.write("check the store", |_| Ok(()));
        }
        self.read("check the store", |_| Ok(()))
    }

    /// Reads may be done twice: see [`Store`].
    pub(crate) fn read<T>(
        &self,
        action: &'static str,
        work: impl Fn(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, Error> {
        if let Some(database) = self.shared().database() {
            let done = read_from(database, &work);
            if !is_lost(&done) {
                return done.map_err(Error::at(action));
            }
        }
        let mut opened = self.alone();
        if let Some(database) = opened.database() {
            let done = read_from(database, &work);
            if !is_lost(&done) {
                return done.map_err(Error::at(action));
            }
        }
        let reopened = opened.open_anew(&self.path);
        match opened.database() {
            Some(database) => read_from(database, &work).map_err(Error::at(action)),
            None => Err(reopened.expect_err("what is open can be read")),
        }
    }

    /// One transaction, durable when this returns. The work is done once at most.
    pub(crate) fn write<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, Error> {
        let done = self.try_write(action, work);
        let failed_before = self.failing.swap(done.is_err(), Ordering::Relaxed);
        if let Err(cause) = &done
            && !failed_before
        {
            let source = std::error::Error::source(cause);
            tracing::warn!(path = %self.path.display(), source, "a write was refused: {cause}");
        }
        done
    }

    fn try_write<T>(
        &self,
        action: &'static str,
        work: impl FnOnce(&WriteTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, Error> {
        let finish = |transaction: WriteTransaction| {
            let value = work(&transaction)?;
            if !self.counted.load(Ordering::Relaxed) {
                openings::count(&transaction)?;
            }
            transaction.commit()?;
            self.counted.store(true, Ordering::Relaxed);
            Ok(value)
        };
        if let Opened::Writable(database) = &*self.shared() {
            let begun = database.begin_write().map_err(redb::Error::from);
            if !is_lost(&begun) {
                return begun.and_then(finish).map_err(Error::at(action));
            }
        }
        let mut opened = self.alone();
        let begun = match opened.begin_write() {
            Some(begun) if !is_lost(&begun) => begun,
            _ => {
                opened.open_anew(&self.path)?;
                opened
                    .begin_write()
                    .expect("what was opened anew can be written")
            }
        };
        begun.and_then(finish).map_err(Error::at(action))
    }

    fn shared(&self) -> RwLockReadGuard<'_, Opened> {
        // A panic in some work leaves the database as whole as a failed transaction does.
        self.opened.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn alone(&self) -> RwLockWriteGuard<'_, Opened> {
        self.opened.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// redb panics over some damage that its checksums do not cover. The panic's own report is kept
/// back: the error says it in one line. Only at the start, when nothing else runs.
pub(crate) fn without_panic<T>(
    path: &Path,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let report = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(report);
    done.unwrap_or_else(|_| {
        Err(Error::Damaged {
            path: path.to_owned(),
            cause: Box::new(redb::Error::Corrupted("its pages make no sense".into())),
        })
    })
}

#[cfg(test)]
#[path = "crash_tests.rs"]
mod crash_tests;
#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
