//! The power button: what a press was. Contacts bounce, so a change counts when it lasted.

/// Shorter than this is the contact and not the finger.
const BOUNCE_MS: u64 = 30;
/// Held this long it is a long press, said while it is still held.
const LONG_MS: u64 = 3_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    Short,
    Long,
}

/// Edges and set times in, presses out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Button {
    /// Since when it is down.
    down_ms: Option<u64>,
    /// The long press of this hold was said.
    said: bool,
}

impl Button {
    /// The contact closed or opened.
    pub fn edge(&mut self, down: bool, now_ms: u64) -> Option<Press> {
        if down {
            self.down_ms.get_or_insert(now_ms);
            return None;
        }
        let held_ms = now_ms.saturating_sub(self.down_ms.take()?);
        let said = std::mem::take(&mut self.said);
        if said || held_ms < BOUNCE_MS {
            None
        } else if held_ms < LONG_MS {
            Some(Press::Short)
        } else {
            Some(Press::Long)
        }
    }

    /// The time named by `next_wake` has come.
    pub fn wake(&mut self, now_ms: u64) -> Option<Press> {
        let due = self.next_wake().is_some_and(|at| now_ms >= at);
        self.said |= due;
        due.then_some(Press::Long)
    }

    /// When a hold becomes a long press.
    pub fn next_wake(&self) -> Option<u64> {
        self.down_ms
            .filter(|_| !self.said)
            .map(|down_ms| down_ms + LONG_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_long_and_bouncing() {
        let mut button = Button::default();
        assert_eq!(button.edge(true, 0), None);
        assert_eq!(button.edge(false, 200), Some(Press::Short));
        // A bouncing contact: closes, opens and closes within a few milliseconds.
        assert_eq!(button.edge(true, 1_000), None);
        assert_eq!(button.edge(false, 1_004), None);
        assert_eq!(button.edge(true, 1_006), None);
        assert_eq!(button.edge(false, 1_300), Some(Press::Short));
        assert_eq!(button.edge(false, 1_303), None, "opening twice");
    }

    #[test]
    fn a_long_press_is_said_once_while_it_is_held() {
        let mut button = Button::default();
        button.edge(true, 0);
        assert_eq!(button.next_wake(), Some(3_000));
        assert_eq!(button.wake(2_999), None);
        assert_eq!(button.wake(3_000), Some(Press::Long));
        assert_eq!(button.next_wake(), None);
        assert_eq!(button.wake(9_000), None);
        assert_eq!(button.edge(false, 9_001), None);
        button.edge(true, 10_000);
        assert_eq!(
            button.edge(false, 14_000),
            Some(Press::Long),
            "nobody woke it"
        );
    }
}
