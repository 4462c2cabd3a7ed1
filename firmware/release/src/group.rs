//! Who made a release, where the name does not begin with it.

use crate::{audio::Mark, dictionary::Tag, parser::Claim, words::Words};

/// Who made it: `…-GROUP` at the end, `от Name`, `MVO (Name)`, `| Name`.
pub fn find(words: &Words<'_>, claims: &[Claim], marks: &[Mark], from: usize) -> Option<String> {
    let list = &words.list;
    let free = |at: usize| claims[at] == Claim::Free;
    let from = from.max(1);
    if from < list.len() {
        // The last run of words joined without spaces, behind a dash.
        let top = (from..list.len())
            .rev()
            .find(|at| list[*at].bracket.is_none());
        if let Some(last) = top.filter(|at| free(*at)) {
            let mut first = last;
            while first > from
                && !list[first].after_dash()
                && free(first - 1)
                && list[first].gap.len() == 1
                && list[first].gap != " "
            {
                first -= 1;
            }
            while first > from
                && list[first].after_dash()
                && free(first - 1)
                && list[first - 1].after_dash()
            {
                first -= 1;
            }
            if list[first].after_dash() {
                return Some(words.slice(first, last + 1).to_owned());
            }
        }
    }
    let letters = |at: usize| list[at].text.chars().filter(|l| l.is_alphabetic()).count() > 1;
    let named = (from..list.len()).find(|at| {
        // One word between bars, or behind "from".
        let barred = list[*at].gap.contains('|')
            && list
                .get(at + 1)
                .is_none_or(|next| next.gap.contains(['|', '.', '-']));
        free(*at) && letters(*at) && (barred || list[*at - 1].lower == "от")
    });
    if let Some(first) = named {
        let end = (first + 1..list.len())
            .find(|at| !free(*at) || !matches!(list[*at].gap, "." | "-" | "_"))
            .unwrap_or(list.len());
        return Some(words.slice(first, end).to_owned());
    }
    marks.iter().find_map(|mark| {
        let first = mark.at + mark.words;
        let word = list.get(first)?;
        let named = matches!(mark.tag, Tag::Dub("voiceover" | "dub", _))
            && word.gap.trim() == "("
            && free(first);
        let end = (first..list.len())
            .find(|at| {
                list[*at].bracket != word.bracket
                    || !free(*at)
                    || list[*at].gap.contains([',', '|'])
            })
            .unwrap_or(list.len());
        named.then(|| words.slice(first, end).to_owned())
    })
}
