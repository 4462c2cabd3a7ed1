//! Episodes, from the same season in both languages.

use hearth_model::{EpisodeFacts, FoundEpisode, Names};
use serde_json::Value;

use super::titles::Pictures;
use crate::reading::{self, Reading};

pub(super) fn episodes(russian: &Value, english: &Value, pictures: &Pictures) -> Vec<FoundEpisode> {
    let of_russian = russian
        .list("episodes")
        .filter_map(|item| episode(item, pictures));
    let mut all: Vec<FoundEpisode> = of_russian.collect();
    for item in english.list("episodes") {
        let Some(mut more) = episode(item, pictures) else {
            continue;
        };
        more.names = Names {
            en: item.line("name"),
            ..Names::default()
        };
        more.facts.overview = Names {
            en: item.prose("overview"),
            ..Names::default()
        };
        let place = (more.season, more.number);
        match all
            .iter_mut()
            .find(|known| (known.season, known.number) == place)
        {
            Some(known) => {
                known.names.en = more.names.en;
                known.facts.overview.en = more.facts.overview.en;
            }
            None => all.push(more),
        }
    }
    all.sort_by_key(|episode| (episode.season, episode.number));
    all
}

fn episode(item: &Value, pictures: &Pictures) -> Option<FoundEpisode> {
    Some(FoundEpisode {
        season: item.number("season_number")?,
        number: item.number("episode_number")?,
        names: Names {
            ru: reading::russian(item.line("name")),
            ..Names::default()
        },
        facts: EpisodeFacts {
            overview: Names {
                ru: reading::russian(item.prose("overview")),
                ..Names::default()
            },
            released_on: item.date("air_date"),
            runtime_minutes: item.above_zero("runtime"),
            still: pictures.still(item),
            still_look: None,
        },
    })
}
