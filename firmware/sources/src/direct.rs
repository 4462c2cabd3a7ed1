//! What a person pasted or uploaded: an address, a magnet, a .torrent file, a playlist.
//!
//! An address is looked at before it is believed: its first bytes say what it holds, whatever it is
//! called. A list of channels becomes one find for each; what cannot be played becomes a find that
//! says why, or a clear error.

mod find;
mod given;
mod playlist;
mod signature;

pub use find::{DIRECT, DirectFind};
pub use given::{EpisodeFile, file_of_episode, given_sources, is_episode};

use std::{collections::BTreeMap, fmt};

use bytes::Bytes;
use futures_util::StreamExt;
use hearth_fetch::{Error as FetchError, Fetcher};
use hearth_model::{GivenFile, Location, SourceKind, TorrentLocation};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::{
    Error, GivenFault, Resolved, TorrentLink, fetch_torrent, media, provider::limits, resolve_page,
    subtitles::decode, text, torrent,
};
use playlist::Entry;
use signature::Looks;

const LONGEST_ADDRESS: usize = 8 * 1024;
const MOST_PLAYLIST_BYTES: usize = 8 * 1024 * 1024;
/// Enough to know a file by.
const HEAD_BYTES: usize = 64 * 1024;

/// What a person gave.
#[derive(Debug, Clone)]
pub enum Given {
    /// Pasted or typed.
    Text(String),
    File {
        name: String,
        bytes: Bytes,
    },
}

/// What a .torrent file says, as far as it concerns a find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TorrentFacts {
    pub infohash: String,
    pub name: String,
    pub size_bytes: u64,
    pub trackers: Vec<String>,
    /// What in it can be watched.
    pub videos: Vec<GivenFile>,
}

/// Reads a .torrent file, or says why not. The torrent engine does, so that nobody reads it another
/// way.
pub type ReadTorrent = fn(&[u8]) -> Result<TorrentFacts, String>;

/// Reads what people give.
#[derive(Clone)]
pub struct Direct {
    fetcher: Fetcher,
    read_torrent: ReadTorrent,
}

impl fmt::Debug for Direct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Direct").finish_non_exhaustive()
    }
}

impl Direct {
    pub fn new(fetcher: Fetcher, read_torrent: ReadTorrent) -> Self {
        Self {
            fetcher,
            read_torrent,
        }
    }

    /// At least one find, or an error that says what to give instead.
    pub async fn read(&self, given: Given, deadline: Instant) -> Result<Vec<DirectFind>, Error> {
        match given {
            Given::Text(text) => self.text(text.trim(), deadline).await,
            Given::File { name, bytes } => self.file(&name, bytes, deadline).await,
        }
    }

    async fn text(&self, text: &str, deadline: Instant) -> Result<Vec<DirectFind>, Error> {
        if text.is_empty() {
            return Err(unreadable(
                "nothing was given: paste an address or a magnet",
            ));
        }
        if playlist::is_one(text) {
            return list(text, None);
        }
        if text.len() > LONGEST_ADDRESS {
            return Err(unreadable("this is too long for an address"));
        }
        if let Some(find) = magnet(text).or_else(|| hash(text)) {
            return Ok(vec![find]);
        }
        if text.starts_with("stremio://") {
            return Err(refused(
                GivenFault::Addon,
                "this is an addon's address: add it under the providers",
            ));
        }
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                self.address(&url, deadline).await
            }
            Ok(url) if url.scheme().len() > 1 && text.contains("://") => {
                let scheme = text::tidy(url.scheme(), 20);
                Err(unreadable(format!("`{scheme}:` addresses are not played")))
            }
            _ => Err(unreadable(
                "this is no address: it begins with https://, http:// or magnet:",
            )),
        }
    }

    async fn file(
        &self,
        name: &str,
        bytes: Bytes,
        deadline: Instant,
    ) -> Result<Vec<DirectFind>, Error> {
        if signature::is_bencode(&bytes) {
            return Ok(vec![self.torrent(bytes, None)?]);
        }
        if bytes.len() > MOST_PLAYLIST_BYTES || bytes.contains(&0) {
            return Err(not_understood());
        }
        let text = decode(&bytes, None);
        let text = text.trim();
        if playlist::is_hls(text) || text.contains("<MPD") {
            return Err(refused(
                GivenFault::File,
                "the playlist of a stream is of no use without its place: give its address instead",
            ));
        }
        if playlist::is_one(text) || media::ends_with(name, ".m3u") {
            return list(text, None);
        }
        // Shortcuts and notes: an address in a line of its own.
        let address = text
            .lines()
            .take(20)
            .map(|line| line.trim().trim_start_matches("URL="))
            .find(|line| torrent::is_http(line) || line.starts_with("magnet:"));
        match address {
            Some(address) => self.text(address, deadline).await,
            None => Err(not_understood()),
        }
    }

    /// What a page plays; where nothing is found, the page itself, for browsers.
    async fn page(&self, url: &Url, deadline: Instant) -> Result<Vec<DirectFind>, Error> {
        let name = media::file_name(url)
            .or_else(|| url.host_str().map(ToOwned::to_owned))
            .unwrap_or_default();
        let Resolved { kind, location } =
            resolve_page(&self.fetcher, url.as_str(), deadline).await?;
        Ok(vec![DirectFind::new(&name, kind, location)])
    }

    async fn address(&self, url: &Url, deadline: Instant) -> Result<Vec<DirectFind>, Error> {
        if media::ends_with(url.as_str(), ".torrent") {
            return Ok(vec![self.torrent_at(url, deadline).await?]);
        }
        let range = format!("bytes=0-{}", HEAD_BYTES - 1);
        let plain = BTreeMap::new();
        let opened = self.fetcher.stream(url.as_str(), &plain, Some(&range));
        let answer = match timeout_at(deadline, opened).await {
            Err(_) => return Err(slow(url)),
            Ok(Err(FetchError::LeftHttp { location, .. })) => {
                return magnet(&location.0)
                    .map(|find| vec![find])
                    .ok_or_else(not_understood);
            }
            Ok(Err(FetchError::WebPage { .. })) => return self.page(url, deadline).await,
            Ok(answer) => answer?,
        };
        let size_bytes = match &answer.content_range {
            Some(range) => range.rsplit('/').next().and_then(|size| size.parse().ok()),
            None => answer.content_length,
        };
        let content_type = answer.content_type.clone().unwrap_or_default();
        let name = media::file_name(&answer.url)
            .or_else(|| media::file_name(url))
            .or_else(|| url.host_str().map(ToOwned::to_owned))
            .unwrap_or_default();
        let found_at = answer.url.clone();
        let mut body = answer.body;
        let head = timeout_at(deadline, async {
            let mut head = Vec::new();
            while head.len() < HEAD_BYTES
                && let Some(chunk) = body.next().await
            {
                head.extend_from_slice(&chunk?);
            }
            Ok::<_, FetchError>(head)
        })
        .await
        .map_err(|_| slow(url))??;
        drop(body);
        let at = |kind: SourceKind| DirectFind {
            size_bytes: size_bytes.filter(|_| kind == SourceKind::Direct),
            ..DirectFind::new(&name, kind, address_of(url))
        };
        match signature::looks(&head, &content_type, url) {
            Looks::Film => Ok(vec![at(SourceKind::Direct)]),
            Looks::Dash => Ok(vec![at(SourceKind::Dash)]),
            Looks::Page => self.page(url, deadline).await,
            Looks::Torrent => Ok(vec![self.torrent_at(url, deadline).await?]),
            Looks::Playlist => {
                let limits = limits(deadline, MOST_PLAYLIST_BYTES);
                let document = self.fetcher.get_bytes(url.as_str(), limits).await?;
                let text = decode(&document.bytes, None);
                if playlist::is_hls(&text) {
                    return Ok(vec![at(SourceKind::Hls)]);
                }
                list(&text, Some(&found_at))
            }
            Looks::Other => Err(refused(
                GivenFault::Empty,
                "what lies at this address is no film, playlist or torrent",
            )),
        }
    }

    async fn torrent_at(&self, url: &Url, deadline: Instant) -> Result<DirectFind, Error> {
        let timeout = deadline.saturating_duration_since(Instant::now());
        match fetch_torrent(&self.fetcher, url.as_str(), timeout).await? {
            TorrentLink::File(bytes) => self.torrent(bytes, Some(url)),
            TorrentLink::Magnet(torrent) => {
                let name = media::file_name(url).unwrap_or_default();
                let location = Location::Torrent(torrent);
                Ok(DirectFind::new(&name, SourceKind::Torrent, location))
            }
        }
    }

    fn torrent(&self, bytes: Bytes, url: Option<&Url>) -> Result<DirectFind, Error> {
        let facts = (self.read_torrent)(&bytes)
            .map_err(|reason| refused(GivenFault::Torrent, text::tidy(&reason, 300)))?;
        let mut torrent = TorrentLocation {
            infohash: Some(facts.infohash.clone()),
            torrent_url: url.map(|url| url.as_str().to_owned()),
            ..TorrentLocation::default()
        };
        for tracker in &facts.trackers {
            torrent::add_tracker(&mut torrent, tracker);
        }
        let location = Location::Torrent(torrent);
        let mut find = DirectFind {
            torrent: Some(bytes),
            ..DirectFind::new(&facts.name, SourceKind::Torrent, location)
        };
        find.learn(facts)?;
        Ok(find)
    }
}

fn magnet(text: &str) -> Option<DirectFind> {
    let torrent = torrent::magnet(text)?;
    let url = Url::parse(text.trim()).ok()?;
    let name = url.query_pairs().find(|(key, _)| key == "dn");
    let name = name
        .map(|(_, name)| name.into_owned())
        .or_else(|| torrent.infohash.clone())
        .unwrap_or_default();
    let location = Location::Torrent(torrent);
    Some(DirectFind::new(&name, SourceKind::Torrent, location))
}

/// A hash by itself, as people send each other.
fn hash(text: &str) -> Option<DirectFind> {
    let torrent = TorrentLocation {
        infohash: Some(torrent::infohash(text)?),
        ..TorrentLocation::default()
    };
    let location = Location::Torrent(torrent);
    Some(DirectFind::new(text, SourceKind::Torrent, location))
}

fn list(text: &str, base: Option<&Url>) -> Result<Vec<DirectFind>, Error> {
    let entries = playlist::entries(text, base);
    if entries.is_empty() {
        return Err(refused(
            GivenFault::Empty,
            "the playlist names nothing that could be played",
        ));
    }
    Ok(entries.into_iter().map(listed).collect())
}

fn listed(entry: Entry) -> DirectFind {
    let kind = media::kind(entry.url.as_str()).unwrap_or(SourceKind::Direct);
    let (kind, location) = if matches!(entry.url.scheme(), "http" | "https") {
        let location = Location::Url {
            url: entry.url.into(),
            headers: entry.headers,
        };
        (kind, location)
    } else {
        let reason = format!(
            "`{}:` addresses are not played",
            text::tidy(entry.url.scheme(), 20)
        );
        let url = entry.url.into();
        (SourceKind::Embed, Location::Page { url, reason })
    };
    DirectFind {
        group: entry.group,
        logo: entry.logo,
        ..DirectFind::new(&entry.name, kind, location)
    }
}

fn address_of(url: &Url) -> Location {
    Location::Url {
        url: url.as_str().to_owned(),
        headers: BTreeMap::new(),
    }
}

fn refused(fault: GivenFault, reason: impl Into<String>) -> Error {
    Error::Given {
        fault,
        reason: reason.into(),
    }
}

fn unreadable(reason: impl Into<String>) -> Error {
    refused(GivenFault::Unreadable, reason)
}

fn no_video() -> Error {
    refused(GivenFault::Empty, "there is no video in this torrent")
}

fn not_understood() -> Error {
    refused(
        GivenFault::File,
        "this kind of file is not understood: give a .torrent file or an .m3u playlist",
    )
}

fn slow(url: &Url) -> Error {
    let host = url.host_str().unwrap_or_default();
    refused(
        GivenFault::Silent,
        format!("{host} does not answer: try again later"),
    )
}
