//! The GStreamer element that feeds a [`RangeReader`] to playbin.
//!
//! A `GstBaseSrc` of our own rather than `appsrc` in random-access mode: base sources are told
//! `unlock` by GStreamer itself at every flush and at the end, on whichever thread seeks, which
//! is just when a read must be cancelled; and there is no queue in which bytes of the old place
//! could wait and be taken for those of the new one (appsrc keeps its queue over a flush in pull
//! mode).

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use gst::glib;
use gstreamer as gst;
use gstreamer_base::{prelude::*, subclass::base_src::CreateSuccess, subclass::prelude::*};

use super::{Cancel, Opened, RangeReader, ReadError};
use crate::error::Error;

/// The URI that makes playbin choose this element.
pub(crate) const URI: &str = "hearth-range://load/film";
const PROTOCOL: &str = "hearth-range";
const BLOCK_BYTES: u32 = 64 * 1024;

/// One load's way to its reader, shared by engine and element: cancels reads, knows whether one
/// is waiting, keeps why the last one failed.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// Cancelled for ever when the load ends; every read's token is its child.
    closed: Cancel,
    /// The token of reads between two flushes.
    reads: Mutex<Cancel>,
    waiting_since: Mutex<Option<Instant>>,
    fault: Mutex<Option<ReadError>>,
}

impl Gate {
    pub(crate) fn new() -> Self {
        let gate = Self::default();
        gate.open();
        gate
    }

    /// Let reads through, unless the load has ended.
    fn open(&self) {
        *lock(&self.reads) = self.closed.child_token();
    }

    /// End the running read, and all until the next flush is over.
    pub(crate) fn interrupt(&self) {
        lock(&self.reads).cancel();
    }

    /// End the running read and all to come.
    pub(crate) fn close(&self) {
        self.closed.cancel();
    }

    pub(crate) fn token(&self) -> Cancel {
        lock(&self.reads).clone()
    }

    /// For how long the running read has waited; `None` when none runs.
    pub(crate) fn waiting(&self, now: Instant) -> Option<Duration> {
        lock(&self.waiting_since).map(|since| now.saturating_duration_since(since))
    }

    pub(crate) fn fault(&self) -> Option<ReadError> {
        lock(&self.fault).clone()
    }
}

/// These locks guard single values: a panic elsewhere can't leave them half-written.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an element is given before it starts.
struct Feed {
    reader: Arc<dyn RangeReader>,
    gate: Arc<Gate>,
    opened: Opened,
}

#[derive(Default)]
pub(crate) struct RangeSourceImpl {
    feed: Mutex<Option<Arc<Feed>>>,
}

#[glib::object_subclass]
impl ObjectSubclass for RangeSourceImpl {
    const NAME: &'static str = "HearthRangeSource";
    type Type = RangeSource;
    type ParentType = gstreamer_base::BaseSrc;
    type Interfaces = (gst::URIHandler,);
}

impl ObjectImpl for RangeSourceImpl {
    fn constructed(&self) {
        self.parent_constructed();
        let source = self.obj();
        source.set_format(gst::Format::Bytes);
        source.set_blocksize(BLOCK_BYTES);
    }
}

impl GstObjectImpl for RangeSourceImpl {}

impl ElementImpl for RangeSourceImpl {
    fn metadata() -> Option<&'static gst::subclass::ElementMetadata> {
        static METADATA: std::sync::LazyLock<gst::subclass::ElementMetadata> =
            std::sync::LazyLock::new(|| {
                gst::subclass::ElementMetadata::new(
                    "Hearth range source",
                    "Source",
                    "Reads media by byte ranges",
                    "Hearth",
                )
            });
        Some(&METADATA)
    }

    fn pad_templates() -> &'static [gst::PadTemplate] {
        static TEMPLATES: std::sync::LazyLock<Vec<gst::PadTemplate>> =
            std::sync::LazyLock::new(|| {
                gst::PadTemplate::new(
                    "src",
                    gst::PadDirection::Src,
                    gst::PadPresence::Always,
                    &gst::Caps::new_any(),
                )
                .into_iter()
                .collect()
            });
        &TEMPLATES
    }
}

impl URIHandlerImpl for RangeSourceImpl {
    const URI_TYPE: gst::URIType = gst::URIType::Src;

    fn protocols() -> &'static [&'static str] {
        &[PROTOCOL]
    }

    fn uri(&self) -> Option<String> {
        // Type finding tries the kind that the ending names first.
        let ending = self.feed().and_then(|feed| feed.opened.ending);
        Some(ending.map_or_else(|| URI.to_owned(), |ending| format!("{URI}.{ending}")))
    }

    fn set_uri(&self, _uri: &str) -> Result<(), glib::Error> {
        Ok(())
    }
}

impl RangeSourceImpl {
    fn feed(&self) -> Option<Arc<Feed>> {
        lock(&self.feed).clone()
    }

    fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, gst::FlowError> {
        let feed = self.feed().ok_or(gst::FlowError::Error)?;
        let cancel = feed.gate.token();
        *lock(&feed.gate.waiting_since) = Some(Instant::now());
        let mut count = 0;
        let mut outcome = Ok(());
        while count < buffer.len() {
            match feed
                .reader
                .read_at(offset + count as u64, &mut buffer[count..], &cancel)
            {
                Ok(0) => break,
                Ok(more) => {
                    count += more;
                    *lock(&feed.gate.waiting_since) = Some(Instant::now());
                }
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        *lock(&feed.gate.waiting_since) = None;
        match outcome {
            Ok(()) if count == 0 => Err(gst::FlowError::Eos),
            Ok(()) => Ok(count),
            Err(ReadError::Cancelled) => Err(gst::FlowError::Flushing),
            Err(error) => {
                // Kept before it is told: the engine looks when it hears the message.
                *lock(&feed.gate.fault) = Some(error.clone());
                gst::element_imp_error!(self, gst::ResourceError::Read, ["{error}"]);
                Err(gst::FlowError::Error)
            }
        }
    }
}

impl BaseSrcImpl for RangeSourceImpl {
    fn start(&self) -> Result<(), gst::ErrorMessage> {
        if self.feed().is_none() {
            return Err(gst::error_msg!(
                gst::ResourceError::Settings,
                ["no reader was set"]
            ));
        }
        Ok(())
    }

    fn is_seekable(&self) -> bool {
        true
    }

    fn size(&self) -> Option<u64> {
        self.feed().map(|feed| feed.opened.length)
    }

    fn create(
        &self,
        offset: u64,
        buffer: Option<&mut gst::BufferRef>,
        length: u32,
    ) -> Result<CreateSuccess, gst::FlowError> {
        if let Some(buffer) = buffer {
            let count = {
                let mut map = buffer.map_writable().map_err(|_| gst::FlowError::Error)?;
                let wanted = map.len().min(length as usize);
                self.read(offset, &mut map[..wanted])?
            };
            buffer.set_size(count);
            return Ok(CreateSuccess::FilledBuffer);
        }
        let mut data = vec![0; length as usize];
        let count = self.read(offset, &mut data)?;
        data.truncate(count);
        let mut buffer = gst::Buffer::from_mut_slice(data);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_offset(offset);
        }
        Ok(CreateSuccess::NewBuffer(buffer))
    }

    fn unlock(&self) -> Result<(), gst::ErrorMessage> {
        if let Some(feed) = self.feed() {
            feed.gate.interrupt();
        }
        Ok(())
    }

    fn unlock_stop(&self) -> Result<(), gst::ErrorMessage> {
        if let Some(feed) = self.feed() {
            feed.gate.open();
        }
        Ok(())
    }
}

glib::wrapper! {
    pub(crate) struct RangeSource(ObjectSubclass<RangeSourceImpl>)
        @extends gstreamer_base::BaseSrc, gst::Element, gst::Object,
        @implements gst::URIHandler;
}

impl RangeSource {
    /// Give it what to read, before it starts.
    pub(crate) fn feed(&self, reader: Arc<dyn RangeReader>, gate: Arc<Gate>, opened: Opened) {
        *lock(&self.imp().feed) = Some(Arc::new(Feed {
            reader,
            gate,
            opened,
        }));
    }
}

/// Make the element known to playbin; once a process.
pub(crate) fn register() -> Result<(), Error> {
    static DONE: Mutex<bool> = Mutex::new(false);
    let mut done = lock(&DONE);
    if !*done {
        gst::Element::register(
            None,
            "hearthrangesrc",
            gst::Rank::PRIMARY,
            RangeSource::static_type(),
        )
        .map_err(|source| Error::Element {
            element: "hearthrangesrc",
            source,
        })?;
        *done = true;
    }
    Ok(())
}
