//! The channel against whoever sits between the box and its server.

use ed25519_dalek::{
    Signer, SigningKey, pkcs8::EncodePublicKey, pkcs8::spki::der::pem::LineEnding,
};
use serde_json::{Value, json};

use super::*;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn pem(key: &SigningKey) -> String {
    key.verifying_key()
        .to_public_key_pem(LineEnding::LF)
        .unwrap()
}

fn list(serial: u64) -> Value {
    let release = |compatible: &str, version: &str| {
        json!({
            "compatible": compatible, "version": version, "bundle": format!("{version}.raucb"),
            "size_bytes": 200, "manifest_sha256": "ab".repeat(32),
            "notes": { "ru": "Новое", "en": "New" },
        })
    };
    json!({
        "serial": serial,
        "created": "2026-11-01T00:00:00Z",
        "expires": "2026-12-01T00:00:00Z",
        "releases": [
            release("hearth-rpi", "1.1.0"),
            release("hearth-rpi", "1.10.0"),
            release("hearth-rpi", "1.9.0"),
            release("hearth-generic-amd64", "7.0.0"),
        ],
    })
}

fn sealed(payload: &Value, payload_type: &str, key: &SigningKey) -> Value {
    let payload = payload.to_string();
    let signature = key.sign(&encoded(payload_type, payload.as_bytes()));
    json!({
        "payload": BASE64_STANDARD.encode(payload),
        "payloadType": payload_type,
        "signatures": [{ "keyid": "", "sig": BASE64_STANDARD.encode(signature.to_bytes()) }],
    })
}

fn opened(envelope: &Value, keys: &[VerifyingKey]) -> Result<Channel, Refusal> {
    open(envelope.to_string().as_bytes(), keys)
}

fn at(text: &str) -> u64 {
    text.parse::<Timestamp>().unwrap().as_millisecond() as u64
}

#[test]
fn a_signed_list_offers_the_newest_for_this_board() {
    let keys = keys(&format!("{}{}", pem(&key(9)), pem(&key(1)))).unwrap();
    let channel = opened(&sealed(&list(3), PAYLOAD_TYPE, &key(1)), &keys).unwrap();
    let release = channel.release("hearth-rpi", "1.2.0").unwrap().unwrap();
    assert_eq!(release.version, "1.10.0");
    assert_eq!(release.notes.ru, "Новое");
    let base: Url = "http://updates.example/hearth/stable.json".parse().unwrap();
    assert_eq!(
        release.address(&base).unwrap().as_str(),
        "http://updates.example/hearth/1.10.0.raucb"
    );
    assert_eq!(channel.release("hearth-rpi", "1.10.0").unwrap(), None);
    assert_eq!(channel.release("hearth-toaster", "0.1.0").unwrap(), None);
}

#[test]
fn nobody_elses_word_and_no_changed_word_is_taken() {
    let keys = keys(&pem(&key(1))).unwrap();
    let good = sealed(&list(3), PAYLOAD_TYPE, &key(1));
    assert!(opened(&good, &keys).is_ok());
    let stranger = sealed(&list(3), PAYLOAD_TYPE, &key(2));
    assert_eq!(opened(&stranger, &keys), Err(Refusal::ChannelUnsigned));
    let mut changed = good.clone();
    changed["payload"] = BASE64_STANDARD.encode(list(4).to_string()).into();
    assert_eq!(opened(&changed, &keys), Err(Refusal::ChannelUnsigned));
    let mut bare = good.clone();
    bare["signatures"] = json!([]);
    assert_eq!(opened(&bare, &keys), Err(Refusal::ChannelUnsigned));
    let other = sealed(&list(3), "application/json", &key(1));
    assert_eq!(
        opened(&other, &keys),
        Err(Refusal::ChannelUnsigned),
        "another kind of document of the same key"
    );
    assert_eq!(open(b"<html>", &keys), Err(Refusal::ChannelUnreadable));
    let half = sealed(&json!({ "serial": 1 }), PAYLOAD_TYPE, &key(1));
    assert_eq!(opened(&half, &keys), Err(Refusal::ChannelUnreadable));
    assert_eq!(super::keys(""), Err(Refusal::ChannelKeyMissing));
}

#[test]
fn an_old_list_is_not_taken_twice_and_a_frozen_one_ends() {
    let keys = keys(&pem(&key(1))).unwrap();
    let channel = |serial| opened(&sealed(&list(serial), PAYLOAD_TYPE, &key(1)), &keys).unwrap();
    let now = at("2026-11-15T00:00:00Z");
    let seen = channel(5).accept(None, now).unwrap();
    assert_eq!(seen.serial, 5);
    assert_eq!(
        channel(4).accept(Some(seen), now),
        Err(Refusal::ChannelReplayed)
    );
    assert!(channel(5).accept(Some(seen), now).is_ok(), "the same again");
    assert!(channel(6).accept(Some(seen), now).is_ok());
    let later = at("2026-12-01T00:00:01Z");
    assert_eq!(
        channel(6).accept(Some(seen), later),
        Err(Refusal::ChannelExpired)
    );
}

#[test]
fn abuse_31_a_box_without_a_clock_still_sees_replays() {
    let keys = keys(&pem(&key(1))).unwrap();
    let channel = |serial| opened(&sealed(&list(serial), PAYLOAD_TYPE, &key(1)), &keys).unwrap();
    let seen = channel(5)
        .accept(None, 0)
        .expect("1970 is no date to end by");
    assert_eq!(
        channel(4).accept(Some(seen), 0),
        Err(Refusal::ChannelReplayed)
    );
    // Ten years ahead everything has ended; the sentence names the clock.
    let ahead = at("2036-11-15T00:00:00Z");
    let refusal = channel(5).accept(Some(seen), ahead).unwrap_err();
    assert_eq!(refusal, Refusal::ChannelExpired);
    assert!(refusal.to_string().contains("clock"), "{refusal}");
    // A day behind is a bad clock, not no clock.
    let behind = at("2026-11-01T00:00:00Z") - DAY_MS / 2;
    assert!(channel(5).accept(Some(seen), behind).is_ok());
}

#[test]
fn a_bundle_lies_on_the_web_or_nowhere() {
    let channel: Url = "https://updates.example/stable.json".parse().unwrap();
    let mut release = Release {
        compatible: "hearth-rpi".into(),
        version: "1.0.0".into(),
        bundle: "file:///etc/shadow".into(),
        size_bytes: 1,
        manifest_sha256: String::new(),
        notes: Notes::default(),
    };
    assert_eq!(release.address(&channel), Err(Refusal::ChannelUnreadable));
    release.bundle = "https://elsewhere.example/x.raucb".into();
    assert!(release.address(&channel).is_ok());
}
