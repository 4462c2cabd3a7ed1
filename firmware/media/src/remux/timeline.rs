//! Which frames are in, and at what time of the result.
//!
//! Sits right before the muxer, behind all that may shift timestamps: it reads each frame's place
//! in the film from the segment that came with it, and gives it one plain time line.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use gst::prelude::*;
use gstreamer as gst;

/// The result's zero in timestamps: decoding times may lie before it.
const ZERO: gst::ClockTime = gst::ClockTime::from_seconds(3600);
/// Matroska's places are whole milliseconds, its frames' lengths are not: a frame that seems to
/// reach into the next key frame would put that off to the next fragment.
const ROUNDED: gst::ClockTime = gst::ClockTime::MSECOND;

/// The piece of a stream that is wanted, in places of the film.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub from: gst::ClockTime,
    pub to: Option<gst::ClockTime>,
    /// This place becomes the result's zero.
    pub zero: gst::ClockTime,
}

/// A frame by its place in the film.
#[derive(Debug, Clone, Copy)]
struct Frame {
    key: bool,
    shown: gst::ClockTime,
    /// May be before the film's beginning.
    decoded: gst::Signed<gst::ClockTime>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    In,
    Out,
    /// Nothing that follows is in either.
    End,
}

impl Span {
    fn judge(&self, frame: Frame) -> Verdict {
        // The next piece begins with this key frame; where there is none, frames go on until
        // none of them can be shown before the end.
        if let Some(to) = self.to
            && ((frame.key && frame.shown >= to) || frame.decoded >= to)
        {
            return Verdict::End;
        }
        // A frame shown before the first key frame but sent after it needs what is not there.
        if frame.shown < self.from {
            Verdict::Out
        } else {
            Verdict::In
        }
    }

    /// A place of the film as the result's timestamp.
    fn stamp(&self, place: gst::Signed<gst::ClockTime>) -> gst::ClockTime {
        place
            .checked_add_unsigned(ZERO)
            .and_then(|place| place.checked_sub_unsigned(self.zero))
            .and_then(gst::Signed::positive)
            .unwrap_or_default()
    }
}

/// What a stream's thread knows of it.
#[derive(Default)]
struct Passing {
    /// The film's segment.
    film: Option<gst::FormattedSegment<gst::ClockTime>>,
    /// The last frame that was in, as [`behind`] it is.
    behind: Option<gst::Buffer>,
}

/// Put the frames that pass this pad on the result's time line. None passes before `span` is set.
pub(super) fn lay(pad: &gst::Pad, span: &Arc<OnceLock<Span>>, kind: &'static str) {
    let span = span.clone();
    // Set and read by the one thread that pushes.
    let passing: Mutex<Passing> = Mutex::default();
    let wanted = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    pad.add_probe(wanted, move |pad, probe| {
        let mut passing = passing.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut probe.data {
            Some(gst::PadProbeData::Event(event)) => match event.view() {
                gst::EventView::Segment(told) => {
                    passing.film = told.segment().downcast_ref().cloned();
                    *event = ours(event.seqnum());
                    gst::PadProbeReturn::Ok
                }
                // The muxer would take the picture's for a key frame.
                gst::EventView::Gap(_) if kind == "video" => gst::PadProbeReturn::Drop,
                gst::EventView::Gap(gap) => {
                    let (begin, duration) = gap.get();
                    let place = span
                        .get()
                        .zip(passing.film.as_ref())
                        .and_then(|(span, film)| {
                            Some(span.stamp(film.to_stream_time_full(begin)?))
                        });
                    let Some(place) = place else {
                        return gst::PadProbeReturn::Drop;
                    };
                    *event = gst::event::Gap::builder(place).duration(duration).build();
                    gst::PadProbeReturn::Ok
                }
                gst::EventView::Eos(_) => {
                    if let Some((behind, muxer)) = passing.behind.take().zip(pad.peer())
                        && let Err(error) = muxer.chain(behind)
                    {
                        tracing::debug!(%error, kind, "the muxer takes no more");
                    }
                    gst::PadProbeReturn::Ok
                }
                _ => gst::PadProbeReturn::Ok,
            },
            Some(gst::PadProbeData::Buffer(buffer)) => {
                let laid = span
                    .get()
                    .zip(passing.film.as_ref())
                    .and_then(|(span, film)| lay_one(span, film, buffer, kind));
                match laid {
                    Some(Verdict::In) => {
                        passing.behind = Some(behind(buffer, kind));
                        gst::PadProbeReturn::Ok
                    }
                    // Without a time it has no place.
                    Some(Verdict::Out) | None => gst::PadProbeReturn::Drop,
                    Some(Verdict::End) => {
                        // This probe sees its own event.
                        drop(passing);
                        pad.push_event(gst::event::Eos::new());
                        probe.data = None;
                        probe.flow_res = Err(gst::FlowError::Eos);
                        gst::PadProbeReturn::Handled
                    }
                }
            }
            _ => gst::PadProbeReturn::Ok,
        }
    });
}

/// An empty frame behind a stream's last one, which the muxer leaves out.
///
/// The muxer holds the frame that comes next in each stream. Told of the stream's end while it
/// holds the last one, it may close the last fragment without it and drop it as it comes. The end
/// is told only when the pad before it is empty, so this is what it holds then.
fn behind(frame: &gst::Buffer, kind: &str) -> gst::Buffer {
    let length = frame.duration().unwrap_or_default();
    let mut empty = gst::Buffer::new();
    let behind = empty.make_mut();
    behind.set_pts(frame.pts().map(|pts| pts + length));
    behind.set_dts(frame.dts().map(|dts| dts + length));
    behind.set_flags(gst::BufferFlags::GAP | gst::BufferFlags::DROPPABLE);
    // Part of the last key frame's group; sound has no groups.
    if kind == "video" {
        behind.set_flags(gst::BufferFlags::DELTA_UNIT);
    }
    empty
}

fn ours(seqnum: gst::Seqnum) -> gst::Event {
    let mut segment = gst::FormattedSegment::<gst::ClockTime>::new();
    segment.set_start(ZERO);
    segment.set_position(ZERO);
    gst::event::Segment::builder(&segment)
        .seqnum(seqnum)
        .build()
}

fn lay_one(
    span: &Span,
    film: &gst::FormattedSegment<gst::ClockTime>,
    buffer: &mut gst::Buffer,
    kind: &str,
) -> Option<Verdict> {
    let shown = film.to_stream_time_full(buffer.pts()?)?;
    let decoded = match buffer.dts() {
        Some(dts) => film.to_stream_time_full(dts)?,
        None => shown,
    };
    let verdict = span.judge(Frame {
        key: !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT),
        shown: shown.positive().unwrap_or_default(),
        decoded,
    });
    if verdict == Verdict::In {
        let dated = buffer.dts().is_some();
        let buffer = buffer.make_mut();
        buffer.set_pts(span.stamp(shown));
        if dated {
            buffer.set_dts(span.stamp(decoded));
        }
        // Only a fragment's last frame is as long as it says; others reach to the next.
        if kind == "video" {
            buffer.set_duration(
                buffer
                    .duration()
                    .map(|length| length.saturating_sub(ROUNDED)),
            );
        }
    }
    Some(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> gst::ClockTime {
        gst::ClockTime::from_mseconds(ms)
    }

    fn at(place_ms: i64) -> gst::Signed<gst::ClockTime> {
        let place = ms(place_ms.unsigned_abs());
        if place_ms < 0 {
            gst::Signed::Negative(place)
        } else {
            gst::Signed::Positive(place)
        }
    }

    fn frame(key: bool, shown: u64, decoded: i64) -> Frame {
        Frame {
            key,
            shown: ms(shown),
            decoded: at(decoded),
        }
    }

    #[test]
    fn pieces_that_meet_at_a_key_frame_share_no_frame_and_lack_none() {
        let span = |from, to: Option<u64>| Span {
            from: ms(from),
            to: to.map(ms),
            zero: ms(0),
        };
        let (before, after) = (span(0, Some(1000)), span(1000, None));
        // The last frames before a key frame may be sent after one that is shown later.
        for (frame, earlier, later) in [
            (frame(false, 960, 880), Verdict::In, Verdict::Out),
            (frame(false, 920, 920), Verdict::In, Verdict::Out),
            (frame(true, 1000, 960), Verdict::End, Verdict::In),
            // An open group's leading frame: neither can show it.
            (frame(false, 980, 1000), Verdict::End, Verdict::Out),
            (frame(false, 1080, 1040), Verdict::End, Verdict::In),
        ] {
            assert_eq!(before.judge(frame), earlier, "{frame:?}");
            assert_eq!(after.judge(frame), later, "{frame:?}");
        }
    }

    #[test]
    fn without_a_key_frame_every_frame_before_the_end_is_in() {
        let span = Span {
            from: ms(0),
            to: Some(ms(1000)),
            zero: ms(0),
        };
        assert_eq!(span.judge(frame(false, 1040, 960)), Verdict::In);
        assert_eq!(span.judge(frame(false, 980, 980)), Verdict::In);
        assert_eq!(span.judge(frame(false, 1120, 1000)), Verdict::End);
    }

    #[test]
    fn the_first_frame_becomes_the_zero() {
        let span = Span {
            from: ms(5000),
            to: None,
            zero: ms(5000),
        };
        assert_eq!(span.stamp(at(5000)), ZERO);
        assert_eq!(span.stamp(at(4960)), ZERO - ms(40));
        assert_eq!(span.stamp(at(6000)), ZERO + ms(1000));
        let whole = Span {
            zero: ms(0),
            ..span
        };
        assert_eq!(whole.stamp(at(-80)), ZERO - ms(80));
    }
}
