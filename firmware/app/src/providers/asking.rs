//! Asking providers, each behind its guard: what they answer is noted, and news of them are told.

use std::{sync::Arc, time::Duration};

use hearth_model::{ProviderTest, Turn};
use hearth_sources::{About, Job};
use tokio::time::Instant;

use super::Entry;
use crate::{App, Error, tastes::Adult};

/// How long a provider that is asked just to see may take.
const TESTED_WITHIN: Duration = Duration::from_secs(10);
const ERROR_LETTERS: usize = 300;

impl App {
    /// A provider's part in a search, guarded, and its answer noted.
    pub(crate) fn guarded<T: Send + 'static>(
        self: &Arc<Self>,
        entry: &Arc<Entry>,
        job: Job<T>,
    ) -> Job<T> {
        let (app, entry) = (self.clone(), entry.clone());
        Job::new(job.id, move |deadline| async move {
            let done = entry.guard.run(deadline, (job.run)(deadline));
            app.noted(&entry, true, done).await
        })
    }

    /// The same for what the box asks again and again by itself: one that failed just now, and fails
    /// still, is no news. The network of a house comes later than the box, and goes for a moment.
    pub(crate) fn guarded_again<T: Send + 'static>(
        self: &Arc<Self>,
        entry: &Arc<Entry>,
        job: Job<T>,
    ) -> Job<T> {
        let (app, entry) = (self.clone(), entry.clone());
        Job::new(job.id, move |deadline| async move {
            let work = (job.run)(deadline);
            if app.providers.failed_lately(&entry.id, app.clock.wall()) {
                let done = entry.guard.run_again(deadline, work);
                app.noted(&entry, false, done).await
            } else {
                let done = entry.guard.run(deadline, work);
                app.noted(&entry, true, done).await
            }
        })
    }

    async fn noted<T>(
        self: &Arc<Self>,
        entry: &Arc<Entry>,
        fails_are_news: bool,
        work: impl Future<Output = Result<T, hearth_sources::Error>>,
    ) -> Result<T, hearth_sources::Error> {
        let began = Instant::now();
        let done = work.await;
        let error = match &done {
            Ok(_) => None,
            Err(error) if error.was_not_asked() || !fails_are_news => return done,
            Err(error) => Some(short(&error.to_string())),
        };
        let now = self.clock.wall();
        let news = self
            .providers
            .note(entry, now, began.elapsed(), error.as_deref());
        if let Some(turn) = news {
            let working = turn == Turn::Recovered;
            tracing::warn!(provider = %entry.id, working, error, "a provider that worked stopped, or works again");
            // A search that is at its end takes its jobs with it, and news are told once.
            let (app, entry) = (self.clone(), entry.clone());
            tokio::spawn(async move {
                if app.is_heard_of(&entry.id).await {
                    let provider = (entry.id.clone(), entry.name());
                    app.sessions.provider_turned(provider, working, error).await;
                }
            });
        }
        done
    }

    /// Whether the house hears how a provider does: not of an addon for adults that no profile
    /// allows. The owner sees all of them among the providers.
    async fn is_heard_of(self: &Arc<Self>, id: &str) -> bool {
        let adult = self.any_adult().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "who may see addons for adults is not known");
            Adult::Hidden
        });
        !self.providers.hides(id, adult)
    }

    /// Really asks it, rested or not.
    pub async fn test_provider(self: &Arc<Self>, id: &str) -> Result<ProviderTest, Error> {
        let entry = self.providers.get(id)?;
        let provider = match &entry.provider {
            Ok(provider) => provider,
            Err(problem) => {
                return Ok(ProviderTest {
                    ok: false,
                    took_ms: 0,
                    detail: problem.clone(),
                    reason: None,
                });
            }
        };
        entry.guard.forgive();
        let began = Instant::now();
        let deadline = began + TESTED_WITHIN;
        let work = Box::pin(provider.check(deadline));
        let done = entry.guard.run(deadline, work);
        let done = self.noted(&entry, true, done).await;
        let took_ms = began.elapsed().as_millis() as u64;
        let reason = done.as_ref().err().map(hearth_sources::Error::slug);
        let error = done.as_ref().err().map(|error| short(&error.to_string()));
        let is_heard_of = self.is_heard_of(id).await;
        self.troubles
            .tell("providers", id, error.clone().filter(|_| is_heard_of));
        Ok(ProviderTest {
            ok: done.is_ok(),
            took_ms,
            detail: done.map_or_else(|_| error.unwrap_or_default(), |about| words(&about)),
            reason,
        })
    }

    /// Looks at those that nobody asked for so long.
    pub(crate) async fn test_silent_providers(self: &Arc<Self>, silent: Duration) {
        let now = self.clock.wall();
        for entry in self.providers.active() {
            let asked = self.providers.last_asked(&entry.id);
            let silent_ms = silent.as_millis() as u64;
            if asked.is_some_and(|at| now.saturating_sub(at) < silent_ms) {
                continue;
            }
            let Ok(provider) = &entry.provider else {
                continue;
            };
            let deadline = Instant::now() + TESTED_WITHIN;
            let work = Box::pin(provider.check(deadline));
            let done = entry.guard.run(deadline, work);
            match self.noted(&entry, true, done).await {
                Err(error) if error.was_not_asked() => {}
                done => {
                    let error = done.err().map(|error| short(&error.to_string()));
                    let is_heard_of = self.is_heard_of(&entry.id).await;
                    self.troubles
                        .tell("providers", &entry.id, error.filter(|_| is_heard_of));
                }
            }
        }
    }
}

/// `Films: finds sources, lists titles`
fn words(about: &About) -> String {
    let does: Vec<&str> = [
        (about.finds_sources, "finds sources"),
        (about.lists_titles, "lists titles"),
        (about.finds_subtitles, "finds subtitles"),
        (about.adult, "for adults only"),
    ]
    .into_iter()
    .filter_map(|(does, what)| does.then_some(what))
    .collect();
    let name = about.name.iter().map(|name| format!("{name}: "));
    short(&format!("{}{}", name.collect::<String>(), does.join(", ")))
}

fn short(error: &str) -> String {
    error.chars().take(ERROR_LETTERS).collect()
}
