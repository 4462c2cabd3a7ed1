//! From a title to a picture: look for sources, rank them, open the best, keep the rest at hand.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hearth_model::{
    EpisodeId, Language, ProfileId, Progress, ProviderStatus, ScreenAbilities, ScreenId,
    ScreenInfo, Source, SourceId, SourceView, SourcesPage, Start, TitleId, TitleKind,
};
use hearth_sources::{Job, Query};
use tokio::sync::mpsc;

use crate::{
    App, Error, Found,
    sessions::{Prepared, Viewing},
};

/// What `player/prepare` asks for.
#[derive(Debug, Clone)]
pub struct Play {
    pub profile: ProfileId,
    pub title_id: TitleId,
    pub episode_id: Option<EpisodeId>,
    pub source_id: Option<SourceId>,
    pub screen_id: ScreenId,
    pub start_ms: Option<u64>,
}

/// How long Play waits for more once something playable was found.
const BETTER_WITHIN: Duration = Duration::from_millis(1500);
/// Found sources are good for a while: the title page's search serves Play.
const FRESH_MS: u64 = 15 * 60_000;
const REMEMBERED_TITLES: usize = 64;
/// A source that failed is held against it for a day.
const HEALTH_MEMORY_MS: u64 = 24 * 60 * 60_000;

type Wanted = (TitleId, Option<EpisodeId>);

/// What the newest searches found.
///
/// The lock guards a small map; it is never held across an await.
#[derive(Debug, Default)]
pub struct FoundSources(Mutex<HashMap<Wanted, (u64, Vec<Source>)>>);

impl FoundSources {
    fn of(&self, wanted: Wanted, now_ms: u64) -> Option<Vec<Source>> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at_ms, sources) = found.get(&wanted)?;
        (now_ms.saturating_sub(*at_ms) < FRESH_MS && !sources.is_empty()).then(|| sources.clone())
    }

    fn keep(&self, wanted: Wanted, now_ms: u64, sources: Vec<Source>) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if found.len() >= REMEMBERED_TITLES
            && let Some(oldest) = found
                .iter()
                .min_by_key(|(_, (at_ms, _))| *at_ms)
                .map(|(key, _)| *key)
        {
            found.remove(&oldest);
        }
        found.insert(wanted, (now_ms, sources));
    }

    fn forget(&self, wanted: Wanted) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&wanted);
    }
}

/// A search's finds until its end, as the JSON answer has them: best first, each provider once.
pub async fn sources_page(mut found: mpsc::Receiver<Found<SourceView>>) -> SourcesPage {
    let mut page = SourcesPage {
        items: Vec::new(),
        providers: Vec::new(),
    };
    while let Some(found) = found.recv().await {
        match found {
            Found::Item(item) => page.items.push(item),
            Found::Provider(status) => page.providers.push(status),
        }
    }
    page.items.sort_by(|a, b| {
        (b.playable, b.score.total)
            .partial_cmp(&(a.playable, a.score.total))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    page
}

impl App {
    /// Looks for sources everywhere at once: each find as it comes, each provider when it is done.
    pub async fn sources(
        self: &Arc<Self>,
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
        screen_id: Option<ScreenId>,
        language: Language,
    ) -> Result<mpsc::Receiver<Found<SourceView>>, Error> {
        let query = self.query(title_id, episode_id).await?;
        let abilities = self.abilities(screen_id).await?;
        let (sender, receiver) = mpsc::channel(32);
        let app = self.clone();
        tokio::spawn(async move {
            let mut found = app.look_for(query);
            while let Some((status, sources)) = found.recv().await {
                for source in sources {
                    let view = app.view(&source, &abilities, language);
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

    fn view(&self, source: &Source, abilities: &ScreenAbilities, language: Language) -> SourceView {
        let config = self.config();
        source.view(&config.taste, abilities, &config.scoring.weights, language)
    }

    async fn query(
        self: &Arc<Self>,
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
    ) -> Result<Arc<Query>, Error> {
        let (title, episode) = self
            .blocking(move |app| {
                let title = app.store.title(title_id)?.ok_or(Error::NotFound {
                    what: "this title",
                    slug: "title-unknown",
                })?;
                let unknown = Error::NotFound {
                    what: "this episode",
                    slug: "episode-unknown",
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
                Ok((title, episode))
            })
            .await?;
        if title.kind != TitleKind::Film && episode.is_none() {
            return Err(Error::Invalid(
                "a series needs an episode: say which one".into(),
            ));
        }
        Ok(Arc::new(Query {
            title,
            episode,
            absolute: None,
        }))
    }

    async fn abilities(&self, screen_id: Option<ScreenId>) -> Result<ScreenAbilities, Error> {
        let screens = self.sessions.screens().await?;
        let screen = match screen_id {
            Some(id) => screens.into_iter().find(|screen| screen.id == id),
            None => screens.into_iter().next(),
        };
        Ok(screen.map(|screen| screen.abilities).unwrap_or_default())
    }

    /// Asks the built-in catalogue, the folders and every provider; remembers all that was found.
    fn look_for(
        self: &Arc<Self>,
        query: Arc<Query>,
    ) -> mpsc::Receiver<(ProviderStatus, Vec<Source>)> {
        let mut jobs: Vec<Job<Vec<Source>>> = Vec::new();
        for (id, sources) in self.library.sources(&query.title, query.episode.as_ref()) {
            jobs.push(Job::new(id, move |_| async move { Ok(sources) }));
        }
        jobs.extend(self.providers.iter().map(|provider| provider.job(&query)));
        let config = &self.config().sources;
        let mut found = hearth_sources::search(
            jobs,
            Duration::from_millis(config.deadline_ms),
            Duration::from_millis(config.hard_stop_ms),
        );
        let (sender, receiver) = mpsc::channel(32);
        let app = self.clone();
        tokio::spawn(async move {
            let wanted = (
                query.title.id,
                query.episode.as_ref().map(|episode| episode.id),
            );
            let mut all: Vec<Source> = Vec::new();
            while let Some(one) = found.recv().await {
                app.note_provider(&one.status);
                let fresh: Vec<Source> = one
                    .items
                    .into_iter()
                    .filter(|source| all.iter().all(|known| known.id != source.id))
                    .collect();
                let fresh = app.with_health(fresh).await;
                all.extend(fresh.iter().cloned());
                app.found.keep(wanted, app.clock.now(), all.clone());
                // A client that left does not stop what Play may need.
                let _ = sender.send((one.status, fresh)).await;
            }
        });
        receiver
    }

    /// What was learnt by playing them before.
    async fn with_health(self: &Arc<Self>, mut sources: Vec<Source>) -> Vec<Source> {
        let unchanged = sources.clone();
        let now = self.clock.wall();
        let learnt = self.blocking(move |app| {
            for source in &mut sources {
                if let Some((good, at)) = app.store.health(source)?
                    && now.saturating_sub(at) < HEALTH_MEMORY_MS
                {
                    source.health = if good {
                        hearth_model::Health::Good
                    } else {
                        hearth_model::Health::Failing
                    };
                }
            }
            Ok(sources)
        });
        learnt.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the sources' health could not be read");
            unchanged
        })
    }

    /// Opens a title on a screen, where it was left; see `Sessions::begin`.
    pub async fn prepare(self: &Arc<Self>, play: Play) -> Result<Prepared, Error> {
        let Play {
            profile,
            title_id,
            episode_id,
            source_id,
            screen_id,
            start_ms,
        } = play;
        let screen = self.screen(screen_id).await?;
        let query = self.query(title_id, episode_id).await?;
        let watched = self
            .blocking(move |app| Ok(app.store.progress(profile, title_id, episode_id)?))
            .await?;
        let resume_ms = start_ms.unwrap_or_else(|| {
            watched
                .as_ref()
                .map_or(0, |watched| resume_from(&watched.progress))
        });
        let last_source = watched.and_then(|watched| watched.source);
        let sources = self
            .candidates(&query, source_id, last_source, &screen.abilities)
            .await?;
        let mut ids = sources.iter().map(|source| source.id);
        let Some(first) = ids.next() else {
            return Err(Error::NoSourcePlays(
                "nothing was found for this title; add a source or try again later".into(),
            ));
        };
        let start = Start {
            title_id,
            episode_id,
            title: query.title.names.clone(),
            numbers: query
                .episode
                .as_ref()
                .map(|episode| (episode.season, episode.number)),
            poster: query.title.poster.clone(),
            screen_id,
            source: first,
            next_sources: ids.collect(),
            resume_ms,
            volume: 0,
        };
        self.found.forget((title_id, episode_id));
        let prepared = self
            .sessions
            .begin(Viewing {
                start,
                sources: sources.clone(),
                profile,
            })
            .await;
        if prepared.is_ok() {
            self.found
                .keep((title_id, episode_id), self.clock.now(), sources);
        }
        prepared
    }

    async fn screen(&self, screen_id: ScreenId) -> Result<ScreenInfo, Error> {
        let screens = self.sessions.screens().await?;
        let screen = screens
            .into_iter()
            .find(|screen| screen.id == screen_id)
            .ok_or(Error::NotFound {
                what: "this screen",
                slug: "screen-unknown",
            })?;
        if screen.connected {
            Ok(screen)
        } else {
            Err(Error::ScreenAway)
        }
    }

    /// What may play, best first: the asked-for source, else the one of last time, then by score.
    async fn candidates(
        self: &Arc<Self>,
        query: &Arc<Query>,
        asked: Option<SourceId>,
        last: Option<Source>,
        abilities: &ScreenAbilities,
    ) -> Result<Vec<Source>, Error> {
        let wanted = (
            query.title.id,
            query.episode.as_ref().map(|episode| episode.id),
        );
        let remembered = self.found.of(wanted, self.clock.now());
        let complete = |sources: &[Source]| {
            asked.is_none_or(|id| sources.iter().any(|source| source.id == id))
        };
        let mut sources = match remembered {
            Some(sources) if complete(&sources) => sources,
            _ => self.search_until_playable(query, asked, abilities).await,
        };
        // Going on needs no search to find again what played.
        if let Some(last) = last
            && sources.iter().all(|source| source.id != last.id)
        {
            let mut last = self.with_health(vec![last]).await;
            sources.append(&mut last);
        }
        if let Some(id) = asked
            && sources.iter().all(|source| source.id != id)
        {
            return Err(Error::NotFound {
                what: "this source",
                slug: "source-unknown",
            });
        }
        let config = self.config();
        let mut ranked: Vec<_> = sources
            .into_iter()
            .map(|source| {
                let verdict =
                    hearth_model::judge(&source, &config.taste, abilities, &config.scoring.weights);
                (verdict.rank(), source)
            })
            .filter(|((playable, _), source)| *playable || asked == Some(source.id))
            .collect();
        ranked.sort_by(|((_, a), _), ((_, b), _)| b.total_cmp(a));
        let mut sources: Vec<Source> = ranked.into_iter().map(|(_, source)| source).collect();
        if let Some(place) = sources.iter().position(|source| asked == Some(source.id)) {
            sources[..=place].rotate_right(1);
        }
        Ok(sources)
    }

    /// Searches until the asked-for source is there, or something playable and a moment more.
    async fn search_until_playable(
        self: &Arc<Self>,
        query: &Arc<Query>,
        asked: Option<SourceId>,
        abilities: &ScreenAbilities,
    ) -> Vec<Source> {
        let mut found = self.look_for(query.clone());
        let mut sources: Vec<Source> = Vec::new();
        let config = self.config();
        let far =
            tokio::time::Instant::now() + Duration::from_millis(config.sources.hard_stop_ms + 1000);
        let mut until = far;
        loop {
            tokio::select! {
                one = found.recv() => {
                    let Some((_, more)) = one else { break };
                    sources.extend(more);
                    let enough = match asked {
                        Some(id) => sources.iter().any(|source| source.id == id),
                        None => sources.iter().any(|source| {
                            let verdict = hearth_model::judge(
                                source, &config.taste, abilities, &config.scoring.weights,
                            );
                            verdict.rank().0 && source.health != hearth_model::Health::Failing
                        }),
                    };
                    if enough && until == far {
                        until = tokio::time::Instant::now() + BETTER_WITHIN;
                    }
                }
                () = tokio::time::sleep_until(until) => break,
            }
        }
        sources
    }

    /// Progress of a player that is no screen of a session.
    pub async fn save_progress(
        self: &Arc<Self>,
        profile: ProfileId,
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
        position_ms: u64,
        duration_ms: u64,
    ) -> Result<(), Error> {
        let query = self.query(title_id, episode_id).await?;
        let progress = Progress {
            title_id: query.title.id,
            episode_id,
            position_ms: position_ms.min(duration_ms),
            duration_ms,
            watched_at: self.clock.wall(),
            finished: Progress::is_finished(position_ms, duration_ms),
        };
        self.blocking(move |app| Ok(app.store.save_progress(profile, &progress, None)?))
            .await
    }
}

/// A finished film begins anew.
fn resume_from(progress: &Progress) -> u64 {
    if progress.finished {
        0
    } else {
        progress.position_ms
    }
}
