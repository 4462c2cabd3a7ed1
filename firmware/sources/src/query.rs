//! What is looked for.

use hearth_model::{Episode, EpisodeId, Title, TitleKind};

use hearth_release::Wanted;

use crate::text;

#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub title: Title,
    /// None for a film, or for all of a series.
    pub episode: Option<Episode>,
}

impl Query {
    pub(crate) fn episode_id(&self) -> Option<EpisodeId> {
        self.episode.as_ref().map(|episode| episode.id)
    }

    /// The episode counted through all seasons, as anime releases do: known of the first season
    /// alone, because nobody says how long the earlier ones of a later one are.
    pub(crate) fn absolute(&self) -> Option<u32> {
        let episode = self.episode.as_ref()?;
        (self.title.kind == TitleKind::Anime && episode.season == 1).then_some(episode.number)
    }

    /// What a release must be to be offered.
    pub(crate) fn wanted(&self) -> Wanted<'_> {
        Wanted {
            names: self.title.names.all().collect(),
            year: self.title.year,
            kind: self.title.kind,
            season: self.episode.as_ref().map(|episode| episode.season),
            episode: self.episode.as_ref().map(|episode| episode.number),
            absolute: self.absolute(),
        }
    }

    /// The title's IMDb id, if it is one.
    pub(crate) fn imdb(&self) -> Option<&str> {
        let id = self.title.external.imdb.as_deref()?;
        (id.starts_with("tt") && text::imdb_number(id).is_some()).then_some(id)
    }

    /// The names to search by, the most telling first, as indexers take them: words only.
    pub(crate) fn names(&self) -> Vec<Name> {
        let names = &self.title.names;
        let mut found: Vec<Name> = Vec::new();
        for text in [&names.en, &names.original, &names.ru]
            .into_iter()
            .flatten()
        {
            let words = words(text);
            let known = found
                .iter()
                .any(|name| name.words.to_lowercase() == words.to_lowercase());
            let foreign = words
                .chars()
                .any(|c| c.is_alphabetic() && !is_latin(c) && !is_cyrillic(c));
            // A name in a third script is of use only where there is no other.
            let useful = !words.is_empty() && (!foreign || found.is_empty());
            if useful && !known {
                found.push(Name {
                    cyrillic: words.chars().any(is_cyrillic),
                    words,
                });
            }
        }
        found
    }
}

pub(crate) struct Name {
    pub(crate) words: String,
    pub(crate) cyrillic: bool,
}

/// Letters and digits with single spaces: `Don't Look Up: Part 2` → `Dont Look Up Part 2`.
fn words(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|c| !matches!(c, '\'' | '’' | '`'))
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}')
}

fn is_latin(c: char) -> bool {
    matches!(c, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}
