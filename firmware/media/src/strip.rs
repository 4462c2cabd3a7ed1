//! The machine-readable strip of the test card.
//!
//! Every frame of the test card carries its own number as 32 black or white blocks along its top
//! edge, most significant bit first, white for one. A picture taken anywhere behind the player
//! (a decoded frame, a screenshot) then proves the position without reading digits. For the
//! drawing side in [`crate::testcard`] and for every test that holds a picture.

use std::ops::Range;

/// Blocks in the strip: one for each bit of the frame number.
pub const BLOCKS: u32 = 32;

/// How far brightness must differ between black and white for a strip to be believed.
const CONTRAST_MIN: u8 = 80;
/// No block may be nearer than this to the middle of the two: a blurred or covered strip is
/// refused rather than guessed.
const MARGIN_MIN: f32 = 0.15;

/// Height of the strip in a picture of this height: a twentieth, rounded, at least one row.
pub fn strip_height(picture_height: u32) -> u32 {
    ((picture_height + 10) / 20).max(1)
}

/// The rows of the white line under the strip: what white looks like in this picture, and the
/// difference between frame 0 and darkness.
pub fn line_rows(picture_height: u32) -> Range<u32> {
    let strip = strip_height(picture_height);
    strip..strip + (strip / 4).max(1)
}

/// The columns of block `block` (0 is the leftmost) in a picture of this width.
pub fn block_columns(picture_width: u32, block: u32) -> Range<u32> {
    picture_width * block / BLOCKS..picture_width * (block + 1) / BLOCKS
}

/// The block values for a frame number, from left to right.
pub fn encode(frame: u32) -> [bool; BLOCKS as usize] {
    std::array::from_fn(|block| frame >> (31 - block) & 1 == 1)
}

/// The frame number of these block values.
pub fn decode(blocks: [bool; BLOCKS as usize]) -> u32 {
    blocks
        .iter()
        .fold(0, |number, white| number << 1 | u32::from(*white))
}

/// A view of pixels: `channels` bytes a pixel (1 grey, 3 RGB, 4 RGBA), `stride` bytes a row.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    pub data: &'a [u8],
    pub width: u32,
    pub height: u32,
    pub stride: usize,
    pub channels: usize,
}

impl Picture<'_> {
    fn grey(&self, x: u32, y: u32) -> Option<u8> {
        let at = y as usize * self.stride + x as usize * self.channels;
        let pixel = self.data.get(at..at + self.channels)?;
        Some(match pixel {
            [grey] | [grey, _] => *grey,
            [red, green, blue, ..] => {
                ((u32::from(*red) * 299 + u32::from(*green) * 587 + u32::from(*blue) * 114) / 1000)
                    as u8
            }
            [] => return None,
        })
    }

    /// The brightest row where the line must be: scaling may have shifted it by one.
    fn line_brightness(&self) -> Option<u8> {
        let rows = line_rows(self.height);
        let mut brightest = 0;
        for y in rows.start..=rows.end {
            let mut sum = 0u32;
            for x in 0..self.width {
                sum += u32::from(self.grey(x, y)?);
            }
            brightest = brightest.max((sum / self.width) as u8);
        }
        Some(brightest)
    }

    /// Mean brightness of the middle of a block, away from its blurred edges.
    fn block_brightness(&self, block: u32) -> Option<u8> {
        let columns = block_columns(self.width, block);
        let (middle, spread) = (
            u32::midpoint(columns.start, columns.end),
            (columns.end - columns.start) / 8,
        );
        let strip = strip_height(self.height);
        let rows = strip / 2 - strip / 8..=strip / 2 + strip / 8;
        let (mut sum, mut count) = (0u32, 0u32);
        for y in rows {
            for x in middle - spread..=middle + spread {
                sum += u32::from(self.grey(x, y)?);
                count += 1;
            }
        }
        Some((sum / count.max(1)) as u8)
    }
}

/// Read the frame number out of a picture of the whole test card, at any scale.
///
/// `None` when there is no strip to be believed: too little contrast, a block neither black nor
/// white, a picture too small, or a buffer shorter than it says. Frame 0 is all black and is told
/// from a dark picture by the white line under the strip.
pub fn decode_strip(picture: Picture<'_>) -> Option<u32> {
    if picture.width < BLOCKS * 2 || picture.height < 20 || picture.channels == 0 {
        return None;
    }
    let mut brightness = [0u8; BLOCKS as usize];
    for (block, value) in (0..).zip(&mut brightness) {
        *value = picture.block_brightness(block)?;
    }
    let darkest = brightness.iter().copied().min()?;
    let brightest = brightness.iter().copied().max()?;
    if brightest - darkest < CONTRAST_MIN {
        let line = picture.line_brightness()?;
        return (line.saturating_sub(brightest) >= CONTRAST_MIN).then_some(0);
    }
    let span = f32::from(brightest - darkest);
    let mut blocks = [false; BLOCKS as usize];
    for (bit, value) in blocks.iter_mut().zip(brightness) {
        let level = f32::from(value - darkest) / span;
        if (level - 0.5).abs() < MARGIN_MIN {
            return None;
        }
        *bit = level > 0.5;
    }
    Some(decode(blocks))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey picture of the strip alone, with its line, over a near-black card.
    fn card(frame: u32, width: u32, height: u32) -> Vec<u8> {
        let mut data = vec![14u8; (width * height) as usize];
        let strip = strip_height(height);
        let line = line_rows(height);
        for y in 0..line.end {
            for (block, white) in (0..).zip(encode(frame)) {
                for x in block_columns(width, block) {
                    data[(y * width + x) as usize] = if y >= strip || white { 235 } else { 16 };
                }
            }
        }
        data
    }

    fn grey(data: &[u8], width: u32, height: u32) -> Picture<'_> {
        Picture {
            data,
            width,
            height,
            stride: width as usize,
            channels: 1,
        }
    }

    /// Nearest sample scaling followed by a box blur: worse than what a player does.
    fn scaled(data: &[u8], from: (u32, u32), to: (u32, u32), blur: u32) -> Vec<u8> {
        let mut small = vec![0u8; (to.0 * to.1) as usize];
        for y in 0..to.1 {
            for x in 0..to.0 {
                let at = (y * from.1 / to.1) * from.0 + x * from.0 / to.0;
                small[(y * to.0 + x) as usize] = data[at as usize];
            }
        }
        let mut out = small.clone();
        for y in 0..to.1 {
            for x in 0..to.0 {
                let (mut sum, mut count) = (0u32, 0u32);
                for near_y in y.saturating_sub(blur)..=(y + blur).min(to.1 - 1) {
                    for near_x in x.saturating_sub(blur)..=(x + blur).min(to.0 - 1) {
                        sum += u32::from(small[(near_y * to.0 + near_x) as usize]);
                        count += 1;
                    }
                }
                out[(y * to.0 + x) as usize] = (sum / count) as u8;
            }
        }
        out
    }

    #[test]
    fn the_first_block_is_the_highest_bit() {
        assert!(encode(0x8000_0000)[0] && encode(1)[31]);
        assert_eq!(encode(5).iter().filter(|white| **white).count(), 2);
    }

    #[test]
    fn every_number_comes_back_at_every_size() {
        for (width, height) in [(1280, 720), (320, 180), (854, 480), (1920, 800), (100, 60)] {
            for frame in [
                0,
                1,
                2,
                29,
                30,
                1799,
                3599,
                0x5555_5555,
                0xAAAA_AAAA,
                u32::MAX - 1,
            ] {
                let data = card(frame, width, height);
                assert_eq!(
                    decode_strip(grey(&data, width, height)),
                    Some(frame),
                    "{width}"
                );
            }
        }
    }

    #[test]
    fn a_scaled_and_blurred_picture_still_reads() {
        let data = card(1234, 1280, 720);
        for (to, blur) in [((1366, 768), 3), ((640, 360), 2), ((321, 181), 1)] {
            let small = scaled(&data, (1280, 720), to, blur);
            assert_eq!(decode_strip(grey(&small, to.0, to.1)), Some(1234), "{to:?}");
        }
    }

    #[test]
    fn rgba_with_a_padded_stride_reads_the_same() {
        let (width, height) = (320u32, 180u32);
        let stride = width as usize * 4 + 64;
        let mut data = vec![0u8; stride * height as usize];
        for (row, line) in card(777, width, height).chunks(width as usize).enumerate() {
            for (x, value) in line.iter().enumerate() {
                data[row * stride + x * 4..][..4].copy_from_slice(&[*value, *value, *value, 255]);
            }
        }
        let picture = Picture {
            data: &data,
            width,
            height,
            stride,
            channels: 4,
        };
        assert_eq!(decode_strip(picture), Some(777));
    }

    #[test]
    fn what_is_no_strip_is_refused() {
        let dark = vec![14u8; 320 * 180];
        assert_eq!(decode_strip(grey(&dark, 320, 180)), None);
        let faint: Vec<u8> = card(999, 320, 180).iter().map(|value| value / 8).collect();
        assert_eq!(decode_strip(grey(&faint, 320, 180)), None);
        let slope: Vec<u8> = (0..320 * 180)
            .map(|at| (at % 320 * 255 / 320) as u8)
            .collect();
        assert_eq!(decode_strip(grey(&slope, 320, 180)), None);
        assert_eq!(decode_strip(grey(&dark[..1000], 320, 180)), None);
        assert_eq!(decode_strip(grey(&dark, 40, 10)), None);
    }
}
