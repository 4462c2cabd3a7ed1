//! The front panel: a power button, a status light, a fan. What a press means, how the light blinks
//! and when the fan runs are pure rules on a given time; the pins are a thin shell.

mod button;
mod fan;
mod led;
mod lines;
mod registers;
mod simulated;
mod thermometer;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        watch,
    },
    time::Instant,
};

pub use self::{
    button::{Button, Press},
    fan::Fan,
    led::Pattern,
    simulated::Simulated,
};
use crate::{Backend, Error};

/// How often the temperature is looked at.
const LOOK_EVERY_MS: u64 = 5_000;

/// Which pins, by their numbers on the chip, and when the fan runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pins {
    /// The label or the name of the chip they are on. Absent: the header of a Raspberry Pi.
    #[serde(default)]
    pub chip: Option<String>,
    /// Absent: the board has none.
    #[serde(default)]
    pub button: Option<u32>,
    #[serde(default)]
    pub led: Option<u32>,
    #[serde(default)]
    pub fan: Option<u32>,
    /// The fan runs from this temperature of the processor on,
    pub fan_on_c: f32,
    /// until it is below this one.
    pub fan_off_c: f32,
}

/// What a panel's hardware can do: pins by one of two ways, or the twin in memory.
pub trait Hardware: Send + 'static {
    fn light(&mut self, on: bool);
    fn fan(&mut self, on: bool);
    /// Of the processor; None when it cannot be read.
    fn celsius(&mut self) -> Option<f32>;
}

/// The running panel's end for the rest of the box.
#[derive(Debug)]
pub struct Panel {
    pub presses: mpsc::Receiver<Press>,
    pub pattern: watch::Sender<Pattern>,
}

/// Opens the panel this board has; None where it has none.
pub fn open(backend: Backend, pins: &Pins) -> Result<Option<Panel>, Error> {
    Ok(match backend {
        Backend::None => None,
        Backend::Simulated => {
            let (_, edges) = mpsc::channel(1);
            Some(start(Simulated::default(), edges, pins))
        }
        Backend::System if pins.chip.is_none() && registers::are_lent() => {
            let (hardware, edges) = registers::open(pins)?;
            Some(start(hardware, edges, pins))
        }
        Backend::System => {
            let (hardware, edges) = lines::open(pins)?;
            Some(start(hardware, edges, pins))
        }
    })
}

/// Runs the panel. `edges` says when the button goes down (true) and up.
pub fn start(hardware: impl Hardware, edges: mpsc::Receiver<bool>, pins: &Pins) -> Panel {
    let (press, presses) = mpsc::channel(8);
    let (pattern, wanted) = watch::channel(Pattern::Starting);
    let fan = Fan::new(pins.fan_on_c, pins.fan_off_c);
    tokio::spawn(run(hardware, edges, press, wanted, fan));
    Panel { presses, pattern }
}

async fn run(
    mut hardware: impl Hardware,
    mut edges: mpsc::Receiver<bool>,
    press: mpsc::Sender<Press>,
    mut wanted: watch::Receiver<Pattern>,
    mut fan: Fan,
) {
    let started = Instant::now();
    let now = || started.elapsed().as_millis() as u64;
    let mut button = Button::default();
    let mut next_look = 0;
    let mut lit = None;
    let (mut has_button, mut has_owner) = (true, true);
    while has_owner {
        let at = now();
        if at >= next_look {
            let celsius = hardware.celsius();
            hardware.fan(fan.step(celsius, at));
            next_look = at + LOOK_EVERY_MS;
        }
        let pattern = *wanted.borrow_and_update();
        let light = pattern.is_lit(at);
        if lit.replace(light) != Some(light) {
            hardware.light(light);
        }
        let mut wake = next_look;
        for other in [pattern.next_change(at), button.next_wake()]
            .into_iter()
            .flatten()
        {
            wake = wake.min(other);
        }
        let sleep = tokio::time::sleep(Duration::from_millis(wake.saturating_sub(at).max(1)));
        let pressed = tokio::select! {
            // What was pressed before what is due: on a busy box a button may be let go long before
            // anybody looks.
            biased;
            edge = edges.recv(), if has_button => {
                has_button = edge.is_some();
                edge.and_then(|down| button.edge(down, now()))
            }
            changed = wanted.changed() => {
                has_owner = changed.is_ok();
                None
            }
            () = sleep => button.wake(now()),
        };
        // Fan and light wait for nobody.
        match pressed.map(|pressed| press.try_send(pressed)) {
            Some(Err(TrySendError::Full(pressed))) => {
                tracing::warn!(?pressed, "nobody takes the button's presses");
            }
            Some(Err(TrySendError::Closed(_))) => return,
            Some(Ok(())) | None => {}
        }
    }
    hardware.light(false);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_simulated_panel_is_pressed_lights_up_and_cools() {
        let hardware = Simulated::default();
        let (edges, received) = mpsc::channel(8);
        let pins = Pins {
            fan_on_c: 70.0,
            fan_off_c: 60.0,
            ..Pins::default()
        };
        hardware.heat(Some(75.0));
        let mut panel = start(hardware.clone(), received, &pins);
        edges.send(true).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        edges.send(false).await.unwrap();
        assert_eq!(panel.presses.recv().await, Some(Press::Short));
        assert!(hardware.fan_runs());
        edges.send(true).await.unwrap();
        assert_eq!(
            panel.presses.recv().await,
            Some(Press::Long),
            "while it is held"
        );
        edges.send(false).await.unwrap();
        panel.pattern.send_replace(Pattern::Off);
        hardware.heat(Some(50.0));
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(!hardware.fan_runs());
        assert!(!hardware.is_lit());
        assert!(panel.presses.try_recv().is_err(), "letting go is no press");
    }

    /// The panel waited for room: after eight presses that nobody took, its fan stood still.
    #[tokio::test(start_paused = true)]
    async fn presses_that_nobody_takes_do_not_stop_the_fan() {
        let hardware = Simulated::default();
        let (edges, received) = mpsc::channel(8);
        let pins = Pins {
            fan_on_c: 70.0,
            fan_off_c: 60.0,
            ..Pins::default()
        };
        let mut panel = start(hardware.clone(), received, &pins);
        for _ in 0..12 {
            for down in [true, false] {
                edges.send(down).await.unwrap();
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        hardware.heat(Some(75.0));
        tokio::time::sleep(Duration::from_millis(2 * LOOK_EVERY_MS)).await;
        assert!(hardware.fan_runs());
        panel.pattern.send_replace(Pattern::Off);
        tokio::time::sleep(Duration::from_millis(LOOK_EVERY_MS)).await;
        assert!(!hardware.is_lit());
        assert_eq!(panel.presses.recv().await, Some(Press::Short));
    }
}
