//! How many have a torrent, asked without taking part in it: trackers are scraped (BEP 15 and 48),
//! and where none answers, the peers that were named with it are called.

use std::{
    collections::hash_map::RandomState,
    fmt::Write,
    hash::{BuildHasher, Hasher},
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use futures_util::future::join_all;
use hearth_model::TorrentLocation;
use librqbit_core::Id20;
use tokio::{
    net::{UdpSocket, lookup_host},
    time::timeout,
};
use url::Url;

use crate::{
    Options,
    magnet::parse_infohash,
    network::{allowed_peers, allowed_trackers, is_allowed_peer},
    route::Route,
};

const MOST_TRACKERS: usize = 6;
const MOST_PEERS: usize = 8;
const MOST_BYTES: usize = 64 * 1024;
/// A lost datagram is sent once more after so long.
const AGAIN_AFTER: Duration = Duration::from_millis(1500);
/// What makes a datagram a tracker's (BEP 15).
const UDP_PROTOCOL: u64 = 0x0417_2710_1980;
const CONNECT: u32 = 0;
const SCRAPE: u32 = 2;

/// Who has a torrent, as far as somebody told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swarm {
    pub seeders: u32,
    pub leechers: u32,
}

/// The best of what trackers tell within `patience`; none where nobody answers.
pub(crate) async fn swarm(
    options: &Options,
    location: &TorrentLocation,
    patience: Duration,
) -> Option<Swarm> {
    let id = parse_infohash(location.infohash.as_deref()?)?;
    let trackers = if options.trackers {
        allowed_trackers(options, location.trackers.iter())
    } else {
        Vec::new()
    };
    let asked = trackers.iter().take(MOST_TRACKERS).map(|tracker| async {
        let url = Url::parse(tracker).ok()?;
        let asked = timeout(patience, ask(options, &url, id)).await;
        match asked {
            Ok(Ok(swarm)) => swarm,
            Ok(Err(error)) => {
                tracing::debug!(host = url.host_str(), %error, "a tracker does not tell");
                None
            }
            Err(_) => None,
        }
    });
    let told = join_all(asked).await.into_iter().flatten();
    if let Some(best) = told.max_by_key(|swarm| (swarm.seeders, swarm.leechers)) {
        return Some(best);
    }
    call(options, location, patience).await
}

/// Whoever takes a call of those named is there; whether they have all of it, they do not say.
async fn call(options: &Options, location: &TorrentLocation, patience: Duration) -> Option<Swarm> {
    let peers = allowed_peers(options, &location.peers);
    let route = Route::new(options).ok()?;
    let called = peers.iter().take(MOST_PEERS).map(|peer| async {
        let answered = timeout(patience, route.connect(*peer)).await;
        matches!(answered, Ok(Ok(_)))
    });
    let there = join_all(called).await.into_iter().filter(|there| *there);
    let seeders = there.count() as u32;
    (seeders > 0).then_some(Swarm {
        seeders,
        leechers: 0,
    })
}

async fn ask(options: &Options, url: &Url, id: Id20) -> io::Result<Option<Swarm>> {
    match url.scheme() {
        "udp" => ask_udp(options, url, id).await,
        _ => ask_http(options, url, id).await.map_err(io::Error::other),
    }
}

async fn ask_http(options: &Options, url: &Url, id: Id20) -> Result<Option<Swarm>, reqwest::Error> {
    let Some(url) = scrape_address(url, id) else {
        return Ok(None);
    };
    let mut client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    if let Some(proxy) = &options.proxy {
        // The proxy looks up the name, too.
        let proxy = proxy.replacen("socks5://", "socks5h://", 1);
        client = client.proxy(reqwest::Proxy::all(proxy)?);
    } else if let Some(interface) = &options.interface {
        client = client.interface(interface);
    } else {
        client = client.no_proxy();
    }
    let mut answer = client.build()?.get(url).send().await?.error_for_status()?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_BYTES {
            return Ok(None);
        }
    }
    Ok(read_scrape(&bytes))
}

/// By convention `…/announce…` has a `…/scrape…` beside it; other trackers cannot be asked.
fn scrape_address(announce: &Url, id: Id20) -> Option<String> {
    let (before, last) = announce.path().rsplit_once('/')?;
    let rest = last.strip_prefix("announce")?;
    let mut url = announce.clone();
    url.set_path(&format!("{before}/scrape{rest}"));
    let mut hash = String::new();
    for byte in id.0 {
        // Writing to a string cannot fail.
        let _ = write!(hash, "%{byte:02x}");
    }
    let query = match url.query() {
        Some(query) if !query.is_empty() => format!("{query}&info_hash={hash}"),
        _ => format!("info_hash={hash}"),
    };
    // The parser would escape the escapes.
    url.set_query(None);
    url.set_fragment(None);
    Some(format!("{url}?{query}"))
}

/// The counts of the one torrent that was asked for, out of a bencoded answer.
fn read_scrape(answer: &[u8]) -> Option<Swarm> {
    let number = |key: &[u8]| {
        let at = answer.windows(key.len()).position(|window| window == key)?;
        let digits = &answer[at + key.len()..];
        let end = digits.iter().position(|byte| *byte == b'e')?;
        std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
    };
    Some(Swarm {
        seeders: number(b"8:completei")?,
        leechers: number(b"10:incompletei").unwrap_or_default(),
    })
}

async fn ask_udp(options: &Options, url: &Url, id: Id20) -> io::Result<Option<Swarm>> {
    let (Some(host), Some(port)) = (url.host_str(), url.port()) else {
        return Ok(None);
    };
    let host = host.trim_matches(['[', ']']);
    let tracker = lookup_host((host, port))
        .await?
        .find(|address| is_allowed_peer(options.private_peers, *address));
    let Some(tracker) = tracker else {
        return Ok(None);
    };
    let own = match tracker {
        SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
        SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
    };
    let socket = UdpSocket::bind(own).await?;
    if let Some(interface) = &options.interface {
        socket.bind_device(Some(interface.as_bytes()))?;
    }
    socket.connect(tracker).await?;
    let turn = RandomState::new().build_hasher().finish() as u32;
    let hello = [
        UDP_PROTOCOL.to_be_bytes().as_slice(),
        &CONNECT.to_be_bytes(),
        &turn.to_be_bytes(),
    ]
    .concat();
    let welcome = exchange(&socket, &hello, CONNECT, turn).await?;
    let Some(connection) = welcome.get(8..16) else {
        return Ok(None);
    };
    let question = [
        connection,
        &SCRAPE.to_be_bytes(),
        &turn.to_be_bytes(),
        &id.0,
    ]
    .concat();
    let answer = exchange(&socket, &question, SCRAPE, turn).await?;
    let number = |at: usize| {
        let bytes = answer.get(at..at + 4)?;
        bytes.try_into().ok().map(u32::from_be_bytes)
    };
    Ok(number(8)
        .zip(number(16))
        .map(|(seeders, leechers)| Swarm { seeders, leechers }))
}

/// Sends until the tracker's answer to this turn comes.
async fn exchange(socket: &UdpSocket, sent: &[u8], action: u32, turn: u32) -> io::Result<Vec<u8>> {
    let begins = [action.to_be_bytes(), turn.to_be_bytes()].concat();
    let mut buffer = [0; 1024];
    loop {
        socket.send(sent).await?;
        let answer = async {
            loop {
                let length = socket.recv(&mut buffer).await?;
                if buffer[..length].starts_with(&begins) {
                    return Ok(buffer[..length].to_vec());
                }
            }
        };
        if let Ok(answer) = timeout(AGAIN_AFTER, answer).await {
            return answer;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    const HASH: &str = "08ada5a7a6183aae1e09d831df6748d566095a10";
    const PATIENCE: Duration = Duration::from_secs(20);

    fn options() -> Options {
        Options {
            trackers: true,
            ..Options::loopback("/nowhere")
        }
    }

    fn location(trackers: &[String], peers: &[SocketAddr]) -> TorrentLocation {
        TorrentLocation {
            infohash: Some(HASH.into()),
            trackers: trackers.to_vec(),
            peers: peers.to_vec(),
            ..TorrentLocation::default()
        }
    }

    /// A tracker that loses the first datagram and is polite from then on.
    async fn udp_tracker(seeders: u32) -> String {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("udp://{}/announce", socket.local_addr().unwrap());
        tokio::spawn(async move {
            let mut buffer = [0; 1024];
            socket.recv_from(&mut buffer).await.unwrap();
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let (action, turn) = (buffer[8..12].to_vec(), buffer[12..16].to_vec());
                let answer = if action == CONNECT.to_be_bytes() {
                    assert_eq!(buffer[..8], UDP_PROTOCOL.to_be_bytes());
                    [action, turn, vec![7; 8]].concat()
                } else {
                    assert_eq!(buffer[..8], [7; 8]);
                    assert_eq!(buffer[16..length], parse_infohash(HASH).unwrap().0);
                    let numbers = [seeders, 90, 3].map(u32::to_be_bytes).concat();
                    [action, turn, numbers].concat()
                };
                socket.send_to(b"noise", from).await.unwrap();
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        url
    }

    async fn http_tracker(body: &'static [u8]) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!(
            "http://{}/key/announce.php?pass=1",
            listener.local_addr().unwrap()
        );
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(body).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        (url, asked)
    }

    #[tokio::test]
    async fn trackers_tell_how_many_have_it_and_the_best_is_believed() {
        let (http, asked) =
            http_tracker(b"d5:filesd20:xxxxxxxxxxxxxxxxxxxxd8:completei5e10:incompletei2eeee")
                .await;
        let trackers = [http, udp_tracker(42).await, "udp://127.0.0.1:9/x".into()];
        let told = swarm(&options(), &location(&trackers, &[]), PATIENCE).await;
        let told = told.unwrap();
        assert_eq!((told.seeders, told.leechers), (42, 3));
        let request = asked.await.unwrap();
        let hash = "%08%ad%a5%a7%a6%18%3a%ae%1e%09%d8%31%df%67%48%d5%66%09%5a%10";
        let line = format!("GET /key/scrape.php?pass=1&info_hash={hash} HTTP/1.1");
        assert!(request.starts_with(&line), "{request}");
    }

    #[tokio::test]
    async fn without_a_word_of_trackers_the_named_peers_are_called() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let there = listener.local_addr().unwrap();
        let gone = {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            listener.local_addr().unwrap()
        };
        let told = swarm(&options(), &location(&[], &[there, gone]), PATIENCE).await;
        assert_eq!(told.unwrap().seeders, 1);
        assert_eq!(
            swarm(&options(), &location(&[], &[gone]), PATIENCE).await,
            None
        );
    }

    #[tokio::test]
    async fn a_strangers_list_does_not_send_the_box_into_the_home_network() {
        let tracker = udp_tracker(42).await;
        let options = Options {
            private_peers: false,
            ..options()
        };
        assert_eq!(
            swarm(&options, &location(&[tracker], &[]), PATIENCE).await,
            None
        );
    }

    #[test]
    fn what_is_no_scrape_is_no_number() {
        for answer in [
            b"".as_slice(),
            b"d8:completeie",
            b"d8:completei-5ee",
            b"d8:completei99999999999999ee",
            b"d14:failure reason4:nopee",
            b"d8:completei5",
        ] {
            assert_eq!(read_scrape(answer), None);
        }
        assert_eq!(
            scrape_address(&"http://t/x".parse().unwrap(), Id20::new([1; 20])),
            None
        );
    }
}
