//! What goes into the index of a title, and of a row of TMDB's daily id export.

use hearth_model::{External, Language, Names, Title, TitleId, TitleKind, TmdbKind};
use hearth_release::normalize;

use crate::filter::Traits;

/// A film or series known only from TMDB's daily id export: a name to be found by, until
/// somebody wants to know more.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    pub kind: TitleKind,
    /// TMDB counts films and series apart.
    pub tmdb: u64,
    pub name: String,
    /// As TMDB says it.
    pub popularity: f32,
}

impl Exported {
    /// The id by which a search gives it: the same at every start, and that of the title once it is
    /// kept.
    pub fn id(&self) -> TitleId {
        exported_id(self.kind, self.tmdb)
    }

    pub fn title(&self) -> Title {
        let names = Names {
            original: Some(self.name.clone()),
            ..Names::default()
        };
        let mut title = Title {
            id: self.id(),
            external: External {
                tmdb: Some(self.tmdb),
                tmdb_kind: Some(match self.kind {
                    TitleKind::Film => TmdbKind::Movie,
                    TitleKind::Series | TitleKind::Anime => TmdbKind::Tv,
                }),
                ..External::default()
            },
            ..Title::new(self.kind, names)
        };
        title.facts.popularity = Some(self.popularity);
        title
    }
}

fn exported_id(kind: TitleKind, tmdb: u64) -> TitleId {
    let counting = match kind {
        TitleKind::Film => "movie",
        TitleKind::Series | TitleKind::Anime => "tv",
    };
    TitleId::from_name(&format!("tmdb:{counting}/{tmdb}"))
}

/// Under what ids the export may have a title.
pub(super) fn ids_in_export(title: &Title) -> impl Iterator<Item = TitleId> + use<> {
    let kinds: &[TitleKind] = match (title.external.tmdb_kind, title.kind) {
        (Some(TmdbKind::Movie), _) | (None, TitleKind::Film) => &[TitleKind::Film],
        (Some(TmdbKind::Tv), _) | (None, TitleKind::Series) => &[TitleKind::Series],
        // A series or a film.
        (None, TitleKind::Anime) => &[TitleKind::Film, TitleKind::Series],
    };
    let tmdb = title.external.tmdb;
    kinds
        .iter()
        .filter_map(move |kind| tmdb.map(|tmdb| exported_id(*kind, tmdb)))
}

/// A title as the index takes it in.
#[derive(Debug)]
pub(super) struct Entry {
    pub id: TitleId,
    /// Normalized and distinct; the first one is what lists are sorted by.
    pub names: Vec<String>,
    pub traits: Traits,
    /// Lower-case labels, see [`crate::filter`].
    pub labels: Vec<String>,
    pub popularity: f32,
    /// What the export says of it, where nothing else does: its number and its name.
    pub exported: Option<(u64, Box<str>)>,
}

impl Entry {
    pub fn of(title: &Title, popularity: f32) -> Self {
        let first = title.names.best(Language::En);
        Self {
            id: title.id,
            names: distinct(
                std::iter::once(first)
                    .chain(title.names.all())
                    .chain(title.facts.aliases.iter().map(String::as_str)),
            ),
            traits: Traits::of(title),
            labels: crate::filter::labels(title),
            popularity,
            exported: None,
        }
    }

    pub fn exported(row: &Exported) -> Self {
        Self {
            id: row.id(),
            names: distinct(std::iter::once(row.name.as_str())),
            traits: Traits {
                kind: row.kind,
                year: None,
                rating: None,
            },
            labels: Vec::new(),
            popularity: row.popularity,
            exported: Some((row.tmdb, row.name.as_str().into())),
        }
    }
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let name = normalize(name);
        if !name.is_empty() && !out.contains(&name) {
            out.push(name);
        }
    }
    for name in seen.into_iter().filter_map(closed) {
        let name = normalize(&name);
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

/// A name without the signs inside its words, as many type it: `Spiderman`, `WALLE`, `SWAT`. None
/// without such signs.
fn closed(name: &str) -> Option<String> {
    let is_sign = |sign: char| {
        (sign.is_ascii_punctuation() && sign != '&') || matches!(sign, '·' | '•' | '‐' | '‑')
    };
    if !name.contains(is_sign) {
        return None;
    }
    let letters: Vec<char> = name.chars().collect();
    let inside = |at: usize| {
        let beside = at
            .checked_sub(1)
            .map(|at| letters[at])
            .zip(letters.get(at + 1));
        // What stands between digits makes them two numbers.
        beside.is_some_and(|(one, other)| {
            one.is_alphanumeric()
                && other.is_alphanumeric()
                && !(one.is_numeric() && other.is_numeric())
        })
    };
    let left = letters.iter().enumerate();
    let left = left.filter(|(at, letter)| !(is_sign(**letter) && inside(*at)));
    Some(left.map(|(_, letter)| *letter).collect())
}
