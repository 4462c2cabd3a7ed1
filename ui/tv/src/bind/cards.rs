//! Titles as cards.

use std::{collections::HashMap, rc::Rc};

use hearth_model::{Episode, EpisodeDetail, HomeItem, Language, Title};
use slint::VecModel;

use super::{Card, Row};
use crate::{
    facts,
    layout::{self, CardSize},
    pictures::{Gallery, Known, Nearness},
    view_model::{Grid, Home, TitlePage},
};

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

pub(super) fn poster(title: &Title) -> Known<'_> {
    Known {
        address: title.poster.as_deref(),
        look: title.poster_look.as_ref(),
    }
}

pub(super) fn backdrop(title: &Title) -> Known<'_> {
    Known {
        address: title.facts.backdrop.as_deref(),
        look: title.facts.backdrop_look.as_ref(),
    }
}

fn still(episode: &Episode) -> Known<'_> {
    Known {
        address: episode.facts.still.as_deref(),
        look: episode.facts.still_look.as_ref(),
    }
}

/// Where a card of a line stands: in sight or beyond its ends.
fn nearness(in_focus: bool, at: usize, first: usize, visible: usize) -> Nearness {
    if !(first..=first + visible).contains(&at) {
        Nearness::Beyond
    } else if in_focus {
        Nearness::Focus
    } else {
        Nearness::Seen
    }
}

impl Painter<'_> {
    /// A poster. One that is there bears its name itself.
    pub fn card(&mut self, title: &Title, index: usize, size: CardSize, near: Nearness) -> Card {
        let name = title.names.best(self.language);
        let seed = title.id.to_string();
        let showing = self
            .gallery
            .card(&seed, poster(title), (size, false), self.scale, near);
        Card {
            key: seed.into(),
            index: super::index(index),
            title: name.into(),
            bare: showing.real,
            size: text_size(name, size.width),
            mark: title
                .year
                .map(|year| year.to_string())
                .unwrap_or_default()
                .into(),
            note: slint::SharedString::new(),
            art: showing.image,
            progress: -1.0,
        }
    }

    /// A wide card, which bears its name in any case.
    fn wide(&mut self, seed: &str, known: Known<'_>, index: usize, near: Nearness) -> Card {
        let size = (layout::STILL, true);
        Card {
            key: seed.into(),
            index: super::index(index),
            art: self.gallery.card(seed, known, size, self.scale, near).image,
            progress: -1.0,
            ..Card::default()
        }
    }

    fn continued(&mut self, item: &HomeItem, index: usize, near: Nearness) -> Card {
        let seed = item.title.id.to_string();
        let own = item.episode.as_ref().map(still);
        let known = own
            .filter(|known| known.address.is_some())
            .unwrap_or_else(|| backdrop(&item.title));
        let mut card = self.wide(&seed, known, index, near);
        card.title = item.title.names.best(self.language).into();
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

    fn episode(&mut self, detail: &EpisodeDetail, index: usize, near: Nearness) -> Card {
        let episode = &detail.episode;
        let seed = episode.id.to_string();
        let mut card = self.wide(&seed, still(episode), index, near);
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
            .map(|index| {
                let row = index / columns;
                let near = nearness(true, row, grid.first_row, layout::GRID_ROWS);
                self.card(&items[index], index, size, near)
            })
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
                        let near = match index.checked_sub(home.row) {
                            Some(below) => {
                                nearness(below == 0, at, row.cursor.first, row.visible())
                            }
                            None => Nearness::Beyond,
                        };
                        if row.is_wide() {
                            self.continued(&row.items[at], at, near)
                        } else {
                            self.card(&row.items[at].title, at, size, near)
                        }
                    })
                    .collect();
                let list = lists.entry(row.id.clone()).or_default();
                super::list::sync(list, cards, |a, b| a.key == b.key);
                Row {
                    key: row.id.as_str().into(),
                    index: super::index(index),
                    name: super::row_name(row, self.language).into(),
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
            .map(|at| {
                let near = nearness(true, at, page.episode.first, layout::STILLS_IN_ROW);
                self.episode(episodes[at], at, near)
            })
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
    fn long_words_get_smaller_letters() {
        assert!(text_size("Sintel", 258.0) > text_size("Приключения Глюкозы", 258.0));
        assert!(
            text_size("Непрекращающееся", 232.0) >= 24.0,
            "never below a caption"
        );
    }
}
