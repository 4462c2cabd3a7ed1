//! Subtitles as sources: what is looked for, what was found wherever it was found, which of it is
//! best, and its text.
//!
//! Finds of OpenSubtitles and addons come from their providers; whoever knows of files beside the
//! video and of tracks inside it makes finds of them with [`SubtitleFind::beside`] and
//! [`SubtitleFind::embedded`], so that all are ranked as one list.

mod file;
mod ranking;

pub use file::{SubtitleFormat, SubtitleText, read_subtitle};
pub use ranking::{RankedSubtitle, SubtitleWish, rank_subtitles};

pub(crate) use file::{decode, read_file, read_within};

use std::path::PathBuf;

use hearth_model::SubtitleLink;

use crate::{Query, media};

/// What subtitles are looked for: those of a title, for a file.
#[derive(Debug, Clone, PartialEq)]
pub struct SubtitleQuery {
    pub query: Query,
    pub file: VideoFile,
    /// ISO 639-1, the most wanted first.
    pub languages: Vec<String>,
}

/// What is known of the file that plays.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VideoFile {
    /// Its own name or that of its release.
    pub name: Option<String>,
    pub size_bytes: Option<u64>,
    /// See [`moviehash`](crate::moviehash).
    pub moviehash: Option<String>,
    pub frames_per_second: Option<f32>,
}

/// How subtitles were found to be those of the film, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubtitleMatch {
    /// They came with it: a track inside, a file beside, a link of its stream.
    Own,
    /// Somebody made them for this very file.
    Hash,
    /// They are for the release that plays; found by ranking.
    Release,
    /// By the title's id.
    Id,
    /// By words alone.
    Name,
}

/// Where they lie. Stays on the box: addresses may carry keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubtitlePlace {
    Url(String),
    /// A file of OpenSubtitles, by its number: it has no address until it is asked for.
    OpenSubtitles(u64),
    File(PathBuf),
    /// The track inside the video, counted from 0 among its subtitles.
    Track(usize),
}

/// Subtitles found somewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct SubtitleFind {
    /// `opensubtitles`, `stremio:org.example`, `local`, `file`.
    pub provider: String,
    /// Of the provider's own.
    pub id: String,
    /// ISO 639-1; none where nobody tells.
    pub language: Option<String>,
    /// As people read it: the release or file they were made for.
    pub name: String,
    pub format: Option<SubtitleFormat>,
    pub matched: SubtitleMatch,
    pub downloads: Option<u32>,
    /// Made by somebody who is trusted there.
    pub trusted: bool,
    /// With the sounds in words.
    pub hearing_impaired: bool,
    pub machine_translated: bool,
    /// Only what is foreign in the film itself.
    pub forced: bool,
    pub frames_per_second: Option<f32>,
    pub place: SubtitlePlace,
}

impl SubtitleFind {
    /// Of which nothing is known but where they lie.
    fn new(provider: &str, id: String, name: String, place: SubtitlePlace) -> Self {
        Self {
            provider: provider.to_owned(),
            format: SubtitleFormat::of_name(&name),
            id,
            language: None,
            name,
            matched: SubtitleMatch::Own,
            downloads: None,
            trusted: false,
            hearing_impaired: false,
            machine_translated: false,
            forced: false,
            frames_per_second: None,
            place,
        }
    }

    /// A link that a provider gives, for the title or with a stream.
    pub fn at_link(provider: &str, link: SubtitleLink, matched: SubtitleMatch) -> Self {
        let name = url::Url::parse(&link.url)
            .ok()
            .and_then(|url| media::file_name(&url))
            .unwrap_or_default();
        let place = SubtitlePlace::Url(link.url.clone());
        Self {
            language: link.language,
            matched,
            ..Self::new(provider, link.url, crate::text::tidy(&name, 300), place)
        }
    }

    /// A file beside the video. Language and marks are those its name tells.
    pub fn beside(path: PathBuf, language: Option<String>) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = crate::text::tidy(&name, 300);
        Self {
            language,
            ..Self::new(
                "local",
                path.display().to_string(),
                name,
                SubtitlePlace::File(path),
            )
        }
    }

    /// A track inside the video.
    pub fn embedded(track: usize, language: Option<String>, name: String) -> Self {
        let language = language.as_deref().and_then(hearth_release::language);
        Self {
            language: language.map(ToOwned::to_owned),
            ..Self::new(
                "file",
                track.to_string(),
                crate::text::tidy(&name, 300),
                SubtitlePlace::Track(track),
            )
        }
    }
}
