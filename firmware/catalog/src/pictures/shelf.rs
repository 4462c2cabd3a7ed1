//! Files of a folder within a bound: the one that was looked at longest ago goes first.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use super::PictureError;

/// To this share of the bound the shelf is emptied, so that it is not swept at every new file.
const KEPT_SHARE: f64 = 0.9;
/// What nobody looked at for so long goes at the next start: it may not be kept longer.
const LONGEST_UNSEEN: Duration = super::LONGEST;
/// When a file was looked at is written at most so often: an SD card wears.
const TOUCH_AFTER: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug)]
pub(super) struct Shelf {
    folder: PathBuf,
    limit_bytes: u64,
    /// Held while the shelf is swept, so that two never sweep.
    total_bytes: Mutex<u64>,
}

impl Shelf {
    pub fn open(folder: &Path, limit_bytes: u64) -> Result<Self, PictureError> {
        fs::create_dir_all(folder).map_err(trouble)?;
        let shelf = Self {
            folder: folder.to_owned(),
            limit_bytes,
            total_bytes: Mutex::new(0),
        };
        let mut total = 0;
        for (seen, size, path) in shelf.files().map_err(trouble)? {
            if seen.elapsed().is_ok_and(|unseen| unseen > LONGEST_UNSEEN) {
                fs::remove_file(path).map_err(trouble)?;
            } else {
                total += size;
            }
        }
        *shelf.total() = total;
        Ok(shelf)
    }

    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, PictureError> {
        let path = self.folder.join(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(trouble(error)),
        };
        let used = fs::metadata(&path).and_then(|known| known.modified());
        let old = used.ok().and_then(|used| used.elapsed().ok());
        if old.is_some_and(|old| old > TOUCH_AFTER) {
            let touched = fs::File::options().append(true).open(&path);
            // Where it cannot be written, the file counts as older than it is.
            let _ = touched.and_then(|file| file.set_modified(SystemTime::now()));
        }
        Ok(Some(bytes))
    }

    /// The file is whole or not there, whatever happens.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<(), PictureError> {
        let part = self.folder.join(format!("{name}.part"));
        fs::write(&part, bytes)
            .and_then(|()| fs::rename(&part, self.folder.join(name)))
            .map_err(trouble)?;
        let mut total = self.total();
        *total += bytes.len() as u64;
        if *total > self.limit_bytes {
            *total = self.sweep().map_err(trouble)?;
        }
        Ok(())
    }

    /// Takes a file away, if it is there.
    pub fn remove(&self, name: &str) -> Result<(), PictureError> {
        let path = self.folder.join(name);
        let mut total = self.total();
        let size = fs::metadata(&path).map_or(0, |known| known.len());
        match fs::remove_file(&path) {
            Ok(()) => *total = total.saturating_sub(size),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(trouble(error)),
        }
        Ok(())
    }

    /// Takes away what was not looked at for longest; what is left, in bytes.
    fn sweep(&self) -> io::Result<u64> {
        let mut files = self.files()?;
        files.sort_unstable();
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        let goal = (self.limit_bytes as f64 * KEPT_SHARE) as u64;
        for (_, size, path) in files {
            if total <= goal {
                break;
            }
            fs::remove_file(path)?;
            total -= size;
        }
        Ok(total)
    }

    /// When each was last looked at, its size, and where it is.
    fn files(&self) -> io::Result<Vec<(SystemTime, u64, PathBuf)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let known = entry.metadata()?;
            if known.is_file() {
                files.push((known.modified()?, known.len(), entry.path()));
            }
        }
        Ok(files)
    }

    fn total(&self) -> std::sync::MutexGuard<'_, u64> {
        self.total_bytes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn trouble(error: io::Error) -> PictureError {
    PictureError::Disk(error.to_string())
}
