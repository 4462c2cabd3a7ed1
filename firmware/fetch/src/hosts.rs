//! Turns at each host: so many requests at once, the rest wait.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

/// Owned by one [`Fetcher`](crate::Fetcher) and its clones; the lock is held for a map look-up,
/// never across an await.
#[derive(Debug)]
pub(crate) struct Hosts {
    at_once: usize,
    turns: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Hosts {
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            at_once: at_once.max(1),
            turns: Mutex::default(),
        }
    }

    /// Waits for a turn at the host of `url`; dropping the permit gives it back.
    pub(crate) async fn turn(&self, url: &Url) -> OwnedSemaphorePermit {
        let semaphore = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            // A host nobody waits for needs no entry: strangers name as many as they like.
            turns.retain(|_, semaphore| {
                Arc::strong_count(semaphore) > 1 || semaphore.available_permits() < self.at_once
            });
            let host = url.host_str().unwrap_or_default().to_owned();
            Arc::clone(
                turns
                    .entry(host)
                    .or_insert_with(|| Arc::new(Semaphore::new(self.at_once))),
            )
        };
        semaphore
            .acquire_owned()
            .await
            .expect("the semaphore of a host is never closed")
    }
}
