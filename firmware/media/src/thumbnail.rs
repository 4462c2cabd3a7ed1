//! A still picture from a film.

use std::{
    fs,
    path::{Path, PathBuf},
};

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use serde::Serialize;

use crate::{
    error::{Error, start},
    input::JobInput,
};

/// What picture to take.
#[derive(Debug, Clone)]
pub struct ThumbnailRequest {
    pub input: JobInput,
    pub at_ms: u64,
    /// In pixels; the height follows from the picture's shape.
    pub width: u32,
    /// Ends in .png, .jpg or .jpeg.
    pub out: PathBuf,
    pub timeout_ms: u64,
}

/// What was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Thumbnail {
    pub out: PathBuf,
    pub width: u32,
    pub height: u32,
    /// Where the film really was: the nearest picture to what was asked.
    pub at_ms: u64,
}

/// Take it. At a place behind the end the last picture is taken.
pub fn take(request: &ThumbnailRequest) -> Result<Thumbnail, Error> {
    start()?;
    let format = format(&request.out)?;
    if !(16..=4096).contains(&request.width) {
        return Err(Error::Thumbnail {
            detail: format!("{} pixels wide is outside 16 to 4096", request.width),
        });
    }
    let timeout = gst::ClockTime::from_mseconds(request.timeout_ms);
    let (pipeline, sink) = build(request)?;
    let sample = preroll(request, &pipeline, &sink, timeout);
    let picture = sample.and_then(|sample| encode(request, &sample, format, timeout));
    pipeline
        .set_state(gst::State::Null)
        .map_err(|error| failed(request, &error.to_string()))?;
    let (bytes, thumbnail) = picture?;
    // Beside the target and renamed: nobody finds half a picture.
    let mut part = request.out.clone().into_os_string();
    part.push(".part");
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, &request.out));
    if let Err(source) = written {
        // The write's own error is what counts.
        let _ = fs::remove_file(&part);
        return Err(Error::Write {
            path: request.out.clone(),
            source,
        });
    }
    Ok(thumbnail)
}

fn format(out: &Path) -> Result<&'static str, Error> {
    match out.extension().and_then(|ending| ending.to_str()) {
        Some("png") => Ok("image/png"),
        Some("jpg" | "jpeg") => Ok("image/jpeg"),
        _ => Err(Error::Thumbnail {
            detail: "the file must end in .png, .jpg or .jpeg".into(),
        }),
    }
}

fn failed(request: &ThumbnailRequest, detail: &str) -> Error {
    request.input.unreadable(detail)
}

fn build(request: &ThumbnailRequest) -> Result<(gst::Element, gst_app::AppSink), Error> {
    let sink = gst_app::AppSink::builder()
        .caps(&gst_video::VideoCapsBuilder::new().build())
        .max_buffers(1)
        .build();
    // Given, so that playbin doesn't look for a sound card.
    let silence = gst::ElementFactory::make("fakesink")
        .build()
        .map_err(|source| Error::Element {
            element: "fakesink",
            source,
        })?;
    let player = gst::ElementFactory::make("playbin")
        .property("uri", request.input.uri()?)
        .property("video-sink", &sink)
        .property("audio-sink", &silence)
        .build()
        .map_err(|source| Error::Element {
            element: "playbin",
            source,
        })?;
    // Sound and subtitles need no decoding.
    player.set_property_from_str("flags", "video");
    Ok((player, sink))
}

fn preroll(
    request: &ThumbnailRequest,
    pipeline: &gst::Element,
    sink: &gst_app::AppSink,
    timeout: gst::ClockTime,
) -> Result<gst::Sample, Error> {
    wait(
        request,
        pipeline,
        pipeline.set_state(gst::State::Paused).is_ok(),
        timeout,
    )?;
    if request.at_ms > 0 {
        let length = pipeline
            .query_duration::<gst::ClockTime>()
            .map(gst::ClockTime::mseconds);
        // At the very end there is no picture.
        let last = length.map_or(request.at_ms, |length| length.saturating_sub(200));
        let place = gst::ClockTime::from_mseconds(request.at_ms.min(last));
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE;
        wait(
            request,
            pipeline,
            pipeline.seek_simple(flags, place).is_ok(),
            timeout,
        )?;
    }
    sink.try_pull_preroll(timeout)
        .ok_or_else(|| failed(request, "there is no picture at that place: choose another"))
}

/// Wait until a picture is there, or something went wrong.
fn wait(
    request: &ThumbnailRequest,
    pipeline: &gst::Element,
    begun: bool,
    timeout: gst::ClockTime,
) -> Result<(), Error> {
    let wanted = [
        gst::MessageType::Error,
        gst::MessageType::AsyncDone,
        gst::MessageType::Eos,
    ];
    let bus = pipeline
        .bus()
        .ok_or_else(|| failed(request, "the player has no bus"))?;
    let timeout = if begun { timeout } else { gst::ClockTime::ZERO };
    let told = bus
        .pop_filtered(&wanted)
        .or_else(|| bus.timed_pop_filtered(timeout, &wanted));
    match told.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Error(error)) => {
            tracing::debug!(error = %error.error(), debug = ?error.debug(), "no thumbnail");
            Err(failed(
                request,
                "the file is damaged or no film: choose another source",
            ))
        }
        Some(_) => Ok(()),
        None if begun => Err(failed(request, "it took too long: try again")),
        None => Err(failed(request, "it can't be read: choose another source")),
    }
}

fn encode(
    request: &ThumbnailRequest,
    sample: &gst::Sample,
    format: &str,
    timeout: gst::ClockTime,
) -> Result<(Vec<u8>, Thumbnail), Error> {
    let no_picture = || failed(request, "its picture can't be used: choose another source");
    let info = sample
        .caps()
        .and_then(|caps| gst_video::VideoInfo::from_caps(caps).ok())
        .ok_or_else(no_picture)?;
    let buffer = sample.buffer().ok_or_else(no_picture)?;
    let at_ms = sample
        .segment()
        .and_then(|segment| segment.downcast_ref::<gst::ClockTime>())
        .and_then(|segment| segment.to_stream_time(buffer.pts()))
        .map_or(request.at_ms, gst::ClockTime::mseconds);
    let shape = f64::from(info.width()) * f64::from(info.par().numer())
        / (f64::from(info.height().max(1)) * f64::from(info.par().denom().max(1)));
    let height = ((f64::from(request.width) / shape).round() as u32).clamp(1, 8192);
    let caps = gst::Caps::builder(format)
        .field("width", request.width.cast_signed())
        .field("height", height.cast_signed())
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .build();
    let picture = gst_video::convert_sample(sample, &caps, timeout).map_err(|error| {
        tracing::debug!(%error, "no thumbnail");
        no_picture()
    })?;
    let bytes = picture
        .buffer()
        .and_then(|buffer| buffer.map_readable().ok())
        .map(|map| map.to_vec())
        .ok_or_else(no_picture)?;
    Ok((
        bytes,
        Thumbnail {
            out: request.out.clone(),
            width: request.width,
            height,
            at_ms,
        },
    ))
}
