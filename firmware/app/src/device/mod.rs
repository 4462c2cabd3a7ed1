//! The box as a thing: what it is, its power, its network, its updates, its first set-up.

mod confirming;
mod nightly;
mod panel;
mod sticks;
mod time_zone;
mod tv;
mod tv_choices;
mod updates;

use std::{fs, path::Path};

use hearth_device::{Devices, Options, network::Password};
use hearth_model::{
    BoxDetail, Caller, NetworkStatus, PowerAction, ScreenKind, Surface, WifiNetwork,
};

pub(crate) use self::tv::TvLine;
pub use self::updates::Updates;
use crate::{App, Config, Error, ScreenHello, ScreenLine};

const SET_UP: &str = "device.set_up";
const OS_RELEASE: &str = "/usr/lib/os-release";

/// The licence of Hearth itself, where no image lists those of everything.
const OWN_LICENCE: &str = include_str!("../../../../LICENSE");

pub(crate) fn open(config: &Config) -> (Devices, String) {
    let device = &config.device;
    let version = version(&device.version, Path::new(OS_RELEASE));
    let devices = Devices::new(&Options {
        updates: device.updates,
        power: device.power,
        network: device.network,
        bus: device.bus.clone(),
        version: version.clone(),
    });
    (devices, version)
}

/// The image's version; that of the programs where there is none.
fn version(configured: &str, os_release: &Path) -> String {
    if !configured.is_empty() {
        return configured.to_owned();
    }
    fs::read_to_string(os_release)
        .ok()
        .and_then(|text| image_version(&text))
        .unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned())
}

/// `IMAGE_VERSION` of an image of ours; see os-release(5).
fn image_version(os_release: &str) -> Option<String> {
    let value = |key: &str| {
        let line = os_release
            .lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        Some(line.trim_matches(['"', '\'']).to_owned())
    };
    (value("IMAGE_ID")? == "hearth")
        .then(|| value("IMAGE_VERSION"))
        .flatten()
        .filter(|version| !version.is_empty())
}

impl App {
    pub async fn device(&self) -> BoxDetail {
        let device = &self.config.device;
        let slots = self
            .devices
            .updates
            .system()
            .await
            .map(|system| system.slots);
        BoxDetail {
            board: device.board.clone(),
            version: self.updates.version().to_owned(),
            slot: slots
                .unwrap_or_default()
                .into_iter()
                .find(|slot| slot.booted)
                .map(|slot| slot.name),
            authority: device.authority,
            power: self.devices.power.status().await,
            set_up: self.is_set_up(),
            time_zone: time_zone::kept(&self.store),
            tv: tv_choices::kept(&self.store),
        }
    }

    /// A machine that is no box needs none of it; on one, whoever paired a phone has been here.
    fn is_set_up(&self) -> bool {
        let kept = self.store.setting(SET_UP).unwrap_or_else(|error| {
            tracing::warn!(%error, "whether the box was set up is not known");
            None
        });
        self.config.device.board.is_empty() || kept.unwrap_or(false) || self.people.is_anybody()
    }

    pub fn set_up_done(&self) -> Result<(), Error> {
        Ok(self.store.set_setting(SET_UP, &true)?)
    }

    pub async fn power(&self, action: PowerAction) -> Result<(), Error> {
        tracing::info!(?action, "the owner asks for it");
        Ok(self.devices.power.act(action).await?)
    }

    pub async fn network(&self) -> NetworkStatus {
        self.devices.network.status().await
    }

    pub async fn wifi(&self, anew: bool) -> Result<Vec<WifiNetwork>, Error> {
        Ok(self.devices.network.wifi(anew).await?)
    }

    pub async fn join_wifi(&self, name: &str, password: Option<String>) -> Result<(), Error> {
        let password = password
            .filter(|password| !password.is_empty())
            .map(Password::new)
            .transpose()?;
        Ok(self.devices.network.join(name, password).await?)
    }

    /// A screen introduces itself; the box's own TV is also looked at for the slot's test.
    pub async fn screen_here(&self, hello: ScreenHello) -> Result<ScreenLine, Error> {
        let is_own_tv =
            hello.caller == Caller::Local && hello.kind == ScreenKind::Tv && !hello.passing;
        let mut line = self.sessions.screen_here(hello).await?;
        line.tv = is_own_tv.then(|| TvLine::new(self.updates.clone()));
        Ok(line)
    }

    /// The box's TV drew its first frame.
    pub fn frame_drawn(&self, surface: Surface) {
        self.updates.frame_drawn(surface);
    }

    /// The licences of everything in the image; Hearth's own where there is no image.
    pub fn licences(&self) -> Result<String, Error> {
        match fs::read_to_string(&self.config.device.licences) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(OWN_LICENCE.to_owned())
            }
            Err(error) => Err(Error::internal("read the licences")(error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_says_its_version_and_another_system_does_not() {
        let image = "ID=debian\nVERSION_ID=\"13\"\nIMAGE_ID=hearth\nIMAGE_VERSION=\"1.4.0\"\n";
        assert_eq!(image_version(image).as_deref(), Some("1.4.0"));
        assert_eq!(image_version(&image.replace("hearth", "kodi")), None);
        assert_eq!(image_version("ID=debian\n"), None);
        assert_eq!(version("9.9.9", Path::new("/nowhere")), "9.9.9");
        let own = version("", Path::new("/nowhere"));
        assert_eq!(own, env!("CARGO_PKG_VERSION"));
    }
}
