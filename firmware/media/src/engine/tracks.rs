//! A film's tracks, and which of them are chosen.

use gst::prelude::*;
use gstreamer as gst;

use super::{Track, Tracks, pipeline::show_subtitles};

/// What a prerolled pipeline has to choose from.
pub(super) fn tracks_of(playbin: &gst::Element) -> Tracks {
    let list = |count: &str, tags: &str| {
        (0..playbin.property::<i32>(count))
            .map(|index| describe(playbin.emit_by_name::<Option<gst::TagList>>(tags, &[&index])))
            .collect::<Vec<_>>()
    };
    let audio = list("n-audio", "get-audio-tags");
    Tracks {
        video: list("n-video", "get-video-tags"),
        audio_index: (!audio.is_empty()).then(|| {
            playbin
                .property::<i32>("current-audio")
                .try_into()
                .unwrap_or_default()
        }),
        audio,
        subtitles: list("n-text", "get-text-tags"),
        subtitle_index: None,
    }
}

/// Make playbin follow the chosen indices. No seek may follow at once, though it would bring the
/// new track's text earlier: a flush in the moment of a switch hangs.
pub(super) fn choose(playbin: &gst::Element, tracks: &Tracks) {
    let set = |name: &str, index: Option<usize>| {
        if let Some(index) = index.and_then(|index| i32::try_from(index).ok())
            && playbin.property::<i32>(name) != index
        {
            playbin.set_property(name, index);
        }
    };
    set("current-audio", tracks.audio_index);
    set("current-text", tracks.subtitle_index);
    show_subtitles(playbin, tracks.subtitle_index.is_some());
}

fn describe(tags: Option<gst::TagList>) -> Track {
    let Some(tags) = tags else {
        return Track::default();
    };
    let kept = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let codec = tags
        .get::<gst::tags::VideoCodec>()
        .map(|codec| codec.get().to_owned())
        .or_else(|| {
            tags.get::<gst::tags::AudioCodec>()
                .map(|codec| codec.get().to_owned())
        })
        .or_else(|| {
            tags.get::<gst::tags::SubtitleCodec>()
                .map(|codec| codec.get().to_owned())
        });
    Track {
        codec: kept(codec),
        language: kept(
            tags.get::<gst::tags::LanguageCode>()
                .map(|code| code.get().to_owned()),
        ),
        title: kept(
            tags.get::<gst::tags::Title>()
                .map(|title| title.get().to_owned()),
        ),
    }
}
