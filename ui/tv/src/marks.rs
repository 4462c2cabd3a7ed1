//! Marks for whoever runs the interface: empty files in `RUNTIME_DIRECTORY`, which systemd sets.
//! Elsewhere there is nobody to read them, and none are made.

use std::{env, fs, io, path::PathBuf};

/// What a mark says while it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A film is loaded: a death now may be its fault, and does not count towards the safe mode.
    Playing,
    /// No display was found at the start: one that is plugged in is worth a new start.
    Headless,
    /// Set by the boot's scripts after several deaths: the graphics chip's driver may be at fault.
    ProcessorDraws,
}

impl Mark {
    /// None outside of the box's own service, which has no marks.
    fn file(self) -> Option<PathBuf> {
        let name = match self {
            Self::Playing => "playing",
            Self::Headless => "headless",
            Self::ProcessorDraws => "processor-draws",
        };
        env::var_os("RUNTIME_DIRECTORY").map(|folder| PathBuf::from(folder).join(name))
    }

    pub fn is_set(self) -> bool {
        self.file().is_some_and(|file| file.exists())
    }
}

/// Sets the mark or takes it away.
pub fn mark(mark: Mark, there: bool) {
    let Some(file) = mark.file() else {
        return;
    };
    let done = if there {
        fs::write(&file, "")
    } else {
        match fs::remove_file(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            done => done,
        }
    };
    if let Err(error) = done {
        tracing::warn!(%error, file = %file.display(), "a mark could not be set");
    }
}
