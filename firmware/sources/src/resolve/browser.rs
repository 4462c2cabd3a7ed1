//! Pages that only a browser gets something out of: told by their marks, never by trying.

use std::sync::LazyLock;

use scraper::{Html, Selector};

use super::page::Why;
use crate::html;

/// Less text than this, and scripts, are a page that a browser is to fill.
const FEW_LETTERS: usize = 80;

static SELECT: LazyLock<(Selector, Selector)> = LazyLock::new(|| {
    let select = |css| Selector::parse(css).expect("a constant selector is valid");
    (select("script"), select("title"))
});

/// The letters a person would see.
fn letters(page: &Html) -> String {
    let mut all = String::new();
    for node in page.tree.nodes() {
        let Some(text) = node.value().as_text() else {
            continue;
        };
        let unseen = node.ancestors().any(|above| {
            above.value().as_element().is_some_and(|element| {
                matches!(
                    element.name(),
                    "script" | "style" | "noscript" | "template" | "head"
                )
            })
        });
        if !unseen {
            all.push_str(text.trim());
            all.push(' ');
        }
        if all.len() > 4096 {
            break;
        }
    }
    all
}

pub(super) fn is_empty(page: &Html) -> bool {
    let scripted = page.select(&SELECT.0).next().is_some();
    let letters = letters(page);
    scripted && letters.chars().filter(|c| c.is_alphanumeric()).count() < FEW_LETTERS
}

/// Why only a browser gets anything out of a page, if that is so.
pub(crate) fn needs_a_browser(page: &Html, text: &str, status: u16) -> Option<String> {
    if checks_the_browser(page, text, status) {
        return Some(Why::Check.to_string());
    }
    (status < 400 && is_empty(page)).then(|| Why::Scripts.to_string())
}

/// The pages that stand before others and let only browsers through. Their marks stand in
/// harmless pages too, so beside an answer that is none, words of theirs are needed.
pub(super) fn checks_the_browser(page: &Html, text: &str, status: u16) -> bool {
    const WORDS: &[&str] = &[
        "just a moment...",
        "just a moment…",
        "checking your browser",
        "checking if the site connection is secure",
        "enable javascript and cookies to continue",
        "verify you are human",
        "verifying you are human",
        "ddos protection by",
        "attention required!",
        "проверка браузера",
        "проверяем ваш браузер",
        "подтвердите, что вы не робот",
    ];
    const MARKS: &[&str] = &[
        "cf-chl",
        "cf_chl_",
        "/cdn-cgi/challenge-platform",
        "ddos-guard",
        "_incapsula_resource",
        "captcha",
    ];
    let title = page.select(&SELECT.1).next();
    let title = title
        .map(|title| html::text(title, 200))
        .unwrap_or_default();
    let seen = format!("{title} {}", letters(page)).to_lowercase();
    let words = WORDS.iter().any(|words| seen.contains(words));
    let marks = || {
        let lower = text[..text.floor_char_boundary(200_000)].to_ascii_lowercase();
        MARKS.iter().any(|mark| lower.contains(mark))
    };
    if status >= 400 {
        return words || marks();
    }
    // A film may be called so; a page about it says more.
    let short = seen.chars().filter(|c| c.is_alphanumeric()).count() < 600;
    words && (is_empty(page) || (short && marks()))
}
