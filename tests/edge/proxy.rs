//! The stream proxy: HLS and DASH played through the box, with the headers their source needs and no
//! others (abuse_15).

use hearth_model::{Command, ScreenId, ScreenKind};
use hearth_tests::{House, Live, Phone, peers::Addon};
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    server::{Server, Step, ok, reply},
    streams,
};

const SINTEL: &str = "tt1727587";
const SEGMENT: &str = "0123456789";

/// A house whose only source lies at an address, and a phone with a screen.
pub struct Home {
    pub house: House,
    phone: Phone,
    live: Live,
    _addon: Addon,
    title: Value,
    screen_id: ScreenId,
}

impl Home {
    pub async fn with(origin: &Server, path: &str, headers: Value) -> Self {
        let addon = Addon::start(
            "films",
            &json!({
                "streams": { format!("movie/{SINTEL}"): [{
                    "name": "Sintel 2010 1080p",
                    "url": origin.url(path),
                    "behaviorHints": { "proxyHeaders": { "request": headers } },
                }] },
                "catalogs": { "movie/films": [{
                    "id": SINTEL, "type": "movie", "name": "Sintel", "releaseInfo": "2010",
                }] },
            }),
        );
        let host = origin.host();
        let house = House::builder()
            .config("library.open_movies = false")
            .config(&format!("network.allow_private_hosts = [\"{host}\"]"))
            .providers(&[addon.config()])
            .start();
        let phone = house.pair_first("Test phone").await;
        let mut live = phone.live().await;
        let screen_id = streams::screen(&mut live, ScreenKind::Browser).await;
        let title = phone.find("sintel").await;
        Self {
            house,
            phone,
            live,
            _addon: addon,
            title,
            screen_id,
        }
    }

    pub async fn prepare(&self) -> (StatusCode, Value) {
        let ask = json!({ "title_id": self.title["id"], "screen_id": self.screen_id });
        let prepare = "/api/v1/player/prepare";
        self.phone.call(Method::POST, prepare, Some(ask)).await
    }

    /// The address of the stream that was prepared.
    pub async fn stream(&self) -> String {
        let (status, prepared) = self.prepare().await;
        assert_eq!(status, StatusCode::OK, "{prepared}");
        let url = prepared["stream"]["url"].as_str().unwrap();
        assert!(url.starts_with(&self.house.base), "{url}");
        url.to_owned()
    }

    /// As a player asks: with the address alone.
    pub async fn ask(&self, address: &str) -> Response {
        self.request(address).send().await.unwrap()
    }

    fn request(&self, address: &str) -> reqwest::RequestBuilder {
        Phone::stranger(&self.house.base).request(Method::GET, address)
    }

    pub async fn text(&self, address: &str) -> String {
        let answer = self.ask(address).await;
        assert_eq!(answer.status(), StatusCode::OK, "{address}");
        answer.text().await.unwrap()
    }

    pub async fn refused(&self, address: &str, status: u16, slug: &str) {
        let answer = self.ask(address).await;
        assert_eq!(answer.status(), status, "{address}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["slug"], slug, "{problem}");
    }
}

fn text<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// The addresses of a playlist: lines, and attributes.
pub fn named(playlist: &str) -> Vec<String> {
    let mut named = Vec::new();
    for line in playlist.lines() {
        if !line.starts_with('#') && !line.is_empty() {
            named.push(line.to_owned());
        } else if let Some((_, rest)) = line.split_once("URI=\"") {
            named.push(rest.split('"').next().unwrap().to_owned());
        }
    }
    named
}

pub fn target(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

/// Whole, or the part that is asked for.
fn segment(head: &str) -> Vec<Step> {
    let mime = "Content-Type: video/mp2t";
    let Some((_, range)) = head.split_once("range: bytes=") else {
        return reply("200 OK", &[mime, "Set-Cookie: id=1"], SEGMENT);
    };
    let (first, last) = range.lines().next().unwrap().split_once('-').unwrap();
    let first: usize = first.parse().unwrap();
    if first >= SEGMENT.len() {
        return reply(
            "416 Range Not Satisfiable",
            &["Content-Range: bytes */10"],
            "",
        );
    }
    let last: usize = last.parse().unwrap_or(SEGMENT.len() - 1);
    let part = format!("Content-Range: bytes {first}-{last}/10");
    reply(
        "206 Partial Content",
        &[mime, &part],
        &SEGMENT[first..=last],
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn abuse_15_hls_plays_with_the_headers_its_source_needs_and_no_others() {
    let origin = Server::start(|head, _| {
        let asked_well = head.contains("referer: https://films.example/")
            && head.contains("user-agent: FilmPlayer/1");
        if !asked_well {
            return reply("403 Forbidden", &[], "");
        }
        match target(head) {
            "/film/master.m3u8" => reply(
                "200 OK",
                &["Content-Type: audio/mpegurl", "Set-Cookie: id=1"],
                "#EXTM3U\n\
                 #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"A\",URI=\"a/index.m3u8\"\n\
                 #EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO=\"a\"\nv/index?quality=1\n",
            ),
            "/film/v/index?quality=1" => ok("#EXTM3U\n#EXT-X-TARGETDURATION:1\n\
                 #EXT-X-KEY:METHOD=AES-128,URI=\"/keys/1\"\n#EXT-X-MAP:URI=\"../init.mp4\"\n\
                 #EXTINF:1,\n1.ts?token=a\n#EXTINF:1,\nmissing.ts\n#EXTINF:1,\npage.ts\n\
                 #EXT-X-ENDLIST\n"),
            "/keys/1" => ok([7; 16]),
            "/film/init.mp4" | "/film/v/1.ts?token=a" => segment(head),
            "/film/v/page.ts" => reply("200 OK", &["Content-Type: text/html"], "<script>"),
            _ => reply("404 Not Found", &[], ""),
        }
    })
    .await;
    let headers = json!({
        "Referer": "https://films.example/", "User-Agent": "FilmPlayer/1",
        "Host": "router.local", "Cookie": "session=1", "Transfer-Encoding": "chunked",
        "Content-Length": "5", "X-Split": "a\r\nX-Evil: 1",
    });
    let home = Home::with(&origin, "/film/master.m3u8", headers).await;
    let stream = home.stream().await;
    let answer = home.ask(&stream).await;
    let mime = text(&answer, "content-type");
    assert_eq!(mime, "application/vnd.apple.mpegurl");
    assert_eq!(text(&answer, "cache-control"), "no-store");
    assert_eq!(text(&answer, "set-cookie"), "");
    let master = answer.text().await.unwrap();
    let below = named(&master);
    assert_eq!(below.len(), 2, "{master}");
    home.refused(&below[0], 404, "source-gone").await;
    let media = home.text(&below[1]).await;
    let host = origin.host();
    let hidden = |playlist: &str| !playlist.contains(&host) && !playlist.contains("token");
    assert!(hidden(&master) && hidden(&media), "{master}\n{media}");
    let below = named(&media);
    let [key, map, first, missing, page] = &below[..] else {
        panic!("{media}");
    };
    let answer = home.ask(key).await;
    assert_eq!(text(&answer, "content-type"), "application/octet-stream");
    assert_eq!(answer.bytes().await.unwrap(), [7; 16][..]);
    for address in [map, first] {
        let answer = home
            .request(address)
            .header(header::COOKIE, "own=1")
            .header(header::REFERER, "https://other.example/")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(text(&answer, "content-type"), "video/mp2t");
        assert_eq!(text(&answer, "content-length"), "10");
        assert_eq!(text(&answer, "x-content-type-options"), "nosniff");
        let policy = text(&answer, "content-security-policy");
        assert_eq!(policy, "default-src 'none'; sandbox");
        assert_eq!(text(&answer, "set-cookie"), "");
        assert_eq!(answer.text().await.unwrap(), SEGMENT);
    }
    let ranged = async |range: &str| {
        let request = home.request(first).header(header::RANGE, range);
        request.send().await.unwrap()
    };
    let part = ranged("bytes=2-4").await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(text(&part, "content-range"), "bytes 2-4/10");
    assert_eq!(part.text().await.unwrap(), "234");
    let rest = ranged("bytes=8-").await;
    assert_eq!(rest.text().await.unwrap(), "89");
    for range in ["bytes=10-", "bytes=5-2", "bytes=0-1,3-4", "lines=1-2"] {
        let status = ranged(range).await.status();
        assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
    }
    home.refused(missing, 404, "source-gone").await;
    home.refused(page, 502, "source-unreachable").await;
    for head in origin.heads() {
        assert!(head.contains(&format!("host: {host}\r\n")), "{head}");
        for foreign in [
            "cookie",
            "transfer-encoding",
            "content-length",
            "x-split",
            "Evil",
        ] {
            assert!(!head.contains(foreign), "{foreign}: {head}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dash_plays_with_numbers_filled_in_and_nothing_else() {
    let origin = Server::start(|head, _| match target(head) {
        "/film/film.mpd" => ok(r#"<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">
            <Period><BaseURL>video/</BaseURL><AdaptationSet mimeType="video/mp4">
            <SegmentTemplate media="$RepresentationID$/$Number%03d$.m4s?token=a"
                initialization="$RepresentationID$/init.mp4" startNumber="1" duration="1"/>
            <Representation id="hi" bandwidth="1"/></AdaptationSet></Period></MPD>"#),
        "/film/video/hi/007.m4s?token=a" | "/film/video/hi/init.mp4" => segment(head),
        other => panic!("{other} is not in the manifest"),
    })
    .await;
    let headers = json!({ "Referer": "https://films.example/" });
    let home = Home::with(&origin, "/film/film.mpd", headers).await;
    let stream = home.stream().await;
    let answer = home.ask(&stream).await;
    assert_eq!(text(&answer, "content-type"), "application/dash+xml");
    let manifest = answer.text().await.unwrap();
    assert!(
        !manifest.contains("token") && !manifest.contains("video/<"),
        "{manifest}"
    );
    let attribute = |name: &str| {
        let (_, rest) = manifest.split_once(&format!("{name}=\"")).unwrap();
        rest.split('"').next().unwrap().replace("&amp;", "&")
    };
    let media = attribute("media").replace("$Number$", "7");
    let initial = attribute("initialization");
    for template in [&media, &initial] {
        let address = template.replace("$RepresentationID$", "hi");
        assert_eq!(home.text(&address).await, SEGMENT);
    }
    for other in ["..", "hi/../../..", "lo", "", "http:%2F%2F127.0.0.1%2F"] {
        let address = media.replace("$RepresentationID$", other);
        home.refused(&address, 403, "stream-expired").await;
    }
    let odd = media.replace("number=7", "number=../7");
    assert_eq!(home.ask(&odd).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(origin.heads().len(), 4, "{:?}", origin.targets());
    let sent = |head: &String| head.contains("referer: https://films.example/");
    assert!(origin.heads().iter().all(sent));
}

/// Live playlists change, and players tell what is new by the addresses.
#[tokio::test(flavor = "multi_thread")]
async fn a_live_playlist_is_asked_for_anew_and_keeps_its_addresses() {
    let origin = Server::start(|head, before| {
        assert!(head.contains("/live.m3u8?user=1"), "{head}");
        let (second, third) = (before + 1, before + 2);
        ok(format!(
            "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:{before}\n\
             #EXTINF:1,\n{before}.ts\n#EXTINF:1,\n{second}.ts\n#EXTINF:1,\n{third}.ts\n"
        ))
    })
    .await;
    let home = Home::with(&origin, "/live.m3u8?user=1", json!({})).await;
    let stream = home.stream().await;
    let first = named(&home.text(&stream).await);
    let waited = format!("{stream}&_HLS_msn=5&_HLS_part=1&_HLS_skip=YES");
    let second = named(&home.text(&waited).await);
    assert_eq!(first[1..], second[..2]);
    assert!(!first.contains(&second[2]));
    let asked = origin.targets();
    let last = asked.last().unwrap();
    assert_eq!(
        last,
        "/live.m3u8?user=1&_HLS_msn=5&_HLS_part=1&_HLS_skip=YES"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_address_is_signed_for_its_session_and_ends_with_it() {
    let origin = Server::start(|head, _| match target(head) {
        "/film.m3u8" => ok("#EXTM3U\n#EXTINF:1,\n1.ts\n#EXTINF:1,\n2.ts\n"),
        _ => segment(head),
    })
    .await;
    let mut home = Home::with(&origin, "/film.m3u8", json!({})).await;
    let first_stream = home.stream().await;
    let first = named(&home.text(&first_stream).await);
    assert_eq!(home.text(&first[0]).await, SEGMENT);
    let (_, prepared) = home.prepare().await;
    let second_stream = prepared["stream"]["url"].as_str().unwrap().to_owned();
    let second = named(&home.text(&second_stream).await);
    // Of the session that was replaced.
    for address in [&first_stream, &first[0]] {
        home.refused(address, 403, "stream-expired").await;
    }
    assert_eq!(home.text(&second[0]).await, SEGMENT);
    let parts = |address: &str| {
        let (path, ticket) = address.split_once("?ticket=").unwrap();
        let (id, signature) = ticket.split_once('.').unwrap();
        (path.to_owned(), id.to_owned(), signature.to_owned())
    };
    let (path, id, signature) = parts(&second[0]);
    let (_, first_id, first_signature) = parts(&first[0]);
    let mut changed = signature.clone().into_bytes();
    changed[0] = if changed[0] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    for forged in [
        format!("{id}.{first_signature}"),
        format!("{first_id}.{signature}"),
        format!("{id}.{changed}"),
        format!("0{id}.{signature}"),
        format!("{id}.{}", &signature[1..]),
        format!("{}.{signature}", id.to_uppercase() + "X"),
    ] {
        let address = format!("{path}?ticket={forged}");
        home.refused(&address, 403, "stream-expired").await;
    }
    let session_id = serde_json::from_value(prepared["session_id"].clone()).unwrap();
    let stopped = home.live.command(session_id, Command::Stop, None).await;
    stopped.unwrap();
    for address in [&second_stream, &second[0], &second[1]] {
        home.refused(address, 403, "stream-expired").await;
    }
}
