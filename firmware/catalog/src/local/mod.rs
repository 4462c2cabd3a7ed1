//! Films and series in local folders and on mounted disks, recognised by their names.
//!
//! A scan is a plain blocking function from folders to titles; [`watch_folders`] repeats it when
//! something changes. Names decide what belongs together, so that a title keeps its key (and with
//! it its progress) wherever its files are moved; what NFO files tell of it counts over its name.

mod covers;
mod marks;
mod mounts;
mod names;
mod nfo;
mod parts;
mod print;
mod recognise;
mod subtitles;
mod title;
mod told;
mod walk;
mod watch;

use std::{collections::BTreeMap, path::PathBuf};

pub use covers::Covers;
pub use mounts::removable_mounts;
pub use print::fingerprint;
pub use subtitles::SubtitleFile;
pub use title::{Beside, LocalFile, LocalTitle, TESTCARD_KEY};
pub use told::Memory as ScanMemory;
pub use watch::{WatchOptions, watch_folders};

/// The name of this provider in every source it yields.
pub const PROVIDER: &str = "local";

/// A folder to look for videos in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    pub path: PathBuf,
    /// Somebody else's disk: its symbolic links are not followed, they could lead anywhere.
    pub removable: bool,
}

impl Folder {
    /// A folder the owner named.
    pub fn configured(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            removable: false,
        }
    }

    pub fn removable(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            removable: true,
        }
    }
}

/// How much of one folder is read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub depth: usize,
    /// Files and folders together.
    pub entries: usize,
}

/// Far beyond any real library, and still read in seconds.
pub const LIMITS: Limits = Limits {
    depth: 16,
    entries: 200_000,
};

/// What a scan could not do. The rest of it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error(
        "cannot read {path}: {reason}; check that the disk is connected and that Hearth may read it"
    )]
    Unreadable { path: PathBuf, reason: String },
    #[error(
        "{path} holds more than {most} files; only the first ones are shown: choose a folder deeper in it"
    )]
    TooMany { path: PathBuf, most: usize },
    #[error("{path} lies more than {most} folders deep and was left out; move it further up")]
    TooDeep { path: PathBuf, most: usize },
    #[error(
        "reading the folders broke off, so new files may be missing; please report it with the log"
    )]
    BrokeOff,
    #[error("{path} tells nothing of its film: {reason}")]
    BadNfo { path: PathBuf, reason: String },
    #[error("cannot watch {path} for changes: {reason}; new files appear at the next regular scan")]
    NotWatched { path: PathBuf, reason: String },
}

/// What lies in the folders.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scan {
    /// By key.
    pub titles: Vec<LocalTitle>,
    pub problems: Vec<Problem>,
    /// The folders that were there: what is not in them any more is gone, and not only away.
    pub read: Vec<PathBuf>,
}

/// Reads the folders. Blocking: it belongs on a thread that may wait for a disk.
pub fn scan(folders: &[Folder], limits: Limits) -> Scan {
    scan_again(folders, limits, &mut ScanMemory::default())
}

/// The same once more: of small files only those are read that changed since.
pub fn scan_again(folders: &[Folder], limits: Limits, memory: &mut ScanMemory) -> Scan {
    let mut walked = walk::walk(folders, limits);
    let mut problems = std::mem::take(&mut walked.problems);
    let videos = std::mem::take(&mut walked.videos);
    let mut finds = told::recognised(videos, &walked);
    told::tell(&mut finds, &walked, memory, &mut problems);
    subtitles::attach(&mut finds, &walked);
    let mut covers = covers::covers(&finds, &walked);
    let mut titles: BTreeMap<String, LocalTitle> = BTreeMap::new();
    for find in finds {
        let key = find.found.key.clone();
        let known = titles.entry(key);
        known
            .or_insert_with(|| LocalTitle::new(&find.found))
            .add(find);
    }
    let mut titles: Vec<LocalTitle> = titles.into_values().collect();
    for title in &mut titles {
        title.conclude();
        title.covers = covers.remove(title.key()).unwrap_or_default();
    }
    Scan {
        titles,
        problems,
        read: walked.read,
    }
}
