//! Stremio addons: small HTTP services that list titles, say where they can be had, or both.
//!
//! The manifest is read and obeyed: only what it lists, of the types and id prefixes it
//! names, is asked. Entries of an answer are read one by one, so that one bad entry never
//! spoils the rest.

mod addresses;
mod answers;
mod manifest;
mod metas;
mod names;
mod streams;
mod words;

pub(crate) use manifest::read_manifest;
pub(crate) use metas::read_metas;
pub(crate) use streams::read_streams;

use std::sync::Arc;

use futures_util::future::join_all;
use hearth_fetch::{Clock, Fetcher, Limiter};
use hearth_model::{External, FoundEpisode, Source, Title, TitleKind};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use crate::{
    About, Error, Query, SubtitleFind, SubtitleMatch, SubtitleQuery, dedup,
    provider::limits,
    said::Said,
    text::{self, encode},
};
use addresses::{manifest_url, resource_url};
use answers::{Answers, Known};
use manifest::Manifest;
use names::{VideoName, kinds, names, title_names};

const MOST_BYTES: usize = 8 * 1024 * 1024;
const MOST_CATALOGS: usize = 8;
const MOST_LISTED: usize = 100;

/// One addon.
#[derive(Debug)]
pub struct Stremio {
    id: String,
    manifest_url: Url,
    fetcher: Fetcher,
    /// Rests where the addon says that it was asked too often.
    asking: Fetcher,
    manifest: Said<Manifest>,
    answers: Arc<Answers>,
}

/// A list of titles that an addon keeps, as a list of the catalogue may show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddonCatalog {
    /// `movie`, `series` or `anime`.
    pub kind: String,
    pub id: String,
    pub name: String,
    /// By which it can be narrowed; empty where it cannot.
    pub genres: Vec<String>,
    /// Whether a genre must be named.
    pub needs_genre: bool,
    /// Whether it goes on behind its first page.
    pub has_pages: bool,
}

/// Which part of a catalogue is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogWish {
    pub genre: Option<String>,
    /// How many titles come before it.
    pub skip: usize,
    pub allow_adult: bool,
}

impl Stremio {
    pub(crate) fn new(id: String, url: Url, fetcher: Fetcher) -> Self {
        Self {
            id,
            manifest_url: manifest_url(url),
            asking: fetcher.limited(Limiter::new([], Clock::system())),
            fetcher,
            manifest: Said::default(),
            answers: Arc::default(),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// Whether it is for adults; none before its manifest is read.
    pub fn is_adult(&self) -> Option<bool> {
        self.manifest.known().map(|manifest| manifest.is_adult())
    }

    pub(crate) async fn about(&self, deadline: Instant) -> Result<About, Error> {
        let manifest = self.manifest_anew(true, deadline).await?;
        Ok(About {
            name: manifest.name.as_deref().map(|name| text::tidy(name, 100)),
            adult: manifest.is_adult(),
            finds_sources: manifest.has("stream"),
            lists_titles: manifest.catalogs().next().is_some(),
            finds_subtitles: manifest.has("subtitles"),
        })
    }

    /// Where the title can be had, if the addon knows a name for it.
    pub async fn find(&self, query: &Query, deadline: Instant) -> Result<Vec<Source>, Error> {
        let manifest = self.manifest(query.allow_adult, deadline).await?;
        let Some((kind, name)) = name_for(&manifest, "stream", query) else {
            return Ok(Vec::new());
        };
        let video = self.video_id(&manifest, kind, name, query, deadline).await;
        let answer = self.get(&["stream", kind, &video], None, deadline).await?;
        Ok(dedup(streams::sources(&answer, query, &self.id)))
    }

    pub(crate) fn may_find_subtitles(&self) -> bool {
        let manifest = self.manifest.known();
        manifest.is_none_or(|manifest| manifest.has("subtitles"))
    }

    /// Subtitles for the title, found by the file where it is known.
    pub async fn subtitles(
        &self,
        wanted: &SubtitleQuery,
        deadline: Instant,
    ) -> Result<Vec<SubtitleFind>, Error> {
        let manifest = self.manifest(wanted.query.allow_adult, deadline).await?;
        let Some((kind, name)) = name_for(&manifest, "subtitles", &wanted.query) else {
            return Ok(Vec::new());
        };
        let video = self
            .video_id(&manifest, kind, name, &wanted.query, deadline)
            .await;
        let file = &wanted.file;
        let extra = [
            ("videoHash", file.moviehash.clone()),
            ("videoSize", file.size_bytes.map(|bytes| bytes.to_string())),
            ("filename", file.name.clone()),
        ];
        let extra: Vec<String> = extra
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", encode(&value?))))
            .collect();
        let extra = Some(extra.join("&")).filter(|extra| !extra.is_empty());
        let path = ["subtitles", kind, video.as_str()];
        let answer = self.get(&path, extra.as_deref(), deadline).await?;
        let links = streams::subtitles(answer.get("subtitles").unwrap_or(&Value::Null));
        Ok(links
            .into_iter()
            .map(|link| SubtitleFind::at_link(&self.id, link, SubtitleMatch::Id))
            .collect())
    }

    /// The lists it keeps that can be read without words, as it says now.
    pub async fn catalogs(
        &self,
        allow_adult: bool,
        deadline: Instant,
    ) -> Result<Vec<AddonCatalog>, Error> {
        let manifest = self.manifest_anew(allow_adult, deadline).await?;
        let readable = manifest
            .catalogs()
            .filter(|catalog| catalog.needs_only("") || catalog.needs_only("genre"));
        Ok(readable
            .map(|catalog| AddonCatalog {
                kind: catalog.kind.clone(),
                id: catalog.id.clone(),
                name: text::tidy(catalog.name.as_deref().unwrap_or(&catalog.id), 100),
                genres: catalog.genres(),
                needs_genre: !catalog.needs_only(""),
                has_pages: catalog.takes("skip"),
            })
            .take(MOST_LISTED)
            .collect())
    }

    /// A page of one of its lists; an empty one is behind the end.
    pub async fn catalog(
        &self,
        catalog: &AddonCatalog,
        wish: &CatalogWish,
        deadline: Instant,
    ) -> Result<Vec<Title>, Error> {
        let manifest = self.manifest(wish.allow_adult, deadline).await?;
        if wish.skip > 0 && !catalog.has_pages {
            return Ok(Vec::new());
        }
        let genre = wish.genre.as_deref().map(encode);
        let genre = genre.map(|genre| format!("genre={genre}"));
        let skip = (wish.skip > 0).then(|| format!("skip={}", wish.skip));
        let extra: Vec<String> = genre.into_iter().chain(skip).collect();
        let extra = Some(extra.join("&")).filter(|extra| !extra.is_empty());
        let path = ["catalog", catalog.kind.as_str(), catalog.id.as_str()];
        let answer = self.get(&path, extra.as_deref(), deadline).await?;
        Ok(told(&manifest, &answer))
    }

    /// Titles whose names hold these words, from the catalogues that can be searched.
    pub async fn search_catalog(
        &self,
        words: &str,
        allow_adult: bool,
        deadline: Instant,
    ) -> Result<Vec<Title>, Error> {
        let manifest = self.manifest(allow_adult, deadline).await?;
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
                    for title in told(&manifest, &answer) {
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

    /// What the addon tells of a title, and its episodes; none where it does not know it.
    pub async fn meta(
        &self,
        kind: TitleKind,
        external: &External,
        allow_adult: bool,
        deadline: Instant,
    ) -> Result<Option<(Title, Vec<FoundEpisode>)>, Error> {
        let manifest = self.manifest(allow_adult, deadline).await?;
        let names = title_names(external);
        let Some((kind, name)) = manifest.first_name("meta", kinds(kind, true), &names) else {
            return Ok(None);
        };
        let answer = self
            .get(&["meta", kind, &name.title], None, deadline)
            .await?;
        let episodes = metas::episodes(&answer).into_iter();
        let episodes = episodes.map(|listed| listed.episode).collect();
        let title = metas::meta(&answer).map(|title| marked(&manifest, title));
        Ok(title.map(|title| (title, episodes)))
    }

    async fn manifest(&self, allow_adult: bool, deadline: Instant) -> Result<Arc<Manifest>, Error> {
        let manifest = self.manifest.or_read(self.read_manifest(deadline)).await?;
        manifest.usable(allow_adult)?;
        Ok(manifest)
    }

    async fn manifest_anew(
        &self,
        allow_adult: bool,
        deadline: Instant,
    ) -> Result<Arc<Manifest>, Error> {
        let manifest = self.manifest.anew(self.read_manifest(deadline)).await?;
        manifest.usable(allow_adult)?;
        Ok(manifest)
    }

    async fn read_manifest(&self, deadline: Instant) -> Result<Manifest, Error> {
        let limits = limits(deadline, MOST_BYTES);
        let url = self.manifest_url.as_str();
        read_manifest(&self.asking.get_text(url, limits).await?)
    }

    /// The name of the film or episode as a stream is asked for. Only the addon that made an id
    /// knows how its episodes are called, so it is asked where it can be.
    async fn video_id(
        &self,
        manifest: &Manifest,
        kind: &str,
        name: VideoName,
        query: &Query,
        deadline: Instant,
    ) -> String {
        let VideoName { title: id, video } = name;
        let Some(episode) = &query.episode else {
            return video;
        };
        if id.starts_with("tt") || !manifest.lists("meta", kind, &id) {
            return video;
        }
        match self.get(&["meta", kind, &id], None, deadline).await {
            Ok(answer) => metas::episodes(&answer)
                .into_iter()
                .find(|known| {
                    let known = &known.episode;
                    (known.season, known.number) == (episode.season, episode.number)
                })
                .map_or(video, |known| known.video_id),
            Err(error) => {
                tracing::debug!(provider = %self.id, %error, "episodes not listed, asking by number");
                video
            }
        }
    }

    async fn get(
        &self,
        path: &[&str],
        extra: Option<&str>,
        deadline: Instant,
    ) -> Result<Arc<Value>, Error> {
        let url = resource_url(&self.manifest_url, path, extra);
        match self.answers.look_up(url.as_str()) {
            Known::Fresh(answer) => return Ok(answer),
            Known::Stale(answer) => {
                let (asking, answers) = (self.asking.clone(), Arc::clone(&self.answers));
                let provider = self.id.clone();
                tokio::spawn(async move {
                    if let Err(error) = ask(&asking, &answers, &url, deadline).await {
                        tracing::debug!(%provider, %error, "an old answer stays");
                    }
                });
                return Ok(answer);
            }
            Known::Nothing => {}
        }
        let asked = ask(&self.asking, &self.answers, &url, deadline).await;
        asked.or_else(|error| self.answers.instead(url.as_str()).ok_or(error))
    }
}

fn told(manifest: &Manifest, answer: &Value) -> Vec<Title> {
    let titles = metas::titles(answer).into_iter();
    titles.map(|title| marked(manifest, title)).collect()
}

/// With the mark of an addon for adults.
fn marked(manifest: &Manifest, mut title: Title) -> Title {
    title.facts.adult = manifest.is_adult();
    title
}

async fn ask(
    asking: &Fetcher,
    answers: &Answers,
    url: &Url,
    deadline: Instant,
) -> Result<Arc<Value>, Error> {
    let text = asking
        .get_text(url.as_str(), limits(deadline, MOST_BYTES))
        .await?;
    let answer = serde_json::from_str(&text).map_err(|source| Error::Addon {
        what: "answer",
        source,
    })?;
    let answer = Arc::new(answer);
    answers.keep(url.as_str(), &answer, text.len());
    Ok(answer)
}

fn name_for(
    manifest: &Manifest,
    resource: &str,
    query: &Query,
) -> Option<(&'static str, VideoName)> {
    let kinds = kinds(query.title.kind, query.episode.is_some());
    manifest.first_name(resource, kinds, &names(query))
}
