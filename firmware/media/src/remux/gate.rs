//! A place in the pipeline where a stream is looked at and held.

use gst::prelude::*;
use gstreamer as gst;

/// What comes to a gate: a frame, or the stream's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comes {
    Frame {
        key: bool,
        /// Where in the film; `None` for a frame without a time.
        place: Option<gst::ClockTime>,
    },
    End,
}

/// What a gate does with it.
#[derive(Debug)]
pub(super) enum Does {
    /// Nothing passes from here on, until the gate is opened or the stream is sought; the
    /// pipeline's bus is told this.
    Hold(gst::Structure),
    /// It is not needed.
    Drop,
}

/// Open once it is removed. A seek empties it and it goes on with what comes then.
#[derive(Debug)]
pub(super) struct Gate {
    pad: gst::Pad,
    probe: Option<gst::PadProbeId>,
}

impl Gate {
    pub(super) fn new(
        pipeline: &gst::glib::WeakRef<gst::Pipeline>,
        pad: &gst::Pad,
        decide: impl Fn(Comes) -> Does + Send + Sync + 'static,
    ) -> Self {
        let pipeline = pipeline.clone();
        let kind = gst::PadProbeType::BLOCK
            | gst::PadProbeType::BUFFER
            | gst::PadProbeType::EVENT_DOWNSTREAM;
        let probe = pad.add_probe(kind, move |pad, probe| {
            let comes = match &probe.data {
                Some(gst::PadProbeData::Buffer(buffer)) => Comes::Frame {
                    key: !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT),
                    place: place(pad, buffer),
                },
                Some(gst::PadProbeData::Event(event)) if event.type_() == gst::EventType::Eos => {
                    Comes::End
                }
                _ => return gst::PadProbeReturn::Pass,
            };
            match decide(comes) {
                Does::Hold(told) => {
                    if let Some(pipeline) = pipeline.upgrade() {
                        // Without a bus nobody waits.
                        let _ = pipeline.post_message(gst::message::Application::new(told));
                    }
                    gst::PadProbeReturn::Ok
                }
                Does::Drop => gst::PadProbeReturn::Drop,
            }
        });
        Self {
            pad: pad.clone(),
            probe,
        }
    }

    pub(super) fn open(self) {
        if let Some(probe) = self.probe {
            self.pad.remove_probe(probe);
        }
    }
}

/// Where in the film a frame is; what lies before its beginning is at its beginning.
fn place(pad: &gst::Pad, buffer: &gst::BufferRef) -> Option<gst::ClockTime> {
    let event = pad.sticky_event::<gst::event::Segment>(0)?;
    let segment = event.segment().downcast_ref::<gst::ClockTime>()?;
    let place = segment.to_stream_time_full(buffer.pts()?)?;
    Some(place.positive().unwrap_or_default())
}
