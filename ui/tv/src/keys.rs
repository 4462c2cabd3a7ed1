//! The keys of a TV remote, wherever they come from: a keyboard, a phone, a snapshot's script.

use std::str::FromStr;

/// One press, as the pages understand it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Up,
    Down,
    Left,
    Right,
    Ok,
    Back,
    Home,
    Search,
    PlayPause,
    /// The button on the box.
    Power,
    /// Takes back one letter in a text field; one step back elsewhere.
    Erase,
    Letter(char),
}

impl Key {
    /// A key event's text as Slint writes it.
    pub fn from_slint(text: &str) -> Option<Self> {
        use slint::platform::Key as K;
        let mut letters = text.chars();
        let letter = letters.next()?;
        if letters.next().is_some() {
            return None;
        }
        let known = [
            (K::UpArrow, Self::Up),
            (K::DownArrow, Self::Down),
            (K::LeftArrow, Self::Left),
            (K::RightArrow, Self::Right),
            (K::Return, Self::Ok),
            (K::Escape, Self::Back),
            (K::Back, Self::Back),
            (K::Backspace, Self::Erase),
            (K::Home, Self::Home),
            (K::F3, Self::Search),
            (K::F8, Self::PlayPause),
        ];
        known
            .into_iter()
            .find(|(slint, _)| char::from(*slint) == letter)
            .map(|(_, key)| key)
            // Slint's own keys lie in the private use area.
            .or_else(|| {
                let printable =
                    !letter.is_control() && !('\u{E000}'..='\u{F8FF}').contains(&letter);
                printable.then_some(Self::Letter(letter))
            })
    }

    /// A key's name in a `key` message of a remote.
    pub fn from_remote(name: &str) -> Option<Self> {
        Some(match name {
            "up" => Self::Up,
            "down" => Self::Down,
            "left" => Self::Left,
            "right" => Self::Right,
            "ok" => Self::Ok,
            "back" => Self::Back,
            "home" => Self::Home,
            "search" => Self::Search,
            "play_pause" => Self::PlayPause,
            "power" => Self::Power,
            _ => return None,
        })
    }
}

/// One step of a snapshot's script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Press(Key),
    Type(String),
    WaitMs(u64),
    /// Until nothing goes away by itself any more: the overlay and quiet lines have gone.
    Rest,
}

/// Why a script was not understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is not a key: use Up, Down, Left, Right, Enter, Back, Home, Search, Play, Power, `type:TEXT`, `wait:MS` or `rest`"
)]
pub struct UnknownStep(String);

impl FromStr for Step {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        let unknown = || UnknownStep(text.to_owned());
        if let Some(typed) = text.strip_prefix("type:") {
            return Ok(Self::Type(typed.to_owned()));
        }
        if let Some(wait) = text.strip_prefix("wait:") {
            return wait.parse().map(Self::WaitMs).map_err(|_| unknown());
        }
        if text == "rest" {
            return Ok(Self::Rest);
        }
        let key = match text.to_ascii_lowercase().as_str() {
            "up" => Key::Up,
            "down" => Key::Down,
            "left" => Key::Left,
            "right" => Key::Right,
            "enter" | "ok" => Key::Ok,
            "back" => Key::Back,
            "home" => Key::Home,
            "search" => Key::Search,
            "play" => Key::PlayPause,
            "power" => Key::Power,
            _ => return Err(unknown()),
        };
        Ok(Self::Press(key))
    }
}

/// A whole script: steps between spaces; `type:` may quote a text with spaces.
pub fn script(text: &str) -> Result<Vec<Step>, UnknownStep> {
    let mut steps = Vec::new();
    let mut step = String::new();
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '"' | '\'' if quoted || step == "type:" => quoted = !quoted,
            ' ' if !quoted => {
                if !step.is_empty() {
                    steps.push(step.parse()?);
                    step.clear();
                }
            }
            _ => step.push(letter),
        }
    }
    if !step.is_empty() {
        steps.push(step.parse()?);
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_read_word_by_word() {
        assert_eq!(
            script("Down  Enter type:'Big Buck' wait:50 Play rest").unwrap(),
            vec![
                Step::Press(Key::Down),
                Step::Press(Key::Ok),
                Step::Type("Big Buck".into()),
                Step::WaitMs(50),
                Step::Press(Key::PlayPause),
                Step::Rest,
            ]
        );
        let refused = script("Down Jump").unwrap_err().to_string();
        assert!(refused.starts_with("`Jump` is not a key"), "{refused}");
        assert!(script("wait:soon").is_err());
    }

    #[test]
    fn the_keyboard_and_the_phone_press_the_same_keys() {
        let up: slint::SharedString = slint::platform::Key::UpArrow.into();
        assert_eq!(Key::from_slint(&up), Key::from_remote("up"));
        assert_eq!(Key::from_slint("ж"), Some(Key::Letter('ж')));
        let shift: slint::SharedString = slint::platform::Key::Shift.into();
        assert_eq!(Key::from_slint(&shift), None, "a shift alone types nothing");
        assert_eq!(Key::from_slint(""), None);
        assert_eq!(Key::from_remote("eject"), None);
    }
}
