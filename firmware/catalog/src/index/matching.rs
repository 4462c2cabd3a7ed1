//! What of a segment a reading finds, and how well.

use std::{cmp::Reverse, collections::BinaryHeap};

use fixedbitset::FixedBitSet;

use super::{
    reading::{Reading, Word},
    segment::{END_OF_NAME, Segment},
};

/// How sure a word's match is, in percent.
const EXACT: u8 = 100;
const BEGINNING: u8 = 90;
/// Of a word that was left unfinished, with others behind it.
const BEGINNING_LEFT: u8 = 80;
const BY_SOUND: u8 = 82;
const BEGINNING_BY_SOUND: u8 = 74;
const SLIPS: [u8; 3] = [0, 62, 40];
const SLIP_BY_SOUND: u8 = 55;

/// The kinds of match, best first, by how sure they can be. Each is searched before the next, so
/// that popular titles with a slip never push out what was spelt right.
const MOST_SURE: [u8; TIERS] = [EXACT, BEGINNING, BY_SOUND, SLIPS[1]];
const TIERS: usize = 4;

/// A reading in the words of one segment.
pub(super) struct Matcher<'a> {
    segment: &'a Segment,
    words: Vec<Matches>,
}

struct Matches {
    /// How sure each word of the segment is meant, in percent; 0 when it is not.
    certainty: Vec<u8>,
    /// The titles of every tier and those before it.
    titles: [FixedBitSet; TIERS],
}

impl<'a> Matcher<'a> {
    pub fn new(segment: &'a Segment, reading: &Reading) -> Self {
        let words = reading.words.iter();
        Self {
            segment,
            words: words.map(|word| matches(segment, word)).collect(),
        }
    }

    /// The titles where every word is found, of a tier and those before it.
    fn titles(&self, tier: usize) -> FixedBitSet {
        let mut words = self.words.iter().map(|word| &word.titles[tier]);
        let mut titles = words.next().cloned().unwrap_or_default();
        for other in words {
            titles.intersect_with(other);
        }
        titles
    }

    pub fn all_titles(&self) -> FixedBitSet {
        self.titles(TIERS - 1)
    }

    /// The best titles that pass and their scores, as `score` makes them of a fit; of those below
    /// `floor` nothing is asked. Fewer are judged when the others can be no better than what was
    /// found.
    pub fn best_titles(
        &self,
        most: Most,
        floor: f32,
        passes: impl Fn(u32) -> bool,
        score: impl Fn(u32, f32) -> f32,
    ) -> Vec<(u32, f32)> {
        let mut found: Vec<(u32, f32)> = Vec::new();
        let mut best = Best::new(most.titles, floor);
        let mut seen = FixedBitSet::with_capacity(self.segment.rows.len());
        for (tier, most_sure) in MOST_SURE.into_iter().enumerate() {
            let mut titles = self.titles(tier);
            titles.difference_with(&seen);
            // One word at least is no better than its tier.
            let words = self.words.len() as f32;
            let sure = (words - 1.0 + f32::from(most_sure) / 100.0) / words;
            let passing = titles.ones().map(|title| title as u32);
            for title in passing.filter(|title| passes(*title)).take(most.judged) {
                if best.all_beat(score(title, sure)) {
                    break;
                }
                let shortest = usize::from(self.segment.row(title).shortest);
                if best.all_beat(score(title, sure * self.shape(shortest, true))) {
                    continue;
                }
                if let Some(fit) = self.fit(title) {
                    let score = score(title, fit);
                    best.add(score);
                    found.push((title, score));
                }
            }
            seen.union_with(&titles);
        }
        found
    }

    /// How well a name of that many words is covered by what was typed, 0.7 to 1.
    fn shape(&self, words: usize, from_start: bool) -> f32 {
        let share = (self.words.len() as f32 / words as f32).min(1.0);
        let start = if from_start { 0.1 } else { 0.0 };
        0.7 + 0.2 * share + start
    }

    /// How well a title fits, 0 to 1; nothing when a word is missing.
    pub fn fit(&self, title: u32) -> Option<f32> {
        let words = self.segment.names.get(title);
        let mut anywhere = vec![0_u8; self.words.len()];
        let mut best = 0.0_f32;
        for name in words.split_inclusive(|word| word & END_OF_NAME != 0) {
            let mut sum = 0;
            let mut all = true;
            // In the order they were typed, from the first word on.
            let mut from_start = true;
            for (at, (typed, anywhere)) in self.words.iter().zip(&mut anywhere).enumerate() {
                let certainty = |word: &u32| typed.certainty[(word & !END_OF_NAME) as usize];
                let sure = name.iter().map(certainty).max().unwrap_or_default();
                *anywhere = sure.max(*anywhere);
                sum += u32::from(sure);
                all &= sure > 0;
                from_start &= name.get(at).is_some_and(|word| certainty(word) == sure);
            }
            if all {
                let mean = sum as f32 / (100 * self.words.len()) as f32;
                best = best.max(mean * self.shape(name.len(), from_start));
            }
        }
        if best > 0.0 {
            return Some(best);
        }
        // Its words may be typed from two of its names.
        let sum: u32 = anywhere.iter().map(|sure| u32::from(*sure)).sum();
        let all = anywhere.iter().all(|sure| *sure > 0);
        all.then(|| 0.6 * sum as f32 / (100 * self.words.len()) as f32)
    }
}

/// How many titles are given, and how many of each tier are judged, the most popular ones.
#[derive(Clone, Copy)]
pub(super) struct Most {
    pub titles: usize,
    pub judged: usize,
}

/// The best so many scores.
struct Best {
    limit: usize,
    /// Whatever is below it is of no interest.
    floor: f32,
    /// By their bits, which are in the order of numbers that are not negative; the least on top.
    scores: BinaryHeap<Reverse<u32>>,
}

impl Best {
    fn new(limit: usize, floor: f32) -> Self {
        Self {
            limit,
            floor,
            scores: BinaryHeap::with_capacity(limit.min(4_096) + 1),
        }
    }

    fn all_beat(&self, score: f32) -> bool {
        let least = self.scores.peek();
        let is_full = self.scores.len() >= self.limit;
        score < self.floor || (is_full && least.is_none_or(|least| least.0 > score.to_bits()))
    }

    fn add(&mut self, score: f32) {
        self.scores.push(Reverse(score.to_bits()));
        if self.scores.len() > self.limit {
            self.scores.pop();
        }
    }
}

fn matches(segment: &Segment, word: &Word) -> Matches {
    let mut certainty = vec![0_u8; segment.spelt.len()];
    let mut set = FixedBitSet::with_capacity(segment.rows.len());
    let add = |set: &mut FixedBitSet, titles: &[u32]| {
        for title in titles {
            set.insert(*title as usize);
        }
    };

    let exact = segment.spelt.number(&word.text);
    if let Some(exact) = exact {
        add(&mut set, segment.titles.get(exact));
    }
    let exactly = set.clone();

    let spelt = segment.spelt.beginning_with(&word.text);
    add(&mut set, segment.titles.range(spelt.clone()));
    let beginning = if word.unfinished {
        BEGINNING
    } else {
        BEGINNING_LEFT
    };
    certainty[spelt.start as usize..spelt.end as usize].fill(beginning);
    if let Some(exact) = exact {
        certainty[exact as usize] = EXACT;
    }
    let beginning = set.clone();

    let mut also = |set: &mut FixedBitSet, spelling: u32, sure: u8| {
        let known = &mut certainty[spelling as usize];
        // What is known already has brought its titles.
        if *known == 0 {
            add(set, segment.titles.get(spelling));
        }
        *known = sure.max(*known);
    };
    if !word.sound.is_empty() {
        let same = segment.sounds.number(&word.sound);
        for sound in segment.sounds.beginning_with(&word.sound) {
            let sure = if Some(sound) == same {
                BY_SOUND
            } else {
                BEGINNING_BY_SOUND
            };
            for spelling in segment.spellings.get(sound) {
                also(&mut set, *spelling, sure);
            }
        }
    }
    let by_sound = set.clone();

    if let Some(slips) = &word.slips {
        segment.spelt.with_slips(slips, |spelling, count| {
            also(&mut set, spelling, SLIPS[count as usize]);
        });
    }
    if let Some(slips) = &word.sound_slips {
        segment.sounds.with_slips(slips, |sound, _| {
            for spelling in segment.spellings.get(sound) {
                also(&mut set, *spelling, SLIP_BY_SOUND);
            }
        });
    }
    Matches {
        certainty,
        titles: [exactly, beginning, by_sound, set],
    }
}
