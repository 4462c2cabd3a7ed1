//! The source that takes over when the one that plays fails: kept ready while that plays, so that
//! the change is short and does not lead from one that is gone to another.
//!
//! Ready means opened as far as that costs little: a file is there, an address answered. A torrent is
//! only asked about: to open one would take of the line that the film comes by.

use std::sync::Arc;

use hearth_model::{
    Failure, Location, Outcome, Phase, ServerMs, SessionId, Slug, Source, SourceId,
};

use super::{House, Input};
use crate::streams::{Opened, Streams};

/// Addresses of strangers may end: older ones are made ready anew.
const READY_MS: u64 = 10 * 60_000;
/// So many that are not there, and it is left for a while.
const MOST_FAILURES: u32 = 5;
const TORRENT_TELLS_WITHIN: std::time::Duration = std::time::Duration::from_secs(6);

/// How far the next source is ready.
#[derive(Debug, Default)]
pub(super) struct Ready {
    source_id: Option<SourceId>,
    opened: Option<Arc<Opened>>,
    at_ms: ServerMs,
    under_way: bool,
    failures: u32,
}

impl Ready {
    /// What was opened of this source, if that was lately.
    pub fn take(&mut self, source_id: SourceId, now: ServerMs) -> Option<Arc<Opened>> {
        let fresh = now.saturating_sub(self.at_ms) < READY_MS;
        let opened = self.opened.take();
        let is_it = self.source_id == Some(source_id);
        *self = Self {
            under_way: self.under_way,
            ..Self::default()
        };
        opened.filter(|_| is_it && fresh)
    }

    fn is_for(&self, source_id: SourceId, now: ServerMs) -> bool {
        self.source_id == Some(source_id) && now.saturating_sub(self.at_ms) < READY_MS
    }
}

impl House {
    /// Makes the next source ready where that is due.
    pub(super) fn keep_runner_up(&mut self, session_id: SessionId) {
        let now = self.clock.now();
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return;
        };
        if !self.care.runner_up {
            return;
        }
        // Before the film shows itself nothing may hold it up.
        let shows = matches!(running.session.phase(), Phase::Playing | Phase::Paused);
        let Some(source_id) = running.session.next_source().filter(|_| shows) else {
            return;
        };
        let ready = &mut running.ready;
        let rests = ready.failures >= MOST_FAILURES && now.saturating_sub(ready.at_ms) < READY_MS;
        if ready.under_way || rests || ready.is_for(source_id, now) {
            return;
        }
        let Some(source) = running.sources.get(&source_id).cloned() else {
            return;
        };
        running.ready.under_way = true;
        let (streams, inbox) = (self.streams.clone(), self.inbox.clone());
        tokio::spawn(async move {
            let result = streams.make_ready(&source).await;
            let _ = inbox
                .send(Input::Ready {
                    session_id,
                    source_id,
                    result,
                })
                .await;
        });
    }

    pub(super) fn runner_up_is(
        &mut self,
        session_id: SessionId,
        source_id: SourceId,
        result: Result<Option<Arc<Opened>>, Failure>,
        now: ServerMs,
    ) {
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return;
        };
        let failures = running.ready.failures;
        running.ready = Ready {
            source_id: Some(source_id),
            at_ms: now,
            ..Ready::default()
        };
        match result {
            Ok(opened) => running.ready.opened = opened,
            Err(failure) => {
                tracing::info!(%session_id, %source_id, reason = failure.reason, "the next source is not there; another comes next");
                running.ready.failures = failures + 1;
                running.session.put_last(source_id);
                let detail = Some(failure.detail);
                self.learn(session_id, source_id, Outcome::Failed, detail);
            }
        }
        self.keep_runner_up(session_id);
    }
}

impl Streams {
    /// Opens a source as far as that costs little: an address or a file whole, of a torrent nothing.
    async fn make_ready(&self, source: &Source) -> Result<Option<Arc<Opened>>, Failure> {
        if !matches!(source.location, Location::Torrent(_)) {
            return self.open(source).await.map(Some);
        }
        match self.look(source, TORRENT_TELLS_WITHIN).await {
            Some(looked) if !looked.good => Err(Failure::new(
                Slug::NoPeers,
                looked.detail.unwrap_or_default(),
            )),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ready_is_taken_once_and_only_while_it_is_fresh() {
        let id = SourceId::from_name("next");
        let ready = |at_ms| Ready {
            source_id: Some(id),
            at_ms,
            ..Ready::default()
        };
        assert!(ready(5).is_for(id, 5 + READY_MS - 1));
        assert!(!ready(5).is_for(id, 5 + READY_MS));
        assert!(!ready(5).is_for(SourceId::from_name("other"), 6));
        let mut taken = ready(5);
        assert!(taken.take(id, 6).is_none(), "a torrent is asked about only");
        assert!(!taken.is_for(id, 6), "it plays now");
    }
}
