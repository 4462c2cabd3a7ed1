//! Answers kept for as long as the addon says (`cacheMaxAge`, `staleRevalidate`, `staleError`, in
//! seconds, in the answer itself), because addons behind a busy service count on it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

/// Of one addon.
const MOST_KEPT: usize = 64;
/// Larger answers are asked for again.
const LARGEST_BYTES: usize = 256 * 1024;
/// Whatever an addon says.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Clone)]
struct Kept {
    url: String,
    answer: Arc<Value>,
    at: Instant,
    fresh: Duration,
    /// Good after that while it is asked for anew.
    stale: Duration,
    /// Good after that where the addon fails.
    on_error: Duration,
}

/// What is known of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Known {
    Fresh(Arc<Value>),
    Stale(Arc<Value>),
    Nothing,
}

/// The lock is held for look-ups only.
#[derive(Debug, Default)]
pub(super) struct Answers(Mutex<Vec<Kept>>);

impl Answers {
    pub(super) fn look_up(&self, url: &str) -> Known {
        let Some(kept) = self.find(url) else {
            return Known::Nothing;
        };
        let age = kept.at.elapsed();
        if age < kept.fresh {
            Known::Fresh(kept.answer)
        } else if age < kept.fresh + kept.stale {
            Known::Stale(kept.answer)
        } else {
            Known::Nothing
        }
    }

    /// What may stand in for an answer that did not come.
    pub(super) fn instead(&self, url: &str) -> Option<Arc<Value>> {
        let kept = self.find(url)?;
        let good_for = kept.fresh + kept.stale.max(kept.on_error);
        (kept.at.elapsed() < good_for).then_some(kept.answer)
    }

    pub(super) fn keep(&self, url: &str, answer: &Arc<Value>, bytes: usize) {
        let seconds = |name: &str| {
            let seconds = answer.get(name).and_then(Value::as_u64).unwrap_or_default();
            Duration::from_secs(seconds).min(LONGEST)
        };
        let kept = Kept {
            url: url.to_owned(),
            answer: Arc::clone(answer),
            at: Instant::now(),
            fresh: seconds("cacheMaxAge"),
            stale: seconds("staleRevalidate"),
            on_error: seconds("staleError"),
        };
        let mut all = self.all();
        all.retain(|known| known.url != url);
        let is_good = !(kept.fresh + kept.stale + kept.on_error).is_zero();
        if is_good && bytes <= LARGEST_BYTES {
            if all.len() >= MOST_KEPT {
                all.remove(0);
            }
            all.push(kept);
        }
    }

    fn find(&self, url: &str) -> Option<Kept> {
        self.all().iter().find(|kept| kept.url == url).cloned()
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_good_for_as_long_as_it_says() {
        let answers = Answers::default();
        let answer = Arc::new(json!({"cacheMaxAge": 10, "staleRevalidate": 20, "staleError": 60}));
        answers.keep("a", &answer, 100);
        let after = async |seconds| tokio::time::advance(Duration::from_secs(seconds)).await;
        assert_eq!(answers.look_up("a"), Known::Fresh(Arc::clone(&answer)));
        assert_eq!(answers.look_up("b"), Known::Nothing);
        after(15).await;
        assert_eq!(answers.look_up("a"), Known::Stale(Arc::clone(&answer)));
        after(20).await;
        assert_eq!(answers.look_up("a"), Known::Nothing);
        assert_eq!(answers.instead("a"), Some(answer));
        after(60).await;
        assert_eq!(answers.instead("a"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_says_nothing_or_is_large_is_not_kept() {
        let answers = Answers::default();
        let silent = Arc::new(json!({"streams": []}));
        let endless = Arc::new(json!({"cacheMaxAge": u64::MAX}));
        answers.keep("silent", &silent, 10);
        answers.keep("large", &endless, LARGEST_BYTES + 1);
        answers.keep("endless", &endless, 10);
        assert_eq!(answers.look_up("silent"), Known::Nothing);
        assert_eq!(answers.look_up("large"), Known::Nothing);
        assert_eq!(
            answers.look_up("endless"),
            Known::Fresh(Arc::clone(&endless))
        );
        for n in 0..MOST_KEPT {
            answers.keep(&n.to_string(), &endless, 10);
        }
        assert_eq!(
            answers.look_up("endless"),
            Known::Nothing,
            "the oldest goes"
        );
    }
}
