//! `第07話`, `第01-15集`, `全24集`, `第二季`: how Chinese and Japanese names count.

use super::{Numbers, digits, range};
use crate::words::Word;

#[derive(Clone, Copy)]
enum Unit {
    Season,
    Episode,
}

fn unit(text: &str) -> Option<Unit> {
    match text.chars().next()? {
        '話' | '话' | '集' | '回' | '完' => Some(Unit::Episode),
        '季' | '期' => Some(Unit::Season),
        _ => None,
    }
}

/// `07`, `七`, `十二`
fn number(text: &str) -> Option<(u32, &str)> {
    if let Some(found) = digits(text, 4) {
        return Some(found);
    }
    let numeral = |letter: char| "一二三四五六七八九".chars().position(|one| one == letter);
    let mut letters = text.chars();
    let first = letters.next()?;
    if first == '十' {
        let rest = letters.as_str();
        let last = letters.next().and_then(numeral);
        return Some(match last {
            Some(last) => (11 + last as u32, letters.as_str()),
            None => (10, rest),
        });
    }
    numeral(first).map(|at| (at as u32 + 1, letters.as_str()))
}

pub fn read(list: &[Word<'_>]) -> Option<Numbers> {
    let text = list[0].text;
    let (body, all) = match (text.strip_prefix('第'), text.strip_prefix('全')) {
        (Some(body), _) => (body, false),
        (_, Some(body)) => (body, true),
        // `07話` is an episode, `1期` could be anything.
        _ => (text, false),
    };
    let bare = body.len() == text.len();
    if bare && !text.starts_with(|letter: char| letter.is_ascii_digit()) {
        return None;
    }
    let (first, end) = number(body)?;
    let (last, end, words) = if end.is_empty() {
        let next = list.get(1).filter(|next| next.after_dash())?;
        let (last, end) = digits(next.text, 4)?;
        (last, end, 2)
    } else {
        (first, end, 1)
    };
    let values = if all {
        range(1, last)
    } else {
        range(first, last)
    };
    let (seasons, episodes) = match unit(end)? {
        Unit::Season if bare => return None,
        Unit::Season => (values, Vec::new()),
        Unit::Episode => (Vec::new(), values),
    };
    Some(Numbers {
        words,
        seasons,
        episodes,
        corrected: false,
    })
}
