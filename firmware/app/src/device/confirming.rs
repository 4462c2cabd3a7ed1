//! The shell around the slot's test: gathers what was shown, writes down what is missing, and tells
//! RAUC when nothing is. hearthd alone confirms.

use std::{
    ffi::OsStr,
    sync::Arc,
    time::{Duration, Instant},
};

use hearth_device::{
    confirm::{self, Failure, Record},
    update::Updater,
};
use hearth_model::{Confirmation, Installing};

use super::updates::Updates;
use crate::{App, worker};

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After RAUC did not take the word.
const ASK_AGAIN: Duration = Duration::from_secs(10);
const PICTURE_WITHIN: Duration = Duration::from_secs(60);

impl App {
    /// Runs until this slot is confirmed. `api_answers` asks the box's own door.
    pub async fn confirm_slot<F>(self: &Arc<Self>, api_answers: impl Fn() -> F + Send)
    where
        F: Future<Output = bool> + Send,
    {
        let updates = &self.updates;
        if matches!(updates.updater, Updater::Absent) {
            return;
        }
        let boot = confirm::boot_id();
        let mut record = updates.keeper.load();
        record.started(updates.version(), &boot, self.clock.wall());
        if let Some(failure) = updates.failure() {
            record.failed(&failure, updates.version());
        }
        updates.keep(&record);
        if let Some(writing) = record.writing {
            tokio::spawn(updates.clone().follow(writing.version));
        }
        {
            let mut state = updates.state();
            state.rolled_back.clone_from(&record.rolled_back);
            if let Some(trial) = record
                .trial
                .filter(|trial| trial.version != updates.version())
            {
                state.installing = Installing::Ready {
                    version: trial.version,
                };
            }
        }
        let picture = tokio::spawn(decodes(updates.clone()));
        let mut picture = Some(picture);
        let mut told = None;
        let mut refused = None;
        loop {
            let store = self.blocking(|app| Ok(app.store.check()?)).await.is_ok();
            let api = api_answers().await;
            if picture
                .as_ref()
                .is_some_and(tokio::task::JoinHandle::is_finished)
                && let Some(done) = picture.take()
            {
                let decoded = done.await.unwrap_or(false);
                updates.state().evidence.media = decoded;
                if !decoded {
                    // A busy first start may be why.
                    picture = Some(tokio::spawn(decodes(updates.clone())));
                }
            }
            let missing = {
                let mut state = updates.state();
                state.evidence.store = store;
                state.evidence.api = api;
                state.evidence.frame = state.tv.stands(Instant::now());
                confirm::missing(&state.evidence)
            };
            if missing.is_empty() {
                match updates.updater.confirm().await {
                    Ok(()) => {
                        updates.confirmed();
                        return;
                    }
                    Err(error) => {
                        // RAUC is busy for minutes while it writes an update.
                        let said = error.to_string();
                        if refused.as_ref() != Some(&said) {
                            let error: &(dyn std::error::Error + 'static) = &error;
                            tracing::warn!(error, "the slot cannot be confirmed yet");
                            refused = Some(said);
                        }
                        tokio::time::sleep(ASK_AGAIN).await;
                    }
                }
            }
            if told.as_ref() != Some(&missing) {
                tracing::info!(?missing, "this slot still has to show");
                let mut record = updates.keeper.load();
                record.owes(updates.version(), &missing);
                updates.keep(&record);
                updates.state().confirmation = Confirmation::Waiting {
                    missing: missing.clone(),
                };
                told = Some(missing);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

impl Updates {
    fn confirmed(&self) {
        let mut record = self.keeper.load();
        record.confirmed(self.version());
        self.keep(&record);
        let mut state = self.state();
        state.confirmation = Confirmation::Confirmed;
        state.rolled_back = record.rolled_back;
    }

    /// What the boot scripts say of the last slot that failed.
    fn failure(&self) -> Option<Failure> {
        match std::fs::read_to_string(&self.failure) {
            Ok(text) => Failure::read(&text),
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    tracing::warn!(%error, file = %self.failure.display(), "a slot's failure cannot be read");
                }
                None
            }
        }
    }

    pub(super) fn keep(&self, record: &Record) {
        if *record == self.keeper.load() {
            return;
        }
        if let Err(error) = self.keeper.save(record) {
            tracing::warn!(%error, "the slots' record could not be kept");
        }
    }
}

/// Whether the worker decodes the image's test picture.
async fn decodes(updates: Arc<Updates>) -> bool {
    // In memory on a box: a full data partition takes no update back.
    let still = std::env::temp_dir().join(format!("hearth-picture-{}.png", std::process::id()));
    let arguments = [
        OsStr::new("thumbnail"),
        updates.test_picture.as_os_str(),
        OsStr::new("--at"),
        OsStr::new("500"),
        OsStr::new("--out"),
        still.as_os_str(),
    ];
    let outcome = worker::job(&arguments, PICTURE_WITHIN).await;
    if let Err(error) = std::fs::remove_file(&still) {
        tracing::debug!(%error, "no still was left behind");
    }
    match outcome {
        Ok(_) => true,
        Err(error) => {
            tracing::warn!(%error, picture = %updates.test_picture.display(), "the test picture was not decoded");
            tokio::time::sleep(Duration::from_secs(5)).await;
            false
        }
    }
}
