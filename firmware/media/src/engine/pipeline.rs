//! Building a load's pipeline: playbin with the house's source, sink and queue sizes.
//!
//! The older playbin rather than playbin3: in GStreamer 1.22 playbin3 hangs when a subtitle track
//! is switched on, off or over during playback, and sometimes when one is chosen at the start.

use std::{path::Path, sync::Arc};

use gst::prelude::*;
use gstreamer as gst;

use super::{front::Front, lines, tracks::prefer_sound};
use crate::{
    demux::Demuxers,
    error::Error,
    range::{
        Opened, RangeReader,
        source::{Gate, RangeSource, URI},
    },
    subtitles::Subtitles,
    video::VideoSink,
};

/// Decoding ahead hides short hiccups of the source; the limits bound memory.
const AHEAD: gst::ClockTime = gst::ClockTime::from_seconds(5);
const AHEAD_BYTES: u32 = 32 << 20;
/// No limit: 0 would mean decodebin's own, which is five.
const AHEAD_BUFFERS: u32 = 1 << 20;

const FLAGS: &str = "video+audio+text+soft-volume+deinterlace";

/// A source that is open and ready to be read.
pub(super) enum Source<'a> {
    File(&'a Path),
    Url(&'a str),
    Ranged {
        reader: Arc<dyn RangeReader>,
        gate: Arc<Gate>,
        opened: Opened,
    },
}

/// What is learned of a film while its pipeline runs; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) front: Front,
    pub(super) subtitles: Arc<Subtitles>,
    pub(super) demuxers: Demuxers,
}

/// A pipeline in state NULL, which will play the sound track with the number `sound`. `post` gets the messages the engine acts on, on GStreamer's threads.
pub(super) fn build(
    source: Source<'_>,
    sound: Option<usize>,
    sink: &dyn VideoSink,
    seen: &Seen,
    post: impl Fn(&gst::Message) + Send + Sync + 'static,
) -> Result<gst::Element, Error> {
    let pipeline = gst::ElementFactory::make("playbin")
        .build()
        .map_err(|source| Error::Element {
            element: "playbin",
            source,
        })?;
    // Only for what GStreamer reads by itself: a ranged source's supply is watched by the engine.
    let buffering = if matches!(source, Source::Url(_)) {
        "+buffering"
    } else {
        ""
    };
    pipeline.set_property_from_str("flags", &format!("{FLAGS}{buffering}"));
    pipeline.set_property("video-sink", sink.element(&seen.subtitles)?);
    // Where text goes that was collected before: it must not wait for anything.
    let ignored = gst::ElementFactory::make("fakesink")
        .property("sync", false)
        .property("async", false)
        .build()
        .map_err(|source| Error::Element {
            element: "fakesink",
            source,
        })?;
    pipeline.set_property("text-sink", ignored);

    let unreadable = |path: &Path| Error::Unreadable {
        input: path.display().to_string(),
        detail: "its path can't be made an address: rename it".to_owned(),
    };
    let ranged = matches!(source, Source::Ranged { .. });
    let uri = match source {
        Source::File(path) => {
            let full = std::path::absolute(path).map_err(|_| unreadable(path))?;
            gst::glib::filename_to_uri(full, None)
                .map_err(|_| unreadable(path))?
                .to_string()
        }
        Source::Url(url) => url.to_owned(),
        Source::Ranged {
            reader,
            gate,
            opened,
        } => {
            pipeline.connect("source-setup", false, move |values| {
                if let Some(Ok(element)) = values.get(1).map(gst::glib::Value::get::<RangeSource>) {
                    element.feed(reader.clone(), gate.clone(), opened);
                }
                None
            });
            URI.to_owned()
        }
    };
    pipeline.set_property("uri", uri);

    if let Some(bin) = pipeline.dynamic_cast_ref::<gst::Bin>() {
        let seen = seen.clone();
        let sounds = Arc::default();
        bin.connect_deep_element_added(move |_, _, element| {
            seen.demuxers.watch(element);
            lines::watch(element, &seen.subtitles);
            prefer_sound(element, &sounds, sound);
            if ranged {
                seen.front.watch(element);
                read_ahead(element);
            }
        });
    }
    let bus = pipeline.bus().ok_or(Error::Pipeline {
        what: "building the player",
        detail: "it has no message bus".to_owned(),
    })?;
    bus.set_sync_handler(move |_, message| {
        post(message);
        gst::BusSyncReply::Drop
    });
    Ok(pipeline)
}

fn read_ahead(element: &gst::Element) {
    if element
        .factory()
        .is_some_and(|factory| factory.name() == "decodebin")
    {
        element.set_property("max-size-time", AHEAD.nseconds());
        element.set_property("max-size-bytes", AHEAD_BYTES);
        element.set_property("max-size-buffers", AHEAD_BUFFERS);
    }
}

/// Take a pipeline down.
pub(super) fn tear_down(playbin: &gst::Element) {
    // Tracks that are not chosen keep pace by waiting for the clock, in GStreamer 1.22 also when
    // the pipeline ends meanwhile: until their next subtitle would be due.
    let selectors = playbin
        .dynamic_cast_ref::<gst::Bin>()
        .map(|bin| bin.iterate_all_by_element_factory_name("input-selector"));
    for selector in selectors.into_iter().flatten().flatten() {
        selector.set_property("sync-streams", false);
    }
    if let Err(error) = playbin.set_state(gst::State::Null) {
        tracing::error!(%error, "a player did not stop");
    }
}
