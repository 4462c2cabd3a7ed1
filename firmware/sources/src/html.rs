//! Strangers' pages as text and as a tree, within bounds.
//!
//! The HTML parser's own work grows with the square of the depth, and of the attributes of one
//! tag: it is fed bit by bit, and stops where a page gets too deep, too big or takes too long.

use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

use encoding_rs::{Encoding, UTF_8, WINDOWS_1251};
use hearth_fetch::Document;
use html5ever::{
    driver::{self, ParseOpts},
    tendril::{StrTendril, TendrilSink},
};
use regex::bytes::Regex;
use scraper::{ElementRef, Html, HtmlTreeSink};

/// What is read of any page.
pub(crate) const MOST_BYTES: usize = 2 * 1024 * 1024;
const MOST_NODES: usize = 300_000;
/// As browsers do.
const DEEPEST: usize = 512;
const LONGEST: Duration = Duration::from_secs(3);
const BITE: usize = 4096;
/// Where a page may name its encoding.
const HEAD: usize = 2048;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooHeavy {
    #[error("the page is nested deeper than {DEEPEST} levels and was not read")]
    Deep,
    #[error("the page has more than {MOST_NODES} parts and was not read")]
    Many,
    #[error("the page takes longer than {} s to read and was given up", LONGEST.as_secs())]
    Slow,
}

/// In the encoding that `told`, the answer's header or the page itself names; else UTF-8, or
/// windows-1251 where it is none.
pub(crate) fn decode(document: &Document, told: Option<&'static Encoding>) -> String {
    let bytes = &document.bytes[..];
    let encoding = told
        .or_else(|| charset(document.content_type.as_deref()?))
        .or_else(|| in_page(bytes))
        .unwrap_or_else(|| match std::str::from_utf8(bytes) {
            Ok(_) => UTF_8,
            Err(_) => WINDOWS_1251,
        });
    encoding.decode(bytes).0.into_owned()
}

fn charset(content_type: &str) -> Option<&'static Encoding> {
    let lower = content_type.to_ascii_lowercase();
    let (_, label) = lower.split_once("charset=")?;
    let label = label.split(';').next().unwrap_or_default();
    Encoding::for_label(label.trim().trim_matches(['"', '\'']).as_bytes())
}

fn in_page(bytes: &[u8]) -> Option<&'static Encoding> {
    static META: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i)<meta[^>]{1,200}charset\s*=\s*["']?([A-Za-z0-9_-]{2,20})"#)
            .expect("a constant pattern is valid")
    });
    let found = META.captures(&bytes[..bytes.len().min(HEAD)])?;
    Encoding::for_label(&found[1])
}

/// Works on the caller's thread; pages belong on one where blocking is allowed.
pub(crate) fn parse(text: &str) -> Result<Html, TooHeavy> {
    parse_within(text, LONGEST)
}

fn parse_within(text: &str, longest: Duration) -> Result<Html, TooHeavy> {
    let started = Instant::now();
    let sink = HtmlTreeSink::new(Html::new_document());
    let mut parser = driver::parse_document(sink, ParseOpts::default());
    let mut rest = text;
    let mut known = 0;
    while !rest.is_empty() {
        let (bite, after) = rest.split_at(rest.floor_char_boundary(BITE));
        rest = after;
        parser.process(StrTendril::from(bite));
        let page = parser.tokenizer.sink.sink.0.borrow();
        let count = page.tree.nodes().len();
        if count > MOST_NODES {
            return Err(TooHeavy::Many);
        }
        let mut new = page.tree.nodes().rev().take(count - known);
        if new.any(|node| node.ancestors().nth(DEEPEST).is_some()) {
            return Err(TooHeavy::Deep);
        }
        if started.elapsed() > longest {
            return Err(TooHeavy::Slow);
        }
        known = count;
    }
    Ok(parser.finish())
}

/// The text of an element and all in it on one line, cut at `limit` bytes.
pub(crate) fn text(element: ElementRef<'_>, limit: usize) -> String {
    let mut text = String::new();
    for part in element.text() {
        text.push_str(part);
        text.push(' ');
        if text.len() > limit * 4 {
            break;
        }
    }
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.truncate(line.floor_char_boundary(limit));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(content_type: Option<&str>, bytes: &[u8]) -> Document {
        Document {
            status: 200,
            url: "https://example.org/".parse().unwrap(),
            content_type: content_type.map(ToOwned::to_owned),
            bytes: bytes.to_vec().into(),
        }
    }

    #[test]
    fn the_encoding_is_told_named_or_seen() {
        let (old, _, _) = WINDOWS_1251.encode("Синтел");
        let (koi, _, _) = encoding_rs::KOI8_R.encode("Синтел");
        let named = [&b"<meta charset=windows-1251>"[..], &old].concat();
        for (page, told) in [
            (document(None, "Синтел".as_bytes()), None),
            (document(None, &old), None),
            (document(Some("text/html; charset=\"CP1251\""), &old), None),
            (
                document(Some("text/html; charset=utf-8"), &old),
                Some(WINDOWS_1251),
            ),
            (document(Some("text/html; charset=koi8-r"), &koi), None),
            (document(Some("text/html; charset=nonsense"), &old), None),
            (document(None, &named), None),
        ] {
            let text = decode(&page, told);
            assert!(text.ends_with("Синтел"), "{text} of {page:?}");
        }
    }

    #[test]
    fn abuse_16_a_deep_page_is_given_up() {
        for open in ["<div>", "<b>", "<table><tr><td>", "<font><p>"] {
            let deep = open.repeat(MOST_BYTES / open.len());
            assert!(parse(&deep).is_err(), "{open}");
        }
        // Text after the body stands near the root, while the next tag goes on deep inside.
        let hidden = format!("{}</body><!-- -->", "<div>".repeat(400)).repeat(50);
        let given_up = parse_within(&hidden, Duration::MAX);
        assert_eq!(given_up.unwrap_err(), TooHeavy::Deep);
    }

    #[test]
    fn abuse_16_a_page_of_nothing_but_attributes_ends() {
        let many: Vec<String> = (0..200_000).map(|n| format!(" a{n:x}")).collect();
        // Read or given up, by how quick the machine is.
        let _ = parse(&format!("<p{}>", many.concat()));
    }

    #[test]
    fn abuse_16_a_page_of_many_parts_is_given_up() {
        let many = "<p>".repeat(MOST_NODES + 1);
        let given_up = parse_within(&many, Duration::MAX);
        assert_eq!(given_up.unwrap_err(), TooHeavy::Many);
    }

    #[test]
    fn texts_are_one_line() {
        let page = parse("<p> a\n <b>b</b>\t c</p>").unwrap();
        assert_eq!(text(page.root_element(), 100), "a b c");
        assert_eq!(text(page.root_element(), 3), "a b");
    }
}
