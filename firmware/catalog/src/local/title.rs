//! A title found in local folders, with its files.

use std::{collections::BTreeSet, path::PathBuf};

use hearth_model::{
    Episode, External, Health, Location, Names, Release, Source, SourceKind, Title, TitleId,
    TitleKind,
};

use super::{PROVIDER, recognise::Recognised};

/// `External.local` of the test card that every box makes for itself.
pub const TESTCARD_KEY: &str = "testcard";

/// A video on a disk.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalFile {
    pub path: PathBuf,
    pub size_bytes: u64,
    /// Of an episode; 0 for specials.
    pub season: Option<u32>,
    /// More than one where a file holds several.
    pub episodes: Vec<u32>,
    pub release: Release,
}

/// A film or series found on disks.
#[derive(Debug, Clone, PartialEq)]
pub struct LocalTitle {
    /// Its id is made from the key; the store replaces it by the one it keeps.
    pub title: Title,
    pub files: Vec<LocalFile>,
}

impl LocalTitle {
    pub(super) fn new(found: &Recognised, file: LocalFile) -> Self {
        let mut title = Title {
            id: TitleId::from_name(&format!("local:{}", found.key)),
            year: found.year,
            external: External {
                local: Some(found.key.clone()),
                ..External::default()
            },
            ..Title::new(found.kind, names_of(&found.names))
        };
        if found.key == TESTCARD_KEY {
            describe_testcard(&mut title);
        }
        Self {
            title,
            files: vec![file],
        }
    }

    pub(super) fn add(&mut self, found: &Recognised, file: LocalFile) {
        let more = names_of(&found.names);
        let names = &mut self.title.names;
        names.ru = names.ru.take().or(more.ru);
        names.original = names.original.take().or(more.original);
        // Of a series, the year of its first season.
        self.title.year = match (self.title.year, found.year) {
            (Some(known), Some(year)) => Some(known.min(year)),
            (known, year) => known.or(year),
        };
        if found.kind == TitleKind::Anime {
            self.title.kind = TitleKind::Anime;
        }
        self.files.push(file);
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

    /// The files as sources, under the ids the store gave. A file with two episodes is a source
    /// of both; one whose episode is not among `episodes` is left out.
    pub fn sources(&self, title_id: TitleId, episodes: &[Episode]) -> Vec<Source> {
        let mut sources = Vec::new();
        for file in &self.files {
            if file.season.is_none() {
                sources.push(file.source(title_id, None));
                continue;
            }
            let of_file = episodes.iter().filter(|episode| {
                file.season == Some(episode.season) && file.episodes.contains(&episode.number)
            });
            sources.extend(of_file.map(|episode| file.source(title_id, Some(episode))));
        }
        sources
    }
}

impl LocalFile {
    fn source(&self, title_id: TitleId, episode: Option<&Episode>) -> Source {
        let location = Location::File {
            path: self.path.clone(),
        };
        let episode_id = episode.map(|episode| episode.id);
        Source {
            id: Source::id_for(title_id, episode_id, &location),
            title_id,
            episode_id,
            kind: SourceKind::Direct,
            provider: PROVIDER.to_owned(),
            name: self
                .path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            release: self.release.clone(),
            size_bytes: Some(self.size_bytes),
            seeders: None,
            health: Health::Unknown,
            location,
        }
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
