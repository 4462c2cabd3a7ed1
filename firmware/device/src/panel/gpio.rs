//! The pins of a Raspberry Pi, through rppal. Its author retired it in 2025: nothing of it is known
//! outside this file.

use std::{fs, time::Duration};

use rppal::gpio::{Gpio, InputPin, Level, OutputPin, Trigger};
use tokio::sync::mpsc;

use super::{Hardware, Pins};
use crate::Error;

const TEMPERATURE: &str = "/sys/class/thermal/thermal_zone0/temp";
/// What the kernel already leaves out; the rest is the button's own rule.
const SETTLE: Duration = Duration::from_millis(5);

pub(super) struct Board {
    /// Kept: dropping it ends its interrupts.
    _button: Option<InputPin>,
    led: Option<OutputPin>,
    fan: Option<OutputPin>,
}

pub(super) fn open(pins: &Pins) -> Result<(Board, mpsc::Receiver<bool>), Error> {
    let missing = |error: rppal::gpio::Error| {
        Error::Missing(format!("the front panel's pins cannot be used: {error}"))
    };
    let gpio = Gpio::new().map_err(missing)?;
    let output = |pin: Option<u8>| {
        pin.map(|pin| gpio.get(pin).map(rppal::gpio::Pin::into_output_low))
            .transpose()
            .map_err(missing)
    };
    let (edge, edges) = mpsc::channel(64);
    let button = pins
        .button
        .map(|pin| {
            // The button closes to ground.
            let mut button = gpio.get(pin)?.into_input_pullup();
            button.set_async_interrupt(Trigger::Both, Some(SETTLE), move |event| {
                let down = event.trigger == Trigger::FallingEdge;
                // A full queue is a broken contact: what it says is not worth waiting for.
                let _ = edge.try_send(down);
            })?;
            Ok(button)
        })
        .transpose()
        .map_err(missing)?;
    let board = Board {
        _button: button,
        led: output(pins.led)?,
        fan: output(pins.fan)?,
    };
    Ok((board, edges))
}

fn set(pin: &mut Option<OutputPin>, on: bool) {
    if let Some(pin) = pin {
        pin.write(if on { Level::High } else { Level::Low });
    }
}

impl Hardware for Board {
    fn light(&mut self, on: bool) {
        set(&mut self.led, on);
    }

    fn fan(&mut self, on: bool) {
        set(&mut self.fan, on);
    }

    fn celsius(&mut self) -> Option<f32> {
        let text = fs::read_to_string(TEMPERATURE).ok()?;
        text.trim().parse::<f32>().ok().map(|milli| milli / 1000.0)
    }
}
