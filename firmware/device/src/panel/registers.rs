//! The pins of a Raspberry Pi through rppal, which writes the processor's registers itself: only
//! Raspberry Pi's own kernel lends them. Its author retired it in 2025: nothing of it is known
//! outside this file.

use std::{path::Path, time::Duration};

use rppal::gpio::{Gpio, InputPin, Level, OutputPin, Pin, Trigger};
use tokio::sync::mpsc;

use super::{Hardware, Pins, thermometer};
use crate::Error;

/// Of a Raspberry Pi up to 4, and of a 5.
const REGISTERS: [&str; 2] = ["/dev/gpiomem", "/dev/gpiomem0"];
/// What the kernel already leaves out; the rest is the button's own rule.
const SETTLE: Duration = Duration::from_millis(5);

pub(super) struct Registers {
    /// Kept: dropping it ends its interrupts.
    _button: Option<InputPin>,
    led: Option<OutputPin>,
    fan: Option<OutputPin>,
}

/// Whether this kernel lends them.
pub(super) fn are_lent() -> bool {
    REGISTERS.iter().any(|path| Path::new(path).exists())
}

pub(super) fn open(pins: &Pins) -> Result<(Registers, mpsc::Receiver<bool>), Error> {
    let missing = |error: rppal::gpio::Error| {
        Error::Missing(format!(
            "the front panel's pins cannot be used: {error}; look at [device.pins]"
        ))
    };
    let gpio = Gpio::new().map_err(missing)?;
    let get = |pin: u32| {
        let pin = u8::try_from(pin).unwrap_or(u8::MAX);
        gpio.get(pin).map_err(missing)
    };
    let output = |pin: Option<u32>| {
        pin.map(|pin| get(pin).map(Pin::into_output_low))
            .transpose()
    };
    let (edge, edges) = mpsc::channel(64);
    let button = pins
        .button
        .map(|pin| {
            // The button closes to ground.
            let mut button = get(pin)?.into_input_pullup();
            let listening = button.set_async_interrupt(Trigger::Both, Some(SETTLE), move |event| {
                let down = event.trigger == Trigger::FallingEdge;
                // A full queue is a broken contact: what it says is not worth waiting for.
                let _ = edge.try_send(down);
            });
            listening.map_err(missing).map(|()| button)
        })
        .transpose()?;
    let registers = Registers {
        _button: button,
        led: output(pins.led)?,
        fan: output(pins.fan)?,
    };
    Ok((registers, edges))
}

fn set(pin: &mut Option<OutputPin>, on: bool) {
    if let Some(pin) = pin {
        pin.write(if on { Level::High } else { Level::Low });
    }
}

impl Hardware for Registers {
    fn light(&mut self, on: bool) {
        set(&mut self.led, on);
    }

    fn fan(&mut self, on: bool) {
        set(&mut self.fan, on);
    }

    fn celsius(&mut self) -> Option<f32> {
        thermometer::celsius()
    }
}
