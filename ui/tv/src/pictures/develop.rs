//! From a picture's bytes to the pixels of its place on the screen. Slow: never on the thread that
//! draws, but for the small look that is shown before.

use std::io::Cursor;

use base64::{Engine, engine::general_purpose::STANDARD};
use hearth_model::Look;
use image::{
    DynamicImage, ImageError, ImageFormat, ImageReader, Limits, Rgba, RgbaImage,
    error::{ImageFormatHint, UnsupportedError},
    imageops::FilterType,
};
use slint::{Color, Rgba8Pixel, SharedPixelBuffer};

use super::{Cut, Shape};
use crate::art::{inside, smooth};

pub type Pixels = SharedPixelBuffer<Rgba8Pixel>;

/// The box gives nothing wider than 1280; whatever else comes is refused before it is read.
const MOST_PIXELS_A_SIDE: u32 = 4096;
const MOST_MEMORY_BYTES: u64 = 64 * 1024 * 1024;
/// What shines through a picture: the surface of the pages.
const BEHIND: [f32; 3] = [20.0, 24.0, 29.0];

/// A JPEG or PNG, cut to fill its place.
pub fn develop(bytes: &[u8], cut: Cut) -> Result<Pixels, ImageError> {
    let format = image::guess_format(bytes)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png) {
        let unread = UnsupportedError::from(ImageFormatHint::Exact(format));
        return Err(ImageError::Unsupported(unread));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_PIXELS_A_SIDE);
    limits.max_image_height = Some(MOST_PIXELS_A_SIDE);
    limits.max_alloc = Some(MOST_MEMORY_BYTES);
    reader.limits(limits);
    Ok(finish(&filled(&reader.decode()?, cut), cut))
}

/// A picture's look blown up, or its colour alone where that is all there is.
pub fn before(look: &Look, cut: Cut) -> Pixels {
    let preview = STANDARD
        .decode(&look.preview)
        .ok()
        .and_then(|hash| thumbhash::thumb_hash_to_rgba(&hash).ok())
        .filter(|(width, height, _)| *width > 0 && *height > 0)
        .and_then(|(width, height, rgba)| {
            RgbaImage::from_raw(
                u32::try_from(width).ok()?,
                u32::try_from(height).ok()?,
                rgba,
            )
        });
    let picture = preview.unwrap_or_else(|| {
        let color = colour(look).unwrap_or_default();
        RgbaImage::from_pixel(1, 1, Rgba([color.red(), color.green(), color.blue(), 255]))
    });
    finish(&filled(&picture.into(), cut), cut)
}

/// `#rrggbb`.
pub fn colour(look: &Look) -> Option<Color> {
    let digits = look.colour.strip_prefix('#')?;
    let number = u32::from_str_radix(digits, 16).ok()?;
    (digits.len() == 6).then(|| Color::from_argb_encoded(0xff00_0000 | number))
}

/// The middle of the picture, as large as the place has room for.
fn filled(picture: &DynamicImage, cut: Cut) -> RgbaImage {
    let (width, height) = (picture.width().max(1), picture.height().max(1));
    let (wide, high) = (cut.width.max(1), cut.height.max(1));
    let part = |whole: u32, of: u32, to: u32| {
        let part = u64::from(whole) * u64::from(of) / u64::from(to).max(1);
        u32::try_from(part).unwrap_or(u32::MAX).max(1)
    };
    // First cut, then scale: a picture that is one long line must not grow into gigabytes.
    let part_width = width.min(part(height, wide, high));
    let part_height = height.min(part(width, high, wide));
    picture
        .crop_imm(
            (width - part_width) / 2,
            (height - part_height) / 2,
            part_width,
            part_height,
        )
        .resize_exact(wide, high, FilterType::CatmullRom)
        .into_rgba8()
}

/// The edges and the shade of its place.
fn finish(picture: &RgbaImage, cut: Cut) -> Pixels {
    let (width, height) = picture.dimensions();
    let (wide, high) = (width as f32, height as f32);
    let mut buffer = Pixels::new(width, height);
    let pixels = buffer.make_mut_slice();
    let across: Vec<f32> = (0..width)
        .map(|x| smooth(((x as f32 + 0.5) / wide - 0.22) / 0.7))
        .collect();
    let mut at = 0;
    for y in 0..height {
        let down = (y as f32 + 0.5) / high;
        let shade = match cut.shape {
            Shape::Poster { .. } => 1.0,
            Shape::Still { .. } => {
                let top = 1.0 - 0.4 * smooth((0.3 - down) / 0.3);
                top - 0.75 * smooth((down - 0.3) / 0.55)
            }
            Shape::Backdrop => 0.9,
            Shape::Tint => 0.45,
        };
        let above = smooth((1.0 - down) / 0.75) * 0.9;
        for x in 0..width {
            let alpha = match cut.shape {
                Shape::Poster { radius } | Shape::Still { radius } => {
                    let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
                    inside(x, y, wide, high, radius as f32)
                }
                Shape::Backdrop => across[x as usize] * above,
                Shape::Tint => 1.0,
            };
            let Rgba([red, green, blue, own]) = *picture.get_pixel(x, y);
            let own = f32::from(own) / 255.0;
            // Casts to integers saturate.
            let part = |part: u8, behind: f32| {
                ((behind + (f32::from(part) - behind) * own) * shade * alpha + 0.5) as u8
            };
            pixels[at] = Rgba8Pixel::new(
                part(red, BEHIND[0]),
                part(green, BEHIND[1]),
                part(blue, BEHIND[2]),
                (alpha * 255.0 + 0.5) as u8,
            );
            at += 1;
        }
    }
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        picture
            .write_to(&mut Cursor::new(&mut bytes), format)
            .unwrap();
        bytes
    }

    fn poster(width: u32, height: u32) -> Cut {
        Cut {
            width,
            height,
            shape: Shape::Poster { radius: 8 },
        }
    }

    fn at(pixels: &Pixels, x: u32, y: u32) -> [u8; 4] {
        let pixel = pixels.as_slice()[(y * pixels.width() + x) as usize];
        [pixel.r, pixel.g, pixel.b, pixel.a]
    }

    #[test]
    fn a_picture_fills_its_place_from_the_middle_and_has_round_corners() {
        // Green in the middle, red at the sides, three times as wide as its place.
        let wide = RgbaImage::from_fn(180, 90, |x, _| {
            let green = (60..120).contains(&x);
            Rgba(if green {
                [0, 200, 0, 255]
            } else {
                [200, 0, 0, 255]
            })
        });
        let pixels = develop(&encoded(&wide.into(), ImageFormat::Png), poster(40, 60)).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (40, 60));
        for (x, y) in [(20, 30), (1, 30), (38, 30), (20, 0)] {
            assert_eq!(at(&pixels, x, y), [0, 200, 0, 255], "{x} {y}");
        }
        for (x, y) in [(0, 0), (39, 0), (0, 59), (39, 59)] {
            assert_eq!(at(&pixels, x, y), [0; 4], "{x} {y}");
        }
    }

    #[test]
    fn a_still_is_dark_where_its_name_stands_and_a_backdrop_ends_softly() {
        let white = DynamicImage::from(RgbaImage::from_pixel(64, 64, Rgba([255; 4])));
        let bytes = encoded(&white.to_rgb8().into(), ImageFormat::Jpeg);
        let cut = |shape| Cut {
            width: 100,
            height: 60,
            shape,
        };
        let still = develop(&bytes, cut(Shape::Still { radius: 4 })).unwrap();
        assert!(at(&still, 50, 18)[0] > 240);
        assert!(at(&still, 50, 54)[0] < 90, "white letters are read on it");
        assert!(at(&still, 50, 5)[0] < 190, "and a small mark above");
        let backdrop = develop(&bytes, cut(Shape::Backdrop)).unwrap();
        assert_eq!(at(&backdrop, 5, 10)[3], 0);
        assert!(at(&backdrop, 99, 2)[3] > 200);
        assert!(at(&backdrop, 99, 59)[3] < 10);
        for pixel in backdrop.as_slice() {
            assert!(pixel.r <= pixel.a, "the colours are multiplied by alpha");
        }
    }

    #[test]
    fn what_shines_through_shows_the_surface() {
        let glass = DynamicImage::from(RgbaImage::from_pixel(8, 8, Rgba([255, 255, 255, 0])));
        let pixels = develop(&encoded(&glass, ImageFormat::Png), poster(30, 30)).unwrap();
        assert_eq!(at(&pixels, 15, 15), [20, 24, 29, 255]);
    }

    #[test]
    fn what_is_no_picture_and_what_is_vast_is_refused() {
        let fine = encoded(&DynamicImage::new_rgb8(40, 40), ImageFormat::Png);
        for bad in [
            &b""[..],
            b"<html>",
            b"GIF89a\x01\0\x01\0",
            &fine[..fine.len() / 2],
        ] {
            assert!(develop(bad, poster(30, 30)).is_err());
        }
        let wide = encoded(
            &DynamicImage::new_luma8(MOST_PIXELS_A_SIDE + 1, 1),
            ImageFormat::Png,
        );
        assert!(matches!(
            develop(&wide, poster(30, 30)),
            Err(ImageError::Limits(_))
        ));
    }

    #[test]
    fn one_long_line_is_a_picture_like_any_other() {
        for (width, height) in [(4_000, 1), (1, 4_000)] {
            let line = encoded(&DynamicImage::new_luma8(width, height), ImageFormat::Png);
            let pixels = develop(&line, poster(1_000, 1_500)).unwrap();
            assert_eq!((pixels.width(), pixels.height()), (1_000, 1_500));
        }
    }

    #[test]
    fn the_look_is_there_before() {
        let half = RgbaImage::from_fn(32, 32, |_, y| {
            Rgba(if y < 16 {
                [220, 40, 40, 255]
            } else {
                [20, 20, 90, 255]
            })
        });
        let hash = thumbhash::rgba_to_thumb_hash(32, 32, half.as_raw());
        let look = Look {
            colour: "#dc2828".into(),
            preview: STANDARD.encode(hash),
        };
        let pixels = before(&look, poster(40, 60));
        let (top, low) = (at(&pixels, 20, 6), at(&pixels, 20, 54));
        assert!(top[0] > 150 && top[2] < 120, "{top:?}");
        assert!(low[0] < 100, "{low:?}");
        assert_eq!(at(&pixels, 0, 0)[3], 0, "its corners are round");
        let torn = Look {
            preview: "?".into(),
            ..look
        };
        assert_eq!(
            at(&before(&torn, poster(40, 60)), 20, 30),
            [220, 40, 40, 255]
        );
        let nothing = Look {
            colour: "red".into(),
            preview: String::new(),
        };
        assert_eq!(colour(&nothing), None);
        assert_eq!(at(&before(&nothing, poster(40, 60)), 20, 30)[3], 255);
    }
}
