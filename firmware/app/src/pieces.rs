//! Films that lie in several files and are played as one: which of them a place of the film is in.

use std::path::{Path, PathBuf};

use hearth_model::{Failure, Location, Piece, Slug, Source};

use crate::probes::{Error, Probes};

/// The source with the one file that a place of the film is in, and what that holds. Of a film
/// in one file nothing changes.
pub(crate) async fn at(
    probes: &Probes,
    position_ms: u64,
    source: Source,
) -> Result<(Source, Option<Piece>), Failure> {
    let Location::File { path, rest } = &source.location else {
        return Ok((source, None));
    };
    if rest.is_empty() {
        return Ok((source, None));
    }
    let paths: Vec<&PathBuf> = std::iter::once(path).chain(rest).collect();
    let mut lengths_ms = Vec::new();
    for path in &paths {
        lengths_ms.push(length_ms(probes, path).await?);
    }
    let piece = Piece::at(position_ms, &lengths_ms);
    let path = paths[piece.map_or(0, |piece| piece.index as usize)].clone();
    let location = Location::File {
        path,
        rest: Vec::new(),
    };
    Ok((Source { location, ..source }, piece))
}

async fn length_ms(probes: &Probes, path: &Path) -> Result<u64, Failure> {
    let unreadable = |why: String| Failure::new(Slug::MediaUnreadable, why);
    let probed = probes.of(path).await.map_err(|error| match error {
        Error::Gone => Failure::new(
            Slug::SourceGone,
            "A part of the film is no longer there. Is its disk connected?",
        ),
        other => unreadable(format!("A part of the film cannot be read: {other}")),
    })?;
    probed
        .duration_ms
        .filter(|length_ms| *length_ms > 0)
        .ok_or_else(|| unreadable("A part of the film does not say how long it is".into()))
}
