//! The built-in catalogue: freely licensed films that a fresh box can play with no account, no
//! key and no configuration.
//!
//! The films stand in `data/open-movies.toml`, which is part of the program: it is read once, and
//! a test holds it to its rules.

use std::{collections::BTreeMap, sync::LazyLock};

use hearth_model::{
    External, Health, Hints, Location, Names, Release, Source, SourceKind, Title, TitleId,
    TitleKind, TorrentLocation,
};
use serde::Deserialize;

/// The name of this provider in every source it yields.
pub const PROVIDER: &str = "open-movies";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    film: Vec<OpenMovie>,
}

/// A film of the built-in catalogue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenMovie {
    pub slug: String,
    imdb: Option<String>,
    year: u16,
    runtime_minutes: u32,
    genres: Vec<String>,
    licence: String,
    /// The languages spoken in it.
    spoken: Vec<String>,
    name: Names,
    overview: Names,
    #[serde(rename = "source")]
    places: Vec<Place>,
}

/// Where it lies, by a public citation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    kind: SourceKind,
    name: String,
    infohash: Option<String>,
    url: Option<String>,
    resolution: Option<String>,
    container: Option<String>,
}

static FILMS: LazyLock<Vec<OpenMovie>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../data/open-movies.toml"))
        .expect("the built-in catalogue is valid: a test reads it");
    file.film
});

/// Every film of the built-in catalogue.
pub fn open_movies() -> &'static [OpenMovie] {
    &FILMS
}

/// The film of that `External.open`.
pub fn open_movie(slug: &str) -> Option<&'static OpenMovie> {
    FILMS.iter().find(|film| film.slug == slug)
}

impl OpenMovie {
    /// The film as the catalogue shows it; the store replaces the id by the one it keeps.
    pub fn title(&self) -> Title {
        Title {
            id: TitleId::from_name(&format!("open:{}", self.slug)),
            year: Some(self.year),
            genres: self.genres.clone(),
            overview: self.overview.clone(),
            runtime_minutes: Some(self.runtime_minutes),
            licence: Some(self.licence.clone()),
            external: External {
                imdb: self.imdb.clone(),
                open: Some(self.slug.clone()),
                ..External::default()
            },
            ..Title::new(TitleKind::Film, self.name.clone())
        }
    }

    /// Where it can be had, under the id the store gave it.
    pub fn sources(&self, title_id: TitleId) -> Vec<Source> {
        self.places
            .iter()
            .filter_map(|place| {
                let location = place.location()?;
                Some(Source {
                    id: Source::id_for(title_id, None, &location),
                    title_id,
                    episode_id: None,
                    kind: place.kind,
                    provider: PROVIDER.to_owned(),
                    name: place.name.clone(),
                    release: self.release(place),
                    size_bytes: None,
                    seeders: None,
                    health: Health::Unknown,
                    location,
                    hints: Hints::default(),
                })
            })
            .collect()
    }

    fn release(&self, place: &Place) -> Release {
        Release {
            title: self.name.original.clone(),
            year: Some(self.year),
            resolution: place.resolution.clone(),
            container: place.container.clone(),
            audio_languages: self.spoken.clone(),
            ..Release::default()
        }
    }
}

impl Place {
    fn location(&self) -> Option<Location> {
        if let Some(infohash) = &self.infohash {
            return Some(Location::Torrent(TorrentLocation {
                infohash: Some(infohash.clone()),
                ..TorrentLocation::default()
            }));
        }
        Some(Location::Url {
            url: self.url.clone()?,
            headers: BTreeMap::new(),
        })
    }
}
