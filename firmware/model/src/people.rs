//! Who talks to the box: paired devices and accounts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AccountId, DeviceId, UnixMs};

/// A phone or browser that was paired by PIN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Device {
    pub id: DeviceId,
    pub name: String,
    pub paired_at: UnixMs,
}

/// A person with a name and a password. The password's hash never leaves the store's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    pub id: AccountId,
    pub username: String,
    pub created_at: UnixMs,
}

/// What pairing, registration, sign-in and refresh answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenPair {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    pub access_token: String,
    /// Seconds until `access_token` ends.
    pub expires_in: u64,
    pub refresh_token: String,
}
