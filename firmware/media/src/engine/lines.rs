//! Collecting the lines of every text track, on GStreamer's threads.

use std::sync::Arc;

use gst::prelude::*;
use gstreamer as gst;

use crate::subtitles::{LINE_BYTES_MAX, Subtitles};

/// Watch this element if it is one of playbin's choices between tracks: each of its inputs is a
/// track, chosen or not.
pub(super) fn watch(element: &gst::Element, subtitles: &Arc<Subtitles>) {
    if element
        .factory()
        .is_none_or(|factory| factory.name() != "input-selector")
    {
        return;
    }
    let subtitles = subtitles.clone();
    element.connect_pad_added(move |_, pad| {
        if pad.direction() == gst::PadDirection::Sink {
            let subtitles = subtitles.clone();
            pad.add_probe(gst::PadProbeType::BUFFER, move |pad, probe| {
                if let Some(buffer) = probe.buffer() {
                    collect(pad, buffer, &subtitles);
                }
                gst::PadProbeReturn::Ok
            });
        }
    });
}

/// The name under which a track's lines are kept.
pub(super) fn name(pad: &gst::Pad) -> String {
    pad.path_string().to_string()
}

fn collect(pad: &gst::Pad, buffer: &gst::Buffer, subtitles: &Subtitles) {
    let Some(caps) = pad.current_caps() else {
        return;
    };
    let Some(format) = caps
        .structure(0)
        .filter(|first| first.name() == "text/x-raw")
    else {
        return;
    };
    let markup = format
        .get::<&str>("format")
        .is_ok_and(|format| format == "pango-markup");
    let segment = pad.sticky_event::<gst::event::Segment>(0);
    let start = segment.and_then(|event| {
        let segment = event.segment().downcast_ref::<gst::ClockTime>()?.clone();
        segment.to_stream_time(buffer.pts())
    });
    if let (Some(start), Ok(map)) = (start, buffer.map_readable()) {
        let text = String::from_utf8_lossy(&map[..map.len().min(LINE_BYTES_MAX)]);
        let duration = buffer.duration().map(gst::ClockTime::mseconds);
        subtitles.add(
            &name(pad),
            start.mseconds(),
            duration,
            text.trim_end_matches('\0'),
            markup,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A track's pad, as far as a line's way goes.
    fn track(caps: &str) -> gst::Pad {
        gst::init().unwrap();
        let pad = gst::Pad::builder(gst::PadDirection::Src)
            .name("track")
            .build();
        pad.set_active(true).unwrap();
        let caps: gst::Caps = caps.parse().unwrap();
        let segment = gst::FormattedSegment::<gst::ClockTime>::new();
        for event in [
            gst::event::StreamStart::new("track"),
            gst::event::Caps::new(&caps),
            gst::event::Segment::new(&segment),
        ] {
            pad.store_sticky_event(&event).unwrap();
        }
        pad
    }

    fn line(at_ms: u64, text: Vec<u8>) -> gst::Buffer {
        let mut buffer = gst::Buffer::from_slice(text);
        let told = buffer.get_mut().unwrap();
        told.set_pts(gst::ClockTime::from_mseconds(at_ms));
        told.set_duration(gst::ClockTime::from_mseconds(900));
        buffer
    }

    #[test]
    fn abuse_21_hostile_lines_are_short_plain_text() {
        let subtitles = Arc::new(Subtitles::default());
        let pad = track("text/x-raw,format=pango-markup");
        subtitles.set_tracks(vec![name(&pad)]);
        subtitles.choose(Some(0));
        let markup = "<b>Hello</b><script>alert(1)</script> <span font='9999'>there";
        for (second, text) in (0..).zip([
            markup.as_bytes().to_vec(),
            b"bad \xff\xfe bytes \xc3".to_vec(),
            vec![b'a'; 100 << 20],
            vec![0xff; 1 << 20],
            b"<".repeat(1 << 20),
            Vec::new(),
        ]) {
            collect(&pad, &line(second * 1000, text), &subtitles);
        }
        assert_eq!(subtitles.at(0), "Helloalert(1) there");
        assert_eq!(subtitles.at(1000), "bad \u{fffd}\u{fffd} bytes \u{fffd}");
        for second in 2..=5 {
            let shown = subtitles.at(second * 1000);
            assert!(shown.len() <= LINE_BYTES_MAX, "{}", shown.len());
            assert!(!shown.contains('<'), "{shown}");
        }
    }
}
