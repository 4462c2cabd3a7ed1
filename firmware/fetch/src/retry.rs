//! When to try again: back-off for what may pass, the host's own wish where it names one.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// A host that asks for more patience than this is reported, not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Nobody is left alone for longer, whatever they ask for.
const LONGEST_REST: Duration = Duration::from_secs(3600);

pub(crate) fn backoff(attempts: usize) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(attempts.saturating_sub(1))
        .with_jitter()
        .build()
}

/// How long to wait before the next try; none when it would not be worth it.
pub(crate) fn wait(
    backoff: Duration,
    retry_after: Option<Duration>,
    left: Duration,
) -> Option<Duration> {
    let wait = backoff.max(retry_after.unwrap_or_default());
    (wait < left && wait <= LONGEST_WAIT).then_some(wait)
}

/// `Retry-After` in seconds or as a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = if let Ok(seconds) = text.parse() {
        Duration::from_secs(seconds)
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(now).unwrap_or_default()
    };
    Some(asked.min(LONGEST_REST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())])
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let read = |value| retry_after(&headers(value), now);
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            read("Sun, 06 Nov 1994 08:49:47 GMT"),
            Some(Duration::from_secs(10))
        );
        assert_eq!(
            read("Sun, 06 Nov 1994 08:00:00 GMT"),
            Some(Duration::ZERO),
            "a date gone by means now"
        );
        // Added to a moment, this was a panic.
        assert_eq!(read("18446744073709551615"), Some(LONGEST_REST));
        assert_eq!(read("Sun, 06 Nov 9994 08:00:00 GMT"), Some(LONGEST_REST));
        assert_eq!(read("soon"), None);
        assert_eq!(read("-3"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn waiting_ends_where_it_is_of_no_use() {
        let second = Duration::from_secs(1);
        assert_eq!(wait(second, None, 10 * second), Some(second));
        assert_eq!(
            wait(second, Some(3 * second), 10 * second),
            Some(3 * second)
        );
        assert_eq!(wait(second, Some(11 * second), 10 * second), None);
        assert_eq!(wait(second, Some(3600 * second), 9000 * second), None);
    }

    #[test]
    fn one_attempt_means_no_retry() {
        assert_eq!(backoff(1).count(), 0);
        assert_eq!(backoff(3).count(), 2);
        assert_eq!(backoff(0).count(), 0);
    }
}
