//! The providers of the owner, in one closed set.

use std::{collections::HashSet, sync::Arc, time::Duration};

use hearth_fetch::{Fetcher, Limits};
use hearth_model::{Source, Title};
use tokio::time::Instant;

use crate::{Error, Job, ProviderConfig, Query, Stremio, Torznab};

/// A provider ready to be asked; clones share what they learnt (capabilities, manifest).
#[derive(Debug, Clone)]
pub enum Provider {
    Torznab(Arc<Torznab>),
    Stremio(Arc<Stremio>),
}

impl Provider {
    /// Nothing is asked yet: what a provider can do is fetched with its first search.
    pub fn new(config: &ProviderConfig, fetcher: &Fetcher) -> Result<Self, Error> {
        let fetcher = fetcher.allowing([config.host()?]);
        let url = config.url()?;
        Ok(match config {
            ProviderConfig::Torznab { api_key, .. } => Self::Torznab(Arc::new(Torznab::new(
                config.id(),
                url,
                api_key.clone(),
                fetcher,
            ))),
            ProviderConfig::Stremio { .. } => {
                Self::Stremio(Arc::new(Stremio::new(config.id(), url, fetcher)))
            }
        })
    }

    /// All of a configuration, whose ids must differ.
    pub fn all(configs: &[ProviderConfig], fetcher: &Fetcher) -> Result<Vec<Self>, Error> {
        let mut ids = HashSet::new();
        let make = |config: &ProviderConfig| {
            let id = config.id();
            if !ids.insert(id.clone()) {
                return Err(Error::DuplicateId { id });
            }
            Self::new(config, fetcher)
        };
        configs.iter().map(make).collect()
    }

    pub fn id(&self) -> &str {
        match self {
            Self::Torznab(torznab) => torznab.id(),
            Self::Stremio(stremio) => stremio.id(),
        }
    }

    /// The fetcher that may reach this provider's own host, for what its sources point to.
    pub fn fetcher(&self) -> &Fetcher {
        match self {
            Self::Torznab(torznab) => torznab.fetcher(),
            Self::Stremio(stremio) => stremio.fetcher(),
        }
    }

    pub async fn find(&self, query: &Query, deadline: Instant) -> Result<Vec<Source>, Error> {
        match self {
            Self::Torznab(torznab) => torznab.find(query, deadline).await,
            Self::Stremio(stremio) => stremio.find(query, deadline).await,
        }
    }

    /// The part of this provider in a search for sources.
    pub fn job(&self, query: &Arc<Query>) -> Job<Vec<Source>> {
        let (provider, query) = (self.clone(), Arc::clone(query));
        Job::new(self.id(), move |deadline| async move {
            provider.find(&query, deadline).await
        })
    }

    /// The part of this provider in a search for titles; none where it lists no titles.
    pub fn title_job(&self, words: &str) -> Option<Job<Vec<Title>>> {
        let Self::Stremio(stremio) = self else {
            return None;
        };
        let (stremio, words) = (Arc::clone(stremio), words.to_owned());
        Some(Job::new(self.id(), move |deadline| async move {
            stremio.search_catalog(&words, deadline).await
        }))
    }
}

/// What may be spent until just before `deadline`, so that the provider's own word on what went
/// wrong, and what others of its requests brought, still arrive.
pub(crate) fn limits(deadline: Instant, max_bytes: usize) -> Limits {
    let left = deadline.saturating_duration_since(Instant::now());
    Limits {
        timeout: left.saturating_sub((left / 20).min(Duration::from_millis(200))),
        max_bytes,
        ..Limits::default()
    }
}
