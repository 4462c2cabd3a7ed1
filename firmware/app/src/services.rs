//! The metadata services, behind the memory of what they answered.

use std::{path::Path, sync::Arc};

use hearth_catalog::{CatalogConfig, Shikimori, TMDB_ATTRIBUTION, Tmdb};
use hearth_fetch::{Fetcher, HttpCache, MemoryStorage};
use hearth_model::{AnswerStorage, Failure, ServiceState, ServiceStatus, Title};
use hearth_sources::Job;
use hearth_store::Cache;

use crate::Troubles;

/// What is remembered in memory, where the disk cannot.
const MEMORY_BYTES: usize = 16 << 20;

/// Each may be off: then it is never asked.
#[derive(Debug)]
pub(crate) struct Services {
    pub tmdb: Tmdb,
    pub shikimori: Shikimori,
    /// Where answers are kept between questions.
    pub answers: Arc<dyn AnswerStorage>,
}

impl Services {
    /// Waits for the disk.
    pub fn open(
        config: &CatalogConfig,
        data: &Path,
        fetcher: &Fetcher,
        troubles: &Troubles,
    ) -> Result<Self, hearth_catalog::Error> {
        let answers: Arc<dyn AnswerStorage> = match Cache::open(data, config.cache_mb << 20) {
            Ok(cache) => Arc::new(cache),
            Err(error) => {
                tracing::warn!(%error, "what services answer is not kept on the disk");
                troubles.tell("cache", "", Some(error.to_string()));
                Arc::new(MemoryStorage::new(MEMORY_BYTES))
            }
        };
        let cache = HttpCache::new(
            fetcher.clone(),
            answers.clone(),
            hearth_fetch::Clock::system(),
        );
        Ok(Self {
            tmdb: Tmdb::new(&config.tmdb, &cache)?,
            shikimori: Shikimori::new(&config.shikimori, &cache)?,
            answers,
        })
    }

    /// How they are.
    pub fn status(&self) -> Vec<ServiceStatus> {
        let status = |id: &str, state, attribution: Option<&str>| {
            let (state, failure) = match state {
                hearth_catalog::ServiceState::Off => (ServiceState::Off, None),
                hearth_catalog::ServiceState::Untried => (ServiceState::Untried, None),
                hearth_catalog::ServiceState::Answering { .. } => (ServiceState::Ok, None),
                hearth_catalog::ServiceState::Failing(error) => {
                    let failure = Failure::new(error.slug(), error.to_string());
                    (ServiceState::Failing, Some(failure))
                }
            };
            ServiceStatus {
                id: id.into(),
                state,
                failure,
                attribution: attribution.map(str::to_owned),
            }
        };
        vec![
            status("tmdb", self.tmdb.state(), Some(TMDB_ATTRIBUTION)),
            status("shikimori", self.shikimori.state(), None),
        ]
    }

    /// Their parts in a search for titles.
    pub fn search_jobs(&self, words: &str) -> Vec<Job<Vec<Title>>> {
        let mut jobs = Vec::new();
        if self.tmdb.is_on() {
            let (tmdb, words) = (self.tmdb.clone(), words.to_owned());
            jobs.push(Job::new("tmdb", async move |_| {
                Ok(tmdb.search(&words, 1).await.map_err(told)?.titles)
            }));
        }
        if self.shikimori.is_on() {
            let (shikimori, words) = (self.shikimori.clone(), words.to_owned());
            jobs.push(Job::new("shikimori", async move |_| {
                Ok(shikimori.search(&words, 1).await.map_err(told)?.titles)
            }));
        }
        jobs
    }
}

/// As a search tells of a provider.
pub(crate) fn told(error: hearth_catalog::Error) -> hearth_sources::Error {
    match error {
        hearth_catalog::Error::Fetch(error) => hearth_sources::Error::Fetch(error),
        error => hearth_sources::Error::Other {
            text: error.to_string(),
        },
    }
}
