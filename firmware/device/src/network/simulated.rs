//! A network in memory: a cable that is in, and three wireless networks with one password.

use std::sync::{Arc, Mutex, PoisonError};

use hearth_model::{NetworkStatus, Reach, WifiNetwork, WifiSecurity};

use super::{Password, check};
use crate::Error;

/// The password of every simulated network.
pub const PASSWORD: &str = "simulated";

#[derive(Debug, Clone)]
pub struct Simulated(Arc<Mutex<Vec<WifiNetwork>>>);

impl Default for Simulated {
    fn default() -> Self {
        let network = |name: &str, strength, security| WifiNetwork {
            name: name.into(),
            strength,
            security,
            joined: false,
            known: false,
        };
        Self(Arc::new(Mutex::new(vec![
            network("Hearth at home", 82, WifiSecurity::Personal),
            network("Upstairs", 47, WifiSecurity::Personal),
            network("Café", 31, WifiSecurity::Open),
        ])))
    }
}

impl Simulated {
    pub(super) fn status(&self) -> NetworkStatus {
        let networks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        NetworkStatus {
            missing: None,
            reach: Reach::Internet,
            wired: true,
            has_wifi: true,
            wifi: networks
                .iter()
                .find(|network| network.joined)
                .map(|network| network.name.clone()),
        }
    }

    pub(super) fn wifi(&self) -> Vec<WifiNetwork> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn join(&self, name: &str, password: Option<Password>) -> Result<(), Error> {
        let mut networks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let network = networks
            .iter()
            .find(|network| network.name == name)
            .ok_or(Error::WifiUnknown)?;
        check(network, password.as_ref())?;
        if network.security == WifiSecurity::Personal
            && password.is_some_and(|password| password.reveal() != PASSWORD)
        {
            return Err(Error::WifiPasswordWrong);
        }
        for network in networks.iter_mut() {
            network.joined = network.name == name;
            network.known |= network.joined;
        }
        Ok(())
    }
}
