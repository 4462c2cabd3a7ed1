//! What lies on the disk, all of it below one folder:
//!
//! ```text
//! dht.json                  nodes met before
//! session/                  librqbit's, emptied at every start
//! <infohash>/torrent        the checked .torrent file
//! <infohash>/pieces         which pieces are there; only between an orderly close and an opening
//! <infohash>/data/…         the files, sparse until fetched
//! ```
//!
//! A folder's modification time is when the torrent was last opened. Everything here blocks.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    str::FromStr,
    time::SystemTime,
};

use librqbit_core::Id20;

#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub id: Id20,
    /// What it takes on the disk.
    pub bytes: u64,
    pub last_opened: SystemTime,
}

impl Folder {
    pub fn create(root: &Path) -> io::Result<Self> {
        let folder = Self {
            root: root.to_owned(),
        };
        fs::create_dir_all(&folder.root)?;
        // A crash may have left lists of pieces that claim more than reached the disk.
        remove_tree(&folder.session())?;
        fs::create_dir(folder.session())?;
        Ok(folder)
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn session(&self) -> PathBuf {
        self.root.join("session")
    }

    pub fn dht(&self) -> PathBuf {
        self.root.join("dht.json")
    }

    fn torrent(&self, id: Id20) -> PathBuf {
        self.root.join(id.as_string())
    }

    pub fn data(&self, id: Id20) -> PathBuf {
        self.torrent(id).join("data")
    }

    pub fn read_metainfo(&self, id: Id20) -> Option<Vec<u8>> {
        fs::read(self.torrent(id).join("torrent")).ok()
    }

    /// Keeps the .torrent file, notes the opening, and hands the saved list of pieces to
    /// librqbit, whose copy is the valid one from now on.
    pub fn open(&self, id: Id20, torrent_file: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let folder = self.torrent(id);
        fs::create_dir_all(folder.join("data"))?;
        write_whole(&folder.join("torrent"), torrent_file)?;
        let pieces = match fs::read(folder.join("pieces")) {
            Ok(pieces) => {
                fs::write(self.session_pieces(id), &pieces)?;
                fs::remove_file(folder.join("pieces"))?;
                Some(pieces)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        File::open(&folder)?.set_modified(SystemTime::now())?;
        Ok(pieces)
    }

    fn session_pieces(&self, id: Id20) -> PathBuf {
        self.session().join(format!("{}.bitv", id.as_string()))
    }

    /// Saves the list of pieces, after the data it speaks of has reached the disk.
    pub fn close(&self, id: Id20, pieces: &[u8]) -> io::Result<()> {
        sync_tree(&self.data(id))?;
        write_whole(&self.torrent(id).join("pieces"), pieces)
    }

    /// What one file takes on the disk.
    pub fn fetched(&self, id: Id20, path: &str) -> u64 {
        fs::symlink_metadata(self.data(id).join(path)).map_or(0, |file| file.blocks() * 512)
    }

    pub fn stored(&self) -> io::Result<Vec<Stored>> {
        let mut stored = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let Some(id) = entry
                .file_name()
                .to_str()
                .filter(|name| name.len() == 40)
                .and_then(|name| Id20::from_str(name).ok())
            else {
                continue;
            };
            stored.push(Stored {
                id,
                bytes: size_on_disk(&entry.path())?,
                last_opened: entry.metadata()?.modified()?,
            });
        }
        Ok(stored)
    }

    pub fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.root)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    pub fn remove(&self, id: Id20) -> io::Result<()> {
        remove_tree(&self.torrent(id))
    }
}

fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)
}

fn size_on_disk(path: &Path) -> io::Result<u64> {
    let mut total = 0;
    for_each_file(path, &mut |_, file| {
        total += file.blocks() * 512;
        Ok(())
    })?;
    Ok(total)
}

fn sync_tree(path: &Path) -> io::Result<()> {
    for_each_file(path, &mut |path, file| {
        if file.blocks() > 0 {
            File::open(path)?.sync_data()?;
        }
        Ok(())
    })
}

/// Follows no links; what vanishes meanwhile is left out.
fn for_each_file(
    folder: &Path,
    act: &mut dyn FnMut(&Path, fs::Metadata) -> io::Result<()>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => for_each_file(&path, act)?,
            Ok(metadata) if metadata.is_file() => act(&path, metadata)?,
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
