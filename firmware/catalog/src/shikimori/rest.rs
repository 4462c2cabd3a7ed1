//! The older answers: the same things by other names, and pictures by their paths.

use hearth_model::{Relative, Title, UpcomingEpisode};
use serde_json::{Value, json};

use super::graphql;
use crate::{
    reading::{self, Reading},
    service::Found,
};

/// In the names of the new answers, so that one reader reads both.
fn renamed(item: &Value, base: &str) -> Value {
    let first = |key: &str| {
        item.list(key)
            .find_map(|name| reading::line(name.as_str()?))
    };
    let poster = item.at("image").line("original").and_then(|path| {
        // What stands in for a poster that there is none.
        (!path.contains("missing_")).then(|| absolute(&path, base))
    });
    json!({
        "id": item.at("id"),
        // REST and the site number anime as MyAnimeList does, and say so in details only.
        "malId": item.at("myanimelist_id"),
        "name": item.at("name"),
        "russian": item.at("russian"),
        "english": first("english"),
        "japanese": first("japanese"),
        "synonyms": item.at("synonyms"),
        "kind": item.at("kind"),
        "rating": item.at("rating"),
        "score": item.at("score"),
        "status": item.at("status"),
        "episodes": item.at("episodes"),
        "episodesAired": item.at("episodes_aired"),
        "duration": item.at("duration"),
        "airedOn": {"date": item.at("aired_on")},
        "nextEpisodeAt": item.at("next_episode_at"),
        "franchise": item.at("franchise"),
        "genres": item.at("genres"),
        "studios": item.at("studios"),
        "videos": item.at("videos"),
        "poster": {"originalUrl": poster},
        "description": item.at("description"),
        "screenshots": item
            .list("screenshots")
            .filter_map(|shot| Some(json!({"originalUrl": absolute(&shot.line("original")?, base)})))
            .collect::<Vec<_>>(),
    })
}

fn absolute(path: &str, base: &str) -> String {
    if path.starts_with('/') {
        format!("{base}{path}")
    } else {
        path.to_owned()
    }
}

pub(super) fn title(item: &Value, base: &str) -> Option<Title> {
    graphql::title(&renamed(item, base))
}

pub(super) fn found(item: &Value, base: &str) -> Option<Found> {
    graphql::found(&renamed(item, base))
}

pub(super) fn relatives(answer: &Value) -> Vec<Relative> {
    let all = answer.as_array().into_iter().flatten();
    all.filter_map(|related| {
        let anime = related.at("anime");
        let year = anime.date("aired_on").as_deref().and_then(reading::year);
        graphql::relative(anime, &related.line("relation")?, year)
    })
    .collect()
}

/// None where it is no list at all.
pub(super) fn calendar(answer: &Value, base: &str) -> Option<Vec<UpcomingEpisode>> {
    let all = answer.as_array()?.iter().filter_map(|item| {
        Some(UpcomingEpisode {
            title: title(item.at("anime"), base)?,
            number: item.number("next_episode"),
            at: reading::moment(&item.line("next_episode_at")?)?,
        })
    });
    Some(all.collect())
}
