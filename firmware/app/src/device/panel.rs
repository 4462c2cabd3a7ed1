//! The front panel's two ends: what a press does, and what the light says.

use std::{sync::Arc, time::Duration};

use hearth_device::panel::{self, Panel, Pattern, Press};
use hearth_model::{Installing, PowerAction, ScreenKind, ServerMessage};

use crate::{App, Status};

const LOOK_EVERY: Duration = Duration::from_secs(5);

impl App {
    /// Runs the front panel, where there is one.
    pub async fn run_panel(self: Arc<Self>) {
        let device = &self.config.device;
        let panel = match panel::open(device.panel, &device.pins) {
            Ok(Some(panel)) => panel,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "no front panel");
                self.troubles.tell("panel", "", Some(error.to_string()));
                return;
            }
        };
        let Panel {
            mut presses,
            pattern,
        } = panel;
        let mut ending = self.ending();
        loop {
            let wanted = self.pattern().await;
            pattern.send_if_modified(|shown| std::mem::replace(shown, wanted) != wanted);
            tokio::select! {
                press = presses.recv() => match press {
                    Some(press) => self.pressed(press).await,
                    None => return,
                },
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = ending.changed() => {
                    pattern.send_replace(Pattern::Off);
                    return;
                }
            }
        }
    }

    async fn pattern(self: &Arc<Self>) -> Pattern {
        if matches!(self.updates.state().installing, Installing::Running { .. }) {
            return Pattern::Updating;
        }
        match self.health().await.status {
            Status::Ok => Pattern::On,
            Status::Degraded => Pattern::Trouble,
        }
    }

    /// A short press asks on the TV what is wanted, a long one switches off.
    async fn pressed(&self, press: Press) {
        match press {
            Press::Long => {
                if let Err(error) = self.power(PowerAction::PowerOff).await {
                    tracing::warn!(%error, "the button could not switch the box off");
                }
            }
            Press::Short => {
                let screens = self.sessions.screens().await.unwrap_or_default();
                for screen in screens {
                    if screen.kind == ScreenKind::Tv && screen.connected {
                        let key = ServerMessage::Key {
                            screen_id: screen.id,
                            key: "power".into(),
                        };
                        if let Err(error) = self.sessions.to_screen(screen.id, key).await {
                            tracing::debug!(%error, "the TV went away");
                        }
                    }
                }
            }
        }
    }
}
