//! The part that speaks to the network: librqbit's session, and what asks for descriptions.
//!
//! Where the traffic is bound to an interface or a proxy, there is an engine only while that way
//! is there: sockets bound to an interface do not outlive it. The kernel keeps bound sockets from
//! any other way by itself; what is done here is to say it, and to begin again.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use librqbit::{Session, api::Api};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    Error, Options, Result,
    finding::{Finder, own_id},
    folder::Folder,
    resolve::Resolver,
    route::Route,
    session,
    torrents::{Shared, lock},
};

const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(crate) struct Engine {
    pub session: Arc<Session>,
    pub api: Api,
    pub resolver: Resolver,
    stopped: CancellationToken,
    /// The interface's number: another one under the same name is another interface.
    interface: Option<u32>,
}

/// What there is to fetch with.
pub(crate) enum Way {
    Open(Arc<Engine>),
    Gone(String),
}

impl Engine {
    pub async fn start(
        options: &Options,
        folder: &Folder,
        route: &Arc<Route>,
        interface: Option<u32>,
    ) -> Result<Arc<Self>> {
        // A new one each time: peers may still hold connections that a lost way left open, and
        // some take nobody twice.
        let own_id = own_id();
        let session = session::start(options, folder, own_id).await?;
        let stopped = CancellationToken::new();
        let resolver = Resolver {
            finder: Finder::start(options, session.clone(), route, own_id, &stopped).await?,
            route: route.clone(),
            rooms: Arc::default(),
            own_id,
        };
        Ok(Arc::new(Self {
            api: Api::new(session.clone(), None),
            session,
            resolver,
            stopped,
            interface,
        }))
    }

    pub async fn stop(&self) {
        self.stopped.cancel();
        self.session.stop().await;
    }
}

impl Way {
    /// The first engine; a way that is not there yet is waited for by [`watch`].
    pub async fn first(options: &Options, folder: &Folder, route: &Arc<Route>) -> Result<Self> {
        match route.check().await {
            Ok(interface) => Engine::start(options, folder, route, interface)
                .await
                .map(Self::Open),
            Err(reason) => {
                warn!("torrents wait: {reason}");
                Ok(Self::Gone(reason))
            }
        }
    }
}

/// Looks after a bound way for as long as the torrents run.
pub(crate) async fn watch(shared: Weak<Shared>, stopped: CancellationToken) {
    loop {
        tokio::select! {
            () = stopped.cancelled() => return,
            () = sleep(LOOK_EVERY) => {}
        }
        let Some(shared) = shared.upgrade() else {
            return;
        };
        shared.look_at_the_way().await;
    }
}

impl Shared {
    pub fn engine(&self) -> Result<Arc<Engine>> {
        match &*lock(&self.way) {
            Way::Open(engine) => Ok(engine.clone()),
            Way::Gone(reason) => Err(Error::RouteGone {
                reason: reason.clone(),
            }),
        }
    }

    async fn look_at_the_way(self: &Arc<Self>) {
        let now = self.route.check().await;
        match (self.engine().ok(), now) {
            (Some(engine), Ok(interface)) if interface == engine.interface => {}
            (Some(engine), Ok(_)) => {
                let reason = "the network interface was made anew".to_owned();
                self.lose(&engine, reason).await;
            }
            (Some(engine), Err(reason)) => self.lose(&engine, reason).await,
            (None, Ok(interface)) => {
                // Its address and its routes come a moment after it; librqbit tries a peer that it
                // cannot reach again only much later.
                sleep(LOOK_EVERY).await;
                if self.route.check().await == Ok(interface) {
                    self.regain(interface).await;
                }
            }
            (None, Err(_)) => {}
        }
    }

    async fn lose(&self, engine: &Engine, reason: String) {
        warn!("torrents stop: {reason}");
        *lock(&self.way) = Way::Gone(reason.clone());
        let open = || lock(&self.active).values().cloned().collect::<Vec<_>>();
        for active in open() {
            active.current().end(Some(&reason));
        }
        let _changes = self.changes.lock().await;
        // One may have been opened meanwhile.
        for active in open() {
            active.current().end(Some(&reason));
            self.close(&active, true).await;
        }
        engine.stop().await;
    }

    async fn regain(&self, interface: Option<u32>) {
        let _changes = self.changes.lock().await;
        if self.stopped.is_cancelled() {
            return;
        }
        let limits = *lock(&self.limits);
        let options = Options {
            max_down_bytes_per_s: limits.download_bps,
            max_up_bytes_per_s: limits.upload_bps,
            ..self.options.clone()
        };
        let emptied = self.on_disk(Folder::empty_session).await;
        let started = match emptied {
            Ok(()) => Engine::start(&options, &self.folder, &self.route, interface).await,
            Err(error) => Err(error),
        };
        let way = match started {
            Ok(engine) => {
                info!("torrents go on");
                Way::Open(engine)
            }
            Err(error) => {
                warn!("torrents do not go on: {error}");
                Way::Gone(error.to_string())
            }
        };
        *lock(&self.way) = way;
    }
}
