//! The wide picture behind the pages of home and of a title, and the colour they take from it.

use hearth_model::{Look, Title};
use slint::{Color, ComponentHandle, Image};

use super::{
    Binder, Shell,
    cards::{backdrop, poster},
};
use crate::{
    art,
    pictures::{Cut, Nearness, Shape, Wish, colour},
    view_model::{Model, Page},
};

/// The page's height of it, and its width for one of height: as `Backdrop` in shell.slint.
const HEIGHT: f32 = 720.0;
/// A film's page has nothing below it.
const TALL: f32 = 900.0;
const WIDE: f32 = 448.0 / 240.0;
/// As in theme.slint.
const BACKGROUND: Color = Color::from_argb_encoded(0xff0b_0d10);
/// So much of the colour that text is read on it as without.
const TINT: f32 = 0.08;

/// How a title looks before its pictures are there.
fn look(title: &Title) -> Option<&Look> {
    backdrop(title).look.or(poster(title).look)
}

impl Binder {
    pub(super) fn backdrop(&mut self, model: &Model, scale: f32) {
        let (title, height) = match model.page() {
            Page::Home(page) => (page.focused().map(|item| &item.title), HEIGHT),
            Page::Title(page) if page.seasons.is_empty() => (Some(&page.title), TALL),
            Page::Title(page) => (Some(&page.title), HEIGHT),
            _ => (None, HEIGHT),
        };
        let shell = self.window.global::<Shell<'_>>();
        shell.set_backdrop_shown(title.is_some());
        let colour = title.and_then(look).and_then(colour);
        shell.set_tone(colour.map_or(BACKGROUND, |colour| colour.mix(&BACKGROUND, TINT)));
        let Some(title) = title else {
            return;
        };
        let height = height * scale.min(1.0);
        let cut = |part: f32| Cut {
            width: (height * WIDE * part).round() as u32,
            height: (height * part).round() as u32,
            shape: Shape::Backdrop,
        };
        let look = look(title);
        let wish = backdrop(title).address;
        let wish = wish.and_then(|address| Wish::new(address, cut(1.0)));
        let picture = wish.and_then(|wish| self.gallery.real(&wish, Nearness::Focus));
        let real = picture.is_some();
        // A third of the size is enough for what has no edges.
        let image = match (picture, look) {
            (Some(picture), _) => picture,
            (None, Some(look)) => self.gallery.look(look, cut(0.33)),
            (None, None) => self.gallery.backdrop(&title.id.to_string(), 448, 240),
        };
        let (shown, was_real, turn) = self.backdrop;
        if (shown, was_real) != (Some(title.id), real) {
            self.backdrop = (Some(title.id), real, turn + 1);
        }
        shell.set_backdrop(image);
        shell.set_backdrop_turn(self.backdrop.2);
    }

    /// The whole screen in the colours of what is about to play.
    pub(super) fn tint(&mut self, model: &Model) -> Option<Image> {
        let id = model.playback.as_ref()?.title_id?;
        let title = model.pages.iter().rev().find_map(|page| match page {
            Page::Title(page) => Some(&page.title),
            Page::Home(page) => page.focused().map(|item| &item.title),
            _ => None,
        });
        let title = title.filter(|title| title.id == id);
        let cut = Cut {
            width: 384,
            height: 216,
            shape: Shape::Tint,
        };
        Some(match title.and_then(look) {
            Some(look) => self.gallery.look(look, cut),
            None => art::tint(&id.to_string(), cut.width, cut.height),
        })
    }
}
