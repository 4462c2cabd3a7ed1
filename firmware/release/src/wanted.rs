//! Whether a release is the wanted film or episode. In doubt it is not: a missing source is a
//! smaller harm than the wrong film.

use hearth_model::{Release, TitleKind};

use crate::{normal::title_key, parser::parse};

/// What is being looked for.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// Every name the title is known by.
    pub names: Vec<&'a str>,
    pub year: Option<u16>,
    pub kind: TitleKind,
    pub season: Option<u32>,
    pub episode: Option<u32>,
    /// The episode's number counted through all seasons.
    pub absolute: Option<u32>,
}

/// Whether `release` is what is wanted, or a pack that contains it.
pub fn matches(release: &Release, wanted: &Wanted<'_>) -> bool {
    if wanted.kind == TitleKind::Anime && is_named_season(release, wanted) {
        return true;
    }
    let numbers = match wanted.kind {
        TitleKind::Film => !has_numbers(release) && film_year(release, wanted),
        TitleKind::Series | TitleKind::Anime => {
            contains_episode(release, wanted) && series_year(release, wanted)
        }
    };
    numbers && same_title(release, wanted)
}

/// Anime catalogues know every season as a title of its own, whose name says which one it is
/// (`Title 3rd Season`) and whose episodes begin at 1.
fn is_named_season(release: &Release, wanted: &Wanted<'_>) -> bool {
    let [season] = release.seasons[..] else {
        return false;
    };
    let right_episode = wanted
        .episode
        .is_none_or(|episode| release.episodes.is_empty() || release.episodes.contains(&episode));
    if !right_episode || wanted.season.is_some_and(|season| season != 1) {
        return false;
    }
    film_year(release, wanted)
        && wanted.names.iter().any(|name| {
            let named = parse(name);
            named.seasons == [season]
                && named.episodes.is_empty()
                && named.title.as_deref().is_some_and(|title| {
                    let plain = Wanted {
                        names: vec![title],
                        ..wanted.clone()
                    };
                    same_title(release, &plain)
                })
        })
}

fn has_numbers(release: &Release) -> bool {
    !(release.seasons.is_empty()
        && release.episodes.is_empty()
        && release.absolute_episodes.is_empty())
}

fn same_title(release: &Release, wanted: &Wanted<'_>) -> bool {
    let wanted_keys: Vec<String> = wanted
        .names
        .iter()
        .map(|name| title_key(without_year(name)))
        .filter(|key| !key.is_empty())
        .collect();
    let years_agree = release.year.is_some() && wanted.year.is_some();
    release
        .title
        .iter()
        .chain(&release.alternative_titles)
        .map(|title| title_key(title))
        .any(|key| {
            let stem = key
                .strip_suffix(" part one")
                .or_else(|| key.strip_suffix(" part 1"));
            wanted_keys.iter().any(|wanted| {
                same(&key, wanted) || (years_agree && stem.is_some_and(|stem| same(stem, wanted)))
            })
        })
}

/// Equal, or equal but for where the words are parted (`Spider-Man`, `Spiderman`).
fn same(one: &str, other: &str) -> bool {
    let letters = |text: &str| {
        text.chars()
            .filter(|letter| *letter != ' ')
            .collect::<String>()
    };
    !one.is_empty() && letters(one) == letters(other)
}

/// Catalogues tell namesakes apart as `Name (2005)`.
fn without_year(name: &str) -> &str {
    let trimmed = name.trim_end();
    let Some((rest, year)) = trimmed
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
    else {
        return name;
    };
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    if is_year && !rest.trim().is_empty() {
        rest
    } else {
        name
    }
}

fn film_year(release: &Release, wanted: &Wanted<'_>) -> bool {
    match (release.year, wanted.year) {
        (Some(known), Some(year)) => known.abs_diff(year) <= 1,
        _ => true,
    }
}

/// A later season carries its own year; another series of the same name began at another time.
fn series_year(release: &Release, wanted: &Wanted<'_>) -> bool {
    let (Some(known), Some(began)) = (release.year, wanted.year) else {
        return true;
    };
    let season = release.seasons.iter().max().copied().unwrap_or(1).max(1);
    // A season a year, with room for pauses. Numbers counted through say nothing of the season.
    let counted_through = !release.absolute_episodes.is_empty()
        || (wanted.kind == TitleKind::Anime && release.seasons.is_empty());
    let latest = if counted_through {
        60
    } else {
        1 + 3 * (season - 1)
    };
    known + 1 >= began && u32::from(known) <= u32::from(began) + latest
}

fn contains_episode(release: &Release, wanted: &Wanted<'_>) -> bool {
    let (seasons, episodes) = (&release.seasons, &release.episodes);
    if wanted.season.is_none() && wanted.episode.is_none() && wanted.absolute.is_none() {
        return true;
    }
    let absolute = |list: &[u32]| wanted.absolute.is_some_and(|number| list.contains(&number));
    if !release.absolute_episodes.is_empty() {
        return match (wanted.absolute, wanted.season, wanted.episode) {
            (Some(_), _, _) => absolute(&release.absolute_episodes),
            // Of a first season both countings are one.
            (None, None | Some(1), Some(episode)) => release.absolute_episodes.contains(&episode),
            (None, None | Some(1), None) => true,
            _ => false,
        };
    }
    if seasons.is_empty() {
        if episodes.is_empty() {
            // Neither says which: it could be the film of the same name.
            return false;
        }
        return match (wanted.season, wanted.episode) {
            (None | Some(1), Some(episode)) => episodes.contains(&episode),
            (None | Some(1), None) if wanted.absolute.is_none() => true,
            _ => wanted.kind == TitleKind::Anime && absolute(episodes),
        };
    }
    let right_season = wanted.season.is_none_or(|season| seasons.contains(&season));
    let right_episode = episodes.is_empty()
        || wanted
            .episode
            .is_none_or(|episode| episodes.contains(&episode));
    // An absolute number alone says nothing of seasons.
    let countable = wanted.season.is_some() || wanted.episode.is_some();
    countable && right_season && right_episode
}
