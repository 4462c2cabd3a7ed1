//! Words to systemd: ready, alive, stopping. Without it they go nowhere.

use std::{sync::Arc, time::Duration};

use hearth_app::App;
use sd_notify::NotifyState;

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, state) {
        tracing::warn!(%error, "systemd was not told");
    }
}

pub fn ready(app: &Arc<App>) {
    tell(&[NotifyState::Ready]);
    let mut limit_us = 0;
    if sd_notify::watchdog_enabled(false, &mut limit_us) {
        tokio::spawn(feed(app.clone(), Duration::from_micros(limit_us)));
    }
}

pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Feeds the watchdog while the sessions' actor answers: a daemon whose heart hangs is started anew
/// however well its other threads do.
async fn feed(app: Arc<App>, limit: Duration) {
    let mut beats = tokio::time::interval(limit / 3);
    beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        match app.sessions.screens().await {
            Ok(_) => tell(&[NotifyState::Watchdog]),
            // It is shutting down, which has a limit of its own.
            Err(_) => return,
        }
    }
}
