//! Where the title begins: what stands before it is a site's address, a group, a date.

use hearth_model::Release;

use crate::{
    parser::Claim,
    words::{Word, Words},
    year::YEARS,
};

/// The first word of the title: behind a site's address, a date, groups in brackets, leading tags.
pub fn start(words: &mut Words<'_>, claims: &[Claim], release: &mut Release) -> usize {
    let count = words.list.len();
    let mut start = 0;
    while start < count {
        let word = &words.list[start];
        // A date, or the season that Chinese names begin with.
        let skipped = claims[start] == Claim::Year || word.text.ends_with("新番");
        if skipped {
            start += 1;
            continue;
        }
        if let Some(behind) = behind_site(words, claims, start) {
            start = behind;
            continue;
        }
        let Some(bracket) = word.bracket else { break };
        let end = (start..count)
            .find(|at| words.list[*at].bracket != Some(bracket))
            .unwrap_or(count);
        if end == count {
            break;
        }
        let year_only = end == start + 1 && word.number().is_some_and(|year| YEARS.contains(&year));
        if (start..end).all(|at| claims[at] != Claim::Free) || year_only {
            start = end;
            continue;
        }
        let square = matches!(words.brackets[bracket].open, '[' | '【' | '［' | '{');
        let text = words.slice(start, end);
        let rec = text.to_lowercase() == "rec";
        if !square || rec {
            // `(500) Days of Summer`: the brackets are part of it.
            for word in &mut words.list[start..end] {
                word.bracket = None;
            }
            break;
        }
        let follows = title_follows(words, claims, end);
        if release.group.is_none() && (follows || !number_follows(words, claims, end)) {
            release.group = Some(text.to_owned());
        } else if release.group.is_none() || !follows {
            // `[Title][07]`, `[Group][Title][07]`
            break;
        }
        // Of two groups the first is told.
        start = end;
    }
    start
}

/// Whether words outside brackets, which nothing else claims, come from word `from` on.
fn title_follows(words: &Words<'_>, claims: &[Claim], from: usize) -> bool {
    (from..words.list.len()).any(|at| {
        let word = &words.list[at];
        word.bracket.is_none()
            && claims[at] == Claim::Free
            && word.text.chars().any(char::is_alphabetic)
            && !word.text.ends_with("新番")
    })
}

/// Whether the next thing is the number of an episode: what stands before it is the title.
fn number_follows(words: &Words<'_>, claims: &[Claim], at: usize) -> bool {
    let word = &words.list[at];
    let another = |next: &Word<'_>| next.number().is_some() || claims[at + 1] == Claim::Episode;
    let number = word.number().is_some();
    // `[Title].07.[720p]`, but `[Group] 86 - 01`
    let bare = number && !words.list.get(at + 1).is_some_and(another);
    bare || (word.bracket.is_some() && (number || claims[at] == Claim::Episode))
}

/// Where the bracket that opens at word `at` ends, if it holds a site's address.
pub fn bracketed_address(words: &Words<'_>, at: usize) -> Option<usize> {
    let bracket = words.list[at].bracket?;
    if at > 0 && words.list[at - 1].bracket == Some(bracket) {
        return None;
    }
    let end = (at..words.list.len())
        .find(|next| words.list[*next].bracket != Some(bracket))
        .unwrap_or(words.list.len());
    is_address(words, at, end).then_some(end)
}

/// Whether the words from `from` to before `to` are a site's address.
pub fn is_address(words: &Words<'_>, from: usize, to: usize) -> bool {
    to >= from + 2
        && words.list[from + 1..to]
            .iter()
            .all(|word| matches!(word.gap, "." | "-" | ""))
        && is_domain(&words.list[to - 1].lower)
}

/// The end of the address that begins at `start` with `www`.
pub fn address_end(words: &Words<'_>, start: usize) -> Option<usize> {
    let list = &words.list;
    if !matches!(list[start].lower.as_str(), "www" | "ww" | "wwww") {
        return None;
    }
    let glued = glued_end(words, start);
    // `www.example.org.Title`, but `Search.WWW.S01`
    let domain = (start + 2..glued).find(|at| is_domain(&list[*at].lower));
    if domain.is_some() || start > 0 {
        return domain.map(|at| at + 1);
    }
    // `www 1Example tel - Title`
    if glued == start + 1 {
        return (glued..list.len().min(start + 6)).find(|at| list[*at].after_spaced_dash());
    }
    Some(glued)
}

fn glued_end(words: &Words<'_>, start: usize) -> usize {
    (start + 1..words.list.len())
        .find(|at| !matches!(words.list[*at].gap, "." | "-"))
        .unwrap_or(words.list.len())
}

/// The word behind `www.example.org - ` or `[example.org]`.
fn behind_site(words: &Words<'_>, claims: &[Claim], start: usize) -> Option<usize> {
    let list = &words.list;
    let www = address_end(words, start);
    let end = match www {
        Some(end) => end,
        // `Show.103.hdtv-lol` ends like one, too.
        None => Some(glued_end(words, start)).filter(|end| {
            is_address(words, start, *end) && !claims[start..*end].contains(&Claim::Strong)
        })?,
    };
    let www = www.is_some();
    let next = list.get(end)?;
    let parted = www || next.after_loose_dash() || next.bracket != list[start].bracket;
    parted.then_some(end)
}

/// Ends of addresses that are no words.
fn is_domain(text: &str) -> bool {
    matches!(
        text,
        "com"
            | "net"
            | "org"
            | "info"
            | "biz"
            | "ru"
            | "su"
            | "ua"
            | "tv"
            | "cc"
            | "tel"
            | "sbs"
            | "xyz"
            | "site"
            | "website"
            | "io"
            | "mx"
            | "ws"
            | "lol"
            | "icu"
            | "cz"
            | "nl"
            | "ca"
            | "au"
            | "uk"
            | "eu"
            | "pl"
            | "tc"
            | "vip"
            | "cx"
            | "lat"
            | "pw"
            | "nu"
            | "bz"
            | "gg"
    )
}
