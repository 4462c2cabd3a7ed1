//! Who made a release, where the name does not begin with it.

use crate::{
    audio::Mark,
    dictionary::{Tag, is_kind},
    parser::Claim,
    words::{Word, Words, is_cyrillic},
};

/// What those who only pass a release on hang on its name.
const PASSED_ON: [&str; 24] = [
    "xpost",
    "obfuscated",
    "asrequested",
    "alternativetorequested",
    "sample",
    "proof",
    "postbot",
    "scrambled",
    "nzbgeek",
    "buymore",
    "rp",
    "repost",
    "repackpost",
    "4p",
    "4planet",
    "altezachen",
    "gerov",
    "whiterev",
    "chamele0n",
    "z0ids3n",
    "1",
    "trash",
    "english",
    "fastsub",
];

/// Who made it: `…-GROUP` at the end, `x264 GROUP`, `от Name`, `| Name`, `MVO (Name)`, `[Name]`.
pub fn find(words: &Words<'_>, claims: &[Claim], marks: &[Mark], from: usize) -> Option<String> {
    let from = from.max(1);
    if from >= words.list.len() {
        return None;
    }
    let list = &words.list;
    let told = named(words, claims, from, |at| list[at - 1].lower == "от");
    if told.is_some() {
        return told;
    }
    let barred = |at: usize| {
        let next = list.get(at + 1);
        list[at].gap.contains('|') && next.is_none_or(|next| next.gap.contains(['|', '.', '-']))
    };
    let found = dashed(words, claims, from)
        .or_else(|| behind_tags(words, claims, from, None))
        .map(|(first, last)| words.slice(first, last + 1).to_owned());
    found
        .or_else(|| named(words, claims, from, barred))
        .or_else(|| voiced(words, claims, marks))
        .or_else(|| bracketed(words, claims, from))
        .or_else(|| studio(words, marks))
}

/// `x264-GROUP` of a name that begins with something else in brackets.
pub fn scene(words: &Words<'_>, claims: &[Claim], from: usize) -> Option<String> {
    let (first, last) = dashed(words, claims, from.max(1))?;
    (words.list[first].gap == "-" && claims[first - 1] == Claim::Strong)
        .then(|| words.slice(first, last + 1).to_owned())
}

/// The last run of words joined without spaces, behind a dash.
fn dashed(words: &Words<'_>, claims: &[Claim], from: usize) -> Option<(usize, usize)> {
    let list = &words.list;
    let mut top = (from..list.len())
        .rev()
        .filter(|at| list[*at].bracket.is_none());
    let mut last = top.next()?;
    // `GROUP-Raws`
    let begun = |at: usize| at > from && claims[at - 1] == Claim::Free && list[at - 1].gap == "-";
    let free = |at: usize| {
        claims[at] == Claim::Free || (claims[at] == Claim::Weak && list[at].gap == "-" && begun(at))
    };
    if !free(last) {
        // `x264-GROUP English`, `H264-GROUP[site] mkv`
        last = top
            .next()
            .filter(|at| list[*at].gap.ends_with('-') && free(*at))?;
    }
    let mut first = last;
    while first > from
        && !list[first].gap.ends_with('-')
        && free(first - 1)
        && matches!(list[first].gap, "." | "_" | "@")
    {
        first -= 1;
    }
    while first > from
        && list[first].after_dash()
        && free(first - 1)
        && list[first - 1].after_loose_dash()
    {
        first -= 1;
    }
    // ` - GROUP` only right behind what tells of the recording.
    let behind = !matches!(
        claims[first - 1],
        Claim::Free | Claim::Episode | Claim::Year
    );
    if !(list[first].after_dash() || (list[first].after_loose_dash() && behind)) {
        return None;
    }
    // `x264.Two-Part`
    if first > from + 1
        && list[first].gap == "-"
        && free(first - 1)
        && list[first - 1].gap == "."
        && claims[first - 2] == Claim::Strong
    {
        first -= 1;
    }
    while last > first && passed_on(&list[last]) {
        last -= 1;
    }
    // `2008-2015`
    if list[first].looks_like_year() && list[first].number().is_some() {
        return None;
    }
    Some((first, last))
}

fn passed_on(word: &Word<'_>) -> bool {
    PASSED_ON.contains(&word.lower.as_str()) || word.lower.starts_with("rakuv")
}

/// `… x264 GROUP`, `(1080p x265 GROUP)`: the one word behind the tags at the end of the name, or
/// of the bracket.
fn behind_tags(
    words: &Words<'_>,
    claims: &[Claim],
    from: usize,
    bracket: Option<usize>,
) -> Option<(usize, usize)> {
    let list = &words.list;
    let last = (from..list.len())
        .rev()
        .find(|at| list[*at].bracket == bracket)?;
    let word = &list[last];
    // `[1080p] GROUP`
    let near = list[last - 1].bracket == bracket || (bracket.is_none() && word.gap.len() == 2);
    let tagged = near
        && matches!(claims[last - 1], Claim::Strong | Claim::Weak)
        && claims[..last].contains(&Claim::Strong);
    let parted = matches!(
        word.gap,
        " " | "." | "_" | " - " | "-" | ") " | "] " | ")." | "]."
    );
    (claims[last] == Claim::Free && tagged && parted && is_name(word.text)).then_some((last, last))
}

fn is_name(text: &str) -> bool {
    let letters = text.chars().filter(|letter| letter.is_alphabetic());
    letters.count() > 1
        && !is_cyrillic(text)
        && !is_checksum(text)
        && !is_kind(text)
        && !is_catalogue_id(text)
}

/// `{imdb-tt0111161}`, `[tmdbid-949]`: what media servers write into names.
fn is_catalogue_id(text: &str) -> bool {
    let (kind, id) = text.split_once(['-', '=']).unwrap_or_default();
    let kind = kind.to_lowercase();
    matches!(
        kind.trim_end_matches("id"),
        "imdb" | "tmdb" | "tvdb" | "anidb" | "mal"
    ) && id
        .trim_start_matches("tt")
        .bytes()
        .all(|byte| byte.is_ascii_digit())
}

/// `[1A2B3C4D]`
fn is_checksum(text: &str) -> bool {
    text.len() == 8
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.contains(|letter: char| letter.is_ascii_digit())
}

/// The one word, or several without spaces, that begin where `begins` says.
fn named(
    words: &Words<'_>,
    claims: &[Claim],
    from: usize,
    begins: impl Fn(usize) -> bool,
) -> Option<String> {
    let list = &words.list;
    let free = |at: usize| claims[at] == Claim::Free;
    let letters = |at: usize| list[at].text.chars().filter(|l| l.is_alphabetic()).count() > 1;
    let first = (from..list.len()).find(|at| free(*at) && letters(*at) && begins(*at))?;
    let end = (first + 1..list.len())
        .find(|at| !free(*at) || !matches!(list[*at].gap, "." | "-" | "_"))
        .unwrap_or(list.len());
    Some(words.slice(first, end).to_owned())
}

/// `MVO (Name)`
fn voiced(words: &Words<'_>, claims: &[Claim], marks: &[Mark]) -> Option<String> {
    let list = &words.list;
    marks.iter().find_map(|mark| {
        let first = mark.at + mark.words;
        let word = list.get(first)?;
        let named = matches!(mark.tag, Tag::Dub("voiceover" | "dub", _))
            && word.gap.trim() == "("
            && claims[first] == Claim::Free;
        let end = (first..list.len())
            .find(|at| {
                list[*at].bracket != word.bracket
                    || claims[*at] != Claim::Free
                    || list[*at].gap.contains([',', '|'])
            })
            .unwrap_or(list.len());
        named.then(|| words.slice(first, end).to_owned())
    })
}

/// `HDRezka Studio`, `rus.LostFilm.TV`: the first studio, wherever it stands.
fn studio(words: &Words<'_>, marks: &[Mark]) -> Option<String> {
    let named = |mark: &&Mark| matches!(mark.tag, Tag::Studio(_));
    let mark = marks.iter().find(named)?;
    Some(words.slice(mark.at, mark.at + mark.words).to_owned())
}

/// `[GROUP]`, `{GROUP}`, `(1080p x265 GROUP)`: in the last bracket that says nothing else.
fn bracketed(words: &Words<'_>, claims: &[Claim], from: usize) -> Option<String> {
    let list = &words.list;
    let mut end = list.len();
    let mut inside = None;
    while end > from {
        let bracket = list[end - 1].bracket;
        let start = (from..end)
            .rev()
            .find(|at| list[*at].bracket != bracket)
            .map_or(from, |before| before + 1);
        if let Some(open) = bracket.map(|bracket| words.brackets[bracket].open) {
            let text = words.slice(start, end);
            let whole = claims[start] == Claim::Free
                && claims[start..end]
                    .iter()
                    .all(|claim| matches!(claim, Claim::Free | Claim::Weak))
                && !text.contains([' ', ',', '/', '|']);
            if whole && open != '(' && is_name(text) {
                return Some(text.to_owned());
            }
            if open == '(' && inside.is_none() {
                inside = behind_tags(words, claims, from, bracket);
            }
        }
        end = start;
    }
    inside.map(|(first, last)| words.slice(first, last + 1).to_owned())
}
