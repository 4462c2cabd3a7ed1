//! Titles as TMDB lists them.

use hearth_model::{Facts, Format, Names, Person, Title, TitleId, TitleKind, TmdbKind};
use serde_json::Value;

use super::external;
use crate::{
    reading::{self, Reading},
    service::Page,
};

/// Where pictures lie, in the size a use of them needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pictures {
    base: String,
}

impl Default for Pictures {
    fn default() -> Self {
        Self::at("https://image.tmdb.org/t/p")
    }
}

impl Pictures {
    pub(super) fn at(base: &str) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
        }
    }

    pub(super) fn of(configuration: &Value) -> Self {
        let base = configuration.at("images").line("secure_base_url");
        match base.filter(|base| base.starts_with("https://") || base.starts_with("http://")) {
            Some(base) => Self::at(&base),
            None => Self::default(),
        }
    }

    pub(super) fn poster(&self, item: &Value) -> Option<String> {
        self.picture(item, "poster_path", "w500")
    }

    pub(super) fn backdrop(&self, item: &Value) -> Option<String> {
        self.picture(item, "backdrop_path", "w1280")
    }

    pub(super) fn still(&self, item: &Value) -> Option<String> {
        self.picture(item, "still_path", "w300")
    }

    pub(super) fn photo(&self, item: &Value) -> Option<String> {
        self.picture(item, "profile_path", "w185")
    }

    pub(super) fn picture(&self, item: &Value, key: &str, size: &str) -> Option<String> {
        let path = item.line(key)?;
        let is_path = path.starts_with('/')
            && path.len() > 1
            && !path.contains("..")
            && path
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'));
        is_path.then(|| format!("{}/{size}{path}", self.base))
    }
}

pub(super) fn page(answer: &Value, kind: Option<TmdbKind>, pictures: &Pictures) -> Page {
    let mut page = Page {
        page: answer.number("page").unwrap_or(1),
        pages: answer.number("total_pages").unwrap_or(1),
        ..Page::default()
    };
    for item in answer.list("results") {
        if item.at("media_type") == "person" {
            page.people.extend(person(item, pictures));
        } else {
            page.titles.extend(title(item, kind, pictures));
        }
    }
    page
}

/// Which of the two countings an item of a list is from.
fn kind_of(item: &Value, kind: Option<TmdbKind>) -> Option<TmdbKind> {
    kind.or_else(|| match item.at("media_type").as_str() {
        Some("movie") => Some(TmdbKind::Movie),
        Some("tv") => Some(TmdbKind::Tv),
        _ => None,
    })
}

/// None for what has no id or no name at all, and for adult titles.
pub(super) fn title(item: &Value, kind: Option<TmdbKind>, pictures: &Pictures) -> Option<Title> {
    let kind = kind_of(item, kind)?;
    let id: u64 = item.above_zero("id")?;
    if item.at("adult") == true {
        return None;
    }
    let (name, original, released) = match kind {
        TmdbKind::Movie => ("title", "original_title", "release_date"),
        TmdbKind::Tv => ("name", "original_name", "first_air_date"),
    };
    let original_language = item.line("original_language");
    let translated = item.line(name);
    let original = item.line(original).or_else(|| translated.clone());
    let names = Names {
        ru: match original_language.as_deref() {
            Some("ru") => original.clone(),
            _ => reading::russian(translated),
        },
        en: original
            .clone()
            .filter(|_| original_language.as_deref() == Some("en")),
        original,
    };
    if names.is_empty() {
        return None;
    }
    let countries = countries(item);
    let genre_ids = item.list("genre_ids").filter_map(Value::as_u64);
    let named = item
        .list("genres")
        .filter_map(|genre| genre.number::<u64>("id"));
    let genre_ids: Vec<u64> = genre_ids.chain(named).collect();
    let is_anime = genre_ids.contains(&ANIMATION)
        && (original_language.as_deref() == Some("ja") || countries.iter().any(|at| at == "JP"));
    let released_on = item.date(released);
    Some(Title {
        id: TitleId::from_name(&external(kind, id).references().join(" ")),
        kind: match (is_anime, kind) {
            (true, _) => TitleKind::Anime,
            (false, TmdbKind::Movie) => TitleKind::Film,
            (false, TmdbKind::Tv) => TitleKind::Series,
        },
        names,
        year: released_on.as_deref().and_then(reading::year),
        genres: reading::distinct(genre_ids.iter().flat_map(|id| genre(*id)), 20),
        rating: reading::rating(item.real("vote_average")),
        poster: pictures.poster(item),
        poster_look: None,
        overview: Names {
            ru: reading::russian(item.prose("overview")),
            ..Names::default()
        },
        runtime_minutes: None,
        licence: None,
        external: external(kind, id),
        facts: Facts {
            format: Some(match kind {
                TmdbKind::Movie => Format::Film,
                TmdbKind::Tv => Format::Series,
            }),
            countries,
            released_on,
            popularity: item.real("popularity"),
            votes: item.above_zero("vote_count"),
            backdrop: pictures.backdrop(item),
            ..Facts::default()
        },
    })
}

/// What the same page in English adds.
pub(super) fn add_english(page: &mut Page, english: &Value, kind: Option<TmdbKind>) {
    for item in english.list("results") {
        let (Some(kind), Some(id)) = (kind_of(item, kind), item.number::<u64>("id")) else {
            continue;
        };
        let same = external(kind, id);
        let Some(title) = page.titles.iter_mut().find(|title| title.external == same) else {
            continue;
        };
        let key = match kind {
            TmdbKind::Movie => "title",
            TmdbKind::Tv => "name",
        };
        if title.names.en.is_none() {
            title.names.en = reading::english(item.line(key));
        }
        if title.overview.en.is_none() {
            title.overview.en = reading::english(item.prose("overview"));
        }
    }
}

pub(super) fn person(item: &Value, pictures: &Pictures) -> Option<Person> {
    let id: u64 = item.above_zero("id")?;
    let mut names = reading::named(item.line("name"));
    names.original = item.line("original_name");
    if names.is_empty() {
        return None;
    }
    Some(Person {
        key: format!("tmdb:{id}"),
        names,
        photo: pictures.photo(item),
    })
}

pub(super) fn countries(item: &Value) -> Vec<String> {
    let made = item
        .list("production_countries")
        .filter_map(|country| country.line("iso_3166_1"));
    let origin = item
        .list("origin_country")
        .filter_map(|country| reading::line(country.as_str()?));
    let all = origin
        .chain(made)
        .filter(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()));
    reading::distinct(all, 10)
}

const ANIMATION: u64 = 16;

/// The service's genres have had these numbers since it began; ones it adds come by name with a
/// title's details.
fn genre(id: u64) -> Vec<String> {
    let name = match id {
        12 => "Adventure",
        14 => "Fantasy",
        ANIMATION => "Animation",
        18 => "Drama",
        27 => "Horror",
        28 => "Action",
        35 => "Comedy",
        36 => "History",
        37 => "Western",
        53 => "Thriller",
        80 => "Crime",
        99 => "Documentary",
        878 => "Science Fiction",
        9648 => "Mystery",
        10402 => "Music",
        10749 => "Romance",
        10751 => "Family",
        10752 => "War",
        10759 => "Action & Adventure",
        10762 => "Kids",
        10763 => "News",
        10764 => "Reality",
        10765 => "Sci-Fi & Fantasy",
        10766 => "Soap",
        10767 => "Talk",
        10768 => "War & Politics",
        _ => return Vec::new(),
    };
    reading::genres(name)
}

/// The service's numbers of a genre's slug, for asking.
pub(super) fn genre_ids(slug: &str, kind: TmdbKind) -> Vec<u64> {
    let all: &[u64] = match kind {
        TmdbKind::Movie => &[
            12, 14, 16, 18, 27, 28, 35, 36, 37, 53, 80, 99, 878, 9648, 10402, 10749, 10751, 10752,
        ],
        TmdbKind::Tv => &[
            16, 18, 35, 37, 80, 99, 9648, 10751, 10759, 10762, 10763, 10764, 10765, 10766, 10767,
            10768,
        ],
    };
    let has = |id: &u64| genre(*id).iter().any(|name| name == slug);
    all.iter().copied().filter(has).collect()
}
