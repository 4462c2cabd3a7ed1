//! What NetworkManager's numbers mean. See nm-dbus-types in its manual.

use hearth_model::{Reach, WifiNetwork, WifiSecurity};

use crate::Error;

pub(super) const ETHERNET: u32 = 1;
pub(super) const WIFI: u32 = 2;
pub(super) const ACTIVATED: u32 = 100;
pub(super) const FAILED: u32 = 120;

/// What one transmitter says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heard {
    pub path: String,
    pub ssid: Vec<u8>,
    pub strength: u8,
    pub flags: u32,
    pub wpa: u32,
    pub rsn: u32,
}

const PRIVACY: u32 = 0x1;
const KEY_PSK: u32 = 0x100;
const KEY_802_1X: u32 = 0x200;
const KEY_SAE: u32 = 0x400;

impl Heard {
    pub(super) fn name(&self) -> String {
        String::from_utf8_lossy(&self.ssid).into_owned()
    }

    pub(super) fn security(&self) -> WifiSecurity {
        let keys = self.wpa | self.rsn;
        if keys & (KEY_PSK | KEY_SAE) != 0 {
            WifiSecurity::Personal
        } else if keys & KEY_802_1X != 0 || self.flags & PRIVACY != 0 && keys == 0 {
            WifiSecurity::Unsupported
        } else {
            WifiSecurity::Open
        }
    }

    /// How the password is used: `sae` where the network takes nothing older.
    pub(super) fn key_management(&self) -> &'static str {
        if (self.wpa | self.rsn) & KEY_PSK != 0 {
            "wpa-psk"
        } else {
            "sae"
        }
    }
}

/// One line a name, the joined one first, then the strongest. Nameless ones are hidden.
pub(super) fn networks(
    heard: &[Heard],
    joined: Option<&str>,
    known: &[String],
) -> Vec<WifiNetwork> {
    let mut networks: Vec<WifiNetwork> = Vec::new();
    for one in heard {
        let name = one.name();
        if name.trim_matches('\0').is_empty() {
            continue;
        }
        match networks.iter_mut().find(|network| network.name == name) {
            Some(network) => network.strength = network.strength.max(one.strength),
            None => networks.push(WifiNetwork {
                strength: one.strength.min(100),
                security: one.security(),
                joined: joined == Some(name.as_str()),
                known: known.contains(&name),
                name,
            }),
        }
    }
    networks.sort_by(|a, b| (b.joined, b.strength, &a.name).cmp(&(a.joined, a.strength, &b.name)));
    networks
}

/// From NetworkManager's `State` and `Connectivity`.
pub(super) fn reach(state: u32, connectivity: u32) -> Reach {
    match (state, connectivity) {
        (70, 0 | 4) => Reach::Internet,
        (50..=70, _) => Reach::Home,
        (40, _) => Reach::Connecting,
        _ => Reach::Offline,
    }
}

/// Why a network was not joined, from the reason in the device's `StateChanged`.
pub(super) fn why_not(reason: u32) -> Error {
    match reason {
        // No secrets: the one it had was refused, and nobody is there to be asked for another.
        // Those of the supplicant, 8 to 11, come as well of a weak signal.
        7 => Error::WifiPasswordWrong,
        5 | 15..=17 => Error::WifiNoAddress,
        53 => Error::WifiUnknown,
        _ => Error::WifiFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(name: &str, strength: u8, flags: u32, rsn: u32) -> Heard {
        Heard {
            path: String::new(),
            ssid: name.as_bytes().to_vec(),
            strength,
            flags,
            wpa: 0,
            rsn,
        }
    }

    #[test]
    fn security_is_read_from_the_flags() {
        let security = |flags, rsn| heard("x", 1, flags, rsn).security();
        assert_eq!(security(0, 0), WifiSecurity::Open);
        assert_eq!(security(1, 0), WifiSecurity::Unsupported, "WEP");
        assert_eq!(security(1, 0x188), WifiSecurity::Personal);
        assert_eq!(security(1, 0x488), WifiSecurity::Personal, "WPA3 alone");
        assert_eq!(security(1, 0x288), WifiSecurity::Unsupported, "a sign-in");
        assert_eq!(security(0, 0x888), WifiSecurity::Open, "OWE");
        assert_eq!(heard("x", 1, 1, 0x488).key_management(), "sae");
        assert_eq!(heard("x", 1, 1, 0x588).key_management(), "wpa-psk");
    }

    #[test]
    fn a_house_with_three_transmitters_is_one_line() {
        let heard = [
            heard("Café", 40, 1, 0x188),
            heard("Neighbour", 90, 1, 0x188),
            heard("Café", 70, 1, 0x188),
            heard("", 99, 1, 0x188),
        ];
        let lines = networks(&heard, Some("Café"), &["Café".into()]);
        let names: Vec<_> = lines
            .iter()
            .map(|line| (line.name.as_str(), line.strength, line.joined, line.known))
            .collect();
        assert_eq!(
            names,
            [("Café", 70, true, true), ("Neighbour", 90, false, false)]
        );
    }

    #[test]
    fn reach_and_reasons() {
        assert_eq!(reach(70, 4), Reach::Internet);
        assert_eq!(reach(70, 2), Reach::Home, "a portal is not the internet");
        assert_eq!(reach(60, 1), Reach::Home);
        assert_eq!(reach(40, 0), Reach::Connecting);
        assert_eq!(reach(20, 1), Reach::Offline);
        assert_eq!(why_not(7).slug().as_str(), "wifi-password-wrong");
        for reason in 8..=11 {
            assert_eq!(why_not(reason).slug().as_str(), "wifi-failed", "{reason}");
        }
        assert_eq!(why_not(53).slug().as_str(), "wifi-unknown");
        assert_eq!(why_not(5).slug().as_str(), "wifi-no-address");
        assert_eq!(why_not(1).slug().as_str(), "wifi-failed");
    }
}
