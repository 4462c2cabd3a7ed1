//! Where peers of a magnet come from: DHT and trackers. librqbit finds them only together with
//! the description, which it does not take carefully enough (see `description.rs`).

use std::{net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use librqbit::Session;
use librqbit_core::{Id20, peer_id::generate_azereus_style};
use librqbit_tracker_comms::{TrackerComms, UdpTrackerClient};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    Error, Options, Result,
    network::is_allowed_peer,
    route::{Route, with_names},
};

/// librqbit tells trackers this port when nobody may connect: they take none at all for an error.
const NO_PORT: u16 = 4240;
const TRACKER_ANSWERS_WITHIN: Duration = Duration::from_secs(15);

/// The name under which the box takes part; librqbit's own form, so that it does not stand out.
pub(crate) fn own_id() -> Id20 {
    generate_azereus_style(*b"rQ", (9, 1, 0, 0))
}

pub(crate) struct Finder {
    session: Arc<Session>,
    own_id: Id20,
    trackers: Option<(reqwest::Client, UdpTrackerClient)>,
    private_peers: bool,
}

impl Finder {
    pub async fn start(
        options: &Options,
        session: Arc<Session>,
        route: &Route,
        own_id: Id20,
        stopped: &CancellationToken,
    ) -> Result<Self> {
        let failed = |reason: String| Error::Start { reason };
        let trackers = if options.trackers {
            let interface = route
                .interface()
                .map_err(|error| failed(error.to_string()))?;
            let udp = UdpTrackerClient::new(stopped.clone(), interface.as_ref())
                .await
                .map_err(|error| failed(format!("{error:#}")))?;
            let http = http_client(options, &session).map_err(|error| failed(error.to_string()))?;
            Some((http, udp))
        } else {
            None
        };
        Ok(Self {
            session,
            own_id,
            trackers,
            private_peers: options.private_peers,
        })
    }

    /// Everybody who may have the torrent, each of them perhaps more than once: those named first.
    pub fn peers(
        &self,
        id: Id20,
        trackers: &[String],
        named: Vec<SocketAddr>,
    ) -> BoxStream<'static, SocketAddr> {
        let dht = self.session.get_dht().map(|dht| dht.get_peers(id, None));
        let dht = stream::iter(dht).flatten();
        let tracked = self.trackers.as_ref().and_then(|(http, udp)| {
            TrackerComms::start(
                id,
                self.own_id,
                trackers
                    .iter()
                    .filter_map(|url| Url::parse(url).ok())
                    .collect(),
                Box::new(()),
                None,
                self.session.announce_port().unwrap_or(NO_PORT),
                http.clone(),
                udp.clone(),
            )
        });
        let tracked = stream::iter(tracked).flatten();
        let private_peers = self.private_peers;
        stream::iter(named)
            .chain(stream::select(dht, tracked))
            .filter(move |peer| std::future::ready(is_allowed_peer(private_peers, *peer)))
            .boxed()
    }
}

fn http_client(options: &Options, session: &Session) -> reqwest::Result<reqwest::Client> {
    let mut client = reqwest::Client::builder()
        .user_agent(session.client_name_and_version())
        .timeout(TRACKER_ANSWERS_WITHIN);
    if let Some(proxy) = &options.proxy {
        client = client.proxy(reqwest::Proxy::all(with_names(proxy))?);
    } else if let Some(interface) = &options.interface {
        client = client.interface(interface);
    }
    client.build()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;
    use crate::{folder::Folder, session};

    /// librqbit's own search for a magnet's peers asked everybody a tracker named.
    #[tokio::test]
    async fn a_tracker_does_not_send_the_box_into_the_home_network() {
        let tracker = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/announce", tracker.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = tracker.accept().await.unwrap();
            assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
            let peers = [
                [127, 0, 0, 1, 0, 80],
                [192, 168, 0, 1, 0, 80],
                [9, 9, 9, 9, 0, 80],
            ];
            let body = [
                b"d8:intervali1800e5:peers18:".as_slice(),
                &peers.concat(),
                b"e",
            ]
            .concat();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            stream
                .write_all(&[head.as_bytes(), &body].concat())
                .await
                .unwrap();
        });
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            trackers: true,
            private_peers: false,
            ..Options::loopback(folder.path())
        };
        let files = Folder::create(folder.path()).unwrap();
        let session = session::start(&options, &files, own_id()).await.unwrap();
        let route = Route::new(&options).unwrap();
        let stopped = CancellationToken::new();
        let finder = Finder::start(&options, session, &route, own_id(), &stopped)
            .await
            .unwrap();
        let named = ["10.0.0.1:80", "9.9.9.8:80", "9.9.9.7:0"].map(|peer| peer.parse().unwrap());
        let found = finder.peers(Id20::new([7; 20]), &[url], named.to_vec());
        let found: Vec<_> = found.take(2).map(|peer| peer.to_string()).collect().await;
        assert_eq!(found, ["9.9.9.8:80", "9.9.9.9:80"]);
    }
}
