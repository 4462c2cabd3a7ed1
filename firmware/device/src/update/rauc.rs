//! RAUC over D-Bus: it alone holds the keyring and writes slots. Its interface is
//! `de.pengutronix.rauc.Installer`.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::StreamExt;
use hearth_model::SlotStatus;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use zbus::{
    Connection,
    proxy::CacheProperties,
    zvariant::{OwnedValue, Value},
};

use super::{Bundle, System, reasons};
use crate::{Error, Refusal, bus::Bus};

const SERVICE: &str = "the system's update service (RAUC)";
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Found idle this often in a row without a word of its end: it died and was started again.
const IDLE_LOOKS: u32 = 6;
/// RAUC itself waits without end for a server that takes its connection and then says nothing, and
/// answers nobody meanwhile.
const INSPECTED_WITHIN: Duration = Duration::from_secs(45);
const UNIT: &str = "rauc.service";

#[zbus::proxy(
    interface = "de.pengutronix.rauc.Installer",
    default_service = "de.pengutronix.rauc",
    default_path = "/",
    gen_blocking = false
)]
trait Installer {
    fn install_bundle(&self, source: &str, args: HashMap<&str, Value<'_>>) -> zbus::Result<()>;
    fn inspect_bundle(
        &self,
        source: &str,
        args: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<HashMap<String, OwnedValue>>;
    fn mark(&self, state: &str, slot_identifier: &str) -> zbus::Result<(String, String)>;
    fn get_slot_status(&self) -> zbus::Result<Vec<(String, HashMap<String, OwnedValue>)>>;
    #[zbus(property)]
    fn operation(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn last_error(&self) -> zbus::Result<String>;
    /// Percents, what is being done, and how deep inside it that is.
    #[zbus(property)]
    fn progress(&self) -> zbus::Result<(i32, String, i32)>;
    #[zbus(property)]
    fn compatible(&self) -> zbus::Result<String>;
    #[zbus(signal)]
    fn completed(&self, result: i32) -> zbus::Result<()>;
}

#[derive(Debug, Clone)]
pub struct Rauc {
    bus: Bus,
    /// As RAUC told them last: while it writes one, it does not.
    slots: Arc<Mutex<Vec<SlotStatus>>>,
}

impl Rauc {
    pub(crate) fn new(bus: Bus) -> Self {
        Self {
            bus,
            slots: Arc::default(),
        }
    }

    fn slots(&self) -> MutexGuard<'_, Vec<SlotStatus>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn installer(connection: &Connection) -> zbus::Result<InstallerProxy<'static>> {
        InstallerProxy::builder(connection)
            .cache_properties(CacheProperties::No)
            .build()
            .await
    }

    pub(super) async fn system(&self) -> Result<System, Error> {
        let connection = self.bus.connection().await?;
        let asked = async {
            let rauc = Self::installer(&connection).await?;
            let compatible = rauc.compatible().await?;
            match rauc.get_slot_status().await {
                Ok(slots) => *self.slots() = slots_of(&slots),
                Err(error) if refusal_of(&error) == Some(Refusal::Busy) => {}
                Err(error) => return Err(error),
            }
            Ok(compatible)
        };
        match asked.await {
            Ok(compatible) => Ok(System {
                compatible,
                slots: self.slots().clone(),
            }),
            Err(error) => Err(self.bus.failed(SERVICE, error).await),
        }
    }

    pub(super) async fn inspect(&self, source: &str) -> Result<Bundle, Error> {
        let connection = self.bus.connection().await?;
        let asked = async {
            let rauc = Self::installer(&connection).await?;
            rauc.inspect_bundle(source, HashMap::new()).await
        };
        let info = match timeout(INSPECTED_WITHIN, asked).await {
            Ok(Ok(info)) => info,
            Ok(Err(error)) => return Err(self.refused(error).await),
            Err(_) => {
                tracing::warn!("RAUC does not come back from a bundle: it is started anew");
                if let Err(error) = restart(&connection).await {
                    tracing::warn!(%error, "RAUC could not be started anew");
                }
                return Err(Refusal::Unreachable.into());
            }
        };
        bundle_of(&info).ok_or_else(|| {
            tracing::warn!("a bundle's manifest lacks what every bundle of this house has");
            Refusal::Plain.into()
        })
    }

    pub(super) async fn install(
        &self,
        source: &str,
        manifest_hash: &str,
        progress: &mut (dyn FnMut(u8) + Send),
    ) -> Result<(), Error> {
        let connection = self.bus.connection().await?;
        match Self::run(&connection, source, manifest_hash, progress).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refusal)) => Err(refusal.into()),
            Err(error) => Err(self.refused(error).await),
        }
    }

    /// Waits until nothing is written any more that somebody else ordered.
    pub(super) async fn follow(&self, progress: &mut (dyn FnMut(u8) + Send)) -> Result<(), Error> {
        let connection = self.bus.connection().await?;
        let asked = async {
            let rauc = Self::installer(&connection).await?;
            while rauc.operation().await? != "idle" {
                let (percent, _, _) = rauc.progress().await?;
                progress(percent.clamp(0, 100) as u8);
                sleep(LOOK_EVERY).await;
            }
            Ok(())
        };
        match asked.await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.bus.failed(SERVICE, error).await),
        }
    }

    async fn run(
        connection: &Connection,
        source: &str,
        manifest_hash: &str,
        progress: &mut (dyn FnMut(u8) + Send),
    ) -> zbus::Result<Result<(), Refusal>> {
        let rauc = Self::installer(connection).await?;
        // Before the call: a refusal comes quickly.
        let mut completed = rauc.receive_completed().await?;
        // The bundle that was looked at is the one that is written, whatever lies there by now.
        let args = HashMap::from([("require-manifest-hash", Value::from(manifest_hash))]);
        rauc.install_bundle(source, args).await?;
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut idle = 0;
        loop {
            tokio::select! {
                biased;
                word = completed.next() => {
                    let Some(word) = word else { return Ok(Err(Refusal::Interrupted)) };
                    if word.args()?.result == 0 {
                        progress(100);
                        return Ok(Ok(()));
                    }
                    let sentence = rauc.last_error().await?;
                    tracing::warn!(sentence, "RAUC refused or failed");
                    return Ok(Err(reasons::refusal(&sentence)));
                }
                _ = looks.tick() => {
                    if rauc.operation().await? == "idle" {
                        idle += 1;
                        if idle >= IDLE_LOOKS {
                            return Ok(Err(Refusal::Interrupted));
                        }
                        continue;
                    }
                    idle = 0;
                    let (percent, _, _) = rauc.progress().await?;
                    progress(percent.clamp(0, 100) as u8);
                }
            }
        }
    }

    pub(super) async fn confirm(&self) -> Result<(), Error> {
        let connection = self.bus.connection().await?;
        let asked = async {
            let rauc = Self::installer(&connection).await?;
            rauc.mark("good", "booted").await
        };
        match asked.await {
            Ok((slot, _)) => {
                tracing::info!(slot, "this slot is confirmed");
                Ok(())
            }
            Err(error) => Err(self.bus.failed(SERVICE, error).await),
        }
    }

    async fn refused(&self, error: zbus::Error) -> Error {
        if let Some(refusal) = refusal_of(&error) {
            tracing::warn!(%error, "RAUC refused");
            return refusal.into();
        }
        self.bus.failed(SERVICE, error).await
    }
}

/// RAUC says what it does not like as the text of a plain failure.
fn refusal_of(error: &zbus::Error) -> Option<Refusal> {
    match error {
        zbus::Error::MethodError(name, Some(sentence), _)
            if name.starts_with("org.gtk.GDBus") || name.ends_with(".Error.Failed") =>
        {
            Some(reasons::refusal(sentence))
        }
        _ => None,
    }
}

async fn restart(connection: &Connection) -> zbus::Result<()> {
    connection
        .call_method(
            Some("org.freedesktop.systemd1"),
            "/org/freedesktop/systemd1",
            Some("org.freedesktop.systemd1.Manager"),
            "RestartUnit",
            &(UNIT, "replace"),
        )
        .await?;
    Ok(())
}

fn text(values: &HashMap<String, OwnedValue>, key: &str) -> Option<String> {
    values
        .get(key)
        .and_then(|value| String::try_from(value.clone()).ok())
}

/// The slots that can be booted, by what the boot loader calls them.
fn slots_of(slots: &[(String, HashMap<String, OwnedValue>)]) -> Vec<SlotStatus> {
    let mut found: Vec<SlotStatus> = slots
        .iter()
        .filter_map(|(_, slot)| {
            Some(SlotStatus {
                name: text(slot, "bootname")?,
                booted: text(slot, "state").as_deref() == Some("booted"),
                good: text(slot, "boot-status").as_deref() == Some("good"),
                version: text(slot, "bundle.version"),
            })
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn bundle_of(info: &HashMap<String, OwnedValue>) -> Option<Bundle> {
    let inner = |key: &str| {
        // RAUC lays a variant into the variant that each value of such a map is.
        let mut value = Value::from(info.get(key)?.clone());
        while let Value::Value(wrapped) = value {
            value = *wrapped;
        }
        HashMap::<String, OwnedValue>::try_from(value.try_into_owned().ok()?).ok()
    };
    let (update, bundle) = (inner("update")?, inner("bundle")?);
    Some(Bundle {
        compatible: text(&update, "compatible")?,
        version: text(&update, "version")?,
        format: text(&bundle, "format")?,
        manifest_hash: text(info, "manifest-hash")?,
    })
}
