//! What demuxers say of their streams, read where it is said.
//!
//! Further down a pipeline a sparse stream's tags arrive whenever its thread gets to them, maybe
//! after the first picture; on the demuxer's own pad they are there before any data is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gst::prelude::*;
use gstreamer as gst;

use crate::codec::codec_slug;

/// The pads of all demuxers of a pipeline. Filled by streaming threads, read once they are done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Demuxers {
    pads: Arc<Mutex<HashMap<String, gst::Pad>>>,
}

/// Whether this element takes containers apart.
pub(crate) fn is_demuxer(element: &gst::Element) -> bool {
    element
        .factory()
        .and_then(|factory| {
            factory
                .metadata("klass")
                .map(|class| class.contains("Demuxer"))
        })
        .unwrap_or_default()
}

impl Demuxers {
    fn pads(&self) -> MutexGuard<'_, HashMap<String, gst::Pad>> {
        // Single inserts: never half-written.
        self.pads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remember this element's pads if it is a demuxer.
    pub(crate) fn watch(&self, element: &gst::Element) {
        if !is_demuxer(element) {
            return;
        }
        let demuxers = self.clone();
        element.connect_pad_added(move |_, pad| {
            if let Some(id) = pad.stream_id() {
                demuxers.pads().insert(id.to_string(), pad.clone());
            }
        });
    }

    /// Everything the demuxer told of a stream.
    pub(crate) fn tags(&self, stream_id: &str) -> Option<gst::TagList> {
        let pad = self.pads().get(stream_id).cloned()?;
        Some(tags_of(&pad))
    }

    /// The slug of a stream's codec.
    pub(crate) fn codec(&self, stream_id: &str) -> Option<String> {
        let pad = self.pads().get(stream_id).cloned()?;
        pad.current_caps().map(|caps| codec_slug(&caps))
    }

    /// The film's table of contents: any stream carries it.
    pub(crate) fn toc(&self) -> Option<gst::Toc> {
        self.pads().values().find_map(|pad| {
            let event = pad.sticky_event::<gst::event::Toc>(0)?;
            Some(event.toc().0.to_owned())
        })
    }

    /// Let go of the pipeline.
    pub(crate) fn forget(&self) {
        self.pads().clear();
    }
}

/// The tags of a pad's own stream, those of the whole film left out.
pub(crate) fn tags_of(pad: &gst::Pad) -> gst::TagList {
    let mut all = gst::TagList::new();
    let mut index = 0;
    while let Some(event) = pad.sticky_event::<gst::event::Tag>(index) {
        let tags = event.tag_owned();
        if tags.scope() == gst::TagScope::Stream {
            all.make_mut().insert(&tags, gst::TagMergeMode::Replace);
        }
        index += 1;
    }
    all
}

/// A stream's language (ISO 639-1 where there is one) and title.
pub(crate) fn language_and_title(tags: &gst::TagListRef) -> (Option<String>, Option<String>) {
    let kept = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    (
        tags.get::<gst::tags::LanguageCode>()
            .and_then(|code| kept(code.get())),
        tags.get::<gst::tags::Title>()
            .and_then(|title| kept(title.get())),
    )
}
