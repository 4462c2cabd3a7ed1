//! A title found in local folders, with its files.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::{Path, PathBuf},
    sync::Arc,
};

use hearth_model::{
    Episode, EpisodeId, External, FoundEpisode, Health, Hints, Location, Names, Release, Source,
    SourceKind, Title, TitleId, TitleKind,
};

use super::{
    PROVIDER,
    covers::Covers,
    nfo::Entry,
    recognise::Recognised,
    subtitles::SubtitleFile,
    told::{self, Find},
};

/// `External.local` of the test card that every box makes for itself.
pub const TESTCARD_KEY: &str = "testcard";

/// A video on a disk.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalFile {
    pub path: PathBuf,
    pub size_bytes: u64,
    pub modified_ms: u64,
    /// Of an episode; 0 for specials.
    pub season: Option<u32>,
    /// More than one where a file holds several.
    pub episodes: Vec<u32>,
    /// The day on which the episode was shown, where that is how its name counts.
    pub day: Option<String>,
    pub release: Release,
    /// Where the film or episode is cut into several files: which one it is, from 1, and where the
    /// whole would lie.
    pub part: Option<(u32, PathBuf)>,
    /// Those in files of their own.
    pub subtitles: Vec<SubtitleFile>,
}

/// Subtitles beside a video, and what they are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    pub episode_id: Option<EpisodeId>,
    /// Of a film in several files: to which one they belong, from 0.
    pub piece: Option<u32>,
    pub file: SubtitleFile,
}

/// A film or series found on disks.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalTitle {
    /// Its id is made from the key; the store replaces it by the one it keeps.
    pub title: Title,
    /// The owner's word on it, from NFO files: it counts over what else is known. Its id, kind and
    /// external ids say nothing.
    pub word: Title,
    pub files: Vec<LocalFile>,
    pub covers: Covers,
    /// What NFO files tell of its episodes.
    told: BTreeMap<(u32, u32), FoundEpisode>,
}

impl LocalTitle {
    pub(super) fn new(found: &Recognised) -> Self {
        let mut title = Title {
            id: TitleId::from_name(&format!("local:{}", found.key)),
            external: External {
                local: Some(found.key.clone()),
                ..External::default()
            },
            ..Title::new(found.kind, Names::default())
        };
        if found.key == TESTCARD_KEY {
            describe_testcard(&mut title);
        }
        let word = Title {
            id: title.id,
            ..Title::new(found.kind, Names::default())
        };
        Self {
            title,
            word,
            files: Vec::new(),
            covers: Covers::default(),
            told: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, find: Find) {
        let Find {
            video,
            home,
            found,
            told,
            episodes,
            part,
            subtitles,
        } = find;
        if found.key != TESTCARD_KEY {
            let more = names_of(&found.names);
            let names = &mut self.title.names;
            names.ru = names.ru.take().or(more.ru);
            names.original = names.original.take().or(more.original);
        }
        // Of a series, the year of its first season.
        self.title.year = match (self.title.year, found.year) {
            (Some(known), Some(year)) => Some(known.min(year)),
            (known, year) => known.or(year),
        };
        if found.kind == TitleKind::Anime {
            self.title.kind = TitleKind::Anime;
        }
        self.hear(&told);
        for episode in episodes {
            let place = (episode.season, episode.number);
            self.told.entry(place).or_insert(episode);
        }
        let mut release = found.release;
        // Forced ones are no translation of the film.
        let whole = subtitles.iter().filter(|file| !file.forced);
        for language in whole.filter_map(|file| file.language.as_ref()) {
            if !release.subtitle_languages.contains(language) {
                release.subtitle_languages.push(language.clone());
            }
        }
        let part = part.map(|part| (part.number, home.join(part.whole)));
        self.files.push(LocalFile {
            path: video.path,
            size_bytes: video.size_bytes,
            modified_ms: video.modified_ms,
            season: found.season,
            episodes: found.episodes,
            day: found.day.map(|day| day.to_string()),
            release,
            part,
            subtitles,
        });
    }

    fn hear(&mut self, told: &[Arc<Entry>]) {
        for entry in told {
            entry.tell(&mut self.word);
        }
    }

    /// When all its files are there: what is told takes the place of what their names say, which
    /// are other names from now on.
    pub(super) fn conclude(&mut self) {
        let word = &mut self.word;
        let external = std::mem::take(&mut word.external);
        let is_series = self.title.kind == TitleKind::Series;
        if is_series && told::is_anime(&external) {
            self.title.kind = TitleKind::Anime;
        }
        self.title.external = External {
            local: self.title.external.local.take(),
            ..external
        };
        if !word.names.is_empty() {
            let of_files = std::mem::replace(&mut self.title.names, word.names.clone());
            let others = of_files
                .all()
                .filter(|name| !word.names.all().any(|told| told == *name))
                .map(str::to_owned);
            word.facts.aliases = others.collect();
            self.title.facts.aliases.clone_from(&word.facts.aliases);
        }
        self.title.year = word.year.or(self.title.year);
    }

    /// What the store knows it by.
    pub fn key(&self) -> &str {
        self.title.external.local.as_deref().unwrap_or_default()
    }

    /// (season, number) of every episode there is a file of, in order; of a film none.
    pub fn episodes(&self) -> Vec<(u32, u32)> {
        let all: BTreeSet<(u32, u32)> = self
            .files
            .iter()
            .filter_map(|file| file.season.map(|season| (season, &file.episodes)))
            .flat_map(|(season, episodes)| episodes.iter().map(move |number| (season, *number)))
            .collect();
        all.into_iter().collect()
    }

    /// Every episode there is a file of, with what is told of it.
    pub fn found_episodes(&self) -> Vec<FoundEpisode> {
        let all = self.episodes().into_iter();
        all.map(|(season, number)| {
            let told = self.told.get(&(season, number)).cloned();
            told.unwrap_or_else(|| FoundEpisode::numbered(season, number))
        })
        .collect()
    }

    /// The files as sources, under the ids the store gave. A file with two episodes is a source
    /// of both; one whose episode is not among `episodes` is left out. Files that are one film
    /// are one source.
    pub fn sources(&self, title_id: TitleId, episodes: &[Episode]) -> Vec<Source> {
        let mut sources = Vec::new();
        for files in self.wholes() {
            for episode_id in files[0].is_of(episodes) {
                sources.push(source(&files, title_id, episode_id));
            }
        }
        sources
    }

    /// The subtitles that lie beside the files.
    pub fn subtitles(&self, episodes: &[Episode]) -> Vec<Beside> {
        let mut all = Vec::new();
        for files in self.wholes() {
            for episode_id in files[0].is_of(episodes) {
                for (piece, file) in (0..).zip(&files) {
                    let piece = (files.len() > 1).then_some(piece);
                    all.extend(file.subtitles.iter().map(|file| Beside {
                        episode_id,
                        piece,
                        file: file.clone(),
                    }));
                }
            }
        }
        all
    }

    /// The files, those together and in their order that are one film.
    fn wholes(&self) -> Vec<Vec<&LocalFile>> {
        let mut places: HashMap<&Path, usize> = HashMap::new();
        let mut wholes: Vec<Vec<&LocalFile>> = Vec::new();
        for file in &self.files {
            let whole = file.part.as_ref().map_or(&file.path, |(_, whole)| whole);
            let place = *places.entry(whole).or_insert(wholes.len());
            if place == wholes.len() {
                wholes.push(Vec::new());
            }
            wholes[place].push(file);
        }
        for files in &mut wholes {
            files.sort_by_key(|file| file.part.as_ref().map(|(number, _)| *number));
        }
        wholes
    }
}

impl LocalFile {
    /// Of a film it is of no episode, of a series of those among `episodes` that it holds.
    fn is_of(&self, episodes: &[Episode]) -> Vec<Option<EpisodeId>> {
        let Some(season) = self.season else {
            return vec![None];
        };
        let is_in = |one: &&Episode| {
            let of_day = self.day.is_some() && one.facts.released_on == self.day;
            of_day || (one.season == season && self.episodes.contains(&one.number))
        };
        let episodes = episodes.iter().filter(is_in);
        episodes.map(|episode| Some(episode.id)).collect()
    }

    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

fn source(files: &[&LocalFile], title_id: TitleId, episode_id: Option<EpisodeId>) -> Source {
    let (first, rest) = (files[0], &files[1..]);
    let location = Location::File {
        path: first.path.clone(),
        rest: rest.iter().map(|file| file.path.clone()).collect(),
    };
    let mut release = first.release.clone();
    for language in rest
        .iter()
        .flat_map(|file| &file.release.subtitle_languages)
    {
        if !release.subtitle_languages.contains(language) {
            release.subtitle_languages.push(language.clone());
        }
    }
    Source {
        id: Source::id_for(title_id, episode_id, &location),
        title_id,
        episode_id,
        kind: SourceKind::Direct,
        provider: PROVIDER.to_owned(),
        name: match rest.last() {
            Some(last) => format!("{} … {}", first.name(), last.name()),
            None => first.name(),
        },
        release,
        size_bytes: Some(files.iter().map(|file| file.size_bytes).sum()),
        seeders: None,
        health: Health::Unknown,
        location,
        hints: Hints::default(),
    }
}

/// Cyrillic names are read as Russian, others as the original: no file name says more.
fn names_of(names: &[String]) -> Names {
    let cyrillic = |name: &&String| {
        name.chars()
            .any(|letter| matches!(letter, '\u{400}'..='\u{4ff}'))
    };
    Names {
        ru: names.iter().find(cyrillic).cloned(),
        en: None,
        original: names.iter().find(|name| !cyrillic(name)).cloned(),
    }
}

fn describe_testcard(title: &mut Title) {
    title.names = Names {
        ru: Some("Настроечная таблица Hearth".to_owned()),
        en: Some("Hearth test card".to_owned()),
        original: None,
    };
    title.overview = Names {
        ru: Some(
            "Две минуты с крупными часами, двумя звуковыми дорожками, двумя дорожками субтитров и \
             главами. По ней видно, что изображение, звук и перемотка работают."
                .to_owned(),
        ),
        en: Some(
            "Two minutes of a large clock with two sound tracks, two subtitle tracks and \
             chapters. It shows that picture, sound and seeking work."
                .to_owned(),
        ),
        original: None,
    };
    title.runtime_minutes = Some(2);
}
