//! What OpenSubtitles is asked. It wants the parameters in the order of their names, in small
//! letters, numbers without zeros before them.

use std::collections::BTreeMap;

use hearth_model::TitleKind;

use crate::{SubtitleQuery, text};

/// Names of a title that are asked for where its id brings nothing.
const MOST_NAMES: usize = 2;

/// Parameters by name.
pub(super) type Question = BTreeMap<&'static str, String>;

/// What is asked, one after another until something is found.
pub(super) fn questions(wanted: &SubtitleQuery) -> Vec<Question> {
    let query = &wanted.query;
    let mut common = Question::new();
    let languages = languages(&wanted.languages);
    if !languages.is_empty() {
        common.insert("languages", languages);
    }
    if let Some(episode) = &query.episode {
        common.insert("season_number", episode.season.to_string());
        common.insert("episode_number", episode.number.to_string());
    }
    let mut asked = Vec::new();
    let mut by_id = common.clone();
    if let Some(hash) = &wanted.file.moviehash {
        by_id.insert("moviehash", hash.to_lowercase());
    }
    let of_series = query.episode.is_some();
    if let Some(imdb) = query.imdb().and_then(text::imdb_number) {
        let name = if of_series {
            "parent_imdb_id"
        } else {
            "imdb_id"
        };
        by_id.insert(name, imdb.to_string());
    } else if let Some(tmdb) = query.title.external.tmdb {
        let name = if of_series {
            "parent_tmdb_id"
        } else {
            "tmdb_id"
        };
        by_id.insert(name, tmdb.to_string());
    }
    if by_id.len() > common.len() {
        asked.push(by_id);
    }
    for name in query.names().iter().take(MOST_NAMES) {
        let mut by_name = common.clone();
        by_name.insert("query", name.words.to_lowercase());
        if let Some(year) = query
            .title
            .year
            .filter(|_| query.title.kind == TitleKind::Film)
        {
            by_name.insert("year", year.to_string());
        }
        asked.push(by_name);
    }
    asked
}

/// As the service calls them: Portuguese and Chinese are two each.
fn languages(wanted: &[String]) -> String {
    let mut all: Vec<&str> = Vec::new();
    for language in wanted {
        match language.as_str() {
            "pt" => all.extend(["pt-br", "pt-pt"]),
            "zh" => all.extend(["zh-cn", "zh-tw"]),
            language => all.push(language),
        }
    }
    all.sort_unstable();
    all.dedup();
    all.join(",")
}

#[cfg(test)]
mod tests {
    use hearth_model::{Episode, EpisodeFacts, EpisodeId, External, Names, Title, TitleId};

    use super::*;
    use crate::{Query, VideoFile};

    fn wanted(kind: TitleKind, place: Option<(u32, u32)>, imdb: Option<&str>) -> SubtitleQuery {
        let names = Names {
            en: Some("Man of Steel".into()),
            ..Names::default()
        };
        let title = Title {
            year: Some(2013),
            external: External {
                imdb: imdb.map(ToOwned::to_owned),
                ..External::default()
            },
            ..Title::new(kind, names)
        };
        let episode = place.map(|(season, number)| Episode {
            id: EpisodeId::from_name("e"),
            title_id: TitleId::from_name("t"),
            season,
            number,
            names: Names::default(),
            facts: EpisodeFacts::default(),
        });
        SubtitleQuery {
            query: Query::new(title, episode),
            file: VideoFile {
                moviehash: Some("8E245D9679D31E12".into()),
                ..VideoFile::default()
            },
            languages: ["ru", "pt", "en"].map(ToOwned::to_owned).to_vec(),
        }
    }

    fn shown(wanted: &SubtitleQuery) -> Vec<String> {
        let show = |question: &Question| {
            let pairs = question.iter();
            pairs
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join("&")
        };
        questions(wanted).iter().map(show).collect()
    }

    #[test]
    fn hash_and_id_are_asked_for_before_the_name() {
        assert_eq!(
            shown(&wanted(TitleKind::Film, None, Some("tt0770828"))),
            [
                "imdb_id=770828&languages=en,pt-br,pt-pt,ru&moviehash=8e245d9679d31e12",
                "languages=en,pt-br,pt-pt,ru&query=man of steel&year=2013",
            ]
        );
        assert_eq!(
            shown(&wanted(TitleKind::Series, Some((1, 3)), Some("tt0770828")))[0],
            "episode_number=3&languages=en,pt-br,pt-pt,ru&moviehash=8e245d9679d31e12\
             &parent_imdb_id=770828&season_number=1"
        );
        let mut nothing = wanted(TitleKind::Film, None, None);
        nothing.file.moviehash = None;
        nothing.languages.clear();
        assert_eq!(shown(&nothing), ["query=man of steel&year=2013"]);
    }
}
