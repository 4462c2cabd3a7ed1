//! Titles for tests.

use hearth_model::{Names, Title, TitleKind};

/// A film of that name.
pub fn film(name: &str) -> Title {
    let names = Names {
        original: Some(name.to_owned()),
        ..Names::default()
    };
    Title::new(TitleKind::Film, names)
}
