//! What a page of the catalogue is narrowed to, and the choices there are.

use hearth_model::GenreCount;

/// Decades before this one are one choice.
const FIRST_DECADE: u16 = 1950;
const RATINGS: [u8; 4] = [8, 7, 6, 5];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    Popular,
    New,
    Top,
    Name,
}

/// Both ends belong to it; where one is missing, all years on that side do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Years {
    pub from: Option<u16>,
    pub to: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filters {
    pub order: Order,
    /// Its slug.
    pub genre: Option<String>,
    pub years: Option<Years>,
    pub rating_min: Option<u8>,
}

/// One thing of a sheet; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    Order(Order),
    /// With how many titles the box knows of it.
    Genre(Option<(String, u32)>),
    Years(Option<Years>),
    Rating(Option<u8>),
}

/// What stands in the row above the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chip {
    Order,
    Genre,
    Years,
    Rating,
    /// Everything as it was at first.
    Clear,
}

impl Filters {
    /// Whether they leave titles out.
    pub fn narrow(&self) -> bool {
        let all = Self {
            order: self.order,
            ..Self::default()
        };
        *self != all
    }

    pub fn chips(&self) -> &'static [Chip] {
        const ALL: [Chip; 5] = [
            Chip::Order,
            Chip::Genre,
            Chip::Years,
            Chip::Rating,
            Chip::Clear,
        ];
        &ALL[..if self.narrow() { 5 } else { 4 }]
    }

    pub fn choose(&mut self, choice: Choice) {
        match choice {
            Choice::Order(order) => self.order = order,
            Choice::Genre(genre) => self.genre = genre.map(|(slug, _)| slug),
            Choice::Years(years) => self.years = years,
            Choice::Rating(rating) => self.rating_min = rating,
        }
    }

    pub fn is_chosen(&self, choice: &Choice) -> bool {
        match choice {
            Choice::Order(order) => self.order == *order,
            Choice::Genre(genre) => self.genre.as_ref() == genre.as_ref().map(|(slug, _)| slug),
            Choice::Years(years) => self.years == *years,
            Choice::Rating(rating) => self.rating_min == *rating,
        }
    }
}

/// All that can be chosen behind a chip, in the order of its sheet.
pub fn choices(chip: Chip, genres: &[GenreCount], this_year: u16) -> Vec<Choice> {
    match chip {
        Chip::Order => [Order::Popular, Order::New, Order::Top, Order::Name]
            .map(Choice::Order)
            .to_vec(),
        Chip::Genre => {
            let genres = genres
                .iter()
                .map(|genre| Choice::Genre(Some((genre.id.clone(), genre.titles))));
            std::iter::once(Choice::Genre(None)).chain(genres).collect()
        }
        Chip::Years => {
            let newest = this_year.max(FIRST_DECADE) / 10 * 10;
            let decades = (FIRST_DECADE..=newest).rev().step_by(10).map(|from| Years {
                from: Some(from),
                to: Some(from + 9),
            });
            let before = Years {
                from: None,
                to: Some(FIRST_DECADE - 1),
            };
            std::iter::once(None)
                .chain(decades.map(Some))
                .chain([Some(before)])
                .map(Choice::Years)
                .collect()
        }
        Chip::Rating => std::iter::once(None)
            .chain(RATINGS.map(Some))
            .map(Choice::Rating)
            .collect(),
        Chip::Clear => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decades_go_back_from_this_one() {
        let all = choices(Chip::Years, &[], 2026);
        let decade = |from| {
            Choice::Years(Some(Years {
                from: Some(from),
                to: Some(from + 9),
            }))
        };
        assert_eq!(all[0], Choice::Years(None));
        assert_eq!(all[1..3], [decade(2020), decade(2010)]);
        assert_eq!(all[all.len() - 2], decade(1950));
        assert_eq!(choices(Chip::Years, &[], 2031)[1], decade(2030));
        assert_eq!(
            choices(Chip::Years, &[], 0)[1],
            decade(1950),
            "a clock that is not set"
        );
    }

    #[test]
    fn the_order_leaves_nothing_out() {
        let mut filters = Filters::default();
        filters.choose(Choice::Order(Order::Name));
        assert!(!filters.narrow());
        assert!(!filters.chips().contains(&Chip::Clear));
        filters.choose(Choice::Rating(Some(7)));
        assert!(filters.narrow());
        assert!(filters.is_chosen(&Choice::Rating(Some(7))));
        assert_eq!(filters.chips().last(), Some(&Chip::Clear));
    }
}
