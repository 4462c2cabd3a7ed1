//! What a definition may ask of the wanted title.

use super::template::Values;
use crate::{Query, text};

/// The values there are, known or not.
pub(super) const NAMES: &[&str] = &[
    TITLE,
    "title.ru",
    "title.en",
    "title.original",
    "kind",
    "year",
    "season",
    "episode",
    "absolute",
    "imdb",
    "imdb.number",
    "tmdb",
    "shikimori",
    "mal",
];

/// Each of the title's names in turn: a page with it is asked once for each.
pub(super) const TITLE: &str = "title";

const LONGEST_NAME: usize = 200;

pub(super) fn values(query: &Query) -> Values {
    let title = &query.title;
    let names = &title.names;
    let episode = query.episode.as_ref();
    let name = |name: &Option<String>| name.as_deref().map(|name| text::tidy(name, LONGEST_NAME));
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let kind = match title.kind {
        hearth_model::TitleKind::Film => "film",
        hearth_model::TitleKind::Series => "series",
        hearth_model::TitleKind::Anime => "anime",
    };
    let imdb = query.imdb();
    [
        ("title.ru", name(&names.ru)),
        ("title.en", name(&names.en)),
        ("title.original", name(&names.original)),
        ("kind", Some(kind.to_owned())),
        ("year", title.year.map(|year| year.to_string())),
        ("season", episode.map(|episode| episode.season.to_string())),
        ("episode", episode.map(|episode| episode.number.to_string())),
        ("absolute", number(query.absolute().map(u64::from))),
        ("imdb", imdb.map(ToOwned::to_owned)),
        (
            "imdb.number",
            imdb.map(|imdb| imdb.trim_start_matches("tt").to_owned()),
        ),
        ("tmdb", number(title.external.tmdb)),
        ("shikimori", number(title.external.shikimori)),
        ("mal", number(title.external.mal)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}
