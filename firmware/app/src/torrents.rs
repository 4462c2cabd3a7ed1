//! The box's torrents: what is shown of them, how much of the line they take, and the beginning
//! of the next episode, fetched while the last minutes of this one are watched.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    path::Path,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use hearth_model::{
    EpisodeId, OpenTorrentView, RoomState, ServerMessage, SessionId, SourceKind, SpeedLimits,
    TitleId, TorrentFileView, TorrentState, TorrentView, TorrentsPage,
};
use hearth_store::Store;
use hearth_torrent::{OpenTorrent, Prefetch, State, StoredTorrent, Torrents};

use crate::{App, Config, Error, StartError};

/// What the owner set last, over the configuration.
const LIMITS: &str = "torrents.limits";
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Of an episode, before the next one is thought of.
const NEAR_THE_END: f64 = 0.9;
/// What is fetched of it.
const FIRST: Duration = Duration::from_secs(180);

pub(crate) async fn start(
    config: &Config,
    data: &Path,
    store: &Store,
) -> Result<Torrents, StartError> {
    let torrents = Torrents::start(options(config, data)?).await?;
    if let Some(limits) = store.setting::<SpeedLimits>(LIMITS)? {
        torrents.set_limits(taken(limits));
    }
    Ok(torrents)
}

fn options(config: &Config, data: &Path) -> Result<hearth_torrent::Options, StartError> {
    let torrents = &config.torrents;
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    if !(0.0..1e6).contains(&torrents.min_free_gb) {
        return Err(StartError::Config(
            "torrents.min_free_gb must be 0 or more".into(),
        ));
    }
    let limit = |kb_per_s: u32| NonZeroU32::new(kb_per_s.saturating_mul(1000));
    Ok(hearth_torrent::Options {
        quota_bytes: torrents.quota_gb.saturating_mul(1_000_000_000),
        min_free_bytes: (torrents.min_free_gb * 1e9) as u64,
        listen: torrents
            .listen
            .then(|| std::net::SocketAddr::from((std::net::Ipv6Addr::UNSPECIFIED, torrents.port))),
        dht: torrents.dht,
        trackers: torrents.trackers,
        private_peers: torrents.private_peers,
        magnet_timeout: Duration::from_secs(torrents.magnet_timeout_s.max(1)),
        interface: some(&torrents.interface),
        proxy: some(&torrents.proxy),
        max_down_bytes_per_s: limit(torrents.max_down_kb_per_s),
        max_up_bytes_per_s: limit(torrents.max_up_kb_per_s),
        ..hearth_torrent::Options::new(data.join("torrents"))
    })
}

fn taken(limits: SpeedLimits) -> hearth_torrent::SpeedLimits {
    hearth_torrent::SpeedLimits {
        down_bytes_per_s: limits.down_bytes_per_s.and_then(NonZeroU32::new),
        up_bytes_per_s: limits.up_bytes_per_s.and_then(NonZeroU32::new),
    }
}

impl App {
    pub async fn torrents(&self) -> Result<TorrentsPage, Error> {
        let torrents = self.streams.torrents();
        let list = torrents
            .list()
            .await
            .map_err(|error| Error::internal("list the torrents")(error.into()))?;
        let (binding, limits) = (torrents.binding(), torrents.limits());
        Ok(TorrentsPage {
            bound_to: binding.to,
            stopped: binding.stopped,
            limits: SpeedLimits {
                down_bytes_per_s: limits.down_bytes_per_s.map(NonZeroU32::get),
                up_bytes_per_s: limits.up_bytes_per_s.map(NonZeroU32::get),
            },
            items: list.into_iter().map(view).collect(),
        })
    }

    /// Holds from now on, and after a restart.
    pub async fn limit_torrents(self: &Arc<Self>, limits: SpeedLimits) -> Result<(), Error> {
        self.blocking(move |app| Ok(app.store.set_setting(LIMITS, &limits)?))
            .await?;
        self.streams.torrents().set_limits(taken(limits));
        Ok(())
    }

    /// While an episode ends, has the beginning of the next one fetched. Until the box ends.
    pub(crate) async fn keep_ahead(self: Arc<Self>) {
        let config = self.config();
        if !config.torrents.fetch_next_episode {
            return;
        }
        let mut ending = self.ending();
        let mut ahead = HashMap::new();
        loop {
            tokio::select! {
                _ = ending.changed() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let Ok(subscription) = self.sessions.subscribe().await else {
                return;
            };
            let rooms: Vec<_> = subscription
                .replay
                .into_iter()
                .filter_map(|message| match message {
                    ServerMessage::RoomState(room) => Some(room),
                    _ => None,
                })
                .collect();
            self.look_ahead(&rooms, &mut ahead).await;
        }
    }

    async fn look_ahead(
        self: &Arc<Self>,
        rooms: &[RoomState],
        ahead: &mut HashMap<SessionId, Ahead>,
    ) {
        // One that is played by now holds its torrent itself.
        ahead.retain(|id, _| rooms.iter().any(|room| room.room_id == *id));
        for room in rooms {
            let Some(episode_id) = room.episode_id.filter(|_| is_near_the_end(room)) else {
                continue;
            };
            if ahead.contains_key(&room.room_id) {
                continue;
            }
            let fetched = self
                .fetch_next(room, episode_id)
                .await
                .unwrap_or_else(|error| {
                    tracing::debug!(%error, "the next episode is not fetched ahead");
                    None
                });
            ahead.insert(room.room_id, Ahead { _fetching: fetched });
        }
    }

    /// `None` where there is no next episode, its best source is no torrent, or each byte costs.
    async fn fetch_next(
        self: &Arc<Self>,
        room: &RoomState,
        episode_id: EpisodeId,
    ) -> Result<Option<Prefetch>, Error> {
        let Some(next) = self.after(room.title_id, episode_id).await? else {
            return Ok(None);
        };
        if self.is_metered().await {
            return Ok(None);
        }
        let sources = self
            .best_sources(room.title_id, Some(next), room.screen_id)
            .await?;
        let Some(best) = sources
            .first()
            .filter(|source| source.kind == SourceKind::Torrent)
        else {
            return Ok(None);
        };
        // The next one is about as long.
        let Some(duration_ms) = room.duration_ms.filter(|ms| *ms > 0) else {
            return Ok(None);
        };
        let share = FIRST.as_millis() as f64 / duration_ms as f64;
        match self.streams.fetch_ahead(best, share.min(1.0)).await {
            Ok(fetching) => Ok(Some(fetching)),
            Err(failure) => Err(Error::Upstream(failure.detail)),
        }
    }

    async fn after(
        self: &Arc<Self>,
        title_id: TitleId,
        episode_id: EpisodeId,
    ) -> Result<Option<EpisodeId>, Error> {
        self.blocking(move |app| {
            let Some(now) = app.store.episode(episode_id)? else {
                return Ok(None);
            };
            let next = app
                .store
                .episodes(title_id)?
                .into_iter()
                .find(|next| (next.season, next.number) > (now.season, now.number));
            Ok(next.map(|next| next.id))
        })
        .await
    }
}

/// Of a session that has been looked after; with what is fetched for it, if anything.
#[derive(Debug)]
struct Ahead {
    _fetching: Option<Prefetch>,
}

fn is_near_the_end(room: &RoomState) -> bool {
    room.playing
        && room
            .duration_ms
            .is_some_and(|duration| room.position_ms as f64 >= duration as f64 * NEAR_THE_END)
}

fn view(torrent: StoredTorrent) -> TorrentView {
    let last_watched = torrent
        .last_watched
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    TorrentView {
        infohash: torrent.infohash,
        name: torrent.name,
        size_on_disk_bytes: torrent.size_on_disk_bytes,
        last_watched: last_watched.as_millis() as u64,
        open: torrent.open.map(open_view),
    }
}

fn open_view(open: OpenTorrent) -> OpenTorrentView {
    let OpenTorrent { stats, files } = open;
    let (state, failure) = match stats.state {
        State::Idle => (TorrentState::Idle, None),
        State::Checking => (TorrentState::Checking, None),
        State::Fetching => (TorrentState::Fetching, None),
        State::Complete => (TorrentState::Complete, None),
        State::Failed(message) => (TorrentState::Failed, Some(message)),
    };
    OpenTorrentView {
        state,
        failure,
        have_bytes: stats.have_bytes,
        total_bytes: stats.total_bytes,
        down_bytes_per_s: stats.down_bytes_per_s,
        up_bytes_per_s: stats.up_bytes_per_s,
        peers_connected: stats.peers_connected,
        peers_seen: stats.peers_seen,
        files: files
            .into_iter()
            .map(|file| TorrentFileView {
                index: file.index,
                path: file.path,
                size_bytes: file.size_bytes,
                have_bytes: file.have_bytes,
                wanted: file.wanted,
            })
            .collect(),
    }
}

#[cfg(test)]
#[path = "torrents_tests.rs"]
mod tests;
