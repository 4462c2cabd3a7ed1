//! Magnet links.
//!
//! Read here and not by `librqbit_core::Magnet`, which leaves out `x.pe` and `ws` and expands
//! `so=0-99999999999` into memory.

use std::{net::SocketAddr, str::FromStr};

use hearth_model::TorrentLocation;
use librqbit_core::Id20;
use url::Url;

use crate::{Error, Result};

const MAX_LINK_BYTES: usize = 16_384;
/// Of trackers, peers and web seeds each.
const MAX_ADDRESSES: usize = 100;

/// Reads a magnet link, or a bare infohash. Peers given by name instead of address are left out.
pub fn parse_magnet(link: &str) -> Result<TorrentLocation> {
    let refuse = |reason: &str| Error::BadMagnet {
        reason: reason.to_owned(),
    };
    let link = link.trim();
    if link.len() > MAX_LINK_BYTES {
        return Err(refuse("it is too long"));
    }
    if let Some(id) = parse_infohash(link) {
        return Ok(TorrentLocation {
            infohash: Some(id.as_string()),
            ..TorrentLocation::default()
        });
    }
    let url = Url::parse(link).map_err(|_| refuse("it is no link"))?;
    if url.scheme() != "magnet" {
        return Err(refuse("it does not begin with \"magnet:\""));
    }
    let mut location = TorrentLocation::default();
    let mut version_2 = false;
    for (key, value) in url.query_pairs() {
        // Several of one kind may be numbered: `tr.1`, `tr.2`.
        let kind = match key.as_ref() {
            "x.pe" => "x.pe",
            key => key.split_once('.').map_or(key, |(kind, _)| kind),
        };
        match kind {
            "xt" => {
                if let Some(text) = value.strip_prefix("urn:btih:") {
                    let id = parse_infohash(text)
                        .ok_or_else(|| refuse("its infohash has the wrong form"))?;
                    location.infohash = Some(id.as_string());
                }
                version_2 |= value.starts_with("urn:btmh:");
            }
            "tr" => push(&mut location.trackers, value.into_owned()),
            "x.pe" => {
                if let Ok(peer) = value.parse::<SocketAddr>() {
                    push(&mut location.peers, peer);
                }
            }
            "xs" if value.starts_with("http") => {
                location.torrent_url.get_or_insert(value.into_owned());
            }
            "so" => location.file_index = value.parse().ok(),
            _ => {}
        }
    }
    match location.infohash {
        Some(_) => Ok(location),
        None if version_2 => Err(refuse("it names a BitTorrent version 2 torrent only")),
        None => Err(refuse("it names no torrent")),
    }
}

/// 40 hexadecimal digits, or 32 of base 32 as old links have it.
pub(crate) fn parse_infohash(text: &str) -> Option<Id20> {
    Id20::from_str(&text.to_ascii_uppercase()).ok()
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if list.len() < MAX_ADDRESSES && !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "a621779b5e3d486e127c3efbca9b6f8d135f52e5";

    #[test]
    fn reads_everything_a_link_can_name() {
        let link = format!(
            "magnet:?xt=urn:btih:{HASH}&dn=x&tr=udp%3A%2F%2Ft.example%3A1%2Fannounce&tr.1=http://u.example/a\
             &x.pe=127.0.0.1:6881&x.pe=[::1]:6882&x.pe=name.example:1&ws=http://w.example/f&so=3"
        );
        let location = parse_magnet(&link).unwrap();
        assert_eq!(location.infohash.as_deref(), Some(HASH));
        assert_eq!(
            location.trackers,
            ["udp://t.example:1/announce", "http://u.example/a"]
        );
        assert_eq!(
            location.peers,
            [
                "127.0.0.1:6881".parse().unwrap(),
                "[::1]:6882".parse().unwrap()
            ]
        );
        assert_eq!(location.file_index, Some(3));
    }

    #[test]
    fn reads_bare_and_base_32_infohashes() {
        assert_eq!(
            parse_magnet(&HASH.to_uppercase())
                .unwrap()
                .infohash
                .as_deref(),
            Some(HASH)
        );
        let link = "magnet:?xt=urn:btih:uyqxpg26hveg4et4h3fhvg3prujv6uxf";
        assert_eq!(
            parse_magnet(link).unwrap().infohash.map(|hash| hash.len()),
            Some(40)
        );
    }

    #[test]
    fn refuses_what_names_no_torrent() {
        for link in [
            "",
            "hello",
            "http://x.example/",
            "magnet:?dn=x",
            "magnet:?xt=urn:btih:12",
            "magnet:?xt=urn:btmh:1220caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e",
        ] {
            let error = parse_magnet(link).unwrap_err();
            assert!(matches!(error, Error::BadMagnet { .. }), "{link}: {error}");
        }
        // A range of files must not be unfolded into memory.
        let link = format!("magnet:?xt=urn:btih:{HASH}&so=0-18446744073709551614");
        assert_eq!(parse_magnet(&link).unwrap().file_index, None);
    }
}
