//! The providers of the owner, in one closed set.

use std::{collections::HashSet, sync::Arc, time::Duration};

use hearth_fetch::{Fetcher, Limits};
use hearth_model::{External, FoundEpisode, Source, Title, TitleKind};
use tokio::time::Instant;

use crate::{
    ConfiguredSite, Error, Job, OpenSubtitles, ProviderConfig, Query, Rss, Stremio, SubtitleFind,
    SubtitlePlace, SubtitleQuery, SubtitleText, Torznab,
    subtitles::{read_file, read_within},
};

/// A provider ready to be asked; clones share what they learnt (capabilities, manifest).
#[derive(Debug, Clone)]
pub enum Provider {
    Torznab(Arc<Torznab>),
    Stremio(Arc<Stremio>),
    Rss(Arc<Rss>),
    OpenSubtitles(Arc<OpenSubtitles>),
    Site(Arc<ConfiguredSite>),
}

/// What a provider tells of a title, and its episodes.
pub type Told = (Title, Vec<FoundEpisode>);

/// What a provider that was tried says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// Its own name, where it has one.
    pub name: Option<String>,
    /// For adults only.
    pub adult: bool,
    pub finds_sources: bool,
    pub lists_titles: bool,
    pub finds_subtitles: bool,
}

impl Provider {
    /// Nothing is asked yet: what a provider can do is fetched with its first search.
    pub fn new(config: &ProviderConfig, fetcher: &Fetcher) -> Result<Self, Error> {
        let id = config.id();
        let own = || Ok::<_, Error>((config.url()?, fetcher.allowing([config.host()?])));
        Ok(match config {
            ProviderConfig::Torznab { api_key, .. } => {
                let (address, fetcher) = own()?;
                let key = api_key.clone();
                Self::Torznab(Arc::new(Torznab::new(id, address, key, fetcher)))
            }
            ProviderConfig::Stremio { .. } => {
                let (address, fetcher) = own()?;
                Self::Stremio(Arc::new(Stremio::new(id, address, fetcher)))
            }
            ProviderConfig::Rss { url, .. } => {
                let (_, fetcher) = own()?;
                Self::Rss(Arc::new(Rss::new(id, url.clone(), fetcher)))
            }
            ProviderConfig::OpenSubtitles {
                api_key,
                username,
                password,
                ..
            } => {
                let (address, fetcher) = own()?;
                Self::OpenSubtitles(Arc::new(OpenSubtitles::new(
                    id,
                    address,
                    api_key.clone(),
                    username,
                    password,
                    fetcher,
                )))
            }
            ProviderConfig::Site {
                file,
                url,
                settings,
                headers,
                ..
            } => {
                // A definition may be a stranger's: only the owner's own word opens the home
                // network.
                let (base, fetcher) = if url.0.is_empty() {
                    (None, fetcher.clone())
                } else {
                    let (url, fetcher) = own()?;
                    (Some(url), fetcher)
                };
                let site = ConfiguredSite::open(id, file, base, (settings, headers), fetcher);
                Self::Site(Arc::new(site))
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
            Self::Rss(rss) => rss.id(),
            Self::OpenSubtitles(subtitles) => subtitles.id(),
            Self::Site(site) => site.id(),
        }
    }

    /// The fetcher that may reach this provider's own host, for what its sources point to.
    pub fn fetcher(&self) -> &Fetcher {
        match self {
            Self::Torznab(torznab) => torznab.fetcher(),
            Self::Stremio(stremio) => stremio.fetcher(),
            Self::Rss(rss) => rss.fetcher(),
            Self::OpenSubtitles(subtitles) => subtitles.fetcher(),
            Self::Site(site) => site.fetcher(),
        }
    }

    /// Tries whether it works as it is configured, and says what it is.
    pub async fn check(&self, deadline: Instant) -> Result<About, Error> {
        let sources = About {
            finds_sources: true,
            ..About::default()
        };
        match self {
            Self::Torznab(torznab) => {
                torznab.check(deadline).await?;
                Ok(sources)
            }
            Self::Rss(rss) => {
                rss.check(deadline).await?;
                Ok(sources)
            }
            Self::Stremio(stremio) => stremio.about(deadline).await,
            Self::OpenSubtitles(subtitles) => {
                subtitles.check(deadline).await?;
                Ok(About {
                    finds_subtitles: true,
                    ..About::default()
                })
            }
            Self::Site(site) => {
                site.check(deadline).await?;
                Ok(sources)
            }
        }
    }

    /// Why it cannot be asked at all.
    pub fn problem(&self) -> Option<&str> {
        match self {
            Self::Site(site) => site.problem(),
            Self::Torznab(_) | Self::Stremio(_) | Self::Rss(_) | Self::OpenSubtitles(_) => None,
        }
    }

    pub async fn find(&self, query: &Query, deadline: Instant) -> Result<Vec<Source>, Error> {
        match self {
            Self::Torznab(torznab) => torznab.find(query, deadline).await,
            Self::Stremio(stremio) => stremio.find(query, deadline).await,
            Self::Rss(rss) => rss.find(query, deadline).await,
            Self::OpenSubtitles(_) => Ok(Vec::new()),
            Self::Site(site) => site.find(query, deadline).await,
        }
    }

    /// The part of this provider in a search for sources; none where it knows other things only.
    pub fn job(&self, query: &Arc<Query>) -> Option<Job<Vec<Source>>> {
        if matches!(self, Self::OpenSubtitles(_)) {
            return None;
        }
        let (provider, query) = (self.clone(), Arc::clone(query));
        Some(Job::new(self.id(), move |deadline| async move {
            unless_adult(provider.find(&query, deadline).await)
        }))
    }

    /// Whether it is for adults alone; none while that was not heard.
    pub fn is_adult(&self) -> Option<bool> {
        match self {
            Self::Stremio(stremio) => stremio.is_adult(),
            _ => Some(false),
        }
    }

    /// The part of this provider in completing a title; none where it tells of none.
    pub fn meta_job(
        &self,
        kind: TitleKind,
        external: &External,
        allow_adult: bool,
    ) -> Option<Job<Option<Told>>> {
        let Self::Stremio(stremio) = self else {
            return None;
        };
        let (stremio, external) = (Arc::clone(stremio), external.clone());
        Some(Job::new(self.id(), move |deadline| async move {
            unless_adult(stremio.meta(kind, &external, allow_adult, deadline).await)
        }))
    }

    /// The part of this provider in a search for titles; none where it lists no titles.
    pub fn title_job(&self, words: &str, allow_adult: bool) -> Option<Job<Vec<Title>>> {
        let Self::Stremio(stremio) = self else {
            return None;
        };
        let (stremio, words) = (Arc::clone(stremio), words.to_owned());
        Some(Job::new(self.id(), move |deadline| async move {
            unless_adult(stremio.search_catalog(&words, allow_adult, deadline).await)
        }))
    }

    /// Whether it may know subtitles: of an addon that was not asked yet nobody can tell.
    pub fn may_find_subtitles(&self) -> bool {
        match self {
            Self::OpenSubtitles(_) => true,
            Self::Stremio(stremio) => stremio.may_find_subtitles(),
            Self::Torznab(_) | Self::Rss(_) | Self::Site(_) => false,
        }
    }

    /// The part of this provider in a search for subtitles; none where it knows none.
    pub fn subtitle_job(&self, wanted: &Arc<SubtitleQuery>) -> Option<Job<Vec<SubtitleFind>>> {
        let wanted = Arc::clone(wanted);
        match self {
            Self::Stremio(stremio) => {
                let stremio = Arc::clone(stremio);
                Some(Job::new(self.id(), move |deadline| async move {
                    unless_adult(stremio.subtitles(&wanted, deadline).await)
                }))
            }
            Self::OpenSubtitles(subtitles) => {
                let subtitles = Arc::clone(subtitles);
                Some(Job::new(self.id(), move |deadline| async move {
                    subtitles.find(&wanted, deadline).await
                }))
            }
            Self::Torznab(_) | Self::Rss(_) | Self::Site(_) => None,
        }
    }

    /// The text of subtitles that this provider found.
    pub async fn fetch_subtitle(
        &self,
        find: &SubtitleFind,
        deadline: Instant,
    ) -> Result<SubtitleText, Error> {
        match self {
            Self::OpenSubtitles(subtitles) => subtitles.fetch(find, deadline).await,
            _ => fetch_subtitle(self.fetcher(), find, deadline).await,
        }
    }
}

/// An addon for adults that is not allowed has nothing to say, which is no failure of its.
fn unless_adult<T: Default>(done: Result<T, Error>) -> Result<T, Error> {
    match done {
        Err(Error::Adult) => Ok(T::default()),
        done => done,
    }
}

/// The text of subtitles that lie at an address or in a file. `fetcher` is that of the provider that
/// found them.
pub async fn fetch_subtitle(
    fetcher: &Fetcher,
    find: &SubtitleFind,
    deadline: Instant,
) -> Result<SubtitleText, Error> {
    let language = find.language.as_deref();
    match &find.place {
        SubtitlePlace::Url(url) => read_within(fetcher, url, language, deadline).await,
        SubtitlePlace::File(path) => read_file(path, language).await,
        SubtitlePlace::OpenSubtitles(_) => Err(Error::Other {
            text: "OpenSubtitles is not among the providers any more: add it again".into(),
        }),
        SubtitlePlace::Track(_) => Err(Error::Other {
            text: "these subtitles are inside the video: the player shows them itself".into(),
        }),
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
