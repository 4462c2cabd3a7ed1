//! `hearthd sites test`, as somebody uses it who writes a definition.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    path::Path,
    process::{Command, Output},
};

use axum::{Router, http::HeaderMap, response::Html, routing::get};
use hearth_tests::program_path;

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
