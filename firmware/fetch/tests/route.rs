//! The way that requests take when the owner binds them to one.

#![allow(clippy::unwrap_used, reason = "tests")]

mod server;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hearth_fetch::{Error, Fetcher, Limits, Options, Route};
use server::{Server, ok};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Public by its range; nothing is ever sent there.
const NOBODY: Ipv4Addr = Ipv4Addr::new(9, 9, 9, 7);

fn fetcher(route: Route) -> Fetcher {
    let options = Options {
        lookup: Arc::new(|name| {
            let address = if name == "inside.example" {
                Ipv4Addr::LOCALHOST
            } else {
                NOBODY
            };
            Box::pin(async move { Ok(vec![address.into()]) })
        }),
        connect_timeout: Duration::from_millis(500),
        route,
        ..Options::default()
    };
    Fetcher::new(options).unwrap()
}

fn once() -> Limits {
    Limits {
        timeout: Duration::from_secs(60),
        attempts: 1,
        ..Limits::default()
    }
}

/// A SOCKS5 proxy that leads everybody who asks for [`NOBODY`] to one place.
async fn proxy(place: SocketAddr) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, Ordering::Relaxed);
            let mut hello = [0; 3];
            stream.read_exact(&mut hello).await.unwrap();
            assert_eq!(hello, [5, 1, 0]);
            stream.write_all(&[5, 0]).await.unwrap();
            let mut request = [0; 10];
            stream.read_exact(&mut request).await.unwrap();
            assert_eq!(request[..4], [5, 1, 0, 1], "an address, not a name");
            assert_eq!(request[4..8], NOBODY.octets());
            stream
                .write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
                .await
                .unwrap();
            let mut there = TcpStream::connect(place).await.unwrap();
            tokio::spawn(async move {
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut there).await;
            });
        }
    });
    (address, asked)
}

#[tokio::test]
async fn a_proxy_is_given_checked_addresses_and_nothing_private() {
    let server = Server::start(|_, _| ok("here")).await;
    let (proxy, asked) = proxy(server.address).await;
    let fetcher = fetcher(Route::Proxy(format!("socks5://{proxy}")));
    let answer = fetcher
        .get_bytes("http://films.example/list", once())
        .await
        .unwrap();
    assert_eq!(&answer.bytes[..], b"here");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    for url in ["http://inside.example/", "http://127.0.0.1/"] {
        let error = fetcher.get_bytes(url, once()).await.unwrap_err();
        assert!(matches!(error, Error::Private { .. }), "{url}: {error:?}");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_the_owner_allows_at_home_is_reached_straight() {
    let server = Server::start(|_, _| ok("at home")).await;
    let (proxy, asked) = proxy(server.address).await;
    let options = Options {
        allow_private_hosts: vec!["127.0.0.1".into()],
        route: Route::Proxy(format!("socks5://{proxy}")),
        ..Options::default()
    };
    let fetcher = Fetcher::new(options).unwrap();
    let answer = fetcher.get_bytes(&server.url("/"), once()).await.unwrap();
    assert_eq!(&answer.bytes[..], b"at home");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn an_interface_that_is_gone_reaches_nothing() {
    let fetcher = fetcher(Route::Interface("gone0".into()));
    let error = fetcher
        .get_bytes("http://films.example/", once())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
}
