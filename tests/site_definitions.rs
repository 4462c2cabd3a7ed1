//! `hearthd sites test`, as somebody uses it who writes a definition.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    path::Path,
    process::{Command, Output},
};

use axum::{Router, http::HeaderMap, response::Html, routing::get};
use hearth_tests::program_path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const DEFINITION: &str = r#"hearth_site: 1
name: Example tracker
url: https://tracker.example.org/
settings: {passkey: "The passkey from your profile page"}
search:
  - address: "/browse?key={setting.passkey}"
    query: {q: "{title}", year: "{year}"}
    rows: tr
    name: td a
    link: {css: a.get, attr: href}
    size: td.size
"#;

const PAGE: &str = "<p>A tracker of films that may be shared by everybody, and not an empty page.</p><table>\
    <tr><td><a>Sintel 2010 1080p BluRay</a><a class=get href='/dl/1.torrent?key=s3cret-passkey'>get</a><td class=size>1.5 GB</tr>\
    <tr><td><a>Another film 2011</a><a class=get href='/dl/2.torrent'>get</a><td class=size>1 GB</tr></table>";

fn sites_test(file: &Path, more: &[&str]) -> (Output, String) {
    let output = Command::new(program_path("hearthd"))
        .args(["sites", "test"])
        .arg(file)
        .args(more)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    (output, told)
}

fn written(folder: &Path, text: &str) -> std::path::PathBuf {
    let file = folder.join("example.yaml");
    std::fs::write(&file, text).unwrap();
    file
}

#[test]
fn a_definition_is_checked_and_its_mistakes_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), DEFINITION);
    let (output, told) = sites_test(&file, &[]);
    assert!(output.status.success(), "{told}");
    assert!(
        told.contains("a good definition of Example tracker, 1 searches"),
        "{told}"
    );

    let file = written(folder.path(), &DEFINITION.replace("    size:", "    sise:"));
    let (output, told) = sites_test(&file, &[]);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("example.yaml, line 11: there is no key `sise` here"),
        "{told}"
    );
    let (output, told) = sites_test(&folder.path().join("none.yaml"), &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains("check the path"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_is_searched_and_each_step_told() {
    let page = get(|headers: HeaderMap| async move {
        assert!(
            headers["user-agent"]
                .to_str()
                .unwrap()
                .starts_with("Hearth/")
        );
        Html(PAGE)
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum::serve(listener, Router::new().route("/browse", page))
            .await
            .unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), DEFINITION);
    let run = async |more: Vec<String>| {
        let file = file.clone();
        tokio::task::spawn_blocking(move || {
            let more: Vec<&str> = more.iter().map(String::as_str).collect();
            sites_test(&file, &more)
        })
        .await
        .unwrap()
    };
    let with = |query: &str, more: &[&str]| -> Vec<String> {
        let all = ["--query", query].into_iter().chain(more.iter().copied());
        all.map(ToOwned::to_owned).collect()
    };
    let url = ["--url", base.as_str()];
    let key = ["--set", "passkey=s3cret-passkey"];

    let (output, told) = run(with("Sintel 2010", &[url, key].concat())).await;
    assert!(output.status.success(), "{told}");
    for part in [
        "/browse?key=…&q=Sintel&year=2010",
        "rows: 2",
        "name       Sintel 2010 1080p BluRay",
        "size       1.5 GB",
        "taken: torrent",
        "refused: its name is not that of the wanted title, Sintel (2010)",
        "sources: 1",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!told.contains("s3cret"), "{told}");

    let (output, told) = run(with("Sintel 2010", &url)).await;
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("the setting `passkey`") && told.contains("profile page"),
        "{told}"
    );

    let gone = ["--url", "http://127.0.0.1:1/"];
    let (output, told) = run(with("Sintel 2010", &[gone, key].concat())).await;
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("failed: cannot connect to http://127.0.0.1:1"),
        "{told}"
    );
}

/// A SOCKS5 proxy that answers for every site itself: the hosts it was asked for.
async fn answering_proxy() -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (asked, hosts) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let asked = asked.clone();
            tokio::spawn(async move {
                // Without a log-in; to an address of four bytes.
                let mut greeting = [0; 2];
                socket.read_exact(&mut greeting).await.unwrap();
                let mut methods = vec![0; greeting[1].into()];
                socket.read_exact(&mut methods).await.unwrap();
                socket.write_all(&[5, 0]).await.unwrap();
                let mut request = [0; 10];
                socket.read_exact(&mut request).await.unwrap();
                socket
                    .write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
                    .await
                    .unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(socket.read_u8().await.unwrap());
                }
                asked.send(String::from_utf8(head).unwrap()).unwrap();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{PAGE}",
                    PAGE.len()
                );
                socket.write_all(answer.as_bytes()).await.unwrap();
            });
        }
    });
    (address, hosts)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_is_tried_by_the_way_that_the_box_takes() {
    let (proxy, mut heads) = answering_proxy().await;
    let folder = tempfile::tempdir().unwrap();
    // A public address: what lies at home needs no proxy.
    let text = DEFINITION.replace("https://tracker.example.org/", "http://1.1.1.1/");
    let file = written(folder.path(), &text);
    let config = folder.path().join("hearth.toml");
    let run = async |proxy: &str, more: &[&str]| {
        let torrents = format!("[torrents]\nproxy = \"socks5://{proxy}\"\nproviders_too = true\n");
        std::fs::write(&config, torrents).unwrap();
        let (file, config) = (file.clone(), config.to_str().unwrap().to_owned());
        let more: Vec<String> = more.iter().map(|one| (*one).to_owned()).collect();
        tokio::task::spawn_blocking(move || {
            let given = [
                "--query",
                "Sintel 2010",
                "--set",
                "passkey=s3cret-passkey",
                "--config",
                config.as_str(),
            ];
            let all: Vec<&str> = given
                .into_iter()
                .chain(more.iter().map(String::as_str))
                .collect();
            sites_test(&file, &all)
        })
        .await
        .unwrap()
    };
    let (output, told) = run(&proxy, &["--header", "Cookie: session=s3cret-session"]).await;
    assert!(output.status.success(), "{told}");
    assert!(
        told.contains("through the proxy of `torrents.proxy`"),
        "{told}"
    );
    assert!(
        told.contains("sources: 1") && !told.contains("s3cret"),
        "{told}"
    );
    let head = heads.recv().await.unwrap();
    assert!(
        head.starts_with("GET /browse?key=s3cret-passkey&q=Sintel"),
        "{head}"
    );
    assert!(
        head.to_lowercase()
            .contains("cookie: session=s3cret-session"),
        "{head}"
    );

    // Without the proxy nothing is asked past it.
    let (output, told) = run("127.0.0.1:1", &[]).await;
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("failed: "), "{told}");
}
