//! A site as the owner configures it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use hearth_model::SourceKind;
use hearth_sources::{Definition, Provider, ProviderConfig, Secret, Site};

use crate::{
    API, TRACKER, address, row,
    server::{Server, ok, redirect, reply},
    table,
    titles::{fetcher, names, root, sintel, soon},
};

fn config(file: PathBuf, url: &str) -> ProviderConfig {
    ProviderConfig::Site {
        id: None,
        name: String::new(),
        file,
        url: Secret(url.to_owned()),
        settings: BTreeMap::new(),
        headers: BTreeMap::new(),
    }
}

#[tokio::test]
async fn only_the_owner_opens_the_home_network_and_a_broken_file_stops_nothing() {
    let page = table(&[row(
        "Sintel 2010 1080p",
        "<a class=download href='/1.torrent'>T</a>",
        "1 GB",
        "1",
    )]);
    let server = Server::start(move |_, _| ok(&page)).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("home.yaml");
    let text = format!(
        "hearth_site: 1\nname: Home\nurl: {}\n{TRACKER}",
        server.url("/")
    );
    std::fs::write(&file, &text).unwrap();
    let broken = folder.path().join("broken.yaml");
    std::fs::write(&broken, text.replace("size:", "sise:")).unwrap();
    let configs = [
        config("home.yaml".into(), ""),
        config("broken.yaml".into(), ""),
        config("missing.yaml".into(), ""),
    ];
    let configs = configs.map(|config| config.in_folder(folder.path()));
    let providers = Provider::all(&configs, &fetcher()).unwrap();
    let mut told = Vec::new();
    for provider in &providers {
        let error = provider.find(&sintel(), soon()).await.unwrap_err();
        told.push(format!("{}: {error}", provider.id()));
    }
    assert!(
        told[0].contains("site:home") && told[0].contains("home network"),
        "{told:?}"
    );
    assert!(
        told[1].contains("line ") && told[1].contains("`sise`"),
        "{told:?}"
    );
    assert!(told[2].contains("cannot be read"), "{told:?}");
    assert!(server.heads().is_empty());

    let opened = config("home.yaml".into(), &server.url("/")).in_folder(folder.path());
    let opened = Provider::new(&opened, &fetcher()).unwrap();
    assert_eq!(opened.find(&sintel(), soon()).await.unwrap().len(), 1);
}

/// What the owner sends of their own goes to the site and what it links to on itself, and to
/// nobody else; nothing that is told shows it.
#[tokio::test]
async fn the_owners_cookie_goes_to_the_site_alone() {
    let other = Server::start(|_, _| ok("d4:infoe")).await;
    let elsewhere = other.url("/far.torrent");
    let server = Server::start(move |head, _| {
        let path = head.split(' ').nth(1).unwrap();
        match path {
            "/away.torrent" => redirect(&elsewhere),
            path if path.ends_with(".torrent") => ok("d4:infoe"),
            _ => ok(table(&[row(
                "Sintel 2010 1080p",
                "<a class=download href='/1.torrent?of=s3cret-session&by=s3cret-token'>T</a>",
                "1 GB",
                "1",
            )])),
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("home.yaml");
    let text = format!(
        "hearth_site: 1\nname: Home\nurl: https://site.example.org/\nheaders: {{Cookie: of-the-file}}\n{TRACKER}"
    );
    std::fs::write(&file, &text).unwrap();
    let headers: BTreeMap<String, Secret> = [
        ("Cookie", "session=s3cret-session; age=18"),
        ("X-Key", "s3cret-key"),
        ("Authorization", "Bearer s3cret-token"),
    ]
    .map(|(name, value)| (name.to_owned(), Secret(value.to_owned())))
    .into();
    let mut own = config(file.clone(), &server.url("/"));
    if let ProviderConfig::Site { headers: given, .. } = &mut own {
        *given = headers.clone();
    }
    let fetcher = fetcher().allowing([server.host(), other.host()]);
    let provider = Provider::new(&own, &fetcher).unwrap();
    assert_eq!(provider.find(&sintel(), soon()).await.unwrap().len(), 1);
    // The torrents that it found are behind the same log-in.
    let limits = hearth_fetch::Limits::default();
    for path in ["/1.torrent", "/away.torrent"] {
        let url = server.url(path);
        provider.fetcher().get_bytes(&url, limits).await.unwrap();
    }
    let heads = server.heads();
    assert!(heads.len() >= 3, "{heads:?}");
    for head in &heads {
        let head = head.to_lowercase();
        assert!(
            head.contains("cookie: session=s3cret-session; age=18"),
            "{head}"
        );
        assert!(head.contains("x-key: s3cret-key"), "{head}");
        assert!(
            !head.contains("of-the-file"),
            "the owner's word counts: {head}"
        );
    }
    let [far] = &other.heads()[..] else {
        panic!("{:?}", other.heads());
    };
    assert!(!far.contains("s3cret"), "{far}");
    assert!(!format!("{provider:?}").contains("s3cret"), "{provider:?}");

    let base = Some(server.url("/").parse().unwrap());
    let site = |headers: &BTreeMap<String, Secret>| {
        let settings = BTreeMap::new();
        let (id, fetcher) = ("site:test".to_owned(), fetcher.clone());
        Site::new(
            id,
            Definition::open(&file).unwrap(),
            base.clone(),
            settings,
            fetcher,
        )
        .unwrap()
        .with_headers(headers)
    };
    let told = site(&headers)
        .unwrap()
        .search(&sintel(), soon())
        .await
        .to_string();
    assert!(
        told.contains("/1.torrent?of=…&by=…") && !told.contains("s3cret"),
        "{told}"
    );
    for (name, value, part) in [
        ("Host", "a.example", "not the owner's to give"),
        ("two words", "x", "no usable name"),
        ("Cookie", "a\nb", "cannot hold its value"),
    ] {
        let wrong = BTreeMap::from([(name.to_owned(), Secret(value.to_owned()))]);
        let error = site(&wrong).unwrap_err().to_string();
        assert!(
            error.contains(part) && error.contains("`headers`"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_setting_is_asked_for_and_a_wrong_one_refused() {
    let text = format!("hearth_site: 1\nname: Test\nurl: https://site.example.org/\n{API}");
    let make = |settings: &[(&str, &str)]| {
        let definition = Definition::read(Path::new("test.yaml"), &text).unwrap();
        let settings = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Secret((*value).to_owned())))
            .collect();
        Site::new("site:test".into(), definition, None, settings, fetcher())
    };
    let error = make(&[]).unwrap_err().to_string();
    assert!(
        error.contains("`api_key`") && error.contains("profile page"),
        "{error}"
    );
    let error = make(&[("api_key", "x"), ("apikey", "x")])
        .unwrap_err()
        .to_string();
    assert!(error.contains("has no setting `apikey`"), "{error}");
}

/// The Internet Archive as its example asks it.
#[tokio::test]
async fn the_shipped_example_finds_freely_licensed_films() {
    let server = Server::start(|head, _| match head.split(' ').nth(1).unwrap() {
        path if path.starts_with("/advancedsearch.php?") => ok(
            r#"{"responseHeader":{"status":0},"response":{"numFound":2,"start":0,"docs":[
            {"identifier":"Sintel","title":"Sintel","year":2010},
            {"identifier":"sintel-trailer","title":"Sintel trailer","year":"2010"}]}}"#,
        ),
        "/metadata/Sintel" => ok(r#"{"server":"ia1.example","dir":"/1/items/Sintel","files":[
            {"name":"sintel 2048.mp4","source":"original","format":"h.264","size":"734003200"},
            {"name":"sintel.jpg","source":"derivative","format":"JPEG Thumb","size":"5"}]}"#),
        _ => reply("404 Not Found", &[], ""),
    })
    .await;
    let file = root().join("docs/reference/sites/internet-archive.yaml");
    let provider = Provider::new(&config(file, &server.url("/")), &fetcher()).unwrap();
    assert_eq!(provider.id(), "site:internet-archive");
    let sources = provider.find(&sintel(), soon()).await.unwrap();
    assert_eq!(names(&sources), ["Sintel (2010)"]);
    assert_eq!(sources[0].kind, SourceKind::Direct);
    assert_eq!(
        address(&sources[0]).0,
        server.url("/download/Sintel/sintel%202048.mp4")
    );
    assert_eq!(sources[0].size_bytes, Some(734_003_200));
    let targets = server.targets();
    let asked = targets
        .iter()
        .find(|target| target.contains("q=title%3A%28Sintel%29%20AND%20mediatype%3Amovies"));
    assert!(
        asked
            .unwrap()
            .contains("fl%5B%5D=identifier%2Ctitle%2Cyear"),
        "{targets:?}"
    );
}
