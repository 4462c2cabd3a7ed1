//! What was given, ready to be a source.

use bytes::Bytes;
use hearth_model::{
    EpisodeId, Health, Hints, Location, Names, Release, Source, SourceKind, Title, TitleId,
    TitleKind,
};

use crate::text;

/// The name of this provider in every source it yields.
pub const DIRECT: &str = "direct";

const LONGEST_NAME: usize = 300;

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
        }
    }

    /// A title for it, where nobody says which one it is of.
    pub fn title(&self) -> Title {
        let release = &self.release;
        let numbered = !(release.seasons.is_empty()
            && release.episodes.is_empty()
            && release.absolute_episodes.is_empty());
        let kind = if numbered {
            TitleKind::Series
        } else {
            TitleKind::Film
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
