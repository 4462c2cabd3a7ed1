//! Whether a source can be had, seen without playing it: a byte range of a file, a playlist and a
//! piece of what it lists, the count of those who have a torrent.
//!
//! A range is asked for and not `HEAD`: many hosts answer that wrongly or not at all, and only the
//! first bytes show that there is a film and no page.

mod playlist;

use std::{collections::BTreeMap, path::Path, time::Duration};

use futures_util::StreamExt;
use hearth_fetch::Fetcher;
use hearth_model::{Location, Outcome, Source, SourceKind};
use tokio::time::{Instant, timeout};
use url::Url;

use crate::Streams;

/// What begins a film tells that it is one.
const PROBED_BYTES: &str = "bytes=0-1023";
/// No playlist is longer; the rest of one is not read.
const PLAYLIST_BYTES: usize = 512 * 1024;
/// Variants of variants are no playlist.
const DEEPEST: usize = 3;

/// What was seen of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Looked {
    pub good: bool,
    pub after_ms: u64,
    /// What is wrong with it.
    pub detail: Option<String>,
    /// How many have it now, of a torrent.
    pub seeders: Option<u32>,
}

impl Looked {
    pub fn outcome(&self) -> Outcome {
        if self.good {
            Outcome::Answered {
                after_ms: self.after_ms,
            }
        } else {
            Outcome::Failed
        }
    }
}

/// Whether a look at a source costs little: one or a few small requests to one host.
pub(crate) fn is_cheap(source: &Source) -> bool {
    matches!(source.location, Location::Url { .. })
}

impl Streams {
    /// Looks at a source. None where nobody tells: silence of trackers is no failure.
    pub(crate) async fn look(&self, source: &Source, patience: Duration) -> Option<Looked> {
        let began = Instant::now();
        let seen = match &source.location {
            Location::File { path, .. } => file(path).await,
            Location::Torrent(torrent) => {
                let swarm = self.torrents().swarm(torrent, patience).await?;
                // A tracker that counts none may not know those whom the provider's knows.
                let is_alone = swarm.seeders == 0;
                if is_alone && source.seeders.is_some_and(|count| count > 0) {
                    return None;
                }
                return Some(Looked {
                    good: !is_alone,
                    after_ms: began.elapsed().as_millis() as u64,
                    detail: is_alone.then(|| "nobody has all of it now".to_owned()),
                    seeders: Some(swarm.seeders),
                });
            }
            Location::Url { url, headers } => {
                let fetcher = self.fetcher_of(source);
                let looking = address(&fetcher, source.kind, url, headers);
                timeout(patience, looking).await.unwrap_or_else(|_| {
                    Err(format!("no answer within {} ms", patience.as_millis()))
                })
            }
            Location::Page { .. } => return None,
        };
        Some(Looked {
            good: seen.is_ok(),
            after_ms: began.elapsed().as_millis() as u64,
            detail: seen.err(),
            seeders: None,
        })
    }
}

async fn file(path: &Path) -> Result<(), String> {
    match tokio::fs::metadata(path).await {
        Ok(metadata) if metadata.is_file() => Ok(()),
        _ => Err("the file is not there".into()),
    }
}

async fn address(
    fetcher: &Fetcher,
    kind: SourceKind,
    url: &str,
    headers: &BTreeMap<String, String>,
) -> Result<(), String> {
    match kind {
        SourceKind::Hls => follow(fetcher, url, headers, playlist::in_hls).await,
        SourceKind::Dash => follow(fetcher, url, headers, playlist::in_dash).await,
        _ => some_bytes(fetcher, url, headers).await,
    }
}

/// Reads a playlist, and the one it names, down to a piece of film, and tries that.
async fn follow(
    fetcher: &Fetcher,
    url: &str,
    headers: &BTreeMap<String, String>,
    read: fn(&str, &Url) -> Result<playlist::Named, String>,
) -> Result<(), String> {
    let mut url: Url = url.parse().map_err(|_| "its address is none".to_owned())?;
    let home = url.origin();
    // What may be a key goes only to where the source itself lies.
    let others = hearth_fetch::harmless(headers);
    let headers_for = |url: &Url| {
        if url.origin() == home {
            headers
        } else {
            &others
        }
    };
    for _ in 0..DEEPEST {
        let (at, text) = document(fetcher, url.as_str(), headers_for(&url)).await?;
        match read(&text, &at)? {
            playlist::Named::Playlist(next) => url = next,
            playlist::Named::Segment(segment) => {
                let headers = headers_for(&segment);
                return some_bytes(fetcher, segment.as_str(), headers).await;
            }
            // A live stream that begins later, or a form that only a player understands.
            playlist::Named::Nothing => return Ok(()),
        }
    }
    Err("its playlists lead from one to the next without end".into())
}

async fn document(
    fetcher: &Fetcher,
    url: &str,
    headers: &BTreeMap<String, String>,
) -> Result<(Url, String), String> {
    let mut answer = fetcher
        .stream(url, headers, None)
        .await
        .map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.body.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| error.to_string())?);
        if bytes.len() >= PLAYLIST_BYTES {
            break;
        }
    }
    Ok((answer.url, String::from_utf8_lossy(&bytes).into_owned()))
}

async fn some_bytes(
    fetcher: &Fetcher,
    url: &str,
    headers: &BTreeMap<String, String>,
) -> Result<(), String> {
    let mut answer = fetcher
        .stream(url, headers, Some(PROBED_BYTES))
        .await
        .map_err(|error| error.to_string())?;
    match answer.body.next().await {
        Some(Ok(chunk)) if !chunk.is_empty() => Ok(()),
        Some(Err(error)) => Err(error.to_string()),
        _ => Err("it answers, and sends nothing".into()),
    }
}

#[cfg(test)]
mod tests;
