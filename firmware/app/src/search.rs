//! Titles searched by their names: at once in what is known, then by those who know more.

use std::{collections::HashMap, sync::Arc, time::Duration};

use hearth_model::{
    ProfileId, ProviderState, ProviderStatus, SearchPage, SearchQuery, Title, TitleId,
};
use hearth_sources::{Found as Answer, Job};
use hearth_store::NewTitle;
use tokio::{sync::mpsc, time::Instant};

use crate::{App, Error, Found, tastes::Adult};

const LIMIT: usize = 20;
const MOST: usize = 100;
/// How deep a search can be paged.
const DEEPEST: usize = 2_000;
/// Words longer than this are no title.
const WORDS_BYTES: usize = 200;
/// The titles watched last come first among equals.
const WISHES: usize = 200;

impl App {
    /// Searches what is known at once, then the addons' catalogues; answers once, at the end.
    pub async fn search(
        self: &Arc<Self>,
        profile: ProfileId,
        query: SearchQuery,
    ) -> Result<SearchPage, Error> {
        let mut found = self.search_as_found(profile, query.clone()).await?;
        let mut providers = Vec::new();
        let mut told = Vec::new();
        while let Some(found) = found.recv().await {
            match found {
                Found::Provider(status) => providers.push(status),
                Found::Item(title) => told.push(title.id),
                Found::Next(_) => {}
            }
        }
        // In the order that holds when everything is there.
        let wishes = self.wishes(profile).await?;
        let adult = self.adult(profile).await?;
        let (mut items, next) = self.page(&query, &wishes, adult)?;
        // A service may know a title by a name that nobody here does.
        if query.cursor.is_none() && next.is_none() {
            told.retain(|id| items.iter().all(|title| title.id != *id));
            items.extend(self.library.titles(&told));
            items.truncate(Window::of(&query)?.limit);
        }
        let page = SearchPage {
            items,
            providers,
            next,
        };
        self.with_looks(page).await
    }

    /// What is known of a page now, and where the next one begins.
    fn page(
        &self,
        query: &SearchQuery,
        wishes: &HashMap<TitleId, f32>,
        adult: Adult,
    ) -> Result<(Vec<Title>, Option<String>), Error> {
        let window = Window::of(query)?;
        let items = self
            .library
            .search(query, window.most(), Some(wishes), adult);
        Ok(window.cut(items))
    }

    /// What the profile watched: the newest wishes it most.
    async fn wishes(self: &Arc<Self>, profile: ProfileId) -> Result<HashMap<TitleId, f32>, Error> {
        self.blocking(move |app| {
            let watched = app.store.history(profile, WISHES)?;
            let count = watched.len().max(1) as f32;
            let mut wishes = HashMap::new();
            for (at, one) in watched.iter().enumerate() {
                wishes
                    .entry(one.progress.title_id)
                    .or_insert(1.0 - at as f32 / count / 2.0);
            }
            Ok(wishes)
        })
        .await
    }

    /// The same search as it goes: titles as they come, each provider when it is done, last of
    /// all where the next page begins. What a provider brings in may come again on a later page.
    pub async fn search_as_found(
        self: &Arc<Self>,
        profile: ProfileId,
        query: SearchQuery,
    ) -> Result<mpsc::Receiver<Found<Title>>, Error> {
        check(&query)?;
        let wishes = self.wishes(profile).await?;
        let adult = self.adult(profile).await?;
        let (sender, receiver) = mpsc::channel(32);
        let app = self.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let Ok((known, next)) = app.page(&query, &wishes, adult) else {
                return;
            };
            let mut sent: Vec<TitleId> = known.iter().map(|title| title.id).collect();
            let Ok(known) = app.with_looks(known).await else {
                return;
            };
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
            let addons = app.providers.active_for(adult);
            let addons = addons.iter().filter_map(|entry| {
                let provider = entry.provider.as_ref().ok()?;
                let job = provider.title_job(words, adult.is_shown())?;
                Some(app.guarded(entry, job))
            });
            let jobs = app.services.search_jobs(words).into_iter().chain(addons);
            let mut asked = app.ask(jobs.filter(|_| asks).collect());
            while let Some(one) = app.answer(&mut asked, adult).await {
                let titles = app.keep(one.items).await;
                let Ok(titles) = app.with_looks(titles).await else {
                    return;
                };
                for title in titles {
                    let fits = hearth_catalog::fits(&title, &query) && adult.shows(&title);
                    if fits && !sent.contains(&title.id) {
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
            if let Ok((_, Some(next))) = app.page(&query, &wishes, adult) {
                let _ = sender.send(Found::Next(next)).await;
            }
        });
        Ok(receiver)
    }

    /// Everybody has a part in a search, and so much time for it.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        jobs: Vec<Job<Vec<T>>>,
    ) -> mpsc::Receiver<Answer<Vec<T>>> {
        let config = &self.config().sources;
        hearth_sources::search(
            jobs,
            Duration::from_millis(config.deadline_ms),
            Duration::from_millis(config.hard_stop_ms),
        )
    }

    /// The next answer that may be shown; what it says of its provider is noted.
    pub(crate) async fn answer<T>(
        &self,
        asked: &mut mpsc::Receiver<Answer<T>>,
        adult: Adult,
    ) -> Option<Answer<T>> {
        loop {
            let answer = asked.recv().await?;
            // Switched off meanwhile, or for others.
            if !self.providers.hides(&answer.status.id, adult) {
                self.note_provider(&answer.status);
                return Some(answer);
            }
        }
    }

    /// The owner's providers are part of the box's health.
    pub(crate) fn note_provider(&self, status: &ProviderStatus) {
        self.troubles
            .tell("providers", &status.id, status.error.clone());
    }

    /// What was found, as the box knows it from now on, in the same order.
    pub(crate) async fn keep(self: &Arc<Self>, found: Vec<Title>) -> Vec<Title> {
        let titles = found.into_iter().map(|mut title| {
            self.addresses.title(&mut title);
            NewTitle::from(title)
        });
        let titles = titles.collect();
        let kept = self.blocking(move |app| app.library.keep(titles)).await;
        kept.unwrap_or_else(|error| {
            tracing::warn!(%error, "found titles could not be kept");
            Vec::new()
        })
    }
}

fn check(query: &SearchQuery) -> Result<(), Error> {
    if query.q.len() > WORDS_BYTES {
        return Err(Error::Invalid(format!(
            "q is too long: {WORDS_BYTES} bytes at most"
        )));
    }
    Window::of(query).map(|_| ())
}

/// Which part of a list a page shows.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    from: usize,
    limit: usize,
}

impl Window {
    pub(crate) fn of(query: &SearchQuery) -> Result<Self, Error> {
        Self::new(query.cursor.as_deref(), query.limit)
    }

    pub fn new(cursor: Option<&str>, limit: Option<usize>) -> Result<Self, Error> {
        let from = match cursor {
            None => 0,
            Some(cursor) => cursor
                .parse()
                .ok()
                .filter(|from| *from < DEEPEST)
                .ok_or_else(|| Error::Invalid("cursor must be `next` of the page before".into()))?,
        };
        Ok(Self {
            from,
            limit: limit.unwrap_or(LIMIT).clamp(1, MOST),
        })
    }

    /// How much of the list says all of this page, and whether there is another.
    pub(crate) fn most(self) -> usize {
        self.from + self.limit + 1
    }

    pub(crate) fn is_first(self) -> bool {
        self.from == 0
    }

    /// The page, and where the next one begins.
    pub(crate) fn cut<T>(self, mut list: Vec<T>) -> (Vec<T>, Option<String>) {
        let end = self.from + self.limit;
        let next = (list.len() > end && end < DEEPEST).then(|| end.to_string());
        list.truncate(end);
        (list.split_off(self.from.min(list.len())), next)
    }

    pub(crate) fn page(self, titles: Vec<Title>, providers: Vec<ProviderStatus>) -> SearchPage {
        let (items, next) = self.cut(titles);
        SearchPage {
            items,
            providers,
            next,
        }
    }
}
