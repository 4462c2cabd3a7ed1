//! The figures of the title index, with SQLite FTS5 beside it in the same run. Prints one
//! Markdown table. `HEARTH_TITLES` sets how many titles there are.

mod names;
mod sqlite;

use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use hearth_catalog::{Exported, Filter, Search, TitleIndex};
use hearth_model::{SearchQuery, Sort, Title, TitleKind};
use peak_alloc::PeakAlloc;
use rand::{SeedableRng, rngs::StdRng, seq::IndexedRandom};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const LIMIT: u32 = 20;
const QUERIES: usize = 1_000;
/// SQLite is asked fewer times, for it takes its time.
const SQLITE_QUERIES: usize = 200;
const TYPISTS: usize = 50;
const BETWEEN_KEYS: Duration = Duration::from_millis(150);
const TYPING: Duration = Duration::from_secs(10);
const MB: f64 = 1024.0 * 1024.0;

fn main() {
    // `cargo test --benches` asks every bench program so; there is nothing to test.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let count = std::env::var("HEARTH_TITLES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(300_000);
    let catalogue = names::catalogue(count);
    let folder = tempfile::tempdir().expect("a folder for SQLite's file");
    let file = folder.path().join("titles.sqlite");
    sqlite::build(&file, catalogue.iter().map(|(title, _)| title)).expect("SQLite builds");

    let mut table = Table::default();
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let began = Instant::now();
    let mut index = TitleIndex::new();
    index.insert_all(
        catalogue
            .iter()
            .map(|(title, popularity)| (title, *popularity)),
    );
    let built = began.elapsed();
    let taken = MEMORY.current_usage() - before;
    let peak = MEMORY.peak_usage() - before;

    let began = Instant::now();
    let fts = sqlite::Fts::open(&file).expect("SQLite opens");
    fts.search("а", LIMIT).expect("SQLite answers");
    let opened = began.elapsed();
    table.row(
        "cold start",
        format!("{:.0} ms, from rows in memory", ms(built)),
        format!("{:.0} ms, from its file to the first answer", ms(opened)),
    );
    table.row(
        "memory",
        format!(
            "{:.1} MB ({:.1} MB by its own count), {:.0} MB at most while it is made",
            taken as f64 / MB,
            index.size_bytes() as f64 / MB,
            peak as f64 / MB
        ),
        format!(
            "{:.0} MB of file",
            fs::metadata(&file).map_or(0, |file| file.len()) as f64 / MB
        ),
    );
    exported_alone(&catalogue, &mut table);

    let mut rng = StdRng::seed_from_u64(7);
    for length in [2, 3, 5, 8] {
        // As many as are forgiven.
        let most_slips = [0, 1, 2][usize::from(length >= 4) + usize::from(length >= 8)];
        for slips in 0..=most_slips {
            let queries: Vec<String> = (0..QUERIES)
                .map(|_| {
                    let name = some_name(&catalogue, &mut rng);
                    names::typed(&mut rng, name, length, slips)
                })
                .collect();
            let ours = Times::of(&queries, |query| {
                index.search(query, LIMIT as usize);
            });
            let theirs = Times::of(&queries[..SQLITE_QUERIES], |query| {
                fts.search(query, LIMIT).expect("SQLite answers");
            });
            let slips = ["", ", a slip", ", two slips"][slips];
            table.row(
                &format!("{length} letters{slips}"),
                ours.to_string(),
                format!(
                    "{theirs}; {:.1} and {:.1} times as long",
                    theirs.at(0.5) / ours.at(0.5),
                    theirs.at(0.99) / ours.at(0.99)
                ),
            );
        }
    }
    drop(fts);
    lists(&index, &mut table);
    changes(&mut index, &catalogue, &mut table);
    typists(&index, &file, &catalogue, &mut table);
    println!("| {count} titles | the index | SQLite FTS5 |\n|---|---|---|");
    println!("{}", table.0.join("\n"));
}

fn exported_alone(catalogue: &[(Title, f32)], table: &mut Table) {
    let rows: Vec<Exported> = (0..)
        .zip(catalogue)
        .map(|(tmdb, (title, popularity))| Exported {
            kind: title.kind,
            tmdb,
            name: title.names.original.clone().unwrap_or_default(),
            popularity: *popularity,
        })
        .collect();
    let before = MEMORY.current_usage();
    let began = Instant::now();
    let mut index = TitleIndex::new();
    index.insert_exported(rows.iter().cloned());
    table.row(
        "the same titles as rows of the daily export",
        format!(
            "{:.0} ms, {:.1} MB",
            ms(began.elapsed()),
            (MEMORY.current_usage() - before) as f64 / MB
        ),
        String::new(),
    );
}

fn lists(index: &TitleIndex, table: &mut Table) {
    let filter = Filter::from(&SearchQuery {
        kind: Some(TitleKind::Series),
        genre: Some("western".into()),
        year_from: Some(1990),
        year_to: Some(1999),
        rating_min: Some(7.0),
        ..SearchQuery::default()
    });
    for (what, words, sort) in [
        (
            "all western series of the nineties rated 7, by name",
            "",
            Sort::Name,
        ),
        ("the same, popular first", "", Sort::Popular),
        ("the same, newest first", "", Sort::Newest),
        ("the same, with «лю»", "лю", Sort::Best),
        ("the same, with «лю», best rated first", "лю", Sort::Rated),
    ] {
        let search = Search {
            words,
            filter: filter.clone(),
            sort,
            limit: LIMIT as usize,
            ..Search::default()
        };
        let times = Times::of(&[(); 100], |()| {
            index.find(&search);
        });
        table.row(what, times.to_string(), String::new());
    }
    let times = Times::of(&[(); 100], |()| {
        index.search("", LIMIT as usize);
    });
    table.row("all titles, by name", times.to_string(), String::new());
}

fn changes(index: &mut TitleIndex, catalogue: &[(Title, f32)], table: &mut Table) {
    let some: Vec<&(Title, f32)> = catalogue
        .iter()
        .step_by(catalogue.len() / 2_000 + 1)
        .collect();
    let times = Times::of(&some, |(title, popularity)| {
        index.insert_all(std::iter::once((title, *popularity)));
    });
    table.row("a title replaced", times.to_string(), String::new());
}

/// Everybody types names letter by letter, and waits for each answer before the next key.
fn typists(
    index: &TitleIndex,
    file: &std::path::Path,
    catalogue: &[(Title, f32)],
    table: &mut Table,
) {
    let ours = type_all(catalogue, || {
        |typed: &str| {
            index.search(typed, LIMIT as usize);
        }
    });
    let theirs = type_all(catalogue, || {
        let fts = sqlite::Fts::open(file).expect("SQLite opens");
        move |typed: &str| {
            fts.search(typed, LIMIT).expect("SQLite answers");
        }
    });
    let show = |(times, keys): (Times, usize)| {
        format!("{times}; {:.0} keys/s", keys as f64 / TYPING.as_secs_f64())
    };
    table.row(
        &format!(
            "{TYPISTS} typists, a key each {} ms",
            BETWEEN_KEYS.as_millis()
        ),
        show(ours),
        show(theirs),
    );
}

fn type_all<F: FnMut(&str)>(
    catalogue: &[(Title, f32)],
    typist: impl Fn() -> F + Sync,
) -> (Times, usize) {
    let keys = AtomicUsize::new(0);
    let until = Instant::now() + TYPING;
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..TYPISTS as u64)
            .map(|seed| {
                let (keys, typist) = (&keys, &typist);
                scope.spawn(move || {
                    let mut ask = typist();
                    let mut rng = StdRng::seed_from_u64(seed);
                    let mut times = Vec::new();
                    std::thread::sleep(BETWEEN_KEYS * seed as u32 / TYPISTS as u32);
                    'typing: loop {
                        let name = some_name(catalogue, &mut rng);
                        for length in 2..=name.chars().count().min(10) {
                            if Instant::now() > until {
                                break 'typing;
                            }
                            let typed = names::typed(&mut rng, name, length, length % 2);
                            let began = Instant::now();
                            ask(&typed);
                            times.push(ms(began.elapsed()));
                            keys.fetch_add(1, Ordering::Relaxed);
                            std::thread::sleep(BETWEEN_KEYS.saturating_sub(began.elapsed()));
                        }
                    }
                    times
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().expect("a typist types on"))
            .collect()
    });
    (Times::new(times), keys.into_inner())
}

/// A name that somebody could want: any title, in any of its languages.
fn some_name<'a>(catalogue: &'a [(Title, f32)], rng: &mut StdRng) -> &'a str {
    loop {
        let (title, _) = catalogue.choose(rng).expect("there are titles");
        let names: Vec<&str> = title.names.all().collect();
        let name = names.choose(rng).expect("every title has a name");
        if name.chars().count() >= 2 {
            return name;
        }
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// In milliseconds, the shortest first.
struct Times(Vec<f64>);

impl Times {
    fn of<T>(all: &[T], mut measure: impl FnMut(&T)) -> Self {
        let time = |one| {
            let began = Instant::now();
            measure(one);
            ms(began.elapsed())
        };
        Self::new(all.iter().map(time).collect())
    }

    fn new(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    fn at(&self, share: f64) -> f64 {
        self.0[((self.0.len() - 1) as f64 * share).round() as usize]
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "p50 {:.2} ms, p99 {:.2} ms",
            self.at(0.5),
            self.at(0.99)
        )
    }
}

/// The lines of the table, printed when all is measured.
#[derive(Default)]
struct Table(Vec<String>);

impl Table {
    fn row(&mut self, what: &str, ours: String, theirs: String) {
        self.0.push(format!("| {what} | {ours} | {theirs} |"));
    }
}
