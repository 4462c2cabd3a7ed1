//! Hearth's use cases. Here, and only here, the crates meet: the store, the catalogue, sources,
//! torrents and the sessions' actor, behind one `App` that the edge speaks to.

mod addon_lists;
mod checking;
mod clock;
mod config;
mod device;
mod error;
mod exports;
mod finding;
mod folder_titles;
mod given;
mod health;
mod home;
mod job_group;
mod learning;
mod library;
mod lists;
mod looking;
mod looks;
mod pairing;
mod people;
mod pictures;
mod pieces;
mod play;
mod probes;
mod providers;
mod saving;
mod search;
mod services;
mod sessions;
mod streams;
mod subtitles;
mod tastes;
mod titles;
mod torrents;
mod worker;

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

pub use clock::Clock;
pub use config::{
    AuthConfig, Config, DeviceConfig, LibraryConfig, LogConfig, LogFormat, NetworkConfig,
    ScoringConfig, ServerConfig, SourcesConfig, TorrentsConfig, UpdatesConfig,
};
pub use device::Updates;
pub use error::{Error, Kind};
pub use finding::sources_page;
pub use given::{Giving, Turn};
pub use health::{Health, Part, Status, Troubles};
pub use hearth_catalog::Picture;
use hearth_device::Devices;
use hearth_fetch::Fetcher;
use hearth_model::ServicesPage;
pub use hearth_sources::Given as Gift;
use hearth_store::Store;
use learning::Learning;
pub use library::Library;
pub use pairing::Try;
pub use people::{Pass, People, PeopleEvent, Pin};
pub use play::Play;
use probes::Probes;
use providers::Providers;
use saving::Saving;
pub use search::Window;
use services::Services;
pub use sessions::{Care, Prepared, ScreenHello, ScreenLine, Sessions, Subscription};
pub use streams::{Body, ByteRange, Fill, Opened, Passage, Passed, Streams, Ticketed, Wish};
pub use subtitles::SubtitleFiles;
use tokio::sync::watch;

/// One find of a search that streams: an item, a provider that is done, or last of all where the
/// next page begins.
#[derive(Debug)]
pub enum Found<T> {
    Item(T),
    Provider(hearth_model::ProviderStatus),
    Next(String),
}

/// Who this box is.
#[derive(Debug, Clone)]
pub struct Identity {
    pub id: String,
    pub name: String,
}

/// Why the box could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Store(#[from] hearth_store::Error),
    #[error(transparent)]
    Torrents(#[from] hearth_torrent::Error),
    #[error(transparent)]
    Fetch(#[from] hearth_fetch::Error),
    #[error(transparent)]
    Sources(#[from] hearth_sources::Error),
    #[error(transparent)]
    Catalog(#[from] hearth_catalog::Error),
    #[error(transparent)]
    App(#[from] Error),
    #[error("the configuration is wrong: {0}")]
    Config(String),
}

/// The whole of the box, for the edge.
#[derive(Debug)]
pub struct App {
    config: Config,
    clock: Clock,
    identity: Identity,
    pub(crate) store: Store,
    pub people: People,
    pub sessions: Sessions,
    pub(crate) saving: Saving,
    pub troubles: Troubles,
    pub streams: Arc<Streams>,
    pub subtitles: Arc<SubtitleFiles>,
    pub(crate) library: Library,
    pub(crate) devices: Devices,
    pub updates: Arc<Updates>,
    pub(crate) providers: Providers,
    pub(crate) learning: Arc<Learning>,
    pub(crate) services: Services,
    pub(crate) addresses: pictures::Addresses,
    pub(crate) pictures: hearth_catalog::Pictures,
    pub(crate) ranked: home::Ranked,
    pub(crate) addon_lists: addon_lists::AddonLists,
    pub(crate) found: finding::FoundSources,
    pub(crate) gifts: given::Gifts,
    loopback: Arc<OnceLock<String>>,
    ending: watch::Sender<bool>,
}

impl App {
    /// Opens everything in the data folder. Must be called on a tokio runtime.
    pub async fn start(config: Config, data: PathBuf) -> Result<Arc<Self>, StartError> {
        let clock = Clock::default();
        let store = {
            let data = data.clone();
            tokio::task::spawn_blocking(move || Store::open(&data))
                .await
                .map_err(|cause| Error::internal("open the store")(cause.into()))??
        };
        let identity = Identity {
            id: store.setting_or("box.id", || hearth_model::DeviceId::new().to_string())?,
            name: config.server.name.clone(),
        };
        let setup_code =
            Some(config.auth.setup_code.trim().to_owned()).filter(|code| !code.is_empty());
        let people = People::open(store.clone(), clock.clone(), setup_code)?;
        let fetcher = provider_fetcher(&config)?;
        let (devices, version) = device::open(&config);
        let updates = Updates::new(
            &config,
            &data,
            (devices.updates.clone(), version),
            &fetcher,
            store.clone(),
            clock.clone(),
        )?;
        if !config.scoring.weights.are_usable() {
            return Err(StartError::Config(
                "scoring.weights must be 0 or more, and one of them more".into(),
            ));
        }
        let (providers, learning) = {
            let (store, fetcher) = (store.clone(), fetcher.clone());
            let (config, sites) = (config.sources.clone(), data.join("sites"));
            tokio::task::spawn_blocking(move || {
                let learning = Arc::new(Learning::open(store.clone()));
                Ok::<_, StartError>((Providers::open(store, fetcher, &config, sites)?, learning))
            })
            .await
            .map_err(|cause| Error::internal("open the providers")(cause.into()))??
        };
        let troubles = Troubles::default();
        let services = {
            let (config, data) = (config.catalog.clone(), data.clone());
            let (fetcher, troubles) = (fetcher.clone(), troubles.clone());
            tokio::task::spawn_blocking(move || Services::open(&config, &data, &fetcher, &troubles))
                .await
                .map_err(|cause| Error::internal("open the catalogue")(cause.into()))??
        };
        let addresses = pictures::Addresses::open(&store)?;
        let pictures = {
            let (config, data, fetcher) = (config.clone(), data.clone(), fetcher.clone());
            tokio::task::spawn_blocking(move || pictures::open(&config, &data, &fetcher))
                .await
                .map_err(|cause| Error::internal("open the pictures")(cause.into()))??
        };
        let addon_lists = addon_lists::AddonLists::open(&store);
        let torrents = torrents::start(&config, &data, &store).await?;
        let fetchers = providers.fetchers.clone();
        let subtitles = Arc::new(SubtitleFiles::new(fetcher.clone(), fetchers.clone()));
        let gifts = given::Gifts::new(fetcher.clone());
        let probes = Arc::new(Probes::new(services.answers.clone(), clock.clone()));
        let streams = Streams::new(torrents, fetcher, fetchers, probes, clock.clone());
        let streams = Arc::new(streams.with_given(store.clone()));
        let loopback = Arc::new(OnceLock::new());
        let saving = Saving::start(store.clone());
        let sessions = Sessions::start(
            clock.clone(),
            saving.clone(),
            streams.clone(),
            learning.clone(),
            subtitles.clone(),
            loopback.clone(),
            Care {
                length: config.sources.check_length,
                runner_up: config.sources.check,
            },
        );
        let library = Library::start(
            &config.library,
            &data,
            store.clone(),
            sessions.clone(),
            addresses.clone(),
        )
        .await?;
        if config.library.test_card {
            let films = data.join(library::FILMS_FOLDER);
            let made = config.library.test_card_file.clone();
            tokio::spawn(worker::lay_test_card(films, made, troubles.clone()));
        }
        let app = Arc::new(Self {
            config,
            clock,
            identity,
            store,
            people,
            sessions,
            saving,
            troubles,
            streams,
            subtitles,
            library,
            devices,
            updates,
            providers,
            learning,
            services,
            addresses,
            pictures,
            ranked: home::Ranked::default(),
            addon_lists,
            found: finding::FoundSources::default(),
            gifts,
            loopback,
            ending: watch::channel(false).0,
        });
        tokio::spawn(app.clone().keep_ranked());
        tokio::spawn(app.clone().keep_addon_lists());
        tokio::spawn(app.clone().keep_exports(data));
        tokio::spawn(app.clone().keep_folders_known());
        tokio::spawn(app.clone().keep_ahead());
        tokio::spawn(app.clone().keep_learnt());
        tokio::spawn(app.clone().keep_checking());
        tokio::spawn(app.clone().keep_probing());
        Ok(app)
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Where the box's own TV reads media; said once, when that listener is up.
    pub fn media_listens_at(&self, base: String) {
        if self.loopback.set(base).is_err() {
            tracing::error!("the media listener was started twice");
        }
    }

    /// How the metadata services are.
    pub fn services(&self) -> ServicesPage {
        ServicesPage {
            items: self.services.status(),
        }
    }

    /// Changes when the box shuts down: open connections end then.
    pub fn ending(&self) -> watch::Receiver<bool> {
        self.ending.subscribe()
    }

    /// Saves every position and closes what is open.
    pub async fn end(self: &Arc<Self>) {
        self.sessions.end().await;
        self.save_learnt().await;
        self.ending.send_replace(true);
        self.streams.torrents().stop().await;
    }

    /// Unpairs a device: it is cut off at once, and its screens are gone for everybody.
    pub async fn unpair(self: &Arc<Self>, id: hearth_model::DeviceId) -> Result<(), Error> {
        let unpaired = self.blocking(move |app| app.people.unpair(id)).await;
        self.sessions.unpaired(id).await;
        unpaired
    }

    /// Ends a sign-in; the screens of a device that signs out are gone for everybody too.
    pub async fn sign_out(self: &Arc<Self>, refresh_token: String) -> Result<(), Error> {
        let unpaired = self.blocking(move |app| app.people.logout(&refresh_token));
        if let Some(id) = unpaired.await? {
            self.sessions.unpaired(id).await;
        }
        Ok(())
    }

    /// Runs a call that waits for the disk, off the runtime's threads.
    pub async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let app = self.clone();
        tokio::task::spawn_blocking(move || work(&app))
            .await
            .map_err(|cause| Error::internal("run a task")(cause.into()))?
    }
}

/// What asks providers, the way that the configuration says.
pub fn provider_fetcher(config: &Config) -> Result<Fetcher, hearth_fetch::Error> {
    Fetcher::new(hearth_fetch::Options {
        allow_private_hosts: config.network.allow_private_hosts.clone(),
        route: fetch_route(config),
        ..hearth_fetch::Options::default()
    })
}

/// The torrents' own way, where the owner wants providers asked by it too.
fn fetch_route(config: &Config) -> hearth_fetch::Route {
    let torrents = &config.torrents;
    if !torrents.providers_too {
        hearth_fetch::Route::Any
    } else if !torrents.proxy.is_empty() {
        hearth_fetch::Route::Proxy(torrents.proxy.clone())
    } else if !torrents.interface.is_empty() {
        hearth_fetch::Route::Interface(torrents.interface.clone())
    } else {
        hearth_fetch::Route::Any
    }
}

#[cfg(test)]
mod adult_tests;
#[cfg(test)]
mod saving_tests;
#[cfg(test)]
mod testing;
