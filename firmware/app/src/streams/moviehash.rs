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
    use std::path::PathBuf;

    use hearth_fetch::Fetcher;
    use hearth_model::{Health, Hints, Location, Release, Source, SourceKind, TitleId};

    use crate::{Clock, Streams, probes::Probes, providers::Fetchers};

    fn film(path: PathBuf) -> Source {
        let title_id = TitleId::from_name("t");
        let location = Location::File {
            path,
            rest: Vec::new(),
        };
        Source {
            id: Source::id_for(title_id, None, &location),
            title_id,
            episode_id: None,
            kind: SourceKind::Direct,
            provider: "test".into(),
            name: "film".into(),
            release: Release::default(),
            size_bytes: None,
            seeders: None,
            health: Health::Unknown,
            location,
            hints: Hints::default(),
        }
    }

    #[tokio::test]
    async fn a_file_that_is_long_enough_has_a_hash() {
        let folder = tempfile::tempdir().unwrap();
        let torrents = hearth_torrent::Torrents::start(hearth_torrent::Options::loopback(
            folder.path().join("torrents"),
        ));
        let streams = Streams::new(
            torrents.await.unwrap(),
            Fetcher::new(hearth_fetch::Options::default()).unwrap(),
            Fetchers::default(),
            Probes::forgetful(),
            Clock::default(),
        );
        let hash = async |bytes: usize| {
            let path = folder.path().join("film.mkv");
            std::fs::write(&path, vec![0; bytes]).unwrap();
            let opened = streams.open(&film(path)).await.unwrap();
            assert_eq!(opened.file_name().as_deref(), Some("film.mkv"));
            opened.moviehash().await
        };
        // Of zeros nothing is left but the length.
        assert_eq!(hash(200_000).await.as_deref(), Some("0000000000030d40"));
        assert_eq!(hash(100_000).await, None, "both ends overlap");
        streams.torrents().stop().await;
    }
}
