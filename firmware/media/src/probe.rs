//! What is in a file: container, length, tracks, chapters. Reads headers, decodes what it must to
//! know sizes, and nothing more.

use gst::prelude::*;
use gst_pbutils::prelude::*;
use gstreamer as gst;
use gstreamer_pbutils as gst_pbutils;
use serde::Serialize;

use crate::{
    codec::{codec_slug, hdr},
    error::{Error, start},
    input::JobInput,
};

/// The shortest and longest that a probe may be told to take; GStreamer's own limits.
pub const TIMEOUT_MS: std::ops::RangeInclusive<u64> = 1_000..=3_600_000;

/// A file may nest and repeat as it likes.
const CHAPTERS_MAX: usize = 1000;

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

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chapter {
    pub title: String,
    pub start_ms: u64,
}

/// Look into a file. `timeout_ms` is kept within [`TIMEOUT_MS`].
pub fn probe(input: &JobInput, timeout_ms: u64) -> Result<Probe, Error> {
    start()?;
    let unreadable = |detail: &str| Error::Unreadable {
        input: input.name(),
        detail: detail.to_owned(),
    };
    let timeout =
        gst::ClockTime::from_mseconds(timeout_ms.clamp(*TIMEOUT_MS.start(), *TIMEOUT_MS.end()));
    let discoverer = gst_pbutils::Discoverer::new(timeout).map_err(|source| Error::Build {
        what: "probe",
        source,
    })?;
    let info = discoverer.discover_uri(&input.uri()?).map_err(|error| {
        tracing::debug!(%error, "the discoverer failed");
        unreadable(reason(&error))
    })?;
    match info.result() {
        gst_pbutils::DiscovererResult::Ok | gst_pbutils::DiscovererResult::MissingPlugins => {}
        gst_pbutils::DiscovererResult::Timeout => {
            return Err(unreadable(
                "it took too long: try again or choose another source",
            ));
        }
        _ => {
            return Err(unreadable(
                "the file is damaged or no film: choose another source",
            ));
        }
    }
    let probe = describe(&info);
    if probe.video.is_empty() && probe.audio.is_empty() {
        return Err(unreadable(
            "there is neither picture nor sound in it: choose another source",
        ));
    }
    Ok(probe)
}

fn reason(error: &gst::glib::Error) -> &'static str {
    match error.kind::<gst::ResourceError>() {
        Some(gst::ResourceError::NotFound) => "it is not there: check the name",
        Some(gst::ResourceError::NotAuthorized) => "access is refused: check its permissions",
        Some(gst::ResourceError::OpenRead) => "it can't be opened: check its permissions",
        Some(_) => "reading it failed: try again",
        None => "the file is damaged or no film: choose another source",
    }
}

fn describe(info: &gst_pbutils::DiscovererInfo) -> Probe {
    let container = info.stream_info().and_then(|stream| {
        let container = stream
            .downcast::<gst_pbutils::DiscovererContainerInfo>()
            .ok()?;
        let caps = container.caps()?;
        let name = caps.structure(0)?.name().to_string();
        Some(container_slug(&name))
    });
    Probe {
        container,
        duration_ms: info
            .duration()
            .map(gst::ClockTime::mseconds)
            .filter(|length| *length > 0),
        seekable: info.is_seekable(),
        video: info.video_streams().iter().filter_map(video).collect(),
        audio: info.audio_streams().iter().map(audio).collect(),
        subtitles: info.subtitle_streams().iter().map(subtitle).collect(),
        chapters: info.toc().map(|toc| chapters(&toc)).unwrap_or_default(),
        undecodable: undecodable(info),
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

fn caps_slug(stream: &impl IsA<gst_pbutils::DiscovererStreamInfo>) -> String {
    stream
        .caps()
        .map_or_else(|| "unknown".to_owned(), |caps| codec_slug(&caps))
}

fn video(stream: &gst_pbutils::DiscovererVideoInfo) -> Option<VideoTrack> {
    // Cover art is no film.
    if stream.is_image() {
        return None;
    }
    let rate = stream.framerate();
    Some(VideoTrack {
        codec: caps_slug(stream),
        width: stream.width(),
        height: stream.height(),
        fps: if rate.denom() == 0 {
            0.0
        } else {
            (f64::from(rate.numer()) / f64::from(rate.denom()) * 1000.0).round() / 1000.0
        },
        hdr: stream.caps().and_then(|caps| hdr(&caps)),
    })
}

fn audio(stream: &gst_pbutils::DiscovererAudioInfo) -> AudioTrack {
    AudioTrack {
        codec: caps_slug(stream),
        language: stream.language().map(String::from),
        channels: stream.channels(),
        title: title(stream),
    }
}

fn subtitle(stream: &gst_pbutils::DiscovererSubtitleInfo) -> SubtitleTrack {
    SubtitleTrack {
        codec: caps_slug(stream),
        language: stream.language().map(String::from),
        title: title(stream),
    }
}

fn title(stream: &impl IsA<gst_pbutils::DiscovererStreamInfo>) -> Option<String> {
    let tags = stream.tags()?;
    tags.get::<gst::tags::Title>()
        .map(|title| title.get().to_owned())
}

/// The marks of a table of contents, whatever its nesting.
fn chapters(toc: &gst::Toc) -> Vec<Chapter> {
    let mut found = Vec::new();
    let mut waiting: Vec<gst::TocEntry> = toc.entries();
    while let Some(entry) = waiting.pop() {
        if found.len() + waiting.len() > CHAPTERS_MAX {
            break;
        }
        if entry.entry_type() == gst::TocEntryType::Chapter
            && let Some((start, _)) = entry.start_stop_times()
        {
            let title = entry
                .tags()
                .and_then(|tags| tags.get::<gst::tags::Title>().map(|t| t.get().to_owned()));
            let start_ms = start.max(0).unsigned_abs() / 1_000_000;
            found.push(Chapter {
                title: title.unwrap_or_default(),
                start_ms,
            });
        }
        waiting.extend(entry.sub_entries());
    }
    found.sort_by_key(|chapter| chapter.start_ms);
    found
}

fn undecodable(info: &gst_pbutils::DiscovererInfo) -> Vec<String> {
    info.missing_elements_installer_details()
        .iter()
        // gstreamer|1.0|program|words|type-caps
        .filter_map(|detail| detail.split('|').nth(3).map(str::to_owned))
        .collect()
}
