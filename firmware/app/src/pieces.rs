//! Films that lie in several files and are played as one: how long each of them is, and which of
//! them a place of the film is in.

use std::{
    collections::HashMap,
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use hearth_model::{Failure, Location, Piece, Slug, Source};
use serde::Deserialize;

use crate::worker;

const PROBED_WITHIN: Duration = Duration::from_secs(20);
/// More films in pieces are not watched in an evening.
const REMEMBERED: usize = 256;

/// Remembers how long files are: a film changes from one to the other at every seek.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    /// By path and when it was changed. Never held across an await.
    lengths_ms: Mutex<HashMap<(PathBuf, SystemTime), u64>>,
}

#[derive(Deserialize)]
struct Probed {
    duration_ms: Option<u64>,
}

impl Pieces {
    /// The source with the one file that a place of the film is in, and what that holds. Of a film
    /// in one file nothing changes.
    pub async fn at(
        &self,
        position_ms: u64,
        source: Source,
    ) -> Result<(Source, Option<Piece>), Failure> {
        let Location::File { path, rest } = &source.location else {
            return Ok((source, None));
        };
        if rest.is_empty() {
            return Ok((source, None));
        }
        let paths: Vec<&PathBuf> = std::iter::once(path).chain(rest).collect();
        let mut lengths_ms = Vec::new();
        for path in &paths {
            lengths_ms.push(self.length_ms(path).await?);
        }
        let piece = Piece::at(position_ms, &lengths_ms);
        let path = paths[piece.map_or(0, |piece| piece.index as usize)].clone();
        let location = Location::File {
            path,
            rest: Vec::new(),
        };
        Ok((Source { location, ..source }, piece))
    }

    async fn length_ms(&self, path: &Path) -> Result<u64, Failure> {
        let changed = tokio::fs::metadata(path)
            .await
            .and_then(|known| known.modified())
            .map_err(|_| {
                Failure::new(
                    Slug::SourceGone,
                    "A part of the film is no longer there. Is its disk connected?",
                )
            })?;
        let key = (path.to_owned(), changed);
        let lengths = || {
            self.lengths_ms
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(known) = lengths().get(&key) {
            return Ok(*known);
        }
        let unreadable = |why: String| Failure::new(Slug::MediaUnreadable, why);
        let said = worker::job(&[OsStr::new("probe"), path.as_os_str()], PROBED_WITHIN)
            .await
            .map_err(|error| unreadable(format!("A part of the film cannot be read: {error}")))?;
        let probed: Option<Probed> = serde_json::from_str(&said).ok();
        let length_ms = probed
            .and_then(|probed| probed.duration_ms)
            .filter(|length_ms| *length_ms > 0)
            .ok_or_else(|| unreadable("A part of the film does not say how long it is".into()))?;
        let mut lengths = lengths();
        if lengths.len() >= REMEMBERED {
            lengths.clear();
        }
        lengths.insert(key, length_ms);
        Ok(length_ms)
    }
}
