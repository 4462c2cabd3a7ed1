//! Makes a [`Segment`] of entries and of other segments.

use std::{collections::HashMap, ops::Range, panic::resume_unwind};

use fixedbitset::FixedBitSet;
use hearth_model::TitleId;
use rustc_hash::FxBuildHasher;

use super::{
    entry::Entry,
    labels::LabelsBuilder,
    segment::{END_OF_NAME, ExportedRows, Lists, Row, Segment},
    vocabulary::Vocabulary,
};
use crate::typing::skeleton;

/// From so many words on, a second core is asked.
const WORTH_A_THREAD: usize = 4_096;

/// A title on its way into a segment.
struct Draft {
    row: Row,
    /// Where its names are in the builder's words.
    names: Range<usize>,
    exported: Option<(u64, Box<str>)>,
}

#[derive(Default)]
pub(super) struct Builder {
    /// Every distinct word, numbered as they came.
    numbers: HashMap<Box<str>, u32, FxBuildHasher>,
    words: Vec<u32>,
    labels: LabelsBuilder,
    drafts: Vec<Draft>,
}

impl Builder {
    pub fn add(&mut self, entry: Entry) {
        let from = self.words.len();
        for name in &entry.names {
            for word in name.split(' ') {
                let number = self.number(word);
                self.words.push(number);
            }
            if let Some(last) = self.words.last_mut() {
                *last |= END_OF_NAME;
            }
        }
        let labels = self.labels.set(entry.labels.iter().map(String::as_str));
        let row = Row::new(
            entry.id,
            entry.traits,
            labels,
            entry.popularity,
            &self.words[from..],
        );
        self.drafts.push(Draft {
            row,
            names: from..self.words.len(),
            exported: entry.exported,
        });
    }

    /// Takes in what lives of another segment.
    pub fn add_segment(&mut self, segment: &Segment) {
        let mut numbers = Vec::with_capacity(segment.spelt.len());
        segment.spelt.each(|word| numbers.push(self.number(word)));
        for title in segment.living() {
            let from = self.words.len();
            let names = segment.names.get(title).iter();
            self.words.extend(
                names.map(|word| numbers[(word & !END_OF_NAME) as usize] | (word & END_OF_NAME)),
            );
            let row = segment.row(title);
            let row = Row {
                labels: self.labels.set(segment.labels.texts(row.labels)),
                ..*row
            };
            let exported = segment.exported.get(title);
            self.drafts.push(Draft {
                row,
                names: from..self.words.len(),
                exported: exported.map(|(tmdb, name)| (tmdb, name.into())),
            });
        }
    }

    /// Takes in what another one was given.
    pub fn absorb(&mut self, other: Self) {
        let mut numbers = vec![0; other.numbers.len()];
        for (word, number) in other.numbers {
            let next = self.numbers.len() as u32;
            numbers[number as usize] = *self.numbers.entry(word).or_insert(next);
        }
        let labels = self.labels.absorb(&other.labels);
        let from = self.words.len();
        let words = other.words.iter();
        self.words.extend(
            words.map(|word| numbers[(word & !END_OF_NAME) as usize] | (word & END_OF_NAME)),
        );
        self.drafts
            .extend(other.drafts.into_iter().map(|draft| Draft {
                row: Row {
                    labels: labels[draft.row.labels as usize],
                    ..draft.row
                },
                names: draft.names.start + from..draft.names.end + from,
                exported: draft.exported,
            }));
    }

    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(word.into(), number);
        number
    }

    pub fn finish(mut self) -> Segment {
        let spelt = self.number_by_spelling();
        if spelt.len() < WORTH_A_THREAD {
            return self.finish_with(spelt.len(), || Vocabularies::of(&spelt));
        }
        std::thread::scope(|scope| {
            let vocabularies = scope.spawn(|| Vocabularies::of(&spelt));
            self.finish_with(spelt.len(), || {
                vocabularies
                    .join()
                    .unwrap_or_else(|panic| resume_unwind(panic))
            })
        })
    }

    fn finish_with(mut self, words: usize, spelt: impl FnOnce() -> Vocabularies) -> Segment {
        let order = self.by_popularity_then_name();
        let count = order.len();
        let mut names = Lists::with_capacity(count, self.words.len());
        let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(self.words.len());
        let mut rows = Vec::with_capacity(count);
        let mut exported = ExportedRows::default();
        let mut distinct: Vec<u32> = Vec::new();
        for (title, draft) in (0..).zip(order) {
            let draft = &self.drafts[draft as usize];
            let words = &self.words[draft.names.clone()];
            names.push(words.iter().copied());
            distinct.clear();
            distinct.extend(words.iter().map(|word| word & !END_OF_NAME));
            distinct.sort_unstable();
            distinct.dedup();
            pairs.extend(distinct.iter().map(|word| (*word, title)));
            if let Some((tmdb, name)) = &draft.exported {
                exported.push(title, *tmdb, name);
            }
            rows.push(draft.row);
        }
        drop(self.drafts);
        // Sorted with what they are sorted by: looking it up each time takes longer.
        let mut by_id: Vec<(TitleId, u32)> = (0..)
            .zip(&rows)
            .map(|(title, row)| (row.id, title))
            .collect();
        by_id.sort_unstable();
        let by_id: Vec<u32> = by_id.iter().map(|(_, title)| *title).collect();
        exported.shrink_to_fit();
        let titles = Lists::sorted(words, pairs.iter().copied());
        let Vocabularies {
            spelt,
            sounds,
            spellings,
        } = spelt();
        Segment {
            spelt,
            sounds,
            spellings,
            titles,
            names,
            rows,
            labels: self.labels.finish(),
            by_id,
            exported,
            struck: FixedBitSet::with_capacity(count),
        }
    }

    /// Gives the words that are used their numbers by spelling, and lists them.
    fn number_by_spelling(&mut self) -> Vec<Box<str>> {
        let mut used = vec![false; self.numbers.len()];
        for word in &self.words {
            used[(word & !END_OF_NAME) as usize] = true;
        }
        let mut spelt: Vec<(u128, Box<str>, u32)> = std::mem::take(&mut self.numbers)
            .into_iter()
            .filter(|(_, number)| used[*number as usize])
            .map(|(word, number)| (beginning(&word), word, number))
            .collect();
        spelt.sort_unstable();
        let mut places = vec![0_u32; used.len()];
        for (place, (_, _, number)) in spelt.iter().enumerate() {
            places[*number as usize] = place as u32;
        }
        for word in &mut self.words {
            *word = places[(*word & !END_OF_NAME) as usize] | (*word & END_OF_NAME);
        }
        spelt.into_iter().map(|(_, word, _)| word).collect()
    }

    /// Gives each title its place by name, and lists all with the most popular ones first.
    fn by_popularity_then_name(&mut self) -> Vec<u32> {
        let (words, drafts) = (&self.words, &self.drafts);
        // Compared as their texts would be, for a space comes before every letter.
        let sorting_name = |draft: u32| {
            let names = &words[drafts[draft as usize].names.clone()];
            let end = names.iter().position(|word| word & END_OF_NAME != 0);
            let name = &names[..end.map_or(0, |end| end + 1)];
            name.iter().map(|word| word & !END_OF_NAME)
        };
        // Two words in a number spare most of the looking up.
        let two_words = |draft: u32| {
            let mut name = sorting_name(draft);
            let mut next = || name.next().map_or(0, |word| u64::from(word) + 1);
            (next() << 32) | next()
        };
        let all = 0..drafts.len() as u32;
        let mut order: Vec<(u64, u32)> = all.map(|draft| (two_words(draft), draft)).collect();
        order.sort_unstable_by(|(one_key, one), (other_key, other)| {
            one_key.cmp(other_key).then_with(|| {
                let id = |draft: u32| drafts[draft as usize].row.id;
                let names = sorting_name(*one).cmp(sorting_name(*other));
                names.then(id(*one).cmp(&id(*other)))
            })
        });
        // Each with what it is sorted by: its popularity and its place by name.
        let mut ranked: Vec<(f32, u32, u32)> = Vec::with_capacity(order.len());
        for (place, (_, draft)) in (0..).zip(order) {
            let row = &mut self.drafts[draft as usize].row;
            row.place = place;
            ranked.push((row.popularity, place, draft));
        }
        ranked.sort_unstable_by(|one, other| {
            let popular = other.0.total_cmp(&one.0);
            popular.then(one.1.cmp(&other.1))
        });
        ranked.iter().map(|(_, _, draft)| *draft).collect()
    }
}

/// The first letters of a word as a number, which is in the order of words: what is compared
/// before a word that lies elsewhere is looked at.
fn beginning(word: &str) -> u128 {
    let mut bytes = [0; 16];
    let length = word.len().min(bytes.len());
    bytes[..length].copy_from_slice(&word.as_bytes()[..length]);
    u128::from_be_bytes(bytes)
}

/// The words of a segment.
struct Vocabularies {
    spelt: Vocabulary,
    sounds: Vocabulary,
    spellings: Lists,
}

impl Vocabularies {
    fn of(spelt: &[Box<str>]) -> Self {
        let mut sounds: Vec<(u128, String, u32)> = (0..)
            .zip(spelt)
            .map(|(number, word)| (skeleton(word), number))
            .filter(|(sound, _)| !sound.is_empty())
            .map(|(sound, number)| (beginning(&sound), sound, number))
            .collect();
        sounds.sort_unstable();
        let groups = || sounds.chunk_by(|one, other| one.1 == other.1);
        let mut spellings = Lists::with_capacity(groups().count(), sounds.len());
        for group in groups() {
            spellings.push(group.iter().map(|(.., word)| *word));
        }
        Self {
            spelt: Vocabulary::of(spelt.iter().map(|word| &**word)),
            sounds: Vocabulary::of(groups().map(|group| group[0].1.as_str())),
            spellings,
        }
    }
}
