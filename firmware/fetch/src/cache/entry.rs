//! One kept answer: what the protocol's rules need of its head, and its body, compressed where it
//! lies.

use std::{
    io::{Read, Write},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use hearth_model::UnixMs;
use http_cache_semantics::{AfterResponse, BeforeRequest, CacheOptions, CachePolicy};
use reqwest::{
    Method, StatusCode,
    header::{
        AGE, CACHE_CONTROL, DATE, ETAG, EXPIRES, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED,
        PRAGMA, VARY,
    },
};
use serde::{Deserialize, Serialize};

use super::{Freshness, Keep, Kept, Use};
use crate::{Error, Place, Request};

/// The layout of the bytes that are stored.
const VERSION: u8 = 1;
/// More was never stored.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// What the rules look at.
const LOOKED_AT: [HeaderName; 7] = [
    CACHE_CONTROL,
    DATE,
    ETAG,
    EXPIRES,
    LAST_MODIFIED,
    PRAGMA,
    VARY,
];

#[derive(Debug)]
pub(super) struct Entry {
    status: StatusCode,
    headers: HeaderMap,
    answered_at: UnixMs,
    bytes: Bytes,
}

#[derive(Serialize, Deserialize)]
struct Head {
    status: u16,
    answered_at: UnixMs,
    headers: Vec<(String, String)>,
}

impl Entry {
    pub(super) fn new(
        status: StatusCode,
        received: &HeaderMap,
        bytes: Bytes,
        answered_at: UnixMs,
    ) -> Self {
        Self {
            status,
            headers: looked_at(received),
            answered_at,
            bytes,
        }
    }

    pub(super) fn is_missing(status: StatusCode) -> bool {
        matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE)
    }

    pub(super) fn missing(status: StatusCode, answered_at: UnixMs) -> Self {
        Self::new(status, &HeaderMap::new(), Bytes::new(), answered_at)
    }

    pub(super) fn use_at(&self, request: &Request, keep: Keep, now: UnixMs) -> Use {
        // A box that had no clock when it kept the answer may find it in the future.
        let age = Duration::from_millis(now.abs_diff(self.answered_at));
        if Self::is_missing(self.status) {
            return if age < keep.missing {
                Use::Good
            } else {
                Use::AskFirst
            };
        }
        let by_the_rules = self
            .policy(request)
            .before_request(&plain(request), time(now));
        if matches!(by_the_rules, BeforeRequest::Fresh(_)) || age < keep.fresh {
            Use::Good
        } else if age < keep.stale {
            Use::AskBehind
        } else {
            Use::AskFirst
        }
    }

    /// Whether it may not be given any more. One from the future was kept by a box without a
    /// clock, and is not old by that.
    pub(super) fn is_too_old(&self, keep: Keep, now: UnixMs) -> bool {
        Duration::from_millis(now.saturating_sub(self.answered_at)) > keep.longest
    }

    pub(super) fn may_be_kept(&self, request: &Request) -> bool {
        self.policy(request).is_storable()
    }

    /// The headers that let the service say "nothing new". A POST has none: there they mean
    /// something else.
    pub(super) fn conditions(&self, request: &Request) -> HeaderMap {
        if request.method() != Method::GET || Self::is_missing(self.status) {
            return HeaderMap::new();
        }
        let mut conditions = HeaderMap::new();
        // Past its time by any rule.
        let late = time(self.answered_at) + Duration::from_secs(100 * 365 * 24 * 3600);
        if let BeforeRequest::Stale { request, .. } =
            self.policy(request).before_request(&plain(request), late)
        {
            for name in [http::header::IF_NONE_MATCH, http::header::IF_MODIFIED_SINCE] {
                if let Some(value) = request.headers.get(&name) {
                    conditions.insert(name, value.clone());
                }
            }
        }
        conditions
    }

    /// After the service said "nothing new".
    pub(super) fn renewed(&self, request: &Request, received: &HeaderMap, now: UnixMs) -> Self {
        let mut response = http::Response::new(());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.headers_mut() = looked_at(received);
        let after = self
            .policy(request)
            .after_response(&plain(request), &response, time(now));
        let headers = match after {
            AfterResponse::NotModified(_, parts) => {
                let mut headers = looked_at(&parts.headers);
                // Its own word; that of the rules is reckoned from when it was kept.
                headers.remove(AGE);
                match received.get(DATE) {
                    Some(date) => headers.insert(DATE, date.clone()),
                    None => headers.remove(DATE),
                };
                headers
            }
            AfterResponse::Modified(..) => self.headers.clone(),
        };
        Self {
            status: self.status,
            headers,
            answered_at: now,
            bytes: self.bytes.clone(),
        }
    }

    pub(super) fn give(&self, request: &Request, freshness: Freshness) -> Result<Kept, Error> {
        if Self::is_missing(self.status) {
            return Err(Error::status(Place::of(request.url()), self.status));
        }
        Ok(Kept {
            bytes: self.bytes.clone(),
            freshness,
            answered_at: self.answered_at,
        })
    }

    fn policy(&self, request: &Request) -> CachePolicy {
        let mut response = http::Response::new(());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        let options = CacheOptions {
            // One household asks, with its own key.
            shared: false,
            ..CacheOptions::default()
        };
        CachePolicy::new_options(&plain(request), &response, time(self.answered_at), options)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let text = |value: &HeaderValue| value.to_str().ok().map(ToOwned::to_owned);
        let head = Head {
            status: self.status.as_u16(),
            answered_at: self.answered_at,
            headers: self
                .headers
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), text(value)?)))
                .collect(),
        };
        let head = serde_json::to_vec(&head).expect("a head holds nothing that JSON cannot");
        let mut whole = vec![VERSION];
        whole.extend((head.len() as u32).to_be_bytes());
        whole.extend(head);
        let mut body = GzEncoder::new(whole, Compression::fast());
        body.write_all(&self.bytes)
            .and_then(|()| body.finish())
            .expect("memory takes every write")
    }

    /// None for what another release, or nobody, wrote.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (length, rest) = rest.split_at_checked(4)?;
        let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
        let (head, body) = rest.split_at_checked(length)?;
        if *version != VERSION {
            return None;
        }
        let head: Head = serde_json::from_slice(head).ok()?;
        let mut whole = Vec::new();
        GzDecoder::new(body)
            .take(MOST_BYTES)
            .read_to_end(&mut whole)
            .ok()?;
        let headers = head.headers.into_iter().filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, HeaderValue::from_str(&value).ok()?))
        });
        Some(Self {
            status: StatusCode::from_u16(head.status).ok()?,
            headers: looked_at(&headers.collect()),
            answered_at: head.answered_at,
            bytes: whole.into(),
        })
    }
}

/// Many values of one header become one, as the protocol allows for these.
fn looked_at(received: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in LOOKED_AT {
        let values: Vec<&str> = received
            .get_all(&name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        if values.is_empty() {
            continue;
        }
        if let Ok(value) = HeaderValue::from_str(&values.join(", ")) {
            headers.insert(name, value);
        }
    }
    // The rules add it to other times, and one out of all bounds would overflow there.
    let age = received
        .get(AGE)
        .and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    if let Some(age) = age {
        headers.insert(AGE, age.into());
    }
    headers
}

/// The request as the rules see it: a question in the body is part of what the key stands for, so
/// it is no other method to them.
fn plain(request: &Request) -> http::Request<()> {
    let mut plain = http::Request::new(());
    *plain.uri_mut() = request
        .url()
        .as_str()
        .parse()
        .unwrap_or_else(|_| http::Uri::from_static("http://invalid/"));
    *plain.headers_mut() = request.public_headers().clone();
    plain
}

fn time(at: UnixMs) -> SystemTime {
    // Dates are printed inside the rules, which know no year past 9999.
    UNIX_EPOCH + Duration::from_millis(at.min(250_000_000_000_000))
}
