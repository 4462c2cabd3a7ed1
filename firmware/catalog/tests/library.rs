//! The watched library: what changes on the disk arrives without being asked for.

use std::{fs, path::Path, time::Duration};

use hearth_catalog::{Problem, Scan, WatchOptions, watch_folders};
use tempfile::TempDir;
use tokio::{sync::mpsc::Receiver, time::timeout};

/// Watching alone: nothing is found by the regular scan.
fn options() -> WatchOptions {
    WatchOptions {
        removable: false,
        quiet: Duration::from_millis(30),
        longest_wait: Duration::from_secs(1),
        rescan_every: Duration::from_hours(1),
        mounts_every: Duration::from_millis(50),
        ..WatchOptions::default()
    }
}

async fn next(scans: &mut Receiver<Scan>) -> Scan {
    timeout(Duration::from_secs(60), scans.recv())
        .await
        .expect("a scan within a minute")
        .expect("the library runs")
}

/// Scans until one has exactly these titles.
async fn until(scans: &mut Receiver<Scan>, wanted: &[&str]) -> Scan {
    loop {
        let scan = next(scans).await;
        let keys: Vec<&str> = scan
            .titles
            .iter()
            .map(hearth_catalog::LocalTitle::key)
            .collect();
        if keys == wanted {
            return scan;
        }
    }
}

fn put(folder: &Path, name: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("below the folder")).expect("make a folder");
    fs::write(path, b"video").expect("write a file");
}

#[tokio::test]
async fn a_new_a_moved_and_a_removed_file_are_seen() {
    let folder = TempDir::new().expect("make a temporary folder");
    let mut scans = watch_folders(vec![folder.path().into()], options());
    assert_eq!(
        next(&mut scans).await.titles,
        [],
        "the first scan always arrives"
    );

    put(folder.path(), "new folder/Sintel (2010).mkv");
    until(&mut scans, &["film/sintel/2010"]).await;

    fs::rename(
        folder.path().join("new folder/Sintel (2010).mkv"),
        folder.path().join("Elephants Dream (2006).mkv"),
    )
    .expect("rename");
    until(&mut scans, &["film/elephants dream/2006"]).await;

    fs::remove_file(folder.path().join("Elephants Dream (2006).mkv")).expect("remove");
    until(&mut scans, &[]).await;
}

#[tokio::test]
async fn a_folder_that_comes_later_is_found_and_watched() {
    let parent = TempDir::new().expect("a folder");
    let folder = parent.path().join("disk");
    let mut scans = watch_folders(vec![folder.clone()], options());
    let first = next(&mut scans).await;
    assert!(
        matches!(first.problems[..], [Problem::Unreadable { .. }]),
        "{first:?}"
    );
    put(&folder, "Sintel (2010).mkv");
    let found = until(&mut scans, &["film/sintel/2010"]).await;
    assert_eq!(found.problems, []);
    put(&folder, "Spring (2019).mkv");
    until(&mut scans, &["film/sintel/2010", "film/spring/2019"]).await;
}

#[tokio::test]
async fn a_disk_that_is_mounted_is_searched() {
    let folder = TempDir::new().expect("a folder");
    let mountinfo = folder.path().join("mountinfo");
    fs::write(&mountinfo, "").expect("write");
    let watching = WatchOptions {
        removable: true,
        mountinfo: mountinfo.clone(),
        ..options()
    };
    let mut scans = watch_folders(Vec::new(), watching);
    assert_eq!(next(&mut scans).await, Scan::default());
    // No disk can be mounted here: one that is named and not there shows that it was looked for.
    fs::write(
        &mountinfo,
        "41 22 8:17 / /media/no/such-disk rw - vfat /dev/sdb1 rw\n",
    )
    .expect("write");
    let found = next(&mut scans).await;
    assert!(
        matches!(&found.problems[..], [Problem::Unreadable { path, .. }] if path == Path::new("/media/no/such-disk")),
        "{found:?}"
    );
}
