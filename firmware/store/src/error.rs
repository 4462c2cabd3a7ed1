//! What can go wrong with the store.

use std::{io, path::PathBuf};

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
            redb::Error::Io(io) if io.kind() == io::ErrorKind::StorageFull => Self::DiskFull,
            _ => Self::Redb {
                action,
                cause: Box::new(cause),
            },
        }
    }
}
