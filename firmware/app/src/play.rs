//! From a title to a picture: look for sources, rank them, open the best, keep the rest at hand.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hearth_model::{
    EpisodeId, Format, Health, Judge, Language, ProfileId, Progress, ProviderStatus,
    ScreenAbilities, ScreenId, ScreenInfo, Slug, Source, SourceId, SourceView, SourcesPage, Start,
    Title, TitleId, TitleKind, TmdbKind,
};
use hearth_sources::{Job, Query};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

use crate::{
    App, Error, Found,
    sessions::{Prepared, Viewing},
    subtitles::Outside,
    tastes::Adult,
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

/// And whether addons for adults were asked: their finds are for those alone that allow them.
type Wanted = (TitleId, Option<EpisodeId>, bool);

/// A search for sources as it goes.
#[derive(Debug, Clone, Default)]
struct Finds {
    sources: Vec<Source>,
    /// Every provider has had its word.
    done: bool,
}

type Search = watch::Receiver<Finds>;

/// The newest searches, running and done.
///
/// The lock guards a small map; it is never held across an await.
#[derive(Debug, Default)]
pub struct FoundSources(Mutex<HashMap<Wanted, (u64, Search)>>);

impl FoundSources {
    fn of(&self, wanted: Wanted, now_ms: u64) -> Option<Search> {
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

    fn forget(&self, wanted: Wanted) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&wanted);
    }
}

/// What Play asks for, and who judges it.
#[derive(Debug)]
struct Wish {
    query: Arc<Query>,
    asked: Option<SourceId>,
    /// What played last time.
    last: Option<Source>,
    judge: Judge,
}

impl Wish {
    /// Whether it is what no search need be waited for.
    fn is_first(&self, source: &Source) -> bool {
        match (self.asked, &self.last) {
            (Some(id), _) => source.id == id,
            (None, Some(last)) => source.id == last.id && source.health != Health::Failing,
            (None, None) => false,
        }
    }
}

fn wanted(query: &Query) -> Wanted {
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
            Found::Item(item) => page.items.push(item),
            Found::Provider(status) => page.providers.push(status),
            Found::Next(_) => {}
        }
    }
    page.items.sort_by(|a, b| b.rank.total_cmp(&a.rank));
    page
}

impl App {
    /// Looks for sources everywhere at once: each find as it comes, each provider when it is done.
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

    async fn query(
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

    async fn abilities(&self, screen_id: Option<ScreenId>) -> Result<ScreenAbilities, Error> {
        let screens = self.sessions.screens().await?;
        let screen = match screen_id {
            Some(id) => screens.into_iter().find(|screen| screen.id == id),
            None => screens.into_iter().next(),
        };
        Ok(screen.map(|screen| screen.abilities).unwrap_or_default())
    }

    /// Asks the built-in catalogue, the folders, what people gave and every provider; remembers all
    /// that was found.
    fn look_for(
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
            let jobs = app.jobs(&query, adult).await;
            let config = &app.config().sources;
            let mut found = hearth_sources::search(
                jobs,
                Duration::from_millis(config.deadline_ms),
                Duration::from_millis(config.hard_stop_ms),
            );
            while let Some(one) = found.recv().await {
                if app.providers.hides(&one.status.id, adult) {
                    continue;
                }
                app.note_provider(&one.status);
                let known = |source: &Source| {
                    let finds = finds.borrow();
                    finds.sources.iter().any(|known| known.id == source.id)
                };
                let fresh = one.items.into_iter().filter(|source| !known(source));
                let fresh = app.with_health(fresh.collect()).await;
                finds.send_modify(|finds| finds.sources.extend(fresh.iter().cloned()));
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

    /// What was learnt by playing them before.
    async fn with_health(self: &Arc<Self>, mut sources: Vec<Source>) -> Vec<Source> {
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
        let query = self.query(profile, title_id, episode_id).await?;
        let looked_for = query.clone();
        let watched = self
            .blocking(move |app| {
                let mut watched = app.store.progress(profile, title_id, episode_id)?;
                if let Some(watched) = &mut watched
                    && let Some(source) = &watched.source
                    && !app.is_still_given(source, &looked_for)?
                {
                    watched.source = None;
                }
                Ok(watched)
            })
            .await?;
        let resume_ms = start_ms.unwrap_or_else(|| {
            watched
                .as_ref()
                .map_or(0, |watched| resume_from(&watched.progress))
        });
        // Going on needs no search to find again what played, and what is half fetched already.
        let last = match watched {
            Some(watched) if !watched.progress.finished => watched
                .source
                .filter(|source| self.library.may_have(source))
                .filter(|one| {
                    !self
                        .providers
                        .hides(&one.provider, Adult::of(query.allow_adult))
                }),
            _ => None,
        };
        let wish = Wish {
            query: query.clone(),
            asked: source_id,
            last,
            judge: self.judge(profile, screen.abilities).await?,
        };
        let (sources, search) = self.candidates(&wish).await?;
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
            more_to_come: true,
            resume_ms,
            volume: 0,
            outside: Vec::new(),
            wished_subtitles: self.subtitles_looked_for(&wish).await,
        };
        let beside = self.library.subtitles(title_id, episode_id);
        let subtitles = Outside::of(beside, &sources);
        let finder = self.subtitle_finder(
            (*query).clone(),
            wish.judge.taste.subtitle_languages.clone(),
            subtitles.clone(),
        );
        let prepared = self
            .sessions
            .begin(Viewing {
                start,
                sources,
                subtitles,
                finder,
                more: self.more(wish, search),
                profile,
                // Whoever chose a source knows what it is.
                runtime_ms: runtime_ms(&query).filter(|_| source_id.is_none()),
            })
            .await;
        if matches!(prepared, Err(Error::NoSourcePlays(_))) {
            self.found.forget(wanted(&query));
        }
        prepared
    }

    /// The languages in which subtitles are looked for unasked, where there are none.
    async fn subtitles_looked_for(self: &Arc<Self>, wish: &Wish) -> Vec<String> {
        let taste = &wish.judge.taste;
        let adult = Adult::of(wish.query.allow_adult);
        if taste.metered || self.is_metered().await || self.subtitle_providers(adult).is_empty() {
            return Vec::new();
        }
        taste.subtitle_languages.clone()
    }

    /// What would play on a screen now, best first.
    pub(crate) async fn best_sources(
        self: &Arc<Self>,
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
        screen_id: ScreenId,
    ) -> Result<Vec<Source>, Error> {
        let abilities = self.abilities(Some(screen_id)).await?;
        let wish = Wish {
            query: self
                .query(ProfileId::HOUSEHOLD, title_id, episode_id)
                .await?,
            asked: None,
            last: None,
            judge: self.judge(ProfileId::HOUSEHOLD, abilities).await?,
        };
        Ok(self.candidates(&wish).await?.0)
    }

    /// What the search finds beside what a session begins with, ranked, until its end.
    fn more(self: &Arc<Self>, wish: Wish, mut search: Search) -> mpsc::Receiver<Vec<Source>> {
        let (sender, receiver) = mpsc::channel(4);
        let app = self.clone();
        tokio::spawn(async move {
            loop {
                let finds = search.borrow_and_update().clone();
                let ranked = app.ranked(&wish, finds.sources).await;
                let gone = sender.send(ranked).await.is_err();
                if gone || finds.done || search.changed().await.is_err() {
                    return;
                }
            }
        });
        receiver
    }

    async fn screen(&self, screen_id: ScreenId) -> Result<ScreenInfo, Error> {
        let screens = self.sessions.screens().await?;
        let screen = screens
            .into_iter()
            .find(|screen| screen.id == screen_id)
            .ok_or(Error::NotFound {
                what: "this screen",
                slug: Slug::ScreenUnknown,
            })?;
        if screen.connected {
            Ok(screen)
        } else {
            Err(Error::ScreenAway)
        }
    }

    /// What may play, best first, and the search that may find more.
    async fn candidates(self: &Arc<Self>, wish: &Wish) -> Result<(Vec<Source>, Search), Error> {
        let remembered = self.found.of(wanted(&wish.query), self.clock.now());
        let is_old = remembered
            .as_ref()
            .is_some_and(|search| search.borrow().done);
        let mut search = match remembered {
            Some(search) => search,
            None => self.look_for(wish.query.clone()).1,
        };
        let mut sources = self.enough(wish, &mut search).await;
        let has = |sources: &[Source]| match wish.asked {
            Some(id) => sources.iter().any(|source| source.id == id),
            None => !sources.is_empty(),
        };
        if is_old && !has(&sources) {
            search = self.look_for(wish.query.clone()).1;
            sources = self.enough(wish, &mut search).await;
        }
        if wish.asked.is_some() && !has(&sources) {
            return Err(Error::NotFound {
                what: "this source",
                slug: Slug::SourceUnknown,
            });
        }
        Ok((sources, search))
    }

    /// Waits until there is the wanted source, or something good and a moment for better, or all
    /// that can be found.
    async fn enough(self: &Arc<Self>, wish: &Wish, search: &mut Search) -> Vec<Source> {
        let mut until = None;
        loop {
            let finds = search.borrow_and_update().clone();
            let sources = self.ranked(wish, finds.sources).await;
            if finds.done || sources.first().is_some_and(|first| wish.is_first(first)) {
                return sources;
            }
            if sources
                .iter()
                .any(|source| source.health != Health::Failing)
            {
                until.get_or_insert_with(|| Instant::now() + BETTER_WITHIN);
            }
            let better_late = async {
                match until {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                more = search.changed() => if more.is_err() {
                    return sources;
                },
                () = better_late => return sources,
            }
        }
    }

    /// What may play, best first: the asked-for source, else the one of last time if it is good,
    /// then by score.
    async fn ranked(self: &Arc<Self>, wish: &Wish, mut sources: Vec<Source>) -> Vec<Source> {
        if let Some(last) = &wish.last
            && sources.iter().all(|source| source.id != last.id)
        {
            sources.push(last.clone());
        }
        let mut ranked: Vec<_> = self
            .with_health(sources)
            .await
            .into_iter()
            .map(|source| (wish.judge.verdict(&source), source))
            .filter(|(verdict, source)| verdict.is_playable() || wish.asked == Some(source.id))
            .collect();
        ranked.sort_by(|(a, _), (b, _)| b.rank.total_cmp(&a.rank));
        let mut sources: Vec<Source> = ranked.into_iter().map(|(_, source)| source).collect();
        if let Some(place) = sources.iter().position(|source| wish.is_first(source)) {
            sources[..=place].rotate_right(1);
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
        let query = self.query(profile, title_id, episode_id).await?;
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

/// How long what is looked for should be.
fn runtime_ms(query: &Query) -> Option<u64> {
    let of_episode = query
        .episode
        .as_ref()
        .and_then(|episode| episode.facts.runtime_minutes);
    let minutes = of_episode.or(query.title.runtime_minutes)?;
    (minutes > 0).then(|| u64::from(minutes) * 60_000)
}

/// Whether it is played without saying which episode. An anime may be a film, by the word of one
/// of those who tell of it.
pub(crate) fn is_film(title: &Title, has_episodes: bool) -> bool {
    let told = title.facts.format == Some(Format::Film)
        || title.external.tmdb_kind == Some(TmdbKind::Movie);
    title.kind == TitleKind::Film || (told && !has_episodes)
}

/// A finished film begins anew.
fn resume_from(progress: &Progress) -> u64 {
    if progress.finished {
        0
    } else {
        progress.position_ms
    }
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
