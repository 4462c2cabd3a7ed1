//! TMDB's daily lists of every title it has, when the owner wants them: titles that nobody asked for
//! yet are found by their original names as well, and without a question to anybody.
//!
//! Of a list the most popular titles are kept, in the form it came in, and read again at each start.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt, pin_mut};
use hearth_catalog::{ExportKind, ExportReader, ExportTitle, Exported, write_export};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

use crate::App;

/// In the data folder.
const FOLDER: &str = "exports";
const KINDS: [ExportKind; 2] = [ExportKind::Films, ExportKind::Series];
/// How many films, and how many series, are kept: with all they have the index would be four
/// times as large, for titles with no more than a name.
const MOST_FILMS: usize = 200_000;
const MOST_SERIES: usize = 100_000;
/// A day's lists are there from 8:00 UTC on.
const THERE_AFTER_HOURS: i64 = 9;
const FRESH: Duration = Duration::from_secs(24 * 3600);
const AGAIN: Duration = Duration::from_secs(3600);
const READ_BYTES: usize = 256 * 1024;

#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(transparent)]
    Catalog(#[from] hearth_catalog::Error),
    #[error("the list cannot be kept: {0}")]
    Disk(#[from] io::Error),
    #[error(transparent)]
    App(#[from] crate::Error),
}

impl App {
    /// Keeps the lists up to date, until the box ends.
    pub(crate) async fn keep_exports(self: Arc<Self>, data: PathBuf) {
        if !self.config().catalog.tmdb.export {
            return;
        }
        let folder = data.join(FOLDER);
        let mut ending = self.ending();
        // Those that cannot be read: however young they are, they are fetched anew.
        let mut spoiled = Vec::new();
        for kind in KINDS {
            if let Err(error) = self.read_export(&folder, kind).await {
                tracing::warn!(%error, "a kept list of titles is not used");
                spoiled.push(kind);
            }
        }
        loop {
            for kind in KINDS {
                if is_fresh(&file(&folder, kind)) && !spoiled.contains(&kind) {
                    continue;
                }
                match self.bring_export(&folder, kind).await {
                    Ok(()) => spoiled.retain(|one| *one != kind),
                    Err(error) => {
                        tracing::warn!(%error, "TMDB's list of all titles could not be had");
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => {}
                _ = ending.changed() => return,
            }
        }
    }

    async fn bring_export(
        self: &Arc<Self>,
        folder: &Path,
        kind: ExportKind,
    ) -> Result<(), ExportError> {
        let day = Timestamp::from_millisecond(self.clock().wall().cast_signed())
            .and_then(|now| now.checked_sub(THERE_AFTER_HOURS.hours()))
            .map_err(|cause| io::Error::other(cause.to_string()))?;
        let day = day.to_zoned(TimeZone::UTC).date().to_string();
        let batches = self.services.tmdb.export(kind, &day).await?;
        pin_mut!(batches);
        let mut best = Best::of(kind);
        while let Some(batch) = batches.next().await {
            for title in batch? {
                best.add(title);
            }
        }
        let (folder, file) = (folder.to_owned(), file(folder, kind));
        self.blocking(move |app| {
            let titles = best.into_titles();
            let kept = fs::create_dir_all(&folder).and_then(|()| keep(&file, kind, &titles));
            if let Err(error) = kept {
                tracing::warn!(%error, "a list of titles is used, and cannot be kept");
            }
            app.library
                .take_exported(kind.title_kind(), rows(kind, titles));
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// What was kept of the list before.
    async fn read_export(
        self: &Arc<Self>,
        folder: &Path,
        kind: ExportKind,
    ) -> Result<(), ExportError> {
        let file = file(folder, kind);
        let read = tokio::task::spawn_blocking(move || read(&file)).await;
        let titles = read.map_err(|cause| io::Error::other(cause.to_string()))??;
        self.blocking(move |app| {
            app.library
                .take_exported(kind.title_kind(), rows(kind, titles));
            Ok(())
        })
        .await?;
        Ok(())
    }
}

fn file(folder: &Path, kind: ExportKind) -> PathBuf {
    folder.join(match kind {
        ExportKind::Films => "films.json.gz",
        ExportKind::Series => "series.json.gz",
    })
}

fn is_fresh(file: &Path) -> bool {
    let written = fs::metadata(file).and_then(|known| known.modified());
    // One of the future is of a clock that was wrong.
    written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age < FRESH))
}

fn rows(kind: ExportKind, titles: Vec<ExportTitle>) -> Vec<Exported> {
    titles
        .into_iter()
        .map(|title| Exported {
            kind: kind.title_kind(),
            tmdb: title.id,
            name: title.original,
            popularity: title.popularity,
        })
        .collect()
}

/// The file is whole or not there, whatever happens.
fn keep(file: &Path, kind: ExportKind, titles: &[ExportTitle]) -> io::Result<()> {
    let part = file.with_extension("part");
    let out = io::BufWriter::new(fs::File::create(&part)?);
    write_export(kind, titles, out)?
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(part, file)
}

fn read(file: &Path) -> Result<Vec<ExportTitle>, ExportError> {
    let mut from = match fs::File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        from => from?,
    };
    let mut reader = ExportReader::new();
    let mut titles = Vec::new();
    let mut piece = vec![0; READ_BYTES];
    loop {
        let length = io::Read::read(&mut from, &mut piece)?;
        if length == 0 {
            titles.extend(reader.finish()?);
            return Ok(titles);
        }
        titles.extend(reader.take(&piece[..length])?);
    }
}

/// The most popular titles of a list.
struct Best {
    most: usize,
    /// The least popular one on top.
    titles: BinaryHeap<Reverse<Ranked>>,
}

struct Ranked(ExportTitle);

impl Best {
    fn of(kind: ExportKind) -> Self {
        Self {
            most: match kind {
                ExportKind::Films => MOST_FILMS,
                ExportKind::Series => MOST_SERIES,
            },
            titles: BinaryHeap::new(),
        }
    }

    fn add(&mut self, title: ExportTitle) {
        self.titles.push(Reverse(Ranked(title)));
        if self.titles.len() > self.most {
            self.titles.pop();
        }
    }

    fn into_titles(self) -> Vec<ExportTitle> {
        self.titles.into_iter().map(|one| one.0.0).collect()
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let (one, other) = (&self.0, &other.0);
        one.popularity
            .total_cmp(&other.popularity)
            .then(other.id.cmp(&one.id))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(id: u64, popularity: f32) -> ExportTitle {
        ExportTitle {
            id,
            original: format!("Title {id}"),
            popularity,
        }
    }

    #[test]
    fn the_most_popular_are_kept_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut best = Best {
            most: 2,
            ..Best::of(ExportKind::Series)
        };
        for (id, popularity) in [(1, 0.5), (2, 7.0), (3, 0.25), (4, 3.0)] {
            best.add(title(id, popularity));
        }
        let mut titles = best.into_titles();
        titles.sort_by_key(|title| title.id);
        assert_eq!(titles, [title(2, 7.0), title(4, 3.0)]);
        let file = file(folder.path(), ExportKind::Series);
        assert!(!is_fresh(&file));
        assert_eq!(read(&file).unwrap(), [], "none was kept yet");
        keep(&file, ExportKind::Series, &titles).unwrap();
        assert!(is_fresh(&file));
        assert_eq!(read(&file).unwrap(), titles);
        let whole = fs::read(&file).unwrap();
        fs::write(&file, &whole[..whole.len() / 2]).unwrap();
        assert!(read(&file).is_err(), "one that breaks off is not used");
    }
}
