//! What was given, ready to be a source.

use bytes::Bytes;
use hearth_model::{
    EpisodeId, GivenFile, Health, Hints, Location, Names, Release, Source, SourceKind, Title,
    TitleId, TitleKind,
};
use hearth_release::Wanted;

use super::{
    TorrentFacts,
    given::{file_release, films, is_episode, is_numbered, numbers},
    no_video,
};
use crate::{Error, Query, text, torrent};

/// The name of this provider in every source it yields.
pub const DIRECT: &str = "direct";

const LONGEST_NAME: usize = 300;
/// As many files of a torrent are told apart.
const MOST_FILES: usize = 1000;

/// Something to play that a person gave.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectFind {
    /// As it is called where it was given.
    pub name: String,
    /// What the name tells.
    pub release: Release,
    pub kind: SourceKind,
    pub location: Location,
    pub size_bytes: Option<u64>,
    /// Under which a playlist lists it.
    pub group: Option<String>,
    pub logo: Option<String>,
    /// The .torrent file itself: nobody else may have it.
    pub torrent: Option<Bytes>,
    /// Of a torrent with several films.
    pub files: Vec<GivenFile>,
}

impl DirectFind {
    pub(super) fn new(name: &str, kind: SourceKind, location: Location) -> Self {
        let name = text::tidy(name, LONGEST_NAME);
        Self {
            release: hearth_release::parse(&name),
            name,
            kind,
            location,
            size_bytes: None,
            group: None,
            logo: None,
            torrent: None,
            files: Vec::new(),
        }
    }

    /// Takes in what the torrent says of itself.
    pub fn learn(&mut self, facts: TorrentFacts) -> Result<(), Error> {
        if facts.videos.is_empty() {
            return Err(no_video());
        }
        // A hash is no name.
        if torrent::infohash(&self.name).is_some() {
            self.name = text::tidy(&facts.name, LONGEST_NAME);
            self.release = hearth_release::parse(&self.name);
        }
        self.size_bytes = Some(facts.size_bytes);
        self.files = films(facts.videos);
        self.files.truncate(MOST_FILES);
        if self.files.len() == 1 {
            self.files.clear();
        }
        Ok(())
    }

    /// Whether it is of a series, by what its name tells.
    pub fn is_numbered(&self) -> bool {
        is_numbered(&self.release) || !self.episodes().is_empty()
    }

    /// What it is by its name; of a torrent with several films, what each of them is.
    pub fn parts(&self) -> Vec<Release> {
        if self.files.is_empty() {
            return vec![self.release.clone()];
        }
        let files = self.files.iter();
        let of_files = files.map(|file| file_release(&file.path, &self.release));
        of_files.collect()
    }

    /// The episodes that it is or holds, by season and number, as far as names tell.
    pub fn episodes(&self) -> Vec<(u32, u32)> {
        let mut all: Vec<_> = self.parts().iter().flat_map(numbers).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether its name is one of the title's.
    pub fn is_called(&self, title: &Title) -> bool {
        let query = Query::new(title.clone(), None);
        let wanted = Wanted {
            kind: title.kind,
            ..query.wanted()
        };
        hearth_release::matches(&self.release, &wanted)
    }

    /// Whether it is what is looked for, or holds it. What has no name but numbers is taken at the
    /// word of whoever gave it.
    pub fn is_of(&self, query: &Query) -> bool {
        hearth_release::matches(&self.release, &query.wanted())
            || (self.release.title.is_none() && is_episode(&self.release, query))
    }

    /// A title for it, where nobody says which one it is of.
    pub fn title(&self) -> Title {
        let release = &self.release;
        let kind = if self.episodes().is_empty() {
            TitleKind::Film
        } else {
            TitleKind::Series
        };
        let name = release.title.as_deref().unwrap_or(&self.name);
        let cyrillic = name.chars().any(|c| matches!(c, '\u{400}'..='\u{52f}'));
        let known = Some(name.to_owned());
        let names = if cyrillic {
            Names {
                ru: known,
                ..Names::default()
            }
        } else {
            Names {
                original: known,
                ..Names::default()
            }
        };
        Title {
            year: release.year,
            poster: self.logo.clone(),
            ..Title::new(kind, names)
        }
    }

    /// As a source of the title that it is of.
    pub fn source(&self, title_id: TitleId, episode_id: Option<EpisodeId>) -> Source {
        Source {
            id: Source::id_for(title_id, episode_id, &self.location),
            title_id,
            episode_id,
            kind: self.kind,
            provider: DIRECT.to_owned(),
            name: self.name.clone(),
            release: self.release.clone(),
            size_bytes: self.size_bytes,
            seeders: None,
            health: Health::Unknown,
            location: self.location.clone(),
            hints: Hints::default(),
        }
    }
}
