//! Which requests a query becomes, given what the indexer can be asked.

use hearth_model::TitleKind;

use super::caps::Caps;
use crate::{Query, query::Name};

/// Parameters without the key, in sending order.
pub(super) type Request = Vec<(&'static str, String)>;

/// Indexers behind one address are shared and limited: no search sends more.
const MOST_REQUESTS: usize = 5;
const MOST_ITEMS: &str = "100";

pub(super) fn requests(caps: &Caps, query: &Query) -> Vec<Request> {
    let Some(categories) = categories(caps, query) else {
        return Vec::new();
    };
    let mut requests: Vec<Request> = Vec::new();
    for mut request in questions(caps, query) {
        if let Some(categories) = &categories {
            request.push(("cat", categories.clone()));
        }
        request.push(("limit", MOST_ITEMS.into()));
        if !requests.contains(&request) {
            requests.push(request);
        }
    }
    requests.truncate(MOST_REQUESTS);
    requests
}

fn questions(caps: &Caps, query: &Query) -> Vec<Request> {
    match (query.title.kind, &query.episode) {
        (TitleKind::Film, _) => film(caps, query),
        (_, None) => query
            .names()
            .iter()
            .filter_map(|name| words(caps, &name.words))
            .collect(),
        (kind, Some(episode)) => {
            let place = Place {
                season: episode.season,
                number: episode.number,
            };
            let mut asked = Vec::new();
            if let Some(imdb) = query
                .imdb()
                .filter(|_| caps.tv.takes(&["imdbid", "season", "ep"]))
            {
                asked.push(vec![
                    ("t", "tvsearch".into()),
                    ("imdbid", imdb.to_owned()),
                    ("season", place.season.to_string()),
                    ("ep", place.number.to_string()),
                ]);
            }
            for name in query.names() {
                if let Some(absolute) = query.absolute().filter(|_| kind == TitleKind::Anime) {
                    asked.extend(anime(caps, &name, absolute));
                } else {
                    asked.extend(episode_of(caps, &name, place));
                }
            }
            asked
        }
    }
}

fn film(caps: &Caps, query: &Query) -> Vec<Request> {
    let mut asked = Vec::new();
    if let Some(imdb) = query.imdb().filter(|_| caps.movie.takes(&["imdbid"])) {
        asked.push(vec![("t", "movie".into()), ("imdbid", imdb.to_owned())]);
    }
    for name in query.names() {
        let with_year = match query.title.year {
            Some(year) => format!("{} {year}", name.words),
            None => name.words.clone(),
        };
        if let Some(year) = query
            .title
            .year
            .filter(|_| caps.movie.takes(&["q", "year"]))
        {
            asked.push(vec![
                ("t", "movie".into()),
                ("q", name.words),
                ("year", year.to_string()),
            ]);
        } else if caps.movie.takes(&["q"]) {
            asked.push(vec![("t", "movie".into()), ("q", with_year)]);
        } else {
            asked.extend(words(caps, &with_year));
        }
    }
    asked
}

#[derive(Clone, Copy)]
struct Place {
    season: u32,
    number: u32,
}

/// The episode by itself, and the packs of its season; Russian trackers keep whole seasons.
fn episode_of(caps: &Caps, name: &Name, place: Place) -> Vec<Request> {
    let Place { season, number } = place;
    let in_season = |with_episode: bool| {
        let mut request = vec![
            ("t", "tvsearch".into()),
            ("q", name.words.clone()),
            ("season", season.to_string()),
        ];
        if with_episode {
            request.push(("ep", number.to_string()));
        }
        request
    };
    if caps.tv.takes(&["q", "season"]) {
        let single = (!name.cyrillic && caps.tv.takes(&["ep"])).then(|| in_season(true));
        return single.into_iter().chain([in_season(false)]).collect();
    }
    if name.cyrillic {
        return words(caps, &name.words).into_iter().collect();
    }
    [
        words(caps, &format!("{} S{season:02}E{number:02}", name.words)),
        words(caps, &format!("{} S{season:02}", name.words)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Anime counts through: the number after the name, and the name alone for packs.
fn anime(caps: &Caps, name: &Name, absolute: u32) -> Vec<Request> {
    let alone = words(caps, &name.words);
    let numbered = words(caps, &format!("{} {absolute:02}", name.words));
    let numbered = numbered.filter(|_| !name.cyrillic);
    numbered.into_iter().chain(alone).collect()
}

/// A plain search, by whichever call takes words.
fn words(caps: &Caps, text: &str) -> Option<Request> {
    let call = if caps.search.takes(&["q"]) {
        "search"
    } else if caps.tv.takes(&["q"]) {
        "tvsearch"
    } else if caps.movie.takes(&["q"]) {
        "movie"
    } else {
        return None;
    };
    Some(vec![("t", call.into()), ("q", text.to_owned())])
}

/// The categories to ask in: none at all where the indexer holds nothing of the kind, an empty
/// choice where it lists no categories.
#[allow(
    clippy::option_option,
    reason = "the two kinds of nothing differ, and it is private"
)]
fn categories(caps: &Caps, query: &Query) -> Option<Option<String>> {
    if caps.categories.is_empty() {
        return Some(None);
    }
    let family = |parent: u32| {
        let listed = |id: &&u32| (parent..parent + 1000).contains(*id);
        if caps.categories.contains(&parent) {
            vec![parent]
        } else {
            caps.categories.iter().filter(listed).copied().collect()
        }
    };
    let chosen = match query.title.kind {
        TitleKind::Film => family(2000),
        TitleKind::Series => family(5000),
        TitleKind::Anime => {
            let series = if caps.categories.contains(&5070) {
                vec![5070]
            } else {
                family(5000)
            };
            let films = if query.episode.is_none() {
                family(2000)
            } else {
                Vec::new()
            };
            series.into_iter().chain(films).collect()
        }
    };
    let list = chosen
        .iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(",");
    (!list.is_empty()).then_some(Some(list))
}

#[cfg(test)]
mod tests {
    use hearth_model::{Episode, EpisodeFacts, EpisodeId, External, Names, Title, TitleId};

    use super::*;
    use crate::torznab::read_caps;

    fn query(kind: TitleKind, place: Option<(u32, u32)>) -> Query {
        let id = TitleId::from_name("t");
        let names = Names {
            ru: Some("Синтел".into()),
            en: Some("Sintel: A Film".into()),
            original: Some("Sintel: A Film".into()),
        };
        Query {
            title: Title {
                id,
                year: Some(2010),
                external: External {
                    imdb: Some("tt1727587".into()),
                    ..External::default()
                },
                ..Title::new(kind, names)
            },
            episode: place.map(|(season, number)| Episode {
                id: EpisodeId::from_name("e"),
                title_id: id,
                season,
                number,
                names: Names::default(),
                facts: EpisodeFacts::default(),
            }),
        }
    }

    fn asked(searching: &str, categories: &str, query: &Query) -> Vec<String> {
        let xml = format!(
            "<caps><searching>{searching}</searching><categories>{categories}</categories></caps>"
        );
        let show = |request: Request| {
            let pairs = request.into_iter().filter(|(key, _)| *key != "limit");
            pairs
                .map(|(key, value)| format!("{key}={value}"))
                .collect::<Vec<_>>()
                .join("&")
        };
        requests(&read_caps(&xml).unwrap(), query)
            .into_iter()
            .map(show)
            .collect()
    }

    const FULL: &str = r#"<search available="yes" supportedParams="q"/>
        <tv-search available="yes" supportedParams="q,season,ep,imdbid"/>
        <movie-search available="yes" supportedParams="q,imdbid,year"/>"#;
    const PLAIN: &str = r#"<search available="yes" supportedParams="q"/>
        <tv-search available="no" supportedParams="q,season,ep"/>
        <movie-search available="no"/>"#;
    const BOTH: &str = r#"<category id="2000"><subcat id="2040"/></category><category id="5000"/>"#;

    #[test]
    fn a_film_is_asked_by_id_and_by_names() {
        assert_eq!(
            asked(FULL, BOTH, &query(TitleKind::Film, None)),
            [
                "t=movie&imdbid=tt1727587&cat=2000",
                "t=movie&q=Sintel A Film&year=2010&cat=2000",
                "t=movie&q=Синтел&year=2010&cat=2000",
            ]
        );
        assert_eq!(
            asked(PLAIN, "", &query(TitleKind::Film, None)),
            ["t=search&q=Sintel A Film 2010", "t=search&q=Синтел 2010"]
        );
    }

    #[test]
    fn an_episode_is_asked_by_number_and_by_season() {
        let query = query(TitleKind::Series, Some((1, 5)));
        assert_eq!(
            asked(FULL, BOTH, &query),
            [
                "t=tvsearch&imdbid=tt1727587&season=1&ep=5&cat=5000",
                "t=tvsearch&q=Sintel A Film&season=1&ep=5&cat=5000",
                "t=tvsearch&q=Sintel A Film&season=1&cat=5000",
                "t=tvsearch&q=Синтел&season=1&cat=5000",
            ]
        );
        assert_eq!(
            asked(PLAIN, BOTH, &query),
            [
                "t=search&q=Sintel A Film S01E05&cat=5000",
                "t=search&q=Sintel A Film S01&cat=5000",
                "t=search&q=Синтел&cat=5000",
            ]
        );
    }

    #[test]
    fn anime_is_asked_by_its_absolute_number() {
        let query = query(TitleKind::Anime, Some((1, 7)));
        let anime = r#"<category id="5070"/><category id="2020"/>"#;
        let first = asked(PLAIN, anime, &query);
        assert_eq!(first[0], "t=search&q=Sintel A Film 07&cat=5070");
        assert_eq!(first[1], "t=search&q=Sintel A Film&cat=5070");
    }

    #[test]
    fn an_indexer_without_the_kind_is_not_asked() {
        let music = r#"<category id="3000"/>"#;
        assert!(asked(FULL, music, &query(TitleKind::Film, None)).is_empty());
        let only_hd = r#"<category id="2040"/><category id="2045"/>"#;
        let film = asked(PLAIN, only_hd, &query(TitleKind::Film, None));
        assert!(film[0].ends_with("cat=2040,2045"), "{film:?}");
    }

    #[test]
    fn only_listed_parameters_are_sent() {
        let query = query(TitleKind::Film, None);
        let by_id =
            r#"<search available="no"/><movie-search available="yes" supportedParams="imdbid"/>"#;
        assert_eq!(asked(by_id, "", &query), ["t=movie&imdbid=tt1727587"]);
        assert!(asked(r#"<search available="no"/>"#, "", &query).is_empty());
        assert_eq!(asked("", "", &query).len(), 2, "silent caps take words");
    }
}
