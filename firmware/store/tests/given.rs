//! What people gave, through the store's front door.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use hearth_model::{
    Caller, DeviceId, EpisodeId, External, FoundEpisode, Given, GivenFile, GivenId, Health, Hints,
    Location, Names, ProfileId, Progress, Release, Source, SourceKind, Title, TitleId, TitleKind,
    TorrentLocation,
};
use hearth_store::{NewTitle, Store};

fn title(kind: TitleKind, name: &str, external: External) -> Title {
    Title {
        external,
        ..Title::new(
            kind,
            Names {
                original: Some(name.to_owned()),
                ..Names::default()
            },
        )
    }
}

fn kept(store: &Store, title: Title, episodes: Vec<FoundEpisode>) -> Title {
    let new = NewTitle {
        episodes,
        ..title.into()
    };
    store.merge_titles(&[new]).unwrap().titles.remove(0)
}

fn given(id: GivenId, number: u32, title_id: TitleId, episode_id: Option<EpisodeId>) -> Given {
    let location = Location::Torrent(TorrentLocation {
        infohash: Some(format!("{number:040x}")),
        ..TorrentLocation::default()
    });
    Given {
        id,
        number,
        called: "it".into(),
        by: Caller::Device(DeviceId::from_bytes([7; 16])),
        by_name: Some("Phone".into()),
        at: 5,
        source: Source {
            id: Source::id_for(title_id, episode_id, &location),
            title_id,
            episode_id,
            kind: SourceKind::Torrent,
            provider: "direct".into(),
            name: "n".into(),
            release: Release::default(),
            size_bytes: None,
            seeders: None,
            health: Health::Unknown,
            location,
            hints: Hints::default(),
        },
        files: Vec::new(),
    }
}

#[test]
fn what_was_given_is_kept_under_its_title_and_goes_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let external = External {
        tmdb: Some(1),
        ..External::default()
    };
    let film = kept(&store, title(TitleKind::Film, "Film", external), vec![]);
    let (one, list) = (GivenId::new(), GivenId::new());
    let first = given(one, 1, film.id, None);
    let infohash = format!("{:040x}", 1);
    store
        .keep_given(std::slice::from_ref(&first), Some((&infohash, b"d4:info")))
        .unwrap();
    let two = [given(list, 2, film.id, None), given(list, 3, film.id, None)];
    store.keep_given(&two, None).unwrap();
    drop(store);

    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.given_of(film.id).unwrap().len(), 3);
    assert_eq!(store.given().unwrap()[2], first);
    let count = store.given_count().unwrap();
    assert_eq!((count.things, count.torrent_bytes), (3, 7));
    assert!(count.row_bytes > 0, "{count:?}");
    assert_eq!(store.gift(list).unwrap(), two);
    assert_eq!(store.gift(GivenId::new()).unwrap(), []);
    assert_eq!(store.given_torrent(&infohash).unwrap().unwrap(), b"d4:info");
    assert_eq!(store.remove_given(one).unwrap(), []);
    assert_eq!(store.given_torrent(&infohash).unwrap(), None);
    assert_eq!(store.given().unwrap(), two);
    assert_eq!(store.remove_given(list).unwrap(), []);
    assert!(
        store.title(film.id).unwrap().is_some(),
        "a service tells of it"
    );
}

#[test]
fn a_title_of_the_house_goes_with_its_last_gift_unless_it_was_watched() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let own = |name| title(TitleKind::Series, name, External::default());
    let episode = || vec![FoundEpisode::numbered(1, 1)];
    let (unseen, seen) = (
        kept(&store, own("Unseen"), episode()),
        kept(&store, own("Seen"), episode()),
    );
    let (id, other) = (GivenId::new(), GivenId::new());
    let all = [
        given(id, 0, unseen.id, None),
        given(id, 1, seen.id, None),
        given(other, 0, unseen.id, None),
    ];
    store.keep_given(&all, None).unwrap();
    let progress = Progress {
        title_id: seen.id,
        episode_id: Some(store.episodes(seen.id).unwrap()[0].id),
        position_ms: 1,
        duration_ms: 2,
        watched_at: 3,
        finished: false,
    };
    store
        .save_progress(ProfileId::HOUSEHOLD, &progress, None)
        .unwrap();
    let episode_id = store.episodes(unseen.id).unwrap()[0].id;
    assert_eq!(store.remove_given(id).unwrap(), [], "another gift is left");
    assert_eq!(store.remove_given(other).unwrap(), [unseen.id]);
    assert!(store.title(unseen.id).unwrap().is_none());
    assert!(store.episode(episode_id).unwrap().is_none());
    assert!(store.title(seen.id).unwrap().is_some());
    // Nothing is kept of a title that went, and nothing beside it.
    let late = [given(id, 0, seen.id, None), given(id, 1, unseen.id, None)];
    assert!(!store.keep_given(&late, None).unwrap());
    assert_eq!(store.given_count().unwrap().things, 0);
}

/// A magnet that its peers described kept a thousand paths in one row, which nothing counted.
#[test]
fn a_row_of_many_files_counts_with_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let film = title(TitleKind::Film, "Film", External::default());
    let film = kept(&store, film, vec![]);
    let files = (0..1000).map(|index| GivenFile {
        index,
        path: "a".repeat(1000),
        size_bytes: 1,
    });
    let many = Given {
        files: files.collect(),
        ..given(GivenId::new(), 0, film.id, None)
    };
    assert!(store.keep_given(&[many], None).unwrap());
    let count = store.given_count().unwrap();
    assert!(count.row_bytes > 1_000_000, "{count:?}");
}

#[test]
fn what_was_given_moves_when_two_titles_become_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let with = |tmdb, imdb: Option<&str>| External {
        tmdb,
        imdb: imdb.map(str::to_owned),
        ..External::default()
    };
    let first = FoundEpisode::numbered(1, 1);
    let series = |external| title(TitleKind::Series, "Series", external);
    let from = kept(&store, series(with(None, Some("tt1"))), vec![first.clone()]);
    let into = kept(&store, series(with(Some(1), None)), vec![first]);
    let (old, new) = (
        store.episodes(from.id).unwrap()[0].id,
        store.episodes(into.id).unwrap()[0].id,
    );
    assert_ne!(old, new);
    let id = GivenId::new();
    store
        .keep_given(&[given(id, 0, from.id, Some(old))], None)
        .unwrap();
    // Somebody says that they are one.
    let both = kept(&store, series(with(Some(1), Some("tt1"))), vec![]);
    let (gone, left) = if both.id == into.id {
        (from.id, into.id)
    } else {
        (into.id, from.id)
    };
    let episode_id = store.episodes(left).unwrap()[0].id;
    for asked in [gone, left] {
        let moved = store.given_of(asked).unwrap();
        assert_eq!(moved.len(), 1, "{asked}");
        assert_eq!(moved[0].source.title_id, left);
        assert_eq!(moved[0].source.episode_id, Some(episode_id));
    }
    // Given to the title that is no more.
    store.keep_given(&[given(id, 1, gone, None)], None).unwrap();
    assert_eq!(store.given_of(left).unwrap().len(), 2);
}
