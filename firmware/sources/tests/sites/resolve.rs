//! Players: the page behind the page, down to what plays.

use hearth_model::{Location, Source, SourceKind};

use crate::{
    FOLLOWED, TRACKER, address, find,
    server::{Server, ok, reply},
    site_with,
    titles::{names, pioneer_one, sintel, soon},
};

fn reason(source: &Source) -> &str {
    match &source.location {
        Location::Page { reason, .. } => reason,
        other => panic!("no page: {other:?}"),
    }
}

pub const WATCH: &str = r#"
kinds: [series]
search:
  - address: "/tv/{imdb}/{season}x{episode:02}"
    name: {make: "{title.en} S{season:02}E{episode:02}"}
    link: {css: 'a.watch', attr: href}
    gives: iframe
"#;

/// A page about an episode, one that frames another, and that one's player.
pub async fn watching(player: &'static str) -> Server {
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
