//! The panel's pins through the kernel's character device, which every kernel has: Debian's lends
//! nobody the registers (docs/decisions/0019-front-panel.md).

use std::{thread, time::Duration};

use gpiocdev::{
    Chip, Request,
    chip::{self, Info},
    line::{Bias, EdgeDetection, EdgeKind, Value},
    request::Builder,
};
use tokio::sync::mpsc;

use super::{Hardware, Pins, thermometer};
use crate::Error;

/// The pins on the header of a Raspberry Pi: up to 3, 4, 5.
const HEADER: [&str; 3] = ["pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"];
/// What the kernel already leaves out; the rest is the button's own rule.
const SETTLE: Duration = Duration::from_millis(5);
/// How soon the button is let go of when the panel ends.
const LOOK_UP: Duration = Duration::from_secs(1);

pub(super) struct Lines {
    led: Option<Request>,
    fan: Option<Request>,
}

pub(super) fn open(pins: &Pins) -> Result<(Lines, mpsc::Receiver<bool>), Error> {
    let (chip, info) = find(pins.chip.as_deref())?;
    let take = |line, shape: fn(&mut Builder) -> &mut Builder| take(&chip, &info, line, shape);
    let output = |line: Option<u32>| {
        line.map(|line| take(line, |line| line.as_output(Value::Inactive)))
            .transpose()
    };
    let (edge, edges) = mpsc::channel(64);
    if let Some(line) = pins.button {
        // The button closes to ground.
        let button = take(line, |line| {
            line.as_input()
                .as_active_low()
                .with_bias(Bias::PullUp)
                .with_edge_detection(EdgeDetection::BothEdges)
                .with_debounce_period(SETTLE)
        })?;
        // A thread of its own, as rppal has.
        thread::Builder::new()
            .name("panel-button".into())
            .spawn(move || {
                if let Err(error) = listen(&button, &edge) {
                    tracing::warn!(%error, "the front panel's button is gone");
                }
            })
            .map_err(|error| {
                Error::Missing(format!("the front panel's button is not heard: {error}"))
            })?;
    }
    let lines = Lines {
        led: output(pins.led)?,
        fan: output(pins.fan)?,
    };
    Ok((lines, edges))
}

/// `wanted` is the label or the name of a chip; None means the header of a Raspberry Pi.
fn find(wanted: Option<&str>) -> Result<(Chip, Info), Error> {
    let unreadable =
        |error| Error::Missing(format!("the front panel's chip is not found: {error}"));
    let mut others = Vec::new();
    for path in chip::chips().map_err(unreadable)? {
        match Chip::from_path(&path).and_then(|chip| Ok((chip.info()?, chip))) {
            Ok((info, chip)) if is_wanted(wanted, &info) => return Ok((chip, info)),
            Ok((info, _)) => others.push(called(&info)),
            Err(error) => others.push(format!("{} ({error})", path.display())),
        }
    }
    let wanted = match wanted {
        Some(wanted) => format!("the front panel's chip \"{wanted}\" is not here"),
        None => "the front panel's pins are not those of a Raspberry Pi".to_owned(),
    };
    let others = if others.is_empty() {
        "this kernel has no chip with pins".to_owned()
    } else {
        format!(
            "name one of these as `chip` in [device.pins]: {}",
            others.join(", ")
        )
    };
    Err(Error::Missing(format!("{wanted}; {others}")))
}

fn is_wanted(wanted: Option<&str>, info: &Info) -> bool {
    match wanted {
        Some(wanted) => wanted == info.label || wanted == info.name,
        None => HEADER.contains(&info.label.as_str()),
    }
}

fn called(info: &Info) -> String {
    format!("{} ({})", info.name, info.label)
}

fn take(
    chip: &Chip,
    info: &Info,
    line: u32,
    shape: fn(&mut Builder) -> &mut Builder,
) -> Result<Request, Error> {
    let refused = |why: String| {
        Error::Missing(format!(
            "line {line} of {} cannot be the front panel's: {why}",
            called(info)
        ))
    };
    if line >= info.num_lines {
        return Err(refused(format!(
            "there are {}, from 0 on; correct [device.pins]",
            info.num_lines
        )));
    }
    let known = chip
        .line_info(line)
        .map_err(|error| refused(error.to_string()))?;
    if known.used {
        return Err(refused(format!(
            "\"{}\" holds it; take another in [device.pins], or free it",
            known.consumer
        )));
    }
    let mut builder = Request::builder();
    builder
        .on_chip(chip.path())
        .with_consumer("hearthd")
        .with_line(line);
    shape(&mut builder)
        .request()
        .map_err(|error| refused(error.to_string()))
}

/// Tells when the button goes down and up, until nobody wants to know.
fn listen(button: &Request, edge: &mpsc::Sender<bool>) -> gpiocdev::Result<()> {
    // Not `Request::read_edge_event`: gpiocdev 0.8.0 reads up to eight there, and tells of the first.
    let mut events = button.edge_events();
    while !edge.is_closed() {
        if button.wait_edge_event(LOOK_UP)? {
            let down = events.read_event()?.kind == EdgeKind::Rising;
            // A full queue is a broken contact: what it says is not worth waiting for.
            let _ = edge.try_send(down);
        }
    }
    Ok(())
}

/// A pin that is gone is told once, and left alone from then on.
fn set(pin: &mut Option<Request>, on: bool, what: &str) {
    let value = if on { Value::Active } else { Value::Inactive };
    if let Some(Err(error)) = pin.as_ref().map(|pin| pin.set_lone_value(value)) {
        tracing::warn!(%error, "the front panel's {what} is gone");
        *pin = None;
    }
}

impl Hardware for Lines {
    fn light(&mut self, on: bool) {
        set(&mut self.led, on, "light");
    }

    fn fan(&mut self, on: bool) {
        set(&mut self.fan, on, "fan");
    }

    fn celsius(&mut self) -> Option<f32> {
        thermometer::celsius()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chip(name: &str, label: &str) -> Info {
        Info {
            name: name.into(),
            label: label.into(),
            num_lines: 54,
        }
    }

    #[test]
    fn without_a_name_it_is_the_header_of_a_raspberry_pi() {
        let header = chip("gpiochip0", "pinctrl-bcm2711");
        let expander = chip("gpiochip1", "raspberrypi-exp-gpio");
        assert!(is_wanted(None, &header));
        assert!(!is_wanted(None, &expander));
        assert!(is_wanted(None, &chip("gpiochip11", "pinctrl-rp1")));
        assert!(!is_wanted(Some("gpiochip1"), &header));
        assert!(is_wanted(Some("gpiochip1"), &expander), "by its name");
        assert!(is_wanted(Some("raspberrypi-exp-gpio"), &expander));
    }

    #[test]
    fn a_chip_that_is_not_here_is_told_with_what_to_do() {
        let pins = Pins {
            chip: Some("no such chip".into()),
            button: Some(3),
            ..Pins::default()
        };
        let error = open(&pins).map(|_| ()).unwrap_err().to_string();
        assert!(
            error.starts_with("the front panel's chip \"no such chip\" is not here; "),
            "{error}"
        );
    }
}
