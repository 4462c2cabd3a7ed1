//! Writes that need not hold anybody up: progress, what was learnt of sources, how loud it was.
//!
//! The newest save of each thing wins, so a slow card gets fewer writes, never older ones. What a
//! full disk refuses is kept and tried again.

use std::{collections::HashMap, time::Duration};

use hearth_model::{EpisodeId, ProfileId, Progress, ScreenId, Source, SourceId, TitleId};
use hearth_store::{Store, Tried};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until, timeout},
};

const TRY_AGAIN: Duration = Duration::from_secs(5);
/// How long a reader waits for what is being written: longer than a slow card takes for it.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Clone)]
pub enum Save {
    Progress(ProfileId, Progress, Option<Source>),
    /// How a source did when it was played.
    Health(SourceId, Tried),
    /// How loud each screen was left.
    Volumes(HashMap<ScreenId, u8>),
}

/// The setting that holds `Save::Volumes`.
pub const VOLUMES: &str = "screen.volumes";

#[derive(Debug, PartialEq, Eq, Hash, Clone, Copy)]
enum Key {
    Progress(ProfileId, TitleId, Option<EpisodeId>),
    Health(SourceId),
    Volumes,
}

impl Save {
    fn key(&self) -> Key {
        match self {
            Self::Progress(profile, progress, _) => {
                Key::Progress(*profile, progress.title_id, progress.episode_id)
            }
            Self::Health(id, _) => Key::Health(*id),
            Self::Volumes(_) => Key::Volumes,
        }
    }

    fn write(&self, store: &Store) -> Result<(), hearth_store::Error> {
        match self {
            Self::Progress(profile, progress, source) => {
                store.save_progress(*profile, progress, source.as_ref())
            }
            Self::Health(id, tried) => store.note_tries(&[(*id, tried.clone())]),
            Self::Volumes(volumes) => store.set_setting(VOLUMES, volumes),
        }
    }
}

#[derive(Debug)]
enum Input {
    Save(Box<Save>),
    Flush(oneshot::Sender<()>),
}

/// The handle. Saves are small and come a few a minute; the channel need not be bounded.
#[derive(Debug, Clone)]
pub struct Saving {
    /// What is written to.
    pub store: Store,
    inbox: mpsc::UnboundedSender<Input>,
}

impl Saving {
    pub fn start(store: Store) -> Self {
        let (inbox, receiver) = mpsc::unbounded_channel();
        tokio::spawn(run(store.clone(), receiver));
        Self { store, inbox }
    }

    pub fn save(&self, save: Save) {
        if self.inbox.send(Input::Save(Box::new(save))).is_err() {
            tracing::error!("a position came after the last save and was lost");
        }
    }

    /// Everything that was given to `save` is on disk when this returns, unless the disk refuses.
    pub async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.inbox.send(Input::Flush(done)).is_ok() {
            let _ = wait.await;
        }
    }

    /// For those who read what was saved: what was left a moment ago is where it was left. A disk
    /// that hangs holds them up a moment only.
    pub async fn settle(&self) {
        let _ = timeout(PATIENCE, self.flush()).await;
    }
}

async fn run(store: Store, mut inbox: mpsc::UnboundedReceiver<Input>) {
    let mut pending: HashMap<Key, Save> = HashMap::new();
    let mut refused_since: Option<Instant> = None;
    loop {
        let mut flushes = Vec::new();
        let input = match refused_since {
            Some(since) => tokio::select! {
                input = inbox.recv() => input,
                () = sleep_until(since + TRY_AGAIN) => {
                    write_all(&store, &mut pending, &mut refused_since).await;
                    continue;
                }
            },
            None => inbox.recv().await,
        };
        let Some(mut input) = input else { return };
        loop {
            match input {
                Input::Save(save) => {
                    pending.insert(save.key(), *save);
                }
                Input::Flush(done) => flushes.push(done),
            }
            match inbox.try_recv() {
                Ok(next) => input = next,
                Err(_) => break,
            }
        }
        write_all(&store, &mut pending, &mut refused_since).await;
        for done in flushes {
            let _ = done.send(());
        }
    }
}

async fn write_all(
    store: &Store,
    pending: &mut HashMap<Key, Save>,
    refused_since: &mut Option<Instant>,
) {
    let batch = std::mem::take(pending);
    let store = store.clone();
    let written = tokio::task::spawn_blocking(move || {
        let mut refused = Vec::new();
        let mut reason = None;
        for (key, save) in batch {
            if let Err(error) = save.write(&store) {
                reason = Some(error);
                refused.push((key, save));
            }
        }
        (refused, reason)
    })
    .await;
    match written {
        Ok((refused, reason)) => {
            if let (Some(error), None) = (&reason, &refused_since) {
                tracing::warn!(%error, "positions wait to be saved");
            }
            *refused_since = reason.map(|_| Instant::now());
            pending.extend(refused);
        }
        Err(error) => tracing::error!(%error, "saving panicked"),
    }
}
