//! Pictures of the box: posters, backdrops, stills. They are fetched a few at a time, what is on
//! the screen first, and made on other threads into exactly the pixels that are shown; the thread
//! that draws only looks them up. Until one is there its title has its own art, or a blurred look of
//! the picture; both in the same place, so that nothing jumps.

mod cache;
mod develop;
mod gallery;

pub use develop::{Pixels, before, colour, develop};
pub use gallery::{Gallery, Known, Nearness};

/// How a picture is cut out, for one place of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cut {
    /// In pixels of the screen.
    pub width: u32,
    pub height: u32,
    pub shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// With round corners: the renderer clips none.
    Poster { radius: u32 },
    /// The same, dark below and a little above: it bears a name and a mark.
    Still { radius: u32 },
    /// Gone towards its left and lower edges, where the page's text is.
    Backdrop,
    /// Dark all over: the moment before a film.
    Tint,
}

/// A picture that is to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wish {
    /// A path on the box.
    pub address: String,
    pub cut: Cut,
}

impl Wish {
    /// Only the box itself is asked for pictures.
    pub fn new(address: &str, cut: Cut) -> Option<Self> {
        address.starts_with("/api/v1/pictures/").then(|| Self {
            address: address.to_owned(),
            cut,
        })
    }

    pub fn path(&self) -> String {
        format!("{}?w={}", self.address, self.cut.width)
    }
}
