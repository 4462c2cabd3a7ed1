//! What was typed, as it may be meant.

use std::sync::LazyLock;

use hearth_release::normalize;
use levenshtein_automata::{DFA, LevenshteinAutomatonBuilder};

use crate::typing::{other_keyboard, skeleton, slips_allowed};

/// How sure a match is that needed the other keyboard.
const OTHER_KEYBOARD: f32 = 0.85;

/// More words and longer ones are no title; looking for their slips would take its time.
const MOST_WORDS: usize = 16;
const LONGEST_WORD: usize = 48;

/// One reading of what was typed.
pub(super) struct Reading {
    pub trust: f32,
    pub words: Vec<Word>,
}

pub(super) struct Word {
    pub text: String,
    pub sound: String,
    pub slips: Option<DFA>,
    pub sound_slips: Option<DFA>,
    /// The last one, which is still being typed.
    pub unfinished: bool,
}

/// As it stands, and on the other keyboard, with at most so many slips in a word. None has no
/// words.
pub(super) fn readings(typed: &str, slips: usize) -> Vec<Reading> {
    let mut readings = Vec::new();
    let swapped = other_keyboard(typed).map(|text| normalize(&text));
    for (text, trust) in [(Some(normalize(typed)), 1.0), (swapped, OTHER_KEYBOARD)] {
        let words = words(&text.unwrap_or_default(), slips);
        if !words.is_empty() {
            readings.push(Reading { trust, words });
        }
    }
    readings
}

fn words(text: &str, most_slips: usize) -> Vec<Word> {
    let mut texts: Vec<&str> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        // The last of equal words stays, for it may be unfinished.
        texts.retain(|known| *known != word);
        texts.push(word);
    }
    texts.truncate(MOST_WORDS);
    let last = texts.len().saturating_sub(1);
    let word = |(at, text): (usize, &&str)| {
        let sound = skeleton(text);
        // Another number is another title.
        let is_number = text.chars().all(|letter| letter.is_ascii_digit());
        let length = text.chars().count();
        let most = match length {
            _ if is_number => 0,
            length if length > LONGEST_WORD => 0,
            length => slips_allowed(length).min(most_slips),
        };
        // A sound forgives by itself.
        let most_in_sound = most.min(slips_allowed(sound.chars().count())).min(1);
        Word {
            slips: automaton(text, most),
            sound_slips: automaton(&sound, most_in_sound),
            text: (*text).to_owned(),
            sound,
            unfinished: at == last,
        }
    };
    texts.iter().enumerate().map(word).collect()
}

fn automaton(word: &str, slips: usize) -> Option<DFA> {
    static ONE: LazyLock<LevenshteinAutomatonBuilder> =
        LazyLock::new(|| LevenshteinAutomatonBuilder::new(1, true));
    static TWO: LazyLock<LevenshteinAutomatonBuilder> =
        LazyLock::new(|| LevenshteinAutomatonBuilder::new(2, true));
    match slips {
        0 => None,
        1 => Some(ONE.build_prefix_dfa(word)),
        _ => Some(TWO.build_prefix_dfa(word)),
    }
}
