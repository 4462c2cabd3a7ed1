//! The store on a disk that dies: at each write, at each change of length and at each sync, and
//! again while it recovers. A disk keeps what was synced, and of the rest whatever it likes: nothing,
//! all of it, some, or half of a block.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use hearth_model::{Device, DeviceId, ProfileId, Progress, TitleId};
use redb::{Database, StorageBackend};

use super::Store;
use crate::opened::{Opened, make_tables};

const COMMITS: u8 = 12;

/// What the disk was told since the last sync.
#[derive(Debug, Clone)]
enum Told {
    Write(u64, Vec<u8>),
    Length(u64),
}

#[derive(Debug, Default)]
struct Content {
    /// What the program sees.
    seen: Vec<u8>,
    /// What survives in any case.
    synced: Vec<u8>,
    since: Vec<Told>,
}

/// A disk that dies when its count of operations is up: from then on everything is an error, as it
/// is to a program whose machine is gone.
#[derive(Debug, Clone)]
struct Disk {
    content: Arc<Mutex<Content>>,
    left: Arc<AtomicU64>,
}

/// What of the unsynced part reaches the disk.
#[derive(Debug, Clone, Copy)]
enum Survives {
    Nothing,
    All,
    /// Each told thing by the toss of a coin with this seed; the last one is cut in the middle.
    Some(u64),
}

impl Disk {
    fn with(content: Vec<u8>, operations: u64) -> Self {
        Self {
            content: Arc::new(Mutex::new(Content {
                seen: content.clone(),
                synced: content,
                since: Vec::new(),
            })),
            left: Arc::new(AtomicU64::new(operations)),
        }
    }

    /// Counts an operation, or says that the disk is gone.
    fn count(&self) -> io::Result<()> {
        self.left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            })
            .map(|_| ())
            .map_err(|_| io::Error::other("the power is gone"))
    }

    fn died(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }

    fn content(&self) -> std::sync::MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The disk after the power came back.
    fn after(&self, survives: Survives) -> Vec<u8> {
        let content = self.content();
        let mut bytes = content.synced.clone();
        let mut coin = match survives {
            Survives::Some(seed) => seed | 1,
            _ => 1,
        };
        let last = content.since.len();
        for (number, told) in content.since.iter().enumerate() {
            // Xorshift: a coin that falls the same way in every run.
            coin ^= coin << 13;
            coin ^= coin >> 7;
            coin ^= coin << 17;
            match survives {
                Survives::Nothing => {}
                Survives::All => apply(&mut bytes, told),
                Survives::Some(_) if coin & 1 == 0 => {}
                Survives::Some(_) => match told {
                    Told::Write(at, data) if number + 1 == last => {
                        apply(
                            &mut bytes,
                            &Told::Write(*at, data[..data.len() / 2].to_vec()),
                        );
                    }
                    told => apply(&mut bytes, told),
                },
            }
        }
        bytes
    }
}

fn apply(bytes: &mut Vec<u8>, told: &Told) {
    match told {
        Told::Length(length) => bytes.resize(*length as usize, 0),
        Told::Write(at, data) => {
            let end = *at as usize + data.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[*at as usize..end].copy_from_slice(data);
        }
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.content().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let content = self.content();
        let range = offset as usize..offset as usize + out.len();
        let found = content
            .seen
            .get(range)
            .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        out.copy_from_slice(found);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.count()?;
        let mut content = self.content();
        content.seen.resize(len as usize, 0);
        content.since.push(Told::Length(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.count()?;
        let mut content = self.content();
        content.synced = content.seen.clone();
        content.since.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        // The write on which the power goes is under way: some of it may arrive.
        let counted = self.count();
        let mut content = self.content();
        let told = Told::Write(offset, data.to_vec());
        if counted.is_ok() {
            apply(&mut content.seen, &told);
        }
        if counted.is_ok() || !matches!(content.since.last(), Some(Told::Write(..))) {
            content.since.push(told);
        }
        counted
    }
}

fn database(disk: &Disk) -> Result<Database, redb::Error> {
    let database = Database::builder()
        .set_cache_size(1 << 20)
        .create_with_backend(disk.clone())?;
    make_tables(&database)?;
    Ok(database)
}

fn store(database: Database) -> Store {
    Store {
        // Where a store that failed is opened anew: the disk is gone, and stays gone.
        path: "/nowhere/a-disk-in-memory.redb".into(),
        opened: Arc::new(RwLock::new(Opened::Writable(database))),
        failing: Arc::default(),
        counted: Arc::default(),
    }
}

/// What a house does all day, until the disk dies. Answers how much of it was acknowledged.
fn work(store: &Store) -> u8 {
    for number in 0..COMMITS {
        let done = match number % 3 {
            0 => store.add_device(&device(number)),
            1 => store.save_progress(ProfileId::HOUSEHOLD, &progress(number), None),
            _ => store.set_setting(
                &format!("setting {number}"),
                &"x".repeat(usize::from(number) * 700),
            ),
        };
        if done.is_err() {
            return number;
        }
    }
    COMMITS
}

fn device(number: u8) -> Device {
    Device {
        id: DeviceId::from_bytes([number; 16]),
        name: format!("phone {number}"),
        paired_at: u64::from(number),
    }
}

/// The same film each time: its place in the history moves.
fn progress(number: u8) -> Progress {
    Progress {
        title_id: TitleId::from_bytes([7; 16]),
        episode_id: None,
        position_ms: u64::from(number) * 1000,
        duration_ms: 600_000,
        watched_at: u64::from(number) + 1,
        finished: false,
    }
}

/// Everything that was acknowledged is there, and what was not is there wholly or not at all.
fn check(store: &Store, acknowledged: u8) {
    let devices = store.devices().unwrap();
    let history = store.history(ProfileId::HOUSEHOLD, 99).unwrap();
    let watched = store
        .progress(ProfileId::HOUSEHOLD, TitleId::from_bytes([7; 16]), None)
        .unwrap();
    assert_eq!(
        history.first().map(|seen| &seen.progress),
        watched.as_ref().map(|seen| &seen.progress),
        "the history and the film agree"
    );
    assert!(
        history.len() <= 1,
        "the older place in the history is gone: {history:?}"
    );
    let mut newest = None;
    for number in 0..acknowledged {
        match number % 3 {
            0 => assert!(
                devices.contains(&device(number)),
                "device {number} of {acknowledged}"
            ),
            1 => newest = Some(progress(number)),
            _ => assert_eq!(
                store
                    .setting::<String>(&format!("setting {number}"))
                    .unwrap()
                    .map(|text| text.len()),
                Some(usize::from(number) * 700),
                "setting {number} of {acknowledged}"
            ),
        }
    }
    if let Some(newest) = newest {
        let at = watched.expect("the film is there").progress.position_ms;
        assert!(
            at >= newest.position_ms,
            "{at} is before {}",
            newest.position_ms
        );
    }
}

/// Opens the disk as it was found and looks; `operations` until it dies again. Answers whether it
/// lived through the opening.
fn recover(found: Vec<u8>, operations: u64, acknowledged: u8, moment: &str) -> Result<(), Disk> {
    let disk = Disk::with(found, operations);
    let mut database = match database(&disk) {
        Ok(database) => database,
        Err(error) => {
            assert!(disk.died(), "{moment}: {error}");
            return Err(disk);
        }
    };
    if disk.died() {
        drop(database);
        return Err(disk);
    }
    match database.check_integrity() {
        Ok(sound) => assert!(
            sound,
            "{moment}: the store was mended when opened, and is not sound"
        ),
        Err(error) => {
            assert!(disk.died(), "{moment}: {error}");
            return Err(disk);
        }
    }
    check(&store(database), acknowledged);
    Ok(())
}

#[test]
fn abuse_27_a_power_cut_at_any_moment_loses_nothing_acknowledged() {
    const PLENTY: u64 = 1 << 40;
    // A new store is made aside and renamed (`migrate`): here it is already in place.
    let disk = Disk::with(Vec::new(), PLENTY);
    drop(
        Database::builder()
            .create_with_backend(disk.clone())
            .unwrap(),
    );
    let new = disk.after(Survives::Nothing);

    // How many operations the whole work takes.
    let disk = Disk::with(new.clone(), PLENTY);
    let store_of = store(database(&disk).unwrap());
    let before_work = PLENTY - disk.left.load(Ordering::SeqCst);
    assert_eq!(work(&store_of), COMMITS);
    drop(store_of);
    let all = PLENTY - disk.left.load(Ordering::SeqCst);
    assert!(
        all - before_work > 2 * u64::from(COMMITS),
        "each commit writes and syncs"
    );

    let (mut cuts, mut cuts_in_recovery) = (0, 0);
    for operations in 0..=all {
        let disk = Disk::with(new.clone(), operations);
        let acknowledged = match database(&disk) {
            Ok(database) => work(&store(database)),
            Err(error) => {
                assert!(disk.died(), "{operations}: {error}");
                0
            }
        };
        for survives in [
            Survives::Nothing,
            Survives::All,
            Survives::Some(operations * 2 + 3),
            Survives::Some(operations * 7 + 11),
        ] {
            let found = disk.after(survives);
            let moment = format!("cut at {operations} of {all}, {survives:?}");
            recover(found.clone(), PLENTY, acknowledged, &moment)
                .unwrap_or_else(|_| panic!("{moment}: the disk died of nothing"));
            cuts += 1;
            // And again while it is being opened, at every moment, in one of the cases.
            if !matches!(survives, Survives::Some(seed) if seed == operations * 2 + 3) {
                continue;
            }
            for again in 0.. {
                let moment = format!("{moment}, and at {again} of the recovery");
                let Err(disk) = recover(found.clone(), again, acknowledged, &moment) else {
                    break;
                };
                let survives = if again % 2 == 0 {
                    Survives::Some(again + 5)
                } else {
                    Survives::Nothing
                };
                recover(disk.after(survives), PLENTY, acknowledged, &moment)
                    .unwrap_or_else(|_| panic!("{moment}: the disk died of nothing"));
                cuts_in_recovery += 1;
            }
        }
    }
    println!("{all} operations, {cuts} cuts, {cuts_in_recovery} more in recovery");
    assert!(cuts_in_recovery > all, "recovery writes, so it can be cut");
}
