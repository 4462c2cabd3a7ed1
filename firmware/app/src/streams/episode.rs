//! Which file of a torrent with many episodes is the wanted one.

use hearth_model::{GivenFile, Location, Source};
use hearth_sources::{EpisodeFile, Query, file_of_episode};
use hearth_store::Store;
use hearth_torrent::{Pick, TorrentInfo};

use super::Streams;
use crate::Error;

impl Streams {
    /// Finds the source's episode among the films of its torrent; none where there is nothing to
    /// find: of a film, or where the source names its file.
    pub(super) async fn pick(&self, source: &Source) -> Option<Pick> {
        let is_named = match &source.location {
            Location::Torrent(torrent) => torrent.file_index.is_some(),
            _ => true,
        };
        if source.episode_id.is_none() || is_named {
            return None;
        }
        let (store, source) = (self.store.clone()?, source.clone());
        let query = tokio::task::spawn_blocking(move || query(&store, &source));
        let query = query
            .await
            .map_err(|cause| Error::internal("read an episode")(cause.into()))
            .and_then(|query| query);
        match query {
            Ok(query) => query.map(pick),
            Err(error) => {
                tracing::warn!(%error, "a torrent's largest film stands for an episode");
                None
            }
        }
    }
}

fn query(store: &Store, source: &Source) -> Result<Option<Query>, Error> {
    let (Some(title), Some(episode_id)) = (store.title(source.title_id)?, source.episode_id) else {
        return Ok(None);
    };
    let episodes = store.episodes(title.id)?;
    let Some(episode) = episodes.iter().find(|one| one.id == episode_id).cloned() else {
        return Ok(None);
    };
    Ok(Some(Query::of_episode(title, episode, &episodes)))
}

fn pick(query: Query) -> Pick {
    Box::new(move |torrent: &TorrentInfo| {
        let films = torrent.videos().map(|file| GivenFile {
            index: file.index,
            path: file.path.clone(),
            size_bytes: file.size_bytes,
        });
        match file_of_episode(&torrent.name, films.collect(), &query) {
            EpisodeFile::At(index) => Ok(Some(index)),
            EpisodeFile::Untold => Ok(None),
            EpisodeFile::Missing => Err(hearth_torrent::Error::NoSuchEpisode {
                name: torrent.name.clone(),
            }),
        }
    })
}
