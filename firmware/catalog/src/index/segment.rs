//! A part of the index that does not change, but for titles struck out of it.
//!
//! Titles are numbered by popularity, the most popular first, so that every list of them is also
//! in that order. Words are numbered by spelling. A title's names are lists of word numbers, and
//! so can be judged without their texts.

use std::{cmp::Ordering, ops::Range};

use fixedbitset::FixedBitSet;
use hearth_model::TitleId;

use super::{labels::Labels, vocabulary::Vocabulary};
use crate::filter::Traits;

/// Marks the last word of a name.
pub(super) const END_OF_NAME: u32 = 1 << 31;

/// At this popularity (on TMDB's scale) a title is as famous as can be.
const MOST_POPULAR: f32 = 1000.0;

#[derive(Debug)]
pub(super) struct Segment {
    pub spelt: Vocabulary,
    /// The sounds of the words, and the words of each sound.
    pub sounds: Vocabulary,
    pub spellings: Lists,
    /// The titles of each word, in order.
    pub titles: Lists,
    /// The words of each title's names, see [`END_OF_NAME`].
    pub names: Lists,
    pub rows: Vec<Row>,
    pub labels: Labels,
    /// Titles by their ids.
    pub by_id: Vec<u32>,
    pub exported: ExportedRows,
    pub struck: FixedBitSet,
}

/// What is known of a title beside its names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub id: TitleId,
    pub traits: Traits,
    pub labels: u32,
    pub popularity: f32,
    /// The same from 0 to 1, each step so many times more.
    pub fame: f32,
    /// The words of its shortest name.
    pub shortest: u16,
    /// Its place among the segment's titles by name.
    pub place: u32,
}

impl Row {
    /// `names` are as in [`Segment::names`].
    pub fn new(id: TitleId, traits: Traits, labels: u32, popularity: f32, names: &[u32]) -> Self {
        let lengths = names
            .split_inclusive(|word| word & END_OF_NAME != 0)
            .map(<[u32]>::len);
        let fame = popularity.max(0.0).ln_1p() / MOST_POPULAR.ln_1p();
        Self {
            id,
            traits,
            labels,
            popularity,
            fame: fame.min(1.0),
            shortest: u16::try_from(lengths.min().unwrap_or(0)).unwrap_or(u16::MAX),
            place: 0,
        }
    }
}

/// What the export says of the titles that are known from it alone, by title.
#[derive(Debug, Default)]
pub(super) struct ExportedRows {
    /// The title, its number at TMDB, and where its name ends.
    rows: Vec<(u32, u32, u64)>,
    names: String,
}

impl ExportedRows {
    /// Titles come in order.
    pub fn push(&mut self, title: u32, tmdb: u64, name: &str) {
        self.names.push_str(name);
        self.rows.push((title, self.names.len() as u32, tmdb));
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn get(&self, title: u32) -> Option<(u64, &str)> {
        let at = self.rows.binary_search_by_key(&title, |row| row.0).ok()?;
        let (_, end, tmdb) = self.rows[at];
        let start = at.checked_sub(1).map_or(0, |before| self.rows[before].1);
        Some((tmdb, &self.names[start as usize..end as usize]))
    }

    pub fn shrink_to_fit(&mut self) {
        self.rows.shrink_to_fit();
        self.names.shrink_to_fit();
    }

    fn size_bytes(&self) -> usize {
        self.rows.capacity() * 16 + self.names.capacity()
    }
}

/// Many short lists of numbers.
#[derive(Debug)]
pub(super) struct Lists {
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    pub fn with_capacity(lists: usize, items: usize) -> Self {
        Self {
            ends: Vec::with_capacity(lists),
            items: Vec::with_capacity(items),
        }
    }

    pub fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.items.extend(list);
        self.ends.push(self.items.len() as u32);
    }

    /// From pairs of list and item: `count` lists, each with its items in the order they come.
    pub fn sorted(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut ends = vec![0_u32; count];
        for (list, _) in pairs.clone() {
            ends[list as usize] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            let length = *end;
            *end = sum;
            sum += length;
        }
        let mut items = vec![0; sum as usize];
        for (list, item) in pairs {
            let end = &mut ends[list as usize];
            items[*end as usize] = item;
            *end += 1;
        }
        Self { ends, items }
    }

    pub fn get(&self, at: u32) -> &[u32] {
        self.range(at..at + 1)
    }

    /// The items of neighbouring lists, which lie side by side.
    pub fn range(&self, lists: Range<u32>) -> &[u32] {
        let before = |list: u32| match list {
            0 => 0,
            list => self.ends[list as usize - 1] as usize,
        };
        &self.items[before(lists.start)..before(lists.end)]
    }

    fn size_bytes(&self) -> usize {
        (self.ends.capacity() + self.items.capacity()) * 4
    }
}

impl Segment {
    pub fn len(&self) -> usize {
        self.rows.len() - self.struck.count_ones(..)
    }

    pub fn row(&self, title: u32) -> &Row {
        &self.rows[title as usize]
    }

    pub fn lives(&self, title: u32) -> bool {
        !self.struck.contains(title as usize)
    }

    pub fn living(&self) -> impl Iterator<Item = u32> {
        (0..self.rows.len() as u32).filter(|title| self.lives(*title))
    }

    pub fn find(&self, id: TitleId) -> Option<u32> {
        let at = self
            .by_id
            .binary_search_by_key(&id, |title| self.row(*title).id)
            .ok()?;
        Some(self.by_id[at]).filter(|title| self.lives(*title))
    }

    /// Whether it was there.
    pub fn strike(&mut self, id: TitleId) -> bool {
        let title = self.find(id);
        if let Some(title) = title {
            self.struck.insert(title as usize);
        }
        title.is_some()
    }

    /// The name by which lists are sorted.
    pub fn sorting_name(&self, title: u32) -> String {
        let mut name = String::new();
        for word in self.names.get(title) {
            if !name.is_empty() {
                name.push(' ');
            }
            name.push_str(&self.spelt.word(word & !END_OF_NAME));
            if word & END_OF_NAME != 0 {
                break;
            }
        }
        name
    }

    pub fn size_bytes(&self) -> usize {
        self.spelt.size_bytes()
            + self.sounds.size_bytes()
            + self.spellings.size_bytes()
            + self.titles.size_bytes()
            + self.names.size_bytes()
            + self.rows.capacity() * size_of::<Row>()
            + self.labels.size_bytes()
            + self.by_id.capacity() * 4
            + self.exported.size_bytes()
            + self.struck.len() / 8
    }
}

/// By name, also between titles of two segments; no two titles are equal.
pub(super) fn by_name(one: (&Segment, u32), other: (&Segment, u32)) -> Ordering {
    if std::ptr::eq(one.0, other.0) {
        return one.0.row(one.1).place.cmp(&other.0.row(other.1).place);
    }
    let key =
        |(segment, title): (&Segment, u32)| (segment.sorting_name(title), segment.row(title).id);
    key(one).cmp(&key(other))
}
