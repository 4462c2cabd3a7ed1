//! Media passed through: ranges, the headers a source needs, no end of time but an end of
//! patience.

use std::{collections::BTreeMap, fmt, pin::Pin, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, stream};
use reqwest::{
    Response,
    header::{
        ACCEPT_ENCODING, ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
        HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED, RANGE,
    },
};
use tokio::{
    sync::OwnedSemaphorePermit,
    time::{Instant, timeout},
};
use url::Url;

use crate::{Error, Fetcher, Limits, Place, Request, fetcher, guard};

/// How much must come within the patience for a slow sender.
const WINDOW_BYTES: usize = 16 * 1024;

pub type MediaBody = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// The answer to a media request, with those headers that may be passed on: cookies and the
/// like stay behind.
pub struct MediaResponse {
    /// 200 or 206.
    pub status: u16,
    /// After redirects.
    pub url: Url,
    pub content_type: Option<String>,
    pub content_length: Option<u64>,
    pub content_range: Option<String>,
    pub accept_ranges: Option<String>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    pub body: MediaBody,
}

impl fmt::Debug for MediaResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaResponse")
            .field("status", &self.status)
            .field("place", &Place::of(&self.url))
            .field("content_type", &self.content_type)
            .field("content_length", &self.content_length)
            .field("content_range", &self.content_range)
            .finish_non_exhaustive()
    }
}

impl Fetcher {
    /// Opens `url` as a stream. `headers` are those the source needs; what would change the
    /// request's meaning (`Host`, `Cookie`, framing) or is no valid header is left out. `range`
    /// is a `Range` value like `bytes=100-`.
    pub async fn stream(
        &self,
        url: &str,
        headers: &BTreeMap<String, String>,
        range: Option<&str>,
    ) -> Result<MediaResponse, Error> {
        let url = fetcher::parse(url)?;
        let headers = outgoing(headers, range);
        let options = &self.shared.options;
        let opened = self.follow(
            &url,
            fetcher::Outgoing::get(headers),
            (&self.shared.streams, &self.shared.stream_turns),
            None,
        );
        let answer = timeout(options.first_byte_timeout, opened)
            .await
            .map_err(|_| Error::Timeout {
                place: Place::of(&url),
                after: options.first_byte_timeout,
            })??
            .succeeded()?;
        let place = Place::of(&answer.url);
        let content_type = header(answer.response.headers(), &CONTENT_TYPE);
        let is_page = content_type.as_deref().is_some_and(|kind| {
            kind.trim_start()
                .to_ascii_lowercase()
                .starts_with("text/html")
        });
        if is_page {
            return Err(Error::WebPage { place });
        }
        let received = answer.response.headers();
        Ok(MediaResponse {
            status: answer.response.status().as_u16(),
            content_length: header(received, &CONTENT_LENGTH).and_then(|text| text.parse().ok()),
            content_range: header(received, &CONTENT_RANGE),
            accept_ranges: header(received, &ACCEPT_RANGES),
            etag: header(received, &ETAG),
            last_modified: header(received, &LAST_MODIFIED),
            url: answer.url,
            content_type,
            body: body(answer.response, answer.permit, place, options.stall_timeout),
        })
    }
}

impl Fetcher {
    /// A text beside the media, such as a playlist, asked for with the same headers: where it was
    /// in the end, and what it says.
    pub async fn text_beside(
        &self,
        url: &str,
        headers: &BTreeMap<String, String>,
        limits: Limits,
    ) -> Result<(Url, String), Error> {
        let mut headers = outgoing(headers, None);
        // Texts may come compressed.
        headers.remove(ACCEPT_ENCODING);
        let request = Request::get(url)?;
        let received = self.send(&request, &headers, limits).await?.succeeded()?;
        let text = String::from_utf8_lossy(fetcher::without_mark(&received.bytes)).into_owned();
        Ok((received.url, text))
    }

    /// Whether `url` would be asked at all. A name is looked up only when it is.
    pub fn may_reach(&self, url: &Url) -> Result<(), Error> {
        guard::way(url, &self.allowed).map(drop)
    }
}

/// Those of a source's headers that may go to other hosts than its own.
pub fn harmless(headers: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let harmless = |name: &String| is_harmless(&name.to_ascii_lowercase());
    headers
        .iter()
        .filter(|(name, _)| harmless(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

struct Reading {
    response: Response,
    _turn: OwnedSemaphorePermit,
    place: Place,
    patience: Duration,
    /// Time spent waiting for the current window, which the reader's own pauses don't count to.
    waited: Duration,
    window: usize,
}

fn body(
    response: Response,
    turn: OwnedSemaphorePermit,
    place: Place,
    patience: Duration,
) -> MediaBody {
    let reading = Reading {
        response,
        _turn: turn,
        place,
        patience,
        waited: Duration::ZERO,
        window: 0,
    };
    // After an error the stream ends, and with it the connection and the turn.
    Box::pin(stream::unfold(Some(reading), |reading| async {
        let mut reading = reading?;
        match reading.next().await {
            Ok(Some(chunk)) => Some((Ok(chunk), Some(reading))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    }))
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let asked = Instant::now();
        let left = self.patience.saturating_sub(self.waited);
        let chunk = timeout(left, self.response.chunk())
            .await
            .map_err(|_| Error::Stalled {
                place: self.place.clone(),
            })?
            .map_err(|error| fetcher::cut_off(error, &self.place))?;
        self.waited += asked.elapsed();
        self.window += chunk.as_ref().map_or(0, Bytes::len);
        if self.window >= WINDOW_BYTES {
            self.window = 0;
            self.waited = Duration::ZERO;
        }
        Ok(chunk)
    }
}

pub(crate) fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}

fn outgoing(wished: &BTreeMap<String, String>, range: Option<&str>) -> HeaderMap {
    let mut headers: HeaderMap = wished
        .iter()
        .filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            let value = HeaderValue::from_str(value).ok()?;
            (!changes_the_request(&name)).then_some((name, value))
        })
        .collect();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if let Some(range) = range.and_then(|range| HeaderValue::from_str(range).ok()) {
        headers.insert(RANGE, range);
    }
    headers
}

/// Whether a header would make another request of it, rather than say who asks.
pub fn changes_the_request(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.starts_with("proxy-")
        || matches!(
            name,
            "host"
                | "cookie"
                | "connection"
                | "content-length"
                | "transfer-encoding"
                | "te"
                | "trailer"
                | "upgrade"
                | "keep-alive"
                | "expect"
                | "accept-encoding"
                | "range"
                | "if-range"
                // Radio servers would mix titles into the sound.
                | "icy-metadata"
        )
}

/// What may follow a redirect to another host: nothing that could be a key.
pub(crate) fn keep_harmless(headers: &mut HeaderMap) {
    let kept = std::mem::take(headers)
        .into_iter()
        .filter_map(|(name, value)| {
            let name = name?;
            is_harmless(name.as_str()).then_some((name, value))
        });
    *headers = kept.collect();
}

fn is_harmless(name: &str) -> bool {
    matches!(
        name,
        "user-agent"
            | "referer"
            | "origin"
            | "accept"
            | "accept-language"
            | "accept-encoding"
            | "range"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abuse_15_headers_that_change_the_request_are_left_out() {
        let wished = [
            ("Host", "router.local"),
            ("Cookie", "a=b"),
            ("Transfer-Encoding", "chunked"),
            ("Content-Length", "5"),
            ("Proxy-Authorization", "Basic x"),
            ("X-Split", "a\r\nHost: router.local"),
            ("X Y", "no name"),
            ("Range", "bytes=0-1"),
            ("Icy-MetaData", "1"),
            ("Referer", "https://example.org/"),
        ];
        let wished = wished
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let headers = outgoing(&wished, Some("bytes=100-"));
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept-encoding", "range", "referer"]);
        assert_eq!(headers[RANGE], "bytes=100-");
    }

    #[test]
    fn keys_do_not_follow_to_another_host() {
        let wished = [
            ("Authorization", "Bearer x"),
            ("X-Api-Key", "x"),
            ("User-Agent", "tv"),
        ];
        let wished = wished
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut headers = outgoing(&wished, None);
        keep_harmless(&mut headers);
        assert!(headers.contains_key("user-agent"));
        assert_eq!(headers.len(), 2, "{headers:?}");
    }
}
