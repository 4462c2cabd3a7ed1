//! What a session begins with.

use crate::{EpisodeId, Names, OutsideTrack, ScreenId, SourceId, TitleId};

/// What a session starts from.
#[derive(Debug, Clone)]
pub struct Start {
    pub title_id: TitleId,
    pub episode_id: Option<EpisodeId>,
    pub title: Names,
    /// Season and number of an episode.
    pub numbers: Option<(u32, u32)>,
    pub poster: Option<String>,
    pub screen_id: ScreenId,
    pub source: SourceId,
    /// What takes over when `source` fails, best first.
    pub next_sources: Vec<SourceId>,
    /// The search still runs: `sources_found` follows.
    pub more_to_come: bool,
    pub resume_ms: u64,
    pub volume: u8,
    /// Subtitles in files of their own.
    pub outside: Vec<OutsideTrack>,
    /// Subtitles in none of these are reason to look elsewhere; empty: nobody looks unasked.
    pub wished_subtitles: Vec<String>,
}
