//! What trails a title and is no part of it: tags, the names of cuts, languages.

use crate::{parser::Claim, words::Words};

/// `Title DUAL 1080p`: the weak words right before a strong one are tags too.
pub fn drop_weak_tail(spelt: &mut Vec<usize>, claims: &[Claim], before: usize) {
    drop_tail(spelt, before, |at| {
        matches!(claims[at], Claim::Weak | Claim::Edition)
    });
}

/// `Alien Extended Cut (1979)`: before a year only the names of cuts are.
pub fn drop_editions(spelt: &mut Vec<usize>, claims: &[Claim], before: usize) {
    drop_tail(spelt, before, |at| claims[at] == Claim::Edition);
}

/// `Name Complete Collection`: at the very end only longer phrases are known for cuts.
pub fn drop_last_editions(spelt: &mut Vec<usize>, claims: &[Claim], end: usize) {
    let phrase = end > 1 && claims[end - 1] == Claim::Edition && claims[end - 2] == Claim::Edition;
    if phrase {
        drop_editions(spelt, claims, end);
    }
}

/// `Title.German.2011.720p`, but `The Good German 2006`.
pub fn drop_language(words: &Words<'_>, spelt: &mut Vec<usize>, before: usize) {
    let article = |at: &usize| matches!(words.list[*at].lower.as_str(), "the" | "a" | "an");
    let language = |at: usize| {
        words.list[at].gap == "."
            && matches!(
                words.list[at].lower.as_str(),
                "german" | "french" | "truefrench" | "italian" | "spanish" | "multi" | "dubbed"
            )
    };
    if !spelt.first().is_some_and(article) {
        drop_tail(spelt, before, language);
    }
}

pub fn drop_tail(spelt: &mut Vec<usize>, before: usize, is_tag: impl Fn(usize) -> bool) {
    let mut next = before;
    while spelt.len() > 1
        && let Some(&last) = spelt.last()
        && last + 1 == next
        && is_tag(last)
    {
        spelt.pop();
        next = last;
    }
}
