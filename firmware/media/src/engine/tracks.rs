//! A film's tracks, and which of them are chosen.

use gst::prelude::*;
use gstreamer as gst;

use super::{Track, Tracks, lines};
use crate::subtitles::Subtitles;

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

/// Tell the subtitles which pad is which track.
pub(super) fn name_subtitles(playbin: &gst::Element, tracks: &Tracks, subtitles: &Subtitles) {
    let pads = (0..tracks.subtitles.len())
        .map(|index| {
            let index = i32::try_from(index).unwrap_or(i32::MAX);
            playbin
                .emit_by_name::<Option<gst::Pad>>("get-text-pad", &[&index])
                .map_or_else(String::new, |pad| lines::name(&pad))
        })
        .collect();
    subtitles.set_tracks(pads);
}

/// Make playbin and the subtitles follow the chosen indices.
pub(super) fn choose(playbin: &gst::Element, tracks: &Tracks, subtitles: &Subtitles) {
    if let Some(index) = tracks
        .audio_index
        .and_then(|index| i32::try_from(index).ok())
        && playbin.property::<i32>("current-audio") != index
    {
        playbin.set_property("current-audio", index);
    }
    subtitles.choose(tracks.subtitle_index);
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
