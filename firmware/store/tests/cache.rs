//! The cache of answers: bounded, in the order of use, and never a reason not to start.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{fs, path::Path};

use hearth_model::{AnswerKey, AnswerStorage};
use hearth_store::{Cache, Error};

const LIMIT: u64 = 80_000;

fn open(folder: &Path) -> Cache {
    Cache::open(folder, LIMIT).unwrap()
}

fn key(number: u32) -> AnswerKey {
    let mut key = [0; 32];
    key[..4].copy_from_slice(&number.to_be_bytes());
    key
}

fn kept(cache: &Cache, numbers: std::ops::Range<u32>) -> Vec<u32> {
    numbers
        .filter(|number| cache.load(&key(*number), 1_000).unwrap().is_some())
        .collect()
}

#[test]
fn an_answer_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    assert_eq!(cache.load(&key(1), 1).unwrap(), None);
    cache.save(&key(1), b"one", 1).unwrap();
    cache.save(&key(1), b"two", 2).unwrap();
    cache.save(&key(2), b"gone", 2).unwrap();
    cache.remove(&key(2)).unwrap();
    cache.remove(&key(3)).unwrap();
    drop(cache);
    let cache = open(folder.path());
    assert_eq!(
        cache.load(&key(1), 3).unwrap().as_deref(),
        Some(&b"two"[..])
    );
    assert_eq!(cache.load(&key(2), 3).unwrap(), None);
    assert_eq!(cache.bytes(), 3);
}

#[test]
fn the_answer_asked_for_longest_ago_goes_first_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    let answer = vec![7; 8_000];
    for number in 0..10 {
        cache
            .save(&key(number), &answer, u64::from(number))
            .unwrap();
    }
    assert_eq!(cache.bytes(), LIMIT);
    assert!(cache.load(&key(0), 20).unwrap().is_some());
    drop(cache);
    let cache = open(folder.path());
    cache.save(&key(10), &answer, 21).unwrap();
    cache.save(&key(11), &answer, 22).unwrap();
    assert_eq!(kept(&cache, 0..12), [0, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
}

#[test]
fn an_answer_that_would_push_out_the_rest_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    cache.save(&key(1), b"small", 1).unwrap();
    cache.save(&key(2), b"small", 1).unwrap();
    cache.save(&key(2), &vec![0; 10_001], 2).unwrap();
    assert_eq!(kept(&cache, 0..3), [1], "the old answer to it is gone too");
}

#[test]
fn the_file_stays_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    let mut largest = 0;
    for number in 0..3_000 {
        let answer = vec![number as u8; 1_000 + number as usize % 5_000];
        cache
            .save(&key(number), &answer, u64::from(number))
            .unwrap();
        assert!(cache.bytes() <= LIMIT);
        largest = largest.max(fs::metadata(cache.path()).unwrap().len());
    }
    // Ten times the limit went through it.
    assert!(largest < 8_000_000, "{largest}");
}

#[test]
fn what_is_no_cache_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("cache.redb"), "not a cache").unwrap();
    let cache = open(folder.path());
    cache.save(&key(1), b"one", 1).unwrap();
    cache.sync().unwrap();
    drop(cache);
    let path = folder.path().join("cache.redb");
    let mut bytes = fs::read(&path).unwrap();
    // Past the file's head, where redb's own checks do not look at the start.
    for byte in bytes.iter_mut().skip(4096) {
        *byte = 0xa5;
    }
    fs::write(&path, bytes).unwrap();
    let cache = open(folder.path());
    assert_eq!(cache.load(&key(1), 2).unwrap(), None);
    cache.save(&key(1), b"again", 3).unwrap();
    assert_eq!(
        cache.load(&key(1), 4).unwrap().as_deref(),
        Some(&b"again"[..])
    );
}

#[test]
fn a_second_daemon_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let _first = open(folder.path());
    let refused = Cache::open(folder.path(), LIMIT).unwrap_err();
    assert!(matches!(refused, Error::InUse { .. }), "{refused}");
}

/// Terms of use let nobody keep an answer for more than six months.
#[test]
fn what_nobody_asked_for_in_half_a_year_goes() {
    const DAY_MS: u64 = 24 * 3600 * 1000;
    let folder = tempfile::tempdir().unwrap();
    let cache = open(folder.path());
    cache.save(&key(1), b"old", 0).unwrap();
    cache.save(&key(2), b"asked for", 0).unwrap();
    assert!(cache.load(&key(2), 100 * DAY_MS).unwrap().is_some());
    cache.save(&key(3), b"new", 180 * DAY_MS).unwrap();
    assert_eq!(kept(&cache, 1..4).len(), 3);
    cache.load(&key(2), 100 * DAY_MS).unwrap();
    cache.load(&key(3), 180 * DAY_MS).unwrap();
    drop(cache);
    let cache = open(folder.path());
    cache.save(&key(4), b"newer", 181 * DAY_MS).unwrap();
    assert_eq!(kept(&cache, 1..5), [2, 3, 4]);
}
