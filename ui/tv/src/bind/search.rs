//! The search page: its keyboard, what was found, and the way to type on a phone.

use slint::{ComponentHandle, SharedString};

use super::{Binder, CapView, Icons, SearchView, index, named, short};
use crate::{
    layout,
    view_model::{Alphabet, Cap, Keyboard, Model, Search},
    words::{Words, problem, words},
};

impl Binder {
    pub(super) fn search(&mut self, page: &Search, model: &Model, scale: f32) {
        let words = words(model.language);
        let mut caps = Vec::new();
        for (row, keys) in Keyboard::rows(page.keyboard.alphabet)
            .into_iter()
            .enumerate()
        {
            let mut column = 0;
            for (at, cap) in keys.into_iter().enumerate() {
                let span = cap.span();
                let mut key = self.cap(cap, (row, column, span), words, page.keyboard.alphabet);
                key.focused = page.keyboard.row == row && page.keyboard.at == at;
                caps.push(key);
                column += span;
            }
        }
        self.caps.set(caps);
        let cards = self.painter(model, scale).grid(
            &page.items,
            &page.grid,
            layout::RESULTS_IN_ROW,
            layout::RESULT,
        );
        self.grid.sync(cards, |a, b| a.key == b.key);
        let address = model
            .box_info
            .as_ref()
            .and_then(|info| info.address())
            .unwrap_or_default();
        let picture = self.qr_of(address);
        let view = self.window.global::<SearchView<'_>>();
        view.set_text(page.text.as_str().into());
        view.set_prompt(words.search_prompt.into());
        view.set_in_results(page.in_results);
        let focused = page.items.get(page.grid.at).filter(|_| page.in_results);
        view.set_focused(named(focused, model.language));
        view.set_at(index(page.grid.at));
        view.set_first_row(index(page.grid.first_row));
        let (status, hint) = if let Some(why) = page.fetch.problem() {
            (words.went_wrong.to_owned(), problem(why, model.language))
        } else if page.found_nothing() {
            (
                words.nothing_found.to_owned(),
                words.nothing_found_hint.to_owned(),
            )
        } else if page.text.is_empty() {
            (
                words.search_start.to_owned(),
                words.search_start_hint.to_owned(),
            )
        } else {
            (String::new(), String::new())
        };
        view.set_status(status.into());
        view.set_hint(hint.into());
        view.set_skeleton(page.items.is_empty() && page.fetch.is_slow(model.now_ms));
        view.set_phone_hint(words.type_on_phone.into());
        view.set_address(short(address).into());
        view.set_qr(picture);
    }

    fn cap(
        &self,
        cap: Cap,
        (row, column, span): (usize, usize, usize),
        words: &Words,
        alphabet: Alphabet,
    ) -> CapView {
        let icons = self.window.global::<Icons<'_>>();
        let (label, icon) = match cap {
            Cap::Letter(letter) => (letter.to_string(), SharedString::new()),
            // The alphabet it leads to.
            Cap::Alphabet => {
                let other = match alphabet.other() {
                    Alphabet::Latin => "ABC",
                    Alphabet::Cyrillic => "АБВ",
                };
                (other.to_owned(), SharedString::new())
            }
            Cap::Space => (words.space.to_owned(), icons.get_space()),
            Cap::Erase => (words.erase.to_owned(), icons.get_erase()),
            Cap::Clear => (words.clear.to_owned(), icons.get_clear()),
        };
        CapView {
            label: label.into(),
            icon,
            row: index(row),
            column: index(column),
            span: index(span),
            focused: false,
        }
    }
}
