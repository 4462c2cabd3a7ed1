//! How a picture looks from afar.

use image::DynamicImage;

/// The picture is made this small to be summed up.
const SIDE: u32 = 32;

/// What is shown in the moment before a picture is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// `#aabbcc`: the colour that most of it is near, among those that are one.
    pub colour: String,
    /// A ThumbHash: the picture in some twenty bytes.
    pub preview: Vec<u8>,
}

impl Look {
    pub(super) fn of(picture: &DynamicImage) -> Self {
        let small = picture.thumbnail(SIDE, SIDE).to_rgba8();
        let (width, height) = small.dimensions();
        Self {
            colour: colour(small.pixels().map(|pixel| pixel.0)),
            preview: thumbhash::rgba_to_thumb_hash(width as usize, height as usize, small.as_raw()),
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.colour.clone().into_bytes();
        bytes.extend(&self.preview);
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (colour, preview) = bytes.split_at_checked(7)?;
        Some(Self {
            colour: std::str::from_utf8(colour).ok()?.to_owned(),
            preview: preview.to_vec(),
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
