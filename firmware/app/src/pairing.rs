//! Pairing by a PIN that only the TV (or `hearthd pair`) shows.
//!
//! A PIN takes five tries, lives five minutes and is used once. When it is guessed away a new one
//! takes its place and the TV says so, so that guessing from many addresses gains nothing.

use std::sync::{Mutex, PoisonError};

use hearth_model::ServerMs;
use rand::Rng;

use crate::Clock;

const LIFE_MS: u64 = 5 * 60_000;
const TRIES: u8 = 5;

#[derive(Debug)]
struct Shown {
    pin: String,
    /// Absent: the setup code, which waits for its owner.
    until: Option<ServerMs>,
    tries: u8,
}

/// What a try at the PIN came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Try {
    Right,
    Wrong,
    NotShown,
    /// Wrong for the fifth time; this PIN is shown now. The setup code has no follower.
    GuessedAway(Option<String>),
}

/// The PIN that is shown now. The lock is held for a comparison, never across I/O.
#[derive(Debug)]
pub struct Pairing {
    clock: Clock,
    shown: Mutex<Option<Shown>>,
}

impl Pairing {
    /// `setup_code` is the first PIN of an unattended set-up.
    pub fn new(clock: Clock, setup_code: Option<String>) -> Self {
        let shown = setup_code.map(|pin| Shown {
            pin,
            until: None,
            tries: TRIES,
        });
        Self {
            clock,
            shown: Mutex::new(shown),
        }
    }

    /// The PIN to show, and the seconds it lives: a new one, or the one already shown.
    pub fn show(&self) -> (String, u64) {
        let now = self.clock.now();
        let mut slot = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Shown {
            pin,
            until: Some(until),
            ..
        }) = &*slot
            && *until > now + LIFE_MS / 5
        {
            return (pin.clone(), (until - now) / 1000);
        }
        let pin = new_pin();
        *slot = Some(Shown {
            pin: pin.clone(),
            until: Some(now + LIFE_MS),
            tries: TRIES,
        });
        (pin, LIFE_MS / 1000)
    }

    /// The PIN that the TV shows. The setup code is on no screen.
    pub fn shown(&self) -> Option<String> {
        let now = self.clock.now();
        let slot = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref()
            .filter(|shown| shown.until.is_some_and(|until| until > now))
            .map(|shown| shown.pin.clone())
    }

    pub fn hide(&self) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// One try. A right one uses the PIN up.
    pub fn try_pin(&self, pin: &str) -> Try {
        let now = self.clock.now();
        let mut slot = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if slot
            .as_ref()
            .is_some_and(|shown| shown.until.is_some_and(|until| until <= now))
        {
            *slot = None;
        }
        let Some(shown) = &mut *slot else {
            return Try::NotShown;
        };
        if same(shown.pin.as_bytes(), pin.trim().as_bytes()) {
            *slot = None;
            return Try::Right;
        }
        shown.tries -= 1;
        if shown.tries > 0 {
            return Try::Wrong;
        }
        let follower = shown.until.is_some().then(|| {
            let pin = new_pin();
            *shown = Shown {
                pin: pin.clone(),
                until: Some(now + LIFE_MS),
                tries: TRIES,
            };
            pin
        });
        if follower.is_none() {
            *slot = None;
        }
        Try::GuessedAway(follower)
    }
}

fn new_pin() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000))
}

/// Compares in a time that tells nothing of where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abuse_9_a_pin_is_used_once_and_ends() {
        let clock = Clock::default();
        let pairing = Pairing::new(clock.clone(), None);
        assert_eq!(pairing.try_pin("000000"), Try::NotShown);
        let (pin, _) = pairing.show();
        assert_eq!(pairing.try_pin(&pin), Try::Right);
        assert_eq!(pairing.try_pin(&pin), Try::NotShown, "used");
        let (pin, _) = pairing.show();
        clock.turn(LIFE_MS + 1_000);
        assert_eq!(pairing.try_pin(&pin), Try::NotShown, "expired");
        let (pin, _) = pairing.show();
        pairing.hide();
        assert_eq!(pairing.try_pin(&pin), Try::NotShown, "hidden");
    }

    #[test]
    fn five_wrong_tries_change_the_pin() {
        let pairing = Pairing::new(Clock::default(), None);
        let (pin, _) = pairing.show();
        for _ in 0..4 {
            assert_eq!(pairing.try_pin("wrong"), Try::Wrong);
        }
        let Try::GuessedAway(Some(next)) = pairing.try_pin("wrong") else {
            panic!("no new PIN")
        };
        assert_ne!(pairing.try_pin(&pin), Try::Right, "the guessed PIN is dead");
        assert_eq!(pairing.try_pin(&next), Try::Right);
    }

    #[test]
    fn the_setup_code_waits_but_is_used_once_and_guessed_away_for_good() {
        let clock = Clock::default();
        let pairing = Pairing::new(clock.clone(), Some("314159".into()));
        clock.turn(LIFE_MS * 100);
        assert_eq!(pairing.try_pin("314159"), Try::Right);
        assert_eq!(pairing.try_pin("314159"), Try::NotShown);
        let pairing = Pairing::new(clock, Some("314159".into()));
        for _ in 0..4 {
            assert_eq!(pairing.try_pin("x"), Try::Wrong);
        }
        assert_eq!(pairing.try_pin("x"), Try::GuessedAway(None));
        assert_eq!(pairing.try_pin("314159"), Try::NotShown);
    }
}
