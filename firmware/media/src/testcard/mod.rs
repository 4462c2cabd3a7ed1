//! The test card: a film made on the box itself, so that something plays with no network at all
//! and tests can prove a position from a picture.
//!
//! H.264, two audio tracks and two text subtitle tracks (Russian and English), chapters, readable
//! time, and the machine-readable strip of [`crate::strip`] on every frame. Matroska carries all
//! of it; MP4 goes without chapters and MPEG-TS also without subtitles, both for tests of those
//! containers. Written beside the target and renamed, so a half-made card is never found.

mod chapters;
mod drawing;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use serde::Serialize;

use crate::error::{Error, first_element, start};

const CUE_SECONDS: u32 = 2;
const AUDIO_RATE: u32 = 48_000;
/// Audio buffers a second: 20 ms each, so that a card of whole seconds ends exactly.
const AUDIO_BUFFERS: u32 = 50;
/// Only so that a stuck encoder ends: two hours of card at 4K stay well within.
const TIME_LIMIT: gst::ClockTime = gst::ClockTime::from_seconds(3600);
const WHAT: &str = "making the test card";

/// What card to make.
#[derive(Debug, Clone)]
pub struct CardRequest {
    /// Where it goes; the ending chooses the container: mkv, mp4 or ts.
    pub out: PathBuf,
    pub seconds: u32,
    pub width: u32,
    pub height: u32,
    pub fps: u32,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    pub out: PathBuf,
    pub container: Container,
    pub duration_ms: u64,
    pub width: u32,
    pub height: u32,
    pub fps: u32,
    pub video_codec: &'static str,
    pub audio: Vec<CardTrack>,
    pub subtitles: Vec<CardTrack>,
    pub chapters: Vec<CardChapter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CardTrack {
    pub codec: &'static str,
    /// ISO 639-1.
    pub language: &'static str,
    pub title: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CardChapter {
    pub title: String,
    pub start_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Container {
    Mkv,
    Mp4,
    Ts,
}

impl Container {
    fn of(path: &Path) -> Result<Self, Error> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("mkv") => Ok(Self::Mkv),
            Some("mp4") => Ok(Self::Mp4),
            Some("ts") => Ok(Self::Ts),
            _ => Err(Error::Card {
                detail: "file must end in .mkv, .mp4 or .ts".into(),
            }),
        }
    }

    fn muxer(self) -> &'static str {
        match self {
            Self::Mkv => "matroskamux",
            Self::Mp4 => "mp4mux",
            Self::Ts => "mpegtsmux",
        }
    }

    /// The muxer's pad for a stream; named, because a queue links to the first that takes anything.
    fn pad(self, kind: &str, index: usize) -> String {
        match self {
            Self::Mkv | Self::Mp4 => format!("mux.{kind}_{index}"),
            Self::Ts => "mux.".into(),
        }
    }
}

/// One language of the card.
struct Language {
    code: &'static str,
    audio_title: &'static str,
    subtitle_title: &'static str,
    tone_hz: u32,
    line: fn(&str) -> String,
}

const LANGUAGES: [Language; 2] = [
    Language {
        code: "ru",
        audio_title: "Низкий тон",
        subtitle_title: "Русские",
        tone_hz: 330,
        line: |time| format!("Прошло {time}"),
    },
    Language {
        code: "en",
        audio_title: "High tone",
        subtitle_title: "English",
        tone_hz: 660,
        line: |time| format!("{time} has passed"),
    },
];

/// Make the card. Takes about a fifth of its length at 720p on two cores.
pub fn make(request: &CardRequest) -> Result<Card, Error> {
    start()?;
    check(request)?;
    let container = Container::of(&request.out)?;
    let part = part_path(&request.out);
    let made = write(request, container, &part).and_then(|card| {
        fs::rename(&part, &request.out).map_err(|source| Error::Write {
            path: request.out.clone(),
            source,
        })?;
        Ok(card)
    });
    if made.is_err()
        && let Err(error) = fs::remove_file(&part)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(part = %part.display(), %error, "a half-made test card is left behind");
    }
    made
}

fn check(request: &CardRequest) -> Result<(), Error> {
    let CardRequest {
        width,
        height,
        fps,
        seconds,
        ..
    } = *request;
    let refused = |detail: String| Err(Error::Card { detail });
    if !(128..=3840).contains(&width) || !(72..=2160).contains(&height) {
        return refused(format!(
            "of {width}x{height} is outside 128x72 to 3840x2160"
        ));
    }
    if width % 2 == 1 || height % 2 == 1 {
        return refused(format!("of {width}x{height} has an odd side"));
    }
    if !(1..=60).contains(&fps) || !(1..=7200).contains(&seconds) {
        return refused(format!(
            "of {seconds} s at {fps} frames a second is outside 1 to 7200 s at 1 to 60"
        ));
    }
    Ok(())
}

fn part_path(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

fn write(request: &CardRequest, container: Container, part: &Path) -> Result<Card, Error> {
    // Before any pipeline: an unwritable folder is told with the system's own reason.
    fs::File::create(part).map_err(|source| Error::Write {
        path: part.to_owned(),
        source,
    })?;

    let audio_encoder = first_element(
        "AAC audio",
        &["avenc_aac", "fdkaacenc", "voaacenc"],
        "gstreamer1.0-libav or gstreamer1.0-plugins-bad",
    )?;
    // The muxer draws its identifiers as its pads are made. The same card is the same file: what a box
    // has already is not downloaded again with an update.
    gst::glib::random_set_seed(0);
    let pipeline = build(request, container, audio_encoder)?;
    let named = |name: &str| pipeline.by_name(name).ok_or(missing(name));

    named("file")?.set_property("location", part.to_string_lossy().as_ref());
    drawing::attach(
        &named("card")?,
        &named("clock")?,
        &named("counter")?,
        request,
    )?;
    let chapters = chapters::plan(request.seconds);
    if container == Container::Mkv {
        let mux = named("mux")?;
        mux.set_property("creation-time", gst::glib::DateTime::from_unix_utc(0).ok());
        chapters::write(&mux, &chapters, request.seconds)?;
    }
    for (index, language) in LANGUAGES.iter().enumerate() {
        tag(
            &named(&format!("atag{index}"))?,
            language.code,
            language.audio_title,
        );
        if container != Container::Ts {
            tag(
                &named(&format!("ttag{index}"))?,
                language.code,
                language.subtitle_title,
            );
        }
    }
    let result = run(&pipeline, request, container);
    pipeline
        .set_state(gst::State::Null)
        .map_err(|error| Error::Pipeline {
            what: WHAT,
            detail: error.to_string(),
        })?;
    result?;

    let tracks = |codec, title: fn(&Language) -> &'static str| {
        LANGUAGES
            .iter()
            .map(|language| CardTrack {
                codec,
                language: language.code,
                title: title(language),
            })
            .collect::<Vec<_>>()
    };
    Ok(Card {
        out: request.out.clone(),
        container,
        duration_ms: u64::from(request.seconds) * 1000,
        width: request.width,
        height: request.height,
        fps: request.fps,
        video_codec: "h264",
        audio: tracks("aac", |language| language.audio_title),
        subtitles: if container == Container::Ts {
            Vec::new()
        } else {
            tracks("text", |language| language.subtitle_title)
        },
        chapters: if container == Container::Mkv {
            chapters
        } else {
            Vec::new()
        },
    })
}

fn missing(name: &str) -> Error {
    Error::Pipeline {
        what: WHAT,
        detail: format!("its part {name} is not there"),
    }
}

fn build(
    request: &CardRequest,
    container: Container,
    audio_encoder: &str,
) -> Result<gst::Pipeline, Error> {
    let CardRequest {
        width,
        height,
        fps,
        seconds,
        ..
    } = *request;
    let encoder = match first_element(
        "H.264 video",
        &["x264enc", "openh264enc"],
        "gstreamer1.0-plugins-ugly or gstreamer1.0-plugins-bad",
    )? {
        // Without a limit of the rate: x264 keeps one by how far its threads are, so that the same card
        // would be another file on a busy machine.
        "x264enc" => format!(
            "x264enc speed-preset=ultrafast bframes=0 key-int-max={fps} pass=qual quantizer=24 \
             vbv-buf-capacity=0"
        ),
        _ => format!("openh264enc complexity=low gop-size={fps} bitrate=2000000"),
    };
    let background = drawing::BACKGROUND_ARGB;
    let mut parts = vec![format!(
        "{muxer} name=mux ! filesink name=file \
         videotestsrc name=card pattern=solid-color foreground-color={background} \
         num-buffers={frames} \
         ! video/x-raw,format=I420,width={width},height={height},framerate={fps}/1,\
           pixel-aspect-ratio=1/1,colorimetry=bt709 \
         ! textoverlay name=brand ! textoverlay name=clock ! textoverlay name=counter \
         ! queue ! {encoder} ! h264parse ! queue max-size-time=0 max-size-bytes=0 ! {video_pad} ",
        video_pad = container.pad("video", 0),
        muxer = container.muxer(),
        frames = seconds * fps,
    )];
    for (index, language) in LANGUAGES.iter().enumerate() {
        parts.push(format!(
            "audiotestsrc wave=sine volume=0.1 freq={tone} num-buffers={buffers} \
             samplesperbuffer={samples} ! audio/x-raw,rate={AUDIO_RATE},channels=2 \
             ! audioconvert ! {audio_encoder} ! aacparse ! taginject name=atag{index} \
             ! queue max-size-time=0 max-size-bytes=0 ! {pad} ",
            pad = container.pad("audio", index),
            tone = language.tone_hz,
            buffers = seconds * AUDIO_BUFFERS,
            samples = AUDIO_RATE / AUDIO_BUFFERS,
        ));
        if container != Container::Ts {
            parts.push(format!(
                "appsrc name=text{index} format=time max-bytes=0 caps=text/x-raw,format=utf8 \
                 ! taginject name=ttag{index} ! queue max-size-time=0 max-size-buffers=0 ! {pad} ",
                pad = container.pad("subtitle", index),
            ));
        }
    }
    let pipeline = gst::parse::launch(&parts.join(" "))
        .map_err(|source| Error::Build {
            what: "test card",
            source,
        })?
        .downcast::<gst::Pipeline>()
        .map_err(|_| missing("pipeline"))?;
    drawing::style(&pipeline)?;
    Ok(pipeline)
}

fn tag(injector: &gst::Element, language: &str, title: &str) {
    injector.set_property(
        "tags",
        format!("language-code={language},title=\"{title}\""),
    );
}

/// Play the pipeline to its end, or to the first thing that goes wrong.
fn run(pipeline: &gst::Pipeline, request: &CardRequest, container: Container) -> Result<(), Error> {
    let failed = |detail: String| Error::Pipeline { what: WHAT, detail };
    let bus = pipeline.bus().ok_or(missing("bus"))?;
    if pipeline.set_state(gst::State::Playing).is_err() {
        let told = bus.pop_filtered(&[gst::MessageType::Error]);
        return Err(failed(
            told.map_or("it did not start".into(), |message| told_error(&message)),
        ));
    }
    if container != Container::Ts {
        for (index, language) in LANGUAGES.iter().enumerate() {
            let source = pipeline
                .by_name(&format!("text{index}"))
                .and_then(|element| element.downcast::<gst_app::AppSrc>().ok())
                .ok_or(missing("text"))?;
            push_lines(&source, language, request.seconds)
                .map_err(|error| failed(format!("subtitles were refused ({error})")))?;
        }
    }
    let wanted = [gst::MessageType::Error, gst::MessageType::Eos];
    let message = bus
        .timed_pop_filtered(TIME_LIMIT, &wanted)
        .ok_or_else(|| failed("it took longer than an hour".into()))?;
    match message.view() {
        gst::MessageView::Error(_) => Err(failed(told_error(&message))),
        _ => Ok(()),
    }
}

fn told_error(message: &gst::Message) -> String {
    match message.view() {
        gst::MessageView::Error(error) => match error.debug() {
            Some(debug) => format!("{} ({debug})", error.error()),
            None => error.error().to_string(),
        },
        _ => "an unnamed fault".into(),
    }
}

fn push_lines(
    source: &gst_app::AppSrc,
    language: &Language,
    seconds: u32,
) -> Result<(), gst::FlowError> {
    for second in (0..seconds).step_by(CUE_SECONDS as usize) {
        let line = (language.line)(&drawing::clock_text(second));
        let mut buffer = gst::Buffer::from_slice(line.into_bytes());
        if let Some(buffer) = buffer.get_mut() {
            let shown_ms = u64::from((seconds - second).min(CUE_SECONDS)) * 1000 - 100;
            buffer.set_pts(gst::ClockTime::from_seconds(u64::from(second)));
            buffer.set_duration(gst::ClockTime::from_mseconds(shown_ms));
        }
        source.push_buffer(buffer)?;
    }
    source.end_of_stream()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_can_not_be_is_refused_in_words() {
        let request = |width, fps, out: &str| CardRequest {
            out: out.into(),
            seconds: 1,
            width,
            height: 180,
            fps,
        };
        for bad in [
            request(321, 30, "a.mkv"),
            request(64, 30, "a.mkv"),
            request(320, 0, "a.mkv"),
        ] {
            assert!(matches!(make(&bad), Err(Error::Card { .. })));
        }
        assert!(matches!(
            make(&request(320, 30, "a.avi")),
            Err(Error::Card { .. })
        ));
    }
}
