//! Files that are known again: a title that was called otherwise keeps its id and what was watched.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
};

use hearth_catalog::{LocalFile, Scan, TESTCARD_KEY, fingerprint};
use hearth_store::{KnownFile, Merged, NewTitle, Recounted};

use super::Library;
use crate::Error;

/// So many files are read before it is looked whether there is a newer scan.
const BATCH: usize = 32;

/// The files of a scan, each with the key of its title.
fn files(scan: &Scan) -> impl Iterator<Item = (&str, &LocalFile)> {
    scan.titles.iter().flat_map(|title| {
        let files = title.files.iter();
        files.map(move |file| (title.key(), file))
    })
}

fn is_unchanged(known: &KnownFile, file: &LocalFile) -> bool {
    (known.size_bytes, known.modified_ms) == (file.size_bytes, file.modified_ms)
}

fn print_of(path: &Path) -> Option<String> {
    fingerprint(path).unwrap_or_else(|error| {
        tracing::debug!(%error, path = %path.display(), "a film cannot be known again");
        None
    })
}

fn by_path(known: Vec<KnownFile>) -> HashMap<PathBuf, KnownFile> {
    let all = known.into_iter();
    all.map(|file| (file.path.clone(), file)).collect()
}

/// Which keys became which: those that have no file left, but whose files go by another one now.
/// Only files that may be one of those gone are read.
fn renames(
    scan: &Scan,
    known: &HashMap<PathBuf, KnownFile>,
    print_of: impl Fn(&Path) -> Option<String>,
) -> BTreeMap<String, String> {
    let keys: HashSet<&str> = files(scan).map(|(key, _)| key).collect();
    let is_left = |key: &str| !keys.contains(key) && key != TESTCARD_KEY;
    let mut became: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let present: HashSet<&Path> = files(scan).map(|(_, file)| file.path.as_path()).collect();
    let gone = known.values().filter(|file| {
        // Of a disk that is away nothing is known.
        let disk_is_there = scan.read.iter().any(|folder| file.path.starts_with(folder));
        disk_is_there && !present.contains(file.path.as_path()) && is_left(&file.key)
    });
    let mut gone_of_size: HashMap<u64, Vec<&KnownFile>> = HashMap::new();
    for file in gone {
        gone_of_size.entry(file.size_bytes).or_default().push(file);
    }
    for (key, file) in files(scan) {
        let before = known.get(&file.path).filter(|one| is_unchanged(one, file));
        if let Some(before) = before
            && before.key != key
            && is_left(&before.key)
        {
            became.entry(&before.key).or_default().insert(key);
        }
        let Some(gone) = gone_of_size.get(&file.size_bytes) else {
            continue;
        };
        let print = match before {
            Some(before) => before.print.clone(),
            None => print_of(&file.path),
        };
        for one in gone {
            if print.is_some() && one.print == print {
                became.entry(&one.key).or_default().insert(key);
            }
        }
    }
    let form = |key: &str| key.split('/').next().map(str::to_owned);
    let sure = became.into_iter().filter_map(|(old, new)| {
        let mut new = new.into_iter();
        let only = new.next().filter(|_| new.next().is_none())?;
        (form(old) == form(only)).then(|| (old.to_owned(), only.to_owned()))
    });
    sure.collect()
}

/// Files of episodes that go by another name within their title, each with where it was. Only
/// files that may be one of those gone are read; of two that are alike nobody knows which is which.
fn moved_within<'a>(
    scan: &'a Scan,
    known: &'a HashMap<PathBuf, KnownFile>,
    print_of: impl Fn(&Path) -> Option<String>,
) -> Vec<(&'a Path, &'a str, &'a LocalFile)> {
    let is_same = |file: &LocalFile| {
        known
            .get(&file.path)
            .is_some_and(|one| is_unchanged(one, file))
    };
    let left: HashSet<&Path> = files(scan)
        .filter(|(_, file)| is_same(file))
        .map(|(_, file)| file.path.as_path())
        .collect();
    let mut gone: HashMap<(&str, u64), Vec<&KnownFile>> = HashMap::new();
    for file in known.values().filter(|file| {
        let disk_is_there = scan.read.iter().any(|folder| file.path.starts_with(folder));
        disk_is_there && !left.contains(file.path.as_path())
    }) {
        let alike = gone.entry((file.key.as_str(), file.size_bytes));
        alike.or_default().push(file);
    }
    let mut moved = Vec::new();
    for (key, file) in files(scan).filter(|(_, file)| !is_same(file)) {
        let is_episode = file.season.is_some() && file.episodes.len() == 1;
        let alike = gone.get(&(key, file.size_bytes)).filter(|_| is_episode);
        let Some(alike) = alike.filter(|all| all.iter().any(|one| one.path != file.path)) else {
            continue;
        };
        let print = print_of(&file.path);
        let mut before = alike
            .iter()
            .filter(|one| print.is_some() && one.print == print);
        if let (Some(only), None) = (before.next(), before.next()) {
            moved.push((only.path.as_path(), key, file));
        }
    }
    let mut taken: HashMap<&Path, usize> = HashMap::new();
    for (path, ..) in &moved {
        *taken.entry(*path).or_default() += 1;
    }
    moved.retain(|(path, ..)| taken[path] == 1);
    moved
}

impl Library {
    /// Lets what was watched of episodes go with their files, where these are counted otherwise
    /// now. Once the titles of the scan are kept; waits for the disk.
    pub(super) fn recount(&self, scan: &Scan) -> Result<(), Error> {
        let known = by_path(self.store.files()?);
        let mut recounted = Vec::new();
        for (path, key, file) in moved_within(scan, &known, print_of) {
            let Some(title) = self.store.local_title(key)? else {
                continue;
            };
            let place = file.season.zip(file.episodes.first().copied());
            recounted.extend(place.map(|(season, number)| Recounted {
                path: path.to_owned(),
                title_id: title.id,
                season,
                number,
            }));
        }
        if !recounted.is_empty() {
            self.store.recount(&recounted)?;
        }
        Ok(())
    }

    /// Lets titles that were renamed go on under their new names. Waits for the disk.
    pub(super) fn take_over_renamed(
        &self,
        scan: &Scan,
        found: &[NewTitle],
    ) -> Result<Vec<Merged>, Error> {
        let known = by_path(self.store.files()?);
        let mut all = Vec::new();
        for (old, new) in renames(scan, &known, print_of) {
            let Some(title) = self.store.local_title(&old)? else {
                continue;
            };
            let by_key = |one: &&NewTitle| one.title.external.local.as_deref() == Some(&new);
            let Some(found) = found.iter().find(by_key) else {
                continue;
            };
            let same = hearth_catalog::still_one(&title, &found.title);
            tracing::info!(old, new, same, "local files have another name now");
            all.push(self.store.take_over(&old, found, same)?);
        }
        Ok(all)
    }

    /// Remembers the files of a scan to know them again. Only those that are new or changed are
    /// read, and of those some; false when there are more. Waits for the disk.
    pub(super) fn remember_some(&self, scan: &Scan) -> Result<bool, Error> {
        let known = by_path(self.store.files()?);
        let mut seen = Vec::new();
        let mut read = 0;
        for (key, file) in files(scan) {
            let before = known.get(&file.path).filter(|one| is_unchanged(one, file));
            let print = match before {
                Some(before) if before.key == key => continue,
                Some(before) => before.print.clone(),
                None if read >= BATCH => continue,
                None => {
                    read += 1;
                    print_of(&file.path)
                }
            };
            seen.push(KnownFile {
                path: file.path.clone(),
                size_bytes: file.size_bytes,
                modified_ms: file.modified_ms,
                print,
                key: key.to_owned(),
            });
        }
        let whole = read < BATCH;
        let forgotten = if whole {
            moved(scan, &known, &seen)
        } else {
            Vec::new()
        };
        if !seen.is_empty() || !forgotten.is_empty() {
            self.store.keep_files(&seen, &forgotten)?;
        }
        Ok(whole)
    }
}

/// Files that lie elsewhere now: they need not be known where they were.
fn moved(scan: &Scan, known: &HashMap<PathBuf, KnownFile>, seen: &[KnownFile]) -> Vec<PathBuf> {
    let present: HashSet<&Path> = files(scan).map(|(_, file)| file.path.as_path()).collect();
    let is_here = |file: &&KnownFile| present.contains(file.path.as_path());
    let of_present = known.values().filter(is_here).chain(seen);
    let prints: HashSet<&String> = of_present.filter_map(|file| file.print.as_ref()).collect();
    let gone = known.values().filter(|file| !is_here(file));
    gone.filter(|file| {
        file.print
            .as_ref()
            .is_some_and(|print| prints.contains(print))
    })
    .map(|file| file.path.clone())
    .collect()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn known(path: &Path, key: &str) -> (PathBuf, KnownFile) {
        let size_bytes = std::fs::metadata(path).unwrap().len();
        let file = KnownFile {
            path: path.to_owned(),
            size_bytes,
            modified_ms: 0,
            print: print_of(path),
            key: key.to_owned(),
        };
        (path.to_owned(), file)
    }

    #[test]
    fn only_files_that_may_be_those_gone_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for (name, text) in [
            ("Old (2001).mkv", "one film"),
            ("Long (2002).mkv", "a longer film"),
            ("Other (2003).mkv", "two film"),
        ] {
            std::fs::write(path(name), text).unwrap();
        }
        let before = known(&path("Old (2001).mkv"), "film/old/2001");
        std::fs::rename(path("Old (2001).mkv"), path("New (2001).mkv")).unwrap();
        let scan = || {
            let folder = hearth_catalog::Folder::configured(folder.path());
            hearth_catalog::scan(&[folder], hearth_catalog::LIMITS)
        };
        let read = RefCell::new(Vec::new());
        let print = |path: &Path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            read.borrow_mut().push(name);
            print_of(path)
        };
        let rows: HashMap<_, _> = [before].into();
        let became = renames(&scan(), &rows, print);
        let wanted = ("film/old/2001".to_owned(), "film/new/2001".to_owned());
        assert_eq!(became, [wanted].into());
        assert_eq!(*read.borrow(), ["New (2001).mkv", "Other (2003).mkv"]);

        // A copy under a second name, while the disk with the first one is away.
        let elsewhere = Scan {
            read: vec!["/another/disk".into()],
            ..scan()
        };
        assert!(renames(&elsewhere, &rows, print_of).is_empty());
        // Two files that are alike: nobody knows which.
        std::fs::copy(path("New (2001).mkv"), path("Copy (2001).mkv")).unwrap();
        assert!(renames(&scan(), &rows, print_of).is_empty());
    }
}
