//! What a definition may ask of the wanted title.

use hearth_model::{Episode, EpisodeFacts, EpisodeId, External, Names, Title, TitleKind, TmdbKind};

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
        TitleKind::Film => "film",
        TitleKind::Series => "series",
        TitleKind::Anime => "anime",
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

/// What a site is asked to see whether it answers: a film or a series that may be shared by
/// everybody, with some id of each service.
pub(super) fn example(kinds: &[TitleKind]) -> Query {
    let kind = kinds.first().copied().unwrap_or(TitleKind::Film);
    let (name, imdb, tmdb_kind) = match kind {
        TitleKind::Film => ("Sintel", "tt1727587", TmdbKind::Movie),
        TitleKind::Series | TitleKind::Anime => ("Pioneer One", "tt1748166", TmdbKind::Tv),
    };
    let names = Names {
        ru: Some(name.to_owned()),
        en: Some(name.to_owned()),
        original: Some(name.to_owned()),
    };
    let mut title = Title::new(kind, names);
    title.year = Some(2010);
    title.external = External {
        imdb: Some(imdb.to_owned()),
        tmdb: Some(1),
        tmdb_kind: Some(tmdb_kind),
        shikimori: Some(1),
        mal: Some(1),
        ..External::default()
    };
    let episode = (kind != TitleKind::Film).then(|| Episode {
        id: EpisodeId::from_name("example"),
        title_id: title.id,
        season: 1,
        number: 1,
        names: Names::default(),
        facts: EpisodeFacts::default(),
    });
    Query::new(title, episode)
}
