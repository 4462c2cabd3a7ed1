//! What people give: pasted addresses, magnets, uploaded torrents and playlists. Each is a source
//! at once, plays, outlives a restart, and goes when it is taken back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::{Path, PathBuf};

use futures_util::stream;
use hearth_tests::{
    House, HouseBuilder, Phone, film,
    peers::{Files, Seed, Torrent, Tracker},
};
use reqwest::{Body, Method, StatusCode, header};
use serde_json::{Value, json};
use tokio::task::JoinSet;

const GIVEN: &str = "/api/v1/given";

fn house() -> HouseBuilder {
    House::builder().config("network.allow_private_hosts = [\"127.0.0.1\"]")
}

/// Bytes that nobody decodes here.
fn bytes(folder: &tempfile::TempDir, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    let content: Vec<u8> = (0..200_000u32).map(|at| (at % 251) as u8).collect();
    std::fs::write(&path, content).unwrap();
    path
}

async fn give(phone: &Phone, text: &str, of: Option<&Value>) -> (StatusCode, Value) {
    let title_id = of.map(|title| title["id"].clone());
    let body = json!({ "text": text, "title_id": title_id });
    phone.call(Method::POST, GIVEN, Some(body)).await
}

async fn taken(phone: &Phone, text: &str, of: Option<&Value>) -> Value {
    let (status, answer) = give(phone, text, of).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    answer
}

async fn upload(phone: &Phone, query: &str, file: Vec<u8>) -> (StatusCode, Value) {
    let answer = phone
        .request(Method::POST, &format!("{GIVEN}/file?{query}"))
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(file)
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// What people gave of a title's sources.
async fn sources(phone: &Phone, title: &Value, episode: Option<&Value>) -> Vec<Value> {
    let id = title["id"].as_str().unwrap();
    let episode = episode.map_or(String::new(), |episode| {
        format!("&episode={}", episode["id"].as_str().unwrap())
    });
    let page = phone
        .get(&format!("/api/v1/media/{id}/sources?lang=en{episode}"))
        .await;
    let items = page["items"].as_array().unwrap().iter();
    items
        .filter(|item| item["provider"] == "direct")
        .cloned()
        .collect()
}

async fn take_back(phone: &Phone, given: &Value) -> (StatusCode, Value) {
    let path = format!("{GIVEN}/{}", given["id"].as_str().unwrap());
    phone.call(Method::DELETE, &path, None).await
}

/// Prepares a source for a screen, and reads all that its stream gives.
async fn played(phone: &Phone, title: &Value, source: &Value) -> Vec<u8> {
    let mut live = phone.live().await;
    let screen_id = live.be_screen("Test screen").await;
    let play = json!({
        "title_id": title["id"], "source_id": source["id"], "screen_id": screen_id,
    });
    let prepared = phone.post("/api/v1/player/prepare", play).await;
    assert_eq!(prepared["source_id"], source["id"], "{prepared}");
    let stream = prepared["stream"]["url"].as_str().unwrap();
    let answer = phone.request(Method::GET, stream).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.bytes().await.unwrap().to_vec()
}

fn content(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_address_is_a_source_of_its_title_until_it_is_taken_back() {
    let film = film();
    let files = Files::start();
    let url = files.put("Sintel.2010.1080p.WEB-DL.mkv", &film);
    let mut house = house().start();
    let owner = house.pair_first("Anna").await;
    let guest = house.pair("Boris").await;
    let title = guest.find("sintel").await;

    let answer = taken(&guest, &format!("  {url}\n"), Some(&title)).await;
    let given = &answer["given"];
    assert_eq!(given["name"], "Sintel.2010.1080p.WEB-DL.mkv", "{answer}");
    assert_eq!(given["by"], "Boris");
    assert_eq!(
        (&given["removable"], &answer["left_out"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(given["titles"][0]["id"], title["id"]);
    assert!(
        !answer.to_string().contains(&url),
        "addresses stay on the box"
    );
    // The same again changes nothing.
    let again = taken(&owner, &url, Some(&title)).await;
    assert_eq!(again["given"]["id"], given["id"]);

    let found = sources(&owner, &title, None).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["kind"], &found[0]["quality"]),
        (&json!("direct"), &json!("1080p"))
    );
    assert_eq!(found[0]["size_bytes"], film.metadata().unwrap().len());
    assert!(
        found[0]["score"]["total"].as_f64().unwrap() > 0.0,
        "{found:?}"
    );
    assert_eq!(played(&owner, &title, &found[0]).await, content(&film));

    house.stop();
    house.start();
    let (owner, guest) = (owner.at(&house.base), guest.at(&house.base));
    assert_eq!(sources(&owner, &title, None).await.len(), 1);
    let of_title = format!("{GIVEN}?title_id={}", title["id"].as_str().unwrap());
    let page = guest.get(&of_title).await;
    assert_eq!(page["items"][0]["id"], given["id"], "{page}");
    assert_eq!(page["items"][0]["at"], given["at"], "{page}");

    // Who did not give it takes nothing back, but the owner does.
    let other = house.pair("Clara").await;
    let page = other.get(GIVEN).await;
    assert_eq!(page["items"][0]["removable"], false, "{page}");
    let (status, refused) = take_back(&other, given).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (403, &json!("not-giver"))
    );
    let (status, _) = take_back(&owner, given).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, refused) = take_back(&owner, given).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (404, &json!("given-unknown"))
    );
    assert!(sources(&owner, &title, None).await.is_empty());
    let mut live = owner.live().await;
    let play = json!({
        "title_id": title["id"], "source_id": found[0]["id"],
        "screen_id": live.be_screen("Test screen").await,
    });
    let prepare = "/api/v1/player/prepare";
    let (status, refused) = owner.call(Method::POST, prepare, Some(play)).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (404, &json!("source-unknown"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_torrent_of_no_title_plays_after_a_restart_and_goes_with_its_title() {
    let folder = tempfile::tempdir().unwrap();
    let file = bytes(&folder, "Night.Drive.2019.720p.WEB-DL.mkv");
    let seed = Seed::start(&file);
    let tracker = Tracker::of(seed.address);
    let mut house = house().config("torrents.trackers = true").start();
    let phone = house.pair_first("Phone").await;
    let torrent = seed.torrent.tracked(&tracker.url());
    let (status, answer) = upload(&phone, "name=it.torrent", torrent).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    house.stop();
    house.start();
    let phone = phone.at(&house.base);
    // It is found again by its name.
    let title = phone.find("night drive").await;
    assert_eq!(title["id"], answer["given"]["titles"][0]["id"]);
    assert_eq!(
        (&title["type"], &title["year"]),
        (&json!("film"), &json!(2019))
    );
    let found = sources(&phone, &title, None).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["kind"], "torrent");
    // A second link of that name is of the same title.
    let magnet = format!(
        "magnet:?xt=urn:btih:{}&dn=Night+Drive+2019+1080p",
        "7".repeat(40)
    );
    let second = taken(&phone, &magnet, None).await;
    assert_eq!(second["given"]["titles"][0]["id"], title["id"], "{second}");
    assert_eq!(sources(&phone, &title, None).await.len(), 2);
    assert_eq!(played(&phone, &title, &found[0]).await, content(&file));

    for given in [&second["given"], &answer["given"]] {
        let (status, _) = take_back(&phone, given).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
    }
    let page = phone.get("/api/v1/media/search?q=night%20drive").await;
    assert_eq!(page["items"], json!([]), "nobody else tells of it");
    let path = format!("/api/v1/media/{}", title["id"].as_str().unwrap());
    let (status, _) = phone.call(Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn peers_tell_what_a_bare_magnet_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = bytes(&folder, "Night.Drive.2019.720p.mkv");
    let seed = Seed::start(&file);
    let house = house().start();
    let phone = house.pair_first("Phone").await;
    let mut answer = taken(&phone, &seed.magnet(), None).await;
    // The box does not wait long for peers; whoever gives the same again has them asked again.
    for _ in 0..12 {
        let title = &answer["given"]["titles"][0];
        if title["title"]["original"] == "Night Drive" {
            break;
        }
        answer = taken(&phone, &seed.magnet(), None).await;
    }
    let title = &answer["given"]["titles"][0];
    assert_eq!(title["title"]["original"], "Night Drive", "{answer}");
    let found = sources(&phone, title, None).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["size_bytes"], seed.torrent.size_bytes, "{found:?}");
    assert_eq!(played(&phone, title, &found[0]).await, content(&file));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_magnet_that_nobody_described_learns_when_it_is_given_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = bytes(&folder, "Night.Drive.2019.720p.mkv");
    let seed = Seed::start(&file);
    let house = house().start();
    let phone = house.pair_first("Phone").await;
    let film = phone.find("sintel").await;
    // It names no peer.
    let bare = taken(&phone, &seed.torrent.magnet(None), Some(&film)).await;
    let mut again = bare.clone();
    for _ in 0..12 {
        if again["given"]["name"] != bare["given"]["name"] {
            break;
        }
        again = taken(&phone, &seed.magnet(), Some(&film)).await;
    }
    assert_eq!(again["given"]["id"], bare["given"]["id"], "{again}");
    let found = sources(&phone, &film, None).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["size_bytes"], seed.torrent.size_bytes, "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_file_of_a_season_is_a_source_of_its_episode() {
    let house = house().start();
    let phone = house.pair_first("Phone").await;
    let pack = Torrent::pack(
        "Night Shift S02 1080p WEB-DL x264",
        &["Night Shift S02E01.mkv", "02 - The keys.mkv", "about.txt"],
    );
    let (status, answer) = upload(&phone, "name=season.torrent", pack.bytes).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert!(answer["episode_id"].is_null(), "{answer}");
    let title = &answer["given"]["titles"][0];
    let path = format!("/api/v1/media/{}", title["id"].as_str().unwrap());
    let detail = phone.get(&path).await;
    assert_eq!(detail["type"], "series", "{detail}");
    let episodes = detail["episodes"].as_array().unwrap();
    assert_eq!(episodes.len(), 2, "{detail}");
    for (episode, name) in episodes
        .iter()
        .zip(["Night Shift S02E01.mkv", "02 - The keys.mkv"])
    {
        assert_eq!(episode["season"], 2);
        let found = sources(&phone, title, Some(episode)).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["name"], name);
        assert_eq!(found[0]["quality"], "1080p", "of the whole season");
        assert_eq!(found[0]["size_bytes"], 64 * 1024);
    }

    // One more is of an episode that a person named, or that its name says.
    let link = |number: u8, name: &str| {
        format!(
            "magnet:?xt=urn:btih:{number:040x}&dn={}",
            name.replace(' ', "+")
        )
    };
    let give_for = async |link: &str, episode: Option<&Value>| {
        let body = json!({
            "text": link, "title_id": title["id"], "episode_id": episode.map(|one| &one["id"]),
        });
        phone.call(Method::POST, GIVEN, Some(body)).await
    };
    let (status, refused) = give_for(&link(1, "video"), None).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (400, &json!("given-without-episode"))
    );
    let (status, answer) = give_for(&link(1, "video"), Some(&episodes[1])).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(answer["episode_id"], episodes[1]["id"]);
    let (status, answer) = give_for(&link(2, "Whatever s02e02"), None).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(answer["episode_id"], episodes[1]["id"]);
    let (status, refused) = give_for(&link(3, "Night Shift S07E09"), None).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (400, &json!("given-elsewhere"))
    );
    assert_eq!(sources(&phone, title, Some(&episodes[0])).await.len(), 1);
    assert_eq!(sources(&phone, title, Some(&episodes[1])).await.len(), 3);
}

const LIST: &str = "#EXTM3U
#EXTINF:-1 group-title=\"News\",Первый канал
https://cdn.example/1.m3u8
#EXTINF:-1,Canal Dos
https://cdn.example/2.m3u8
#EXTINF:-1,Canal Dos
https://cdn.example/2-sd.m3u8
#EXTINF:-1,Radio
udp://239.0.0.1:1234
#EXTINF:-1,Sintel (2010) 720p
https://cdn.example/sintel.mp4
";

#[tokio::test(flavor = "multi_thread")]
async fn a_playlist_makes_a_title_of_each_name_or_gives_a_title_what_is_its() {
    let house = house().start();
    let phone = house.pair_first("Phone").await;
    let sintel = phone.find("sintel").await;
    let answer = taken(&phone, LIST, Some(&sintel)).await;
    assert_eq!(answer["left_out"], 4, "{answer}");
    assert_eq!(sources(&phone, &sintel, None).await.len(), 1);

    let (status, answer) = upload(&phone, "name=home.m3u", LIST.as_bytes().to_vec()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert_eq!(answer["left_out"], 1, "what does not play: {answer}");
    let given = &answer["given"];
    assert_eq!(given["name"], "home.m3u");
    let titles = given["titles"].as_array().unwrap();
    assert_eq!(titles.len(), 2, "the film was given before: {answer}");
    let channel = phone.find("первый канал").await;
    assert!(titles.iter().any(|title| title["id"] == channel["id"]));
    assert_eq!(sources(&phone, &channel, None).await[0]["kind"], "hls");
    let dos = phone.find("canal dos").await;
    assert_eq!(sources(&phone, &dos, None).await.len(), 2, "of one name");
    // All of it is one gift, and goes as one; what was given before stays.
    let (status, _) = take_back(&phone, given).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(sources(&phone, &sintel, None).await.len(), 1);
    let page = phone.get("/api/v1/media/search?q=canal%20dos").await;
    assert_eq!(page["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_of_no_use_is_refused_in_words() {
    let files = Files::start();
    let there = files.put("film.mkv", &film());
    let missing = there.replace("/film.mkv", "/nothing.mkv");
    let open = house().start();
    let phone = open.pair_first("Phone").await;
    let film = phone.find("sintel").await;
    for (given, status, slug) in [
        ("", 400, "link-unreadable"),
        ("just words", 400, "link-unreadable"),
        ("file:///etc/passwd", 400, "link-unreadable"),
        ("stremio://a.example/manifest.json", 400, "link-of-addon"),
        ("#EXTM3U\n# nothing", 400, "link-empty"),
        (
            "#EXTM3U\n#EXTINF:-1,Radio\nudp://239.0.0.1:1",
            400,
            "link-empty",
        ),
        ("http://169.254.169.254/latest", 400, "link-private"),
        (&missing, 502, "source-unreachable"),
    ] {
        for of in [None, Some(&film)] {
            let (answered, refused) = give(&phone, given, of).await;
            assert_eq!(
                (answered.as_u16(), refused["slug"].as_str().unwrap()),
                (status, slug),
                "{given}: {refused}"
            );
            let detail = refused["detail"].as_str().unwrap();
            assert!(
                detail.contains(' ') && !detail.contains("/latest"),
                "{detail}"
            );
        }
    }
    for (file, status, slug) in [
        (b"\x1a\x45\xdf\xa3\0\0".to_vec(), 400, "file-not-understood"),
        (b"d3:abc1:xe".to_vec(), 400, "torrent-bad"),
        (
            Torrent::pack("Pictures", &["a.jpg", "b.jpg"]).bytes,
            400,
            "link-empty",
        ),
        (vec![b'#'; 9 << 20], 413, "too-large"),
    ] {
        let (answered, refused) = upload(&phone, "name=x", file).await;
        assert_eq!(
            (answered.as_u16(), refused["slug"].as_str().unwrap()),
            (status, slug),
            "{refused}"
        );
    }
    let unknown = json!({ "id": "ttl_0193a3f2b1c47d3e8f00112233445566" });
    let (status, refused) = give(&phone, &there, Some(&unknown)).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (404, &json!("title-unknown"))
    );
    let other = "#EXTM3U\n#EXTINF:-1,A\nhttps://a.example/a\n#EXTINF:-1,B\nhttps://a.example/b";
    let (status, refused) = give(&phone, other, Some(&film)).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (400, &json!("given-elsewhere"))
    );
    assert_eq!(phone.get(GIVEN).await["items"], json!([]), "nothing stayed");

    // What the owner did not allow is not fetched for anybody.
    let closed = House::builder().start();
    let phone = closed.pair_first("Phone").await;
    let (status, refused) = give(&phone, &there, None).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (400, &json!("link-private"))
    );
}

/// Whole files were taken into memory before anybody asked how many are read already.
#[tokio::test(flavor = "multi_thread")]
async fn files_that_trickle_in_are_few_at_once() {
    let house = house().start();
    let phone = house.pair_first("Phone").await;
    let mut arriving = JoinSet::new();
    for _ in 0..5 {
        let never = stream::pending::<Result<Vec<u8>, std::io::Error>>();
        let request = phone.request(Method::POST, &format!("{GIVEN}/file?name=slow.torrent"));
        arriving.spawn(request.body(Body::wrap_stream(never)).send());
    }
    // Four are waited for; the fifth is told at once.
    let refused = arriving.join_next().await.unwrap().unwrap().unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    // Whoever turns away leaves room.
    arriving.shutdown().await;
    let other = || upload(&phone, "name=x", b"\x1a\x45\xdf\xa3\0\0".to_vec());
    let (mut status, mut answer) = other().await;
    for _ in 0..200 {
        if status != StatusCode::TOO_MANY_REQUESTS {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        (status, answer) = other().await;
    }
    assert_eq!(answer["slug"], "file-not-understood", "{status}: {answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_takes_so_much_and_no_more() {
    let house = house().start();
    let phone = house.pair_first("Phone").await;
    let film = phone.find("sintel").await;
    let list = |round: u32| {
        let entry =
            |at: u32| format!("#EXTINF:-1,Sintel (2010)\nhttps://cdn.example/{round}/{at}.mp4\n");
        format!(
            "#EXTM3U\n{}",
            (0..250).map(entry).collect::<Vec<_>>().concat()
        )
    };
    let mut last = Value::Null;
    for round in 0..10 {
        let answer = taken(&phone, &list(round), Some(&film)).await;
        assert_eq!(answer["left_out"], 50, "200 of a list: {answer}");
        last = answer["given"].clone();
    }
    let (status, refused) = give(&phone, &list(10), Some(&film)).await;
    assert_eq!(
        (status.as_u16(), &refused["slug"]),
        (409, &json!("given-full"))
    );
    let page = phone.get(&format!("{GIVEN}?limit=3")).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
    assert_eq!(page["items"][0]["id"], last["id"], "the newest first");
    assert!(page["next"].is_string(), "{page}");
    let (status, _) = take_back(&phone, &last).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    taken(&phone, &list(10), Some(&film)).await;
}
