//! Taking a film apart, and what demuxers say of its streams, read where it is said.
//!
//! Further down a pipeline a sparse stream's tags arrive whenever its thread gets to them, maybe
//! after the first picture; on the demuxer's own pad they are there before any data is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gst::prelude::*;
use gstreamer as gst;

use crate::{
    chapters::{Chapter, chapters},
    codec::codec_slug,
    error::Error,
    input::JobInput,
};

/// A pipeline that takes a film apart, not yet started.
pub(crate) struct Reader {
    pub pipeline: gst::Pipeline,
    /// Where the film's parsed streams come out, all of them before any begins.
    pub streams: gst::Element,
    pub demuxers: Demuxers,
}

impl Reader {
    /// `what` names the job in messages.
    pub(crate) fn new(input: &JobInput, what: &'static str) -> Result<Self, Error> {
        let built = |source| Error::Element {
            element: what,
            source,
        };
        let source = gst::Element::make_from_uri(gst::URIType::Src, &input.uri()?, None).map_err(
            |error| {
                tracing::debug!(%error, "no source");
                input.unreadable("it can't be opened: check the name")
            },
        )?;
        let streams = gst::ElementFactory::make("parsebin")
            .build()
            .map_err(|source| Error::Element {
                element: "parsebin",
                source,
            })?;
        let pipeline = gst::Pipeline::new();
        let demuxers = Demuxers::default();
        let watcher = demuxers.clone();
        pipeline.connect_deep_element_added(move |_, _, element| {
            watcher.watch(element);
            watcher.watch_type(element);
        });
        pipeline.add_many([&source, &streams]).map_err(built)?;
        source.link(&streams).map_err(built)?;
        Ok(Self {
            pipeline,
            streams,
            demuxers,
        })
    }
}

/// Why a film can't be read, for people.
pub(crate) fn reason(error: &gst::glib::Error) -> &'static str {
    match error.kind::<gst::ResourceError>() {
        Some(gst::ResourceError::NotFound) => "it is not there: check the name",
        Some(gst::ResourceError::NotAuthorized) => "access is refused: check its permissions",
        Some(gst::ResourceError::OpenRead) => "it can't be opened: check its permissions",
        Some(_) => "reading it failed: try again",
        None => "the file is damaged or no film: choose another source",
    }
}

/// The demuxers of a pipeline. Filled by streaming threads, read once they are done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Demuxers {
    pads: Arc<Mutex<HashMap<String, gst::Pad>>>,
    container: Arc<Mutex<Option<String>>>,
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

    /// Remember what the first type finder took the file for.
    fn watch_type(&self, element: &gst::Element) {
        if element
            .factory()
            .is_none_or(|factory| factory.name() != "typefind")
        {
            return;
        }
        let container = self.container.clone();
        element.connect("have-type", false, move |values| {
            if let Some(Ok(caps)) = values.get(2).map(gst::glib::Value::get::<gst::Caps>)
                && let Some(first) = caps.structure(0)
            {
                container
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert_with(|| container_slug(first.name()));
            }
            None
        });
    }

    /// What the file is: `matroska`, `quicktime`, `mpegts`, …
    pub(crate) fn container(&self) -> Option<String> {
        self.container
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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

    /// The film's chapters: any stream carries its table of contents.
    pub(crate) fn chapters(&self) -> Vec<Chapter> {
        let toc = self.pads().values().find_map(|pad| {
            let event = pad.sticky_event::<gst::event::Toc>(0)?;
            Some(event.toc().0.to_owned())
        });
        toc.map(|toc| chapters(&toc)).unwrap_or_default()
    }

    /// Let go of the pipeline.
    pub(crate) fn forget(&self) {
        self.pads().clear();
    }
}

fn container_slug(media_type: &str) -> String {
    match media_type {
        "video/x-matroska" | "audio/x-matroska" => "matroska",
        "video/webm" | "audio/webm" => "webm",
        "video/quicktime" | "audio/x-m4a" => "quicktime",
        "video/mpegts" => "mpegts",
        "video/x-msvideo" => "avi",
        "application/ogg" | "video/ogg" | "audio/ogg" => "ogg",
        other => other
            .rsplit('/')
            .next()
            .unwrap_or(other)
            .trim_start_matches("x-"),
    }
    .to_owned()
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
