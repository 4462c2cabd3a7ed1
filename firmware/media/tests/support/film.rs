//! Films in other forms than the test card's, made from it, and films read to their end.

use std::path::{Path, PathBuf};

use gstreamer::{self as gst, prelude::*};
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use hearth_media::strip::{Picture, decode_strip};

use super::{card_of, folder};

/// Nothing these tests play takes this long unless it is broken.
const LIMIT: gst::ClockTime = gst::ClockTime::from_seconds(60);

/// Play a pipeline to its end.
pub fn play(description: &str) {
    gst::init().unwrap();
    let pipeline = gst::parse::launch(description).unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let told = pipeline
        .bus()
        .unwrap()
        .timed_pop_filtered(LIMIT, &[gst::MessageType::Eos, gst::MessageType::Error]);
    pipeline.set_state(gst::State::Null).unwrap();
    match told.as_ref().map(|message| message.view()) {
        Some(gst::MessageView::Eos(_)) => {}
        told => panic!("{told:?} from {description}"),
    }
}

/// So many seconds of the test card with picture and sound encoded so; the name's ending
/// chooses the container.
pub fn encoded(name: &str, seconds: u32, video: &str, audio: &str) -> PathBuf {
    let out = folder().join(name);
    let muxer = if out.extension().is_some_and(|ending| ending == "mkv") {
        "matroskamux"
    } else {
        "mp4mux"
    };
    play(&format!(
        "filesrc location={card} ! matroskademux name=demux \
         {muxer} name=mux ! filesink location={out} \
         demux.video_0 ! queue ! h264parse ! avdec_h264 ! videoconvert \
         ! {video} ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! mux.video_0 \
         demux.audio_0 ! queue ! aacparse ! avdec_aac ! audioconvert ! audioresample \
         ! {audio} \
         ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! mux.audio_0",
        card = card_of(seconds, "mkv").display(),
        out = out.display(),
    ));
    out
}

/// H.264 whose frames are sent in another order than they are shown.
pub const REORDERED: &str = "x264enc bframes=3 b-adapt=false key-int-max=45 speed-preset=veryfast \
                             pass=qual quantizer=22";

/// Every frame of a film: the number in its strip, and its place in milliseconds.
pub fn frames(address: &str) -> Vec<(u32, u64)> {
    read(
        address,
        "videoconvert ! video/x-raw,format=RGBA",
        |sample, place| {
            let info = gst_video::VideoInfo::from_caps(sample.caps().unwrap()).unwrap();
            let map = sample.buffer().unwrap().map_readable().unwrap();
            let picture = Picture {
                data: &map,
                width: info.width(),
                height: info.height(),
                stride: info.stride()[0] as usize,
                channels: 4,
            };
            let number = decode_strip(picture);
            (
                number.unwrap_or_else(|| panic!("no strip at {place}")),
                place,
            )
        },
    )
}

/// The places of every frame of a film without a strip.
pub fn places(address: &str) -> Vec<u64> {
    read(address, "videoconvert ! video/x-raw", |_, place| place)
}

/// Where a film's sound begins and ends, in milliseconds.
pub fn sound(address: &str) -> (u64, u64) {
    let pieces = read(address, "audioconvert ! audio/x-raw", |sample, place| {
        let duration = sample.buffer().unwrap().duration().unwrap_or_default();
        (place, place + duration.mseconds())
    });
    (pieces[0].0, pieces[pieces.len() - 1].1)
}

/// A file's address.
pub fn address(path: &Path) -> String {
    format!("file://{}", path.display())
}

fn read<T>(address: &str, way: &str, look: impl Fn(&gst::Sample, u64) -> T) -> Vec<T> {
    gst::init().unwrap();
    let pipeline = gst::parse::launch(&format!(
        "uridecodebin uri={address} ! {way} ! appsink name=sink sync=false max-buffers=8"
    ))
    .unwrap()
    .downcast::<gst::Pipeline>()
    .unwrap();
    let sink = pipeline
        .by_name("sink")
        .unwrap()
        .downcast::<gst_app::AppSink>()
        .unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let mut seen = Vec::new();
    loop {
        let Some(sample) = sink.try_pull_sample(LIMIT) else {
            assert!(sink.is_eos(), "{address} does not end");
            break;
        };
        let segment = sample.segment().unwrap();
        let segment = segment.downcast_ref::<gst::ClockTime>().unwrap();
        let place = segment.to_stream_time(sample.buffer().unwrap().pts());
        // To the nearest millisecond: times are rounded on the way.
        let place = (place.unwrap().nseconds() + 500_000) / 1_000_000;
        seen.push(look(&sample, place));
    }
    let error = pipeline
        .bus()
        .unwrap()
        .pop_filtered(&[gst::MessageType::Error]);
    assert!(error.is_none(), "{address}: {error:?}");
    pipeline.set_state(gst::State::Null).unwrap();
    seen
}
