//! The titles of the box by their words, for a search that answers while it is typed.
//!
//! In memory, made anew at the start. It is a row of [segments](segment) that do not change,
//! from the big old one to the small new one. A new title is a segment of its own; neighbours of
//! like size become one, so there are few, and a title is moved few times. A removed title is
//! struck out. A search asks each segment.
//!
//! Words are found as they are spelt, and by sound (`typing::skeleton`), where both alphabets
//! meet; by their beginning, and with slips of the finger. A title must be found by every typed
//! word, in any order.

mod builder;
mod entry;
mod labels;
mod matching;
mod reading;
mod segment;
mod vocabulary;

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    num::NonZero,
    panic::resume_unwind,
};

use hearth_model::{SearchQuery, Sort, Title, TitleId};
use rustc_hash::FxBuildHasher;

use self::{
    builder::Builder,
    entry::{Entry, ids_in_export},
    matching::{Matcher, Most},
    reading::{Reading, readings, respaced},
    segment::{Segment, by_name},
};
use crate::Filter;

pub use entry::Exported;

/// How much of a title's score is how well it fits what was typed, how popular it is, and what
/// the asker wishes.
const FIT: f32 = 0.7;
const POPULARITY: f32 = 0.2;
const WISH: f32 = 0.1;

/// How many titles of each kind of match are judged at most, the most popular ones: more than
/// anybody pages through, and than bear a word unless it is one like "the".
const JUDGED: usize = 10_000;

/// What is asked of the index.
#[derive(Debug, Clone, Default)]
pub struct Search<'a> {
    /// As typed; nothing lists all.
    pub words: &'a str,
    pub filter: Filter,
    pub sort: Sort,
    /// The most titles to give.
    pub limit: usize,
    /// Titles nearer to the asker, such as watched ones: how much so, 0 to 1.
    pub wishes: Option<&'a HashMap<TitleId, f32>>,
    /// Titles that are passed over.
    pub without: Vec<&'a HashSet<TitleId>>,
}

impl<'a> Search<'a> {
    pub fn of(query: &'a SearchQuery, limit: usize) -> Self {
        Self {
            words: &query.q,
            filter: Filter::from(query),
            sort: query.sort,
            limit,
            ..Self::default()
        }
    }
}

/// Titles to be found by their names.
#[derive(Debug, Default)]
pub struct TitleIndex {
    /// Each title lives in one of them. From old to new, each at least twice as big as the next.
    segments: Vec<Segment>,
}

/// A title of a segment, and how well it fits.
struct Hit<'a> {
    segment: &'a Segment,
    title: u32,
    score: f32,
}

impl TitleIndex {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn len(&self) -> usize {
        self.segments.iter().map(Segment::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What it takes of memory, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.segments.iter().map(Segment::size_bytes).sum()
    }

    /// Adds a title with its popularity (on TMDB's scale; 0 when it is not known), or replaces
    /// what was known of it.
    pub fn insert(&mut self, title: &Title, popularity: f32) {
        self.insert_all([(title, popularity)]);
    }

    /// The same for many at once, which is much quicker than one after the other.
    pub fn insert_all<'a>(&mut self, titles: impl IntoIterator<Item = (&'a Title, f32)>) {
        let titles: Vec<(&Title, f32)> = titles.into_iter().collect();
        if self.has_exported() {
            for (title, _) in &titles {
                self.remove_exported(title);
            }
        }
        self.add(
            titles,
            |(title, _)| title.id,
            |(title, popularity)| Entry::of(title, *popularity),
        );
    }

    /// Adds titles known from TMDB's daily id export alone. The caller leaves out what it has as
    /// a title; a title that is inserted later takes the place of its row.
    pub fn insert_exported(&mut self, rows: impl IntoIterator<Item = Exported>) {
        self.add(rows.into_iter().collect(), Exported::id, Entry::exported);
    }

    fn add<T: Sync>(
        &mut self,
        mut all: Vec<T>,
        id: impl Fn(&T) -> TitleId,
        entry: impl Fn(&T) -> Entry + Sync,
    ) {
        // The last of equal ids holds.
        let mut seen = HashSet::with_capacity_and_hasher(all.len(), FxBuildHasher);
        all.reverse();
        all.retain(|one| seen.insert(id(one)));
        if !self.segments.is_empty() {
            for id in seen {
                self.remove(id);
            }
        }
        self.segments.push(build(&all, entry).finish());
        self.settle();
    }

    fn has_exported(&self) -> bool {
        let mut segments = self.segments.iter();
        segments.any(|segment| !segment.exported.is_empty())
    }

    /// Removes the row that the export has of a title.
    pub fn remove_exported(&mut self, title: &Title) {
        for id in ids_in_export(title) {
            let is_row = |segment: &Segment| {
                let title = segment.find(id);
                title.is_some_and(|title| segment.exported.get(title).is_some())
            };
            if self.segments.iter().any(is_row) {
                self.remove(id);
            }
        }
    }

    pub fn remove(&mut self, id: TitleId) {
        if self.segments.iter_mut().any(|segment| segment.strike(id)) {
            self.segments.retain(|segment| segment.len() > 0);
        }
    }

    /// Makes one of the newest segments while they are of like size.
    fn settle(&mut self) {
        self.segments.retain(|segment| segment.len() > 0);
        let mut from = self.segments.len().saturating_sub(1);
        let mut size = self.segments.last().map_or(0, Segment::len);
        while from > 0 && self.segments[from - 1].len() < 2 * size {
            from -= 1;
            size += self.segments[from].len();
        }
        if from + 1 < self.segments.len() {
            let mut builder = Builder::default();
            for segment in self.segments.drain(from..) {
                builder.add_segment(&segment);
            }
            self.segments.push(builder.finish());
        }
    }

    /// What is known of a title that came from the export alone.
    pub fn exported(&self, id: TitleId) -> Option<Exported> {
        self.segments.iter().find_map(|segment| {
            let title = segment.find(id)?;
            let (tmdb, name) = segment.exported.get(title)?;
            let row = segment.row(title);
            Some(Exported {
                kind: row.traits.kind,
                tmdb,
                name: name.to_owned(),
                popularity: row.popularity,
            })
        })
    }

    /// The best `limit` titles for what was typed so far, with how well each fits (0 to 1), best
    /// first. Nothing typed lists all titles by name.
    pub fn search(&self, words: &str, limit: usize) -> Vec<(TitleId, f32)> {
        self.find(&Search {
            words,
            limit,
            ..Search::default()
        })
    }

    /// The same with filters, in any order. The first titles are the same whatever the limit is.
    pub fn find(&self, search: &Search<'_>) -> Vec<(TitleId, f32)> {
        let listed = search.words.trim().is_empty();
        let mut hits = if listed {
            self.list(search)
        } else {
            let mut hits = self.find_read(search, &readings(search.words, 1));
            if hits.is_empty() {
                let knows = |word: &str, unfinished| self.knows(word, unfinished);
                hits = self.find_read(search, &respaced(search.words, knows));
            }
            // Two slips take their time and find much.
            if hits.is_empty() {
                hits = self.find_read(search, &readings(search.words, 2));
            }
            hits
        };
        let sort = match search.sort {
            Sort::Best if listed => Sort::Name,
            sort => sort,
        };
        let order = |one: &Hit<'_>, other: &Hit<'_>| in_order(sort, one, other);
        if search.limit > 0 && search.limit < hits.len() {
            hits.select_nth_unstable_by(search.limit - 1, order);
        }
        hits.truncate(search.limit);
        hits.sort_unstable_by(order);
        hits.iter()
            .map(|hit| (hit.segment.row(hit.title).id, hit.score))
            .collect()
    }

    fn list(&self, search: &Search<'_>) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        for segment in &self.segments {
            let passes = filter(segment, search);
            let titles = (0..segment.rows.len() as u32).filter(|title| passes(*title));
            hits.extend(titles.map(|title| Hit {
                segment,
                title,
                score: 1.0,
            }));
        }
        hits
    }

    fn find_read(&self, search: &Search<'_>, readings: &[Reading]) -> Vec<Hit<'_>> {
        match search.sort {
            Sort::Best => self.best(search, readings),
            _ => self.matching(search, readings),
        }
    }

    fn knows(&self, word: &str, unfinished: bool) -> bool {
        let mut words = self.segments.iter().map(|segment| &segment.spelt);
        words.any(|words| {
            if unfinished {
                !words.beginning_with(word).is_empty()
            } else {
                words.number(word).is_some()
            }
        })
    }

    /// Every title that fits, however well.
    fn matching(&self, search: &Search<'_>, readings: &[Reading]) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        for segment in &self.segments {
            let passes = filter(segment, search);
            let mut titles = fixedbitset::FixedBitSet::with_capacity(segment.rows.len());
            for reading in readings {
                titles.union_with(&Matcher::new(segment, reading).all_titles());
            }
            let titles = titles.ones().map(|title| title as u32);
            hits.extend(titles.filter(|title| passes(*title)).map(|title| Hit {
                segment,
                title,
                score: 1.0,
            }));
        }
        hits
    }

    fn best(&self, search: &Search<'_>, readings: &[Reading]) -> Vec<Hit<'_>> {
        let mut hits = Vec::new();
        for segment in &self.segments {
            let passes = filter(segment, search);
            let wished: HashMap<u32, f32> = search
                .wishes
                .into_iter()
                .flatten()
                .filter_map(|(id, wish)| Some((segment.find(*id)?, wish.clamp(0.0, 1.0))))
                .filter(|(title, _)| passes(*title))
                .collect();
            let mut best: HashMap<u32, f32> = HashMap::new();
            for reading in readings {
                let known = hits.iter().map(|hit: &Hit<'_>| hit.score);
                let floor = nth_best(known.chain(best.values().copied()), search.limit);
                let matcher = Matcher::new(segment, reading);
                let score = |title: u32, fit: f32| {
                    FIT * fit * reading.trust + POPULARITY * segment.row(title).fame
                };
                let most = Most {
                    titles: search.limit,
                    judged: JUDGED,
                };
                let mut found = matcher.best_titles(most, floor, &passes, score);
                for (title, wish) in &wished {
                    let fit = matcher.fit(*title);
                    found.extend(fit.map(|fit| (*title, score(*title, fit) + WISH * wish)));
                }
                for (title, score) in found {
                    let known = best.entry(title).or_insert(score);
                    *known = known.max(score);
                }
            }
            hits.extend(best.into_iter().map(|(title, score)| Hit {
                segment,
                title,
                score,
            }));
        }
        hits
    }
}

/// What the worst of the best so many is, when there are as many.
fn nth_best(scores: impl Iterator<Item = f32>, n: usize) -> f32 {
    let mut scores: Vec<f32> = scores.collect();
    if n == 0 || scores.len() < n {
        return 0.0;
    }
    let (_, nth, _) = scores.select_nth_unstable_by(n - 1, |one, other| other.total_cmp(one));
    *nth
}

/// Each core takes its share of the titles in, and then they are put together.
fn build<T: Sync>(all: &[T], entry: impl Fn(&T) -> Entry + Sync) -> Builder {
    /// Less is not worth a thread.
    const LEAST: usize = 4_096;
    let build = |part: &[T]| {
        let mut builder = Builder::default();
        for one in part {
            builder.add(entry(one));
        }
        builder
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = all.len().div_ceil(threads).max(LEAST);
    let mut parts = all.chunks(share);
    let first = parts.next().unwrap_or_default();
    std::thread::scope(|scope| {
        let build = &build;
        let others: Vec<_> = parts.map(|part| scope.spawn(move || build(part))).collect();
        let mut whole = build(first);
        for other in others {
            whole.absorb(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        whole
    })
}

/// Which titles of a segment live and pass.
fn filter<'a>(segment: &'a Segment, search: &'a Search<'_>) -> impl Fn(u32) -> bool + 'a {
    let filter = &search.filter;
    let labelled = segment.labels.with_all(&filter.labels);
    let without = search.without.iter().copied().flatten();
    let mut without: Vec<u32> = without.filter_map(|id| segment.find(*id)).collect();
    without.sort_unstable();
    move |title| {
        let row = segment.row(title);
        segment.lives(title)
            && without.binary_search(&title).is_err()
            && filter.passes(&row.traits)
            && labelled
                .as_ref()
                .is_none_or(|labelled| labelled[row.labels as usize])
    }
}

fn in_order(sort: Sort, one: &Hit<'_>, other: &Hit<'_>) -> Ordering {
    let by = |key: fn(&Hit<'_>) -> f32| key(other).total_cmp(&key(one));
    let first = match sort {
        Sort::Best => by(|hit| hit.score),
        Sort::Popular => by(|hit| hit.segment.row(hit.title).popularity),
        Sort::Rated => by(|hit| hit.segment.row(hit.title).traits.rating.unwrap_or(-1.0)),
        Sort::Newest => by(|hit| f32::from(hit.segment.row(hit.title).traits.year.unwrap_or(0))),
        Sort::Name => Ordering::Equal,
    };
    first.then_with(|| by_name((one.segment, one.title), (other.segment, other.title)))
}
