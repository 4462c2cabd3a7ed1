//! Collecting the lines of every text track, on GStreamer's threads.

use std::sync::Arc;

use gst::prelude::*;
use gstreamer as gst;

use crate::subtitles::Subtitles;

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
        let text = String::from_utf8_lossy(&map);
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
