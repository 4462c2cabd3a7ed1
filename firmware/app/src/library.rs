//! What there is to watch: the titles the store knows, in an index for searching, with the
//! built-in films and what lies in the folders.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, hash_map::Entry},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use hearth_catalog::{
    Beside, Exported, LOCAL, Namesakes, OPEN_MOVIES, Search, TESTCARD_KEY, TitleIndex,
    WatchOptions, watch_folders,
};
use hearth_model::{
    Episode, EpisodeId, Location, SearchQuery, SeasonEntry, Sort, Source, Title, TitleId,
    TitleKind, UnixMs, UpcomingEpisode,
};
use hearth_store::{Merged, NewTitle, Store};
use tokio::sync::watch;

use crate::{Error, LibraryConfig, Sessions, pictures::Addresses, tastes::Adult};

mod renames;
mod taking;

/// Films that people put into the data folder, and the test card.
pub const FILMS_FOLDER: &str = "films";

/// How many of a genre's titles are looked at for those like another: its most popular ones.
const MOST_OF_GENRE: usize = 2_000;

/// The catalogue in memory. Its lock is held for look-ups and for taking in what was found,
/// never across an await.
/// Clones share everything.
#[derive(Debug, Clone)]
pub struct Library {
    store: Store,
    known: Arc<RwLock<Known>>,
    /// Held from asking which title a found one is until that is known: of two who find the same title
    /// at once, the second has to meet the first one's.
    merging: Arc<Mutex<()>>,
    /// Changes when the folders were read anew.
    scanned: watch::Sender<()>,
    open_movies: bool,
    addresses: Addresses,
}

#[derive(Debug, Default)]
struct Known {
    index: TitleIndex,
    /// By kind: those that nobody asked for yet.
    exported: BTreeMap<TitleKind, TitleIndex>,
    titles: HashMap<TitleId, Title>,
    namesakes: Namesakes,
    /// Entries of Shikimori: each may turn out to be a season of another title.
    entries: HashSet<TitleId>,
    /// How many titles of each kind a genre has.
    genres: HashMap<(TitleKind, String), u32>,
    /// Sources in the folders, by title.
    local: HashMap<TitleId, Vec<Source>>,
    /// Subtitles beside them.
    subtitles: HashMap<TitleId, Vec<Beside>>,
    /// Titles that lie in the folders only, and are not there now.
    away: HashSet<TitleId>,
    /// Titles that addons for adults alone know.
    adult: HashSet<TitleId>,
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
            merging: Arc::default(),
            scanned: watch::Sender::new(()),
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
    pub(crate) fn search(
        &self,
        query: &SearchQuery,
        limit: usize,
        wishes: Option<&HashMap<TitleId, f32>>,
        adult: Adult,
    ) -> Vec<Title> {
        let known = self.known();
        let mut without = vec![&known.away];
        if adult == Adult::Hidden {
            without.push(&known.adult);
        }
        let search = Search {
            wishes,
            without,
            ..Search::of(query, limit)
        };
        let mut hits = known.index.find(&search);
        // Of exported titles there is nothing to sort by but how well they fit, and a list of
        // them all is of use to nobody.
        if search.sort == Sort::Best && !search.words.trim().is_empty() {
            for index in known.exported.values() {
                hits.extend(index.find(&search));
            }
            hits.sort_by(|one, other| other.1.total_cmp(&one.1));
            hits.truncate(limit);
        }
        hits.into_iter()
            .filter_map(|(id, _)| {
                let title = known.titles.get(&id).cloned();
                title.or_else(|| Some(known.exported(id)?.title()))
            })
            .collect()
    }

    /// Changes when the folders were read anew.
    pub fn scans(&self) -> watch::Receiver<()> {
        self.scanned.subscribe()
    }

    /// The films' files in the folders.
    pub fn files(&self) -> Vec<PathBuf> {
        let known = self.known();
        let sources = known.local.values().flatten();
        let files = sources.filter_map(|source| match &source.location {
            Location::File { path, rest } => Some(std::iter::once(path).chain(rest)),
            _ => None,
        });
        let files: BTreeSet<&PathBuf> = files.flatten().collect();
        files.into_iter().cloned().collect()
    }

    /// Whether it is of a local folder only, and not there now.
    pub fn is_away(&self, title: &Title) -> bool {
        self.known().away.contains(&title.id)
    }

    /// Whether a source may still be where it was.
    pub fn may_have(&self, source: &Source) -> bool {
        let known = self.known();
        let local = known.local.get(&source.title_id);
        let has = |sources: &Vec<Source>| sources.iter().any(|one| one.id == source.id);
        source.provider != LOCAL || !known.is_scanned || local.is_some_and(has)
    }

    /// Titles of a kind to be found by their names alone, until somebody opens one, in place of
    /// those there were.
    pub fn take_exported(&self, kind: TitleKind, rows: Vec<Exported>) {
        let mut index = TitleIndex::new();
        // Takes a second, in which nobody waits for it.
        index.insert_exported(rows);
        let mut known = write(&self.known);
        for title in known.titles.values() {
            index.remove_exported(title);
        }
        known.exported.insert(kind, index);
    }

    /// A title that was known by its name alone, kept from now on. Waits for the disk.
    pub fn keep_exported(&self, id: TitleId) -> Result<Option<Title>, Error> {
        let row = self.known().exported(id);
        let Some(row) = row else {
            return Ok(None);
        };
        Ok(self.keep(vec![row.title().into()])?.pop())
    }

    /// The known titles nearest to one: of its franchise, and with its genres, or where it has none
    /// of its kind and year; the most popular first among equals. Waits for the disk.
    pub fn akin(&self, title: &Title, limit: usize) -> Result<Vec<Title>, Error> {
        let family: HashSet<TitleId> = match &title.facts.franchise {
            Some(franchise) => self.store.titles_of_franchise(franchise)?,
            None => Vec::new(),
        }
        .into_iter()
        .collect();
        let mut shared: HashMap<TitleId, usize> = HashMap::new();
        for genre in &title.genres {
            for id in self.store.titles_of_genre(genre, MOST_OF_GENRE)? {
                *shared.entry(id).or_default() += 1;
            }
        }
        // Of one that nobody tells the genres of, the year is what there is to go by.
        let of_year = match title.year.filter(|_| title.genres.is_empty()) {
            Some(year) => self.store.titles_of_year(year, MOST_OF_GENRE)?,
            None => Vec::new(),
        };
        let enough = |count: usize| count * 2 > title.genres.len();
        let ids = family.iter().copied();
        let ids: HashSet<TitleId> = ids
            .chain(shared.iter().filter(|one| enough(*one.1)).map(|one| *one.0))
            .chain(of_year)
            .filter(|id| *id != title.id)
            .collect();
        let mut akin = self.titles(&ids.into_iter().collect::<Vec<_>>());
        let by_year_alone = title.genres.is_empty();
        akin.retain(|one| {
            let fits = !by_year_alone || family.contains(&one.id) || one.kind == title.kind;
            fits && !self.is_away(one)
        });
        let rank = |one: &Title| {
            let shared = shared.get(&one.id).copied().unwrap_or_default();
            (family.contains(&one.id), shared)
        };
        let popularity = |one: &Title| one.facts.popularity.unwrap_or_default();
        akin.sort_by(|one, other| {
            rank(other)
                .cmp(&rank(one))
                .then(popularity(other).total_cmp(&popularity(one)))
                .then(one.id.cmp(&other.id))
        });
        akin.truncate(limit);
        Ok(akin)
    }

    /// How many known titles each genre has.
    pub fn genres(&self, kind: Option<TitleKind>) -> BTreeMap<String, u32> {
        let known = self.known();
        let mut counts = BTreeMap::new();
        for ((of, genre), count) in &known.genres {
            if kind.is_none_or(|kind| kind == *of) {
                *counts.entry(genre.clone()).or_default() += count;
            }
        }
        counts
    }

    /// Waits for the disk.
    pub fn of_franchise(&self, franchise: &str) -> Result<Vec<Title>, Error> {
        let ids = self.store.titles_of_franchise(franchise)?;
        let mut titles = self.titles(&ids);
        titles.retain(|title| !self.is_away(title));
        Ok(titles)
    }

    /// Waits for the disk.
    pub fn with_episodes_to_come(&self, since: UnixMs) -> Result<Vec<UpcomingEpisode>, Error> {
        let ids = self.store.titles_to_come(since)?;
        let to_come = |title: Title| {
            // Who looks at the calendar is not asked what they allow.
            if title.facts.adult {
                return None;
            }
            Some(UpcomingEpisode {
                at: title.facts.next_episode_at?,
                number: title.facts.episodes_out.map(|out| out + 1),
                title,
            })
        };
        Ok(self.titles(&ids).into_iter().filter_map(to_come).collect())
    }

    /// Takes in what a provider found. Waits for the disk.
    pub fn keep(&self, mut found: Vec<NewTitle>) -> Result<Vec<Title>, Error> {
        let _one_at_a_time = self.merging();
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

    fn merging(&self) -> MutexGuard<'_, ()> {
        self.merging.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes entries that tell of one season each a part of the series that has them all. Waits
    /// for the disk.
    pub fn gather_parts(&self, series: &Title) -> Result<(), Error> {
        let _one_at_a_time = self.merging();
        let episodes = self.store.episodes(series.id)?;
        let parts: Vec<(TitleId, SeasonEntry)> = {
            let known = self.known();
            let entries = known.entries.iter();
            let titles = entries.filter_map(|id| known.titles.get(id));
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
        let _one_at_a_time = self.merging();
        let Some((whole, apart)) = self.store.put_apart(id, reference, entry)? else {
            return Ok(None);
        };
        write(&self.known).take_in(&[whole, apart.clone()]);
        Ok(Some(apart))
    }

    /// Titles that the store knows no more.
    pub fn forget(&self, ids: &[TitleId]) {
        let mut known = write(&self.known);
        for id in ids {
            known.index.remove(*id);
            known.away.remove(id);
            if let Some(title) = known.titles.remove(id) {
                known.leave(&title);
            }
        }
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

    /// Those in files of their own, beside the films in the folders.
    pub fn subtitles(&self, title_id: TitleId, episode_id: Option<EpisodeId>) -> Vec<Beside> {
        let known = self.known();
        let all = known.subtitles.get(&title_id).into_iter().flatten();
        all.filter(|one| one.episode_id == episode_id)
            .cloned()
            .collect()
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
        let is_local_only = || {
            let mut references = title.external.references().into_iter();
            references.all(|one| one.starts_with("local:"))
        };
        self.is_scanned
            && title.external.local.is_some()
            && !self.local.contains_key(&title.id)
            && is_local_only()
    }

    /// What lies in the folders now.
    fn set_local(&mut self, local: HashMap<TitleId, Vec<Source>>) {
        self.local = local;
        self.is_scanned = true;
        let away = self.titles.values().filter(|title| self.is_away(title));
        self.away = away.map(|title| title.id).collect();
    }

    fn exported(&self, id: TitleId) -> Option<Exported> {
        self.exported.values().find_map(|index| index.exported(id))
    }

    /// The title that a new one is by its names.
    fn same(&self, new: &Title) -> Option<TitleId> {
        let same = self.namesakes.same(new, |id| self.titles.get(&id));
        // A name alone makes nothing of adults' one with what all may see.
        let same = same.filter(|title| title.facts.adult == new.facts.adult);
        same.map(|title| title.id)
    }

    fn merge(&mut self, merged: &Merged) {
        for (old, new) in &merged.became {
            self.index.remove(*old);
            if let Some(title) = self.titles.remove(old) {
                self.leave(&title);
            }
            self.away.remove(old);
            self.adult.remove(old);
            if let Some(sources) = self.local.remove(old) {
                let sources = sources.into_iter().map(|source| Source {
                    title_id: *new,
                    ..source
                });
                self.local.entry(*new).or_default().extend(sources);
            }
            if let Some(subtitles) = self.subtitles.remove(old) {
                self.subtitles.entry(*new).or_default().extend(subtitles);
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
            if self.is_away(title) {
                self.away.insert(title.id);
            } else {
                self.away.remove(&title.id);
            }
            for index in self.exported.values_mut() {
                index.remove_exported(title);
            }
            if let Some(old) = self.titles.insert(title.id, title.clone()) {
                self.leave(&old);
            }
            self.namesakes.insert(title);
            if title.external.shikimori.is_some() {
                self.entries.insert(title.id);
            }
            if title.facts.adult {
                self.adult.insert(title.id);
            } else {
                self.adult.remove(&title.id);
            }
            for genre in counted_genres(title) {
                *self.genres.entry((title.kind, genre.clone())).or_default() += 1;
            }
        }
    }

    /// Takes a title that is gone, or told of anew, out of what is looked up by.
    fn leave(&mut self, title: &Title) {
        self.namesakes.remove(title);
        self.entries.remove(&title.id);
        for genre in counted_genres(title) {
            if let Entry::Occupied(mut count) = self.genres.entry((title.kind, genre.clone())) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
    }
}

/// The lists of genres are everybody's.
fn counted_genres(title: &Title) -> &[String] {
    if title.facts.adult {
        &[]
    } else {
        &title.genres
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
