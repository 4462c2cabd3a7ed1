//! Finds the videos below the folders, and what lies beside them: bounded in depth and number, each
//! folder once whatever links lead to it.

use std::{
    collections::{BTreeMap, HashSet},
    fs, io,
    ops::Bound,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{Folder, Limits, Problem, covers, names, subtitles};
use crate::pictures::modified_ms;

#[derive(Debug)]
pub struct Video {
    pub path: PathBuf,
    /// From the scanned folder on.
    pub relative: PathBuf,
    pub size_bytes: u64,
    pub modified_ms: u64,
    /// The only video in its folder.
    pub alone: bool,
}

impl Video {
    /// The folder it lies in.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// Its name up to the last dot, in lower case.
    pub fn stem(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        names::split(&name).0.to_lowercase()
    }
}

/// A small file that tells something of the videos around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    pub path: PathBuf,
    pub size_bytes: u64,
    pub modified_ms: u64,
    /// On somebody else's disk.
    pub removable: bool,
}

/// What lies in a folder beside its videos.
#[derive(Debug, Default)]
pub struct Beside {
    /// By name in lower case.
    pub companions: BTreeMap<String, Companion>,
    /// The folder that was to be scanned, with everything in it.
    pub is_top: bool,
}

#[derive(Debug, Default)]
pub struct Walked {
    pub videos: Vec<Video>,
    pub folders: BTreeMap<PathBuf, Beside>,
    pub problems: Vec<Problem>,
    /// The folders to be scanned that could be read.
    pub read: Vec<PathBuf>,
}

impl Walked {
    pub fn companion(&self, folder: &Path, name: &str) -> Option<&Companion> {
        self.folders.get(folder)?.companions.get(name)
    }

    /// The folders in a folder.
    pub fn below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = (&'a Path, &'a Beside)> {
        // Paths are ordered by their parts: what is below comes right behind.
        let behind = self
            .folders
            .range::<Path, _>((Bound::Excluded(folder), Bound::Unbounded));
        behind
            .take_while(move |(path, _)| path.starts_with(folder))
            .filter(move |(path, _)| path.parent() == Some(folder))
            .map(|(path, beside)| (path.as_path(), beside))
    }

    /// The folder and those around it, up to the one that was to be scanned.
    pub fn upwards<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = (&'a Path, &'a Beside)> {
        let mut next = Some(folder);
        std::iter::from_fn(move || {
            let folder = next?;
            let beside = self.folders.get(folder)?;
            next = folder.parent().filter(|_| !beside.is_top);
            Some((folder, beside))
        })
    }
}

/// A folder that is to be read.
struct Ahead {
    path: PathBuf,
    depth: usize,
    /// Its videos are none.
    for_subtitles: bool,
}

struct Walk {
    limits: Limits,
    /// Device and inode of the folders that were read.
    seen: HashSet<(u64, u64)>,
    found: Walked,
}

pub fn walk(folders: &[Folder], limits: Limits) -> Walked {
    let mut walk = Walk {
        limits,
        seen: HashSet::new(),
        found: Walked::default(),
    };
    for folder in folders {
        walk.folder(folder);
    }
    walk.found
}

impl Walk {
    fn folder(&mut self, folder: &Folder) {
        let mut entries = 0;
        // Folders still to read, with their depth; the last is next.
        let mut ahead = vec![Ahead {
            path: folder.path.clone(),
            depth: 0,
            for_subtitles: false,
        }];
        while let Some(next) = ahead.pop() {
            let (path, depth) = (next.path.clone(), next.depth);
            if !self.is_new(&path) {
                continue;
            }
            let listed = match list(&path, self.limits.entries.saturating_sub(entries)) {
                Ok(listed) => listed,
                Err(error) => {
                    self.unreadable(&path, &error);
                    continue;
                }
            };
            if depth == 0 {
                self.found.read.push(path.clone());
            }
            entries += listed.names.len();
            if listed.cut {
                self.found.problems.push(Problem::TooMany {
                    path: folder.path.clone(),
                    most: self.limits.entries,
                });
            }
            let below = self.videos_of(folder, &next, &listed.names);
            if !below.is_empty() && depth >= self.limits.depth {
                self.found.problems.push(Problem::TooDeep {
                    path,
                    most: self.limits.depth,
                });
            } else {
                ahead.extend(below.into_iter().rev());
            }
            if listed.cut {
                return;
            }
        }
    }

    /// Keeps the videos of one folder and answers the folders in it.
    fn videos_of(
        &mut self,
        folder: &Folder,
        this: &Ahead,
        names: &BTreeMap<String, PathBuf>,
    ) -> Vec<Ahead> {
        let (path, depth) = (&this.path, this.depth);
        let mut below = Vec::new();
        let mut beside = Beside {
            is_top: *path == folder.path,
            ..Beside::default()
        };
        let first = self.found.videos.len();
        for (name, entry) in names {
            if names::is_hidden(name) {
                continue;
            }
            let known = match fs::symlink_metadata(entry) {
                Ok(known) if known.is_symlink() && folder.removable => continue,
                Ok(known) if known.is_symlink() => fs::metadata(entry),
                other => other,
            };
            let known = match known {
                Ok(known) => known,
                // A dangling link, or a file that went away while it was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    self.unreadable(entry, &error);
                    continue;
                }
            };
            if known.is_dir() {
                let for_subtitles = this.for_subtitles || names::is_for_subtitles(name);
                let passed_over = names::is_passed_over(name, depth == 0);
                if !passed_over || (for_subtitles && !names::is_hidden(name)) {
                    below.push(Ahead {
                        path: entry.clone(),
                        depth: depth + 1,
                        for_subtitles: this.for_subtitles || (passed_over && for_subtitles),
                    });
                }
                continue;
            }
            let is_companion = names::is_companion(name)
                || subtitles::is_subtitles(name, |other| names.contains_key(other))
                || covers::is_picture(name, |other| names.contains_key(other));
            if known.is_file() && is_companion {
                let companion = Companion {
                    path: entry.clone(),
                    size_bytes: known.len(),
                    modified_ms: modified_ms(&known),
                    removable: folder.removable,
                };
                beside.companions.insert(name.to_lowercase(), companion);
                continue;
            }
            let unfinished = names::PARTIAL
                .iter()
                .any(|end| names.contains_key(&format!("{name}.{end}")));
            if known.is_file()
                && known.len() > 0
                && names::is_video(name)
                && !names::is_extra(name)
                && !unfinished
                && !this.for_subtitles
            {
                self.found.videos.push(Video {
                    path: entry.clone(),
                    relative: entry
                        .strip_prefix(&folder.path)
                        .unwrap_or(entry)
                        .to_path_buf(),
                    size_bytes: known.len(),
                    modified_ms: modified_ms(&known),
                    alone: false,
                });
            }
        }
        if let [only] = &mut self.found.videos[first..] {
            only.alone = *path != folder.path;
        }
        self.found.folders.insert(path.clone(), beside);
        below
    }

    fn is_new(&mut self, path: &Path) -> bool {
        match fs::metadata(path) {
            Ok(known) => self.seen.insert((known.dev(), known.ino())),
            Err(error) => {
                self.unreadable(path, &error);
                false
            }
        }
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        self.found.problems.push(Problem::Unreadable {
            path: path.to_path_buf(),
            reason: error.to_string(),
        });
    }
}

struct Listed {
    /// By name, so that two scans of the same disk are equal.
    names: BTreeMap<String, PathBuf>,
    /// There was more.
    cut: bool,
}

fn list(path: &Path, most: usize) -> io::Result<Listed> {
    let mut names = BTreeMap::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if names.len() >= most {
            return Ok(Listed { names, cut: true });
        }
        names.insert(
            entry.file_name().to_string_lossy().into_owned(),
            entry.path(),
        );
    }
    Ok(Listed { names, cut: false })
}
