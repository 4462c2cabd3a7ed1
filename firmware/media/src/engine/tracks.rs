//! A film's tracks, and which of them are chosen.

use gstreamer as gst;

use super::{Track, Tracks};
use crate::codec::codec_slug;

/// The streams of one load, as GStreamer collected them.
#[derive(Debug, Default)]
pub(super) struct Streams {
    video: Vec<gst::Stream>,
    audio: Vec<gst::Stream>,
    subtitles: Vec<gst::Stream>,
    pub(super) audio_index: Option<usize>,
    pub(super) subtitle_index: Option<usize>,
}

impl Streams {
    /// Take in a newer collection; the choice stays as far as it still exists.
    pub(super) fn collect(&mut self, collection: &gst::StreamCollection) {
        let of = |kind: gst::StreamType| {
            collection
                .iter()
                .filter(|stream| stream.stream_type().contains(kind))
                .collect::<Vec<_>>()
        };
        self.video = of(gst::StreamType::VIDEO);
        self.audio = of(gst::StreamType::AUDIO);
        self.subtitles = of(gst::StreamType::TEXT);
        self.audio_index = (!self.audio.is_empty()).then(|| {
            self.audio_index
                .filter(|index| *index < self.audio.len())
                .unwrap_or(0)
        });
        self.subtitle_index = self
            .subtitle_index
            .filter(|index| *index < self.subtitles.len());
    }

    pub(super) fn audio_count(&self) -> usize {
        self.audio.len()
    }

    pub(super) fn subtitle_count(&self) -> usize {
        self.subtitles.len()
    }

    /// The ids to ask playbin for: the first picture, the chosen sound and text.
    pub(super) fn selection(&self) -> Vec<gst::glib::GString> {
        let chosen = |streams: &[gst::Stream], index: Option<usize>| {
            index
                .and_then(|index| streams.get(index))
                .and_then(gst::Stream::stream_id)
        };
        [
            chosen(&self.video, Some(0)),
            chosen(&self.audio, self.audio_index),
            chosen(&self.subtitles, self.subtitle_index),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub(super) fn describe(&self) -> Tracks {
        let all = |streams: &[gst::Stream]| streams.iter().map(describe).collect();
        Tracks {
            video: all(&self.video),
            audio: all(&self.audio),
            subtitles: all(&self.subtitles),
            audio_index: self.audio_index,
            subtitle_index: self.subtitle_index,
        }
    }
}

fn describe(stream: &gst::Stream) -> Track {
    let tags = stream.tags();
    let tag = |value: Option<String>| value.filter(|text| !text.trim().is_empty());
    Track {
        codec: stream
            .caps()
            .map_or_else(|| "unknown".to_owned(), |caps| codec_slug(&caps)),
        language: tag(tags.as_ref().and_then(|tags| {
            tags.get::<gst::tags::LanguageCode>()
                .map(|code| code.get().to_owned())
        })),
        title: tag(tags.as_ref().and_then(|tags| {
            tags.get::<gst::tags::Title>()
                .map(|title| title.get().to_owned())
        })),
    }
}
