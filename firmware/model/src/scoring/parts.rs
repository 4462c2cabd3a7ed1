//! The five formulas. `docs/reference/scoring.md` says them in words; both change together.

use crate::{Health, Location, Sound, Source};

use super::{
    Estimate, Judge,
    learnt::{Learnt, learnt_under, together},
};

pub(super) const UNKNOWN: f32 = 0.5;
/// So many observations count as much as what is known of the source itself.
const LEARNT_HALF: f32 = 4.0;
/// On a paid network a source of this size or less costs little.
const CHEAP_BYTES: f32 = 2e9;

/// A part's value, and whether anything is known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    pub value: f32,
    pub known: bool,
}

impl Value {
    fn known(value: f32) -> Self {
        Self { value, known: true }
    }

    const UNKNOWN: Self = Self {
        value: UNKNOWN,
        known: false,
    };

    fn of(known: Option<f32>) -> Self {
        known.map_or(Self::UNKNOWN, Self::known)
    }

    fn times(self, factor: f32) -> Self {
        Self {
            value: (self.value * factor).clamp(0.0, 1.0),
            ..self
        }
    }

    /// Drawn towards what was learnt, the further the more was seen.
    fn drawn_to(self, learnt: Option<(f32, f32)>) -> Self {
        let Some((mean, weight)) = learnt else {
            return self;
        };
        let share = weight / (weight + LEARNT_HALF);
        Self::known(self.value * (1.0 - share) + mean * share)
    }
}

pub(super) struct Parts {
    pub quality: Value,
    pub speed: Value,
    pub availability: Value,
    pub subtitles: Value,
    pub audio: Value,
}

impl Judge {
    pub(super) fn parts(&self, source: &Source) -> Parts {
        Parts {
            quality: self.quality(source),
            speed: self.speed(source),
            availability: self.availability(source),
            subtitles: self.subtitles(source),
            audio: self.audio(source),
        }
    }

    /// Where more lines are of no more use.
    pub(super) fn useful_height(&self) -> u32 {
        let wished = self.taste.max_height.unwrap_or(u32::MAX);
        self.abilities.max_height.min(wished).max(1)
    }

    fn quality(&self, source: &Source) -> Value {
        let useful = self.useful_height();
        let height = source.release.height();
        let lines = height.map(|height| {
            // The eye sees the step from 360 to 720 lines more than that from 1080 to 2160.
            (height.min(useful) as f32 / useful as f32).sqrt()
        });
        let mut form = 1.0;
        if is_filmed(source) {
            form *= 0.3;
        }
        if height.is_some_and(|height| height > useful) {
            form *= 0.5;
        }
        if source.release.hdr.is_some() && !self.abilities.hdr {
            form *= 0.9;
        }
        Value::of(lines).times(form)
    }

    fn speed(&self, source: &Source) -> Value {
        let own = match (&source.location, source.health) {
            (Location::File { .. }, _) => return Value::known(1.0),
            (_, Health::Failing) => Some(0.1),
            (Location::Torrent(_), _) => source.seeders.map(|count| saturate(count, 20.0)),
            (_, Health::Good) => Some(0.9),
            (_, Health::Unknown) => None,
        };
        let speed = Value::of(own).drawn_to(self.learnt_of(source, |learnt| learnt.speed));
        if self.taste.metered {
            let cost = source.size_bytes.map_or(UNKNOWN, |size| {
                (CHEAP_BYTES / (size as f32).max(1.0)).min(1.0)
            });
            return speed.times(cost);
        }
        speed
    }

    fn availability(&self, source: &Source) -> Value {
        let own = match (&source.location, source.health) {
            // What failed itself is not saved by its neighbours.
            (_, Health::Failing) => return Value::known(0.05),
            (Location::File { .. }, _) => return Value::known(1.0),
            (Location::Torrent(_), health) => source
                .seeders
                .map(|count| saturate(count, 5.0))
                .or((health == Health::Good).then_some(0.8)),
            (_, Health::Good) => Some(1.0),
            (_, Health::Unknown) => None,
        };
        Value::of(own).drawn_to(self.learnt_of(source, |learnt| learnt.availability))
    }

    fn subtitles(&self, source: &Source) -> Value {
        let wanted = &self.taste.subtitle_languages;
        if is_without_subtitles(source) && !wanted.is_empty() {
            return Value::known(0.0);
        }
        languages(&source.release.subtitle_languages, wanted)
    }

    fn audio(&self, source: &Source) -> Value {
        let spoken = languages(&source.release.audio_languages, &self.taste.audio_languages);
        let dub = source.release.dub.as_deref();
        let form = match (self.taste.sound, dub) {
            (Sound::Any, _) => 1.0,
            (_, None) => 0.75,
            (Sound::Dub, Some("dub")) | (Sound::Original, Some("original")) => 1.0,
            (Sound::Dub, Some("original")) | (Sound::Original, Some(_)) => 0.5,
            // Somebody speaks over the original: nearer to a dub than nothing.
            (Sound::Dub, Some(_)) => 0.8,
        };
        Value {
            known: spoken.known || dub.is_some(),
            ..spoken.times(form)
        }
    }

    /// What was learnt under the keys of a source: the mean, and how much was seen.
    pub(super) fn learnt_of(
        &self,
        source: &Source,
        of: impl Fn(&Learnt) -> Estimate,
    ) -> Option<(f32, f32)> {
        if self.learnt.is_empty() {
            return None;
        }
        let keys = learnt_under(source);
        let known = keys.iter().filter_map(|key| self.learnt.get(key));
        together(known.map(of), self.now)
    }
}

/// Whether that was seen, and nobody tells otherwise.
pub(super) fn is_without_subtitles(source: &Source) -> bool {
    let hints = &source.hints;
    let told = !source.release.subtitle_languages.is_empty() || !hints.subtitles.is_empty();
    hints.without_subtitles && !told
}

/// A camera in a cinema hall saw the picture.
pub(super) fn is_filmed(source: &Source) -> bool {
    matches!(source.release.source.as_deref(), Some("cam" | "telesync"))
}

/// 0 for none, towards 1 for many; one half at `half` seeders.
fn saturate(count: u32, half: f32) -> f32 {
    let count = count as f32;
    count / (count + half)
}

/// The first wanted language is worth 1, each later one less, a foreign one 0.2.
fn languages(known: &[String], wanted: &[String]) -> Value {
    if known.is_empty() || wanted.is_empty() {
        return Value {
            known: !known.is_empty(),
            ..Value::UNKNOWN
        };
    }
    Value::known(
        wanted
            .iter()
            .position(|language| known.contains(language))
            .map_or(0.2, |place| (1.0 - 0.15 * place as f32).max(0.4)),
    )
}
