//! The home page, and what was watched.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hearth_model::{
    HomeItem, HomeRow, MediaList, ProfileId, Progress, ProviderState, ProviderStatus, SearchQuery,
    Title, TitleId, TitleKind,
};

use crate::{App, Error, tastes::Adult};

const CONTINUE: usize = 20;
/// Rows that the services rank: the list, and of what kind.
const RANKED: [(&str, MediaList, Option<TitleKind>); 4] = [
    ("trending", MediaList::Trending, None),
    ("films", MediaList::Popular, Some(TitleKind::Film)),
    ("series", MediaList::Popular, Some(TitleKind::Series)),
    ("anime", MediaList::Popular, Some(TitleKind::Anime)),
];
const RANKED_LENGTH: usize = 20;
/// How often the rankings are looked at again, and how soon when a service did not answer.
const AGAIN: Duration = Duration::from_secs(3600);
const AGAIN_SOON: Duration = Duration::from_secs(120);

/// The rows that the services rank, as they were told last: the home page waits for nobody.
#[derive(Debug, Default)]
pub(crate) struct Ranked(Mutex<Vec<(&'static str, Vec<TitleId>)>>);

impl Ranked {
    fn rows(&self) -> Vec<(&'static str, Vec<TitleId>)> {
        let rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.clone()
    }

    /// True when they changed.
    fn replace(&self, rows: Vec<(&'static str, Vec<TitleId>)>) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = *known != rows;
        *known = rows;
        changed
    }
}

impl App {
    /// Keeps the services' rows of the home page up to date, until the box ends.
    pub(crate) async fn keep_ranked(self: Arc<Self>) {
        let services = &self.services;
        if !services.tmdb.is_on() && !services.shikimori.is_on() {
            return;
        }
        let mut ending = self.ending();
        loop {
            let (rows, all) = self.rank_rows().await;
            if self.ranked.replace(rows) {
                self.sessions.library_changed().await;
            }
            tokio::select! {
                () = tokio::time::sleep(if all { AGAIN } else { AGAIN_SOON }) => {}
                _ = ending.changed() => return,
            }
        }
    }

    /// The rows, and whether every service answered.
    async fn rank_rows(self: &Arc<Self>) -> (Vec<(&'static str, Vec<TitleId>)>, bool) {
        let before = self.ranked.rows();
        let mut rows = Vec::new();
        let mut all = true;
        for (id, list, kind) in RANKED {
            let query = SearchQuery {
                kind,
                limit: Some(RANKED_LENGTH),
                ..SearchQuery::default()
            };
            // These rows are everybody's.
            let Ok(page) = self.list_for(Adult::Hidden, list, query).await else {
                continue;
            };
            let well = |status: &ProviderStatus| status.state == ProviderState::Ok;
            all &= page.providers.iter().all(well);
            if page.providers.iter().any(well) {
                rows.push((id, page.items.iter().map(|title| title.id).collect()));
            } else {
                // What was told before is better than nothing.
                rows.extend(before.iter().find(|(known, _)| *known == id).cloned());
            }
        }
        (rows, all)
    }

    async fn watched(
        self: &Arc<Self>,
        profile: ProfileId,
        limit: usize,
    ) -> Result<Vec<HomeItem>, Error> {
        self.saving.settle().await;
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

    pub async fn history(
        self: &Arc<Self>,
        profile: ProfileId,
        limit: usize,
    ) -> Result<Vec<HomeItem>, Error> {
        let adult = self.adult(profile).await?;
        let mut items = self.watched(profile, limit).await?;
        items.retain(|item| adult.shows(&item.title));
        self.with_looks(items).await
    }

    /// The home page's rows; empty ones are left out.
    pub async fn home(self: &Arc<Self>, profile: ProfileId) -> Result<Vec<HomeRow>, Error> {
        let adult = self.adult(profile).await?;
        let mut history = self.watched(profile, 200).await?;
        history.retain(|item| adult.shows(&item.title));
        let progress_of = |title: &Title| -> Option<Progress> {
            let newest = history.iter().find(|item| item.title.id == title.id);
            newest.and_then(|item| item.progress.clone())
        };
        let mut seen = Vec::new();
        let mut going_on = Vec::new();
        for item in &history {
            let title_id = item.title.id;
            let is_done = seen.contains(&title_id) || going_on.len() >= CONTINUE;
            if is_done || self.library.is_away(&item.title) {
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
                .filter(|title| adult.shows(title))
                .map(|title| HomeItem {
                    progress: progress_of(&title),
                    episode: None,
                    title,
                })
                .collect(),
            ..HomeRow::default()
        };
        let mut rows = vec![HomeRow {
            id: "continue".into(),
            items: going_on,
            ..HomeRow::default()
        }];
        let ranked = self.ranked.rows();
        rows.extend(
            ranked
                .iter()
                .map(|(id, ids)| row(id, self.library.titles(ids))),
        );
        let lists = self
            .addon_lists
            .of(&self.providers.active_for(adult), adult);
        rows.extend(lists.into_iter().map(|list| HomeRow {
            name: Some(list.name),
            kind: Some(list.kind),
            ..row(&list.row, self.library.titles(&list.titles))
        }));
        rows.push(row("open", self.library.open_titles()));
        rows.push(row("local", self.library.local_titles()));
        rows.retain(|row| !row.items.is_empty());
        self.with_looks(rows).await
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
