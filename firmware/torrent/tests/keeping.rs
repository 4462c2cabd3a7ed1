//! What is kept of torrents and for how long, what a power cut costs, and what they may take of
//! the line. aria2 is the only seed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    num::NonZeroU32,
    os::unix::fs::MetadataExt,
    time::{Duration, Instant},
};

use hearth_model::TorrentLocation;
use hearth_torrent::{OpenFile, Options, SpeedLimits, State, Torrents};
use support::{Home, MB, Made, PIECE, copy_tree, free_address, noise, options, pieces_there, soon};
use tokio::{io::AsyncReadExt, time::sleep};

const TICK: Duration = Duration::from_millis(50);

async fn watch(film: OpenFile, bytes: usize) {
    let mut reader = film.reader().await.unwrap();
    soon(reader.read_exact(&mut vec![0; bytes])).await.unwrap();
}

async fn watch_all(home: &Home, made: &Made) {
    let seed = made.seed();
    let film = home.open(made.at(Some(&seed)), Some(made)).await.unwrap();
    watch(film, made.files[0].len()).await;
    close(home, made).await;
}

async fn close(home: &Home, made: &Made) {
    let closed = async {
        while !home.torrents.release(&made.infohash).await.unwrap() {
            sleep(TICK).await;
        }
    };
    soon(closed).await;
}

#[tokio::test]
async fn the_longest_unwatched_goes_first_after_a_restart_too() {
    let films = [51, 52, 53].map(|seed| Made::film(seed, 4 * MB));
    let mut home = Home::with(|options| options.quota_bytes = 10 * MB as u64).await;
    watch_all(&home, &films[0]).await;
    watch_all(&home, &films[1]).await;
    // The older one again, from the disk; and the newer one only opened, not watched.
    let again = home.open(films[0].at(None), None).await.unwrap();
    watch(again, 100).await;
    close(&home, &films[0]).await;
    drop(home.open(films[1].at(None), None).await.unwrap());
    close(&home, &films[1]).await;
    let order: Vec<_> = home.torrents.list().await.unwrap();
    let order: Vec<_> = order.iter().map(|film| &film.infohash).collect();
    assert_eq!(order, [&films[1].infohash, &films[0].infohash]);

    soon(home.torrents.stop()).await;
    home.torrents = Torrents::start(Options {
        quota_bytes: 10 * MB as u64,
        ..options(home.root.path())
    })
    .await
    .unwrap();
    watch_all(&home, &films[2]).await;
    assert!(home.folder().join(&films[0].infohash).exists());
    assert!(!home.folder().join(&films[1].infohash).exists());
}

#[tokio::test]
async fn a_season_makes_room_for_its_next_episode() {
    let files = (0..4).map(|number| noise(80 + number, 4 * MB)).collect();
    let made = Made::new("season", &["e1.mkv", "e2.mkv", "e3.mkv", "e4.mkv"], files);
    let seed = made.seed();
    let home = Home::with(|options| options.quota_bytes = 9 * MB as u64).await;
    let episode = |index| TorrentLocation {
        file_index: Some(index),
        ..made.at(Some(&seed))
    };
    let data = home.folder().join(&made.infohash).join("data");
    // Each is opened while the one before is still held, as a player does.
    let mut held = None;
    for index in 0..4 {
        let film = home.open(episode(index), Some(&made)).await.unwrap();
        let mut content = Vec::new();
        let mut reader = film.reader().await.unwrap();
        soon(reader.read_to_end(&mut content)).await.unwrap();
        assert!(content == made.files[index], "{index}");
        held = Some(film);
    }
    let on_disk = ["e1.mkv", "e2.mkv", "e3.mkv", "e4.mkv"]
        .map(|name| std::fs::metadata(data.join(name)).map_or(0, |file| file.blocks() * 512));
    assert_eq!(on_disk[..2], [0, 0], "{on_disk:?}");
    drop(held);
    close(&home, &made).await;
    // What is on the disk is right, and is all that it is said to be.
    drop(seed);
    let film = home.open(episode_alone(&made, 3), None).await.unwrap();
    let mut content = Vec::new();
    let mut reader = film.reader().await.unwrap();
    soon(reader.read_to_end(&mut content)).await.unwrap();
    assert!(content == made.files[3]);
    let list = home.torrents.list().await.unwrap();
    let files = &list[0].open.as_ref().unwrap().files;
    assert!(files[0].have_bytes <= PIECE as u64, "{files:?}");
}

fn episode_alone(made: &Made, index: usize) -> TorrentLocation {
    TorrentLocation {
        file_index: Some(index),
        ..made.at(None)
    }
}

#[tokio::test]
async fn a_power_cut_costs_what_came_after_the_last_note() {
    let made = Made::film(54, 24 * MB);
    let seed = made.slow_seed(4 * MB);
    let home = Home::with(|options| options.note_every = Duration::from_millis(100)).await;
    let film = home.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    soon(reader.read_exact(&mut vec![0; 4 * MB])).await.unwrap();
    let noted = home.folder().join(&made.infohash).join("pieces");
    let first_note = async {
        while pieces_there(&noted).is_empty() {
            sleep(TICK).await;
        }
        std::fs::read(&noted).unwrap()
    };
    let list = soon(first_note).await;
    // More comes, and reaches the disk; then the power goes, with the list as it was noted.
    soon(reader.read_exact(&mut vec![0; 4 * MB])).await.unwrap();
    let crashed = home.root.path().join("crashed");
    copy_tree(&home.folder(), &crashed.join("torrents"));
    let film_folder = crashed.join("torrents").join(&made.infohash);
    std::fs::write(film_folder.join("pieces"), list).unwrap();
    let known = pieces_there(&film_folder.join("pieces")).len();
    let peers = std::fs::read(film_folder.join("peers")).unwrap();
    std::fs::remove_file(film_folder.join("peers")).unwrap();
    soon(home.torrents.stop()).await;

    let torrents = Torrents::start(options(&crashed)).await.unwrap();
    let film = soon(torrents.open(&made.at(None), None)).await.unwrap();
    let mut start = vec![0; PIECE];
    let mut reader = soon(film.reader()).await.unwrap();
    soon(reader.read_exact(&mut start)).await.unwrap();
    assert!(start == made.files[0][..PIECE]);
    let have = film.stats().await.unwrap().have_bytes;
    // A check of the whole disk would have found the later pieces too.
    assert_eq!(have, (known * PIECE) as u64);
    drop((reader, film));
    while !torrents.release(&made.infohash).await.unwrap() {
        sleep(TICK).await;
    }

    // Nobody names a peer: it is remembered, and the rest comes from it.
    std::fs::write(film_folder.join("peers"), peers).unwrap();
    let film = soon(torrents.open(&made.at(None), None)).await.unwrap();
    let mut content = Vec::new();
    let mut reader = film.reader().await.unwrap();
    soon(reader.read_to_end(&mut content)).await.unwrap();
    assert!(content == made.files[0]);
}

#[tokio::test]
async fn limits_hold_and_change_while_it_fetches() {
    const SLOW: u32 = 64 * 1024;
    let made = Made::film(55, 16 * MB);
    let seed = made.seed();
    let home = Home::with(|options| options.max_down_bytes_per_s = NonZeroU32::new(SLOW)).await;
    let started = Instant::now();
    let film = home.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    soon(reader.read_exact(&mut vec![0; 2 * PIECE]))
        .await
        .unwrap();
    let fetched = film.stats().await.unwrap().fetched_bytes;
    // A second's worth may come at once.
    let allowed = u64::from(SLOW) * (started.elapsed().as_secs() + 2);
    assert!(fetched <= allowed, "{fetched} of {allowed}");
    assert_eq!(
        home.torrents.limits().down_bytes_per_s,
        NonZeroU32::new(SLOW)
    );
    // At the old speed the rest would take four minutes.
    home.torrents.set_limits(SpeedLimits::default());
    let mut content = Vec::new();
    soon(reader.read_to_end(&mut content)).await.unwrap();
    assert!(content == made.files[0][2 * PIECE..]);
}

#[tokio::test]
async fn a_limit_holds_for_what_is_given_to_others() {
    const SLOW: u32 = 64 * 1024;
    let made = Made::film(56, 8 * MB);
    let seed = made.seed();
    let address = free_address();
    let giver = Home::with(|options| {
        options.listen = Some(address);
        options.max_up_bytes_per_s = NonZeroU32::new(SLOW);
    })
    .await;
    let whole = giver.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
    let mut reader = whole.reader().await.unwrap();
    soon(reader.read_to_end(&mut Vec::new())).await.unwrap();
    drop(seed);

    let taker = Home::start().await;
    let mut from_giver = made.at(None);
    from_giver.peers = vec![address];
    let started = Instant::now();
    let film = taker.open(from_giver, Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    soon(reader.read_exact(&mut vec![0; 2 * PIECE]))
        .await
        .unwrap();
    let given = whole.stats().await.unwrap().uploaded_bytes;
    let allowed = u64::from(SLOW) * (started.elapsed().as_secs() + 2);
    assert!(given > 0 && given <= allowed, "{given} of {allowed}");
    giver.torrents.set_limits(SpeedLimits::default());
    let mut content = Vec::new();
    soon(reader.read_to_end(&mut content)).await.unwrap();
    assert!(content == made.files[0][2 * PIECE..]);
}

#[tokio::test]
async fn says_what_is_there_of_every_file() {
    let files = vec![noise(57, MB), noise(58, 2 * MB), noise(59, MB)];
    let made = Made::new("season", &["e1.mkv", "e2.mkv", "sub/e1.srt"], files);
    let seed = made.seed();
    let home = Home::start().await;
    let film = home.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    soon(reader.read_to_end(&mut Vec::new())).await.unwrap();
    let list = home.torrents.list().await.unwrap();
    let open = list[0].open.as_ref().unwrap();
    assert_eq!(open.stats.state, State::Complete);
    assert_eq!(open.stats.peers_seen, 1);
    let files: Vec<_> = open
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.wanted))
        .collect();
    let all = [("e1.mkv", false), ("e2.mkv", true), ("sub/e1.srt", false)];
    assert_eq!(files, all);
    assert_eq!(open.files[1].have_bytes, 2 * MB as u64);
    assert!(open.files[0].have_bytes < PIECE as u64 + 1);
    drop((reader, film));
    close(&home, &made).await;
    assert_eq!(home.torrents.list().await.unwrap()[0].open, None);
}
