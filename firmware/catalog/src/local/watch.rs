//! Keeps the scan up to date: folders are watched, mounts are looked at, and a regular scan
//! catches what watching missed (network folders, too many folders to watch).
//!
//! One task owns everything here. It scans again after a quiet moment, so that copying a season
//! onto a disk is one scan and not twenty.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use notify::{
    Config, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher,
    event::{AccessKind, AccessMode, ModifyKind},
};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{Folder, LIMITS, Problem, Scan, ScanMemory, removable_mounts, scan_again};

/// When to look again.
#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// Search the mounted disks too.
    pub removable: bool,
    /// The list of mounts: `/proc/self/mountinfo`.
    pub mountinfo: PathBuf,
    /// So long nothing may change before a scan.
    pub quiet: Duration,
    /// A scan is not put off longer.
    pub longest_wait: Duration,
    /// How often everything is read again, changes seen or not.
    pub rescan_every: Duration,
    /// How often the list of mounts is read.
    pub mounts_every: Duration,
}

impl Default for WatchOptions {
    fn default() -> Self {
        Self {
            removable: true,
            mountinfo: PathBuf::from("/proc/self/mountinfo"),
            quiet: Duration::from_secs(2),
            longest_wait: Duration::from_secs(20),
            rescan_every: Duration::from_mins(15),
            mounts_every: Duration::from_secs(3),
        }
    }
}

/// Scans `folders` (and the mounted disks), then whenever something changes, until the receiver
/// is dropped. Each scan that differs from the one before arrives; the first always does.
///
/// Must be called within a tokio runtime.
pub fn watch_folders(folders: Vec<PathBuf>, options: WatchOptions) -> mpsc::Receiver<Scan> {
    let (scans, receiver) = mpsc::channel(2);
    let memory = Arc::new(Mutex::new(ScanMemory::default()));
    let read = move |folders: &[Folder]| {
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        scan_again(folders, LIMITS, &mut memory)
    };
    tokio::spawn(run(folders, options, scans, read));
    receiver
}

async fn run(
    configured: Vec<PathBuf>,
    options: WatchOptions,
    scans: mpsc::Sender<Scan>,
    read: impl Fn(&[Folder]) -> Scan + Clone + Send + 'static,
) {
    let changes = Arc::new(Notify::new());
    let mut last: Option<Scan> = None;
    let mut watched = Watched::default();
    loop {
        let mounts = mounts(&options);
        let folders = folders(&configured, &mounts);
        let (signal, read) = (changes.clone(), read.clone());
        // Both wait for disks. Watching begins before reading, so that nothing falls between.
        let reading = tokio::task::spawn_blocking(move || {
            watched.follow(&folders, &signal);
            let found = read(&folders);
            (watched, found)
        });
        let mut found;
        (watched, found) = reading.await.unwrap_or_else(|error| {
            tracing::error!(%error, "scanning the local folders broke off");
            // What was found before stays; the next scan watches anew.
            let mut kept = last.clone().unwrap_or_default();
            kept.problems = vec![Problem::BrokeOff];
            (Watched::default(), kept)
        });
        found.problems.extend(watched.problems.iter().cloned());
        if last.as_ref() != Some(&found) {
            tracing::debug!(titles = found.titles.len(), "scanned the local folders");
            last = Some(found.clone());
            if scans.send(found).await.is_err() {
                return;
            }
        }
        let regular = Instant::now() + options.rescan_every;
        loop {
            tokio::select! {
                () = changes.notified() => {
                    settle(&changes, &options).await;
                    break;
                }
                () = sleep_until(regular) => break,
                () = sleep(options.mounts_every) => {
                    if self::mounts(&options) != mounts || watched.has_appeared() {
                        break;
                    }
                }
                () = scans.closed() => return,
            }
        }
    }
}

/// Waits until nothing changes any more, but not for ever.
async fn settle(changes: &Notify, options: &WatchOptions) {
    let latest = Instant::now() + options.longest_wait;
    while Instant::now() < latest && timeout(options.quiet, changes.notified()).await.is_ok() {}
}

fn mounts(options: &WatchOptions) -> Vec<PathBuf> {
    if !options.removable {
        return Vec::new();
    }
    match std::fs::read_to_string(&options.mountinfo) {
        Ok(text) => removable_mounts(&text),
        Err(error) => {
            tracing::debug!(%error, "cannot read the list of mounts");
            Vec::new()
        }
    }
}

fn folders(configured: &[PathBuf], mounts: &[PathBuf]) -> Vec<Folder> {
    configured
        .iter()
        .map(Folder::configured)
        .chain(mounts.iter().map(Folder::removable))
        .collect()
}

/// The folders being watched, and the watcher that does it.
#[derive(Default)]
struct Watched {
    folders: Vec<Folder>,
    watcher: Option<RecommendedWatcher>,
    problems: Vec<Problem>,
    /// Those that are not there: a disk not yet connected.
    missing: Vec<PathBuf>,
}

impl Watched {
    /// Watches `folders`, anew if they are others than before or some could not be watched.
    fn follow(&mut self, folders: &[Folder], changes: &Arc<Notify>) {
        let complete = self.problems.is_empty() && self.missing.is_empty();
        self.missing = folders
            .iter()
            .filter(|folder| !folder.path.exists())
            .map(|folder| folder.path.clone())
            .collect();
        if self.folders == folders && complete && self.watcher.is_some() {
            return;
        }
        self.folders = folders.to_vec();
        self.problems.clear();
        // The old watches end before the new ones begin: they are counted against a limit.
        self.watcher = None;
        let signal = changes.clone();
        let started = RecommendedWatcher::new(
            move |event: notify::Result<Event>| {
                if event.is_ok_and(|event| matters(&event)) {
                    signal.notify_one();
                }
            },
            Config::default().with_follow_symlinks(false),
        );
        match started {
            Ok(mut watcher) => {
                for folder in folders {
                    if let Err(error) = watcher.watch(&folder.path, RecursiveMode::Recursive) {
                        self.problem(&folder.path, &error);
                    }
                }
                self.watcher = Some(watcher);
            }
            Err(error) => {
                for folder in folders {
                    self.problem(&folder.path, &error);
                }
            }
        }
    }

    fn has_appeared(&self) -> bool {
        self.missing.iter().any(|path| path.exists())
    }

    fn problem(&mut self, path: &Path, error: &notify::Error) {
        // A folder that is not there is the scan's to report.
        if path.exists() {
            self.problems.push(Problem::NotWatched {
                path: path.to_path_buf(),
                reason: error.to_string(),
            });
        }
    }
}

/// Files that come, go, or are written to their end. Not reading them, nor every write to one
/// that grows: it is closed in the end.
fn matters(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Create(_)
        | EventKind::Remove(_)
        | EventKind::Modify(ModifyKind::Name(_))
        | EventKind::Other => true,
        EventKind::Access(_) | EventKind::Modify(_) | EventKind::Any => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// One film that the recogniser choked on left the folders unwatched for ever, with nothing
    /// to see of it.
    #[tokio::test]
    async fn a_scan_that_breaks_off_is_told_and_the_next_one_comes() {
        let options = WatchOptions {
            removable: false,
            rescan_every: Duration::from_millis(10),
            ..WatchOptions::default()
        };
        let (sender, mut scans) = mpsc::channel(2);
        let count = Arc::new(AtomicU32::new(0));
        let read = move |_: &[Folder]| match count.fetch_add(1, Ordering::SeqCst) {
            1 => panic!("a name that nobody thought of"),
            _ => Scan::default(),
        };
        tokio::spawn(run(Vec::new(), options, sender, read));
        assert_eq!(scans.recv().await, Some(Scan::default()));
        let broken = scans.recv().await.expect("it goes on");
        assert_eq!(broken.problems, [Problem::BrokeOff]);
        assert_eq!(scans.recv().await, Some(Scan::default()), "well again");
    }
}
