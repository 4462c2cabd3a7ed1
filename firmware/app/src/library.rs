//! What there is to watch: the titles the store knows, in an index for searching, with the
//! built-in films and what lies in the folders.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use hearth_catalog::{
    LOCAL, LocalTitle, OPEN_MOVIES, Scan, Search, TESTCARD_KEY, TitleIndex, WatchOptions,
    watch_folders,
};
use hearth_model::{Episode, External, Names, SearchQuery, Source, Title, TitleId, TitleKind};
use hearth_release::normalize;
use hearth_store::{NewTitle, Store};
use tokio::sync::mpsc;

use crate::{Error, LibraryConfig, Sessions};

/// Films that people put into the data folder, and the test card.
pub const FILMS_FOLDER: &str = "films";

/// The catalogue in memory. Its lock is held for look-ups and for taking in what was found,
/// never across an await.
#[derive(Debug)]
pub struct Library {
    store: Store,
    known: Arc<RwLock<Known>>,
    open_movies: bool,
}

#[derive(Debug, Default)]
struct Known {
    index: TitleIndex,
    titles: HashMap<TitleId, Title>,
    /// Sources in the folders, by title.
    local: HashMap<TitleId, Vec<Source>>,
    problem: Option<String>,
}

impl Library {
    /// Loads what is known and begins to watch the folders. Must be called on a tokio runtime.
    pub async fn start(
        config: &LibraryConfig,
        data: &Path,
        store: Store,
        sessions: Sessions,
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
        tokio::spawn(take_scans(store.clone(), known.clone(), scans, sessions));
        Ok(Self {
            store,
            known,
            open_movies,
        })
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What could not be read of the folders.
    pub fn problem(&self) -> Option<String> {
        self.known().problem.clone()
    }

    pub fn search(&self, query: &SearchQuery, limit: usize) -> Vec<Title> {
        let known = self.known();
        known
            .index
            .find(&Search::of(query, limit))
            .into_iter()
            .filter_map(|(id, _)| known.titles.get(&id))
            .cloned()
            .collect()
    }

    /// Takes in what a provider found. Waits for the disk.
    pub fn keep(&self, found: Vec<NewTitle>) -> Result<Vec<Title>, Error> {
        let titles = self.store.merge_titles(&found)?;
        write(&self.known).take_in(&titles);
        Ok(titles)
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
    fn take_in(&mut self, titles: &[Title]) {
        let known = &self.titles;
        let new = |title: &&Title| known.get(&title.id) != Some(title);
        let new: Vec<&Title> = titles.iter().filter(new).collect();
        self.index.insert_all(new.iter().map(|title| (*title, 0.0)));
        for title in new {
            self.titles.insert(title.id, title.clone());
        }
    }
}

fn load(store: &Store, open_movies: bool) -> Result<Known, Error> {
    if open_movies {
        let films: Vec<NewTitle> = hearth_catalog::open_movies()
            .iter()
            .map(|film| NewTitle {
                title: film.title(),
                episodes: Vec::new(),
            })
            .collect();
        store.merge_titles(&films)?;
    }
    let mut known = Known::default();
    known.take_in(&store.titles()?);
    Ok(known)
}

async fn take_scans(
    store: Store,
    known: Arc<RwLock<Known>>,
    mut scans: mpsc::Receiver<Scan>,
    sessions: Sessions,
) {
    while let Some(scan) = scans.recv().await {
        let (store, known) = (store.clone(), known.clone());
        let taken = tokio::task::spawn_blocking(move || take_scan(&store, &known, scan)).await;
        match taken {
            Ok(Ok(())) => sessions.library_changed().await,
            Ok(Err(error)) => tracing::warn!(%error, "what lies in the folders could not be kept"),
            // The box ends.
            Err(error) if error.is_cancelled() => return,
            Err(error) => tracing::error!(%error, "taking in the folders broke off"),
        }
    }
}

fn take_scan(store: &Store, known: &RwLock<Known>, scan: Scan) -> Result<(), Error> {
    let found = {
        let known = known.read().unwrap_or_else(PoisonError::into_inner);
        let films = Films::of(&known.titles);
        let new = |local: &LocalTitle| NewTitle {
            title: films.joined(&local.title),
            episodes: local
                .episodes()
                .into_iter()
                .map(|(season, number)| (season, number, Names::default()))
                .collect(),
        };
        scan.titles.iter().map(new).collect::<Vec<_>>()
    };
    let titles = store.merge_titles(&found)?;
    let mut sources: HashMap<TitleId, Vec<Source>> = HashMap::new();
    for (local, title) in scan.titles.iter().zip(&titles) {
        let episodes = store.episodes(title.id)?;
        let files = local.sources(title.id, &episodes);
        sources.entry(title.id).or_default().extend(files);
    }
    let problem = (!scan.problems.is_empty()).then(|| {
        scan.problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    });
    let mut known = write(known);
    known.take_in(&titles);
    known.local = sources;
    known.problem = problem;
    Ok(())
}

/// The films that are known by more than a file, by name and year: a file of one of them is
/// another place to have it, not another film.
#[derive(Default)]
struct Films<'a> {
    by_name: HashMap<(String, u16), &'a Title>,
    /// Files that were kept as titles of their own stay that: what was watched hangs on them.
    kept: HashSet<&'a str>,
}

impl<'a> Films<'a> {
    fn of(titles: &'a HashMap<TitleId, Title>) -> Self {
        let mut films = Self::default();
        for title in titles.values() {
            films.kept.extend(title.external.local.as_deref());
            let elsewhere = External {
                local: None,
                ..title.external.clone()
            };
            if let (TitleKind::Film, Some(year)) = (title.kind, title.year)
                && elsewhere != External::default()
            {
                for name in title.names.all() {
                    films.by_name.insert((normalize(name), year), title);
                }
            }
        }
        films
    }

    /// A title from the folders, under the identity of the film that it is a copy of.
    fn joined(&self, local: &Title) -> Title {
        let mut title = local.clone();
        let key = local.external.local.as_deref().unwrap_or_default();
        if let (TitleKind::Film, Some(year)) = (local.kind, local.year)
            && !self.kept.contains(key)
            && let Some(film) = local
                .names
                .all()
                .find_map(|name| self.by_name.get(&(normalize(name), year)))
        {
            title.external = External {
                local: local.external.local.clone(),
                ..film.external.clone()
            };
        }
        title
    }
}

#[cfg(test)]
mod tests {
    use hearth_model::Facts;

    use super::*;

    fn film(name: &str, year: Option<u16>, external: External) -> Title {
        Title {
            id: TitleId::new(),
            kind: TitleKind::Film,
            names: Names {
                original: Some(name.into()),
                ..Names::default()
            },
            year,
            genres: Vec::new(),
            rating: None,
            poster: None,
            overview: Names::default(),
            runtime_minutes: None,
            licence: None,
            external,
            facts: Facts::default(),
        }
    }

    fn file(name: &str, year: Option<u16>) -> Title {
        let external = External {
            local: Some(format!("{name} {year:?}")),
            ..External::default()
        };
        film(name, year, external)
    }

    #[test]
    fn a_file_joins_the_film_of_its_name_and_year() {
        let known = External {
            open: Some("sintel".into()),
            ..External::default()
        };
        let kept = file("Sintel's sister", Some(2010));
        let titles: HashMap<TitleId, Title> = [film("Sintel", Some(2010), known), kept.clone()]
            .map(|title| (title.id, title))
            .into();
        let films = Films::of(&titles);
        let open = |title: &Title| films.joined(title).external.open;
        assert_eq!(open(&file("SINTEL", Some(2010))).as_deref(), Some("sintel"));
        let joined = films.joined(&file("Sintel", Some(2010)));
        assert!(
            joined.external.local.is_some(),
            "it is still known as a file"
        );
        assert_eq!(open(&file("Sintel", Some(2011))), None, "another year");
        assert_eq!(open(&file("Sintel", None)), None, "no year says nothing");
        assert_eq!(films.joined(&kept), kept, "what was kept stays");
    }
}
