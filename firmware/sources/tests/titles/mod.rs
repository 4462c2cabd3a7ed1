//! Titles to look for, and where the hand-made answers lie.

#![allow(dead_code, reason = "each test file uses its part")]

use std::{path::PathBuf, time::Duration};

use hearth_fetch::{Fetcher, Options};
use hearth_model::{
    Episode, EpisodeFacts, EpisodeId, External, Location, Names, Source, Title, TitleId, TitleKind,
    TorrentLocation,
};
use hearth_sources::Query;
use tokio::time::Instant;

pub fn fixture(path: &str) -> String {
    let file = root().join("tests/fixtures/handmade").join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// An answer of a real service, from the folder that `HEARTH_FIXTURES` names; the test is skipped,
/// and says so, without it.
pub fn recorded(path: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("HEARTH_FIXTURES").map(PathBuf::from) else {
        eprintln!("skipped: HEARTH_FIXTURES names no folder of recorded answers");
        return None;
    };
    Some(std::fs::read_to_string(folder.join(path)).unwrap())
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub fn fetcher() -> Fetcher {
    Fetcher::new(Options::default()).unwrap()
}

pub fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

pub fn title(kind: TitleKind, en: &str, year: u16, imdb: &str) -> Title {
    let names = Names {
        en: Some(en.into()),
        ..Names::default()
    };
    Title {
        id: TitleId::from_name(en),
        year: Some(year),
        external: External {
            imdb: Some(imdb.into()),
            ..External::default()
        },
        ..Title::new(kind, names)
    }
}

pub fn sintel() -> Query {
    let mut title = title(TitleKind::Film, "Sintel", 2010, "tt1727587");
    title.names.ru = Some("Синтел".into());
    Query::new(title, None)
}

pub fn pioneer_one(season: u32, number: u32) -> Query {
    episode(
        title(TitleKind::Series, "Pioneer One", 2010, "tt1748166"),
        season,
        number,
    )
}

pub fn episode(title: Title, season: u32, number: u32) -> Query {
    let episode = Episode {
        id: EpisodeId::from_name(&format!("{season}x{number}")),
        title_id: title.id,
        season,
        number,
        names: Names::default(),
        facts: EpisodeFacts::default(),
    };
    Query::new(title, Some(episode))
}

pub fn torrent(source: &Source) -> &TorrentLocation {
    match &source.location {
        Location::Torrent(torrent) => torrent,
        other => panic!("no torrent: {other:?}"),
    }
}

pub fn names(sources: &[Source]) -> Vec<&str> {
    sources.iter().map(|source| source.name.as_str()).collect()
}
