//! Where the title begins and ends, and its other names: `Русское / Original`, `Title AKA Other`,
//! `Название (Original)`.

use hearth_model::Release;

use crate::{
    parser::Claim,
    words::{Words, is_cyrillic, readable},
    year::YEARS,
};

/// The first word of the title: behind a site's address, a group in brackets, leading tags.
pub fn start(words: &mut Words<'_>, claims: &[Claim], release: &mut Release) -> usize {
    let count = words.list.len();
    let mut start = 0;
    if words.list[0].lower == "www" {
        start = (1..count)
            .find(|at| words.list[*at].gap.contains([' ', ']', '_']))
            .unwrap_or(0);
    }
    while let Some(bracket) = words.list.get(start).and_then(|word| word.bracket) {
        let end = (start..count)
            .find(|at| words.list[*at].bracket != Some(bracket))
            .unwrap_or(count);
        if end == count {
            break;
        }
        let year_only = end == start + 1
            && words.list[start]
                .number()
                .is_some_and(|year| YEARS.contains(&year));
        let claimed = (start..end).all(|at| claims[at] != Claim::Free) || year_only;
        if claimed {
            start = end;
            continue;
        }
        let square = matches!(words.brackets[bracket].open, '[' | '【' | '［' | '{');
        let text = words.slice(start, end);
        if square && release.group.is_none() && text.to_lowercase() != "rec" {
            if words.list[start].lower != "www" {
                release.group = Some(text.to_owned());
            }
            start = end;
            continue;
        }
        if !square || text.to_lowercase() == "rec" {
            // `(500) Days of Summer`: the brackets are part of it.
            for word in &mut words.list[start..end] {
                word.bracket = None;
            }
        }
        break;
    }
    start
}

/// One name of the title: the words that spell it.
#[derive(Default)]
struct Segment {
    words: Vec<usize>,
}

/// Fills title and alternative titles; answers which words belong to them.
pub fn read(words: &Words<'_>, claims: &[Claim], start: usize, release: &mut Release) -> Vec<bool> {
    let list = &words.list;
    let mut taken = vec![false; list.len()];
    let (segments, bracketed) = segments(words, claims, start);
    let slashed = segments.len() > 1;
    let mut names: Vec<String> = Vec::new();
    for segment in &segments {
        for at in &segment.words {
            taken[*at] = true;
        }
        names.push(spell(words, &segment.words));
    }
    let mut first_words = segments.first().map(|segment| segment.words.clone());
    if names.is_empty() {
        // Nothing but tags. A lone year or a weak word is a title (`1984`); `S01E02` is none.
        let Some(Claim::Weak | Claim::Edition | Claim::Year | Claim::Free) = claims.get(start)
        else {
            return taken;
        };
        let end = (start + 1..list.len())
            .find(|at| claims[*at] != claims[start] || list[*at].bracket != list[start].bracket)
            .unwrap_or(list.len());
        let all: Vec<usize> = (start..end).collect();
        names.push(spell(words, &all));
        first_words = None;
    }
    if !slashed {
        for (from, to) in bracketed {
            let text = words.slice(from, to);
            let country = to == from + 1
                && (2..=3).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_uppercase());
            let other_script = is_cyrillic(text) != is_cyrillic(&names[0]);
            let latin =
                !is_cyrillic(words.name) && text.len() >= 5 && text.contains([' ', '_', '.']);
            if country {
                names[0] = format!("{} {text}", names[0]);
            } else if other_script || latin {
                names.push(readable(text));
            } else {
                continue;
            }
            taken[from..to].fill(true);
        }
        if names.len() == 1
            && let Some(first) = first_words
            && let Some((left, right)) = two_scripts(words, &first)
        {
            names = vec![
                spell(words, left),
                spell(words, right),
                names.swap_remove(0),
            ];
        }
    }
    let mut names = names.into_iter().filter(|name| !name.is_empty());
    release.title = names.next();
    for name in names {
        if release.title.as_ref() != Some(&name) && !release.alternative_titles.contains(&name) {
            release.alternative_titles.push(name);
        }
    }
    taken
}

/// The names of the title, and the free brackets among them.
fn segments(
    words: &Words<'_>,
    claims: &[Claim],
    start: usize,
) -> (Vec<Segment>, Vec<(usize, usize)>) {
    let list = &words.list;
    let level = list.get(start).and_then(|word| word.bracket);
    let mut done: Vec<Segment> = Vec::new();
    let mut current = Segment::default();
    let mut bracketed = Vec::new();
    // The name being read has ended; a tag of the recording was seen.
    let (mut ended, mut tagged) = (false, false);
    let mut at = start;
    while at < list.len() {
        let word = &list[at];
        if word.bracket != level {
            // A bracket, or behind the one that holds the title.
            let end = (at..list.len())
                .find(|next| list[*next].bracket != word.bracket)
                .unwrap_or(list.len());
            let inside = &claims[at..end];
            if word.bracket.is_none() {
                break;
            }
            if inside.iter().all(|claim| *claim == Claim::Free) {
                if !ended && !current.words.is_empty() {
                    bracketed.push((at, end));
                }
            } else if !current.words.is_empty()
                && inside
                    .iter()
                    .any(|claim| matches!(claim, Claim::Strong | Claim::Year | Claim::Episode))
            {
                if !ended && inside[0] == Claim::Strong {
                    drop_weak_tail(&mut current.words, claims, at);
                } else if !ended {
                    drop_editions(&mut current.words, claims, at);
                }
                ended = true;
                tagged |= inside.contains(&Claim::Strong);
            }
            at = end;
            continue;
        }
        if at > start && separates(words, at) {
            if !current.words.is_empty() {
                done.push(std::mem::take(&mut current));
            }
            ended = false;
            if tagged {
                break;
            }
        }
        match claims[at] {
            Claim::Strong | Claim::Year if current.words.is_empty() && !done.is_empty() => break,
            Claim::Strong => {
                if !ended {
                    drop_weak_tail(&mut current.words, claims, at);
                }
                ended |= !current.words.is_empty();
                tagged |= !current.words.is_empty();
            }
            Claim::Year | Claim::Episode => {
                if !ended {
                    drop_editions(&mut current.words, claims, at);
                }
                ended |= !current.words.is_empty();
            }
            Claim::Weak | Claim::Edition | Claim::Free => {
                let aka = word.lower == "aka" && !current.words.is_empty() && at + 1 < list.len();
                if aka && !ended {
                    done.push(std::mem::take(&mut current));
                } else if !ended {
                    current.words.push(at);
                }
            }
        }
        at += 1;
    }
    if !current.words.is_empty() {
        done.push(current);
    }
    // A name of nothing but weak tags behind a slash is none, unless it stands where the
    // original title of a Russian name does (`Русское / French`).
    let script = |segment: &Segment| is_cyrillic(list[segment.words[0]].text);
    let russian = done.first().is_some_and(script);
    let mut index = 0;
    done.retain(|segment| {
        index += 1;
        index == 1
            || (index == 2 && russian && !script(segment))
            || segment.words.iter().any(|at| claims[*at] == Claim::Free)
    });
    (done, bracketed)
}

/// `Title DUAL 1080p`: the weak words right before a strong one are tags too.
fn drop_weak_tail(spelt: &mut Vec<usize>, claims: &[Claim], before: usize) {
    drop_tail(spelt, before, |at| {
        matches!(claims[at], Claim::Weak | Claim::Edition)
    });
}

/// `Alien Extended Cut (1979)`: before a year only the names of cuts are.
fn drop_editions(spelt: &mut Vec<usize>, claims: &[Claim], before: usize) {
    drop_tail(spelt, before, |at| claims[at] == Claim::Edition);
}

fn drop_tail(spelt: &mut Vec<usize>, before: usize, is_tag: impl Fn(usize) -> bool) {
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

/// Whether another name of the same title begins at word `at`.
fn separates(words: &Words<'_>, at: usize) -> bool {
    let gap = words.list[at].gap;
    if gap.contains('|') || gap.contains('｜') || gap == " _ " {
        return true;
    }
    if !gap.contains('/') && !gap.contains('\\') {
        return false;
    }
    // `Face/Off` is one name, `Лицо/Face` are two.
    gap.contains(' ') || is_cyrillic(words.list[at].text) != is_cyrillic(words.list[at - 1].text)
}

/// The words as a person would write them.
fn spell(words: &Words<'_>, indices: &[usize]) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut from = 0;
    while from < indices.len() {
        let mut to = from + 1;
        while to < indices.len() && indices[to] == indices[to - 1] + 1 {
            to += 1;
        }
        let (first, last) = (indices[from], indices[to - 1]);
        let mut piece = readable(words.slice(first, last + 1)).replace(['[', ']'], "");
        if piece.matches(')').count() > piece.matches('(').count() {
            piece.insert(0, '(');
        }
        let tail = words.gap_after(last + 1);
        let shout: String = tail
            .chars()
            .take_while(|letter| matches!(letter, '!' | '?' | '。'))
            .collect();
        piece.push_str(&shout);
        pieces.push(piece);
        from = to;
    }
    pieces.join(" ")
}

/// `Матрица The Matrix`: Cyrillic words and then only Latin ones.
fn two_scripts<'a>(words: &Words<'_>, spelt: &'a [usize]) -> Option<(&'a [usize], &'a [usize])> {
    let cyrillic = |at: &usize| is_cyrillic(words.list[*at].text);
    let latin = |at: &usize| {
        words.list[*at]
            .text
            .chars()
            .any(|letter| letter.is_ascii_alphabetic())
    };
    if !spelt.first().is_some_and(cyrillic) {
        return None;
    }
    let split = spelt.iter().position(|at| latin(at) && !cyrillic(at))?;
    let (left, right) = spelt.split_at(split);
    let whole = right.iter().all(|at| !cyrillic(at))
        && right.iter().any(|at| words.list[*at].text.len() > 3);
    whole.then_some((left, right))
}
