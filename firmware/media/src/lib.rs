//! Hearth's media, for the TV (the playback engine) and for the worker `hearth-media`.
//!
//! Everything that touches GStreamer, apart from the TV's way of showing frames, is here: the C
//! media stack is what crashes, so only these two processes load it and the daemon never does.

mod chapters;
pub mod codec;
mod demux;
pub mod engine;
pub mod error;
pub mod input;
pub mod probe;
pub mod range;
pub mod remux;
pub mod strip;
pub mod subtitles;
pub mod testcard;
pub mod thumbnail;
pub mod video;
pub mod webvtt;

pub use error::{Error, start};
