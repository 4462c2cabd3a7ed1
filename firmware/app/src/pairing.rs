//! Pairing by a PIN that only the TV (or `hearthd pair`) shows.
//!
//! A PIN takes five tries, lives five minutes and is used once. When it is guessed away a new one
//! takes its place and the TV says so, so that guessing from many addresses gains nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hearth_model::ServerMs;
use rand::Rng;

use crate::Clock;

const LIFE_MS: u64 = 5 * 60_000;
const TRIES: u8 = 5;

/// A secret that pairs, and the tries that are left for it.
#[derive(Debug)]
struct Secret {
    pin: String,
    tries: u8,
}

impl Secret {
    fn new(pin: String) -> Self {
        Self { pin, tries: TRIES }
    }
}

#[derive(Debug, Default)]
struct Open {
    /// What the TV shows, and until when.
    shown: Option<(Secret, ServerMs)>,
    /// On no screen; waits for its owner beside what the TV shows.
    setup: Option<Secret>,
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

/// What pairs right now. The lock is held for a comparison, never across I/O.
#[derive(Debug)]
pub struct Pairing {
    clock: Clock,
    open: Mutex<Open>,
}

impl Pairing {
    /// `setup_code` is the first PIN of an unattended set-up.
    pub fn new(clock: Clock, setup_code: Option<String>) -> Self {
        Self {
            clock,
            open: Mutex::new(Open {
                shown: None,
                setup: setup_code.map(Secret::new),
            }),
        }
    }

    /// The PIN to show, and the seconds it lives: a new one, or the one already shown.
    pub fn show(&self) -> (String, u64) {
        let now = self.clock.now();
        let mut open = self.open();
        if let Some((secret, until)) = &open.shown
            && *until > now + LIFE_MS / 5
        {
            return (secret.pin.clone(), (*until - now) / 1000);
        }
        let pin = new_pin();
        open.shown = Some((Secret::new(pin.clone()), now + LIFE_MS));
        (pin, LIFE_MS / 1000)
    }

    /// The PIN that the TV shows. The setup code is on no screen.
    pub fn shown(&self) -> Option<String> {
        let now = self.clock.now();
        let open = self.open();
        let (secret, _) = open.shown.as_ref().filter(|(_, until)| *until > now)?;
        Some(secret.pin.clone())
    }

    /// Whether there was one to take away.
    pub fn hide(&self) -> bool {
        self.open().shown.take().is_some()
    }

    /// One try, at whatever pairs now. A right one uses that up.
    pub fn try_pin(&self, pin: &str) -> Try {
        let now = self.clock.now();
        let mut open = self.open();
        open.shown.take_if(|(_, until)| *until <= now);
        let is = |secret: &Secret| same(secret.pin.as_bytes(), pin.trim().as_bytes());
        if open.shown.take_if(|(secret, _)| is(secret)).is_some()
            || open.setup.take_if(|secret| is(secret)).is_some()
        {
            return Try::Right;
        }
        if open.shown.is_none() && open.setup.is_none() {
            return Try::NotShown;
        }
        let spent = |secret: &mut Secret| {
            secret.tries -= 1;
            secret.tries == 0
        };
        let setup_is_gone = open.setup.take_if(spent).is_some();
        let Some((secret, _)) = &mut open.shown else {
            return if setup_is_gone {
                Try::GuessedAway(None)
            } else {
                Try::Wrong
            };
        };
        if !spent(secret) {
            return Try::Wrong;
        }
        let pin = new_pin();
        open.shown = Some((Secret::new(pin.clone()), now + LIFE_MS));
        Try::GuessedAway(Some(pin))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn a_pin_on_the_tv_leaves_the_setup_code_alone() {
        let pairing = Pairing::new(Clock::default(), Some("314159".into()));
        let (pin, _) = pairing.show();
        assert_eq!(pairing.try_pin("wrong"), Try::Wrong);
        assert_eq!(pairing.try_pin(&pin), Try::Right);
        pairing.show();
        pairing.hide();
        assert_eq!(pairing.shown(), None);
        assert_eq!(pairing.try_pin("314159"), Try::Right);
        assert_eq!(pairing.try_pin("314159"), Try::NotShown);
    }
}
