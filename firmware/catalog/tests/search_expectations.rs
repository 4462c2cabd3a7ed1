//! The table of searches in `search_expectations.txt`, which anybody may extend.

mod support;

use hearth_catalog::TitleIndex;
use hearth_model::{Names, Title};

const TABLE: &str = include_str!("search_expectations.txt");

fn titles() -> Vec<(Title, f32)> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let of = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = |at: usize| {
            let name = cells.get(at).copied().filter(|name| !name.is_empty());
            name.map(str::to_owned)
        };
        let title = Title {
            names: Names {
                ru: name(1),
                en: name(2),
                original: name(3),
            },
            ..support::film("")
        };
        (title, cells[0].parse().expect("popularity is a number"))
    };
    lines.filter(|line| line.contains('|')).map(of).collect()
}

#[test]
fn people_find_what_they_mean() {
    let titles = titles();
    let mut index = TitleIndex::new();
    index.insert_all(
        titles
            .iter()
            .map(|(title, popularity)| (title, *popularity)),
    );
    let searches = TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once("=>"));
    let mut faults = Vec::new();
    let mut count = 0;
    for (typed, wanted) in searches {
        count += 1;
        let wanted: Vec<&str> = wanted
            .split(';')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        let found: Vec<Vec<&str>> = index
            .search(typed.trim(), wanted.len().max(1))
            .iter()
            .map(|(id, _)| {
                let title = titles.iter().find(|(title, _)| title.id == *id);
                title.expect("it was inserted").0.names.all().collect()
            })
            .collect();
        let as_wanted = found.len() == wanted.len()
            && wanted
                .iter()
                .zip(&found)
                .all(|(name, names)| names.contains(name));
        if !as_wanted {
            faults.push(format!("{} => {found:?}, not {wanted:?}", typed.trim()));
        }
    }
    assert!(count > 0 && faults.is_empty(), "{}", faults.join("\n"));
}
