//! The filters of a search, apart from its words.
//!
//! What a title has or has not (genres, countries, its status) is a *label*: a lower-case
//! text like `genre:animation`. What is more or less is a number of [`Traits`].

use hearth_model::{SearchQuery, Status, Title, TitleKind};

/// What titles of a list must have. What is not known of a title does not pass a filter that asks
/// for it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    pub kind: Option<TitleKind>,
    pub year_from: Option<u16>,
    pub year_to: Option<u16>,
    pub rating_min: Option<f32>,
    /// All of them.
    pub(crate) labels: Vec<String>,
}

impl From<&SearchQuery> for Filter {
    fn from(query: &SearchQuery) -> Self {
        Self {
            kind: query.kind,
            year_from: query.year_from,
            year_to: query.year_to,
            rating_min: query.rating_min,
            labels: [
                query.genre.as_deref().map(|genre| label("genre", genre)),
                query
                    .country
                    .as_deref()
                    .map(|country| label("country", country)),
                query
                    .status
                    .map(|status| label("status", status_word(status))),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }
}

impl Filter {
    pub(crate) fn passes(&self, traits: &Traits) -> bool {
        let year = match (self.year_from, self.year_to) {
            (None, None) => true,
            (from, to) => traits.year.is_some_and(|year| {
                from.is_none_or(|from| year >= from) && to.is_none_or(|to| year <= to)
            }),
        };
        year && self.kind.is_none_or(|kind| kind == traits.kind)
            && self
                .rating_min
                .is_none_or(|least| traits.rating.is_some_and(|rating| rating >= least))
    }
}

/// What is compared of a title by value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Traits {
    pub kind: TitleKind,
    pub year: Option<u16>,
    pub rating: Option<f32>,
}

impl Traits {
    pub fn of(title: &Title) -> Self {
        Self {
            kind: title.kind,
            year: title.year,
            rating: title.rating,
        }
    }
}

pub(crate) fn labels(title: &Title) -> Vec<String> {
    let genres = title.genres.iter().map(|genre| label("genre", genre));
    let countries = title.facts.countries.iter();
    let countries = countries.map(|country| label("country", country));
    let status = title.facts.status.into_iter();
    let status = status.map(|status| label("status", status_word(status)));
    genres.chain(countries).chain(status).collect()
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Announced => "announced",
        Status::Ongoing => "ongoing",
        Status::Released => "released",
        Status::Cancelled => "cancelled",
    }
}

fn label(what: &str, value: &str) -> String {
    let mut label = String::with_capacity(what.len() + 1 + value.len());
    label.push_str(what);
    label.push(':');
    label.extend(value.chars().flat_map(char::to_lowercase));
    label
}

/// Whether a title passes the filters of `query`.
pub fn fits(title: &Title, query: &SearchQuery) -> bool {
    let filter = Filter::from(query);
    let labels = labels(title);
    filter.passes(&Traits::of(title)) && filter.labels.iter().all(|label| labels.contains(label))
}
