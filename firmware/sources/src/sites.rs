//! Sites that a definition describes: how they are asked, and what is taken from their pages.
//!
//! A definition is a file of the owner's, checked whole before anything is asked; the pages are
//! strangers'. Settings go to the site alone, the home network is reached only where the owner
//! gave the address, and pages, rows and time are bounded.

mod ask;
mod check;
mod configured;
mod definition;
mod offer;
mod patterns;
mod query;
mod raw;
mod report;
mod run;
mod take;
mod template;
mod ways;

pub use configured::ConfiguredSite;
pub use definition::{Definition, Faulty, Problem};
pub use report::{Asked, Outcome, RowReport, Searched, Verdict};

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use encoding_rs::UTF_8;
use futures_util::future::join_all;
use hearth_fetch::{Fetcher, changes_the_request};
use hearth_model::Source;
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use tokio::time::Instant;
use url::Url;

use crate::{Error, Query, Secret, dedup};
use definition::Page;
use run::{Prepared, Run, Which};
use template::{Values, escape};

/// No search of one site sends more at first.
const MOST_REQUESTS: usize = 5;
/// A shorter one would be struck out of harmless words.
const SHORTEST_SECRET: usize = 4;

/// One site.
#[derive(Debug)]
pub struct Site {
    id: String,
    definition: Arc<Definition>,
    base: Url,
    settings: BTreeMap<String, Secret>,
    /// Values of the owner's own headers.
    headers: Vec<Secret>,
    fetcher: Fetcher,
}

impl Site {
    /// `base` is the owner's address for the site, if another than the definition's. The error
    /// is a setting that is missing or too much.
    pub fn new(
        id: String,
        definition: Definition,
        base: Option<Url>,
        settings: BTreeMap<String, Secret>,
        fetcher: Fetcher,
    ) -> Result<Self, Error> {
        for (name, told) in &definition.settings {
            if settings.get(name).is_none_or(|value| value.0.is_empty()) {
                return Err(Error::Other {
                    text: format!(
                        "the setting `{name}` of {} is missing ({told}): give it under the provider's `settings`",
                        definition.name
                    ),
                });
            }
        }
        for name in settings.keys() {
            if !definition.settings.contains_key(name) {
                return Err(Error::Other {
                    text: format!(
                        "{} has no setting `{name}`: take it out of the provider's `settings`",
                        definition.name
                    ),
                });
            }
        }
        Ok(Self {
            id,
            base: base.unwrap_or_else(|| definition.url.clone()),
            definition: Arc::new(definition),
            settings,
            headers: Vec::new(),
            fetcher,
        })
    }

    /// The same site, whose requests carry headers of the owner's: those to the site itself, for
    /// its pages and for what they link to, and no others. The error is a header that is none.
    pub fn with_headers(mut self, headers: &BTreeMap<String, Secret>) -> Result<Self, Error> {
        let mut all = HeaderMap::new();
        // An empty one takes a kept one away.
        for (name, value) in headers.iter().filter(|(_, value)| !value.0.is_empty()) {
            let unusable = |why: &str| Error::Other {
                text: format!(
                    "the header `{name}` {why}: change it under the provider's `headers`"
                ),
            };
            let header: HeaderName = name.parse().map_err(|_| unusable("has no usable name"))?;
            if header == SET_COOKIE || (header != COOKIE && changes_the_request(&header)) {
                return Err(unusable("is not the owner's to give"));
            }
            let mut text: HeaderValue = value
                .0
                .parse()
                .map_err(|_| unusable("cannot hold its value"))?;
            text.set_sensitive(true);
            all.insert(header, text);
            self.headers.push(value.clone());
        }
        self.fetcher = self.fetcher.sending(&self.base, all);
        Ok(self)
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub async fn find(&self, query: &Query, deadline: Instant) -> Result<Vec<Source>, Error> {
        let searched = self.search(query, deadline).await;
        // Some of an answer is an answer.
        if searched.all_failed() {
            let mut failures = searched.asked.into_iter().filter_map(Asked::failure);
            return failures.next().map_or_else(|| Ok(Vec::new()), Err);
        }
        Ok(searched.sources)
    }

    /// The search with all it did on the way.
    pub async fn search(&self, query: &Query, deadline: Instant) -> Searched {
        let (mut asked, pages) = self.pages(query);
        let run = Run::new(self, query, deadline);
        let answers = join_all(pages.into_iter().map(|page| run.search(page))).await;
        let mut sources = Vec::new();
        for (answer, found) in answers {
            asked.push(answer);
            sources.extend(found);
        }
        Searched {
            asked,
            sources: dedup(sources),
            secrets: self.secrets(),
        }
    }

    /// Whether it answers the first request of a search, for something that everybody may show.
    pub(crate) async fn check(&self, deadline: Instant) -> Result<(), Error> {
        let query = query::example(&self.definition.kinds);
        let (_, pages) = self.pages(&query);
        let Some(page) = pages.into_iter().next() else {
            return Ok(());
        };
        let run = Run::new(self, &query, deadline);
        let values = Arc::new(page.values);
        run.read(page.which, page.ask, &values).await.map(drop)
    }

    /// The requests that a search begins with, and what is not asked.
    fn pages(&self, query: &Query) -> (Vec<Asked>, Vec<Prepared>) {
        let mut values = query::values(query);
        for (name, value) in &self.settings {
            values.insert(format!("setting.{name}"), value.0.clone());
        }
        let mut asked = Vec::new();
        let mut pages = Vec::new();
        if self.definition.kinds.contains(&query.title.kind) {
            for (which, page) in self.definition.searches.iter().enumerate() {
                self.prepare(query, (which, page), &values, &mut asked, &mut pages);
            }
        }
        pages.truncate(MOST_REQUESTS);
        (asked, pages)
    }

    /// One request for each of the title's names, where the page asks for them.
    fn prepare(
        &self,
        query: &Query,
        (which, page): (usize, &Page),
        values: &Values,
        asked: &mut Vec<Asked>,
        pages: &mut Vec<Prepared>,
    ) {
        let names: Vec<Option<String>> = if page.asks_for(query::TITLE) {
            query
                .names()
                .into_iter()
                .map(|name| Some(name.words))
                .collect()
        } else {
            vec![None]
        };
        let mut known = HashSet::new();
        for name in names {
            let mut values = values.clone();
            values.extend(name.map(|name| (query::TITLE.to_owned(), name)));
            match self.definition.ask(page, &self.base, &self.base, &values) {
                Ok(ask) if !known.insert(ask.shown.clone()) => {}
                Ok(ask) => pages.push(Prepared {
                    which: Which::Search(which),
                    ask,
                    values,
                }),
                Err(why) => asked.push(Asked {
                    what: format!("search {}", which + 1),
                    outcome: Outcome::NotAsked(why),
                }),
            }
        }
    }

    fn page(&self, which: Which) -> Option<&Page> {
        match which {
            Which::Search(which) => self.definition.searches.get(which),
            Which::Details => self.definition.details.as_ref(),
        }
    }

    fn secrets(&self) -> Vec<String> {
        // Of a cookie each value by itself too: pages like to show the session they are of. Of
        // `Bearer TOKEN` what stands behind the first space.
        let of_headers = self.headers.iter().flat_map(|value| {
            let pairs = value.0.split(';');
            let values = pairs.filter_map(|pair| Some(pair.split_once('=')?.1.trim()));
            let token = value
                .0
                .trim()
                .split_once(' ')
                .map(|(_, token)| token.trim());
            values.chain(token).chain([value.0.as_str()])
        });
        let settings = self.settings.values().map(|value| value.0.as_str());
        let long = settings
            .chain(of_headers)
            .filter(|value| value.len() >= SHORTEST_SECRET);
        let encoding = self.definition.writes_in();
        long.flat_map(|value| {
            [
                value.to_owned(),
                escape(value, encoding),
                escape(value, UTF_8),
            ]
        })
        .collect()
    }
}
