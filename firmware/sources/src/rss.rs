//! Trackers' RSS feeds: Nyaa's, with what it tells in elements of its own, and those of others.
//!
//! A feed that can be searched is asked phrase by phrase, as long as nothing fits: such pages are
//! made for readers who come now and then, and ask programs for patience. One that cannot is read
//! whole, now and then, and what fits is taken.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hearth_fetch::{Clock, Fetcher, Limit, Limiter};
use hearth_model::Source;
use tokio::time::Instant;

use crate::{
    Error, Query, Secret,
    config::QUERY,
    dedup,
    feed::{Item, read_feed},
    provider::limits,
    releases::sources,
    text,
};

const MOST_BYTES: usize = 8 * 1024 * 1024;
const MOST_PHRASES: usize = 3;
/// What Nyaa asks for.
const BETWEEN_REQUESTS: Duration = Duration::from_secs(2);
/// A feed that is read whole holds the same for a while.
const GOOD_FOR: Duration = Duration::from_secs(5 * 60);

#[derive(Debug)]
pub struct Rss {
    id: String,
    /// The feed's address, with [`QUERY`] in it where it can be searched.
    template: Secret,
    fetcher: Fetcher,
    /// Takes turns.
    asking: Fetcher,
    /// The feed as it was read whole, and when. Locked for moments.
    whole: Mutex<Option<(Instant, Arc<Vec<Item>>)>>,
}

impl Rss {
    pub(crate) fn new(id: String, template: Secret, fetcher: Fetcher) -> Self {
        let limit = Limit {
            requests: 1,
            per: BETWEEN_REQUESTS,
        };
        Self {
            id,
            template,
            asking: fetcher.limited(Limiter::new([limit], Clock::system())),
            fetcher,
            whole: Mutex::default(),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    pub async fn find(&self, query: &Query, deadline: Instant) -> Result<Vec<Source>, Error> {
        if !self.template.0.contains(QUERY) {
            let items = self.whole(deadline).await?;
            return Ok(dedup(sources(&items, query, &self.id)));
        }
        let mut answered = false;
        for phrase in query.phrases().iter().take(MOST_PHRASES) {
            match self.search(phrase, deadline).await {
                Ok(items) => {
                    answered = true;
                    let found = sources(&items, query, &self.id);
                    if !found.is_empty() {
                        return Ok(dedup(found));
                    }
                }
                // Some of an answer is an answer.
                Err(error) if answered => {
                    tracing::debug!(provider = %self.id, %error, "a further phrase was not answered");
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Vec::new())
    }

    /// Whether it is a feed.
    pub(crate) async fn check(&self, deadline: Instant) -> Result<(), Error> {
        self.search("", deadline).await.map(drop)
    }

    async fn whole(&self, deadline: Instant) -> Result<Arc<Vec<Item>>, Error> {
        let kept = || self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().clone();
        if let Some((read_at, items)) = known
            && read_at.elapsed() < GOOD_FOR
        {
            return Ok(items);
        }
        let items = Arc::new(self.search("", deadline).await?);
        *kept() = Some((Instant::now(), Arc::clone(&items)));
        Ok(items)
    }

    async fn search(&self, phrase: &str, deadline: Instant) -> Result<Vec<Item>, Error> {
        let url = self.template.0.trim().replace(QUERY, &text::encode(phrase));
        let limits = limits(deadline, MOST_BYTES);
        read_feed(&self.asking.get_text(&url, limits).await?)
    }
}
