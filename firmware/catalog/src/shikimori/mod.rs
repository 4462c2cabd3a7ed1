//! Shikimori: anime, in Russian, English and Japanese.
//!
//! GraphQL first, for it gives everything in one question; where it fails, the older REST answers
//! with less. Five questions a second and ninety a minute are allowed to an address, so everything
//! goes through one limiter; and whoever asks says its own name, for imitated browsers are banned.

mod graphql;
mod rest;

use std::time::Duration;

use hearth_fetch::{HttpCache, Keep, Limit, Request, is_json};
use hearth_model::{FoundEpisode, Title, UpcomingEpisode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    reading::{self, Reading},
    service::{Error, Found, LISTS, Page, Service, ServiceState, TITLES},
};

const NAME: &str = "Shikimori";
/// The service's own, with room for questions that bunch up on their way.
const LIMITS: [Limit; 2] = [
    Limit {
        requests: 5,
        per: Duration::from_millis(1_200),
    },
    Limit {
        requests: 90,
        per: Duration::from_secs(62),
    },
];
const PAGE: usize = 50;
const MOST_EPISODES: u32 = 3_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShikimoriConfig {
    pub enabled: bool,
    pub url: String,
    /// The box's own name.
    pub user_agent: String,
}

impl Default for ShikimoriConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            url: "https://shikimori.one".into(),
            user_agent: "Hearth".into(),
        }
    }
}

/// Which anime a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShikimoriList {
    Popular,
    TopRated,
    /// On the air now, the most popular first.
    Ongoing,
    Announced,
}

impl ShikimoriList {
    fn order_and_status(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Popular => ("popularity", None),
            Self::TopRated => ("ranked", None),
            Self::Ongoing => ("popularity", Some("ongoing")),
            Self::Announced => ("popularity", Some("anons")),
        }
    }
}

/// The client. Clones share the limiter and the cache.
#[derive(Debug, Clone)]
pub struct Shikimori {
    service: Service,
    config: ShikimoriConfig,
}

impl Shikimori {
    pub fn new(config: &ShikimoriConfig, cache: &HttpCache) -> Result<Self, Error> {
        let config = ShikimoriConfig {
            enabled: config.enabled,
            url: config.url.trim().trim_end_matches('/').to_owned(),
            user_agent: config.user_agent.trim().to_owned(),
        };
        let lower = config.user_agent.to_lowercase();
        let poses = ["mozilla", "chrome", "safari", "firefox", "webkit", "opera"]
            .iter()
            .any(|browser| lower.contains(browser));
        if poses || lower.is_empty() {
            return Err(Error::UserAgent {
                service: NAME,
                name: config.user_agent,
            });
        }
        Ok(Self {
            service: Service::new(NAME, cache, &[&config.url], LIMITS, config.enabled)?,
            config,
        })
    }

    pub fn is_on(&self) -> bool {
        self.service.is_on()
    }

    pub fn state(&self) -> ServiceState {
        self.service.state()
    }

    /// Anime by name, in any of its languages.
    pub async fn search(&self, words: &str, page: u32) -> Result<Page, Error> {
        let page = page.max(1);
        let variables = json!({"search": words, "page": page, "limit": PAGE});
        let titles = match self.animes(graphql::SEARCH, variables, LISTS).await {
            Ok(titles) => titles,
            Err(error) if is_worth_rest(&error) => {
                let request = self
                    .rest("animes")?
                    .query("search", words)
                    .query("page", &page.to_string())
                    .query("limit", &PAGE.to_string())
                    .query("censored", "true");
                self.rest_titles(&request).await?
            }
            Err(error) => return Err(error),
        };
        Ok(page_of(titles, page))
    }

    pub async fn list(&self, list: ShikimoriList, page: u32) -> Result<Page, Error> {
        let page = page.max(1);
        let (order, status) = list.order_and_status();
        let variables = json!({"order": order, "status": status, "page": page, "limit": PAGE});
        let titles = match self.animes(graphql::LIST, variables, LISTS).await {
            Ok(titles) => titles,
            Err(error) if is_worth_rest(&error) => {
                let mut request = self
                    .rest("animes")?
                    .query("order", order)
                    .query("page", &page.to_string())
                    .query("limit", &PAGE.to_string())
                    .query("censored", "true");
                if let Some(status) = status {
                    request = request.query("status", status);
                }
                self.rest_titles(&request).await?
            }
            Err(error) => return Err(error),
        };
        Ok(page_of(titles, page))
    }

    /// Everything made of one thing: `franchise` is its name, as after `shikimori:` in a title's
    /// facts.
    pub async fn franchise(&self, franchise: &str) -> Result<Vec<Title>, Error> {
        let variables = json!({"franchise": franchise, "limit": PAGE});
        self.animes(graphql::FRANCHISE, variables, TITLES).await
    }

    /// An anime with all its details: one question, or by the older way with fewer of them.
    pub async fn title(&self, id: u64) -> Result<Found, Error> {
        let variables = json!({"ids": id.to_string()});
        match self.graphql(graphql::DETAILS, variables, TITLES).await {
            Ok(answer) => {
                let mut animes = answer.list("animes");
                let item = animes.next().ok_or(Error::Unknown { service: NAME })?;
                graphql::found(item)
                    .ok_or_else(|| self.service.shape("the id and a name of the anime"))
            }
            Err(error) if is_worth_rest(&error) => {
                let answer = self
                    .ask(&self.rest(&format!("animes/{id}"))?, TITLES)
                    .await?;
                let mut found = rest::found(&answer, &self.config.url)
                    .ok_or_else(|| self.service.shape("the id and a name of the anime"))?;
                // Relatives are a question of their own here, and none of it stands or falls with
                // them.
                let related = self.rest(&format!("animes/{id}/related"))?;
                match self.ask(&related, TITLES).await {
                    Ok(answer) => found.details.relatives = rest::relatives(&answer),
                    Err(error) => tracing::debug!(%error, "an anime without its relatives"),
                }
                Ok(found)
            }
            Err(error) => Err(error),
        }
    }

    /// Only REST knows these.
    pub async fn similar(&self, id: u64) -> Result<Vec<Title>, Error> {
        self.rest_titles(&self.rest(&format!("animes/{id}/similar"))?)
            .await
    }

    /// Episodes of the days to come, in their order.
    pub async fn calendar(&self) -> Result<Vec<UpcomingEpisode>, Error> {
        let request = self.rest("calendar")?.query("censored", "true");
        let answer = self.ask(&request, LISTS).await?;
        let mut all = rest::calendar(&answer, &self.config.url)
            .ok_or_else(|| self.service.shape("a list of episodes"))?;
        all.sort_by_key(|episode| episode.at);
        Ok(all)
    }

    /// The slugs of the service's genres.
    pub async fn genres(&self) -> Result<Vec<String>, Error> {
        let answer = self.ask(&self.rest("genres")?, TITLES).await?;
        let all = answer.as_array().into_iter().flatten();
        Ok(all
            .filter(|genre| genre.at("kind") == "anime" || genre.at("entry_type") == "Anime")
            .filter_map(|genre| genre.line("name"))
            .flat_map(|name| reading::genres(&name))
            .collect())
    }

    /// The service counts episodes and does not name them.
    pub fn episodes(title: &Title) -> Vec<FoundEpisode> {
        let facts = &title.facts;
        let count = facts.episode_count.max(facts.episodes_out).unwrap_or(0);
        (1..=count.min(MOST_EPISODES))
            .map(|number| FoundEpisode::numbered(1, number))
            .collect()
    }

    async fn animes(&self, query: &str, variables: Value, keep: Keep) -> Result<Vec<Title>, Error> {
        let answer = self.graphql(query, variables, keep).await?;
        if !answer.at("animes").is_array() {
            return Err(self.service.shape("a list of anime"));
        }
        Ok(answer.list("animes").filter_map(graphql::title).collect())
    }

    async fn graphql(&self, query: &str, variables: Value, keep: Keep) -> Result<Value, Error> {
        self.must_be_on()?;
        let question = json!({"query": query, "variables": variables});
        let request = Request::ask(&format!("{}/api/graphql", self.config.url), &question)?
            .user_agent(&self.config.user_agent);
        let answer = self.service.ask(&request, keep, graphql::is_answer).await?;
        Ok(answer.at("data").clone())
    }

    async fn rest_titles(&self, request: &Request) -> Result<Vec<Title>, Error> {
        let answer = self.ask(request, LISTS).await?;
        let all = answer
            .as_array()
            .ok_or_else(|| self.service.shape("a list of anime"))?;
        Ok(all
            .iter()
            .filter_map(|item| rest::title(item, &self.config.url))
            .collect())
    }

    async fn ask(&self, request: &Request, keep: Keep) -> Result<Value, Error> {
        self.service.ask(request, keep, is_json).await
    }

    fn rest(&self, path: &str) -> Result<Request, Error> {
        self.must_be_on()?;
        let request = Request::get(&format!("{}/api/{path}", self.config.url))?;
        Ok(request.user_agent(&self.config.user_agent))
    }

    fn must_be_on(&self) -> Result<(), Error> {
        if self.is_on() {
            return Ok(());
        }
        Err(Error::Off {
            service: NAME,
            remedy: "switch it on, `catalog.shikimori.enabled`",
        })
    }
}

/// Whether the older way may answer where the new one did not: not where the network is gone
/// or the service asks for rest.
fn is_worth_rest(error: &Error) -> bool {
    matches!(
        error,
        Error::Shape { .. }
            | Error::Unknown { .. }
            | Error::Fetch(
                hearth_fetch::Error::Unusable { .. }
                    | hearth_fetch::Error::WrongKind { .. }
                    | hearth_fetch::Error::Status { .. }
            )
    )
}

fn page_of(titles: Vec<Title>, page: u32) -> Page {
    Page {
        // A full page may not be the last.
        pages: if titles.len() < PAGE { page } else { page + 1 },
        titles,
        people: Vec::new(),
        page,
    }
}
