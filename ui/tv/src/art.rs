//! Pictures for titles that have none: a poster painted from the title's own colours, always the
//! same for the same title. Shapes are few and calm, the bottom is dark for the title on it.

use slint::{Image, Rgba8Pixel, SharedPixelBuffer};

/// A colour as the screen takes it, red, green and blue from 0 to 1. Plain arrays and plain loops:
/// a screen's first pictures are painted while somebody waits, in debug builds as well.
type Rgb = [f32; 3];

#[inline]
fn blend(into: &mut Rgb, other: &Rgb, by: f32) {
    if by <= 0.0 {
        return;
    }
    let by = if by > 1.0 { 1.0 } else { by };
    into[0] += (other[0] - into[0]) * by;
    into[1] += (other[1] - into[1]) * by;
    into[2] += (other[2] - into[2]) * by;
}

fn mixed(mut from: Rgb, to: &Rgb, by: f32) -> Rgb {
    blend(&mut from, to, by);
    from
}

#[allow(clippy::many_single_char_names)] // The names of the formula.
/// OKLCH, in which equal steps look equal, to sRGB.
fn oklch(lightness: f32, chroma: f32, hue_degrees: f32) -> Rgb {
    let (sin, cos) = hue_degrees.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let l = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    let linear = [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ];
    linear.map(|part| {
        let part = part.clamp(0.0, 1.0);
        if part <= 0.003_130_8 {
            part * 12.92
        } else {
            1.055 * part.powf(1.0 / 2.4) - 0.055
        }
    })
}

/// What a title's pictures are made from.
#[derive(Debug, Clone, Copy)]
struct Palette {
    shape: u32,
    /// Small differences between titles of the same shape, 0 to 1.
    turn: f32,
    sky: Rgb,
    ground: Rgb,
    light: Rgb,
    glow: Rgb,
}

/// FNV-1a with a finish that spreads it: stable over releases, unlike the standard library's.
fn hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// A picture's measures, in units of its shorter side.
#[derive(Debug, Clone, Copy)]
struct Canvas {
    width: f32,
    height: f32,
    /// The width of an edge: a pixel and a half is sharp, a tenth is blurred.
    soft: f32,
}

impl Canvas {
    /// How much of a point lies on the inner side of an edge.
    #[inline]
    fn edge(self, distance: f32) -> f32 {
        0.5 - distance / self.soft
    }
}

#[inline]
fn distance(dx: f32, dy: f32) -> f32 {
    (dx * dx + dy * dy).sqrt()
}

impl Palette {
    fn of(seed: &str) -> Self {
        let hash = hash(seed);
        let part = |shift: u32| ((hash >> shift) & 0xff) as f32 / 255.0;
        // Dark yellows are mud: the hues between orange and green are left out.
        let hue = 125.0 + part(8) * 285.0;
        // The light is a neighbour of the sky's hue, or its opposite.
        let other = if part(16) < 0.6 {
            hue + 35.0 + part(24) * 35.0
        } else {
            hue + 150.0 + part(24) * 40.0
        };
        Self {
            shape: ((hash >> 40) % 6) as u32,
            turn: part(32),
            sky: oklch(0.50, 0.125, hue),
            ground: oklch(0.23, 0.075, hue + 15.0),
            light: oklch(0.80, 0.13, other),
            glow: oklch(0.62, 0.15, other - 15.0),
        }
    }

    /// The colour at a point of the canvas.
    fn at(&self, x: f32, y: f32, canvas: Canvas) -> Rgb {
        let mut color = self.sky;
        blend(&mut color, &self.ground, y / canvas.height * 1.1);
        match self.shape {
            0 => self.sun(&mut color, x, y, canvas),
            1 => self.rings(&mut color, x, y, canvas),
            2 => self.hills(&mut color, x, y, canvas),
            3 => self.bands(&mut color, x, y, canvas),
            4 => self.planet(&mut color, x, y, canvas),
            _ => self.arches(&mut color, x, y, canvas),
        }
        color
    }

    /// A sun over the sea.
    fn sun(&self, color: &mut Rgb, x: f32, y: f32, canvas: Canvas) {
        const RADIUS: f32 = 0.27;
        let (cx, cy) = (canvas.width * (0.35 + 0.3 * self.turn), canvas.height * 0.4);
        let shore = canvas.height * 0.56;
        let from = distance(x - cx, y - cy);
        blend(color, &self.glow, 0.5 - from / 1.7);
        let disc = mixed(self.light, &self.glow, (y - cy + RADIUS) / (2.0 * RADIUS));
        blend(color, &disc, canvas.edge(from - RADIUS));
        let below = y - shore;
        if below > -canvas.soft {
            let mut sea = mixed(self.ground, &self.sky, 0.25);
            let path = 1.0 - (x - cx).abs() / (0.16 + below * 0.5);
            blend(
                &mut sea,
                &self.glow,
                path * (0.25 + 0.25 * (below * 46.0).sin()),
            );
            blend(color, &sea, canvas.edge(-below));
        }
    }

    /// Rings around a corner.
    fn rings(&self, color: &mut Rgb, x: f32, y: f32, canvas: Canvas) {
        const STEP: f32 = 0.155;
        let (cx, cy) = (
            canvas.width * 0.95,
            canvas.height * (0.05 + 0.2 * self.turn),
        );
        let along = distance(x - cx, y - cy) / STEP;
        // The ring outside the nearest edge.
        let ring = along.round();
        let tone = |ring: f32| {
            if ring % 2.0 == 0.0 {
                &self.glow
            } else {
                &self.light
            }
        };
        let strength = |ring: f32| 0.75 - ring * 0.085;
        let mut outer = *color;
        blend(&mut outer, tone(ring), strength(ring));
        blend(color, tone(ring - 1.0), strength(ring - 1.0));
        blend(color, &outer, 1.0 - canvas.edge((along - ring) * STEP));
    }

    /// Hills behind hills.
    fn hills(&self, color: &mut Rgb, x: f32, y: f32, canvas: Canvas) {
        let height = canvas.height;
        blend(color, &self.glow, 0.35 * (1.0 - y / height));
        let sun = distance(
            x - canvas.width * (0.25 + 0.5 * self.turn),
            y - height * 0.3,
        );
        blend(color, &self.light, canvas.edge(sun - 0.12));
        if y < height * 0.3 {
            return;
        }
        let mut depth = 0.0;
        while depth < 4.0 {
            let phase = self.turn * 9.0 + depth * 2.3;
            let crest = height * (0.46 + depth * 0.13)
                + 0.055 * (x * (2.6 + depth * 0.7) + phase).sin()
                + 0.03 * (x * (6.1 - depth) + phase * 1.7).sin();
            if y < crest - canvas.soft {
                // The nearer ones begin further down.
                return;
            }
            let hill = mixed(self.glow, &self.ground, 0.34 + depth * 0.2);
            blend(color, &hill, canvas.edge(crest - y));
            depth += 1.0;
        }
    }

    /// Slanted bands.
    fn bands(&self, color: &mut Rgb, x: f32, y: f32, canvas: Canvas) {
        const STEP: f32 = 0.23;
        let along = (x * 0.85 + y * 0.6 + self.turn) / STEP;
        // The band after the nearest edge.
        let band = along.round();
        let toned = |mut color: Rgb, band: f32| {
            let level = (band * 0.618).fract().abs();
            blend(&mut color, &self.glow, level * 0.8);
            blend(&mut color, &self.light, level - 0.72);
            color
        };
        let next = toned(*color, band);
        *color = toned(*color, band - 1.0);
        blend(color, &next, 1.0 - canvas.edge((along - band) * STEP));
    }

    /// A planet lit from one side.
    fn planet(&self, color: &mut Rgb, x: f32, y: f32, canvas: Canvas) {
        const RADIUS: f32 = 0.46;
        let (cx, cy) = (
            canvas.width * (0.62 + 0.2 * self.turn),
            canvas.height * 0.36,
        );
        let from = distance(x - cx, y - cy);
        blend(color, &self.glow, 0.4 - (from - RADIUS).abs());
        if from < RADIUS + canvas.soft {
            let lit = distance(x - cx + 0.26, y - cy + 0.26) / (RADIUS * 1.55);
            let body = mixed(self.light, &self.ground, lit * (0.6 + 0.4 * lit));
            blend(color, &body, canvas.edge(from - RADIUS));
        }
    }

    /// Arches one within the other.
    fn arches(&self, color: &mut Rgb, x: f32, y: f32, canvas: Canvas) {
        let (cx, cy) = (
            canvas.width * 0.5,
            canvas.height * (0.42 + 0.08 * self.turn),
        );
        let from = if y < cy {
            distance(x - cx, y - cy)
        } else {
            (x - cx).abs()
        };
        let mut depth = 0.0;
        while depth < 4.0 {
            let radius = 0.42 - depth * 0.105;
            if from > radius + canvas.soft {
                return;
            }
            let arch = if depth < 3.0 {
                mixed(self.glow, &self.ground, 0.62 - depth * 0.2)
            } else {
                self.light
            };
            blend(color, &arch, canvas.edge(from - radius));
            depth += 1.0;
        }
    }
}

/// Three quarters of a grey level, up or down: breaks the steps of dark gradients.
#[inline]
fn grain(x: u32, y: u32) -> f32 {
    let mixed = x
        .wrapping_mul(374_761_393)
        .wrapping_add(y.wrapping_mul(668_265_263));
    let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(1_274_126_177);
    ((mixed >> 16) & 0xff) as f32 * (1.5 / 255.0) - 0.75
}

/// Paints each pixel with what `color` says of it: its colour and how much of it there is.
fn paint(width: u32, height: u32, color: impl Fn(f32, f32) -> (Rgb, f32)) -> Image {
    let mut buffer = SharedPixelBuffer::<Rgba8Pixel>::new(width, height);
    let pixels = buffer.make_mut_slice();
    let mut at = 0;
    for y in 0..height {
        for x in 0..width {
            let ([r, g, b], alpha) = color(x as f32 + 0.5, y as f32 + 0.5);
            let (noise, level) = (grain(x, y) * alpha, 255.0 * alpha);
            // Casts to integers saturate.
            pixels[at] = Rgba8Pixel::new(
                (r * level + noise) as u8,
                (g * level + noise) as u8,
                (b * level + noise) as u8,
                level as u8,
            );
            at += 1;
        }
    }
    Image::from_rgba8_premultiplied(buffer)
}

/// How much of a pixel lies inside a rectangle with round corners.
pub fn inside(x: f32, y: f32, width: f32, height: f32, radius: f32) -> f32 {
    let dx = (radius - x).max(x - (width - radius));
    let dy = (radius - y).max(y - (height - radius));
    if dx <= 0.0 || dy <= 0.0 {
        return 1.0;
    }
    (radius - distance(dx, dy) + 0.5).clamp(0.0, 1.0)
}

/// Three times as much at the middle as at the ends.
pub fn smooth(t: f32) -> f32 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn darkened(color: Rgb, by: f32) -> Rgb {
    [color[0] * by, color[1] * by, color[2] * by]
}

/// A card's picture with round corners, its lower part dark.
pub fn card(seed: &str, width: u32, height: u32, radius: f32) -> Image {
    let palette = Palette::of(seed);
    let unit = 1.0 / width.min(height).max(1) as f32;
    let (wide, high) = (width as f32, height as f32);
    let canvas = Canvas {
        width: wide * unit,
        height: high * unit,
        soft: 1.5 * unit,
    };
    paint(width, height, |x, y| {
        let color = palette.at(x * unit, y * unit, canvas);
        let down = y / high;
        let top = if down < 0.25 { 0.75 + down } else { 1.0 };
        let shade = top - 0.72 * smooth((down - 0.3) / 0.5);
        (darkened(color, shade), inside(x, y, wide, high, radius))
    })
}

/// The wide, blurred picture behind a page, gone towards its left and lower edges.
pub fn backdrop(seed: &str, width: u32, height: u32) -> Image {
    let palette = Palette::of(seed);
    let unit = 1.0 / height.max(1) as f32;
    let canvas = Canvas {
        width: width as f32 * unit,
        height: 1.0,
        soft: 0.1,
    };
    paint(width, height, |x, y| {
        let color = palette.at(x * unit, y * unit, canvas);
        let alpha = smooth(x / width as f32 / 0.75) * smooth((1.0 - y * unit) / 0.75) * 0.86;
        (darkened(color, 0.78), alpha)
    })
}

/// The whole screen in a title's colours, for the time before its first picture.
pub fn tint(seed: &str, width: u32, height: u32) -> Image {
    let palette = Palette::of(seed);
    let unit = 1.0 / height.max(1) as f32;
    let canvas = Canvas {
        width: width as f32 * unit,
        height: 1.0,
        soft: 0.2,
    };
    paint(width, height, |x, y| {
        (darkened(palette.at(x * unit, y * unit, canvas), 0.45), 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(image: &Image) -> Vec<u8> {
        let buffer = image.to_rgba8_premultiplied().unwrap();
        buffer.as_bytes().to_vec()
    }

    #[test]
    fn a_title_always_looks_the_same_and_unlike_others() {
        let one = pixels(&card("ttl_1", 60, 90, 6.0));
        assert_eq!(one, pixels(&card("ttl_1", 60, 90, 6.0)));
        assert_ne!(one, pixels(&card("ttl_2", 60, 90, 6.0)));
        assert_eq!(one[3], 0, "the corner is round");
    }

    #[test]
    fn titles_on_posters_stay_readable() {
        // White text needs a background of at most about 40 % to be read from a sofa.
        for seed in 0..200 {
            let image = card(&format!("ttl_{seed}"), 40, 60, 4.0);
            let buffer = image.to_rgba8_premultiplied().unwrap();
            let low = &buffer.as_slice()[40 * 50 + 20];
            let brightness = (u32::from(low.r) * 2 + u32::from(low.g) * 5 + u32::from(low.b)) / 8;
            assert!(brightness < 120, "seed {seed}: {brightness}");
        }
    }
}
