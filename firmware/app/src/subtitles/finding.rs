//! Looking for subtitles elsewhere, for one session: when somebody asks, or when nothing that is
//! wished lies with the film.
//!
//! Services count each question. What a provider answered for a source is kept as long as the
//! session, and only those are asked again that failed.

use std::{
    collections::{BTreeMap, HashMap, HashSet, hash_map::Entry as Slot},
    sync::Arc,
    time::Duration,
};

use hearth_model::{
    Location, ProfileId, ProviderFailure, Refusal, SessionId, Source, SourceId, SubtitleSearch,
};
use hearth_sources::{
    Provider, Query, SubtitleMatch, SubtitleQuery, SubtitleWish, VideoFile, rank_subtitles,
};
use tokio::{sync::mpsc, time::timeout};

use super::{Outside, id};
use crate::{App, Error, providers::Entry, streams::Opened, tastes::Adult};

/// Longer than for sources: the film plays meanwhile.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);
const HASHED_WITHIN: Duration = Duration::from_secs(5);
/// Of one answer in one language, and of one answer: nobody reads further.
const MOST_OF_LANGUAGE: usize = 12;
const MOST_OF_ANSWER: usize = 40;
/// A search ends before the next source asks.
const WAITING: usize = 4;

/// For what a session wants subtitles.
#[derive(Debug)]
pub struct Wanted {
    pub session_id: SessionId,
    pub source: Source,
    /// While it is open.
    pub opened: Option<Arc<Opened>>,
}

impl App {
    /// Asks those who may know subtitles; what is found comes into the session's list.
    pub async fn find_subtitles(
        self: &Arc<Self>,
        session_id: SessionId,
    ) -> Result<Result<(), (Refusal, Option<u64>)>, Error> {
        // What plays is the household's.
        let adult = self.adult(ProfileId::HOUSEHOLD).await?;
        if self.subtitle_providers(adult).is_empty() {
            return Ok(Err((Refusal::NoSubtitleProvider, None)));
        }
        self.sessions.find_subtitles(session_id).await
    }

    pub(crate) fn subtitle_providers(&self, adult: Adult) -> Vec<(Arc<Entry>, Provider)> {
        let active = self.providers.active_for(adult).into_iter();
        let able = active.filter_map(|entry| {
            let provider = entry.provider.as_ref().ok()?.clone();
            provider.may_find_subtitles().then_some((entry, provider))
        });
        able.collect()
    }

    /// Whom a session tells what it wants. `offered` is what it begins with; the finder ends with
    /// the session, which holds the sender.
    pub(crate) fn subtitle_finder(
        self: &Arc<Self>,
        query: Query,
        languages: Vec<String>,
        offered: Vec<Outside>,
    ) -> mpsc::Sender<Wanted> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let finder = Finder {
            app: self.clone(),
            query,
            languages,
            offered,
            answered: BTreeMap::new(),
        };
        tokio::spawn(finder.run(receiver));
        sender
    }
}

struct Finder {
    app: Arc<App>,
    query: Query,
    /// The most wanted first.
    languages: Vec<String>,
    offered: Vec<Outside>,
    /// Of each provider for each source.
    answered: BTreeMap<(SourceId, String), Answer>,
}

struct Answer {
    /// With which it was asked. What plays may not have been open then.
    moviehash: Option<String>,
    found: Vec<Outside>,
}

impl Finder {
    async fn run(mut self, mut wanted: mpsc::Receiver<Wanted>) {
        while let Some(wanted) = wanted.recv().await {
            self.find(wanted).await;
        }
    }

    async fn find(&mut self, wanted: Wanted) {
        let source_id = wanted.source.id;
        let mut file = video_file(&wanted).await;
        file.frames_per_second = self.app.streams.probes.frames_per_second(&wanted.source);
        let query = Arc::new(SubtitleQuery {
            query: self.query.clone(),
            file: file.clone(),
            languages: self.languages.clone(),
        });
        let (mut jobs, mut asked) = (Vec::new(), HashMap::new());
        let adult = Adult::of(self.query.allow_adult);
        for (entry, provider) in self.app.subtitle_providers(adult) {
            let answer = self.answered.get(&(source_id, entry.id.clone()));
            let known = answer.is_some_and(|answer| {
                file.moviehash.is_none() || file.moviehash == answer.moviehash
            });
            if let (false, Some(job)) = (known, provider.subtitle_job(&query)) {
                jobs.push(self.app.guarded(&entry, job));
                asked.insert(entry.id.clone(), provider);
            }
        }
        let mut search = SubtitleSearch::default();
        let mut left = jobs.len();
        let mut found = hearth_sources::search(jobs, ANSWERED_WITHIN, ANSWERED_WITHIN);
        while let Some(one) = found.recv().await {
            let is_hidden = self.app.providers.hides(&one.status.id, adult);
            if !is_hidden {
                self.app.note_provider(&one.status);
            }
            let provider = one.status.id;
            if let Some(failure) = one.failure {
                if !is_hidden {
                    search.failed.push(ProviderFailure { provider, failure });
                }
            } else {
                let ranked = rank_subtitles(one.items, &self.wish(), &file).into_iter();
                let by = asked.get(&provider);
                let outside = ranked.map(|ranked| Outside {
                    find: ranked.find,
                    provider: by.cloned(),
                    piece: None,
                });
                let answer = Answer {
                    moviehash: file.moviehash.clone(),
                    found: best(outside),
                };
                self.answered.insert((source_id, provider), answer);
            }
            left -= 1;
            if left > 0 {
                search.running = true;
                self.tell(&wanted, &file, &mut search).await;
            }
        }
        search.running = false;
        self.tell(&wanted, &file, &mut search).await;
    }

    fn wish(&self) -> SubtitleWish {
        SubtitleWish {
            languages: self.languages.clone(),
            ..SubtitleWish::default()
        }
    }

    /// All that is offered now, ranked for the file that plays.
    async fn tell(&self, wanted: &Wanted, file: &VideoFile, search: &mut SubtitleSearch) {
        let (own, others): (Vec<_>, Vec<_>) = self
            .answered
            .iter()
            .partition(|((source_id, _), _)| *source_id == wanted.source.id);
        let of_other_files = others.into_iter().flat_map(|(_, answer)| &answer.found);
        let of_other_files = of_other_files.cloned().map(|mut outside| {
            if outside.find.matched < SubtitleMatch::Id {
                outside.find.matched = SubtitleMatch::Id;
            }
            outside
        });
        let found = own.into_iter().flat_map(|(_, answer)| &answer.found);
        let all = self.offered.iter().cloned();
        let all = all.chain(found.cloned()).chain(of_other_files);
        let (mut finds, mut outside) = (Vec::new(), HashMap::new());
        for one in all {
            if let Slot::Vacant(slot) = outside.entry(one.id()) {
                finds.push(one.find.clone());
                slot.insert(one);
            }
        }
        let ranked = rank_subtitles(finds, &self.wish(), file).into_iter();
        let ranked: Vec<Outside> = ranked
            .filter_map(|ranked| outside.remove(&id(&ranked.find)))
            .collect();
        let elsewhere = ranked.iter().filter(|one| one.provider.is_some());
        search.found = u32::try_from(elsewhere.count()).unwrap_or(u32::MAX);
        let sessions = &self.app.sessions;
        sessions
            .subtitles_found(wanted.session_id, wanted.source.id, ranked, search.clone())
            .await;
    }
}

/// The first ones in each language, and of all.
fn best(ranked: impl Iterator<Item = Outside>) -> Vec<Outside> {
    let mut of_language: HashMap<Option<String>, usize> = HashMap::new();
    let mut seen = HashSet::new();
    ranked
        .filter(|one| {
            let count = of_language.entry(one.find.language.clone()).or_default();
            *count += 1;
            *count <= MOST_OF_LANGUAGE && seen.insert(one.id())
        })
        .take(MOST_OF_ANSWER)
        .collect()
}

/// What services know a file by.
async fn video_file(wanted: &Wanted) -> VideoFile {
    let Wanted { source, opened, .. } = wanted;
    let own_name = opened.as_ref().and_then(|opened| opened.file_name());
    let told_name = source.hints.file_name.clone();
    // The hash and the length of one of its files say nothing of a film in several.
    let in_pieces = matches!(&source.location, Location::File { rest, .. } if !rest.is_empty());
    let opened = opened.as_ref().filter(|_| !in_pieces);
    let moviehash = match (&source.hints.moviehash, opened) {
        (Some(told), _) => Some(told.clone()),
        (None, Some(opened)) => {
            let hash = timeout(HASHED_WITHIN, opened.moviehash()).await;
            hash.unwrap_or_default()
        }
        (None, None) => None,
    };
    VideoFile {
        name: own_name.or(told_name).or(Some(source.name.clone())),
        size_bytes: opened.and_then(|opened| opened.size_bytes()),
        moviehash,
        frames_per_second: None,
    }
}
