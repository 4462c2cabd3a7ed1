//! From a source to bytes: opens torrents, files and addresses, and gives each open one a signed,
//! short-lived address on the box that answers range requests. What HLS and DASH manifests name gets
//! such addresses too.

mod dash;
mod episode;
mod hls;
mod manifest;
mod moviehash;
mod passage;
mod range;
mod target;
mod template;
mod ticket;

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::StreamExt;
use hearth_fetch::{Fetcher, MediaResponse};
use hearth_model::{Failure, Location, Slug, Source, SourceKind, Stream, TorrentLocation};
use hearth_sources::TorrentLink;
use hearth_store::Store;
use hearth_torrent::{OpenFile, Prefetch, Torrents};
use rand::RngCore;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::{ReaderStream, StreamReader};
use url::Url;

use self::{
    manifest::{Name, Page, Unusable},
    passage::while_open,
    range::ContentRange,
    target::{Kind, Target, Targets},
    ticket::Signer,
};
pub use self::{
    passage::{Passage, Passed, Wish},
    range::ByteRange,
    template::Fill,
};
use crate::{Clock, Error, probes::Probes, providers::Fetchers};

/// An address is good for this long from its last renewal: a session renews its own.
const TICKET_LIFE_MS: u64 = 6 * 60 * 60 * 1000;
const CHUNK_BYTES: usize = 128 * 1024;
const TORRENT_FILE_WITHIN: Duration = Duration::from_secs(10);

pub type Body = Pin<Box<dyn futures_util::Stream<Item = io::Result<Bytes>> + Send>>;

enum Place {
    File(PathBuf),
    Torrent(OpenFile),
    /// A file elsewhere, passed through.
    Passed {
        url: String,
        headers: BTreeMap<String, String>,
    },
    /// HLS and DASH: rewritten, so that screens read them through the box.
    Manifest {
        target: Arc<Target>,
        headers: BTreeMap<String, String>,
        origin: url::Origin,
    },
}

/// An open source. It stays open as long as somebody holds it.
pub struct Opened {
    id: u64,
    mime: String,
    size_bytes: Option<u64>,
    place: Place,
    fetcher: Fetcher,
    signer: Signer,
    /// What its manifests named.
    targets: Targets,
    /// On the daemon's own clock, which the time servers do not turn.
    good_until_ms: AtomicU64,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("id", &self.id)
            .field("mime", &self.mime)
            .finish_non_exhaustive()
    }
}

impl Opened {
    pub fn mime(&self) -> &str {
        &self.mime
    }

    /// Absent when the far end does not say, or answers no ranges.
    pub fn size_bytes(&self) -> Option<u64> {
        self.size_bytes
    }

    /// How long the film is, once a screen knows.
    pub fn lasts(&self, duration: Duration) {
        if let Place::Torrent(open) = &self.place {
            open.lasts(duration);
        }
    }

    /// `length` bytes from `start`. Without a known size only the whole can be had.
    pub async fn body(self: Arc<Self>, start: u64, length: Option<u64>) -> Result<Body, Error> {
        match &self.place {
            Place::File(path) => {
                let mut file = tokio::fs::File::open(path).await.map_err(|cause| {
                    tracing::warn!(%cause, path = %path.display(), "a local film went away");
                    Error::NotFound {
                        what: "the file",
                        slug: Slug::SourceGone,
                    }
                })?;
                file.seek(io::SeekFrom::Start(start))
                    .await
                    .map_err(|cause| Error::internal("seek in a file")(cause.into()))?;
                let limited = file.take(length.unwrap_or(u64::MAX));
                Ok(held(
                    ReaderStream::with_capacity(limited, CHUNK_BYTES),
                    self.clone(),
                ))
            }
            Place::Torrent(open) => {
                let mut reader = open
                    .reader()
                    .await
                    .map_err(|error| Error::Upstream(error.to_string()))?;
                reader
                    .seek(io::SeekFrom::Start(start))
                    .await
                    .map_err(|cause| Error::internal("seek in a torrent")(cause.into()))?;
                let limited = reader.take(length.unwrap_or(u64::MAX));
                Ok(held(
                    ReaderStream::with_capacity(limited, CHUNK_BYTES),
                    self.clone(),
                ))
            }
            Place::Passed { url, headers } => {
                let range = match length {
                    Some(length) if length > 0 => {
                        Some(format!("bytes={start}-{}", start + length - 1))
                    }
                    _ => None,
                };
                let answer = self
                    .fetcher
                    .stream(url, headers, range.as_deref())
                    .await
                    .map_err(|error| Error::Upstream(error.to_string()))?;
                if begins_at(&answer) != Some(start) {
                    return Err(Error::Upstream(
                        "it sends another part of the file than was asked for".into(),
                    ));
                }
                let bytes = while_open(answer.body, &self);
                // One that sends the whole file from its beginning sends more than was asked for.
                let limited = StreamReader::new(bytes).take(length.unwrap_or(u64::MAX));
                Ok(Box::pin(ReaderStream::with_capacity(limited, CHUNK_BYTES)))
            }
            Place::Manifest { .. } => Err(Error::StreamExpired),
        }
    }
}

/// The place in the file where an answer's bytes begin, if it says one.
fn begins_at(answer: &MediaResponse) -> Option<u64> {
    if answer.status != 206 {
        return Some(0);
    }
    Some(ContentRange::of(answer)?.first)
}

/// A body that keeps its source open until it is read or dropped.
fn held(
    stream: impl futures_util::Stream<Item = io::Result<Bytes>> + Send + 'static,
    opened: Arc<Opened>,
) -> Body {
    Box::pin(stream.inspect(move |_| {
        let _held_open = &opened;
    }))
}

/// What a ticket is good for.
#[derive(Debug)]
pub enum Ticketed {
    Source(Arc<Opened>),
    Passage(Passage),
}

/// Opens sources and remembers which are open.
///
/// The registry holds weak references: a source closes with its session, and its address with it.
pub struct Streams {
    torrents: Torrents,
    fetcher: Fetcher,
    /// Each provider's own, which may reach what its sources point to on its own host.
    fetchers: Fetchers,
    pub(crate) probes: Arc<Probes>,
    /// Where the .torrent files are that people gave, and which number an episode has.
    store: Option<Store>,
    clock: Clock,
    signer: Signer,
    open: Mutex<HashMap<u64, Weak<Opened>>>,
}

impl std::fmt::Debug for Streams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Streams")
    }
}

impl Streams {
    pub(crate) fn new(
        torrents: Torrents,
        fetcher: Fetcher,
        fetchers: Fetchers,
        probes: Arc<Probes>,
        clock: Clock,
    ) -> Self {
        Self {
            torrents,
            fetcher,
            fetchers,
            probes,
            store: None,
            clock,
            signer: Signer::new(),
            open: Mutex::default(),
        }
    }

    /// Torrents are opened with the files that people gave, which nobody else may have.
    #[must_use]
    pub fn with_given(self, store: Store) -> Self {
        Self {
            store: Some(store),
            ..self
        }
    }

    pub fn torrents(&self) -> &Torrents {
        &self.torrents
    }

    pub(crate) fn fetcher_of(&self, source: &Source) -> Fetcher {
        let own = self.fetchers.of(&source.provider);
        own.unwrap_or_else(|| self.fetcher.clone())
    }

    /// Opens a source, or says in a sentence why it cannot be.
    pub async fn open(&self, source: &Source) -> Result<Arc<Opened>, Failure> {
        let fetcher = self.fetcher_of(source);
        let (place, size_bytes, mime) = match &source.location {
            // One at a time: `Pieces` chooses.
            Location::File { path, .. } => open_file(path).await?,
            Location::Torrent(torrent) => self.open_torrent(&fetcher, source, torrent).await?,
            Location::Url { url, headers } => open_url(&fetcher, source.kind, url, headers).await?,
            Location::Page { reason, .. } => {
                return Err(Failure::new(Slug::OnlyAPage, reason.clone()));
            }
        };
        let opened = Arc::new(Opened {
            id: rand::rng().next_u64(),
            mime,
            size_bytes,
            place,
            fetcher,
            signer: self.signer.clone(),
            targets: Targets::default(),
            good_until_ms: AtomicU64::new(self.clock.now() + TICKET_LIFE_MS),
        });
        if let Place::Manifest { target, .. } = &opened.place {
            let passage = Passage {
                opened: opened.clone(),
                target: target.clone(),
            };
            // Refused now rather than by a black screen later.
            passage.check().await?;
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, opened| opened.strong_count() > 0);
        open.insert(opened.id, Arc::downgrade(&opened));
        Ok(opened)
    }

    async fn open_torrent(
        &self,
        fetcher: &Fetcher,
        source: &Source,
        torrent: &TorrentLocation,
    ) -> Result<(Place, Option<u64>, String), Failure> {
        let (torrent, file) = self.described(fetcher, torrent).await?;
        let pick = self.pick(source).await;
        let open = self
            .torrents
            .open_picked(&torrent, file, pick)
            .await
            .map_err(|error| Failure::new(torrent_slug(&error), error.to_string()))?;
        let (size_bytes, mime) = (open.size_bytes, open.mime.clone());
        Ok((Place::Torrent(open), Some(size_bytes), mime))
    }

    /// The first part of a torrent's file, `share` of it, for whoever may want to play it next.
    pub async fn fetch_ahead(&self, source: &Source, share: f64) -> Result<Prefetch, Failure> {
        let fetcher = self.fetcher_of(source);
        let Location::Torrent(torrent) = &source.location else {
            return Err(Failure::new(Slug::TorrentBad, "This is no torrent"));
        };
        let (torrent, file) = self.described(&fetcher, torrent).await?;
        let pick = self.pick(source).await;
        self.torrents
            .prefetch(&torrent, file, pick, share)
            .await
            .map_err(|error| Failure::new(torrent_slug(&error), error.to_string()))
    }

    /// The torrent with its description, as far as somebody gave it or it lies at an address.
    async fn described(
        &self,
        fetcher: &Fetcher,
        torrent: &TorrentLocation,
    ) -> Result<(TorrentLocation, Option<Bytes>), Failure> {
        let (torrent, file) = described(fetcher, torrent).await?;
        let (None, Some(store), Some(infohash)) = (&file, &self.store, &torrent.infohash) else {
            return Ok((torrent, file));
        };
        let (store, infohash) = (store.clone(), infohash.clone());
        let given = tokio::task::spawn_blocking(move || store.given_torrent(&infohash)).await;
        let given = given.map_err(|cause| Error::internal("read a given torrent")(cause.into()));
        let given = given.and_then(|given| Ok(given?)).unwrap_or_else(|error| {
            tracing::warn!(%error, "a given torrent could not be read");
            None
        });
        Ok((torrent, given.map(Bytes::from)))
    }

    /// The address of an open source: a path on the box.
    pub fn address(&self, opened: &Opened) -> Stream {
        let left_ms = opened
            .good_until_ms
            .load(Ordering::Relaxed)
            .saturating_sub(self.clock.now());
        Stream {
            url: ticket::address(opened.id, &self.signer.sign(opened.id, &[])),
            mime: opened.mime.clone(),
            expires_at: self.clock.wall() + left_ms,
        }
    }

    /// Whoever plays it goes on doing so: its address stays good.
    pub fn renew(&self, opened: &Opened) {
        let until_ms = self.clock.now() + TICKET_LIFE_MS;
        opened.good_until_ms.store(until_ms, Ordering::Relaxed);
    }

    /// What a ticket names: an open source, or what one of its manifests named.
    pub fn by_ticket(&self, ticket: &str) -> Result<Ticketed, Error> {
        let (id, signature) = ticket::read(ticket).ok_or(Error::StreamExpired)?;
        let now = self.clock.now();
        let opened = self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .and_then(Weak::upgrade)
            .filter(|opened| opened.good_until_ms.load(Ordering::Relaxed) > now)
            .ok_or(Error::StreamExpired)?;
        let target = if self.signer.is_signed(id, &[], &signature) {
            match &opened.place {
                Place::Manifest { target, .. } => target.clone(),
                _ => return Ok(Ticketed::Source(opened)),
            }
        } else {
            let named = opened.targets.get(&signature);
            named.ok_or(Error::StreamExpired)?
        };
        Ok(Ticketed::Passage(Passage { opened, target }))
    }
}

/// The torrent with what lies at its address, where it has one.
async fn described(
    fetcher: &Fetcher,
    torrent: &TorrentLocation,
) -> Result<(TorrentLocation, Option<Bytes>), Failure> {
    let mut torrent = torrent.clone();
    let mut file = None;
    if let Some(url) = &torrent.torrent_url {
        match hearth_sources::fetch_torrent(fetcher, url, TORRENT_FILE_WITHIN).await {
            Ok(TorrentLink::File(bytes)) => file = Some(bytes),
            Ok(TorrentLink::Magnet(magnet)) => {
                torrent.infohash = torrent.infohash.or(magnet.infohash);
                torrent.trackers.extend(magnet.trackers);
                torrent.peers.extend(magnet.peers);
            }
            // Its peers may still know it.
            Err(error) if torrent.infohash.is_some() => {
                tracing::debug!(%error, "a .torrent file could not be fetched");
            }
            Err(error) => return Err(Failure::new(Slug::SourceGone, error.to_string())),
        }
    }
    Ok((torrent, file))
}

async fn open_url(
    fetcher: &Fetcher,
    kind: SourceKind,
    url: &str,
    headers: &BTreeMap<String, String>,
) -> Result<(Place, Option<u64>, String), Failure> {
    let gone = |error: hearth_fetch::Error| Failure::new(Slug::SourceGone, error.to_string());
    let manifest = match kind {
        SourceKind::Hls => Some(Kind::Hls),
        SourceKind::Dash => Some(Kind::Dash),
        _ => None,
    };
    if let Some(kind) = manifest {
        let base = Url::parse(url).map_err(|error| {
            let detail = format!("Its address is not valid: {error}");
            Failure::new(Slug::SourceUnusable, detail)
        })?;
        let place = Place::Manifest {
            headers: headers.clone(),
            origin: base.origin(),
            target: Arc::new(Target::fixed(kind, 1, Arc::new(base), "")),
        };
        return Ok((place, None, kind.mime().to_owned()));
    }
    let answer = fetcher
        .stream(url, headers, Some("bytes=0-0"))
        .await
        .map_err(gone)?;
    let size_bytes = answer
        .content_range
        .as_deref()
        .and_then(|range| range.rsplit('/').next()?.parse().ok())
        .filter(|_| answer.status == 206);
    let mime = answer
        .content_type
        .clone()
        .filter(|mime| mime.starts_with("video/") || mime.starts_with("audio/"))
        .unwrap_or_else(|| mime_of(Path::new(answer.url.path())));
    let place = Place::Passed {
        url: url.to_owned(),
        headers: headers.clone(),
    };
    Ok((place, size_bytes, mime))
}

fn torrent_slug(error: &hearth_torrent::Error) -> Slug {
    use hearth_torrent::Error as Torrent;
    match error {
        Torrent::NoPeers { .. } => Slug::NoPeers,
        Torrent::DiskFull { .. } | Torrent::QuotaFull { .. } | Torrent::NoSpaceLeft { .. } => {
            Slug::DiskFull
        }
        Torrent::BadMagnet { .. }
        | Torrent::BadTorrent { .. }
        | Torrent::BadInfohash { .. }
        | Torrent::NothingToOpen => Slug::TorrentBad,
        Torrent::NoVideo { .. } | Torrent::NoSuchFile { .. } | Torrent::NoSuchEpisode { .. } => {
            Slug::NoVideo
        }
        Torrent::RouteGone { .. } => Slug::TorrentsStopped,
        _ => Slug::TorrentFailed,
    }
}

async fn open_file(path: &Path) -> Result<(Place, Option<u64>, String), Failure> {
    let metadata = tokio::fs::metadata(path).await.map_err(|_| {
        Failure::new(
            Slug::SourceGone,
            "The file is no longer there. Is its disk connected?",
        )
    })?;
    if !metadata.is_file() {
        return Err(Failure::new(Slug::SourceGone, "This is no longer a file"));
    }
    Ok((
        Place::File(path.to_owned()),
        Some(metadata.len()),
        mime_of(path),
    ))
}

fn mime_of(path: &Path) -> String {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "mp4" | "m4v" => "video/mp4",
        "mkv" => "video/x-matroska",
        "webm" => "video/webm",
        "ts" | "m2ts" | "mts" => "video/mp2t",
        "avi" => "video/x-msvideo",
        "mov" => "video/quicktime",
        "mpg" | "mpeg" | "vob" => "video/mpeg",
        "ogv" => "video/ogg",
        "wmv" => "video/x-ms-wmv",
        "flv" => "video/x-flv",
        _ => "application/octet-stream",
    }
    .to_owned()
}

#[cfg(test)]
#[path = "streams_tests.rs"]
mod tests;
