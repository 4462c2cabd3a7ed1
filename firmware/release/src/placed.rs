//! Numbers that only their place makes seasons and episodes: `Show.102.HDTV`, `show_03_19`, and
//! the absolute ones of anime.

use hearth_model::Release;

use crate::{
    absolute::{self, Known},
    parser::Claim,
    words::Words,
};

/// Claims them, from `start` on, where nothing said it more plainly.
pub fn claim(
    words: &Words<'_>,
    claims: &mut [Claim],
    start: usize,
    year_at: Option<usize>,
    release: &mut Release,
) {
    if release.seasons.is_empty() && release.episodes.is_empty() {
        claim_joined(words, claims, start, release);
    }
    if release.seasons.is_empty() && release.episodes.is_empty() {
        claim_pair(words, claims, start, release);
    }
    if release.episodes.is_empty() {
        claim_absolute(words, claims, start, year_at, release);
    } else {
        claim_repeated(words, claims, start);
    }
}

/// `Show.102.HDTV`: how television recordings were once numbered.
fn claim_joined(words: &Words<'_>, claims: &mut [Claim], start: usize, release: &mut Release) {
    let Some(tech) = (start..claims.len()).find(|at| claims[*at] == Claim::Strong) else {
        return;
    };
    let behind_year = tech >= 2 && claims[tech - 2] == Claim::Year;
    let television = (release.year.is_none() || behind_year)
        && words.list[tech..]
            .iter()
            .any(|word| matches!(word.lower.as_str(), "hdtv" | "pdtv" | "dsr"));
    if !television || tech < start + 2 || claims[tech - 1] != Claim::Free {
        return;
    }
    let word = &words.list[tech - 1];
    let padded = word.text.len() == 4 && word.text.starts_with('0');
    let Some(number) = word.number().filter(|_| word.text.len() == 3 || padded) else {
        return;
    };
    let (season, episode) = (number / 100, number % 100);
    if season > 0 && (1..40).contains(&episode) {
        claims[tech - 1] = Claim::Episode;
        release.seasons = vec![season];
        release.episodes = vec![episode];
    }
}

/// `show_03_19`, `Show.02.09`: season and episode, both of two digits, at the end.
fn claim_pair(words: &Words<'_>, claims: &mut [Claim], start: usize, release: &mut Release) {
    let two = |at: usize| {
        let word = words.list.get(at)?;
        let number = word.number().filter(|_| word.text.len() == 2);
        number.filter(|_| claims[at] == Claim::Free && word.bracket.is_none())
    };
    let found = (start + 1..words.list.len()).find_map(|at| {
        let (season, episode) = (two(at)?, two(at + 1)?);
        let word = &words.list[at];
        let joined = matches!(words.list[at + 1].gap, "_" | ".");
        let ends = claims.get(at + 2).is_none_or(|claim| *claim != Claim::Free);
        let real = word.text.starts_with('0') && season > 0 && episode > 0;
        (joined && ends && real).then_some((at, season, episode))
    });
    if let Some((at, season, episode)) = found {
        claims[at..at + 2].fill(Claim::Episode);
        release.seasons = vec![season];
        release.episodes = vec![episode];
    }
}

fn claim_absolute(
    words: &Words<'_>,
    claims: &mut [Claim],
    start: usize,
    year_at: Option<usize>,
    release: &mut Release,
) {
    let found = {
        let claims = &*claims;
        let known = Known {
            words,
            start,
            after_group: start > 0 && release.group.is_some(),
            tagged: (start..claims.len())
                .find(|at| claims[*at] == Claim::Strong)
                .unwrap_or(claims.len()),
            year_at,
            in_season: !release.seasons.is_empty(),
        };
        absolute::find(&known, |at| claims[at] == Claim::Free)
    };
    let Some(found) = found else { return };
    claims[found.at..found.at + found.words].fill(Claim::Episode);
    release.proper |= found.corrected;
    if release.seasons.is_empty() {
        release.absolute_episodes = found.numbers;
    } else {
        release.episodes = found.numbers;
    }
}

/// `Title - 12 (S01E12)`, `Title - 12 - S01E12`: the same once more, no part of the title.
fn claim_repeated(words: &Words<'_>, claims: &mut [Claim], start: usize) {
    let list = &words.list;
    for at in start + 2..list.len() {
        if claims[at] != Claim::Episode {
            continue;
        }
        let mut first = at;
        while first > start + 1
            && claims[first - 1] == Claim::Free
            && list[first - 1].bracket.is_none()
            && list[first - 1].number().is_some()
        {
            first -= 1;
            if list[first].after_spaced_dash() {
                claims[first..at].fill(Claim::Episode);
                break;
            }
        }
    }
}
