//! What lies on the disk, all of it below one folder:
//!
//! ```text
//! dht.json                  nodes met before
//! session/                  librqbit's, emptied at every start
//! <infohash>/torrent        the checked .torrent file
//! <infohash>/pieces         pieces that are surely on the disk, as of the last note or close
//! <infohash>/peers          who had it then
//! <infohash>/watched        empty; its modification time is when it was last watched
//! <infohash>/data/…         the files, sparse until fetched
//! ```
//!
//! Everything here blocks.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    net::SocketAddr,
    ops::Range,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    str::FromStr,
    time::{Duration, SystemTime},
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
    /// When it was fetched, where nobody has watched it yet.
    pub last_watched: SystemTime,
}

/// A file on the disk that could go.
#[derive(Debug)]
pub(crate) struct Dispensable {
    path: String,
    /// Those it has a part in.
    pieces: Range<u64>,
    pub bytes: u64,
    /// When something was last fetched of it.
    pub touched: SystemTime,
}

impl Folder {
    pub fn create(root: &Path) -> io::Result<Self> {
        let folder = Self {
            root: root.to_owned(),
        };
        fs::create_dir_all(&folder.root)?;
        folder.empty_session()?;
        Ok(folder)
    }

    /// A crash may have left lists of pieces there that claim more than reached the disk.
    pub fn empty_session(&self) -> io::Result<()> {
        remove_tree(&self.session())?;
        fs::create_dir(self.session())
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

    /// Keeps the .torrent file, and hands the noted list of pieces to librqbit, whose copy is the
    /// one that grows from now on. The noted one stays as it is: what it names stays there.
    pub fn open(&self, id: Id20, torrent_file: &[u8]) -> io::Result<Option<Vec<u8>>> {
        let folder = self.torrent(id);
        fs::create_dir_all(folder.join("data"))?;
        write_whole(&folder.join("torrent"), torrent_file)?;
        match fs::read(folder.join("pieces")) {
            Ok(pieces) => {
                fs::write(self.session_pieces(id), &pieces)?;
                Ok(Some(pieces))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn session_pieces(&self, id: Id20) -> PathBuf {
        self.session().join(format!("{}.bitv", id.as_string()))
    }

    /// Brings all data written so far to the disk.
    pub fn settle(&self, id: Id20) -> io::Result<()> {
        sync_tree(&self.data(id))
    }

    /// Call it with a list from before the last [`settle`](Self::settle).
    pub fn note_pieces(&self, id: Id20, pieces: &[u8]) -> io::Result<()> {
        write_whole(&self.torrent(id).join("pieces"), pieces)
    }

    /// What there is on the disk of these files.
    pub fn there(
        &self,
        id: Id20,
        paths: Vec<(String, Range<u64>)>,
    ) -> io::Result<Vec<Dispensable>> {
        let mut there = Vec::new();
        for (path, pieces) in paths {
            match fs::symlink_metadata(self.data(id).join(&path)) {
                Ok(file) if file.blocks() > 0 => there.push(Dispensable {
                    bytes: file.blocks() * 512,
                    touched: file.modified()?,
                    path,
                    pieces,
                }),
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(there)
    }

    /// First from the list of pieces, then from the disk.
    pub fn forget(&self, id: Id20, files: &[Dispensable]) -> io::Result<()> {
        match fs::read(self.torrent(id).join("pieces")) {
            Ok(mut list) => {
                for piece in files.iter().flat_map(|file| file.pieces.clone()) {
                    let byte = usize::try_from(piece / 8).ok();
                    if let Some(byte) = byte.and_then(|at| list.get_mut(at)) {
                        *byte &= !(0x80 >> (piece % 8));
                    }
                }
                self.note_pieces(id, &list)?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        for file in files {
            match fs::remove_file(self.data(id).join(&file.path)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    pub fn note_peers(&self, id: Id20, peers: &[SocketAddr]) -> io::Result<()> {
        let lines: Vec<String> = peers.iter().map(SocketAddr::to_string).collect();
        write_whole(&self.torrent(id).join("peers"), lines.join("\n").as_bytes())
    }

    pub fn peers(&self, id: Id20) -> Vec<SocketAddr> {
        let lines = fs::read_to_string(self.torrent(id).join("peers")).unwrap_or_default();
        lines.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// Later than everything else that was watched, whatever the clock says: a box without one
    /// starts in 1970.
    pub fn note_watched(&self, id: Id20) -> io::Result<()> {
        let mut at = SystemTime::now();
        for (other, entry) in self.torrents()? {
            if other != id {
                at = at.max(last_watched(&entry)? + Duration::from_millis(1));
            }
        }
        File::create(self.torrent(id).join("watched"))?.set_modified(at)
    }

    /// What one file takes on the disk.
    pub fn fetched(&self, id: Id20, path: &str) -> u64 {
        fs::symlink_metadata(self.data(id).join(path)).map_or(0, |file| file.blocks() * 512)
    }

    pub fn stored(&self) -> io::Result<Vec<Stored>> {
        let mut stored = Vec::new();
        for (id, entry) in self.torrents()? {
            stored.push(Stored {
                id,
                bytes: size_on_disk(&entry.path())?,
                last_watched: last_watched(&entry)?,
            });
        }
        Ok(stored)
    }

    fn torrents(&self) -> io::Result<Vec<(Id20, fs::DirEntry)>> {
        let mut torrents = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            let name = entry.file_name();
            let id = name
                .to_str()
                .filter(|name| name.len() == 40)
                .and_then(|name| Id20::from_str(name).ok());
            torrents.extend(id.map(|id| (id, entry)));
        }
        Ok(torrents)
    }

    pub fn free_bytes(&self) -> io::Result<u64> {
        let disk = rustix::fs::statvfs(&self.root)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    pub fn remove(&self, id: Id20) -> io::Result<()> {
        remove_tree(&self.torrent(id))
    }
}

fn last_watched(torrent: &fs::DirEntry) -> io::Result<SystemTime> {
    match fs::metadata(torrent.path().join("watched")) {
        Err(error) if error.kind() == ErrorKind::NotFound => torrent.metadata()?.modified(),
        watched => watched?.modified(),
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
