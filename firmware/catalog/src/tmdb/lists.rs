//! The lists TMDB keeps, and those it makes to order.

use hearth_model::TmdbKind;

use super::{titles, word};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TmdbList {
    /// Of the week, films and series together.
    Trending,
    TrendingToday,
    Popular(TmdbKind),
    TopRated(TmdbKind),
    /// In the cinemas.
    NowPlaying,
    Upcoming,
    /// With an episode in the next seven days.
    OnTheAir,
    AiringToday,
}

impl TmdbList {
    pub(super) fn path(self) -> String {
        match self {
            Self::Trending => "trending/all/week".into(),
            Self::TrendingToday => "trending/all/day".into(),
            Self::Popular(kind) => format!("{}/popular", word(kind)),
            Self::TopRated(kind) => format!("{}/top_rated", word(kind)),
            Self::NowPlaying => "movie/now_playing".into(),
            Self::Upcoming => "movie/upcoming".into(),
            Self::OnTheAir => "tv/on_the_air".into(),
            Self::AiringToday => "tv/airing_today".into(),
        }
    }

    pub(super) fn kind(self) -> Option<TmdbKind> {
        match self {
            Self::Trending | Self::TrendingToday => None,
            Self::Popular(kind) | Self::TopRated(kind) => Some(kind),
            Self::NowPlaying | Self::Upcoming => Some(TmdbKind::Movie),
            Self::OnTheAir | Self::AiringToday => Some(TmdbKind::Tv),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TmdbSort {
    #[default]
    Popular,
    Rating,
    Newest,
}

/// What a list made to order should hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Discover {
    pub kind: TmdbKind,
    /// Slugs; a title has all of them.
    pub genres: Vec<String>,
    pub year_from: Option<u16>,
    pub year_to: Option<u16>,
    pub rating_min: Option<f32>,
    /// ISO 3166-1.
    pub country: Option<String>,
    pub sort: TmdbSort,
}

impl Discover {
    pub fn of(kind: TmdbKind) -> Self {
        Self {
            kind,
            genres: Vec::new(),
            year_from: None,
            year_to: None,
            rating_min: None,
            country: None,
            sort: TmdbSort::default(),
        }
    }

    pub(super) fn request(&self) -> (TmdbKind, Vec<(String, String)>) {
        let date = match self.kind {
            TmdbKind::Movie => "primary_release_date",
            TmdbKind::Tv => "first_air_date",
        };
        let mut pairs = vec![("include_adult".to_owned(), "false".to_owned())];
        let mut push = |name: String, value: String| pairs.push((name, value));
        let sort = match self.sort {
            TmdbSort::Popular => "popularity.desc".to_owned(),
            TmdbSort::Rating => "vote_average.desc".to_owned(),
            TmdbSort::Newest => format!("{date}.desc"),
        };
        push("sort_by".into(), sort);
        if self.sort == TmdbSort::Rating {
            // One vote of 10 is no rating.
            push("vote_count.gte".into(), "200".into());
        }
        // A slug may be several of the service's genres: any of them. Several slugs: each of them;
        // the service can't be asked for both at once.
        let ids = self
            .genres
            .iter()
            .map(|slug| titles::genre_ids(slug, self.kind));
        let ids: Vec<Vec<u64>> = ids.filter(|ids| !ids.is_empty()).collect();
        let join =
            |ids: &[u64], by: &str| ids.iter().map(u64::to_string).collect::<Vec<_>>().join(by);
        match ids.as_slice() {
            [] => {}
            [any] => push("with_genres".into(), join(any, "|")),
            all => {
                let first: Vec<u64> = all.iter().map(|ids| ids[0]).collect();
                push("with_genres".into(), join(&first, ","));
            }
        }
        if let Some(year) = self.year_from {
            push(format!("{date}.gte"), format!("{year}-01-01"));
        }
        if let Some(year) = self.year_to {
            push(format!("{date}.lte"), format!("{year}-12-31"));
        }
        if let Some(rating) = self.rating_min {
            push("vote_average.gte".into(), rating.to_string());
        }
        if let Some(country) = &self.country {
            push("with_origin_country".into(), country.clone());
        }
        (self.kind, pairs)
    }
}
