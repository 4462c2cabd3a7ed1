//! Which source first, and why: five parts from 0 to 1, weighted, and said in words.
//!
//! What is not known counts 0.5, so that silence is neither praised nor punished. The formulas
//! stand in `docs/reference/scoring.md` with examples that a test runs.

mod learnt;
mod parts;
mod refusal;
mod taste;
mod words;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Health, Language, ScreenAbilities, Source, UnixMs};

pub use learnt::{Estimate, Learnt, Outcome, learnt_under};
pub use refusal::RefusedBecause;
pub use taste::{Preference, Preferred, Rule, Sound, Taste};

/// What a source that the owner prefers is given on top.
const PREFERRED: f32 = 0.1;
/// A provider's place in the owner's order decides only between equals.
const PLACE: f32 = 1e-4;

/// How much each part counts. They need not sum to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Weights {
    pub quality: f32,
    pub speed: f32,
    pub availability: f32,
    pub subtitles: f32,
    pub audio: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            quality: 0.30,
            speed: 0.25,
            availability: 0.20,
            subtitles: 0.15,
            audio: 0.10,
        }
    }
}

impl Weights {
    fn all(&self) -> [f32; 5] {
        [
            self.quality,
            self.speed,
            self.availability,
            self.subtitles,
            self.audio,
        ]
    }

    /// Whether scores can be made of them.
    pub fn are_usable(&self) -> bool {
        let all = self.all();
        all.iter()
            .all(|weight| weight.is_finite() && *weight >= 0.0)
            && all.iter().sum::<f32>() > 0.0
    }
}

/// Each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoreParts {
    pub quality: f32,
    pub speed: f32,
    pub availability: f32,
    pub subtitles: f32,
    pub audio: f32,
}

impl ScoreParts {
    fn weighed(&self, weights: &Weights) -> f32 {
        let parts = [
            self.quality,
            self.speed,
            self.availability,
            self.subtitles,
            self.audio,
        ];
        let weights = weights.all();
        let sum: f32 = weights.iter().sum();
        let weighed: f32 = parts
            .iter()
            .zip(weights)
            .map(|(part, weight)| part * weight)
            .sum();
        if sum > 0.0 { weighed / sum } else { 0.5 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Score {
    /// 0 to 1.
    pub total: f32,
    pub parts: ScoreParts,
}

/// The name of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ScorePart {
    Quality,
    Speed,
    Availability,
    Subtitles,
    Audio,
}

/// One part of a score in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    pub part: ScorePart,
    /// In the reader's language: `1080p HEVC, this screen decodes it`.
    pub text: String,
    /// False: it is not known yet, and counts 0.5.
    pub known: bool,
}

/// What the house thinks of a source for one viewer on one screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    pub score: Score,
    /// Why it is not taken by itself: the screen cannot, or somebody does not want it.
    pub refused: Option<RefusedBecause>,
    /// By which sources are ordered, higher first: the total of an ordinary one, more
    /// where the owner pinned it, less than 0 where it is refused.
    pub rank: f32,
}

impl Verdict {
    pub fn is_playable(&self) -> bool {
        self.refused.is_none()
    }
}

/// Everything that a source is judged by.
#[derive(Debug, Clone, Default)]
pub struct Judge {
    pub taste: Taste,
    pub abilities: ScreenAbilities,
    pub weights: Weights,
    pub preferences: Vec<Preference>,
    /// The providers in the owner's order.
    pub order: Vec<String>,
    /// By the keys of [`learnt_under`].
    pub learnt: HashMap<String, Learnt>,
    /// When it is judged: what was learnt fades.
    pub now: UnixMs,
}

impl Judge {
    pub fn verdict(&self, source: &Source) -> Verdict {
        let parts = self.parts(source);
        let parts = ScoreParts {
            quality: parts.quality.value,
            speed: parts.speed.value,
            availability: parts.availability.value,
            subtitles: parts.subtitles.value,
            audio: parts.audio.value,
        };
        let wanted = taste::wanted(&self.preferences, source);
        let preferred = if wanted == Some(Rule::Prefer) {
            PREFERRED
        } else {
            0.0
        };
        let weighed = parts.weighed(&self.weights) + preferred;
        let refused = refusal::of(source, self);
        let above = if refused.is_some() {
            -2.0
        } else if wanted == Some(Rule::Pin) && source.health != Health::Failing {
            1.0
        } else {
            0.0
        };
        let place = self.order.iter().position(|id| *id == source.provider);
        let place = place.unwrap_or(self.order.len()) as f32;
        Verdict {
            score: Score {
                total: weighed.clamp(0.0, 1.0),
                parts,
            },
            refused,
            rank: weighed + above - PLACE * place,
        }
    }

    /// The parts in words, the weightiest first.
    pub fn reasons(&self, source: &Source, language: Language) -> Vec<Reason> {
        let mut reasons = words::reasons(self, source, language);
        let weight = |part: ScorePart| match part {
            ScorePart::Quality => self.weights.quality,
            ScorePart::Speed => self.weights.speed,
            ScorePart::Availability => self.weights.availability,
            ScorePart::Subtitles => self.weights.subtitles,
            ScorePart::Audio => self.weights.audio,
        };
        reasons.sort_by(|a, b| weight(b.part).total_cmp(&weight(a.part)));
        reasons
    }

    /// The score in one sentence.
    pub fn why(&self, source: &Source, language: Language) -> String {
        words::sentence(self, source, language)
    }
}

#[cfg(test)]
mod tests;
