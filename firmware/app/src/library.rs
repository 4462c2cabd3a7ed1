//! What there is to watch: the titles the store knows, in an index for searching, with the
//! built-in films and what lies in the folders.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use hearth_catalog::{
    LOCAL, Namesakes, OPEN_MOVIES, Search, TESTCARD_KEY, TitleIndex, WatchOptions, watch_folders,
};
use hearth_model::{Episode, SearchQuery, SeasonEntry, Source, Title, TitleId, UpcomingEpisode};
use hearth_store::{Merged, NewTitle, Store};

use crate::{Error, LibraryConfig, Sessions, pictures::Addresses};

mod renames;
mod taking;

/// Films that people put into the data folder, and the test card.
pub const FILMS_FOLDER: &str = "films";

/// The catalogue in memory. Its lock is held for look-ups and for taking in what was found,
/// never across an await.
/// Clones share everything.
#[derive(Debug, Clone)]
pub struct Library {
    store: Store,
    known: Arc<RwLock<Known>>,
    open_movies: bool,
    addresses: Addresses,
}

#[derive(Debug, Default)]
struct Known {
    index: TitleIndex,
    titles: HashMap<TitleId, Title>,
    namesakes: Namesakes,
    /// Sources in the folders, by title.
    local: HashMap<TitleId, Vec<Source>>,
    /// The folders were read at least once.
    is_scanned: bool,
    problem: Option<String>,
}

impl Library {
    /// Loads what is known and begins to watch the folders. Must be called on a tokio runtime.
    pub(crate) async fn start(
        config: &LibraryConfig,
        data: &Path,
        store: Store,
        sessions: Sessions,
        addresses: Addresses,
    ) -> Result<Self, Error> {
        let films = data.join(FILMS_FOLDER);
        std::fs::create_dir_all(&films)
            .map_err(|cause| Error::internal("make the films folder")(cause.into()))?;
        let open_movies = config.open_movies;
        let known = {
            let store = store.clone();
            tokio::task::spawn_blocking(move || load(&store, open_movies))
                .await
                .map_err(|cause| Error::internal("load the catalogue")(cause.into()))??
        };
        let known = Arc::new(RwLock::new(known));
        let mut folders = vec![films];
        folders.extend(config.folders.iter().cloned());
        let options = WatchOptions {
            removable: config.removable,
            ..WatchOptions::default()
        };
        let scans = watch_folders(folders, options);
        let library = Self {
            store,
            known,
            open_movies,
            addresses,
        };
        tokio::spawn(taking::take_scans(library.clone(), scans, sessions));
        Ok(library)
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What could not be read of the folders.
    pub fn problem(&self) -> Option<String> {
        self.known().problem.clone()
    }

    /// `wishes`: titles nearer to the asker than others, and how much so, 0 to 1.
    pub fn search(
        &self,
        query: &SearchQuery,
        limit: usize,
        wishes: Option<&HashMap<TitleId, f32>>,
    ) -> Vec<Title> {
        let known = self.known();
        let search = Search {
            wishes,
            ..Search::of(query, limit)
        };
        known
            .index
            .find(&search)
            .into_iter()
            .filter_map(|(id, _)| known.titles.get(&id))
            .filter(|title| !known.is_away(title))
            .cloned()
            .collect()
    }

    /// Whether it is of a local folder only, and not there now.
    pub fn is_away(&self, title: &Title) -> bool {
        self.known().is_away(title)
    }

    /// Whether a source may still be where it was.
    pub fn may_have(&self, source: &Source) -> bool {
        let known = self.known();
        let local = known.local.get(&source.title_id);
        let has = |sources: &Vec<Source>| sources.iter().any(|one| one.id == source.id);
        source.provider != LOCAL || !known.is_scanned || local.is_some_and(has)
    }

    /// The known titles nearest to one: of its franchise, and with its genres; the most popular
    /// first among equals.
    pub fn akin(&self, title: &Title, limit: usize) -> Vec<Title> {
        let known = self.known();
        let mut akin: Vec<(bool, usize, f32, &Title)> = known
            .titles
            .values()
            .filter(|other| other.id != title.id && !known.is_away(other))
            .filter_map(|other| {
                let franchise = &title.facts.franchise;
                let family = franchise.is_some() && other.facts.franchise == *franchise;
                let genres = &title.genres;
                let shared = genres.iter().filter(|genre| other.genres.contains(genre));
                let shared = shared.count();
                let popularity = other.facts.popularity.unwrap_or_default();
                (family || shared * 2 > genres.len()).then_some((family, shared, popularity, other))
            })
            .collect();
        akin.sort_by(|one, other| {
            let key = |of: &(bool, usize, f32, &Title)| (of.0, of.1);
            key(other)
                .cmp(&key(one))
                .then(other.2.total_cmp(&one.2))
                .then(one.3.id.cmp(&other.3.id))
        });
        akin.truncate(limit);
        akin.into_iter().map(|(.., title)| title.clone()).collect()
    }

    pub fn of_franchise(&self, franchise: &str) -> Vec<Title> {
        let known = self.known();
        let belongs = |title: &&Title| {
            title.facts.franchise.as_deref() == Some(franchise) && !known.is_away(title)
        };
        known.titles.values().filter(belongs).cloned().collect()
    }

    pub fn with_episodes_to_come(&self) -> Vec<UpcomingEpisode> {
        let known = self.known();
        let to_come = |title: &Title| {
            Some(UpcomingEpisode {
                at: title.facts.next_episode_at?,
                number: title.facts.episodes_out.map(|out| out + 1),
                title: title.clone(),
            })
        };
        known.titles.values().filter_map(to_come).collect()
    }

    /// Takes in what a provider found. Waits for the disk.
    pub fn keep(&self, mut found: Vec<NewTitle>) -> Result<Vec<Title>, Error> {
        {
            let known = self.known();
            for new in &mut found {
                new.same_as = known.same(&new.title);
            }
        }
        let merged = self.store.merge_titles(&found)?;
        write(&self.known).merge(&merged);
        Ok(merged.titles)
    }

    /// Makes entries that tell of one season each a part of the series that has them all. Waits
    /// for the disk.
    pub fn gather_parts(&self, series: &Title) -> Result<(), Error> {
        let episodes = self.store.episodes(series.id)?;
        let parts: Vec<(TitleId, SeasonEntry)> = {
            let known = self.known();
            let titles = known.titles.values();
            let parts = titles.filter_map(|title| {
                Some((title.id, hearth_catalog::part_of(title, series, &episodes)?))
            });
            parts.collect()
        };
        for (id, part) in parts {
            let Some(title) = self.store.join_part(id, series.id, part)? else {
                continue;
            };
            write(&self.known).merge(&Merged {
                titles: vec![title],
                became: vec![(id, series.id)],
            });
        }
        Ok(())
    }

    /// Puts an entry of a service apart from the title that it was joined with, for good. Waits
    /// for the disk.
    pub fn put_apart(
        &self,
        id: TitleId,
        reference: &str,
        entry: &Title,
    ) -> Result<Option<Title>, Error> {
        let Some((whole, apart)) = self.store.put_apart(id, reference, entry)? else {
            return Ok(None);
        };
        write(&self.known).take_in(&[whole, apart.clone()]);
        Ok(Some(apart))
    }

    /// Those of them that are known, in their order.
    pub fn titles(&self, ids: &[TitleId]) -> Vec<Title> {
        let known = self.known();
        let titles = ids.iter().filter_map(|id| known.titles.get(id));
        titles.cloned().collect()
    }

    /// The built-in films, in the catalogue's order.
    pub fn open_titles(&self) -> Vec<Title> {
        if !self.open_movies {
            return Vec::new();
        }
        let known = self.known();
        let find = |slug: &str| {
            known
                .titles
                .values()
                .find(|title| title.external.open.as_deref() == Some(slug))
        };
        hearth_catalog::open_movies()
            .iter()
            .filter_map(|film| find(&film.slug))
            .cloned()
            .collect()
    }

    /// What lies in the folders now, by name; the test card last.
    pub fn local_titles(&self) -> Vec<Title> {
        let known = self.known();
        let mut titles: Vec<Title> = known
            .local
            .keys()
            .filter_map(|id| known.titles.get(id))
            .cloned()
            .collect();
        titles.sort_by_cached_key(|title| {
            let is_card = title.external.local.as_deref() == Some(TESTCARD_KEY);
            (
                is_card,
                title.names.best(hearth_model::Language::En).to_lowercase(),
            )
        });
        titles
    }

    /// Where the box itself has a title: by built-in provider.
    pub fn sources(&self, title: &Title, episode: Option<&Episode>) -> Vec<(String, Vec<Source>)> {
        let mut sources = Vec::new();
        if self.open_movies {
            let film = title
                .external
                .open
                .as_deref()
                .and_then(hearth_catalog::open_movie);
            let found = film.map(|film| film.sources(title.id)).unwrap_or_default();
            sources.push((OPEN_MOVIES.to_owned(), found));
        }
        let episode_id = episode.map(|episode| episode.id);
        let known = self.known();
        let local = known.local.get(&title.id).into_iter().flatten();
        let found = local
            .filter(|source| source.episode_id == episode_id)
            .cloned()
            .collect();
        sources.push((LOCAL.to_owned(), found));
        sources
    }
}

fn write(known: &RwLock<Known>) -> RwLockWriteGuard<'_, Known> {
    known.write().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    fn is_away(&self, title: &Title) -> bool {
        let mut references = title.external.references().into_iter();
        self.is_scanned
            && title.external.local.is_some()
            && references.all(|one| one.starts_with("local:"))
            && !self.local.contains_key(&title.id)
    }

    /// The title that a new one is by its names.
    fn same(&self, new: &Title) -> Option<TitleId> {
        let same = self.namesakes.same(new, |id| self.titles.get(&id));
        same.map(|title| title.id)
    }

    fn merge(&mut self, merged: &Merged) {
        for (old, new) in &merged.became {
            self.index.remove(*old);
            if let Some(title) = self.titles.remove(old) {
                self.namesakes.remove(&title);
            }
            if let Some(sources) = self.local.remove(old) {
                let sources = sources.into_iter().map(|source| Source {
                    title_id: *new,
                    ..source
                });
                self.local.entry(*new).or_default().extend(sources);
            }
        }
        self.take_in(&merged.titles);
    }

    fn take_in(&mut self, titles: &[Title]) {
        let known = &self.titles;
        let new = |title: &&Title| known.get(&title.id) != Some(title);
        let new: Vec<&Title> = titles.iter().filter(new).collect();
        let popularity = |title: &Title| title.facts.popularity.unwrap_or_default();
        self.index
            .insert_all(new.iter().map(|title| (*title, popularity(title))));
        for title in new {
            if let Some(old) = self.titles.insert(title.id, title.clone()) {
                self.namesakes.remove(&old);
            }
            self.namesakes.insert(title);
        }
    }
}

fn load(store: &Store, open_movies: bool) -> Result<Known, Error> {
    if open_movies {
        let films = hearth_catalog::open_movies().iter();
        let films: Vec<NewTitle> = films.map(|film| film.title().into()).collect();
        store.merge_titles(&films)?;
    }
    let mut known = Known::default();
    known.take_in(&store.titles()?);
    Ok(known)
}

#[cfg(test)]
#[path = "library_tests.rs"]
mod tests;
