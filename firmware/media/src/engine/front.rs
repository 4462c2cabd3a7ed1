//! How far ahead of the picture the film has been read.
//!
//! Measured where the demuxer hands out its streams: the stream time of the last audio or video
//! buffer that left it, on the stream that is least ahead. Bytes would not tell time, and the
//! queues behind don't report theirs.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gst::prelude::*;
use gstreamer as gst;

use crate::demux::is_demuxer;

/// Written by streaming threads for each buffer, read by the engine a few times a second.
#[derive(Debug, Clone, Default)]
pub(super) struct Front {
    streams: Arc<Mutex<HashMap<String, Option<gst::ClockTime>>>>,
}

impl Front {
    fn streams(&self) -> MutexGuard<'_, HashMap<String, Option<gst::ClockTime>>> {
        // Single inserts and removals: never half-written.
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has been read of every stream, in milliseconds of film.
    pub(super) fn ms(&self) -> Option<u64> {
        self.streams()
            .values()
            .copied()
            .min()
            .flatten()
            .map(gst::ClockTime::mseconds)
    }

    /// Watch this element if it is a demuxer.
    pub(super) fn watch(&self, element: &gst::Element) {
        if !is_demuxer(element) {
            return;
        }
        let front = self.clone();
        element.connect_pad_added(move |_, pad| front.watch_pad(pad));
    }

    fn watch_pad(&self, pad: &gst::Pad) {
        if pad.direction() != gst::PadDirection::Src {
            return;
        }
        let front = self.clone();
        let mask = gst::PadProbeType::BUFFER
            | gst::PadProbeType::EVENT_DOWNSTREAM
            | gst::PadProbeType::EVENT_FLUSH;
        pad.add_probe(mask, move |pad, probe| {
            match &probe.data {
                Some(gst::PadProbeData::Buffer(buffer)) => front.passed(pad, buffer),
                Some(gst::PadProbeData::Event(event)) => match event.view() {
                    // Nothing of the new place has been read yet.
                    gst::EventView::FlushStop(_) => {
                        if let Some(place) = front.streams().get_mut(pad.name().as_str()) {
                            *place = None;
                        }
                    }
                    // An ended stream holds nothing back.
                    gst::EventView::Eos(_) => {
                        if let Some(place) = front.streams().get_mut(pad.name().as_str()) {
                            *place = Some(gst::ClockTime::MAX);
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
            gst::PadProbeReturn::Ok
        });
    }

    fn passed(&self, pad: &gst::Pad, buffer: &gst::Buffer) {
        // Subtitles come seldom and cover art once: they say nothing about what is read.
        let streamed = pad.current_caps().is_some_and(|caps| {
            caps.structure(0).is_some_and(|structure| {
                structure.name().starts_with("video/") || structure.name().starts_with("audio/")
            })
        });
        if !streamed {
            return;
        }
        let segment = pad.sticky_event::<gst::event::Segment>(0);
        let place = segment.and_then(|event| {
            let segment = event.segment().downcast_ref::<gst::ClockTime>()?.clone();
            segment.to_stream_time(buffer.dts_or_pts())
        });
        if let Some(place) = place {
            self.streams().insert(pad.name().to_string(), Some(place));
        }
    }
}
