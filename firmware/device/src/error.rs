//! What can go wrong with the box's parts, each with a stable slug.

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
    #[error("the installation was cut short; install it again")]
    Interrupted,
    #[error("the disk could not be written; it may be failing")]
    DiskFailed,
    #[error("the update could not be installed; the box's log says more")]
    Failed,
}

impl Refusal {
    pub fn slug(self) -> &'static str {
        match self {
            Self::ChannelUnsigned => "channel-unsigned",
            Self::ChannelUnreadable => "channel-unreadable",
            Self::ChannelReplayed => "channel-replayed",
            Self::ChannelExpired => "channel-expired",
            Self::ChannelKeyMissing => "channel-key-missing",
            Self::Unsigned => "bundle-unsigned",
            Self::Untrusted => "bundle-untrusted",
            Self::Damaged => "bundle-damaged",
            Self::Plain => "bundle-plain",
            Self::Older => "bundle-older",
            Self::Same => "bundle-same",
            Self::VersionUnreadable => "bundle-version-unreadable",
            Self::WrongBoard => "bundle-wrong-board",
            Self::Swapped => "bundle-swapped",
            Self::Unreachable => "bundle-unreachable",
            Self::Busy => "update-busy",
            Self::Interrupted => "update-interrupted",
            Self::DiskFailed => "update-disk-failed",
            Self::Failed => "update-failed",
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
    #[error("the network could not be joined; move the box nearer and try again")]
    WifiFailed,
    #[error("the box has nothing to reach wireless networks with")]
    WifiMissing,
}

impl Error {
    pub fn slug(&self) -> &'static str {
        match self {
            Self::Missing(_) => "device-missing",
            Self::Denied { .. } => "device-denied",
            Self::Bus { .. } => "device-failed",
            Self::Update(refusal) => refusal.slug(),
            Self::Fetch(_) => "channel-unreachable",
            Self::WifiUnknown => "wifi-unknown",
            Self::WifiPasswordLength => "wifi-password-length",
            Self::WifiPasswordNeeded => "wifi-password-needed",
            Self::WifiPasswordWrong => "wifi-password-wrong",
            Self::WifiUnsupported => "wifi-unsupported",
            Self::WifiNoAddress => "wifi-no-address",
            Self::WifiFailed => "wifi-failed",
            Self::WifiMissing => "wifi-missing",
        }
    }
}
