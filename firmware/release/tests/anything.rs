//! Names come from strangers: nothing of any shape may break or swell the reading.

use std::time::{Duration, Instant};

use hearth_release::{normalize, parse};
use proptest::prelude::*;

const LONG: usize = 4096;
/// A name of that length takes a release build less than a millisecond. Ten times that here, and
/// ten times again for a build without optimisation.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 100 } else { 10 });

/// The shortest of some readings: what the work itself takes, on a busy machine too.
fn fastest(name: &str) -> Duration {
    let once = || {
        let begun = Instant::now();
        std::hint::black_box(parse(std::hint::black_box(name)));
        begun.elapsed()
    };
    let mut shortest = once();
    for _ in 0..20 {
        if shortest <= LIMIT {
            break;
        }
        shortest = shortest.min(once());
    }
    shortest
}

/// Pieces that begin something: a random order of them meets more code than random letters.
const PIECES: &[&str] = &[
    "S01",
    "E02",
    "S01E02",
    "1x02",
    "-",
    " - ",
    "~",
    "[",
    "]",
    "(",
    ")",
    "/",
    " / ",
    "|",
    ".",
    "_",
    "2019",
    "1080p",
    "5.1",
    "DDP5",
    "1",
    "9999",
    "07v2",
    "сезон",
    "Серии",
    "из",
    "of",
    "1of6",
    "第07話",
    "Sub",
    "Rus",
    "Eng",
    ",",
    "+",
    "Dub",
    "WEB",
    "DL",
    "H",
    "264",
    "aka",
    "от",
    "Фильм",
    "Title",
    "www",
    ".mkv",
    "'",
    "\u{301}",
    "　",
    "𝕊01",
    "İ",
    "ß",
    "Ǆ",
    "season",
    "to",
    "first",
    "×",
    "2014.04.28",
    "28 Apr",
    "1.4GB",
    "1080",
    "S02",
    "to S04",
    "01v2",
    "10.5",
    "E1",
    "第01-",
    "12集",
    "全24集",
    "第十",
    "Cap.102",
    "1ª",
    "Temporada",
    "Series",
    "www.a.com - ",
    "★新番★",
    "seasons",
    "1 2 3 4",
    "SP01",
    "АБВ",
    "漢字",
];

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,400}") {
        let release = parse(&text);
        prop_assert!(release.episodes.len() <= 10_000);
        let _ = normalize(&text);
    }

    #[test]
    fn nothing_behind_the_first_thousand_letters_is_read(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 1..40),
        tail in "\\PC{1,40}",
    ) {
        let name: String = pieces.join(" ").chars().cycle().take(1024).collect();
        prop_assert_eq!(parse(&format!("{name}{tail}")), parse(&name));
    }

    #[test]
    fn four_kilobytes_of_anything_are_read_in_time(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 1..40),
        letters in "\\PC{1,40}",
        glue in prop::sample::select(&["", " ", ".", "-", "_", "["][..]),
    ) {
        for unit in [pieces.join(glue), letters] {
            let name: String = unit.chars().cycle().take(LONG).collect();
            let took = fastest(&name);
            prop_assert!(took <= LIMIT, "{took:?} for {unit}");
        }
    }

    #[test]
    fn any_order_of_known_pieces_is_read(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..400),
        glue in prop::sample::select(&["", " ", "."][..]),
    ) {
        let name = pieces.join(glue);
        let release = parse(&name);
        let numbers = release.episodes.len() + release.seasons.len() + release.absolute_episodes.len();
        prop_assert!(numbers <= 20_000, "{numbers} numbers");
    }

    #[test]
    fn a_plain_title_stays_itself(words in prop::collection::vec("[A-ZА-Я][a-zа-я]{8,12}", 1..4)) {
        // Words of nine letters and more are in no list of tags but these.
        let title = words.join(" ");
        let release = parse(&format!("{title} (2019) 1080p"));
        let spelt: String = std::iter::once(release.title.unwrap_or_default())
            .chain(release.alternative_titles)
            .collect();
        for word in &words {
            prop_assert!(spelt.contains(word.as_str()), "{title} read as {spelt}");
        }
        prop_assert_eq!(release.year, Some(2019));
    }

    #[test]
    fn normalizing_twice_changes_nothing(text in "\\PC{0,80}") {
        let once = normalize(&text);
        prop_assert_eq!(normalize(&once), once);
    }
}

#[test]
fn an_empty_name_and_an_endless_one_are_read() {
    assert_eq!(parse("").title, None);
    assert_eq!(parse("   ").title, None);
    let endless = "1-2-".repeat(100_000);
    assert!(parse(&endless).episodes.len() < 10_000);
}
