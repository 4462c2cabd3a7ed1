//! Answers kept between questions: by the protocol's own rules where it has them, and longer by
//! ours, so that a slow or absent network is not noticed.
//!
//! - A fresh answer is given without asking. An answer counts as fresh for at least as long as the
//!   asker says, because some services never say anything and count every question.
//! - A stale one is given at once too, and asked for anew behind ([`Freshness::Stale`] tells). This
//!   goes past `must-revalidate`, which some frameworks say of everything: what is shown is a
//!   catalogue, and an old one is better than none. `no-store` is obeyed.
//! - An answer older than that is asked for first, and given all the same when nothing comes,
//!   unless it is older than it may be kept.
//! - "There is no such thing" (404, 410) is an answer too, kept for a short while.
//! - Equal questions asked at the same time are one; it goes on when its askers lose patience, so
//!   the answer is there the next time.

mod entry;
mod memory;

pub use memory::MemoryStorage;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared as Joined},
};
use hearth_model::{AnswerKey, AnswerStorage, UnixMs};
use reqwest::header::HeaderMap;

use crate::{Clock, Error, Fetcher, Limits, Place, Request, fetcher::without_mark};
use entry::Entry;

/// A question that failed behind a stale answer is not repeated for this long.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(30);
const MOST_RESTING: usize = 1_000;

/// How long answers to a question are of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Good without asking, whatever the service says; its own word may make it longer.
    pub fresh: Duration,
    /// Given at once and asked for anew behind; older ones are asked for first.
    pub stale: Duration,
    /// How long "there is no such thing" is believed.
    pub missing: Duration,
    /// Older ones are not given at all, whatever happens: terms of use may say so.
    pub longest: Duration,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            fresh: Duration::from_secs(10 * 60),
            stale: Duration::from_secs(30 * 24 * 3600),
            missing: Duration::from_secs(10 * 60),
            longest: Duration::MAX,
        }
    }
}

/// Whether an answer is what was asked for; the reason against it may be shown. What fails is not
/// kept, so a hotel's sign-in page never stands where the catalogue was.
pub type Check = fn(&[u8]) -> Result<(), String>;

/// Any whole JSON.
pub fn is_json(answer: &[u8]) -> Result<(), String> {
    match serde_json::from_slice::<serde::de::IgnoredAny>(answer) {
        Ok(_) => Ok(()),
        Err(_) => Err("it is not the JSON that was expected".into()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// From the service, just now.
    New,
    /// Kept, and still good.
    Fresh,
    /// Kept, and being asked for anew, or the network is gone.
    Stale,
}

/// An answer with what is known of its age.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Without a byte-order mark.
    pub bytes: Bytes,
    pub freshness: Freshness,
    pub answered_at: UnixMs,
}

/// Asks through the cache. Clones share everything.
#[derive(Debug, Clone)]
pub struct HttpCache {
    fetcher: Fetcher,
    shared: Arc<Shared>,
    /// How the last question to this service went.
    last: Arc<Mutex<Option<Result<UnixMs, Error>>>>,
}

/// The locks are held for look-ups only.
struct Shared {
    storage: Arc<dyn AnswerStorage>,
    clock: Clock,
    under_way: Mutex<HashMap<AnswerKey, UnderWay>>,
    /// Until when not to ask again behind a stale answer.
    resting: Mutex<HashMap<AnswerKey, Duration>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("storage", &self.storage)
            .finish_non_exhaustive()
    }
}

type UnderWay = Joined<BoxFuture<'static, Result<Arc<Entry>, Error>>>;

impl HttpCache {
    pub fn new(fetcher: Fetcher, storage: Arc<dyn AnswerStorage>, clock: Clock) -> Self {
        Self {
            fetcher,
            shared: Arc::new(Shared {
                storage,
                clock,
                under_way: Mutex::default(),
                resting: Mutex::default(),
            }),
            last: Arc::default(),
        }
    }

    /// The same cache for one service, asked through a fetcher of its own.
    #[must_use]
    pub fn through(&self, fetcher: Fetcher) -> Self {
        Self {
            fetcher,
            shared: Arc::clone(&self.shared),
            last: Arc::default(),
        }
    }

    /// How the last question that went out through this fetcher ended, and when: a kept answer may
    /// hide that the service has not spoken for days.
    pub fn last(&self) -> Option<Result<UnixMs, Error>> {
        lock(&self.last).clone()
    }

    pub fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub async fn get(
        &self,
        request: &Request,
        keep: Keep,
        limits: Limits,
        check: Check,
    ) -> Result<Kept, Error> {
        let key = request.key();
        let now = self.shared.clock.wall();
        let mut known = self.load(key, request).await;
        if known
            .as_ref()
            .is_some_and(|known| known.is_too_old(keep, now))
        {
            known = None;
            self.remove(key).await;
        }
        let use_of = known
            .as_ref()
            .map_or(Use::AskFirst, |known| known.use_at(request, keep, now));
        match (known, use_of) {
            (Some(known), Use::Good) => known.give(request, Freshness::Fresh),
            (Some(known), Use::AskBehind) => {
                if !self.is_resting(&key) {
                    drop(self.ask(key, request, Some(Arc::clone(&known)), limits, check));
                }
                known.give(request, Freshness::Stale)
            }
            (Some(known), Use::AskFirst) => {
                if self.is_resting(&key) {
                    return known.give(request, Freshness::Stale);
                }
                match self
                    .ask(key, request, Some(Arc::clone(&known)), limits, check)
                    .await
                {
                    Ok(new) => new.give(request, Freshness::New),
                    Err(error) if error.is_final() => Err(error),
                    Err(error) => {
                        tracing::debug!(place = %Place::of(request.url()), %error, "an old answer is given");
                        known.give(request, Freshness::Stale)
                    }
                }
            }
            (None, _) => self
                .ask(key, request, None, limits, check)
                .await?
                .give(request, Freshness::New),
        }
    }

    /// Joins the same question if it is under way, or begins it. It goes on when nobody waits.
    fn ask(
        &self,
        key: AnswerKey,
        request: &Request,
        known: Option<Arc<Entry>>,
        limits: Limits,
        check: Check,
    ) -> UnderWay {
        let mut under_way = lock(&self.shared.under_way);
        if let Some(joined) = under_way.get(&key) {
            return joined.clone();
        }
        let cache = self.clone();
        let question = request.clone();
        let task = tokio::spawn(async move {
            let done = cache.refresh(key, &question, known, limits, check).await;
            cache.note(key, &done);
            lock(&cache.shared.under_way).remove(&key);
            done
        });
        let place = Place::of(request.url());
        let joined = async move {
            // Only the end of the program cancels it.
            task.await.unwrap_or(Err(Error::GivenUp { place }))
        }
        .boxed()
        .shared();
        under_way.insert(key, joined.clone());
        joined
    }

    async fn refresh(
        &self,
        key: AnswerKey,
        request: &Request,
        known: Option<Arc<Entry>>,
        limits: Limits,
        check: Check,
    ) -> Result<Arc<Entry>, Error> {
        let conditions = known
            .as_ref()
            .map_or_else(HeaderMap::new, |known| known.conditions(request));
        let received = self.fetcher.send(request, &conditions, limits).await?;
        let now = self.shared.clock.wall();
        if let Some(known) = known
            && received.status == reqwest::StatusCode::NOT_MODIFIED
        {
            let renewed = Arc::new(known.renewed(request, &received.headers, now));
            self.save(key, Arc::clone(&renewed)).await;
            return Ok(renewed);
        }
        if Entry::is_missing(received.status) {
            let missing = Arc::new(Entry::missing(received.status, now));
            self.save(key, missing).await;
        }
        let received = received.succeeded()?;
        let bytes = without_mark(&received.bytes);
        check(bytes).map_err(|reason| {
            let place = Place::of(&received.url);
            match received.content_type() {
                Some(found) if !found.contains("json") && is_json(bytes).is_err() => {
                    let found = found.chars().take(40).collect();
                    Error::WrongKind { place, found }
                }
                _ => Error::Unusable { place, reason },
            }
        })?;
        let bytes = received.bytes.slice_ref(bytes);
        let entry = Arc::new(Entry::new(received.status, &received.headers, bytes, now));
        if entry.may_be_kept(request) {
            self.save(key, Arc::clone(&entry)).await;
        } else {
            self.remove(key).await;
        }
        Ok(entry)
    }

    fn note(&self, key: AnswerKey, done: &Result<Arc<Entry>, Error>) {
        *lock(&self.last) = Some(match done {
            Ok(_) => Ok(self.shared.clock.wall()),
            Err(error) if error.is_final() => Ok(self.shared.clock.wall()),
            Err(error) => Err(error.clone()),
        });
        let mut resting = lock(&self.shared.resting);
        let now = self.shared.clock.now();
        match done {
            Ok(_) => drop(resting.remove(&key)),
            Err(error) => {
                let asked = match error {
                    Error::Busy { retry_after, .. } => *retry_after,
                    _ => None,
                };
                resting.retain(|_, until| *until > now);
                if resting.len() < MOST_RESTING {
                    let pause = asked.unwrap_or_default().max(REST_AFTER_FAILURE);
                    resting.insert(key, now + pause);
                }
            }
        }
    }

    fn is_resting(&self, key: &AnswerKey) -> bool {
        let now = self.shared.clock.now();
        lock(&self.shared.resting)
            .get(key)
            .is_some_and(|until| *until > now)
    }

    /// A cache that fails is a cache that knows nothing.
    async fn load(&self, key: AnswerKey, request: &Request) -> Option<Arc<Entry>> {
        let now = self.shared.clock.wall();
        let bytes = self
            .with_storage("read", move |storage| storage.load(&key, now))
            .await??;
        let entry = Entry::decode(&bytes);
        if entry.is_none() {
            tracing::debug!(place = %Place::of(request.url()), "a kept answer cannot be read");
        }
        entry.map(Arc::new)
    }

    async fn save(&self, key: AnswerKey, entry: Arc<Entry>) {
        let now = self.shared.clock.wall();
        self.with_storage("keep", move |storage| {
            storage.save(&key, &entry.encode(), now)
        })
        .await;
    }

    async fn remove(&self, key: AnswerKey) {
        self.with_storage("remove", move |storage| storage.remove(&key))
            .await;
    }

    async fn with_storage<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl FnOnce(&dyn AnswerStorage) -> Result<T, hearth_model::StorageError> + Send + 'static,
    ) -> Option<T> {
        let storage = Arc::clone(&self.shared.storage);
        let done = tokio::task::spawn_blocking(move || work(&*storage)).await;
        match done {
            Ok(Ok(value)) => Some(value),
            Ok(Err(error)) => {
                tracing::warn!(%error, "could not {action} an answer in the cache");
                None
            }
            Err(error) => {
                tracing::error!(%error, "the cache failed inside");
                None
            }
        }
    }
}

/// What to do with a kept answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Good,
    AskBehind,
    AskFirst,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
