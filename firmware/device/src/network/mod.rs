//! The box's way into the home network: what it is, which wireless networks are near, and joining
//! one. Passwords go to NetworkManager and nowhere else.

mod manager;
mod radio;
mod simulated;

use std::fmt;

use hearth_model::{NetworkStatus, WifiNetwork, WifiSecurity};

pub use self::{manager::Manager, simulated::Simulated};
use crate::{Error, backend::absent};

/// A password, never printed.
#[derive(Clone)]
pub struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Password {
    /// WPA's own rule: 8 to 63 letters, or the key itself as 64 hexadecimal digits.
    pub fn new(text: String) -> Result<Self, Error> {
        let key = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if key || (8..=63).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(Error::WifiPasswordLength)
        }
    }

    fn reveal(&self) -> &str {
        &self.0
    }
}

#[derive(Debug, Clone)]
pub enum Network {
    Absent,
    Manager(Manager),
    Simulated(Simulated),
}

impl Network {
    pub async fn status(&self) -> NetworkStatus {
        let asked = match self {
            Self::Absent => Err(absent("the network")),
            Self::Manager(manager) => manager.status().await,
            Self::Simulated(simulated) => Ok(simulated.status()),
        };
        asked.unwrap_or_else(|error| NetworkStatus {
            missing: Some(error.to_string()),
            ..NetworkStatus::default()
        })
    }

    /// The wireless networks near, the one joined first, then the strongest; `anew` looks around
    /// before it answers.
    pub async fn wifi(&self, anew: bool) -> Result<Vec<WifiNetwork>, Error> {
        match self {
            Self::Absent => Err(absent("the network")),
            Self::Manager(manager) => manager.wifi(anew).await,
            Self::Simulated(simulated) => Ok(simulated.wifi()),
        }
    }

    /// Joins a network and waits until it is in, or is not. Without a password a known one is
    /// joined with what is kept of it.
    pub async fn join(&self, name: &str, password: Option<Password>) -> Result<(), Error> {
        match self {
            Self::Absent => Err(absent("the network")),
            Self::Manager(manager) => manager.join(name, password).await,
            Self::Simulated(simulated) => simulated.join(name, password),
        }
    }
}

/// What can be said before any try.
fn check(network: &WifiNetwork, password: Option<&Password>) -> Result<(), Error> {
    match network.security {
        WifiSecurity::Unsupported => Err(Error::WifiUnsupported),
        WifiSecurity::Personal if password.is_none() && !network.known => {
            Err(Error::WifiPasswordNeeded)
        }
        WifiSecurity::Open | WifiSecurity::Personal => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_as_long_as_the_radio_takes_it_and_is_never_printed() {
        assert!(Password::new("1234567".into()).is_err());
        assert!(Password::new("x".repeat(64)).is_err(), "64 letters, no key");
        assert!(
            Password::new("a".repeat(64)).is_ok(),
            "64 digits are the key"
        );
        let password = Password::new("correct horse".into()).unwrap();
        assert_eq!(format!("{password:?}"), "…");
    }
}
