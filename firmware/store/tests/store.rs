//! The store through its front door: what was acknowledged is there, whatever happens.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{fs, path::Path, process::Command};

use hearth_model::{
    Account, AccountId, Device, DeviceId, EpisodeId, External, Format, FoundEpisode, Location,
    Names, ProfileId, Progress, Release, Source, SourceKind, Status, Title, TitleId, TitleKind,
    TmdbKind, TorrentLocation,
};
use hearth_store::{CURRENT_SCHEMA, Error, NewTitle, Refreshed, Store, Subject, Tried};

const PROFILE: ProfileId = ProfileId::HOUSEHOLD;

fn film(name: &str, external: External) -> NewTitle {
    let names = Names {
        en: Some(name.into()),
        ..Names::default()
    };
    let title = Title {
        year: Some(2010),
        genres: vec!["animation".into()],
        runtime_minutes: Some(15),
        external,
        ..Title::new(TitleKind::Film, names)
    };
    title.into()
}

fn open(slug: &str) -> External {
    External {
        open: Some(slug.into()),
        ..External::default()
    }
}

fn torrent(title_id: TitleId) -> Source {
    let location = Location::Torrent(TorrentLocation {
        infohash: Some("08ada5a7a6183aae1e09d831df6748d566095a10".into()),
        peers: vec!["127.0.0.1:6881".parse().unwrap()],
        ..TorrentLocation::default()
    });
    Source {
        id: Source::id_for(title_id, None, &location),
        title_id,
        episode_id: None,
        kind: SourceKind::Torrent,
        provider: "torznab:home".into(),
        name: "Film.2010.1080p".into(),
        release: Release {
            resolution: Some("1080p".into()),
            ..Release::default()
        },
        size_bytes: Some(7),
        seeders: None,
        health: hearth_model::Health::Unknown,
        location,
        hints: hearth_model::Hints::default(),
    }
}

fn progress(title_id: TitleId, episode_id: Option<EpisodeId>, at: u64) -> Progress {
    Progress {
        title_id,
        episode_id,
        position_ms: 61_000,
        duration_ms: 600_000,
        watched_at: at,
        finished: false,
    }
}

#[test]
fn a_title_keeps_its_id_and_gains_what_it_lacked() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let first = &store
        .merge_titles(&[film("Sintel", open("sintel"))])
        .unwrap()
        .titles[0];
    let imdb = External {
        imdb: Some("tt1727587".into()),
        ..open("sintel")
    };
    let again = &store
        .merge_titles(&[film("Other name", imdb.clone())])
        .unwrap()
        .titles[0];
    assert_eq!(again.id, first.id);
    assert_eq!(again.names.en.as_deref(), Some("Sintel"));
    let by_imdb = External {
        imdb: imdb.imdb,
        ..External::default()
    };
    assert_eq!(
        store.merge_titles(&[film("x", by_imdb)]).unwrap().titles[0].id,
        first.id
    );
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.titles().unwrap().len(), 1);
    assert_eq!(
        store
            .title(first.id)
            .unwrap()
            .unwrap()
            .external
            .imdb
            .as_deref(),
        Some("tt1727587")
    );
}

#[test]
fn episodes_come_in_order_and_keep_their_ids() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut series = film("Series", open("series"));
    series.title.kind = TitleKind::Series;
    series.episodes = [(2, 1), (1, 10), (1, 2)]
        .map(|(season, number)| FoundEpisode::numbered(season, number))
        .into();
    let id = store
        .merge_titles(std::slice::from_ref(&series))
        .unwrap()
        .titles[0]
        .id;
    let episodes = store.episodes(id).unwrap();
    let order: Vec<_> = episodes
        .iter()
        .map(|episode| (episode.season, episode.number))
        .collect();
    assert_eq!(order, [(1, 2), (1, 10), (2, 1)]);
    store.merge_titles(&[series]).unwrap();
    assert_eq!(store.episodes(id).unwrap(), episodes);
    assert_eq!(
        store.episode(episodes[1].id).unwrap(),
        Some(episodes[1].clone())
    );
}

#[test]
fn progress_survives_and_history_is_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let ids: Vec<_> = ["a", "b", "c"]
        .map(|name| {
            store
                .merge_titles(&[film(name, open(name))])
                .unwrap()
                .titles[0]
                .id
        })
        .into();
    let source = torrent(ids[0]);
    store
        .save_progress(PROFILE, &progress(ids[0], None, 100), Some(&source))
        .unwrap();
    store
        .save_progress(PROFILE, &progress(ids[1], None, 200), None)
        .unwrap();
    store
        .save_progress(PROFILE, &progress(ids[2], None, 300), None)
        .unwrap();
    store
        .save_progress(PROFILE, &progress(ids[0], None, 400), None)
        .unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let history = store.history(PROFILE, 10).unwrap();
    let order: Vec<_> = history
        .iter()
        .map(|watched| watched.progress.title_id)
        .collect();
    assert_eq!(order, [ids[0], ids[2], ids[1]]);
    let kept = history[0]
        .source
        .as_ref()
        .expect("the source of the first save is still known");
    assert_eq!((kept.id, &kept.location), (source.id, &source.location));
    assert_eq!(store.history(PROFILE, 1).unwrap().len(), 1);
}

#[test]
fn a_stolen_refresh_token_ends_its_family() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let device = Device {
        id: DeviceId::new(),
        name: "Phone".into(),
        paired_at: 1,
    };
    store.add_device(&device).unwrap();
    let subject = Subject::Device(device.id);
    store.add_refresh([1; 32], [9; 16], subject, 1_000).unwrap();
    assert_eq!(
        store.rotate_refresh([1; 32], [2; 32], 10, 1_000).unwrap(),
        Refreshed::Rotated(subject, [9; 16])
    );
    assert_eq!(
        store
            .refresh_families()
            .unwrap()
            .into_iter()
            .collect::<Vec<_>>(),
        [[9; 16]]
    );
    assert_eq!(
        store.rotate_refresh([1; 32], [3; 32], 20, 1_000).unwrap(),
        Refreshed::Reused(subject, [9; 16])
    );
    assert_eq!(
        store.rotate_refresh([2; 32], [3; 32], 30, 1_000).unwrap(),
        Refreshed::Unknown
    );
    assert!(store.refresh_families().unwrap().is_empty());
    store.add_refresh([5; 32], [8; 16], subject, 1_000).unwrap();
    assert_eq!(
        store
            .rotate_refresh([5; 32], [6; 32], 1_000, 2_000)
            .unwrap(),
        Refreshed::Unknown
    );
    store.add_refresh([7; 32], [8; 16], subject, 1_000).unwrap();
    assert!(store.remove_device(device.id).unwrap());
    assert_eq!(
        store.rotate_refresh([7; 32], [3; 32], 30, 1_000).unwrap(),
        Refreshed::Unknown
    );
    assert!(!store.has_device(device.id).unwrap());
}

#[test]
fn a_name_is_taken_once_in_any_case() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let account = |name: &str| Account {
        id: AccountId::new(),
        username: name.into(),
        created_at: 1,
    };
    store.add_account(&account("Аня"), "$argon2id$").unwrap();
    assert!(matches!(
        store.add_account(&account("аня"), "x"),
        Err(Error::NameTaken(_))
    ));
    assert_eq!(
        store.account_by_name("АНЯ").unwrap().unwrap().1,
        "$argon2id$"
    );
}

#[test]
fn a_second_opening_and_a_damaged_file_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let refused = Store::open(folder.path()).unwrap_err();
    assert!(matches!(refused, Error::InUse { .. }), "{refused}");
    drop(store);
    fs::write(folder.path().join("state-v2.redb"), "not a store").unwrap();
    let refused = Store::open(folder.path()).unwrap_err();
    assert!(matches!(refused, Error::Damaged { .. }), "{refused}");
    assert_eq!(
        fs::read(folder.path().join("state-v2.redb")).unwrap(),
        b"not a store"
    );
}

#[test]
fn what_changes_of_a_title_is_renewed_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut new = film("Sintel", open("sintel"));
    new.title.facts.status = Some(Status::Announced);
    new.title.facts.format = Some(Format::Film);
    new.title.facts.aliases = vec!["Durian".into()];
    store.merge_titles(&[new.clone()]).unwrap();
    new.title.facts.status = Some(Status::Released);
    new.title.facts.format = Some(Format::Ova);
    new.title.facts.aliases = vec!["Durian".into(), "Open movie".into()];
    new.title.external.tmdb = Some(45745);
    new.title.external.tmdb_kind = Some(TmdbKind::Movie);
    let title = store.merge_titles(&[new.clone()]).unwrap().titles.remove(0);
    assert_eq!(title.facts.status, Some(Status::Released));
    assert_eq!(title.facts.format, Some(Format::Film));
    assert_eq!(title.facts.aliases, ["Durian", "Open movie"]);
    assert_eq!(store.title(title.id).unwrap().unwrap(), title);
    new.title.external = External {
        tmdb: Some(45745),
        tmdb_kind: Some(TmdbKind::Tv),
        ..External::default()
    };
    let other = store.merge_titles(&[new]).unwrap().titles.remove(0);
    assert_ne!(
        other.id, title.id,
        "the series of that number is another title"
    );
}

#[test]
fn episodes_gain_what_a_service_says_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let id = store
        .merge_titles(&[film("Pioneer One", open("p1"))])
        .unwrap()
        .titles[0]
        .id;
    let mut new = FoundEpisode::numbered(1, 2);
    let first = store.merge_episodes(id, &[new.clone()]).unwrap();
    new.names.en = Some("The Man from Mars".into());
    new.facts.released_on = Some("2010-12-15".into());
    new.facts.runtime_minutes = Some(35);
    let kept = store.merge_episodes(id, &[new.clone()]).unwrap();
    assert_eq!(kept[0].id, first[0].id);
    assert_eq!(kept[0].names, new.names);
    assert_eq!(kept[0].facts, new.facts);
    assert_eq!(store.episodes(id).unwrap(), kept);
}

#[test]
fn a_file_whose_name_is_no_text_keeps_its_place() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let title_id = TitleId::from_bytes([7; 16]);
    // "фильм.avi" as Windows wrote it on a stick.
    let name = std::ffi::OsStr::from_bytes(b"/media/stick/\xf4\xe8\xeb\xfc\xec.avi");
    let source = Source {
        location: Location::File {
            path: name.into(),
            rest: vec![name.into(), "/media/stick/second.avi".into()],
        },
        ..torrent(title_id)
    };
    let watched = progress(title_id, None, 5);
    store
        .save_progress(PROFILE, &watched, Some(&source))
        .unwrap();
    let kept = store.progress(PROFILE, title_id, None).unwrap().unwrap();
    assert_eq!(kept.source.unwrap().location, source.location);
}

/// The store as every earlier schema wrote it opens with this release. To add the golden file of
/// a new schema: `HEARTH_WRITE_GOLDEN=1 cargo nextest run -p hearth-store golden`.
#[test]
fn the_golden_files_of_all_schemas_still_open() {
    let goldens = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let name = |schema: u32| format!("state-v{schema}.redb");
    let folder = tempfile::tempdir().unwrap();
    let title_id = TitleId::from_bytes([7; 16]);
    if std::env::var_os("HEARTH_WRITE_GOLDEN").is_some() {
        let store = Store::open(folder.path()).unwrap();
        let mut new = film("Sintel", open("sintel"));
        new.episodes.push(FoundEpisode {
            names: Names {
                ru: Some("Серия".into()),
                ..Names::default()
            },
            ..FoundEpisode::numbered(1, 2)
        });
        store.merge_titles(&[new]).unwrap();
        store
            .save_progress(
                PROFILE,
                &progress(title_id, None, 5),
                Some(&torrent(title_id)),
            )
            .unwrap();
        let device = Device {
            id: DeviceId::from_bytes([3; 16]),
            name: "Phone".into(),
            paired_at: 1,
        };
        store.add_device(&device).unwrap();
        let account = Account {
            id: AccountId::from_bytes([4; 16]),
            username: "anna".into(),
            created_at: 1,
        };
        store.add_account(&account, "$argon2id$x").unwrap();
        store.set_setting("name", &"Hearth").unwrap();
        let tried = Tried {
            good: true,
            at: 9,
            ..Tried::default()
        };
        store.note_tries(&[(torrent(title_id).id, tried)]).unwrap();
        drop(store);
        let name = name(CURRENT_SCHEMA);
        fs::copy(folder.path().join(&name), goldens.join(&name)).unwrap();
        return;
    }
    for schema in 1..=CURRENT_SCHEMA {
        let folder = tempfile::tempdir().unwrap();
        let name = name(schema);
        fs::copy(goldens.join(&name), folder.path().join(&name)).unwrap();
        check_golden(&Store::open(folder.path()).unwrap(), title_id);
    }
}

fn check_golden(store: &Store, title_id: TitleId) {
    let titles = store.titles().unwrap();
    assert_eq!(titles[0].names.en.as_deref(), Some("Sintel"));
    assert_eq!(titles[0].genres, ["animation"]);
    let listed = store.titles_of_genre("animation", 10).unwrap();
    assert_eq!(listed, [titles[0].id], "older stores get their lists");
    let episodes = store.episodes(titles[0].id).unwrap();
    assert_eq!(episodes[0].names.ru.as_deref(), Some("Серия"));
    let watched = store.progress(PROFILE, title_id, None).unwrap().unwrap();
    assert_eq!(watched.progress, progress(title_id, None, 5));
    assert_eq!(watched.source.unwrap().location, torrent(title_id).location);
    assert_eq!(store.devices().unwrap()[0].name, "Phone");
    assert_eq!(
        store.account_by_name("Anna").unwrap().unwrap().1,
        "$argon2id$x"
    );
    assert_eq!(
        store.setting::<String>("name").unwrap().as_deref(),
        Some("Hearth")
    );
    let id = torrent(title_id).id;
    let tried = &store.tries(&[id]).unwrap()[&id];
    assert_eq!((tried.good, tried.at), (true, 9));
}

/// A full disk in mid-write: the write is refused in words, what was there is there, and the same
/// store goes on once space is freed. Needs the right to mount a small file system.
#[test]
fn abuse_20_a_full_disk_loses_nothing_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4m", "hearth-test"])
        .arg(folder.path())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        eprintln!("skipped: this user may not mount a small file system to fill it");
        return;
    }
    let _unmount = Unmount(folder.path());
    let store = Store::open(folder.path()).unwrap();
    let id = store
        .merge_titles(&[film("Sintel", open("sintel"))])
        .unwrap()
        .titles[0]
        .id;
    store
        .save_progress(PROFILE, &progress(id, None, 5), None)
        .unwrap();
    let ballast = folder.path().join("ballast");
    let mut filler = fs::File::create(&ballast).unwrap();
    while std::io::Write::write_all(&mut filler, &[0; 4096]).is_ok() {}
    let mut refused = None;
    for round in 0..4_000 {
        if let Err(error) = store.set_setting(&format!("{round}"), &"x".repeat(4_000)) {
            refused = Some(error);
            break;
        }
    }
    let refused = refused.expect("a full disk refuses a write at last");
    assert!(matches!(refused, Error::DiskFull), "{refused:?}");
    assert!(
        store.progress(PROFILE, id, None).unwrap().is_some(),
        "the old state is whole"
    );
    drop(filler);
    fs::remove_file(&ballast).unwrap();
    store
        .save_progress(PROFILE, &progress(id, None, 6), None)
        .unwrap();
    assert_eq!(store.history(PROFILE, 9).unwrap()[0].progress.watched_at, 6);
}

struct Unmount<'a>(&'a Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}
