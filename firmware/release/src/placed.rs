//! Numbers that only their place makes seasons and episodes: `Show.102.HDTV`, `show_03_19`, and
//! the absolute ones of anime.

use hearth_model::Release;

use crate::{
    absolute::{self, Known},
    parser::Claim,
    words::{Word, Words},
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
    if release.seasons.is_empty() && release.episodes.is_empty() && year_at.is_none() {
        claim_part(words, claims, start, release);
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
    let joined = |at: usize| {
        let word = &words.list[at];
        let real = word.text.len() == 3 || (word.text.len() == 4 && !word.looks_like_year());
        let number = word
            .number()
            .filter(|_| real && claims[at] == Claim::Free)?;
        let (season, episode) = (number / 100, number % 100);
        ((1..40).contains(&season) && (1..40).contains(&episode)).then_some((season, episode))
    };
    let Some((season, last)) = joined(tech - 1) else {
        return;
    };
    // `Show.103.104.HDTV`
    let two = tech >= start + 3 && joined(tech - 2) == Some((season, last - 1)) && last > 1;
    let first = if two { last - 1 } else { last };
    claims[tech - 1 - usize::from(two)..tech].fill(Claim::Episode);
    release.seasons = vec![season];
    release.episodes = (first..=last).collect();
}

/// `show_03_19`, `Show.02.09`, `Show 03-19.mkv`, `Show - 6.01 - Name`, `2-06. Name`: season and
/// episode, two digits the episode.
fn claim_pair(words: &Words<'_>, claims: &mut [Claim], start: usize, release: &mut Release) {
    let list = &words.list;
    let free = |at: usize| claims.get(at) == Some(&Claim::Free) && list[at].bracket.is_none();
    let short = |at: usize| {
        let word = list.get(at).filter(|word| word.text.len() <= 2)?;
        word.number().filter(|number| free(at) && *number > 0)
    };
    let bare = !claims.contains(&Claim::Strong) && !claims.contains(&Claim::Year);
    let is_pair = |at: usize, season: u32, episode: u32| {
        let (word, gap) = (&list[at], list[at + 1].gap);
        let letter = |next: &Word<'_>| next.text.len() == 1 && next.number().is_none();
        let ends = !free(at + 2) || letter(&list[at + 2]);
        if at == start {
            let named = |next: &Word<'_>| {
                matches!(next.gap, " " | ". ") && next.text.starts_with(char::is_alphabetic)
            };
            return bare && season <= 20 && gap == "-" && list.get(at + 2).is_some_and(named);
        }
        if word.after_spaced_dash() && gap == "." {
            return ends || list[at + 2].after_loose_dash();
        }
        // No file holds so many episodes.
        let many = release.container.is_some() && episode > season + 3;
        let joined = gap == "_" || gap == "." || (gap == "-" && many);
        word.text.len() == 2 && word.text.starts_with('0') && joined && ends
    };
    let found = (start..list.len()).find_map(|at| {
        let (season, episode) = (short(at)?, short(at + 1)?);
        let real = list[at + 1].text.len() == 2 && is_pair(at, season, episode);
        real.then_some((at, season, episode))
    });
    if let Some((at, season, episode)) = found {
        claims[at..at + 2].fill(Claim::Episode);
        release.seasons = vec![season];
        release.episodes = vec![episode];
    }
}

/// `Show.Part.03.Name.1080p`. Films have a year, parts without a nought, no names for them.
fn claim_part(words: &Words<'_>, claims: &mut [Claim], start: usize, release: &mut Release) {
    let list = &words.list;
    let tagged = claims.iter().rposition(|claim| *claim == Claim::Strong);
    let before = tagged.unwrap_or_default().saturating_sub(2);
    let found = (start + 1..before).find(|at| {
        let next = &list[at + 1];
        list[*at].lower == "part"
            && claims[*at..at + 3] == [Claim::Free; 3]
            && next.text.len() == 2
            && next.text.starts_with('0')
            && matches!(next.gap, "." | " " | "_")
    });
    if let Some(at) = found
        && let Some(number) = list[at + 1].number()
    {
        claims[at..at + 2].fill(Claim::Episode);
        release.episodes = vec![number];
    }
}

fn claim_absolute(
    words: &Words<'_>,
    claims: &mut [Claim],
    start: usize,
    year_at: Option<usize>,
    release: &mut Release,
) {
    let found = || {
        let claims = &*claims;
        let known = Known {
            words,
            start,
            // Behind `[Title]`, too.
            after_group: (start > 0 && release.group.is_some())
                || words.list.get(start)?.bracket.is_some(),
            tagged: (start..claims.len())
                .find(|at| claims[*at] == Claim::Strong)
                .unwrap_or(claims.len()),
            year_at,
            in_season: !release.seasons.is_empty(),
        };
        absolute::find(&known, |at| claims[at] == Claim::Free)
    };
    let Some(found) = found() else { return };
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
