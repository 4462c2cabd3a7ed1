//! Which of a film's streams go into MP4, and which of them as they are.

use gst::prelude::*;
use gstreamer as gst;
use serde::Serialize;

use crate::{
    codec::codec_slug,
    error::{Error, first_element},
    input::JobInput,
};

/// A stream in the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Track {
    pub kind: &'static str,
    /// As it is in the result.
    pub codec: String,
    pub how: How,
    /// What it was in the film, where that is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    Copied,
    Transcoded,
}

/// A stream of the film that is not in the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// `video`, `audio`, `subtitles` or `picture` (a cover).
    pub kind: &'static str,
    pub codec: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// A stream as it comes out of the film.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    pub pad: gst::Pad,
    pub caps: gst::Caps,
    pub language: Option<String>,
}

/// What becomes of the film's streams.
#[derive(Debug)]
pub(super) struct Plan {
    /// The picture first.
    pub lines: Vec<Line>,
    pub tracks: Vec<Track>,
    pub left_out: Vec<LeftOut>,
}

/// A stream's way into the muxer.
#[derive(Debug)]
pub(super) struct Line {
    pub pad: gst::Pad,
    /// A pipeline's description, as `gst-launch` reads it.
    pub way: String,
    pub kind: &'static str,
}

pub(super) fn plan(
    input: &JobInput,
    streams: &[Stream],
    audio: usize,
    container: Option<&str>,
) -> Result<Plan, Error> {
    let of = |kind: &'static str| {
        streams
            .iter()
            .enumerate()
            .filter(move |(_, stream)| kind_of(&stream.caps) == kind)
    };
    let (picture, stream) = of("video")
        .next()
        .ok_or_else(|| input.unreadable("there is no picture in it: choose another source"))?;
    let mut plan = Plan {
        lines: vec![Line {
            pad: stream.pad.clone(),
            way: picture_way(&stream.caps, container)?,
            kind: "video",
        }],
        tracks: vec![track("video", stream, None)],
        left_out: Vec::new(),
    };
    let sounds = of("audio").count();
    let sound = of("audio").nth(audio);
    if let Some((_, stream)) = sound {
        let (way, made) = sound_way(&stream.caps)?;
        plan.lines.push(Line {
            pad: stream.pad.clone(),
            way,
            kind: "audio",
        });
        plan.tracks.push(track("audio", stream, made));
    } else if audio > 0 {
        return Err(Error::Track {
            wanted: audio,
            there: sounds,
        });
    }
    let taken = [Some(picture), sound.map(|(index, _)| index)];
    plan.left_out = streams
        .iter()
        .enumerate()
        .filter(|(index, _)| !taken.contains(&Some(*index)))
        .map(|(_, stream)| LeftOut {
            kind: kind_of(&stream.caps),
            codec: codec_slug(&stream.caps),
            language: stream.language.clone(),
        })
        .collect();
    Ok(plan)
}

fn track(kind: &'static str, stream: &Stream, made: Option<&str>) -> Track {
    let was = codec_slug(&stream.caps);
    Track {
        kind,
        codec: made.map_or_else(|| was.clone(), str::to_owned),
        how: if made.is_some() {
            How::Transcoded
        } else {
            How::Copied
        },
        from: made.is_some().then_some(was),
        language: stream.language.clone(),
    }
}

pub(super) fn kind_of(caps: &gst::Caps) -> &'static str {
    let name = caps.structure(0).map(gst::StructureRef::name);
    match name.and_then(|name| name.split('/').next()) {
        Some("video") => "video",
        Some("audio") => "audio",
        // Cover art is no film.
        Some("image") => "picture",
        _ => "subtitles",
    }
}

/// How this picture gets into MP4 as it is.
fn picture_way(caps: &gst::Caps, container: Option<&str>) -> Result<String, Error> {
    let codec = codec_slug(caps);
    // These containers tell when a frame is decoded; where only the order of showing is known,
    // it is counted from the stream itself.
    let timed = matches!(container, Some("quicktime" | "mpegts"));
    let timestamper = |name: &str| {
        if timed {
            String::new()
        } else {
            format!("! {name} ")
        }
    };
    Ok(match codec.as_str() {
        "h264" => format!(
            "h264parse {}! capsfilter caps=video/x-h264,stream-format=avc,alignment=au",
            timestamper("h264timestamper")
        ),
        // Of the two ways to write it, the one that Safari plays.
        "h265" => format!(
            "h265parse {}! capsfilter caps=video/x-h265,stream-format=hvc1,alignment=au",
            timestamper("h265timestamper")
        ),
        "av1" => {
            "av1parse ! capsfilter caps=video/x-av1,stream-format=obu-stream,alignment=tu".into()
        }
        "vp9" => "vp9parse ! capsfilter caps=video/x-vp9,alignment=super-frame".into(),
        _ => return Err(Error::Codec { codec }),
    })
}

/// How this sound gets into MP4, and what it is made if it can't be copied.
fn sound_way(caps: &gst::Caps) -> Result<(String, Option<&'static str>), Error> {
    let version = caps
        .structure(0)
        .and_then(|format| format.get::<i32>("mpegversion").ok());
    let copied = match codec_slug(caps).as_str() {
        "aac" if version == Some(4) && !is_latm(caps) => {
            "aacparse ! capsfilter caps=audio/mpeg,mpegversion=4,stream-format=raw"
        }
        "opus" => "opusparse",
        "flac" => "flacparse",
        _ => return encoded(caps).map(|way| (way, Some("aac"))),
    };
    Ok((copied.to_owned(), None))
}

/// The parser can't take this form of AAC apart.
fn is_latm(caps: &gst::Caps) -> bool {
    caps.structure(0)
        .and_then(|format| format.get::<String>("stream-format").ok())
        .is_some_and(|form| form == "loas")
}

fn encoded(caps: &gst::Caps) -> Result<String, Error> {
    let raw = caps
        .structure(0)
        .is_some_and(|format| format.name() == "audio/x-raw");
    let decoder = if raw {
        "identity".to_owned()
    } else {
        decoder(caps)?
    };
    let encoder = first_element(
        "AAC audio",
        &["avenc_aac", "fdkaacenc", "voaacenc"],
        "gstreamer1.0-libav or gstreamer1.0-plugins-bad",
    )?;
    // Two channels: every browser and every phone plays them, and voaacenc knows no more.
    Ok(format!(
        "{decoder} ! audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=2 \
         ! {encoder} bitrate=192000 ! aacparse \
         ! capsfilter caps=audio/mpeg,mpegversion=4,stream-format=raw"
    ))
}

/// The best decoder for this sound.
fn decoder(caps: &gst::Caps) -> Result<String, Error> {
    let mut known = gst::ElementFactory::factories_with_type(
        gst::ElementFactoryType::DECODER | gst::ElementFactoryType::MEDIA_AUDIO,
        gst::Rank::MARGINAL,
    )
    .into_iter()
    .filter(|factory| factory.can_sink_any_caps(caps))
    .collect::<Vec<_>>();
    known.sort_by_key(|factory| std::cmp::Reverse(factory.rank()));
    known
        .first()
        .map(|factory| factory.name().to_string())
        .ok_or_else(|| Error::MissingElement {
            purpose: "the film's sound",
            tried: codec_slug(caps),
            package: "gstreamer1.0-libav",
        })
}
