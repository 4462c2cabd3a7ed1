//! A title that becomes part of another: everything of it moves, and nothing that was watched is
//! lost.

use std::path::Path;

use hearth_model::{EpisodeId, FoundEpisode, SeasonEntry, TitleId};
use redb::{ReadableTable, WriteTransaction};

use crate::{
    complete::{alias, complete, complete_episode},
    given::move_given,
    library::id_of,
    listing::list,
    merge::{counted, put, refer, title_in},
    rows::{self, EpisodeRow, ProgressRow},
    tables::{self, NO_EPISODE, after_prefix, episode_key, history_key},
};

pub(crate) fn join(
    transaction: &WriteTransaction,
    from: TitleId,
    into: TitleId,
    part: Option<SeasonEntry>,
) -> Result<(), redb::Error> {
    let mut titles = transaction.open_table(tables::TITLES)?;
    let (Some(gone), Some(mut whole)) = (title_in(&titles, from)?, title_in(&titles, into)?) else {
        return Ok(());
    };
    if let Some(part) = part {
        whole.external.parts.push(part);
        alias(&mut whole, &gone);
    } else {
        complete(&mut whole, &gone);
        whole.external.parts.extend(&gone.external.parts);
    }
    titles.remove(from.to_bytes().as_slice())?;
    list(transaction, Some(&gone), None)?;
    put(transaction, &mut titles, &whole)?;
    refer(transaction, &whole)?;
    let mut became = transaction.open_table(tables::BECAME)?;
    let mut earlier = Vec::new();
    for row in became.iter()? {
        let (old, new) = row?;
        if new.value() == from.to_bytes().as_slice() {
            earlier.push(id_of(old.value()));
        }
    }
    earlier.push(from.to_bytes());
    for old in earlier {
        became.insert(old.as_slice(), into.to_bytes().as_slice())?;
    }
    let moved = move_episodes(transaction, from, into, part.as_ref())?;
    move_given(transaction, from, into, &moved)?;
    move_progress(transaction, from, into, &moved, true)
}

/// Gives one title's episodes to another; the ids that changed, as (old, new). An old id still
/// leads to its episode.
fn move_episodes(
    transaction: &WriteTransaction,
    from: TitleId,
    into: TitleId,
    part: Option<&SeasonEntry>,
) -> Result<Vec<(EpisodeId, EpisodeId)>, redb::Error> {
    let mut episodes = transaction.open_table(tables::EPISODES)?;
    let mut keys = transaction.open_table(tables::EPISODE_KEYS)?;
    let prefix = from.to_bytes();
    let mut rows = Vec::new();
    for row in episodes.range(prefix.as_slice()..after_prefix(&prefix).as_slice())? {
        let (key, value) = row?;
        rows.push((key.value().to_vec(), value.value().to_vec()));
    }
    let mut moved = Vec::new();
    for (key, value) in rows {
        episodes.remove(key.as_slice())?;
        let Ok(row) = rows::decode::<EpisodeRow>("episodes", &value) else {
            continue;
        };
        let (season, number) = tables::episode_of_key(&key);
        let (season, number) = match part {
            Some(part) => counted(part, season, number),
            None => (season, number),
        };
        let old = row.episode(into, season, number);
        let key = episode_key(into.to_bytes(), season, number);
        let there = episodes
            .get(key.as_slice())?
            .and_then(|row| rows::decode::<EpisodeRow>("episodes", row.value()).ok());
        let episode = match there {
            None => old.clone(),
            Some(row) => {
                let mut episode = row.episode(into, season, number);
                complete_episode(
                    &mut episode,
                    &FoundEpisode {
                        season,
                        number,
                        names: old.names,
                        facts: old.facts,
                    },
                );
                moved.push((old.id, episode.id));
                episode
            }
        };
        let row = rows::encode(&EpisodeRow::from(&episode));
        episodes.insert(key.as_slice(), row.as_slice())?;
        keys.insert(old.id.to_bytes().as_slice(), key.as_slice())?;
    }
    Ok(moved)
}

/// Gives what was watched of one title to another; of two places in one film the newer counts.
/// Without `all`, only that of the film itself and of the episodes in `moved`.
pub(crate) fn move_progress(
    transaction: &WriteTransaction,
    from: TitleId,
    into: TitleId,
    moved: &[(EpisodeId, EpisodeId)],
    all: bool,
) -> Result<(), redb::Error> {
    let mut rows = Vec::new();
    for row in transaction.open_table(tables::PROGRESS)?.iter()? {
        let (key, value) = row?;
        if let Ok(key) = <[u8; 48]>::try_from(key.value())
            && key[16..32] == from.to_bytes()
        {
            rows.push((key, value.value().to_vec()));
        }
    }
    let mut moves = Vec::new();
    for (old, value) in rows {
        let episode = moved.iter().find(|(id, _)| id.to_bytes() == old[32..]);
        if !all && episode.is_none() && old[32..] != NO_EPISODE {
            continue;
        }
        let mut key = old;
        key[16..32].copy_from_slice(&into.to_bytes());
        if let Some((_, id)) = episode {
            key[32..].copy_from_slice(&id.to_bytes());
        }
        moves.push((old, key, value));
    }
    move_rows(transaction, moves)
}

/// Gives what was watched of a local file to the episode that `now` says of its title and path;
/// what it says nothing of stays.
pub(crate) fn move_progress_of(
    transaction: &WriteTransaction,
    now: impl Fn(TitleId, &Path) -> Option<EpisodeId>,
) -> Result<(), redb::Error> {
    let mut moves = Vec::new();
    for row in transaction.open_table(tables::PROGRESS)?.iter()? {
        let (old, value) = row?;
        let Ok(old) = <[u8; 48]>::try_from(old.value()) else {
            continue;
        };
        let title_id = TitleId::from_bytes(id_of(&old[16..]));
        let episode = rows::decode::<ProgressRow>("progress", value.value())
            .ok()
            .and_then(|row| now(title_id, row.source?.file()?));
        let mut key = old;
        if let Some(episode) = episode {
            key[32..].copy_from_slice(&episode.to_bytes());
        }
        if key != old {
            moves.push((old, key, value.value().to_vec()));
        }
    }
    move_rows(transaction, moves)
}

/// A row of progress: its key, the one it gets, and what it holds.
type Move = ([u8; 48], [u8; 48], Vec<u8>);

/// All leave their places before the first takes another's. Where somebody is left, the newer
/// counts.
fn move_rows(transaction: &WriteTransaction, moves: Vec<Move>) -> Result<(), redb::Error> {
    let mut progress = transaction.open_table(tables::PROGRESS)?;
    let mut history = transaction.open_table(tables::HISTORY)?;
    let mut rows = Vec::new();
    for (old, key, value) in moves {
        progress.remove(old.as_slice())?;
        if let Ok(row) = rows::decode::<ProgressRow>("progress", &value) {
            history.remove(history_key(&old, row.watched_at).as_slice())?;
            rows.push((key, row.watched_at, value));
        }
    }
    for (key, watched_at, value) in rows {
        let there = progress
            .get(key.as_slice())?
            .and_then(|row| rows::decode::<ProgressRow>("progress", row.value()).ok());
        if let Some(there) = there {
            if there.watched_at >= watched_at {
                continue;
            }
            history.remove(history_key(&key, there.watched_at).as_slice())?;
        }
        progress.insert(key.as_slice(), value.as_slice())?;
        history.insert(history_key(&key, watched_at).as_slice(), [].as_slice())?;
    }
    Ok(())
}
