//! The pages of films, series and anime: the filters, their sheet and the grid.

use hearth_model::{Language, TitleKind};
use slint::ComponentHandle;

use super::{Binder, Chip as ChipView, ChoiceLine, ChoicesView, LibraryView, index, named};
use crate::{
    facts, layout,
    view_model::{Chip, Choice, Filters, Library, Model, Order, Page, Years},
    words::{Words, genre, words},
};

fn order(order: Order, words: &Words) -> &'static str {
    match order {
        Order::Popular => words.order_popular,
        Order::New => words.order_new,
        Order::Top => words.order_top,
        Order::Name => words.order_name,
    }
}

/// A choice as its sheet says it, and as the chip does once it is made.
fn said(choice: &Choice, language: Language) -> String {
    let words = words(language);
    match choice {
        Choice::Order(chosen) => order(*chosen, words).to_owned(),
        Choice::Genre(None) => words.all_genres.to_owned(),
        Choice::Genre(Some((slug, _))) => facts::sentence(&genre(slug, language)),
        Choice::Years(None) => words.all_years.to_owned(),
        Choice::Years(Some(years)) => decade(*years, language),
        Choice::Rating(None) => words.any_rating.to_owned(),
        Choice::Rating(Some(least)) => match language {
            Language::Ru => format!("Оценка от {least}"),
            Language::En => format!("Rating {least} and up"),
        },
    }
}

fn decade(years: Years, language: Language) -> String {
    match (years.from, years.to, language) {
        (Some(from), _, Language::Ru) => format!("{from}-е"),
        (Some(from), _, Language::En) => format!("{from}s"),
        (None, to, Language::Ru) => format!("До {}", to.unwrap_or_default() + 1),
        (None, to, Language::En) => format!("Before {}", to.unwrap_or_default() + 1),
    }
}

fn chip(chip: Chip, filters: &Filters, language: Language) -> ChipView {
    let (choice, set) = match chip {
        Chip::Order => (Choice::Order(filters.order), true),
        Chip::Genre => {
            let genre = filters.genre.clone().map(|slug| (slug, 0));
            let set = genre.is_some();
            (Choice::Genre(genre), set)
        }
        Chip::Years => (Choice::Years(filters.years), filters.years.is_some()),
        Chip::Rating => (
            Choice::Rating(filters.rating_min),
            filters.rating_min.is_some(),
        ),
        Chip::Clear => {
            return ChipView {
                label: words(language).clear_filters.into(),
                set: false,
                opens: false,
            };
        }
    };
    ChipView {
        label: said(&choice, language).into(),
        set,
        opens: true,
    }
}

impl Binder {
    pub(super) fn library(&mut self, page: &Library, model: &Model, scale: f32) {
        let (language, words) = (model.language, words(model.language));
        let shown = page.shown(model.now_ms);
        let cards =
            self.painter(model, scale)
                .grid(shown, &page.grid, layout::GRID_IN_ROW, layout::GRID);
        self.grid.sync(cards, |a, b| a.key == b.key);
        let chips = page.filters.chips().iter();
        let chips = chips.map(|one| chip(*one, &page.filters, language));
        self.chips.set(chips.collect());
        let view = self.window.global::<LibraryView<'_>>();
        view.set_name(
            match page.kind {
                TitleKind::Film => words.films,
                TitleKind::Series => words.series,
                TitleKind::Anime => words.anime,
            }
            .into(),
        );
        view.set_chip(page.chip.map_or(-1, index));
        view.set_focused(named(page.focused(), language));
        view.set_at(index(page.grid.at));
        view.set_first_row(index(page.grid.first_row));
        let (status, hint) = if page.found_nothing() {
            (words.nothing_fits, words.nothing_fits_hint)
        } else {
            ("", "")
        };
        view.set_status(status.into());
        view.set_hint(hint.into());
        view.set_skeleton(shown.is_empty() && page.fetch.is_slow(model.now_ms));
    }

    /// Its lines stay when it closes, so that it leaves as it was.
    pub(super) fn choices(&mut self, model: &Model) {
        let view = self.window.global::<ChoicesView<'_>>();
        let Page::Library(page) = model.page() else {
            return view.set_shown(false);
        };
        let (Some(cursor), Some(at)) = (page.sheet, page.chip) else {
            return view.set_shown(false);
        };
        let (language, words) = (model.language, words(model.language));
        let heading = match page.filters.chips().get(at) {
            Some(Chip::Order) => words.filter_order,
            Some(Chip::Genre) => words.filter_genre,
            Some(Chip::Years) => words.filter_years,
            _ => words.filter_rating,
        };
        view.set_shown(true);
        view.set_heading(heading.into());
        view.set_at(index(cursor.at));
        view.set_first(index(cursor.first));
        let lines = page.choices();
        let lines = lines.iter().map(|choice| ChoiceLine {
            label: said(choice, language).into(),
            count: match choice {
                Choice::Genre(Some((_, titles @ 1..))) => titles.to_string().into(),
                _ => "".into(),
            },
            chosen: page.filters.is_chosen(choice),
        });
        self.choices.set(lines.collect());
    }
}
