//! The fan-out: every provider at once, each for itself.
//!
//! Each runs in a task of its own, so a slow, failing or even panicking one never delays
//! another. Whoever reads the channel gets exactly one word from each; dropping the receiver
//! ends them all.

use std::time::Duration;

use futures_util::future::BoxFuture;
use hearth_model::{Failure, ProviderState, ProviderStatus};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Instant, timeout_at},
};

use crate::{Error, text};

/// One provider's part in a search. The app makes its own for what is built in.
pub struct Job<T> {
    /// `torznab:home`, `open-movies`, `local`.
    pub id: String,
    /// Gets the moment by which it must have answered.
    pub run: Box<dyn FnOnce(Instant) -> BoxFuture<'static, Result<T, Error>> + Send>,
}

impl<T> Job<T> {
    pub fn new<F>(id: impl Into<String>, run: impl FnOnce(Instant) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        Self {
            id: id.into(),
            run: Box::new(|deadline| Box::pin(run(deadline))),
        }
    }
}

impl<T> std::fmt::Debug for Job<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What one provider found: nothing when its status is not ok.
#[derive(Debug)]
pub struct Found<T> {
    pub status: ProviderStatus,
    /// Why it is not ok, in a word that every interface can say.
    pub failure: Option<Failure>,
    pub items: T,
}

/// Starts all jobs; each ends after `deadline`, and the whole search after `hard_stop`. The
/// channel closes after the last word.
pub fn search<T: Default + Send + 'static>(
    jobs: Vec<Job<T>>,
    deadline: Duration,
    hard_stop: Duration,
) -> mpsc::Receiver<Found<T>> {
    let (sender, receiver) = mpsc::channel(jobs.len().max(1));
    let patience = deadline.min(hard_stop);
    tokio::spawn(async move {
        let started = Instant::now();
        let mut running = JoinSet::new();
        let mut names = std::collections::HashMap::new();
        for job in jobs {
            let id = job.id.clone();
            let task = running.spawn(run(job, started, patience));
            names.insert(task.id(), id);
        }
        loop {
            // Dropping the set ends what still runs.
            let ended = tokio::select! {
                ended = running.join_next() => ended,
                () = sender.closed() => return,
            };
            let found = match ended {
                None => return,
                Some(Ok(found)) => found,
                Some(Err(failure)) => {
                    let id = names.remove(&failure.id()).unwrap_or_default();
                    tracing::error!(provider = %id, %failure, "a provider crashed");
                    Found::failed(id, started, &Error::Crashed)
                }
            };
            // The channel holds a word of each job: this never waits.
            if sender.send(found).await.is_err() {
                return;
            }
        }
    });
    receiver
}

async fn run<T: Default>(job: Job<T>, started: Instant, patience: Duration) -> Found<T> {
    let deadline = started + patience;
    let outcome = timeout_at(deadline, (job.run)(deadline))
        .await
        .unwrap_or(Err(Error::Deadline { after: patience }));
    match outcome {
        Ok(items) => Found {
            status: ProviderStatus {
                id: job.id,
                state: ProviderState::Ok,
                took_ms: started.elapsed().as_millis() as u64,
                error: None,
            },
            failure: None,
            items,
        },
        Err(error) => {
            tracing::warn!(provider = %job.id, %error, "a provider failed");
            Found::failed(job.id, started, &error)
        }
    }
}

impl<T: Default> Found<T> {
    fn failed(id: String, started: Instant, error: &Error) -> Self {
        let told = text::tidy(&error.to_string(), 300);
        Self {
            failure: Some(Failure::new(error.slug(), told.clone())),
            status: ProviderStatus {
                id,
                state: error.state(),
                took_ms: started.elapsed().as_millis() as u64,
                error: Some(told),
            },
            items: T::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    use super::*;

    async fn all(mut receiver: mpsc::Receiver<Found<Vec<u8>>>) -> Vec<Found<Vec<u8>>> {
        let mut all = Vec::new();
        while let Some(found) = receiver.recv().await {
            all.push(found);
        }
        all
    }

    fn after(id: &str, wait_ms: u64) -> Job<Vec<u8>> {
        Job::new(id, move |_| async move {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
            Ok(vec![1])
        })
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn each_comes_when_it_is_ready_and_the_slow_end_at_the_deadline() {
        let failing = Job::new("failing", |_| async { Err(Error::Adult) });
        let crashing = Job::new("crashing", |_| async { panic!("inside") });
        let jobs = vec![
            after("slow", 60_000),
            after("second", 300),
            failing,
            after("first", 10),
            crashing,
        ];
        let found = all(search(jobs, SECOND, 4 * SECOND)).await;
        let of = |id: &str| found.iter().find(|found| found.status.id == id).unwrap();
        assert_eq!(found.len(), 5, "one word from each");
        assert_eq!(found.last().unwrap().status.id, "slow");
        assert_eq!(of("first").status.took_ms, 10);
        assert_eq!(of("second").status.took_ms, 300);
        assert_eq!(of("second").items, [1]);
        assert_eq!(of("slow").status.state, ProviderState::Timeout);
        assert_eq!(of("slow").status.took_ms, 1000);
        assert_eq!(of("failing").status.state, ProviderState::Error);
        assert!(
            of("failing")
                .status
                .error
                .as_deref()
                .unwrap()
                .contains("adults")
        );
        assert_eq!(of("crashing").status.state, ProviderState::Error);
    }

    #[tokio::test(start_paused = true)]
    async fn the_hard_stop_ends_all() {
        let started = Instant::now();
        let found = all(search(vec![after("slow", 60_000)], 30 * SECOND, 4 * SECOND)).await;
        assert_eq!(started.elapsed(), 4 * SECOND);
        assert_eq!(found[0].status.state, ProviderState::Timeout);
    }

    /// As a house with many providers has them: most answer soon, some are dead, some take for ever.
    #[tokio::test(start_paused = true)]
    async fn the_first_of_twenty_waits_for_nobody_and_the_last_for_the_deadline_only() {
        let answers_ms: [u64; 15] = [
            90, 140, 180, 210, 240, 270, 300, 340, 380, 430, 490, 570, 680, 860, 1300,
        ];
        let mut jobs: Vec<_> = answers_ms
            .iter()
            .map(|wait_ms| after(&wait_ms.to_string(), *wait_ms))
            .collect();
        for dead in 0..3 {
            let gone = |_| async { Err(Error::Adult) };
            jobs.push(Job::new(format!("dead {dead}"), gone));
        }
        jobs.extend([after("slow 1", 30_000), after("slow 2", 30_000)]);
        let started = Instant::now();
        let mut found = search(jobs, Duration::from_millis(3_500), 4 * SECOND);
        let mut useful_ms = Vec::new();
        let mut words = 0;
        while let Some(one) = found.recv().await {
            words += 1;
            if !one.items.is_empty() {
                useful_ms.push(started.elapsed().as_millis() as u64);
            }
        }
        assert_eq!(useful_ms, answers_ms, "each when it is ready");
        assert_eq!(words, 20, "one word from each");
        assert_eq!(started.elapsed(), Duration::from_millis(3_500));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_listening_ends_the_work() {
        let finished = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&finished);
        let job: Job<Vec<u8>> = Job::new("slow", move |_| async move {
            tokio::time::sleep(SECOND).await;
            flag.store(true, Ordering::SeqCst);
            Ok(Vec::new())
        });
        drop(search(vec![job], 10 * SECOND, 10 * SECOND));
        tokio::time::sleep(5 * SECOND).await;
        assert!(!finished.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn no_providers_is_no_error() {
        assert!(all(search(Vec::new(), SECOND, SECOND)).await.is_empty());
    }
}
