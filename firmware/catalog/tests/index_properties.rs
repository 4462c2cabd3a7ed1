//! What holds of the title index whatever its titles are and in whatever way they came.

mod support;

use std::collections::{BTreeMap, HashMap, HashSet};

use hearth_catalog::{Exported, Search, TitleIndex, fits};
use hearth_model::{External, SearchQuery, Sort, Title, TitleId, TitleKind};
use proptest::prelude::*;
use support::film;

const NAME: &str = "[a-cа-вё0-2]{1,6}( [a-cа-в]{1,6}){0,2}";

/// Something that happens to one of a few titles.
#[derive(Debug, Clone)]
enum Op {
    Insert(usize, String, f32),
    InsertMany(Vec<(usize, String, f32)>),
    Remove(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let one = || (0..12_usize, NAME, 0.0_f32..2000.0);
    prop_oneof![
        4 => one().prop_map(|(at, name, popularity)| Op::Insert(at, name, popularity)),
        1 => prop::collection::vec(one(), 0..6).prop_map(Op::InsertMany),
        2 => (0..12_usize).prop_map(Op::Remove),
    ]
}

fn named(id: TitleId, name: &str) -> Title {
    Title { id, ..film(name) }
}

fn ids(found: &[(TitleId, f32)]) -> Vec<TitleId> {
    found.iter().map(|(id, _)| *id).collect()
}

/// Swaps, drops, doubles or replaces a letter.
fn slip(word: &str, at: usize, how: usize) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let at = at % letters.len();
    match how % 4 {
        0 if at + 1 < letters.len() => letters.swap(at, at + 1),
        1 if letters.len() > 4 => drop(letters.remove(at)),
        2 => letters.insert(at, 'я'),
        _ => letters[at] = 'z',
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn it_holds_what_was_put_in_and_not_taken_out(ops in prop::collection::vec(op(), 1..24)) {
        let all: Vec<TitleId> = (0..12).map(|_| TitleId::new()).collect();
        let mut index = TitleIndex::new();
        let mut known: BTreeMap<TitleId, (String, f32)> = BTreeMap::new();
        for op in ops {
            match op {
                Op::Insert(at, name, popularity) => {
                    index.insert(&named(all[at], &name), popularity);
                    known.insert(all[at], (name, popularity));
                }
                Op::InsertMany(titles) => {
                    let titles: Vec<(Title, f32)> = titles
                        .into_iter()
                        .map(|(at, name, popularity)| (named(all[at], &name), popularity))
                        .collect();
                    index.insert_all(titles.iter().map(|(title, popularity)| (title, *popularity)));
                    for (title, popularity) in titles {
                        let name = title.names.original.unwrap_or_default();
                        known.insert(title.id, (name, popularity));
                    }
                }
                Op::Remove(at) => {
                    index.remove(all[at]);
                    known.remove(&all[at]);
                }
            }
            prop_assert_eq!(index.len(), known.len());
        }

        // However it came about, it answers like one that was made at once.
        let mut anew = TitleIndex::new();
        let titles: Vec<(Title, f32)> = known
            .iter()
            .map(|(id, (name, popularity))| (named(*id, name), *popularity))
            .collect();
        anew.insert_all(titles.iter().map(|(title, popularity)| (title, *popularity)));
        for name in known.values().map(|(name, _)| name.as_str()).chain(["", "a", "б в", "abca"]) {
            for sort in [Sort::Best, Sort::Popular, Sort::Name] {
                let search = Search { words: name, sort, limit: 20, ..Search::default() };
                prop_assert_eq!(index.find(&search), anew.find(&search));
            }
        }
        for (id, (name, _)) in &known {
            prop_assert!(ids(&index.search(name, 20)).contains(id), "{}", name);
        }
    }

    #[test]
    fn the_first_titles_are_the_same_whatever_the_limit(
        names in prop::collection::vec((NAME, 0.0_f32..2000.0), 1..40),
        typed in "[a-cа-в]{1,3}( [a-c]{1,2})?",
    ) {
        let titles: Vec<(Title, f32)> = names.iter().map(|(name, popularity)| (film(name), *popularity)).collect();
        let mut index = TitleIndex::new();
        for (title, popularity) in &titles {
            index.insert(title, *popularity);
        }
        let all = index.search(&typed, 100);
        prop_assert_eq!(&all, &index.search(&typed, 100));
        for limit in [0, 1, 2, 5, 20] {
            prop_assert_eq!(&index.search(&typed, limit)[..], &all[..limit.min(all.len())]);
        }
    }

    #[test]
    fn a_word_of_four_letters_is_found_after_a_slip(
        names in prop::collection::vec("[а-яё]{4,12}( [a-z]{4,9}){0,2}", 1..20),
        at in 0..12_usize,
        how in 0..4_usize,
    ) {
        let titles: Vec<Title> = names.iter().map(|name| film(name)).collect();
        let mut index = TitleIndex::new();
        index.insert_all(titles.iter().map(|title| (title, 0.0)));
        for (name, title) in names.iter().zip(&titles) {
            let mut words: Vec<String> = name.split(' ').map(str::to_owned).collect();
            let word = at % words.len();
            words[word] = slip(&words[word], at, how);
            let typed = words.join(" ");
            prop_assert!(ids(&index.search(&typed, 20)).contains(&title.id), "{:?} of {:?}", typed, name);
        }
    }

    #[test]
    fn a_word_of_eight_letters_is_found_after_two_slips(
        name in "[а-яё]{8,14}",
        (one, other) in (0..14_usize, 0..14_usize),
        (how, again) in (2..4_usize, 2..4_usize),
    ) {
        let title = film(&name);
        let mut index = TitleIndex::new();
        index.insert(&title, 0.0);
        let typed = slip(&slip(&name, one, how), other, again);
        prop_assert_eq!(ids(&index.search(&typed, 20)), [title.id], "{:?} of {:?}", typed, name);
    }

    #[test]
    fn lists_are_the_titles_that_fit_in_order(
        rows in prop::collection::vec(
            (0..3_usize, prop::option::of(1990_u16..1995), prop::option::of(0..10_u8), 0..4_usize, 0.0_f32..9.0),
            0..30,
        ),
        (kind, genre) in (prop::option::of(0..3_usize), prop::option::of(0..3_usize)),
        (year_from, year_to) in (prop::option::of(1990_u16..1995), prop::option::of(1990_u16..1995)),
        rating_min in prop::option::of(0..10_u8),
    ) {
        const KINDS: [TitleKind; 3] = [TitleKind::Film, TitleKind::Series, TitleKind::Anime];
        const GENRES: [&str; 3] = ["drama", "comedy", "War"];
        let titles: Vec<(Title, f32)> = rows
            .iter()
            .map(|(kind, year, rating, genres, popularity)| {
                let title = Title {
                    kind: KINDS[*kind],
                    year: *year,
                    rating: rating.map(f32::from),
                    genres: GENRES[..*genres].iter().map(ToString::to_string).collect(),
                    ..film("Sintel")
                };
                (title, *popularity)
            })
            .collect();
        let mut index = TitleIndex::new();
        index.insert_all(titles.iter().map(|(title, popularity)| (title, *popularity)));
        let query = SearchQuery {
            kind: kind.map(|kind| KINDS[kind]),
            genre: genre.map(|genre| GENRES[genre].to_lowercase()),
            year_from,
            year_to,
            rating_min: rating_min.map(f32::from),
            ..SearchQuery::default()
        };
        let of: HashMap<TitleId, &(Title, f32)> = titles.iter().map(|row| (row.0.id, row)).collect();
        let mut fitting: Vec<TitleId> = titles
            .iter()
            .filter(|(title, _)| fits(title, &query))
            .map(|(title, _)| title.id)
            .collect();
        fitting.sort();
        for words in ["", "sin"] {
            for sort in [Sort::Best, Sort::Name, Sort::Popular, Sort::Rated, Sort::Newest] {
                let search = Search { words, sort, ..Search::of(&query, 100) };
                let found = ids(&index.find(&search));
                let key = |id: &TitleId| match sort {
                    Sort::Popular => of[id].1,
                    Sort::Rated => of[id].0.rating.unwrap_or(-1.0),
                    Sort::Newest => of[id].0.year.map_or(-1.0, f32::from),
                    Sort::Best | Sort::Name => 0.0,
                };
                prop_assert!(found.is_sorted_by(|one, other| key(one) >= key(other)), "{:?}", sort);
                let mut found = found;
                found.sort();
                prop_assert_eq!(&found, &fitting);
            }
        }
    }
}

#[test]
fn a_row_of_the_export_is_found_until_its_title_is_known() {
    let row = |tmdb, name: &str, popularity| Exported {
        kind: TitleKind::Film,
        tmdb,
        name: name.into(),
        popularity,
    };
    let rows = [
        row(1, "Amélie & co", 90.0),
        row(2, "Amélie", 1.0),
        row(3, "Durian", 2.0),
    ];
    let mut index = TitleIndex::new();
    index.insert_exported(rows.clone());
    index.insert_exported(rows.clone());
    assert_eq!(index.len(), 3);
    let found = ids(&index.search("ame", 9));
    assert_eq!(found, [rows[0].id(), rows[1].id()], "the popular one first");
    assert_eq!(
        index.exported(found[0]).as_ref(),
        Some(&rows[0]),
        "as it was written"
    );

    let known = Title {
        external: External {
            tmdb: Some(2),
            ..External::default()
        },
        ..film("Amélie")
    };
    index.insert(&known, 1.0);
    assert_eq!(ids(&index.search("ame", 9)), [rows[0].id(), known.id]);
    assert_eq!(index.exported(known.id), None);
    assert_eq!(index.exported(rows[1].id()), None);
}

#[test]
fn a_wish_decides_between_what_fits_alike_and_finds_nothing_by_itself() {
    let titles = [film("Sintel one"), film("Sintel two"), film("Durian")];
    let mut index = TitleIndex::new();
    index.insert_all(titles.iter().map(|title| (title, 5.0)));
    let wishes = HashMap::from([(titles[1].id, 1.0), (titles[2].id, 1.0)]);
    let search = Search {
        words: "sintel",
        limit: 1,
        wishes: Some(&wishes),
        ..Search::default()
    };
    assert_eq!(ids(&index.find(&search)), [titles[1].id]);
    assert_eq!(
        ids(&index.find(&Search { limit: 9, ..search })),
        [titles[1].id, titles[0].id]
    );
}

#[test]
fn titles_that_are_passed_over_take_nobodys_place() {
    let titles: Vec<Title> = (0..6).map(|at| film(&format!("Dune part {at}"))).collect();
    let mut index = TitleIndex::new();
    index.insert_all(titles.iter().zip([9.0, 8.0, 7.0, 6.0, 5.0, 4.0]));
    let without: HashSet<TitleId> = titles[..3].iter().map(|title| title.id).collect();
    for words in ["dune", ""] {
        for sort in [Sort::Best, Sort::Popular] {
            let search = Search {
                words,
                sort,
                limit: 2,
                without: vec![&without],
                ..Search::default()
            };
            assert_eq!(ids(&index.find(&search)), [titles[3].id, titles[4].id]);
        }
    }
}

#[test]
fn a_common_word_hides_no_title_of_that_name() {
    let common: Vec<Title> = (0..4_000)
        .map(|at| film(&format!("Dune part {at}")))
        .collect();
    let named = film("Dune");
    let mut index = TitleIndex::new();
    index.insert_all(common.iter().map(|title| (title, 5.0)));
    index.insert(&named, 0.0);
    let mut at_once = TitleIndex::new();
    at_once.insert_all(
        common
            .iter()
            .map(|title| (title, 5.0))
            .chain([(&named, 0.0)]),
    );
    for index in [index, at_once] {
        assert_eq!(ids(&index.search("dune", 1)), [named.id]);
        assert_eq!(index.search("dune", 5_000).len(), 4_001);
    }
}
