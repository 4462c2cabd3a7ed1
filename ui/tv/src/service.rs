//! Words to systemd: ready, alive, and the first frame for the box's own test. Without systemd
//! they go nowhere.

use std::{cell::Cell, rc::Rc, time::Duration};

use hearth_model::Surface;
use sd_notify::NotifyState;
use slint::{ComponentHandle, RenderingState, Timer, TimerMode};

use crate::app::App;

/// A renderer that does not say when it drew is asked for a picture after this.
const SETTLED: Duration = Duration::from_millis(500);

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, state) {
        tracing::warn!(%error, "systemd was not told");
    }
}

/// Tells that the window stands, and feeds the watchdog from the thread that draws for as long as
/// what comes back lives: a window that hangs is started anew.
#[must_use]
pub fn ready() -> Option<Timer> {
    tell(&[NotifyState::Ready]);
    let mut limit_us = 0;
    if !sd_notify::watchdog_enabled(false, &mut limit_us) {
        return None;
    }
    let feeder = Timer::default();
    feeder.start(
        TimerMode::Repeated,
        Duration::from_micros(limit_us / 3),
        || {
            tell(&[NotifyState::Watchdog]);
        },
    );
    Some(feeder)
}

/// Tells the box once when the first frame is on the display.
pub fn watch_first_frame(app: &Rc<App>) {
    let done = Rc::new(Cell::new(false));
    let drew = {
        let (app, done) = (Rc::downgrade(app), done.clone());
        move || {
            if let Some(app) = app.upgrade()
                && !done.replace(true)
            {
                // Not from inside the renderer.
                Timer::single_shot(Duration::ZERO, move || app.drew(Surface::Display));
            }
        }
    };
    let watched = app.window.window().set_rendering_notifier({
        let drew = drew.clone();
        move |state, _| {
            if matches!(state, RenderingState::AfterRendering) {
                drew();
            }
        }
    });
    if watched.is_err() {
        // The software renderer tells nothing, but draws what it is asked for. That it also reaches a
        // display shows in that this process lives on: Slint ends the loop where it cannot present.
        let app = Rc::downgrade(app);
        Timer::single_shot(SETTLED, move || {
            let Some(app) = app.upgrade() else { return };
            match app.window.window().take_snapshot() {
                Ok(_) => drew(),
                Err(error) => tracing::warn!(%error, "the window cannot be drawn"),
            }
        });
    }
}
