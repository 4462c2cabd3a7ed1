//! What exists: the built-in open movies, films and series in local folders, and the index that
//! finds a title as it is typed.
//!
//! - [`open_movies()`]: freely licensed films with cited addresses, part of the program;
//! - [`scan`], [`watch_folders`]: folders and mounted disks, read and watched;
//! - [`TitleIndex`], [`Search`], [`fits`]: search as you type, and its filters.

mod filter;
mod index;
mod local;
mod open_movies;
mod typing;

pub use filter::{Filter, fits};
pub use index::{Exported, Search, Sort, TitleIndex};
pub use local::{
    Folder, LIMITS, Limits, LocalFile, LocalTitle, Problem, Scan, TESTCARD_KEY, WatchOptions,
    removable_mounts, scan, watch_folders,
};
pub use open_movies::{OpenMovie, PROVIDER as OPEN_MOVIES, open_movie, open_movies};

pub use local::PROVIDER as LOCAL;
