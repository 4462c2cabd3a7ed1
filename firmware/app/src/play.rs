//! From a title to a picture: rank what was found, open the best, keep the rest at hand.

use std::{sync::Arc, time::Duration};

use hearth_model::{
    EpisodeId, Health, Judge, ProfileId, Progress, ScreenId, ScreenInfo, Slug, Source, SourceId,
    Start, TitleId,
};
use hearth_sources::Query;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    App, Error,
    finding::{Search, wanted},
    sessions::{Prepared, Viewing},
    subtitles::Outside,
    tastes::Adult,
};

/// What `player/prepare` asks for.
#[derive(Debug, Clone)]
pub struct Play {
    pub profile: ProfileId,
    pub title_id: TitleId,
    pub episode_id: Option<EpisodeId>,
    pub source_id: Option<SourceId>,
    pub screen_id: ScreenId,
    pub start_ms: Option<u64>,
}

/// How long Play waits for more once something playable was found.
const BETTER_WITHIN: Duration = Duration::from_millis(1500);

/// What Play asks for, and who judges it.
#[derive(Debug)]
struct Wish {
    query: Arc<Query>,
    asked: Option<SourceId>,
    /// What played last time.
    last: Option<Source>,
    judge: Judge,
}

impl Wish {
    /// Whether it is what no search need be waited for.
    fn is_first(&self, source: &Source) -> bool {
        match (self.asked, &self.last) {
            (Some(id), _) => source.id == id,
            (None, Some(last)) => source.id == last.id && source.health != Health::Failing,
            (None, None) => false,
        }
    }
}

impl App {
    /// Opens a title on a screen, where it was left; see `Sessions::begin`.
    pub async fn prepare(self: &Arc<Self>, play: Play) -> Result<Prepared, Error> {
        let Play {
            profile,
            title_id,
            episode_id,
            source_id,
            screen_id,
            start_ms,
        } = play;
        let screen = self.screen(screen_id).await?;
        let query = self.query(profile, title_id, episode_id).await?;
        let looked_for = query.clone();
        self.saving.settle().await;
        let watched = self
            .blocking(move |app| {
                let mut watched = app.store.progress(profile, title_id, episode_id)?;
                if let Some(watched) = &mut watched
                    && let Some(source) = &watched.source
                    && !app.is_still_given(source, &looked_for)?
                {
                    watched.source = None;
                }
                Ok(watched)
            })
            .await?;
        let resume_ms = start_ms.unwrap_or_else(|| {
            watched
                .as_ref()
                .map_or(0, |watched| resume_from(&watched.progress))
        });
        // Going on needs no search to find again what played, and what is half fetched already.
        let last = match watched {
            Some(watched) if !watched.progress.finished => watched
                .source
                .filter(|source| self.library.may_have(source))
                .filter(|one| {
                    !self
                        .providers
                        .hides(&one.provider, Adult::of(query.allow_adult))
                }),
            _ => None,
        };
        let wish = Wish {
            query: query.clone(),
            asked: source_id,
            last,
            judge: self.judge(profile, screen.abilities).await?,
        };
        let (sources, search) = self.candidates(&wish).await?;
        let mut ids = sources.iter().map(|source| source.id);
        let Some(first) = ids.next() else {
            return Err(Error::NoSources);
        };
        let start = Start {
            title_id,
            episode_id,
            title: query.title.names.clone(),
            numbers: query
                .episode
                .as_ref()
                .map(|episode| (episode.season, episode.number)),
            poster: query.title.poster.clone(),
            screen_id,
            source: first,
            next_sources: ids.collect(),
            more_to_come: true,
            resume_ms,
            volume: 0,
            outside: Vec::new(),
            wished_subtitles: self.subtitles_looked_for(&wish).await,
        };
        let beside = self.library.subtitles(title_id, episode_id);
        let subtitles = Outside::of(beside, &sources);
        let finder = self.subtitle_finder(
            (*query).clone(),
            wish.judge.taste.subtitle_languages.clone(),
            subtitles.clone(),
        );
        let prepared = self
            .sessions
            .begin(Viewing {
                start,
                sources,
                subtitles,
                finder,
                more: self.more(wish, search),
                profile,
                // Whoever chose a source knows what it is.
                runtime_ms: runtime_ms(&query).filter(|_| source_id.is_none()),
            })
            .await;
        if matches!(prepared, Err(Error::NoSourcePlays(_))) {
            self.found.forget(wanted(&query));
        }
        prepared
    }

    /// The languages in which subtitles are looked for unasked, where there are none.
    async fn subtitles_looked_for(self: &Arc<Self>, wish: &Wish) -> Vec<String> {
        let taste = &wish.judge.taste;
        let adult = Adult::of(wish.query.allow_adult);
        if taste.metered || self.is_metered().await || self.subtitle_providers(adult).is_empty() {
            return Vec::new();
        }
        taste.subtitle_languages.clone()
    }

    /// What would play on a screen now, best first.
    pub(crate) async fn best_sources(
        self: &Arc<Self>,
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
        screen_id: ScreenId,
    ) -> Result<Vec<Source>, Error> {
        let abilities = self.abilities(Some(screen_id)).await?;
        let wish = Wish {
            query: self
                .query(ProfileId::HOUSEHOLD, title_id, episode_id)
                .await?,
            asked: None,
            last: None,
            judge: self.judge(ProfileId::HOUSEHOLD, abilities).await?,
        };
        Ok(self.candidates(&wish).await?.0)
    }

    /// What the search finds beside what a session begins with, ranked, until its end.
    fn more(self: &Arc<Self>, wish: Wish, mut search: Search) -> mpsc::Receiver<Vec<Source>> {
        let (sender, receiver) = mpsc::channel(4);
        let app = self.clone();
        tokio::spawn(async move {
            loop {
                let finds = search.borrow_and_update().clone();
                let ranked = app.ranked(&wish, finds.sources).await;
                let gone = sender.send(ranked).await.is_err();
                if gone || finds.done || search.changed().await.is_err() {
                    return;
                }
            }
        });
        receiver
    }

    async fn screen(&self, screen_id: ScreenId) -> Result<ScreenInfo, Error> {
        let screens = self.sessions.screens().await?;
        let screen = screens
            .into_iter()
            .find(|screen| screen.id == screen_id)
            .ok_or(Error::NotFound {
                what: "this screen",
                slug: Slug::ScreenUnknown,
            })?;
        if screen.connected {
            Ok(screen)
        } else {
            Err(Error::ScreenAway)
        }
    }

    /// What may play, best first, and the search that may find more.
    async fn candidates(self: &Arc<Self>, wish: &Wish) -> Result<(Vec<Source>, Search), Error> {
        let remembered = self.found.of(wanted(&wish.query), self.clock.now());
        let is_old = remembered
            .as_ref()
            .is_some_and(|search| search.borrow().done);
        let mut search = match remembered {
            Some(search) => search,
            None => self.look_for(wish.query.clone()).1,
        };
        let mut sources = self.enough(wish, &mut search).await;
        let has = |sources: &[Source]| match wish.asked {
            Some(id) => sources.iter().any(|source| source.id == id),
            None => !sources.is_empty(),
        };
        if is_old && !has(&sources) {
            search = self.look_for(wish.query.clone()).1;
            sources = self.enough(wish, &mut search).await;
        }
        if wish.asked.is_some() && !has(&sources) {
            return Err(Error::NotFound {
                what: "this source",
                slug: Slug::SourceUnknown,
            });
        }
        Ok((sources, search))
    }

    /// Waits until there is the wanted source, or something good and a moment for better, or all
    /// that can be found.
    async fn enough(self: &Arc<Self>, wish: &Wish, search: &mut Search) -> Vec<Source> {
        let mut until = None;
        loop {
            let finds = search.borrow_and_update().clone();
            let sources = self.ranked(wish, finds.sources).await;
            if finds.done || sources.first().is_some_and(|first| wish.is_first(first)) {
                return sources;
            }
            if sources
                .iter()
                .any(|source| source.health != Health::Failing)
            {
                until.get_or_insert_with(|| Instant::now() + BETTER_WITHIN);
            }
            let better_late = async {
                match until {
                    Some(until) => sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                more = search.changed() => if more.is_err() {
                    return sources;
                },
                () = better_late => return sources,
            }
        }
    }

    /// What may play, best first: the asked-for source, else the one of last time if it is good,
    /// then by score.
    async fn ranked(self: &Arc<Self>, wish: &Wish, mut sources: Vec<Source>) -> Vec<Source> {
        if let Some(last) = &wish.last
            && sources.iter().all(|source| source.id != last.id)
        {
            sources.push(last.clone());
        }
        let mut ranked: Vec<_> = self
            .with_health(sources)
            .await
            .into_iter()
            .map(|source| (wish.judge.verdict(&source), source))
            .filter(|(verdict, source)| verdict.is_playable() || wish.asked == Some(source.id))
            .collect();
        ranked.sort_by(|(a, _), (b, _)| b.rank.total_cmp(&a.rank));
        let mut sources: Vec<Source> = ranked.into_iter().map(|(_, source)| source).collect();
        if let Some(place) = sources.iter().position(|source| wish.is_first(source)) {
            sources[..=place].rotate_right(1);
        }
        sources
    }

    /// Progress of a player that is no screen of a session.
    pub async fn save_progress(
        self: &Arc<Self>,
        profile: ProfileId,
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
        position_ms: u64,
        duration_ms: u64,
    ) -> Result<(), Error> {
        let query = self.query(profile, title_id, episode_id).await?;
        let progress = Progress {
            title_id: query.title.id,
            episode_id,
            position_ms: position_ms.min(duration_ms),
            duration_ms,
            watched_at: self.clock.wall(),
            finished: Progress::is_finished(position_ms, duration_ms),
        };
        self.blocking(move |app| Ok(app.store.save_progress(profile, &progress, None)?))
            .await
    }
}

/// How long what is looked for should be.
fn runtime_ms(query: &Query) -> Option<u64> {
    let of_episode = query
        .episode
        .as_ref()
        .and_then(|episode| episode.facts.runtime_minutes);
    let minutes = of_episode.or(query.title.runtime_minutes)?;
    (minutes > 0).then(|| u64::from(minutes) * 60_000)
}

/// A finished film begins anew.
fn resume_from(progress: &Progress) -> u64 {
    if progress.finished {
        0
    } else {
        progress.position_ms
    }
}
