//! Titles that are one: kept under one id, joined when that turns out later, and put apart by the
//! owner's word, which holds against everything that is found afterwards.

use hearth_model::{
    Episode, EpisodeFacts, EpisodeId, External, FoundEpisode, Names, SeasonEntry, Title, TitleId,
};
use redb::{ReadableTable, WriteTransaction};

use crate::{
    Error, Store,
    complete::{complete, complete_episode, heed, heed_episode},
    join::join,
    library::{id_of, now},
    listing::list,
    rows::{self, EpisodeRow, TitleRow},
    tables::{self, after_prefix, episode_key},
};

type Bytes = &'static [u8];

/// A title before the store gave it its id: what a provider found.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTitle {
    /// Its id is replaced by the one of a known title with the same external id.
    pub title: Title,
    /// Of a film none.
    pub episodes: Vec<FoundEpisode>,
    /// The known title that it is by its names, where no external id says so.
    pub same_as: Option<TitleId>,
    /// What the owner wrote down beside their files: it counts over what is known, and so do the
    /// texts and pictures of `episodes`. Its ids say nothing.
    pub word: Option<Title>,
}

impl From<Title> for NewTitle {
    fn from(title: Title) -> Self {
        Self {
            title,
            episodes: Vec::new(),
            same_as: None,
            word: None,
        }
    }
}

/// What became of found titles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Merged {
    /// As they are now, in the order in which they were found.
    pub titles: Vec<Title>,
    /// Titles that turned out to be one with another: which, and with which.
    pub became: Vec<(TitleId, TitleId)>,
}

impl Store {
    /// Keeps what was found: new titles get an id, known ones (by any external id) gain what they
    /// lacked, and those that an id shows to be one are joined.
    pub fn merge_titles(&self, found: &[NewTitle]) -> Result<Merged, Error> {
        if found.is_empty() {
            return Ok(Merged::default());
        }
        // Most finds are known already: an SD card is spared when nothing changed.
        let unchanged = self.read("look up titles", |transaction| {
            let references = transaction.open_table(tables::REFERENCES)?;
            let apart = transaction.open_table(tables::APART)?;
            let became = transaction.open_table(tables::BECAME)?;
            let titles = transaction.open_table(tables::TITLES)?;
            let episodes = transaction.open_table(tables::EPISODES)?;
            let mut known = Vec::with_capacity(found.len());
            for new in found {
                let place = place(&references, &apart, &became, &titles, new)?;
                let Some(id) = place.id.filter(|_| place.join.is_empty()) else {
                    return Ok(None);
                };
                let Some(title) = title_in(&titles, id)? else {
                    return Ok(None);
                };
                let found = without(&new.title, &place.foreign);
                let mut whole = title.clone();
                complete(&mut whole, &found);
                heed(&mut whole, new);
                if whole != title {
                    return Ok(None);
                }
                for new_episode in episodes_of(new, &title) {
                    let (season, number) = (new_episode.season, new_episode.number);
                    let key = episode_key(id.to_bytes(), season, number);
                    let row = episodes.get(key.as_slice())?;
                    let row = row
                        .and_then(|row| rows::decode::<EpisodeRow>("episodes", row.value()).ok());
                    let Some(row) = row else {
                        return Ok(None);
                    };
                    let known = row.episode(id, season, number);
                    let mut whole = known.clone();
                    if new.word.is_some() {
                        heed_episode(&mut whole, &new_episode);
                    }
                    if whole != known {
                        return Ok(None);
                    }
                }
                known.push(title);
            }
            Ok(Some(known))
        })?;
        if let Some(titles) = unchanged {
            return Ok(Merged {
                titles,
                became: Vec::new(),
            });
        }
        self.write("keep titles", |transaction| {
            let mut merged = Merged::default();
            let mut ids = Vec::with_capacity(found.len());
            for new in found {
                ids.push(merge_title(transaction, new, &mut merged.became)?);
            }
            // A later find may have joined an earlier one with another.
            let titles = transaction.open_table(tables::TITLES)?;
            let became = transaction.open_table(tables::BECAME)?;
            for id in ids {
                merged.titles.extend(title_in(&titles, now(&became, id)?)?);
            }
            Ok(merged)
        })
    }

    /// Keeps what a service said of a title's episodes: new ones get an id, known ones gain what
    /// they lacked. Answers all of the title's episodes, in order.
    pub fn merge_episodes(
        &self,
        title_id: TitleId,
        found: &[FoundEpisode],
    ) -> Result<Vec<Episode>, Error> {
        let known = self.episodes(title_id)?;
        let is_news = |new: &FoundEpisode| {
            let same =
                |episode: &&Episode| (episode.season, episode.number) == (new.season, new.number);
            known.iter().find(same).is_none_or(|episode| {
                let mut whole = episode.clone();
                complete_episode(&mut whole, new);
                whole != *episode
            })
        };
        // As with titles: an SD card is spared when nothing changed.
        if !found.iter().any(is_news) {
            return Ok(known);
        }
        self.write("keep episodes", |transaction| {
            let title_id = now(&transaction.open_table(tables::BECAME)?, title_id)?;
            merge_episodes(transaction, title_id, found, false)
        })?;
        self.episodes(title_id)
    }

    /// Makes a title a part of another: `from` is gone, and everything of it belongs to `into`.
    /// What was watched stays watched. None where it may not be: the owner put it apart, or one of
    /// them is gone.
    pub fn join_part(
        &self,
        from: TitleId,
        into: TitleId,
        part: SeasonEntry,
    ) -> Result<Option<Title>, Error> {
        self.write("join titles", |transaction| {
            {
                let titles = transaction.open_table(tables::TITLES)?;
                let marks = transaction.open_table(tables::APART)?;
                let both = title_in(&titles, from)?.zip(title_in(&titles, into)?);
                let Some((from, _)) = both else {
                    return Ok(None);
                };
                if is_apart(&marks, &from)? {
                    return Ok(None);
                }
            }
            join(transaction, from, into, Some(part))?;
            title_in(&transaction.open_table(tables::TITLES)?, into)
        })
    }

    /// Puts an entry of a service apart from the title that it was joined with, under an id of its
    /// own, for good: both as they are now. None when the title has no such entry.
    pub fn put_apart(
        &self,
        id: TitleId,
        reference: &str,
        entry: &Title,
    ) -> Result<Option<(Title, Title)>, Error> {
        self.write("put a title apart", |transaction| {
            let mut titles = transaction.open_table(tables::TITLES)?;
            let id = now(&transaction.open_table(tables::BECAME)?, id)?;
            let Some(mut whole) = title_in(&titles, id)? else {
                return Ok(None);
            };
            let Some(external) = entry_of(&whole.external, reference) else {
                return Ok(None);
            };
            let apart = Title {
                id: TitleId::new(),
                external,
                ..entry.clone()
            };
            let mut references = transaction.open_table(tables::REFERENCES)?;
            let mut marks = transaction.open_table(tables::APART)?;
            for reference in apart.external.references() {
                whole.external.forget(&reference);
                references.insert(reference.as_str(), apart.id.to_bytes().as_slice())?;
                marks.insert(reference.as_str(), [].as_slice())?;
            }
            for title in [&whole, &apart] {
                put(transaction, &mut titles, title)?;
            }
            Ok(Some((whole, apart)))
        })
    }
}

/// All that one service says of itself: an entry of Shikimori is one of MyAnimeList too.
fn entry_of(external: &External, reference: &str) -> Option<External> {
    let anime = |shikimori: u64, mal| External {
        shikimori: Some(shikimori),
        mal,
        ..External::default()
    };
    let mut entries = vec![
        External {
            tmdb: external.tmdb,
            tmdb_kind: external.tmdb_kind,
            ..External::default()
        },
        External {
            imdb: external.imdb.clone(),
            ..External::default()
        },
        External {
            shikimori: external.shikimori,
            mal: external.mal,
            ..External::default()
        },
        External {
            open: external.open.clone(),
            ..External::default()
        },
        External {
            local: external.local.clone(),
            ..External::default()
        },
        External {
            addon: external.addon.clone(),
            ..External::default()
        },
    ];
    let parts = external.parts.iter();
    entries.extend(parts.map(|part| anime(part.shikimori, part.mal)));
    entries
        .into_iter()
        .find(|entry| entry.references().iter().any(|known| known == reference))
}

/// Where a found title belongs.
#[derive(Debug, Default)]
struct Place {
    /// The title that it is; none: a new one.
    id: Option<TitleId>,
    /// Titles that it shows to be the same one.
    join: Vec<TitleId>,
    /// References of it that belong to other titles and stay there.
    foreign: Vec<String>,
}

fn place(
    references: &impl ReadableTable<&'static str, Bytes>,
    apart: &impl ReadableTable<&'static str, Bytes>,
    became: &impl ReadableTable<Bytes, Bytes>,
    titles: &impl ReadableTable<Bytes, Bytes>,
    new: &NewTitle,
) -> Result<Place, redb::Error> {
    let own = new.title.external.references();
    let mut known = Vec::new();
    for reference in &own {
        if let Some(id) = references.get(reference.as_str())? {
            let is_apart = apart.get(reference.as_str())?.is_some();
            known.push((reference, TitleId::from_bytes(id_of(id.value())), is_apart));
        }
    }
    // The word of the service that tells of it counts first.
    let first = known
        .iter()
        .find(|(reference, ..)| own.first() == Some(reference));
    let free = || known.iter().find(|(.., is_apart)| !is_apart);
    let mut id = first.map(|(_, id, _)| *id);
    if id.is_none() {
        let by_others = free().map(|(_, id, _)| *id);
        let by_name = match new.same_as {
            Some(id) => Some(now(became, id)?),
            None => None,
        };
        for other in [by_others, by_name].into_iter().flatten() {
            let title = title_in(titles, other)?;
            let agrees = |title: &Title| title.external.agrees_with(&new.title.external);
            if id.is_none() && title.as_ref().is_some_and(agrees) {
                id = Some(other);
            }
        }
    }
    let mut place = Place {
        id,
        ..Place::default()
    };
    let Some((id, title)) = (match id {
        Some(id) => title_in(titles, id)?.map(|title| (id, title)),
        None => None,
    }) else {
        let others = known.iter().filter(|(_, other, _)| Some(*other) != id);
        place.foreign = others.map(|(reference, ..)| (*reference).clone()).collect();
        return Ok(place);
    };
    let alone = is_apart(apart, &title)?;
    for (reference, other, _) in &known {
        if *other == id || place.join.contains(other) {
            continue;
        }
        let same = match title_in(titles, *other)? {
            Some(other) => {
                // What an addon for adults says makes nothing one with what all may see.
                let alike = title.facts.adult == other.facts.adult;
                let agrees = title.external.agrees_with(&other.external);
                !alone && !is_apart(apart, &other)? && alike && agrees
            }
            None => false,
        };
        if same {
            place.join.push(*other);
        } else {
            place.foreign.push((*reference).clone());
        }
    }
    Ok(place)
}

/// Whether the owner put something of it apart.
fn is_apart(
    marks: &impl ReadableTable<&'static str, Bytes>,
    title: &Title,
) -> Result<bool, redb::Error> {
    for reference in title.external.references() {
        if marks.get(reference.as_str())?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn without(title: &Title, foreign: &[String]) -> Title {
    let mut title = title.clone();
    for reference in foreign {
        title.external.forget(reference);
    }
    title
}

/// A found title's episodes as the title counts them that it belongs to.
fn episodes_of(new: &NewTitle, title: &Title) -> Vec<FoundEpisode> {
    match title.external.part(&new.title.external) {
        None => new.episodes.clone(),
        Some(part) => {
            let all = new.episodes.iter().cloned();
            all.map(|episode| {
                let (season, number) = counted(part, episode.season, episode.number);
                FoundEpisode {
                    season,
                    number,
                    ..episode
                }
            })
            .collect()
        }
    }
}

/// An episode of a part, as the whole counts it.
pub(crate) fn counted(part: &SeasonEntry, season: u32, number: u32) -> (u32, u32) {
    match season {
        1 => (part.season, (part.from + number).saturating_sub(1)),
        season => (season, number),
    }
}

pub(crate) fn merge_title(
    transaction: &WriteTransaction,
    new: &NewTitle,
    became: &mut Vec<(TitleId, TitleId)>,
) -> Result<TitleId, redb::Error> {
    let place = place(
        &transaction.open_table(tables::REFERENCES)?,
        &transaction.open_table(tables::APART)?,
        &transaction.open_table(tables::BECAME)?,
        &transaction.open_table(tables::TITLES)?,
        new,
    )?;
    let id = match place.id {
        Some(id) => id,
        None => free_id(transaction, new.title.id)?,
    };
    for other in place.join {
        join(transaction, other, id, None)?;
        became.push((other, id));
    }
    let found = without(&new.title, &place.foreign);
    let mut titles = transaction.open_table(tables::TITLES)?;
    let mut title = title_in(&titles, id)?.unwrap_or_else(|| Title {
        id,
        ..found.clone()
    });
    let was_adult = title.facts.adult;
    complete(&mut title, &found);
    heed(&mut title, new);
    if was_adult && !title.facts.adult {
        forget_words(transaction, id)?;
    }
    put(transaction, &mut titles, &title)?;
    refer(transaction, &title)?;
    let firm = new.word.is_some();
    merge_episodes(transaction, id, &episodes_of(new, &title), firm)?;
    Ok(id)
}

/// A new title keeps the id that it was found under, by which somebody may have seen it, unless
/// that is or was another's.
fn free_id(transaction: &WriteTransaction, found: TitleId) -> Result<TitleId, redb::Error> {
    let bytes = found.to_bytes();
    let titles = transaction.open_table(tables::TITLES)?;
    let became = transaction.open_table(tables::BECAME)?;
    let taken = titles.get(bytes.as_slice())?.is_some() || became.get(bytes.as_slice())?.is_some();
    Ok(if taken { TitleId::new() } else { found })
}

/// Of a title that is everybody's from now on: what addons for adults said of its episodes goes.
/// That there are such episodes, and what was watched of them, stays.
fn forget_words(transaction: &WriteTransaction, title_id: TitleId) -> Result<(), redb::Error> {
    let mut episodes = transaction.open_table(tables::EPISODES)?;
    let prefix = title_id.to_bytes();
    let mut rows = Vec::new();
    for row in episodes.range(prefix.as_slice()..after_prefix(&prefix).as_slice())? {
        let (key, value) = row?;
        rows.push((key.value().to_vec(), value.value().to_vec()));
    }
    for (key, value) in rows {
        let Ok(row) = rows::decode::<EpisodeRow>("episodes", &value) else {
            continue;
        };
        let (season, number) = tables::episode_of_key(&key);
        let episode = Episode {
            names: Names::default(),
            facts: EpisodeFacts::default(),
            ..row.episode(title_id, season, number)
        };
        let row = rows::encode(&EpisodeRow::from(&episode));
        episodes.insert(key.as_slice(), row.as_slice())?;
    }
    Ok(())
}

fn merge_episodes(
    transaction: &WriteTransaction,
    title_id: TitleId,
    found: &[FoundEpisode],
    firm: bool,
) -> Result<(), redb::Error> {
    let mut episodes = transaction.open_table(tables::EPISODES)?;
    let mut keys = transaction.open_table(tables::EPISODE_KEYS)?;
    for new in found {
        let (season, number) = (new.season, new.number);
        let key = episode_key(title_id.to_bytes(), season, number);
        let known = episodes
            .get(key.as_slice())?
            .and_then(|row| rows::decode::<EpisodeRow>("episodes", row.value()).ok())
            .map(|row| row.episode(title_id, season, number));
        let episode = match known {
            Some(mut episode) => {
                complete_episode(&mut episode, new);
                if firm {
                    heed_episode(&mut episode, new);
                }
                episode
            }
            None => Episode {
                id: EpisodeId::new(),
                title_id,
                season,
                number,
                names: new.names.clone(),
                facts: new.facts.clone(),
            },
        };
        episodes.insert(
            key.as_slice(),
            rows::encode(&EpisodeRow::from(&episode)).as_slice(),
        )?;
        keys.insert(episode.id.to_bytes().as_slice(), key.as_slice())?;
    }
    Ok(())
}

pub(crate) fn title_in(
    titles: &impl ReadableTable<Bytes, Bytes>,
    id: TitleId,
) -> Result<Option<Title>, redb::Error> {
    let row = titles.get(id.to_bytes().as_slice())?;
    Ok(row
        .and_then(|row| rows::decode::<TitleRow>("titles", row.value()).ok())
        .map(|row| row.title(id)))
}

pub(crate) fn put(
    transaction: &WriteTransaction,
    titles: &mut redb::Table<'_, Bytes, Bytes>,
    title: &Title,
) -> Result<(), redb::Error> {
    list(
        transaction,
        title_in(titles, title.id)?.as_ref(),
        Some(title),
    )?;
    let row = rows::encode(&TitleRow::from(title));
    titles.insert(title.id.to_bytes().as_slice(), row.as_slice())?;
    Ok(())
}

pub(crate) fn refer(transaction: &WriteTransaction, title: &Title) -> Result<(), redb::Error> {
    let mut references = transaction.open_table(tables::REFERENCES)?;
    for reference in title.external.references() {
        references.insert(reference.as_str(), title.id.to_bytes().as_slice())?;
    }
    Ok(())
}
