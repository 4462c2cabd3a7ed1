//! Where a film's files end, and the film with the last of them.

use super::Session;
use crate::{Effect, ScreenCommand, ServerMs};

/// An end that leaves less than this unseen is the film's own.
const SHORT_REST_MS: u64 = 10_000;

impl Session {
    /// That place is in another file of the film.
    pub(super) fn open_piece(&mut self, position_ms: u64, now: ServerMs) -> Vec<Effect> {
        let mut effects = self.to_screen(ScreenCommand::Stop {
            load_id: self.load_id,
        });
        self.stream = None;
        effects.extend(self.open_again(position_ms, now));
        effects.extend(self.save(now));
        effects
    }

    /// Of a film in several files the whole length is known, and the screen has one of them.
    pub(super) fn hear_duration(&mut self, duration_ms: Option<u64>) {
        if self.piece.is_none() {
            self.duration_ms = duration_ms.or(self.duration_ms);
        }
    }

    /// Where the film goes on when its file ends.
    pub(super) fn next_piece_ms(&self) -> Option<u64> {
        let piece = self.piece.filter(|piece| !piece.is_last())?;
        Some(piece.until_ms)
    }

    /// The end was reached where the film was before a seek took it away from there.
    pub(super) fn ended_before_its_seek(&self, now: ServerMs) -> bool {
        self.seek.is_some_and(|seek| {
            self.duration_ms.is_some()
                && !self.is_cut_short_at(seek.from_ms)
                && self.is_cut_short_at(self.position_at(now))
        })
    }

    pub(super) fn is_cut_short(&self, now: ServerMs) -> bool {
        self.is_cut_short_at(self.position_at(now))
    }

    fn is_cut_short_at(&self, position_ms: u64) -> bool {
        match (self.next_piece_ms(), self.duration_ms) {
            (Some(next_ms), _) => next_ms.saturating_sub(position_ms) > SHORT_REST_MS,
            (None, Some(duration_ms)) => is_cut_short(position_ms, duration_ms),
            (None, None) => false,
        }
    }
}

/// Whether an end at `position_ms` leaves a part of the film unseen.
fn is_cut_short(position_ms: u64, duration_ms: u64) -> bool {
    !crate::Progress::is_finished(position_ms, duration_ms)
        && duration_ms.saturating_sub(position_ms) > SHORT_REST_MS
}
