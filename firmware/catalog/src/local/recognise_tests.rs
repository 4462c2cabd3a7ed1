//! A table of paths and what they are.

use std::path::Path;

use hearth_model::TitleKind;

use super::*;

fn read(path: &str) -> Recognised {
    recognise(Path::new(path), false)
}

fn alone(path: &str) -> Recognised {
    recognise(Path::new(path), true)
}

#[test]
fn films_are_known_by_file_or_by_their_own_folder() {
    for (found, key) in [
        (read("Sintel.2010.1080p.mkv"), "film/sintel/2010"),
        (read("Фильмы/Ёлки (2010).avi"), "film/елки/2010"),
        (read("Films/2012.mkv"), "film/2012"),
        (read("Films/1917 (2019).mkv"), "film/1917/2019"),
        (read("Films/300.mkv"), "film/300"),
        (alone("Sintel (2010)/sintel-final.mkv"), "film/sintel/2010"),
        (alone("Дюна (2021)/Dune.2021.1080p.mkv"), "film/дюна/2021"),
        (read("Sintel (2010)/Sintel.720p.mkv"), "film/sintel/2010"),
        (alone("Films/Sintel.mkv"), "film/sintel"),
        (alone("Sintel (2010)/1080p.mkv"), "film/sintel/2010"),
        (read("[REC] 2 (2009).mkv"), "film/rec 2/2009"),
    ] {
        assert_eq!(found.key, key);
        assert_eq!(found.kind, TitleKind::Film, "{key}");
        assert!(found.episodes.is_empty() && found.season.is_none(), "{key}");
    }
    let both = alone("Дюна (2021)/Dune.2021.1080p.mkv");
    assert_eq!(both.names, ["Дюна", "Dune"]);
    assert_eq!(both.release.resolution.as_deref(), Some("1080p"));
}

#[test]
fn episodes_are_known_by_file_or_by_season_folders() {
    for (path, key, season, episodes) in [
        (
            "Breaking.Bad.S02E05.720p.mkv",
            "series/breaking bad",
            2,
            &[5][..],
        ),
        (
            "Breaking Bad/Season 2/S02E05.mkv",
            "series/breaking bad",
            2,
            &[5],
        ),
        (
            "Breaking Bad/Season 2/05 - Name.mkv",
            "series/breaking bad",
            2,
            &[5],
        ),
        (
            "Breaking Bad/Season 2/05.mkv",
            "series/breaking bad",
            2,
            &[5],
        ),
        (
            "Breaking Bad/Season 2/5.mkv",
            "series/breaking bad",
            2,
            &[5],
        ),
        ("Breaking Bad/2/5.mkv", "series/breaking bad", 2, &[5]),
        (
            "Series/Breaking Bad/Season 2/1080p/Breaking.Bad.2x05.mkv",
            "series/breaking bad",
            2,
            &[5],
        ),
        (
            "Во все тяжкие/Сезон 2/5 серия.avi",
            "series/во все тяжкие",
            2,
            &[5],
        ),
        (
            "Во все тяжкие/2 сезон/Breaking.Bad.S02E05.mkv",
            "series/во все тяжкие",
            2,
            &[5],
        ),
        (
            "Breaking.Bad.S02.1080p.WEB-DL/Breaking.Bad.S02E05.mkv",
            "series/breaking bad",
            2,
            &[5],
        ),
        (
            "Breaking.Bad.S02.1080p.WEB-DL/E05.mkv",
            "series/breaking bad",
            2,
            &[5],
        ),
        ("Show/Specials/Show S00E03.mkv", "series/show", 0, &[3]),
        ("Show/Specials/03.mkv", "series/show", 0, &[3]),
        (
            "Show (2004)/Season 1/Show.S01E01E02.mkv",
            "series/show/2004",
            1,
            &[1, 2],
        ),
        ("Show/01.mkv", "series/show", 1, &[1]),
        ("Show/01 - Pilot.mkv", "series/show", 1, &[1]),
        ("12 Monkeys S01E09.mkv", "series/12 monkeys", 1, &[9]),
        (
            "[Group] Title Here - 07 [1080p].mkv",
            "series/title here",
            1,
            &[7],
        ),
        (
            "[Group] Title Here S2 - 07.mkv",
            "series/title here",
            2,
            &[7],
        ),
    ] {
        let found = read(path);
        assert_eq!(found.key, key, "{path}");
        assert_eq!(found.season, Some(season), "{path}");
        assert_eq!(found.episodes, episodes, "{path}");
        assert_ne!(found.kind, TitleKind::Film, "{path}");
    }
    assert_eq!(
        read("[Group] Title Here - 07 [1080p].mkv").kind,
        TitleKind::Anime
    );
    let inherited = read("Breaking.Bad.S02.1080p.WEB-DL/E05.mkv");
    assert_eq!(inherited.release.resolution.as_deref(), Some("1080p"));
    let names = read("Во все тяжкие/2 сезон/Breaking.Bad.S02E05.mkv").names;
    assert_eq!(names, ["Во все тяжкие", "Breaking Bad"]);
}

#[test]
fn the_test_card_is_known_only_at_the_top() {
    assert_eq!(read("testcard.mkv").key, TESTCARD_KEY);
    assert_eq!(read("other/testcard.mkv").key, "film/testcard");
}
