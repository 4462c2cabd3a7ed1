//! Titles and episodes.

use hearth_model::{
    Episode, EpisodeFacts, EpisodeId, External, Facts, Names, Source, Title, TitleId,
};
use redb::{ReadableTable, WriteTransaction};

use crate::{
    Error, Store,
    rows::{self, EpisodeRow, HealthRow, TitleRow},
    tables::{self, after_prefix, episode_key},
};

/// Each is searched, and the index lies in memory.
const MOST_ALIASES: usize = 40;

/// A title before the store gave it its id: what a provider found.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTitle {
    /// Its id is replaced by the one of a known title with the same external id.
    pub title: Title,
    /// (season, number, names); of a film none.
    pub episodes: Vec<(u32, u32, Names)>,
}

/// An episode before the store gave it its id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewEpisode {
    pub season: u32,
    pub number: u32,
    pub names: Names,
    pub facts: EpisodeFacts,
}

impl Store {
    /// Keeps what was found: new titles get an id, known ones (by any external id) gain what they
    /// lacked. Answers them as they are now, in the same order.
    pub fn merge_titles(&self, found: &[NewTitle]) -> Result<Vec<Title>, Error> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        // Most finds are known already: an SD card is spared when nothing changed.
        let unchanged = self.read("look up titles", |transaction| {
            let references = transaction.open_table(tables::REFERENCES)?;
            let titles = transaction.open_table(tables::TITLES)?;
            let episodes = transaction.open_table(tables::EPISODES)?;
            let mut known = Vec::with_capacity(found.len());
            for new in found {
                let Some(id) = referenced(&references, &new.title.external)? else {
                    return Ok(None);
                };
                let Some(row) = titles.get(id.to_bytes().as_slice())? else {
                    return Ok(None);
                };
                let Ok(row) = rows::decode::<TitleRow>("titles", row.value()) else {
                    return Ok(None);
                };
                let title = row.title(id);
                let mut whole = title.clone();
                complete(&mut whole, &new.title);
                if whole != title {
                    return Ok(None);
                }
                for (season, number, _) in &new.episodes {
                    if episodes
                        .get(episode_key(id.to_bytes(), *season, *number).as_slice())?
                        .is_none()
                    {
                        return Ok(None);
                    }
                }
                known.push(title);
            }
            Ok(Some(known))
        })?;
        if let Some(known) = unchanged {
            return Ok(known);
        }
        self.write("keep titles", |transaction| {
            found
                .iter()
                .map(|new| merge_title(transaction, new))
                .collect()
        })
    }

    pub fn title(&self, id: TitleId) -> Result<Option<Title>, Error> {
        let bytes = self.read("read a title", |transaction| {
            let table = transaction.open_table(tables::TITLES)?;
            Ok(table
                .get(id.to_bytes().as_slice())?
                .map(|row| row.value().to_vec()))
        })?;
        bytes
            .map(|bytes| Ok(rows::decode::<TitleRow>("titles", &bytes)?.title(id)))
            .transpose()
    }

    pub fn titles(&self) -> Result<Vec<Title>, Error> {
        let all = self.read("read the titles", |transaction| {
            let table = transaction.open_table(tables::TITLES)?;
            let mut all = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                all.push((id_of(key.value()), value.value().to_vec()));
            }
            Ok(all)
        })?;
        all.into_iter()
            .map(|(id, bytes)| {
                let id = TitleId::from_bytes(id);
                Ok(rows::decode::<TitleRow>("titles", &bytes)?.title(id))
            })
            .collect()
    }

    /// The episodes of a title, in order.
    pub fn episodes(&self, title_id: TitleId) -> Result<Vec<Episode>, Error> {
        let prefix = title_id.to_bytes();
        let all = self.read("read episodes", |transaction| {
            let table = transaction.open_table(tables::EPISODES)?;
            let mut all = Vec::new();
            for row in table.range(prefix.as_slice()..after_prefix(&prefix).as_slice())? {
                let (key, value) = row?;
                all.push((key.value().to_vec(), value.value().to_vec()));
            }
            Ok(all)
        })?;
        all.into_iter()
            .map(|(key, value)| episode_of(&key, &value))
            .collect()
    }

    pub fn episode(&self, id: EpisodeId) -> Result<Option<Episode>, Error> {
        let found = self.read("read an episode", |transaction| {
            let keys = transaction.open_table(tables::EPISODE_KEYS)?;
            let Some(key) = keys
                .get(id.to_bytes().as_slice())?
                .map(|key| key.value().to_vec())
            else {
                return Ok(None);
            };
            let table = transaction.open_table(tables::EPISODES)?;
            Ok(table
                .get(key.as_slice())?
                .map(|row| (key.clone(), row.value().to_vec())))
        })?;
        found
            .map(|(key, value)| episode_of(&key, &value))
            .transpose()
    }

    /// Keeps what a service said of a title's episodes: new ones get an id, known ones gain what
    /// they lacked. Answers all of the title's episodes, in order.
    pub fn merge_episodes(
        &self,
        title_id: TitleId,
        found: &[NewEpisode],
    ) -> Result<Vec<Episode>, Error> {
        let known = self.episodes(title_id)?;
        let is_news = |new: &NewEpisode| {
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
            merge_episodes(transaction, title_id, found.iter().cloned())
        })?;
        self.episodes(title_id)
    }

    /// What was learnt of a source by playing it.
    pub fn learn_health(&self, source: &Source, good: bool, at: u64) -> Result<(), Error> {
        let row = rows::encode(&HealthRow { good, at });
        self.write("keep a source's health", |transaction| {
            transaction
                .open_table(tables::HEALTH)?
                .insert(source.id.to_bytes().as_slice(), row.as_slice())?;
            Ok(())
        })
    }

    /// Whether the source played when it was last tried, and when that was (Unix ms).
    pub fn health(&self, source: &Source) -> Result<Option<(bool, u64)>, Error> {
        let bytes = self.read("read a source's health", |transaction| {
            let table = transaction.open_table(tables::HEALTH)?;
            Ok(table
                .get(source.id.to_bytes().as_slice())?
                .map(|row| row.value().to_vec()))
        })?;
        let row: Option<HealthRow> = bytes
            .map(|bytes| rows::decode("health", &bytes))
            .transpose()?;
        Ok(row.map(|row| (row.good, row.at)))
    }
}

fn id_of(bytes: &[u8]) -> [u8; 16] {
    let mut id = [0; 16];
    let length = bytes.len().min(16);
    id[..length].copy_from_slice(&bytes[..length]);
    id
}

fn episode_of(key: &[u8], value: &[u8]) -> Result<Episode, Error> {
    let number = |range: std::ops::Range<usize>| {
        key.get(range)
            .and_then(|bytes| bytes.try_into().ok())
            .map(u32::from_be_bytes)
            .unwrap_or_default()
    };
    let title_id = TitleId::from_bytes(id_of(key));
    Ok(rows::decode::<EpisodeRow>("episodes", value)?.episode(
        title_id,
        number(16..20),
        number(20..24),
    ))
}

fn referenced(
    references: &impl ReadableTable<&'static str, &'static [u8]>,
    external: &External,
) -> Result<Option<TitleId>, redb::Error> {
    for reference in external.references() {
        if let Some(id) = references.get(reference.as_str())? {
            return Ok(Some(TitleId::from_bytes(id_of(id.value()))));
        }
    }
    Ok(None)
}

fn merge_title(transaction: &WriteTransaction, new: &NewTitle) -> Result<Title, redb::Error> {
    let mut references = transaction.open_table(tables::REFERENCES)?;
    let mut titles = transaction.open_table(tables::TITLES)?;
    let id = referenced(&references, &new.title.external)?.unwrap_or_else(TitleId::new);
    let known = titles
        .get(id.to_bytes().as_slice())?
        .and_then(|row| rows::decode::<TitleRow>("titles", row.value()).ok());
    let mut title = known.map_or_else(
        || Title {
            id,
            ..new.title.clone()
        },
        |row| row.title(id),
    );
    complete(&mut title, &new.title);
    titles.insert(
        id.to_bytes().as_slice(),
        rows::encode(&TitleRow::from(&title)).as_slice(),
    )?;
    for reference in title.external.references() {
        references.insert(reference.as_str(), id.to_bytes().as_slice())?;
    }
    let episodes = new
        .episodes
        .iter()
        .map(|(season, number, names)| NewEpisode {
            season: *season,
            number: *number,
            names: names.clone(),
            ..NewEpisode::default()
        });
    merge_episodes(transaction, id, episodes)?;
    Ok(title)
}

fn merge_episodes(
    transaction: &WriteTransaction,
    title_id: TitleId,
    found: impl Iterator<Item = NewEpisode>,
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
                complete_episode(&mut episode, &new);
                episode
            }
            None => Episode {
                id: EpisodeId::new(),
                title_id,
                season,
                number,
                names: new.names,
                facts: new.facts,
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

fn complete_episode(episode: &mut Episode, found: &NewEpisode) {
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

/// What was known stays; what was missing is filled in.
fn complete(title: &mut Title, found: &Title) {
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

fn complete_facts(known: &mut Facts, found: &Facts) {
    fill(&mut known.format, &found.format);
    fill(&mut known.released_on, &found.released_on);
    fill(&mut known.age, &found.age);
    fill(&mut known.backdrop, &found.backdrop);
    fill(&mut known.franchise, &found.franchise);
    if known.countries.is_empty() {
        known.countries.clone_from(&found.countries);
    }
    for alias in &found.aliases {
        if known.aliases.len() < MOST_ALIASES && !known.aliases.contains(alias) {
            known.aliases.push(alias.clone());
        }
    }
    renew(&mut known.status, &found.status);
    renew(&mut known.popularity, &found.popularity);
    renew(&mut known.votes, &found.votes);
    renew(&mut known.episode_count, &found.episode_count);
    renew(&mut known.episodes_out, &found.episodes_out);
    renew(&mut known.next_episode_at, &found.next_episode_at);
}
