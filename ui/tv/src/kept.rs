//! What this TV keeps between runs, as small JSON files: what was chosen in its settings, and (in
//! `link::tokens`) its pairings.

use std::{
    fs, io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use hearth_model::TvChoices;
use serde::Serialize;

/// `$XDG_STATE_HOME/hearth-tv`, or under `~/.local/state`.
pub fn folder() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?;
    Some(state.join("hearth-tv"))
}

/// Beside the old file, then over it: a power cut leaves one of the two. For its owner only.
pub fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    use io::Write;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    let mut file = fs::OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&beside)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(serde_json::to_string_pretty(value)?.as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, path)
}

/// Where what was chosen in the settings is kept. On a box it lies in memory, and is lost when the
/// box starts anew: the box keeps the choices too (`view_model::choices`).
#[derive(Debug, Clone)]
pub struct ChoicesFile {
    path: PathBuf,
}

impl ChoicesFile {
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    pub fn in_home() -> Option<Self> {
        Some(Self::at(folder()?.join("settings.json")))
    }

    pub fn load(&self) -> TvChoices {
        let Ok(text) = fs::read_to_string(&self.path) else {
            return TvChoices::default();
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(path = %self.path.display(), %error, "the kept settings are unreadable; asking the system instead");
            TvChoices::default()
        })
    }

    pub fn save(&self, choices: TvChoices) {
        if let Err(error) = write(&self.path, &choices) {
            tracing::warn!(path = %self.path.display(), %error, "the settings will not outlive this run");
        }
    }
}

#[cfg(test)]
mod tests {
    use hearth_model::Language;

    use super::*;

    #[test]
    fn choices_are_kept_and_a_broken_file_means_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.json");
        let file = ChoicesFile::at(&path);
        assert_eq!(file.load(), TvChoices::default());
        let choices = TvChoices {
            language: Some(Language::Ru),
            reduced_motion: Some(true),
        };
        file.save(choices);
        assert_eq!(file.load(), choices);
        fs::write(&path, r#"{"language":"ru","of_tomorrow":1}"#).unwrap();
        assert_eq!(file.load().language, Some(Language::Ru));
        fs::write(&path, "not json").unwrap();
        assert_eq!(file.load(), TvChoices::default());
    }
}
