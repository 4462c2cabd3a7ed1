//! Names come from strangers: nothing of any shape may break or swell the reading.

mod pieces;

use hearth_release::{normalize, parse};
use pieces::PIECES;
use proptest::prelude::*;

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
