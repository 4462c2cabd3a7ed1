//! What hostile peers can do while a magnet is resolved, and how peers are found for it. The
//! numbers in the names are those of the list of abuse cases.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use hearth_model::TorrentLocation;
use hearth_torrent::{Error, MAX_TORRENT_BYTES};
use support::{
    Home, MB, Made, forget_peak,
    liar::{Liar, Lie},
    peak_memory, sha1, soon,
};
use tokio::{io::AsyncReadExt, task::JoinSet};

/// A right description of so many files of one byte.
fn many_files(count: usize) -> Vec<u8> {
    let mut info = b"d5:filesl".to_vec();
    for number in 0..count {
        info.extend(format!("d6:lengthi1e4:pathl7:{number:07}ee").into_bytes());
    }
    let pieces = count.div_ceil(65_536) * 20;
    info.extend(format!("e4:name1:n12:piece lengthi65536e6:pieces{pieces}:").into_bytes());
    info.extend(vec![7; pieces]);
    info.push(b'e');
    info
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_18_a_magnet_of_a_million_files_costs_little_memory() {
    let home = Home::start().await;
    let peer = Liar::start(many_files(1_000_000));
    forget_peak();
    let before = peak_memory();
    let error = home.open(peer.at(), None).await.unwrap_err();
    let taken = peak_memory() - before;
    assert!(
        matches!(&error, Error::BadTorrent { reason } if reason.contains("the limit")),
        "{error}"
    );
    assert_eq!(peer.asked(), 0, "not even begun");
    assert!(taken < 100 * MB, "{taken}");
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_18_many_long_magnets_at_once_cost_little_memory() {
    const MAGNETS: usize = 6;
    let home = Home::start().await;
    let files = MAX_TORRENT_BYTES / 31;
    let peers: Vec<_> = (0..MAGNETS)
        .map(|number| Liar::start(many_files(files - number)))
        .collect();
    forget_peak();
    let before = peak_memory();
    let mut opening = JoinSet::new();
    for peer in &peers {
        let (torrents, location) = (home.torrents.clone(), peer.at());
        opening.spawn(async move { torrents.open(&location, None).await.map(|_| ()) });
    }
    for opened in soon(opening.join_all()).await {
        let error = opened.unwrap_err();
        assert!(
            matches!(&error, Error::BadTorrent { reason } if reason.contains("too many files")),
            "{error}"
        );
    }
    let taken = peak_memory() - before;
    assert!(peers.iter().all(|peer| peer.asked() > 400));
    assert!(taken < 100 * MB, "{taken}");
}

/// Some crowds of false peers are there only to keep people from a film.
#[tokio::test(flavor = "multi_thread")]
async fn abuse_19_peers_that_hold_back_do_not_keep_a_magnet_waiting() {
    let made = Made::film(31, 2 * MB);
    let hash = sha1(&made.info);
    let lies = [MAX_TORRENT_BYTES - 1000, 28 * MB, 900_000, 3];
    let liars: Vec<_> = (0..24)
        .map(|number| Liar::of_hash(hash, Vec::new(), Lie::Holds(lies[number % lies.len()])))
        .collect();
    let seed = made.seed();
    let home = Home::start().await;
    let mut location = made.at(None);
    location.peers = liars.iter().map(|liar| liar.address).collect();
    location.peers.push(seed.address);
    let film = home.open(location, None).await.unwrap();
    assert!(liars.iter().any(|liar| liar.asked() > 0));
    let mut content = Vec::new();
    soon(film.reader().await.unwrap().read_to_end(&mut content))
        .await
        .unwrap();
    assert!(content == made.files[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn finds_the_peers_of_a_magnet_by_its_tracker() {
    let made = Made::film(32, MB);
    let seed = made.seed();
    let mut peers = seed
        .address
        .ip()
        .to_string()
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect::<Vec<u8>>();
    peers.extend(seed.address.port().to_be_bytes());
    let mut body = b"d8:intervali1800e5:peers6:".to_vec();
    body.extend(peers);
    body.push(b'e');
    let home = Home::with(|options| options.trackers = true).await;
    let location = TorrentLocation {
        trackers: vec![tracker(body)],
        ..made.at(None)
    };
    let film = home.open(location, None).await.unwrap();
    assert_eq!(film.name, "film.mkv");
}

/// A tracker that gives everybody the same answer; its address.
fn tracker(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/announce", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(&[head.as_bytes(), &body].concat());
        }
    });
    url
}
