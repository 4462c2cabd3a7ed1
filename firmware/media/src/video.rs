//! Where the picture goes: the way from the engine's pipeline to whatever shows it.
//!
//! [`VideoSink`] is the seam: [`FrameSink`] copies RGBA frames, for software renderers, for tests
//! and for screenshots; textures shared with a GPU renderer are the other kind.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use gst::prelude::*;
use gst_video::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;

use crate::{error::Error, subtitles::Subtitles};

/// Its size is for a picture 640 wide; the overlay scales it.
const SUBTITLE_FONT: &str = "Inter Semi-Bold 16";

/// Shows the frames of one load after another.
pub trait VideoSink: Send + Sync + 'static {
    /// A new element for playbin's `video-sink`: each load has its own pipeline. It draws on
    /// each frame what `subtitles` says for the frame's place.
    fn element(&self, subtitles: &Arc<Subtitles>) -> Result<gst::Element, Error>;

    /// Show frames from now on, the last one that came while hidden included; or drop what is
    /// shown and hide what comes. The engine hides the first picture of a film until it knows
    /// that it is the right one, and everything after a stop.
    fn show(&self, shown: bool);
}

/// Called on a streaming thread whenever a new frame can be taken: only wake somebody in it.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// One picture, RGBA with 8 bits a channel, the whole video picture without borders.
pub struct Frame {
    picture: gst_video::VideoFrame<gst_video::video_frame::Readable>,
    pts_ms: Option<u64>,
}

impl Frame {
    pub fn width(&self) -> u32 {
        self.picture.width()
    }

    pub fn height(&self) -> u32 {
        self.picture.height()
    }

    /// Bytes a row; at least four times the width.
    pub fn stride(&self) -> usize {
        self.picture.plane_stride()[0].unsigned_abs() as usize
    }

    /// The rows, `stride` bytes each; the last may end with its last pixel.
    pub fn data(&self) -> &[u8] {
        self.picture.plane_data(0).unwrap_or_default()
    }

    /// Its place in the film.
    pub fn pts_ms(&self) -> Option<u64> {
        self.pts_ms
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frame")
            .field("width", &self.width())
            .field("height", &self.height())
            .field("pts_ms", &self.pts_ms)
            .finish_non_exhaustive()
    }
}

/// Copies frames out of GStreamer, scaled by it to the window.
#[derive(Clone)]
pub struct FrameSink {
    wake: Wake,
    state: Arc<Mutex<State>>,
}

/// One lock for all of it: it is held for moments, by a streaming thread for each frame and by
/// the window for each picture it takes.
struct State {
    frame: Option<Frame>,
    shown: bool,
    /// The window in pixels; `None` leaves pictures at their own size.
    target: Option<(u32, u32)>,
    /// The running load's picture format and the filter that scales it.
    video: Option<gst_video::VideoInfo>,
    filter: Option<gst::Element>,
    overlay: Option<gst::Element>,
}

impl fmt::Debug for FrameSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameSink")
            .field("frame", &self.state().frame)
            .finish_non_exhaustive()
    }
}

impl FrameSink {
    pub fn new(wake: Wake) -> Self {
        let state = State {
            frame: None,
            shown: false,
            target: None,
            video: None,
            filter: None,
            overlay: None,
        };
        Self {
            wake,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// The newest frame, once.
    pub fn take(&self) -> Option<Frame> {
        let mut state = self.state();
        if state.shown {
            state.frame.take()
        } else {
            None
        }
    }

    /// Scale to fit a window of this many pixels, keeping the shape of the picture. A paused
    /// picture keeps its size until the next frame.
    pub fn set_target_size(&self, width: u32, height: u32) {
        let mut state = self.state();
        state.target = Some((width.max(2), height.max(2)));
        state.scale();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in it can be left half-changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, sample: &gst::Sample) {
        let Some(frame) = frame(sample) else {
            tracing::warn!("a frame could not be mapped and is left out");
            return;
        };
        let mut state = self.state();
        state.frame = Some(frame);
        let shown = state.shown;
        drop(state);
        if shown {
            (self.wake)();
        }
    }
}

impl VideoSink for FrameSink {
    fn element(&self, subtitles: &Arc<Subtitles>) -> Result<gst::Element, Error> {
        let make = |name: &'static str| {
            gst::ElementFactory::make(name)
                .build()
                .map_err(|source| Error::Element {
                    element: name,
                    source,
                })
        };
        let bin = gst::Bin::new();
        let convert = make("videoconvertscale")?;
        // As many threads as the machine has.
        convert.set_property("n-threads", 0u32);
        let filter = make("capsfilter")?;
        // A frame on its way in the old size is let through when the window changes.
        filter.set_property_from_str("caps-change-mode", "delayed");
        let overlay = make("textoverlay")?;
        overlay.set_property("font-desc", SUBTITLE_FONT);
        overlay.set_property_from_str("valignment", "bottom");
        let sink = gst_app::AppSink::builder()
            .caps(
                &gst_video::VideoCapsBuilder::new()
                    .format(gst_video::VideoFormat::Rgba)
                    .build(),
            )
            .max_buffers(1)
            .drop(true)
            .enable_last_sample(false)
            .qos(true)
            .build();
        let (on_preroll, on_sample) = (self.clone(), self.clone());
        sink.set_callbacks(
            gst_app::AppSinkCallbacks::builder()
                .new_preroll(move |sink| {
                    on_preroll.put(&sink.pull_preroll().map_err(|_| gst::FlowError::Eos)?);
                    Ok(gst::FlowSuccess::Ok)
                })
                .new_sample(move |sink| {
                    on_sample.put(&sink.pull_sample().map_err(|_| gst::FlowError::Eos)?);
                    Ok(gst::FlowSuccess::Ok)
                })
                .build(),
        );
        let built = |source| Error::Element {
            element: "video sink",
            source,
        };
        bin.add_many([&convert, &filter, &overlay, sink.upcast_ref()])
            .map_err(built)?;
        gst::Element::link_many([&convert, &filter, &overlay, sink.upcast_ref()]).map_err(built)?;
        let missing = || Error::Pipeline {
            what: "the video sink",
            detail: "no pad".into(),
        };
        let inner = convert.static_pad("sink").ok_or_else(missing)?;

        // The picture's size is known before its first frame, with the caps event.
        let watcher = self.clone();
        inner.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, probe| {
            if let Some(gst::EventView::Caps(caps)) = probe.event().map(|event| event.view()) {
                let mut state = watcher.state();
                state.video = gst_video::VideoInfo::from_caps(caps.caps()).ok();
                state.scale();
            }
            gst::PadProbeReturn::Ok
        });
        draw(
            subtitles,
            &overlay,
            &overlay.static_pad("video_sink").ok_or_else(missing)?,
        );
        bin.add_pad(&gst::GhostPad::with_target(&inner).map_err(built)?)
            .map_err(built)?;

        let mut state = self.state();
        state.video = None;
        state.filter = Some(filter);
        state.overlay = Some(overlay);
        state.scale();
        drop(state);
        Ok(bin.upcast())
    }

    fn show(&self, shown: bool) {
        let mut state = self.state();
        state.shown = shown;
        if !shown {
            state.frame = None;
        }
        drop(state);
        (self.wake)();
    }
}

impl State {
    fn scale(&self) {
        let Some(filter) = &self.filter else { return };
        let mut caps = gst_video::VideoCapsBuilder::new()
            .format(gst_video::VideoFormat::Rgba)
            .pixel_aspect_ratio(gst::Fraction::new(1, 1));
        if let Some(video) = &self.video {
            let par = (
                video.par().numer().unsigned_abs(),
                video.par().denom().unsigned_abs(),
            );
            let (width, height) = fit((video.width(), video.height()), par, self.target);
            if let Some(overlay) = &self.overlay {
                // Within what every television shows.
                overlay.set_property("ypad", (height / 16).cast_signed());
            }
            caps = caps.width(width.cast_signed()).height(height.cast_signed());
        }
        filter.set_property("caps", caps.build());
    }
}

/// Keep the overlay's text in step with the frames that pass this pad.
fn draw(subtitles: &Arc<Subtitles>, overlay: &gst::Element, pad: &gst::Pad) {
    let (subtitles, overlay) = (subtitles.clone(), overlay.clone());
    let shown = Mutex::new(String::new());
    pad.add_probe(gst::PadProbeType::BUFFER, move |pad, probe| {
        let segment = pad.sticky_event::<gst::event::Segment>(0);
        let place = segment.zip(probe.buffer()).and_then(|(event, buffer)| {
            let segment = event.segment().downcast_ref::<gst::ClockTime>()?.clone();
            segment.to_stream_time(buffer.pts())
        });
        if let Some(place) = place {
            let text = subtitles.at(place.mseconds());
            let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            if *shown != text {
                // The overlay reads markup; subtitles are plain.
                overlay.set_property("text", gst::glib::markup_escape_text(&text));
                *shown = text;
            }
        }
        gst::PadProbeReturn::Ok
    });
}

/// The largest size of the picture's shape within the window; without one, its own size with
/// square pixels. Sides are even, and never 0.
fn fit((width, height): (u32, u32), par: (u32, u32), window: Option<(u32, u32)>) -> (u32, u32) {
    let shape_width = f64::from(width.max(1)) * f64::from(par.0.max(1)) / f64::from(par.1.max(1));
    let shape_height = f64::from(height.max(1));
    let factor = window.map_or(1.0, |(window_width, window_height)| {
        (f64::from(window_width) / shape_width).min(f64::from(window_height) / shape_height)
    });
    let even = |side: f64| ((side / 2.0).round() as u32 * 2).clamp(2, 8192);
    (even(shape_width * factor), even(shape_height * factor))
}

fn frame(sample: &gst::Sample) -> Option<Frame> {
    let info = gst_video::VideoInfo::from_caps(sample.caps()?).ok()?;
    let buffer = sample.buffer_owned()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let pts_ms = segment
        .to_stream_time(buffer.pts())
        .map(gst::ClockTime::mseconds);
    let picture = gst_video::VideoFrame::from_buffer_readable(buffer, &info).ok()?;
    Some(Frame { picture, pts_ms })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_keep_their_shape_in_the_window() {
        let square = (1, 1);
        assert_eq!(fit((1920, 1080), square, Some((1280, 720))), (1280, 720));
        assert_eq!(fit((1920, 800), square, Some((1280, 720))), (1280, 534));
        assert_eq!(fit((640, 480), square, Some((1920, 1080))), (1440, 1080));
        assert_eq!(fit((320, 180), square, None), (320, 180));
        assert_eq!(fit((720, 576), (16, 11), None), (1048, 576));
        assert_eq!(fit((0, 0), (0, 0), Some((1, 1))), (2, 2));
    }

    #[test]
    fn frames_are_handed_out_once_and_never_while_hidden() {
        gst::init().unwrap();
        let woken = Arc::new(Mutex::new(0));
        let count = woken.clone();
        let sink = FrameSink::new(Arc::new(move || *count.lock().unwrap() += 1));
        let caps = "video/x-raw,format=RGBA,width=4,height=4,framerate=30/1";
        let sample = |value: u8| {
            gst::Sample::builder()
                .caps(&caps.parse::<gst::Caps>().unwrap())
                .buffer(&gst::Buffer::from_slice(vec![value; 64]))
                .segment(&gst::FormattedSegment::<gst::ClockTime>::new())
                .build()
        };
        sink.put(&sample(1));
        sink.put(&sample(2));
        assert!(sink.take().is_none());
        assert_eq!(*woken.lock().unwrap(), 0);
        sink.show(true);
        assert_eq!(*woken.lock().unwrap(), 1);
        let frame = sink.take().unwrap();
        assert_eq!(
            (
                frame.width(),
                frame.height(),
                frame.stride(),
                frame.data()[0]
            ),
            (4, 4, 16, 2)
        );
        assert!(sink.take().is_none());
        sink.put(&sample(3));
        assert_eq!(*woken.lock().unwrap(), 2);
        sink.show(false);
        sink.show(true);
        assert!(sink.take().is_none());
    }
}
