//! From a page to what plays on it: frames are followed into each other, players' configurations
//! read, and where nothing playable is found it is said why.
//!
//! Everything goes through the caller's fetcher, so a page may name what it likes: addresses at
//! home are refused as everywhere. Pages, depth, bytes and time are bounded.

mod browser;
mod kinds;
mod page;
mod scripts;

pub(crate) use browser::needs_a_browser;
pub(crate) use kinds::of_address;

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use futures_util::future::join_all;
use hearth_fetch::{Error as FetchError, Fetcher, Limits, Request};
use hearth_model::{Location, SourceKind};
use http::header::REFERER;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::{Error, html};
use page::{Candidate, Found, Why};

/// Frames inside frames.
const DEEPEST: usize = 4;
const MOST_PAGES: usize = 10;
/// Addresses without a telling ending that are opened to see what they give.
const MOST_PROBES: usize = 2;
const ONE_PAGE: Duration = Duration::from_secs(8);

/// What a page turned out to give: HLS, DASH or a file with the headers it needs, or, as
/// [`SourceKind::Embed`], only itself, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub kind: SourceKind,
    pub location: Location,
}

/// Looks at the page `url` for something that plays. Takes the address of a stream or file as
/// well. An error is an address that is none, is refused, or does not answer; `deadline` ends
/// the search with what it knows.
pub async fn resolve_page(
    fetcher: &Fetcher,
    url: &str,
    deadline: Instant,
) -> Result<Resolved, Error> {
    fetcher.check(url)?;
    let first = Frame {
        url: parse(url)?,
        from: None,
    };
    follow(fetcher, first, deadline).await
}

/// The same for a page that another one links to.
pub(crate) async fn resolve_link(
    fetcher: &Fetcher,
    url: Url,
    from: &Url,
    deadline: Instant,
) -> Result<Resolved, Error> {
    fetcher.check(url.as_str())?;
    let first = Frame {
        url,
        from: Some(from.clone()),
    };
    follow(fetcher, first, deadline).await
}

fn parse(url: &str) -> Result<Url, Error> {
    Url::parse(url.trim()).map_err(|error| {
        Error::Fetch(FetchError::Address {
            reason: error.to_string(),
        })
    })
}

pub(crate) fn read(text: &str) -> Result<(), Error> {
    let document = hearth_fetch::Document {
        status: 200,
        url: parse("https://site.example/page")?,
        content_type: None,
        bytes: text.as_bytes().to_vec().into(),
    };
    page::read(&document).map(drop)
}

/// A page to look at, and the one that leads to it.
#[derive(Debug, Clone)]
struct Frame {
    url: Url,
    from: Option<Url>,
}

enum Looked {
    /// The address was no page but what is looked for.
    Itself(SourceKind, Url),
    Page(Url, Found),
}

async fn follow(fetcher: &Fetcher, first: Frame, deadline: Instant) -> Result<Resolved, Error> {
    let page = first.url.clone();
    let mut seen = HashSet::new();
    let mut level = vec![first];
    let mut why = Why::Nothing;
    // What a page tells of itself to search engines may be a trailer: used where nothing plays.
    let mut told: Option<(Candidate, Url)> = None;
    for depth in 0..=DEEPEST {
        level.retain(|frame| seen.len() < MOST_PAGES && seen.insert(bare(&frame.url)));
        if level.is_empty() {
            break;
        }
        let looked = join_all(level.iter().map(|frame| look(fetcher, frame, deadline))).await;
        let mut next = Vec::new();
        for (frame, looked) in level.iter().zip(looked) {
            match looked {
                Ok(Looked::Itself(kind, url)) => {
                    return Ok(playable(kind, &url, frame.from.as_ref()));
                }
                Ok(Looked::Page(url, found)) => {
                    if let Some((kind, media)) = choose(fetcher, found.plays, &url, deadline).await
                    {
                        return Ok(playable(kind, &media, Some(&url)));
                    }
                    why = why.max(found.why);
                    let mut usable = found.told.into_iter();
                    let usable = usable.find(|candidate| {
                        candidate.kind.is_some() && fetcher.check(candidate.url.as_str()).is_ok()
                    });
                    told = told.or(usable.map(|candidate| (candidate, url.clone())));
                    next.extend(found.frames.into_iter().map(|inner| Frame {
                        url: inner,
                        from: Some(url.clone()),
                    }));
                }
                Err(error) if depth == 0 => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, "a frame could not be looked at");
                    why = why.max(Why::Failed(error.to_string()));
                }
            }
        }
        level = next;
    }
    if let Some((candidate, url)) = told
        && let Some(kind) = candidate.kind
    {
        return Ok(playable(kind, &candidate.url, Some(&url)));
    }
    Ok(Resolved {
        kind: SourceKind::Embed,
        location: Location::Page {
            url: page.into(),
            reason: why.to_string(),
        },
    })
}

fn bare(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}

fn playable(kind: SourceKind, url: &Url, from: Option<&Url>) -> Resolved {
    let headers = from.and_then(|from| Some(("Referer".to_owned(), referer(from, url)?)));
    Resolved {
        kind,
        location: Location::Url {
            url: bare(url).into(),
            headers: headers.into_iter().collect::<BTreeMap<_, _>>(),
        },
    }
}

/// What browsers send: the page to its own site, and only its site to others, since addresses
/// carry keys.
pub(crate) fn referer(from: &Url, to: &Url) -> Option<String> {
    let secure = |url: &Url| url.scheme() == "https";
    if secure(from) && !secure(to) {
        return None;
    }
    if from.origin() == to.origin() {
        let mut page = bare(from);
        // Neither fails for http and https.
        let _ = page.set_username("");
        let _ = page.set_password(None);
        return Some(page.into());
    }
    Some(format!("{}/", from.origin().ascii_serialization()))
}

async fn look(fetcher: &Fetcher, frame: &Frame, deadline: Instant) -> Result<Looked, Error> {
    if let Some(kind) = of_address(&frame.url) {
        fetcher.check(frame.url.as_str())?;
        return Ok(Looked::Itself(kind, frame.url.clone()));
    }
    let mut request = Request::get(frame.url.as_str())?.any_status();
    if let Some(from) = frame
        .from
        .as_ref()
        .and_then(|from| referer(from, &frame.url))
    {
        request = request.header(REFERER, &from);
    }
    let limits = Limits {
        timeout: deadline
            .saturating_duration_since(Instant::now())
            .min(ONE_PAGE),
        max_bytes: html::MOST_BYTES,
        attempts: 1,
    };
    let document = match fetcher.ask(&request, limits).await {
        Ok(document) => document,
        // No page is so long; a film is.
        Err(error @ FetchError::TooLarge { .. }) => {
            let opened = open(fetcher, &frame.url, frame.from.as_ref(), deadline).await;
            let (kind, url) = opened.ok_or(error)?;
            return Ok(Looked::Itself(kind, url));
        }
        Err(error) => return Err(error.into()),
    };
    if document.status < 400
        && let Some(kind) = kinds::of_answer(&document)
    {
        return Ok(Looked::Itself(kind, document.url));
    }
    let url = document.url.clone();
    let found = tokio::task::spawn_blocking(move || page::read(&document))
        .await
        .map_err(|_| Error::Crashed)??;
    Ok(Looked::Page(url, found))
}

/// The best of a page's candidates that may be reached, and its kind.
async fn choose(
    fetcher: &Fetcher,
    candidates: Vec<Candidate>,
    page: &Url,
    deadline: Instant,
) -> Option<(SourceKind, Url)> {
    let mut probes = 0;
    for candidate in candidates {
        if fetcher.check(candidate.url.as_str()).is_err() {
            continue;
        }
        if let Some(kind) = candidate.kind {
            return Some((kind, candidate.url));
        }
        if probes < MOST_PROBES {
            probes += 1;
            if let Some((kind, _)) = open(fetcher, &candidate.url, Some(page), deadline).await {
                return Some((kind, candidate.url));
            }
        }
    }
    None
}

/// What an address gives, by the head of its answer, and where it was found in the end.
async fn open(
    fetcher: &Fetcher,
    url: &Url,
    from: Option<&Url>,
    deadline: Instant,
) -> Option<(SourceKind, Url)> {
    let headers = from
        .and_then(|from| referer(from, url))
        .map(|from| ("Referer".to_owned(), from));
    let headers = headers.into_iter().collect();
    let until = deadline.min(Instant::now() + ONE_PAGE);
    let opened = timeout_at(until, fetcher.stream(url.as_str(), &headers, None)).await;
    let opened = opened.ok()?.ok()?;
    let kind = kinds::of_type(opened.content_type.as_deref()?)?;
    Some((kind, opened.url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_a_pages_address_stay_on_its_site() {
        let to = |from: &str, to: &str| referer(&from.parse().unwrap(), &to.parse().unwrap());
        let page = "https://u:p@a.example/film?key=1#x";
        assert_eq!(
            to(page, "https://a.example/x.m3u8").as_deref(),
            Some("https://a.example/film?key=1")
        );
        assert_eq!(
            to(page, "https://cdn.example/x.m3u8").as_deref(),
            Some("https://a.example/")
        );
        assert_eq!(to(page, "http://cdn.example/x.m3u8"), None);
    }
}
