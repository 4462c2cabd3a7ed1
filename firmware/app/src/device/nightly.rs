//! Nights: the box looks for updates, and writes one to the other slot if its owner lets it.

use std::{sync::Arc, time::Duration};

use hearth_model::{Installing, UnixMs, UpdateFrom, UpdatePolicy};
use jiff::{Timestamp, tz::TimeZone};

use super::{time_zone, updates::Updates};

const LOOK_EVERY: Duration = Duration::from_mins(5);
const HOUR_MS: u64 = 60 * 60 * 1000;
/// Night is from three to five.
const NIGHT: std::ops::Range<u32> = 3 * 60..5 * 60;
const ONCE_A_NIGHT_MS: u64 = 20 * HOUR_MS;

/// Whether tonight's look is due. `offset` spreads the boxes of a time zone over the night's first
/// half, so that no server meets them all at once.
fn is_due(now: UnixMs, zone: &TimeZone, offset: u32, last: Option<UnixMs>) -> bool {
    let start = NIGHT.start + offset % ((NIGHT.end - NIGHT.start) / 2);
    let rested = last.is_none_or(|last| now.abs_diff(last) >= ONCE_A_NIGHT_MS);
    (start..NIGHT.end).contains(&minute_of_day(now, zone)) && rested
}

fn minute_of_day(now: UnixMs, zone: &TimeZone) -> u32 {
    let time = Timestamp::from_millisecond(now.cast_signed()).unwrap_or_default();
    let local = time.to_zoned(zone.clone());
    u32::from(local.hour().unsigned_abs()) * 60 + u32::from(local.minute().unsigned_abs())
}

impl Updates {
    pub(super) async fn keep_nights(self: Arc<Self>) {
        let offset = rand::random::<u32>();
        let mut last = None;
        loop {
            let now = self.clock.wall();
            let zone = time_zone::of_household(&self.store);
            if is_due(now, &zone, offset, last) && !self.is_on_trial() {
                last = Some(now);
                self.night().await;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn night(self: &Arc<Self>) {
        let status = match self.check().await {
            Ok(status) => status,
            Err(error) => {
                tracing::info!(%error, "no look for updates tonight");
                return;
            }
        };
        // One that did not stand its test is not tried again by itself, nor is one from a stick.
        let failed = status.rolled_back.map(|back| back.version);
        let offer = status.offers.into_iter().find(|offer| {
            offer.from == UpdateFrom::Channel && failed.as_ref() != Some(&offer.version)
        });
        let idle = matches!(
            status.installing,
            Installing::Idle | Installing::Failed { .. }
        );
        if let (Some(offer), UpdatePolicy::Night, true) = (offer, status.policy, idle)
            && let Err(error) = self.install(&offer.id).await
        {
            tracing::warn!(%error, version = offer.version, "no update tonight");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: u64 = 60_000;

    fn at(time: &str) -> UnixMs {
        let time: Timestamp = time.parse().unwrap();
        time.as_millisecond().cast_unsigned()
    }

    fn due(time: &str, zone: &str) -> bool {
        is_due(at(time), &TimeZone::get(zone).unwrap(), 0, None)
    }

    #[test]
    fn once_a_night_and_not_by_day() {
        let day = 24 * HOUR_MS;
        let is_due = |minute_of_day: u64, offset, last, day: u64| {
            is_due(
                day + minute_of_day * MINUTE_MS,
                &TimeZone::UTC,
                offset,
                last,
            )
        };
        assert!(is_due(3 * 60, 0, None, day));
        assert!(!is_due(2 * 60 + 59, 0, None, day));
        assert!(!is_due(5 * 60, 0, None, day));
        assert!(
            !is_due(3 * 60 + 10, 30, None, day),
            "this box is a later one"
        );
        assert!(
            is_due(3 * 60 + 30, 30 + 60, None, day),
            "the offset goes round"
        );
        assert!(
            !is_due(4 * 60, 0, Some(day + 3 * HOUR_MS), day),
            "tonight already"
        );
        assert!(is_due(3 * 60, 0, Some(day + 3 * HOUR_MS), 2 * day));
        assert!(
            is_due(3 * 60, 0, Some(50 * day), day),
            "the clock was wrong before"
        );
    }

    /// A box in Vladivostok looked for updates at one in the afternoon.
    #[test]
    fn the_night_is_the_households() {
        let night = [
            ("2026-11-28T17:30:00Z", "Asia/Vladivostok"),
            ("2026-11-29T03:30:00Z", "UTC"),
            ("2026-11-29T08:30:00Z", "America/New_York"),
        ];
        for (time, its) in night {
            for (_, zone) in night {
                assert_eq!(due(time, zone), zone == its, "{time} in {zone}");
            }
        }
    }

    #[test]
    fn a_change_of_clocks_costs_no_night_and_gives_none_twice() {
        let new_york = "America/New_York";
        assert!(due("2026-07-01T07:30:00Z", new_york), "summer");
        assert!(!due("2026-07-01T06:30:00Z", new_york));

        // 02:00 is 03:00 at once; in autumn 03:00 is 02:00 once more.
        let berlin = "Europe/Berlin";
        assert!(!due("2026-03-29T00:59:00Z", berlin));
        assert!(due("2026-03-29T01:00:00Z", berlin));
        assert!(!due("2026-10-25T00:59:00Z", berlin));
        assert!(!due("2026-10-25T01:30:00Z", berlin));
        assert!(due("2026-10-25T02:00:00Z", berlin));

        // Where 03:00 becomes 04:00, the latest box still has its night; where 04:00 becomes 03:00,
        // nobody has two.
        let athens = TimeZone::get("Europe/Athens").unwrap();
        assert!(is_due(at("2026-03-29T01:00:00Z"), &athens, 59, None));
        let first = at("2026-10-25T00:10:00Z");
        assert!(is_due(first, &athens, 0, None));
        assert!(!is_due(first + HOUR_MS, &athens, 0, Some(first)));
    }
}
