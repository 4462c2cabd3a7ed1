//! `cache.redb`: answers of services, so that the catalogue answers without the network. A file of
//! its own, that may be deleted at any time, and is when it cannot be read.
//!
//! Answers are small and many, and an SD card wears by every sync: most writes are not synced, and
//! what a power cut takes is asked for again. When an answer was last asked for is written with
//! the next answer that is kept.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError, RwLock},
};

use hearth_model::{AnswerKey, AnswerStorage, StorageError, UnixMs};
use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition};

use crate::{Error, file::without_panic, migrate, opened::is_lost};

type Bytes = &'static [u8];

/// key of the question (32) → answer.
const ANSWERS: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("answers");
/// key of the question (32) → when it was last asked (8) · bytes of the answer (8).
const USES: TableDefinition<'_, Bytes, Bytes> = TableDefinition::new("uses");
/// `schema` → number. A file of another one is made anew, not migrated.
const FACTS: TableDefinition<'_, &str, u64> = TableDefinition::new("facts");
const SCHEMA: u64 = 1;

const FILE: &str = "cache.redb";
/// One answer may not push out most others.
const LARGEST_SHARE: u64 = 8;
/// What nobody asked for in so long goes: terms of use let nobody keep it longer.
const LONGEST_UNASKED_MS: u64 = 180 * 24 * 3600 * 1000;
/// What a power cut may take.
const UNSYNCED_WRITES: u32 = 32;
const UNSYNCED_BYTES: u64 = 1024 * 1024;
/// redb's own, above what the answers take: with more, the file is made smaller at the start.
const SLACK: u64 = 16 * 1024 * 1024;

/// The open cache. The lock on the database is held shared by all work, and alone to open the file
/// anew after a failed write, as in [`Store`](crate::Store); `uses` is held for look-ups in memory
/// only; `writing` for the whole of a write, so that two never plan the same room.
#[derive(Debug)]
pub struct Cache {
    path: PathBuf,
    limit_bytes: u64,
    database: RwLock<Option<Database>>,
    uses: Mutex<Uses>,
    writing: Mutex<Unsynced>,
}

#[derive(Debug, Default)]
struct Unsynced {
    writes: u32,
    bytes: u64,
}

/// Which answers there are, by when they were last asked for.
#[derive(Debug, Default)]
struct Uses {
    by_key: HashMap<AnswerKey, Use>,
    oldest_first: BTreeSet<(UnixMs, AnswerKey)>,
    total_bytes: u64,
    unsaved: HashSet<AnswerKey>,
}

#[derive(Debug, Clone, Copy)]
struct Use {
    at: UnixMs,
    bytes: u64,
}

impl Cache {
    /// Opens the cache in `folder`, which keeps answers of `limit_bytes` together. What cannot be
    /// read as one is made anew.
    pub fn open(folder: &Path, limit_bytes: u64) -> Result<Self, Error> {
        fs::create_dir_all(folder)
            .map_err(|cause| Error::file("make the data folder", folder, cause))?;
        let path = folder.join(FILE);
        let (mut database, uses) = match without_panic(&path, || open(&path)) {
            Err(damaged @ Error::Damaged { .. }) => {
                tracing::warn!("{damaged}: the cache begins anew");
                fs::remove_file(&path).map_err(|cause| Error::file("remove", &path, cause))?;
                open(&path)?
            }
            done => done?,
        };
        let size = fs::metadata(&path).map_or(0, |file| file.len());
        if size > limit_bytes.saturating_mul(2).saturating_add(SLACK)
            && let Err(cause) = database.compact()
        {
            tracing::warn!(path = %path.display(), %cause, "the cache cannot be made smaller");
        }
        Ok(Self {
            path,
            limit_bytes,
            database: RwLock::new(Some(database)),
            uses: Mutex::new(uses),
            writing: Mutex::default(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the kept answers take together.
    pub fn bytes(&self) -> u64 {
        self.uses().total_bytes
    }

    /// Makes durable what was kept: for the end of the program.
    pub fn sync(&self) -> Result<(), Error> {
        let mut unsynced = self.writing();
        self.write(&Plan {
            touched: self.uses().take_unsaved(),
            durable: true,
            ..Plan::default()
        })?;
        *unsynced = Unsynced::default();
        Ok(())
    }

    fn keep(&self, key: &AnswerKey, answer: &[u8], now_ms: UnixMs) -> Result<(), Error> {
        let bytes = answer.len() as u64;
        if bytes > self.limit_bytes / LARGEST_SHARE {
            return self.forget(key);
        }
        let mut unsynced = self.writing();
        let plan = {
            let mut uses = self.uses();
            Plan {
                gone: uses.to_go(key, bytes, self.limit_bytes, now_ms),
                touched: uses.take_unsaved(),
                new: Some((*key, answer, now_ms)),
                durable: unsynced.writes + 1 >= UNSYNCED_WRITES
                    || unsynced.bytes + bytes >= UNSYNCED_BYTES,
            }
        };
        self.write(&plan)?;
        *unsynced = if plan.durable {
            Unsynced::default()
        } else {
            Unsynced {
                writes: unsynced.writes + 1,
                bytes: unsynced.bytes + bytes,
            }
        };
        let mut uses = self.uses();
        for gone in &plan.gone {
            uses.remove(gone);
        }
        uses.put(*key, Use { at: now_ms, bytes });
        Ok(())
    }

    fn forget(&self, key: &AnswerKey) -> Result<(), Error> {
        let _writing = self.writing();
        if !self.uses().by_key.contains_key(key) {
            return Ok(());
        }
        self.write(&Plan {
            gone: vec![*key],
            ..Plan::default()
        })?;
        self.uses().remove(key);
        Ok(())
    }

    fn find(&self, key: &AnswerKey, now_ms: UnixMs) -> Result<Option<Vec<u8>>, Error> {
        if !self.uses().by_key.contains_key(key) {
            return Ok(None);
        }
        let answer = self.with("read the cache", |database| {
            let transaction = database.begin_read()?;
            let answers = transaction.open_table(ANSWERS)?;
            Ok(answers.get(key.as_slice())?.map(|row| row.value().to_vec()))
        })?;
        let mut uses = self.uses();
        match answer {
            Some(_) => uses.touch(key, now_ms),
            // Lost with a write that was never synced.
            None => uses.remove(key),
        }
        Ok(answer)
    }

    fn write(&self, plan: &Plan<'_>) -> Result<(), Error> {
        self.with("write the cache", |database| {
            let mut transaction = database.begin_write()?;
            transaction.set_durability(if plan.durable {
                Durability::Immediate
            } else {
                Durability::None
            })?;
            {
                let mut answers = transaction.open_table(ANSWERS)?;
                let mut uses = transaction.open_table(USES)?;
                for key in &plan.gone {
                    answers.remove(key.as_slice())?;
                    uses.remove(key.as_slice())?;
                }
                for (key, used) in &plan.touched {
                    uses.insert(key.as_slice(), used.to_bytes().as_slice())?;
                }
                if let Some((key, answer, at)) = plan.new {
                    answers.insert(key.as_slice(), answer)?;
                    let bytes = answer.len() as u64;
                    uses.insert(key.as_slice(), Use { at, bytes }.to_bytes().as_slice())?;
                }
            }
            transaction.commit()?;
            Ok(())
        })
    }

    /// The work may be done twice: all of ours may.
    fn with<T>(
        &self,
        action: &'static str,
        work: impl Fn(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, Error> {
        let shared = self.database.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(database) = &*shared {
            let done = work(database);
            if !is_lost(&done) {
                return done.map_err(Error::at(action));
            }
        }
        drop(shared);
        let mut alone = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Gives back the lock on the file.
        *alone = None;
        let (database, _) = open(&self.path)?;
        work(alone.insert(database)).map_err(Error::at(action))
    }

    fn uses(&self) -> MutexGuard<'_, Uses> {
        self.uses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> MutexGuard<'_, Unsynced> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AnswerStorage for Cache {
    fn load(&self, key: &AnswerKey, now_ms: UnixMs) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.find(key, now_ms)?)
    }

    fn save(&self, key: &AnswerKey, answer: &[u8], now_ms: UnixMs) -> Result<(), StorageError> {
        Ok(self.keep(key, answer, now_ms)?)
    }

    fn remove(&self, key: &AnswerKey) -> Result<(), StorageError> {
        Ok(self.forget(key)?)
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        if let Err(cause) = self.sync() {
            tracing::warn!(path = %self.path.display(), %cause, "the last answers are not kept");
        }
    }
}

/// What one write does.
#[derive(Default)]
struct Plan<'a> {
    gone: Vec<AnswerKey>,
    touched: Vec<(AnswerKey, Use)>,
    new: Option<(AnswerKey, &'a [u8], UnixMs)>,
    durable: bool,
}

impl Uses {
    fn put(&mut self, key: AnswerKey, used: Use) {
        self.remove(&key);
        self.by_key.insert(key, used);
        self.oldest_first.insert((used.at, key));
        self.total_bytes += used.bytes;
    }

    fn remove(&mut self, key: &AnswerKey) {
        if let Some(used) = self.by_key.remove(key) {
            self.oldest_first.remove(&(used.at, *key));
            self.total_bytes -= used.bytes;
            self.unsaved.remove(key);
        }
    }

    fn touch(&mut self, key: &AnswerKey, now_ms: UnixMs) {
        if let Some(used) = self.by_key.get_mut(key) {
            self.oldest_first.remove(&(used.at, *key));
            used.at = now_ms;
            self.oldest_first.insert((now_ms, *key));
            self.unsaved.insert(*key);
        }
    }

    fn take_unsaved(&mut self) -> Vec<(AnswerKey, Use)> {
        std::mem::take(&mut self.unsaved)
            .into_iter()
            .filter_map(|key| Some((key, *self.by_key.get(&key)?)))
            .collect()
    }

    /// The answers that must go for `bytes` under `key` to fit, and those past their time.
    fn to_go(
        &self,
        key: &AnswerKey,
        bytes: u64,
        limit_bytes: u64,
        now_ms: UnixMs,
    ) -> Vec<AnswerKey> {
        let since = now_ms.saturating_sub(LONGEST_UNASKED_MS);
        let replaced = self.by_key.get(key).map_or(0, |used| used.bytes);
        let mut total = self.total_bytes - replaced + bytes;
        let mut gone = Vec::new();
        for (asked_at, oldest) in &self.oldest_first {
            if total <= limit_bytes && *asked_at >= since {
                break;
            }
            if oldest != key {
                total -= self.by_key.get(oldest).map_or(0, |used| used.bytes);
                gone.push(*oldest);
            }
        }
        gone
    }
}

impl Use {
    fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.at.to_be_bytes());
        bytes[8..].copy_from_slice(&self.bytes.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, size) = bytes.split_at_checked(8)?;
        Some(Self {
            at: u64::from_be_bytes(at.try_into().ok()?),
            bytes: u64::from_be_bytes(size.try_into().ok()?),
        })
    }
}

fn open(path: &Path) -> Result<(Database, Uses), Error> {
    let database = migrate::open(path)?;
    let uses = prepare(&database).map_err(Error::at("open the cache"))?;
    uses.map(|uses| (database, uses))
        .ok_or_else(|| Error::Damaged {
            path: path.to_owned(),
            cause: Box::new(redb::Error::Corrupted("it has another layout".into())),
        })
}

/// None where the file has another schema.
fn prepare(database: &Database) -> Result<Option<Uses>, redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut facts = transaction.open_table(FACTS)?;
        let schema = facts.get("schema")?.map(|schema| schema.value());
        match schema {
            Some(SCHEMA) => {}
            Some(_) => return Ok(None),
            None => drop(facts.insert("schema", SCHEMA)?),
        }
        transaction.open_table(ANSWERS)?;
    }
    let mut uses = Uses::default();
    for row in transaction.open_table(USES)?.iter()? {
        let (key, value) = row?;
        if let (Ok(key), Some(used)) = (key.value().try_into(), Use::from_bytes(value.value())) {
            uses.put(key, used);
        }
    }
    transaction.commit()?;
    Ok(Some(uses))
}
