//! What the NFO files beside the videos tell of them: whether they are films or episodes, which,
//! and of what title.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsStr,
    fs, io,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use hearth_model::{External, FoundEpisode, TitleKind, TmdbKind};

use super::{
    Problem, marks, names,
    nfo::{self, Entry, Root},
    parts::{Part, is_disc, parts},
    recognise::{Recognised, key, recognise},
    subtitles::SubtitleFile,
    walk::{Companion, Video, Walked},
};

/// A video, what it is, and what is told of it.
pub struct Find {
    pub video: Video,
    /// The folder of its film: the one around that of a single disc.
    pub home: PathBuf,
    pub found: Recognised,
    /// Of its title, the nearest to the file first.
    pub told: Vec<Arc<Entry>>,
    /// Of its episodes.
    pub episodes: Vec<FoundEpisode>,
    /// Which part of the film or episode it is.
    pub part: Option<Part>,
    pub subtitles: Vec<SubtitleFile>,
}

impl Find {
    pub fn new(video: Video, found: Recognised) -> Self {
        let shown = found.day.zip(found.season).map(|(day, season)| {
            let mut episode = FoundEpisode::numbered(season, found.episodes[0]);
            episode.facts.released_on = Some(day.to_string());
            episode
        });
        Self {
            home: video.folder().to_path_buf(),
            video,
            found,
            told: Vec::new(),
            episodes: shown.into_iter().collect(),
            part: None,
            subtitles: Vec::new(),
        }
    }

    /// By which names files beside it belong to it, in lower case: its own, and that of the whole
    /// which it is a part of.
    pub fn stems(&self) -> Vec<String> {
        let whole = self.part.as_ref().map(|part| names::split(&part.whole).0);
        let whole = whole.map(str::to_lowercase);
        [self.video.stem()].into_iter().chain(whole).collect()
    }

    fn is_film(&self) -> bool {
        self.found.season.is_none()
    }
}

/// What the names say. Files that are parts of one are read by the name of the whole.
pub fn recognised(videos: Vec<Video>, walked: &Walked) -> Vec<Find> {
    let names: Vec<PathBuf> = videos.iter().map(name_of_part).collect();
    let mut folders: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    for (place, name) in names.iter().enumerate() {
        let folder = name.parent().unwrap_or(name).to_path_buf();
        folders.entry(folder).or_default().push(place);
    }
    let mut finds: Vec<Find> = videos
        .into_iter()
        .map(|video| {
            let found = recognise(&video.relative, video.alone);
            Find::new(video, found)
        })
        .collect();
    for (folder, places) in folders {
        let names = places.iter().map(|place| text(names[*place].file_name()));
        let names: Vec<String> = names.collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut groups: BTreeMap<String, Vec<(usize, Part)>> = BTreeMap::new();
        for (at, part) in parts(&names) {
            let group = groups.entry(part.whole.clone()).or_default();
            group.push((places[at], part));
        }
        for (whole, group) in groups {
            let first = &finds[group[0].0].video;
            let above = first.path.components().count() - first.relative.components().count();
            let relative: PathBuf = folder.join(&whole).components().skip(above).collect();
            let alone = group.len() == places.len() && relative.components().count() > 1;
            let found = recognise(&relative, alone);
            // Of what is counted each on its own, none is a part of another.
            let same = |(place, _): &(usize, Part)| {
                let one = &finds[*place].found;
                (one.season, &one.episodes) == (found.season, &found.episodes)
            };
            let described = group.iter().filter(|(place, _)| {
                let own = format!("{}.nfo", finds[*place].video.stem());
                walked
                    .companion(finds[*place].video.folder(), &own)
                    .is_some()
            });
            if described.count() > 1 || !group.iter().all(same) {
                continue;
            }
            for (place, part) in group {
                let release = std::mem::take(&mut finds[place].found.release);
                finds[place].found = Recognised {
                    release,
                    ..found.clone()
                };
                finds[place].part = Some(part);
                finds[place].home.clone_from(&folder);
            }
        }
    }
    finds
}

/// Where a file would lie, and what it would be called, if the number of its disc stood behind the
/// name of its film: `Film/CD1.avi` and, where nothing else lies there, `Film/CD1/x.avi` are
/// `Film/Film CD1.avi`.
fn name_of_part(video: &Video) -> PathBuf {
    let folder = video.folder();
    let name = text(video.path.file_name());
    let (stem, end) = names::split(&name);
    let depth = video.relative.components().count();
    let disc = text(folder.file_name());
    if depth > 1 && is_disc(stem) {
        return folder.join(format!("{disc} {stem}.{end}"));
    }
    match folder.parent() {
        Some(film) if depth > 2 && video.alone && is_disc(&disc) => {
            film.join(format!("{} {disc}.{end}", text(film.file_name())))
        }
        _ => video.path.clone(),
    }
}

fn text(name: Option<&OsStr>) -> String {
    name.unwrap_or_default().to_string_lossy().into_owned()
}

/// Reads the NFO files and lets them have the last word.
pub fn tell(finds: &mut [Find], walked: &Walked, memory: &mut Memory, problems: &mut Vec<Problem>) {
    let mut reader = Reader {
        before: std::mem::take(memory),
        read: Memory::default(),
        problems,
    };
    let films = folders_of_one_film(finds);
    // Of which series' file an episode is.
    let mut shows: Vec<Option<PathBuf>> = Vec::new();
    for find in finds.iter_mut() {
        let folder = find.home.clone();
        let own_folder = find.video.folder().to_path_buf();
        let beside = |name: &str| {
            let own = || walked.companion(&own_folder, name);
            walked.companion(&folder, name).or_else(own)
        };
        let stems = find.stems();
        let own = stems.iter().find_map(|stem| beside(&format!("{stem}.nfo")));
        let of_film = films
            .contains_key(&folder)
            .then(|| beside("movie.nfo"))
            .flatten();
        let entries = own.or(of_film).map(|file| reader.entries(file));
        let show = walked
            .upwards(&folder)
            .find_map(|(_, beside)| beside.companions.get("tvshow.nfo"));
        let show_entries = show.map(|file| reader.entries(file)).unwrap_or_default();
        let series = show_entries
            .iter()
            .find(|entry| entry.root == Some(Root::Series) || entry.is_page_of(TmdbKind::Tv));
        take_own(find, &entries.unwrap_or_default(), series);
        if let Some(series) = series.filter(|_| !find.is_film()) {
            find.told.push(series.clone());
            shows.push(show.map(|file| file.path.clone()));
        } else {
            shows.push(None);
        }
        take_ids(find, &films);
    }
    *memory = reader.read;
    join_keys(finds, &shows);
}

/// What the names themselves say: a film's own or that of its folder, of an episode the nearest
/// folder's.
fn take_ids(find: &mut Find, films: &HashMap<PathBuf, String>) {
    let name = text(find.video.path.file_name());
    let folders = || {
        let all = find.video.relative.ancestors().skip(1);
        all.map(|folder| text(folder.file_name()))
    };
    let none = |external: &External| *external == External::default();
    let external = if find.is_film() {
        let of_folder = || {
            let folder = text(find.home.file_name());
            films.contains_key(&find.home).then_some(folder)
        };
        let own = marks::ids(&name, TmdbKind::Movie);
        match of_folder().filter(|_| none(&own)) {
            Some(folder) => marks::ids(&folder, TmdbKind::Movie),
            None => own,
        }
    } else {
        let mut all = folders().map(|folder| marks::ids(&folder, TmdbKind::Tv));
        all.find(|external| !none(external)).unwrap_or_default()
    };
    if !none(&external) {
        find.told.push(Arc::new(Entry {
            external,
            ..Entry::default()
        }));
    }
}

/// What stands in the file's own NFO.
fn take_own(find: &mut Find, entries: &[Arc<Entry>], series: Option<&Arc<Entry>>) {
    let episodes: Vec<&Arc<Entry>> = entries
        .iter()
        .filter(|entry| entry.root == Some(Root::Episode))
        .collect();
    if let Some(first) = episodes.first() {
        let numbered = episodes.iter().all(|entry| entry.episode.is_some());
        if find.is_film() && !numbered {
            return;
        }
        if find.is_film() {
            become_episode(find, first, series);
        }
        let found = &mut find.found;
        found.season = first.season.or(found.season);
        if numbered {
            found.episodes = episodes.iter().filter_map(|entry| entry.episode).collect();
        }
        let season = found.season.unwrap_or(1);
        let told = episodes.iter().zip(&found.episodes);
        find.episodes = told
            .map(|(entry, number)| entry.episode(season, *number))
            .collect();
        return;
    }
    let film = entries.iter().find(|entry| entry.root == Some(Root::Film));
    if let Some(film) = film {
        if !find.is_film() {
            become_film(find, film);
        }
        find.told.push(film.clone());
    } else if find.is_film() {
        let page = entries.iter().find(|one| one.is_page_of(TmdbKind::Movie));
        find.told.extend(page.cloned());
    }
}

/// Its name looked like a film's.
fn become_episode(find: &mut Find, entry: &Entry, series: Option<&Arc<Entry>>) {
    let folder = find.video.relative.parent().and_then(Path::file_name);
    let folder = folder.map(|name| name.to_string_lossy().into_owned());
    let name = series
        .and_then(|series| series.title.clone())
        .or_else(|| entry.show.clone())
        .or_else(|| hearth_release::parse(&folder?).title);
    let found = &mut find.found;
    found.names = name.map_or_else(|| found.names.clone(), |name| vec![name]);
    found.kind = TitleKind::Series;
    found.year = None;
    found.season = Some(entry.season.unwrap_or(1));
    found.key = key("series", &found.names[0], None);
}

/// Its name looked like an episode's.
fn become_film(find: &mut Find, entry: &Entry) {
    let found = &mut find.found;
    if let Some(title) = &entry.title {
        found.names = vec![title.clone()];
    }
    found.kind = TitleKind::Film;
    found.year = entry.year;
    found.season = None;
    found.episodes = Vec::new();
    found.key = key("film", &found.names[0], entry.year);
}

/// Folders, except those at the top, whose videos are all of one film.
fn folders_of_one_film(finds: &[Find]) -> HashMap<PathBuf, String> {
    let mut keys: HashMap<PathBuf, Option<String>> = HashMap::new();
    for find in finds {
        let is_top = find.video.relative.components().count() < 2;
        let own = (find.is_film() && !is_top).then(|| find.found.key.clone());
        let folder = find.home.clone();
        let known = keys.entry(folder).or_insert_with(|| own.clone());
        if *known != own {
            *known = None;
        }
    }
    let one = keys.into_iter();
    one.filter_map(|(folder, key)| Some((folder, key?)))
        .collect()
}

/// What one `tvshow.nfo` tells of is one series, and what has an id in common is one title,
/// however the files are called. The first key by the alphabet stays.
fn join_keys(finds: &mut [Find], shows: &[Option<PathBuf>]) {
    let mut same: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (find, show) in finds.iter().zip(shows) {
        let form = if find.is_film() { "film" } else { "series" };
        let ids = find.told.iter().flat_map(|told| told.external.references());
        let show = show.as_ref().map(|path| path.display().to_string());
        for mark in ids.chain(show) {
            let keys = same.entry(format!("{form} {mark}")).or_default();
            keys.push(find.found.key.clone());
        }
    }
    let mut becomes: HashMap<String, String> = HashMap::new();
    // Enough rounds for chains; each only goes down the alphabet.
    for _ in 0..4 {
        for keys in same.values() {
            let now = |key: &String| becomes.get(key).unwrap_or(key).clone();
            let Some(first) = keys.iter().map(now).min() else {
                continue;
            };
            for key in keys {
                becomes.insert(key.clone(), first.clone());
            }
        }
    }
    for find in finds {
        if let Some(key) = becomes.get(&find.found.key) {
            find.found.key.clone_from(key);
        }
    }
}

/// Services count anime apart.
pub fn is_anime(external: &External) -> bool {
    external.shikimori.is_some() || external.mal.is_some()
}

/// What the NFO files told, so that the next scan reads only those that changed.
#[derive(Debug, Default)]
pub struct Memory(HashMap<PathBuf, Remembered>);

#[derive(Debug, Clone)]
struct Remembered {
    size_bytes: u64,
    modified_ms: u64,
    entries: Vec<Arc<Entry>>,
    /// Told again by each scan, and the file is read again.
    is_bad: bool,
}

impl Remembered {
    fn is_of(&self, file: &Companion) -> bool {
        (self.size_bytes, self.modified_ms) == (file.size_bytes, file.modified_ms)
    }
}

/// Each file is read once, and each trouble told once.
struct Reader<'a> {
    before: Memory,
    read: Memory,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn entries(&mut self, file: &Companion) -> Vec<Arc<Entry>> {
        if let Some(known) = self.read.0.get(&file.path) {
            return known.entries.clone();
        }
        let before = self.before.0.remove(&file.path);
        let unchanged = before.filter(|one| one.is_of(file) && !one.is_bad);
        let known = unchanged.unwrap_or_else(|| {
            let (entries, is_bad) = match entries_of(file) {
                Ok(entries) => (entries.into_iter().map(Arc::new).collect(), false),
                Err(problem) => {
                    self.problems.push(problem);
                    (Vec::new(), true)
                }
            };
            Remembered {
                size_bytes: file.size_bytes,
                modified_ms: file.modified_ms,
                entries,
                is_bad,
            }
        });
        let entries = known.entries.clone();
        self.read.0.insert(file.path.clone(), known);
        entries
    }
}

fn entries_of(file: &Companion) -> Result<Vec<Entry>, Problem> {
    let path = || file.path.clone();
    if file.size_bytes > nfo::LARGEST_BYTES {
        return Err(Problem::BadNfo {
            path: path(),
            reason: "it is larger than 1 MiB".to_owned(),
        });
    }
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // It may have grown since it was listed.
        let opened = fs::File::open(&file.path)?;
        opened.take(nfo::LARGEST_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| Problem::Unreadable {
        path: path(),
        reason: error.to_string(),
    })?;
    nfo::read(&bytes).map_err(|error| Problem::BadNfo {
        path: path(),
        reason: error.to_string(),
    })
}
