//! What the test card looks like: the house's near-black, one ember line for progress, readable
//! time, and the strip.
//!
//! Text is GStreamer's (its overlays scale with the picture); rectangles are written straight
//! into the I420 planes of each frame, in the pad probe that also sets the texts, because only
//! there frame number and pixels are together.

use std::ops::Range;

use gst::prelude::*;
use gst_video::prelude::*;

use super::{CardRequest, chapters::CHAPTER_SECONDS, gst, gst_video, missing};
use crate::{
    error::Error,
    strip::{BLOCKS, block_columns, encode, line_rows, strip_height},
};

/// The house's background, #0B0D10.
pub(super) const BACKGROUND_ARGB: u32 = 0xFF0B_0D10;
const TEXT_ARGB: u32 = 0xFFF3_F5F7;
const DIM_ARGB: u32 = 0xFFA9_B3BE;
const EMBER_ARGB: u32 = 0xFFFF_8A3D;

/// A colour in video levels (BT.709, limited range).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Yuv(u8, u8, u8);

impl Yuv {
    const BLACK: Self = Self(16, 128, 128);
    const WHITE: Self = Self(235, 128, 128);

    fn from_rgb(rgb: u32) -> Self {
        let [_, red, green, blue] = rgb.to_be_bytes().map(|part| f32::from(part) / 255.0);
        let luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        let level = |value: f32, scale: f32, zero: f32| (value * scale + zero).round() as u8;
        Self(
            level(luma, 219.0, 16.0),
            level((blue - luma) / 1.8556, 224.0, 128.0),
            level((red - luma) / 1.5748, 224.0, 128.0),
        )
    }
}

/// Place and colour the texts.
pub(super) fn style(pipeline: &gst::Pipeline) -> Result<(), Error> {
    // Font sizes are for a picture 640 wide; the overlay scales them.
    let texts = [
        ("brand", "Inter Semi-Bold 16", EMBER_ARGB, 0.17),
        ("clock", "Inter Bold 68", TEXT_ARGB, 0.41),
        ("counter", "Inter 13", DIM_ARGB, 0.62),
    ];
    for (name, font, colour, y) in texts {
        let overlay = pipeline.by_name(name).ok_or(missing(name))?;
        overlay.set_property("font-desc", font);
        overlay.set_property("color", colour);
        overlay.set_property("draw-outline", false);
        overlay.set_property("draw-shadow", false);
        overlay.set_property_from_str("halignment", "center");
        overlay.set_property_from_str("valignment", "position");
        overlay.set_property("ypos", y);
        overlay.set_property_from_str("line-alignment", "center");
    }
    let brand = pipeline.by_name("brand").ok_or(missing("brand"))?;
    brand.set_property("text", "Hearth   ·   Настроечная таблица   ·   Test card");
    Ok(())
}

/// `h:mm:ss` for a whole second.
pub(super) fn clock_text(second: u32) -> String {
    format!(
        "{}:{:02}:{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Draw on every frame that leaves `card`, and keep the texts of `clock` and `counter` in step.
pub(super) fn attach(
    card: &gst::Element,
    clock: &gst::Element,
    counter: &gst::Element,
    request: &CardRequest,
) -> Result<(), Error> {
    let CardRequest {
        width,
        height,
        fps,
        seconds,
        ..
    } = *request;
    let info = gst_video::VideoInfo::builder(gst_video::VideoFormat::I420, width, height)
        .build()
        .map_err(|source| Error::Element {
            element: "videotestsrc",
            source,
        })?;
    let (clock, counter) = (clock.clone(), counter.clone());
    let frames = seconds * fps;
    let mut frame = 0u32;
    let pad = card.static_pad("src").ok_or(missing("card"))?;
    let state = std::sync::Mutex::new(move |buffer: &mut gst::BufferRef| {
        if frame.is_multiple_of(fps) {
            set_text(&clock, &clock_text(frame / fps));
        }
        set_text(&counter, &format!("{frame:06}"));
        if let Ok(mut picture) = gst_video::VideoFrameRef::from_buffer_ref_writable(buffer, &info) {
            draw(&mut picture, frame, frames, fps * CHAPTER_SECONDS);
        }
        frame += 1;
    });
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, probe| {
        if let Some(buffer) = probe.buffer_mut()
            && let Ok(mut draw_next) = state.lock()
        {
            (*draw_next)(buffer.make_mut());
        }
        gst::PadProbeReturn::Ok
    });
    Ok(())
}

/// Digits of one width, so that the time does not dance.
fn set_text(overlay: &gst::Element, text: &str) {
    overlay.set_property(
        "text",
        format!("<span font_features=\"tnum=1\">{text}</span>"),
    );
}

fn draw(
    picture: &mut gst_video::VideoFrameRef<&mut gst::BufferRef>,
    frame: u32,
    frames: u32,
    chapter_frames: u32,
) {
    let (width, height) = (picture.width(), picture.height());
    let strip = strip_height(height);
    for (block, white) in (0..BLOCKS).zip(encode(frame)) {
        let colour = if white { Yuv::WHITE } else { Yuv::BLACK };
        fill(picture, block_columns(width, block), 0..strip, colour);
    }
    fill(picture, 0..width, line_rows(height), Yuv::WHITE);

    // Progress: a quiet track, what has passed in ember, a gap at each chapter.
    let (left, right) = (width / 10, width - width / 10);
    // Above the place of subtitles.
    let rows = height * 7 / 10..height * 7 / 10 + (height / 120).max(2);
    let place =
        |at: u32| left + (u64::from(right - left) * u64::from(at) / u64::from(frames)) as u32;
    let background = Yuv::from_rgb(BACKGROUND_ARGB);
    fill(picture, left..right, rows.clone(), Yuv::from_rgb(0x1F_262E));
    fill(
        picture,
        left..place(frame + 1),
        rows.clone(),
        Yuv::from_rgb(EMBER_ARGB),
    );
    for chapter in (chapter_frames..frames).step_by(chapter_frames as usize) {
        let mark = place(chapter);
        fill(
            picture,
            mark..mark + (width / 320).max(2),
            rows.clone(),
            background,
        );
    }
}

/// Fill a rectangle; the colour planes have half the size in both directions.
fn fill(
    picture: &mut gst_video::VideoFrameRef<&mut gst::BufferRef>,
    columns: Range<u32>,
    rows: Range<u32>,
    colour: Yuv,
) {
    let strides = picture.plane_stride().to_vec();
    for (plane, (value, shift)) in [(colour.0, 0), (colour.1, 1), (colour.2, 1)]
        .into_iter()
        .enumerate()
    {
        let stride = strides[plane] as usize;
        let Ok(data) = picture.plane_data_mut(plane as u32) else {
            continue;
        };
        for y in rows.start >> shift..(rows.end + shift) >> shift {
            let line = y as usize * stride;
            let (start, end) = (columns.start >> shift, (columns.end + shift) >> shift);
            if let Some(pixels) = data.get_mut(line + start as usize..line + end as usize) {
                pixels.fill(value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_keep_to_video_levels() {
        assert_eq!(Yuv::from_rgb(0xFF_FFFF), Yuv::WHITE);
        assert_eq!(Yuv::from_rgb(0), Yuv::BLACK);
        assert_eq!(Yuv::from_rgb(EMBER_ARGB), Yuv(151, 82, 182));
    }

    #[test]
    fn time_reads_like_a_clock() {
        assert_eq!(clock_text(0), "0:00:00");
        assert_eq!(clock_text(3725), "1:02:05");
    }
}
