//! How a picture looks from afar.

use base64::{Engine, engine::general_purpose::STANDARD};
use hearth_model::{Look, UnixMs};
use image::DynamicImage;

/// The picture is made this small to be summed up.
const SIDE: u32 = 32;
/// `#aabbcc`.
const COLOUR_BYTES: usize = 7;

pub(super) fn look_of(picture: &DynamicImage) -> Look {
    let small = picture.thumbnail(SIDE, SIDE).to_rgba8();
    let (width, height) = small.dimensions();
    let hash = thumbhash::rgba_to_thumb_hash(width as usize, height as usize, small.as_raw());
    Look {
        colour: colour(small.pixels().map(|pixel| pixel.0)),
        preview: STANDARD.encode(hash),
    }
}

/// How a picture looks, and when it was fetched: nothing where an older release kept it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub look: Look,
    pub fetched_at: Option<UnixMs>,
}

impl Seen {
    /// As it is kept beside the picture.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Look { colour, preview } = &self.look;
        let at = self.fetched_at.map(|at| format!(" {at}"));
        format!("{colour}{preview}{}", at.unwrap_or_default()).into_bytes()
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (look, at) = text.split_once(' ').unwrap_or((text, ""));
        let (colour, preview) = look.split_at_checked(COLOUR_BYTES)?;
        Some(Self {
            look: Look {
                colour: colour.to_owned(),
                preview: preview.to_owned(),
            },
            fetched_at: at.parse().ok(),
        })
    }
}

/// Pixels vote for one of 64 rough colours, vivid ones with more weight than grey ones, and the
/// winner is the mean of its voters.
fn colour(pixels: impl Iterator<Item = [u8; 4]>) -> String {
    let mut votes = [(0_u64, [0_u64; 3]); 64];
    for [red, green, blue, alpha] in pixels {
        if alpha < 128 {
            continue;
        }
        let rough = |part: u8| usize::from(part >> 6);
        let vote = &mut votes[rough(red) << 4 | rough(green) << 2 | rough(blue)];
        let most = red.max(green).max(blue);
        let weight = 16 + u64::from(most - red.min(green).min(blue));
        vote.0 += weight;
        for (sum, part) in vote.1.iter_mut().zip([red, green, blue]) {
            *sum += weight * u64::from(part);
        }
    }
    let (weight, sums) = votes
        .into_iter()
        .max_by_key(|(weight, _)| *weight)
        .unwrap_or_default();
    let [red, green, blue] = sums.map(|sum| sum.checked_div(weight).unwrap_or_default());
    format!("#{red:02x}{green:02x}{blue:02x}")
}
