//! What the box learns of the places that sources lie at, from what really happens.
//!
//! Kept in memory, because every score asks for it, and written now and then: what a power cut
//! takes is learnt again.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use hearth_model::{Learnt, Outcome, Source, UnixMs, learnt_under};
use hearth_store::Store;

/// Strangers' lists name as many trackers and hosts as they like.
const MOST_KEYS: usize = 2_000;

/// The lock is held for a look-up or a copy, never across an await.
#[derive(Debug)]
pub struct Learning {
    store: Store,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    learnt: HashMap<String, Learnt>,
    /// Not on the disk yet; those without an entry above are to be removed there.
    changed: HashSet<String>,
}

impl Learning {
    /// Waits for the disk. What cannot be read is learnt anew.
    pub fn open(store: Store) -> Self {
        let learnt = store.learnt().unwrap_or_else(|error| {
            tracing::warn!(%error, "what was learnt of sources could not be read");
            HashMap::new()
        });
        Self {
            store,
            known: Mutex::new(Known {
                learnt,
                changed: HashSet::new(),
            }),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, source: &Source, outcome: Outcome, now: UnixMs) {
        let mut known = self.known();
        for key in learnt_under(source) {
            known
                .learnt
                .entry(key.clone())
                .or_default()
                .add(outcome, now);
            known.changed.insert(key);
        }
        if known.learnt.len() > MOST_KEYS {
            known.forget(now);
        }
    }

    /// Everything, for a judgement.
    pub fn all(&self) -> HashMap<String, Learnt> {
        self.known().learnt.clone()
    }

    /// Writes what is not on the disk yet. Waits for it.
    pub fn save(&self) -> Result<(), hearth_store::Error> {
        let changed: Vec<(String, Option<Learnt>)> = {
            let mut known = self.known();
            let changed = std::mem::take(&mut known.changed);
            let of = |key: String| {
                let learnt = known.learnt.get(&key).copied();
                (key, learnt)
            };
            changed.into_iter().map(of).collect()
        };
        self.store.keep_learnt(&changed).inspect_err(|_| {
            let keys = changed.iter().map(|(key, _)| key.clone());
            self.known().changed.extend(keys);
        })
    }
}

impl Known {
    /// Leaves out the half of which the least is known.
    fn forget(&mut self, now: UnixMs) {
        let weight = |learnt: &Learnt| {
            let of = |mean: Option<(f32, f32)>| mean.map_or(0.0, |(_, weight)| weight);
            of(learnt.speed.mean(now)) + of(learnt.availability.mean(now))
        };
        let mut keys: Vec<(String, f32)> = self
            .learnt
            .iter()
            .map(|(key, learnt)| (key.clone(), weight(learnt)))
            .collect();
        keys.sort_by(|a, b| a.1.total_cmp(&b.1));
        for (key, _) in keys.into_iter().take(MOST_KEYS / 2) {
            self.learnt.remove(&key);
            self.changed.insert(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hearth_model::{Location, SourceKind};

    use super::*;
    use crate::testing::source;

    fn at(host: &str) -> Source {
        let url = format!("https://{host}/film.mp4");
        let headers = BTreeMap::new();
        Source {
            provider: "stremio:films".into(),
            ..source(SourceKind::Direct, Location::Url { url, headers })
        }
    }

    #[test]
    fn what_happens_is_kept_under_the_place_and_the_provider() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let learning = Learning::open(store.clone());
        learning.add(&at("a.example"), Outcome::Failed, 5);
        learning.add(&at("b.example"), Outcome::Started { after_ms: 0 }, 5);
        learning.save().unwrap();
        let again = Learning::open(store).all();
        let available = |key: &str| again[key].availability.mean(5).map(|(mean, _)| mean);
        assert_eq!(available("host:a.example"), Some(0.0));
        assert_eq!(available("host:b.example"), Some(1.0));
        assert_eq!(available("provider:stremio:films"), Some(0.5));
    }

    #[test]
    fn endless_hosts_do_not_fill_the_memory() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let learning = Learning::open(store.clone());
        let well_known = at("often.example");
        for _ in 0..9 {
            learning.add(&well_known, Outcome::Failed, 5);
        }
        for number in 0..MOST_KEYS * 2 {
            learning.add(&at(&format!("h{number}.example")), Outcome::Failed, 5);
        }
        let known = learning.all();
        assert!(known.len() <= MOST_KEYS);
        assert!(known.contains_key("host:often.example"));
        learning.save().unwrap();
        assert_eq!(store.learnt().unwrap().len(), known.len(), "nor the disk");
    }
}
