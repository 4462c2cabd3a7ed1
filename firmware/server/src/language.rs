//! The reader's language: `?lang=`, else `Accept-Language`, else English.

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use hearth_model::Language;

#[derive(Debug, Clone, Copy)]
pub struct Reader(pub Language);

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        let asked = query.split('&').find_map(|pair| pair.strip_prefix("lang="));
        let accepted = || parts.headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok();
        let russian = asked.or_else(accepted).is_some_and(prefers_russian);
        Ok(Self(if russian { Language::Ru } else { Language::En }))
    }
}

/// The first of the two languages in a list such as `de, ru;q=0.8, en;q=0.7`.
fn prefers_russian(list: &str) -> bool {
    list.split(',')
        .map(|entry| entry.trim().to_ascii_lowercase())
        .find(|entry| entry.starts_with("ru") || entry.starts_with("en"))
        .is_some_and(|entry| entry.starts_with("ru"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_language_wins() {
        assert!(prefers_russian("ru-RU,ru;q=0.9,en;q=0.8"));
        assert!(prefers_russian("de, ru;q=0.8, en;q=0.7"));
        assert!(!prefers_russian("en-GB,ru;q=0.8"));
        assert!(!prefers_russian("*"));
    }
}
