//! The tokens of a screen that was paired over the network, kept between runs.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::kept;

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

    pub fn in_home() -> Option<Self> {
        Some(Self::at(kept::folder()?.join("tokens.json")))
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
        kept::write(&self.path, &all).map_err(|cause| NotKept {
            path: self.path.clone(),
            cause,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

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
