//! Answers in memory: for tests, and for a box whose disk takes no writes.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use hearth_model::{AnswerKey, AnswerStorage, StorageError, UnixMs};

/// Keeps `limit_bytes` of answers; the one asked for longest ago goes first.
#[derive(Debug)]
pub struct MemoryStorage {
    limit_bytes: usize,
    answers: Mutex<HashMap<AnswerKey, (UnixMs, Vec<u8>)>>,
}

impl MemoryStorage {
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            answers: Mutex::default(),
        }
    }

    fn answers(&self) -> MutexGuard<'_, HashMap<AnswerKey, (UnixMs, Vec<u8>)>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AnswerStorage for MemoryStorage {
    fn load(&self, key: &AnswerKey, now_ms: UnixMs) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.answers().get_mut(key).map(|(asked, answer)| {
            *asked = now_ms;
            answer.clone()
        }))
    }

    fn save(&self, key: &AnswerKey, answer: &[u8], now_ms: UnixMs) -> Result<(), StorageError> {
        let mut answers = self.answers();
        answers.insert(*key, (now_ms, answer.to_vec()));
        let mut total: usize = answers.values().map(|(_, answer)| answer.len()).sum();
        while total > self.limit_bytes {
            let Some(oldest) = answers
                .iter()
                .min_by_key(|(_, (asked, _))| *asked)
                .map(|(key, _)| *key)
            else {
                break;
            };
            total -= answers
                .remove(&oldest)
                .map_or(0, |(_, answer)| answer.len());
        }
        Ok(())
    }

    fn remove(&self, key: &AnswerKey) -> Result<(), StorageError> {
        self.answers().remove(key);
        Ok(())
    }
}
