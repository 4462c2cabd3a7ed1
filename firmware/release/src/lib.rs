//! Release names: what a tracker, an addon or a folder calls a file, read into facts.
//!
//! For providers (`hearth-sources`), the local library (`hearth-catalog`) and the command line.
//! The reading is a tokeniser with tables, not regular expressions: it is linear in the length
//! of the name, and the length is bounded, so no name can make it slow. [`matches`] decides
//! whether a release is the wanted film or episode, and errs towards refusing.

mod absolute;
mod audio;
mod dates;
mod dictionary;
mod episodes;
mod glued;
mod group;
mod language;
mod normal;
mod opening;
mod parser;
mod placed;
mod spoken;
mod studios;
mod tail;
mod title;
mod wanted;
mod words;
#[cfg(test)]
mod work;
mod year;

pub use language::language;
pub use normal::{normalize, title_key};
pub use parser::parse;
pub use wanted::{Wanted, matches};
