//! What a .torrent file says, believed only after checks.
//!
//! The file is written anew from its `info` part and the allowed trackers, and that copy is
//! what gets parsed, stored and handed to librqbit: there is no second reading of the
//! stranger's bytes that could come out differently.

use std::collections::HashSet;

use bytes::{BufMut, Bytes, BytesMut};
use librqbit_core::{
    Id20,
    torrent_metainfo::{TorrentMetaV1Info, torrent_from_bytes},
};

use crate::{Error, Result, bencode::outline, file_choice::is_video};

/// A larger .torrent file is refused unread.
pub const MAX_TORRENT_BYTES: usize = 8_000_000;
/// librqbit keeps every file of an open torrent open.
const MAX_FILES: usize = 5000;
const MAX_SIZE_BYTES: u64 = 1 << 40;
const MAX_PIECE_BYTES: u32 = 128 << 20;
/// What Linux allows in one name.
const MAX_NAME_BYTES: usize = 255;
const MAX_PATH_BYTES: usize = 1024;
const MAX_FOLDERS: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TorrentInfo {
    /// 40 lower-case hexadecimal digits.
    pub infohash: String,
    pub name: String,
    pub files: Vec<TorrentFile>,
    pub size_bytes: u64,
    pub piece_bytes: u32,
    /// Only its own trackers may name peers.
    pub private: bool,
    pub trackers: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TorrentFile {
    pub index: usize,
    /// Below the torrent's folder, with `/` between the names.
    pub path: String,
    pub size_bytes: u64,
    /// Only fills up a piece; never on the disk.
    pub padding: bool,
}

impl TorrentInfo {
    /// What of it can be watched.
    pub fn videos(&self) -> impl Iterator<Item = &TorrentFile> {
        self.files.iter().filter(|file| is_video(file))
    }
}

/// Reads and checks a .torrent file.
pub fn inspect(bytes: &[u8]) -> Result<TorrentInfo> {
    Metainfo::parse(bytes).map(|metainfo| metainfo.info)
}

#[derive(Debug, Clone)]
pub(crate) struct Metainfo {
    pub id: Id20,
    pub info: TorrentInfo,
    raw_info: Bytes,
}

impl Metainfo {
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_TORRENT_BYTES {
            return Err(Error::bad_torrent(format!(
                "it is {} MB long, and {} MB are the limit",
                bytes.len() / 1_000_000,
                MAX_TORRENT_BYTES / 1_000_000
            )));
        }
        let outline = outline(bytes)?;
        let raw_info = outline
            .info
            .ok_or_else(|| Error::bad_torrent("it describes nothing"))?;
        let clean = write_torrent(raw_info, &[]);
        let parsed = torrent_from_bytes(&clean).map_err(|error| {
            Error::bad_torrent(format!("its version 1 description is unreadable ({error})"))
        })?;
        let id = parsed.info_hash;
        let size_bytes = check_lengths(&parsed.info.data)?;
        let (piece_bytes, private) = (parsed.info.data.piece_length, parsed.info.data.private);
        let valid = parsed
            .info
            .data
            .validate()
            .map_err(|error| Error::bad_torrent(error.to_string()))?;
        let name = valid.name_or_else(|| "torrent").into_owned();
        check_name(&name)?;
        let mut files = Vec::new();
        for (index, file) in valid.iter_file_details().enumerate() {
            let attributes = file.attrs();
            if attributes.symlink || file.symlink_path.is_some() {
                return Err(Error::bad_torrent("it holds a symbolic link"));
            }
            files.push(TorrentFile {
                index,
                path: checked_path(file.filename.iter_components().map(String::from))?,
                size_bytes: file.len,
                padding: attributes.padding,
            });
        }
        check_tree(&files)?;
        Ok(Self {
            id,
            info: TorrentInfo {
                infohash: id.as_string(),
                name,
                files,
                size_bytes,
                piece_bytes,
                private,
                trackers: outline.trackers,
            },
            raw_info: Bytes::copy_from_slice(raw_info),
        })
    }

    /// From the `info` part alone, as peers give it.
    pub fn of_info(info: &[u8]) -> Result<Self> {
        Self::parse(&write_torrent(info, &[]))
    }

    /// A .torrent file with these trackers and nothing else of the original's outer part.
    pub fn to_torrent(&self, trackers: &[String]) -> Bytes {
        write_torrent(&self.raw_info, trackers)
    }
}

fn write_torrent(raw_info: &[u8], trackers: &[String]) -> Bytes {
    let mut out = BytesMut::with_capacity(raw_info.len() + 100);
    out.put_u8(b'd');
    if !trackers.is_empty() {
        out.put_slice(b"13:announce-listl");
        for tracker in trackers {
            out.put_slice(format!("l{}:{tracker}e", tracker.len()).as_bytes());
        }
        out.put_u8(b'e');
    }
    out.put_slice(b"4:info");
    out.put_slice(raw_info);
    out.put_u8(b'e');
    out.freeze()
}

/// librqbit divides by the piece length and adds up the sizes unchecked, so this comes first.
fn check_lengths<B: AsRef<[u8]>>(info: &TorrentMetaV1Info<B>) -> Result<u64> {
    let refuse = |reason: &str| Err(Error::bad_torrent(reason));
    if info.piece_length == 0 || info.piece_length > MAX_PIECE_BYTES {
        return refuse("its pieces have an impossible length");
    }
    let files = info.files.as_deref().unwrap_or_default();
    if files.len() > MAX_FILES {
        return refuse("it lists too many files");
    }
    let size = files
        .iter()
        .map(|file| file.length)
        .chain(info.length)
        .try_fold(0_u64, u64::checked_add)
        .filter(|size| *size <= MAX_SIZE_BYTES);
    let Some(size) = size else {
        return refuse("it claims an impossible size");
    };
    if size == 0 {
        return refuse("it is empty");
    }
    let pieces = size.div_ceil(u64::from(info.piece_length));
    if info.pieces.as_ref().len() as u64 != pieces * 20 {
        return refuse("its list of pieces does not match its size");
    }
    Ok(size)
}

fn checked_path(names: impl Iterator<Item = String>) -> Result<String> {
    let mut path = String::new();
    for (depth, name) in names.enumerate() {
        check_name(&name)?;
        if depth > 0 {
            path.push('/');
        }
        path.push_str(&name);
        if depth > MAX_FOLDERS || path.len() > MAX_PATH_BYTES {
            return Err(Error::bad_torrent("one of its paths is too long"));
        }
    }
    Ok(path)
}

fn check_name(name: &str) -> Result<()> {
    let reason = if name.is_empty() || name == "." || name == ".." {
        "points outside its folder"
    } else if name.contains(['/', '\\']) {
        "has a slash"
    } else if name.chars().any(char::is_control) {
        "has control characters"
    } else if name.len() > MAX_NAME_BYTES {
        "is too long"
    } else {
        return Ok(());
    };
    Err(Error::bad_torrent(format!("a name in it {reason}")))
}

/// Two files of one name, or a file where another needs a folder.
fn check_tree(files: &[TorrentFile]) -> Result<()> {
    let mut paths = HashSet::new();
    for file in files.iter().filter(|file| !file.padding) {
        if !paths.insert(file.path.as_str()) {
            return Err(Error::bad_torrent("two of its files have the same name"));
        }
    }
    for file in files {
        let mut folder = file.path.as_str();
        while let Some((parent, _)) = folder.rsplit_once('/') {
            if paths.contains(parent) {
                return Err(Error::bad_torrent("a file and a folder share a name"));
            }
            folder = parent;
        }
    }
    Ok(())
}
