//! The daily lists of every title the service has: gzipped JSON, one title a line. A list is read
//! as it comes in, so that it needs no room and no memory of its own.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    mem,
};

use flate2::{
    Compression,
    write::{GzEncoder, MultiGzDecoder},
};
use futures_util::{Stream, StreamExt, stream};
use hearth_fetch::MediaBody;
use hearth_model::TitleKind;
use serde_json::{Value, json};

use super::{NAME, Tmdb};
use crate::{reading::Reading, service::Error};

/// More is no title, and is dropped.
const LONGEST_LINE: usize = 64 * 1024;
/// After decompression. A list has about 150 MB.
const MOST_BYTES: u64 = 2 * 1024 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportKind {
    Films,
    Series,
}

impl ExportKind {
    pub fn title_kind(self) -> TitleKind {
        match self {
            Self::Films => TitleKind::Film,
            Self::Series => TitleKind::Series,
        }
    }
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportTitle {
    pub id: u64,
    /// In the language it was made in.
    pub original: String,
    pub popularity: f32,
}

/// Takes a list piece by piece, and gives the titles that are whole. Lines that are no titles are
/// skipped and counted.
#[derive(Debug)]
pub struct ExportReader {
    unpacked: MultiGzDecoder<Vec<u8>>,
    rest: Vec<u8>,
    is_too_long: bool,
    bytes: u64,
    skipped: u64,
}

impl Default for ExportReader {
    fn default() -> Self {
        Self {
            unpacked: MultiGzDecoder::new(Vec::new()),
            rest: Vec::new(),
            is_too_long: false,
            bytes: 0,
            skipped: 0,
        }
    }
}

impl ExportReader {
    pub fn new() -> Self {
        Self::default()
    }

    /// How many lines were no titles.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    pub fn take(&mut self, piece: &[u8]) -> Result<Vec<ExportTitle>, Error> {
        let unreadable = |_| shape("a list that can be unpacked");
        self.unpacked.write_all(piece).map_err(unreadable)?;
        self.unpacked.flush().map_err(unreadable)?;
        self.lines()
    }

    /// The last titles. A list that breaks off is an error.
    pub fn finish(mut self) -> Result<Vec<ExportTitle>, Error> {
        self.unpacked
            .try_finish()
            .map_err(|_| shape("the end of the list"))?;
        let mut titles = self.lines()?;
        titles.extend(title(&mem::take(&mut self.rest)));
        Ok(titles)
    }

    fn lines(&mut self) -> Result<Vec<ExportTitle>, Error> {
        let new = mem::take(self.unpacked.get_mut());
        self.bytes += new.len() as u64;
        if self.bytes > MOST_BYTES {
            return Err(shape("a list of a sane size"));
        }
        let mut titles = Vec::new();
        for part in new.split_inclusive(|byte| *byte == b'\n') {
            if !self.is_too_long {
                self.rest.extend_from_slice(part);
            }
            if self.rest.len() > LONGEST_LINE {
                self.is_too_long = true;
                self.rest.clear();
            }
            if part.ends_with(b"\n") {
                let line = mem::take(&mut self.rest);
                let found = title(&line).filter(|_| !self.is_too_long);
                self.is_too_long = false;
                match found {
                    Some(title) => titles.push(title),
                    None => self.skipped += 1,
                }
            }
        }
        Ok(titles)
    }
}

fn shape(what: &'static str) -> Error {
    Error::Shape {
        service: NAME,
        what,
    }
}

fn title(line: &[u8]) -> Option<ExportTitle> {
    let item: Value = serde_json::from_slice(line).ok()?;
    if item.at("adult") == true || item.at("video") == true {
        return None;
    }
    Some(ExportTitle {
        id: item.above_zero("id")?,
        original: item
            .line("original_title")
            .or_else(|| item.line("original_name"))?,
        popularity: item.real("popularity").unwrap_or(0.0),
    })
}

/// A list in the same form, for [`ExportReader`] to read later.
pub fn write_export<W: Write>(kind: ExportKind, titles: &[ExportTitle], to: W) -> io::Result<W> {
    let name = match kind {
        ExportKind::Films => "original_title",
        ExportKind::Series => "original_name",
    };
    let mut packed = GzEncoder::new(to, Compression::fast());
    for title in titles {
        let line = json!({
            "id": title.id,
            name: title.original,
            "popularity": title.popularity,
        });
        writeln!(packed, "{line}")?;
    }
    packed.finish()
}

impl Tmdb {
    /// The list of a day (`2026-11-28`; it is there from about 8:00 UTC, for three months), in
    /// batches as they come in. Needs no key.
    pub async fn export(
        &self,
        kind: ExportKind,
        day: &str,
    ) -> Result<impl Stream<Item = Result<Vec<ExportTitle>, Error>> + Send + use<>, Error> {
        let date: jiff::civil::Date = day.parse().map_err(|_| shape("a list of such a day"))?;
        let name = match kind {
            ExportKind::Films => "movie_ids",
            ExportKind::Series => "tv_series_ids",
        };
        let url = format!(
            "{}/{name}_{}.json.gz",
            self.config.export_url,
            date.strftime("%m_%d_%Y")
        );
        let fetcher = self.service.fetcher();
        let media = fetcher.stream(&url, &BTreeMap::new(), None).await?;
        Ok(batches(media.body))
    }
}

fn batches(body: MediaBody) -> impl Stream<Item = Result<Vec<ExportTitle>, Error>> + Send {
    let reading = Some((body, ExportReader::new()));
    stream::unfold(reading, |reading| async {
        let (mut body, mut reader) = reading?;
        match body.next().await {
            Some(Ok(piece)) => match reader.take(&piece) {
                Ok(titles) => Some((Ok(titles), Some((body, reader)))),
                Err(error) => Some((Err(error), None)),
            },
            Some(Err(error)) => Some((Err(error.into()), None)),
            None => {
                tracing::debug!(skipped = reader.skipped(), "a list of titles was read");
                Some((reader.finish(), None))
            }
        }
    })
}
