//! What one telling of a title adds to what is known of it.

use hearth_model::{DISK_PICTURES, Episode, Facts, FoundEpisode, Names, Title};

use crate::merge::NewTitle;

/// Each is searched, and the index lies in memory.
const MOST_ALIASES: usize = 40;

/// The owner's word takes the place of what was known. A name that only a file had goes with it.
pub(crate) fn heed(title: &mut Title, new: &NewTitle) {
    let Some(word) = &new.word else {
        return;
    };
    if !word.names.is_empty() {
        let names = &mut title.names;
        for slot in [&mut names.ru, &mut names.en, &mut names.original] {
            if slot
                .as_ref()
                .is_some_and(|name| word.facts.aliases.contains(name))
            {
                *slot = None;
            }
        }
        renew_names(names, &word.names);
    }
    renew_names(&mut title.overview, &word.overview);
    renew_picture(&mut title.poster, &word.poster);
    renew_picture(&mut title.facts.backdrop, &word.facts.backdrop);
    renew(&mut title.year, &word.year);
    renew(&mut title.rating, &word.rating);
    renew(&mut title.runtime_minutes, &word.runtime_minutes);
    for (known, told) in [
        (&mut title.genres, &word.genres),
        (&mut title.facts.countries, &word.facts.countries),
    ] {
        if !told.is_empty() {
            known.clone_from(told);
        }
    }
    let (known, told) = (&mut title.facts, &word.facts);
    renew(&mut known.released_on, &told.released_on);
    renew(&mut known.age, &told.age);
    // A service's own key finds more.
    fill(&mut known.franchise, &told.franchise);
}

pub(crate) fn heed_episode(episode: &mut Episode, told: &FoundEpisode) {
    renew_names(&mut episode.names, &told.names);
    renew_names(&mut episode.facts.overview, &told.facts.overview);
    renew_picture(&mut episode.facts.still, &told.facts.still);
}

/// A picture that was taken away from beside the film gives its place to that of a service.
fn renew_picture(known: &mut Option<String>, told: &Option<String>) {
    let is_of_disk = |address: &String| address.starts_with(DISK_PICTURES);
    if told.is_some() || known.as_ref().is_some_and(is_of_disk) {
        known.clone_from(told);
    }
}

fn renew_names(names: &mut Names, more: &Names) {
    renew(&mut names.ru, &more.ru);
    renew(&mut names.en, &more.en);
    renew(&mut names.original, &more.original);
}

pub(crate) fn complete_episode(episode: &mut Episode, found: &FoundEpisode) {
    fill_names(&mut episode.names, &found.names);
    let (known, more) = (&mut episode.facts, &found.facts);
    fill_names(&mut known.overview, &more.overview);
    fill(&mut known.runtime_minutes, &more.runtime_minutes);
    fill(&mut known.still, &more.still);
    renew(&mut known.released_on, &more.released_on);
}

fn fill_names(names: &mut Names, more: &Names) {
    fill(&mut names.ru, &more.ru);
    fill(&mut names.en, &more.en);
    fill(&mut names.original, &more.original);
}

/// For what changes with time: the newest word counts.
fn renew<T: Clone>(slot: &mut Option<T>, value: &Option<T>) {
    if value.is_some() {
        slot.clone_from(value);
    }
}

fn fill<T: Clone>(slot: &mut Option<T>, value: &Option<T>) {
    if slot.is_none() {
        slot.clone_from(value);
    }
}

/// What was known stays; what was missing is filled in, and what the title's own service says anew
/// takes the place of what it said before. An addon for adults says nothing of a title
/// that others know, and what it said goes when others say something.
pub(crate) fn complete(title: &mut Title, found: &Title) {
    match (title.facts.adult, found.facts.adult) {
        (false, true) => return,
        (true, false) => {
            *title = Title {
                id: title.id,
                kind: title.kind,
                external: title.external.clone(),
                ..found.clone()
            };
        }
        _ => {}
    }
    if title.external.part(&found.external).is_some() {
        // An entry of one season says nothing of the whole but a name.
        return alias(title, found);
    }
    renew_told(title, found);
    fill_names(&mut title.names, &found.names);
    fill_names(&mut title.overview, &found.overview);
    fill(&mut title.year, &found.year);
    fill(&mut title.rating, &found.rating);
    fill(&mut title.poster, &found.poster);
    fill(&mut title.runtime_minutes, &found.runtime_minutes);
    fill(&mut title.licence, &found.licence);
    if title.genres.is_empty() {
        title.genres.clone_from(&found.genres);
    }
    let (known, more) = (&mut title.external, &found.external);
    // A number without its counting is completed by the same number with it.
    if known.tmdb.is_none() || known.tmdb == more.tmdb {
        fill(&mut known.tmdb_kind, &more.tmdb_kind);
    }
    fill(&mut known.tmdb, &more.tmdb);
    fill(&mut known.imdb, &more.imdb);
    fill(&mut known.shikimori, &more.shikimori);
    fill(&mut known.mal, &more.mal);
    fill(&mut known.open, &more.open);
    fill(&mut known.local, &more.local);
    fill(&mut known.addon, &more.addon);
    complete_facts(&mut title.facts, &found.facts);
}

/// A rating, a poster, the day of the first showing change, and nothing that TMDB says may be kept
/// for more than six months. The names stay: the household knows the title by them. So does all of
/// a title in the folders, where it may be the owner's word.
fn renew_told(title: &mut Title, found: &Title) {
    let (known, told) = (&title.external, &found.external);
    let tells = match known.tmdb_key() {
        Some(key) => told.tmdb_key() == Some(key),
        None => known.shikimori.is_some() && known.shikimori == told.shikimori,
    };
    if !tells || known.local.is_some() {
        return;
    }
    renew(&mut title.rating, &found.rating);
    if told.tmdb_key().is_none() {
        return;
    }
    renew_names(&mut title.overview, &found.overview);
    renew(&mut title.poster, &found.poster);
    renew(&mut title.year, &found.year);
    renew(&mut title.runtime_minutes, &found.runtime_minutes);
    renew(&mut title.facts.backdrop, &found.facts.backdrop);
    renew(&mut title.facts.released_on, &found.facts.released_on);
}

fn complete_facts(known: &mut Facts, found: &Facts) {
    fill(&mut known.format, &found.format);
    fill(&mut known.released_on, &found.released_on);
    fill(&mut known.age, &found.age);
    fill(&mut known.backdrop, &found.backdrop);
    fill(&mut known.franchise, &found.franchise);
    if known.countries.is_empty() {
        known.countries.clone_from(&found.countries);
    }
    add_aliases(known, found.aliases.iter());
    renew(&mut known.status, &found.status);
    renew(&mut known.popularity, &found.popularity);
    renew(&mut known.votes, &found.votes);
    renew(&mut known.episode_count, &found.episode_count);
    renew(&mut known.episodes_out, &found.episodes_out);
    renew(&mut known.next_episode_at, &found.next_episode_at);
}

/// The names of one title as other names of another.
pub(crate) fn alias(title: &mut Title, of: &Title) {
    let names: Vec<String> = of.names.all().map(str::to_owned).collect();
    add_aliases(&mut title.facts, names.iter().chain(&of.facts.aliases));
}

fn add_aliases<'a>(facts: &mut Facts, names: impl Iterator<Item = &'a String>) {
    for name in names {
        if facts.aliases.len() < MOST_ALIASES && !facts.aliases.contains(name) {
            facts.aliases.push(name.clone());
        }
    }
}
