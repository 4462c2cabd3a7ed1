//! TMDB v3: films and series, in Russian and English together.
//!
//! Needs the owner's key; without one it is off and says so. A title with all its details is one
//! request: Russian is asked for, English comes with the translations. A list is one request too,
//! and a second one in English only where a title of it would have no English name.

mod details;
mod export;
mod lists;
mod seasons;
mod titles;

pub use export::{ExportKind, ExportReader, ExportTitle, write_export};
pub use lists::{Discover, TmdbList, TmdbSort};

use std::{fmt, time::Duration};

use hearth_fetch::{HttpCache, Keep, Limit, Request, is_json};
use hearth_model::{External, FoundEpisode, PersonDetail, Title, TmdbKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    reading::{self, Reading},
    service::{Error, Found, LISTS, Page, Service, ServiceState, TITLES},
};
use titles::Pictures;

const NAME: &str = "TMDB";
/// The terms ask for it where the service is named, beside its logo.
pub const TMDB_ATTRIBUTION: &str = "This product uses TMDB and the TMDB APIs but is not endorsed, certified, or otherwise approved by TMDB.";
/// The service allows about forty.
const PER_SECOND: usize = 30;
/// Of `append_to_response`.
const MOST_APPENDED: usize = 20;
const MOST_SEASONS: usize = 100;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TmdbConfig {
    /// A v3 key or a v4 read token. Empty: the service is off.
    pub key: String,
    pub url: String,
    /// Where pictures lie. Empty: the service says.
    pub image_url: String,
    /// Whether titles that nobody asked for yet are found as well, by the daily lists of all there
    /// are: some 40 MB a day from the network. Needs no key.
    pub export: bool,
    /// Where the daily lists of ids lie.
    pub export_url: String,
}

impl Default for TmdbConfig {
    fn default() -> Self {
        Self {
            key: String::new(),
            url: "https://api.themoviedb.org/3".into(),
            image_url: String::new(),
            export: false,
            export_url: "https://files.tmdb.org/p/exports".into(),
        }
    }
}

impl fmt::Debug for TmdbConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TmdbConfig")
            .field("key", &if self.key.is_empty() { "none" } else { "…" })
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// The client. Clones share the limiter and the cache.
#[derive(Debug, Clone)]
pub struct Tmdb {
    service: Service,
    config: TmdbConfig,
}

impl Tmdb {
    pub fn new(config: &TmdbConfig, cache: &HttpCache) -> Result<Self, Error> {
        let address = |text: &str| text.trim().trim_end_matches('/').to_owned();
        let config = TmdbConfig {
            key: config.key.trim().to_owned(),
            url: address(&config.url),
            image_url: address(&config.image_url),
            export: config.export,
            export_url: address(&config.export_url),
        };
        let limit = Limit {
            requests: PER_SECOND,
            per: Duration::from_secs(1),
        };
        let addresses = [config.url.as_str(), &config.export_url];
        let is_on = !config.key.is_empty();
        Ok(Self {
            service: Service::new(NAME, cache, &addresses, [limit], is_on)?,
            config,
        })
    }

    pub fn is_on(&self) -> bool {
        self.service.is_on()
    }

    pub fn state(&self) -> ServiceState {
        self.service.state()
    }

    /// Films, series and people by name.
    pub async fn search(&self, words: &str, page: u32) -> Result<Page, Error> {
        let request = self
            .request("search/multi")?
            .query("query", words)
            .query("include_adult", "false");
        self.page(request, None, page).await
    }

    pub async fn list(&self, list: TmdbList, page: u32) -> Result<Page, Error> {
        self.page(self.request(&list.path())?, list.kind(), page)
            .await
    }

    pub async fn discover(&self, wishes: &Discover, page: u32) -> Result<Page, Error> {
        let (kind, pairs) = wishes.request();
        let path = match kind {
            TmdbKind::Movie => "discover/movie",
            TmdbKind::Tv => "discover/tv",
        };
        let request = pairs
            .iter()
            .fold(self.request(path)?, |request, (name, value)| {
                request.query(name, value)
            });
        self.page(request, Some(kind), page).await
    }

    /// The slugs of the service's own genres.
    pub async fn genres(&self, kind: TmdbKind) -> Result<Vec<String>, Error> {
        let request = self
            .request(&format!("genre/{}/list", word(kind)))?
            .query("language", "en-US");
        let answer = self.ask(&request, TITLES).await?;
        Ok(answer
            .list("genres")
            .filter_map(|genre| genre.line("name"))
            .flat_map(|name| reading::genres(&name))
            .collect())
    }

    /// What has this IMDb id (`tt0133093`): none, or a film or series.
    pub async fn find_imdb(&self, imdb: &str) -> Result<Option<Title>, Error> {
        let request = self
            .request(&format!("find/{}", segment(imdb)))?
            .query("external_source", "imdb_id")
            .query("language", "ru-RU");
        let (answer, pictures) = tokio::join!(self.ask(&request, TITLES), self.pictures());
        let answer = answer?;
        let films = answer
            .list("movie_results")
            .map(|item| (item, TmdbKind::Movie));
        let series = answer.list("tv_results").map(|item| (item, TmdbKind::Tv));
        let found = films
            .chain(series)
            .find_map(|(item, kind)| titles::title(item, Some(kind), &pictures));
        Ok(found.map(|mut title| {
            title.external.imdb.get_or_insert_with(|| imdb.to_owned());
            title
        }))
    }

    /// A title with everything its page shows: one request.
    pub async fn title(&self, kind: TmdbKind, id: u64) -> Result<Found, Error> {
        let appended = match kind {
            TmdbKind::Movie => {
                "credits,images,release_dates,videos,recommendations,alternative_titles,external_ids,translations"
            }
            TmdbKind::Tv => {
                "aggregate_credits,images,content_ratings,videos,recommendations,alternative_titles,external_ids,translations"
            }
        };
        let request = self
            .request(&format!("{}/{id}", word(kind)))?
            .query("language", "ru-RU")
            .query("append_to_response", appended)
            .query("include_image_language", "ru,en,null")
            .query("include_video_language", "ru,en,null");
        let (answer, pictures) = tokio::join!(self.ask(&request, TITLES), self.pictures());
        let answer = answer?;
        let title = details::title(&answer, kind, &pictures)
            .ok_or_else(|| self.service.shape("the id and a name of the title"))?;
        let details = details::details(&answer, kind, &pictures);
        Ok(Found { title, details })
    }

    /// The episodes of these seasons of a series, in Russian and English: two requests for twenty
    /// seasons. A season that cannot be read is left out.
    pub async fn episodes(&self, id: u64, seasons: &[u32]) -> Result<Vec<FoundEpisode>, Error> {
        let mut all = Vec::new();
        let pictures = self.pictures().await;
        for numbers in seasons[..seasons.len().min(MOST_SEASONS)].chunks(MOST_APPENDED) {
            let names: Vec<String> = numbers.iter().map(|n| format!("season/{n}")).collect();
            let request = |language| {
                Ok::<_, Error>(
                    self.request(&format!("tv/{id}"))?
                        .query("language", language)
                        .query("append_to_response", &names.join(",")),
                )
            };
            let (russian, english) = (request("ru-RU")?, request("en-US")?);
            let (russian, english) =
                tokio::join!(self.ask(&russian, TITLES), self.ask(&english, TITLES));
            let (russian, english) = match (russian, english) {
                (Ok(russian), english) => (russian, english.unwrap_or_default()),
                (Err(error), Err(_)) => return Err(error),
                (Err(_), Ok(english)) => (Value::Null, english),
            };
            for name in &names {
                all.extend(seasons::episodes(
                    russian.at(name),
                    english.at(name),
                    &pictures,
                ));
            }
        }
        Ok(all)
    }

    pub async fn person(&self, id: u64) -> Result<PersonDetail, Error> {
        let request = self
            .request(&format!("person/{id}"))?
            .query("language", "ru-RU")
            .query(
                "append_to_response",
                "combined_credits,external_ids,translations",
            );
        let (answer, pictures) = tokio::join!(self.ask(&request, TITLES), self.pictures());
        details::person_detail(&answer?, &pictures)
            .ok_or_else(|| self.service.shape("the id and name of the person"))
    }

    /// Adult titles are left out; lists are complete in both languages.
    async fn page(
        &self,
        request: Request,
        kind: Option<TmdbKind>,
        page: u32,
    ) -> Result<Page, Error> {
        let request = request.query("page", &page.clamp(1, 500).to_string());
        let russian = request.clone().query("language", "ru-RU");
        let (answer, pictures) = tokio::join!(self.ask(&russian, LISTS), self.pictures());
        let answer = answer?;
        if !answer.at("results").is_array() {
            return Err(self.service.shape("a list of results"));
        }
        let mut found = titles::page(&answer, kind, &pictures);
        if found.titles.iter().any(|title| title.names.en.is_none()) {
            let english = request.query("language", "en-US");
            match self.ask(&english, LISTS).await {
                Ok(answer) => titles::add_english(&mut found, &answer, kind),
                // The page is of use as it is.
                Err(error) => tracing::debug!(%error, "a list without its English names"),
            }
        }
        Ok(found)
    }

    async fn pictures(&self) -> Pictures {
        if !self.config.image_url.is_empty() {
            return Pictures::at(&self.config.image_url);
        }
        let asked = match self.request("configuration") {
            Ok(request) => self.ask(&request, TITLES).await,
            Err(error) => Err(error),
        };
        asked.map_or_else(|_| Pictures::default(), |answer| Pictures::of(&answer))
    }

    async fn ask(&self, request: &Request, keep: Keep) -> Result<Value, Error> {
        self.service.ask(request, keep, is_json).await
    }

    fn request(&self, path: &str) -> Result<Request, Error> {
        let key = &self.config.key;
        if key.is_empty() {
            return Err(Error::Off {
                service: NAME,
                remedy: "give it a key, `catalog.tmdb.key`",
            });
        }
        let request = Request::get(&format!("{}/{path}", self.config.url))?;
        // v4 tokens are JWTs, v3 keys 32 hexadecimal digits.
        Ok(if key.contains('.') {
            request.bearer(key)
        } else {
            request.secret_query("api_key", key)
        })
    }
}

fn word(kind: TmdbKind) -> &'static str {
    match kind {
        TmdbKind::Movie => "movie",
        TmdbKind::Tv => "tv",
    }
}

/// What of an id may stand in a path.
fn segment(id: &str) -> String {
    id.chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .take(40)
        .collect()
}

fn external(kind: TmdbKind, id: u64) -> External {
    External {
        tmdb: Some(id),
        tmdb_kind: Some(kind),
        ..External::default()
    }
}
