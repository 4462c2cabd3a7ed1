//! The channel: a signed list of what is published, in a DSSE envelope (Dead Simple Signing
//! Envelope, the in-toto project's): the exact bytes that were signed travel inside, so nothing
//! has to be put into a canonical form first.
//!
//! Against replays it carries a serial number that only grows, against being frozen a date on
//! which it ends. A box without a clock cannot see the second, and still sees the first.

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signature, VerifyingKey, pkcs8::DecodePublicKey};
use hearth_model::{Notes, UnixMs};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::version;
use crate::Refusal;

/// Signed with the payload: no other document of the same key passes for a channel.
pub const PAYLOAD_TYPE: &str = "application/vnd.hearth.channel+json";
/// How far a clock may be behind the channel's own before it is held to be wrong.
const CLOCK_SLACK_MS: u64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<Signed>,
}

#[derive(Debug, Deserialize)]
struct Signed {
    sig: String,
}

/// What the channel says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Channel {
    /// Grows with every list that is published.
    pub serial: u64,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub releases: Vec<Release>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Release {
    pub compatible: String,
    pub version: String,
    /// Where the bundle is: an address, or one relative to the channel's.
    pub bundle: String,
    pub size_bytes: u64,
    /// SHA-256 of the bundle's manifest, in hexadecimal: what `rauc info` prints.
    pub manifest_sha256: String,
    #[serde(default)]
    pub notes: Notes,
}

/// What a box remembers of the last list it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub serial: u64,
    pub created_ms: UnixMs,
}

/// The keys in a text of PEM blocks: several, so that one can take another's place.
pub fn keys(pem: &str) -> Result<Vec<VerifyingKey>, Refusal> {
    const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
    const END: &str = "-----END PUBLIC KEY-----";
    let keys: Result<Vec<_>, _> = pem
        .split_inclusive(END)
        .filter_map(|block| block.find(BEGIN).map(|at| &block[at..]))
        .map(VerifyingKey::from_public_key_pem)
        .collect();
    match keys {
        Ok(keys) if !keys.is_empty() => Ok(keys),
        _ => Err(Refusal::ChannelKeyMissing),
    }
}

/// Opens an envelope that one of `keys` signed.
pub fn open(envelope: &[u8], keys: &[VerifyingKey]) -> Result<Channel, Refusal> {
    let envelope: Envelope =
        serde_json::from_slice(envelope).map_err(|_| Refusal::ChannelUnreadable)?;
    let payload = BASE64_STANDARD
        .decode(&envelope.payload)
        .map_err(|_| Refusal::ChannelUnreadable)?;
    let message = encoded(&envelope.payload_type, &payload);
    let signed = envelope
        .signatures
        .iter()
        .filter_map(|signed| {
            let bytes = BASE64_STANDARD.decode(&signed.sig).ok()?;
            Signature::from_slice(&bytes).ok()
        })
        .any(|signature| {
            keys.iter()
                .any(|key| key.verify_strict(&message, &signature).is_ok())
        });
    if !signed || envelope.payload_type != PAYLOAD_TYPE {
        return Err(Refusal::ChannelUnsigned);
    }
    serde_json::from_slice(&payload).map_err(|error| {
        tracing::warn!(%error, "a signed channel is not understood");
        Refusal::ChannelUnreadable
    })
}

/// DSSE's pre-authentication encoding: what is signed.
pub fn encoded(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut message = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    message.extend_from_slice(payload);
    message
}

impl Channel {
    /// Takes this list, or says why not. Answers what is to be remembered.
    pub fn accept(&self, seen: Option<Seen>, now: UnixMs) -> Result<Seen, Refusal> {
        if seen.is_some_and(|seen| self.serial < seen.serial) {
            return Err(Refusal::ChannelReplayed);
        }
        let ms = |time: Timestamp| time.as_millisecond().max(0) as u64;
        let created_ms = ms(self.created);
        // Whoever signed it vouches that it is at least that late: an earlier clock is wrong, and
        // says nothing about the end.
        let clock_is_wrong = now + CLOCK_SLACK_MS < created_ms;
        if !clock_is_wrong && now > ms(self.expires) {
            return Err(Refusal::ChannelExpired);
        }
        Ok(Seen {
            serial: self.serial,
            created_ms,
        })
    }

    /// The newest release for this board that may follow what runs.
    pub fn release(&self, compatible: &str, running: &str) -> Result<Option<&Release>, Refusal> {
        version::read(running)?;
        let mut best: Option<(&Release, semver::Version)> = None;
        for release in &self.releases {
            if release.compatible != compatible
                || version::follows(&release.version, running).is_err()
            {
                continue;
            }
            let Ok(version) = version::read(&release.version) else {
                continue;
            };
            if best.as_ref().is_none_or(|(_, known)| *known < version) {
                best = Some((release, version));
            }
        }
        Ok(best.map(|(release, _)| release))
    }
}

impl Release {
    /// The bundle's whole address.
    pub fn address(&self, channel: &Url) -> Result<Url, Refusal> {
        let address = channel
            .join(&self.bundle)
            .map_err(|_| Refusal::ChannelUnreadable)?;
        if matches!(address.scheme(), "http" | "https") {
            Ok(address)
        } else {
            Err(Refusal::ChannelUnreadable)
        }
    }
}

#[cfg(test)]
#[path = "channel_tests.rs"]
mod tests;
