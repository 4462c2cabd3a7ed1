//! What is looked for.

use std::collections::HashSet;

use hearth_model::{Episode, EpisodeId, Title, TitleKind};

use hearth_release::Wanted;

use crate::text;

/// Services list dozens of names for a famous title.
const MOST_ALIASES: usize = 20;
/// More names than these are matched, but not asked for.
const MOST_NAMES: usize = 4;

#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub title: Title,
    /// None for a film, or for all of a series.
    pub episode: Option<Episode>,
    /// The episode counted through all seasons, as anime releases do, where it is known: see
    /// [`of_episode`](Self::of_episode).
    pub absolute: Option<u32>,
    /// Whether addons for adults are asked: the profile's say.
    pub allow_adult: bool,
}

/// The number of an anime's episode counted through all seasons: known where every episode of the
/// earlier seasons is listed.
fn counted_through(episodes: &[Episode], wanted: &Episode) -> Option<u32> {
    let here = episodes
        .iter()
        .filter(|episode| episode.season == wanted.season)
        .map(|episode| episode.number);
    if here.min().is_some_and(|first| first > 1) {
        // Its list goes on where the season before ended.
        return Some(wanted.number);
    }
    let mut before = 0;
    for season in 1..wanted.season {
        let numbers = episodes
            .iter()
            .filter(|episode| episode.season == season)
            .map(|episode| episode.number);
        let numbers: HashSet<u32> = numbers.collect();
        let last = numbers.iter().max().copied()?;
        // A list with holes says nothing of its length.
        if !(1..=last).all(|number| numbers.contains(&number)) {
            return None;
        }
        before += last;
    }
    (wanted.season > 0).then_some(before + wanted.number)
}

impl Query {
    pub fn new(title: Title, episode: Option<Episode>) -> Self {
        Self {
            title,
            episode,
            absolute: None,
            allow_adult: false,
        }
    }

    /// For one of `episodes`, all of its title: an anime's is also counted through its seasons.
    pub fn of_episode(title: Title, episode: Episode, episodes: &[Episode]) -> Self {
        let absolute = (title.kind == TitleKind::Anime)
            .then(|| counted_through(episodes, &episode))
            .flatten();
        Self {
            absolute,
            ..Self::new(title, Some(episode))
        }
    }

    pub(crate) fn episode_id(&self) -> Option<EpisodeId> {
        self.episode.as_ref().map(|episode| episode.id)
    }

    /// The episode counted through all seasons, of anime alone. Of a first season both countings
    /// are one.
    pub(crate) fn absolute(&self) -> Option<u32> {
        let episode = self.episode.as_ref()?;
        let number = self
            .absolute
            .or((episode.season == 1).then_some(episode.number));
        number.filter(|_| self.title.kind == TitleKind::Anime)
    }

    /// What a release must be to be offered.
    pub(crate) fn wanted(&self) -> Wanted<'_> {
        let aliases = self.title.facts.aliases.iter().take(MOST_ALIASES);
        Wanted {
            names: self
                .title
                .names
                .all()
                .chain(aliases.map(String::as_str))
                .collect(),
            year: self.title.year,
            // An anime without an episode is a film.
            kind: match (self.title.kind, &self.episode) {
                (TitleKind::Anime, None) => TitleKind::Film,
                (kind, _) => kind,
            },
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
        let known = [&names.en, &names.original, &names.ru];
        let aliases = self.title.facts.aliases.iter().take(MOST_ALIASES);
        let mut found: Vec<Name> = Vec::new();
        for text in known.into_iter().flatten().chain(aliases) {
            let words = words(text);
            let is_known = found
                .iter()
                .any(|name| name.words.to_lowercase() == words.to_lowercase());
            let foreign = words
                .chars()
                .any(|c| c.is_alphabetic() && !is_latin(c) && !is_cyrillic(c));
            // A name in a third script is of use only where there is no other.
            let useful = !words.is_empty() && (!foreign || found.is_empty());
            if useful && !is_known {
                found.push(Name {
                    cyrillic: words.chars().any(is_cyrillic),
                    words,
                });
            }
            if found.len() >= MOST_NAMES {
                break;
            }
        }
        found
    }

    /// What to type where only words are taken, the most telling first. Everything found is
    /// matched, so a broad phrase does no harm but the narrow ones find more.
    pub(crate) fn phrases(&self) -> Vec<String> {
        let of_each: Vec<Vec<String>> = self
            .names()
            .iter()
            .map(|name| self.phrases_of(name))
            .collect();
        let mut phrases = Vec::new();
        for phrase in in_turn(of_each) {
            if !phrases.contains(&phrase) {
                phrases.push(phrase);
            }
        }
        phrases
    }

    pub(crate) fn phrases_of(&self, name: &Name) -> Vec<String> {
        let words = &name.words;
        let alone = || vec![words.clone()];
        let Some(episode) = &self.episode else {
            return match self
                .title
                .year
                .filter(|_| self.title.kind == TitleKind::Film)
            {
                Some(year) => vec![format!("{words} {year}")],
                None => alone(),
            };
        };
        // Russian trackers keep whole seasons, and name them in many ways.
        if name.cyrillic {
            return alone();
        }
        let (season, number) = (episode.season, episode.number);
        let by_season = format!("{words} S{season:02}E{number:02}");
        match self.absolute() {
            Some(absolute) if season > 1 => {
                vec![format!("{words} {absolute:02}"), by_season, words.clone()]
            }
            Some(absolute) => vec![format!("{words} {absolute:02}"), words.clone()],
            None => vec![by_season, format!("{words} S{season:02}")],
        }
    }
}

/// The first of each, then the second of each, and so on.
pub(crate) fn in_turn<T>(lists: Vec<Vec<T>>) -> Vec<T> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(lists.iter_mut().filter_map(Iterator::next));
        if all.len() == before {
            return all;
        }
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

#[cfg(test)]
mod tests {
    use hearth_model::{EpisodeFacts, EpisodeId, Names, TitleId};

    use super::*;

    fn episode((season, number): (u32, u32)) -> Episode {
        Episode {
            id: EpisodeId::from_name(&format!("{season}x{number}")),
            title_id: TitleId::from_name("t"),
            season,
            number,
            names: Names::default(),
            facts: EpisodeFacts::default(),
        }
    }

    fn counted(episodes: &[(u32, u32)], wanted: (u32, u32)) -> Option<u32> {
        let episodes: Vec<Episode> = episodes.iter().copied().map(episode).collect();
        counted_through(&episodes, &episode(wanted))
    }

    #[test]
    fn phrases_begin_with_the_most_telling_of_each_name() {
        let names = Names {
            ru: Some("Кот: фильм".into()),
            en: Some("Cat's Film".into()),
            original: Some("Neko".into()),
        };
        let mut title = Title::new(TitleKind::Film, names);
        title.year = Some(2010);
        title.facts.aliases = vec!["猫".into(), "NEKO".into(), "Cat".into(), "Le Chat".into()];
        let asked = |title: &Title, place: Option<(u32, u32)>, absolute| {
            let query = Query {
                absolute,
                ..Query::new(title.clone(), place.map(episode))
            };
            query.phrases()
        };
        assert_eq!(
            asked(&title, None, None),
            ["Cats Film 2010", "Neko 2010", "Кот фильм 2010", "Cat 2010"]
        );
        title.kind = TitleKind::Series;
        title.facts.aliases.clear();
        assert_eq!(
            asked(&title, Some((2, 5)), None),
            [
                "Cats Film S02E05",
                "Neko S02E05",
                "Кот фильм",
                "Cats Film S02",
                "Neko S02"
            ]
        );
        title.kind = TitleKind::Anime;
        title.names.original = None;
        assert_eq!(
            asked(&title, Some((1, 5)), None),
            ["Cats Film 05", "Кот фильм", "Cats Film"]
        );
        assert_eq!(
            asked(&title, Some((2, 5)), Some(17))[..3],
            ["Cats Film 17", "Кот фильм", "Cats Film S02E05"]
        );
    }

    #[test]
    fn other_names_are_matched_too() {
        let names = Names {
            en: Some("Cat".into()),
            ..Names::default()
        };
        let mut title = Title::new(TitleKind::Film, names);
        title.facts.aliases = vec!["Le Chat".into()];
        let query = Query::new(title, None);
        let release = hearth_release::parse("Le.Chat.2010.1080p.WEB.x264-GROUP");
        assert!(hearth_release::matches(&release, &query.wanted()));
    }

    #[test]
    fn episodes_are_counted_through_where_all_earlier_ones_are_known() {
        let list = [(0, 1), (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1)];
        assert_eq!(counted(&list, (1, 3)), Some(3));
        assert_eq!(counted(&list, (2, 2)), Some(5));
        assert_eq!(counted(&list, (3, 1)), Some(6));
        assert_eq!(counted(&list, (0, 1)), None, "specials are not counted");
        assert_eq!(counted(&[(1, 1), (1, 3), (2, 1)], (2, 1)), None, "a hole");
        assert_eq!(counted(&[(2, 1)], (2, 1)), None, "no first season");
        assert_eq!(
            counted(&[(2, 13), (2, 14)], (2, 14)),
            Some(14),
            "numbers that go on are counted through already"
        );
    }

    #[test]
    fn for_an_anime_film_no_episode_of_its_name_is_taken() {
        let names = Names {
            en: Some("Star Dog".into()),
            ..Names::default()
        };
        let query = Query::new(Title::new(TitleKind::Anime, names), None);
        let fits = |name| hearth_release::matches(&hearth_release::parse(name), &query.wanted());
        assert!(fits("[Group] Star Dog (BDRip 1080p)"));
        assert!(!fits("[Group] Star Dog - 03 (BDRip 1080p)"));
    }
}
