//! Titles: searched, shown, and laid out on the home page.

use std::{sync::Arc, time::Duration};

use hearth_model::{
    EpisodeDetail, Facts, HomeItem, HomeRow, ProfileId, Progress, ProviderState, ProviderStatus,
    SearchPage, SearchQuery, Slug, Title, TitleDetail, TitleId, TitleKind,
};
use hearth_sources::{FoundTitle, Provider};
use hearth_store::NewTitle;
use tokio::{sync::mpsc, time::Instant};

use crate::{App, Error, Found};

const LIMIT: usize = 20;
const MOST: usize = 100;
/// How deep a search can be paged.
const DEEPEST: usize = 2_000;
/// Words longer than this are no title.
const WORDS_BYTES: usize = 200;
const CONTINUE: usize = 20;

impl App {
    /// Searches what is known at once, then the addons' catalogues; answers once, at the end.
    pub async fn search(self: &Arc<Self>, query: SearchQuery) -> Result<SearchPage, Error> {
        let mut found = self.search_as_found(query.clone())?;
        let mut providers = Vec::new();
        while let Some(found) = found.recv().await {
            if let Found::Provider(status) = found {
                providers.push(status);
            }
        }
        // In the order that holds when everything is there.
        let (items, next) = self.page(&query)?;
        Ok(SearchPage {
            items,
            providers,
            next,
        })
    }

    /// What is known of a page now, and where the next one begins.
    fn page(&self, query: &SearchQuery) -> Result<(Vec<Title>, Option<String>), Error> {
        let limit = query.limit.unwrap_or(LIMIT).clamp(1, MOST);
        let from = cursor(query)?;
        let mut items = self.library.search(query, from + limit + 1);
        let more = items.len() > from + limit;
        items.truncate(from + limit);
        let items = items.split_off(from.min(items.len()));
        let next = (more && from + limit < DEEPEST).then(|| (from + limit).to_string());
        Ok((items, next))
    }

    /// The same search as it goes: titles as they come, each provider when it is done, last of
    /// all where the next page begins. What a provider brings in may come again on a later page.
    pub fn search_as_found(
        self: &Arc<Self>,
        query: SearchQuery,
    ) -> Result<mpsc::Receiver<Found<Title>>, Error> {
        check(&query)?;
        let (sender, receiver) = mpsc::channel(32);
        let app = self.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let Ok((known, next)) = app.page(&query) else {
                return;
            };
            let mut sent: Vec<TitleId> = known.iter().map(|title| title.id).collect();
            for title in known {
                if sender.send(Found::Item(title)).await.is_err() {
                    return;
                }
            }
            // Later pages come from what the first one brought in.
            if query.cursor.is_some() {
                if let Some(next) = next {
                    let _ = sender.send(Found::Next(next)).await;
                }
                return;
            }
            let status = ProviderStatus {
                id: "library".into(),
                state: ProviderState::Ok,
                took_ms: began.elapsed().as_millis() as u64,
                error: None,
            };
            if sender.send(Found::Provider(status)).await.is_err() {
                return;
            }
            let words = query.q.trim();
            let asks = words.chars().count() >= 2;
            let jobs = app
                .providers
                .iter()
                .filter_map(|provider| provider.title_job(words).filter(|_| asks))
                .collect();
            let config = &app.config().sources;
            let mut found = hearth_sources::search::<Vec<FoundTitle>>(
                jobs,
                Duration::from_millis(config.deadline_ms),
                Duration::from_millis(config.hard_stop_ms),
            );
            while let Some(one) = found.recv().await {
                app.note_provider(&one.status);
                let titles = app.keep(one.items).await;
                for title in titles {
                    if !sent.contains(&title.id) && hearth_catalog::fits(&title, &query) {
                        sent.push(title.id);
                        if sender.send(Found::Item(title)).await.is_err() {
                            return;
                        }
                    }
                }
                if sender.send(Found::Provider(one.status)).await.is_err() {
                    return;
                }
            }
            if let Ok((_, Some(next))) = app.page(&query) {
                let _ = sender.send(Found::Next(next)).await;
            }
        });
        Ok(receiver)
    }

    /// The owner's providers are part of the box's health.
    pub(crate) fn note_provider(&self, status: &ProviderStatus) {
        self.troubles
            .tell("providers", &status.id, status.error.clone());
    }

    async fn keep(self: &Arc<Self>, found: Vec<FoundTitle>) -> Vec<Title> {
        let titles = found.into_iter().map(new_title).collect();
        let kept = self.blocking(move |app| app.library.keep(titles)).await;
        kept.unwrap_or_else(|error| {
            tracing::warn!(%error, "found titles could not be kept");
            Vec::new()
        })
    }

    /// A title with its episodes and how far it was watched.
    pub async fn title(
        self: &Arc<Self>,
        profile: ProfileId,
        id: TitleId,
    ) -> Result<TitleDetail, Error> {
        let detail = self
            .blocking(move |app| app.known_title(profile, id))
            .await?;
        if detail.title.kind == TitleKind::Film || !detail.episodes.is_empty() {
            return Ok(detail);
        }
        // A series found in an addon's catalogue comes without its episodes.
        if self.find_episodes(&detail.title).await {
            return self.blocking(move |app| app.known_title(profile, id)).await;
        }
        Ok(detail)
    }

    fn known_title(&self, profile: ProfileId, id: TitleId) -> Result<TitleDetail, Error> {
        let title = self.store.title(id)?.ok_or(Error::NotFound {
            what: "this title",
            slug: Slug::TitleUnknown,
        })?;
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
        })
    }

    /// Asks the addons for a series' episodes; true when some were found.
    async fn find_episodes(self: &Arc<Self>, title: &Title) -> bool {
        let deadline = Instant::now() + Duration::from_millis(self.config().sources.deadline_ms);
        for provider in &self.providers {
            let Provider::Stremio(addon) = provider else {
                continue;
            };
            let found = match addon.episodes(title.kind, &title.external, deadline).await {
                Ok(found) if !found.is_empty() => found,
                Ok(_) => continue,
                Err(error) => {
                    tracing::debug!(%error, provider = provider.id(), "no episodes from an addon");
                    continue;
                }
            };
            let episodes = found
                .into_iter()
                .map(|episode| (episode.season, episode.number, episode.names))
                .collect();
            let new = NewTitle {
                title: title.clone(),
                episodes,
            };
            match self.blocking(move |app| app.library.keep(vec![new])).await {
                Ok(_) => return true,
                Err(error) => tracing::warn!(%error, "episodes could not be kept"),
            }
        }
        false
    }

    pub async fn history(
        self: &Arc<Self>,
        profile: ProfileId,
        limit: usize,
    ) -> Result<Vec<HomeItem>, Error> {
        self.blocking(move |app| {
            let mut items = Vec::new();
            for watched in app.store.history(profile, limit)? {
                let Some(title) = app.store.title(watched.progress.title_id)? else {
                    continue;
                };
                let episode = match watched.progress.episode_id {
                    Some(id) => app.store.episode(id)?,
                    None => None,
                };
                items.push(HomeItem {
                    title,
                    episode,
                    progress: Some(watched.progress),
                });
            }
            Ok(items)
        })
        .await
    }

    /// The home page's rows; empty ones are left out.
    pub async fn home(self: &Arc<Self>, profile: ProfileId) -> Result<Vec<HomeRow>, Error> {
        let history = self.history(profile, 200).await?;
        let progress_of = |title: &Title| -> Option<Progress> {
            let newest = history.iter().find(|item| item.title.id == title.id);
            newest.and_then(|item| item.progress.clone())
        };
        let mut seen = Vec::new();
        let mut going_on = Vec::new();
        for item in &history {
            let title_id = item.title.id;
            if seen.contains(&title_id) || going_on.len() >= CONTINUE {
                continue;
            }
            seen.push(title_id);
            let finished = item
                .progress
                .as_ref()
                .is_some_and(|progress| progress.finished);
            if !finished {
                going_on.push(item.clone());
            } else if item.title.kind != TitleKind::Film
                && let Some(next) = self.next_episode(item).await?
            {
                going_on.push(next);
            }
        }
        let row = |id: &str, titles: Vec<Title>| HomeRow {
            id: id.to_owned(),
            items: titles
                .into_iter()
                .map(|title| HomeItem {
                    progress: progress_of(&title),
                    episode: None,
                    title,
                })
                .collect(),
        };
        let rows = [
            HomeRow {
                id: "continue".into(),
                items: going_on,
            },
            row("open", self.library.open_titles()),
            row("local", self.library.local_titles()),
        ];
        Ok(rows
            .into_iter()
            .filter(|row| !row.items.is_empty())
            .collect())
    }

    /// After a finished episode, the one that follows.
    async fn next_episode(self: &Arc<Self>, item: &HomeItem) -> Result<Option<HomeItem>, Error> {
        let Some(watched) = item.episode.clone() else {
            return Ok(None);
        };
        let title = item.title.clone();
        self.blocking(move |app| {
            let episodes = app.store.episodes(title.id)?;
            let next = episodes
                .into_iter()
                .find(|next| (next.season, next.number) > (watched.season, watched.number));
            Ok(next.map(|episode| HomeItem {
                title,
                episode: Some(episode),
                progress: None,
            }))
        })
        .await
    }
}

fn check(query: &SearchQuery) -> Result<(), Error> {
    if query.q.len() > WORDS_BYTES {
        return Err(Error::Invalid(format!(
            "q is too long: {WORDS_BYTES} bytes at most"
        )));
    }
    cursor(query).map(|_| ())
}

fn cursor(query: &SearchQuery) -> Result<usize, Error> {
    match &query.cursor {
        None => Ok(0),
        Some(cursor) => cursor
            .parse()
            .ok()
            .filter(|from| *from < DEEPEST)
            .ok_or_else(|| Error::Invalid("cursor must be `next` of the page before".into())),
    }
}

fn new_title(found: FoundTitle) -> NewTitle {
    let title = Title {
        id: TitleId::new(),
        kind: found.kind,
        names: found.names,
        year: found.year,
        genres: found.genres,
        rating: found.rating,
        poster: found.poster,
        overview: found.overview,
        runtime_minutes: None,
        licence: None,
        external: found.external,
        facts: Facts::default(),
    };
    NewTitle {
        title,
        episodes: Vec::new(),
    }
}
