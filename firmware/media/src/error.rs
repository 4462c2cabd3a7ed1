//! What can go wrong in this crate, said so that a person knows what to do.

use std::{io, path::PathBuf};

use gstreamer as gst;

/// Why a worker job or the engine could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("GStreamer could not be started: install the gstreamer1.0 packages")]
    Start(#[source] gst::glib::Error),
    #[error("no GStreamer element for {purpose} ({tried}): install {package}")]
    MissingElement {
        purpose: &'static str,
        tried: String,
        package: &'static str,
    },
    #[error("the {what} pipeline could not be built")]
    Build {
        what: &'static str,
        #[source]
        source: gst::glib::Error,
    },
    #[error("the GStreamer element {element} could not be made: install the gstreamer1.0 plugins")]
    Element {
        element: &'static str,
        #[source]
        source: gst::glib::BoolError,
    },
    #[error("{what} failed: {detail}")]
    Pipeline { what: &'static str, detail: String },
    #[error("a test card {detail}: choose another size, rate or length")]
    Card { detail: String },
    #[error("{} can't be written: check that the folder exists, is writable and has space", .path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{input} can't be read as media: {detail}")]
    Unreadable { input: String, detail: String },
    #[error("{input} is not a path, fd:NUMBER or an http address on this box")]
    Input { input: String },
    #[error("the thumbnail can't be made: {detail}")]
    Thumbnail { detail: String },
    #[error(
        "{codec} can't go into MP4 for browsers without encoding it anew: choose another source"
    )]
    Codec { codec: String },
    #[error("the film has no audio track {wanted}: it has {there}, counted from 0")]
    Track { wanted: usize, there: usize },
    #[error("that piece of the film can't be had: {detail}")]
    Place { detail: String },
    #[error("{} is there already: choose another name or remove it", .path.display())]
    Exists { path: PathBuf },
    #[error("{} must end in .mp4", .path.display())]
    Name { path: PathBuf },
    #[error("the engine's thread could not be started: the machine is out of threads or memory")]
    Thread(#[source] io::Error),
}

impl Error {
    /// A stable word for programs: what `{"error":{"slug":…}}` carries.
    pub fn slug(&self) -> &'static str {
        match self {
            Error::Unreadable { .. } => "media-unreadable",
            Error::Input { .. } => "input-refused",
            Error::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                "disk-full"
            }
            Error::Write { .. } | Error::Name { .. } => "output-unwritable",
            Error::Exists { .. } => "output-exists",
            Error::Codec { .. } => "codec-refused",
            Error::Track { .. } => "track-missing",
            Error::Place { .. } => "place-refused",
            Error::Card { .. } => "card-refused",
            Error::Thumbnail { .. } => "thumbnail-refused",
            Error::Start(_) | Error::MissingElement { .. } | Error::Element { .. } => {
                "plugin-missing"
            }
            Error::Build { .. } | Error::Pipeline { .. } | Error::Thread(_) => "media-failed",
        }
    }

    /// The message with its causes, in one line.
    pub fn detail(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

/// Start GStreamer and register this crate's own elements; cheap after the first call.
pub fn start() -> Result<(), Error> {
    gst::init().map_err(Error::Start)?;
    crate::range::source::register()
}

/// The first of these elements that is installed.
pub(crate) fn first_element(
    purpose: &'static str,
    tried: &[&'static str],
    package: &'static str,
) -> Result<&'static str, Error> {
    tried
        .iter()
        .copied()
        .find(|name| gst::ElementFactory::find(name).is_some())
        .ok_or_else(|| Error::MissingElement {
            purpose,
            tried: tried.join(", "),
            package,
        })
}
