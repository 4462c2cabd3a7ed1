//! The TV of Hearth: shows what the daemon knows and plays what it is told.
//!
//! `link` brings in what happens, `view_model` decides, `bind` shows; `video` plays. The library
//! exists for the program's tests.

pub mod app;
mod art;
pub mod bind;
pub mod display;
mod facts;
pub mod kept;
pub mod keys;
mod layout;
pub mod link;
pub mod marks;
pub mod notice;
mod pictures;
pub mod platform;
pub mod service;
mod services;
pub mod snapshot;
pub mod video;
pub mod view_model;
mod words;
