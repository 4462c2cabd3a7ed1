//! A title's own page: what is known of it, completed by those who know more.

use std::{sync::Arc, time::Duration};

use hearth_catalog::Shikimori;
use hearth_model::{
    Details, EpisodeDetail, EpisodesPage, Format, FoundEpisode, PersonDetail, ProfileId, Progress,
    Slug, Title, TitleDetail, TitleId, TitleKind, TmdbKind,
};
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::{App, Error, search::Window, tastes::Adult};

/// How long a title's page waits for those who know more.
const PATIENCE: Duration = Duration::from_millis(1500);

impl App {
    /// A title with its episodes, how far it was watched, and what the services tell of it. Waits
    /// for them a moment only: what they say later is there the next time.
    pub async fn title(
        self: &Arc<Self>,
        profile: ProfileId,
        id: TitleId,
    ) -> Result<TitleDetail, Error> {
        self.title_for(profile, id).await?;
        self.saving.settle().await;
        let known = self
            .blocking(move |app| app.known_title(profile, id))
            .await?;
        let mut learning = {
            let (app, known) = (self.clone(), known.clone());
            tokio::spawn(async move { app.learn(known).await })
        };
        let Ok(learnt) = timeout(PATIENCE, &mut learning).await else {
            tokio::spawn(self.clone().tell_late(profile, known.clone(), learning));
            return self.with_looks(known).await;
        };
        let details = learnt.map_err(|cause| Error::internal("complete a title")(cause.into()))?;
        let detail = self.blocking(move |app| {
            Ok(TitleDetail {
                details,
                ..app.known_title(profile, id)?
            })
        });
        self.with_looks(detail.await?).await
    }

    /// A title that a profile may see; of another it hears as of one that is not there.
    pub(crate) async fn title_for(
        self: &Arc<Self>,
        profile: ProfileId,
        id: TitleId,
    ) -> Result<Title, Error> {
        let title = self.blocking(move |app| app.title_of(id)).await?;
        if self.adult(profile).await?.shows(&title) {
            Ok(title)
        } else {
            Err(unknown_title())
        }
    }

    /// Whoever shows the title is told when more of it becomes known, and asks again.
    async fn tell_late(
        self: Arc<Self>,
        profile: ProfileId,
        known: TitleDetail,
        learning: JoinHandle<Option<Details>>,
    ) {
        let Ok(details) = learning.await else {
            return;
        };
        let id = known.title.id;
        let now = self.blocking(move |app| app.known_title(profile, id)).await;
        let learnt = |now: TitleDetail| now.title != known.title || now.episodes != known.episodes;
        if details.is_some() || now.is_ok_and(learnt) {
            self.sessions.library_changed().await;
        }
    }

    pub async fn episodes(
        self: &Arc<Self>,
        profile: ProfileId,
        id: TitleId,
        season: Option<u32>,
        window: Window,
    ) -> Result<EpisodesPage, Error> {
        // Who turns to a later page has seen the first, for which everybody was asked.
        let detail = if window.is_first() {
            self.title(profile, id).await?
        } else {
            self.title_for(profile, id).await?;
            let known = self.blocking(move |app| app.known_title(profile, id));
            known.await?
        };
        let mut episodes = detail.episodes;
        episodes.retain(|one| season.is_none_or(|season| one.episode.season == season));
        let (items, next) = window.cut(episodes);
        self.with_looks(EpisodesPage { items, next }).await
    }

    /// Asks everybody who may know more of a title, and keeps what they say.
    async fn learn(self: &Arc<Self>, known: TitleDetail) -> Option<Details> {
        let title = self.with_tmdb(known.title).await;
        let (of_tmdb, of_shikimori) = tokio::join!(
            self.learn_from_tmdb(&title),
            self.learn_from_shikimori(&title)
        );
        let is_film = title.kind == TitleKind::Film || title.facts.format == Some(Format::Film);
        let mut details = None::<Details>;
        let mut episodes = Vec::new();
        for (more, found) in [of_tmdb, of_shikimori].into_iter().flatten() {
            match &mut details {
                Some(details) => details.complete(more),
                None => details = Some(more),
            }
            if episodes.is_empty() {
                episodes = found;
            }
        }
        let lacks_episodes = !is_film && known.episodes.is_empty();
        // Of a series that the services do not tell of there may be new episodes each day.
        let addons_may_know = match details {
            None => !is_film || title.overview.is_empty(),
            Some(_) => lacks_episodes,
        };
        if !episodes.is_empty() {
            self.keep_episodes(title, episodes).await;
        } else if addons_may_know {
            self.learn_from_addons(title).await;
        }
        if let Some(details) = &mut details {
            self.addresses.details(details);
            // To be opened, they need the ids of the box.
            details.recommended = self.keep(std::mem::take(&mut details.recommended)).await;
        }
        details
    }

    /// An addon's title is known by its IMDb id: TMDB says which of its own it is.
    async fn with_tmdb(self: &Arc<Self>, title: Title) -> Title {
        let tmdb = &self.services.tmdb;
        let Some(imdb) = &title.external.imdb else {
            return title;
        };
        if !tmdb.is_on() || title.external.tmdb_key().is_some() {
            return title;
        }
        match tmdb.find_imdb(imdb).await {
            Ok(Some(mut found)) => {
                found.external.imdb = Some(imdb.clone());
                let kept = self.keep(vec![found]).await.into_iter().next();
                kept.unwrap_or(title)
            }
            Ok(None) => title,
            Err(error) => {
                tracing::debug!(%error, "TMDB does not say which title that is");
                title
            }
        }
    }

    async fn learn_from_tmdb(self: &Arc<Self>, title: &Title) -> Option<Learnt> {
        let tmdb = &self.services.tmdb;
        let (kind, id) = title.external.tmdb_key().filter(|_| tmdb.is_on())?;
        let found = tmdb.title(kind, id).await.inspect_err(not_told).ok()?;
        let seasons: Vec<u32> = found
            .details
            .seasons
            .iter()
            .map(|season| season.number)
            .collect();
        self.keep(vec![found.title]).await;
        let episodes = match kind {
            TmdbKind::Tv => tmdb.episodes(id, &seasons).await.inspect_err(not_told),
            TmdbKind::Movie => Ok(Vec::new()),
        };
        Some((found.details, episodes.unwrap_or_default()))
    }

    async fn learn_from_shikimori(self: &Arc<Self>, title: &Title) -> Option<Learnt> {
        let shikimori = &self.services.shikimori;
        let id = title.external.shikimori.filter(|_| shikimori.is_on())?;
        let found = shikimori.title(id).await.inspect_err(not_told).ok()?;
        let episodes = match found.title.facts.format {
            Some(Format::Film) => Vec::new(),
            _ => Shikimori::episodes(&found.title),
        };
        self.keep(vec![found.title]).await;
        Some((found.details, episodes))
    }

    async fn keep_episodes(self: &Arc<Self>, title: Title, mut episodes: Vec<FoundEpisode>) {
        self.addresses.episodes(&mut episodes);
        let kept = self.blocking(move |app| {
            app.store.merge_episodes(title.id, &episodes)?;
            // Only with the days of its episodes can a series tell which seasons are its own.
            app.library.gather_parts(&title)
        });
        if let Err(error) = kept.await {
            tracing::warn!(%error, "episodes could not be kept");
        }
    }

    pub(crate) fn title_of(&self, id: TitleId) -> Result<Title, Error> {
        let known = match self.store.title(id)? {
            Some(title) => Some(title),
            None => self.library.keep_exported(id)?,
        };
        known.ok_or_else(unknown_title)
    }

    fn known_title(&self, profile: ProfileId, id: TitleId) -> Result<TitleDetail, Error> {
        let title = self.title_of(id)?;
        // Of a title that became part of another, the other.
        let id = title.id;
        let progress: Vec<Progress> = self
            .store
            .progress_of_title(profile, id)?
            .into_iter()
            .map(|watched| watched.progress)
            .collect();
        let of_episode = |id| {
            progress
                .iter()
                .find(|one| one.episode_id == Some(id))
                .cloned()
        };
        let episodes = self.store.episodes(id)?;
        Ok(TitleDetail {
            episodes: episodes
                .into_iter()
                .map(|episode| EpisodeDetail {
                    progress: of_episode(episode.id),
                    episode,
                })
                .collect(),
            progress: progress.iter().max_by_key(|one| one.watched_at).cloned(),
            title,
            details: None,
        })
    }

    /// Asks the addons for what they know of a title and its episodes, until one knows both. Those
    /// for adults are asked of what they alone know: whoever sees such a title allows them.
    async fn learn_from_addons(self: &Arc<Self>, title: Title) {
        let deadline = Instant::now() + Duration::from_millis(self.config().sources.deadline_ms);
        let adult = Adult::of(title.facts.adult);
        for entry in self.providers.active_for(adult) {
            let provider = entry.provider.as_ref().ok();
            let job = provider
                .and_then(|one| one.meta_job(title.kind, &title.external, adult.is_shown()));
            let Some(job) = job else {
                continue;
            };
            match (self.guarded(&entry, job).run)(deadline).await {
                Ok(Some((found, episodes))) if is_of(&title, &found) => {
                    let of_adults = found.facts.adult;
                    let kept = self.keep(vec![found]).await.into_iter().next();
                    let is_public = adult.is_shown() && kept.is_none_or(|one| !one.facts.adult);
                    if of_adults && is_public {
                        // It became everybody's meanwhile.
                        return;
                    }
                    if !episodes.is_empty() {
                        return self.keep_episodes(title, episodes).await;
                    }
                    // Of what is everybody's now no addon for adults is asked any more.
                    if is_public || title.kind == TitleKind::Film {
                        return;
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(%error, provider = entry.id, "an addon does not tell of a title");
                }
            }
        }
    }

    /// Puts an entry of a service apart from the title that it was wrongly joined with, for good:
    /// the title that it is from now on.
    pub async fn put_apart(
        self: &Arc<Self>,
        id: TitleId,
        reference: String,
    ) -> Result<Title, Error> {
        let whole = self.blocking(move |app| app.title_of(id)).await?;
        let asked = timeout(PATIENCE, self.entry(&reference)).await;
        let entry = match asked.unwrap_or_default() {
            Some(entry) => entry,
            None => Title::new(whole.kind, whole.names),
        };
        let apart = self
            .blocking(move |app| app.library.put_apart(id, &reference, &entry))
            .await?;
        let apart = apart.ok_or(Error::NotFound {
            what: "this reference of the title",
            slug: Slug::NotFound,
        })?;
        self.with_looks(apart).await
    }

    /// What a service itself says of its entry.
    async fn entry(&self, reference: &str) -> Option<Title> {
        let services = &self.services;
        let (service, id) = reference.split_once(':')?;
        let found = match service {
            "tmdb" => {
                let (kind, id) = id.split_once('/')?;
                let kind = match kind {
                    "movie" => TmdbKind::Movie,
                    _ => TmdbKind::Tv,
                };
                services.tmdb.title(kind, id.parse().ok()?).await
            }
            "shikimori" => services.shikimori.title(id.parse().ok()?).await,
            _ => return None,
        };
        found.inspect_err(not_told).ok().map(|found| found.title)
    }

    /// A person with what they are known by.
    pub async fn person(self: &Arc<Self>, key: &str) -> Result<PersonDetail, Error> {
        let unknown = || Error::NotFound {
            what: "this person",
            slug: Slug::PersonUnknown,
        };
        let id = key.strip_prefix("tmdb:").and_then(|id| id.parse().ok());
        let id = id.ok_or_else(unknown)?;
        let mut person = match self.services.tmdb.person(id).await {
            Ok(person) => person,
            Err(hearth_catalog::Error::Unknown { .. }) => return Err(unknown()),
            Err(error) => return Err(Error::Upstream(error.to_string())),
        };
        self.addresses.person(&mut person);
        person.titles = self.keep(std::mem::take(&mut person.titles)).await;
        self.with_looks(person).await
    }
}

/// Whether what an addon tells is of the title that it was asked for.
fn is_of(title: &Title, found: &Title) -> bool {
    let known = title.external.references();
    let shared = |reference: &String| known.contains(reference);
    title.external.agrees_with(&found.external) && found.external.references().iter().any(shared)
}

fn unknown_title() -> Error {
    Error::NotFound {
        what: "this title",
        slug: Slug::TitleUnknown,
    }
}

/// What one service knows of a title: its details, and its episodes.
type Learnt = (Details, Vec<FoundEpisode>);

fn not_told(error: &hearth_catalog::Error) {
    tracing::debug!(%error, "a service does not tell of a title");
}
