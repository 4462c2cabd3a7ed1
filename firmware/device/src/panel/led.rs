//! The status light: what it says without words, always with the same few patterns.

/// How the light blinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    Off,
    /// Slowly, until the box answers.
    Starting,
    /// All is well.
    On,
    /// Two blinks and a pause: an update is being written, do not pull the plug.
    Updating,
    /// Quickly: a part of the box is not well; the TV and the phone say which.
    Trouble,
}

impl Pattern {
    /// How long the light is on, off, on, off…; nothing for a steady one.
    fn steps(self) -> &'static [u64] {
        match self {
            Self::Off | Self::On => &[],
            Self::Starting => &[1_000, 1_000],
            Self::Updating => &[150, 150, 150, 1_050],
            Self::Trouble => &[200, 200],
        }
    }

    pub fn is_lit(self, now_ms: u64) -> bool {
        match self.place(now_ms) {
            None => self == Self::On,
            Some((step, _)) => step % 2 == 0,
        }
    }

    /// When it changes next by itself.
    pub fn next_change(self, now_ms: u64) -> Option<u64> {
        self.place(now_ms).map(|(_, left_ms)| now_ms + left_ms)
    }

    /// The step of the pattern, and what is left of it.
    fn place(self, now_ms: u64) -> Option<(usize, u64)> {
        let steps = self.steps();
        let mut at = now_ms % steps.iter().sum::<u64>().max(1);
        for (step, length_ms) in steps.iter().enumerate() {
            if at < *length_ms {
                return Some((step, length_ms - at));
            }
            at -= length_ms;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_told_apart_in_a_second_and_a_half() {
        let drawn = |pattern: Pattern| {
            (0..1_500)
                .step_by(75)
                .map(|at| if pattern.is_lit(at) { '#' } else { '.' })
                .collect::<String>()
        };
        assert_eq!(drawn(Pattern::Off), "....................");
        assert_eq!(drawn(Pattern::On), "####################");
        assert_eq!(drawn(Pattern::Updating), "##..##..............");
        assert_eq!(drawn(Pattern::Starting), "##############......");
        assert_eq!(drawn(Pattern::Trouble), "###...##...###..###.");
    }

    #[test]
    fn the_next_change_is_when_the_light_changes() {
        for pattern in [Pattern::Starting, Pattern::Updating, Pattern::Trouble] {
            let mut at = 17;
            for _ in 0..20 {
                let next = pattern.next_change(at).unwrap();
                assert!(next > at);
                assert_ne!(pattern.is_lit(next), pattern.is_lit(at), "{pattern:?} {at}");
                assert_eq!(pattern.is_lit(next - 1), pattern.is_lit(at));
                at = next;
            }
        }
        assert_eq!(Pattern::On.next_change(5), None);
    }
}
