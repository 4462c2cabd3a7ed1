//! A film in the form that browsers play, without encoding its picture anew: fragmented MP4 whose
//! fragments begin at key frames, as one file or as an HLS playlist with its segments.
//!
//! The picture is copied. Sound is copied where MP4 and browsers know it, else made AAC;
//! subtitles are left out, and everything left out is named in the answer.
//!
//! A file begins at zero. Segments keep the film's own time, so that those which another worker
//! makes from a later key frame on continue them.

mod gate;
mod index;
mod output;
mod reading;
mod search;
mod timeline;
mod tracks;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use serde::Serialize;

use crate::{
    error::{Error, start},
    input::JobInput,
    probe::TIMEOUT_MS,
};
use output::{Fragment, Output};
use reading::Reading;
pub use tracks::{LeftOut, Track};

const WHAT: &str = "remuxing";
/// Fragments of a file are at least this long, so that jumping in it costs little.
const FRAGMENT: gst::ClockTime = gst::ClockTime::from_seconds(2);
/// Segments are at least this long (what HLS advises).
const SEGMENT: gst::ClockTime = gst::ClockTime::from_seconds(6);
/// Ticks a second of the picture's times. Its index must count in the same: Chromium takes the
/// index's ticks for the picture's, whatever the index says of them.
const TIMESCALE: u32 = 90_000;
/// How often a loop that waits for data looks for trouble.
const LOOK: gst::ClockTime = gst::ClockTime::from_mseconds(100);

/// What to make.
#[derive(Debug, Clone)]
pub struct RemuxRequest {
    pub input: JobInput,
    pub target: Target,
    /// The key frame at or before this place is the first picture; 0 is the whole film.
    pub from_ms: u64,
    /// Where to end; `None` is the film's end.
    pub to_ms: Option<u64>,
    /// Which of the film's audio tracks, counted as the probe tells them.
    pub audio: usize,
    /// Kept within [`TIMEOUT_MS`].
    pub timeout_ms: u64,
}

/// What it becomes. Nothing stands under its name before it is whole.
#[derive(Debug, Clone)]
pub enum Target {
    /// One file, named .mp4.
    File(PathBuf),
    /// A new folder with `index.m3u8`, `init.mp4` and `seg-%05d.m4s`.
    Segments(PathBuf),
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remuxed {
    /// `mp4` or `hls`.
    pub container: &'static str,
    pub duration_ms: u64,
    /// The place in the film of the first picture, or 0 for the whole film.
    pub first_ms: u64,
    pub bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<usize>,
    pub tracks: Vec<Track>,
    pub left_out: Vec<LeftOut>,
}

/// Make it.
pub fn make(request: &RemuxRequest) -> Result<Remuxed, Error> {
    start()?;
    gstfmp4::plugin_register_static().map_err(|source| Error::Element {
        element: "isofmp4mux",
        source,
    })?;
    if request.to_ms.is_some_and(|to| to <= request.from_ms) {
        return Err(Error::Place {
            detail: "its end is not behind its beginning".into(),
        });
    }
    let timeout_ms = request
        .timeout_ms
        .clamp(*TIMEOUT_MS.start(), *TIMEOUT_MS.end());
    let until = Instant::now() + Duration::from_millis(timeout_ms);
    let reading = Reading::new(&request.input)?;
    let mut output = output::open(&request.target)?;
    let made = write(&reading, request, output.as_mut(), until);
    reading.end();
    match made {
        Ok(made) => Ok(made),
        Err(error) => {
            output.discard();
            Err(error)
        }
    }
}

fn write(
    reading: &Reading<'_>,
    request: &RemuxRequest,
    output: &mut dyn Output,
    until: Instant,
) -> Result<Remuxed, Error> {
    let streams = reading.streams(until)?;
    let plan = tracks::plan(
        &request.input,
        &streams,
        request.audio,
        reading.container().as_deref(),
    )?;
    let (container, mux) = match &request.target {
        Target::File(_) => ("mp4", muxer(FRAGMENT, true)?),
        Target::Segments(_) => ("hls", muxer(SEGMENT, false)?),
    };
    let sink = gst_app::AppSink::builder()
        .sync(false)
        .buffer_list(true)
        .max_buffers(1)
        .enable_last_sample(false)
        .build();
    let begin = reading.link(&plan, request, &mux, &sink, until)?;
    let length = plan.lines[0].pad.query_duration::<gst::ClockTime>();
    let expected = expected(length, request);
    let fragments = pull(reading, &sink, output, begin.picture, expected, until)?;
    let (start, end) = fragments
        .first()
        .zip(fragments.last())
        .map(|(first, last)| (first.start, last.end()))
        .ok_or_else(|| {
            let detail = "there is nothing at that place: choose an earlier one";
            request.input.unreadable(detail)
        })?;
    let bytes = output.finish(&fragments)?;
    Ok(Remuxed {
        container,
        duration_ms: end.saturating_sub(start).mseconds(),
        first_ms: begin.film.mseconds(),
        bytes,
        segments: matches!(request.target, Target::Segments(_)).then_some(fragments.len()),
        tracks: plan.tracks,
        left_out: plan.left_out,
    })
}

/// How many fragments there may be; the length is a guess for films that don't tell it.
fn expected(length: Option<gst::ClockTime>, request: &RemuxRequest) -> usize {
    let length = length.unwrap_or(gst::ClockTime::from_seconds(2 * 3600));
    let end = request
        .to_ms
        .map_or(length, |to| gst::ClockTime::from_mseconds(to).min(length));
    let wanted = end.saturating_sub(gst::ClockTime::from_mseconds(request.from_ms));
    (wanted.nseconds() / FRAGMENT.nseconds()) as usize + 2
}

fn muxer(fragment: gst::ClockTime, with_length: bool) -> Result<gst::Element, Error> {
    let mux = gst::ElementFactory::make("isofmp4mux")
        .property("fragment-duration", fragment)
        .property("send-force-keyunit", false)
        .property("write-mehd", with_length)
        .build()
        .map_err(|source| Error::Element {
            element: "isofmp4mux",
            source,
        })?;
    if with_length {
        // The header once more at the end, of the same size, now with the length in it.
        mux.set_property_from_str("header-update-mode", "update");
    }
    Ok(mux)
}

/// Hand what the muxer makes to the output, to the end. `picture` is where its first one is.
fn pull(
    reading: &Reading<'_>,
    sink: &gst_app::AppSink,
    output: &mut dyn Output,
    picture: gst::ClockTime,
    expected: usize,
    until: Instant,
) -> Result<Vec<Fragment>, Error> {
    let mut begun = false;
    let mut fragments: Vec<Fragment> = Vec::new();
    loop {
        reading.check(until)?;
        let Some(sample) = sink.try_pull_sample(LOOK) else {
            if sink.is_eos() {
                return Ok(fragments);
            }
            continue;
        };
        for buffer in sample
            .buffer_list()
            .into_iter()
            .flat_map(|list| list.iter())
        {
            let data = buffer.map_readable().map_err(|error| Error::Pipeline {
                what: WHAT,
                detail: error.to_string(),
            })?;
            let header = gst::BufferFlags::HEADER;
            if buffer.flags().contains(gst::BufferFlags::DISCONT | header) {
                if begun {
                    output.correct(&data)?;
                } else {
                    output.begin(&data, expected)?;
                }
                begun = true;
                continue;
            }
            if buffer.flags().contains(header) {
                let duration = buffer.duration().unwrap_or_default();
                // It tells where the sound or the picture begins, whatever is first, and ends
                // where the next picture does.
                let (start, end) = match fragments.last() {
                    Some(last) => (last.end(), last.end() + duration),
                    None => (picture, place(&sample, buffer) + duration),
                };
                fragments.push(Fragment {
                    start,
                    duration: end.saturating_sub(start),
                    bytes: 0,
                });
                output.begin_fragment()?;
            }
            output.append(&data)?;
            if let Some(fragment) = fragments.last_mut() {
                fragment.bytes += data.len() as u64;
            }
        }
    }
}

/// Where on the result's time line a buffer is.
fn place(sample: &gst::Sample, buffer: &gst::BufferRef) -> gst::ClockTime {
    sample
        .segment()
        .and_then(|segment| segment.downcast_ref::<gst::ClockTime>())
        .and_then(|segment| segment.to_running_time(buffer.pts()))
        .unwrap_or_default()
}
