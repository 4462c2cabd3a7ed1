//! Which pieces come first, measured with a real seed: what is left on the disk when fetching is
//! stopped in the middle.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{io::SeekFrom, time::Duration};

use hearth_model::TorrentLocation;
use hearth_torrent::OpenFile;
use support::{Home, MB, Made, PIECE, noise, pieces_there, soon};
use tokio::{
    io::{AsyncReadExt, AsyncSeekExt},
    time::sleep,
};

const TICK: Duration = Duration::from_millis(50);
const PIECES_A_MB: usize = MB / PIECE;

async fn until_there(film: &OpenFile, bytes: usize) {
    let enough = async {
        while film.stats().await.unwrap().have_bytes < bytes as u64 {
            sleep(TICK).await;
        }
    };
    soon(enough).await;
}

/// Stops everything, and counts the pieces there in each megabyte.
async fn left(home: &Home, made: &Made) -> Vec<usize> {
    soon(home.torrents.stop()).await;
    let list = home.folder().join(&made.infohash).join("pieces");
    let there = pieces_there(&list);
    let size: usize = made.files.iter().map(Vec::len).sum();
    let mut counts = vec![0; size.div_ceil(MB)];
    for piece in there {
        counts[piece / PIECES_A_MB] += 1;
    }
    counts
}

#[tokio::test]
async fn the_first_and_the_last_pieces_come_before_the_rest() {
    let made = Made::film(61, 30 * MB);
    let seed = made.slow_seed(2 * MB);
    let home = Home::start().await;
    let film = home.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    soon(reader.read_exact(&mut vec![0; PIECE])).await.unwrap();
    until_there(&film, 6 * MB).await;
    let there = left(&home, &made).await;
    assert_eq!(there[0], PIECES_A_MB, "{there:?}");
    assert_eq!(there[29], PIECES_A_MB, "{there:?}");
    // The rest in its order: librqbit alone takes the last megabyte after all of this.
    assert!(there[1] > there[27] && there[27] < PIECES_A_MB, "{there:?}");
}

#[tokio::test]
async fn after_a_seek_it_goes_on_forward() {
    let made = Made::film(62, 64 * MB);
    let seed = made.slow_seed(6 * MB);
    let home = Home::start().await;
    let film = home.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    reader.seek(SeekFrom::Start(16 * MB as u64)).await.unwrap();
    soon(reader.read_exact(&mut vec![0; MB])).await.unwrap();
    // The 32 MB that librqbit fetches by itself, and some more.
    until_there(&film, 42 * MB).await;
    let there = left(&home, &made).await;
    assert_eq!(there[17], PIECES_A_MB, "{there:?}");
    let before: usize = there[2..16].iter().sum();
    let after: usize = there[50..63].iter().sum();
    assert!(after > before, "{there:?}");
}

#[tokio::test]
async fn the_next_episode_begins_when_this_one_is_there() {
    let files = vec![noise(63, 4 * MB), noise(64, 60 * MB)];
    let made = Made::new("season", &["e1.mkv", "e2.mkv"], files);
    let seed = made.slow_seed(6 * MB);
    let home = Home::start().await;
    let episode = |index| TorrentLocation {
        file_index: Some(index),
        ..made.at(Some(&seed))
    };
    let first = home.open(episode(0), Some(&made)).await.unwrap();
    let mut reader = first.reader().await.unwrap();
    soon(reader.read_to_end(&mut Vec::new())).await.unwrap();

    let second = episode(1);
    let next = soon(home.torrents.prefetch(&second, None, None, 0.05))
        .await
        .unwrap();
    soon(next.done()).await.unwrap();
    drop((reader, first));
    // The prefetch alone keeps it open, and does not want the file: a twentieth of it, however
    // large its torrent is.
    let list = home.torrents.list().await.unwrap();
    let files = &list[0].open.as_ref().unwrap().files;
    assert!(!files[1].wanted);
    assert!(files[1].have_bytes >= 3 * MB as u64, "{files:?}");
    assert!(files[1].have_bytes < 50 * MB as u64, "{files:?}");
    drop(seed);
    drop(next);
    let second = TorrentLocation {
        file_index: Some(1),
        ..made.at(None)
    };
    let second = home.open(second, None).await.unwrap();
    let mut start = vec![0; 3 * MB];
    let mut reader = second.reader().await.unwrap();
    soon(reader.read_exact(&mut start)).await.unwrap();
    assert!(start == made.files[1][..3 * MB]);
}

#[tokio::test]
async fn whoever_watches_comes_before_the_next_episode() {
    let (film, next) = (Made::film(65, 8 * MB), Made::film(66, 4 * MB));
    let (slow, quick) = (film.slow_seed(64 * 1024), next.seed());
    let home = Home::start().await;
    let watched = home.open(film.at(Some(&slow)), Some(&film)).await.unwrap();
    let mut reader = watched.reader().await.unwrap();
    soon(reader.read_exact(&mut [0; 100])).await.unwrap();
    let location = next.at(Some(&quick));
    let prefetch = home
        .torrents
        .prefetch(&location, Some(next.torrent.clone()), None, 0.25);
    let beginning = soon(prefetch).await.unwrap();
    // Long enough for it to have looked; and however long, it takes nothing.
    sleep(Duration::from_millis(1500)).await;
    let stats = home.torrents.stats(&next.infohash).await.unwrap().unwrap();
    assert_eq!(stats.fetched_bytes, 0);
    drop((reader, watched));
    soon(beginning.done()).await.unwrap();
}
