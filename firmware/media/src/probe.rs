//! What is in a file: container, length, tracks, chapters.
//!
//! The file is taken apart and its streams parsed, but nothing is decoded: it is quick, and
//! decoders are where hostile files do their harm.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_pbutils as gst_pbutils;
use serde::Serialize;

pub use crate::chapters::Chapter;
use crate::{
    codec::{codec_slug, hdr},
    demux::{Demuxers, Reader, language_and_title, reason, tags_of},
    error::{Error, start},
    input::JobInput,
};

/// The shortest and longest that a probe may be told to take.
pub const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 1_000..=3_600_000;
/// Once streams are known, a track that has no data yet is not waited for longer.
const SETTLE: Duration = Duration::from_secs(2);

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Probe {
    /// `matroska`, `quicktime`, `mpegts`, …
    pub container: Option<String>,
    pub duration_ms: Option<u64>,
    pub seekable: bool,
    pub video: Vec<VideoTrack>,
    pub audio: Vec<AudioTrack>,
    pub subtitles: Vec<SubtitleTrack>,
    pub chapters: Vec<Chapter>,
    /// What this machine can't decode, in words; empty when everything plays.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undecodable: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VideoTrack {
    pub codec: String,
    pub width: u32,
    pub height: u32,
    /// Frames a second; 0 when they come irregularly.
    pub fps: f64,
    /// `pq` or `hlg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hdr: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AudioTrack {
    pub codec: String,
    /// ISO 639-1 where there is one.
    pub language: Option<String>,
    pub channels: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubtitleTrack {
    pub codec: String,
    pub language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Look into a file. `timeout_ms` is kept within [`TIMEOUT_MS`].
pub fn probe(input: &JobInput, timeout_ms: u64) -> Result<Probe, Error> {
    start()?;
    let timeout = Duration::from_millis(timeout_ms.clamp(*TIMEOUT_MS.start(), *TIMEOUT_MS.end()));
    let probing = Probing::new(input)?;
    let found = probing.run(input, Instant::now() + timeout);
    probing.end();
    let found = found?;
    if found.video.is_empty() && found.audio.is_empty() {
        return Err(
            input.unreadable("there is neither picture nor sound in it: choose another source")
        );
    }
    Ok(found)
}

/// A pipeline that takes a file apart, and what it has shown so far.
struct Probing {
    pipeline: gst::Pipeline,
    demuxers: Demuxers,
    /// The parsed streams. Filled by streaming threads.
    streams: Arc<Mutex<Vec<Stream>>>,
}

struct Stream {
    pad: gst::Pad,
    /// Data has come, or of subtitles word that there is none yet: whatever is told before it has
    /// come as well.
    begun: bool,
}

impl Probing {
    fn new(input: &JobInput) -> Result<Self, Error> {
        let reader = Reader::new(input, "probe")?;
        let streams = Arc::new(Mutex::new(Vec::new()));
        let (found, weak) = (streams.clone(), reader.pipeline.downgrade());
        reader.streams.connect_pad_added(move |_, pad| {
            lock(&found).push(Stream {
                pad: pad.clone(),
                begun: false,
            });
            let Some(pipeline) = weak.upgrade() else {
                return;
            };
            if let Err(error) = drain(&pipeline, pad, &found) {
                tracing::debug!(%error, "a stream is left out");
            }
        });
        Ok(Self {
            pipeline: reader.pipeline,
            demuxers: reader.demuxers,
            streams,
        })
    }

    fn run(&self, input: &JobInput, mut until: Instant) -> Result<Probe, Error> {
        let bus = self
            .pipeline
            .bus()
            .ok_or_else(|| input.unreadable("it can't be played"))?;
        let started = self.pipeline.set_state(gst::State::Paused).is_ok();
        let wanted = [
            gst::MessageType::Error,
            gst::MessageType::Application,
            gst::MessageType::Eos,
        ];
        if !started {
            until = Instant::now();
        }
        let mut known = false;
        while !self.settled() {
            let left = until.saturating_duration_since(Instant::now());
            let left = gst::ClockTime::try_from(left).unwrap_or(gst::ClockTime::ZERO);
            let told = bus
                .pop_filtered(&wanted)
                .or_else(|| bus.timed_pop_filtered(left, &wanted));
            let Some(message) = told else {
                if known {
                    break;
                }
                return Err(input.unreadable(if started {
                    "it took too long: try again or choose another source"
                } else {
                    "it can't be opened: check its permissions"
                }));
            };
            match message.view() {
                gst::MessageView::Error(error) => {
                    tracing::debug!(error = %error.error(), debug = ?error.debug(), "no probe");
                    return Err(input.unreadable(reason(&error.error())));
                }
                gst::MessageView::Application(_) if !known => {
                    known = true;
                    until = until.min(Instant::now() + SETTLE);
                }
                gst::MessageView::Eos(_) => break,
                _ => {}
            }
        }
        Ok(self.describe())
    }

    /// Everything is known of every stream. All of them are shown before any begins.
    fn settled(&self) -> bool {
        let streams = lock(&self.streams);
        !streams.is_empty()
            && streams.iter().all(|stream| {
                let caps = stream.pad.current_caps();
                let kind = caps
                    .as_ref()
                    .and_then(|caps| caps.structure(0))
                    .map(gst::StructureRef::name);
                // Subtitles may be long in coming: what is told of them is enough.
                kind.is_some_and(|kind| {
                    stream.begun || (!is_sound_or_picture(kind) && self.is_told_of(&stream.pad))
                })
            })
            && streams.iter().any(|stream| stream.begun)
    }

    fn is_told_of(&self, pad: &gst::Pad) -> bool {
        pad.stream_id()
            .and_then(|id| self.demuxers.tags(&id))
            .is_some_and(|tags| tags.n_tags() > 0)
    }

    fn describe(&self) -> Probe {
        let mut seeking = gst::query::Seeking::new(gst::Format::Time);
        let mut probe = Probe {
            container: self.demuxers.container(),
            duration_ms: self
                .pipeline
                .query_duration::<gst::ClockTime>()
                .map(gst::ClockTime::mseconds)
                .filter(|length| *length > 0),
            seekable: self.pipeline.query(&mut seeking) && seeking.result().0,
            video: Vec::new(),
            audio: Vec::new(),
            subtitles: Vec::new(),
            chapters: self.demuxers.chapters(),
            undecodable: Vec::new(),
        };
        let decoders = gst::ElementFactory::factories_with_type(
            gst::ElementFactoryType::DECODER,
            gst::Rank::MARGINAL,
        );
        for Stream { pad, .. } in lock(&self.streams).iter() {
            let Some(caps) = pad.current_caps() else {
                continue;
            };
            let Some(format) = caps.structure(0) else {
                continue;
            };
            let tags = pad
                .stream_id()
                .and_then(|id| self.demuxers.tags(&id))
                .unwrap_or_else(|| tags_of(pad));
            let (language, title) = language_and_title(&tags);
            let (codec, kind) = (codec_slug(&caps), format.name().as_str());
            if kind.starts_with("video/") {
                probe.video.push(video(codec, format, &caps));
            } else if kind.starts_with("audio/") {
                let channels = format
                    .get::<i32>("channels")
                    .unwrap_or_default()
                    .unsigned_abs();
                probe.audio.push(AudioTrack {
                    codec,
                    language,
                    channels,
                    title,
                });
            } else if !kind.starts_with("image/") {
                // Cover art is no film; what is neither is text, or a picture of text.
                probe.subtitles.push(SubtitleTrack {
                    codec,
                    language,
                    title,
                });
                continue;
            }
            let decodable = kind.ends_with("/x-raw")
                || decoders
                    .iter()
                    .any(|decoder| decoder.can_sink_any_caps(&caps));
            if !decodable && !kind.starts_with("image/") {
                probe
                    .undecodable
                    .push(gst_pbutils::pb_utils_get_codec_description(&caps).into());
            }
        }
        probe
    }

    fn end(&self) {
        if let Err(error) = self.pipeline.set_state(gst::State::Null) {
            tracing::warn!(%error, "the probe's pipeline did not stop");
        }
        // The pads hold the pipeline that holds their callbacks.
        lock(&self.streams).clear();
        self.demuxers.forget();
    }
}

/// These locks guard single inserts and assignments: never half-written.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_sound_or_picture(kind: &str) -> bool {
    kind.starts_with("video/") || kind.starts_with("audio/")
}

fn carries_sound_or_picture(pad: &gst::Pad) -> bool {
    pad.current_caps()
        .as_ref()
        .and_then(|caps| caps.structure(0))
        .is_some_and(|format| is_sound_or_picture(format.name()))
}

/// Give a stream a place to go, and say on the bus when it begins.
fn drain(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    streams: &Arc<Mutex<Vec<Stream>>>,
) -> Result<(), gst::glib::BoolError> {
    let queue = gst::ElementFactory::make("queue").build()?;
    // Not waited for: the first buffer says more than a state.
    let sink = gst::ElementFactory::make("fakesink")
        .property("sync", false)
        .property("async", false)
        .build()?;
    pipeline.add_many([&queue, &sink])?;
    queue.link(&sink)?;
    queue.sync_state_with_parent()?;
    sink.sync_state_with_parent()?;
    let (streams, weak) = (streams.clone(), pipeline.downgrade());
    let watched = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    pad.add_probe(watched, move |pad, info| {
        let begins = match info.event().map(|event| event.type_()) {
            // A buffer.
            None => true,
            // Word that there is nothing yet, which subtitles begin with.
            Some(gst::EventType::Gap) => !carries_sound_or_picture(pad),
            Some(gst::EventType::Tag) => false,
            Some(_) => return gst::PadProbeReturn::Ok,
        };
        if begins {
            for stream in lock(&streams)
                .iter_mut()
                .filter(|stream| stream.pad == *pad)
            {
                stream.begun = true;
            }
        }
        if let Some(pipeline) = weak.upgrade() {
            let news = gst::message::Application::new(gst::Structure::new_empty("stream"));
            // Without a bus nobody waits.
            let _ = pipeline.post_message(news);
        }
        if begins {
            gst::PadProbeReturn::Remove
        } else {
            gst::PadProbeReturn::Ok
        }
    });
    let into = queue
        .static_pad("sink")
        .ok_or_else(|| gst::glib::bool_error!("no pad"))?;
    pad.link(&into)
        .map(|_| ())
        .map_err(|error| gst::glib::bool_error!("{error}"))
}

fn video(codec: String, format: &gst::StructureRef, caps: &gst::CapsRef) -> VideoTrack {
    let side = |name: &str| format.get::<i32>(name).unwrap_or_default().unsigned_abs();
    let rate = format
        .get::<gst::Fraction>("framerate")
        .ok()
        .filter(|rate| rate.denom() != 0);
    VideoTrack {
        codec,
        width: side("width"),
        height: side("height"),
        fps: rate.map_or(0.0, |rate| {
            (f64::from(rate.numer()) / f64::from(rate.denom()) * 1000.0).round() / 1000.0
        }),
        hdr: hdr(caps),
    }
}
