//! A sorted set of words in little memory, where each word's number is its place.

use std::ops::Range;

use fst::{Automaton, IntoStreamer, Map, MapBuilder, Streamer};
use levenshtein_automata::{DFA, Distance, SINK_STATE};

#[derive(Debug)]
pub(super) struct Vocabulary(Map<Vec<u8>>);

impl Vocabulary {
    /// Of distinct words in order.
    pub fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut builder = MapBuilder::memory();
        for (number, word) in words.enumerate() {
            builder
                .insert(word, number as u64)
                .expect("the words are sorted and distinct");
        }
        let mut bytes = builder.into_inner().expect("memory takes every write");
        bytes.shrink_to_fit();
        Self(Map::new(bytes).expect("it was just made"))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn size_bytes(&self) -> usize {
        self.0.as_fst().size()
    }

    pub fn number(&self, word: &str) -> Option<u32> {
        self.0.get(word).map(|number| number as u32)
    }

    pub fn word(&self, number: u32) -> String {
        let key = self.0.as_fst().get_key(u64::from(number));
        String::from_utf8(key.unwrap_or_default()).unwrap_or_default()
    }

    pub fn each(&self, mut see: impl FnMut(&str)) {
        let mut words = self.0.stream();
        while let Some((word, _)) = words.next() {
            see(std::str::from_utf8(word).unwrap_or_default());
        }
    }

    /// The numbers of the words that begin with `prefix`.
    pub fn beginning_with(&self, prefix: &str) -> Range<u32> {
        let first_from = |key: &[u8]| {
            let mut words = self.0.range().ge(key).into_stream();
            words.next().map_or(self.len() as u32, |(_, at)| at as u32)
        };
        let mut after = prefix.as_bytes().to_vec();
        // No byte of UTF-8 is 255.
        if let Some(last) = after.last_mut() {
            *last += 1;
        }
        first_from(prefix.as_bytes())..first_from(&after)
    }

    /// The words whose beginning is what `slips` was made for, with one slip or more: their
    /// numbers and how many.
    pub fn with_slips(&self, slips: &DFA, mut see: impl FnMut(u32, u8)) {
        let mut found = self.0.search_with_state(Beginning(slips)).into_stream();
        while let Some((_, number, (_, Some(count)))) = found.next() {
            if count > 0 {
                see(number as u32, count);
            }
        }
    }
}

/// Accepts a word once a beginning of it was accepted. (The library's own prefix automaton turns
/// a beginning down again when the letters after it make the whole worse.)
struct Beginning<'a>(&'a DFA);

impl Beginning<'_> {
    fn slips(&self, state: u32) -> Option<u8> {
        match self.0.distance(state) {
            Distance::Exact(slips) => Some(slips),
            Distance::AtLeast(_) => None,
        }
    }
}

impl Automaton for Beginning<'_> {
    /// The library's state, and the least slips of any beginning so far.
    type State = (u32, Option<u8>);

    fn start(&self) -> Self::State {
        let state = self.0.initial_state();
        (state, self.slips(state))
    }

    fn is_match(&self, (_, least): &Self::State) -> bool {
        least.is_some()
    }

    fn can_match(&self, (state, least): &Self::State) -> bool {
        least.is_some() || *state != SINK_STATE
    }

    fn accept(&self, (state, least): &Self::State, byte: u8) -> Self::State {
        let state = self.0.transition(*state, byte);
        let least = match (*least, self.slips(state)) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        (state, least)
    }
}
