//! A session's subtitles: chosen, looked for elsewhere, and given up.

use std::sync::Arc;

use hearth_model::{
    Effect, Failure, Refusal, ServerMs, Session, SessionId, SourceId, SubtitleSearch,
};

use super::House;
use crate::subtitles::{Offered, Outside, Wanted};

type Answer = Result<(), (Refusal, Option<u64>)>;

impl House {
    pub(super) fn choose_subtitles(
        &mut self,
        session_id: SessionId,
        subtitles: Option<&str>,
        now: ServerMs,
    ) -> Answer {
        self.ask_session(session_id, |session| {
            session.choose_subtitles(subtitles, now)
        })
    }

    pub(super) fn find_subtitles(&mut self, session_id: SessionId, now: ServerMs) -> Answer {
        self.ask_session(session_id, |session| session.find_subtitles(now))
    }

    fn ask_session(
        &mut self,
        session_id: SessionId,
        ask: impl FnOnce(&mut Session) -> Result<Vec<Effect>, Refusal>,
    ) -> Answer {
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return Err((Refusal::NoSession, None));
        };
        let effects =
            ask(&mut running.session).map_err(|refusal| (refusal, Some(running.session.rev())))?;
        self.carry_out(session_id, effects);
        Ok(())
    }

    pub(super) fn ask_for_subtitles(&mut self, session_id: SessionId, source_id: SourceId) {
        let now = self.clock.now();
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return;
        };
        let wanted = running.sources.get(&source_id).map(|source| Wanted {
            session_id,
            source: source.clone(),
            opened: running.opened.clone(),
        });
        let asked = wanted.is_some_and(|wanted| running.finder.try_send(wanted).is_ok());
        if !asked {
            tracing::error!(%session_id, "nobody looks for subtitles");
            let outside = running.subtitles.iter().map(|one| one.track()).collect();
            let ended = SubtitleSearch::default();
            let effects = running
                .session
                .subtitles_found(source_id, outside, ended, now);
            self.carry_out(session_id, effects);
        }
    }

    /// What was offered before keeps its address, and its text where it was read.
    pub(super) fn subtitles_found(
        &mut self,
        session_id: SessionId,
        source_id: SourceId,
        outside: Vec<Outside>,
        search: SubtitleSearch,
        now: ServerMs,
    ) {
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return;
        };
        let before = std::mem::take(&mut running.subtitles);
        let offered = outside.into_iter().map(|one| {
            let known = before.iter().find(|known| known.id() == one.id());
            known.map_or_else(|| self.subtitles.offer(one), Arc::clone)
        });
        running.subtitles = offered.collect();
        let tracks = running.subtitles.iter().map(|one| one.track()).collect();
        let effects = running
            .session
            .subtitles_found(source_id, tracks, search, now);
        self.carry_out(session_id, effects);
    }

    pub(super) fn subtitles_failed(
        &mut self,
        offered: &Arc<Offered>,
        failure: &Failure,
        now: ServerMs,
    ) {
        let holds = |all: &[Arc<Offered>]| all.iter().any(|one| Arc::ptr_eq(one, offered));
        let mut all = self.sessions.iter_mut();
        let Some((session_id, running)) = all.find(|(_, one)| holds(&one.subtitles)) else {
            return;
        };
        let (session_id, id) = (*session_id, offered.id().to_string());
        let effects = running.session.subtitles_failed(&id, failure.clone(), now);
        self.carry_out(session_id, effects);
    }
}
