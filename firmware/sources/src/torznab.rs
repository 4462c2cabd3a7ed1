//! Torznab: how the indexers of Jackett, Prowlarr and the like are asked.
//!
//! Capabilities first; then only what they list is sent. A title is looked for by its
//! id and by its names at the same time, since one indexer knows ids and the next only words.

mod caps;
mod requests;

pub(crate) use caps::read_caps;

use futures_util::future::join_all;
use hearth_fetch::{Clock, Fetcher, Limiter};
use hearth_model::Source;
use tokio::time::Instant;
use url::Url;

use crate::{
    Error, Query, Secret, dedup,
    feed::{self, read_feed},
    provider::limits,
    releases::sources,
    said::Said,
};
use caps::Caps;
use requests::Request;

const MOST_BYTES: usize = 8 * 1024 * 1024;

/// One Torznab feed.
#[derive(Debug)]
pub struct Torznab {
    id: String,
    api: Url,
    key: Secret,
    fetcher: Fetcher,
    /// Rests where the indexer says that it was asked too often.
    asking: Fetcher,
    caps: Said<Caps>,
}

impl Torznab {
    pub(crate) fn new(id: String, url: Url, key: Secret, fetcher: Fetcher) -> Self {
        Self {
            id,
            api: api(url),
            key,
            asking: fetcher.limited(Limiter::new([], Clock::system())),
            fetcher,
            caps: Said::default(),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    pub async fn find(&self, query: &Query, deadline: Instant) -> Result<Vec<Source>, Error> {
        let caps = self.caps.or_read(self.fetch_caps(deadline)).await?;
        let requests = requests::requests(&caps, query);
        let answers = join_all(requests.iter().map(|request| self.ask(request, deadline))).await;
        let mut found = Vec::new();
        let mut failure = None;
        let mut answered = requests.is_empty();
        for answer in answers {
            match answer {
                Ok(items) => {
                    answered = true;
                    found.extend(sources(&items, query, &self.id));
                }
                Err(error) => {
                    tracing::debug!(provider = %self.id, %error, "one request of a search failed");
                    failure = Some(error);
                }
            }
        }
        // Some of an answer is an answer.
        match failure {
            Some(error) if !answered => Err(error),
            _ => Ok(dedup(found)),
        }
    }

    /// Whether it says what it can be asked.
    pub(crate) async fn check(&self, deadline: Instant) -> Result<(), Error> {
        let caps = self.caps.anew(self.fetch_caps(deadline)).await?;
        // Capabilities are given without a key; a search is not.
        if caps.search.takes(&["q"]) {
            let newest = vec![("t", "search".to_owned()), ("limit", "1".to_owned())];
            self.ask(&newest, deadline).await?;
        }
        Ok(())
    }

    async fn fetch_caps(&self, deadline: Instant) -> Result<Caps, Error> {
        let request = vec![("t", "caps".to_owned())];
        read_caps(&self.fetch(&request, deadline).await?).map_err(|error| self.without_key(error))
    }

    async fn ask(&self, request: &Request, deadline: Instant) -> Result<Vec<feed::Item>, Error> {
        read_feed(&self.fetch(request, deadline).await?).map_err(|error| self.without_key(error))
    }

    async fn fetch(&self, request: &Request, deadline: Instant) -> Result<String, Error> {
        let mut url = self.api.clone();
        {
            let mut pairs = url.query_pairs_mut();
            if !self.key.0.is_empty() {
                pairs.append_pair("apikey", &self.key.0);
            }
            pairs.extend_pairs(request);
        }
        let limits = limits(deadline, MOST_BYTES);
        Ok(self.asking.get_text(url.as_str(), limits).await?)
    }

    /// An indexer may quote the request, key and all.
    fn without_key(&self, error: Error) -> Error {
        match error {
            Error::Refused {
                code,
                description,
                hint,
            } if !self.key.0.is_empty() => Error::Refused {
                code,
                description: description.replace(&self.key.0, "…"),
                hint,
            },
            other => other,
        }
    }
}

/// People paste the feed's address with or without `/api` at its end.
fn api(mut url: Url) -> Url {
    let path = url.path().trim_end_matches('/').to_owned();
    if path.ends_with("/api") {
        url.set_path(&path);
    } else {
        url.set_path(&format!("{path}/api"));
    }
    url.set_query(None);
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_found_under_the_addresses_people_paste() {
        for (pasted, meant) in [
            ("http://a:9696/1/api", "http://a:9696/1/api"),
            ("http://a:9696/1/api/?x=1#y", "http://a:9696/1/api"),
            ("http://a:9696/1", "http://a:9696/1/api"),
            (
                "http://a/api/v2.0/indexers/all/results/torznab/",
                "http://a/api/v2.0/indexers/all/results/torznab/api",
            ),
            ("http://a", "http://a/api"),
        ] {
            assert_eq!(api(pasted.parse().unwrap()).as_str(), meant);
        }
    }
}
