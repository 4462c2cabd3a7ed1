//! What is shown now in a picture's place, and what has to be fetched for it. Belongs to the thread
//! that draws; nothing in it waits.

use std::collections::HashMap;

use hearth_model::Look;
use slint::Image;

use super::{
    Cut, Pixels, Shape, Wish, before,
    cache::{Cache, bytes_of},
};
use crate::{art, layout::CardSize, view_model::Problem};

/// Some 160 posters of a 1080p screen; a page shows forty at most.
const DEVELOPED_BYTES: usize = 64 * 1024 * 1024;
const PAINTED_BYTES: usize = 32 * 1024 * 1024;
/// The box's processor has other things to do.
const AT_ONCE: usize = 3;
/// What could not be had is not asked for again for this long.
const REST_MS: u64 = 30_000;
const MOST_RESTING: usize = 500;
/// A larger screen scales the rest of the way.
const MOST_SCALE: f32 = 1.5;

/// What is fetched first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// Where one looks.
    Focus,
    Seen,
    /// Beyond an edge of the screen.
    Beyond,
}

/// What stands in a picture's place.
#[derive(Debug, Clone)]
pub struct Showing {
    pub image: Image,
    /// It is the picture, or its look; else the title's own art.
    pub real: bool,
}

/// A picture of the box as a title knows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    pub address: Option<&'a str>,
    pub look: Option<&'a Look>,
}

#[derive(Debug)]
pub struct Gallery {
    developed: Cache,
    painted: Cache,
    /// What the page that is shown lacks.
    wanted: Vec<(Nearness, Wish)>,
    /// All pictures of that page: more than the cache can hold are not asked for.
    wanted_bytes: usize,
    running: Vec<Wish>,
    /// Until when; in the view model's time.
    resting: HashMap<Wish, u64>,
    now_ms: u64,
}

impl Default for Gallery {
    fn default() -> Self {
        Self {
            developed: Cache::new(DEVELOPED_BYTES),
            painted: Cache::new(PAINTED_BYTES),
            wanted: Vec::new(),
            wanted_bytes: 0,
            running: Vec::new(),
            resting: HashMap::new(),
            now_ms: 0,
        }
    }
}

impl Gallery {
    /// A page is shown anew: what the one before lacked is of no interest any more.
    pub fn turn(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.wanted.clear();
        self.wanted_bytes = 0;
    }

    /// A card's picture for a screen scaled by `scale`.
    pub fn card(
        &mut self,
        seed: &str,
        known: Known<'_>,
        (size, named): (CardSize, bool),
        scale: f32,
        near: Nearness,
    ) -> Showing {
        let cut = |scale: f32| {
            let radius = (16.0 * scale).round() as u32;
            Cut {
                width: (size.width * scale).round() as u32,
                height: (size.height * scale).round() as u32,
                shape: if named {
                    Shape::Still { radius }
                } else {
                    Shape::Poster { radius }
                },
            }
        };
        let wish = known
            .address
            .and_then(|address| Wish::new(address, cut(scale.min(MOST_SCALE))));
        if let Some(wish) = wish {
            if let Some(image) = self.real(&wish, near) {
                return Showing { image, real: true };
            }
            if let Some(look) = known.look.filter(|_| !self.rests(&wish)) {
                // It has no edges but its corners: half of the size is enough.
                let image = self.look(look, cut(scale.min(1.0) / 2.0));
                return Showing { image, real: true };
            }
        }
        let cut = cut(scale.min(1.0));
        let radius = 16.0 * scale.min(1.0);
        let image = self.art(seed, cut, || art::card(seed, cut.width, cut.height, radius));
        Showing { image, real: false }
    }

    /// What is behind the page of a title that has no picture for it.
    pub fn backdrop(&mut self, seed: &str, width: u32, height: u32) -> Image {
        let cut = Cut {
            width,
            height,
            shape: Shape::Backdrop,
        };
        self.art(seed, cut, || art::backdrop(seed, width, height))
    }

    fn art(&mut self, seed: &str, cut: Cut, paint: impl FnOnce() -> Image) -> Image {
        let wish = Wish {
            address: seed.to_owned(),
            cut,
        };
        self.painted.get(&wish).unwrap_or_else(|| {
            let image = paint();
            self.painted.put(wish, image.clone());
            image
        })
    }

    /// The picture itself, if it is here; otherwise it is wanted from now on.
    pub fn real(&mut self, wish: &Wish, near: Nearness) -> Option<Image> {
        self.wanted_bytes += bytes_of(wish.cut);
        if let Some(image) = self.developed.get(wish) {
            return Some(image);
        }
        if self.wanted_bytes <= self.developed.limit_bytes()
            && !self.rests(wish)
            && !self.running.contains(wish)
        {
            self.wanted.push((near, wish.clone()));
        }
        self.developed.alike(wish)
    }

    /// How it looks from afar.
    pub fn look(&mut self, look: &Look, cut: Cut) -> Image {
        let key = format!("{} {}", look.colour, look.preview);
        self.art(&key, cut, || {
            Image::from_rgba8_premultiplied(before(look, cut))
        })
    }

    fn rests(&self, wish: &Wish) -> bool {
        self.resting
            .get(wish)
            .is_some_and(|until_ms| *until_ms > self.now_ms)
    }

    /// What is to be fetched now, if there is a free hand.
    pub fn next(&mut self) -> Option<Wish> {
        if self.running.len() >= AT_ONCE {
            return None;
        }
        let nearest = (0..self.wanted.len()).min_by_key(|at| self.wanted[*at].0)?;
        let (_, wish) = self.wanted.remove(nearest);
        self.wanted.retain(|(_, other)| *other != wish);
        self.running.push(wish.clone());
        Some(wish)
    }

    pub fn arrived(&mut self, wish: Wish, picture: Result<Pixels, Problem>) {
        self.running.retain(|other| *other != wish);
        match picture {
            Ok(pixels) => {
                self.resting.remove(&wish);
                let image = Image::from_rgba8_premultiplied(pixels);
                self.developed.put(wish, image);
            }
            Err(problem) => {
                tracing::debug!(
                    address = wish.address,
                    detail = problem.sentence(),
                    "a picture could not be had"
                );
                if self.resting.len() >= MOST_RESTING {
                    self.resting.clear();
                }
                self.resting.insert(wish, self.now_ms + REST_MS);
            }
        }
    }

    /// Pictures that the page still waits for.
    pub fn pending(&self) -> usize {
        self.wanted.len() + self.running.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: CardSize = CardSize {
        width: 40.0,
        height: 60.0,
        gap: 0.0,
    };

    fn known(address: &str) -> Known<'_> {
        Known {
            address: Some(address),
            look: None,
        }
    }

    fn address(name: impl std::fmt::Display) -> String {
        format!("/api/v1/pictures/{name}")
    }

    fn show(gallery: &mut Gallery, name: &str, near: Nearness) -> Showing {
        gallery.card("seed", known(&address(name)), (SIZE, false), 1.0, near)
    }

    fn pixels(wish: &Wish) -> Pixels {
        Pixels::new(wish.cut.width, wish.cut.height)
    }

    #[test]
    fn art_is_painted_once() {
        let mut gallery = Gallery::default();
        let card = |gallery: &mut Gallery| {
            let size = (SIZE, false);
            gallery.card("seed", Known::default(), size, 1.0, Nearness::Seen)
        };
        let first = card(&mut gallery);
        assert!(!first.real);
        assert_eq!(first.image, card(&mut gallery).image);
        assert_eq!(gallery.pending(), 0, "there is nothing to fetch");
    }

    #[test]
    fn what_one_looks_at_comes_first_and_a_few_at_a_time() {
        let mut gallery = Gallery::default();
        gallery.turn(0);
        for (name, near) in [
            ("far", Nearness::Beyond),
            ("seen", Nearness::Seen),
            ("seen", Nearness::Seen),
            ("here", Nearness::Focus),
            ("more", Nearness::Beyond),
        ] {
            assert!(!show(&mut gallery, name, near).real);
        }
        let asked: Vec<Wish> = std::iter::from_fn(|| gallery.next()).collect();
        let paths: Vec<String> = asked.iter().map(Wish::path).collect();
        assert_eq!(
            paths,
            ["here", "seen", "far"].map(|name| format!("/api/v1/pictures/{name}?w=40"))
        );
        assert_eq!(gallery.pending(), 4);
        // The page is shown anew while they are under way: none is asked for twice.
        gallery.turn(1);
        show(&mut gallery, "here", Nearness::Focus);
        assert_eq!(gallery.pending(), 3);
        gallery.arrived(asked[0].clone(), Ok(pixels(&asked[0])));
        assert!(show(&mut gallery, "here", Nearness::Focus).real);
        assert_eq!(gallery.next(), None);
        // What left the page is not fetched.
        gallery.turn(2);
        gallery.arrived(asked[1].clone(), Ok(pixels(&asked[1])));
        gallery.arrived(asked[2].clone(), Ok(pixels(&asked[2])));
        assert_eq!((gallery.next(), gallery.pending()), (None, 0));
    }

    #[test]
    fn a_failed_picture_leaves_the_art_and_rests() {
        let mut gallery = Gallery::default();
        gallery.turn(0);
        show(&mut gallery, "torn", Nearness::Seen);
        let wish = gallery.next().unwrap();
        gallery.arrived(wish, Err(Problem::unreachable("no")));
        gallery.turn(1);
        assert!(!show(&mut gallery, "torn", Nearness::Seen).real);
        assert_eq!(gallery.pending(), 0);
        gallery.turn(REST_MS + 1);
        show(&mut gallery, "torn", Nearness::Seen);
        assert_eq!(gallery.pending(), 1, "it is tried again");
    }

    #[test]
    fn a_look_stands_in_until_the_picture_is_there() {
        let look = Look {
            colour: "#102030".into(),
            preview: String::new(),
        };
        let mut gallery = Gallery::default();
        let at = address("a");
        let known = Known {
            address: Some(&at),
            look: Some(&look),
        };
        let size = (SIZE, false);
        let first = gallery.card("seed", known, size, 1.0, Nearness::Seen);
        assert!(first.real);
        assert_eq!(first.image.size().width, 20);
        let wish = gallery.next().unwrap();
        gallery.arrived(wish.clone(), Ok(pixels(&wish)));
        let then = gallery.card("seed", known, size, 1.0, Nearness::Seen);
        assert_eq!(then.image.size().width, 40);
    }

    #[test]
    fn a_page_that_is_too_much_comes_to_rest_all_the_same() {
        let mut gallery = Gallery::default();
        let huge = Cut {
            width: 1_000,
            height: 1_000,
            shape: Shape::Backdrop,
        };
        let mut fetched = 0;
        loop {
            gallery.turn(0);
            for number in 0..40 {
                let wish = Wish::new(&address(number), huge).unwrap();
                gallery.real(&wish, Nearness::Seen);
            }
            let Some(wish) = gallery.next() else { break };
            gallery.arrived(wish.clone(), Ok(pixels(&wish)));
            fetched += 1;
            assert!(fetched <= 40);
        }
        assert_eq!(fetched, DEVELOPED_BYTES / bytes_of(huge));
    }

    #[test]
    fn only_the_box_is_asked() {
        let mut gallery = Gallery::default();
        for address in ["https://example.org/a.jpg", "/etc/passwd", ""] {
            let size = (SIZE, false);
            gallery.card("seed", known(address), size, 1.0, Nearness::Seen);
        }
        assert_eq!(gallery.pending(), 0);
    }
}
