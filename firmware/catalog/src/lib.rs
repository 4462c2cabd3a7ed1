//! What exists: the built-in open movies, films and series in local folders, what the metadata
//! services know, and the index that finds a title as it is typed.
//!
//! - [`open_movies()`]: freely licensed films with cited addresses, part of the program;
//! - [`scan`], [`watch_folders`]: folders and mounted disks, read and watched;
//! - [`Tmdb`], [`Shikimori`]: what the metadata services know, through the HTTP cache;
//! - [`Namesakes`], [`part_of`], [`still_one`]: which titles are one;
//! - [`Pictures`]: posters and the like, fetched once and in every size;
//! - [`TitleIndex`], [`Search`], [`fits`]: search as you type, and its filters.

mod config;
mod filter;
mod index;
mod local;
mod merge;
mod open_movies;
mod pictures;
mod reading;
mod service;
mod shikimori;
mod tmdb;
mod typing;

pub use config::CatalogConfig;
pub use filter::{Filter, fits};
pub use index::{Exported, Search, TitleIndex};
pub use local::{
    Beside, Covers, Folder, LIMITS, Limits, LocalFile, LocalTitle, Problem, Scan, ScanMemory,
    SubtitleFile, TESTCARD_KEY, WatchOptions, fingerprint, removable_mounts, scan, scan_again,
    watch_folders,
};
pub use merge::{Namesakes, part_of, still_one};
pub use open_movies::{OpenMovie, PROVIDER as OPEN_MOVIES, open_movie, open_movies};

pub use local::PROVIDER as LOCAL;
pub use pictures::{DiskPicture, Picture, PictureError, Pictures};
pub use service::{Error, Found, Page, ServiceState};
pub use shikimori::{Shikimori, ShikimoriConfig, ShikimoriList};
pub use tmdb::{
    Discover, ExportKind, ExportReader, ExportTitle, TMDB_ATTRIBUTION, Tmdb, TmdbConfig, TmdbList,
    TmdbSort, write_export,
};
