//! The box as a thing of its own: its parts, its network, its updates. What the TV, the phone and
//! the command line are told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Language, Slug, UnixMs};

/// Who signed what this box runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Authority {
    /// Nobody: not a box's image.
    #[default]
    None,
    /// A key made by whoever built the image: fit for trying things out, for nothing else.
    Development,
    Release,
}

/// The box, for the page about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BoxDetail {
    /// `rpi`, `generic-arm64`; empty where this is no box's image.
    pub board: String,
    /// The version of the whole image; that of the programs where there is none.
    pub version: String,
    /// The half of the disk that runs: `A` or `B`.
    pub slot: Option<String>,
    pub authority: Authority,
    /// Whether the box can be restarted and switched off from here.
    pub power: PowerStatus,
    /// Whether somebody has gone through the first set-up.
    pub set_up: bool,
    /// Whose days and nights the house goes by, as `Asia/Vladivostok`; absent until somebody told.
    pub time_zone: Option<String>,
    /// What was chosen on its own TV.
    // A TV elsewhere in the house may be newer than its box.
    #[serde(default)]
    pub tv: TvChoices,
}

/// What was chosen on the box's own TV; absent is what nobody chose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TvChoices {
    pub language: Option<Language>,
    /// No animations.
    pub reduced_motion: Option<bool>,
}

impl TvChoices {
    /// These, and of the others what these leave open.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            language: self.language.or(others.language),
            reduced_motion: self.reduced_motion.or(others.reduced_motion),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PowerStatus {
    /// Why there is nothing to switch; absent when there is.
    pub missing: Option<String>,
    pub can_restart: bool,
    pub can_power_off: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PowerAction {
    Restart,
    PowerOff,
}

/// How far the box reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    #[default]
    Offline,
    Connecting,
    /// The home network, but not the internet.
    Home,
    Internet,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NetworkStatus {
    /// Why the network is not this box's business; absent when it is.
    pub missing: Option<String>,
    pub reach: Reach,
    /// Whether a cable is in and has a network.
    pub wired: bool,
    /// Whether there is anything to find wireless networks with.
    pub has_wifi: bool,
    /// The wireless network the box is in.
    pub wifi: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WifiSecurity {
    Open,
    /// A password.
    Personal,
    /// WEP, or a sign-in with name and certificate: not joined from here.
    Unsupported,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WifiNetwork {
    pub name: String,
    /// 0 to 100.
    pub strength: u8,
    pub security: WifiSecurity,
    pub joined: bool,
    /// Its password is kept already.
    pub known: bool,
}

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notes {
    #[serde(default)]
    pub ru: String,
    #[serde(default)]
    pub en: String,
}

impl Notes {
    pub fn best(&self, language: Language) -> &str {
        let (first, second) = match language {
            Language::Ru => (&self.ru, &self.en),
            Language::En => (&self.en, &self.ru),
        };
        if first.is_empty() { second } else { first }
    }
}

/// Where an update lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UpdateFrom {
    /// The channel's server.
    Channel,
    /// A USB stick.
    Stick,
}

/// An update that can be installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UpdateOffer {
    /// Says which to install: the hash of the bundle's manifest.
    pub id: String,
    pub from: UpdateFrom,
    pub version: String,
    pub size_bytes: u64,
    pub notes: Notes,
    /// The file's name, of one on a stick.
    pub file: Option<String>,
}

/// Something that was refused or failed, as in a problem's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Trouble {
    /// Stable, for programs.
    #[schema(value_type = Slug)]
    pub slug: String,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Installing {
    #[default]
    Idle,
    /// Being written to the other half of the disk.
    Running {
        version: String,
        percent: u8,
    },
    /// Written; the next start is from it.
    Ready {
        version: String,
    },
    Failed {
        version: String,
        trouble: Trouble,
    },
}

/// When updates are written to the other half of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UpdatePolicy {
    /// At night, by itself; it runs from the next start on.
    #[default]
    Night,
    /// When somebody says so.
    Ask,
}

/// One half of the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotStatus {
    /// `A`, `B`.
    pub name: String,
    pub booted: bool,
    pub good: bool,
    pub version: Option<String>,
}

/// How the box stands to the slot it runs from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Confirmation {
    /// No slots here.
    #[default]
    None,
    /// A new one has to show what it can: what it has not shown yet.
    Waiting {
        missing: Vec<String>,
    },
    Confirmed,
}

/// An update that the box went back from: it did not stand its test, or its owner chose so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolledBack {
    pub version: String,
    /// What it failed to show: `frame`, `media`, `api`, `store`; `start` when it did not even
    /// begin to, or what the boot scripts saw: `hearthd-died`, `hearth-tv-died`, `not-confirmed`
    /// in time, `stopped-suddenly`. `left-by-owner`: it failed at nothing, the version before was
    /// chosen on the TV.
    pub missing: Vec<String>,
    pub at: UnixMs,
}

impl RolledBack {
    pub const LEFT_BY_OWNER: &str = "left-by-owner";

    pub fn is_by_owner(&self) -> bool {
        self.missing == [Self::LEFT_BY_OWNER]
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UpdateStatus {
    /// Why this box is not updated from here; absent when it is.
    pub missing: Option<String>,
    /// What runs.
    pub version: String,
    pub slots: Vec<SlotStatus>,
    pub confirmation: Confirmation,
    pub rolled_back: Option<RolledBack>,
    /// The channel's server; absent when there is none.
    pub channel: Option<String>,
    pub checked_at: Option<UnixMs>,
    /// Why the last look did not succeed.
    pub trouble: Option<Trouble>,
    pub offers: Vec<UpdateOffer>,
    pub installing: Installing,
    pub policy: UpdatePolicy,
}

/// What a TV drew its first frame on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Surface {
    Display,
    /// No display is connected, or none was asked for.
    Memory,
}
