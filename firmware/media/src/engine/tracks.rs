//! A film's tracks, and which of them are chosen.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use gst::prelude::*;
use gstreamer as gst;

use super::{Track, Tracks, lines};
use crate::{
    demux::{Demuxers, language_and_title},
    subtitles::Subtitles,
};

/// What a prerolled pipeline has to choose from, with the sound that was preferred.
pub(super) fn tracks_of(
    playbin: &gst::Element,
    demuxers: &Demuxers,
    sound: Option<usize>,
) -> Tracks {
    let list = |kind: &str| -> Vec<Track> {
        (0..playbin.property::<i32>(&format!("n-{kind}")))
            .map(|index| {
                let signal = |what: &str| format!("get-{kind}-{what}");
                let pad = playbin.emit_by_name::<Option<gst::Pad>>(&signal("pad"), &[&index]);
                let tags = playbin.emit_by_name::<Option<gst::TagList>>(&signal("tags"), &[&index]);
                describe(
                    pad.and_then(|pad| pad.stream_id()).as_deref(),
                    demuxers,
                    tags.as_deref(),
                )
            })
            .collect()
    };
    let audio = list("audio");
    Tracks {
        video: list("video"),
        audio_index: sound
            .filter(|index| *index < audio.len())
            .or((!audio.is_empty()).then_some(0)),
        audio,
        subtitles: list("text"),
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

/// Make the sound track with this number the one that is heard, while the pipeline is still
/// being plugged together. Switching it later would be quicker, but a paused pipeline then hangs
/// at the next seek: GStreamer 1.22 does not flush the track that is left.
pub(super) fn prefer_sound(
    selector: &gst::Element,
    sounds: &Arc<AtomicUsize>,
    wanted: Option<usize>,
) {
    if selector
        .factory()
        .is_none_or(|factory| factory.name() != "input-selector")
    {
        return;
    }
    let sounds = sounds.clone();
    selector.connect_pad_added(move |selector, pad| {
        if pad.direction() != gst::PadDirection::Sink {
            return;
        }
        let (selector, sounds) = (selector.downgrade(), sounds.clone());
        pad.connect_linked(move |pad, peer| {
            let sound = peer.current_caps().is_some_and(|caps| {
                caps.structure(0)
                    .is_some_and(|first| first.name().starts_with("audio/"))
            });
            if sound
                && wanted == Some(sounds.fetch_add(1, Ordering::Relaxed))
                && let Some(selector) = selector.upgrade()
            {
                selector.set_property("active-pad", pad);
            }
        });
    });
}

/// A track by what its demuxer told, and by what has come through to playbin so far.
fn describe(
    stream_id: Option<&str>,
    demuxers: &Demuxers,
    played: Option<&gst::TagListRef>,
) -> Track {
    let demuxed = stream_id.and_then(|id| demuxers.tags(id));
    let mut track = Track {
        codec: stream_id.and_then(|id| demuxers.codec(id)),
        ..Track::default()
    };
    for tags in [demuxed.as_deref(), played].into_iter().flatten() {
        let (language, title) = language_and_title(tags);
        track.language = track.language.or(language);
        track.title = track.title.or(title);
    }
    track
}

#[cfg(test)]
mod tests {
    use gstreamer_app as gst_app;

    use super::*;
    use crate::{
        engine::pipeline::{Seen, Source, build},
        testcard::{CardRequest, make},
        video::FrameSink,
    };

    /// Oscillations a second in the sound of a film whose track `wanted` is preferred.
    fn tone(film: &std::path::Path, wanted: Option<usize>) -> u32 {
        let sink = FrameSink::new(Arc::new(|| {}));
        let playbin = build(Source::File(film), wanted, &sink, &Seen::default(), |_| {}).unwrap();
        let caps = "audio/x-raw,format=S16LE,channels=1,rate=48000,layout=interleaved";
        let sound = gst_app::AppSink::builder()
            .caps(&caps.parse::<gst::Caps>().unwrap())
            .sync(false)
            .build();
        playbin.set_property("audio-sink", &sound);
        playbin.set_state(gst::State::Playing).unwrap();
        let mut samples: Vec<i16> = Vec::new();
        while samples.len() < 48_000 {
            let sample = sound.pull_sample().unwrap();
            let map = sample.buffer().unwrap().map_readable().unwrap();
            samples.extend(
                map.chunks_exact(2)
                    .map(|pair| i16::from_le_bytes([pair[0], pair[1]])),
            );
        }
        playbin.set_state(gst::State::Null).unwrap();
        // The encoder's first moments are no pure tone.
        let half = &samples[12_000..36_000];
        half.windows(2)
            .filter(|pair| pair[0] < 0 && pair[1] >= 0)
            .count() as u32
            * 2
    }

    #[test]
    fn the_preferred_sound_is_heard_from_the_start() {
        crate::start().unwrap();
        let film = std::env::temp_dir().join(format!("hearth-tones-{}.mkv", std::process::id()));
        let request = CardRequest {
            out: film.clone(),
            seconds: 2,
            width: 128,
            height: 72,
            fps: 10,
        };
        make(&request).unwrap();
        let tones = [None, Some(0), Some(1), Some(9)].map(|wanted| tone(&film, wanted));
        std::fs::remove_file(&film).unwrap();
        for (heard, expected) in tones.into_iter().zip([330, 330, 660, 330]) {
            assert!(heard.abs_diff(expected) < 10, "{tones:?}");
        }
    }
}
