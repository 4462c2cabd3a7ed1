//! A picture that lies beside a film on a disk.

use std::{
    fs,
    io::{self, Read},
    os::{fd::AsRawFd, unix::fs::OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::PictureError;

/// Opening a pipe must not wait for somebody to write into it.
const O_NONBLOCK: i32 = 0o4000;

/// A file that was found by scanning. When it changes it is another picture: what is served under
/// one address never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskPicture {
    pub path: PathBuf,
    pub size_bytes: u64,
    pub modified_ms: u64,
    /// On somebody else's disk: whatever link leads to it now did not when it was found.
    pub removable: bool,
}

impl DiskPicture {
    /// As a text, for an address that is signed. None where the path is none.
    pub fn to_text(&self) -> Option<String> {
        let place = if self.removable { "disk" } else { "home" };
        let path = self.path.to_str()?;
        Some(format!(
            "{place}:{}:{}:{path}",
            self.size_bytes, self.modified_ms
        ))
    }

    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ':');
        let removable = match parts.next()? {
            "disk" => true,
            "home" => false,
            _ => return None,
        };
        Some(Self {
            removable,
            size_bytes: parts.next()?.parse().ok()?,
            modified_ms: parts.next()?.parse().ok()?,
            path: PathBuf::from(parts.next()?),
        })
    }

    /// Its bytes, if it is what it was. Waits for the disk.
    pub(super) fn read(&self, most_bytes: u64) -> Result<Vec<u8>, PictureError> {
        if self.size_bytes > most_bytes {
            return Err(PictureError::TooLarge);
        }
        self.bytes().map_err(|error| {
            tracing::debug!(%error, path = %self.path.display(), "a cover is not there");
            PictureError::Gone
        })
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        let other = || io::Error::other("it is another file now");
        let mut options = fs::OpenOptions::new();
        let mut file = options
            .read(true)
            .custom_flags(O_NONBLOCK)
            .open(&self.path)?;
        let known = file.metadata()?;
        let same = known.len() == self.size_bytes && modified_ms(&known) == self.modified_ms;
        if !known.is_file() || !same {
            return Err(other());
        }
        if self.removable {
            // Asked of the open file: the disk may be changed at any moment.
            let opened = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?;
            if opened != Path::new(&self.path) {
                return Err(other());
            }
        }
        let mut bytes = Vec::new();
        file.by_ref()
            .take(self.size_bytes)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Unix time; 0 where the file system does not know.
pub(crate) fn modified_ms(known: &fs::Metadata) -> u64 {
    let modified = known.modified().ok();
    let since = modified.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    since.unwrap_or(Duration::ZERO).as_millis() as u64
}
