//! The wrong film or episode is never offered, and the right one is. Extend
//! `tests/fixtures/handmade/release-matching.txt` with what was seen to fail.

use hearth_model::TitleKind;
use hearth_release::{Wanted, matches, parse};

fn film<'a>(names: &[&'a str], year: u16) -> Wanted<'a> {
    Wanted {
        names: names.to_vec(),
        year: Some(year),
        kind: TitleKind::Film,
        season: None,
        episode: None,
        absolute: None,
    }
}

fn episode<'a>(names: &[&'a str], year: u16, season: u32, episode: u32) -> Wanted<'a> {
    Wanted {
        kind: TitleKind::Series,
        season: Some(season),
        episode: Some(episode),
        ..film(names, year)
    }
}

fn offered(name: &str, wanted: &Wanted<'_>) -> bool {
    matches(&parse(name), wanted)
}

const TABLE: &str = include_str!("../../../tests/fixtures/handmade/release-matching.txt");

/// `Dune; Дюна | film | 2021 | | |`
fn wanted(line: &str) -> Wanted<'_> {
    let columns: Vec<&str> = line.split('|').map(str::trim).collect();
    let [names, kind, year, season, episode, absolute] = columns[..] else {
        panic!("six columns: {line}");
    };
    let number = |text: &str| (!text.is_empty()).then(|| text.parse().expect("a number"));
    Wanted {
        names: names.split(';').map(str::trim).collect(),
        year: number(year).map(|year| year as u16),
        kind: match kind {
            "film" => TitleKind::Film,
            "series" => TitleKind::Series,
            "anime" => TitleKind::Anime,
            other => panic!("no kind of title: {other}"),
        },
        season: number(season),
        episode: number(episode),
        absolute: number(absolute),
    }
}

#[test]
fn the_table_is_matched() {
    let mut title = None;
    let mut wrong = Vec::new();
    for line in TABLE.lines() {
        let Some((sign, rest)) = line.split_once(' ').filter(|(sign, _)| *sign != "#") else {
            continue;
        };
        match sign {
            "=" => title = Some(wanted(rest)),
            "+" | "-" => {
                let title = title.as_ref().expect("a title above");
                if offered(rest, title) != (sign == "+") {
                    wrong.push(format!(
                        "{line}\n  for {:?}, read as {:?}",
                        title.names,
                        parse(rest)
                    ));
                }
            }
            other => panic!("a line begins with = + - or #: {other}"),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_film_is_found_under_any_of_its_names() {
    let amelie = film(
        &["Амели", "Amélie", "Le Fabuleux Destin d'Amélie Poulain"],
        2001,
    );
    for name in [
        "Amelie.2001.1080p.BluRay.x264",
        "АМЕЛИ (2001) BDRip",
        "Амели / Le Fabuleux Destin d’Amélie Poulain (2001) BDRip 1080p",
        "Amélie 2002 FRENCH DVDRip",
        "amelie.mkv",
    ] {
        assert!(offered(name, &amelie), "{name}");
    }
    assert!(offered("Ёлки.2010.DVDRip", &film(&["Елки"], 2010)));
    assert!(offered("Matrix.1999.1080p", &film(&["The Matrix"], 1999)));
    assert!(offered(
        "Fast.and.Furious.2009.720p",
        &film(&["Fast & Furious"], 2009)
    ));
    assert!(offered("Rocky.2.1979.DVDRip", &film(&["Rocky II"], 1979)));
    assert!(offered(
        "Spiderman.2002.1080p",
        &film(&["Spider-Man"], 2002)
    ));
    assert!(offered("Dune.Part.One.2021.2160p", &film(&["Dune"], 2021)));
    assert!(offered("1917.2019.1080p", &film(&["1917"], 2019)));
}

#[test]
fn another_film_is_not_offered() {
    let dune = film(&["Dune", "Дюна"], 2021);
    for name in [
        "Dune.1984.1080p.BluRay",
        "Dune.Part.Two.2024.1080p",
        "Dune.Prophecy.S01E01.1080p",
        "Dune S01 2021 1080p",
        "Children.of.Dune.2021.720p",
        "Дюна: Пророчество (1 сезон: 1-6 серии из 6) (2024)",
    ] {
        assert!(!offered(name, &dune), "{name}");
    }
    assert!(!offered("Alien.3.1992.1080p", &film(&["Alien"], 1979)));
    assert!(!offered("It.Follows.2014.1080p", &film(&["It"], 2017)));
    assert!(
        !offered("1080p.mkv", &film(&["…"], 2017)),
        "an empty name matches nothing"
    );
}

#[test]
fn an_episode_is_found_alone_in_a_range_and_in_a_pack() {
    let wanted = episode(&["Breaking Bad", "Во все тяжкие"], 2008, 2, 5);
    for name in [
        "Breaking.Bad.S02E05.720p.BluRay",
        "Breaking Bad 2x05",
        "Breaking.Bad.S02E04-E06.1080p",
        "Breaking.Bad.S02.1080p.BluRay",
        "Breaking.Bad.S01-S05.COMPLETE.1080p",
        "Во все тяжкие / Breaking Bad / Сезон: 2 / Серии: 1-13 из 13 [2009, BDRip]",
        "Во все тяжкие 2 сезон 5 серия",
    ] {
        assert!(offered(name, &wanted), "{name}");
    }
    for name in [
        "Breaking.Bad.S02E06.720p",
        "Breaking.Bad.S03E05.720p",
        "Breaking.Bad.S01.1080p",
        "Breaking.Bad.2008.1080p",
        "Better.Call.Saul.S02E05.720p",
        "Breaking Bad - 05",
        "Во все тяжкие / Breaking Bad / Сезон: 2 / Серии: 1-4 из 13 [2009, BDRip]",
    ] {
        assert!(!offered(name, &wanted), "{name}");
    }
}

#[test]
fn another_series_of_the_same_name_is_told_by_its_year() {
    let old = episode(&["Battlestar Galactica"], 1978, 1, 1);
    assert!(!offered("Battlestar.Galactica.2004.S01E01.720p", &old));
    assert!(offered("Battlestar.Galactica.1978.S01E01.720p", &old));
    let later = episode(&["Sherlock"], 2010, 4, 1);
    assert!(offered("Sherlock.S04E01.2017.1080p", &later));
    let named = episode(&["Doctor Who (2005)"], 2005, 1, 1);
    assert!(offered("Doctor.Who.2005.S01E01.720p", &named));
}

#[test]
fn anime_is_found_by_its_absolute_number() {
    let wanted = Wanted {
        names: vec!["One Piece", "Ван-Пис"],
        year: Some(1999),
        kind: TitleKind::Anime,
        season: Some(21),
        episode: Some(124),
        absolute: Some(1015),
    };
    assert!(offered("[Group] One Piece - 1015 [1080p].mkv", &wanted));
    assert!(offered("[Group] One Piece - 1001-1020 [1080p]", &wanted));
    assert!(offered(
        "Ван-Пис / One Piece [1001-1020 из 1020] [2021]",
        &wanted
    ));
    assert!(offered("One.Piece.S21E124.1080p", &wanted));
    assert!(!offered("[Group] One Piece - 124 [1080p].mkv", &wanted));
    assert!(!offered("[Group] One Piece - 1016 [1080p].mkv", &wanted));
    let first_season = Wanted {
        season: Some(1),
        episode: Some(7),
        absolute: None,
        ..wanted
    };
    assert!(offered("[Group] One Piece - 07 [480p].mkv", &first_season));
    let second_season = Wanted {
        season: Some(2),
        ..first_season
    };
    assert!(!offered(
        "[Group] One Piece - 07 [480p].mkv",
        &second_season
    ));
}
