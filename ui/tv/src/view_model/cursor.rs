//! Where the focus stands in a line of things, and which part of the line is on the screen.

/// `at` has the focus; `first` is the first one shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cursor {
    pub at: usize,
    pub first: usize,
}

impl Cursor {
    /// One step; false at the end of the line, where nothing moves.
    pub fn step(&mut self, forward: bool, len: usize, visible: usize) -> bool {
        let next = if forward {
            self.at + 1
        } else {
            self.at.wrapping_sub(1)
        };
        if next >= len {
            return false;
        }
        self.at = next;
        self.show(len, visible);
        true
    }

    /// Moves the focus to `at`, or to the last one there is.
    pub fn jump(&mut self, at: usize, len: usize, visible: usize) {
        self.at = at.min(len.saturating_sub(1));
        self.show(len, visible);
    }

    fn show(&mut self, len: usize, visible: usize) {
        let visible = visible.max(1);
        self.first = self
            .first
            .min(self.at)
            .max((self.at + 1).saturating_sub(visible))
            .min(len.saturating_sub(visible));
    }

    /// The part of `len` things worth drawing: the visible ones and `spare` on both sides.
    pub fn window(&self, len: usize, visible: usize, spare: usize) -> std::ops::Range<usize> {
        let start = self.first.saturating_sub(spare).min(len);
        start..(self.first + visible + 1 + spare).min(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_focus_stays_on_the_line_and_on_the_screen() {
        let mut cursor = Cursor::default();
        assert!(!cursor.step(false, 10, 4), "nothing before the first");
        for at in 1..10 {
            assert!(cursor.step(true, 10, 4));
            assert_eq!(cursor.at, at);
            assert!(cursor.first <= at && at < cursor.first + 4);
        }
        assert!(!cursor.step(true, 10, 4));
        assert_eq!(cursor.first, 6);
        cursor.jump(99, 3, 4);
        assert_eq!((cursor.at, cursor.first), (2, 0));
        cursor.jump(0, 0, 4);
        assert_eq!(cursor, Cursor::default(), "an empty line has no focus");
    }

    #[test]
    fn a_window_does_not_grow_with_the_line() {
        let mut cursor = Cursor::default();
        cursor.jump(500, 100_000, 6);
        assert_eq!(cursor.window(100_000, 6, 3), 492..505);
        assert_eq!(Cursor::default().window(2, 6, 3), 0..2);
    }
}
