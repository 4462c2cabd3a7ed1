//! Search as you type, as people type.

use hearth_catalog::{TitleIndex, fits, open_movies};
use hearth_model::{Names, SearchQuery, Title, TitleId, TitleKind};
use proptest::prelude::*;

fn title(ru: &str, en: &str) -> Title {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let names = Names {
        ru: text(ru),
        en: text(en),
        original: None,
    };
    Title {
        year: Some(2010),
        genres: vec!["animation".into()],
        rating: Some(7.5),
        ..Title::new(TitleKind::Film, names)
    }
}

fn index_of(titles: &[(&str, &str)]) -> (TitleIndex, Vec<TitleId>) {
    let mut index = TitleIndex::new();
    let ids = titles
        .iter()
        .map(|(ru, en)| {
            let title = title(ru, en);
            index.insert(&title, 0.0);
            title.id
        })
        .collect();
    (index, ids)
}

const TITLES: &[(&str, &str)] = &[
    ("Синтел", ""),
    ("", "Big Buck Bunny"),
    ("Слёзы стали", "Tears of Steel"),
    ("Ёлки", ""),
    ("Амели", "Amélie"),
    ("Матрица", "The Matrix"),
    ("", "Interstellar"),
    ("Чернобыль", ""),
    ("Рик и Морти", "Rick & Morty"),
];

#[track_caller]
fn finds(query: &str, at: usize) {
    let (index, ids) = index_of(TITLES);
    let found = index.search(query, 5);
    assert_eq!(
        found.first().map(|(id, _)| *id),
        Some(ids[at]),
        "`{query}` must find {:?} first, found {:?}",
        TITLES[at],
        found
            .iter()
            .map(|(id, score)| (
                ids.iter()
                    .position(|known| known == id)
                    .map(|at| TITLES[at]),
                score
            ))
            .collect::<Vec<_>>()
    );
}

#[test]
fn from_the_first_letters_in_any_case_and_order() {
    finds("си", 0);
    finds("BIG", 1);
    finds("buck big", 1);
    finds("steel tea", 2);
    finds("слезы", 2);
    finds("елки", 3);
    finds("amelie", 4);
    finds("amélie", 4);
    finds("matrix", 5);
    finds("the mat", 5);
    finds("rick and", 8);
    finds("рик & морти", 8);
}

#[test]
fn with_slips_of_the_finger() {
    finds("bukc", 1);
    finds("bunni", 1);
    finds("матрца", 5);
    finds("interstelar", 6);
    finds("intrestelar", 6);
    finds("черноыбль", 7);
    let (index, _) = index_of(TITLES);
    assert_eq!(index.search("bxx", 5), [], "three letters allow no slip");
    assert_eq!(index.search("buxx", 5), [], "four allow one");
}

#[test]
fn on_the_wrong_keyboard() {
    finds("cbyntk", 0);
    finds("cbynt", 0);
    finds("`krb", 3);
    finds("ишп игсл", 1);
    finds("ыштеуд", 0);
    finds("ышытеуд", 0);
    finds("ьфекшч", 5);
    finds("vfnhbwf", 5);
}

#[test]
fn in_the_other_alphabet() {
    finds("sintel", 0);
    finds("sint", 0);
    finds("chernobyl", 7);
    finds("интерстеллар", 6);
    finds("биг банни", 1);
}

#[test]
fn an_exact_name_comes_before_a_beginning_and_that_before_a_slip() {
    let (index, ids) = index_of(&[
        ("", "Spring Break"),
        ("", "Sprang"),
        ("", "Spring"),
        ("", "Springtime"),
    ]);
    let order: Vec<TitleId> = index
        .search("spring", 10)
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(order, [ids[2], ids[0], ids[3], ids[1]]);
    assert_eq!(index.search("spring", 1).len(), 1);
}

#[test]
fn every_word_must_be_found() {
    let (index, _) = index_of(TITLES);
    assert_eq!(index.search("big steel", 5), []);
    assert_eq!(index.search("…", 5), []);
}

#[test]
fn nothing_typed_lists_all_by_name() {
    let (index, ids) = index_of(&[("", "Sintel"), ("Амели", ""), ("", "Big Buck Bunny")]);
    let all: Vec<TitleId> = index
        .search("  ", 10)
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(all, [ids[2], ids[0], ids[1]]);
}

#[test]
fn a_removed_or_renamed_title_is_not_found_by_its_old_name() {
    let mut index = TitleIndex::new();
    let old = title("", "Durian");
    index.insert(&old, 0.0);
    let new = Title {
        names: title("", "Sintel").names,
        ..old.clone()
    };
    index.insert(&new, 0.0);
    assert_eq!(index.len(), 1);
    assert_eq!(index.search("durian", 5), []);
    assert_eq!(index.search("sintel", 5).len(), 1);
    index.remove(old.id);
    assert!(index.is_empty());
    assert_eq!(index.search("sintel", 5), []);
}

#[test]
fn the_open_movies_are_found_in_both_languages() {
    let mut index = TitleIndex::new();
    for film in open_movies() {
        let title = film.title();
        index.insert(&title, 0.0);
    }
    for film in open_movies() {
        let title = film.title();
        for name in title.names.all() {
            assert_eq!(index.search(name, 1)[0].0, title.id, "{name}");
        }
    }
}

#[test]
fn filters_pass_what_is_known_to_fit() {
    let known = title("", "Sintel");
    let unknown = Title {
        year: None,
        rating: None,
        genres: Vec::new(),
        ..known.clone()
    };
    let any = SearchQuery::default();
    assert!(fits(&known, &any) && fits(&unknown, &any));
    for (query, passes) in [
        (
            SearchQuery {
                kind: Some(TitleKind::Film),
                ..any.clone()
            },
            true,
        ),
        (
            SearchQuery {
                kind: Some(TitleKind::Series),
                ..any.clone()
            },
            false,
        ),
        (
            SearchQuery {
                genre: Some("Animation".into()),
                ..any.clone()
            },
            true,
        ),
        (
            SearchQuery {
                genre: Some("horror".into()),
                ..any.clone()
            },
            false,
        ),
        (
            SearchQuery {
                year_from: Some(2010),
                year_to: Some(2010),
                ..any.clone()
            },
            true,
        ),
        (
            SearchQuery {
                year_from: Some(2011),
                ..any.clone()
            },
            false,
        ),
        (
            SearchQuery {
                year_to: Some(2009),
                ..any.clone()
            },
            false,
        ),
        (
            SearchQuery {
                rating_min: Some(7.5),
                ..any.clone()
            },
            true,
        ),
        (
            SearchQuery {
                rating_min: Some(7.6),
                ..any.clone()
            },
            false,
        ),
    ] {
        assert_eq!(fits(&known, &query), passes, "{query:?}");
        assert_eq!(
            fits(&unknown, &query),
            query.kind == Some(TitleKind::Film),
            "{query:?}"
        );
    }
}

proptest! {
    #[test]
    fn everything_inserted_is_found_by_its_own_beginning(
        names in prop::collection::vec("[A-Za-zА-яЁё0-9é'!:.]{1,8}( [A-Za-zА-яЁё0-9é'-]{1,8}){0,3}", 1..20),
        cut in 1_usize..30,
    ) {
        let mut index = TitleIndex::new();
        let titles: Vec<Title> = names.iter().map(|name| title("", name)).collect();
        for title in &titles {
            index.insert(title, 0.0);
        }
        for (name, title) in names.iter().zip(&titles) {
            let beginning: String = name.chars().take(cut).collect();
            if hearth_release::normalize(&beginning).is_empty() {
                continue;
            }
            let found = index.search(&beginning, names.len());
            prop_assert!(found.iter().any(|(id, _)| *id == title.id), "{beginning:?} of {name:?}");
            prop_assert!(found.iter().all(|(_, score)| (0.0..=1.0).contains(score)));
            prop_assert!(found.windows(2).all(|pair| pair[0].1 >= pair[1].1));
        }
        for title in &titles {
            index.remove(title.id);
        }
        prop_assert!(index.is_empty());
    }

    #[test]
    fn any_typing_is_answered(query in "\\PC{0,60}") {
        let (index, _) = index_of(TITLES);
        prop_assert!(index.search(&query, 3).len() <= 3);
    }
}
