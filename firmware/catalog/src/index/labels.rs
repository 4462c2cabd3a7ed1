//! The labels of titles. Many titles have the same ones, so each distinct set is kept once.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

#[derive(Debug, Default)]
pub(super) struct Labels {
    texts: Vec<String>,
    /// Each a list of places in `texts`.
    sets: Vec<Box<[u16]>>,
}

impl Labels {
    pub fn texts(&self, set: u32) -> impl Iterator<Item = &str> {
        self.sets[set as usize]
            .iter()
            .map(|at| self.texts[*at as usize].as_str())
    }

    /// For each set, whether all of `wanted` are in it; nothing when nothing is wanted.
    pub fn with_all(&self, wanted: &[String]) -> Option<Vec<bool>> {
        if wanted.is_empty() {
            return None;
        }
        let places: Option<Vec<u16>> = wanted
            .iter()
            .map(|label| self.texts.iter().position(|text| text == label))
            .map(|at| at.map(|at| at as u16))
            .collect();
        let Some(places) = places else {
            return Some(vec![false; self.sets.len()]);
        };
        let has_all = |set: &[u16]| places.iter().all(|at| set.contains(at));
        Some(self.sets.iter().map(|set| has_all(set)).collect())
    }

    pub fn size_bytes(&self) -> usize {
        let texts: usize = self.texts.iter().map(|text| text.capacity() + 24).sum();
        let sets: usize = self.sets.iter().map(|set| set.len() * 2 + 16).sum();
        texts + sets
    }
}

#[derive(Default)]
pub(super) struct LabelsBuilder {
    labels: Labels,
    places: HashMap<String, u16, FxBuildHasher>,
    numbers: HashMap<Box<[u16]>, u32, FxBuildHasher>,
}

impl LabelsBuilder {
    /// The number of that set.
    pub fn set<'a>(&mut self, labels: impl Iterator<Item = &'a str>) -> u32 {
        let mut set: Vec<u16> = labels.filter_map(|label| self.place(label)).collect();
        set.sort_unstable();
        set.dedup();
        let set = set.into_boxed_slice();
        if let Some(number) = self.numbers.get(&set) {
            return *number;
        }
        let number = self.labels.sets.len() as u32;
        self.labels.sets.push(set.clone());
        self.numbers.insert(set, number);
        number
    }

    /// Takes in the sets of another one: what their numbers are here.
    pub fn absorb(&mut self, other: &Self) -> Vec<u32> {
        let sets = 0..other.labels.sets.len() as u32;
        sets.map(|set| self.set(other.labels.texts(set))).collect()
    }

    /// None when there are more labels than any catalogue has: that one cannot be filtered by.
    fn place(&mut self, label: &str) -> Option<u16> {
        if let Some(place) = self.places.get(label) {
            return Some(*place);
        }
        let place = u16::try_from(self.labels.texts.len()).ok()?;
        self.labels.texts.push(label.to_owned());
        self.places.insert(label.to_owned(), place);
        Some(place)
    }

    pub fn finish(self) -> Labels {
        self.labels
    }
}
