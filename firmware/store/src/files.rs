//! The local library's files as they were when last seen, so that one is known again under another
//! name, and what was watched goes with it.

use std::{
    collections::HashMap,
    ffi::OsString,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
};

use hearth_model::{Episode, EpisodeId, Names, TitleId};
use redb::{ReadableTable, WriteTransaction};

use crate::{
    Error, Merged, NewTitle, Store,
    join::{join, move_progress, move_progress_of},
    library::{id_of, now},
    merge::{merge_title, put, title_in},
    rows::{self, EpisodeRow, FileRow},
    tables::{self, after_prefix},
};

/// A file of the local library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    pub path: PathBuf,
    pub size_bytes: u64,
    pub modified_ms: u64,
    /// Told from its bytes; none where they tell nothing.
    pub print: Option<String>,
    /// Of the title that it is of.
    pub key: String,
}

impl Store {
    /// All that were ever seen and not forgotten, by path.
    pub fn files(&self) -> Result<Vec<KnownFile>, Error> {
        let all = self.read("read the known files", |transaction| {
            let table = transaction.open_table(tables::FILES)?;
            let mut all = Vec::new();
            for row in table.iter()? {
                let (path, row) = row?;
                all.push((path.value().to_vec(), row.value().to_vec()));
            }
            Ok(all)
        })?;
        let files = all.into_iter().map(|(path, row)| {
            let row: FileRow = rows::decode("files", &row)?;
            Ok(KnownFile {
                path: PathBuf::from(OsString::from_vec(path)),
                size_bytes: row.size_bytes,
                modified_ms: row.modified_ms,
                print: row.print,
                key: row.key,
            })
        });
        files.collect()
    }

    pub fn keep_files(&self, seen: &[KnownFile], forgotten: &[PathBuf]) -> Result<(), Error> {
        self.write("keep the known files", |transaction| {
            let mut table = transaction.open_table(tables::FILES)?;
            for path in forgotten {
                table.remove(path.as_os_str().as_bytes())?;
            }
            for file in seen {
                let row = FileRow {
                    size_bytes: file.size_bytes,
                    modified_ms: file.modified_ms,
                    print: file.print.clone(),
                    key: file.key.clone(),
                };
                let path = file.path.as_os_str().as_bytes();
                table.insert(path, rows::encode(&row).as_slice())?;
            }
            Ok(())
        })
    }

    /// The title of a key of the local library.
    pub fn local_title(&self, key: &str) -> Result<Option<hearth_model::Title>, Error> {
        self.read("look up a local title", |transaction| {
            let references = transaction.open_table(tables::REFERENCES)?;
            let Some(id) = references.get(reference(key).as_str())? else {
                return Ok(None);
            };
            title_in(
                &transaction.open_table(tables::TITLES)?,
                TitleId::from_bytes(id_of(id.value())),
            )
        })
    }

    /// The files of the key `old` are called after `new` from now on. `same` tells that both names
    /// mean one title: it goes on under the new one, with its id. Otherwise a wrong name was put
    /// right: what was watched moves, and what services said of the old name stays behind.
    pub fn take_over(&self, old: &str, new: &NewTitle, same: bool) -> Result<Merged, Error> {
        self.write("take a title over", |transaction| {
            let mut references = transaction.open_table(tables::REFERENCES)?;
            let from = references
                .get(reference(old).as_str())?
                .map(|id| TitleId::from_bytes(id_of(id.value())));
            let into = match &new.title.external.local {
                Some(key) => references
                    .get(reference(key).as_str())?
                    .map(|id| TitleId::from_bytes(id_of(id.value()))),
                None => None,
            };
            let Some(from) = from.filter(|from| into != Some(*from)) else {
                return Ok(Merged::default());
            };
            references.remove(reference(old).as_str())?;
            let mut titles = transaction.open_table(tables::TITLES)?;
            let Some(mut title) = title_in(&titles, from)? else {
                return Ok(Merged::default());
            };
            title.external.local = None;
            let mut merged = Merged::default();
            if same && into.is_none() {
                title.external.local.clone_from(&new.title.external.local);
                if title.external.references().len() == 1 {
                    // Nobody but its old name said what it is.
                    title.names = Names::default();
                    title.year = None;
                    title.facts.aliases.clear();
                }
                for reference in title.external.references() {
                    references.insert(reference.as_str(), from.to_bytes().as_slice())?;
                }
                put(transaction, &mut titles, &title)?;
                merged.titles.push(title);
                return Ok(merged);
            }
            put(transaction, &mut titles, &title)?;
            drop((references, titles));
            let into = merge_title(transaction, new, &mut merged.became)?;
            let both = {
                let titles = transaction.open_table(tables::TITLES)?;
                title_in(&titles, from)?.zip(title_in(&titles, into)?)
            };
            if let Some((title, other)) = both.filter(|_| from != into) {
                if same && title.external.agrees_with(&other.external) {
                    join(transaction, from, into, None)?;
                    merged.became.push((from, into));
                } else {
                    let pairs = pairs(transaction, from, into)?;
                    move_progress(transaction, from, into, &pairs, false)?;
                    merged.titles.push(title);
                }
            }
            let became = transaction.open_table(tables::BECAME)?;
            let titles = transaction.open_table(tables::TITLES)?;
            merged
                .titles
                .extend(title_in(&titles, now(&became, into)?)?);
            Ok(merged)
        })
    }
}

/// A file of the local library that is of another episode now than when it was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recounted {
    /// Where it was.
    pub path: PathBuf,
    pub title_id: TitleId,
    /// What it is of now.
    pub season: u32,
    pub number: u32,
}

impl Store {
    /// What was watched of these files goes with them to the episodes that they are now.
    pub fn recount(&self, files: &[Recounted]) -> Result<(), Error> {
        self.write("count episodes anew", |transaction| {
            let keys = {
                let episodes = transaction.open_table(tables::EPISODES)?;
                let mut keys = HashMap::new();
                for file in files {
                    let place = (file.season, file.number);
                    let key = tables::episode_key(file.title_id.to_bytes(), place.0, place.1);
                    let row = episodes.get(key.as_slice())?;
                    let row = row
                        .and_then(|row| rows::decode::<EpisodeRow>("episodes", row.value()).ok());
                    if let Some(row) = row {
                        keys.insert((file.title_id, file.path.as_path()), row.id());
                    }
                }
                keys
            };
            move_progress_of(transaction, |title_id, path| {
                keys.get(&(title_id, path)).copied()
            })
        })
    }
}

fn reference(key: &str) -> String {
    format!("local:{key}")
}

/// The episodes that both titles have.
fn pairs(
    transaction: &WriteTransaction,
    from: TitleId,
    into: TitleId,
) -> Result<Vec<(EpisodeId, EpisodeId)>, redb::Error> {
    let old = episodes(transaction, from)?;
    let new = episodes(transaction, into)?;
    let place = |episode: &Episode| (episode.season, episode.number);
    let pairs = old.iter().filter_map(|one| {
        let same = new.iter().find(|other| place(other) == place(one))?;
        Some((one.id, same.id))
    });
    Ok(pairs.collect())
}

fn episodes(transaction: &WriteTransaction, id: TitleId) -> Result<Vec<Episode>, redb::Error> {
    let table = transaction.open_table(tables::EPISODES)?;
    let prefix = id.to_bytes();
    let mut all = Vec::new();
    for row in table.range(prefix.as_slice()..after_prefix(&prefix).as_slice())? {
        let (key, value) = row?;
        let (season, number) = tables::episode_of_key(key.value());
        if let Ok(row) = rows::decode::<EpisodeRow>("episodes", value.value()) {
            all.push(row.episode(id, season, number));
        }
    }
    Ok(all)
}
