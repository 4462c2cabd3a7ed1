//! What was typed, as it may be meant.

use std::sync::LazyLock;

use hearth_release::normalize;
use levenshtein_automata::{DFA, LevenshteinAutomatonBuilder};

use crate::typing::{other_keyboard, skeleton, slips_allowed};

/// How sure a match is that needed the other keyboard.
const OTHER_KEYBOARD: f32 = 0.85;

/// How sure one is that needed other spaces.
const OTHER_SPACES: f32 = 0.9;
/// In so many ways a space is set at most.
const MOST_SPACED: usize = 8;

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

/// With one space more or one less, where known words come of it. `knows` tells whether a word, or
/// the beginning of one, is in the index.
pub(super) fn respaced(typed: &str, knows: impl Fn(&str, bool) -> bool) -> Vec<Reading> {
    let typed = normalize(typed);
    let all: Vec<&str> = typed.split(' ').filter(|word| !word.is_empty()).collect();
    if all.len() > MOST_WORDS || all.iter().any(|word| word.len() > LONGEST_WORD) {
        return Vec::new();
    }
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let mut texts = Vec::new();
    for (at, word) in all.iter().enumerate() {
        let mut put = |count: usize, new: &str| {
            texts.push([&all[..at], &[new], &all[at + count..]].concat().join(" "));
        };
        let unfinished = at + 1 == all.len();
        for (cut, _) in word.char_indices().skip(1).filter(|_| !is_number(word)) {
            let (one, other) = word.split_at(cut);
            if knows(one, false) && knows(other, unfinished) {
                put(1, &format!("{one} {other}"));
            }
        }
        if let Some(next) = all
            .get(at + 1)
            .filter(|next| !(is_number(word) && is_number(next)))
        {
            let joined = format!("{word}{next}");
            if knows(&joined, at + 2 == all.len()) {
                put(2, &joined);
            }
        }
    }
    texts.truncate(MOST_SPACED);
    let readings = texts.iter().map(|text| Reading {
        trust: OTHER_SPACES,
        words: words(text, 0),
    });
    readings.collect()
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
