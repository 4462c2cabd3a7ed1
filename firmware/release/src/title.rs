//! Where the title ends, and its other names: `Русское / Original`, `Title AKA Other`,
//! `Название (Original)`.

use hearth_model::Release;

use crate::{
    dictionary::is_kind,
    opening::is_address,
    parser::Claim,
    studios::studio,
    tail::{drop_editions, drop_language, drop_last_editions, drop_tail, drop_weak_tail},
    words::{Words, ends_in_initials, is_cyrillic, is_ornament, readable},
};

/// One name of the title: the words that spell it.
#[derive(Default)]
struct Segment {
    words: Vec<usize>,
}

/// Fills title and alternative titles; answers which words belong to them.
pub fn read(words: &Words<'_>, claims: &[Claim], start: usize, release: &mut Release) -> Vec<bool> {
    let list = &words.list;
    let mut taken = vec![false; list.len()];
    if let Some(end) = named_episode(words, claims, start, release) {
        taken[start..end].fill(true);
        return taken;
    }
    let (mut segments, bracketed) = segments(words, claims, start);
    drop_studios(words, &mut segments);
    part_scripts(words, &mut segments);
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
    if slashed {
        // `Название (Другое, Третье) / Name`: more names of the first language.
        let first_end = segments[0].words.last().map_or(0, |last| last + 1);
        for (from, to) in bracketed {
            if from == first_end && is_cyrillic(words.slice(from, to)) && is_cyrillic(&names[0]) {
                names.extend(words.slice(from, to).split(", ").map(readable));
                taken[from..to].fill(true);
            }
        }
    } else {
        for (from, to) in bracketed {
            let text = words.slice(from, to);
            let country = to == from + 1
                && (2..=3).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_uppercase())
                && segments
                    .first()
                    .is_some_and(|first| first.words.last() == Some(&(from - 1)));
            if is_kind(text) {
                continue;
            }
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

/// `Title - AniLibria.TV [1080p]`, `Название | Title | LostFilm`: who dubbed it is no name.
fn drop_studios(words: &Words<'_>, segments: &mut Vec<Segment>) {
    let mut first = true;
    segments.retain_mut(|segment| {
        let own = &mut segment.words;
        let tail = (0..own.len()).find(|at| {
            (*at == 0 || words.list[own[*at]].after_spaced_dash())
                && studio(&words.list[own[*at]..]).is_some_and(|(count, _)| at + count == own.len())
        });
        let kept = tail.unwrap_or(own.len()).max(usize::from(first));
        first = false;
        own.truncate(kept);
        kept > 0
    });
}

/// `Название - Original`: one language, and behind a dash another.
fn part_scripts(words: &Words<'_>, segments: &mut Vec<Segment>) {
    let [Segment { words: own }] = segments.as_mut_slice() else {
        return;
    };
    let foreign = |at: &usize| words.list[*at].is_foreign();
    let latin = |at: &usize| {
        let text = words.list[*at].text;
        !foreign(at) && text.len() > 3 && text.chars().any(char::is_alphabetic)
    };
    let (Some(last), Some(first)) = (own.iter().rposition(foreign), own.iter().position(latin))
    else {
        return;
    };
    let part = (last + 1..=first).find(|at| words.list[own[*at]].after_spaced_dash());
    if let Some(at) = part {
        let words = own.split_off(at);
        segments.push(Segment { words });
    }
}

/// Where the name of the episode ends that begins with `S01E02` or `1x02`: what follows is what the
/// episode is called, not the series.
fn named_episode(
    words: &Words<'_>,
    claims: &[Claim],
    start: usize,
    release: &Release,
) -> Option<usize> {
    let code = &words.list.get(start)?.text;
    let coded = claims[start] == Claim::Episode
        && code.contains(|letter: char| letter.is_ascii_digit())
        && code.contains(|letter: char| letter.is_ascii_alphabetic())
        && !(release.seasons.is_empty() || release.episodes.is_empty());
    let tagged = claims.iter().position(|claim| *claim == Claim::Strong);
    coded.then(|| tagged.unwrap_or(claims.len()).max(start))
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
            if is_address(words, at, end) {
                // Nothing of the title.
            } else if inside.iter().all(|claim| *claim == Claim::Free) {
                if !ended && !current.words.is_empty() {
                    if continues(words, claims, at, end) {
                        current.words.extend(at..end);
                    } else if words.slice(at, end).chars().any(char::is_alphabetic) {
                        bracketed.push((at, end));
                    }
                }
            } else if !current.words.is_empty()
                && inside
                    .iter()
                    .any(|claim| matches!(claim, Claim::Strong | Claim::Year | Claim::Episode))
            {
                let first = inside
                    .iter()
                    .find(|claim| !matches!(claim, Claim::Weak | Claim::Free));
                if !ended && first == Some(&Claim::Strong) {
                    drop_weak_tail(&mut current.words, claims, at);
                } else if !ended {
                    drop_editions(&mut current.words, claims, at);
                    if first == Some(&Claim::Episode) {
                        // `Title TV [01-12]`
                        drop_tail(&mut current.words, at, |at| list[at].text == "TV");
                    }
                }
                ended = true;
                tagged |= inside.contains(&Claim::Strong);
            } else if !current.words.is_empty()
                && inside
                    .iter()
                    .any(|claim| matches!(claim, Claim::Weak | Claim::Edition))
            {
                ended = true;
            } else if !done.is_empty()
                && inside
                    .iter()
                    .any(|claim| matches!(claim, Claim::Strong | Claim::Year))
            {
                // `Name / Серии: 1-5 [2019, BDRip] Dub + 2x MVO`: no more names behind it.
                break;
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
                    if claims[at] == Claim::Year {
                        drop_language(words, &mut current.words, at);
                    }
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
        if !ended {
            drop_last_editions(&mut current.words, claims, list.len());
        }
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

/// `You Are (Not) Alone`, `Чемпионат (1/2 финала) Англия - Аргентина`: the title goes on behind
/// the brackets at `at..end`, in the same script.
fn continues(words: &Words<'_>, claims: &[Claim], at: usize, end: usize) -> bool {
    let list = &words.list;
    let Some(next) = list.get(end) else {
        return false;
    };
    let gap = next.gap.trim_start_matches([')', ']', '}']);
    let script = |at: usize| {
        let letters = list[at].text.chars().any(char::is_alphabetic);
        letters.then(|| list[at].is_foreign())
    };
    let of_title = (0..at).rev().find_map(script);
    next.bracket == list[at - 1].bracket
        && claims[end] == Claim::Free
        && matches!(gap, " " | "_" | "." | ". ")
        && list[at].gap.starts_with([' ', '_', '.'])
        && (at..=end).all(|inside| script(inside).is_none() || script(inside) == of_title)
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
    let (before, word) = (&words.list[at - 1], &words.list[at]);
    gap.contains(' ')
        || is_cyrillic(word.text) != is_cyrillic(before.text)
        || word.is_cjk()
        || before.is_cjk()
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
        if tail.starts_with('.') && ends_in_initials(&piece) {
            piece.push('.');
        }
        let quoted = |mark: char| tail.starts_with(mark) && piece.matches(mark).count() % 2 == 1;
        if quoted('"') {
            piece.push('"');
        } else if tail.starts_with('»') && piece.matches('«').count() > piece.matches('»').count()
        {
            piece.push('»');
        }
        let shout: String = tail
            .chars()
            .take_while(|letter| matches!(letter, '!' | '?' | '。') || is_ornament(*letter))
            .collect();
        piece.push_str(&shout);
        // `Голос 60+`
        if tail.starts_with("+ ") && piece.ends_with(|letter: char| letter.is_ascii_digit()) {
            piece.push('+');
        }
        pieces.push(piece);
        from = to;
    }
    pieces.join(" ")
}

/// `Матрица The Matrix`: words of another script and then only Latin ones.
fn two_scripts<'a>(words: &Words<'_>, spelt: &'a [usize]) -> Option<(&'a [usize], &'a [usize])> {
    let foreign = |at: &usize| words.list[*at].is_foreign();
    let latin = |at: &usize| {
        words.list[*at]
            .text
            .chars()
            .any(|letter| letter.is_ascii_alphabetic())
    };
    let cjk = |at: &usize| words.list[*at].is_cjk();
    if !spelt.first().is_some_and(foreign) {
        // `Latin 漢字`; Russians write `Top Gear Россия` for one name.
        let (left, right) = spelt.split_at(spelt.iter().position(cjk)?);
        let whole = !right.iter().any(|at| latin(at) && !cjk(at))
            && left.iter().any(|at| words.list[*at].text.len() > 3);
        return whole.then_some((left, right));
    }
    // In Russian names with spaces `Новый Comedy Club` is one title; in file names with dots the
    // second half is the other language.
    let spaced = |at: &usize| words.list[*at].gap.contains(' ');
    if !spelt.iter().any(cjk) && spelt[1..].iter().any(spaced) {
        return None;
    }
    let split = spelt.iter().position(|at| latin(at) && !foreign(at))?;
    let (left, right) = spelt.split_at(split);
    let whole = right.iter().all(|at| !foreign(at))
        && right.iter().any(|at| words.list[*at].text.len() > 3);
    whole.then_some((left, right))
}
