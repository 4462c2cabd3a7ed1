//! What the NFO files beside the videos tell of them: whether they are films or episodes, which,
//! and of what title.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use hearth_model::{External, FoundEpisode, TitleKind, TmdbKind};

use super::{
    Problem, names,
    nfo::{self, Entry, Root},
    parts::{Part, parts},
    recognise::{Recognised, key, recognise},
    subtitles::SubtitleFile,
    walk::{Companion, Video, Walked},
};

/// A video, what it is, and what is told of it.
pub struct Find {
    pub video: Video,
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
        Self {
            video,
            found,
            told: Vec::new(),
            episodes: Vec::new(),
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
    let mut folders: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    for (place, video) in videos.iter().enumerate() {
        let folder = video.folder().to_path_buf();
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
        let name = |place: &usize| {
            let name = finds[*place].video.path.file_name().unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        let names: Vec<String> = places.iter().map(name).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut groups: BTreeMap<String, Vec<(usize, Part)>> = BTreeMap::new();
        for (at, part) in parts(&names) {
            let group = groups.entry(part.whole.clone()).or_default();
            group.push((places[at], part));
        }
        for (whole, group) in groups {
            let first = &finds[group[0].0];
            let is_top = first.video.relative.components().count() < 2;
            let alone = group.len() == places.len() && !is_top;
            let found = recognise(&first.video.relative.with_file_name(&whole), alone);
            // Of what is counted each on its own, none is a part of another.
            let same = |(place, _): &(usize, Part)| {
                let one = &finds[*place].found;
                (one.season, &one.episodes) == (found.season, &found.episodes)
            };
            let described = group.iter().filter(|(place, _)| {
                let own = format!("{}.nfo", finds[*place].video.stem());
                walked.companion(&folder, &own).is_some()
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
            }
        }
    }
    finds
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
        let folder = find.video.folder().to_path_buf();
        let beside = |name: &str| walked.companion(&folder, name);
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
    }
    *memory = reader.read;
    join_keys(finds, &shows);
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
        let folder = find.video.folder().to_path_buf();
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
