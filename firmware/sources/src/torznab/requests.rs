//! Which requests a query becomes, given what the indexer can be asked.

use hearth_model::{TitleKind, TmdbKind};

use super::caps::Caps;
use crate::{
    Query,
    query::{Name, in_turn},
};

/// Parameters without the key, in sending order.
pub(super) type Request = Vec<(&'static str, String)>;

/// Indexers behind one address are shared and limited: no search sends more.
const MOST_REQUESTS: usize = 6;
const MOST_ITEMS: u32 = 100;

pub(super) fn requests(caps: &Caps, query: &Query) -> Vec<Request> {
    let Some(categories) = categories(caps, query) else {
        return Vec::new();
    };
    let most = caps.most_items.unwrap_or(MOST_ITEMS).min(MOST_ITEMS);
    let mut requests: Vec<Request> = Vec::new();
    for mut request in questions(caps, query) {
        if let Some(categories) = &categories {
            request.push(("cat", categories.clone()));
        }
        request.push(("limit", most.to_string()));
        if !requests.contains(&request) {
            requests.push(request);
        }
    }
    requests.truncate(MOST_REQUESTS);
    requests
}

/// By id first, then by each of the names.
fn questions(caps: &Caps, query: &Query) -> Vec<Request> {
    let by_name = |name: &Name| match (query.title.kind, &query.episode) {
        (TitleKind::Film, _) => film(caps, query, name),
        (_, Some(episode)) if query.absolute().is_none() && caps.tv.takes(&["q", "season"]) => {
            in_season(caps, name, episode.season, episode.number)
        }
        _ => query
            .phrases_of(name)
            .iter()
            .filter_map(|phrase| words(caps, phrase))
            .collect(),
    };
    let by_name = in_turn(query.names().iter().map(by_name).collect());
    by_id(caps, query).into_iter().chain(by_name).collect()
}

/// The call by an id that the indexer and the title both know, and of an episode its season too:
/// many indexers find packs by no episode.
fn by_id(caps: &Caps, query: &Query) -> Vec<Request> {
    // An anime without an episode is a film.
    let (call, mode, tmdb_kind) = match query.episode {
        None => ("movie", &caps.movie, TmdbKind::Movie),
        Some(_) => ("tvsearch", &caps.tv, TmdbKind::Tv),
    };
    let tmdb = query.title.external.tmdb_key();
    let tmdb = tmdb.filter(|(kind, _)| *kind == tmdb_kind);
    let ids = [
        ("imdbid", query.imdb().map(ToOwned::to_owned)),
        ("tmdbid", tmdb.map(|(_, id)| id.to_string())),
    ];
    let known = ids
        .into_iter()
        .find_map(|(param, id)| Some((param, id?)).filter(|(param, _)| mode.takes(&[*param])));
    let Some((param, id)) = known else {
        return Vec::new();
    };
    let whole = vec![("t", call.to_owned()), (param, id)];
    match &query.episode {
        None => vec![whole],
        Some(episode) if mode.takes(&["season"]) => {
            let mut season = whole;
            season.push(("season", episode.season.to_string()));
            let mut single = season.clone();
            single.push(("ep", episode.number.to_string()));
            let single = mode.takes(&["ep"]).then_some(single);
            single.into_iter().chain([season]).collect()
        }
        _ => Vec::new(),
    }
}

fn film(caps: &Caps, query: &Query, name: &Name) -> Vec<Request> {
    let with_year = match query.title.year {
        Some(year) => format!("{} {year}", name.words),
        None => name.words.clone(),
    };
    let year = query
        .title
        .year
        .filter(|_| caps.movie.takes(&["q", "year"]));
    if let Some(year) = year {
        vec![vec![
            ("t", "movie".into()),
            ("q", name.words.clone()),
            ("year", year.to_string()),
        ]]
    } else if caps.movie.takes(&["q"]) {
        vec![vec![("t", "movie".into()), ("q", with_year)]]
    } else {
        words(caps, &with_year).into_iter().collect()
    }
}

/// The episode by itself, and the packs of its season; Russian trackers keep whole seasons.
fn in_season(caps: &Caps, name: &Name, season: u32, number: u32) -> Vec<Request> {
    let whole = vec![
        ("t", "tvsearch".into()),
        ("q", name.words.clone()),
        ("season", season.to_string()),
    ];
    let single = (!name.cyrillic && caps.tv.takes(&["ep"])).then(|| {
        let mut single = whole.clone();
        single.push(("ep", number.to_string()));
        single
    });
    single.into_iter().chain([whole]).collect()
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
        let title = Title {
            id,
            year: Some(2010),
            external: External {
                imdb: Some("tt1727587".into()),
                ..External::default()
            },
            ..Title::new(kind, names)
        };
        let episode = place.map(|(season, number)| Episode {
            id: EpisodeId::from_name("e"),
            title_id: id,
            season,
            number,
            names: Names::default(),
            facts: EpisodeFacts::default(),
        });
        Query::new(title, episode)
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
                "t=tvsearch&imdbid=tt1727587&season=1&cat=5000",
                "t=tvsearch&q=Sintel A Film&season=1&ep=5&cat=5000",
                "t=tvsearch&q=Синтел&season=1&cat=5000",
                "t=tvsearch&q=Sintel A Film&season=1&cat=5000",
            ]
        );
        assert_eq!(
            asked(PLAIN, BOTH, &query),
            [
                "t=search&q=Sintel A Film S01E05&cat=5000",
                "t=search&q=Синтел&cat=5000",
                "t=search&q=Sintel A Film S01&cat=5000",
            ]
        );
    }

    #[test]
    fn anime_is_asked_by_its_absolute_number() {
        let query = query(TitleKind::Anime, Some((1, 7)));
        let anime = r#"<category id="5070"/><category id="2020"/>"#;
        assert_eq!(
            asked(PLAIN, anime, &query),
            [
                "t=search&q=Sintel A Film 07&cat=5070",
                "t=search&q=Синтел&cat=5070",
                "t=search&q=Sintel A Film&cat=5070",
            ]
        );
        assert_eq!(
            asked(FULL, anime, &self::query(TitleKind::Anime, None))[0],
            "t=movie&imdbid=tt1727587&cat=5070,2020",
            "a film"
        );
        let later = Query {
            absolute: Some(31),
            ..self::query(TitleKind::Anime, Some((2, 7)))
        };
        let asked = asked(PLAIN, anime, &later);
        assert_eq!(asked[0], "t=search&q=Sintel A Film 31&cat=5070");
        assert_eq!(asked[2], "t=search&q=Sintel A Film S02E07&cat=5070");
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
    fn tmdb_is_asked_by_where_imdb_is_not_known() {
        let by_tmdb = r#"<search available="no"/>
            <movie-search available="yes" supportedParams="imdbid,tmdbid"/>
            <tv-search available="yes" supportedParams="tmdbid,season"/>"#;
        let mut film = query(TitleKind::Film, None);
        film.title.external.tmdb = Some(45745);
        film.title.external.tmdb_kind = Some(TmdbKind::Movie);
        assert_eq!(asked(by_tmdb, "", &film), ["t=movie&imdbid=tt1727587"]);
        film.title.external.imdb = None;
        assert_eq!(asked(by_tmdb, "", &film), ["t=movie&tmdbid=45745"]);
        let mut series = query(TitleKind::Series, Some((1, 5)));
        series.title.external = film.title.external.clone();
        assert!(
            !asked(by_tmdb, "", &series)
                .iter()
                .any(|request| request.contains("tmdbid")),
            "the number of a film is none of a series"
        );
        series.title.external.tmdb_kind = Some(TmdbKind::Tv);
        assert_eq!(
            asked(by_tmdb, "", &series)[0],
            "t=tvsearch&tmdbid=45745&season=1"
        );
    }

    #[test]
    fn no_more_is_asked_for_than_the_indexer_gives() {
        let limit = |limits: &str| {
            let caps = read_caps(&format!("<caps>{limits}</caps>")).unwrap();
            requests(&caps, &query(TitleKind::Film, None))[0]
                .last()
                .cloned()
        };
        assert_eq!(limit(r#"<limits max="50"/>"#), Some(("limit", "50".into())));
        for limits in ["", r#"<limits max="5000"/>"#, r#"<limits max="0"/>"#] {
            assert_eq!(limit(limits), Some(("limit", "100".into())));
        }
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
