//! How often a service may be asked: so many requests in any stretch of so long, for several
//! stretches at once, and not at all while it asked for rest.
//!
//! A [`Fetcher`](crate::Fetcher) that has one takes a turn for everything it sends, each retry and
//! each redirect, so that a limit holds whoever asks and however often. What was sent before a
//! restart is not known.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::Clock;

/// At most `requests` in any stretch of `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub requests: usize,
    pub per: Duration,
}

/// Clones share the turns. The lock is held for arithmetic only: a turn is a moment to come,
/// reserved in order, and everybody sleeps until their own.
#[derive(Debug, Clone)]
pub struct Limiter {
    limits: Arc<[Limit]>,
    clock: Clock,
    turns: Arc<Mutex<Turns>>,
}

#[derive(Debug, Default)]
struct Turns {
    /// The newest ones, in order: as many as the largest limit counts.
    given: VecDeque<Duration>,
    rest_until: Duration,
}

impl Turns {
    fn next(&self, limits: &[Limit], now: Duration) -> Duration {
        let from_limits = limits.iter().filter_map(|limit| {
            let before = self.given.len().checked_sub(limit.requests.max(1))?;
            Some(self.given[before] + limit.per)
        });
        from_limits
            .chain(self.given.back().copied())
            .fold(now.max(self.rest_until), Duration::max)
    }
}

impl Limiter {
    pub fn new(limits: impl IntoIterator<Item = Limit>, clock: Clock) -> Self {
        Self {
            limits: limits.into_iter().collect(),
            clock,
            turns: Arc::default(),
        }
    }

    /// Waits for a turn. One that would come after `patience` is not taken: the error is how long
    /// it would be.
    pub async fn turn(&self, patience: Duration) -> Result<(), Duration> {
        let at = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.clock.now();
            let at = turns.next(&self.limits, now);
            let wait = at.saturating_sub(now);
            if wait > patience {
                return Err(wait);
            }
            turns.given.push_back(at);
            let counted = self.limits.iter().map(|limit| limit.requests).max();
            while turns.given.len() > counted.unwrap_or_default().max(1) {
                turns.given.pop_front();
            }
            at
        };
        self.clock.sleep_until(at).await;
        Ok(())
    }

    /// The service asked to be left alone for `pause`.
    pub fn rest(&self, pause: Duration) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.rest_until = turns.rest_until.max(self.clock.now() + pause);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const PATIENT: Duration = Duration::from_secs(3600);

    fn limiter(clock: &Clock) -> Limiter {
        let limit = |requests, per| Limit { requests, per };
        Limiter::new([limit(5, SECOND), limit(90, 60 * SECOND)], clock.clone())
    }

    /// When each of `count` turns comes, for somebody who always wants the next one.
    async fn turns(limiter: &Limiter, clock: &Clock, count: usize) -> Vec<Duration> {
        let mut at = Vec::new();
        for _ in 0..count {
            let mut turn = Box::pin(limiter.turn(PATIENT));
            while (&mut turn).now_or_never().is_none() {
                clock.advance(Duration::from_millis(10));
                // Lets tokio count the polls anew.
                tokio::task::yield_now().await;
            }
            at.push(clock.now());
        }
        at
    }

    #[tokio::test]
    async fn no_stretch_holds_more_than_its_limit() {
        let clock = Clock::by_hand(0);
        let at = turns(&limiter(&clock), &clock, 300).await;
        for (index, from) in at.iter().enumerate() {
            let within = |per| at[index..].iter().filter(|to| **to < *from + per).count();
            assert!(within(SECOND) <= 5, "at {from:?}");
            assert!(within(60 * SECOND) <= 90, "at {from:?}");
        }
        assert!(at[4] < SECOND, "the first five need not wait");
        assert_eq!(at[5], SECOND);
        assert_eq!(at[90], 60 * SECOND, "and no longer than they must");
    }

    #[tokio::test]
    async fn many_at_once_come_one_after_another() {
        let clock = Clock::by_hand(0);
        let limiter = limiter(&clock);
        let mut waiting: Vec<_> = (0..12).map(|_| Box::pin(limiter.turn(PATIENT))).collect();
        for expected in [5, 10, 12] {
            let done = waiting
                .iter_mut()
                .map(|turn| turn.now_or_never().is_some())
                .filter(|done| *done)
                .count();
            waiting.drain(..done);
            assert_eq!(12 - waiting.len(), expected);
            clock.advance(SECOND);
        }
    }

    #[tokio::test]
    async fn a_turn_too_far_off_is_not_taken() {
        let clock = Clock::by_hand(0);
        let limiter = limiter(&clock);
        limiter.rest(7 * SECOND);
        assert_eq!(limiter.turn(3 * SECOND).await, Err(7 * SECOND));
        clock.advance(7 * SECOND);
        for _ in 0..5 {
            assert_eq!(limiter.turn(Duration::ZERO).await, Ok(()));
        }
        assert_eq!(limiter.turn(Duration::ZERO).await, Err(SECOND));
    }
}
