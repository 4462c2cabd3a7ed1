//! Looks for a title's sources everywhere at once, and remembers what was found.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use hearth_model::{
    EpisodeId, Format, Health, Language, ProfileId, ProviderStatus, ScreenAbilities, ScreenId,
    Slug, Source, SourceId, SourceView, SourcesPage, Title, TitleId, TitleKind, TmdbKind,
};
use hearth_sources::{Job, Query};
use tokio::sync::{mpsc, watch};

use crate::{App, Error, Found, tastes::Adult};

/// Found sources are good for a while: the title page's search serves Play.
const FRESH_MS: u64 = 15 * 60_000;
const REMEMBERED_TITLES: usize = 64;
/// A source that failed is held against it for a day.
const HEALTH_MEMORY_MS: u64 = 24 * 60 * 60_000;

/// And whether addons for adults were asked: their finds are for those alone that allow them.
pub(crate) type Wanted = (TitleId, Option<EpisodeId>, bool);

/// A search for sources as it goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Finds {
    pub sources: Vec<Source>,
    /// Every provider has had its word.
    pub done: bool,
}

pub(crate) type Search = watch::Receiver<Finds>;

/// The newest searches, running and done.
///
/// The lock guards a small map; it is never held across an await.
#[derive(Debug, Default)]
pub struct FoundSources(Mutex<HashMap<Wanted, (u64, Search)>>);

impl FoundSources {
    pub(crate) fn of(&self, wanted: Wanted, now_ms: u64) -> Option<Search> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at_ms, search) = found.get(&wanted)?;
        (now_ms.saturating_sub(*at_ms) < FRESH_MS).then(|| search.clone())
    }

    fn keep(&self, wanted: Wanted, now_ms: u64, search: Search) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if found.len() >= REMEMBERED_TITLES
            && let Some(oldest) = found
                .iter()
                .min_by_key(|(_, (at_ms, _))| *at_ms)
                .map(|(key, _)| *key)
        {
            found.remove(&oldest);
        }
        found.insert(wanted, (now_ms, search));
    }

    /// What the searches found that still serve.
    pub fn newest(&self, now_ms: u64) -> Vec<Vec<Source>> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = found
            .values()
            .filter(|(at_ms, _)| now_ms.saturating_sub(*at_ms) < FRESH_MS);
        fresh
            .map(|(_, search)| search.borrow().sources.clone())
            .collect()
    }

    /// All that was found of a title: its sources changed.
    pub fn forget_title(&self, id: TitleId) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.retain(|(title_id, ..), _| *title_id != id);
    }

    pub(crate) fn forget(&self, wanted: Wanted) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&wanted);
    }
}

pub(crate) fn wanted(query: &Query) -> Wanted {
    let episode = query.episode.as_ref();
    let episode = episode.map(|episode| episode.id);
    (query.title.id, episode, query.allow_adult)
}

/// A search's finds until its end, as the JSON answer has them: best first, each provider once.
pub async fn sources_page(mut found: mpsc::Receiver<Found<SourceView>>) -> SourcesPage {
    let mut page = SourcesPage {
        items: Vec::new(),
        providers: Vec::new(),
    };
    while let Some(found) = found.recv().await {
        match found {
            Found::Item(item) => {
                // Somebody told more of it.
                page.items.retain(|known| known.id != item.id);
                page.items.push(item);
            }
            Found::Provider(status) => page.providers.push(status),
            Found::Next(_) => {}
        }
    }
    page.items.sort_by(|a, b| b.rank.total_cmp(&a.rank));
    page
}

impl App {
    /// Looks for sources everywhere at once: each find as it comes, again when another provider tells
    /// more of it, and each provider when it is done.
    pub async fn sources(
        self: &Arc<Self>,
        profile: ProfileId,
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
        screen_id: Option<ScreenId>,
        language: Language,
    ) -> Result<mpsc::Receiver<Found<SourceView>>, Error> {
        let query = self.query(profile, title_id, episode_id).await?;
        let abilities = self.abilities(screen_id).await?;
        let judge = self.judge(profile, abilities).await?;
        let (sender, receiver) = mpsc::channel(32);
        let app = self.clone();
        tokio::spawn(async move {
            let (mut found, _) = app.look_for(query);
            while let Some((status, sources)) = found.recv().await {
                let mut views: Vec<SourceView> = sources
                    .iter()
                    .map(|source| source.view(&judge, language))
                    .collect();
                views.sort_by(|a, b| b.rank.total_cmp(&a.rank));
                for view in views {
                    if sender.send(Found::Item(view)).await.is_err() {
                        return;
                    }
                }
                if sender.send(Found::Provider(status)).await.is_err() {
                    return;
                }
            }
        });
        Ok(receiver)
    }

    pub(crate) async fn query(
        self: &Arc<Self>,
        profile: ProfileId,
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
    ) -> Result<Arc<Query>, Error> {
        let adult = self.adult(profile).await?;
        let (query, has_episodes) = self
            .blocking(move |app| {
                let title = app.store.title(title_id)?;
                let title = title.filter(|title| adult.shows(title));
                let title = title.ok_or(Error::NotFound {
                    what: "this title",
                    slug: Slug::TitleUnknown,
                })?;
                let unknown = Error::NotFound {
                    what: "this episode",
                    slug: Slug::EpisodeUnknown,
                };
                let episode = match episode_id {
                    Some(id) => Some(
                        app.store
                            .episode(id)?
                            .filter(|episode| episode.title_id == title_id)
                            .ok_or(unknown)?,
                    ),
                    None => None,
                };
                let episodes = app.store.episodes(title_id)?;
                let query = match episode {
                    Some(episode) => Query::of_episode(title, episode, &episodes),
                    None => Query::new(title, None),
                };
                Ok((query, !episodes.is_empty()))
            })
            .await?;
        if query.episode.is_none() && !is_film(&query.title, has_episodes) {
            return Err(Error::Invalid(
                "a series needs an episode: say which one".into(),
            ));
        }
        Ok(Arc::new(Query {
            allow_adult: adult.is_shown(),
            ..query
        }))
    }

    pub(crate) async fn abilities(
        &self,
        screen_id: Option<ScreenId>,
    ) -> Result<ScreenAbilities, Error> {
        let screens = self.sessions.screens().await?;
        let screen = match screen_id {
            Some(id) => screens.into_iter().find(|screen| screen.id == id),
            None => screens.into_iter().next(),
        };
        Ok(screen.map(|screen| screen.abilities).unwrap_or_default())
    }

    /// Asks the built-in catalogue, the folders, what people gave and every provider; remembers all
    /// that was found.
    pub(crate) fn look_for(
        self: &Arc<Self>,
        query: Arc<Query>,
    ) -> (mpsc::Receiver<(ProviderStatus, Vec<Source>)>, Search) {
        let (sender, receiver) = mpsc::channel(32);
        let (finds, search) = watch::channel(Finds::default());
        // Before anything is read: what is taken back meanwhile is forgotten with the search.
        self.found
            .keep(wanted(&query), self.clock.now(), search.clone());
        let app = self.clone();
        tokio::spawn(async move {
            let adult = Adult::of(query.allow_adult);
            let mut asked = app.ask(app.jobs(&query, adult).await);
            // While they look: for what is being learnt of their sources.
            app.saving.settle().await;
            while let Some(one) = app.answer(&mut asked, adult).await {
                let found = app.with_health(one.items).await;
                let mut fresh = Vec::new();
                finds.send_modify(|finds| {
                    for source in found {
                        let at = hearth_sources::take_in(&mut finds.sources, source);
                        fresh.extend(at.map(|at| finds.sources[at].clone()));
                    }
                });
                // A client that left does not stop what Play may need.
                let _ = sender.send((one.status, fresh)).await;
            }
            finds.send_modify(|finds| finds.done = true);
            // Whoever waited for the finds has them all.
            drop(sender);
            let found = finds.borrow().sources.clone();
            for seen in app.look_at_best(&found).await {
                finds.send_modify(|finds| {
                    let known = finds.sources.iter_mut().find(|known| known.id == seen.id);
                    if let Some(known) = known {
                        *known = seen;
                    }
                });
            }
        });
        (receiver, search)
    }

    /// Each one's part in a search.
    async fn jobs(self: &Arc<Self>, query: &Arc<Query>, adult: Adult) -> Vec<Job<Vec<Source>>> {
        let mut jobs: Vec<Job<Vec<Source>>> = Vec::new();
        for (id, sources) in self.library.sources(&query.title, query.episode.as_ref()) {
            let told = |source| self.streams.probes.told(source);
            let sources = sources.into_iter().map(told).collect();
            jobs.push(Job::new(id, move |_| async move { Ok(sources) }));
        }
        if let Some(job) = self.given_job(query).await {
            jobs.push(self.looked_at_first(job));
        }
        for entry in self.providers.active_for(adult) {
            let provider = entry.provider.as_ref().ok();
            if let Some(job) = provider.and_then(|provider| provider.job(query)) {
                let job = self.guarded(&entry, job);
                jobs.push(self.looked_at_first(job));
            }
        }
        jobs
    }

    /// A provider's part in a search, and a short look at what it found.
    fn looked_at_first(self: &Arc<Self>, job: Job<Vec<Source>>) -> Job<Vec<Source>> {
        let app = self.clone();
        Job::new(job.id, move |deadline| async move {
            let found = (job.run)(deadline).await?;
            Ok(app.look_at_first(found, deadline).await)
        })
    }

    /// What was learnt by playing them before, as far as it is saved.
    pub(crate) async fn with_health(self: &Arc<Self>, mut sources: Vec<Source>) -> Vec<Source> {
        let ids: Vec<SourceId> = sources.iter().map(|source| source.id).collect();
        let now = self.clock.wall();
        let tries = match self.blocking(move |app| Ok(app.store.tries(&ids)?)).await {
            Ok(tries) => tries,
            Err(error) => {
                tracing::warn!(%error, "the sources' health could not be read");
                return sources;
            }
        };
        for source in &mut sources {
            let Some(tried) = tries.get(&source.id) else {
                continue;
            };
            source.hints.without_subtitles = tried.has_subtitles == Some(false);
            if now.saturating_sub(tried.at) < HEALTH_MEMORY_MS {
                source.health = if tried.good {
                    Health::Good
                } else {
                    Health::Failing
                };
            }
        }
        sources
    }
}

/// Whether it is played without saying which episode. An anime may be a film, by the word of one
/// of those who tell of it.
pub(crate) fn is_film(title: &Title, has_episodes: bool) -> bool {
    let told = title.facts.format == Some(Format::Film)
        || title.external.tmdb_kind == Some(TmdbKind::Movie);
    title.kind == TitleKind::Film || (told && !has_episodes)
}

#[cfg(test)]
mod tests {
    use hearth_model::Names;

    use super::*;

    /// A film that Shikimori knows too is anime by its kind, and could not be played: it asked for
    /// an episode that there is none of.
    #[test]
    fn an_anime_film_is_played_without_an_episode() {
        let title = |kind, format, tmdb_kind| {
            let mut title = Title::new(kind, Names::default());
            title.facts.format = format;
            title.external.tmdb_kind = tmdb_kind;
            title
        };
        let (film, series) = (Some(Format::Film), Some(Format::Series));
        let movie = Some(TmdbKind::Movie);
        for (kind, format, tmdb, has_episodes, wanted) in [
            (TitleKind::Film, None, None, false, true),
            (TitleKind::Anime, film, None, false, true),
            (TitleKind::Anime, None, movie, false, true),
            (TitleKind::Anime, Some(Format::Ova), movie, true, false),
            (TitleKind::Anime, series, Some(TmdbKind::Tv), false, false),
            (TitleKind::Anime, None, None, false, false),
            (TitleKind::Series, None, None, false, false),
        ] {
            let title = title(kind, format, tmdb);
            assert_eq!(is_film(&title, has_episodes), wanted, "{title:?}");
        }
    }
}
