//! Everything a site can do wrong.

use std::{collections::BTreeMap, path::Path};

use hearth_model::SourceKind;
use hearth_sources::{Definition, Secret, Site};

use crate::{
    API, FOLLOWED, TRACKER, find,
    resolve::{WATCH, watching},
    row, search,
    server::{Server, Step, ok, redirect, reply},
    site_with, table,
    titles::{fetcher, pioneer_one, sintel, soon},
};

#[tokio::test]
async fn abuse_11_keys_never_follow_a_row_to_another_site() {
    let other = Server::start(|_, _| ok("<p class=file><a href='/a.mp4'>A</a></p>")).await;
    let elsewhere = other.url("/steal");
    let server = Server::start(move |_, _| {
        ok(format!(
            "<li><a href='{elsewhere}'>Sintel 2010 1080p</a></li>"
        ))
    })
    .await;
    // The other host is on the home network, and nobody's word opened it.
    let site = site_with(&server, FOLLOWED, &[("cookie", "abcdef")]);
    let searched = site.search(&sintel(), soon()).await;
    assert!(searched.sources.is_empty());
    assert!(
        searched.to_string().contains("on the home network"),
        "{searched}"
    );
    assert!(other.heads().is_empty());

    let definition = format!(
        "hearth_site: 1\nname: Test\nurl: {}\n{FOLLOWED}",
        server.url("/")
    );
    let definition = Definition::read(Path::new("test.yaml"), &definition).unwrap();
    let settings = BTreeMap::from([("cookie".to_owned(), Secret("abcdef".into()))]);
    let fetcher = fetcher().allowing([server.host(), other.host()]);
    let site = Site::new("site:test".into(), definition, None, settings, fetcher).unwrap();
    let searched = site.search(&sintel(), soon()).await;
    assert_eq!(searched.sources.len(), 1, "{searched}");
    let head = &other.heads()[0].to_lowercase();
    assert!(
        !head.contains("cookie") && !head.contains("abcdef"),
        "{head}"
    );
    let asking = FOLLOWED.replace("{row.page:raw}", "{row.page:raw}?c={setting.cookie}");
    let asking = site_with(&server, &asking, &[("cookie", "abcdef")]);
    let told = asking.search(&sintel(), soon()).await.to_string();
    assert!(told.contains("go to the site alone"), "{told}");
    assert_eq!(other.heads().len(), 1);
}

#[tokio::test]
async fn a_thousand_rows_are_cut_off_and_the_rest_is_told() {
    let rows: Vec<String> = (0..1000)
        .map(|n| {
            let link = format!("<a class=download href='/{n}.torrent'>T</a>");
            row(&format!("Sintel 2010 1080p {n}"), &link, "1 GB", "1")
        })
        .collect();
    let page = table(&rows);
    let server = Server::start(move |_, _| ok(&page)).await;
    let searched = search(&server, TRACKER, &sintel()).await;
    assert_eq!(searched.sources.len(), 200);
    let told = searched.to_string();
    assert!(
        told.contains("rows: 1000, of which the first 200 were read"),
        "{told}"
    );
    assert!(told.contains("and 195 rows more"), "{told}");
}

#[tokio::test]
async fn abuse_13_endless_redirects_and_wrong_answers_are_clear_errors() {
    let errors = [
        (redirect("/again"), "redirects more than"),
        (redirect("file:///etc/passwd"), "`file:` address"),
        (redirect("http://127.0.0.1:1/"), "home network"),
        (reply("404 Not Found", &[], "no"), "check the address"),
        (reply("401 Unauthorized", &[], "no"), "check the key"),
    ];
    for (steps, part) in errors {
        let bytes: Vec<Vec<u8>> = steps
            .into_iter()
            .map(|step| match step {
                Step::Send(bytes) => bytes,
                _ => Vec::new(),
            })
            .collect();
        let server =
            Server::start(move |_, _| bytes.iter().cloned().map(Step::Send).collect()).await;
        let error = site_with(&server, TRACKER, &[])
            .find(&sintel(), soon())
            .await
            .unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
    let server = Server::start(|_, _| ok("<html>no JSON</html>")).await;
    let site = site_with(&server, API, &[("api_key", "s3cret-key")]);
    let error = site.find(&sintel(), soon()).await.unwrap_err().to_string();
    assert!(error.contains("check `address` and `answer`"), "{error}");
}

#[tokio::test]
async fn abuse_16_hostile_pages_end_in_an_error_or_in_nothing() {
    let deep_json = format!("{{\"items\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let wide_json = format!("{{\"items\":[{}0]}}", "0,".repeat(900_000));
    for page in [
        "<div>".repeat(300_000),
        format!("<p{}>", " a=1".repeat(300_000)),
        "<table><tr class=row>".repeat(90_000),
        "\u{0}<!--".repeat(200_000),
        "<script>".repeat(200_000),
        deep_json,
        wide_json,
        "x".repeat(3_000_000),
    ] {
        let server = Server::start(move |_, _| ok(&page)).await;
        let site = site_with(&server, TRACKER, &[]);
        assert!(site.search(&sintel(), soon()).await.sources.is_empty());
        let site = site_with(&server, API, &[("api_key", "s3cret-key")]);
        assert!(site.search(&sintel(), soon()).await.sources.is_empty());
    }
}

#[tokio::test]
async fn abuse_11_links_to_the_home_network_are_refused() {
    let page = table(&[
        row(
            "Sintel 2010 1080p",
            "<a class=download href='http://192.168.1.1/x.torrent'>T</a>",
            "",
            "",
        ),
        row(
            "Sintel 2010 720p",
            "<a class=download href='http://[::1]:80/x.torrent'>T</a>",
            "",
            "",
        ),
        row(
            "Sintel 2010 480p",
            "<a class=download href='file:///etc/passwd'>T</a>",
            "",
            "",
        ),
    ]);
    let server = Server::start(move |_, _| ok(&page)).await;
    let searched = search(&server, TRACKER, &sintel()).await;
    assert!(searched.sources.is_empty(), "{searched}");
    let player = watching(
        "<video src='http://127.0.0.1:9/x.mp4'></video><iframe src='http://10.0.0.1/'></iframe>",
    )
    .await;
    let sources = find(&player, WATCH, &pioneer_one(1, 2)).await;
    assert_eq!(sources[0].kind, SourceKind::Embed);
}
