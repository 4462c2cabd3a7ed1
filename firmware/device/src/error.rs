//! What can go wrong with the box's parts, each with a stable slug.

use hearth_model::Slug;

/// Why an update was not taken, whoever refused it: the channel's check, the bundle's, or RAUC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the list of updates is not signed by anybody this box trusts")]
    ChannelUnsigned,
    #[error("the list of updates cannot be read")]
    ChannelUnreadable,
    #[error(
        "the list of updates is older than one this box has seen: somebody may be replaying it"
    )]
    ChannelReplayed,
    #[error("the list of updates has expired; check the box's clock, or ask who publishes it")]
    ChannelExpired,
    #[error("this image has no key to check the list of updates with")]
    ChannelKeyMissing,
    #[error("the update is not signed")]
    Unsigned,
    #[error("the update is signed by nobody this box trusts, or was changed after it was signed")]
    Untrusted,
    #[error("the update arrived damaged, or was changed on the way")]
    Damaged,
    #[error("the update is of a format this box does not take")]
    Plain,
    #[error("the update is older than what runs")]
    Older,
    #[error("this version runs already")]
    Same,
    #[error("the update's version cannot be read")]
    VersionUnreadable,
    #[error("the update is for another kind of box")]
    WrongBoard,
    #[error("this is not the update that was announced")]
    Swapped,
    #[error("the update's server does not answer")]
    Unreachable,
    #[error("an update is being installed already")]
    Busy,
    #[error("what runs is new itself and has not stood its test yet; try again in a few minutes")]
    OnTrial,
    #[error("the installation was cut short; install it again")]
    Interrupted,
    #[error("the disk could not be written; it may be failing")]
    DiskFailed,
    #[error("the update could not be installed; the box's log says more")]
    Failed,
}

impl Refusal {
    pub fn slug(self) -> Slug {
        match self {
            Self::ChannelUnsigned => Slug::ChannelUnsigned,
            Self::ChannelUnreadable => Slug::ChannelUnreadable,
            Self::ChannelReplayed => Slug::ChannelReplayed,
            Self::ChannelExpired => Slug::ChannelExpired,
            Self::ChannelKeyMissing => Slug::ChannelKeyMissing,
            Self::Unsigned => Slug::BundleUnsigned,
            Self::Untrusted => Slug::BundleUntrusted,
            Self::Damaged => Slug::BundleDamaged,
            Self::Plain => Slug::BundlePlain,
            Self::Older => Slug::BundleOlder,
            Self::Same => Slug::BundleSame,
            Self::VersionUnreadable => Slug::BundleVersionUnreadable,
            Self::WrongBoard => Slug::BundleWrongBoard,
            Self::Swapped => Slug::BundleSwapped,
            Self::Unreachable => Slug::BundleUnreachable,
            Self::Busy => Slug::UpdateBusy,
            Self::OnTrial => Slug::UpdateOnTrial,
            Self::Interrupted => Slug::UpdateInterrupted,
            Self::DiskFailed => Slug::UpdateDiskFailed,
            Self::Failed => Slug::UpdateFailed,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The part is not there; the sentence says which and why.
    #[error("{0}")]
    Missing(String),
    #[error("{service} does not let Hearth do this")]
    Denied { service: &'static str },
    #[error("{service} did not do what it was asked")]
    Bus {
        service: &'static str,
        #[source]
        source: Box<zbus::Error>,
    },
    #[error(transparent)]
    Update(#[from] Refusal),
    #[error("the channel's address could not be read")]
    Fetch(#[from] hearth_fetch::Error),
    #[error("there is no wireless network of that name near; look again")]
    WifiUnknown,
    #[error("a password has 8 to 63 letters")]
    WifiPasswordLength,
    #[error("this network needs a password")]
    WifiPasswordNeeded,
    #[error("the password is wrong")]
    WifiPasswordWrong,
    #[error("this kind of network cannot be joined from here: use WPA2 or WPA3 with a password")]
    WifiUnsupported,
    #[error("the network gave the box no address; restart the router and try again")]
    WifiNoAddress,
    #[error("the network could not be joined; move the box nearer, or check the password")]
    WifiFailed,
    #[error("the box has nothing to reach wireless networks with")]
    WifiMissing,
}

impl Error {
    pub fn slug(&self) -> Slug {
        match self {
            Self::Missing(_) => Slug::DeviceMissing,
            Self::Denied { .. } => Slug::DeviceDenied,
            Self::Bus { .. } => Slug::DeviceFailed,
            Self::Update(refusal) => refusal.slug(),
            Self::Fetch(_) => Slug::ChannelUnreachable,
            Self::WifiUnknown => Slug::WifiUnknown,
            Self::WifiPasswordLength => Slug::WifiPasswordLength,
            Self::WifiPasswordNeeded => Slug::WifiPasswordNeeded,
            Self::WifiPasswordWrong => Slug::WifiPasswordWrong,
            Self::WifiUnsupported => Slug::WifiUnsupported,
            Self::WifiNoAddress => Slug::WifiNoAddress,
            Self::WifiFailed => Slug::WifiFailed,
            Self::WifiMissing => Slug::WifiMissing,
        }
    }
}
