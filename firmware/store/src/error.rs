//! What can go wrong with the store.

use std::{
    io,
    path::{Path, PathBuf},
};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "{} was written by a newer release (schema {found}, this one knows up to {known}); \
         install that release again, or start with another data folder",
        path.display()
    )]
    NewerSchema {
        path: PathBuf,
        found: u32,
        known: u32,
    },
    #[error("{} is in use: another hearthd runs on this data folder; stop it first", path.display())]
    InUse { path: PathBuf },
    #[error("no space left for the store; free some space on the data disk, nothing was lost")]
    DiskFull,
    #[error(
        "the data disk is read-only, so nothing new is kept; if it is an SD card, it is probably \
         worn out: save what you can and replace it, then restart the box"
    )]
    DiskReadOnly,
    #[error(
        "{} cannot be read as a store; move it away to begin anew, or put a backup in its place",
        path.display()
    )]
    Damaged {
        path: PathBuf,
        #[source]
        cause: Box<redb::Error>,
    },
    #[error(
        "could not {action} {}; look at its owner and its disk, or choose another place with --data",
        path.display()
    )]
    File {
        action: &'static str,
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("the store failed at {action}")]
    Redb {
        action: &'static str,
        #[source]
        cause: Box<redb::Error>,
    },
    #[error("a {table} row cannot be read; the store may be damaged")]
    Row {
        table: &'static str,
        #[source]
        cause: serde_json::Error,
    },
    #[error("the name `{0}` is taken; choose another")]
    NameTaken(String),
}

impl Error {
    pub(crate) fn at(action: &'static str) -> impl Fn(redb::Error) -> Self {
        move |cause| match &cause {
            redb::Error::Io(io) => Self::of_disk(io).unwrap_or_else(|| Self::redb(action, cause)),
            _ => Self::redb(action, cause),
        }
    }

    pub(crate) fn file(action: &'static str, path: &Path, cause: io::Error) -> Self {
        Self::of_disk(&cause).unwrap_or_else(|| Self::File {
            action,
            path: path.to_owned(),
            cause,
        })
    }

    /// What a person can do something about.
    fn of_disk(cause: &io::Error) -> Option<Self> {
        match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(Self::DiskFull),
            io::ErrorKind::ReadOnlyFilesystem => Some(Self::DiskReadOnly),
            _ => None,
        }
    }

    fn redb(action: &'static str, cause: redb::Error) -> Self {
        Self::Redb {
            action,
            cause: Box::new(cause),
        }
    }
}
