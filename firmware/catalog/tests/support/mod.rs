//! Titles for tests.

use hearth_model::{External, Names, Title, TitleId, TitleKind};

/// A film of that name.
pub fn film(name: &str) -> Title {
    Title {
        id: TitleId::new(),
        kind: TitleKind::Film,
        names: Names {
            original: Some(name.to_owned()),
            ..Names::default()
        },
        year: None,
        genres: Vec::new(),
        rating: None,
        poster: None,
        overview: Names::default(),
        runtime_minutes: None,
        licence: None,
        external: External::default(),
    }
}
