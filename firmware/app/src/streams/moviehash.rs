//! The hash by which subtitle services know a file, taken from both its ends.

use std::sync::Arc;

use futures_util::StreamExt;
use hearth_sources::{CHUNK_BYTES, moviehash};

use super::{Opened, Place};

impl Opened {
    /// None where it would cost: of what lies in a torrent and is not fetched yet, and of streams
    /// in pieces.
    pub(crate) async fn moviehash(self: &Arc<Self>) -> Option<String> {
        let size_bytes = self.size_bytes?;
        let chunk = CHUNK_BYTES as u64;
        let last = size_bytes.checked_sub(chunk)?;
        let is_cheap = match &self.place {
            Place::File(_) | Place::Passed { .. } => true,
            Place::Torrent(open) => open.has(0, chunk).await && open.has(last, size_bytes).await,
            Place::Manifest { .. } => false,
        };
        if !is_cheap {
            return None;
        }
        let first = self.chunk(0).await?;
        let last = self.chunk(last).await?;
        moviehash(size_bytes, &first, &last)
    }

    async fn chunk(self: &Arc<Self>, start: u64) -> Option<Vec<u8>> {
        let body = self.clone().body(start, Some(CHUNK_BYTES as u64)).await;
        let mut body = body
            .inspect_err(|error| tracing::debug!(%error, "no hash for subtitles"))
            .ok()?;
        let mut bytes = Vec::with_capacity(CHUNK_BYTES);
        while let Some(part) = body.next().await {
            bytes.extend_from_slice(&part.ok()?);
        }
        Some(bytes)
    }

    /// The file's own name, where it is known.
    pub(crate) fn file_name(&self) -> Option<String> {
        match &self.place {
            Place::File(path) => Some(path.file_name()?.to_string_lossy().into_owned()),
            Place::Torrent(open) => Some(open.name.clone()),
            Place::Passed { .. } | Place::Manifest { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use hearth_model::{Location, SourceKind};

    use crate::{
        Clock,
        testing::{fetching, source, streams},
    };

    #[tokio::test]
    async fn a_file_that_is_long_enough_has_a_hash() {
        let folder = tempfile::tempdir().unwrap();
        let streams = streams(folder.path(), &Clock::default(), fetching()).await;
        let hash = async |bytes: usize| {
            let path = folder.path().join("film.mkv");
            std::fs::write(&path, vec![0; bytes]).unwrap();
            let rest = Vec::new();
            let film = source(SourceKind::Direct, Location::File { path, rest });
            let opened = streams.open(&film).await.unwrap();
            assert_eq!(opened.file_name().as_deref(), Some("film.mkv"));
            opened.moviehash().await
        };
        // Of zeros nothing is left but the length.
        assert_eq!(hash(200_000).await.as_deref(), Some("0000000000030d40"));
        assert_eq!(hash(100_000).await, None, "both ends overlap");
        streams.torrents().stop().await;
    }
}
