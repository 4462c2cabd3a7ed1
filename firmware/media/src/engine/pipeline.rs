//! Building a load's pipeline: playbin with the house's source, sink and queue sizes.

use std::{path::Path, sync::Arc};

use gst::prelude::*;
use gstreamer as gst;

use super::front::Front;
use crate::{
    error::Error,
    range::{
        RangeReader,
        source::{Gate, RangeSource, URI},
    },
    video::VideoSink,
};

/// Decoding ahead hides short hiccups of the source; the limits bound memory.
const AHEAD: gst::ClockTime = gst::ClockTime::from_seconds(5);
const AHEAD_BYTES: u32 = 32 << 20;

/// A source that is open and ready to be read.
pub(super) enum Source<'a> {
    File(&'a Path),
    Url(&'a str),
    Ranged {
        reader: Arc<dyn RangeReader>,
        gate: Arc<Gate>,
        length: u64,
    },
}

/// A pipeline in state NULL. `post` gets the messages the engine acts on, on GStreamer's threads.
pub(super) fn build(
    source: Source<'_>,
    sink: &dyn VideoSink,
    front: &Front,
    post: impl Fn(&gst::Message) + Send + Sync + 'static,
) -> Result<gst::Element, Error> {
    let pipeline = gst::ElementFactory::make("playbin3")
        .build()
        .map_err(|source| Error::Element {
            element: "playbin3",
            source,
        })?;
    pipeline.set_property_from_str(
        "flags",
        "video+audio+text+soft-volume+deinterlace+buffering",
    );
    pipeline.set_property("video-sink", sink.element()?);

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
            length,
        } => {
            pipeline.connect("source-setup", false, move |values| {
                if let Some(Ok(element)) = values.get(1).map(gst::glib::Value::get::<RangeSource>) {
                    element.feed(reader.clone(), gate.clone(), length);
                }
                None
            });
            URI.to_owned()
        }
    };
    pipeline.set_property("uri", uri);

    if ranged {
        let front = front.clone();
        let bin = pipeline.dynamic_cast_ref::<gst::Bin>();
        if let Some(bin) = bin {
            bin.connect_deep_element_added(move |_, _, element| {
                front.watch(element);
                read_ahead(element);
            });
        }
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
        .is_some_and(|factory| factory.name() == "multiqueue")
    {
        element.set_property("use-interleave", false);
        element.set_property("max-size-buffers", 0u32);
        element.set_property("max-size-time", AHEAD.nseconds());
        element.set_property("max-size-bytes", AHEAD_BYTES);
    }
}

/// With or without text; playbin's flags are the only way to have none.
pub(super) fn show_subtitles(pipeline: &gst::Element, shown: bool) {
    let flags = "video+audio+soft-volume+deinterlace+buffering";
    let flags = if shown {
        format!("{flags}+text")
    } else {
        flags.to_owned()
    };
    pipeline.set_property_from_str("flags", &flags);
}
