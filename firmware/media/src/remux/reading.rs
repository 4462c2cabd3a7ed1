//! The film's way from its container to the muxer.
//!
//! Each stream ends in a queue with a gate behind it. At first all gates are closed, until all
//! streams are known. A piece of the film is then sought in two steps, because demuxers go to
//! some key frame before the wanted place, of some stream: the picture runs by to find its last
//! key frame before that place, and the film is sought once more, to just there. Only when the
//! picture waits at that key frame are the streams let through to the muxer.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;

use super::{
    LOOK, RemuxRequest, TIMESCALE, Target, WHAT,
    gate::{Does, Gate},
    search::{Search, Step},
    timeline::{self, Span},
    tracks::{Line, Plan, Stream, kind_of},
};
use crate::{
    demux::{Reader, language_and_title, reason, tags_of},
    error::Error,
    input::JobInput,
};

/// How far one stream may be ahead of another in the file.
const WAITING_BYTES: u32 = 64 << 20;
/// Once a stream begins, others that are not described yet are not waited for longer.
const SETTLE: Duration = Duration::from_secs(2);
/// What the gates tell.
const BEGUN: &str = "begun";
const KEY_FRAME: &str = "key-frame";

pub(super) struct Reading<'a> {
    input: &'a JobInput,
    reader: Reader,
    bus: gst::Bus,
    /// The film's streams; all are there before any begins. Filled by a streaming thread.
    streams: Arc<Mutex<Vec<Waiting>>>,
}

/// Where the result begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begin {
    /// In the film.
    pub film: gst::ClockTime,
    /// The first picture, in the result.
    pub picture: gst::ClockTime,
}

/// A stream where it comes out of its container, and the gate behind its queue.
struct Waiting {
    stream: gst::Pad,
    out: gst::Pad,
    gate: Gate,
    /// Its data has come to the first gate. Set by its thread.
    begun: Arc<AtomicBool>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(input: &'a JobInput) -> Result<Self, Error> {
        let reader = Reader::new(input, WHAT)?;
        let bus = reader
            .pipeline
            .bus()
            .ok_or_else(|| input.unreadable("it can't be played"))?;
        let streams: Arc<Mutex<Vec<Waiting>>> = Arc::default();
        let (found, weak) = (streams.clone(), reader.pipeline.downgrade());
        reader.streams.connect_pad_added(move |_, pad| {
            let Some(pipeline) = weak.upgrade() else {
                return;
            };
            match wait(&pipeline, pad) {
                Ok(waiting) => lock(&found).push(waiting),
                Err(error) => tracing::debug!(%error, "a stream is left out"),
            }
        });
        Ok(Self {
            input,
            reader,
            bus,
            streams,
        })
    }

    /// Start, and wait until the streams are known.
    pub(super) fn streams(&self, until: Instant) -> Result<Vec<Stream>, Error> {
        if self.reader.pipeline.set_state(gst::State::Playing).is_err() {
            self.check(until)?;
            let detail = "it can't be opened: check its permissions";
            return Err(self.input.unreadable(detail));
        }
        self.told(BEGUN, until)?.ok_or_else(|| self.slow())?;
        let settled = until.min(Instant::now() + SETTLE);
        let described = |waiting: &Waiting| self.is_described(waiting);
        while !lock(&self.streams).iter().all(described) && Instant::now() < settled {
            // A description that comes without a beginning is not told.
            self.told(BEGUN, settled.min(Instant::now() + LOOK.into()))?;
        }
        let known = lock(&self.streams)
            .iter()
            .filter_map(|waiting| self.describe(&waiting.stream))
            .collect();
        Ok(known)
    }

    /// Everything is known of a stream: all that is told of it comes before its data. Subtitles
    /// may be long in coming; theirs comes at once, but in its own time.
    fn is_described(&self, waiting: &Waiting) -> bool {
        let Some(caps) = waiting.stream.current_caps() else {
            return false;
        };
        waiting.begun.load(Ordering::Acquire)
            || (!matches!(kind_of(&caps), "video" | "audio")
                && self.tags(&waiting.stream).n_tags() > 0)
    }

    fn tags(&self, pad: &gst::Pad) -> gst::TagList {
        pad.stream_id()
            .and_then(|id| self.reader.demuxers.tags(&id))
            .unwrap_or_else(|| tags_of(pad))
    }

    fn describe(&self, pad: &gst::Pad) -> Option<Stream> {
        Some(Stream {
            pad: pad.clone(),
            caps: pad.current_caps()?,
            language: language_and_title(&self.tags(pad)).0,
        })
    }

    pub(super) fn container(&self) -> Option<String> {
        self.reader.demuxers.container()
    }

    /// Link the plan's streams to the muxer from the wanted place on, and let them go.
    pub(super) fn link(
        &self,
        plan: &Plan,
        request: &RemuxRequest,
        mux: &gst::Element,
        sink: &gst_app::AppSink,
        until: Instant,
    ) -> Result<Begin, Error> {
        let mut lines = Vec::new();
        for waiting in std::mem::take(&mut *lock(&self.streams)) {
            match plan.lines.iter().find(|line| line.pad == waiting.stream) {
                Some(line) => lines.push((line, waiting)),
                None => self.leave_out(waiting)?,
            }
        }
        // The picture first, as in the plan.
        lines.sort_by_key(|(line, _)| line.kind != "video");
        let first = self.find(&mut lines[0].1, request.from_ms, until)?;

        let pipeline = &self.reader.pipeline;
        pipeline.add_many([mux, sink.upcast_ref()]).map_err(built)?;
        mux.link(sink).map_err(built)?;
        sink.sync_state_with_parent().map_err(built)?;
        let mut spans = Vec::new();
        for (line, waiting) in &lines {
            let span = Arc::default();
            let (begin, end) = self.attach(line, mux)?;
            timeline::lay(&end, &span, line.kind);
            waiting.out.link(&begin).map_err(linked)?;
            spans.push(span);
        }
        // It takes its pads' settings in as it starts.
        mux.sync_state_with_parent().map_err(built)?;
        let whole = request.from_ms == 0;
        let zero = match request.target {
            Target::File(_) if !whole => first,
            _ => gst::ClockTime::ZERO,
        };
        for ((line, waiting), span) in lines.into_iter().zip(spans) {
            // A film of which nothing is cut off keeps its time line, sound before the picture
            // included.
            let from = if whole && line.kind == "audio" {
                gst::ClockTime::ZERO
            } else {
                first
            };
            let to = request.to_ms.map(gst::ClockTime::from_mseconds);
            span.get_or_init(|| Span { from, to, zero });
            waiting.gate.open();
        }
        Ok(Begin {
            film: if whole { gst::ClockTime::ZERO } else { first },
            picture: first.saturating_sub(zero),
        })
    }

    /// Bring the picture's gate to its last key frame at or before this place; to its first one
    /// for 0. Answers the key frame's place.
    fn find(
        &self,
        picture: &mut Waiting,
        from_ms: u64,
        until: Instant,
    ) -> Result<gst::ClockTime, Error> {
        if from_ms == 0 {
            self.look(
                picture,
                &Arc::new(Mutex::new(Search::first(gst::ClockTime::ZERO))),
            );
            return self.key_frame(until);
        }
        // The millisecond's end: a key frame's place, told in whole milliseconds, finds it again.
        let wanted = gst::ClockTime::from_mseconds(from_ms + 1) - gst::ClockTime::NSECOND;
        let length = picture.stream.query_duration::<gst::ClockTime>();
        if length.is_some_and(|length| wanted >= length) {
            return Err(Error::Place {
                detail: "it begins behind the film's end".into(),
            });
        }
        let search = Arc::new(Mutex::new(Search::last(wanted)));
        seek(picture, wanted)?;
        self.look(picture, &search);
        let first = self.key_frame(until)?;
        *lock(&search) = Search::first(first);
        seek(picture, first)?;
        self.key_frame(until)
    }

    /// Put a gate that searches in front of a stream's own, then open that.
    fn look(&self, waiting: &mut Waiting, search: &Arc<Mutex<Search>>) {
        let search = search.clone();
        let next = Gate::new(
            &self.reader.pipeline.downgrade(),
            &waiting.out,
            move |comes| match lock(&search).step(comes) {
                Step::On => Does::Drop,
                Step::Here(place) => {
                    let mut told = gst::Structure::new_empty(KEY_FRAME);
                    if let Some(place) = place {
                        told.set("place", place);
                    }
                    Does::Hold(told)
                }
            },
        );
        std::mem::replace(&mut waiting.gate, next).open();
    }

    fn key_frame(&self, until: Instant) -> Result<gst::ClockTime, Error> {
        let told = self.told(KEY_FRAME, until)?.ok_or_else(|| self.slow())?;
        told.get::<gst::ClockTime>("place").map_err(|_| {
            self.input
                .unreadable("there is no whole picture at that place: choose an earlier one")
        })
    }

    /// Build a stream's line to the muxer; answers its two ends.
    fn attach(&self, line: &Line, mux: &gst::Element) -> Result<(gst::Pad, gst::Pad), Error> {
        let way = gst::parse::bin_from_description(&line.way, true)
            .map_err(|source| Error::Build { what: WHAT, source })?;
        self.reader.pipeline.add(&way).map_err(built)?;
        let pads = way
            .static_pad("sink")
            .zip(way.static_pad("src"))
            .zip(mux.request_pad_simple("sink_%u"));
        let Some(((begin, end), into)) = pads else {
            return Err(Error::Pipeline {
                what: WHAT,
                detail: "a part has no pad".into(),
            });
        };
        if line.kind == "video" {
            into.set_property("trak-timescale", TIMESCALE);
        }
        end.link(&into).map_err(linked)?;
        way.sync_state_with_parent().map_err(built)?;
        Ok((begin, end))
    }

    fn leave_out(&self, waiting: Waiting) -> Result<(), Error> {
        let nowhere = gst::ElementFactory::make("fakesink")
            .property("sync", false)
            .property("async", false)
            .build()
            .map_err(built)?;
        self.reader.pipeline.add(&nowhere).map_err(built)?;
        nowhere.sync_state_with_parent().map_err(built)?;
        if let Some(Err(error)) = nowhere.static_pad("sink").map(|pad| waiting.out.link(&pad)) {
            tracing::debug!(%error, "a stream ends here");
        }
        waiting.gate.open();
        Ok(())
    }

    /// What the gates tell next under this name; `None` when nothing comes in time.
    fn told(&self, name: &str, until: Instant) -> Result<Option<gst::Structure>, Error> {
        let wanted = [gst::MessageType::Error, gst::MessageType::Application];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let left = gst::ClockTime::try_from(left).unwrap_or(gst::ClockTime::ZERO);
            let Some(message) = self.bus.timed_pop_filtered(left, &wanted) else {
                return Ok(None);
            };
            match message.view() {
                gst::MessageView::Application(told) => {
                    if let Some(told) = told.structure().filter(|told| told.name() == name) {
                        return Ok(Some(told.to_owned()));
                    }
                }
                _ => return Err(self.fault(&message)),
            }
        }
    }

    /// Whether something went wrong or the time is up.
    pub(super) fn check(&self, until: Instant) -> Result<(), Error> {
        if let Some(message) = self.bus.pop_filtered(&[gst::MessageType::Error]) {
            return Err(self.fault(&message));
        }
        if Instant::now() > until {
            return Err(self.slow());
        }
        Ok(())
    }

    fn slow(&self) -> Error {
        self.input
            .unreadable("it took too long: try again or choose another source")
    }

    fn fault(&self, message: &gst::Message) -> Error {
        let gst::MessageView::Error(error) = message.view() else {
            return self.input.unreadable("it can't be played");
        };
        tracing::debug!(error = %error.error(), debug = ?error.debug(), "no remux");
        self.input.unreadable(reason(&error.error()))
    }

    pub(super) fn end(&self) {
        if let Err(error) = self.reader.pipeline.set_state(gst::State::Null) {
            tracing::warn!(%error, "the remuxing pipeline did not stop");
        }
        // The pads hold the pipeline that holds their callbacks.
        lock(&self.streams).clear();
        self.reader.demuxers.forget();
    }
}

/// Put a queue with a closed gate behind a stream.
fn wait(pipeline: &gst::Pipeline, stream: &gst::Pad) -> Result<Waiting, gst::glib::BoolError> {
    let no_pad = || gst::glib::bool_error!("no pad");
    let queue = gst::ElementFactory::make("queue")
        .property("max-size-bytes", WAITING_BYTES)
        .property("max-size-buffers", 0u32)
        .property("max-size-time", 0u64)
        .build()?;
    pipeline.add(&queue)?;
    let begin = queue.static_pad("sink").ok_or_else(no_pad)?;
    let out = queue.static_pad("src").ok_or_else(no_pad)?;
    let begun = Arc::new(AtomicBool::new(false));
    let came = begun.clone();
    let gate = Gate::new(&pipeline.downgrade(), &out, move |_| {
        came.store(true, Ordering::Release);
        Does::Hold(gst::Structure::new_empty(BEGUN))
    });
    queue.sync_state_with_parent()?;
    stream
        .link(&begin)
        .map_err(|error| gst::glib::bool_error!("{error}"))?;
    Ok(Waiting {
        stream: stream.clone(),
        out,
        gate,
        begun,
    })
}

fn seek(waiting: &Waiting, place: gst::ClockTime) -> Result<(), Error> {
    let sought = waiting.stream.send_event(gst::event::Seek::new(
        1.0,
        gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE,
        gst::SeekType::Set,
        place,
        gst::SeekType::None,
        gst::ClockTime::NONE,
    ));
    if sought {
        Ok(())
    } else {
        Err(Error::Place {
            detail: "this film can only be read from its beginning".into(),
        })
    }
}

fn linked(error: gst::PadLinkError) -> Error {
    Error::Pipeline {
        what: WHAT,
        detail: format!("a stream was refused ({error})"),
    }
}

fn built(source: gst::glib::BoolError) -> Error {
    Error::Element {
        element: WHAT,
        source,
    }
}

/// Single pushes and takes: never half-written.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
