//! The lists of titles hold exactly what the titles say, whatever happens to them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use hearth_model::{External, Facts, Names, SeasonEntry, Title, TitleId, TitleKind};
use hearth_store::{NewTitle, Store};

fn title(number: u64, year: u16, genres: &[&str], popularity: f32) -> Title {
    Title {
        year: Some(year),
        genres: genres.iter().map(|genre| (*genre).to_owned()).collect(),
        external: External {
            shikimori: Some(number),
            ..External::default()
        },
        facts: Facts {
            popularity: Some(popularity),
            franchise: Some("shikimori:tale".into()),
            ..Facts::default()
        },
        ..Title::new(
            TitleKind::Anime,
            Names {
                en: Some(format!("Tale {number}")),
                ..Names::default()
            },
        )
    }
}

fn keep(store: &Store, titles: &[Title]) -> Vec<TitleId> {
    let found: Vec<NewTitle> = titles.iter().cloned().map(NewTitle::from).collect();
    let kept = store.merge_titles(&found).unwrap().titles;
    kept.iter().map(|title| title.id).collect()
}

#[test]
fn lists_are_by_popularity_and_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let ids = keep(
        &store,
        &[
            title(1, 2001, &["drama"], 3.5),
            title(2, 2001, &["drama", "war"], 900.0),
            title(3, 2002, &["dramatic"], 50.0),
            title(4, 2001, &["drama"], 0.0),
        ],
    );
    let drama = store.titles_of_genre("drama", 9).unwrap();
    assert_eq!(
        drama,
        [ids[1], ids[0], ids[3]],
        "no genre that begins alike"
    );
    assert_eq!(store.titles_of_genre("drama", 1).unwrap(), [ids[1]]);
    assert_eq!(store.titles_of_genre("war", 9).unwrap(), [ids[1]]);
    assert_eq!(store.titles_of_genre("dram", 9).unwrap(), []);
    assert_eq!(
        store.titles_of_year(2001, 9).unwrap(),
        [ids[1], ids[0], ids[3]]
    );
    assert_eq!(store.titles_of_year(2003, 9).unwrap(), []);
    let mut franchise = store.titles_of_franchise("shikimori:tale").unwrap();
    franchise.sort();
    let mut all = ids.clone();
    all.sort();
    assert_eq!(franchise, all);
}

#[test]
fn a_change_moves_a_title_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut one = title(1, 2001, &["drama"], 5.0);
    let two = title(2, 2001, &["drama"], 6.0);
    let ids = keep(&store, &[one.clone(), two]);
    assert_eq!(store.titles_of_genre("drama", 9).unwrap(), [ids[1], ids[0]]);
    one.facts.popularity = Some(7.0);
    one.facts.next_episode_at = Some(5_000);
    keep(&store, &[one.clone()]);
    assert_eq!(store.titles_of_genre("drama", 9).unwrap(), [ids[0], ids[1]]);
    assert_eq!(store.titles_to_come(5_000).unwrap(), [ids[0]]);
    assert_eq!(store.titles_to_come(5_001).unwrap(), []);
    one.facts.next_episode_at = Some(9_000);
    keep(&store, &[one]);
    assert_eq!(store.titles_to_come(5_000).unwrap(), [ids[0]]);
    assert_eq!(store.titles_to_come(5_001).unwrap(), [ids[0]]);
}

#[test]
fn what_became_part_of_another_is_listed_no_more_and_what_is_put_apart_is() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let ids = keep(
        &store,
        &[
            title(1, 2001, &["drama"], 5.0),
            title(2, 2003, &["drama"], 6.0),
        ],
    );
    let part = SeasonEntry {
        season: 2,
        from: 1,
        shikimori: 2,
        mal: None,
    };
    store.join_part(ids[1], ids[0], part).unwrap().unwrap();
    assert_eq!(store.titles_of_genre("drama", 9).unwrap(), [ids[0]]);
    assert_eq!(store.titles_of_year(2003, 9).unwrap(), []);
    let entry = title(2, 2003, &["drama"], 6.0);
    let apart = store.put_apart(ids[0], "shikimori:2", &entry).unwrap();
    let apart = apart.unwrap().1.id;
    assert_eq!(store.titles_of_year(2003, 9).unwrap(), [apart]);
}
