//! Sources are looked at before they are first offered, and again in the background: what was seen
//! is remembered with its time, moves the scores, and spares people the attempt.
//!
//! Within a search only what costs little is looked at, and only for a moment: a first find never
//! waits for a host that does not answer. Everything else waits until nothing plays, for a
//! look takes of the same line that a film comes by.

use std::{sync::Arc, time::Duration};

use hearth_model::{Health, Location, ProfileId, Source, SourceId};
use hearth_store::Tried;
use tokio::time::Instant;

use crate::{
    App,
    looking::{Looked, is_cheap},
    probes,
};

/// Within a search: so many finds of a provider, for so long.
const FIRST: usize = 6;
const FIRST_WITHIN: Duration = Duration::from_millis(400);
const LEFT: Duration = Duration::from_millis(200);
/// In the background: so many of a title's best, one after another, each so long.
const BEST: usize = 5;
const PATIENCE: Duration = Duration::from_secs(6);
/// What was looked at so lately is not looked at again.
const FRESH_MS: u64 = 30 * 60_000;
/// What people may go on with is looked at this often.
const GOING_ON_MS: u64 = 6 * 60 * 60_000;
const GOING_ON: usize = 20;
/// What was learnt of a source so long ago is of no use.
const FORGOTTEN_MS: u64 = 30 * 24 * 60 * 60_000;
const FORGET_EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// What nobody saved yet is lost with the power.
const SAVE_EVERY: Duration = Duration::from_secs(30);

impl App {
    /// A look at the best of a provider's finds before they are offered.
    pub(crate) async fn look_at_first(
        self: &Arc<Self>,
        mut sources: Vec<Source>,
        deadline: Instant,
    ) -> Vec<Source> {
        // What was found must still arrive.
        let end = deadline.checked_sub(LEFT).unwrap_or(deadline);
        let until = end.min(Instant::now() + FIRST_WITHIN);
        let left = until.saturating_duration_since(Instant::now());
        let checks = self.config().sources.check && sources.iter().any(is_cheap);
        if !checks || left.is_zero() || self.is_metered().await {
            return sources;
        }
        let tried = self.tried_lately(&sources, FRESH_MS).await;
        let judge = self.plain_judge();
        let mut best: Vec<usize> = (0..sources.len())
            .filter(|at| is_cheap(&sources[*at]) && !tried.contains(&sources[*at].id))
            .collect();
        let rank = |at: &usize| judge.verdict(&sources[*at]).rank;
        best.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
        best.truncate(FIRST);
        // Whoever is not through by then was not looked at: slow is not gone.
        let looks = best.iter().map(|at| {
            let source = &sources[*at];
            async move {
                let look = self.streams.look(source, PATIENCE);
                let looked = tokio::time::timeout_at(until, look).await.ok().flatten()?;
                Some((*at, looked))
            }
        });
        let looked = futures_util::future::join_all(looks).await;
        let mut tries = Vec::new();
        for (at, looked) in looked.into_iter().flatten() {
            self.take_in(&mut sources[at], &looked);
            tries.push((sources[at].id, self.tried(&looked)));
        }
        let app = self.clone();
        tokio::spawn(async move { app.note_tries(tries).await });
        sources
    }

    /// Looks at the best of what a search found, once nobody waits for it any more. Gives those of
    /// which something was seen.
    pub(crate) async fn look_at_best(self: &Arc<Self>, sources: &[Source]) -> Vec<Source> {
        if !self.config().sources.check {
            return Vec::new();
        }
        let tried = self.tried_lately(sources, FRESH_MS).await;
        let judge = self.plain_judge();
        let mut best: Vec<&Source> = sources
            .iter()
            .filter(|source| judge.verdict(source).is_playable())
            .collect();
        best.sort_by(|a, b| judge.verdict(b).rank.total_cmp(&judge.verdict(a).rank));
        let best = best.into_iter().take(BEST);
        let untried = best.filter(|source| !tried.contains(&source.id));
        self.look_at(untried.cloned().collect()).await
    }

    /// One after another, as long as nothing plays.
    async fn look_at(self: &Arc<Self>, sources: Vec<Source>) -> Vec<Source> {
        let mut seen = Vec::new();
        for mut source in sources {
            if self.sessions.are_playing() || self.is_metered().await {
                break;
            }
            if let Some(looked) = self.look_into(&source).await {
                self.take_in(&mut source, &looked);
                let tried = self.tried(&looked);
                self.note_tries(vec![(source.id, tried)]).await;
                seen.push(self.streams.probes.told(source));
            }
        }
        seen
    }

    /// Into a file of the house; at everything else from outside.
    async fn look_into(&self, source: &Source) -> Option<Looked> {
        let Location::File { path, .. } = &source.location else {
            return self.streams.look(source, PATIENCE).await;
        };
        let began = Instant::now();
        let detail = match self.streams.probes.of(path).await {
            Ok(_) => None,
            Err(probes::Error::NotNow(_)) => return None,
            Err(error) => Some(error.to_string()),
        };
        Some(Looked {
            good: detail.is_none(),
            after_ms: began.elapsed().as_millis() as u64,
            detail,
            seeders: None,
        })
    }

    fn take_in(&self, source: &mut Source, looked: &Looked) {
        self.learning
            .add(source, looked.outcome(), self.clock.wall());
        source.health = if looked.good {
            Health::Good
        } else {
            Health::Failing
        };
        source.seeders = looked.seeders.or(source.seeders);
    }

    fn tried(&self, looked: &Looked) -> Tried {
        Tried {
            good: looked.good,
            at: self.clock.wall(),
            detail: looked.detail.clone(),
            has_subtitles: None,
        }
    }

    async fn note_tries(self: &Arc<Self>, tries: Vec<(SourceId, Tried)>) {
        if tries.is_empty() {
            return;
        }
        let noted = self.blocking(move |app| Ok(app.store.note_tries(&tries)?));
        if let Err(error) = noted.await {
            tracing::warn!(%error, "what was seen of sources could not be kept");
        }
    }

    async fn tried_lately(self: &Arc<Self>, sources: &[Source], within_ms: u64) -> Vec<SourceId> {
        let ids: Vec<SourceId> = sources.iter().map(|source| source.id).collect();
        let now = self.clock.wall();
        let tries = self.blocking(move |app| Ok(app.store.tries(&ids)?)).await;
        let tries = tries.unwrap_or_default().into_iter();
        tries
            .filter(|(_, tried)| now.saturating_sub(tried.at) < within_ms)
            .map(|(id, _)| id)
            .collect()
    }

    /// What nobody waits for is left alone where each byte costs.
    pub(crate) async fn is_metered(self: &Arc<Self>) -> bool {
        let taste = self.taste(ProfileId::HOUSEHOLD).await;
        taste.is_ok_and(|taste| taste.metered)
    }

    /// Looks after what was learnt until the box ends: sources that people may go on with and those
    /// found lately, providers nobody asked for a while.
    pub(crate) async fn keep_checking(self: Arc<Self>) {
        let config = &self.config().sources;
        let every = Duration::from_secs(config.check_every_s.max(1));
        if !config.check {
            return;
        }
        let mut ending = self.ending();
        let mut forgot: Option<Instant> = None;
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _ = ending.changed() => return,
            }
            if forgot.is_none_or(|at| at.elapsed() >= FORGET_EVERY) {
                forgot = Some(Instant::now());
                let before = self.clock.wall().saturating_sub(FORGOTTEN_MS);
                let done = self.blocking(move |app| Ok(app.store.forget_tries(before)?));
                if let Err(error) = done.await {
                    tracing::warn!(%error, "old tries of sources could not be forgotten");
                }
            }
            if self.sessions.are_playing() || self.is_metered().await {
                continue;
            }
            self.test_silent_providers(every).await;
            let going_on = self.going_on().await;
            let tried = self.tried_lately(&going_on, GOING_ON_MS).await;
            let due = going_on.into_iter().filter(|one| !tried.contains(&one.id));
            self.look_at(due.collect()).await;
            for found in self.found.newest(self.clock.now()) {
                self.look_at_best(&found).await;
            }
        }
    }

    /// What people may go on with.
    async fn going_on(self: &Arc<Self>) -> Vec<Source> {
        let watched = self
            .blocking(|app| Ok(app.store.history(ProfileId::HOUSEHOLD, GOING_ON)?))
            .await;
        let watched = watched.unwrap_or_default().into_iter();
        watched
            .filter(|watched| !watched.progress.finished)
            .filter_map(|watched| watched.source)
            .filter(|source| self.library.may_have(source))
            .collect()
    }

    /// Writes what was learnt now and then.
    pub(crate) async fn keep_learnt(self: Arc<Self>) {
        let mut ending = self.ending();
        loop {
            tokio::select! {
                () = tokio::time::sleep(SAVE_EVERY) => {}
                _ = ending.changed() => return,
            }
            self.save_learnt().await;
        }
    }

    pub(crate) async fn save_learnt(self: &Arc<Self>) {
        let saved = self.blocking(|app| {
            app.learning.save()?;
            app.providers.save()?;
            Ok(())
        });
        if let Err(error) = saved.await {
            tracing::warn!(%error, "what was learnt waits to be saved");
        }
    }
}
