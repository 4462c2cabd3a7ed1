//! What is known of titles and episodes beside their names.

use hearth_model::{EpisodeFacts, Facts, Format, Status};
use serde::{Deserialize, Serialize};

use super::NamesRow;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct FactsRow {
    format: Option<String>,
    status: Option<String>,
    countries: Vec<String>,
    released_on: Option<String>,
    popularity: Option<f32>,
    votes: Option<u32>,
    age: Option<u8>,
    adult: bool,
    backdrop: Option<String>,
    aliases: Vec<String>,
    franchise: Option<String>,
    episode_count: Option<u32>,
    episodes_out: Option<u32>,
    next_episode_at: Option<u64>,
}

impl From<&Facts> for FactsRow {
    fn from(facts: &Facts) -> Self {
        let facts = facts.clone();
        Self {
            format: facts.format.map(|format| name_of(format).to_owned()),
            status: facts.status.map(|status| word_of(status).to_owned()),
            countries: facts.countries,
            released_on: facts.released_on,
            popularity: facts.popularity,
            votes: facts.votes,
            age: facts.age,
            adult: facts.adult,
            backdrop: facts.backdrop,
            aliases: facts.aliases,
            franchise: facts.franchise,
            episode_count: facts.episode_count,
            episodes_out: facts.episodes_out,
            next_episode_at: facts.next_episode_at,
        }
    }
}

impl From<FactsRow> for Facts {
    fn from(row: FactsRow) -> Self {
        Self {
            format: row
                .format
                .and_then(|name| FORMATS.into_iter().find(|format| name_of(*format) == name)),
            status: row
                .status
                .and_then(|word| STATUSES.into_iter().find(|status| word_of(*status) == word)),
            countries: row.countries,
            released_on: row.released_on,
            popularity: row.popularity,
            votes: row.votes,
            age: row.age,
            adult: row.adult,
            backdrop: row.backdrop,
            backdrop_look: None,
            aliases: row.aliases,
            franchise: row.franchise,
            episode_count: row.episode_count,
            episodes_out: row.episodes_out,
            next_episode_at: row.next_episode_at,
        }
    }
}

const FORMATS: [Format; 6] = [
    Format::Film,
    Format::Series,
    Format::Ova,
    Format::Ona,
    Format::Special,
    Format::Clip,
];

fn name_of(format: Format) -> &'static str {
    match format {
        Format::Film => "film",
        Format::Series => "series",
        Format::Ova => "ova",
        Format::Ona => "ona",
        Format::Special => "special",
        Format::Clip => "clip",
    }
}

const STATUSES: [Status; 4] = [
    Status::Announced,
    Status::Ongoing,
    Status::Released,
    Status::Cancelled,
];

fn word_of(status: Status) -> &'static str {
    match status {
        Status::Announced => "announced",
        Status::Ongoing => "ongoing",
        Status::Released => "released",
        Status::Cancelled => "cancelled",
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EpisodeFactsRow {
    overview: NamesRow,
    released_on: Option<String>,
    runtime_minutes: Option<u32>,
    still: Option<String>,
}

impl From<&EpisodeFacts> for EpisodeFactsRow {
    fn from(facts: &EpisodeFacts) -> Self {
        Self {
            overview: (&facts.overview).into(),
            released_on: facts.released_on.clone(),
            runtime_minutes: facts.runtime_minutes,
            still: facts.still.clone(),
        }
    }
}

impl From<EpisodeFactsRow> for EpisodeFacts {
    fn from(row: EpisodeFactsRow) -> Self {
        Self {
            overview: row.overview.into(),
            released_on: row.released_on,
            runtime_minutes: row.runtime_minutes,
            still: row.still,
            still_look: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use hearth_model::Names;

    use super::*;
    use crate::rows::decode;

    /// As the first release with these rows wrote them: must be read for ever.
    #[test]
    fn rows_of_earlier_releases_are_read() {
        let title = r#"{"format":"ova","status":"ongoing","countries":["JP"],
            "released_on":"1998-04","popularity":1.5,"votes":9,"age":16,"backdrop":"/b.jpg",
            "aliases":["Bebop"],"franchise":"shikimori:bebop","episode_count":26,
            "episodes_out":4,"next_episode_at":7}"#;
        let row: FactsRow = decode("titles", title.as_bytes()).unwrap();
        let facts = Facts {
            format: Some(Format::Ova),
            status: Some(Status::Ongoing),
            countries: vec!["JP".into()],
            released_on: Some("1998-04".into()),
            popularity: Some(1.5),
            votes: Some(9),
            age: Some(16),
            adult: false,
            backdrop_look: None,
            backdrop: Some("/b.jpg".into()),
            aliases: vec!["Bebop".into()],
            franchise: Some("shikimori:bebop".into()),
            episode_count: Some(26),
            episodes_out: Some(4),
            next_episode_at: Some(7),
        };
        assert_eq!(Facts::from(row), facts);
        assert_eq!(Facts::from(FactsRow::from(&facts)), facts);
        let none: FactsRow = decode("titles", b"{}").unwrap();
        assert_eq!(Facts::from(none), Facts::default());

        let episode = r#"{"overview":{"ru":"О чём","en":null,"original":null},
            "released_on":"2011-04-17","runtime_minutes":62,"still":"/s.jpg"}"#;
        let row: EpisodeFactsRow = decode("episodes", episode.as_bytes()).unwrap();
        let facts = EpisodeFacts {
            overview: Names {
                ru: Some("О чём".into()),
                ..Names::default()
            },
            released_on: Some("2011-04-17".into()),
            runtime_minutes: Some(62),
            still_look: None,
            still: Some("/s.jpg".into()),
        };
        assert_eq!(EpisodeFacts::from(row), facts);
    }

    #[test]
    fn every_format_and_status_comes_back() {
        for format in FORMATS {
            let facts = Facts {
                format: Some(format),
                ..Facts::default()
            };
            assert_eq!(Facts::from(FactsRow::from(&facts)), facts);
        }
        for status in STATUSES {
            let facts = Facts {
                status: Some(status),
                ..Facts::default()
            };
            assert_eq!(Facts::from(FactsRow::from(&facts)), facts);
        }
    }
}
