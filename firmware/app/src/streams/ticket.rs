//! Tickets: `ID.SIGNATURE`, the number of an open source and what the box signed in its name: the
//! source itself, or one address that a manifest of it named.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::people;

pub(super) type Signature = [u8; 32];

/// Holds the key, which lives as long as the process.
#[derive(Clone)]
pub(super) struct Signer(Hmac<Sha256>);

impl Signer {
    pub(super) fn new() -> Self {
        let key: [u8; 32] = people::random();
        Self(Hmac::new_from_slice(&key).expect("HMAC takes a key of any length"))
    }

    pub(super) fn sign(&self, id: u64, parts: &[&[u8]]) -> Signature {
        self.mac(id, parts).finalize().into_bytes().into()
    }

    pub(super) fn is_signed(&self, id: u64, parts: &[&[u8]], signature: &Signature) -> bool {
        self.mac(id, parts).verify_slice(signature).is_ok()
    }

    /// Each part with its length, so that no two lists of parts are one text.
    fn mac(&self, id: u64, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(&id.to_be_bytes());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

/// A path on the box.
pub(super) fn address(id: u64, signature: &Signature) -> String {
    let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
    format!("/api/v1/player/stream?ticket={id:016x}.{signature}")
}

pub(super) fn read(ticket: &str) -> Option<(u64, Signature)> {
    let (id, signature) = ticket.split_once('.')?;
    let digits = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if id.len() != 16 || !id.bytes().all(digits) {
        return None;
    }
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).ok()?;
    Some((
        u64::from_str_radix(id, 16).ok()?,
        signature.try_into().ok()?,
    ))
}
