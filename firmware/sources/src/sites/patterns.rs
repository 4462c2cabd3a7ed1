//! Selectors, paths and expressions of a definition, checked and bounded.

use regex::{Regex, RegexBuilder};
use scraper::Selector;
use serde_json_path::JsonPath;
use serde_saphyr::Spanned;

use super::check::Check;

const LONGEST_PATTERN: usize = 1000;
const DEEPEST: usize = 8;
/// Of a compiled expression, in bytes.
const LARGEST_REGEX: usize = 256 * 1024;

impl Check {
    pub(super) fn css(&mut self, text: &Spanned<String>) -> Option<Selector> {
        let selector = self.shallow(text)?;
        match Selector::parse(selector) {
            Ok(selector) => Some(selector),
            Err(error) => {
                let error = crate::text::tidy(&error.to_string(), 100);
                self.problem(
                    text,
                    format!("`{}` is no CSS selector ({error})", text.value),
                );
                None
            }
        }
    }

    /// Paths whose time grows with more than the size of the answer are refused.
    pub(super) fn json_path(&mut self, text: &Spanned<String>) -> Option<JsonPath> {
        let path = self.shallow(text)?;
        let times = |sign: &str| path.matches(sign).count();
        if times("..") > 1 || times("?") > 1 || times("$") > 1 {
            self.problem(
                text,
                "a JSON path may have one `$`, one `..` and one `?`: say more exactly where it leads",
            );
            return None;
        }
        match JsonPath::parse(path) {
            Ok(path) => Some(path),
            Err(error) => {
                let error = crate::text::tidy(&error.to_string(), 150);
                self.problem(
                    text,
                    format!(
                        "`{}` is no JSON path ({error}): write it like $.items[*]",
                        text.value
                    ),
                );
                None
            }
        }
    }

    pub(super) fn regex(&mut self, text: &Spanned<String>) -> Option<Regex> {
        let pattern = self.bounded(text)?;
        let built = RegexBuilder::new(pattern)
            .size_limit(LARGEST_REGEX)
            .dfa_size_limit(LARGEST_REGEX * 4)
            .nest_limit(50)
            .build();
        match built {
            Ok(regex) => Some(regex),
            Err(error) => {
                let error = error.to_string();
                let last = error.lines().last().unwrap_or_default();
                let last = crate::text::tidy(last.trim_start_matches("error: "), 200);
                self.problem(text, format!("the regular expression is not valid: {last}"));
                None
            }
        }
    }

    /// Parsers call themselves for each bracket inside another, some several times.
    fn shallow<'a>(&mut self, text: &'a Spanned<String>) -> Option<&'a str> {
        let bounded = self.bounded(text)?;
        let (mut depth, mut deepest) = (0_usize, 0);
        for sign in bounded.chars() {
            match sign {
                '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        if deepest > DEEPEST {
            self.problem(
                text,
                format!("its brackets are nested deeper than {DEEPEST}: make it simpler"),
            );
            return None;
        }
        Some(bounded)
    }

    fn bounded<'a>(&mut self, text: &'a Spanned<String>) -> Option<&'a str> {
        let trimmed = text.value.trim();
        if trimmed.is_empty() {
            self.problem(
                text,
                "it is empty: say where the value stands, or leave the key out",
            );
            return None;
        }
        if trimmed.len() > LONGEST_PATTERN {
            self.problem(
                text,
                format!("it is longer than {LONGEST_PATTERN} bytes: make it shorter"),
            );
            return None;
        }
        Some(trimmed)
    }
}
