//! Pictures from a server on loopback: good ones in every size, and those that mean harm.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../../fetch/tests/server/mod.rs"]
mod server;

use std::{
    io::Cursor,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use hearth_catalog::{DiskPicture, PictureError, Pictures};
use hearth_fetch::{Clock, Fetcher, Options};
use image::{ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use server::{Server, Step, reply};

fn pictures(folder: &Path, limit_bytes: u64) -> Pictures {
    pictures_at(folder, limit_bytes, Clock::system())
}

fn pictures_at(folder: &Path, limit_bytes: u64, clock: Clock) -> Pictures {
    let options = Options {
        allow_private_hosts: vec!["127.0.0.1".into()],
        ..Options::default()
    };
    let fetcher = Fetcher::new(options).unwrap();
    Pictures::open(folder, limit_bytes, fetcher, clock).unwrap()
}

fn poster(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = RgbImage::from_fn(width, height, |x, y| {
        Rgb([200, (x * 60 / width) as u8, (y * 40 / height) as u8])
    });
    picture
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg)
        .unwrap();
    bytes
}

fn answer(kind: &str, bytes: &[u8]) -> Vec<Step> {
    reply("200 OK", &[&format!("Content-Type: {kind}")], bytes)
}

#[tokio::test]
async fn a_poster_is_fetched_once_and_given_in_every_size() {
    let server = Server::start(|_, _| answer("image/jpeg", &poster(600, 900))).await;
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("/poster.jpg");
    let shelf = pictures(folder.path(), 10 << 20);
    let (small, large, again) = tokio::join!(
        shelf.get(&url, 100),
        shelf.get(&url, 4_000),
        shelf.get(&url, 100)
    );
    let (small, large) = (small.unwrap(), large.unwrap());
    let width = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().width();
    assert_eq!((width(&small.bytes), width(&large.bytes)), (185, 600));
    assert_eq!(
        (small.mime, &small.etag),
        ("image/jpeg", &again.unwrap().etag)
    );
    assert_ne!(small.etag, large.etag);
    let look = shelf.look(&url).unwrap();
    assert!(
        look.colour.starts_with("#c") && look.colour.len() == 7,
        "red: {}",
        look.colour
    );
    assert!(look.preview.len() < 40);
    assert_eq!(server.targets().len(), 1, "one question for all");

    // After a restart nothing is asked at all.
    let shelf = pictures(folder.path(), 10 << 20);
    assert_eq!(shelf.get(&url, 100).await.unwrap().etag, small.etag);
    assert_eq!(shelf.look(&url).unwrap(), look);
    assert_eq!(shelf.look(&server.url("/other.jpg")), None);
    assert_eq!(server.targets().len(), 1);
}

/// TMDB's terms: nothing is kept for more than six months.
#[tokio::test]
async fn a_picture_is_fetched_anew_in_time_or_given_no_more() {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let changed = Arc::new(AtomicU16::new(200));
    let server = {
        let changed = changed.clone();
        Server::start(move |_, _| match changed.load(Ordering::Relaxed) {
            200 => answer("image/jpeg", &poster(600, 900)),
            201 => answer("image/jpeg", &poster(400, 600)),
            _ => reply("503 Service Unavailable", &[], b""),
        })
        .await
    };
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::by_hand(1_790_000_000_000);
    let open = || pictures_at(folder.path(), 10 << 20, clock.clone());
    let shelf = open();
    let url = server.url("/poster.jpg");
    let first = shelf.get(&url, 500).await.unwrap();
    clock.advance(149 * DAY);
    assert_eq!(shelf.get(&url, 500).await.unwrap().etag, first.etag);
    assert_eq!(server.targets().len(), 1);

    // It is given at once, and is another one a moment later.
    changed.store(201, Ordering::Relaxed);
    clock.advance(2 * DAY);
    assert_eq!(shelf.get(&url, 500).await.unwrap().etag, first.etag);
    let second = loop {
        let now = shelf.get(&url, 500).await.unwrap();
        if now.etag != first.etag {
            break now;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(image::load_from_memory(&second.bytes).unwrap().width(), 400);

    // Without the network it stays for a month, also over a restart, and then it is gone.
    changed.store(503, Ordering::Relaxed);
    let shelf = open();
    clock.advance(179 * DAY);
    assert_eq!(shelf.get(&url, 500).await.unwrap().etag, second.etag);
    clock.advance(2 * DAY);
    let past = open().get(&url, 500).await;
    assert!(matches!(past, Err(PictureError::Fetch(_))), "{past:?}");
    changed.store(200, Ordering::Relaxed);
    assert_eq!(open().get(&url, 500).await.unwrap().etag, first.etag);
}

#[tokio::test]
async fn what_shines_through_stays_so() {
    let mut logo = Vec::new();
    RgbaImage::from_pixel(300, 100, Rgba([10, 20, 30, 90]))
        .write_to(&mut Cursor::new(&mut logo), ImageFormat::Png)
        .unwrap();
    let server = Server::start(move |_, _| answer("image/png", &logo)).await;
    let folder = tempfile::tempdir().unwrap();
    let shelf = pictures(folder.path(), 10 << 20);
    let picture = shelf.get(&server.url("/logo.png"), 150).await.unwrap();
    assert_eq!(picture.mime, "image/png");
    assert!(
        image::load_from_memory(&picture.bytes)
            .unwrap()
            .color()
            .has_alpha()
    );
}

/// A PNG that says it has so many pixels: small on the wire, huge in memory.
fn bomb(side: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8], data: &[u8]| {
        bytes.extend((data.len() as u32).to_be_bytes());
        let start = bytes.len();
        bytes.extend(kind);
        bytes.extend(data);
        let sum = crc(&bytes[start..]);
        bytes.extend(sum.to_be_bytes());
    };
    let mut head = Vec::new();
    head.extend(side.to_be_bytes());
    head.extend(side.to_be_bytes());
    head.extend([8, 6, 0, 0, 0]);
    chunk(b"IHDR", &head);
    let mut rows = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let row = vec![0; 1 + 4 * side as usize];
    for _ in 0..side.min(1_000) {
        std::io::Write::write_all(&mut rows, &row).unwrap();
    }
    chunk(b"IDAT", &rows.finish().unwrap());
    chunk(b"IEND", &[]);
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

#[tokio::test]
async fn what_means_harm_does_none() {
    let wide = bomb(20_000);
    let deep = bomb(6_000);
    assert!(deep.len() < 300_000, "{} bytes on the wire", deep.len());
    let server = Server::start(
        move |head, _| match head.split(' ').nth(1).unwrap_or_default() {
            "/wide.png" => answer("image/png", &wide),
            "/deep.png" => answer("image/png", &deep),
            "/drawing.svg" => answer(
                "image/svg+xml",
                b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            ),
            "/page.jpg" => answer("image/jpeg", b"<html>sign in</html>"),
            "/cut.jpg" => answer("image/jpeg", &poster(600, 900)[..400]),
            "/empty.jpg" => answer("image/jpeg", b""),
            "/animation.gif" => answer("image/gif", b"GIF89a\x01\0\x01\0\0\0\0;"),
            _ => reply("404 Not Found", &[], b""),
        },
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let shelf = pictures(folder.path(), 10 << 20);
    for (path, too_large) in [
        ("/wide.png", true),
        ("/deep.png", true),
        ("/drawing.svg", false),
        ("/page.jpg", false),
        ("/cut.jpg", false),
        ("/empty.jpg", false),
        ("/animation.gif", false),
    ] {
        let error = shelf.get(&server.url(path), 185).await.unwrap_err();
        match error {
            PictureError::TooLarge => assert!(too_large, "{path}"),
            PictureError::NotOne => assert!(!too_large, "{path}"),
            other => panic!("{path}: {other}"),
        }
    }
    let asked = server.targets().len();
    assert!(matches!(
        shelf.get(&server.url("/missing.jpg"), 185).await,
        Err(PictureError::Fetch(_))
    ));
    assert!(shelf.get(&server.url("/cut.jpg"), 185).await.is_err());
    assert_eq!(
        server.targets().len(),
        asked + 1,
        "what is no picture is not asked for again"
    );
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing of it is kept"
    );
}

#[tokio::test]
async fn the_disk_is_bounded_and_what_was_not_looked_at_goes_first() {
    let server = Server::start(|_, _| answer("image/jpeg", &poster(400, 600))).await;
    let folder = tempfile::tempdir().unwrap();
    let limit = 200_000;
    let shelf = pictures(folder.path(), limit);
    let first = server.url("/0.jpg");
    for number in 0..60 {
        shelf
            .get(&server.url(&format!("/{number}.jpg")), 342)
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let files = std::fs::read_dir(folder.path()).unwrap();
    let total: u64 = files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    assert!(total <= limit, "{total} bytes are kept");
    let asked = server.targets().len();
    shelf.get(&server.url("/59.jpg"), 342).await.unwrap();
    assert_eq!(server.targets().len(), asked, "the newest is there");
    shelf.get(&first, 342).await.unwrap();
    assert_eq!(
        server.targets().len(),
        asked + 1,
        "the oldest went, and comes again"
    );
}

fn on_disk(path: &Path, removable: bool) -> DiskPicture {
    let known = std::fs::metadata(path).unwrap();
    let modified = known.modified().unwrap();
    DiskPicture {
        path: path.to_owned(),
        size_bytes: known.len(),
        modified_ms: modified
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_millis() as u64,
        removable,
    }
}

#[tokio::test]
async fn a_cover_on_a_disk_is_given_and_kept_when_the_disk_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = pictures(folder.path(), 10 << 20);
    let disk = tempfile::tempdir().unwrap();
    let path = disk.path().canonicalize().unwrap().join("poster.jpg");
    std::fs::write(&path, poster(600, 900)).unwrap();
    let found = on_disk(&path, true);
    let unseen = DiskPicture {
        modified_ms: found.modified_ms + 1,
        ..found.clone()
    };
    let small = shelf.get_disk(found.clone(), 100).await.unwrap();
    assert_eq!(image::load_from_memory(&small.bytes).unwrap().width(), 185);
    assert!(shelf.look_disk(found.clone()).is_some());
    let gone = |answer| matches!(answer, Err(PictureError::Gone));
    assert!(gone(shelf.get_disk(unseen, 100).await), "another file");

    std::fs::remove_file(&path).unwrap();
    let again = shelf.get_disk(found.clone(), 100).await.unwrap();
    assert_eq!(again.etag, small.etag);
    let empty = tempfile::tempdir().unwrap();
    let other = pictures(empty.path(), 10 << 20);
    assert!(gone(other.get_disk(found.clone(), 100).await));
    // It is there at once when the disk is.
    std::fs::write(&path, poster(600, 900)).unwrap();
    let back = on_disk(&path, true);
    assert!(other.get_disk(back, 100).await.is_ok());
    assert_eq!(
        DiskPicture::from_text(&found.to_text().unwrap()).as_ref(),
        Some(&found)
    );
}

#[tokio::test]
async fn no_link_leads_out_of_a_strangers_disk() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = pictures(folder.path(), 10 << 20);
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("private.jpg"), poster(60, 90)).unwrap();
    let disk = tempfile::tempdir().unwrap();
    let disk = disk.path().canonicalize().unwrap();
    std::os::unix::fs::symlink(home.path(), disk.join("films")).unwrap();
    let path = disk.join("films/private.jpg");
    let answer = shelf.get_disk(on_disk(&path, true), 100).await;
    assert!(matches!(answer, Err(PictureError::Gone)));
    assert!(shelf.get_disk(on_disk(&path, false), 100).await.is_ok());
    // What is no picture does no harm.
    let text = disk.join("poster.jpg");
    std::fs::write(&text, "<svg/>").unwrap();
    let answer = shelf.get_disk(on_disk(&text, true), 100).await;
    assert!(matches!(answer, Err(PictureError::NotOne)));
}
