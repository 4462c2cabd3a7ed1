//! Which subtitles a viewing shows: what was chosen holds for every source of it.

use super::Session;
use crate::{Effect, OutsideTrack, Refusal, ScreenCommand, ServerMs, SubtitleTrack};

/// A file may claim any number of tracks.
const MOST_INSIDE: usize = 64;

impl Session {
    /// The subtitles of what plays.
    pub(super) fn choices(&self) -> impl Iterator<Item = &SubtitleTrack> {
        let outside = self.outside_of_piece().map(|one| &one.track);
        self.inside.iter().chain(outside)
    }

    /// Those of another file of the film count from another beginning.
    pub(super) fn outside_of_piece(&self) -> impl Iterator<Item = &OutsideTrack> {
        let piece = self.piece.map(|piece| piece.index);
        self.outside.iter().filter(move |one| one.piece == piece)
    }

    /// What was chosen, or what stands for it in this source.
    pub(super) fn shown_subtitles(&self) -> Option<&SubtitleTrack> {
        self.subtitles.as_ref()?.like(self.choices())
    }

    /// Shows the subtitles of an id, or none.
    pub fn choose_subtitles(
        &mut self,
        id: Option<&str>,
        now: ServerMs,
    ) -> Result<Vec<Effect>, Refusal> {
        self.must_be_open()?;
        self.subtitles = match id {
            Some(id) => {
                let chosen = self.choices().find(|one| one.id == id);
                Some(chosen.ok_or(Refusal::NoSuchSubtitles)?.clone())
            }
            None => None,
        };
        self.rev += 1;
        let mut effects = self.show_subtitles();
        effects.push(self.room_announcement(now));
        Ok(effects)
    }

    fn show_subtitles(&self) -> Vec<Effect> {
        self.to_screen(ScreenCommand::Subtitles {
            load_id: self.load_id,
            subtitles: self.shown_subtitles().map(|shown| shown.id.clone()),
        })
    }

    /// What the screen found inside the film that it loads.
    pub(super) fn found_inside(&mut self, found: Vec<SubtitleTrack>, now: ServerMs) -> Vec<Effect> {
        let found = found.into_iter().take(MOST_INSIDE).enumerate();
        self.inside = found
            .map(|(index, track)| SubtitleTrack {
                id: SubtitleTrack::inside(index),
                ..track
            })
            .collect();
        let mut effects = Vec::new();
        if self.subtitles.is_some() {
            effects.extend(self.show_subtitles());
        }
        effects.push(self.room_announcement(now));
        effects
    }
}
