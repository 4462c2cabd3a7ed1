//! The titles of the box by their words, for a search that answers while it is typed.
//!
//! In memory, made anew at the start from the store. Words lie in two sorted vocabularies: as
//! they are spelt, and by sound (`typing::skeleton`), where both alphabets meet. A typed word
//! finds the words it begins, exactly or with a slip; a title must be found by every typed word.

use std::collections::{BTreeMap, HashMap, HashSet};

use hearth_model::{Language, Title, TitleId};
use hearth_release::normalize;

use crate::typing::{other_keyboard, skeleton, slips, slips_allowed};

/// How sure a match is that needed each of these.
const EXACT: f32 = 1.0;
const BEGINNING: f32 = 0.9;
const BY_SOUND: f32 = 0.8;
const ONE_SLIP: f32 = 0.7;
const OTHER_KEYBOARD: f32 = 0.85;

type Vocabulary = BTreeMap<String, HashSet<TitleId>>;

#[derive(Debug)]
struct Entry {
    /// Its names, normalized.
    names: Vec<String>,
    /// By which lists are sorted.
    order: String,
}

/// Titles to be found by their names.
#[derive(Debug, Default)]
pub struct TitleIndex {
    entries: HashMap<TitleId, Entry>,
    spelt: Vocabulary,
    sounds: Vocabulary,
}

impl TitleIndex {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a title, or replaces what was known of it.
    pub fn insert(&mut self, id: TitleId, title: &Title) {
        self.remove(id);
        let mut names: Vec<String> = title.names.all().map(normalize).collect();
        names.retain(|name| !name.is_empty());
        names.sort();
        names.dedup();
        for word in names.iter().flat_map(|name| name.split(' ')) {
            add(&mut self.spelt, word.to_owned(), id);
            add(&mut self.sounds, skeleton(word), id);
        }
        let order = normalize(title.names.best(Language::En));
        self.entries.insert(id, Entry { names, order });
    }

    pub fn remove(&mut self, id: TitleId) {
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        for word in entry.names.iter().flat_map(|name| name.split(' ')) {
            drop_from(&mut self.spelt, word, id);
            drop_from(&mut self.sounds, &skeleton(word), id);
        }
    }

    /// The best `limit` titles for what was typed so far, with how well each fits (0 to 1), best
    /// first. Nothing typed lists all titles by name.
    pub fn search(&self, query: &str, limit: usize) -> Vec<(TitleId, f32)> {
        self.search_among(query, limit, |_| true)
    }

    /// The same among the titles that `passes` lets through.
    pub fn search_among(
        &self,
        query: &str,
        limit: usize,
        passes: impl Fn(TitleId) -> bool,
    ) -> Vec<(TitleId, f32)> {
        let typed = normalize(query);
        if typed.is_empty() && query.trim().is_empty() {
            return self.list(limit, passes);
        }
        let mut best: HashMap<TitleId, f32> = HashMap::new();
        let swapped = other_keyboard(query).map(|text| normalize(&text));
        let readings = [(Some(typed), 1.0), (swapped, OTHER_KEYBOARD)];
        for (text, trust) in readings {
            let Some(text) = text.filter(|text| !text.is_empty()) else {
                continue;
            };
            for (id, score) in self.find(&text) {
                let score = score * trust;
                let known = best.entry(id).or_insert(score);
                *known = known.max(score);
            }
        }
        let mut found: Vec<(TitleId, f32)> =
            best.into_iter().filter(|(id, _)| passes(*id)).collect();
        found.sort_by(|(one, a), (other, b)| {
            b.total_cmp(a).then_with(|| self.in_order(*one, *other))
        });
        found.truncate(limit);
        found
    }

    fn list(&self, limit: usize, passes: impl Fn(TitleId) -> bool) -> Vec<(TitleId, f32)> {
        let mut all: Vec<TitleId> = self.entries.keys().copied().collect();
        all.retain(|id| passes(*id));
        all.sort_by(|one, other| self.in_order(*one, *other));
        all.into_iter().take(limit).map(|id| (id, 1.0)).collect()
    }

    fn in_order(&self, one: TitleId, other: TitleId) -> std::cmp::Ordering {
        let order = |id: &TitleId| self.entries.get(id).map(|entry| entry.order.as_str());
        order(&one).cmp(&order(&other)).then(one.cmp(&other))
    }

    /// The titles that every word of the normalized `text` finds.
    fn find(&self, text: &str) -> Vec<(TitleId, f32)> {
        let mut sums: Option<HashMap<TitleId, f32>> = None;
        let mut words = 0;
        for word in text.split(' ') {
            words += 1;
            let found = self.find_word(word);
            sums = Some(match sums {
                None => found,
                Some(mut sums) => {
                    sums.retain(|id, sum| match found.get(id) {
                        Some(score) => {
                            *sum += score;
                            true
                        }
                        None => false,
                    });
                    sums
                }
            });
        }
        sums.unwrap_or_default()
            .into_iter()
            .map(|(id, sum)| {
                (
                    id,
                    0.75 * sum / words as f32 + 0.25 * self.coverage(id, text),
                )
            })
            .collect()
    }

    fn find_word(&self, word: &str) -> HashMap<TitleId, f32> {
        let mut found: HashMap<TitleId, f32> = HashMap::new();
        let sound = skeleton(word);
        for (vocabulary, typed, trust) in [
            (&self.spelt, word, 1.0),
            (&self.sounds, sound.as_str(), BY_SOUND),
        ] {
            if typed.is_empty() {
                continue;
            }
            let mut add = |titles: &HashSet<TitleId>, score: f32| {
                for id in titles {
                    let known = found.entry(*id).or_insert(score);
                    *known = known.max(score);
                }
            };
            for (candidate, titles) in vocabulary.range(typed.to_owned()..) {
                if !candidate.starts_with(typed) {
                    break;
                }
                let score = if candidate == typed { EXACT } else { BEGINNING };
                add(titles, trust * score);
            }
            let letters: Vec<char> = typed.chars().collect();
            let most = slips_allowed(letters.len());
            if most == 0 {
                continue;
            }
            for (candidate, titles) in vocabulary {
                let spelt: Vec<char> = candidate.chars().collect();
                match slips(&letters, &spelt, most) {
                    None | Some(0) => {}
                    Some(count) => add(titles, trust * ONE_SLIP / count as f32),
                }
            }
        }
        found
    }

    /// How much of the best name was typed, in order: 1 for the whole name.
    fn coverage(&self, id: TitleId, text: &str) -> f32 {
        let names = self.entries.get(&id).map_or(&[][..], |entry| &entry.names);
        names
            .iter()
            .map(|name| {
                let share = text.len().min(name.len()) as f32 / text.len().max(name.len()) as f32;
                if name.starts_with(text) {
                    0.5 + 0.5 * share
                } else {
                    0.5 * share
                }
            })
            .fold(0.0, f32::max)
    }
}

fn add(vocabulary: &mut Vocabulary, word: String, id: TitleId) {
    vocabulary.entry(word).or_default().insert(id);
}

fn drop_from(vocabulary: &mut Vocabulary, word: &str, id: TitleId) {
    if let Some(titles) = vocabulary.get_mut(word) {
        titles.remove(&id);
        if titles.is_empty() {
            vocabulary.remove(word);
        }
    }
}
