//! The built-in catalogue keeps its rules: both languages, a licence, and no address but the
//! cited ones.

use std::collections::BTreeSet;

use hearth_catalog::{open_movie, open_movies};
use hearth_model::{Language, Location, SourceKind, TitleId};

#[test]
fn every_film_says_what_it_is_in_both_languages() {
    let slugs: BTreeSet<_> = open_movies()
        .iter()
        .map(|film| film.slug.as_str())
        .collect();
    assert_eq!(
        slugs.into_iter().collect::<Vec<_>>(),
        [
            "big-buck-bunny",
            "cosmos-laundromat",
            "elephants-dream",
            "sintel",
            "tears-of-steel"
        ]
    );
    for film in open_movies() {
        let title = film.title();
        for text in [&title.names, &title.overview] {
            let (ru, en) = (text.best(Language::Ru), text.best(Language::En));
            assert!(
                !ru.is_empty() && !en.is_empty() && ru != en,
                "{}",
                film.slug
            );
        }
        assert!(title.year.is_some_and(|year| (2006..=2015).contains(&year)));
        assert!(
            title
                .runtime_minutes
                .is_some_and(|minutes| (10..=15).contains(&minutes))
        );
        assert!(
            title
                .licence
                .is_some_and(|licence| licence.starts_with("CC BY "))
        );
        assert!(!title.genres.is_empty());
        assert_eq!(title.external.open.as_deref(), Some(film.slug.as_str()));
    }
}

#[test]
fn sources_carry_what_is_needed_to_play_them() {
    let mut ids = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for film in open_movies() {
        let title_id = TitleId::new();
        let sources = film.sources(title_id);
        assert!(!sources.is_empty(), "{}", film.slug);
        for source in sources {
            assert_eq!((source.title_id, source.episode_id), (title_id, None));
            assert_eq!(source.provider, "open-movies");
            assert!(ids.insert(source.id), "one place, one id");
            kinds.insert(format!("{:?}", source.kind));
            match source.location {
                Location::Torrent(torrent) => {
                    assert_eq!(source.kind, SourceKind::Torrent);
                    let hash = torrent.infohash.expect("an infohash");
                    assert!(hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit()));
                    assert_eq!(hash, hash.to_lowercase());
                    assert!(torrent.trackers.is_empty(), "none is cited");
                }
                Location::Url { url, .. } => {
                    assert!(url.starts_with("https://"), "{url}");
                    let end = match source.kind {
                        SourceKind::Hls => ".m3u8",
                        SourceKind::Dash => ".mpd",
                        _ => ".mp4",
                    };
                    assert!(url.ends_with(end), "{url}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        ["Dash", "Direct", "Hls", "Torrent"]
    );
}

#[test]
fn a_film_is_found_by_its_slug() {
    let sintel = open_movie("sintel").expect("Sintel is built in");
    assert_eq!(sintel.title().external.imdb.as_deref(), Some("tt1727587"));
    assert!(open_movie("no-such-film").is_none());
}
