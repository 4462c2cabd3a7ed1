//! logind over D-Bus. Whether Hearth's user may is polkit's decision on the box.

use hearth_model::{PowerAction, PowerStatus};

use crate::{Error, bus::Bus};

const SERVICE: &str = "the system's power service (logind)";

#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1",
    gen_blocking = false
)]
trait Manager {
    fn reboot(&self, interactive: bool) -> zbus::Result<()>;
    fn power_off(&self, interactive: bool) -> zbus::Result<()>;
    /// `yes`, `no`, `challenge` or `na`.
    fn can_reboot(&self) -> zbus::Result<String>;
    fn can_power_off(&self) -> zbus::Result<String>;
}

#[derive(Debug, Clone)]
pub struct Logind(Bus);

impl Logind {
    pub(crate) fn new(bus: Bus) -> Self {
        Self(bus)
    }

    pub(super) async fn status(&self) -> Result<PowerStatus, Error> {
        let connection = self.0.connection().await?;
        let asked = async {
            let manager = ManagerProxy::new(&connection).await?;
            Ok((manager.can_reboot().await?, manager.can_power_off().await?))
        };
        match asked.await {
            Ok((restart, power_off)) => Ok(PowerStatus {
                missing: None,
                // Nobody is there to answer a challenge.
                can_restart: restart == "yes",
                can_power_off: power_off == "yes",
            }),
            Err(error) => Err(self.0.failed(SERVICE, error).await),
        }
    }

    pub(super) async fn act(&self, action: PowerAction) -> Result<(), Error> {
        let connection = self.0.connection().await?;
        let asked = async {
            let manager = ManagerProxy::new(&connection).await?;
            match action {
                PowerAction::Restart => manager.reboot(false).await,
                PowerAction::PowerOff => manager.power_off(false).await,
            }
        };
        match asked.await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.0.failed(SERVICE, error).await),
        }
    }
}
