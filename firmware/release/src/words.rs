//! A name as words, with what stands between them and the brackets around them.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use crate::glued;

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
        #[cfg(test)]
        crate::work::look();
        let digits = !self.text.is_empty()
            && self.text.len() <= 5
            && self.text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| self.text.parse().ok()).flatten()
    }

    /// A number of this century or the last.
    pub fn looks_like_year(&self) -> bool {
        self.text.len() == 4 && (self.text.starts_with("19") || self.text.starts_with("20"))
    }

    /// Joined to the word before by a dash without spaces.
    pub fn after_dash(&self) -> bool {
        is_dash(self.gap)
    }

    /// What parts it from the word before, without spaces, ends of sentences and closed brackets.
    fn core(&self) -> &str {
        #[cfg(test)]
        crate::work::look();
        self.gap
            .trim_start_matches(|letter| {
                is_close(letter)
                    || is_ornament(letter)
                    || matches!(
                        letter,
                        ' ' | '_' | '.' | '!' | '?' | '。' | '"' | '”' | '»' | '…' | '\''
                    )
            })
            .trim_end_matches([' ', '_', '.'])
    }

    /// After a dash of any kind, spaces or not.
    pub fn after_loose_dash(&self) -> bool {
        is_dash(self.core())
    }

    /// After a dash with spaces (or underscores) around it.
    pub fn after_spaced_dash(&self) -> bool {
        let Some((before, _)) = self.gap.split_once(self.core()) else {
            return false;
        };
        self.after_loose_dash() && before.ends_with([' ', '_', '.'])
    }

    /// Letters of a script without spaces between words.
    pub fn is_cjk(&self) -> bool {
        self.text.chars().any(|letter| {
            matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
        })
    }

    /// Letters of another script than the Latin one.
    pub fn is_foreign(&self) -> bool {
        self.text
            .chars()
            .any(|letter| letter.is_alphabetic() && letter >= '\u{370}')
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

/// One form for equal letters, plain spaces and digits, bounded length.
pub fn clean(name: &str) -> String {
    let mut before = ' ';
    name.chars()
        .take(MAX_CHARS)
        .nfc()
        .map(|letter| {
            before = match letter {
                '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}' => ' ',
                letter if letter.is_whitespace() || letter.is_control() => ' ',
                '０'..='９' => {
                    char::from_u32(u32::from(letter) - u32::from('０') + u32::from('0'))
                        .unwrap_or(letter)
                }
                // `1280×720`
                '×' if before.is_ascii_digit() => 'x',
                letter => letter,
            };
            before
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

/// What anime hang on their names: `Gintama°`.
pub fn is_ornament(letter: char) -> bool {
    matches!(letter, '°' | '☆' | '★' | '♪' | '♥' | '†')
}

fn is_dash(text: &str) -> bool {
    matches!(text, "-" | "--" | "–" | "—" | "~" | "‐" | "‑" | "‒" | "−")
}

pub fn split(name: &str) -> Words<'_> {
    let mut list: Vec<Word<'_>> = Vec::new();
    let mut brackets = Vec::new();
    let mut depth = 0_usize;
    // `[[Group] Title`: where one is never closed, they do not nest.
    let nested = name.chars().filter(|l| is_open(*l)).count()
        == name.chars().filter(|l| is_close(*l)).count();
    let mut gap_start = 0;
    let mut letters = name.char_indices().peekable();
    while let Some((start, letter)) = letters.next() {
        if !is_word_letter(letter) {
            if is_open(letter) {
                if depth == 0 {
                    brackets.push(Bracket { open: letter });
                }
                depth = if nested { depth + 1 } else { 1 };
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
        // `ShowS01E02Name` is three words.
        let mut from = start;
        let (piece_start, piece_end) = glued::piece(&name[start..end]).unwrap_or_default();
        for cut in [start + piece_start, start + piece_end, end] {
            if cut == from {
                continue;
            }
            let text = &name[from..cut];
            list.push(Word {
                text,
                lower: lower(text),
                start: from,
                end: cut,
                gap: &name[gap_start..from],
                bracket: (depth > 0).then(|| brackets.len() - 1),
            });
            (from, gap_start) = (cut, cut);
        }
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

/// Dots to spaces, but `S.W.A.T. 2` keeps its own.
fn undot(text: &str) -> String {
    let parts: Vec<&str> = text.split('.').collect();
    let single = |at: usize| {
        parts
            .get(at)
            .is_some_and(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic))
    };
    let joined = |at: usize| {
        // Two letters are initials at an end of the name: `A.I. Name`, `Name in L.A`.
        let ends = (at == 1 || at + 1 == parts.len())
            && [at - 1, at]
                .iter()
                .all(|at| parts[*at].chars().all(char::is_uppercase));
        single(at - 1) && single(at) && ((at >= 2 && single(at - 2)) || single(at + 1) || ends)
    };
    let mut out = String::with_capacity(text.len());
    for (at, part) in parts.iter().enumerate() {
        if at > 0 && joined(at) {
            out.push('.');
        } else if at > 1 && joined(at - 1) {
            out.push_str(". ");
        } else if at > 0 {
            out.push(' ');
        }
        out.push_str(part);
    }
    out
}

/// Whether `S.W.A.T` ends a name: its last dot belongs to it.
pub fn ends_in_initials(name: &str) -> bool {
    let mut letters = name.chars().rev();
    let last = letters.next().is_some_and(char::is_uppercase);
    let dot = letters.next() == Some('.');
    let first = letters.next().is_some_and(char::is_uppercase);
    last && dot && first && !letters.next().is_some_and(char::is_alphanumeric)
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
        assert_eq!(readable("A.I.Artificial.Name"), "A.I. Artificial Name");
        assert_eq!(readable("To.Live.in.L.A"), "To Live in L.A");
        assert_eq!(readable("Big_Buck__Bunny"), "Big Buck Bunny");
        assert_eq!(readable("Mr. Nobody - "), "Mr. Nobody");
    }
}
