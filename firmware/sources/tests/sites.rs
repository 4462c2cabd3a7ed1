//! Sites described by definitions, answered by a local server: trackers, APIs and players' pages,
//! and everything a page can do wrong.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../fetch/tests/server/mod.rs"]
mod server;
mod titles;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use encoding_rs::WINDOWS_1251;
use hearth_model::{Location, Source, SourceKind};
use hearth_sources::{Definition, Provider, ProviderConfig, Query, Searched, Secret, Site};
use server::{Server, Step, ok, redirect, reply};
use titles::{fetcher, names, pioneer_one, root, sintel, soon, torrent};

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

fn reason(source: &Source) -> &str {
    match &source.location {
        Location::Page { reason, .. } => reason,
        other => panic!("no page: {other:?}"),
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

const WATCH: &str = r#"
kinds: [series]
search:
  - address: "/tv/{imdb}/{season}x{episode:02}"
    name: {make: "{title.en} S{season:02}E{episode:02}"}
    link: {css: 'a.watch', attr: href}
    gives: iframe
"#;

/// A page about an episode, one that frames another, and that one's player.
async fn watching(player: &'static str) -> Server {
    Server::start(move |head, _| match head.split(' ').nth(1) {
        Some("/tv/tt1748166/1x02") => {
            ok("<h1>Pioneer One</h1><a class=watch href='/watch/7'>Watch</a>")
        }
        Some("/watch/7") => {
            ok("<body><iframe src='/ads' width=1></iframe><iframe src='/frame?id=7'></iframe>")
        }
        Some("/frame?id=7") => ok("<body><iframe data-src='inner/7'></iframe>"),
        Some("/inner/7") => ok(player),
        _ => reply("404 Not Found", &[], ""),
    })
    .await
}

#[tokio::test]
async fn frames_are_followed_to_the_player_inside() {
    let server = watching(
        r#"<script>jwplayer("p").setup({file: "\/hls\/7\/master.m3u8?e=1\u0026s=2", image: "/i.jpg"})</script>"#,
    )
    .await;
    let sources = find(&server, WATCH, &pioneer_one(1, 2)).await;
    assert_eq!(names(&sources), ["Pioneer One S01E02"]);
    assert_eq!(sources[0].kind, SourceKind::Hls);
    assert_eq!(
        address(&sources[0]),
        (
            server.url("/hls/7/master.m3u8?e=1&s=2").as_str(),
            Some(server.url("/inner/7").as_str())
        )
    );
    let frame = server
        .heads()
        .into_iter()
        .find(|head| head.contains("/inner/7 "));
    let referer = format!("referer: {}", server.url("/frame?id=7"));
    assert!(frame.unwrap().to_lowercase().contains(&referer));
    assert!(!server.targets().contains(&"/ads".to_owned()));
}

#[tokio::test]
async fn what_a_page_tells_of_itself_is_used_where_nothing_plays() {
    for (player, kind, path) in [
        (
            r#"<script type="application/ld+json">{"@type":"VideoObject","contentUrl":"/v/7.mp4"}</script>"#,
            SourceKind::Direct,
            "/v/7.mp4",
        ),
        (
            r#"<meta property="og:video" content="/v/7"><meta property="og:video:type" content="application/x-mpegURL">"#,
            SourceKind::Hls,
            "/v/7",
        ),
        (
            "<video><source src='/v/7.mpd'></video>",
            SourceKind::Dash,
            "/v/7.mpd",
        ),
    ] {
        let server = watching(player).await;
        let sources = find(&server, WATCH, &pioneer_one(1, 2)).await;
        assert_eq!(sources[0].kind, kind, "{player}");
        assert_eq!(address(&sources[0]).0, server.url(path));
    }
}

#[tokio::test]
async fn what_does_not_play_stays_a_page_with_the_reason() {
    for (player, part) in [
        (
            "<body><h1>Coming soon</h1>",
            "No film was found on the page",
        ),
        (
            "<body><div id=app></div><script src=/app.js></script>",
            "put together by scripts",
        ),
    ] {
        let server = watching(player).await;
        let sources = find(&server, WATCH, &pioneer_one(1, 2)).await;
        assert_eq!(sources[0].kind, SourceKind::Embed);
        assert!(
            reason(&sources[0]).contains(part),
            "{}",
            reason(&sources[0])
        );
    }
    let server = Server::start(|head, _| {
        if head.starts_with("GET /tv/") {
            ok("<a class=watch href='/watch/7'>Watch</a>")
        } else {
            reply(
                "403 Forbidden",
                &[],
                "<title>Just a moment...</title><script>cf_chl_opt={}</script>",
            )
        }
    })
    .await;
    let sources = find(&server, WATCH, &pioneer_one(1, 2)).await;
    assert!(
        reason(&sources[0]).contains("checks the browser"),
        "{}",
        reason(&sources[0])
    );
}

#[tokio::test]
async fn a_site_that_needs_a_browser_is_named_as_such() {
    let checks = Server::start(|_, _| {
        reply(
            "503 Service Unavailable",
            &[],
            "<h1>Checking your browser</h1>",
        )
    });
    let scripts = Server::start(|_, _| ok("<div id=root></div><script src=/app.js></script>"));
    for (server, part) in [
        (checks.await, "checks the browser"),
        (scripts.await, "put together by scripts"),
    ] {
        let site = site_with(&server, TRACKER, &[]);
        let error = site.find(&sintel(), soon()).await.unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
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

#[tokio::test]
async fn thousands_of_rows_are_cut_off_and_the_rest_is_told() {
    let rows: Vec<String> = (0..5000)
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
        told.contains("rows: 5000, of which the first 200 were read"),
        "{told}"
    );
    assert!(told.contains("and 195 rows more"), "{told}");
}

#[tokio::test]
async fn many_players_and_pages_are_not_all_looked_into() {
    let list = (0..30).map(|n| format!("<li><a href='/watch/{n}'>Sintel 2010 {n}</a></li>"));
    let list = list.collect::<Vec<_>>().concat();
    let text = r"
search:
  - address: /list
    rows: li
    name: a
    link: {css: a, attr: href}
    gives: iframe
";
    // Every page frames ten more.
    let server = Server::start(move |head, before| {
        if head.contains("GET /list ") {
            return ok(&list);
        }
        let frames = (0..10).map(|n| format!("<iframe src='/f/{before}/{n}'></iframe>"));
        ok(frames.collect::<Vec<_>>().concat())
    })
    .await;
    let sources = find(&server, text, &sintel()).await;
    assert_eq!(sources.len(), 30);
    assert!(
        sources
            .iter()
            .all(|source| source.kind == SourceKind::Embed)
    );
    let asked = server.targets().len();
    assert!(asked <= 1 + 4 * 10, "{asked}");

    let followed = Server::start(|head, _| {
        if head.contains("GET /list ") {
            let rows = (0..30).map(|n| format!("<li><a href='/{n}'>Sintel 2010 {n}</a></li>"));
            ok(rows.collect::<Vec<_>>().concat())
        } else {
            ok("<p class=file><a href='/a.mp4'>A</a></p>")
        }
    })
    .await;
    let site = site_with(&followed, FOLLOWED, &[("cookie", "abcdef")]);
    let told = site.search(&sintel(), soon()).await.to_string();
    assert_eq!(followed.targets().len(), 1 + 8);
    assert!(
        told.contains("20 more") || told.contains("25 rows more"),
        "{told}"
    );
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

fn config(file: PathBuf, url: &str) -> ProviderConfig {
    ProviderConfig::Site {
        id: None,
        name: String::new(),
        file,
        url: Secret(url.to_owned()),
        settings: BTreeMap::new(),
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
