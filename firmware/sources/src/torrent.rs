//! Magnets, infohashes and .torrent links, as strangers give them.
//!
//! `librqbit-core` reads the hash; the rest of a magnet is read here, because its own reader
//! expands `so=0-18446744073709551615` into memory and panics on a padded hash.

use std::{net::SocketAddr, str::FromStr, time::Duration};

use bytes::Bytes;
use hearth_fetch::{Error as FetchError, Fetcher, Limits};
use hearth_model::TorrentLocation;
use librqbit_core::hash_id::Id20;
use url::Url;

use crate::Error;

/// A magnet with more of either is not believed further.
const MOST_TRACKERS: usize = 40;
const MOST_PEERS: usize = 40;
const MOST_TORRENT_BYTES: usize = 16 * 1024 * 1024;

/// 40 hexadecimal or 32 base32 digits, as 40 lower-case hexadecimal ones.
pub(crate) fn infohash(text: &str) -> Option<String> {
    let text = text.trim();
    let all_digits = text.bytes().all(|b| b.is_ascii_alphanumeric());
    if !all_digits || !matches!(text.len(), 32 | 40) {
        return None;
    }
    let id = Id20::from_str(&text.to_ascii_uppercase()).ok()?;
    Some(id.as_string())
}

/// Reads a magnet: hash, trackers (`tr`), peers (`x.pe`), web seeds (`ws`).
pub fn magnet(text: &str) -> Option<TorrentLocation> {
    let url = Url::parse(text.trim()).ok()?;
    if url.scheme() != "magnet" {
        return None;
    }
    let mut torrent = TorrentLocation::default();
    for (key, value) in url.query_pairs() {
        // Numbered parameters (`tr.1`) are the same ones again; `x.pe` is a name of its own.
        let plain = key
            .split_once('.')
            .filter(|(_, number)| number.parse::<u32>().is_ok());
        match plain.map_or(key.as_ref(), |(plain, _)| plain) {
            "xt" => {
                let hash = value.strip_prefix("urn:btih:").and_then(infohash);
                torrent.infohash = torrent.infohash.or(hash);
            }
            "tr" => add_tracker(&mut torrent, &value),
            "x.pe" => add_peer(&mut torrent, &value),
            _ => {}
        }
    }
    torrent.infohash.is_some().then_some(torrent)
}

pub(crate) fn add_tracker(torrent: &mut TorrentLocation, address: &str) {
    let usable = Url::parse(address.trim())
        .is_ok_and(|url| matches!(url.scheme(), "udp" | "http" | "https") && url.has_host());
    let address = address.trim().to_owned();
    if usable && torrent.trackers.len() < MOST_TRACKERS && !torrent.trackers.contains(&address) {
        torrent.trackers.push(address);
    }
}

pub(crate) fn add_peer(torrent: &mut TorrentLocation, address: &str) {
    if let Ok(peer) = address.trim().parse::<SocketAddr>()
        && peer.port() != 0
        && torrent.peers.len() < MOST_PEERS
        && !torrent.peers.contains(&peer)
    {
        torrent.peers.push(peer);
    }
}

pub(crate) fn is_http(address: &str) -> bool {
    Url::parse(address.trim()).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// What a .torrent link turned out to be: indexers often answer with a redirect to a magnet.
#[derive(Debug, Clone, PartialEq)]
pub enum TorrentLink {
    File(Bytes),
    Magnet(TorrentLocation),
}

/// Fetches a `torrent_url`, with the fetcher of the provider that gave it
/// ([`Provider::fetcher`](crate::Provider::fetcher)).
pub async fn fetch_torrent(
    fetcher: &Fetcher,
    url: &str,
    timeout: Duration,
) -> Result<TorrentLink, Error> {
    let limits = Limits {
        timeout,
        max_bytes: MOST_TORRENT_BYTES,
        ..Limits::default()
    };
    match fetcher.get_bytes(url, limits).await {
        // Bencode of a dictionary; what is in it is the torrent engine's to judge.
        Ok(document) if document.bytes.first() == Some(&b'd') => {
            Ok(TorrentLink::File(document.bytes))
        }
        Ok(_) => Err(Error::NoTorrent),
        Err(FetchError::LeftHttp { location, .. }) => magnet(&location.0)
            .map(TorrentLink::Magnet)
            .ok_or(Error::NoTorrent),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "9fb267cff5ae5603f07a347676ec3bf3e35f75e1";

    #[test]
    fn a_magnet_gives_its_hash_trackers_and_peers() {
        let text = format!(
            "magnet:?xt=urn:btih:{}&dn=Sintel&tr=udp%3A%2F%2Ftracker.example%3A1337&tr.1=http://t.example/announce\
             &tr=nonsense&x.pe=127.0.0.1:6881&x.pe=[::1]:6882&x.pe=host.example:1&ws=https://seed.example/f&so=0-18446744073709551615",
            HASH.to_uppercase()
        );
        let torrent = magnet(&text).unwrap();
        assert_eq!(torrent.infohash.as_deref(), Some(HASH));
        assert_eq!(
            torrent.trackers,
            ["udp://tracker.example:1337", "http://t.example/announce"]
        );
        assert_eq!(
            torrent.peers,
            [
                "127.0.0.1:6881".parse().unwrap(),
                "[::1]:6882".parse().unwrap()
            ]
        );
    }

    #[test]
    fn base32_hashes_are_the_same_hash() {
        let torrent = magnet("magnet:?xt=urn:btih:VU2QYN66WU7FTPXSG3TFDRXW6KTEBPBF").unwrap();
        assert_eq!(
            torrent.infohash.as_deref(),
            Some("ad350c37deb53e59bef236e651c6f6f2a640bc25")
        );
    }

    #[test]
    fn what_is_no_hash_is_none() {
        let padded = format!("{}======", "A".repeat(26));
        let cyrillic = "я".repeat(20);
        for text in [
            "",
            "abc",
            &"g".repeat(40),
            &"1".repeat(32),
            &padded,
            &cyrillic,
        ] {
            assert_eq!(infohash(text), None, "{text}");
        }
        assert!(magnet("magnet:?dn=no-hash").is_none());
        assert!(magnet("https://example.org/?xt=urn:btih:").is_none());
    }

    #[test]
    fn a_hostile_magnet_stays_small() {
        let many: Vec<String> = (0..5000)
            .map(|n| format!("&tr=udp://t{n}.example:1&x.pe=10.0.0.1:{n}"))
            .collect();
        let many = many.concat();
        let torrent = magnet(&format!("magnet:?xt=urn:btih:{HASH}{many}")).unwrap();
        assert_eq!(torrent.trackers.len(), MOST_TRACKERS);
        assert_eq!(torrent.peers.len(), MOST_PEERS);
    }
}
