//! The page that says why there is nothing else to show.

use hearth_model::Slug;

use super::{Quiet, short};
use crate::{
    view_model::{Fetch, LinkState, Model, Page, Stage},
    words::{problem, words},
};

/// The page that takes the place of one that has nothing to show.
pub(super) fn quiet(model: &Model) -> Quiet {
    if model.is_starting() {
        return Quiet::default();
    }
    let words = words(model.language);
    let page = |heading: &str, hint: &str, action: &str| Quiet {
        shown: true,
        heading: heading.into(),
        hint: hint.into(),
        action: action.into(),
        address: model
            .box_info
            .as_ref()
            .and_then(|info| info.address())
            .map(short)
            .unwrap_or_default()
            .into(),
    };
    let unreachable = || page(words.no_daemon, words.no_daemon_hint, "");
    let fetch = match model.page() {
        Page::Home(home) if !home.rows.is_empty() => return Quiet::default(),
        Page::Home(_) if matches!(model.link, LinkState::Down { .. }) => return unreachable(),
        Page::Home(_) if model.home_is_empty() => {
            return page(words.empty_home, words.empty_home_hint, words.try_again);
        }
        Page::Home(home) => &home.fetch,
        Page::Library(page) if !page.items.is_empty() || page.found_nothing() => {
            return Quiet::default();
        }
        Page::Library(library) if library.fetch == Fetch::Ready => {
            return page(words.empty_library, words.empty_home_hint, "");
        }
        Page::Library(page) => &page.fetch,
        Page::Title(page) => &page.fetch,
        Page::Player => {
            return match model.playback.as_ref().map(|playback| &playback.stage) {
                Some(Stage::Failed(why)) => {
                    let nothing_found = why.slug == Slug::NoSources.as_str();
                    let heading = if nothing_found {
                        words.no_sources
                    } else {
                        words.cannot_play
                    };
                    // The heading says it already.
                    let hint = if why.slug == Slug::NoSourcePlays.as_str() {
                        words.cannot_play_hint.to_owned()
                    } else {
                        problem(why, model.language)
                    };
                    page(heading, &hint, words.back_to_title)
                }
                _ => Quiet::default(),
            };
        }
        Page::Search(_) | Page::Settings(_) | Page::Pin(_) | Page::OfBox(_) => {
            return Quiet::default();
        }
    };
    match fetch.problem() {
        Some(problem) if problem.is_unreachable() => unreachable(),
        Some(why) => page(
            words.went_wrong,
            &problem(why, model.language),
            words.try_again,
        ),
        None => Quiet::default(),
    }
}
