//! What a stranger's address may not reach, tried with real connections.

#![allow(clippy::unwrap_used, reason = "tests")]

mod server;

use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hearth_fetch::{Error, Fetcher, Limits, Options};
use server::{Server, ok, redirect};

/// Public by its range, assigned to nobody.
const NOBODY: &str = "2fff::1";

fn fetcher(allowed: &[String]) -> Fetcher {
    let options = Options {
        allow_private_hosts: allowed.to_vec(),
        connect_timeout: Duration::from_millis(300),
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

#[tokio::test]
async fn abuse_11_private_addresses_in_every_spelling_are_refused() {
    let server = Server::start(|_, _| ok("secret")).await;
    let port = server.address.port();
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[fd00::1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "localhost",
        "LOCALHOST",
        "①②⑦.0.0.1",
    ];
    for host in hosts {
        let url = format!("http://{host}:{port}/x?apikey=s3cret");
        let error = fetcher(&[]).get_bytes(&url, once()).await.unwrap_err();
        assert!(matches!(error, Error::Private { .. }), "{host}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }
    assert_eq!(server.heads().len(), 0, "nothing may reach the server");
}

#[tokio::test]
async fn an_allowed_host_is_reached_with_or_without_its_port() {
    let server = Server::start(|_, _| ok("here")).await;
    for allowed in [server.host(), "127.0.0.1".into()] {
        let text = fetcher(&[allowed])
            .get_text(&server.url("/"), once())
            .await
            .unwrap();
        assert_eq!(text, "here");
    }
    let other_port = "127.0.0.1:1".to_owned();
    let error = fetcher(&[other_port])
        .get_text(&server.url("/"), once())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Private { .. }));
}

#[tokio::test]
async fn what_one_provider_may_reach_stays_its_own() {
    let server = Server::start(|_, _| ok("here")).await;
    let plain = fetcher(&[]);
    let provider = plain.allowing([server.host()]);
    assert!(provider.get_text(&server.url("/"), once()).await.is_ok());
    assert!(plain.get_text(&server.url("/"), once()).await.is_err());
}

#[tokio::test]
async fn abuse_12_a_name_that_changes_its_mind_gains_nothing() {
    let server = Server::start(|_, _| ok("secret")).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    // Public the first time (in a range assigned to nobody), private ever after.
    let options = Options {
        connect_timeout: Duration::from_millis(200),
        lookup: Arc::new(move |_| {
            let first = count.fetch_add(1, Ordering::SeqCst) == 0;
            let address: IpAddr = if first { NOBODY } else { "127.0.0.1" }.parse().unwrap();
            Box::pin(async move { Ok(vec![address]) })
        }),
        ..Options::default()
    };
    let fetcher = Fetcher::new(options).unwrap();
    let url = format!("http://changing.example:{}/", server.address.port());
    let first = fetcher.get_bytes(&url, once()).await.unwrap_err();
    assert!(
        matches!(first, Error::Connect { .. } | Error::Timeout { .. }),
        "the checked public address is the one connected to: {first:?}"
    );
    assert_eq!(asked.load(Ordering::SeqCst), 1, "one look-up a connection");
    let second = fetcher.get_bytes(&url, once()).await.unwrap_err();
    assert!(matches!(second, Error::Private { .. }), "{second:?}");
    assert_eq!(server.heads().len(), 0);
}

#[tokio::test]
async fn a_name_with_public_and_private_addresses_leads_to_the_public_one_only() {
    let server = Server::start(|_, _| ok("secret")).await;
    let options = Options {
        connect_timeout: Duration::from_millis(200),
        lookup: Arc::new(|_| {
            Box::pin(async { Ok(vec![NOBODY.parse().unwrap(), "127.0.0.1".parse().unwrap()]) })
        }),
        ..Options::default()
    };
    let fetcher = Fetcher::new(options).unwrap();
    let url = format!("http://both.example:{}/", server.address.port());
    assert!(fetcher.get_bytes(&url, once()).await.is_err());
    assert_eq!(server.heads().len(), 0);
}

#[tokio::test]
async fn abuse_13_a_redirect_to_a_private_address_is_refused() {
    let inner = Server::start(|_, _| ok("secret")).await;
    let target = inner.url("/admin");
    let outer = Server::start(move |_, _| redirect(&target)).await;
    let fetcher = fetcher(&[outer.host()]);
    let error = fetcher
        .get_bytes(&outer.url("/"), once())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Private { .. }), "{error:?}");
    let error = fetcher
        .stream(&outer.url("/"), &[].into(), None)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Private { .. }), "{error:?}");
    assert_eq!(inner.heads().len(), 0);
}

#[tokio::test]
async fn abuse_13_a_redirect_loop_ends_after_five_hops() {
    let server = Server::start(|_, _| redirect("/again")).await;
    let error = fetcher(&[server.host()])
        .get_bytes(&server.url("/"), once())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::TooManyRedirects { .. }), "{error:?}");
    assert_eq!(server.heads().len(), 6);
}

#[tokio::test]
async fn abuse_13_other_schemes_are_refused_at_the_start_and_at_each_hop() {
    for url in [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://127.0.0.1/",
        "data:text/plain,x",
    ] {
        let error = fetcher(&[]).get_bytes(url, once()).await.unwrap_err();
        assert!(matches!(error, Error::Scheme { .. }), "{url}: {error:?}");
    }
    let server = Server::start(|_, _| redirect("file:///etc/passwd")).await;
    let error = fetcher(&[server.host()])
        .get_bytes(&server.url("/"), once())
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::LeftHttp { scheme, .. } if scheme == "file"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_redirect_to_a_magnet_hands_it_over_unprinted() {
    let server = Server::start(|_, _| redirect("magnet:?xt=urn:btih:abc&tr=s3cret")).await;
    let error = fetcher(&[server.host()])
        .get_bytes(&server.url("/"), once())
        .await
        .unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"));
    let Error::LeftHttp { location, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(location.0, "magnet:?xt=urn:btih:abc&tr=s3cret");
}

#[tokio::test]
async fn keys_in_addresses_stay_out_of_every_error() {
    let server = Server::start(|head, _| {
        if head.contains("/cut") {
            vec![server::Step::Send(
                b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx".to_vec(),
            )]
        } else if head.contains("/json") {
            ok("no json")
        } else {
            server::reply("403 Forbidden", &[], "s3cret")
        }
    })
    .await;
    let fetcher = fetcher(&[server.host(), "127.0.0.1:1".into()]);
    let host = server.host();
    let urls = [
        format!("http://user:s3cret@{host}/cut?apikey=s3cret"),
        format!("http://{host}/json/s3cret"),
        format!("http://{host}/s3cret?apikey=s3cret"),
        "http://127.0.0.1:1/s3cret?apikey=s3cret".into(),
        "http://[s3cret]/".into(),
        "s3cret".into(),
    ];
    for url in urls {
        let error = fetcher
            .get_json::<serde_json::Value>(&url, once())
            .await
            .unwrap_err();
        let mut text = format!("{error:?} {error}");
        let mut cause = std::error::Error::source(&error);
        while let Some(this) = cause {
            text = format!("{text} {this} {this:?}");
            cause = this.source();
        }
        assert!(!text.contains("s3cret"), "{text}");
    }
}
