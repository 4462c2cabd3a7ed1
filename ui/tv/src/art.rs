//! Pictures for titles that have none: a poster painted from the title's own colours, always the
//! same for the same title. Shapes are few and calm, the bottom is dark for the title on it.

use slint::{Image, Rgba8Pixel, SharedPixelBuffer};

/// A colour as the screen takes it, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rgb(pub [f32; 3]);

impl Rgb {
    fn mix(self, other: Self, by: f32) -> Self {
        let by = by.clamp(0.0, 1.0);
        let mut mixed = [0.0; 3];
        for (mixed, (a, b)) in mixed.iter_mut().zip(self.0.into_iter().zip(other.0)) {
            *mixed = a + (b - a) * by;
        }
        Self(mixed)
    }

    fn scale(self, by: f32) -> Self {
        Self(self.0.map(|part| part * by))
    }
}

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
    Rgb(linear.map(|part| {
        let part = part.clamp(0.0, 1.0);
        if part <= 0.003_130_8 {
            part * 12.92
        } else {
            1.055 * part.powf(1.0 / 2.4) - 0.055
        }
    }))
}

/// What a title's pictures are made from.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    shape: u32,
    /// Small differences between titles of the same shape, 0 to 1.
    turn: f32,
    sky: Rgb,
    ground: Rgb,
    light: Rgb,
    glow: Rgb,
}

/// FNV-1a: stable over releases, unlike the standard library's hasher.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl Palette {
    pub fn of(seed: &str) -> Self {
        let hash = hash(seed);
        let part = |shift: u32| ((hash >> shift) & 0xff) as f32 / 255.0;
        let hue = part(8) * 360.0;
        // The light is a neighbour of the sky's hue, or its warm opposite.
        let other = hue + if part(16) < 0.6 { 35.0 + part(24) * 35.0 } else { 150.0 + part(24) * 40.0 };
        Self {
            shape: ((hash >> 40) % 6) as u32,
            turn: part(32),
            sky: oklch(0.46, 0.11, hue),
            ground: oklch(0.22, 0.07, hue + 20.0),
            light: oklch(0.80, 0.13, other),
            glow: oklch(0.62, 0.15, other - 15.0),
        }
    }

    /// The colour at a point: `x`, `y` in units of the shorter side, `w`, `h` its sides in the
    /// same unit, `soft` the width of an edge.
    fn at(&self, x: f32, y: f32, w: f32, h: f32, soft: f32) -> Rgb {
        let down = y / h;
        let base = self.sky.mix(self.ground, down * 1.1);
        let edge = |distance: f32| 0.5 - (distance / soft).clamp(-0.5, 0.5);
        let from = |cx: f32, cy: f32| ((x - cx).powi(2) + (y - cy).powi(2)).sqrt();
        match self.shape {
            0 => {
                // A sun over the sea.
                let (cx, cy, r) = (w * (0.35 + 0.3 * self.turn), h * 0.4, 0.27);
                let distance = from(cx, cy);
                let glow = base.mix(self.glow, 0.5 * (1.0 - distance / 0.85).max(0.0));
                let sun = self.light.mix(self.glow, (y - cy + r) / (2.0 * r));
                let over = glow.mix(sun, edge(distance - r));
                let sea = self.ground.mix(self.sky, 0.25);
                let ripple = ((y - h * 0.56) * 46.0).sin() * 0.5 + 0.5;
                let path = (1.0 - (x - cx).abs() / (0.16 + (y - h * 0.56) * 0.5).max(0.01)).max(0.0);
                let water = sea.mix(self.glow, 0.5 * path * ripple);
                over.mix(water, edge(h * 0.56 - y))
            }
            1 => {
                // Rings from a corner.
                let distance = from(w * 0.95, h * (0.05 + 0.2 * self.turn));
                let step = 0.155;
                let ring = (distance / step).floor();
                let within = distance - ring * step;
                let tone = |ring: f32| {
                    let mixed = if (ring as i32) % 2 == 0 { self.glow } else { self.light };
                    base.mix(mixed, (0.75 - ring * 0.085).max(0.0))
                };
                tone(ring - 1.0).mix(tone(ring), 1.0 - edge(within))
            }
            2 => {
                // Hills behind hills.
                let sun = from(w * (0.25 + 0.5 * self.turn), h * 0.3);
                let mut color = base
                    .mix(self.glow, 0.35 * (1.0 - down))
                    .mix(self.light, edge(sun - 0.12));
                for layer in 0..4 {
                    let depth = layer as f32;
                    let phase = self.turn * 9.0 + depth * 2.3;
                    let crest = h * (0.46 + depth * 0.13)
                        + 0.055 * (x * (2.6 + depth * 0.7) + phase).sin()
                        + 0.03 * (x * (6.1 - depth) + phase * 1.7).sin();
                    let hill = self.glow.mix(self.ground, 0.34 + depth * 0.2);
                    color = color.mix(hill, edge(crest - y));
                }
                color
            }
            3 => {
                // Slanted bands.
                let along = (x * 0.85 + y * 0.6 + self.turn) / 0.23;
                let band = along.floor();
                let tone = |band: f32| {
                    let level = (band * 0.618).fract().abs();
                    base.mix(self.glow, level * 0.8).mix(self.light, (level - 0.72).max(0.0))
                };
                tone(band - 1.0).mix(tone(band), 1.0 - edge((along - band) * 0.23))
            }
            4 => {
                // A planet lit from one side.
                let (cx, cy, r) = (w * (0.62 + 0.2 * self.turn), h * 0.36, 0.46);
                let distance = from(cx, cy);
                let halo = base.mix(self.glow, 0.4 * (1.0 - (distance - r).abs() / 0.4).max(0.0));
                let lit = from(cx - 0.26, cy - 0.26) / (r * 1.55);
                let body = self.light.mix(self.ground, lit.powf(1.3));
                halo.mix(body, edge(distance - r))
            }
            _ => {
                // Arches one within the other.
                let (cx, cy) = (w * 0.5, h * (0.42 + 0.08 * self.turn));
                let distance = if y < cy { from(cx, cy) } else { (x - cx).abs() };
                let mut color = base;
                for arch in 0..4 {
                    let depth = arch as f32;
                    let tone = self.glow.mix(self.ground, 0.62 - depth * 0.2);
                    let tone = if arch == 3 { self.light } else { tone };
                    color = color.mix(tone, edge(distance - (0.42 - depth * 0.105)));
                }
                color
            }
        }
    }
}

/// Three quarters of a grey level, up or down: breaks the steps of dark gradients.
fn grain(x: u32, y: u32) -> f32 {
    let mixed = x.wrapping_mul(374_761_393).wrapping_add(y.wrapping_mul(668_265_263));
    let mixed = (mixed ^ (mixed >> 13)).wrapping_mul(1_274_126_177);
    ((mixed >> 16) & 0xff) as f32 / 255.0 - 0.5
}

fn pixel(color: Rgb, alpha: f32, noise: f32) -> Rgba8Pixel {
    let part = |part: f32| ((part * 255.0 + noise * 1.5) * alpha).clamp(0.0, 255.0) as u8;
    let [r, g, b] = color.0;
    Rgba8Pixel::new(part(r), part(g), part(b), (alpha * 255.0) as u8)
}

fn paint(width: u32, height: u32, color: impl Fn(u32, u32) -> (Rgb, f32)) -> Image {
    let mut buffer = SharedPixelBuffer::<Rgba8Pixel>::new(width, height);
    let rows = buffer.make_mut_slice().chunks_mut(width.max(1) as usize);
    for (y, row) in (0..).zip(rows) {
        for (x, out) in (0..).zip(row) {
            let (color, alpha) = color(x, y);
            *out = pixel(color, alpha, grain(x, y));
        }
    }
    Image::from_rgba8_premultiplied(buffer)
}

/// How much of a pixel lies inside a rectangle with round corners.
fn inside(x: f32, y: f32, width: f32, height: f32, radius: f32) -> f32 {
    let dx = (radius - x).max(x - (width - radius)).max(0.0);
    let dy = (radius - y).max(y - (height - radius)).max(0.0);
    (radius - (dx * dx + dy * dy).sqrt() + 0.5).clamp(0.0, 1.0)
}

/// A card's picture with round corners, its lower part dark.
pub fn card(seed: &str, width: u32, height: u32, radius: f32) -> Image {
    let palette = Palette::of(seed);
    let unit = width.min(height).max(1) as f32;
    let (w, h) = (width as f32 / unit, height as f32 / unit);
    paint(width, height, |x, y| {
        let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
        let color = palette.at(px / unit, py / unit, w, h, 1.5 / unit);
        let down = py / height as f32;
        let shade = 1.0 - 0.72 * ((down - 0.42) / 0.58).clamp(0.0, 1.0).powf(0.8);
        let top = 1.0 - 0.25 * (1.0 - down / 0.25).clamp(0.0, 1.0);
        let alpha = inside(px, py, width as f32, height as f32, radius);
        (color.scale(shade * top), alpha)
    })
}

/// The wide, blurred, dark picture behind a page, gone towards its left and lower edges.
pub fn backdrop(seed: &str, width: u32, height: u32) -> Image {
    let palette = Palette::of(seed);
    let unit = height.max(1) as f32;
    let w = width as f32 / unit;
    paint(width, height, |x, y| {
        let (across, down) = (x as f32 / width as f32, y as f32 / height as f32);
        let color = palette.at(x as f32 / unit, y as f32 / unit, w, 1.0, 0.07);
        let smooth = |t: f32| {
            let t = t.clamp(0.0, 1.0);
            t * t * (3.0 - 2.0 * t)
        };
        let alpha = smooth(across / 0.75) * smooth((1.0 - down) / 0.7) * 0.72;
        (color.scale(0.72), alpha)
    })
}

/// The whole screen in a title's colours, for the time before its first picture.
pub fn tint(seed: &str, width: u32, height: u32) -> Image {
    let palette = Palette::of(seed);
    let unit = height.max(1) as f32;
    let w = width as f32 / unit;
    paint(width, height, |x, y| {
        let color = palette.at(x as f32 / unit, y as f32 / unit, w, 1.0, 0.2);
        (color.scale(0.45), 1.0)
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
