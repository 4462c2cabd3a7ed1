//! Titles as cards, with pictures painted once and kept while they may be seen again.

use std::{collections::HashMap, rc::Rc};

use hearth_model::{EpisodeDetail, HomeItem, Language, Title};
use slint::{Image, VecModel};

use super::{Card, Row};
use crate::{
    art, facts,
    layout::{self, CardSize},
    view_model::{Grid, Home, TitlePage},
};

/// Pictures kept; a screen shows about twenty.
const KEPT: usize = 72;

/// Painted pictures, the oldest given up first.
#[derive(Default)]
pub struct Gallery {
    pictures: HashMap<(String, u32, u32), (Image, u64)>,
    uses: u64,
}

impl std::fmt::Debug for Gallery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gallery")
            .field("kept", &self.pictures.len())
            .finish_non_exhaustive()
    }
}

impl Gallery {
    /// A card's picture for a picture scaled by `scale`; beyond the design's size the screen scales.
    pub fn card(&mut self, seed: &str, size: CardSize, scale: f32) -> Image {
        let scale = scale.min(1.0);
        let (width, height) = (
            (size.width * scale).round() as u32,
            (size.height * scale).round() as u32,
        );
        self.uses += 1;
        let uses = self.uses;
        let key = (seed.to_owned(), width, height);
        if let Some((image, used)) = self.pictures.get_mut(&key) {
            *used = uses;
            return image.clone();
        }
        if self.pictures.len() >= KEPT
            && let Some(oldest) = self
                .pictures
                .iter()
                .min_by_key(|(_, (_, used))| *used)
                .map(|(key, _)| key.clone())
        {
            self.pictures.remove(&oldest);
        }
        let image = art::card(seed, width, height, 16.0 * scale);
        self.pictures.insert(key, (image.clone(), uses));
        image
    }
}

/// The size of a title's text that lets its longest word fit on the poster.
fn text_size(title: &str, width: f32) -> f32 {
    let longest = title
        .split_whitespace()
        .map(|word| word.chars().count())
        .max()
        .unwrap_or(1) as f32;
    let letters = title.chars().count() as f32;
    let by_word = (width - 44.0) / (longest.max(3.0) * 0.62);
    let by_length = if letters > 40.0 {
        28.0
    } else if letters > 24.0 {
        32.0
    } else {
        42.0
    };
    by_word.min(by_length).clamp(24.0, 42.0)
}

pub struct Painter<'a> {
    pub gallery: &'a mut Gallery,
    pub language: Language,
    pub scale: f32,
}

impl Painter<'_> {
    pub fn card(&mut self, title: &Title, index: usize, size: CardSize) -> Card {
        let name = title.names.best(self.language);
        let seed = title.id.to_string();
        Card {
            key: seed.as_str().into(),
            index: super::index(index),
            title: name.into(),
            size: text_size(name, size.width),
            mark: title
                .year
                .map(|year| year.to_string())
                .unwrap_or_default()
                .into(),
            note: slint::SharedString::new(),
            art: self.gallery.card(&seed, size, self.scale),
            progress: -1.0,
        }
    }

    fn still(&mut self, item: &HomeItem, index: usize) -> Card {
        let mut card = self.card(&item.title, index, layout::STILL);
        card.size = 32.0;
        let mark = item.episode.as_ref();
        card.mark = mark
            .map(|episode| facts::episode_mark(episode, self.language))
            .unwrap_or_default()
            .into();
        let left = item.progress.as_ref();
        card.note = left
            .map(|progress| facts::left(progress, self.language))
            .unwrap_or_default()
            .into();
        card.progress = item.progress.as_ref().map_or(-1.0, facts::fraction);
        if let Some(episode) = &item.episode {
            card.key = format!("{} {}", card.key, episode.id).into();
        }
        card
    }

    fn episode(&mut self, detail: &EpisodeDetail, page: &TitlePage, index: usize) -> Card {
        let mut card = self.card(&page.title, index, layout::STILL);
        let episode = &detail.episode;
        card.key = episode.id.to_string().into();
        card.art = self
            .gallery
            .card(&episode.id.to_string(), layout::STILL, self.scale);
        card.size = 30.0;
        let name = episode.names.best(self.language);
        let number = facts::episode_number(episode.number, self.language);
        (card.mark, card.title) = if name.is_empty() {
            (slint::SharedString::new(), number.into())
        } else {
            (number.into(), name.into())
        };
        if let Some(progress) = &detail.progress {
            card.progress = if progress.finished {
                1.0
            } else {
                facts::fraction(progress)
            };
            card.note = if progress.finished {
                crate::words::words(self.language).watched.into()
            } else {
                facts::left(progress, self.language).into()
            };
        }
        card
    }

    pub fn grid(
        &mut self,
        items: &[Title],
        grid: &Grid,
        columns: usize,
        size: CardSize,
    ) -> Vec<Card> {
        let window = grid.window(items.len(), columns, layout::GRID_ROWS);
        window
            .map(|index| self.card(&items[index], index, size))
            .collect()
    }

    /// The rows in sight, without their cards: those change in lists of their own.
    pub fn rows(
        &mut self,
        home: &Home,
        lists: &mut HashMap<String, Rc<VecModel<Card>>>,
    ) -> Vec<Row> {
        let in_sight = home.row.saturating_sub(1)..(home.row + 3).min(home.rows.len());
        lists.retain(|id, _| home.rows[in_sight.clone()].iter().any(|row| row.id == *id));
        in_sight
            .map(|index| {
                let row = &home.rows[index];
                let size = row.card();
                let window = row
                    .cursor
                    .window(row.items.len(), row.visible(), layout::SPARE_CARDS);
                let cards = window
                    .map(|at| {
                        if row.is_wide() {
                            self.still(&row.items[at], at)
                        } else {
                            self.card(&row.items[at].title, at, size)
                        }
                    })
                    .collect();
                let list = lists.entry(row.id.clone()).or_default();
                super::list::sync(list, cards, |a, b| a.key == b.key);
                Row {
                    key: row.id.as_str().into(),
                    index: super::index(index),
                    name: super::row_name(&row.id, self.language).into(),
                    y: home.row_y(index),
                    wide: row.is_wide(),
                    card_width: size.width,
                    card_height: size.height,
                    pitch: size.width + size.gap,
                    at: super::index(row.cursor.at),
                    first: super::index(row.cursor.first),
                    cards: list.clone().into(),
                }
            })
            .collect()
    }

    pub fn episodes(&mut self, page: &TitlePage, list: &Rc<VecModel<Card>>) -> Row {
        let episodes = page.episodes();
        let size = layout::STILL;
        let window =
            page.episode
                .window(episodes.len(), layout::STILLS_IN_ROW, layout::SPARE_CARDS);
        let cards = window
            .map(|at| self.episode(episodes[at], page, at))
            .collect();
        super::list::sync(list, cards, |a, b| a.key == b.key);
        Row {
            key: "episodes".into(),
            index: 0,
            name: if page.seasons.len() > 1 {
                slint::SharedString::new()
            } else {
                page.seasons
                    .first()
                    .map(|season| facts::season(*season, self.language))
                    .unwrap_or_default()
                    .into()
            },
            y: 0.0,
            wide: true,
            card_width: size.width,
            card_height: size.height,
            pitch: size.width + size.gap,
            at: super::index(page.episode.at),
            first: super::index(page.episode.first),
            cards: list.clone().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_painted_once_and_the_oldest_go() {
        let size = CardSize {
            width: 4.0,
            height: 6.0,
            gap: 0.0,
        };
        let mut gallery = Gallery::default();
        let first = gallery.card("0", size, 1.0);
        assert_eq!(first, gallery.card("0", size, 1.0));
        for seed in 1..500 {
            gallery.card(&seed.to_string(), size, 1.0);
            gallery.card("0", size, 1.0);
        }
        assert_eq!(gallery.pictures.len(), KEPT);
        assert_eq!(first, gallery.card("0", size, 1.0), "what is used is kept");
    }

    #[test]
    fn long_words_get_smaller_letters() {
        assert!(text_size("Sintel", 258.0) > text_size("Приключения Глюкозы", 258.0));
        assert!(
            text_size("Непрекращающееся", 232.0) >= 24.0,
            "never below a caption"
        );
    }
}
