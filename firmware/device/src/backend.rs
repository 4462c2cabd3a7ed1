//! The one table of parts and what stands behind each.

use serde::{Deserialize, Serialize};

use crate::{
    Error,
    bus::Bus,
    network::{self, Network},
    power::{self, Power},
    update::{self, Updater},
};

/// What stands behind a part of the box. The board's file says `system`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Nothing: this machine is no box.
    #[default]
    None,
    /// The system's own service, over D-Bus.
    System,
    /// A twin in memory that behaves alike.
    Simulated,
}

/// Which backend each part has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    pub updates: Backend,
    pub power: Backend,
    pub network: Backend,
    /// A D-Bus address; the system bus where empty.
    pub bus: String,
    /// The version of the image that runs, for the simulated twin.
    pub version: String,
}

/// The parts of the box.
#[derive(Debug, Clone)]
pub struct Devices {
    pub updates: Updater,
    pub power: Power,
    pub network: Network,
}

impl Devices {
    /// Opens no connection yet: a service that starts later is found then.
    pub fn new(options: &Options) -> Self {
        let bus = Bus::new(&options.bus);
        Self {
            updates: match options.updates {
                Backend::None => Updater::Absent,
                Backend::System => Updater::Rauc(update::Rauc::new(bus.clone())),
                Backend::Simulated => Updater::Simulated(update::Simulated::new(&options.version)),
            },
            power: match options.power {
                Backend::None => Power::Absent,
                Backend::System => Power::Logind(power::Logind::new(bus.clone())),
                Backend::Simulated => Power::Simulated(power::Simulated::default()),
            },
            network: match options.network {
                Backend::None => Network::Absent,
                Backend::System => Network::Manager(network::Manager::new(bus)),
                Backend::Simulated => Network::Simulated(network::Simulated::default()),
            },
        }
    }
}

/// What a part says that is not there.
pub(crate) fn absent(part: &'static str) -> Error {
    Error::Missing(format!(
        "this machine is no Hearth box: {part} cannot be changed from here"
    ))
}
