//! Which key frame a piece of a film begins with.

use gstreamer as gst;

use super::gate::Comes;

/// What the picture that runs by is looked through for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Search {
    /// The last key frame at or before a place: found when a frame behind it comes.
    Last {
        before: gst::ClockTime,
        found: Option<gst::ClockTime>,
    },
    /// The first key frame from a place on.
    First { from: gst::ClockTime },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    On,
    /// The search is over; `None` when there is no such frame.
    Here(Option<gst::ClockTime>),
}

impl Search {
    pub(super) fn last(before: gst::ClockTime) -> Self {
        Self::Last {
            before,
            found: None,
        }
    }

    pub(super) fn first(from: gst::ClockTime) -> Self {
        Self::First { from }
    }

    pub(super) fn step(&mut self, comes: Comes) -> Step {
        match (self, comes) {
            (Self::Last { found, .. }, Comes::End) => Step::Here(*found),
            (Self::First { .. }, Comes::End) => Step::Here(None),
            // A frame without a time has no place in the result.
            (_, Comes::Frame { place: None, .. }) => Step::On,
            (
                Self::Last { before, found },
                Comes::Frame {
                    key,
                    place: Some(place),
                },
            ) => {
                if place > *before {
                    return Step::Here(*found);
                }
                if key {
                    *found = Some(place);
                }
                Step::On
            }
            (
                Self::First { from },
                Comes::Frame {
                    key: true,
                    place: Some(place),
                },
            ) if place >= *from => Step::Here(Some(place)),
            (Self::First { .. }, Comes::Frame { .. }) => Step::On,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> gst::ClockTime {
        gst::ClockTime::from_mseconds(ms)
    }

    fn frame(key: bool, place: u64) -> Comes {
        Comes::Frame {
            key,
            place: Some(ms(place)),
        }
    }

    fn run(mut search: Search, film: &[Comes]) -> Step {
        film.iter()
            .map(|comes| search.step(*comes))
            .find(|step| *step != Step::On)
            .unwrap_or(Step::On)
    }

    const ORDERED: [(bool, u64); 8] = [
        (false, 900),
        (true, 1000),
        (false, 1120),
        (false, 1040),
        (false, 1080),
        (true, 1160),
        (false, 1240),
        (false, 1200),
    ];

    fn film() -> Vec<Comes> {
        let frames = ORDERED.iter().map(|(key, place)| frame(*key, *place));
        frames.chain([Comes::End]).collect()
    }

    #[test]
    fn the_last_key_frame_before_a_place_is_found_behind_it() {
        for (place, found) in [
            (1000, Some(1000)),
            (1159, Some(1000)),
            (1160, Some(1160)),
            (1220, Some(1160)),
            (9000, Some(1160)),
            (950, None),
        ] {
            let found = Step::Here(found.map(ms));
            assert_eq!(run(Search::last(ms(place)), &film()), found, "{place}");
        }
    }

    #[test]
    fn the_first_key_frame_from_a_place_on_is_found() {
        for (place, found) in [(0, Some(1000)), (1001, Some(1160)), (1161, None)] {
            let found = Step::Here(found.map(ms));
            assert_eq!(run(Search::first(ms(place)), &film()), found, "{place}");
        }
    }

    #[test]
    fn frames_without_a_time_are_passed_over() {
        let lost = Comes::Frame {
            key: true,
            place: None,
        };
        assert_eq!(
            run(Search::first(ms(0)), &[lost, Comes::End]),
            Step::Here(None)
        );
        assert_eq!(
            run(Search::last(ms(5)), &[lost, frame(true, 6)]),
            Step::Here(None)
        );
    }
}
