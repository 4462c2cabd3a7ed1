//! Nights: the box looks for updates, and writes one to the other slot if its owner lets it.

use std::{sync::Arc, time::Duration};

use hearth_model::{Installing, UnixMs, UpdateFrom, UpdatePolicy};
use jiff::{Timestamp, tz::TimeZone};

use super::updates::Updates;

const LOOK_EVERY: Duration = Duration::from_mins(5);
const HOUR_MS: u64 = 60 * 60 * 1000;
/// Night is from three to five.
const NIGHT: std::ops::Range<u32> = 3 * 60..5 * 60;
const ONCE_A_NIGHT_MS: u64 = 20 * HOUR_MS;

/// Whether tonight's look is due. `offset` spreads the boxes of the world over the night's first
/// half, so that no server meets them all at once.
fn is_due(minute_of_day: u32, offset: u32, last: Option<UnixMs>, now: UnixMs) -> bool {
    let start = NIGHT.start + offset % ((NIGHT.end - NIGHT.start) / 2);
    let rested = last.is_none_or(|last| now.abs_diff(last) >= ONCE_A_NIGHT_MS);
    (start..NIGHT.end).contains(&minute_of_day) && rested
}

fn minute_of_day(now: UnixMs) -> u32 {
    let time = Timestamp::from_millisecond(now.cast_signed()).unwrap_or_default();
    let local = time.to_zoned(TimeZone::system());
    u32::from(local.hour().unsigned_abs()) * 60 + u32::from(local.minute().unsigned_abs())
}

impl Updates {
    pub(super) async fn keep_nights(self: Arc<Self>) {
        let offset = rand::random::<u32>();
        let mut last = None;
        loop {
            let now = self.clock.wall();
            if is_due(minute_of_day(now), offset, last, now) {
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

    #[test]
    fn once_a_night_and_not_by_day() {
        let day = 24 * HOUR_MS;
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
            !is_due(4 * 60, 0, Some(day - HOUR_MS), day),
            "tonight already"
        );
        assert!(is_due(3 * 60, 0, Some(day), 2 * day));
        assert!(
            is_due(3 * 60, 0, Some(50 * day), day),
            "the clock was wrong before"
        );
    }
}
