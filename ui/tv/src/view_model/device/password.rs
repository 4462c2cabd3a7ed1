//! Typing a wireless password by arrows: Latin letters, capitals and signs, as WPA takes them.

use crate::keys::Key;

pub const COLUMNS: usize = 10;
const LONGEST: usize = 64;

const LOWER: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl-", "zxcvbnm_.@"];
const UPPER: [&str; 4] = ["1234567890", "QWERTYUIOP", "ASDFGHJKL-", "ZXCVBNM_.@"];
const SIGNS: [&str; 4] = ["!\"#$%&'()*", "+,/:;<=>?[", "\\]^`{|}~-_", ".@€£§°…«»¿"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Layer {
    #[default]
    Lower,
    Upper,
    Signs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    Letter(char),
    /// Capitals on and off.
    Shift,
    /// Signs on and off.
    Signs,
    Space,
    Erase,
    Done,
}

const LAST: [Cap; 5] = [Cap::Shift, Cap::Signs, Cap::Space, Cap::Erase, Cap::Done];

#[derive(Clone, Default)]
pub struct Entry {
    pub text: String,
    layer: Layer,
    row: usize,
    at: usize,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("letters", &self.text.chars().count())
            .finish_non_exhaustive()
    }
}

/// Holds a password: not to be printed.
pub(super) enum Typed {
    Still,
    GaveUp,
    Done(String),
}

impl Entry {
    /// The keys with their row, first column, width, and whether they are focused.
    pub fn caps(&self) -> Vec<(Cap, usize, usize, usize, bool)> {
        let letters = match self.layer {
            Layer::Lower => LOWER,
            Layer::Upper => UPPER,
            Layer::Signs => SIGNS,
        };
        let mut caps = Vec::new();
        for (row, line) in letters.iter().enumerate() {
            for (at, letter) in line.chars().enumerate() {
                let focused = self.row == row && self.at == at;
                caps.push((Cap::Letter(letter), row, at, 1, focused));
            }
        }
        let row = letters.len();
        for (at, cap) in LAST.into_iter().enumerate() {
            let focused = self.row == row && self.at == at;
            caps.push((cap, row, at * 2, 2, focused));
        }
        caps
    }

    fn focused(&self) -> Cap {
        self.caps()
            .into_iter()
            .find(|(.., focused)| *focused)
            .map_or(Cap::Done, |(cap, ..)| cap)
    }

    fn type_letter(&mut self, letter: char) {
        if self.text.len() + letter.len_utf8() <= LONGEST {
            self.text.push(letter);
        }
    }

    pub(super) fn key(&mut self, key: Key) -> Typed {
        let last = LOWER.len();
        match key {
            Key::Back => return Typed::GaveUp,
            Key::Erase => {
                self.text.pop();
            }
            // Typed on a keyboard or a phone: OK is then the end of typing.
            Key::Letter(letter) => {
                self.type_letter(letter);
                (self.row, self.at) = (last, LAST.len() - 1);
            }
            Key::Left => self.at = self.at.saturating_sub(1),
            Key::Right => {
                let keys = if self.row == last {
                    LAST.len()
                } else {
                    COLUMNS
                };
                self.at = (self.at + 1).min(keys - 1);
            }
            Key::Up if self.row == last => {
                self.row -= 1;
                self.at *= 2;
            }
            Key::Up => self.row = self.row.saturating_sub(1),
            Key::Down if self.row + 1 == last => {
                self.row = last;
                self.at /= 2;
            }
            Key::Down => self.row = (self.row + 1).min(last),
            Key::Ok => match self.focused() {
                Cap::Letter(letter) => self.type_letter(letter),
                Cap::Space => self.type_letter(' '),
                Cap::Erase => {
                    self.text.pop();
                }
                Cap::Shift => {
                    self.layer = match self.layer {
                        Layer::Upper => Layer::Lower,
                        _ => Layer::Upper,
                    };
                }
                Cap::Signs => {
                    self.layer = match self.layer {
                        Layer::Signs => Layer::Lower,
                        _ => Layer::Signs,
                    };
                }
                Cap::Done => return Typed::Done(self.text.clone()),
            },
            _ => {}
        }
        Typed::Still
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_a_password_is_reached_by_arrows() {
        let mut missing: Vec<char> = (' '..='~').collect();
        for layer in [Layer::Lower, Layer::Upper, Layer::Signs] {
            let mut entry = Entry {
                layer,
                ..Entry::default()
            };
            for row in 0..=LOWER.len() {
                for _ in 0..COLUMNS {
                    entry.key(Key::Left);
                }
                for _ in 0..COLUMNS {
                    match entry.focused() {
                        Cap::Letter(letter) => missing.retain(|other| *other != letter),
                        Cap::Space => missing.retain(|other| *other != ' '),
                        _ => {}
                    }
                    entry.key(Key::Right);
                }
                assert_eq!(entry.row, row);
                entry.key(Key::Down);
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn ok_after_typing_on_a_keyboard_connects() {
        let mut entry = Entry::default();
        for letter in "correct horse".chars() {
            entry.key(Key::Letter(letter));
        }
        assert!(matches!(entry.key(Key::Ok), Typed::Done(text) if text == "correct horse"));
    }

    #[test]
    fn typed_letters_are_not_printed_and_end_at_the_longest_key() {
        let mut entry = Entry::default();
        for letter in "correct horse".chars() {
            entry.key(Key::Letter(letter));
        }
        assert!(!format!("{entry:?}").contains("horse"));
        for _ in 0..100 {
            entry.key(Key::Letter('x'));
        }
        assert_eq!(entry.text.len(), LONGEST);
        entry.key(Key::Erase);
        assert_eq!(entry.text.len(), LONGEST - 1);
        for _ in 0..5 {
            entry.key(Key::Down);
        }
        for _ in 0..5 {
            entry.key(Key::Right);
        }
        assert!(matches!(entry.key(Key::Ok), Typed::Done(text) if text.starts_with("correct")));
    }
}
