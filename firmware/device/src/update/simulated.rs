//! Updates in memory: two slots, and bundles that are small JSON files. A bundle's `trouble` is the
//! sentence RAUC would refuse it with.

use std::sync::{Arc, Mutex, PoisonError};

use hearth_model::SlotStatus;
use serde::Deserialize;

use super::{Bundle, System, reasons};
use crate::Refusal;

/// What every simulated box is.
pub const COMPATIBLE: &str = "hearth-simulated";

#[derive(Debug, Deserialize)]
struct File {
    compatible: String,
    version: String,
    #[serde(default)]
    trouble: String,
}

#[derive(Debug, Clone)]
pub struct Simulated(Arc<Mutex<Vec<SlotStatus>>>);

impl Simulated {
    pub(crate) fn new(version: &str) -> Self {
        let slot = |name: &str, booted, version: Option<&str>| SlotStatus {
            name: name.into(),
            booted,
            good: booted,
            version: version.map(str::to_owned),
        };
        Self(Arc::new(Mutex::new(vec![
            slot("A", true, Some(version)),
            slot("B", false, None),
        ])))
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, Vec<SlotStatus>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn system(&self) -> System {
        System {
            compatible: COMPATIBLE.into(),
            slots: self.slots().clone(),
        }
    }

    pub(super) fn inspect(source: &str) -> Result<Bundle, Refusal> {
        let text = std::fs::read_to_string(source).map_err(|_| Refusal::Unreachable)?;
        let file: File = serde_json::from_str(&text).map_err(|_| Refusal::Unsigned)?;
        if !file.trouble.is_empty() {
            return Err(reasons::refusal(&file.trouble));
        }
        Ok(Bundle {
            manifest_hash: format!("{}-{}", file.compatible, file.version),
            compatible: file.compatible,
            version: file.version,
            format: "verity".into(),
        })
    }

    pub(super) fn install(
        &self,
        source: &str,
        manifest_hash: &str,
        progress: &mut (dyn FnMut(u8) + Send),
    ) -> Result<(), Refusal> {
        let bundle = Self::inspect(source)?;
        if bundle.manifest_hash != manifest_hash {
            return Err(Refusal::Swapped);
        }
        for percent in [0, 50, 100] {
            progress(percent);
        }
        for slot in self.slots().iter_mut().filter(|slot| !slot.booted) {
            slot.version = Some(bundle.version.clone());
            slot.good = true;
        }
        Ok(())
    }

    pub(super) fn confirm(&self) {
        for slot in self.slots().iter_mut().filter(|slot| slot.booted) {
            slot.good = true;
        }
    }
}
