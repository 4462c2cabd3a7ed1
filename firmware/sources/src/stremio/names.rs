//! What addons call a title and its episodes.

use hearth_model::{Episode, External, TitleKind};

use crate::Query;

/// A title as an addon may know it, and the film or episode as it is then usually called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct VideoName {
    pub(super) title: String,
    pub(super) video: String,
}

/// Under which types a title may be listed: anime has none of its own everywhere.
pub(super) fn kinds(kind: TitleKind, with_episode: bool) -> &'static [&'static str] {
    match (kind, with_episode) {
        (TitleKind::Film, _) => &["movie"],
        (TitleKind::Series, _) => &["series"],
        (TitleKind::Anime, true) => &["series", "anime"],
        (TitleKind::Anime, false) => &["movie", "anime", "series"],
    }
}

/// The names of what is looked for, the most common first.
pub(super) fn names(query: &Query) -> Vec<VideoName> {
    all(&query.title.external, query.episode.as_ref())
}

/// The names of a title alone.
pub(super) fn title_names(external: &External) -> Vec<VideoName> {
    all(external, None)
}

fn all(external: &External, episode: Option<&Episode>) -> Vec<VideoName> {
    let by_season = |id: String| {
        let video = episode.map_or_else(
            || id.clone(),
            |episode| format!("{id}:{}:{}", episode.season, episode.number),
        );
        VideoName { title: id, video }
    };
    // Some count every season as a title of its own.
    let by_number = |id: String, number: Option<u32>| {
        let video = number.map_or_else(|| id.clone(), |number| format!("{id}:{number}"));
        VideoName { title: id, video }
    };
    let imdb = external
        .imdb
        .iter()
        .filter(|id| id.starts_with("tt"))
        .cloned()
        .map(by_season);
    let addon = external.addon.iter().cloned().map(|id| {
        if id.starts_with("kitsu:") || id.starts_with("anilist:") {
            by_number(id, episode.map(|episode| episode.number))
        } else {
            by_season(id)
        }
    });
    let tmdb = external.tmdb.map(|id| by_season(format!("tmdb:{id}")));
    let entry = entry(external, episode);
    let anime = [("mal", entry.mal), ("shikimori", entry.shikimori)]
        .into_iter()
        .filter_map(|(service, id)| Some(by_number(format!("{service}:{}", id?), entry.number)));
    imdb.chain(addon).chain(tmdb).chain(anime).collect()
}

/// The anime that an episode is of where each season is one, and its number there.
struct Entry {
    mal: Option<u64>,
    shikimori: Option<u64>,
    number: Option<u32>,
}

fn entry(external: &External, episode: Option<&Episode>) -> Entry {
    let whole = Entry {
        mal: external.mal,
        shikimori: external.shikimori,
        number: episode.map(|episode| episode.number),
    };
    let Some(episode) = episode else {
        return whole;
    };
    let part = external
        .parts
        .iter()
        .filter(|part| part.season == episode.season && part.from <= episode.number)
        .max_by_key(|part| part.from);
    match part {
        Some(part) => Entry {
            mal: part.mal,
            shikimori: Some(part.shikimori),
            number: Some(episode.number - part.from + 1),
        },
        None if episode.season == 1 => whole,
        // Nobody says which one a later season is.
        None => Entry {
            mal: None,
            shikimori: None,
            number: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use hearth_model::{EpisodeFacts, EpisodeId, Names, SeasonEntry, TitleId};

    use super::*;

    fn episode(season: u32, number: u32) -> Episode {
        Episode {
            id: EpisodeId::from_name("e"),
            title_id: TitleId::from_name("t"),
            season,
            number,
            names: Names::default(),
            facts: EpisodeFacts::default(),
        }
    }

    fn videos(external: &External, episode: Option<&Episode>) -> Vec<String> {
        let names = all(external, episode).into_iter();
        names.map(|name| name.video).collect()
    }

    #[test]
    fn an_episode_has_a_name_with_each_service() {
        let external = External {
            imdb: Some("tt0213338".into()),
            tmdb: Some(30991),
            mal: Some(1),
            shikimori: Some(1),
            addon: Some("kitsu:7".into()),
            ..External::default()
        };
        assert_eq!(
            videos(&external, Some(&episode(1, 5))),
            [
                "tt0213338:1:5",
                "kitsu:7:5",
                "tmdb:30991:1:5",
                "mal:1:5",
                "shikimori:1:5"
            ]
        );
        assert_eq!(
            videos(&external, None),
            ["tt0213338", "kitsu:7", "tmdb:30991", "mal:1", "shikimori:1"]
        );
    }

    #[test]
    fn a_later_season_of_an_anime_is_an_entry_of_its_own() {
        let external = External {
            mal: Some(1),
            parts: vec![
                SeasonEntry {
                    season: 2,
                    from: 1,
                    shikimori: 20,
                    mal: Some(20),
                },
                SeasonEntry {
                    season: 2,
                    from: 13,
                    shikimori: 21,
                    mal: Some(21),
                },
            ],
            ..External::default()
        };
        assert_eq!(
            videos(&external, Some(&episode(2, 14))),
            ["mal:21:2", "shikimori:21:2"]
        );
        assert_eq!(videos(&external, Some(&episode(1, 2))), ["mal:1:2"]);
        assert!(videos(&external, Some(&episode(3, 2))).is_empty());
    }
}
