//! A name as words, with what stands between them and the brackets around them.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Longer names are cut: no real one is near it, and it bounds the work.
const MAX_CHARS: usize = 1024;

#[derive(Debug)]
pub struct Word<'a> {
    pub text: &'a str,
    pub lower: String,
    pub start: usize,
    pub end: usize,
    /// What stands between the word before and this one.
    pub gap: &'a str,
    /// The outermost bracket the word stands in.
    pub bracket: Option<usize>,
}

impl Word<'_> {
    /// The word as a number, when it is nothing but at most five digits.
    pub fn number(&self) -> Option<u32> {
        let digits = !self.text.is_empty()
            && self.text.len() <= 5
            && self.text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| self.text.parse().ok()).flatten()
    }

    /// Joined to the word before by a dash without spaces.
    pub fn after_dash(&self) -> bool {
        matches!(self.gap, "-" | "–" | "—" | "~" | "‐" | "−")
    }

    /// After a dash of any kind, spaces or not.
    pub fn after_loose_dash(&self) -> bool {
        let core = self.gap.trim_matches([' ', '_', '.']);
        matches!(core, "-" | "–" | "—" | "~" | "‐" | "−")
    }

    /// After a dash with spaces (or underscores) around it.
    pub fn after_spaced_dash(&self) -> bool {
        self.after_loose_dash() && !self.after_dash() && self.gap.starts_with([' ', '_', '.'])
    }
}

#[derive(Debug)]
pub struct Bracket {
    pub open: char,
}

/// The name, cleaned, and its words.
#[derive(Debug)]
pub struct Words<'a> {
    pub name: &'a str,
    pub list: Vec<Word<'a>>,
    pub brackets: Vec<Bracket>,
}

/// One form for equal letters, plain spaces, bounded length.
pub fn clean(name: &str) -> String {
    name.chars()
        .take(MAX_CHARS)
        .nfc()
        .map(|letter| match letter {
            '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' => ' ',
            letter if letter.is_whitespace() || letter.is_control() => ' ',
            letter => letter,
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

fn is_word_letter(letter: char) -> bool {
    letter.is_alphanumeric()
}

fn is_apostrophe(letter: char) -> bool {
    matches!(letter, '\'' | '’' | '`' | '´' | 'ʼ')
}

fn is_open(letter: char) -> bool {
    matches!(letter, '(' | '[' | '{' | '【' | '（' | '［' | '「' | '『')
}

fn is_close(letter: char) -> bool {
    matches!(letter, ')' | ']' | '}' | '】' | '）' | '］' | '」' | '』')
}

pub fn split(name: &str) -> Words<'_> {
    let mut list: Vec<Word<'_>> = Vec::new();
    let mut brackets = Vec::new();
    let mut depth = 0_usize;
    let mut gap_start = 0;
    let mut letters = name.char_indices().peekable();
    while let Some((start, letter)) = letters.next() {
        if !is_word_letter(letter) {
            if is_open(letter) {
                if depth == 0 {
                    brackets.push(Bracket { open: letter });
                }
                depth += 1;
            } else if is_close(letter) {
                depth = depth.saturating_sub(1);
            }
            continue;
        }
        let mut end = start + letter.len_utf8();
        while let Some(&(at, next)) = letters.peek() {
            let inside = is_word_letter(next)
                || (is_apostrophe(next)
                    && name[at + next.len_utf8()..]
                        .chars()
                        .next()
                        .is_some_and(char::is_alphabetic));
            if !inside {
                break;
            }
            letters.next();
            end = at + next.len_utf8();
        }
        let text = &name[start..end];
        list.push(Word {
            text,
            lower: lower(text),
            start,
            end,
            gap: &name[gap_start..start],
            bracket: (depth > 0).then(|| brackets.len() - 1),
        });
        gap_start = end;
    }
    Words {
        name,
        list,
        brackets,
    }
}

/// Lower case, with Latin letters where a number was written with their Cyrillic twins
/// (`1080р`, `1920х1080`), and without a count of tracks (`2xRus`).
fn lower(text: &str) -> String {
    let lower = text.to_lowercase();
    if !lower.starts_with(|letter: char| letter.is_ascii_digit()) {
        return lower;
    }
    let lower = lower.replace('р', "p").replace('х', "x");
    match lower.split_once('x') {
        Some((count, track))
            if count.len() == 1
                && track.len() >= 3
                && track.bytes().all(|b| b.is_ascii_alphabetic()) =>
        {
            track.to_owned()
        }
        _ => lower,
    }
}

impl<'a> Words<'a> {
    /// The text from one word to before another, as written.
    pub fn slice(&self, from: usize, to: usize) -> &'a str {
        if from >= to || to > self.list.len() {
            return "";
        }
        &self.name[self.list[from].start..self.list[to - 1].end]
    }

    /// What follows the last word of `..to`.
    pub fn gap_after(&self, to: usize) -> &'a str {
        match self.list.get(to) {
            Some(word) => word.gap,
            None => self.list.last().map_or("", |last| &self.name[last.end..]),
        }
    }

    pub fn has_cyrillic(&self) -> bool {
        is_cyrillic(self.name)
    }
}

pub fn is_cyrillic(text: &str) -> bool {
    text.chars().any(|letter| matches!(letter, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё' | 'і' | 'ї' | 'є' | 'І' | 'Ї' | 'Є'))
}

/// A dotted or underscored piece of a name as a person would write it.
pub fn readable(piece: &str) -> String {
    let trimmed = piece.trim_matches(|letter: char| {
        letter.is_whitespace()
            || matches!(
                letter,
                '-' | '–' | '—' | '_' | ',' | ':' | ';' | '|' | '/' | '~' | '+' | '.'
            )
    });
    let spaced: Cow<'_, str> = if trimmed.contains(' ') {
        trimmed.replace('_', " ").into()
    } else {
        undot(&trimmed.replace('_', ".")).into()
    };
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Dots to spaces, but `S.W.A.T` keeps its own.
fn undot(text: &str) -> String {
    let parts: Vec<&str> = text.split('.').collect();
    let single = |at: usize| {
        parts
            .get(at)
            .is_some_and(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic))
    };
    let mut out = String::with_capacity(text.len());
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            let joined =
                single(at - 1) && single(at) && ((at >= 2 && single(at - 2)) || single(at + 1));
            out.push(if joined { '.' } else { ' ' });
        }
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_their_gaps_and_brackets() {
        let words = split("Don't.Look (2021) [Dub, Sub]");
        let texts: Vec<_> = words.list.iter().map(|word| word.text).collect();
        assert_eq!(texts, ["Don't", "Look", "2021", "Dub", "Sub"]);
        let brackets: Vec<_> = words.list.iter().map(|word| word.bracket).collect();
        assert_eq!(brackets, [None, None, Some(0), Some(1), Some(1)]);
    }

    #[test]
    fn dots_become_spaces_but_not_in_initials() {
        assert_eq!(readable("Agents.of.S.H.I.E.L.D."), "Agents of S.H.I.E.L.D");
        assert_eq!(readable("Big_Buck__Bunny"), "Big Buck Bunny");
        assert_eq!(readable("Mr. Nobody - "), "Mr. Nobody");
    }
}
