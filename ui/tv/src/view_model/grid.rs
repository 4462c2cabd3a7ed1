//! Where the focus stands in a grid of cards, and which rows of it are on the screen.

use crate::keys::Key;

/// `at` has the focus; `first_row` is the first row shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Grid {
    pub at: usize,
    pub first_row: usize,
}

impl Grid {
    /// One arrow; false where the grid ends and the page has to decide.
    pub fn step(&mut self, key: Key, len: usize, columns: usize, rows: usize) -> bool {
        let last = len.saturating_sub(1);
        let next = match key {
            Key::Left if !self.at.is_multiple_of(columns) => self.at - 1,
            Key::Right if self.at % columns + 1 < columns && self.at < last => self.at + 1,
            Key::Up if self.at >= columns => self.at - columns,
            // From over a short last row its last card is the way down.
            Key::Down if self.at / columns < last / columns => (self.at + columns).min(last),
            _ => return false,
        };
        self.jump(next, len, columns, rows);
        true
    }

    pub fn jump(&mut self, at: usize, len: usize, columns: usize, rows: usize) {
        self.at = at.min(len.saturating_sub(1));
        let row = self.at / columns;
        self.first_row = self.first_row.min(row).max((row + 1).saturating_sub(rows));
    }

    /// The cards worth drawing: the visible rows and one more on both sides.
    pub fn window(&self, len: usize, columns: usize, rows: usize) -> std::ops::Range<usize> {
        let start = (self.first_row.saturating_sub(1) * columns).min(len);
        start..((self.first_row + rows + 2) * columns).min(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_walk_the_grid_and_stop_at_its_edges() {
        let mut grid = Grid::default();
        assert!(!grid.step(Key::Left, 10, 4, 2));
        assert!(!grid.step(Key::Up, 10, 4, 2));
        assert!(grid.step(Key::Right, 10, 4, 2));
        grid.jump(3, 10, 4, 2);
        assert!(!grid.step(Key::Right, 10, 4, 2), "the row ends here");
        assert!(grid.step(Key::Down, 10, 4, 2));
        assert_eq!(grid.at, 7);
        assert!(
            grid.step(Key::Down, 10, 4, 2),
            "to the short row's last card"
        );
        assert_eq!((grid.at, grid.first_row), (9, 1));
        assert!(!grid.step(Key::Down, 10, 4, 2));
        assert!(!grid.step(Key::Right, 10, 4, 2));
        grid.jump(0, 0, 4, 2);
        assert!(!grid.step(Key::Down, 0, 4, 2), "an empty grid goes nowhere");
    }

    #[test]
    fn the_window_holds_a_few_rows_whatever_the_length() {
        let mut grid = Grid::default();
        grid.jump(5_000, 100_000, 6, 2);
        assert!(grid.window(100_000, 6, 2).len() <= 5 * 6);
        assert!(grid.window(100_000, 6, 2).contains(&5_000));
    }
}
