//! The year among the numbers of a name: `2012 (2009)`, `Blade Runner 2049 2017`, `[2020, США]`.

use crate::{
    parser::Claim,
    words::{Word, Words},
};

/// Years of films; later numbers are names (`Blade Runner 2049`).
pub const YEARS: std::ops::RangeInclusive<u32> = 1900..=2040;

/// The word that is the year.
pub fn choose(words: &Words<'_>, claims: &[Claim], start: usize) -> Option<usize> {
    let list = &words.list;
    let is_year = |at: usize| {
        claims.get(at) == Some(&Claim::Free)
            && list[at].text.len() == 4
            && list[at]
                .number()
                .is_some_and(|number| YEARS.contains(&number))
    };
    let candidates: Vec<usize> = (0..list.len())
        .filter(|at| is_year(*at))
        // 2019-2021 is 2019.
        .filter(|at| !(*at > 0 && list[*at].after_loose_dash() && is_year(*at - 1)))
        .collect();
    let level = list.get(start).and_then(|word| word.bracket);
    // `(2019)`, `[2020, США, драма]`, but not `(the Oscars of 1963)`.
    let parted = |at: usize| {
        list[at - 1].bracket != list[at].bracket
            || claims[at - 1] != Claim::Free
            || list[at].gap.contains([',', '/', '-', '–', '.', ';', '|'])
    };
    let bracketed = candidates.iter().copied().find(|at| {
        *at > start && list[*at].bracket.is_some() && list[*at].bracket != level && parted(*at)
    });
    if bracketed.is_some() {
        return bracketed;
    }
    let first_of = |wanted: Claim| {
        (start..list.len())
            .find(|at| claims[*at] == wanted)
            .unwrap_or(list.len())
    };
    let (tech, episode) = (first_of(Claim::Strong), first_of(Claim::Episode));
    let plain = || candidates.iter().copied().filter(|at| *at > start);
    // The last one before the tags: earlier ones are names (`2012 2009`).
    let before = plain().rfind(|at| *at < tech.min(episode));
    let behind_episode = plain().find(|at| {
        *at > episode
            && *at < tech
            && ((claims[*at - 1] == Claim::Episode
                && (claims.get(at + 1).is_none_or(|claim| *claim != Claim::Free)
                    || (list[at + 1].after_dash() && is_year(at + 1))))
                || *at + 1 == tech
                || list[*at].gap.contains(['/', '|', ',']))
    });
    // `Metro 2033 S01E04 2025 WEB-DL`: a year to come is a name.
    let named = |at: usize, later: usize| list[at].number() > list[later].number();
    if let Some(at) = before
        && !behind_episode.is_some_and(|later| named(at, later))
    {
        return before;
    }
    behind_episode
        .or_else(|| plain().find(|at| *at > tech))
        .or_else(|| {
            // `(2019) Title`, `2019 - Title`
            candidates.iter().copied().find(|at| {
                list[*at].bracket.is_some() && *at < start
                    || (*at == start
                        && claims.get(at + 1) == Some(&Claim::Free)
                        && list.get(at + 1).is_some_and(Word::after_spaced_dash))
            })
        })
}
