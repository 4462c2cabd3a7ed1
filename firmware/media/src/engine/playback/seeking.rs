//! Going to another place in the film.
//!
//! A seek may itself have to read (a file without an index is searched), so it runs on a thread
//! of its own, one at a time. The last place asked for wins; a seek that has just begun is given
//! a moment, so that holding a key still shows pictures. One that still searches then can't be
//! cut short without confusing the demuxer: the film is opened anew at the newer place.

use std::time::{Duration, Instant};

use gst::prelude::*;

use super::{Phase, Playback, Told, gst};
use crate::engine::worker::Item;

/// A newer seek waits this long for an older one.
const PATIENCE: Duration = Duration::from_millis(300);
/// The last moment that can be sought to: at the very end there is no picture.
const END_MARGIN_MS: u64 = 200;

/// What is under way.
#[derive(Debug, Default)]
pub(super) struct Seeks {
    /// The picture of a seek is on its way since then.
    since: Option<Instant>,
    /// The call into GStreamer has not come back.
    calling: bool,
    next_ms: Option<u64>,
}

impl Seeks {
    pub(super) fn calling(&self) -> bool {
        self.calling
    }

    pub(super) fn under_way(&self) -> bool {
        self.since.is_some()
    }

    fn fresh(&self, now: Instant) -> bool {
        self.since
            .is_some_and(|since| now.saturating_duration_since(since) < PATIENCE)
    }
}

impl Playback {
    pub(super) fn seek(&mut self, position_ms: u64) {
        self.around
            .shared
            .update(|now| now.target_ms = Some(position_ms));
        match self.phase {
            Phase::Ready | Phase::Starting => {
                self.seeks.next_ms = Some(position_ms);
                self.seek_next(Instant::now());
            }
            // The first picture is not there yet: start at that place instead.
            _ => self.start_ms = position_ms,
        }
    }

    /// Begin the seek that waits, unless the one under way deserves a moment more.
    pub(super) fn seek_next(&mut self, now: Instant) {
        let Some(next) = self.seeks.next_ms else {
            return;
        };
        if self.seeks.fresh(now) {
            return;
        }
        if !self.seeks.calling {
            self.seek_now(next);
        } else if self.seeks.under_way() {
            self.restart(next);
        }
    }

    pub(super) fn seek_now(&mut self, position_ms: u64) {
        let Some(pipeline) = self.pipeline.clone() else {
            return;
        };
        let last = self
            .duration_ms
            .map(|duration| duration.saturating_sub(END_MARGIN_MS));
        let target = last.map_or(position_ms, |last| position_ms.min(last));
        self.around
            .shared
            .update(|now| now.target_ms = Some(target));
        let (queue, number) = (self.around.queue.clone(), self.number);
        let spawned = std::thread::Builder::new()
            .name("hearth-seek".into())
            .spawn(move || {
                let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE;
                let sought = pipeline.seek_simple(flags, gst::ClockTime::from_mseconds(target));
                // When the engine is gone by now, nobody wants to know.
                let _ = queue.send(Item::Sought(number, sought.is_ok()));
            });
        match spawned {
            Ok(_) => {
                self.seeks.since = Some(Instant::now());
                self.seeks.calling = true;
                self.seeks.next_ms = None;
                if self.told == Told::Ended {
                    self.told = Told::Nothing;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "no thread for a seek");
                self.seek_over();
            }
        }
    }

    /// The call came back; the picture may be there already, or still on its way.
    pub(in crate::engine) fn sought(&mut self, accepted: bool) {
        self.seeks.calling = false;
        if self.phase == Phase::Dead {
            return;
        }
        if let Some(next) = self.seeks.next_ms {
            if !accepted || !self.seeks.under_way() {
                self.seek_now(next);
            }
        } else if !accepted && self.seeks.under_way() {
            tracing::warn!("a seek was refused");
            self.seek_over();
        }
        self.catch_up();
    }

    /// The picture of the place sought is there.
    pub(super) fn seek_arrived(&mut self) {
        if !self.seeks.under_way() {
            return;
        }
        if self.seeks.next_ms.is_some() {
            self.seeks.since = None;
            if !self.seeks.calling {
                self.seek_next(Instant::now());
            }
            return;
        }
        self.seek_over();
    }

    fn seek_over(&mut self) {
        self.seeks = Seeks {
            calling: self.seeks.calling,
            ..Seeks::default()
        };
        self.around.shared.update(|now| now.target_ms = None);
        if self.phase == Phase::Starting {
            self.ready();
            return;
        }
        self.tell_position();
        // After waiting for the source, and after the end, it plays or stands again.
        if !self.holding && matches!(self.told, Told::Buffering(_) | Told::Nothing) {
            self.arrived(self.goal);
        }
    }

    pub(super) fn seekable(&self) -> bool {
        let Some(pipeline) = &self.pipeline else {
            return false;
        };
        let mut query = gst::query::Seeking::new(gst::Format::Time);
        pipeline.query(&mut query) && query.result().0
    }
}
