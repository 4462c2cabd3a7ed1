//! The household's time zone. A box's own system runs by UTC, and nobody should have to say where
//! it stands: the first phone or browser that opens the app tells. The owner may change it.

use std::sync::Arc;

use hearth_model::Caller;
use hearth_store::Store;
use jiff::tz::TimeZone;

use crate::{App, Error};

const SETTING: &str = "device.time_zone";

pub(super) fn kept(store: &Store) -> Option<String> {
    store.setting(SETTING).unwrap_or_else(|error| {
        tracing::warn!(%error, "the household's time zone is not known");
        None
    })
}

/// What days and nights go by: the system's zone until somebody told another.
pub(super) fn of_household(store: &Store) -> TimeZone {
    let Some(name) = kept(store) else {
        return TimeZone::system();
    };
    named(&name).unwrap_or_else(|_| {
        tracing::warn!(name, "this system does not know the household's time zone");
        TimeZone::system()
    })
}

fn named(name: &str) -> Result<TimeZone, Error> {
    TimeZone::get(name)
        .ok()
        .filter(|zone| !zone.is_unknown())
        .ok_or(Error::TimeZoneUnknown)
}

impl App {
    /// Anybody of the house tells the first one; only the owner changes it.
    pub async fn set_time_zone(self: &Arc<Self>, by: Caller, name: String) -> Result<(), Error> {
        let changed = self
            .blocking(move |app| {
                let zone = named(&name)?;
                let name = zone.iana_name().unwrap_or(&name);
                let kept: Option<String> = app.store.setting(SETTING)?;
                if kept.as_deref() == Some(name) {
                    return Ok(false);
                }
                if kept.is_some() && !app.people.is_owner(by) {
                    return Err(Error::NotOwner);
                }
                app.store.set_setting(SETTING, &name)?;
                tracing::info!(name, "the household's time zone");
                Ok(true)
            })
            .await?;
        if changed {
            self.sessions.box_changed().await;
        }
        Ok(())
    }
}
