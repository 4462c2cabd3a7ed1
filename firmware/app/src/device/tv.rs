//! The box's own TV in the slot's test: what it drew counts while it stays.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use hearth_device::confirm::Frame;

use super::updates::Updates;

/// An interface that dies a moment after its first frame proves nothing.
const STAYS: Duration = Duration::from_secs(15);

/// What the TV has shown. It tells of its frame on another connection than the one it stays on, so
/// either may be heard of first.
#[derive(Debug, Default)]
pub(super) struct Tv {
    /// Of the TV's connections the newest is its own: an older one may be seen to end after it.
    newest: u64,
    is_here: bool,
    frame: Option<Frame>,
    since: Option<Instant>,
}

impl Tv {
    fn came(&mut self, now: Instant) -> u64 {
        self.newest += 1;
        self.is_here = true;
        self.since = Some(now);
        self.newest
    }

    fn went(&mut self, line: u64) {
        if line == self.newest {
            self.is_here = false;
            self.frame = None;
        }
    }

    /// The same frame may be told again, which begins nothing anew.
    pub fn drew(&mut self, frame: Frame, now: Instant) {
        if self.frame.replace(frame) != Some(frame) {
            self.since = Some(now);
        }
    }

    /// The frame of a TV that stayed.
    pub fn stands(&self, now: Instant) -> Option<Frame> {
        let stayed = self
            .since
            .is_some_and(|since| now.saturating_duration_since(since) >= STAYS);
        self.frame.filter(|_| self.is_here && stayed)
    }
}

/// The TV's connection; with its end what was drawn is taken back.
#[derive(Debug)]
pub(crate) struct TvLine {
    updates: Arc<Updates>,
    line: u64,
}

impl TvLine {
    pub fn new(updates: Arc<Updates>) -> Self {
        let line = updates.state().tv.came(Instant::now());
        Self { updates, line }
    }
}

impl Drop for TvLine {
    fn drop(&mut self) {
        self.updates.state().tv.went(self.line);
    }
}

#[cfg(test)]
mod tests {
    use hearth_model::Surface;

    use super::*;

    const FRAME: Frame = Frame {
        surface: Surface::Memory,
        display: false,
    };
    const MOMENT: Duration = Duration::from_secs(1);

    /// The slot was marked good by a home page that panicked a second after it was drawn, and the
    /// crash loop that abuse case 30 is about never went back.
    #[test]
    fn abuse_30_a_tv_that_dies_after_each_first_frame_shows_nothing() {
        let mut tv = Tv::default();
        let mut now = Instant::now();
        for _ in 0..100 {
            let line = tv.came(now);
            now += MOMENT;
            tv.drew(FRAME, now);
            now += MOMENT;
            assert_eq!(tv.stands(now), None);
            tv.went(line);
            assert_eq!(tv.stands(now + STAYS), None);
        }
    }

    #[test]
    fn a_tv_that_stays_stands_whichever_was_heard_of_first() {
        let start = Instant::now();
        let mut early = Tv::default();
        early.came(start);
        // A slow box draws long after it connected.
        let drew = start + Duration::from_secs(40);
        early.drew(FRAME, drew);
        assert_eq!(early.stands(drew), None);
        assert_eq!(early.stands(drew + STAYS), Some(FRAME));

        let mut late = Tv::default();
        late.drew(FRAME, start);
        let came = start + STAYS;
        assert_eq!(late.stands(came), None, "it is not here");
        late.came(came);
        assert_eq!(late.stands(came), None);
        assert_eq!(late.stands(came + STAYS), Some(FRAME));
    }

    #[test]
    fn a_tv_that_is_started_anew_begins_anew() {
        let start = Instant::now();
        let mut tv = Tv::default();
        let old = tv.came(start);
        tv.drew(FRAME, start);
        let plugged = start + STAYS;
        assert_eq!(tv.stands(plugged), Some(FRAME));
        // A display was plugged in, and the old one's end is seen late.
        tv.came(plugged);
        let frame = Frame {
            surface: Surface::Display,
            display: true,
        };
        tv.drew(frame, plugged);
        tv.went(old);
        assert_eq!(tv.stands(plugged), None);
        tv.drew(frame, plugged + MOMENT);
        let told_twice = tv.stands(plugged + STAYS);
        assert_eq!(told_twice, Some(frame));
    }
}
