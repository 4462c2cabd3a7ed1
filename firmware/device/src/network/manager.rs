//! NetworkManager over D-Bus. It keeps what it is told on the data partition and joins it again by
//! itself after every start.

use std::{collections::HashMap, time::Duration};

use futures_util::StreamExt;
use hearth_model::{NetworkStatus, WifiNetwork, WifiSecurity};
use tokio::time::{Instant, sleep, timeout};
use zbus::{
    Connection,
    proxy::CacheProperties,
    zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value},
};

use super::{
    Password, check,
    radio::{self, Heard},
};
use crate::{Error, bus::Bus};

const SERVICE: &str = "NetworkManager";
/// A router that is asked over a bad line takes its time.
const JOIN_WITHIN: Duration = Duration::from_secs(45);
const SCAN_WITHIN: Duration = Duration::from_secs(8);
const LOOK_EVERY: Duration = Duration::from_millis(250);

type Settings<'a> = HashMap<&'a str, HashMap<&'a str, Value<'a>>>;

#[zbus::proxy(
    interface = "org.freedesktop.NetworkManager",
    default_service = "org.freedesktop.NetworkManager",
    default_path = "/org/freedesktop/NetworkManager",
    gen_blocking = false
)]
trait Root {
    fn get_devices(&self) -> zbus::Result<Vec<OwnedObjectPath>>;
    fn activate_connection(
        &self,
        connection: &ObjectPath<'_>,
        device: &ObjectPath<'_>,
        specific_object: &ObjectPath<'_>,
    ) -> zbus::Result<OwnedObjectPath>;
    fn add_and_activate_connection(
        &self,
        settings: Settings<'_>,
        device: &ObjectPath<'_>,
        specific_object: &ObjectPath<'_>,
    ) -> zbus::Result<(OwnedObjectPath, OwnedObjectPath)>;
    #[zbus(property)]
    fn state(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn connectivity(&self) -> zbus::Result<u32>;
}

#[zbus::proxy(
    interface = "org.freedesktop.NetworkManager.Device",
    default_service = "org.freedesktop.NetworkManager",
    gen_blocking = false
)]
trait Device {
    #[zbus(property)]
    fn device_type(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn state(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn active_connection(&self) -> zbus::Result<OwnedObjectPath>;
    /// Not called what it is: `state` has taken that name for its own changes.
    #[zbus(signal, name = "StateChanged")]
    fn moved(&self, new_state: u32, old_state: u32, reason: u32) -> zbus::Result<()>;
}

#[zbus::proxy(
    interface = "org.freedesktop.NetworkManager.Device.Wireless",
    default_service = "org.freedesktop.NetworkManager",
    gen_blocking = false
)]
trait Wireless {
    fn get_all_access_points(&self) -> zbus::Result<Vec<OwnedObjectPath>>;
    fn request_scan(&self, options: HashMap<&str, Value<'_>>) -> zbus::Result<()>;
    /// Milliseconds of the boot clock; -1 for never.
    #[zbus(property)]
    fn last_scan(&self) -> zbus::Result<i64>;
}

#[zbus::proxy(
    interface = "org.freedesktop.NetworkManager.AccessPoint",
    default_service = "org.freedesktop.NetworkManager",
    gen_blocking = false
)]
trait AccessPoint {
    #[zbus(property)]
    fn ssid(&self) -> zbus::Result<Vec<u8>>;
    #[zbus(property)]
    fn strength(&self) -> zbus::Result<u8>;
    #[zbus(property)]
    fn flags(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn wpa_flags(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn rsn_flags(&self) -> zbus::Result<u32>;
}

#[zbus::proxy(
    interface = "org.freedesktop.NetworkManager.Connection.Active",
    default_service = "org.freedesktop.NetworkManager",
    gen_blocking = false
)]
trait Active {
    #[zbus(property)]
    fn id(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn specific_object(&self) -> zbus::Result<OwnedObjectPath>;
    /// 2 activated, 4 deactivated.
    #[zbus(property)]
    fn state(&self) -> zbus::Result<u32>;
}

#[zbus::proxy(
    interface = "org.freedesktop.NetworkManager.Settings",
    default_service = "org.freedesktop.NetworkManager",
    default_path = "/org/freedesktop/NetworkManager/Settings",
    gen_blocking = false
)]
trait Kept {
    fn list_connections(&self) -> zbus::Result<Vec<OwnedObjectPath>>;
}

#[zbus::proxy(
    interface = "org.freedesktop.NetworkManager.Settings.Connection",
    default_service = "org.freedesktop.NetworkManager",
    gen_blocking = false
)]
trait Profile {
    /// Without the secrets.
    fn get_settings(&self) -> zbus::Result<HashMap<String, HashMap<String, OwnedValue>>>;
    fn delete(&self) -> zbus::Result<()>;
}

/// A proxy at a path, which asks anew each time: what it tells changes under our feet.
macro_rules! at {
    ($proxy:ident, $connection:expr, $path:expr) => {
        $proxy::builder($connection)
            .path($path)?
            .cache_properties(CacheProperties::No)
            .build()
            .await?
    };
}

#[derive(Debug, Clone)]
pub struct Manager(Bus);

/// The wireless device, and what it hears.
struct Radio {
    device: OwnedObjectPath,
    heard: Vec<Heard>,
    joined: Option<String>,
    /// What is kept, by the network's name.
    kept: Vec<(String, OwnedObjectPath)>,
}

impl Radio {
    fn networks(&self) -> Vec<WifiNetwork> {
        let known: Vec<String> = self.kept.iter().map(|(name, _)| name.clone()).collect();
        radio::networks(&self.heard, self.joined.as_deref(), &known)
    }

    fn kept_of<'a>(&'a self, network: &'a str) -> impl Iterator<Item = &'a OwnedObjectPath> {
        let kept = self.kept.iter().filter(move |(name, _)| name == network);
        kept.map(|(_, path)| path)
    }
}

impl Manager {
    pub(crate) fn new(bus: Bus) -> Self {
        Self(bus)
    }

    async fn root(connection: &Connection) -> zbus::Result<RootProxy<'static>> {
        RootProxy::builder(connection)
            .cache_properties(CacheProperties::No)
            .build()
            .await
    }

    pub(super) async fn status(&self) -> Result<NetworkStatus, Error> {
        let connection = self.0.connection().await?;
        let asked = async {
            let root = Self::root(&connection).await?;
            let mut status = NetworkStatus {
                reach: radio::reach(root.state().await?, root.connectivity().await?),
                ..NetworkStatus::default()
            };
            for path in root.get_devices().await? {
                let device = at!(DeviceProxy, &connection, path);
                match device.device_type().await? {
                    radio::ETHERNET => {
                        status.wired |= device.state().await? == radio::ACTIVATED;
                    }
                    radio::WIFI => {
                        status.has_wifi = true;
                        if device.state().await? == radio::ACTIVATED {
                            status.wifi = joined(&connection, &device).await?;
                        }
                    }
                    _ => {}
                }
            }
            Ok(status)
        };
        self.told(asked.await).await
    }

    pub(super) async fn wifi(&self, anew: bool) -> Result<Vec<WifiNetwork>, Error> {
        let connection = self.0.connection().await?;
        let found = self.told(find(&connection, anew).await).await?;
        Ok(found.ok_or(Error::WifiMissing)?.networks())
    }

    pub(super) async fn join(&self, name: &str, password: Option<Password>) -> Result<(), Error> {
        let connection = self.0.connection().await?;
        let found = self.told(find(&connection, false).await).await?;
        let radio = found.ok_or(Error::WifiMissing)?;
        let networks = radio.networks();
        let network = networks
            .iter()
            .find(|network| network.name == name)
            .ok_or(Error::WifiUnknown)?;
        check(network, password.as_ref())?;
        let transmitter = radio
            .heard
            .iter()
            .filter(|heard| heard.name() == name)
            .max_by_key(|heard| heard.strength)
            .ok_or(Error::WifiUnknown)?;
        let asked = async {
            let device = at!(DeviceProxy, &connection, &radio.device);
            // Before the call: why it fails is said once.
            let changes = device.receive_moved().await?;
            let (active, made) =
                activate(&connection, &radio, transmitter, network, password.as_ref()).await?;
            Ok((changes, at!(ActiveProxy, &connection, active), made))
        };
        let (changes, active, made) = self.told(asked.await).await?;
        let outcome = wait(&active, changes).await;
        if let Err(error) = &outcome {
            tracing::info!(slug = %error.slug(), "a wireless network was not joined");
        }
        if let Some(made) = made {
            // What was kept goes only for a password that is proven: NetworkManager falls back to
            // it by itself. A profile with a wrong one would be tried for ever.
            let useless: Vec<_> = match &outcome {
                Ok(()) => radio.kept_of(name).collect(),
                Err(_) => vec![&made],
            };
            for path in useless {
                if let Err(error) = delete(&connection, path).await {
                    tracing::warn!(%error, "a wireless network's useless profile stays behind");
                }
            }
        }
        outcome
    }

    async fn told<T>(&self, asked: zbus::Result<T>) -> Result<T, Error> {
        match asked {
            Ok(told) => Ok(told),
            Err(error) => Err(self.0.failed(SERVICE, error).await),
        }
    }
}

async fn joined(connection: &Connection, device: &DeviceProxy<'_>) -> zbus::Result<Option<String>> {
    let active = device.active_connection().await?;
    if active.as_str() == "/" {
        return Ok(None);
    }
    let active = at!(ActiveProxy, connection, active);
    let transmitter = active.specific_object().await?;
    if transmitter.as_str() == "/" {
        return active.id().await.map(Some);
    }
    let transmitter = at!(AccessPointProxy, connection, transmitter);
    let ssid = transmitter.ssid().await?;
    Ok(Some(String::from_utf8_lossy(&ssid).into_owned()))
}

async fn find(connection: &Connection, anew: bool) -> zbus::Result<Option<Radio>> {
    let root = Manager::root(connection).await?;
    for path in root.get_devices().await? {
        let device = at!(DeviceProxy, connection, path.clone());
        if device.device_type().await? != radio::WIFI {
            continue;
        }
        let wireless = at!(WirelessProxy, connection, path.clone());
        if anew {
            scan(&wireless).await;
        }
        let mut heard = Vec::new();
        for path in wireless.get_all_access_points().await? {
            // One that went out of reach meanwhile is no failure.
            match hear(connection, &path).await {
                Ok(one) => heard.push(one),
                Err(error) => tracing::debug!(%error, "a transmitter went away"),
            }
        }
        return Ok(Some(Radio {
            heard,
            joined: joined(connection, &device).await?,
            kept: kept(connection).await?,
            device: path,
        }));
    }
    Ok(None)
}

async fn hear(connection: &Connection, path: &OwnedObjectPath) -> zbus::Result<Heard> {
    let one = at!(AccessPointProxy, connection, path);
    Ok(Heard {
        path: path.to_string(),
        ssid: one.ssid().await?,
        strength: one.strength().await?,
        flags: one.flags().await?,
        wpa: one.wpa_flags().await?,
        rsn: one.rsn_flags().await?,
    })
}

/// Looks around. NetworkManager refuses to when it did a moment ago, which is as good.
async fn scan(wireless: &WirelessProxy<'_>) {
    let before = wireless.last_scan().await.ok();
    if let Err(error) = wireless.request_scan(HashMap::new()).await {
        tracing::debug!(%error, "no new look around");
        return;
    }
    let give_up = Instant::now() + SCAN_WITHIN;
    while before.is_some() && Instant::now() < give_up {
        if wireless.last_scan().await.ok() != before {
            return;
        }
        sleep(LOOK_EVERY).await;
    }
}

/// The wireless networks that are kept.
async fn kept(connection: &Connection) -> zbus::Result<Vec<(String, OwnedObjectPath)>> {
    let all = KeptProxy::new(connection).await?;
    let mut kept = Vec::new();
    for path in all.list_connections().await? {
        let profile = at!(ProfileProxy, connection, path.clone());
        let Ok(settings) = profile.get_settings().await else {
            continue;
        };
        let ssid = settings
            .get("802-11-wireless")
            .and_then(|wireless| wireless.get("ssid"))
            .and_then(|ssid| Vec::<u8>::try_from(ssid.clone()).ok());
        if let Some(ssid) = ssid {
            kept.push((String::from_utf8_lossy(&ssid).into_owned(), path));
        }
    }
    Ok(kept)
}

async fn delete(connection: &Connection, path: &OwnedObjectPath) -> zbus::Result<()> {
    at!(ProfileProxy, connection, path).delete().await
}

/// Until the connection stands or is given up.
async fn wait(active: &ActiveProxy<'_>, mut changes: StateChangedStream) -> Result<(), Error> {
    let give_up = Instant::now() + JOIN_WITHIN;
    let mut gone = false;
    loop {
        // The device's property is no answer: a moment after the failure it tells of what
        // NetworkManager does next.
        if let Ok(reason) = timeout(LOOK_EVERY, failure(&mut changes)).await {
            return Err(radio::why_not(reason));
        }
        if gone || Instant::now() >= give_up {
            return Err(Error::WifiFailed);
        }
        match active.state().await {
            Ok(2) => return Ok(()),
            // It is gone once it failed; the reason may still be on its way.
            Ok(4) | Err(_) => gone = true,
            Ok(_) => {}
        }
    }
}

/// The reason of the device's next failure.
async fn failure(changes: &mut StateChangedStream) -> u32 {
    while let Some(change) = changes.next().await {
        if let Ok(change) = change.args()
            && change.new_state == radio::FAILED
        {
            return change.reason;
        }
    }
    // The bus is gone, and the reason with it.
    0
}

/// Answers the active connection, and the profile where one was made.
async fn activate(
    connection: &Connection,
    radio: &Radio,
    transmitter: &Heard,
    network: &WifiNetwork,
    password: Option<&Password>,
) -> zbus::Result<(OwnedObjectPath, Option<OwnedObjectPath>)> {
    let root = Manager::root(connection).await?;
    let at = ObjectPath::try_from(transmitter.path.as_str())?;
    if let (Some(known), None) = (radio.kept_of(&network.name).next(), password) {
        let active = root.activate_connection(known, &radio.device, &at).await?;
        return Ok((active, None));
    }
    // NetworkManager fills in the rest from the transmitter.
    let mut settings: Settings<'_> = HashMap::from([(
        "connection",
        HashMap::from([
            ("id", Value::from(network.name.as_str())),
            ("type", Value::from("802-11-wireless")),
        ]),
    )]);
    if let (WifiSecurity::Personal, Some(password)) = (network.security, password) {
        settings.insert(
            "802-11-wireless-security",
            HashMap::from([
                ("key-mgmt", Value::from(transmitter.key_management())),
                ("psk", Value::from(password.reveal())),
            ]),
        );
    }
    let (made, active) = root
        .add_and_activate_connection(settings, &radio.device, &at)
        .await?;
    Ok((active, Some(made)))
}
