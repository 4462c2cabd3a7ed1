//! The filters of a search, apart from its words.

use hearth_model::{SearchQuery, Title};

/// Whether a title passes the filters of `query`. What is not known of a title does not pass a
/// filter that asks for it.
pub fn fits(title: &Title, query: &SearchQuery) -> bool {
    let kind = query.kind.is_none_or(|kind| kind == title.kind);
    let genre = query.genre.as_deref().is_none_or(|wanted| {
        title
            .genres
            .iter()
            .any(|genre| genre.eq_ignore_ascii_case(wanted))
    });
    let year = match (query.year_from, query.year_to) {
        (None, None) => true,
        (from, to) => title.year.is_some_and(|year| {
            from.is_none_or(|from| year >= from) && to.is_none_or(|to| year <= to)
        }),
    };
    let rating = query
        .rating_min
        .is_none_or(|least| title.rating.is_some_and(|rating| rating >= least));
    kind && genre && year && rating
}
