//! abuse_11, abuse_13, abuse_14 and abuse_16: what the stream proxy does not do for strangers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    proxy::{Home, named, target},
    server::{Server, Step, ok, redirect},
};

#[tokio::test(flavor = "multi_thread")]
async fn abuse_11_and_13_no_address_and_no_redirect_leads_into_the_home() {
    let inner = Server::start(|_, _| ok("secret")).await;
    let port = inner.address.port();
    let hops = [
        format!("http://127.0.0.1:{port}/x"),
        format!("http://2130706433:{port}/x"),
        format!("http://0177.0.0.1:{port}/x"),
        format!("http://[::1]:{port}/x"),
        format!("http://[::ffff:127.0.0.1]:{port}/x"),
        format!("http://localhost:{port}/x"),
        format!("http://0.0.0.0:{port}/x"),
        "http://169.254.169.254/latest/meta-data".into(),
        "http://[fd00::1]/".into(),
        "file:///etc/passwd".into(),
        "gopher://127.0.0.1/".into(),
        "/again".into(),
    ];
    let count = hops.len();
    let origin = Server::start(move |head, _| match target(head) {
        "/film.m3u8" => {
            let all = (0..count).map(|at| format!("#EXTINF:1,\n/hop/{at}\n"));
            // A name is looked up only when it is asked for.
            let name = format!("#EXTINF:1,\nhttp://localhost:{port}/x\n");
            ok(format!("#EXTM3U\n{}{name}", all.collect::<String>()))
        }
        "/again" => redirect("/again"),
        path => {
            let at: usize = path.strip_prefix("/hop/").unwrap().parse().unwrap();
            redirect(&hops[at])
        }
    })
    .await;
    let home = Home::with(&origin, "/film.m3u8", json!({})).await;
    let playlist = home.text(&home.stream().await).await;
    let addresses = named(&playlist);
    assert_eq!(addresses.len(), count + 1);
    for address in &addresses {
        home.refused(address, 502, "source-unreachable").await;
    }
    assert_eq!(inner.heads().len(), 0, "nothing may reach it");
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_14_and_16_a_manifest_that_means_harm_is_no_source() {
    let case = Arc::new(AtomicUsize::new(0));
    let now = case.clone();
    let head = |more: &str| format!("HTTP/1.1 200 OK\r\n{more}").into_bytes();
    let origin = Server::start(move |_, _| match now.load(Ordering::SeqCst) {
        0 => ok("#EXTM3U\n#EXTINF:1,\nhttp://192.168.1.1/x.ts\n"),
        1 => ok("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"file:///etc/passwd\"\n"),
        2 => ok("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfilm.m3u8\n"),
        3 => ok(format!("#EXTM3U\n{}", "#EXTINF:1,\na\n".repeat(200_000))),
        4 => vec![
            Step::Send(head("\r\n#EXTM3U\n")),
            Step::Flood(b"#EXTINF:1,\na\n".repeat(5_000)),
        ],
        5 => vec![
            Step::Send(head("")),
            Step::Flood(b"X-More: and more\r\n".repeat(100)),
        ],
        6 => vec![Step::Send(
            b"ICY 200 OK\r\nicy-name: radio\r\n\r\n#EXTM3U\n".to_vec(),
        )],
        7 => vec![Step::Send(head("Content-Length: 100\r\n\r\n#EXTM3U\n"))],
        8 => ok("<html>a page</html>"),
        // Odd, and good.
        _ => vec![Step::Send(
            [
                head("icy-name: \u{1}\r\nX-Odd\u{e9}: \u{e9}\r\nConnection: close\r\n\r\n"),
                b"\xef\xbb\xbf#EXTM3U\r\n#EXTINF:1,\r\na.ts\r\n".to_vec(),
            ]
            .concat(),
        )],
    })
    .await;
    let mut home = Home::with(&origin, "/film.m3u8", json!({})).await;
    for bad in 0..9 {
        case.store(bad, Ordering::SeqCst);
        let (status, problem) = home.prepare().await;
        assert_eq!(status, StatusCode::BAD_GATEWAY, "{bad}: {problem}");
        assert_eq!(problem["slug"], "no-source-plays", "{bad}: {problem}");
    }
    case.store(9, Ordering::SeqCst);
    let playlist = home.text(&home.stream().await).await;
    assert_eq!(named(&playlist).len(), 1, "{playlist}");
    assert!(home.house.daemon().is_running());
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_14_manifests_nest_three_deep_at_most() {
    let origin = Server::start(|head, _| match target(head) {
        "/1.m3u8" => ok("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n2.m3u8\n"),
        "/2.m3u8" => ok("#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI=\"3\"\n"),
        "/3" => ok("#EXTM3U\n#EXTINF:1,\n4.m3u8\n"),
        other => panic!("{other} is too deep"),
    })
    .await;
    let home = Home::with(&origin, "/1.m3u8", json!({})).await;
    let mut address = home.stream().await;
    for _ in 0..2 {
        let playlist = home.text(&address).await;
        address = named(&playlist).remove(0);
    }
    home.refused(&address, 502, "source-unusable").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_16_who_leaves_or_does_not_read_costs_nothing() {
    let origin = Server::start(|head, _| match target(head) {
        "/film.m3u8" => ok("#EXTM3U\n#EXTINF:1,\nendless.ts\n"),
        _ => vec![
            Step::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
            Step::Flood(vec![7; 65_536]),
        ],
    })
    .await;
    let mut home = Home::with(&origin, "/film.m3u8", json!({})).await;
    let playlist = home.text(&home.stream().await).await;
    let address = named(&playlist).remove(0);
    // Far more than may run at once at one host: each leaves its turn to the next.
    for round in 0..20 {
        let mut answer = home.ask(&address).await;
        assert_eq!(answer.status(), StatusCode::OK, "{round}");
        assert!(answer.chunk().await.unwrap().is_some());
    }
    let status = format!("/proc/{}/status", home.house.daemon().id());
    let memory_kb = || {
        let status = std::fs::read_to_string(&status).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let words: Vec<_> = line.unwrap().split_whitespace().collect();
        words[1].parse::<u64>().unwrap()
    };
    let before = memory_kb();
    let _unread = home.ask(&address).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = memory_kb();
    assert!(after < before + 50_000, "{before} kB, then {after} kB");
}
