//! What a session asks of the world.

use crate::{LoadId, Outcome, ScreenCommand, ServerMessage, SourceId};

/// What the world has to do now.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    ToScreen(ScreenCommand),
    /// Open the source; answer with `source_ready` or `source_failed` and the same `load_id`.
    PrepareSource {
        load_id: LoadId,
        source_id: SourceId,
        /// Where in the film it is to go on.
        position_ms: u64,
    },
    SaveProgress {
        position_ms: u64,
        duration_ms: u64,
        finished: bool,
    },
    /// Look for subtitles for the source elsewhere; answer with `subtitles_found`.
    FindSubtitles {
        source_id: SourceId,
    },
    /// What happened with a source, to be learnt from.
    Learn {
        source_id: SourceId,
        outcome: Outcome,
    },
    Announce(ServerMessage),
}
