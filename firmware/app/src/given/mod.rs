//! What people give: an address, a magnet, a file. It becomes a source of a title at once, stays one
//! over restarts, and goes when who gave it, or the owner, takes it back.
//!
//! Anybody at home may give, so everything is bounded: how much is read at once, how long, how much
//! of a list is taken, and how much is kept. Addresses go through the guarded fetcher like everybody
//! else's.

mod kept;
mod placing;

use std::{sync::Arc, time::Duration};

use hearth_fetch::{Error as FetchError, Fetcher};
use hearth_model::{Caller, EpisodeId, GivenAnswer, GivenFile, Location, ProfileId, Slug, TitleId};
use hearth_sources::{
    Direct, DirectFind, Error as Reading, Given as Gift, GivenFault, TorrentFacts,
};
use hearth_store::GivenCount;
use hearth_torrent::TorrentInfo;
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};
use url::Url;

use crate::{App, Error};
use kept::row_bytes;

const READ_WITHIN: Duration = Duration::from_secs(20);
/// So long peers are asked what a magnet is.
const DESCRIBED_WITHIN: Duration = Duration::from_secs(10);
const READ_AT_ONCE: usize = 4;
const AGAIN_IN: Duration = Duration::from_secs(5);
/// Of one list. Those of channels have tens of thousands.
const MOST_ENTRIES: usize = 200;
const LONGEST_NAME: usize = 200;

/// Something given, for a title or for whatever it turns out to be.
#[derive(Debug)]
pub struct Giving {
    pub what: Gift,
    pub title_id: Option<TitleId>,
    pub episode_id: Option<EpisodeId>,
}

/// Leave to give something: so many read at once.
#[derive(Debug)]
pub struct Turn {
    _held: OwnedSemaphorePermit,
}

/// Reads what people give.
#[derive(Debug)]
pub(crate) struct Gifts {
    direct: Direct,
    reading: Arc<Semaphore>,
    /// Held from the count of what is kept to what is kept more, and while something goes.
    keeping: Mutex<()>,
}

impl Gifts {
    pub fn new(fetcher: Fetcher) -> Self {
        let read_torrent = |bytes: &[u8]| {
            let read = hearth_torrent::inspect(bytes);
            read.map(facts).map_err(|error| error.to_string())
        };
        Self {
            direct: Direct::new(fetcher, read_torrent),
            reading: Arc::new(Semaphore::new(READ_AT_ONCE)),
            keeping: Mutex::new(()),
        }
    }
}

fn facts(torrent: TorrentInfo) -> TorrentFacts {
    let videos = torrent.videos().map(|file| GivenFile {
        index: file.index,
        path: file.path.clone(),
        size_bytes: file.size_bytes,
    });
    TorrentFacts {
        videos: videos.collect(),
        infohash: torrent.infohash,
        name: torrent.name,
        size_bytes: torrent.size_bytes,
        trackers: torrent.trackers,
    }
}

impl App {
    /// Asked for before a large body is taken in; whoever gets none comes again in a moment.
    pub fn turn_to_give(&self) -> Result<Turn, Error> {
        match self.gifts.reading.clone().try_acquire_owned() {
            Ok(held) => Ok(Turn { _held: held }),
            Err(_) => Err(Error::TooMany(AGAIN_IN)),
        }
    }

    /// Reads what was given, finds out what it is of, and keeps it. What was begun is done to its
    /// end, whoever turns away: no title is left without what it was made for.
    pub async fn give(
        self: &Arc<Self>,
        by: Caller,
        profile: ProfileId,
        turn: Turn,
        giving: Giving,
    ) -> Result<GivenAnswer, Error> {
        let app = self.clone();
        let work = tokio::spawn(async move {
            let _turn = turn;
            app.take(by, profile, giving).await
        });
        let done = work.await;
        done.map_err(|cause| Error::internal("take what was given")(cause.into()))?
    }

    async fn take(
        self: &Arc<Self>,
        by: Caller,
        profile: ProfileId,
        giving: Giving,
    ) -> Result<GivenAnswer, Error> {
        if let Some(id) = giving.title_id {
            self.title_for(profile, id).await?;
        }
        let called = called(&giving.what);
        let deadline = Instant::now() + READ_WITHIN;
        let read = self.gifts.direct.read(giving.what, deadline).await;
        let mut finds = read.map_err(refused)?;
        let all = finds.len();
        finds.retain(|find| !matches!(find.location, Location::Page { .. }));
        finds.truncate(MOST_ENTRIES);
        if finds.is_empty() {
            return Err(Error::Given {
                slug: Slug::LinkEmpty,
                reason: "nothing there plays outside of its own page: give the address of a film, \
                         a stream or a torrent"
                    .into(),
            });
        }
        if let [find] = finds.as_mut_slice() {
            self.describe(find).await?;
        }
        let room = room(&finds);
        // Before titles are made of it.
        self.blocking(move |app| app.check_room(room)).await?;
        let placed = match giving.title_id {
            Some(id) => self.placed_in(id, giving.episode_id, finds).await?,
            None => self.placed_by_name(profile, finds).await?,
        };
        let left_out = (all - placed.len()) as u32;
        let called = match placed.as_slice() {
            [one] => one.find.name.clone(),
            _ => called.unwrap_or_else(|| placed[0].find.name.clone()),
        };
        let episode_id = match placed.as_slice() {
            [one] => one.only_episode,
            _ => None,
        };
        let titles: Vec<TitleId> = placed.iter().map(|one| one.title_id).collect();
        let given = self.keep_given(by, called, placed).await?;
        self.given_changed(&titles).await;
        Ok(GivenAnswer {
            given: self.with_looks(given).await?,
            left_out,
            episode_id,
        })
    }

    /// Learns from its peers what a magnet is, unless nobody tells in time.
    async fn describe(&self, find: &mut DirectFind) -> Result<(), Error> {
        let Location::Torrent(torrent) = &find.location else {
            return Ok(());
        };
        if find.size_bytes.is_some() {
            return Ok(());
        }
        let described = self.streams.torrents().describe(torrent);
        match timeout(DESCRIBED_WITHIN, described).await {
            Ok(Ok(torrent)) => find.learn(facts(torrent)).map_err(refused),
            Ok(Err(error)) => {
                tracing::debug!(%error, "nobody told what a given torrent is");
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }
}

/// What it takes to keep it all.
fn room(finds: &[DirectFind]) -> GivenCount {
    let files = finds.iter().filter_map(|find| find.torrent.as_ref());
    GivenCount {
        things: finds.len() as u64,
        torrent_bytes: files.map(|file| file.len() as u64).sum(),
        row_bytes: finds.iter().map(|find| row_bytes(&find.files)).sum(),
    }
}

/// A name for a list; of an address no more than everybody at home may see.
fn called(what: &Gift) -> Option<String> {
    let name = match what {
        Gift::File { name, .. } => Some(name.clone()),
        Gift::Text(text) => Url::parse(text.trim())
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned)),
    };
    let name: String = name?
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_NAME)
        .collect();
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Why what was given is of no use, in words that say what to give instead.
fn refused(error: Reading) -> Error {
    let reason = error.to_string();
    let slug = match error {
        Reading::Given { fault, .. } => match fault {
            GivenFault::Unreadable => Slug::LinkUnreadable,
            GivenFault::Addon => Slug::LinkOfAddon,
            GivenFault::Empty => Slug::LinkEmpty,
            GivenFault::File => Slug::FileNotUnderstood,
            GivenFault::Torrent => Slug::TorrentBad,
            GivenFault::Silent => return Error::Upstream(reason),
        },
        Reading::Fetch(FetchError::Private { .. }) => Slug::LinkPrivate,
        Reading::Fetch(FetchError::Address { .. } | FetchError::Scheme { .. }) => {
            Slug::LinkUnreadable
        }
        Reading::NoTorrent => Slug::TorrentBad,
        Reading::Page(_) => Slug::LinkEmpty,
        _ => return Error::Upstream(reason),
    };
    Error::Given { slug, reason }
}
