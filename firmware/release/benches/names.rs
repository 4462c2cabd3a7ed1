//! How long reading a release name takes. Prints one Markdown table.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use hearth_release::parse;

const TABLE: &str = include_str!("../../../tests/fixtures/handmade/release-names.tsv");
const LONG: usize = 4096;
const ROUNDS: usize = 200;

fn main() {
    // `cargo test --benches` asks every bench program so; there is nothing to test.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let names: Vec<&str> = TABLE
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .filter_map(|line| line.split('\t').next())
        .collect();
    println!("| Reading release names | median | slowest |");
    println!("|---|---|---|");
    row("a name of the table", &times(&names));
    let long: Vec<String> = names.iter().map(|name| repeated(name)).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    row("4 KB of one name again and again", &times(&long));
    let joined = repeated(&names.concat());
    row("4 KB of all names", &times(&[&joined]));
    let digits = repeated("1-2-");
    row("4 KB of numbers", &times(&[&digits]));
    let brackets = repeated("[1x02");
    row("4 KB of open brackets", &times(&[&brackets]));
}

fn repeated(unit: &str) -> String {
    unit.chars().cycle().take(LONG).collect()
}

/// The median of the rounds for each name, from the fastest to the slowest.
fn times(names: &[&str]) -> Vec<Duration> {
    let mut all: Vec<Duration> = names
        .iter()
        .map(|name| {
            let mut rounds: Vec<Duration> = (0..ROUNDS)
                .map(|_| {
                    let begun = Instant::now();
                    black_box(parse(black_box(name)));
                    begun.elapsed()
                })
                .collect();
            rounds.sort_unstable();
            rounds[ROUNDS / 2]
        })
        .collect();
    all.sort_unstable();
    all
}

fn row(what: &str, times: &[Duration]) {
    let (median, slowest) = (times[times.len() / 2], times[times.len() - 1]);
    println!("| {what} | {median:.1?} | {slowest:.1?} |");
}
