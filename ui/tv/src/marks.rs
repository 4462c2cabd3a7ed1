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
}

/// Sets the mark or takes it away.
pub fn mark(mark: Mark, there: bool) {
    let Some(folder) = env::var_os("RUNTIME_DIRECTORY") else {
        return;
    };
    let file = PathBuf::from(folder).join(match mark {
        Mark::Playing => "playing",
        Mark::Headless => "headless",
    });
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
