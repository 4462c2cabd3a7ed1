//! Stremio addons: small HTTP services that list titles, say where they can be had, or both.
//!
//! The manifest is read once and obeyed: only what it lists, of the types and id prefixes it
//! names, is asked. Entries of an answer are read one by one, so that one bad entry never
//! spoils the rest.

mod manifest;
mod metas;
mod streams;
mod words;

pub(crate) use manifest::read_manifest;
pub(crate) use metas::read_metas;
pub(crate) use streams::read_streams;

use futures_util::future::join_all;
use hearth_fetch::Fetcher;
use hearth_model::{External, FoundEpisode, Source, Title, TitleKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::{sync::OnceCell, time::Instant};
use url::Url;

use crate::{Error, Query, dedup, provider::limits};
use manifest::Manifest;

const MOST_BYTES: usize = 8 * 1024 * 1024;
const MOST_CATALOGS: usize = 8;

/// What `encodeURIComponent` leaves as it is: the official client sends ids so.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// One addon. Its manifest is owned by the cell: read once, kept until restart.
#[derive(Debug)]
pub struct Stremio {
    id: String,
    manifest_url: Url,
    fetcher: Fetcher,
    manifest: OnceCell<Manifest>,
}

impl Stremio {
    pub(crate) fn new(id: String, url: Url, fetcher: Fetcher) -> Self {
        Self {
            id,
            manifest_url: manifest_url(url),
            fetcher,
            manifest: OnceCell::new(),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// Where the title can be had, if the addon knows a name for it.
    pub async fn find(&self, query: &Query, deadline: Instant) -> Result<Vec<Source>, Error> {
        let manifest = self.manifest(deadline).await?;
        let Some((kind, id)) = name_for(manifest, query) else {
            return Ok(Vec::new());
        };
        let video = self.video_id(manifest, kind, &id, query, deadline).await;
        let answer = self.get(&["stream", kind, &video], None, deadline).await?;
        Ok(dedup(streams::sources(&answer, query, &self.id)))
    }

    /// Titles whose names hold these words, from the catalogues that can be searched.
    pub async fn search_catalog(
        &self,
        words: &str,
        deadline: Instant,
    ) -> Result<Vec<Title>, Error> {
        let manifest = self.manifest(deadline).await?;
        let extra = format!("search={}", encode(words.trim()));
        let asked = manifest.searchable().take(MOST_CATALOGS).map(|catalog| {
            let extra = extra.as_str();
            async move {
                let path = ["catalog", catalog.kind.as_str(), catalog.id.as_str()];
                self.get(&path, Some(extra), deadline).await
            }
        });
        let mut titles: Vec<Title> = Vec::new();
        let mut failure = None;
        let mut answered = false;
        for answer in join_all(asked).await {
            match answer {
                Ok(answer) => {
                    answered = true;
                    for title in metas::titles(&answer) {
                        // Catalogues of one addon overlap.
                        if !titles.iter().any(|known| known.external == title.external) {
                            titles.push(title);
                        }
                    }
                }
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if !answered => Err(error),
            _ => Ok(titles),
        }
    }

    /// The episodes of a series that the addon listed.
    pub async fn episodes(
        &self,
        kind: TitleKind,
        external: &External,
        deadline: Instant,
    ) -> Result<Vec<FoundEpisode>, Error> {
        let manifest = self.manifest(deadline).await?;
        let Some((kind, id)) = manifest.first_name("meta", kinds(kind, true), &ids(external))
        else {
            return Ok(Vec::new());
        };
        let answer = self.get(&["meta", kind, &id], None, deadline).await?;
        let listed = metas::episodes(&answer);
        Ok(listed.into_iter().map(|listed| listed.episode).collect())
    }

    async fn manifest(&self, deadline: Instant) -> Result<&Manifest, Error> {
        let fetch = async || {
            let limits = limits(deadline, MOST_BYTES);
            let text = self
                .fetcher
                .get_text(self.manifest_url.as_str(), limits)
                .await?;
            read_manifest(&text)
        };
        let manifest = self.manifest.get_or_try_init(fetch).await?;
        manifest.usable()?;
        Ok(manifest)
    }

    /// The name of the film or episode as a stream is asked for. Only the addon that made an id
    /// knows how its episodes are called, so it is asked where it can be.
    async fn video_id(
        &self,
        manifest: &Manifest,
        kind: &str,
        id: &str,
        query: &Query,
        deadline: Instant,
    ) -> String {
        let Some(episode) = &query.episode else {
            return id.to_owned();
        };
        let usual = format!("{id}:{}:{}", episode.season, episode.number);
        if id.starts_with("tt") || !manifest.lists("meta", kind, id) {
            return usual;
        }
        match self.get(&["meta", kind, id], None, deadline).await {
            Ok(answer) => metas::episodes(&answer)
                .into_iter()
                .find(|known| {
                    let known = &known.episode;
                    (known.season, known.number) == (episode.season, episode.number)
                })
                .map_or(usual, |known| known.video_id),
            Err(error) => {
                tracing::debug!(provider = %self.id, %error, "episodes not listed, asking by number");
                usual
            }
        }
    }

    async fn get(
        &self,
        path: &[&str],
        extra: Option<&str>,
        deadline: Instant,
    ) -> Result<Value, Error> {
        let url = resource_url(&self.manifest_url, path, extra);
        let text = self
            .fetcher
            .get_text(url.as_str(), limits(deadline, MOST_BYTES))
            .await?;
        serde_json::from_str(&text).map_err(|source| Error::Addon {
            what: "answer",
            source,
        })
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// People paste the address with or without `manifest.json`.
fn manifest_url(mut url: Url) -> Url {
    if !url.path().ends_with("/manifest.json") {
        let path = format!("{}/manifest.json", url.path().trim_end_matches('/'));
        url.set_path(&path);
    }
    url.set_fragment(None);
    url
}

/// `/{resource}/{type}/{id}[/{extra}].json` beside the manifest.
fn resource_url(manifest: &Url, path: &[&str], extra: Option<&str>) -> Url {
    let base = manifest
        .path()
        .trim_end_matches("/manifest.json")
        .to_owned();
    let mut parts: Vec<String> = path.iter().map(|part| encode(part)).collect();
    parts.extend(extra.map(ToOwned::to_owned));
    let mut url = manifest.clone();
    url.set_path(&format!("{base}/{}.json", parts.join("/")));
    url
}

/// Anime has no type of its own everywhere.
fn kinds(kind: TitleKind, with_episode: bool) -> &'static [&'static str] {
    match (kind, with_episode) {
        (TitleKind::Film, _) => &["movie"],
        (TitleKind::Series, _) => &["series"],
        (TitleKind::Anime, true) => &["series", "anime"],
        (TitleKind::Anime, false) => &["movie", "anime", "series"],
    }
}

fn ids(external: &External) -> Vec<String> {
    let imdb = external
        .imdb
        .iter()
        .filter(|id| id.starts_with("tt"))
        .cloned();
    let addon = external.addon.iter().cloned();
    let tmdb = external.tmdb.map(|id| format!("tmdb:{id}"));
    let mal = external.mal.map(|id| format!("mal:{id}"));
    imdb.chain(addon).chain(tmdb).chain(mal).collect()
}

fn name_for(manifest: &Manifest, query: &Query) -> Option<(&'static str, String)> {
    let kinds = kinds(query.title.kind, query.episode.is_some());
    manifest.first_name("stream", kinds, &ids(&query.title.external))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_the_official_client() {
        let manifest: Url = "https://a.example/key%3D1/manifest.json?t=2"
            .parse()
            .unwrap();
        assert_eq!(
            resource_url(&manifest, &["stream", "series", "tt0108778:1:1"], None).as_str(),
            "https://a.example/key%3D1/stream/series/tt0108778%3A1%3A1.json?t=2"
        );
        let extra = format!("search={}", encode("game of thrones & co"));
        assert_eq!(
            resource_url(&manifest, &["catalog", "movie", "top"], Some(&extra)).path(),
            "/key%3D1/catalog/movie/top/search=game%20of%20thrones%20%26%20co.json"
        );
        let hostile = resource_url(&manifest, &["stream", "movie", "../../x?y#z"], None);
        assert_eq!(
            hostile.path(),
            "/key%3D1/stream/movie/..%2F..%2Fx%3Fy%23z.json"
        );
    }

    #[test]
    fn the_manifest_is_found_under_the_addresses_people_paste() {
        for pasted in [
            "https://a.example/k/manifest.json",
            "https://a.example/k/",
            "https://a.example/k",
        ] {
            assert_eq!(
                manifest_url(pasted.parse().unwrap()).as_str(),
                "https://a.example/k/manifest.json"
            );
        }
    }
}
