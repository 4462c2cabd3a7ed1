//! What stands between a search and one provider: so many searches at once, an end at the
//! deadline, and rest for one that fails again and again.
//!
//! How often requests may be sent, and that they are tried again, is the fetcher's part
//! (`hearth_fetch::Limiter`, `Limits::attempts`).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};

use crate::Error;

/// So many failures in a row, and it is left alone for a while.
const FAILURES: u32 = 4;
const FIRST_REST: Duration = Duration::from_secs(15);
const LONGEST_REST: Duration = Duration::from_secs(10 * 60);

/// Clones guard the same provider. The lock is held for arithmetic only.
#[derive(Debug, Clone)]
pub struct Guard {
    turns: Arc<Semaphore>,
    breaker: Arc<Mutex<Breaker>>,
}

impl Guard {
    pub fn new(at_once: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(at_once.max(1))),
            breaker: Arc::default(),
        }
    }

    /// Does a provider's work, or says at once that it is left alone. The work ends at `deadline`,
    /// the wait for a turn included.
    pub async fn run<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.in_turn(deadline, work, false).await
    }

    /// The same where a failure says nothing new: whether it is left alone or not, and no longer
    /// for that.
    pub async fn run_again<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        self.in_turn(deadline, work, true).await
    }

    async fn in_turn<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = Result<T, Error>>,
        again: bool,
    ) -> Result<T, Error> {
        let after = deadline.saturating_duration_since(Instant::now());
        // Waiting for others says nothing of the provider.
        let turn = timeout_at(deadline, self.turns.acquire()).await;
        let _turn = turn
            .map_err(|_| Error::Busy { after })?
            .expect("the turns of a provider are never closed");
        if !again {
            self.breaker().enter(Instant::now())?;
        }
        let done = timeout_at(deadline, work)
            .await
            .unwrap_or(Err(Error::Deadline { after }));
        if done.is_ok() || !again {
            self.breaker().left(done.is_ok(), Instant::now());
        }
        done
    }

    /// The owner wants it asked anew: whatever it did before.
    pub fn forgive(&self) {
        *self.breaker() = Breaker::default();
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rule by itself.
#[derive(Debug, Default)]
struct Breaker {
    failures: u32,
    rest: Option<Rest>,
}

#[derive(Debug, Clone, Copy)]
struct Rest {
    until: Instant,
    length: Duration,
}

impl Breaker {
    fn enter(&mut self, now: Instant) -> Result<(), Error> {
        let Some(rest) = &mut self.rest else {
            return Ok(());
        };
        let left = rest.until.saturating_duration_since(now);
        if !left.is_zero() {
            return Err(Error::Resting { left });
        }
        // One may try; the others wait for how that goes.
        rest.until = now + rest.length;
        Ok(())
    }

    fn left(&mut self, well: bool, now: Instant) {
        if well {
            *self = Self::default();
            return;
        }
        self.failures = self.failures.saturating_add(1);
        if self.failures < FAILURES {
            return;
        }
        let length = self
            .rest
            .map_or(FIRST_REST, |rest| (rest.length * 2).min(LONGEST_REST));
        self.rest = Some(Rest {
            until: now + length,
            length,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn ask(guard: &Guard, well: bool) -> Result<u8, Error> {
        let deadline = Instant::now() + SECOND;
        let answer = async move { if well { Ok(7) } else { Err(Error::Adult) } };
        guard.run(deadline, answer).await
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_fails_again_and_again_is_left_alone_longer_and_longer() {
        let guard = Guard::new(4);
        for _ in 0..FAILURES {
            assert!(matches!(ask(&guard, false).await, Err(Error::Adult)));
        }
        assert!(matches!(
            ask(&guard, true).await,
            Err(Error::Resting { .. })
        ));
        tokio::time::advance(FIRST_REST).await;
        assert!(
            matches!(ask(&guard, false).await, Err(Error::Adult)),
            "one try"
        );
        tokio::time::advance(FIRST_REST).await;
        assert!(matches!(
            ask(&guard, true).await,
            Err(Error::Resting { .. })
        ));
        tokio::time::advance(FIRST_REST).await;
        assert_eq!(ask(&guard, true).await.unwrap(), 7);
        for _ in 0..FAILURES - 1 {
            assert!(matches!(ask(&guard, false).await, Err(Error::Adult)));
        }
        assert_eq!(ask(&guard, true).await.unwrap(), 7, "the count began anew");
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_rest_one_tries_and_the_others_wait_for_it() {
        let guard = Guard::new(4);
        for _ in 0..FAILURES {
            let _ = ask(&guard, false).await;
        }
        tokio::time::advance(FIRST_REST).await;
        let slow = {
            let guard = guard.clone();
            tokio::spawn(async move {
                let deadline = Instant::now() + SECOND;
                let answer = async {
                    tokio::time::sleep(SECOND / 2).await;
                    Ok(1)
                };
                guard.run(deadline, answer).await
            })
        };
        tokio::task::yield_now().await;
        assert!(matches!(
            ask(&guard, true).await,
            Err(Error::Resting { .. })
        ));
        assert_eq!(slow.await.unwrap().unwrap(), 1);
        assert_eq!(ask(&guard, true).await.unwrap(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn the_owner_may_have_it_asked_anew() {
        let guard = Guard::new(1);
        for _ in 0..FAILURES {
            let _ = ask(&guard, false).await;
        }
        guard.forgive();
        assert_eq!(ask(&guard, true).await.unwrap(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_again_in_the_background_does_not_lengthen_the_rest() {
        let guard = Guard::new(1);
        for _ in 0..FAILURES {
            let _ = ask(&guard, false).await;
        }
        let again = async |well| {
            let answer = async move { if well { Ok(7) } else { Err(Error::Adult) } };
            guard.run_again(Instant::now() + SECOND, answer).await
        };
        assert!(matches!(again(false).await, Err(Error::Adult)));
        tokio::time::advance(FIRST_REST).await;
        assert!(matches!(ask(&guard, false).await, Err(Error::Adult)));
        assert!(matches!(
            ask(&guard, true).await,
            Err(Error::Resting { .. })
        ));
        assert_eq!(again(true).await.unwrap(), 7);
        assert_eq!(ask(&guard, true).await.unwrap(), 7, "it answers again");
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_at_once_and_none_after_its_deadline() {
        let guard = Guard::new(2);
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || async {
            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(SECOND).await;
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        };
        let deadline = Instant::now() + SECOND * 5 / 2;
        let all: Vec<_> = (0..6).map(|_| guard.run(deadline, work())).collect();
        let done = futures_util::future::join_all(all).await;
        assert_eq!(most.load(Ordering::SeqCst), 2);
        let well = done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(
            well, 4,
            "two and two; the third pair has no time left: {done:?}"
        );
        assert!(matches!(done[5], Err(Error::Deadline { .. })), "{done:?}");
    }
}
