//! What was learnt of providers, trackers and hosts from what really happened.
//!
//! Each is a mean that forgets: what happened a week ago counts half of what happens now.

use serde::{Deserialize, Serialize};

use crate::{Failure, Health, Location, Slug, Source, UnixMs};

/// After so long an observation counts half.
const HALF_LIFE_MS: f64 = 7.0 * 24.0 * 3600.0 * 1000.0;
/// A picture that comes after so long is of middling speed.
const MIDDLING_START_MS: f32 = 4_000.0;
/// Waiting for this share of the time makes a source as slow as can be.
const UNBEARABLE_WAIT: f32 = 0.1;
/// A torrent may name as many trackers as it likes.
const MOST_TRACKERS: usize = 4;

/// A mean of values from 0 to 1, each of which fades with time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Estimate {
    sum: f64,
    weight: f64,
    at: UnixMs,
}

impl Estimate {
    /// As it was kept: the sum of the values and of their weights, as they counted at `at`.
    pub fn kept(sum: f64, weight: f64, at: UnixMs) -> Self {
        let usable = sum.is_finite() && weight.is_finite() && weight >= 0.0;
        if usable {
            Self { sum, weight, at }
        } else {
            Self::default()
        }
    }

    /// To be kept: see [`Estimate::kept`].
    pub fn keep(&self) -> (f64, f64, UnixMs) {
        (self.sum, self.weight, self.at)
    }

    /// What is left of it at `now`. A clock that went back forgets nothing.
    fn left(&self, now: UnixMs) -> (f64, f64) {
        let age_ms = now.saturating_sub(self.at) as f64;
        let fade = 0.5_f64.powf(age_ms / HALF_LIFE_MS);
        (self.sum * fade, self.weight * fade)
    }

    pub fn add(&mut self, value: f32, now: UnixMs) {
        let now = now.max(self.at);
        let (sum, weight) = self.left(now);
        *self = Self {
            sum: sum + f64::from(value.clamp(0.0, 1.0)),
            weight: weight + 1.0,
            at: now,
        };
    }

    /// The mean, and how many observations of now it stands for.
    pub fn mean(&self, now: UnixMs) -> Option<(f32, f32)> {
        let (sum, weight) = self.left(now);
        (weight > 0.01).then(|| ((sum / weight) as f32, weight as f32))
    }
}

/// What is known of one provider, tracker or host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Learnt {
    pub speed: Estimate,
    pub availability: Estimate,
}

/// What happened with a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its first picture came so long after it was opened.
    Started { after_ms: u64 },
    /// It played for so long, and kept people waiting for so long meanwhile.
    Played { played_ms: u64, waited_ms: u64 },
    /// It was looked at without playing it, and answered.
    Answered { after_ms: u64 },
    /// It ran dry while it played.
    Starved,
    /// It could not be had, or was not what it should be.
    Failed,
    /// The screen could not play it, which is no fault of the place where it lies.
    Unfit,
}

impl Outcome {
    /// How a screen's word that it failed is to be taken.
    pub fn of_failure(failure: &Failure) -> Self {
        match failure.reason.parse() {
            Ok(Slug::Starved) => Self::Starved,
            Ok(
                Slug::CodecUnsupported
                | Slug::MediaProtected
                | Slug::PlayerFailed
                | Slug::ScreenDied,
            ) => Self::Unfit,
            _ => Self::Failed,
        }
    }

    /// What it says of the source itself.
    pub fn health(self) -> Option<Health> {
        match self {
            Self::Started { .. } | Self::Answered { .. } => Some(Health::Good),
            Self::Starved | Self::Failed | Self::Unfit => Some(Health::Failing),
            Self::Played { .. } => None,
        }
    }

    fn speed(self) -> Option<f32> {
        match self {
            Self::Started { after_ms } => {
                Some(MIDDLING_START_MS / (MIDDLING_START_MS + after_ms as f32))
            }
            Self::Played {
                played_ms,
                waited_ms,
            } => {
                let all_ms = (played_ms + waited_ms).max(1) as f32;
                Some(1.0 - (waited_ms as f32 / all_ms / UNBEARABLE_WAIT).min(1.0))
            }
            Self::Starved => Some(0.0),
            // How soon it answers tells little of how fast it sends.
            Self::Answered { .. } | Self::Failed | Self::Unfit => None,
        }
    }

    fn availability(self) -> Option<f32> {
        match self {
            Self::Started { .. } | Self::Answered { .. } => Some(1.0),
            Self::Failed => Some(0.0),
            Self::Played { .. } | Self::Starved | Self::Unfit => None,
        }
    }
}

impl Learnt {
    pub fn add(&mut self, outcome: Outcome, now: UnixMs) {
        if let Some(value) = outcome.speed() {
            self.speed.add(value, now);
        }
        if let Some(value) = outcome.availability() {
            self.availability.add(value, now);
        }
    }
}

/// The keys under which something is learnt of a source: its provider, and its trackers or its
/// host. A file of the box teaches nothing.
pub fn learnt_under(source: &Source) -> Vec<String> {
    let mut keys = match &source.location {
        Location::File { .. } | Location::Page { .. } => return Vec::new(),
        Location::Torrent(torrent) => {
            let named = torrent.trackers.iter().filter_map(|tracker| host(tracker));
            // An indexer of many trackers says which one it was.
            let found_on = source.hints.tracker.iter().map(|name| name.to_lowercase());
            found_on
                .chain(named.take(MOST_TRACKERS))
                .map(|tracker| format!("tracker:{tracker}"))
                .collect()
        }
        Location::Url { url, .. } => host(url)
            .map(|host| format!("host:{host}"))
            .into_iter()
            .collect::<Vec<_>>(),
    };
    keys.push(format!("provider:{}", source.provider));
    keys.sort();
    keys.dedup();
    keys
}

/// `tracker.example.org` of `udp://tracker.example.org:1337/announce`.
fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let place = authority.rsplit('@').next()?;
    let host = match place.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => place.split(':').next()?,
    };
    let short = !host.is_empty() && host.len() <= 253;
    short.then(|| host.to_ascii_lowercase())
}

/// The mean of what several keys know, each as far as it has seen much.
pub(super) fn together(
    estimates: impl Iterator<Item = Estimate>,
    now: UnixMs,
) -> Option<(f32, f32)> {
    let (sum, weight) = estimates
        .filter_map(|estimate| estimate.mean(now))
        .fold((0.0, 0.0), |(sum, all), (mean, weight)| {
            (sum + mean * weight, all + weight)
        });
    (weight > 0.0).then(|| (sum / weight, weight))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WEEK_MS: u64 = 7 * 24 * 3600 * 1000;

    #[test]
    fn an_estimate_is_a_mean_that_forgets() {
        let mut estimate = Estimate::default();
        assert_eq!(estimate.mean(0), None, "nothing is known yet");
        estimate.add(0.0, 1_000);
        estimate.add(1.0, 1_000 + WEEK_MS);
        let (mean, weight) = estimate.mean(1_000 + WEEK_MS).unwrap();
        assert!(
            (mean - 2.0 / 3.0).abs() < 1e-6,
            "the old one counts half: {mean}"
        );
        assert!((weight - 1.5).abs() < 1e-6);
        let (later, less) = estimate.mean(1_000 + 3 * WEEK_MS).unwrap();
        assert!((later - mean).abs() < 1e-6, "time alone changes no mean");
        assert!(less < weight);
        assert_eq!(
            estimate.mean(1_000 + 20 * WEEK_MS),
            None,
            "and at last all is forgotten"
        );
    }

    #[test]
    fn what_was_kept_is_taken_up_again_and_nonsense_is_not() {
        let mut estimate = Estimate::default();
        estimate.add(0.7, 5);
        let (sum, weight, at) = estimate.keep();
        assert_eq!(Estimate::kept(sum, weight, at), estimate);
        assert_eq!(Estimate::kept(f64::NAN, 1.0, 5), Estimate::default());
        assert_eq!(Estimate::kept(1.0, -1.0, 5), Estimate::default());
    }

    #[test]
    fn what_happens_says_how_fast_and_how_reliable_a_place_is() {
        let of = |outcome: Outcome| {
            let mut learnt = Learnt::default();
            learnt.add(outcome, 1);
            let mean = |estimate: Estimate| estimate.mean(1).map(|(mean, _)| mean);
            (mean(learnt.speed), mean(learnt.availability))
        };
        assert_eq!(
            of(Outcome::Started { after_ms: 4_000 }),
            (Some(0.5), Some(1.0))
        );
        assert_eq!(of(Outcome::Failed), (None, Some(0.0)));
        assert_eq!(of(Outcome::Starved), (Some(0.0), None));
        assert_eq!(of(Outcome::Unfit), (None, None), "the screen's trouble");
        assert_eq!(of(Outcome::Answered { after_ms: 9 }), (None, Some(1.0)));
        let smooth = Outcome::Played {
            played_ms: 60_000,
            waited_ms: 0,
        };
        assert_eq!(of(smooth), (Some(1.0), None));
        let halting = Outcome::Played {
            played_ms: 50_000,
            waited_ms: 10_000,
        };
        assert_eq!(of(halting), (Some(0.0), None));
    }

    #[test]
    fn a_host_is_read_from_every_address() {
        for (url, known) in [
            (
                "udp://Tracker.example.org:1337/announce",
                Some("tracker.example.org"),
            ),
            (
                "https://user:pass@example.org/x?y=http://other/",
                Some("example.org"),
            ),
            ("http://[2001:db8::1]:80/x", Some("2001:db8::1")),
            ("magnet:?xt=urn:btih:x", None),
            ("http:///x", None),
        ] {
            assert_eq!(host(url).as_deref(), known, "{url}");
        }
    }

    proptest! {
        #[test]
        fn a_mean_stays_between_0_and_1(steps in prop::collection::vec((0.0f32..=1.0, 0u64..WEEK_MS), 1..50)) {
            let mut estimate = Estimate::default();
            let mut now = 0;
            for (value, pause) in steps {
                now += pause;
                estimate.add(value, now);
                let (mean, weight) = estimate.mean(now).unwrap();
                prop_assert!((-1e-6..=1.0 + 1e-6).contains(&mean));
                prop_assert!(weight >= 1.0 - 1e-6);
            }
        }
    }
}
