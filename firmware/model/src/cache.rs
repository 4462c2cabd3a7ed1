//! Where answers of services are kept between questions. `hearth-fetch` decides what is kept and
//! how long it is good, `hearth-store` keeps it; neither knows the other, so what they agree on
//! stands here.

use std::fmt::Debug;

use crate::UnixMs;

/// SHA-256 of the question, which has no secrets in it.
pub type AnswerKey = [u8; 32];

pub type StorageError = Box<dyn std::error::Error + Send + Sync>;

/// Keeps answers as bytes, within a bound of its own: the answer that was asked for longest ago
/// goes first. All of it may be lost at any time. Calls block.
pub trait AnswerStorage: Debug + Send + Sync {
    /// `now_ms` is when it was asked for.
    fn load(&self, key: &AnswerKey, now_ms: UnixMs) -> Result<Option<Vec<u8>>, StorageError>;
    fn save(&self, key: &AnswerKey, answer: &[u8], now_ms: UnixMs) -> Result<(), StorageError>;
    fn remove(&self, key: &AnswerKey) -> Result<(), StorageError>;
}
