//! What reads see while writes fail. The disks are small file systems of the kernel's, so "full"
//! and "read-only" are its word; the tests need the right to mount.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::{
    cell::Cell,
    io::Write,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use redb::{Database, ReadableTable};

use super::*;

/// Enough that a read has to fetch pages from the file.
const NAMES: usize = 400;

struct Disk(tempfile::TempDir);

impl Disk {
    fn mount() -> Self {
        let folder = tempfile::tempdir().unwrap();
        mount(&["-t", "tmpfs", "-o", "size=4m", "tmpfs"], folder.path());
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    fn fill(&self) {
        let mut filler = fs::File::create(self.ballast()).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.ballast()).unwrap();
    }

    /// As a kernel does to a failing card: whoever opens a file from now on meets a read-only
    /// disk. A second mount over the first does it while files are open for writing.
    fn turn_read_only(&self) {
        let path = self.path().to_str().unwrap();
        mount(&["--bind", path], self.path());
        mount(&["-o", "remount,bind,ro"], self.path());
    }

    fn turn_writable(&self) {
        unmount(self.path());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        while Command::new("mountpoint")
            .arg("-q")
            .arg(self.path())
            .status()
            .unwrap()
            .success()
        {
            unmount(self.path());
        }
    }
}

fn mount(options: &[&str], at: &Path) {
    let status = Command::new("mount")
        .args(options)
        .arg(at)
        .status()
        .unwrap();
    assert!(
        status.success(),
        "this test mounts small disks: run it as root"
    );
}

fn unmount(at: &Path) {
    // Lazily: the store may still hold its file open.
    let status = Command::new("umount").arg("-l").arg(at).status().unwrap();
    assert!(status.success());
}

fn store_with_names(folder: &Path) -> Store {
    let store = Store::open(folder).unwrap();
    store
        .write("keep names", |transaction| {
            let mut table = transaction.open_table(crate::tables::SETTINGS)?;
            for number in 0..NAMES {
                table.insert(format!("{number:04}").as_str(), [7; 1000].as_slice())?;
            }
            Ok(())
        })
        .unwrap();
    store
}

fn count(transaction: &ReadTransaction) -> Result<usize, redb::Error> {
    let table = transaction.open_table(crate::tables::SETTINGS)?;
    let mut count = 0;
    for row in table.iter()? {
        let (_, value) = row?;
        count += usize::from(value.value() == [7; 1000]);
    }
    Ok(count)
}

fn too_much(store: &Store) -> Result<(), Error> {
    store.write("write too much", |transaction| {
        let mut table = transaction.open_table(crate::tables::SETTINGS)?;
        table.insert("too much", vec![7; 5 * 1024 * 1024].as_slice())?;
        Ok(())
    })
}

/// Nothing of it in memory: with everything there, a read would not notice what becomes of the file.
fn forget_pages(store: &Store) {
    let mut opened = store.alone();
    *opened = Opened::Closed;
    let uncached = Database::builder().set_cache_size(0).open(store.path());
    *opened = Opened::Writable(uncached.unwrap());
}

/// A phone's read once got "previous I/O error" because another's write had met a full disk just
/// before.
#[test]
fn a_write_that_fails_does_not_fail_what_comes_after_it() {
    let disk = Disk::mount();
    let store = store_with_names(disk.path());
    let spoil = || {
        forget_pages(&store);
        assert!(matches!(too_much(&store), Err(Error::DiskFull)));
        let read = read_from(store.shared().database().unwrap(), count);
        assert!(is_lost(&read), "redb gave up on its file: {read:?}");
    };
    spoil();
    assert_eq!(store.read("count the names", count).unwrap(), NAMES);
    spoil();
    store.set_setting("a name", &"kept").unwrap();
    spoil();
    drop(store);
    let store = Store::open(disk.path()).unwrap();
    assert_eq!(
        store.setting::<String>("a name").unwrap().as_deref(),
        Some("kept")
    );
}

#[test]
fn a_write_that_fails_in_the_middle_of_a_read_does_not_fail_the_read() {
    let disk = Disk::mount();
    let store = store_with_names(disk.path());
    forget_pages(&store);
    let tries = Cell::new(0);
    let read = store.read("count the names", |transaction| {
        tries.set(tries.get() + 1);
        if tries.get() > 1 {
            return count(transaction);
        }
        let refused = thread::scope(|scope| scope.spawn(|| too_much(&store)).join().unwrap());
        assert!(matches!(refused, Err(Error::DiskFull)), "{refused:?}");
        let counted = count(transaction);
        assert!(
            is_lost(&counted),
            "the failed write spoilt this read: {counted:?}"
        );
        counted
    });
    assert_eq!(read.unwrap(), NAMES);
    assert_eq!(tries.get(), 2);
}

#[test]
fn abuse_20_reads_go_on_whatever_becomes_of_writes() {
    const FAILURES: usize = 30;
    let disk = Disk::mount();
    let store = store_with_names(disk.path());
    disk.fill();
    let failures = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while failures.fetch_add(1, Ordering::Relaxed) < FAILURES {
                    let refused = too_much(&store);
                    assert!(matches!(refused, Err(Error::DiskFull)), "{refused:?}");
                }
            });
        }
        for _ in 0..3 {
            scope.spawn(|| {
                while failures.load(Ordering::Relaxed) < FAILURES {
                    assert_eq!(store.read("count the names", count).unwrap(), NAMES);
                }
            });
        }
    });
    disk.free();
    store.set_setting("a name", &"kept").unwrap();
    assert_eq!(store.setting::<String>("a name").unwrap().unwrap(), "kept");
}

#[test]
fn a_disk_that_turns_read_only_can_still_be_read() {
    let disk = Disk::mount();
    let store = store_with_names(disk.path());
    disk.fill();
    disk.turn_read_only();
    assert!(matches!(store.check(), Err(Error::DiskReadOnly)));
    // The file that is open fails first.
    assert!(matches!(too_much(&store), Err(Error::DiskFull)));
    for _ in 0..3 {
        assert_eq!(store.read("count the names", count).unwrap(), NAMES);
        let refused = store.set_setting("a name", &"lost");
        assert!(matches!(refused, Err(Error::DiskReadOnly)), "{refused:?}");
        assert!(matches!(store.check(), Err(Error::DiskReadOnly)));
        assert_eq!(store.setting::<String>("a name").unwrap(), None);
    }

    disk.turn_writable();
    disk.free();
    store.check().unwrap();
    store.set_setting("a name", &"kept").unwrap();
    assert_eq!(store.read("count the names", count).unwrap(), NAMES);
    drop(store);
    let store = Store::open(disk.path()).unwrap();
    assert_eq!(store.setting::<String>("a name").unwrap().unwrap(), "kept");
}

/// A box that starts with a card that is read-only already. The file was not closed in order, so
/// that redb would have to repair it.
#[test]
fn a_store_on_a_read_only_disk_opens_for_reading() {
    let disk = Disk::mount();
    let store = store_with_names(disk.path());
    let unclosed = fs::read(store.path()).unwrap();
    let path = store.path().to_owned();
    drop(store);
    fs::write(&path, &unclosed).unwrap();
    disk.turn_read_only();
    let store = Store::open(disk.path()).unwrap();
    assert_eq!(store.read("count the names", count).unwrap(), NAMES);
    assert!(matches!(store.check(), Err(Error::DiskReadOnly)));
    assert!(matches!(too_much(&store), Err(Error::DiskReadOnly)));
    drop(store);
    assert_eq!(fs::read(&path).unwrap(), unclosed);

    disk.turn_writable();
    fs::remove_file(&path).unwrap();
    disk.turn_read_only();
    let refused = Store::open(disk.path());
    assert!(matches!(refused, Err(Error::DiskReadOnly)), "{refused:?}");
}
