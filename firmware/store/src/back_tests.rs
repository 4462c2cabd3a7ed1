//! A household that goes back to an earlier release, lives there, and comes forward again. Once the
//! newer file that lay there was opened as it was, and all that had happened in between was gone.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use hearth_model::{Device, DeviceId};

use super::*;
use crate::Store;

fn fail(_: &WriteTransaction) -> Result<(), redb::Error> {
    Err(redb::Error::Corrupted("on purpose".into()))
}

/// Releases of the schemas 1 to 3.
const STEPS_TO: [&[Step]; 3] = [&[], &[|_| Ok(())], &[|_| Ok(()), |_| Ok(())]];

fn start(folder: &Path, schema: usize) -> Store {
    Store::open_schema(folder, STEPS_TO[schema - 1]).unwrap()
}

/// A release runs, and somebody's phone is paired.
fn pair(folder: &Path, schema: usize, phone: u8) {
    let device = Device {
        id: DeviceId::from_bytes([phone; 16]),
        name: phone.to_string(),
        paired_at: 1,
    };
    start(folder, schema).add_device(&device).unwrap();
}

/// A release runs, and these phones are known.
fn phones(folder: &Path, schema: usize) -> Vec<String> {
    let devices = start(folder, schema).devices().unwrap();
    let mut names: Vec<String> = devices.into_iter().map(|device| device.name).collect();
    names.sort();
    names
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap()
}

/// The phones of a store that was laid aside.
fn phones_aside(folder: &Path, name: &str, schema: usize) -> Vec<String> {
    let elsewhere = tempfile::tempdir().unwrap();
    let store = elsewhere.path().join(file_name(schema as u32));
    fs::copy(folder.join(name), store).unwrap();
    phones(elsewhere.path(), schema)
}

/// 1 was updated to 2, and left for 1 again.
fn gone_back() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    pair(folder.path(), 1, 1);
    pair(folder.path(), 2, 2);
    assert_eq!(phones(folder.path(), 1), ["1"]);
    pair(folder.path(), 1, 3);
    folder
}

#[test]
fn what_happened_after_going_back_is_there_when_the_newer_release_comes_again() {
    let folder = gone_back();
    let folder = folder.path();
    assert_eq!(phones(folder, 2), ["1", "3"]);
    assert_eq!(phones_aside(folder, "state-v2.aside-1.redb", 2), ["1", "2"]);
    // And stays: nobody went back since.
    pair(folder, 2, 4);
    assert_eq!(phones(folder, 2), ["1", "3", "4"]);
    let known = ["state-v1.redb", "state-v2.aside-1.redb", "state-v2.redb"];
    assert_eq!(names(folder), known);
}

#[test]
fn without_going_back_nothing_is_copied_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pair(folder, 1, 1);
    let older = bytes(folder, "state-v1.redb");
    for phone in 2..5 {
        pair(folder, 2, phone);
    }
    assert!(bytes(folder, "state-v1.redb") == older, "it is looked at");
    // A start of the earlier release in which nobody did anything is no reason to lose a thing.
    assert_eq!(phones(folder, 1), ["1"]);
    assert_eq!(phones(folder, 2), ["1", "2", "3", "4"]);
    assert_eq!(names(folder), ["state-v1.redb", "state-v2.redb"]);
}

/// A power cut leaves a file that redb mends when it is opened, by writing to it.
#[test]
fn an_older_store_that_was_not_closed_in_order_is_compared_and_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let cut = |phone| {
        pair(folder, 1, phone);
        let store = start(folder, 1);
        let unclosed = bytes(folder, "state-v1.redb");
        drop(store);
        fs::write(folder.join("state-v1.redb"), &unclosed).unwrap();
        unclosed
    };
    let unclosed = cut(1);
    pair(folder, 2, 2);
    assert_eq!(phones(folder, 2), ["1", "2"]);
    assert!(bytes(folder, "state-v1.redb") == unclosed);
    let unclosed = cut(3);
    assert_eq!(phones(folder, 2), ["1", "3"]);
    assert!(bytes(folder, "state-v1.redb") == unclosed);
}

#[test]
fn across_two_schemas_the_last_used_store_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pair(folder, 1, 1);
    pair(folder, 2, 2);
    pair(folder, 3, 3);
    assert_eq!(phones(folder, 3), ["1", "2", "3"]);
    pair(folder, 2, 4);
    assert_eq!(phones(folder, 3), ["1", "2", "4"]);
    // Schema 2 is left behind as well, and so it is no source.
    pair(folder, 1, 5);
    assert_eq!(phones(folder, 3), ["1", "5"]);
    assert_eq!(phones(folder, 3), ["1", "5"]);
    pair(folder, 2, 6);
    assert_eq!(phones(folder, 2), ["1", "5", "6"]);
    assert_eq!(phones(folder, 3), ["1", "5", "6"]);
}

#[test]
fn a_store_made_anew_is_begun_again_wherever_the_plug_was_pulled() {
    let half_copied: fn(&Path) = |folder| {
        let older = bytes(folder, "state-v1.redb");
        fs::write(folder.join("state-v2.migrating"), &older[..older.len() / 2]).unwrap();
    };
    let migrated: fn(&Path) = |folder| {
        let elsewhere = tempfile::tempdir().unwrap();
        let older = elsewhere.path().join("state-v1.redb");
        fs::copy(folder.join("state-v1.redb"), older).unwrap();
        prepare(elsewhere.path(), STEPS_TO[1]).unwrap();
        let made = elsewhere.path().join("state-v2.redb");
        fs::copy(made, folder.join("state-v2.migrating")).unwrap();
    };
    let moments = [
        ("in the copy", half_copied, false),
        ("before the newer one is laid aside", migrated, false),
        ("after that", migrated, true),
        ("in the copy after that", half_copied, true),
    ];
    for (moment, come_to, is_laid_aside) in moments {
        let folder = gone_back();
        let folder = folder.path();
        come_to(folder);
        if is_laid_aside {
            lay_aside(folder, &folder.join("state-v2.redb")).unwrap();
        }
        assert_eq!(phones(folder, 2), ["1", "3"], "{moment}");
        let aside = phones_aside(folder, "state-v2.aside-1.redb", 2);
        assert_eq!(aside, ["1", "2"], "{moment}");
        let known = ["state-v1.redb", "state-v2.aside-1.redb", "state-v2.redb"];
        assert_eq!(names(folder), known, "{moment}");
        assert_eq!(phones(folder, 2), ["1", "3"], "{moment}, and a restart");
        assert_eq!(phones(folder, 1), ["1", "3"], "{moment}, and back");
    }
}

#[test]
fn a_step_that_fails_lays_nothing_aside() {
    let folder = gone_back();
    let folder = folder.path();
    assert!(Store::open_schema(folder, &[fail]).is_err());
    assert_eq!(phones(folder, 1), ["1", "3"]);
    assert!(!names(folder).iter().any(|name| name.contains("aside")));
    assert_eq!(phones(folder, 2), ["1", "3"]);
}

#[test]
fn a_few_stores_that_were_laid_aside_stay() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for phone in 0..12 {
        pair(folder, 1, phone);
        pair(folder, 2, 100 + phone);
    }
    let aside: Vec<String> = names(folder)
        .into_iter()
        .filter(|name| name.contains("aside"))
        .collect();
    let newest = [9, 10, 11].map(|number| format!("state-v2.aside-{number}.redb"));
    assert!(newest.iter().all(|name| aside.contains(name)), "{aside:?}");
    assert_eq!(aside.len(), MOST_ASIDE);
    assert_eq!(phones_aside(folder, &newest[2], 2).last().unwrap(), "9");
}

/// Stores from before there was a count.
#[test]
fn stores_that_were_never_counted_are_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for name in ["state-v1.redb", "state-v2.redb"] {
        fs::copy(goldens.join(name), folder.join(name)).unwrap();
    }
    for _ in 0..2 {
        drop(Store::open(folder).unwrap());
        assert_eq!(names(folder), ["state-v1.redb", "state-v2.redb"]);
    }
    assert!(bytes(folder, "state-v1.redb") == bytes(&goldens, "state-v1.redb"));
    // A release that counts went back to the older one.
    pair(folder, 1, 1);
    let devices = Store::open(folder).unwrap().devices().unwrap();
    assert!(devices.iter().any(|device| device.name == "1"));
    assert!(folder.join("state-v2.aside-1.redb").exists());
}

#[test]
fn an_older_store_that_cannot_be_read_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    pair(folder, 1, 1);
    pair(folder, 2, 2);
    let older = bytes(folder, "state-v1.redb");
    let mut rotten = older.clone();
    rotten.iter_mut().skip(4096).for_each(|byte| *byte ^= 0x5a);
    for damaged in [
        b"not a store".as_slice(),
        &older[..older.len() / 2],
        &rotten,
    ] {
        fs::write(folder.join("state-v1.redb"), damaged).unwrap();
        assert_eq!(phones(folder, 2), ["1", "2"]);
    }
    fs::write(folder.join("state-v1.redb"), &older).unwrap();
    let running = start(folder, 1);
    let refused = Store::open_schema(folder, STEPS_TO[1]);
    assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");
    drop(running);
    assert_eq!(phones(folder, 2), ["1", "2"]);
}
