//! Updates: looking for them, installing one, and what is told of it all.
//!
//! Whatever is written goes to the slot that does not run, by RAUC. Hearth decides what may: only
//! what is newer, for this board, and exactly the bundle that was announced or looked at.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use hearth_device::{
    Refusal,
    confirm::{self, Evidence, Frame, Keeper, Record},
    update::{self, Updater, channel},
};
use hearth_fetch::{Fetcher, Limits};
use hearth_model::{
    Confirmation, Installing, RolledBack, SlotStatus, Surface, Trouble, UnixMs, UpdateFrom,
    UpdateOffer, UpdatePolicy, UpdateStatus,
};
use hearth_store::Store;
use url::Url;

use super::tv::Tv;
use crate::{Clock, Config, Error, StartError};

const SEEN: &str = "updates.seen";
const POLICY: &str = "updates.policy";
/// A list of releases is short.
const CHANNEL_BYTES: usize = 1024 * 1024;
/// A start that is not confirmed by now has trouble, which an update may mend.
const CONFIRMED_WITHIN: Duration = Duration::from_mins(5);

/// An update that can be installed, and where its bundle is.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub offer: UpdateOffer,
    /// A path or an address.
    pub source: String,
}

/// What changes while the box runs. The lock is held for a field, never across an await.
#[derive(Debug, Default)]
pub(super) struct State {
    pub channel_offer: Option<Known>,
    pub stick_offers: Vec<Known>,
    pub checked_at: Option<UnixMs>,
    pub trouble: Option<Trouble>,
    pub installing: Installing,
    pub confirmation: Confirmation,
    pub rolled_back: Option<RolledBack>,
    pub evidence: Evidence,
    pub tv: Tv,
}

#[derive(Debug)]
pub struct Updates {
    pub(super) updater: Updater,
    fetcher: Fetcher,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) keeper: Keeper,
    version: String,
    channel: Option<Url>,
    keys: PathBuf,
    pub(super) test_picture: PathBuf,
    /// Where the boot scripts leave word of a slot that failed.
    pub(super) failure: PathBuf,
    state: Mutex<State>,
}

impl Updates {
    pub(crate) fn new(
        config: &Config,
        data: &std::path::Path,
        (updater, version): (Updater, String),
        fetcher: &Fetcher,
        store: Store,
        clock: Clock,
    ) -> Result<Arc<Self>, StartError> {
        let channel = address(&config.updates.channel)?;
        // The owner names the channel: it may lie in the house.
        let host = channel.as_ref().and_then(|url| {
            let port = url.port_or_known_default()?;
            Some(format!("{}:{port}", url.host_str()?))
        });
        let updates = Arc::new(Self {
            updater,
            fetcher: fetcher.allowing(host),
            store,
            clock,
            keeper: Keeper::new(&data.join("boot")),
            failure: config.device.failure.clone(),
            version,
            channel,
            keys: config.updates.keys.clone(),
            test_picture: config.device.test_picture.clone(),
            state: Mutex::default(),
        });
        if !matches!(updates.updater, Updater::Absent) {
            tokio::spawn(updates.clone().watch_sticks());
            tokio::spawn(updates.clone().keep_nights());
        }
        Ok(updates)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn version(&self) -> &str {
        &self.version
    }

    pub(super) fn frame_drawn(&self, surface: Surface) {
        let frame = Frame {
            surface,
            display: confirm::display_connected(),
        };
        tracing::debug!(?frame, "the TV drew");
        self.state().tv.drew(frame, Instant::now());
    }

    pub fn policy(&self) -> Result<UpdatePolicy, Error> {
        Ok(self.store.setting(POLICY)?.unwrap_or_default())
    }

    pub fn set_policy(&self, policy: UpdatePolicy) -> Result<(), Error> {
        Ok(self.store.set_setting(POLICY, &policy)?)
    }

    pub async fn status(&self) -> Result<UpdateStatus, Error> {
        let system = self.updater.system().await;
        let policy = self.policy()?;
        let state = self.state();
        let offers = state
            .channel_offer
            .iter()
            .chain(&state.stick_offers)
            .map(|known| known.offer.clone());
        Ok(UpdateStatus {
            missing: system.as_ref().err().map(ToString::to_string),
            version: self.version.clone(),
            offers: offers.collect(),
            slots: system.map(|system| system.slots).unwrap_or_default(),
            confirmation: state.confirmation.clone(),
            rolled_back: state.rolled_back.clone(),
            channel: self
                .channel
                .as_ref()
                .and_then(|url| Some(url.host_str()?.to_owned())),
            checked_at: state.checked_at,
            trouble: state.trouble.clone(),
            installing: state.installing.clone(),
            policy,
        })
    }

    /// Looks for updates now: at the channel and on sticks.
    pub async fn check(&self) -> Result<UpdateStatus, Error> {
        // A box without an updater says so, rather than that there is nothing.
        self.updater.system().await?;
        self.look_at_sticks().await;
        if let Some(address) = &self.channel {
            let found = self.look_at_channel(address).await;
            let mut state = self.state();
            state.checked_at = Some(self.clock.wall());
            match found {
                Ok(known) => {
                    state.trouble = None;
                    state.channel_offer = known;
                }
                Err(error) => {
                    tracing::warn!(%error, slug = %error.slug(), "no look at the channel");
                    // What an earlier, good list offered stays.
                    state.trouble = Some(trouble(&error));
                }
            }
        }
        self.status().await
    }

    async fn look_at_channel(&self, address: &Url) -> Result<Option<Known>, Error> {
        let pem = fs::read_to_string(&self.keys).map_err(|error| {
            tracing::warn!(%error, file = %self.keys.display(), "no key for the channel");
            hearth_device::Error::from(Refusal::ChannelKeyMissing)
        })?;
        let keys = channel::keys(&pem).map_err(hearth_device::Error::from)?;
        let limits = Limits {
            max_bytes: CHANNEL_BYTES,
            ..Limits::default()
        };
        let document = self
            .fetcher
            .get_bytes(address.as_str(), limits)
            .await
            .map_err(hearth_device::Error::from)?;
        let system = self.updater.system().await?;
        let read = || -> Result<_, Refusal> {
            let list = channel::open(&document.bytes, &keys)?;
            let seen = self.store.setting(SEEN).unwrap_or_else(|error| {
                tracing::warn!(%error, "the last list's number is not known");
                None
            });
            let seen = list.accept(seen, self.clock.wall())?;
            let known = list
                .release(&system.compatible, &self.version)?
                .map(|release| -> Result<_, Refusal> {
                    Ok(Known {
                        source: release.address(address)?.into(),
                        offer: UpdateOffer {
                            id: release.manifest_sha256.clone(),
                            from: UpdateFrom::Channel,
                            version: release.version.clone(),
                            size_bytes: release.size_bytes,
                            notes: release.notes.clone(),
                            file: None,
                        },
                    })
                })
                .transpose()?;
            Ok((seen, known))
        };
        let (seen, known) = read().map_err(hearth_device::Error::from)?;
        self.store.set_setting(SEEN, &seen)?;
        Ok(known)
    }

    /// Installs an offer. Answers once the bundle was found good and is being written; `status`
    /// tells the rest.
    pub async fn install(self: &Arc<Self>, id: &str) -> Result<(), Error> {
        if self.is_on_trial() {
            return Err(hearth_device::Error::from(Refusal::OnTrial).into());
        }
        let known = {
            let mut state = self.state();
            let known = state
                .channel_offer
                .iter()
                .chain(&state.stick_offers)
                .find(|known| known.offer.id == id)
                .cloned()
                .ok_or(Error::UpdateUnknown)?;
            if matches!(state.installing, Installing::Running { .. }) {
                return Err(hearth_device::Error::from(Refusal::Busy).into());
            }
            state.installing = Installing::Running {
                version: known.offer.version.clone(),
                percent: 0,
            };
            known
        };
        if let Err(error) = self.admit(&known).await {
            self.end(known.offer.version, Err(&error));
            return Err(error);
        }
        let this = self.clone();
        tokio::spawn(async move {
            let done = this.write(&known).await;
            this.end(known.offer.version, done.as_ref().copied());
        });
        Ok(())
    }

    /// Then the other slot holds the only version that is known to be good: nothing is written over it.
    pub(super) fn is_on_trial(&self) -> bool {
        let confirmed = matches!(self.state().confirmation, Confirmation::Confirmed);
        !confirmed && self.keeper.load().is_on_trial(&self.version)
    }

    async fn admit(&self, known: &Known) -> Result<(), Error> {
        let system = self.updater.system().await?;
        let bundle = self.updater.inspect(&known.source).await?;
        update::admit(&bundle, &system.compatible, &self.version)
            .map_err(hearth_device::Error::from)?;
        if !bundle.manifest_hash.eq_ignore_ascii_case(&known.offer.id)
            || bundle.version != known.offer.version
        {
            return Err(hearth_device::Error::from(Refusal::Swapped).into());
        }
        Ok(())
    }

    async fn write(&self, known: &Known) -> Result<(), Error> {
        // RAUC does one thing at a time, and an install is long: a start whose power is cut before it is
        // confirmed costs the running slot one of its tries.
        while matches!(self.state().confirmation, Confirmation::Waiting { .. })
            && confirm::uptime() < CONFIRMED_WITHIN
        {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let version = &known.offer.version;
        tracing::info!(version, from = ?known.offer.from, "an update is being written");
        let mut progress = |percent| {
            self.state().installing = Installing::Running {
                version: version.clone(),
                percent,
            };
        };
        self.record(|record| record.writes(version, &confirm::boot_id()));
        let done = self
            .updater
            .install(&known.source, &known.offer.id, &mut progress)
            .await;
        self.record_end(version, done.is_ok());
        Ok(done?)
    }

    /// hearthd was started anew while RAUC wrote an update: RAUC goes on.
    pub(super) async fn follow(self: Arc<Self>, version: String) {
        tracing::info!(
            version,
            "an update was being written when this program ended"
        );
        let mut progress = |percent| {
            self.state().installing = Installing::Running {
                version: version.clone(),
                percent,
            };
        };
        progress(0);
        let done = self.followed(&version, &mut progress).await;
        self.record_end(&version, done.is_ok());
        self.end(version, done.as_ref().copied());
    }

    async fn followed(
        &self,
        version: &str,
        progress: &mut (dyn FnMut(u8) + Send),
    ) -> Result<(), Error> {
        self.updater.follow(progress).await?;
        let is_it = |slot: &SlotStatus| {
            !slot.booted && slot.good && slot.version.as_deref() == Some(version)
        };
        if self.updater.system().await?.slots.iter().any(is_it) {
            Ok(())
        } else {
            Err(hearth_device::Error::from(Refusal::Interrupted).into())
        }
    }

    /// An update that was cut short is on no trial.
    fn record_end(&self, version: &str, is_whole: bool) {
        self.record(|record| {
            if is_whole {
                record.written(version, &confirm::boot_id());
            } else {
                record.writing = None;
            }
        });
    }

    fn record(&self, change: impl FnOnce(&mut Record)) {
        let mut record = self.keeper.load();
        change(&mut record);
        self.keep(&record);
    }

    fn end(&self, version: String, done: Result<(), &Error>) {
        self.state().installing = match done {
            Ok(()) => {
                tracing::info!(
                    version,
                    "the update is written; it runs from the next start on"
                );
                Installing::Ready { version }
            }
            Err(error) => {
                tracing::warn!(%error, slug = %error.slug(), version, "no update");
                Installing::Failed {
                    version,
                    trouble: trouble(error),
                }
            }
        };
    }
}

fn trouble(error: &Error) -> Trouble {
    Trouble {
        slug: error.slug().into(),
        detail: error.detail(),
    }
}

fn address(text: &str) -> Result<Option<Url>, StartError> {
    if text.is_empty() {
        return Ok(None);
    }
    let url: Url = text.parse().map_err(|error| {
        StartError::Config(format!("updates.channel is not an address: {error}"))
    })?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(Some(url))
    } else {
        Err(StartError::Config(
            "updates.channel must begin with http:// or https://".into(),
        ))
    }
}
