//! Updates: the signed channel, RAUC's refusals, the slot's test.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use ed25519_dalek::{
    Signer, SigningKey,
    pkcs8::{EncodePublicKey, spki::der::pem::LineEnding},
};
use hearth_model::ScreenKind;
use hearth_tests::{
    Bus, House, HouseBuilder, Live, Phone, Program, film, peers::Files, program_path,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on;

/// A TV has to stay for 15 s, and a busy RAUC is asked again every 10 s.
const WITHIN: Duration = Duration::from_secs(120);
const UPDATES: &str = "/api/v1/device/updates";
const TYPE: &str = "application/vnd.hearth.channel+json";

/// Whoever publishes updates: a key, and a place on the web.
struct Publisher {
    folder: tempfile::TempDir,
    files: Files,
    key: SigningKey,
}

impl Publisher {
    fn new() -> Self {
        let publisher = Self {
            folder: tempfile::tempdir().unwrap(),
            files: Files::start(),
            key: SigningKey::from_bytes(&[7; 32]),
        };
        let pem = publisher
            .key
            .verifying_key()
            .to_public_key_pem(LineEnding::LF)
            .unwrap();
        fs::write(publisher.keys(), pem).unwrap();
        publisher
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("channel.pem")
    }

    fn put(&self, name: &str, content: &Value) -> String {
        let path = self.folder.path().join(name);
        fs::write(&path, content.to_string()).unwrap();
        self.files.put(name, &path)
    }

    fn release(&self, version: &str, bundle: &Value) -> Value {
        let name = format!("{version}.raucb");
        self.put(&name, bundle);
        json!({
            "compatible": "hearth-test", "version": version, "bundle": name, "size_bytes": 4096,
            "manifest_sha256": format!("hash-{version}"),
            "notes": { "ru": "Быстрее.", "en": "Faster." },
        })
    }

    fn publish_signed(
        &self,
        serial: u64,
        expires: &str,
        releases: &[Value],
        key: &SigningKey,
    ) -> String {
        let payload = json!({
            "serial": serial, "created": "2020-01-01T00:00:00Z", "expires": expires,
            "releases": releases,
        })
        .to_string();
        let message = format!("DSSEv1 {} {TYPE} {} {payload}", TYPE.len(), payload.len());
        let signature = key.sign(message.as_bytes()).to_bytes();
        let envelope = json!({
            "payload": BASE64_STANDARD.encode(payload), "payloadType": TYPE,
            "signatures": [{ "keyid": "", "sig": BASE64_STANDARD.encode(signature) }],
        });
        self.put("channel.json", &envelope)
    }

    fn publish(&self, serial: u64, releases: &[Value]) -> String {
        self.publish_signed(serial, "2100-01-01T00:00:00Z", releases, &self.key)
    }

    fn house(&self, bus: &Bus) -> HouseBuilder {
        let channel = self.publish(1, &[]);
        on(bus, House::builder()).config(&format!(
            "[updates]\nchannel = \"{channel}\"\nkeys = \"{}\"",
            self.keys().display()
        ))
    }
}

fn bundle(version: &str) -> Value {
    json!({
        "compatible": "hearth-test", "version": version, "format": "verity",
        "hash": format!("hash-{version}"),
    })
}

fn with(mut bundle: Value, key: &str, value: &str) -> Value {
    bundle[key] = value.into();
    bundle
}

async fn check(phone: &Phone) -> Value {
    phone.post(&format!("{UPDATES}/check"), json!({})).await
}

async fn install(phone: &Phone, id: &Value) -> (StatusCode, Value) {
    let body = Some(json!({ "id": id }));
    phone
        .call(Method::POST, &format!("{UPDATES}/install"), body)
        .await
}

/// Waits for `installing` to be over.
async fn installed(phone: &Phone) -> Value {
    let until = Instant::now() + WITHIN;
    loop {
        let status = phone.get(UPDATES).await;
        if status["installing"]["state"] != "running" {
            return status;
        }
        assert!(Instant::now() < until, "{status}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_is_found_announced_written_and_runs_from_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let go_on = folder.path().join("go-on");
    let bus = Bus::start().rauc_with(&json!({ "held_until": go_on }));
    let publisher = Publisher::new();
    let house = publisher.house(&bus).start();
    let owner = house.pair_first("Anna").await;
    let guest = house.pair("Guest").await;
    let status = check(&owner).await;
    assert_eq!(
        (&status["offers"], &status["trouble"]),
        (&json!([]), &json!(null))
    );
    assert_eq!(status["channel"], "127.0.0.1");
    let release = publisher.release("1.1.0", &bundle("1.1.0"));
    publisher.publish(2, &[release]);
    let status = check(&owner).await;
    let offer = &status["offers"][0];
    assert_eq!(
        (&offer["version"], &offer["from"]),
        (&json!("1.1.0"), &json!("channel")),
        "{status}"
    );
    assert_eq!(offer["notes"]["ru"], "Быстрее.");
    let (told, answer) = install(&guest, &offer["id"]).await;
    assert_eq!(
        (told, &answer["slug"]),
        (StatusCode::FORBIDDEN, &json!("not-owner"))
    );
    let (told, answer) = install(&owner, &json!("another")).await;
    assert_eq!(
        (told, &answer["slug"]),
        (StatusCode::NOT_FOUND, &json!("update-unknown"))
    );
    let (told, status) = install(&owner, &offer["id"]).await;
    assert_eq!(told, StatusCode::ACCEPTED, "{status}");
    assert_eq!(status["installing"]["state"], "running", "{status}");
    let (told, answer) = install(&owner, &offer["id"]).await;
    assert_eq!(
        (told, &answer["slug"]),
        (StatusCode::CONFLICT, &json!("update-busy"))
    );
    // RAUC tells nothing of its slots while it writes one: TV and phones took the box for none.
    let begun = Instant::now() + WITHIN;
    while !bus.calls("rauc").contains("InstallBundle") {
        assert!(Instant::now() < begun, "{}", bus.calls("rauc"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let status = check(&owner).await;
    assert_eq!(
        (&status["missing"], &status["trouble"]),
        (&json!(null), &json!(null)),
        "{status}"
    );
    assert_eq!(status["slots"][0]["booted"], true, "{status}");
    assert_eq!(status["offers"][0]["version"], "1.1.0", "{status}");
    fs::write(&go_on, "").unwrap();
    let status = installed(&owner).await;
    assert_eq!(
        status["installing"],
        json!({ "state": "ready", "version": "1.1.0" })
    );
    assert_eq!(status["slots"][1]["version"], "1.1.0", "{status}");
    // RAUC streams from the server itself, and is held to the manifest that was announced.
    let calls = bus.calls("rauc");
    assert!(
        calls.contains("InstallBundle \"http://127.0.0.1"),
        "{calls}"
    );
    assert!(calls.contains("hash-1.1.0"), "{calls}");
}

/// It went on unseen: nobody was told to restart, and a start of it was on no trial.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_outlives_a_restart_of_hearthd() {
    let folder = tempfile::tempdir().unwrap();
    let go_on = folder.path().join("go-on");
    let bus = Bus::start().rauc_with(&json!({ "held_until": go_on }));
    let publisher = Publisher::new();
    let mut house = publisher.house(&bus).start();
    let owner = house.pair_first("Anna").await;
    let release = publisher.release("1.1.0", &bundle("1.1.0"));
    publisher.publish(2, &[release]);
    let status = check(&owner).await;
    let (told, _) = install(&owner, &status["offers"][0]["id"]).await;
    assert_eq!(told, StatusCode::ACCEPTED);
    let begun = Instant::now() + WITHIN;
    while !bus.calls("rauc").contains("InstallBundle") {
        assert!(Instant::now() < begun, "{}", bus.calls("rauc"));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.stop();
    house.start();
    let running = |status: &Value| status["installing"]["state"] == "running";
    let status = until(&house, "going on", running).await;
    assert_eq!(status["installing"]["version"], "1.1.0", "{status}");
    fs::write(&go_on, "").unwrap();
    let ready = |status: &Value| status["installing"]["state"] == "ready";
    until(&house, "ready", ready).await;
    let record = fs::read_to_string(house.data().join("boot/slots.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["trial"]["version"], "1.1.0", "{record}");
}

/// RAUC waits for such a server without end, and hearthd waited with it, each night.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_ends_the_look_and_not_all_updates() {
    let bus = Bus::start().systemd().rauc_with(&json!({ "silent_s": 90 }));
    let publisher = Publisher::new();
    let house = publisher.house(&bus).start();
    let owner = house.pair_first("Anna").await;
    let release = publisher.release("1.1.0", &bundle("1.1.0"));
    publisher.publish(2, &[release]);
    let status = check(&owner).await;
    let (told, answer) = install(&owner, &status["offers"][0]["id"]).await;
    assert_eq!(
        (told, &answer["slug"]),
        (StatusCode::BAD_GATEWAY, &json!("bundle-unreachable"))
    );
    let calls = bus.calls("systemd");
    assert!(calls.contains("RestartUnit \"rauc.service\""), "{calls}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_tells_the_version_of_the_image() {
    let bus = Bus::start().rauc();
    let house = on(&bus, House::builder()).start();
    let owner = house.pair_first("Anna").await;
    for door in ["box", "health", "device", "device/updates"] {
        let told = owner.get(&format!("/api/v1/{door}")).await;
        assert_eq!(told["version"], "1.0.0", "{door}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_29_what_is_not_a_good_update_is_refused_by_its_name() {
    let bus = Bus::start().rauc();
    let publisher = Publisher::new();
    let house = publisher.house(&bus).start();
    let owner = house.pair_first("Anna").await;
    let good = || bundle("2.0.0");
    let trouble = |text: &str| with(good(), "trouble", text);
    let cases = [
        ("bundle-unsigned", json!("no bundle at all")),
        ("bundle-unsigned", trouble("failed to parse signature")),
        (
            "bundle-untrusted",
            trouble(
                "signature verification failed: Verify error: unable to get local issuer certificate",
            ),
        ),
        ("bundle-plain", trouble("Bundle format 'plain' not allowed")),
        ("bundle-plain", with(good(), "format", "plain")),
        (
            "bundle-wrong-board",
            with(good(), "compatible", "hearth-toaster"),
        ),
        ("bundle-older", with(good(), "version", "0.9.0")),
        ("bundle-same", with(good(), "version", "1.0.0")),
        (
            "bundle-version-unreadable",
            with(good(), "version", "newest"),
        ),
        ("bundle-swapped", with(good(), "hash", "another")),
    ];
    for (serial, (slug, bundle)) in cases.into_iter().enumerate() {
        // A file that is no JSON object has no fields to ask for.
        let text = if bundle.is_string() {
            json!(null)
        } else {
            bundle.clone()
        };
        let release = publisher.release("2.0.0", &text);
        if bundle.is_string() {
            let path = publisher.folder.path().join("2.0.0.raucb");
            fs::write(&path, b"MZ this is no bundle").unwrap();
            publisher.files.put("2.0.0.raucb", &path);
        }
        publisher.publish(10 + serial as u64, &[release]);
        let status = check(&owner).await;
        let (told, answer) = install(&owner, &status["offers"][0]["id"]).await;
        assert_eq!(
            (told, answer["slug"].as_str()),
            (StatusCode::CONFLICT, Some(slug)),
            "{answer}"
        );
        let status = owner.get(UPDATES).await;
        assert_eq!(status["installing"]["trouble"]["slug"], slug, "{status}");
        assert_eq!(
            status["slots"][1]["version"],
            json!(null),
            "the slot is untouched"
        );
    }
    assert!(
        !bus.calls("rauc").contains("InstallBundle"),
        "nothing was written"
    );
    // What only shows while it is written.
    let fails = with(
        good(),
        "fails",
        "Failed mounting bundle: bad dm-verity hash",
    );
    let release = publisher.release("2.0.0", &fails);
    publisher.publish(90, &[release]);
    let status = check(&owner).await;
    let (told, _) = install(&owner, &status["offers"][0]["id"]).await;
    assert_eq!(told, StatusCode::ACCEPTED);
    let status = installed(&owner).await;
    assert_eq!(
        status["installing"]["trouble"]["slug"], "bundle-damaged",
        "{status}"
    );
    publisher.files.take_away();
    let (told, answer) = install(&owner, &status["offers"][0]["id"]).await;
    assert_eq!(
        (told, &answer["slug"]),
        (StatusCode::BAD_GATEWAY, &json!("bundle-unreachable"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_swapped_after_it_was_looked_at_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let go_on = folder.path().join("go-on");
    let bus = Bus::start().rauc_with(&json!({ "held_until": go_on }));
    let publisher = Publisher::new();
    let house = publisher.house(&bus).start();
    let owner = house.pair_first("Anna").await;
    let release = publisher.release("1.1.0", &bundle("1.1.0"));
    publisher.publish(2, &[release]);
    let status = check(&owner).await;
    let (told, _) = install(&owner, &status["offers"][0]["id"]).await;
    assert_eq!(told, StatusCode::ACCEPTED);
    // Before RAUC's first step another good bundle lies there.
    publisher.put("1.1.0.raucb", &with(bundle("1.1.0"), "hash", "another"));
    fs::write(&go_on, "").unwrap();
    let status = installed(&owner).await;
    assert_eq!(
        status["installing"]["trouble"]["slug"], "bundle-swapped",
        "{status}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_is_held_to_its_key_its_number_and_its_date() {
    let bus = Bus::start().rauc();
    let publisher = Publisher::new();
    let mut house = publisher.house(&bus).start();
    let owner = house.pair_first("Anna").await;
    let release = publisher.release("1.1.0", &bundle("1.1.0"));
    publisher.publish(5, std::slice::from_ref(&release));
    assert_eq!(check(&owner).await["offers"][0]["version"], "1.1.0");
    let slug = async || check(&owner).await["trouble"]["slug"].clone();
    publisher.publish(4, &[]);
    assert_eq!(slug().await, "channel-replayed");
    let ended = "2020-02-01T00:00:00Z";
    publisher.publish_signed(6, ended, &[], &publisher.key);
    assert_eq!(slug().await, "channel-expired");
    let stranger = SigningKey::from_bytes(&[8; 32]);
    publisher.publish_signed(7, "2100-01-01T00:00:00Z", &[], &stranger);
    assert_eq!(slug().await, "channel-unsigned");
    publisher.put("channel.json", &json!("hello"));
    assert_eq!(slug().await, "channel-unreadable");
    let offers = &check(&owner).await["offers"];
    assert_eq!(
        offers[0]["version"], "1.1.0",
        "what a good list offered stays"
    );
    house.stop();
    house.start();
    let owner = owner.at(&house.base);
    publisher.publish(4, &[]);
    assert_eq!(
        check(&owner).await["trouble"]["slug"],
        "channel-replayed",
        "after a restart too"
    );
    publisher.publish(5, std::slice::from_ref(&release));
    assert_eq!(check(&owner).await["trouble"], json!(null));
    fs::remove_file(publisher.keys()).unwrap();
    assert_eq!(
        check(&owner).await["trouble"]["slug"],
        "channel-key-missing"
    );
    publisher.files.take_away();
    let pem = publisher
        .key
        .verifying_key()
        .to_public_key_pem(LineEnding::LF)
        .unwrap();
    fs::write(publisher.keys(), pem).unwrap();
    assert_eq!(
        check(&owner).await["trouble"]["slug"],
        "channel-unreachable"
    );
}

fn update(house: &House, words: &[&str]) -> (bool, String) {
    let output = Command::new(program_path("hearthd"))
        .arg("update")
        .args(words)
        .arg("--data")
        .arg(house.data())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn the_command_line_looks_installs_and_tells() {
    let bus = Bus::start().rauc();
    let publisher = Publisher::new();
    let house = publisher.house(&bus).start();
    let (ok, said) = update(&house, &["install"]);
    assert!(!ok && said.contains("nothing newer than 1.0.0"), "{said}");
    let release = publisher.release("1.1.0", &bundle("1.1.0"));
    publisher.publish(2, &[release]);
    let (ok, said) = update(&house, &["check"]);
    assert!(
        ok && said.contains("offered: 1.1.0") && said.contains("Faster."),
        "{said}"
    );
    let (ok, said) = update(&house, &["install", "1.2.0"]);
    assert!(!ok && said.contains("1.2.0 is not offered"), "{said}");
    let (ok, said) = update(&house, &["install"]);
    assert!(ok && said.contains("1.1.0 is written"), "{said}");
    let (ok, said) = update(&house, &["status"]);
    assert!(ok && said.contains("1.1.0 runs after a restart"), "{said}");
    let plain = with(bundle("1.3.0"), "format", "plain");
    let release = publisher.release("1.3.0", &plain);
    publisher.publish(3, &[release]);
    let (ok, said) = update(&house, &["install"]);
    assert!(!ok && said.contains("(bundle-plain)"), "{said}");
}

#[test]
fn the_command_line_says_when_there_is_no_box() {
    let house = House::builder().start();
    let (ok, said) = update(&house, &["check"]);
    assert!(!ok && said.contains("(device-missing)"), "{said}");
}

async fn until(house: &House, what: &str, done: impl Fn(&Value) -> bool) -> Value {
    let until = Instant::now() + WITHIN;
    loop {
        let status = house.local(Method::GET, UPDATES, None).await;
        if done(&status) {
            return status;
        }
        assert!(Instant::now() < until, "not {what}: {status}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A TV that drew, for as long as it is kept.
async fn tv_that_drew(house: &House) -> Live {
    let mut tv = Live::local(&house.socket()).await;
    tv.be_screen_of(ScreenKind::Tv, "TV").await;
    let frame = Some(json!({ "surface": "memory" }));
    house
        .local(Method::POST, "/api/v1/device/frame", frame)
        .await;
    tv
}

fn with_picture(builder: HouseBuilder, picture: &Path) -> HouseBuilder {
    builder.config(&format!(
        "[device]\ntest_picture = \"{}\"",
        picture.display()
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slot_is_confirmed_when_all_was_shown_and_not_before() {
    let bus = Bus::start().rauc();
    let folder = tempfile::tempdir().unwrap();
    let picture = film();
    let house = with_picture(on(&bus, House::builder()), &picture).start();
    let waits_for_tv = |status: &Value| status["confirmation"]["missing"] == json!(["frame"]);
    until(&house, "waiting for the TV alone", waits_for_tv).await;
    assert!(!bus.calls("rauc").contains("Mark"), "{}", bus.calls("rauc"));
    // A real TV, with nothing to draw on but memory.
    let mut command = Command::new(program_path("hearth-tv"));
    command
        .args([
            "--headless",
            "--daemon",
            &format!("unix:{}", house.socket().display()),
        ])
        .env("HOME", folder.path());
    let _tv = Program::start("hearth-tv", &mut command);
    let status = until(&house, "confirmed", |status| {
        status["confirmation"]["state"] == "confirmed"
    })
    .await;
    assert_eq!(status["slots"][0]["good"], true, "{status}");
    assert!(
        bus.calls("rauc").contains("Mark \"good\" \"booted\""),
        "{}",
        bus.calls("rauc")
    );
    let stranger = Phone::stranger(&house.base);
    let frame = Some(json!({ "surface": "display" }));
    let (status, _) = stranger
        .call(Method::POST, "/api/v1/device/frame", frame)
        .await;
    assert_eq!(
        status,
        StatusCode::UNAUTHORIZED,
        "only the box's own TV tells what it drew"
    );
}

/// While an update was being written, the same warning came every ten seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_rauc_is_told_once() {
    let bus = Bus::start().rauc_with(&json!({ "busy_marks": 2 }));
    let picture = film();
    let mut house = with_picture(on(&bus, House::builder()), &picture).start();
    let _tv = tv_that_drew(&house).await;
    let confirmed = |status: &Value| status["confirmation"]["state"] == "confirmed";
    until(&house, "confirmed", confirmed).await;
    let log = house.daemon().log();
    let told = log.lines().filter(|line| {
        line.contains("the slot cannot be confirmed yet") && line.contains("already processing")
    });
    assert_eq!(told.count(), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_picture_that_is_not_decoded_confirms_nothing() {
    let bus = Bus::start().rauc();
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("broken.mkv");
    fs::write(&picture, b"this is no film").unwrap();
    let house = with_picture(on(&bus, House::builder()), &picture).start();
    let tv = tv_that_drew(&house).await;
    let waits = |status: &Value| status["confirmation"]["missing"] == json!(["media"]);
    until(&house, "waiting for the picture", waits).await;
    drop(tv);
    let waits = |status: &Value| status["confirmation"]["missing"] == json!(["frame", "media"]);
    until(&house, "waiting for a TV again", waits).await;
    assert!(!bus.calls("rauc").contains("Mark"));
}

/// Starts anew, after another boot wrote an update.
fn on_trial(house: &mut House, version: &str) {
    house.stop();
    let boot = house.data().join("boot");
    fs::create_dir_all(&boot).unwrap();
    let record = json!({
        "trial": { "version": version, "written_in": "another boot", "missing": ["frame"] },
        "rolled_back": null,
    });
    fs::write(boot.join("slots.json"), record.to_string()).unwrap();
    house.start();
}

/// An update that could not be confirmed let another be written over the only good slot, and was
/// restarted in the middle of it for being late.
#[tokio::test(flavor = "multi_thread")]
async fn an_update_on_trial_lets_none_be_written_over_the_good_slot() {
    let bus = Bus::start().rauc();
    let publisher = Publisher::new();
    let picture = film();
    let mut house = with_picture(publisher.house(&bus), &picture).start();
    let owner = house.pair_first("Anna").await;
    on_trial(&mut house, "1.0.0");
    let owner = owner.at(&house.base);
    let release = publisher.release("1.1.0", &bundle("1.1.0"));
    publisher.publish(2, &[release]);
    let id = check(&owner).await["offers"][0]["id"].clone();
    let (told, answer) = install(&owner, &id).await;
    assert_eq!(
        (told, &answer["slug"]),
        (StatusCode::CONFLICT, &json!("update-on-trial"))
    );
    assert!(!bus.calls("rauc").contains("InstallBundle"));
    let _tv = tv_that_drew(&house).await;
    let confirmed = |status: &Value| status["confirmation"]["state"] == "confirmed";
    until(&house, "confirmed", confirmed).await;
    let (told, answer) = install(&owner, &id).await;
    assert_eq!(told, StatusCode::ACCEPTED, "{answer}");
    let status = installed(&owner).await;
    assert_eq!(status["slots"][1]["version"], "1.1.0", "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_30_the_old_slot_tells_why_it_is_back() {
    let bus = Bus::start().rauc();
    let mut house = on(&bus, House::builder()).start();
    // As the slot that failed left it.
    on_trial(&mut house, "1.1.0");
    let back = |status: &Value| status["rolled_back"].is_object();
    let status = until(&house, "told", back).await;
    assert_eq!(status["rolled_back"]["version"], "1.1.0");
    assert_eq!(status["rolled_back"]["missing"], json!(["frame"]));
    let (_, said) = update(&house, &["status"]);
    assert!(
        said.contains("1.1.0 did not stand its test: frame"),
        "{said}"
    );
}
