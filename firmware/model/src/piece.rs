//! Films that are cut into several files and played as one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What one file holds of such a film. Everything else counts by the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Piece {
    /// From 0.
    pub index: u32,
    /// Where in the film it begins and ends.
    pub from_ms: u64,
    pub until_ms: u64,
    /// How long the film is.
    pub whole_ms: u64,
}

impl Piece {
    /// The piece of a place in a film of which the files are so long, in their order. None of a
    /// film without files.
    pub fn at(position_ms: u64, lengths_ms: &[u64]) -> Option<Self> {
        let whole_ms = lengths_ms.iter().sum();
        let mut from_ms = 0;
        let mut last = None;
        for (index, length_ms) in (0..).zip(lengths_ms) {
            let piece = Self {
                index,
                from_ms,
                until_ms: from_ms + length_ms,
                whole_ms,
            };
            if piece.holds(position_ms) {
                return Some(piece);
            }
            from_ms = piece.until_ms;
            last = Some(piece);
        }
        last
    }

    /// Whether the film is in this file there. The end of the last one is its own.
    pub fn holds(&self, position_ms: u64) -> bool {
        position_ms >= self.from_ms && (position_ms < self.until_ms || self.is_last())
    }

    pub fn is_last(&self) -> bool {
        self.until_ms >= self.whole_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_film_is_in_one_of_its_files() {
        let lengths = [40, 50, 10];
        for (position, index) in [
            (0, 0),
            (39, 0),
            (40, 1),
            (89, 1),
            (90, 2),
            (100, 2),
            (999, 2),
        ] {
            let piece = Piece::at(position, &lengths).unwrap();
            assert_eq!((piece.index, piece.whole_ms), (index, 100), "{position}");
        }
        assert_eq!(Piece::at(5, &[]), None);
        let lasts = [0, 50, 95].map(|at| Piece::at(at, &lengths).unwrap().is_last());
        assert_eq!(lasts, [false, false, true]);
    }
}
