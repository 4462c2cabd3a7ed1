//! The sources of a title, as they come, best first; and the sheet that shows them.

use hearth_model::{EpisodeId, SourceView, TitleId};

use super::{Cursor, Effect, Fetch, Part, Request};

/// Rows of the sheet that are wholly on the screen, the opened one included.
pub const VISIBLE: usize = 4;

#[derive(Debug, Clone)]
pub struct Sources {
    pub title_id: TitleId,
    pub episode_id: Option<EpisodeId>,
    pub items: Vec<SourceView>,
    pub fetch: Fetch,
    pub cursor: Cursor,
}

impl Sources {
    pub fn new(title_id: TitleId, episode_id: Option<EpisodeId>, now_ms: u64) -> Self {
        Self {
            title_id,
            episode_id,
            items: Vec::new(),
            fetch: Fetch::waiting(now_ms),
            cursor: Cursor::default(),
        }
    }

    pub(super) fn ask(
        &self,
        screen_id: Option<hearth_model::ScreenId>,
        language: hearth_model::Language,
    ) -> Effect {
        Effect::Ask(Request::Sources {
            title_id: self.title_id,
            episode_id: self.episode_id,
            screen_id,
            language,
        })
    }

    pub fn best(&self) -> Option<&SourceView> {
        self.items.first().filter(|source| source.playable)
    }

    pub fn focused(&self) -> Option<&SourceView> {
        self.items.get(self.cursor.at)
    }

    /// Keeps the order best first; the focus stays on the source it was moved to.
    pub(super) fn answer(&mut self, part: Part<SourceView>) {
        match part {
            Part::Item(source) => {
                let focused = (self.cursor.at > 0)
                    .then(|| self.focused().map(|s| s.id))
                    .flatten();
                self.items.retain(|known| known.id != source.id);
                let at = self
                    .items
                    .partition_point(|known| known.rank >= source.rank);
                self.items.insert(at, source);
                if let Some(at) = focused.and_then(|id| self.items.iter().position(|s| s.id == id))
                {
                    self.cursor.jump(at, self.items.len(), VISIBLE);
                }
            }
            Part::Done => self.fetch = Fetch::Ready,
            Part::Failed(problem) => self.fetch = Fetch::Failed(problem),
        }
    }

    pub(super) fn is_for(&self, title_id: TitleId, episode_id: Option<EpisodeId>) -> bool {
        self.title_id == title_id && self.episode_id == episode_id
    }
}
