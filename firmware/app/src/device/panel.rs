//! The front panel's two ends: what a press does, and what the light says.

use std::{sync::Arc, time::Duration};

use hearth_device::panel::{self, Panel, Pattern, Press};
use hearth_model::{Installing, PowerAction, ScreenKind, ServerMessage};
use tokio::sync::{mpsc, watch};

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
        self.serve(panel, || self.pattern()).await;
    }

    /// Until the box ends. What the light is to say asks the disk and may hang with it; the button
    /// must not.
    async fn serve<F: Future<Output = Pattern>>(
        self: &Arc<Self>,
        panel: Panel,
        look: impl Fn() -> F,
    ) {
        let Panel { presses, pattern } = panel;
        let mut ending = self.ending();
        tokio::select! {
            () = show(&pattern, look) => {}
            () = self.heed(presses) => {}
            _ = ending.changed() => {
                pattern.send_replace(Pattern::Off);
            }
        }
    }

    /// Each press on its own: a long one waits for nothing that a short one before it waits for.
    async fn heed(self: &Arc<Self>, mut presses: mpsc::Receiver<Press>) {
        while let Some(press) = presses.recv().await {
            let app = self.clone();
            tokio::spawn(async move { app.pressed(press).await });
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

/// For ever.
async fn show<F: Future<Output = Pattern>>(pattern: &watch::Sender<Pattern>, look: impl Fn() -> F) {
    loop {
        let wanted = look().await;
        pattern.send_if_modified(|shown| std::mem::replace(shown, wanted) != wanted);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
mod tests {
    use std::future;

    use hearth_device::{Backend, power::Power};

    use super::*;
    use crate::testing;

    const WITHIN: Duration = Duration::from_secs(60);

    /// The button waited for the light's look at the box, which a card that hangs never ends.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_long_press_switches_off_a_box_whose_health_never_answers() {
        let folder = tempfile::tempdir().unwrap();
        let simulated = |config: &mut crate::Config| config.device.power = Backend::Simulated;
        let app = testing::app(folder.path(), simulated).await;
        let Power::Simulated(power) = &app.devices.power else {
            panic!("the power is not simulated");
        };
        let (press, presses) = mpsc::channel(8);
        let (pattern, _shown) = watch::channel(Pattern::Starting);
        let panel = Panel { presses, pattern };
        let serving = tokio::spawn({
            let app = app.clone();
            async move { app.serve(panel, future::pending::<Pattern>).await }
        });
        press.send(Press::Long).await.unwrap();
        let told = async {
            while power.told().is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(WITHIN, told).await.unwrap();
        assert_eq!(power.told(), [PowerAction::PowerOff]);
        app.end().await;
        tokio::time::timeout(WITHIN, serving)
            .await
            .unwrap()
            .unwrap();
    }
}
