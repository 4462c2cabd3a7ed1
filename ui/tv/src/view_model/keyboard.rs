//! The on-screen keyboard: two alphabets, one key between them.

use hearth_model::Language;

use crate::keys::Key;

/// Keys side by side; wider keys count for several.
pub const COLUMNS: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    Latin,
    Cyrillic,
}

impl Alphabet {
    pub fn of(language: Language) -> Self {
        match language {
            Language::Ru => Self::Cyrillic,
            Language::En => Self::Latin,
        }
    }

    fn letters(self) -> &'static str {
        match self {
            Self::Latin => "abcdefghijklmnopqrstuvwxyz0123456789-'.&",
            Self::Cyrillic => "абвгдеёжзийклмнопрстуфхцчшщъыьэюя0123456789-'.:&",
        }
    }

    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Latin => Self::Cyrillic,
            Self::Cyrillic => Self::Latin,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    Letter(char),
    Alphabet,
    Space,
    Erase,
    Clear,
}

impl Cap {
    pub fn span(self) -> usize {
        match self {
            Self::Letter(_) => 1,
            Self::Alphabet | Self::Space | Self::Erase | Self::Clear => 2,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyboard {
    pub alphabet: Alphabet,
    pub row: usize,
    /// The key in the row, not the column.
    pub at: usize,
}

impl Keyboard {
    pub fn new(language: Language) -> Self {
        Self {
            alphabet: Alphabet::of(language),
            row: 0,
            at: 0,
        }
    }

    pub fn rows(alphabet: Alphabet) -> Vec<Vec<Cap>> {
        let letters: Vec<Cap> = alphabet.letters().chars().map(Cap::Letter).collect();
        let mut rows: Vec<Vec<Cap>> = letters.chunks(COLUMNS).map(<[Cap]>::to_vec).collect();
        rows.push(vec![Cap::Alphabet, Cap::Space, Cap::Erase, Cap::Clear]);
        rows
    }

    pub fn focused(&self) -> Cap {
        let rows = Self::rows(self.alphabet);
        let row = &rows[self.row.min(rows.len() - 1)];
        row[self.at.min(row.len() - 1)]
    }

    /// One arrow; false where the keyboard ends.
    pub fn step(&mut self, key: Key) -> bool {
        let rows = Self::rows(self.alphabet);
        let row = &rows[self.row];
        match key {
            Key::Left if self.at > 0 => self.at -= 1,
            Key::Right if self.at + 1 < row.len() => self.at += 1,
            Key::Up if self.row > 0 => self.climb(self.row - 1, &rows),
            Key::Down if self.row + 1 < rows.len() => self.climb(self.row + 1, &rows),
            _ => return false,
        }
        true
    }

    /// To the key over or under this one.
    fn climb(&mut self, to: usize, rows: &[Vec<Cap>]) {
        let column: usize = rows[self.row][..self.at].iter().map(|cap| cap.span()).sum();
        let mut start = 0;
        self.at = rows[to].len() - 1;
        for (at, cap) in rows[to].iter().enumerate() {
            if column < start + cap.span() {
                self.at = at;
                break;
            }
            start += cap.span();
        }
        self.row = to;
    }

    /// The other alphabet, the focus on the same key: it is in the last row of both.
    pub fn switch(&mut self) {
        self.alphabet = self.alphabet.other();
        self.row = Self::rows(self.alphabet).len() - 1;
        self.at = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_reached_by_arrows() {
        for alphabet in [Alphabet::Latin, Alphabet::Cyrillic] {
            let rows = Keyboard::rows(alphabet);
            for (row, caps) in rows.iter().enumerate() {
                let width: usize = caps.iter().map(|cap| cap.span()).sum();
                assert_eq!(width, COLUMNS, "row {row} is as wide as the others");
                for (at, cap) in caps.iter().enumerate() {
                    let mut keyboard = Keyboard {
                        alphabet,
                        row: 0,
                        at: 0,
                    };
                    for _ in 0..row {
                        assert!(keyboard.step(Key::Down));
                    }
                    for _ in 0..at {
                        assert!(keyboard.step(Key::Right));
                    }
                    assert_eq!(keyboard.focused(), *cap);
                }
            }
        }
        assert_eq!(
            Alphabet::Cyrillic
                .letters()
                .chars()
                .filter(|c| c.is_alphabetic())
                .count(),
            33
        );
    }

    #[test]
    fn down_goes_to_the_key_below_and_the_edges_hold() {
        let mut keyboard = Keyboard::new(Language::En);
        assert!(!keyboard.step(Key::Up));
        assert!(!keyboard.step(Key::Left));
        for _ in 0..5 {
            keyboard.step(Key::Right);
        }
        for _ in 0..5 {
            keyboard.step(Key::Down);
        }
        assert_eq!(keyboard.focused(), Cap::Erase, "under the sixth column");
        assert!(!keyboard.step(Key::Down));
        keyboard.switch();
        assert_eq!(keyboard.focused(), Cap::Alphabet);
        assert_eq!(keyboard.alphabet, Alphabet::Cyrillic);
    }
}
