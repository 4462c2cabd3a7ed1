//! Which trackers and peers the box talks to: a stranger's list must not send it into the home
//! network, and nothing may go around a proxy.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    path::Path,
};

use url::{Host, Url};

use crate::Options;

const MAX_TRACKERS: usize = 50;
const MAX_PEERS: usize = 200;

/// In the form of librqbit's blocklist, which covers peers found by DHT, trackers and exchange.
const PRIVATE_NETWORKS: &str = "\
this:0.0.0.0-0.255.255.255
ten:10.0.0.0-10.255.255.255
carrier:100.64.0.0-100.127.255.255
loopback:127.0.0.0-127.255.255.255
link:169.254.0.0-169.254.255.255
home16:172.16.0.0-172.31.255.255
home:192.168.0.0-192.168.255.255
multicast:224.0.0.0-255.255.255.255
loopback6:::-::1
mapped6:::ffff:0:0-::ffff:ffff:ffff
local6:fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
link6:fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff
multicast6:ff00::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
";

/// Writes the blocklist and gives its address.
pub(crate) fn write_blocklist(folder: &Path) -> std::io::Result<Option<String>> {
    let path = folder.join("private-networks.txt");
    std::fs::write(&path, PRIVATE_NETWORKS)?;
    let path = path.canonicalize()?;
    Ok(Url::from_file_path(path).ok().map(String::from))
}

pub(crate) fn allowed_trackers<'a>(
    options: &Options,
    trackers: impl Iterator<Item = &'a String>,
) -> Vec<String> {
    let mut allowed = Vec::new();
    for tracker in trackers {
        if let Ok(url) = Url::parse(tracker)
            && is_allowed(options, &url)
            && !allowed.contains(&String::from(url.clone()))
            && allowed.len() < MAX_TRACKERS
        {
            allowed.push(url.into());
        }
    }
    allowed
}

fn is_allowed(options: &Options, url: &Url) -> bool {
    let scheme = match url.scheme() {
        "http" | "https" => true,
        "udp" => options.proxy.is_none(),
        _ => false,
    };
    let public = match url.host() {
        // `udp:` hosts are kept as text, addresses too.
        Some(Host::Domain(name)) => match name.parse::<IpAddr>() {
            Ok(ip) => is_public(ip),
            Err(_) => {
                name.contains('.')
                    && !["localhost", "local", "internal"]
                        .iter()
                        .any(|local| name.trim_end_matches('.').rsplit('.').next() == Some(local))
            }
        },
        Some(Host::Ipv4(ip)) => is_public(ip.into()),
        Some(Host::Ipv6(ip)) => is_public(ip.into()),
        None => return false,
    };
    scheme && (public || options.private_peers)
}

pub(crate) fn allowed_peers(options: &Options, peers: &[SocketAddr]) -> Vec<SocketAddr> {
    peers
        .iter()
        .copied()
        .filter(|peer| is_allowed_peer(options.private_peers, *peer))
        .take(MAX_PEERS)
        .collect()
}

/// What librqbit's blocklist says of the peers it finds itself.
pub(crate) fn is_allowed_peer(private_peers: bool, peer: SocketAddr) -> bool {
    peer.port() != 0 && (private_peers || is_public(peer.ip()))
}

fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            !(first == 0
                || first >= 224
                || ip.is_loopback()
                || ip.is_private()
                || ip.is_link_local()
                || (first == 100 && second & 0xc0 == 64))
        }
        IpAddr::V6(ip) => !is_local_v6(ip),
    }
}

fn is_local_v6(ip: Ipv6Addr) -> bool {
    ip.is_unspecified()
        || ip.is_loopback()
        || ip.is_multicast()
        || ip.is_unique_local()
        || ip.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_strangers_lists_out_of_the_home_network() {
        let mut options = Options::new("/x");
        let trackers = [
            "http://t.example/announce",
            "udp://t.example:1337/announce",
            "http://127.0.0.1/announce",
            "http://2130706433/",
            "udp://192.168.1.1:80",
            "udp://[::1]:80",
            "http://[fd00::1]/",
            "http://localhost/",
            "http://printer.local/",
            "http://router/",
            "file:///etc/passwd",
            "wss://t.example/",
            "nonsense",
        ]
        .map(String::from);
        let kept = allowed_trackers(&options, trackers.iter());
        assert_eq!(kept, trackers[..2]);
        let peers = [
            "127.0.0.1:1",
            "10.1.2.3:1",
            "[::ffff:192.168.0.1]:1",
            "9.9.9.9:0",
            "9.9.9.9:1",
        ]
        .map(|peer| peer.parse().unwrap());
        assert_eq!(allowed_peers(&options, &peers), peers[4..]);

        options.private_peers = true;
        assert_eq!(allowed_trackers(&options, trackers.iter()).len(), 10);
        options.proxy = Some("socks5://proxy.example:1080".into());
        let kept = allowed_trackers(&options, trackers.iter());
        assert!(kept.iter().all(|tracker| !tracker.starts_with("udp")));
    }
}
