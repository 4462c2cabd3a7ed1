//! Sites described by definitions, answered by a local server: trackers, APIs and players' pages,
//! and everything a page can do wrong.

#![allow(clippy::unwrap_used, reason = "tests")]

mod abuse;
mod configured;
mod resolve;
#[path = "../../../fetch/tests/server/mod.rs"]
mod server;
#[path = "../titles/mod.rs"]
mod titles;

use std::path::Path;

use encoding_rs::WINDOWS_1251;
use hearth_model::{Location, Source, SourceKind};
use hearth_sources::{Definition, Query, Searched, Secret, Site};
use server::{Server, ok, redirect};
use titles::{fetcher, names, sintel, soon, torrent};

const HASH: &str = "08ada5a7a6183aae1e09d831df6748d566095a10";

/// A site at the server, by a definition without its first keys.
fn site_with(server: &Server, text: &str, settings: &[(&str, &str)]) -> Site {
    let text = format!("hearth_site: 1\nname: Test\nurl: https://site.example.org/\n{text}");
    let definition = Definition::read(Path::new("test.yaml"), &text)
        .unwrap_or_else(|faulty| panic!("{faulty}\n{text}"));
    let settings = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Secret((*value).to_owned())))
        .collect();
    let base = server.url("/").parse().unwrap();
    let fetcher = fetcher().allowing([server.host()]);
    Site::new(
        "site:test".into(),
        definition,
        Some(base),
        settings,
        fetcher,
    )
    .unwrap()
}

async fn search(server: &Server, text: &str, query: &Query) -> Searched {
    site_with(server, text, &[]).search(query, soon()).await
}

async fn find(server: &Server, text: &str, query: &Query) -> Vec<Source> {
    let searched = search(server, text, query).await;
    assert!(!searched.any_failed(), "{searched}");
    searched.sources
}

fn address(source: &Source) -> (&str, Option<&str>) {
    match &source.location {
        Location::Url { url, headers } => (url, headers.get("Referer").map(String::as_str)),
        other => panic!("no address: {other:?}"),
    }
}

const TRACKER: &str = r#"
search:
  - address: /browse.php
    query: {q: "{title}", year: "{year}", season: "{season}"}
    rows: "table#results tr.row"
    name: td.name a
    link:
      - {css: 'a[href^="magnet:"]', attr: href}
      - {css: a.download, attr: href}
    gives: torrent
    size: td.size
    seeders: {css: td.seeds, regex: '(\d+)'}
    imdb: {css: 'a[href*="/title/tt"]', attr: href}
"#;

fn row(name: &str, links: &str, size: &str, seeds: &str) -> String {
    format!(
        "<tr class=row><td class=name><a href='/t'>{name}</a>{links}</td>\
         <td class=size>{size}</td><td class=seeds>{seeds}</td></tr>"
    )
}

fn table(rows: &[String]) -> String {
    let letters = "A tracker of films that may be shared by everybody, for everybody, for ever. ";
    format!(
        "<html><body><p>{letters}{letters}</p><table id=results><tr><th>Name</th></tr>{}</table></body></html>",
        rows.concat()
    )
}

#[tokio::test]
async fn a_trackers_table_gives_its_torrents() {
    let magnet = format!("<a href='magnet:?xt=urn:btih:{HASH}&amp;tr=udp://t.example:1'>M</a>");
    let page = table(&[
        row(
            "Sintel.2010.1080p.BluRay.x264-GROUP",
            &magnet,
            "1.5 GB",
            "Seeds: 60 / 2",
        ),
        row(
            "Синтел / Sintel (2010) WEB-DL 720p",
            "<a class=download href='dl/2'>T</a>",
            "700 МБ",
            "3",
        ),
        row("Another Film 2010 1080p", &magnet, "1 GB", "5"),
        row("Sintel 2010 480p", "", "1 GB", "1"),
        row("", &magnet, "", ""),
        row(
            "Durian 2010 2160p",
            "<a href='https://www.imdb.com/title/tt1727587/'>i</a><a class=download href='/dl/4.torrent'>T</a>",
            "5 GB",
            "",
        ),
    ]);
    let server = Server::start(move |_, _| ok(&page)).await;
    let searched = search(&server, TRACKER, &sintel()).await;
    let told = searched.to_string();
    let sources = searched.sources;
    assert_eq!(
        names(&sources),
        [
            "Sintel.2010.1080p.BluRay.x264-GROUP",
            "Синтел / Sintel (2010) WEB-DL 720p",
            "Durian 2010 2160p",
        ],
        "{told}"
    );
    assert_eq!(torrent(&sources[0]).infohash.as_deref(), Some(HASH));
    assert_eq!(torrent(&sources[0]).trackers, ["udp://t.example:1"]);
    assert_eq!(sources[0].size_bytes, Some(1_610_612_736));
    assert_eq!(sources[0].seeders, Some(60));
    assert_eq!(sources[0].release.resolution.as_deref(), Some("1080p"));
    assert_eq!(sources[0].provider, "site:test");
    assert_eq!(
        torrent(&sources[1]).torrent_url.as_deref(),
        Some(server.url("/dl/2").as_str())
    );
    assert_eq!(sources[1].size_bytes, Some(734_003_200));
    assert_eq!(sources[2].seeders, None, "vouched for by its IMDb id");
    for why in [
        "its name is not that of the wanted title",
        "no link was found in it: check `link`",
        "no name was found in it: check `name`",
    ] {
        assert!(told.contains(why), "{why}: {told}");
    }
    let mut targets = server.targets();
    targets.sort();
    assert_eq!(
        targets,
        [
            "/browse.php?q=%D0%A1%D0%B8%D0%BD%D1%82%D0%B5%D0%BB&year=2010",
            "/browse.php?q=Sintel&year=2010",
        ],
        "by every name, and without what is not known"
    );
}

#[tokio::test]
async fn a_page_in_windows_1251_is_asked_and_read_in_it() {
    let page = table(&[row(
        "Синтел (2010) BDRip 720p",
        "<a class=download href='/1.torrent'>скачать</a>",
        "1 ГБ",
        "7",
    )]);
    let (page, _, _) = WINDOWS_1251.encode(&page);
    let page = page.into_owned();
    let server = Server::start(move |_, _| ok(&page)).await;
    let text = format!("encoding: windows-1251\n{TRACKER}");
    let sources = find(&server, &text, &sintel()).await;
    assert_eq!(names(&sources), ["Синтел (2010) BDRip 720p"]);
    assert!(
        server
            .targets()
            .contains(&"/browse.php?q=%D1%E8%ED%F2%E5%EB&year=2010".to_owned()),
        "{:?}",
        server.targets()
    );
}

const API: &str = r#"
settings: {api_key: "The key from your profile page"}
headers: {X-Api-Key: "{setting.api_key}"}
search:
  - address: "/api/{setting.api_key}/search"
    json: {imdb: "{imdb}", filter: {year: "{year:number}", season: "{season:number}"}, kinds: ["{kind}"]}
    answer: json
    rows: $.items[*]
    vars: {hash: $.hash}
    name: $.title
    link: {make: "magnet:?xt=urn:btih:{row.hash}"}
    size: $.bytes
    seeders: $.peers.seeders
"#;

#[tokio::test]
async fn an_api_is_asked_in_json_with_the_owners_key_which_is_not_shown() {
    let answer = format!(
        r#"{{"items":[{{"title":"Sintel 2010 720p","hash":"{HASH}","bytes":734003200,"peers":{{"seeders":9}}}},
            {{"title":"Sintel 2010 480p s3cret-key","hash":"none"}}, 5, null]}}"#
    );
    let server = Server::start(move |_, _| ok(&answer)).await;
    let site = site_with(&server, API, &[("api_key", "s3cret-key")]);
    let searched = site.search(&sintel(), soon()).await;
    let told = searched.to_string();
    assert_eq!(names(&searched.sources), ["Sintel 2010 720p"], "{told}");
    assert_eq!(searched.sources[0].size_bytes, Some(734_003_200));
    assert_eq!(searched.sources[0].seeders, Some(9));
    let head = &server.heads()[0];
    assert!(head.starts_with("POST /api/s3cret-key/search "), "{head}");
    assert!(
        head.to_lowercase().contains("x-api-key: s3cret-key"),
        "{head}"
    );
    assert!(
        head.ends_with(r#"{"filter":{"year":2010},"imdb":"tt1727587","kinds":["film"]}"#),
        "{head}"
    );
    assert!(
        !told.contains("s3cret") && told.contains("no infohash"),
        "{told}"
    );
}

#[tokio::test]
async fn a_form_is_filled_in_and_its_results_are_found_elsewhere() {
    let page = table(&[row(
        "Sintel 2010 1080p",
        "<a class=download href='/1.torrent'>T</a>",
        "1 GB",
        "1",
    )]);
    let server = Server::start(move |head, _| {
        if head.starts_with("POST /search.php ") {
            redirect("/results.php?id=5")
        } else {
            ok(&page)
        }
    })
    .await;
    let text = r#"
search:
  - address: /search.php
    form: {nm: "{title.en} {year?}", season: "{season}", do: search}
    rows: tr.row
    name: td.name a
    link: {css: a.download, attr: href}
"#;
    assert_eq!(find(&server, text, &sintel()).await.len(), 1);
    let heads = server.heads();
    assert!(
        heads[0].ends_with("do=search&nm=Sintel%202010"),
        "{}",
        heads[0]
    );
    assert!(
        heads[1].starts_with("GET /results.php?id=5 "),
        "{}",
        heads[1]
    );
}

const FOLLOWED: &str = r#"
settings: {cookie: "The cookie of your session"}
headers: {Cookie: "session={setting.cookie}"}
search:
  - address: /list
    rows: li
    vars: {page: {css: a, attr: href}}
    name: a
    size: i
details:
  address: "{row.page:raw}"
  rows: p.file
  link: {css: a, attr: href}
  size: i
"#;

#[tokio::test]
async fn a_second_page_is_followed_with_what_the_first_told() {
    let server = Server::start(|head, _| match head {
        head if head.contains("GET /list ") => ok("<ul><li><a href='film/1'>Sintel 2010 1080p</a><i>2 GB</i></li>\
            <li><a href='film/2'>Other 2010</a></li></ul>"),
        _ => ok("<p class=file><a href='../get/a.torrent'>A</a></p><p class=file><a href='b.mp4'>B</a><i>1 GB</i></p>"),
    })
    .await;
    let site = site_with(&server, FOLLOWED, &[("cookie", "abcdef")]);
    let searched = site.search(&sintel(), soon()).await;
    let told = searched.to_string();
    let [first, second] = &searched.sources[..] else {
        panic!("{told}");
    };
    assert_eq!(
        torrent(first).torrent_url.as_deref(),
        Some(server.url("/get/a.torrent").as_str())
    );
    assert_eq!(first.size_bytes, Some(2 << 30));
    assert_eq!(second.kind, SourceKind::Direct);
    assert_eq!(
        address(second),
        (
            server.url("/film/b.mp4").as_str(),
            Some(server.url("/film/1").as_str())
        )
    );
    assert_eq!(second.size_bytes, Some(1 << 30));
    assert_eq!(
        server.targets(),
        ["/list", "/film/1"],
        "not of another title"
    );
    assert!(server.heads()[1].contains("session=abcdef"));
}

#[tokio::test]
async fn texts_and_parts_of_other_answers_are_read_too() {
    let lines = format!("Sintel 2010 720p;{HASH};900 MB\nOther 2010;x;1 GB\n");
    let text = r#"
search:
  - address: /list.txt
    answer: text
    rows: '(?m)^(?P<name>[^;]+);(?P<hash>[0-9a-f]{40});(?P<size>.+)$'
    vars: {hash: hash}
    name: name
    link: {make: "magnet:?xt=urn:btih:{row.hash}"}
    size: {group: size, regex: '^[\d.]+ MB'}
"#;
    let server = Server::start(move |_, _| ok(&lines)).await;
    let sources = find(&server, text, &sintel()).await;
    assert_eq!(names(&sources), ["Sintel 2010 720p"]);
    assert_eq!(sources[0].size_bytes, Some(900 << 20));

    let text = r"
search:
  - address: /ajax
    inside: $.html
    rows: li
    name: b
    link: {css: a, attr: href}
";
    let server = Server::start(|_, _| {
        ok(r#"{"html": "<ul><li><b>Sintel 2010</b><a href='/f.mkv'>f</a></li></ul>"}"#)
    })
    .await;
    assert_eq!(
        find(&server, text, &sintel()).await[0].kind,
        SourceKind::Direct
    );

    let text = r"
search:
  - address: /app
    answer: json
    inside: script#data
    rows: $.films[*]
    name: $.name
    link: $.stream
";
    let server = Server::start(|_, _| {
        ok(r#"<script id=data type=application/json>{"films":[{"name":"Sintel (2010)","stream":"/s.m3u8"}]}</script>"#)
    })
    .await;
    assert_eq!(
        find(&server, text, &sintel()).await[0].kind,
        SourceKind::Hls
    );
}
