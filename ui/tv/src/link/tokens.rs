//! The tokens of a screen that was paired over the network, kept between runs.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    pub access_token: String,
    pub refresh_token: String,
}

/// One JSON file, readable by its owner only: the box's address → its tokens.
#[derive(Debug, Clone)]
pub struct TokenFile {
    path: PathBuf,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "the tokens could not be kept in {path}: {cause}; this screen has to be paired again next time"
)]
pub struct NotKept {
    path: PathBuf,
    cause: io::Error,
}

impl TokenFile {
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// `$XDG_STATE_HOME/hearth-tv/tokens.json`, or under `~/.local/state`.
    pub fn in_home() -> Option<Self> {
        let state = std::env::var_os("XDG_STATE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state")))?;
        Some(Self::at(state.join("hearth-tv/tokens.json")))
    }

    fn all(&self) -> BTreeMap<String, Tokens> {
        let Ok(text) = fs::read_to_string(&self.path) else {
            return BTreeMap::new();
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(path = %self.path.display(), %error, "the kept tokens are unreadable; pairing anew");
            BTreeMap::new()
        })
    }

    pub fn load(&self, daemon: &str) -> Option<Tokens> {
        self.all().remove(daemon)
    }

    pub fn save(&self, daemon: &str, tokens: Option<&Tokens>) -> Result<(), NotKept> {
        let mut all = self.all();
        match tokens {
            Some(tokens) => all.insert(daemon.to_owned(), tokens.clone()),
            None => all.remove(daemon),
        };
        write(&self.path, &all).map_err(|cause| NotKept {
            path: self.path.clone(),
            cause,
        })
    }
}

/// Beside the old file, then over it: a power cut leaves one of the two.
fn write(path: &Path, all: &BTreeMap<String, Tokens>) -> io::Result<()> {
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
    file.write_all(serde_json::to_string_pretty(all)?.as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_kept_per_box_and_for_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/tokens.json");
        let file = TokenFile::at(&path);
        assert_eq!(file.load("http://a"), None);
        let tokens = Tokens {
            access_token: "a".into(),
            refresh_token: "r".into(),
        };
        file.save("http://a", Some(&tokens)).unwrap();
        assert_eq!(file.load("http://a"), Some(tokens.clone()));
        assert_eq!(file.load("http://b"), None);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        file.save("http://a", None).unwrap();
        assert_eq!(file.load("http://a"), None);
        fs::write(&path, "not json").unwrap();
        assert_eq!(
            file.load("http://a"),
            None,
            "a broken file means pairing anew"
        );
    }
}
