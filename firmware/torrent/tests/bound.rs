//! Torrents bound to an interface or a proxy, on a box that has another way out: nothing takes
//! it, and when their own is gone they stop and say so.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::{net::SocketAddrV4, path::PathBuf, time::Duration};

use hearth_model::TorrentLocation;
use hearth_torrent::{Error, OpenFile, Options, Torrents};
use support::{
    MB, Made, Seed,
    finders::{Asked, dht_node, http_tracker, udp_tracker},
    land::{FAR, Land, Side, VPN_END},
    socks::Socks,
    soon,
};
use tempfile::TempDir;
use tokio::{io::AsyncReadExt, time::sleep};

const TICK: Duration = Duration::from_millis(50);

fn at(port: u16) -> SocketAddrV4 {
    SocketAddrV4::new(FAR.parse().unwrap(), port)
}

/// Everybody who is needed, on one side.
struct Swarm {
    _seed: Seed,
    http: Asked,
    udp: Asked,
    dht: Asked,
}

impl Swarm {
    fn start(side: &Side, made: &Made, speed: Option<usize>) -> Self {
        Self {
            _seed: Seed::there(made, side, at(6881), speed),
            http: http_tracker(side, at(8000), at(6881)),
            udp: udp_tracker(side, at(8001), at(6881)),
            dht: dht_node(side, at(8002)),
        }
    }

    fn all(&self) -> [Asked; 3] {
        [&self.http, &self.udp, &self.dht].map(Clone::clone)
    }

    fn asked(&self) -> [usize; 3] {
        self.all().map(|one| one.times())
    }
}

/// As strangers give it: no peer is named.
fn place(made: &Made) -> TorrentLocation {
    TorrentLocation {
        trackers: vec![
            format!("http://{}/announce", at(8000)),
            format!("udp://{}/announce", at(8001)),
        ],
        ..made.at(None)
    }
}

fn options(folder: PathBuf) -> Options {
    Options {
        min_free_bytes: 0,
        dht_nodes: vec![at(8002).to_string()],
        magnet_timeout: Duration::from_secs(20),
        ..Options::new(folder)
    }
}

/// Does it on the box.
fn on_the_box<T: Send + 'static, F: Future<Output = T>>(
    land: &Land,
    work: impl FnOnce() -> F + Send + 'static,
) -> T {
    land.box_.enter(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(work())
    })
}

async fn read_all(film: &OpenFile) -> Vec<u8> {
    let mut content = Vec::new();
    let mut reader = soon(film.reader()).await.unwrap();
    soon(reader.read_to_end(&mut content)).await.unwrap();
    content
}

async fn until_stopped(torrents: &Torrents, stopped: bool) {
    let changed = async {
        while torrents.binding().stopped.is_some() != stopped {
            sleep(TICK).await;
        }
    };
    soon(changed).await;
}

fn why(error: &std::io::Error) -> String {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
    let Some(Error::RouteGone { reason }) = cause else {
        panic!("{error}");
    };
    reason.clone()
}

fn fetches_a_film(bound: bool) -> (Land, [usize; 3], [usize; 3], u64) {
    let land = Land::lay();
    let made = Made::film(71, 4 * MB);
    let swarms = [&land.far, &land.home].map(|side| Swarm::start(side, &made, None));
    let before = land.leaked();
    let (location, content) = (place(&made), made.files[0].clone());
    let [far, home] = &swarms;
    let asked = if bound { far.all() } else { home.all() };
    on_the_box(&land, move || async move {
        let folder = TempDir::new().unwrap();
        let torrents = Torrents::start(Options {
            interface: bound.then(|| "vpn0".to_owned()),
            ..options(folder.path().join("torrents"))
        })
        .await
        .unwrap();
        assert_eq!(torrents.binding().to.is_some(), bound);
        let film = soon(torrents.open(&location, None)).await.unwrap();
        assert!(read_all(&film).await == content);
        // The film may be there before everybody was asked for it.
        let all_were = async {
            while asked.iter().any(|one| one.times() == 0) {
                sleep(TICK).await;
            }
        };
        soon(all_were).await;
        soon(torrents.stop()).await;
    });
    let [far, home] = swarms.map(|swarm| swarm.asked());
    let leaked = land.leaked() - before;
    (land, far, home, leaked)
}

#[test]
fn all_of_it_goes_by_the_interface() {
    let (_land, far, home, leaked) = fetches_a_film(true);
    assert!(far.iter().all(|times| *times > 0), "{far:?}");
    assert_eq!(home, [0; 3]);
    assert_eq!(leaked, 0);
}

/// Else the test above would prove nothing.
#[test]
fn unbound_it_goes_the_other_way() {
    let (_land, far, home, leaked) = fetches_a_film(false);
    assert_eq!(far, [0; 3]);
    assert!(home.iter().all(|times| *times > 0), "{home:?}");
    assert!(leaked > 0);
}

#[test]
fn stops_while_the_interface_is_gone_and_says_so() {
    let land = Land::lay();
    let made = Made::film(72, 16 * MB);
    let swarm = Swarm::start(&land.far, &made, Some(2 * MB));
    let _lure = Swarm::start(&land.home, &made, None);
    let before = land.leaked();
    let folder = TempDir::new().unwrap();
    let options = Options {
        interface: Some("vpn0".to_owned()),
        ..options(folder.path().join("torrents"))
    };
    let (location, content) = (place(&made), made.files[0].clone());
    // The box may start before its VPN does.
    land.cut_vpn();
    let (tell, told) = std::sync::mpsc::channel::<&'static str>();
    let (cut, mut cuts) = tokio::sync::mpsc::channel::<()>(1);
    std::thread::scope(|scope| {
        let boxed = &land;
        scope.spawn(move || {
            on_the_box(boxed, move || async move {
                let torrents = Torrents::start(options).await.unwrap();
                let stopped = torrents.binding().stopped.unwrap();
                assert!(stopped.contains("vpn0 is not there"), "{stopped}");
                let error = torrents.open(&location, None).await.unwrap_err();
                assert!(matches!(error, Error::RouteGone { .. }), "{error}");
                tell.send("lay").unwrap();
                until_stopped(&torrents, false).await;

                let film = soon(torrents.open(&location, None)).await.unwrap();
                let mut reader = film.reader().await.unwrap();
                soon(reader.read_exact(&mut vec![0; MB])).await.unwrap();
                tell.send("cut").unwrap();
                soon(cuts.recv()).await.unwrap();
                let error = soon(reader.read_to_end(&mut Vec::new())).await.unwrap_err();
                assert!(why(&error).contains("vpn0"), "{error}");
                until_stopped(&torrents, true).await;
                let error = torrents.open(&location, None).await.unwrap_err();
                assert!(
                    error.to_string().contains("torrents are stopped"),
                    "{error}"
                );

                tell.send("lay").unwrap();
                until_stopped(&torrents, false).await;
                let film = soon(torrents.open(&location, None)).await.unwrap();
                assert!(read_all(&film).await == content);
                soon(torrents.stop()).await;
            });
        });
        for word in told {
            if word == "lay" {
                land.lay_vpn();
            } else {
                land.cut_vpn();
                cut.blocking_send(()).unwrap();
            }
        }
    });
    assert!(swarm.asked()[0] > 0);
    assert_eq!(land.leaked() - before, 0);
}

#[test]
fn all_of_it_goes_through_the_proxy_names_included() {
    let land = Land::lay();
    let made = Made::film(73, 16 * MB);
    let swarm = Swarm::start(&land.far, &made, Some(3 * MB));
    let proxy_at = SocketAddrV4::new(VPN_END.parse().unwrap(), 1080);
    let proxy = Socks::start(&land.far, proxy_at, FAR.parse().unwrap());
    let before = land.leaked();
    let folder = TempDir::new().unwrap();
    let options = Options {
        proxy: Some(format!("socks5://{proxy_at}")),
        ..options(folder.path().join("torrents"))
    };
    let location = TorrentLocation {
        trackers: vec![
            "http://tracker.example:8000/announce".to_owned(),
            format!("udp://{}/announce", at(8001)),
        ],
        ..made.at(None)
    };
    let (tell, told) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let boxed = &land;
        scope.spawn(move || {
            on_the_box(boxed, move || async move {
                let torrents = Torrents::start(options).await.unwrap();
                let film = soon(torrents.open(&location, None)).await.unwrap();
                let mut reader = film.reader().await.unwrap();
                soon(reader.read_exact(&mut vec![0; MB])).await.unwrap();
                tell.send(()).unwrap();
                let error = soon(reader.read_to_end(&mut Vec::new())).await.unwrap_err();
                assert!(why(&error).contains("does not answer"), "{error}");
                let error = torrents.open(&location, None).await.unwrap_err();
                assert!(matches!(error, Error::RouteGone { .. }), "{error}");
                soon(torrents.stop()).await;
            });
        });
        told.recv().unwrap();
        proxy.end(&land.far);
    });
    let [http, udp, dht] = swarm.asked();
    assert!(http > 0);
    assert_eq!((udp, dht), (0, 0), "they cannot pass the proxy");
    let names = proxy.names.lock().unwrap();
    assert!(
        names.iter().all(|name| name == "tracker.example"),
        "{names:?}"
    );
    assert!(names.len() > 1, "the magnet's and the torrent's: {names:?}");
    assert_eq!(land.leaked() - before, 0);
}
