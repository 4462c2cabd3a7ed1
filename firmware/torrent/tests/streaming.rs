//! Torrents as players use them, with aria2 as the only seed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    io::SeekFrom,
    net::TcpListener,
    time::{Duration, Instant},
};

use hearth_model::TorrentLocation;
use hearth_torrent::{Error, Reader, State, Torrents, inspect, parse_magnet};
use support::{Home, MB, Made, PIECE, copy_tree, noise, options, soon};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

async fn read_all(mut reader: Reader) -> Vec<u8> {
    let mut content = Vec::new();
    soon(reader.read_to_end(&mut content)).await.unwrap();
    content
}

async fn read(reader: &mut Reader, length: usize) -> Vec<u8> {
    let mut content = vec![0; length];
    soon(reader.read_exact(&mut content)).await.unwrap();
    content
}

fn cause(error: &std::io::Error) -> &Error {
    error
        .get_ref()
        .and_then(|cause| cause.downcast_ref())
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_a_film_from_its_start() {
    let made = Made::film(1, 8 * MB + 12345);
    let seed = made.seed();
    let home = Home::start().await;
    let film = home.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
    assert_eq!(film.infohash, made.infohash);
    assert_eq!((film.file_index, film.name.as_str()), (0, "film.mkv"));
    assert_eq!(film.size_bytes, made.files[0].len() as u64);
    assert_eq!(film.mime, "video/x-matroska");
    let content = read_all(film.reader().await.unwrap()).await;
    assert!(content == made.files[0]);
    let stats = film.stats().await.unwrap();
    assert_eq!(stats.state, State::Complete);
    assert_eq!(
        (stats.have_bytes, stats.total_bytes),
        (film.size_bytes, film.size_bytes)
    );
    assert!(stats.fetched_bytes >= film.size_bytes);
    assert_eq!(stats.peers_seen, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fetches_only_the_wanted_file() {
    let files = vec![noise(1, 5 * MB), noise(2, 2 * MB), noise(3, MB)];
    let made = Made::new("season", &["extra.zip", "e1.mkv", "sub/e2.mp4"], files);
    let seed = made.seed();
    let home = Home::start().await;
    let largest = made.at(Some(&seed));
    let first = home.open(largest.clone(), Some(&made)).await.unwrap();
    assert_eq!((first.file_index, first.name.as_str()), (1, "e1.mkv"));
    assert!(read_all(first.reader().await.unwrap()).await == made.files[1]);

    // A second file of the open torrent, as the next episode is.
    let next = TorrentLocation {
        file_index: Some(2),
        ..largest.clone()
    };
    let second = home.open(next, None).await.unwrap();
    assert_eq!(
        (second.name.as_str(), second.mime.as_str()),
        ("e2.mp4", "video/mp4")
    );
    assert!(read_all(second.reader().await.unwrap()).await == made.files[2]);

    let stats = home.torrents.stats(&made.infohash).await.unwrap().unwrap();
    assert!(
        stats.fetched_bytes < (3 * MB + 4 * PIECE) as u64,
        "{stats:?}"
    );
    let none = TorrentLocation {
        file_index: Some(7),
        ..largest
    };
    let error = home.open(none, None).await.unwrap_err();
    assert!(
        matches!(error, Error::NoSuchFile { index: 7, .. }),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn seeks_to_the_end_of_a_half_fetched_film() {
    let made = Made::film(2, 48 * MB);
    let seed = made.slow_seed(2 * MB);
    let home = Home::start().await;
    let film = home.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    assert!(read(&mut reader, 200_000).await == made.files[0][..200_000]);
    let from = made.files[0].len() - 100_000;
    reader.seek(SeekFrom::End(-100_000)).await.unwrap();
    assert!(read(&mut reader, 100_000).await == made.files[0][from..]);
    assert!(film.has(0, 200_000).await && film.has(from as u64, film.size_bytes).await);
    assert!(
        !film.has(0, film.size_bytes).await,
        "its middle is not there"
    );
    let stats = film.stats().await.unwrap();
    assert_eq!(stats.state, State::Fetching);
    assert!(stats.have_bytes < stats.total_bytes / 2, "{stats:?}");
    assert_eq!((stats.peers_connected, stats.peers_seen), (1, 1));
    reader.seek(SeekFrom::Start(1000)).await.unwrap();
    assert!(read(&mut reader, 1000).await == made.files[0][1000..2000]);
    assert_eq!(
        reader.seek(SeekFrom::End(0)).await.unwrap(),
        film.size_bytes
    );
    assert_eq!(reader.read(&mut [0; 8]).await.unwrap(), 0);
    assert!(
        reader
            .seek(SeekFrom::Start(film.size_bytes + 1))
            .await
            .is_err()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn opens_a_magnet_by_the_peer_it_names() {
    let made = Made::film(3, 3 * MB);
    let seed = made.seed();
    let home = Home::start().await;
    let link = format!(
        "magnet:?xt=urn:btih:{}&x.pe={}",
        made.infohash, seed.address
    );
    let film = home.open(parse_magnet(&link).unwrap(), None).await.unwrap();
    assert_eq!(film.name, "film.mkv");
    assert!(read_all(film.reader().await.unwrap()).await == made.files[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn says_so_when_a_magnet_has_no_peers() {
    let made = Made::film(4, MB);
    let home = Home::with(|options| options.magnet_timeout = Duration::from_millis(700)).await;
    // Nobody at all, nobody there, and somebody who accepts but never speaks.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for peers in [
        vec![],
        vec![support::free_address()],
        vec![silent.local_addr().unwrap()],
    ] {
        let location = TorrentLocation {
            peers,
            ..made.at(None)
        };
        let started = Instant::now();
        let error = home.open(location.clone(), None).await.unwrap_err();
        assert!(matches!(error, Error::NoPeers { .. }), "{error}");
        // Of a home's own patience, half.
        assert!(started.elapsed() < Duration::from_secs(15));
    }
    let error = home
        .open(TorrentLocation::default(), None)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::NothingToOpen));
    assert!(home.torrents.list().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_what_was_fetched() {
    let made = Made::film(5, 32 * MB);
    let home = Home::start().await;
    let slow = made.slow_seed(3 * MB);
    let film = home.open(made.at(Some(&slow)), Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    read(&mut reader, 4 * MB).await;
    soon(home.torrents.stop()).await;
    drop(slow);
    let on_disk = home.folder().join(&made.infohash);
    let pieces = std::fs::read(on_disk.join("pieces")).unwrap();
    let kept = pieces
        .iter()
        .map(|byte| byte.count_ones() as usize)
        .sum::<usize>()
        * PIECE;
    assert!((4 * MB..32 * MB).contains(&kept), "{kept}");

    let torrents = Torrents::start(options(home.root.path())).await.unwrap();
    let list = torrents.list().await.unwrap();
    assert_eq!(
        (list.len(), list[0].name.as_str(), list[0].open.is_some()),
        (1, "film.mkv", false)
    );
    // Without peers: what is there can be read.
    let film = soon(torrents.open(&made.at(None), None)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    assert!(read(&mut reader, 4 * MB).await == made.files[0][..4 * MB]);
    assert_eq!(film.stats().await.unwrap().have_bytes, kept as u64);
    drop(reader);
    // With a peer named only now: the rest, and nothing twice.
    let seed = made.seed();
    let film = soon(torrents.open(&made.at(Some(&seed)), None))
        .await
        .unwrap();
    assert!(read_all(film.reader().await.unwrap()).await == made.files[0]);
    let fetched = film.stats().await.unwrap().fetched_bytes;
    assert!(
        fetched <= (32 * MB - kept + PIECE) as u64,
        "{fetched} after {kept}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_costs_a_check_and_no_wrong_byte() {
    let made = Made::film(6, 4 * MB);
    let seed = made.seed();
    let home = Home::start().await;
    let film = home.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
    read_all(film.reader().await.unwrap()).await;
    let saved = home.root.path().join("crashed");
    // What a crash leaves: the folder as it was while the film was open, and a block of it lost.
    copy_tree(&home.folder(), &saved.join("torrents"));
    let data = saved
        .join("torrents")
        .join(&made.infohash)
        .join("data/film.mkv");
    let mut content = std::fs::read(&data).unwrap();
    content[MB..MB + 4096].fill(0);
    std::fs::write(&data, content).unwrap();

    let torrents = Torrents::start(options(&saved)).await.unwrap();
    let film = soon(torrents.open(&made.at(Some(&seed)), None))
        .await
        .unwrap();
    assert!(read_all(film.reader().await.unwrap()).await == made.files[0]);
    assert!(
        film.stats().await.unwrap().fetched_bytes <= 2 * PIECE as u64,
        "{:?}",
        film.stats().await.unwrap()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_readers_block_neither_each_other_nor_the_next_torrent() {
    let (made, other) = (Made::film(7, 3 * MB), Made::film(8, MB));
    let (seed, other_seed) = (made.seed(), other.seed());
    let home = Home::start().await;
    // Nobody to fetch from yet: all twelve hold their streams open.
    let film = home.open(made.at(None), Some(&made)).await.unwrap();
    let mut readers = Vec::new();
    for _ in 0..12 {
        readers.push(soon(film.reader()).await.unwrap());
    }
    let second = home
        .open(other.at(Some(&other_seed)), Some(&other))
        .await
        .unwrap();
    assert!(read_all(soon(second.reader()).await.unwrap()).await == other.files[0]);

    drop(readers);
    let film = home.open(made.at(Some(&seed)), None).await.unwrap();
    let reads = (0..12_u64).map(|number| {
        let film = film.clone();
        tokio::spawn(async move {
            let mut reader = film.reader().await.unwrap();
            let from = number * 250_000;
            reader.seek(SeekFrom::Start(from)).await.unwrap();
            (from as usize, read(&mut reader, 200_000).await)
        })
    });
    for read in reads.collect::<Vec<_>>() {
        let (from, content) = soon(read).await.unwrap();
        assert!(content == made.files[0][from..from + 200_000]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pending_reads_end_when_told() {
    let made = Made::film(9, MB);
    for how in ["cancel", "remove", "stop"] {
        let home = Home::start().await;
        let film = home.open(made.at(None), Some(&made)).await.unwrap();
        let mut reader = film.reader().await.unwrap();
        let cancel = reader.canceller();
        let pending = tokio::spawn(async move { reader.read(&mut [0; 8]).await });
        tokio::task::yield_now().await;
        assert!(
            !home.torrents.release(&made.infohash).await.unwrap(),
            "it is being read"
        );
        let started = Instant::now();
        match how {
            "cancel" => cancel.cancel(),
            "remove" => home.torrents.remove(&made.infohash, true).await.unwrap(),
            _ => home.torrents.stop().await,
        }
        let error = soon(pending).await.unwrap().unwrap_err();
        assert!(matches!(cause(&error), Error::Closed), "{how}: {error}");
        assert!(started.elapsed() < Duration::from_secs(20), "{how}");
        let again = film.reader().await;
        match how {
            "cancel" => assert!(again.is_ok()),
            _ => assert!(matches!(again.unwrap_err(), Error::Closed)),
        }
        let there = home.folder().join(&made.infohash).exists();
        assert_eq!(there, how != "remove");
        if how == "stop" {
            let error = home.open(made.at(None), None).await.unwrap_err();
            assert!(matches!(error, Error::Stopped));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_named_later_reach_an_open_torrent() {
    let made = Made::film(10, 2 * MB);
    let home = Home::start().await;
    let lonely = home.open(made.at(None), Some(&made)).await.unwrap();
    let seed = made.seed();
    let found = home.open(made.at(Some(&seed)), None).await.unwrap();
    drop(found);
    assert!(read_all(soon(lonely.reader()).await.unwrap()).await == made.files[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_handle_closes_the_torrent() {
    let made = Made::film(11, 2 * MB);
    let seed = made.seed();
    let home = Home::start().await;
    let location = made.at(Some(&seed));
    let film = home.open(location.clone(), Some(&made)).await.unwrap();
    let reader = film.reader().await.unwrap();
    drop(film);
    assert!(
        read_all(reader).await == made.files[0],
        "a reader keeps it open"
    );
    let closed = async {
        while home.torrents.list().await.unwrap()[0].open.is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    soon(closed).await;
    let stats = home.torrents.stats(&made.infohash).await.unwrap().unwrap();
    assert_eq!(
        (stats.state, stats.total_bytes),
        (State::Idle, 2 * MB as u64)
    );
    assert!(home.folder().join(&made.infohash).join("pieces").exists());
    // Open, released while nobody reads, and open again.
    let film = home.open(location.clone(), None).await.unwrap();
    assert!(home.torrents.release(&made.infohash).await.unwrap());
    assert!(matches!(film.reader().await.unwrap_err(), Error::Closed));
    let again = home.open(location.clone(), None).await.unwrap();
    drop(film);
    assert!(read_all(again.reader().await.unwrap()).await == made.files[0]);
    assert_eq!(again.stats().await.unwrap().fetched_bytes, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn makes_room_with_idle_torrents_only() {
    let (old, new) = (Made::film(12, 4 * MB), Made::film(13, 4 * MB));
    let (old_seed, new_seed) = (old.seed(), new.seed());
    let home = Home::with(|options| options.quota_bytes = 6 * MB as u64).await;
    let film = home
        .open(old.at(Some(&old_seed)), Some(&old))
        .await
        .unwrap();
    read_all(film.reader().await.unwrap()).await;
    let location = new.at(Some(&new_seed));
    let error = home.open(location.clone(), Some(&new)).await.unwrap_err();
    assert!(matches!(error, Error::QuotaFull { .. }), "{error}");
    assert!(home.folder().join(&old.infohash).exists());

    assert!(home.torrents.release(&old.infohash).await.unwrap());
    let film = home.open(location.clone(), Some(&new)).await.unwrap();
    assert!(read_all(film.reader().await.unwrap()).await == new.files[0]);
    let list = home.torrents.list().await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(
        (&list[0].infohash, list[0].open.is_some()),
        (&new.infohash, true)
    );
    assert!(list[0].size_on_disk_bytes >= 4 * MB as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_file_that_describes_another_torrent() {
    let (made, other) = (Made::film(14, MB), Made::film(15, MB));
    let home = Home::start().await;
    let error = home.open(made.at(None), Some(&other)).await.unwrap_err();
    assert!(matches!(error, Error::BadTorrent { .. }), "{error}");
    let error = home.torrents.stats("xyz").await.unwrap_err();
    assert!(matches!(error, Error::BadInfohash { .. }));
    assert_eq!(home.torrents.stats(&made.infohash).await.unwrap(), None);
}

#[test]
fn inspects_a_torrent() {
    let made = Made::new(
        "season",
        &["a.mkv", "sub/b.srt"],
        vec![noise(1, MB), noise(2, 99)],
    );
    let mut file = b"d8:announce20:http://t.example/ann13:announce-listll20:http://t.example/annel\
        19:udp://t.example:1/aee8:url-list17:http://w.example/4:info"
        .to_vec();
    file.extend(&made.info);
    file.push(b'e');
    let info = inspect(&file).unwrap();
    assert_eq!(info.infohash, made.infohash);
    assert_eq!(
        (info.name.as_str(), info.size_bytes),
        ("season", MB as u64 + 99)
    );
    let files: Vec<_> = info
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.size_bytes))
        .collect();
    assert_eq!(files, [("a.mkv", MB as u64), ("sub/b.srt", 99)]);
    assert_eq!(
        info.trackers,
        ["http://t.example/ann", "udp://t.example:1/a"]
    );
    assert!(!info.private);
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_23_impossible_positions_are_errors() {
    let made = Made::film(16, MB);
    let home = Home::start().await;
    let film = home.open(made.at(None), Some(&made)).await.unwrap();
    let mut reader = film.reader().await.unwrap();
    reader.seek(SeekFrom::Start(500)).await.unwrap();
    for position in [
        SeekFrom::Start(MB as u64 + 1),
        SeekFrom::Start(u64::MAX),
        SeekFrom::End(1),
        SeekFrom::End(i64::MIN),
        SeekFrom::Current(-501),
        SeekFrom::Current(i64::MAX),
    ] {
        let error = reader.seek(position).await.unwrap_err();
        assert_eq!(
            error.kind(),
            std::io::ErrorKind::InvalidInput,
            "{position:?}"
        );
    }
    assert_eq!(reader.stream_position().await.unwrap(), 500);
    assert_eq!(reader.seek(SeekFrom::Current(-500)).await.unwrap(), 0);
}
