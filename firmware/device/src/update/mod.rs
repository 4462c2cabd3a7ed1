//! Updates: what may follow what, the signed channel, and RAUC, which writes them.

pub mod channel;
mod rauc;
mod reasons;
mod simulated;
mod version;

use hearth_model::SlotStatus;

pub use self::{
    rauc::Rauc,
    simulated::Simulated,
    version::{follows, read as read_version},
};
use crate::{Error, Refusal, backend::absent};

/// What a bundle says of itself, once its signature was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    pub compatible: String,
    pub version: String,
    /// `verity`.
    pub format: String,
    /// Of the signed manifest, which holds the root hash of all the rest.
    pub manifest_hash: String,
}

/// The system as RAUC knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    pub compatible: String,
    pub slots: Vec<SlotStatus>,
}

#[derive(Debug, Clone)]
pub enum Updater {
    Absent,
    Rauc(Rauc),
    Simulated(Simulated),
}

impl Updater {
    pub async fn system(&self) -> Result<System, Error> {
        match self {
            Self::Absent => Err(absent("the system")),
            Self::Rauc(rauc) => rauc.system().await,
            Self::Simulated(simulated) => Ok(simulated.system()),
        }
    }

    /// Reads a bundle, and checks its signature: at a path or an address.
    pub async fn inspect(&self, source: &str) -> Result<Bundle, Error> {
        match self {
            Self::Absent => Err(absent("the system")),
            Self::Rauc(rauc) => rauc.inspect(source).await,
            Self::Simulated(_) => Ok(Simulated::inspect(source)?),
        }
    }

    /// Writes the bundle with exactly this manifest to the other slot. `progress` hears percents.
    pub async fn install(
        &self,
        source: &str,
        manifest_hash: &str,
        progress: &mut (dyn FnMut(u8) + Send),
    ) -> Result<(), Error> {
        match self {
            Self::Absent => Err(absent("the system")),
            Self::Rauc(rauc) => rauc.install(source, manifest_hash, progress).await,
            Self::Simulated(simulated) => Ok(simulated.install(source, manifest_hash, progress)?),
        }
    }

    /// Waits for the end of an installation that was ordered before this program was started anew.
    pub async fn follow(&self, progress: &mut (dyn FnMut(u8) + Send)) -> Result<(), Error> {
        match self {
            Self::Rauc(rauc) => rauc.follow(progress).await,
            Self::Absent | Self::Simulated(_) => Ok(()),
        }
    }

    /// The slot that runs has stood its test.
    pub async fn confirm(&self) -> Result<(), Error> {
        match self {
            Self::Absent => Err(absent("the system")),
            Self::Rauc(rauc) => rauc.confirm().await,
            Self::Simulated(simulated) => {
                simulated.confirm();
                Ok(())
            }
        }
    }
}

/// Whether this bundle may be put on this system. RAUC checks the signature, and the board once
/// more; the version is our own rule.
pub fn admit(bundle: &Bundle, compatible: &str, running: &str) -> Result<(), Refusal> {
    if bundle.format != "verity" {
        return Err(Refusal::Plain);
    }
    if bundle.compatible != compatible {
        return Err(Refusal::WrongBoard);
    }
    follows(&bundle.version, running)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abuse_29_only_a_newer_verity_bundle_for_this_board_is_admitted() {
        let good = Bundle {
            compatible: "hearth-rpi".into(),
            version: "1.2.0".into(),
            format: "verity".into(),
            manifest_hash: "00".into(),
        };
        let admit = |bundle: &Bundle| admit(bundle, "hearth-rpi", "1.1.9");
        assert_eq!(admit(&good), Ok(()));
        let plain = Bundle {
            format: "plain".into(),
            ..good.clone()
        };
        assert_eq!(admit(&plain), Err(Refusal::Plain));
        let other = Bundle {
            compatible: "hearth-generic-arm64".into(),
            ..good.clone()
        };
        assert_eq!(admit(&other), Err(Refusal::WrongBoard));
        for (version, refusal) in [
            ("1.1.8", Refusal::Older),
            ("1.1.9", Refusal::Same),
            ("1.2.0-rc.1+x y", Refusal::VersionUnreadable),
            ("", Refusal::VersionUnreadable),
        ] {
            let bundle = Bundle {
                version: version.into(),
                ..good.clone()
            };
            assert_eq!(admit(&bundle), Err(refusal), "{version}");
        }
    }
}
