//! The questions and their answers. A question may cost 190; a poster costs 5, a list inside a
//! title 10.

use hearth_model::{
    Credit, Details, External, Facts, Format, Franchise, Names, Part, Person, Picture, PictureKind,
    Relation, Relative, Status, Title, TitleId, TitleKind, Video, VideoKind,
};
use serde_json::Value;

use crate::{
    reading::{self, Reading},
    service::Found,
};

macro_rules! of_a_title {
    () => {
        "id malId name russian english japanese synonyms kind rating score status episodes \
         episodesAired duration airedOn { year month day date } nextEpisodeAt isCensored franchise \
         genres { name russian } poster { mainUrl originalUrl } description"
    };
}

pub(super) const SEARCH: &str = concat!(
    "query($search: String, $page: PositiveInt, $limit: PositiveInt) { animes(search: $search, \
     page: $page, limit: $limit, censored: true) { ",
    of_a_title!(),
    " } }"
);

pub(super) const LIST: &str = concat!(
    "query($order: OrderEnum, $status: AnimeStatusString, $page: PositiveInt, \
     $limit: PositiveInt) { animes(order: $order, status: $status, page: $page, limit: $limit, \
     censored: true) { ",
    of_a_title!(),
    " } }"
);

pub(super) const FRANCHISE: &str = concat!(
    "query($franchise: String, $limit: PositiveInt) { animes(franchise: $franchise, \
     limit: $limit, censored: true, order: aired_on) { ",
    of_a_title!(),
    " } }"
);

pub(super) const DETAILS: &str = concat!(
    "query($ids: String) { animes(ids: $ids, limit: 1, censored: false) { ",
    of_a_title!(),
    " studios { name } externalLinks { kind url } \
     personRoles { rolesEn rolesRu person { id name poster { mainUrl } } } \
     related { relationKind anime { id malId name russian airedOn { year } } } \
     videos { name kind url playerUrl } screenshots { originalUrl } } }"
);

/// Errors come with status 200, and with half an answer at times.
pub(super) fn is_answer(bytes: &[u8]) -> Result<(), String> {
    let answer: Value =
        serde_json::from_slice(bytes).map_err(|_| "it is not the JSON that was expected")?;
    if answer.at("data").at("animes").is_array() {
        return Ok(());
    }
    let said = answer
        .list("errors")
        .find_map(|error| error.line("message"));
    Err(said.unwrap_or_else(|| "it has no anime in it".into()))
}

/// None for what has no id or no name, and for adult titles.
pub(super) fn title(item: &Value) -> Option<Title> {
    let id: u64 = item.above_zero("id")?;
    if item.at("isCensored") == true || item.at("rating") == "rx" {
        return None;
    }
    let romaji = item.line("name");
    let japanese = item.line("japanese");
    let names = Names {
        ru: item.line("russian"),
        en: item.line("english").or_else(|| romaji.clone()),
        original: japanese.clone().or_else(|| romaji.clone()),
    };
    if names.is_empty() {
        return None;
    }
    let synonyms = item
        .list("synonyms")
        .filter_map(|name| reading::line(name.as_str()?));
    let aliases = romaji
        .into_iter()
        .chain(synonyms)
        .filter(|name| !names.all().any(|known| known == name));
    let aliases = reading::distinct(aliases, 20);
    let aired = item.at("airedOn");
    let released_on = aired
        .date("date")
        .or_else(|| aired.above_zero::<u32>("year").map(|year| year.to_string()))
        .filter(|date| reading::year(date).is_some());
    let external = External {
        shikimori: Some(id),
        mal: item.above_zero("malId"),
        ..External::default()
    };
    Some(Title {
        id: TitleId::from_name(&format!("shikimori:{id}")),
        kind: TitleKind::Anime,
        names,
        year: released_on.as_deref().and_then(reading::year),
        genres: reading::distinct(
            item.list("genres")
                .filter_map(|genre| genre.line("name"))
                .flat_map(|name| reading::genres(&name)),
            20,
        ),
        rating: reading::rating(item.real("score")),
        poster: [
            item.at("poster").line("mainUrl"),
            item.at("poster").line("originalUrl"),
        ]
        .into_iter()
        .flatten()
        .find(|url| url.starts_with("https://") || url.starts_with("http://")),
        poster_look: None,
        overview: reading::named(item.prose("description").map(|text| plain(&text))),
        runtime_minutes: item.above_zero("duration"),
        licence: None,
        external,
        facts: Facts {
            format: item.line("kind").as_deref().and_then(format),
            status: item.line("status").as_deref().and_then(status),
            released_on,
            age: item.line("rating").as_deref().and_then(age),
            aliases,
            franchise: item
                .line("franchise")
                .map(|franchise| format!("shikimori:{franchise}")),
            episode_count: item.above_zero("episodes"),
            episodes_out: item.above_zero("episodesAired"),
            next_episode_at: item
                .line("nextEpisodeAt")
                .and_then(|text| reading::moment(&text)),
            ..Facts::default()
        },
    })
}

pub(super) fn found(item: &Value) -> Option<Found> {
    let mut title = title(item)?;
    let imdb = item.list("externalLinks").find_map(|link| {
        let url = link.line("url")?;
        let id = url.split('/').find(|part| part.starts_with("tt"))?;
        (link.at("kind") == "imdb" && id[2..].bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| id.to_owned())
    });
    title.external.imdb = imdb;
    let details = Details {
        credits: item
            .list("personRoles")
            .filter_map(credit)
            .take(40)
            .collect(),
        pictures: item
            .list("screenshots")
            .filter_map(|shot| still(shot.line("originalUrl")?))
            .take(20)
            .collect(),
        videos: item.list("videos").filter_map(video).take(30).collect(),
        studios: reading::distinct(
            item.list("studios")
                .filter_map(|studio| studio.line("name")),
            20,
        ),
        franchise: title.facts.franchise.clone().map(|key| Franchise {
            key,
            names: Names::default(),
            poster: None,
        }),
        relatives: item
            .list("related")
            .filter_map(|related| {
                let anime = related.at("anime");
                let said = related.line("relationKind").unwrap_or_default();
                relative(anime, &said, anime.at("airedOn").number("year"))
            })
            .collect(),
        ..Details::default()
    };
    Some(Found { title, details })
}

fn credit(item: &Value) -> Option<Credit> {
    let person = item.at("person");
    let id: u64 = person.above_zero("id")?;
    let first = |key: &str| {
        item.list(key)
            .find_map(|role| reading::line(role.as_str()?))
    };
    let role = Names {
        ru: first("rolesRu"),
        en: first("rolesEn"),
        original: None,
    };
    Some(Credit {
        part: match role.en.as_deref() {
            Some("Director") => Part::Director,
            Some("Script" | "Series Composition") => Part::Writer,
            Some("Music") => Part::Composer,
            Some("Original Creator") => Part::Creator,
            _ => Part::Crew,
        },
        person: Person {
            key: format!("shikimori:{id}"),
            names: reading::named(Some(person.line("name")?)),
            photo: person.at("poster").line("mainUrl"),
        },
        role,
    })
}

pub(super) fn still(url: String) -> Option<Picture> {
    let is_one = url.starts_with("https://") || url.starts_with("http://");
    is_one.then_some(Picture {
        kind: PictureKind::Still,
        url,
        width: None,
        height: None,
        language: None,
    })
}

pub(super) fn video(item: &Value) -> Option<Video> {
    let url = item.line("url")?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return None;
    }
    Some(Video {
        kind: match item.line("kind").as_deref() {
            Some("pv") => VideoKind::Trailer,
            Some("op" | "op_clip") => VideoKind::Opening,
            Some("ed" | "ed_clip") => VideoKind::Ending,
            Some("clip" | "episode_preview") => VideoKind::Clip,
            _ => VideoKind::Other,
        },
        name: item.line("name").unwrap_or_default(),
        url,
        language: None,
    })
}

pub(super) fn relative(anime: &Value, said: &str, year: Option<u16>) -> Option<Relative> {
    let id: u64 = anime.above_zero("id")?;
    let said: String = said
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    Some(Relative {
        relation: match said.as_str() {
            "prequel" => Relation::Prequel,
            "sequel" => Relation::Sequel,
            "side_story" => Relation::SideStory,
            "parent_story" => Relation::ParentStory,
            "summary" => Relation::Summary,
            "full_story" => Relation::FullStory,
            "spin_off" => Relation::SpinOff,
            "alternative_version" => Relation::AlternativeVersion,
            "alternative_setting" => Relation::AlternativeSetting,
            "character" => Relation::SharedCharacter,
            _ => Relation::Other,
        },
        names: Names {
            ru: anime.line("russian"),
            en: anime.line("name"),
            original: None,
        },
        year,
        external: External {
            shikimori: Some(id),
            mal: anime.above_zero("malId"),
            ..External::default()
        },
    })
}

pub(super) fn format(kind: &str) -> Option<Format> {
    Some(match kind {
        "movie" => Format::Film,
        "ova" => Format::Ova,
        "ona" => Format::Ona,
        "special" | "tv_special" => Format::Special,
        "music" | "pv" | "cm" => Format::Clip,
        kind if kind == "tv" || kind.starts_with("tv_") => Format::Series,
        _ => return None,
    })
}

pub(super) fn status(word: &str) -> Option<Status> {
    Some(match word {
        "anons" => Status::Announced,
        "ongoing" => Status::Ongoing,
        "released" => Status::Released,
        _ => return None,
    })
}

pub(super) fn age(rating: &str) -> Option<u8> {
    Some(match rating {
        "g" => 0,
        "pg" => 8,
        "pg_13" => 13,
        "r" => 17,
        "r_plus" | "rx" => 18,
        _ => return None,
    })
}

/// The text without the site's own marks: `[character=1]Spike[/character]`, `[[Spike]]`.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['[', '<']) {
        plain.push_str(&rest[..at]);
        let from = &rest[at..];
        let close = if from.starts_with('[') { ']' } else { '>' };
        let inside = from[1..].split(close).next().unwrap_or_default();
        let is_mark = inside.len() + 1 < from.len()
            && inside.len() < 100
            && inside
                .trim_start_matches('/')
                .starts_with(|c: char| c.is_ascii_alphabetic());
        if is_mark {
            rest = &from[inside.len() + 2..];
        } else {
            let doubled = from.starts_with("[[");
            if !doubled {
                plain.push_str(&from[..1]);
            }
            rest = &from[if doubled { 2 } else { 1 }..];
        }
    }
    plain.push_str(rest);
    plain.replace("]]", "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sites_marks_are_taken_out() {
        for (marked, expected) in [
            (
                "[character=1]Спайк[/character] и [i]Джет[/i]",
                "Спайк и Джет",
            ),
            ("[[Спайк]] летит", "Спайк летит"),
            ("a < b [1] [", "a < b [1] ["),
            ("строка<br>строка", "строкастрока"),
            ("[]", "[]"),
            ("[я", "[я"),
        ] {
            assert_eq!(plain(marked), expected, "{marked}");
        }
    }
}
